//! Remote interaction (product.md §4): `/follow` leads from here to the server of somebody's own account;
//! `/authorize_interaction` is where other servers send people who have their account here.
//!
//! Nothing is fetched for a visitor's `GET`: only for a form that was sent, and for people who are signed in. Where a form
//! leads is decided by the WebFinger answer of the server that the person named, and nothing else.

use axum::Router;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use parvis_federation::http::{FetchError, Wanted};
use parvis_federation::lookup::{self, Found};
use parvis_federation::webfinger::{Handle, Home, Intent, ReceivedJrd, Scheme};
use parvis_forum::kinds::{ActorKind, FollowState};
use parvis_forum::{
    Actor, Error, Kind, Topic, Viewer, actors, affiliations, bookmarks, follows, instances,
    throttles, topics,
};
use serde::Deserialize;
use url::Url;

use super::problems::problem;
use super::rows;
use super::targets::{self, Thing};
use crate::cookies::{self, Purpose};
use crate::error::{AppError, AppResult};
use crate::extract::{ClientIp, Form, Member, Query, Reader};
use crate::state::AppState;
use crate::views::forms::Problem;
use crate::views::interaction::{
    AuthorizeOutcome, AuthorizeView, FollowElsewhereView, InteractionTarget,
};
use crate::views::notices::Notice;
use crate::views::search::RemoteFailure;

/// How long the server of somebody's account is remembered, in seconds.
const HALF_A_YEAR: i64 = 183 * 24 * 3_600;
/// Servers asked for one place in an hour.
const ASKED: i32 = 60;
/// Addresses looked up for one person in an hour.
const LOOKED_UP: i32 = 60;

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/follow", get(form).post(leave))
        .route("/authorize_interaction", get(arrive).post(act))
}

/// Something known here that one can follow or reply to.
struct Target {
    shown: InteractionTarget,
    /// Its ActivityPub id; of a topic, that of its opening post.
    id: String,
    /// What people copy into another application.
    address: String,
    intent: Intent,
    feed: Option<String>,
    what: What,
}

enum What {
    Actor(Box<Actor>),
    Topic(Box<Topic>),
}

/// What an address or a handle means here; none when it isn't known. Asks no other server.
async fn known(state: &AppState, viewer: &Viewer, text: &str) -> AppResult<Option<Target>> {
    match targets::find(state, viewer, text).await? {
        None => Ok(None),
        Some(Thing::Actor(actor)) => of_actor(state, *actor).await,
        Some(Thing::Topic(topic)) => of_topic(state, *topic).await,
        Some(Thing::Post(post)) => {
            let topic = topics::by_id(state.forum.db(), post.topic_id).await?;
            of_topic(state, topic).await
        }
    }
}

async fn of_actor(state: &AppState, actor: Actor) -> AppResult<Option<Target>> {
    let hidden = actor.deleted_at.is_some() || actor.suspended_at.is_some();
    if hidden || actor.kind == ActorKind::Application {
        return Ok(None);
    }
    let stated = affiliations::find(state.forum.db(), actor.id).await?;
    let category = actor.kind == ActorKind::Group;
    Ok(Some(Target {
        shown: if category {
            InteractionTarget::Category {
                category: rows::category_link(&actor),
            }
        } else {
            InteractionTarget::Person {
                person: rows::author_from_actor(&actor, stated.as_ref()),
            }
        },
        id: actor.uri.clone(),
        address: format!("@{}", actors::handle(&actor)),
        intent: Intent::Follow,
        feed: (category && actor.local).then(|| format!("{}.atom", actors::path(&actor))),
        what: What::Actor(Box::new(actor)),
    }))
}

async fn of_topic(state: &AppState, topic: Topic) -> AppResult<Option<Target>> {
    let db = state.forum.db();
    if topic.deleted_at.is_some() || topic.removed_at.is_some() {
        return Ok(None);
    }
    let opening = topics::opening_post(db, &topic).await?;
    let author = actors::by_id(db, topic.author_id).await?;
    let category = actors::by_id(db, topic.category_id).await?;
    let stated = affiliations::find(db, author.id).await?;
    Ok(Some(Target {
        shown: InteractionTarget::Topic {
            topic: rows::topic_link(&topic),
            author: rows::author_of_post(&author, opening.affiliation.as_deref(), stated.as_ref()),
            category: rows::category_link(&category),
        },
        address: opening.uri.clone(),
        id: opening.uri,
        intent: Intent::Reply,
        feed: Some(format!("/t/{}.atom", topic.id)),
        what: What::Topic(Box::new(topic)),
    }))
}

// From here to the server of one's own account.

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wished {
    target: String,
}

fn elsewhere(
    target: Target,
    fields: &Leaving,
    errors: Vec<crate::views::forms::FieldError>,
) -> FollowElsewhereView {
    FollowElsewhereView {
        target: target.shown,
        target_value: fields.target.clone(),
        address: target.address,
        account: fields.account.clone(),
        remember: !fields.remember.is_empty(),
        feed: target.feed,
        errors,
    }
}

async fn form(
    State(state): State<AppState>,
    mut reader: Reader,
    headers: HeaderMap,
    Query(wished): Query<Wished>,
) -> AppResult {
    let target = known(&state, reader.viewer(), &wished.target)
        .await?
        .ok_or(Error::NotFound(Kind::Actor))?;
    reader.frame.noindex = true;
    let remembered = state
        .cookies
        .read(&headers, Purpose::Server)
        .unwrap_or_default();
    let fields = Leaving {
        target: wished.target,
        account: remembered.to_owned(),
        remember: if remembered.is_empty() {
            String::new()
        } else {
            "yes".to_owned()
        },
    };
    reader.page(&elsewhere(target, &fields, Vec::new()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Leaving {
    target: String,
    account: String,
    remember: String,
}

async fn leave(
    State(state): State<AppState>,
    mut reader: Reader,
    client: ClientIp,
    Form(fields): Form<Leaving>,
) -> AppResult {
    let target = known(&state, reader.viewer(), &fields.target)
        .await?
        .ok_or(Error::NotFound(Kind::Actor))?;
    let tx = state.forum.begin().await?;
    let key = format!("remote-follow:{}", client.throttle_key());
    throttles::hit(&tx, &key, ASKED, 3_600).await?;
    tx.commit().await?;
    let url = match destination(&state, &fields.account, &target).await? {
        Ok(url) => url,
        Err(wrong) => {
            reader.frame.noindex = true;
            let errors = vec![problem(&state, &reader, "account", &wrong)];
            return reader.form_again(&elsewhere(target, &fields, errors));
        }
    };
    let location = HeaderValue::from_str(url.as_str()).map_err(AppError::internal)?;
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response();
    let cookie = if fields.remember.is_empty() {
        state.cookies.forget(Purpose::Server)
    } else {
        let account = fields.account.trim();
        state
            .cookies
            .set(Purpose::Server, account, Some(HALF_A_YEAR))
    };
    cookies::add(response.headers_mut(), cookie);
    Ok(response)
}

/// The page of the person's own server on which they can act on the target, or why there is none.
async fn destination(
    state: &AppState,
    account: &str,
    target: &Target,
) -> AppResult<Result<Url, Problem>> {
    if account.trim().is_empty() {
        return Ok(Err(Problem::Empty));
    }
    if !state.config().federation.enabled {
        return Ok(Err(Problem::RemoteUnsupported));
    }
    let http = state.federation.http();
    let scheme = Scheme::of(http.addresses());
    let Ok(home) = Home::parse(account, scheme) else {
        return Ok(Err(Problem::RemoteAddress));
    };
    let Ok(id) = Url::parse(&target.id) else {
        return Ok(Err(Problem::Invalid));
    };
    let host = match &home {
        Home::Account(handle) => handle.authority().to_owned(),
        Home::Host(host) => host.clone(),
        Home::Page(url) => host_of(url),
    };
    if !instances::is_allowed(state.forum.db(), &state.forum, &host).await? {
        return Ok(Err(Problem::RemoteBlocked));
    }
    if host.eq_ignore_ascii_case(state.config().public_authority()) {
        let query: String = url::form_urlencoded::byte_serialize(target.id.as_bytes()).collect();
        return Ok(Ok(state
            .config()
            .local_url(&format!("/authorize_interaction?uri={query}"))));
    }
    let Some(ask) = home.webfinger_url(scheme) else {
        return Ok(home
            .guessed_interaction(&id, scheme)
            .ok_or(Problem::RemoteUnsupported));
    };
    Ok(match http.fetch_document(&ask, Wanted::JRD, None).await {
        Ok(answer) => ReceivedJrd::parse(&answer.body)
            .ok()
            .and_then(|jrd| jrd.interaction(target.intent, &id, scheme))
            .ok_or(Problem::RemoteUnsupported),
        Err(error) => Err(fetch_problem(&error)),
    })
}

fn fetch_problem(error: &FetchError) -> Problem {
    match error {
        FetchError::NotFound | FetchError::Gone => Problem::RemoteAccount,
        FetchError::Timeout | FetchError::Busy => Problem::RemoteTimeout,
        FetchError::Refused(status) if *status >= 500 || *status == 429 => Problem::RemoteTimeout,
        FetchError::Network(_) | FetchError::Blocked(_) => Problem::RemoteHost,
        FetchError::Refused(_)
        | FetchError::WrongType(_)
        | FetchError::TooLarge
        | FetchError::Malformed(_) => Problem::RemoteUnsupported,
    }
}

fn host_of(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    }
}

// From elsewhere to the account here.

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Arrival {
    uri: String,
}

/// The server that an address or handle belongs to, for people to read.
fn host_named(text: &str) -> String {
    match (Url::parse(text), Handle::parse(text)) {
        (_, Ok(handle)) => handle.authority().to_owned(),
        (Ok(url), _) => host_of(&url),
        _ => text.chars().take(200).collect(),
    }
}

fn authorize(reader: &Reader, uri: String, outcome: AuthorizeOutcome) -> AppResult {
    let mut reader = reader.clone();
    reader.frame.noindex = true;
    reader.page(&AuthorizeView { uri, outcome })
}

async fn arrive(
    State(state): State<AppState>,
    Member(_): Member,
    reader: Reader,
    Query(arrival): Query<Arrival>,
) -> AppResult {
    if arrival.uri.trim().is_empty() {
        let failure = RemoteFailure::NotFound;
        return authorize(&reader, arrival.uri, AuthorizeOutcome::Failed { failure });
    }
    let host = host_named(&arrival.uri);
    let outcome = match known(&state, reader.viewer(), &arrival.uri).await? {
        Some(target) => AuthorizeOutcome::Found {
            target: Box::new(target.shown),
            host,
        },
        None => AuthorizeOutcome::Unknown { host },
    };
    authorize(&reader, arrival.uri, outcome)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Act {
    uri: String,
    action: String,
}

async fn act(
    State(state): State<AppState>,
    Member(current): Member,
    reader: Reader,
    Form(act): Form<Act>,
) -> AppResult {
    if act.action == "look-up" {
        return Box::pin(look_up(&state, &reader, act.uri)).await;
    }
    let target = known(&state, reader.viewer(), &act.uri)
        .await?
        .ok_or(Error::NotFound(Kind::Actor))?;
    let viewer = &current.viewer;
    match (target.what, act.action.as_str()) {
        (What::Actor(actor), "follow") => {
            let tx = state.forum.begin().await?;
            let follow = follows::follow(&tx, viewer, &actor).await?;
            tx.commit().await?;
            let notice = match follow.state {
                FollowState::Pending => Notice::FollowAsked,
                _ => Notice::Followed,
            };
            Ok(reader.redirect(&actors::path(&actor), Some(notice)))
        }
        (What::Topic(topic), "bookmark") => {
            let tx = state.forum.begin().await?;
            let post = topics::opening_post(tx.c(), &topic).await?;
            bookmarks::add(&tx, viewer, &post).await?;
            tx.commit().await?;
            Ok(reader.redirect(&rows::topic_path(&topic), Some(Notice::Bookmarked)))
        }
        (What::Topic(topic), "reply") => {
            Ok(reader.redirect(&format!("{}#reply", rows::topic_path(&topic)), None))
        }
        (What::Actor(actor), _) => Ok(reader.redirect(&actors::path(&actor), None)),
        (What::Topic(topic), _) => Ok(reader.redirect(&rows::topic_path(&topic), None)),
    }
}

/// Asks the other server about an address that isn't known here, and shows what came of it.
async fn look_up(state: &AppState, reader: &Reader, uri: String) -> AppResult<Response> {
    let host = host_named(&uri);
    if !instances::is_allowed(state.forum.db(), &state.forum, &host).await? {
        let failure = RemoteFailure::Blocked;
        return authorize(reader, uri, AuthorizeOutcome::Failed { failure });
    }
    let me = reader.current.person()?.actor.id;
    let tx = state.forum.begin().await?;
    throttles::hit(&tx, &format!("look-up:{me}"), LOOKED_UP, 3_600).await?;
    tx.commit().await?;
    let failure = match Box::pin(lookup::lookup(&state.federation, &uri)).await {
        Ok(found) => {
            let id = match found {
                Found::Actor(actor) => actor.uri,
                Found::Category(category) => category.actor.uri,
                Found::Topic(topic) => topics::opening_post(state.forum.db(), &topic).await?.uri,
                Found::Post(post) => post.uri,
            };
            let query: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
            return Ok(reader.redirect(&format!("/authorize_interaction?uri={query}"), None));
        }
        Err(parvis_federation::Error::Retry { .. }) => RemoteFailure::Timeout,
        Err(parvis_federation::Error::Forum(error @ Error::Database(_))) => {
            return Err(error.into());
        }
        Err(
            parvis_federation::Error::Refused(_)
            | parvis_federation::Error::Held(_)
            | parvis_federation::Error::Forum(_),
        ) => RemoteFailure::NotFound,
        Err(error) => return Err(AppError::internal(error)),
    };
    authorize(reader, uri, AuthorizeOutcome::Failed { failure })
}
