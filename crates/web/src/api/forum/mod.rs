//! The Forum API: JSON under `/api/forum/v1`, for programs with a bearer token and for readers without one.
//!
//! One file for each noun; `model` holds what is answered, `write` what all writes share (body, `Idempotency-Key`,
//! transaction), `caller` the tokens. The calls speak to `parvis-forum` and own no rule. Its description, OpenAPI 3.1,
//! is made from the handlers and served at `/api/forum/v1/openapi.json`.
//!
//! Not here: the Mastodon client API.

mod answers;
mod caller;
mod categories;
mod deliveries;
mod follows;
mod instances;
mod lookup;
mod me;
mod media;
mod model;
mod moderation;
mod node;
mod notifications;
mod officials;
mod polls;
mod posts;
mod quotes;
mod search;
pub(crate) mod set_aside;
mod tags;
mod topics;
mod votes;
mod write;

#[cfg(test)]
mod tests;

use std::str::FromStr;
use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use parvis_forum::Kind;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi as Document, ServerBuilder};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::error::{Problem, ProblemField};
use crate::state::AppState;

/// Path of the API.
pub(crate) const BASE: &str = "/api/forum/v1";

/// An id in a path. What is none can't be found.
fn parse_id<T: FromStr>(text: &str, kind: Kind) -> Result<T, parvis_forum::Error> {
    text.parse()
        .map_err(|_| parvis_forum::Error::NotFound(kind))
}

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A token made with `parvis token create`. Its scopes (`read`, `write`, `follow`, `moderate`, `admin`) \
                 say what it allows, as far as its person may. Public reads need none.",
            ))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("bearer", SecurityScheme::Http(scheme));
        document.servers = Some(vec![ServerBuilder::new().url(BASE).build()]);
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Parvis Forum API",
        description = "Read and write the forum of a Parvis node. Lists are pages: `limit` (40 when nothing is said, \
            100 at most) and `after`, which takes the `next` of the page before. Writes take an `Idempotency-Key`: the \
            same request with the same key, within a day, gets the same answer and does nothing more. Ids are strings; \
            times are RFC 3339, UTC. Errors are `application/problem+json` (RFC 9457).",
        license(name = "AGPL-3.0-or-later", identifier = "AGPL-3.0-or-later"),
    ),
    components(schemas(Problem, ProblemField)),
    modifiers(&Bearer),
)]
struct Description;

fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(node::show))
        .routes(routes!(categories::list, categories::create))
        .routes(routes!(categories::show))
        .routes(routes!(categories::list_topics))
        .routes(routes!(follows::follow, follows::unfollow))
        .routes(routes!(follows::link, follows::unlink))
        .routes(routes!(follows::follow_topic, follows::unfollow_topic))
        .routes(routes!(topics::create))
        .routes(routes!(topics::show, topics::change))
        .routes(routes!(posts::list, posts::create))
        .routes(routes!(posts::show, posts::change, posts::delete))
        .routes(routes!(deliveries::show))
        .routes(routes!(posts::revisions))
        .routes(routes!(posts::report))
        .routes(routes!(media::create).layer(media::body_limit()))
        .routes(routes!(votes::like, votes::unlike))
        .routes(routes!(votes::bookmark, votes::unbookmark))
        .routes(routes!(polls::vote))
        .routes(routes!(quotes::list))
        .routes(routes!(quotes::revoke))
        .routes(routes!(officials::mark, officials::withdraw))
        .routes(routes!(tags::list))
        .routes(routes!(tags::follow, tags::unfollow))
        .routes(routes!(search::search))
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::mark_read))
        .routes(routes!(me::show))
        .routes(routes!(me::home))
        .routes(routes!(moderation::list_reports))
        .routes(routes!(moderation::act))
        .routes(routes!(instances::list))
        .routes(routes!(instances::show, instances::set_policy))
        .routes(routes!(instances::retry))
        .routes(routes!(set_aside::list))
        .routes(routes!(set_aside::retry))
        .routes(routes!(set_aside::discard))
}

/// All calls and the description of them; paths are relative to `BASE`.
pub fn routes() -> Router<AppState> {
    let (calls, document) = api().split_for_parts();
    let document: Arc<str> = document.to_json().unwrap_or_default().into();
    calls.route(
        "/openapi.json",
        get(async move || {
            (
                [(header::CONTENT_TYPE, "application/json")],
                document.to_string(),
            )
        }),
    )
}
