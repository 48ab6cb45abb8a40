//! `/moderation`: open reports, and what may be done with them.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use minijinja::HtmlEscape;
use parvis_forum::id::ReportId;
use parvis_forum::kinds::ActorKind;
use parvis_forum::reports::{self, Filed};
use parvis_forum::text::sanitize;
use parvis_forum::{Actor, affiliations, links};
use serde::Deserialize;

use crate::error::AppResult;
use crate::extract::{CurrentViewer, Form, Member, PageQuery, Path, Reader};
use crate::pages::problems::problem;
use crate::pages::rows;
use crate::state::AppState;
use crate::views::admin::{ModerationView, ReportRow, ReportTarget, Reporter};
use crate::views::confirms::ReportGround;
use crate::views::forms::{FieldError, Problem};
use crate::views::frame::Section;
use crate::views::notices::Notice;
use crate::views::parts::{Author, Html, Pager};
use crate::views::topics::PostLink;

const HERE: &str = "/moderation";
/// Longest excerpt, in characters.
const EXCERPT: usize = 500;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(HERE, get(show))
        .route("/moderation/reports/{id}/close", post(close))
}

async fn view(
    state: &AppState,
    current: &CurrentViewer,
    page: PageQuery,
    errors: Vec<FieldError>,
) -> AppResult<ModerationView> {
    let db = state.forum.db();
    let found = reports::list(db, &current.viewer, page.of_length(20)).await?;
    let mut concerned = Vec::new();
    for filed in &found.items {
        concerned.extend(filed.reporter.iter().map(|actor| actor.id));
        concerned.extend(filed.actor.iter().map(|actor| actor.id));
    }
    let stated = affiliations::of(db, concerned).await?;
    let author = |actor: &Actor| rows::author_from_actor(actor, stated.get(&actor.id));
    let link_requests = if current.viewer.is_moderator() {
        links::waiting(db, &current.viewer).await?
    } else {
        0
    };
    Ok(ModerationView {
        link_requests,
        pager: Pager {
            next: found
                .next
                .map(|cursor| format!("{HERE}?after={}", cursor.encode())),
            ..Pager::default()
        },
        reports: found
            .items
            .iter()
            .map(|filed| ReportRow {
                id: filed.report.id.to_string(),
                at: filed.report.created_at.datetime(),
                reporter: reporter(filed, &author),
                number: filed.report.number.to_string(),
                ground: filed
                    .report
                    .ground
                    .as_deref()
                    .and_then(ReportGround::from_name),
                reason: filed.report.reason.clone(),
                answered: filed.report.reporter_email.is_some()
                    || filed.reporter.as_ref().is_some_and(|actor| actor.local),
                target: target(filed, &author),
                note: String::new(),
            })
            .collect(),
        errors,
    })
}

fn reporter(filed: &Filed, author: &impl Fn(&Actor) -> Author) -> Reporter {
    match &filed.reporter {
        None => Reporter::Visitor {
            name: filed.report.reporter_name.clone(),
            email: filed.report.reporter_email.clone(),
        },
        Some(actor) if actor.kind == ActorKind::Application => Reporter::Server {
            host: actor.host.clone(),
        },
        Some(actor) => Reporter::Person {
            author: author(actor),
        },
    }
}

fn target(filed: &Filed, author: &impl Fn(&Actor) -> Author) -> ReportTarget {
    match (&filed.post, &filed.topic, &filed.actor) {
        (Some(post), Some(topic), Some(actor)) => {
            let text = sanitize::plain_text(&post.content_html);
            let text = sanitize::cut_at_word(&text, EXCERPT);
            let author = author(actor);
            ReportTarget::Post {
                post: PostLink {
                    number: rows::count(post.number),
                    url: format!("/p/{}", post.id),
                    author: author.name.clone(),
                },
                id: post.id.to_string(),
                topic: rows::topic_link(topic),
                kind: rows::kind(topic.kind),
                author,
                excerpt: Html::from_sanitized(HtmlEscape(&text).to_string()),
                removed: post.removed_at.is_some() || post.deleted_at.is_some(),
            }
        }
        (_, _, Some(actor)) => ReportTarget::Person {
            author: author(actor),
        },
        _ => ReportTarget::Address {
            url: filed.report.uri.clone().unwrap_or_default(),
        },
    }
}

async fn show(
    State(state): State<AppState>,
    Member(current): Member,
    mut reader: Reader,
    page: PageQuery,
) -> AppResult {
    reader.frame.section = Section::Moderation;
    reader.page(&view(&state, &current, page, Vec::new()).await?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Decision {
    note: String,
}

async fn close(
    State(state): State<AppState>,
    Member(current): Member,
    mut reader: Reader,
    page: PageQuery,
    Path(id): Path<ReportId>,
    Form(decision): Form<Decision>,
) -> AppResult {
    // Whoever may not decide is told so, whatever they wrote.
    reports::by_id(state.forum.db(), &current.viewer, id).await?;
    if decision.note.trim().is_empty() {
        reader.frame.section = Section::Moderation;
        let errors = vec![problem(
            &state,
            &reader,
            &format!("note-{id}"),
            &Problem::Empty,
        )];
        let view = view(&state, &current, page, errors).await?;
        return reader.form_again(&view);
    }
    let tx = state.forum.begin().await?;
    reports::resolve(&tx, &current.viewer, id, &decision.note).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::ReportClosed)))
}
