//! Quotes: how one is shown inside a post, and who quotes a post of one's own (`/p/{id}/quotes`), where an authorization
//! can be taken back.

use std::collections::HashMap;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use parvis_forum::id::PostId;
use parvis_forum::kinds::QuoteStanding;
use parvis_forum::quotes::{self, QuoteView};
use parvis_forum::text::sanitize::{self, SafeHtml};
use parvis_forum::{Post, Read, Timestamp, Viewer, actors, posts, topics};

use super::rows;
use crate::error::AppResult;
use crate::extract::form::Empty;
use crate::extract::{Form, Path, Reader};
use crate::state::AppState;
use crate::views::notices::Notice;
use crate::views::parts::Html;
use crate::views::quotes::{QuoteShown, QuotedPost, QuotesRow, QuotesView};
use crate::views::topics::PostLink;

/// Longest text of a quote, in characters.
const EXCERPT: usize = 500;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/p/{id}/quotes", get(list))
        .route("/p/{id}/quotes/{quote}/revoke", post(revoke))
}

/// What these posts quote. Asks for nothing where none quotes.
pub(super) async fn of_posts(
    db: &impl Read,
    viewer: &Viewer,
    posts: &[Post],
) -> AppResult<HashMap<PostId, QuoteShown>> {
    let views = quotes::of_posts(db, viewer, posts).await?;
    Ok(views
        .into_iter()
        .map(|(id, view)| (id, shown(view)))
        .collect())
}

fn shown(view: QuoteView) -> QuoteShown {
    let QuoteView { quote, quoted } = view;
    match quoted {
        Some((post, author, topic)) => {
            let html = SafeHtml::from_stored(&post.content_html);
            QuoteShown {
                url: format!("/p/{}", post.id),
                waiting: false,
                quoted: Some(QuotedPost {
                    author: actors::shown_name(&author).to_owned(),
                    handle: format!("@{}", actors::handle(&author)),
                    title: topic.title,
                    language: post.language.clone(),
                    at: post.created_at.datetime(),
                    body: post.warning.is_none().then(|| {
                        Html::from_sanitized(sanitize::excerpt(&html, EXCERPT).into_string())
                    }),
                    warning: post.warning,
                }),
            }
        }
        None => QuoteShown {
            waiting: quote.standing == QuoteStanding::Asked,
            url: quote.uri,
            quoted: None,
        },
    }
}

async fn list(
    State(state): State<AppState>,
    mut reader: Reader,
    Path(id): Path<PostId>,
) -> AppResult {
    reader.current.person()?;
    let db = state.forum.db();
    let post = posts::readable(db, reader.viewer(), id).await?;
    let rows = quotes::of_quoted(db, reader.viewer(), &post).await?;
    let topic = topics::by_id(db, post.topic_id).await?;
    let author = actors::by_id(db, post.author_id).await?;
    reader.frame.noindex = true;
    reader.page(&QuotesView {
        post: PostLink {
            number: rows::count(post.number),
            url: format!("/p/{id}"),
            author: actors::shown_name(&author).to_owned(),
        },
        topic: rows::topic_link(&topic),
        quotes: rows
            .into_iter()
            .map(|(row, quoter)| QuotesRow {
                by: format!("@{}", actors::handle(&quoter)),
                url: row.quote_uri,
                since: Timestamp::datetime(row.created_at),
                revoke: format!("/p/{id}/quotes/{}/revoke", row.id),
            })
            .collect(),
    })
}

async fn revoke(
    State(state): State<AppState>,
    reader: Reader,
    Path((id, quote)): Path<(PostId, i64)>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    reader.current.person()?;
    let tx = state.forum.begin().await?;
    quotes::revoke(&tx, reader.viewer(), quote).await?;
    tx.commit().await?;
    let path = format!("/p/{id}/quotes");
    Ok(reader.redirect(&path, Some(Notice::QuoteRevoked)))
}
