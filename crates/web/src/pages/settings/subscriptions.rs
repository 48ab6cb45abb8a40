//! `/settings/subscriptions`: what one follows.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use parvis_forum::circles;
use parvis_forum::id::ActorId;
use parvis_forum::kinds::{ActorKind, FollowState};
use parvis_forum::{actors, affiliations, follows};
use serde::Deserialize;

use crate::error::{AppError, AppResult};
use crate::extract::{Form, Member, Reader};
use crate::pages::rows;
use crate::state::AppState;
use crate::views::account::{FollowedCategory, FollowedPerson, SubscriptionsView};
use crate::views::notices::Notice;

const HERE: &str = "/settings/subscriptions";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(HERE, get(show))
        .route("/settings/subscriptions/unfollow", post(unfollow))
}

async fn show(State(state): State<AppState>, Member(current): Member, reader: Reader) -> AppResult {
    let db = state.forum.db();
    let me = current.person()?.actor.id;
    let followed = follows::following(db, me).await?;
    let concerned: Vec<_> = followed.iter().map(|(_, actor)| actor.id).collect();
    let stated = affiliations::of(db, concerned).await?;
    let mut view = SubscriptionsView {
        categories: Vec::new(),
        people: Vec::new(),
    };
    for (follow, actor) in &followed {
        if circles::check_known(db, &current.viewer, actor)
            .await
            .is_err()
        {
            continue;
        }
        let pending = follow.state == FollowState::Pending;
        let id = actor.id.to_string();
        if actor.kind == ActorKind::Group {
            view.categories.push(FollowedCategory {
                id,
                category: rows::category_link(actor),
                pending,
            });
        } else {
            view.people.push(FollowedPerson {
                id,
                person: rows::author_from_actor(actor, stated.get(&actor.id)),
                pending,
            });
        }
    }
    reader.page(&view)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Unfollowed {
    actor: String,
}

async fn unfollow(
    State(state): State<AppState>,
    Member(current): Member,
    reader: Reader,
    Form(unfollowed): Form<Unfollowed>,
) -> AppResult {
    let me = current.person()?.actor.id;
    let id: ActorId = unfollowed
        .actor
        .parse()
        .map_err(|_| AppError::BadRequest("`actor` is not an id".to_owned()))?;
    let tx = state.forum.begin().await?;
    let actor = actors::by_id(tx.c(), id).await?;
    follows::unfollow(&tx, me, &actor).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::Unfollowed)))
}
