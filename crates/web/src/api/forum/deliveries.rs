//! To which nodes a post went: «delivered to n of m», by name. Its author and those who moderate its category.

use axum::Json;
use axum::extract::State;
use parvis_federation::delivery::{self, Fate, HostFate, Trouble};
use parvis_forum::id::PostId;
use parvis_forum::tokens::Scope;
use parvis_forum::{Kind, policy, posts, topics};
use serde::Serialize;
use utoipa::ToSchema;

use super::answers::ReadProblems;
use super::caller::Caller;
use super::parse_id;
use crate::error::AppError;
use crate::extract::Path;
use crate::i18n::Locale;
use crate::state::AppState;
use crate::words;

/// To which nodes a post went.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Deliveries {
    /// Nodes that took it.
    delivered: usize,
    /// Nodes that are to have it.
    total: usize,
    /// Each of them, by name.
    nodes: Vec<NodeDelivery>,
}

/// What became of a post at a node.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NodeDelivery {
    /// Its host.
    host: String,
    /// `delivered`, `waiting`, or `refused` when it was set aside.
    state: &'static str,
    /// Why it isn't there.
    error: Option<String>,
    /// The same in words, with what to do.
    error_words: Option<String>,
}

fn node_from_fate(app: &AppState, locale: Locale, fate: HostFate) -> NodeDelivery {
    let said = fate.error.as_deref().map(|error| {
        let (what, cure) = words::trouble(app.templates.catalog(), locale, Trouble::of(error));
        format!("{what} {cure}")
    });
    NodeDelivery {
        host: fate.host,
        state: fate.fate.as_str(),
        error: fate.error,
        error_words: said,
    }
}

/// To which nodes a post went, and why not to the others. The author, and moderators of its category.
#[utoipa::path(get, path = "/posts/{id}/deliveries", operation_id = "list_deliveries_of_post", tag = "posts",
    params(("id" = String, Path, description = "Id of the post")),
    responses((status = 200, description = "The nodes", body = Deliveries), ReadProblems),
    security(("bearer" = ["read"])))]
pub(super) async fn show(
    State(app): State<AppState>,
    caller: Caller,
    locale: Locale,
    Path(id): Path<String>,
) -> Result<Json<Deliveries>, AppError> {
    let viewer = caller.may(Scope::Read)?;
    let id: PostId = parse_id(&id, Kind::Post)?;
    let db = app.forum.db();
    let post = posts::readable(db, viewer, id).await?;
    let topic = topics::by_id(db, post.topic_id).await?;
    policy::posts::can_see_deliveries(viewer, &post, &topic)?;
    let mut reach = delivery::reach_of_posts(&app.federation, &[post.id]).await?;
    let hosts = reach.remove(&post.id).unwrap_or_default();
    Ok(Json(Deliveries {
        delivered: hosts
            .iter()
            .filter(|host| host.fate == Fate::Delivered)
            .count(),
        total: hosts.len(),
        nodes: hosts
            .into_iter()
            .map(|fate| node_from_fate(&app, locale, fate))
            .collect(),
    }))
}
