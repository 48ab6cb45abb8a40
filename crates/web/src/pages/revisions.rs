//! PG-04: the history of a post, `/p/{id}/revisions`, with what changed from one version to the next.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use parvis_forum::id::{ActorId, PostId};
use parvis_forum::text::{diff, sanitize};
use parvis_forum::{Error, Kind, Post, Timestamp, actors, affiliations, posts, topics};

use super::rows;
use crate::error::AppResult;
use crate::extract::{Path, Reader};
use crate::state::AppState;
use crate::views::topics::{Change, ChangeKind, PostLink, Revision, RevisionsView};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/p/{id}/revisions", get(show))
}

/// One version of a post.
struct Version {
    by: ActorId,
    at: Timestamp,
    text: String,
}

async fn show(
    State(state): State<AppState>,
    mut reader: Reader,
    Path(id): Path<PostId>,
) -> AppResult {
    let db = state.forum.db();
    let post = posts::readable(db, reader.viewer(), id).await?;
    let topic = topics::by_id(db, post.topic_id).await?;
    if topic.removed_at.is_some() && !reader.viewer().moderates(topic.category_id) {
        return Err(Error::Gone(Kind::Topic).into());
    }
    let opening = topic.opening_post_id == Some(post.id);
    let versions = versions(db, &post, opening.then_some(topic.title.as_str())).await?;
    let people = actors::by_ids(
        db,
        versions
            .iter()
            .map(|v| v.by)
            .chain([post.author_id, topic.category_id]),
    )
    .await?;
    let affiliations = affiliations::of(db, versions.iter().map(|v| v.by)).await?;
    let (Some(author), Some(category)) =
        (people.get(&post.author_id), people.get(&topic.category_id))
    else {
        return Err(Error::NotFound(Kind::Actor).into());
    };
    let mut revisions = Vec::with_capacity(versions.len());
    let mut before: Option<&str> = None;
    for (number, version) in (1..).zip(&versions) {
        let Some(by) = people.get(&version.by) else {
            continue;
        };
        revisions.push(Revision {
            number,
            author: rows::author_from_actor(by, affiliations.get(&by.id)),
            at: version.at.datetime(),
            reason: None,
            changes: changes(before, &version.text),
        });
        before = Some(&version.text);
    }
    revisions.reverse();
    let view = RevisionsView {
        post: PostLink {
            number: rows::count(post.number),
            url: format!("/p/{}", post.id),
            author: actors::shown_name(author).to_owned(),
        },
        topic: rows::topic_link(&topic),
        category: rows::category_link(category),
        language: post.language.clone(),
        revisions,
    };
    reader.frame.noindex = true;
    reader.page(&view)
}

/// All versions, the oldest first. Each kept row says what was written and who replaced it.
async fn versions(
    db: &impl parvis_forum::Read,
    post: &Post,
    title: Option<&str>,
) -> AppResult<Vec<Version>> {
    let kept = posts::revisions(db, post).await?;
    let mut versions = Vec::with_capacity(kept.len() + 1);
    let mut by = post.author_id;
    for row in kept {
        versions.push(Version {
            by,
            at: row.written_at,
            text: text(
                row.title.as_deref(),
                row.content_source.as_deref(),
                &row.content_html,
            ),
        });
        by = row.editor_id;
    }
    versions.push(Version {
        by,
        at: post.edited_at.unwrap_or(post.created_at),
        text: text(title, post.content_source.as_deref(), &post.content_html),
    });
    Ok(versions)
}

/// What is compared: the title of a topic and the Markdown, or the words of the HTML where there is no Markdown.
fn text(title: Option<&str>, source: Option<&str>, html: &str) -> String {
    let words = source.map_or_else(|| sanitize::plain_text(html), ToOwned::to_owned);
    match title {
        Some(title) => format!("{title}\n\n{words}"),
        None => words,
    }
}

fn changes(before: Option<&str>, now: &str) -> Vec<Change> {
    let Some(before) = before else {
        return vec![Change {
            kind: ChangeKind::Kept,
            text: now.to_owned(),
        }];
    };
    diff::words(before, now)
        .into_iter()
        .map(|change| Change {
            kind: match change.kind {
                diff::ChangeKind::Same => ChangeKind::Kept,
                diff::ChangeKind::Added => ChangeKind::Added,
                diff::ChangeKind::Removed => ChangeKind::Removed,
            },
            text: change.text,
        })
        .collect()
}
