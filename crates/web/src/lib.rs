//! Everything a person or a client reads: pages, both APIs, feeds, mail texts.
//!
//! [`router`] is the whole of it; [`serve()`] listens. Not here: rules (`parvis-forum`), the wire (`parvis-federation`).

pub mod activitypub;
pub mod answers;
pub mod api;
pub mod assets;
pub mod cookies;
mod digests;
pub mod error;
pub mod extract;
mod feeds;
pub mod figures;
mod files;
mod health;
pub mod i18n;
pub mod layers;
pub mod mail;
mod media;
pub mod negotiate;
pub mod pages;
pub mod serve;
pub mod state;
mod successor;
pub mod templates;
pub mod views;
pub mod wellknown;
pub mod words;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};

pub use error::{AppError, AppResult};
pub use serve::serve;
pub use state::AppState;

/// Largest body of a request, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// Every address of the node. Layers run from the last one to the first.
pub fn router(state: AppState) -> Router {
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Precise(4))
        .compress_when(SizeAbove::new(512).and(NotForContentType::IMAGES));
    Router::new()
        .merge(pages::routes())
        .nest("/api/forum/v1", api::forum::routes())
        .merge(activitypub::routes(&state))
        .merge(digests::routes())
        .merge(wellknown::routes())
        .merge(feeds::routes())
        .merge(health::routes())
        .merge(files::routes())
        .merge(media::routes())
        .fallback(async || AppError::NoRoute)
        .method_not_allowed_fallback(async || AppError::MethodNotAllowed)
        .layer(from_fn_with_state(
            activitypub::documents(state.clone()),
            activitypub::choose,
        ))
        .layer(from_fn_with_state(
            feeds::routes().with_state(state.clone()),
            feeds::accept_short,
        ))
        .layer(from_fn(layers::hurry))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(from_fn_with_state(state.clone(), error::present))
        .layer(from_fn(api::cors::share))
        .layer(compression)
        .layer(from_fn_with_state(state.clone(), answers::keep))
        .layer(from_fn_with_state(state.clone(), successor::lead))
        .layer(from_fn_with_state(state.clone(), layers::protect))
        .layer(from_fn_with_state(state.clone(), layers::observe))
        .with_state(state)
}
