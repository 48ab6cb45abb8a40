//! `GET /node`: what this node is, for clients that meet it.

use axum::Json;
use axum::extract::State;
use parvis_forum::config::Locale;
use parvis_forum::{Viewer, actors, categories, people};
use serde::Serialize;
use utoipa::ToSchema;

use super::answers::ReadProblems;
use crate::error::AppError;
use crate::state::AppState;

/// What this node is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Node {
    /// Its name.
    name: String,
    /// A sentence or two about it.
    description: String,
    /// Its address.
    url: String,
    /// The ActivityPub id of the node itself.
    uri: String,
    /// The host of its handles.
    host: String,
    /// The program.
    software: Software,
    /// How much is here.
    counts: Counts,
    /// Languages of the interface, the default one first.
    languages: Vec<String>,
    /// Licence of what is written here, by its SPDX identifier.
    licence: String,
    /// The institution that runs it.
    institution: Option<Institution>,
    /// Where its people can be reached.
    contact: Option<String>,
    /// How to get an account: `open`, `approval` or `closed`.
    registration: String,
}

/// A program.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Software {
    /// `parvis`.
    name: String,
    /// Its version.
    version: String,
}

/// An institution.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Institution {
    /// Its name.
    name: String,
}

/// How much is on this node.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Counts {
    /// Active accounts.
    people: u64,
    /// Categories of this node.
    categories: u64,
    /// Topics in them.
    topics: i64,
    /// Posts in them.
    posts: i64,
}

/// What this node is.
#[utoipa::path(get, path = "/node", operation_id = "get_node", tag = "node",
    responses((status = 200, description = "The node", body = Node), ReadProblems))]
pub(super) async fn show(State(app): State<AppState>) -> Result<Json<Node>, AppError> {
    let forum = &app.forum;
    let config = forum.config();
    let actor = actors::instance(forum.db()).await?;
    let tree = categories::tree(forum.db(), &Viewer::Anonymous).await?;
    let (people, _) = people::count_active(forum.db(), forum.now()).await?;
    let default = config.ui.default_locale;
    let languages = [Locale::French, Locale::English];
    let node = &config.node;
    Ok(Json(Node {
        name: node.name.clone(),
        description: node.description.clone().unwrap_or_default(),
        url: config.local_url("/").to_string(),
        uri: actor.uri,
        host: actor.host,
        software: Software {
            name: "parvis".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        counts: Counts {
            people,
            categories: u64::try_from(tree.len()).unwrap_or_default(),
            topics: tree.iter().map(|c| i64::from(c.row.topic_count)).sum(),
            posts: tree.iter().map(|c| i64::from(c.row.post_count)).sum(),
        },
        languages: std::iter::once(default)
            .chain(languages.into_iter().filter(|l| *l != default))
            .map(|l| l.as_str().to_owned())
            .collect(),
        licence: config.content.licence.as_str().to_owned(),
        institution: node.institution.clone().map(|name| Institution { name }),
        contact: node.contact.clone(),
        registration: config.registration.mode.as_str().to_owned(),
    }))
}
