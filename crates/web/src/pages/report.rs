//! PG-13: `/report`, open without an account (LAW-20). What a visitor says of themself is kept apart from the reason: only
//! the moderators read it, and the answer goes there.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parvis_forum::reports::{self, About, Contact, NewReport};
use parvis_forum::{Viewer, actors, throttles, topics};
use serde::Deserialize;

use super::posts::excerpt;
use super::problems::{found, only_fields, problem};
use super::targets::{self, Thing};
use crate::cookies::{self, Purpose};
use crate::error::AppResult;
use crate::extract::{ClientIp, Form, Query, Reader};
use crate::state::AppState;
use crate::views::confirms::{PostExcerpt, ReportGround, ReportView};
use crate::views::forms::{FieldError, Problem};

/// Reports from one place in an hour.
const REPORTS: i32 = 30;
/// How long the browser of a visitor remembers where the answer goes.
const RECEIPT_SECONDS: i64 = 600;

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/report", get(form).post(send))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    target: String,
    receipt: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fields {
    target: String,
    ground: String,
    reason: String,
    name: String,
    email: String,
    good_faith: String,
    forward: String,
}

/// What is reported, with the post to show and the server to tell, if it is another one.
struct Target {
    about: About,
    post: Option<PostExcerpt>,
    host: Option<String>,
}

async fn target(state: &AppState, viewer: &Viewer, text: &str) -> AppResult<Option<Target>> {
    let db = state.forum.db();
    let post = match targets::find(state, viewer, text).await? {
        None => return Ok(None),
        Some(Thing::Actor(actor)) => {
            return Ok(Some(Target {
                host: (!actor.local).then(|| actor.host.clone()),
                about: About::Actor(actor),
                post: None,
            }));
        }
        Some(Thing::Topic(topic)) => topics::opening_post(db, &topic).await?,
        Some(Thing::Post(post)) => *post,
    };
    if post.deleted_at.is_some() || post.removed_at.is_some() {
        return Ok(None);
    }
    let topic = topics::by_id(db, post.topic_id).await?;
    let author = actors::by_id(db, post.author_id).await?;
    Ok(Some(Target {
        post: Some(excerpt(state, &post, &topic).await?),
        host: (!post.local).then_some(author.host),
        about: About::Post(Box::new(post)),
    }))
}

fn view(fields: Fields, target: Option<&Target>, errors: Vec<FieldError>) -> ReportView {
    let (post, host) = target.map_or((None, None), |target| {
        (target.post.clone(), target.host.clone())
    });
    ReportView {
        target: fields.target,
        post,
        host,
        ground: ReportGround::from_name(&fields.ground),
        reason: fields.reason,
        name: fields.name,
        email: fields.email,
        receipt: None,
        errors,
    }
}

async fn form(
    State(state): State<AppState>,
    mut reader: Reader,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> AppResult {
    reader.frame.noindex = true;
    let number = Some(asked.receipt)
        .filter(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    let known = target(&state, reader.viewer(), &asked.target).await?;
    let email = number
        .as_deref()
        .and_then(|number| answer_address(&state, &reader, &headers, number));
    let shown = match asked.target.strip_prefix('/') {
        Some(path) => state.config().local_url(&format!("/{path}")).to_string(),
        None => asked.target,
    };
    let fields = Fields {
        target: shown,
        email: email.unwrap_or_default(),
        ..Fields::default()
    };
    reader.page(&ReportView {
        receipt: number,
        ..view(fields, known.as_ref(), Vec::new())
    })
}

async fn send(
    State(state): State<AppState>,
    mut reader: Reader,
    client: ClientIp,
    Form(fields): Form<Fields>,
) -> AppResult {
    reader.frame.noindex = true;
    let known = target(&state, reader.viewer(), &fields.target).await?;
    let mut errors = Vec::new();
    let mut wrong = |field: &str, what: &Problem| {
        errors.push(problem(&state, &reader, field, what));
    };
    if fields.target.trim().is_empty() {
        wrong("target", &Problem::Empty);
    } else if known.is_none() {
        wrong("target", &Problem::TargetGone);
    }
    let ground = ReportGround::from_name(&fields.ground);
    if ground.is_none() {
        wrong("ground", &Problem::NotChosen);
    }
    if fields.reason.trim().is_empty() {
        wrong("reason", &Problem::Empty);
    }
    if fields.good_faith.is_empty() {
        wrong("good_faith", &Problem::NotTicked);
    }
    let (Some(known), Some(ground)) = (&known, ground) else {
        return reader.form_again(&view(fields, known.as_ref(), errors));
    };
    let contact = Contact {
        name: fields.name.clone(),
        email: fields.email.clone(),
        locale: reader.locale.code().to_owned(),
    };
    let parsed = NewReport::parse(known.about.clone(), &fields.reason)
        .and_then(|new| new.on_ground(ground.name()).by_visitor(&contact));
    let new = match parsed {
        Ok(new) if errors.is_empty() => new,
        Ok(_) => return reader.form_again(&view(fields, Some(known), errors)),
        Err(error) => {
            if errors.is_empty() {
                errors = found(&state, &reader, &only_fields(error)?, &[]);
            }
            return reader.form_again(&view(fields, Some(known), errors));
        }
    };
    let tx = state.forum.begin().await?;
    let key = format!("report:{}", client.throttle_key());
    throttles::hit(&tx, &key, REPORTS, 3_600).await?;
    tx.commit().await?;
    let new = if fields.forward.is_empty() {
        new
    } else {
        new.forwarded()
    };
    let tx = state.forum.begin().await?;
    let report = reports::file(&tx, reader.viewer(), new).await?;
    tx.commit().await?;
    let number = report.number;
    let mut response = reader.redirect(&format!("/report?receipt={number}"), None);
    if let Some(email) = &report.reporter_email {
        let receipt = URL_SAFE_NO_PAD.encode(format!("{number} {email}"));
        let cookie = state
            .cookies
            .set(Purpose::Receipt, &receipt, Some(RECEIPT_SECONDS));
        cookies::add(response.headers_mut(), cookie);
    }
    Ok(response)
}

/// The address that the decision goes to, for whoever sent this report just now: that of the account, or the one that
/// the visitor gave, which only their own browser knows.
fn answer_address(
    state: &AppState,
    reader: &Reader,
    headers: &HeaderMap,
    number: &str,
) -> Option<String> {
    if let Some(person) = reader.viewer().person() {
        return Some(person.person.email.clone());
    }
    let kept = state.cookies.read(headers, Purpose::Receipt)?;
    let kept = String::from_utf8(URL_SAFE_NO_PAD.decode(kept).ok()?).ok()?;
    let (known, email) = kept.split_once(' ')?;
    (known == number).then(|| email.to_owned())
}
