//! Other nodes: how deliveries to them go, and what they may do here. Administrators.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parvis_federation::delivery::{HostStatus, status};
use parvis_forum::kinds::InstancePolicy;
use parvis_forum::page::{DEFAULT_LIMIT, MAX_LIMIT};
use parvis_forum::{Error, Kind, Timestamp, instances};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{IdempotencyKey, ListProblems, PageParams, ReadProblems, WriteProblems};
use super::caller::Caller;
use super::model::Page;
use super::write::{Stop, Write};
use crate::error::AppError;
use crate::extract::{Path, Query};
use crate::state::AppState;

/// Another node, and how deliveries to it go.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NodeState {
    /// Its host, with the port if it isn't a usual one.
    host: String,
    /// What runs there.
    software: Option<String>,
    /// In which version.
    version: Option<String>,
    /// What it may do: `open`, `allow`, `limit` or `block`.
    policy: &'static str,
    /// Why.
    reason: Option<String>,
    /// `live`, `backoff`, `asleep`, `gone`, `blocked`, or `idle` when nothing was ever to be sent there.
    state: &'static str,
    /// Activities that it has not received yet.
    behind: u64,
    /// How long the oldest of them has waited.
    behind_seconds: i64,
    /// When it last took an activity.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_success_at: Option<Timestamp>,
    /// The last failure, in words.
    last_error: Option<String>,
    /// When that was.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_error_at: Option<Timestamp>,
    /// When it is tried again.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_try_at: Option<Timestamp>,
    /// When the last valid activity came from there.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_received_at: Option<Timestamp>,
}

fn node_state_from_status(status: HostStatus, reason: Option<String>) -> NodeState {
    NodeState {
        host: status.host,
        software: status.software,
        version: status.version,
        policy: status.policy.as_str(),
        reason,
        state: status.state,
        behind: status.behind_count,
        behind_seconds: status.behind_ms / 1000,
        last_success_at: status.last_success,
        last_error: status.last_error,
        last_error_at: status.last_error_at,
        next_try_at: status.next_try,
        last_received_at: status.last_inbound,
    }
}

async fn state_of(
    app: &AppState,
    instance: &parvis_forum::Instance,
) -> Result<NodeState, AppError> {
    let found = status(&app.federation, Some(&instance.host)).await?.pop();
    let status = found.ok_or(Error::NotFound(Kind::Instance))?;
    Ok(node_state_from_status(status, instance.reason.clone()))
}

/// Which page of hosts is asked for. They are sorted by name, so that the cursor is one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct HostPage {
    limit: Option<u64>,
    after: Option<String>,
}

/// The nodes that are known here, by host, and how deliveries to them go. Administrators.
#[utoipa::path(get, path = "/federation/nodes", operation_id = "list_nodes", tag = "federation", params(PageParams),
    responses((status = 200, description = "A page of nodes", body = Page<NodeState>), ListProblems),
    security(("bearer" = ["admin"])))]
pub(super) async fn list(
    State(app): State<AppState>,
    caller: Caller,
    Query(asked): Query<HostPage>,
) -> Result<Json<Page<NodeState>>, AppError> {
    caller.administer()?;
    let limit = asked.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    let after = match asked.after.as_deref() {
        None | Some("") => None,
        Some(cursor) => Some(host_from_cursor(cursor)?),
    };
    let mut rows = instances::list(app.forum.db(), after.as_deref(), limit + 1).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next = last.map(|known| URL_SAFE_NO_PAD.encode(&known.instance.host));
    let mut items = Vec::with_capacity(rows.len());
    for known in &rows {
        items.push(state_of(&app, &known.instance).await?);
    }
    Ok(Json(Page { items, next }))
}

fn host_from_cursor(cursor: &str) -> Result<String, AppError> {
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| AppError::BadRequest("`after` is not a cursor of this list".to_owned()))
}

/// A node, and how deliveries to it go. Administrators.
#[utoipa::path(get, path = "/federation/nodes/{host}", operation_id = "get_node_state", tag = "federation",
    params(("host" = String, Path, description = "Its host, with the port if it isn't a usual one")),
    responses((status = 200, description = "The node", body = NodeState), ReadProblems),
    security(("bearer" = ["admin"])))]
pub(super) async fn show(
    State(app): State<AppState>,
    caller: Caller,
    Path(host): Path<String>,
) -> Result<Json<NodeState>, AppError> {
    caller.administer()?;
    let host = instances::normal_host(&host).ok_or(Error::NotFound(Kind::Instance))?;
    let instance = instances::by_host(app.forum.db(), &host).await?;
    Ok(Json(state_of(&app, &instance).await?))
}

/// What another node may do here.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Policy {
    /// What everybody may; takes another policy back.
    Open,
    /// In the list of a node in `allowlist` mode.
    Allow,
    /// Its new content is seen by moderators first.
    Limit,
    /// Nothing.
    Block,
}

impl From<Policy> for InstancePolicy {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Open => Self::Open,
            Policy::Allow => Self::Allow,
            Policy::Limit => Self::Limit,
            Policy::Block => Self::Block,
        }
    }
}

/// A decision about another node.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct PolicyBody {
    /// What it may do.
    #[schema(required = true, nullable = false)]
    policy: Option<Policy>,
    /// Why, for the list and the log.
    reason: Option<String>,
}

/// What was decided about another node.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PolicyAnswer {
    /// Its host.
    host: String,
    /// What it may do.
    policy: &'static str,
    /// Why.
    reason: Option<String>,
}

/// Decides what another node, known or not, may do here. Administrators.
#[utoipa::path(put, path = "/federation/nodes/{host}", operation_id = "set_node_policy", tag = "federation",
    request_body = PolicyBody,
    params(("host" = String, Path, description = "Its host, with the port if it isn't a usual one"), IdempotencyKey),
    responses((status = 200, description = "What was decided", body = PolicyAnswer), WriteProblems),
    security(("bearer" = ["admin"])))]
pub(super) async fn set_policy(
    State(app): State<AppState>,
    Path(host): Path<String>,
    write: Write<PolicyBody>,
) -> Result<Response, Stop> {
    let viewer = write.caller.administer()?.clone();
    let policy = write.body.policy.ok_or(Error::field("policy", "blank"))?;
    let reason = write.body.reason.as_deref().unwrap_or_default();
    let work = write.begin(&app).await?;
    let row = instances::set_policy(&work.tx, &viewer, &host, policy.into(), reason).await?;
    let answer = PolicyAnswer {
        host: row.host,
        policy: row.policy.as_str(),
        reason: row.reason,
    };
    work.answer(StatusCode::OK, None, &answer).await
}
