//! Documents at addresses that everybody knows: WebFinger, host-meta, NodeInfo, where to change a password, whom to
//! tell about a hole.
//!
//! Their forms are in `parvis-federation`; here is who is behind them. All may be read from any site.

use axum::extract::State;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use parvis_federation::nodeinfo::{self, Facts, Version};
use parvis_federation::webfinger::{self, Jrd, Resource, ResourceError};
use parvis_forum::circles;
use parvis_forum::config::RegistrationMode;
use parvis_forum::kinds::ActorKind;
use parvis_forum::{Actor, Error, Kind, actors, people, statistics};
use serde::Deserialize;
use url::Url;

use crate::error::{AppError, AppResult};
use crate::extract::{Path, Query};
use crate::i18n::Locale;
use crate::state::AppState;

/// How long others may keep these documents.
const HOUR: &str = "public, max-age=3600";
/// How long counts are kept.
const COUNTS_LIFE_MS: i64 = 60_000;

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/.well-known/webfinger", get(webfinger))
        .route("/.well-known/host-meta", get(host_meta))
        .route("/.well-known/host-meta.json", get(host_meta_json))
        .route("/.well-known/nodeinfo", get(nodeinfo_links))
        .route("/nodeinfo/{version}", get(nodeinfo))
        .route("/.well-known/change-password", get(change_password))
        .route("/.well-known/security.txt", get(security))
        .layer(map_response(open_to_all))
}

/// Lets scripts of other sites read the answer.
async fn open_to_all(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

#[derive(Deserialize)]
struct Asked {
    resource: Option<String>,
}

async fn webfinger(
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
    parts: Parts,
) -> AppResult {
    if !state.config().federation.enabled {
        return Err(AppError::NoRoute);
    }
    let public_url = state.config().local_url("/");
    let resource =
        webfinger::parse_resource(asked.resource.as_deref(), &public_url).map_err(|error| {
            match error {
                ResourceError::Malformed => AppError::BadRequest(error.to_string()),
                ResourceError::Elsewhere => Error::NotFound(Kind::Actor).into(),
            }
        })?;
    let jrd = match resource {
        Resource::InstanceAccount => webfinger::instance_account_jrd(&public_url),
        Resource::InstanceUrl => webfinger::instance_url_jrd(&public_url),
        Resource::Account(name) => of_name(&state, &parts, &public_url, &name).await?,
        Resource::Url(url) => of_url(&state, &parts, &public_url, &url).await?,
    };
    let body = serde_json::to_vec(&jrd).map_err(AppError::internal)?;
    let kind = (CONTENT_TYPE, webfinger::JRD_JSON);
    let life = if parts.headers.contains_key("signature") {
        (CACHE_CONTROL, "private, max-age=600")
    } else {
        (CACHE_CONTROL, "public, max-age=600")
    };
    Ok(([kind, life], body).into_response())
}

async fn of_name(state: &AppState, parts: &Parts, public_url: &Url, name: &str) -> AppResult<Jrd> {
    let actor = actors::local_by_name(state.forum.db(), name)
        .await?
        .ok_or(Error::NotFound(Kind::Actor))?;
    jrd(state, parts, public_url, &actor).await
}

async fn of_url(state: &AppState, parts: &Parts, public_url: &Url, url: &Url) -> AppResult<Jrd> {
    if let Some(actor) = actors::by_uri(state.forum.db(), url.as_str()).await? {
        return jrd(state, parts, public_url, &actor).await;
    }
    // The page rather than the id, or another spelling of it: `/@name`, a slash at its end.
    let path = url.path().trim_end_matches('/');
    let name = ["/u/", "/c/", "/@"]
        .iter()
        .find_map(|prefix| path.strip_prefix(prefix))
        .filter(|name| !name.contains('/'))
        .ok_or(Error::NotFound(Kind::Actor))?;
    of_name(state, parts, public_url, name).await
}

/// The answer about somebody of this node, if everybody may know of them.
async fn jrd(state: &AppState, parts: &Parts, public_url: &Url, actor: &Actor) -> AppResult<Jrd> {
    if circles::is_closed(actor) {
        // A partner node signs also this question.
        let viewer = crate::activitypub::asking(state, parts).await;
        if !circles::may_read(state.forum.db(), &viewer, actor.id).await? {
            return Err(Error::NotFound(Kind::Actor).into());
        }
    }
    if actor.deleted_at.is_some() {
        return Err(Error::Gone(Kind::Actor).into());
    }
    let kind = match actor.kind {
        ActorKind::Application => return Ok(webfinger::instance_url_jrd(public_url)),
        ActorKind::Group => webfinger::ActorKind::Group,
        ActorKind::Person => {
            people::visible_by_name(state.forum.db(), &actor.name).await?;
            webfinger::ActorKind::Person
        }
    };
    let id = Url::parse(&actor.uri).map_err(AppError::internal)?;
    let page = Url::parse(&actor.url).unwrap_or_else(|_| id.clone());
    Ok(webfinger::actor_jrd(
        public_url,
        &actor.name,
        kind,
        &id,
        &page,
    ))
}

async fn host_meta(State(state): State<AppState>) -> Response {
    (
        [(CONTENT_TYPE, nodeinfo::XRD_XML), (CACHE_CONTROL, HOUR)],
        nodeinfo::host_meta_xml(&state.config().local_url("/")),
    )
        .into_response()
}

async fn host_meta_json(State(state): State<AppState>) -> Response {
    (
        [(CONTENT_TYPE, webfinger::JRD_JSON), (CACHE_CONTROL, HOUR)],
        nodeinfo::host_meta_json(&state.config().local_url("/")).to_string(),
    )
        .into_response()
}

async fn nodeinfo_links(State(state): State<AppState>) -> Response {
    (
        [(CACHE_CONTROL, HOUR)],
        Json(nodeinfo::discovery(&state.config().local_url("/"))),
    )
        .into_response()
}

async fn nodeinfo(State(state): State<AppState>, Path(version): Path<String>) -> AppResult {
    let version = Version::parse(&version).ok_or(AppError::NoRoute)?;
    let counts = counts(&state).await?;
    let config = state.config();
    let facts = Facts {
        name: config.node.name.clone(),
        description: config.node.description.clone().unwrap_or_default(),
        languages: Locale::ALL
            .iter()
            .map(|locale| locale.code().to_owned())
            .collect(),
        software_version: env!("CARGO_PKG_VERSION").to_owned(),
        repository: state.site.source_url.clone(),
        homepage: config.local_url("/about").to_string(),
        open_registrations: config.registration.mode != RegistrationMode::Closed,
        federation: config.federation.enabled,
        users: counts.people,
        active_month: counts.active_month,
        active_half_year: counts.active_half_year,
        posts: counts.topics,
        comments: counts.replies,
    };
    let mut response = Json(nodeinfo::document(version, &facts)).into_response();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_str(&version.content_type()).map_err(AppError::internal)?,
    );
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=600"),
    );
    Ok(response)
}

/// How much there is here, counted at most once a minute.
pub async fn counts(state: &AppState) -> AppResult<statistics::Counts> {
    let now = state.now();
    let mut kept = state.counts.lock().await;
    if let Some((at, counts)) = *kept
        && (0..COUNTS_LIFE_MS).contains(&(now.0 - at.0))
    {
        return Ok(counts);
    }
    let counts = statistics::count(state.forum.db(), now).await?;
    *kept = Some((now, counts));
    Ok(counts)
}

/// Where password managers send people (W3C Change Password URL).
async fn change_password() -> Response {
    let mut response = StatusCode::FOUND.into_response();
    response
        .headers_mut()
        .insert(LOCATION, HeaderValue::from_static("/settings/account"));
    response
}

/// RFC 9116.
async fn security(State(state): State<AppState>) -> Response {
    let config = state.config();
    let contact = match config.node.contact.as_deref().map(str::trim) {
        Some(contact) if contact.starts_with("https://") || contact.starts_with("mailto:") => {
            contact.to_owned()
        }
        Some(contact) if contact.contains('@') && !contact.contains([' ', '/']) => {
            format!("mailto:{contact}")
        }
        _ => config.local_url("/contact").to_string(),
    };
    let text = format!(
        "Contact: {contact}\nExpires: {}\nPreferred-Languages: fr, en\nCanonical: {}\n",
        state.now().plus_days(180).rfc3339(),
        config.local_url("/.well-known/security.txt"),
    );
    (
        [
            (CONTENT_TYPE, "text/plain; charset=utf-8"),
            (CACHE_CONTROL, HOUR),
        ],
        text,
    )
        .into_response()
}
