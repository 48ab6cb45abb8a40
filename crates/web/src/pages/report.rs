//! PG-13: `/report`, open without an account (LAW-20). The ground and what a visitor says of themself are kept with the
//! reason, as text.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use parvis_forum::reports::{self, About, NewReport};
use parvis_forum::{actors, throttles, topics};
use serde::Deserialize;

use super::posts::excerpt;
use super::problems::{found, only_fields, problem};
use super::targets::{self, Thing};
use crate::error::AppResult;
use crate::extract::{ClientIp, Form, Query, Reader};
use crate::state::AppState;
use crate::views::confirms::{PostExcerpt, ReportGround, ReportView};
use crate::views::forms::{FieldError, Problem};

/// Reports from one place in an hour.
const REPORTS: i32 = 30;

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

async fn target(state: &AppState, text: &str) -> AppResult<Option<Target>> {
    let db = state.forum.db();
    let post = match targets::find(state, text).await? {
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
    Query(asked): Query<Asked>,
) -> AppResult {
    reader.frame.noindex = true;
    let number = Some(asked.receipt)
        .filter(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    let known = target(&state, &asked.target).await?;
    let fields = Fields {
        target: asked.target,
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
    let known = target(&state, &fields.target).await?;
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
    let new = match NewReport::parse(known.about.clone(), &words(&state, &fields, ground)) {
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
    Ok(reader.redirect(&format!("/report?receipt={}", report.id), None))
}

/// What the moderators read: the ground, the reason, and what a visitor says of themself.
fn words(state: &AppState, fields: &Fields, ground: ReportGround) -> String {
    let catalog = state.templates.catalog();
    let ground = catalog.text(
        state.default_locale(),
        &format!("ground-{}", ground.name()),
        &[],
    );
    let mut words = format!("{ground}\n{}", fields.reason.trim());
    let from: Vec<&str> = [fields.name.trim(), fields.email.trim()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect();
    if !from.is_empty() {
        words.push_str("\n— ");
        words.push_str(&from.join(", "));
    }
    words
}
