//! `/moderation/links`: categories of this node linked to categories of others (FEP-d36d), who asks for a link, and asking
//! for one.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use parvis_federation::lookup::{self, Found};
use parvis_forum::categories::{self, Category};
use parvis_forum::kinds::FollowState;
use parvis_forum::links::{self, Link};
use parvis_forum::{Error, Kind, Viewer, follows};
use serde::Deserialize;

use crate::error::{AppError, AppResult};
use crate::extract::{Form, Moderator, Reader};
use crate::pages::problems::problem;
use crate::pages::rows;
use crate::state::AppState;
use crate::views::forms::{FieldError, Problem};
use crate::views::frame::Section;
use crate::views::links::{LinkRow, LinksView};
use crate::views::notices::Notice;

const HERE: &str = "/moderation/links";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(HERE, get(show).post(ask))
        .route("/moderation/links/accept", post(accept))
        .route("/moderation/links/refuse", post(refuse))
        .route("/moderation/links/end", post(end))
}

/// The two categories of a link.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Two {
    category: String,
    other: String,
}

fn row(link: &Link) -> LinkRow {
    let word = |state: Option<FollowState>| match state {
        Some(FollowState::Accepted) => "yes",
        Some(FollowState::Pending) => "waiting",
        Some(FollowState::Rejected) => "refused",
        None => "no",
    };
    LinkRow {
        category: rows::category_link(&link.category),
        other: rows::category_link(&link.other),
        ours: word(link.ours),
        theirs: word(link.theirs),
        since: link.since.datetime(),
    }
}

async fn view(
    state: &AppState,
    reader: &Reader,
    two: Two,
    errors: Vec<FieldError>,
) -> AppResult<LinksView> {
    let db = state.forum.db();
    let all = links::list(db, reader.viewer()).await?;
    let (requests, linked): (Vec<&Link>, Vec<&Link>) =
        all.iter().partition(|link| link.is_request());
    Ok(LinksView {
        requests: requests.into_iter().map(row).collect(),
        links: linked.into_iter().map(row).collect(),
        categories: categories::tree(db, reader.viewer())
            .await?
            .iter()
            .filter(|category| category.row.archived_at.is_none() && category.row.readers.is_none())
            .map(|category| rows::category_link(&category.actor))
            .collect(),
        category: two.category,
        other: two.other,
        errors,
    })
}

async fn show(State(state): State<AppState>, _: Moderator, mut reader: Reader) -> AppResult {
    reader.frame.section = Section::Moderation;
    let view = view(&state, &reader, Two::default(), Vec::new()).await?;
    reader.page(&view)
}

/// Both categories, the other one being known here already.
async fn both(state: &AppState, viewer: &Viewer, two: &Two) -> AppResult<(Category, Category)> {
    let (db, config) = (state.forum.db(), state.config());
    let category = categories::local_by_slug(db, two.category.trim()).await?;
    let other = categories::readable(db, config, viewer, two.other.trim()).await?;
    if other.actor.local {
        return Err(Error::NotFound(Kind::Category).into());
    }
    Ok((category, other))
}

async fn ask(
    State(state): State<AppState>,
    Moderator(current): Moderator,
    mut reader: Reader,
    Form(two): Form<Two>,
) -> AppResult {
    reader.frame.section = Section::Moderation;
    let named = two.other.trim();
    let category = categories::local_by_slug(state.forum.db(), two.category.trim()).await?;
    follows::can_link(&current.viewer, &category.actor)?;
    let found = if named.is_empty() {
        None
    } else {
        match Box::pin(lookup::lookup(&state.federation, named)).await {
            Ok(Found::Category(other)) if !other.actor.local => Some(other),
            Ok(_)
            | Err(parvis_federation::Error::Refused(_) | parvis_federation::Error::Retry { .. }) => {
                None
            }
            Err(error) => return Err(AppError::from(error)),
        }
    };
    let Some(other) = found else {
        let wrong = if named.is_empty() {
            Problem::Empty
        } else {
            Problem::RemoteAccount
        };
        let errors = vec![problem(&state, &reader, "other", &wrong)];
        let view = view(&state, &reader, two, errors).await?;
        return reader.form_again(&view);
    };
    let tx = state.forum.begin().await?;
    follows::link(&tx, &current.viewer, &category.actor, &other.actor).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::LinkAsked)))
}

async fn accept(
    State(state): State<AppState>,
    Moderator(current): Moderator,
    reader: Reader,
    Form(two): Form<Two>,
) -> AppResult {
    let (category, other) = both(&state, &current.viewer, &two).await?;
    let tx = state.forum.begin().await?;
    links::accept(&tx, &current.viewer, &category.actor, &other.actor).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::LinkAccepted)))
}

async fn refuse(
    State(state): State<AppState>,
    Moderator(current): Moderator,
    reader: Reader,
    Form(two): Form<Two>,
) -> AppResult {
    let (category, other) = both(&state, &current.viewer, &two).await?;
    let tx = state.forum.begin().await?;
    links::refuse(&tx, &current.viewer, &category.actor, &other.actor).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::LinkRefused)))
}

async fn end(
    State(state): State<AppState>,
    Moderator(current): Moderator,
    reader: Reader,
    Form(two): Form<Two>,
) -> AppResult {
    let (category, other) = both(&state, &current.viewer, &two).await?;
    let tx = state.forum.begin().await?;
    follows::unlink(&tx, &current.viewer, &category.actor, &other.actor).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::LinkEnded)))
}
