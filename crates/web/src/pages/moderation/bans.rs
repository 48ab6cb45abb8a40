//! `/moderation/bans`: who is banned from which category or from the site, and banning somebody.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use parvis_forum::bans::{self, Lift, NewBan, Scope, Shown};
use parvis_forum::id::{ActorId, BanId, PostId};
use parvis_forum::{
    Actor, Denied, Error, Origin, Viewer, actors, affiliations, categories, posts, topics,
};
use serde::Deserialize;

use crate::error::AppResult;
use crate::extract::{Form, Member, PageQuery, Path, Query, Reader};
use crate::pages::problems::{found, only_fields, problem};
use crate::pages::{rows, targets};
use crate::state::AppState;
use crate::views::forms::{Choice, FieldError, Problem};
use crate::views::frame::Section;
use crate::views::moderation_acts::{BanFormView, BanRow, BansView};
use crate::views::notices::Notice;
use crate::views::parts::Pager;

const HERE: &str = "/moderation/bans";
/// What stands for the whole site among the places.
const SITE: &str = "site";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(HERE, get(show))
        .route("/moderation/bans/new", get(blank).post(impose))
        .route("/moderation/bans/{id}/lift", post(lift))
}

async fn show(
    State(state): State<AppState>,
    Member(current): Member,
    mut reader: Reader,
    page: PageQuery,
) -> AppResult {
    reader.frame.section = Section::Moderation;
    let db = state.forum.db();
    let viewer = &current.viewer;
    // Who moderates only elsewhere has a list as well, of what they may ban from.
    let found = bans::list(db, viewer, state.forum.now(), page.of_length(20)).await?;
    let mut concerned: Vec<ActorId> = Vec::new();
    for shown in &found.items {
        concerned.push(shown.actor.id);
        concerned.extend(shown.moderator.iter().map(|actor| actor.id));
    }
    let stated = affiliations::of(db, concerned).await?;
    let author = |actor: &Actor| rows::author_from_actor(actor, stated.get(&actor.id));
    let here = state.config().public_authority();
    let row = |shown: &Shown| BanRow {
        id: shown.ban.id.to_string(),
        person: author(&shown.actor),
        category: shown.category.as_ref().map(rows::category_link),
        host: Some(shown.ban.scope.clone()).filter(|host| shown.category.is_none() && host != here),
        moderator: shown.moderator.as_ref().map(author),
        reason: shown.ban.reason.clone(),
        removes: shown.ban.removes,
        at: shown.ban.created_at.datetime(),
        until: shown.ban.expires_at.map(parvis_forum::Timestamp::datetime),
        may_lift: shown.category.is_some() || shown.ban.scope == here,
    };
    reader.page(&BansView {
        pager: Pager {
            next: found
                .next
                .map(|cursor| format!("{HERE}?after={}", cursor.encode())),
            ..Pager::default()
        },
        bans: found.items.iter().map(row).collect(),
    })
}

/// The categories that a viewer may ban from: as a moderator of the node all of this one, else those that name them.
async fn banning_from(state: &AppState, viewer: &Viewer) -> AppResult<Vec<Actor>> {
    let db = state.forum.db();
    let mut found: Vec<Actor> = categories::tree(db, viewer)
        .await?
        .into_iter()
        .map(|category| category.actor)
        .filter(|category| viewer.moderates(category.id))
        .collect();
    let elsewhere = viewer
        .person()
        .map(|person| person.moderates_elsewhere.clone())
        .unwrap_or_default();
    let known = actors::by_ids(db, elsewhere).await?;
    found.extend(
        known
            .into_values()
            .filter(|category| viewer.is_granted(category.id)),
    );
    if found.is_empty() {
        return Err(Denied::NotModerator.into());
    }
    Ok(found)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fields {
    person: String,
    place: String,
    reason: String,
    days: String,
    remove: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    person: String,
    post: String,
}

fn view(reader: &Reader, from: &[Actor], fields: Fields, errors: Vec<FieldError>) -> BanFormView {
    let mut places: Vec<Choice> = from
        .iter()
        .map(|category| Choice {
            value: category.id.to_string(),
            label: if category.local {
                actors::shown_name(category).to_owned()
            } else {
                format!("!{}", actors::handle(category))
            },
        })
        .collect();
    if reader.viewer().is_moderator() {
        places.push(Choice {
            value: SITE.to_owned(),
            label: reader.text("ban-site", &[]),
        });
    }
    BanFormView {
        person: fields.person,
        place: fields.place,
        places,
        reason: fields.reason,
        days: fields.days,
        remove: !fields.remove.is_empty(),
        errors,
    }
}

/// The form; `post` names somebody by what they wrote, `person` by their handle.
async fn blank(
    State(state): State<AppState>,
    Member(current): Member,
    mut reader: Reader,
    Query(asked): Query<Asked>,
) -> AppResult {
    reader.frame.section = Section::Moderation;
    let from = banning_from(&state, &current.viewer).await?;
    let mut fields = Fields {
        person: asked.person,
        ..Fields::default()
    };
    if let Ok(id) = asked.post.parse::<PostId>() {
        let db = state.forum.db();
        let post = posts::readable(db, &current.viewer, id).await?;
        let topic = topics::by_id(db, post.topic_id).await?;
        let author = actors::by_id(db, post.author_id).await?;
        fields.person = format!("@{}", actors::handle(&author));
        fields.place = topic.category_id.to_string();
    }
    reader.page(&view(&reader, &from, fields, Vec::new()))
}

async fn impose(
    State(state): State<AppState>,
    Member(current): Member,
    mut reader: Reader,
    Form(fields): Form<Fields>,
) -> AppResult {
    reader.frame.section = Section::Moderation;
    let from = banning_from(&state, &current.viewer).await?;
    let who = targets::person(&state, &fields.person).await?;
    let scope = match fields.place.as_str() {
        SITE => Some(Scope::here(state.config())),
        id => from
            .iter()
            .find(|category| category.id.to_string() == id)
            .map(|category| Scope::Category(Box::new(category.clone()))),
    };
    let mut errors = Vec::new();
    if who.is_none() {
        let wrong = if fields.person.trim().is_empty() {
            Problem::Empty
        } else {
            Problem::PersonUnknown
        };
        errors.push(problem(&state, &reader, "person", &wrong));
    }
    if scope.is_none() {
        errors.push(problem(&state, &reader, "place", &Problem::NotChosen));
    }
    let new = match NewBan::parse(&fields.reason, &fields.days, state.forum.now()) {
        Ok(new) => Some(new.removing(!fields.remove.is_empty())),
        Err(error) => {
            errors.extend(found(&state, &reader, &only_fields(error)?, &[]));
            None
        }
    };
    let (Some(who), Some(scope), Some(new)) = (who, scope, new) else {
        let view = view(&reader, &from, fields, errors);
        return reader.form_again(&view);
    };
    let tx = state.forum.begin().await?;
    bans::impose(&tx, &current.viewer, who, &scope, new, Origin::Local).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::Banned)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Lifting {
    reason: String,
    restore: String,
}

async fn lift(
    State(state): State<AppState>,
    Member(current): Member,
    reader: Reader,
    Path(id): Path<BanId>,
    Form(lifting): Form<Lifting>,
) -> AppResult {
    let tx = state.forum.begin().await?;
    let ban = match bans::by_id(tx.c(), id).await {
        // Lapsed, or lifted by somebody else a moment ago.
        Err(Error::NotFound(_)) => return Ok(reader.redirect(HERE, Some(Notice::BanLifted))),
        other => other?,
    };
    let scope = bans::scope_of(tx.c(), &ban).await?;
    let who = actors::by_id(tx.c(), ban.actor_id).await?;
    let viewer = &current.viewer;
    let how = Lift {
        reason: &lifting.reason,
        restores: !lifting.restore.is_empty(),
    };
    bans::lift(&tx, viewer, &who, &scope, how, Origin::Local).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::BanLifted)))
}
