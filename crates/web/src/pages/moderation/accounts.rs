//! `/moderation/accounts`: who waits for an account.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use parvis_forum::id::ActorId;
use parvis_forum::kinds::PersonState;
use parvis_forum::page::{Page, PageRequest};
use parvis_forum::people::{self, Filter};
use parvis_forum::{Viewer, actors, affiliations};
use serde::Deserialize;

use crate::error::AppResult;
use crate::extract::form::Empty;
use crate::extract::{Form, Moderator, PageQuery, Path, Reader};
use crate::state::AppState;
use crate::views::admin::RegistrationRow;
use crate::views::frame::Section;
use crate::views::notices::Notice;
use crate::views::parts::{AffiliationKind, Pager};
use crate::views::people::ApprovalsView;

const HERE: &str = people::APPROVALS_PATH;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(HERE, get(show))
        .route("/moderation/accounts/{id}/approve", post(approve))
        .route("/moderation/accounts/{id}/refuse", post(refuse))
}

/// Requests for accounts, newest first.
pub(crate) async fn waiting(
    state: &AppState,
    viewer: &Viewer,
    page: PageRequest,
) -> AppResult<Page<RegistrationRow>> {
    let db = state.forum.db();
    let filter = Filter {
        state: Some(PersonState::Pending),
        role: None,
    };
    let found = people::list(db, viewer, &filter, page).await?;
    let concerned: Vec<_> = found.items.iter().map(|account| account.actor.id).collect();
    let stated = affiliations::of(db, concerned).await?;
    Ok(found.map(|account| {
        let stated = stated.get(&account.actor.id);
        RegistrationRow {
            id: account.actor.id.to_string(),
            display_name: actors::shown_name(&account.actor).to_owned(),
            name: account.actor.name,
            email: account.person.email,
            affiliation: stated.map_or(AffiliationKind::Unstated, |row| {
                AffiliationKind::from_name(&row.kind)
            }),
            organisation: stated.and_then(|row| row.organisation.clone()),
            reason: account.person.reason,
            at: account.person.created_at.datetime(),
        }
    }))
}

async fn show(
    State(state): State<AppState>,
    Moderator(current): Moderator,
    mut reader: Reader,
    page: PageQuery,
) -> AppResult {
    reader.frame.section = Section::Moderation;
    let found = waiting(&state, &current.viewer, page.of_length(20)).await?;
    reader.page(&ApprovalsView {
        pager: Pager {
            next: found
                .next
                .map(|cursor| format!("{HERE}?after={}", cursor.encode())),
            ..Pager::default()
        },
        registrations: found.items,
    })
}

async fn approve(
    State(state): State<AppState>,
    Moderator(current): Moderator,
    reader: Reader,
    Path(id): Path<ActorId>,
    Form(Empty {}): Form<Empty>,
) -> AppResult {
    let tx = state.forum.begin().await?;
    people::approve(&tx, &current.viewer, id).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::RegistrationApproved)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refusal {
    reason: String,
}

async fn refuse(
    State(state): State<AppState>,
    Moderator(current): Moderator,
    reader: Reader,
    Path(id): Path<ActorId>,
    Form(refusal): Form<Refusal>,
) -> AppResult {
    let tx = state.forum.begin().await?;
    people::refuse(&tx, &current.viewer, id, &refusal.reason).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::RegistrationRefused)))
}
