//! ActivityPub over HTTP: documents under their ids, collections, and the inboxes.
//!
//! Pages and documents share addresses; `choose` hands a request that asks for a document to the router of documents.
//! A document is served under its own id and no other: other spellings are redirected, what belongs to another server
//! is redirected there. What documents look like and whether an activity is taken is in `parvis-federation`.

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HOST,
    LAST_MODIFIED, LOCATION, VARY,
};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use parvis_federation::documents::{self, Document, Served};
use parvis_federation::inbox::{self, Target};
use parvis_federation::keyring::{self, Unproven};
use parvis_forum::circles;
use parvis_forum::id::{PostId, TopicId};
use parvis_forum::kinds::ActorKind;
use parvis_forum::{Actor, Error, Kind, Timestamp, Viewer, actors, instances};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::answers::Shows;
use crate::error::{AppError, AppResult};
use crate::extract::{Path, Query};
use crate::layers::hand_over;
use crate::negotiate::{self, ACTIVITY_JSON};
use crate::state::AppState;

/// Addresses that have no page: collections, activities, inboxes.
pub(crate) fn routes(state: &AppState) -> Router<AppState> {
    let collections = Router::new()
        .route("/outbox", get(node_outbox))
        .route("/c/{slug}/outbox", get(group_outbox))
        .route("/c/{slug}/followers", get(group_followers))
        .route("/c/{slug}/following", get(group_following))
        .route("/c/{slug}/moderators", get(moderators))
        .route("/c/{slug}/featured", get(featured))
        .route("/u/{name}/outbox", get(person_outbox))
        .route("/u/{name}/followers", get(person_followers))
        .route("/u/{name}/following", get(person_following))
        .route("/p/{id}/replies", get(replies))
        .route("/p/{id}/likes", get(likes))
        .route("/a/{id}", get(activity))
        .route("/quotes/{id}", get(quote_authorization))
        .layer(from_fn_with_state(state.clone(), admit));
    Router::new()
        .merge(collections)
        .route(
            "/c/{slug}/followers_synchronization",
            get(group_synchronisation),
        )
        .route(
            "/u/{name}/followers_synchronization",
            get(person_synchronisation),
        )
        .route("/inbox", post(shared_inbox))
        .route("/c/{slug}/inbox", post(group_inbox))
        .route("/u/{name}/inbox", post(person_inbox))
}

/// Documents at addresses that also have a page.
pub(crate) fn documents(state: AppState) -> Router {
    Router::new()
        .route("/c/{slug}", get(group))
        .route("/u/{name}", get(person))
        .route("/t/{id}", get(conversation))
        .route("/t/{id}/{slug}", get(conversation_by_page))
        .route("/p/{id}", get(contribution))
        .layer(from_fn_with_state(state.clone(), admit))
        // Peers need the node's key before they can show theirs.
        .route("/", get(node))
        .with_state(state)
}

/// Hands a request for a document to `documents`. Both answers say that they depend on `Accept`.
pub(crate) async fn choose(
    State(documents): State<Router>,
    request: Request,
    next: Next,
) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads || !has_both(request.uri().path()) {
        return next.run(request).await;
    }
    let mut response = if negotiate::wants_activity(request.headers()) {
        hand_over(documents, request).await
    } else {
        next.run(request).await
    };
    response
        .headers_mut()
        .append(VARY, HeaderValue::from_static("Accept"));
    response
}

/// True for addresses that have a page and a document.
fn has_both(path: &str) -> bool {
    let mut parts = path.split('/').skip(1);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(""), None, ..) => true,
        (Some("c" | "u" | "t" | "p"), Some(name), None, None) => !name.is_empty(),
        (Some("t"), Some(id), Some(_), None) => !id.is_empty(),
        _ => false,
    }
}

/// Lets only signed requests through where the node wants so (`federation.signed_fetch`), and none where it doesn't
/// federate. Elsewhere a signature counts for what isn't there for visitors: a closed category may be there for the
/// server that asks.
async fn admit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let config = &state.config().federation;
    if !config.enabled {
        return AppError::NoRoute.into_response();
    }
    let (mut parts, body) = request.into_parts();
    if config.signed_fetch {
        return match prove(&state, &parts, None).await {
            Ok(server) => {
                parts.extensions.insert(Asking(server));
                privately(next.run(Request::from_parts(parts, body)).await)
            }
            Err(error) => AppError::Peer {
                status: error.status(),
                retry_after: None,
                why: error.to_string(),
            }
            .into_response(),
        };
    }
    if !is_signed(&parts.headers) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let as_visitor = Request::from_parts(parts.clone(), Body::empty());
    let seen = next.clone().run(as_visitor).await;
    if seen.status() != StatusCode::NOT_FOUND {
        return seen;
    }
    match prove(&state, &parts, None).await {
        Ok(server) => {
            parts.extensions.insert(Asking(server));
            privately(next.run(Request::from_parts(parts, Body::empty())).await)
        }
        Err(error) => {
            tracing::debug!(%error, "a signature that would not have been needed is wrong");
            seen
        }
    }
}

/// Who asks for a document: a visitor, or a server that proved it.
#[derive(Clone, Debug)]
struct Asking(Viewer);

impl<S: Sync> FromRequestParts<S> for Asking {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let known = parts.extensions.get::<Self>().cloned();
        Ok(known.unwrap_or(Self(Viewer::Anonymous)))
    }
}

fn is_signed(headers: &HeaderMap) -> bool {
    headers.contains_key("signature")
}

/// The server that signed a request.
async fn prove(state: &AppState, parts: &Parts, body: Option<&[u8]>) -> Result<Viewer, Unproven> {
    let headers = with_host(parts);
    let signer = keyring::authenticate(
        &state.federation,
        &parts.method,
        path_and_query(parts),
        &headers,
        body,
    )
    .await?;
    tracing::debug!(signer, "asked by {signer}");
    Ok(Viewer::Server(
        instances::host_of(&signer).unwrap_or_default(),
    ))
}

/// The server that signed a request for something that isn't for everybody; a visitor, if none did.
pub(crate) async fn asking(state: &AppState, parts: &Parts) -> Viewer {
    if !is_signed(&parts.headers) {
        return Viewer::Anonymous;
    }
    prove(state, parts, None).await.unwrap_or(Viewer::Anonymous)
}

/// The answer for one server: kept neither here nor on the way.
fn privately(mut response: Response) -> Response {
    response.extensions_mut().remove::<Shows>();
    let headers = response.headers_mut();
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=60"),
    );
    headers.append(VARY, HeaderValue::from_static("Signature"));
    response
}

pub(crate) fn path_and_query(parts: &Parts) -> &str {
    parts.uri.path_and_query().map_or("/", PathAndQuery::as_str)
}

/// The headers with `Host`, which HTTP/2 carries in `:authority`.
pub(crate) fn with_host(parts: &Parts) -> HeaderMap {
    let mut headers = parts.headers.clone();
    if !headers.contains_key(HOST)
        && let Some(authority) = parts.uri.authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        headers.insert(HOST, host);
    }
    headers
}

#[derive(Deserialize)]
struct Turn {
    page: Option<String>,
    history: Option<String>,
}

async fn node(State(state): State<AppState>, headers: HeaderMap) -> AppResult {
    if !state.config().federation.enabled {
        return Err(AppError::NoRoute);
    }
    answer(&headers, documents::instance_actor(&state.forum).await?)
}

async fn node_outbox(State(state): State<AppState>, headers: HeaderMap) -> AppResult {
    answer(&headers, documents::instance_outbox(&state.forum))
}

async fn group(
    State(state): State<AppState>,
    Asking(viewer): Asking,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> AppResult {
    actor(&state, &viewer, &headers, ActorKind::Group, "c", &slug).await
}

async fn person(
    State(state): State<AppState>,
    Asking(viewer): Asking,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> AppResult {
    actor(&state, &viewer, &headers, ActorKind::Person, "u", &name).await
}

async fn actor(
    state: &AppState,
    viewer: &Viewer,
    headers: &HeaderMap,
    kind: ActorKind,
    letter: &str,
    name: &str,
) -> AppResult {
    if let Some((name, host)) = name.split_once('@') {
        if host.eq_ignore_ascii_case(state.config().public_authority()) {
            return moved(&format!("/{letter}/{}", name.to_lowercase()));
        }
        let actor = actors::by_handle(state.forum.db(), state.config(), name, Some(host))
            .await?
            .filter(|actor| actor.kind == kind)
            .ok_or(Error::NotFound(Kind::Actor))?;
        circles::check_known(state.forum.db(), viewer, &actor).await?;
        return answer(headers, Served::Elsewhere(actor.uri));
    }
    let lower = name.to_lowercase();
    if lower != name {
        return moved(&format!("/{letter}/{lower}"));
    }
    answer(
        headers,
        documents::actor(&state.forum, viewer, kind, name).await?,
    )
}

/// 301 to the id under which the document is.
fn moved(path: &str) -> AppResult {
    let mut response = StatusCode::MOVED_PERMANENTLY.into_response();
    let target = HeaderValue::from_str(path).map_err(|_| AppError::NoRoute)?;
    response.headers_mut().insert(LOCATION, target);
    Ok(open(response))
}

async fn conversation(
    State(state): State<AppState>,
    Asking(viewer): Asking,
    Path(id): Path<String>,
    Query(turn): Query<Turn>,
    headers: HeaderMap,
) -> AppResult {
    let id: TopicId = id.parse().map_err(|_| AppError::NoRoute)?;
    if let Some(page) = &turn.history {
        let served = documents::history(&state.forum, &viewer, id, page).await?;
        return answer(&headers, served);
    }
    let page = match turn.page {
        None => None,
        Some(page) => Some(page.parse().map_err(|_| AppError::NoRoute)?),
    };
    answer(
        &headers,
        documents::conversation(&state.forum, &viewer, id, page).await?,
    )
}

async fn conversation_by_page(Path((id, _)): Path<(String, String)>) -> AppResult {
    let id: TopicId = id.parse().map_err(|_| AppError::NoRoute)?;
    moved(&format!("/t/{id}"))
}

async fn contribution(
    State(state): State<AppState>,
    Asking(viewer): Asking,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> AppResult {
    let id: PostId = id.parse().map_err(|_| AppError::NoRoute)?;
    answer(&headers, documents::post(&state.forum, &viewer, id).await?)
}

async fn replies(
    State(state): State<AppState>,
    Asking(viewer): Asking,
    Path(id): Path<String>,
    Query(turn): Query<Turn>,
    headers: HeaderMap,
) -> AppResult {
    let id: PostId = id.parse().map_err(|_| AppError::NoRoute)?;
    let page = turn.page.as_deref();
    answer(
        &headers,
        documents::replies(&state.forum, &viewer, id, page).await?,
    )
}

async fn likes(
    State(state): State<AppState>,
    Asking(viewer): Asking,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> AppResult {
    let id: PostId = id.parse().map_err(|_| AppError::NoRoute)?;
    answer(&headers, documents::likes(&state.forum, &viewer, id).await?)
}

async fn activity(
    State(state): State<AppState>,
    Asking(viewer): Asking,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> AppResult {
    answer(
        &headers,
        documents::activity(&state.forum, &viewer, &id).await?,
    )
}

async fn quote_authorization(
    State(state): State<AppState>,
    Asking(viewer): Asking,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> AppResult {
    let id: i64 = id.parse().map_err(|_| AppError::NoRoute)?;
    answer(
        &headers,
        documents::quote_authorization(&state.forum, &viewer, id).await?,
    )
}

async fn group_outbox(
    State(state): State<AppState>,
    Asking(viewer): Asking,
    Path(slug): Path<String>,
    Query(turn): Query<Turn>,
    headers: HeaderMap,
) -> AppResult {
    let page = turn.page.as_deref();
    let served = documents::outbox(&state.forum, &viewer, ActorKind::Group, &slug, page).await?;
    answer(&headers, served)
}

async fn person_outbox(
    State(state): State<AppState>,
    Asking(viewer): Asking,
    Path(name): Path<String>,
    Query(turn): Query<Turn>,
    headers: HeaderMap,
) -> AppResult {
    let page = turn.page.as_deref();
    let served = documents::outbox(&state.forum, &viewer, ActorKind::Person, &name, page).await?;
    answer(&headers, served)
}

async fn group_followers(
    State(state): State<AppState>,
    Asking(viewer): Asking,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> AppResult {
    let served = documents::followers(&state.forum, &viewer, ActorKind::Group, &slug).await?;
    answer(&headers, served)
}

async fn person_followers(
    State(state): State<AppState>,
    Asking(viewer): Asking,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> AppResult {
    let served = documents::followers(&state.forum, &viewer, ActorKind::Person, &name).await?;
    answer(&headers, served)
}

async fn group_synchronisation(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    request: Request,
) -> AppResult {
    synchronisation(&state, request, ActorKind::Group, &slug).await
}

async fn person_synchronisation(
    State(state): State<AppState>,
    Path(name): Path<String>,
    request: Request,
) -> AppResult {
    synchronisation(&state, request, ActorKind::Person, &name).await
}

/// Who of the asking server follows: for that server only, so the request must be signed.
async fn synchronisation(
    state: &AppState,
    request: Request,
    kind: ActorKind,
    name: &str,
) -> AppResult {
    if !state.config().federation.enabled {
        return Err(AppError::NoRoute);
    }
    let (parts, _) = request.into_parts();
    let headers = with_host(&parts);
    let asker = keyring::authenticate(
        &state.federation,
        &parts.method,
        path_and_query(&parts),
        &headers,
        None,
    )
    .await
    .map_err(|error| AppError::Peer {
        status: error.status(),
        retry_after: None,
        why: error.to_string(),
    })?;
    let served = documents::followers_of_asker(&state.forum, kind, name, &asker).await?;
    let mut response = answer(&headers, served)?;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response.headers_mut().remove(ACCESS_CONTROL_ALLOW_ORIGIN);
    Ok(response)
}

async fn group_following(
    State(state): State<AppState>,
    Asking(viewer): Asking,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> AppResult {
    let served = documents::following(&state.forum, &viewer, ActorKind::Group, &slug).await?;
    answer(&headers, served)
}

async fn person_following(
    State(state): State<AppState>,
    Asking(viewer): Asking,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> AppResult {
    let served = documents::following(&state.forum, &viewer, ActorKind::Person, &name).await?;
    answer(&headers, served)
}

async fn moderators(
    State(state): State<AppState>,
    Asking(viewer): Asking,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> AppResult {
    answer(
        &headers,
        documents::moderators(&state.forum, &viewer, &slug).await?,
    )
}

async fn featured(
    State(state): State<AppState>,
    Asking(viewer): Asking,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> AppResult {
    answer(
        &headers,
        documents::featured(&state.forum, &viewer, &slug).await?,
    )
}

/// The answer for what an address has to say.
fn answer(headers: &HeaderMap, served: Served) -> AppResult {
    match served {
        Served::Found(document) => found(headers, document),
        Served::Gone(document) => {
            let kind = [(CONTENT_TYPE, ACTIVITY_JSON)];
            Ok(open(
                (StatusCode::GONE, kind, document.json).into_response(),
            ))
        }
        Served::Elsewhere(uri) => {
            let mut response = StatusCode::PERMANENT_REDIRECT.into_response();
            let target = HeaderValue::from_str(&uri).map_err(|_| AppError::NoRoute)?;
            response.headers_mut().insert(LOCATION, target);
            Ok(open(response))
        }
        Served::NotFound => Err(AppError::NoRoute),
    }
}

fn found(headers: &HeaderMap, mut document: Document) -> AppResult {
    let shows = document.shows.take();
    let tag = document.etag.unwrap_or_else(|| {
        let digest = Sha256::digest(document.json.as_bytes());
        let short: String = hex::encode(digest).chars().take(32).collect();
        format!("\"{short}\"")
    });
    let mut response = if negotiate::not_modified(headers, tag.trim_matches('"')) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, ACTIVITY_JSON)], document.json).into_response()
    };
    let set = response.headers_mut();
    set.insert(
        ETAG,
        HeaderValue::from_str(&tag).map_err(AppError::internal)?,
    );
    if let Some(at) = document.last_modified {
        set.insert(LAST_MODIFIED, http_date(at)?);
    }
    let response = open(response);
    Ok(match shows {
        Some(parts) => Shows::put(response, parts),
        None => response,
    })
}

/// IMF-fixdate (RFC 9110 §5.6.7).
fn http_date(at: Timestamp) -> AppResult<HeaderValue> {
    let text = at
        .datetime()
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string();
    HeaderValue::from_str(&text).map_err(AppError::internal)
}

/// Lets others keep the answer for a minute, and scripts of other sites read it.
fn open(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=60"),
    );
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

async fn shared_inbox(State(state): State<AppState>, request: Request) -> AppResult {
    receive(&state, request, Target::Shared).await
}

async fn group_inbox(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    request: Request,
) -> AppResult {
    own_inbox(&state, request, ActorKind::Group, &slug).await
}

async fn person_inbox(
    State(state): State<AppState>,
    Path(name): Path<String>,
    request: Request,
) -> AppResult {
    own_inbox(&state, request, ActorKind::Person, &name).await
}

async fn own_inbox(state: &AppState, request: Request, kind: ActorKind, name: &str) -> AppResult {
    let actor = actors::local_by_name(state.forum.db(), name)
        .await?
        .filter(|actor| actor.kind == kind)
        .ok_or(Error::NotFound(Kind::Actor))?;
    if circles::is_closed(&actor) {
        return closed_inbox(state, request, &actor).await;
    }
    receive(state, request, Target::Actor(&actor)).await
}

/// The inbox of a closed category is there for the servers that may know of it.
async fn closed_inbox(state: &AppState, request: Request, group: &Actor) -> AppResult {
    let absent = || AppError::from(Error::NotFound(Kind::Actor));
    let (parts, body) = request.into_parts();
    let body = read(&parts, body).await.map_err(|_| absent())?;
    let server = prove(state, &parts, Some(&body))
        .await
        .map_err(|_| absent())?;
    if !circles::may_read(state.forum.db(), &server, group.id).await? {
        return Err(absent());
    }
    take(state, &parts, body, Target::Actor(group)).await
}

async fn receive(state: &AppState, request: Request, target: Target<'_>) -> AppResult {
    let (parts, body) = request.into_parts();
    let body = read(&parts, body).await?;
    take(state, &parts, body, target).await
}

async fn take(state: &AppState, parts: &Parts, body: Bytes, target: Target<'_>) -> AppResult {
    let headers = with_host(parts);
    let receiving = inbox::receive(
        &state.federation,
        &parts.method,
        path_and_query(parts),
        &headers,
        body,
        target,
    );
    match state.federation.metrics().receiving(receiving).await {
        Ok(()) => Ok(StatusCode::ACCEPTED.into_response()),
        Err(error) => Err(AppError::Peer {
            status: error.status,
            retry_after: error.retry_after,
            why: error.why,
        }),
    }
}

/// The whole body, as long as it stays within the limit, whether its length was announced or not.
async fn read(parts: &Parts, body: Body) -> AppResult<Bytes> {
    let announced = parts
        .headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok());
    if announced.is_some_and(|length| length > inbox::MAX_BODY as u64) {
        return Err(AppError::TooLarge { limit_mb: 1 });
    }
    match Limited::new(body, inbox::MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(AppError::TooLarge { limit_mb: 1 }),
        Err(_) => Err(AppError::Timeout),
    }
}

#[cfg(test)]
mod tests {
    use super::has_both;

    #[test]
    fn addresses_with_a_page_and_a_document_are_known() {
        for both in [
            "/",
            "/c/velo",
            "/u/ana",
            "/t/77",
            "/t/77/zones-30",
            "/p/841",
        ] {
            assert!(has_both(both), "{both}");
        }
        for one in [
            "/c/velo/outbox",
            "/search",
            "/t/",
            "/c",
            "/p/841/replies",
            "/t/77/a/b",
            "/inbox",
            "//",
        ] {
            assert!(!has_both(one), "{one}");
        }
    }
}
