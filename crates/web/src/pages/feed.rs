//! PG-24: `/home`, topics of the categories, and with the tags, that the viewer follows.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use parvis_forum::categories::{self, Category};
use parvis_forum::circles::{self, Sight};
use parvis_forum::kinds::{ActorKind, FollowState};
use parvis_forum::topics::{self, Filter};
use parvis_forum::{follows, tag_follows};

use super::rows::{self, Follows};
use crate::error::AppResult;
use crate::extract::{BothWays, Reader};
use crate::state::AppState;
use crate::views::frame::Section;
use crate::views::home::FollowingView;

/// Topics on a page.
const TOPICS: u64 = 30;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/home", get(show))
}

async fn show(State(state): State<AppState>, mut reader: Reader, page: BothWays) -> AppResult {
    let person = reader.current.person()?.actor.id;
    let db = state.forum.db();
    let following = follows::following(db, person).await?;
    let in_force = following
        .iter()
        .filter(|(follow, actor)| {
            actor.kind == ActorKind::Group && follow.state == FollowState::Accepted
        })
        .map(|(_, actor)| actor.id)
        .collect();
    let tags = tag_follows::of_person(db, person).await?;
    let filter = Filter {
        categories: Some(in_force),
        or_tags: tags.clone(),
        sight: Sight::of(reader.viewer()),
        ..Filter::default()
    };
    let topics = topics::list(db, &filter, page.of_length(TOPICS)).await?;
    if page.came_back(&topics) {
        return Ok(reader.redirect("/home", None));
    }
    let follows = Follows::load(db, reader.viewer()).await?;
    let mut groups = Vec::new();
    for (_, actor) in following {
        let known = circles::check_known(db, reader.viewer(), &actor).await;
        if actor.kind == ActorKind::Group && known.is_ok() {
            groups.push(actor);
        }
    }
    let followed = categories::by_actors(db, groups).await?;
    let suggested = if followed.is_empty() {
        categories::tree(db, reader.viewer()).await?
    } else {
        Vec::new()
    };
    let row = |category: &Category| rows::category_row(category, follows.of(category.id()), None);
    let view = FollowingView {
        pager: rows::pager(&topics, "/home"),
        topics: rows::topic_rows(topics.items, true),
        followed: followed.iter().map(row).collect(),
        tags: tags.into_iter().map(rows::tag).collect(),
        suggested: suggested
            .iter()
            .filter(|c| c.row.archived_at.is_none())
            .take(6)
            .map(row)
            .collect(),
    };
    reader.frame.section = Section::Following;
    reader.frame.noindex = true;
    reader.page(&view)
}
