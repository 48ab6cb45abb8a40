//! Other nodes: how deliveries to them go, and what they may do here. Administrators.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parvis_federation::delivery::{HostStatus, Trouble, retry_host, status};
use parvis_forum::comparisons::{self, Comparison};
use parvis_forum::kinds::InstancePolicy;
use parvis_forum::page::{DEFAULT_LIMIT, MAX_LIMIT};
use parvis_forum::{Error, Kind, Timestamp, instances};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{IdempotencyKey, ListProblems, PageParams, ReadProblems, WriteProblems};
use super::caller::Caller;
use super::model::Page;
use super::write::{Nothing, Stop, Write};
use crate::error::AppError;
use crate::extract::{Path, Query};
use crate::i18n::Locale;
use crate::state::AppState;
use crate::words;

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
    /// How it stands: `up_to_date`, `behind`, `paused`, `blocked` or `unreachable`.
    standing: &'static str,
    /// The same, in words.
    standing_words: String,
    /// `live`, `backoff`, `asleep`, `gone`, `paused`, `blocked`, or `idle` when nothing was ever to be sent there.
    state: &'static str,
    /// Activities that it has not received yet.
    behind: u64,
    /// Whether there are more of them than were counted.
    behind_more: bool,
    /// How long the oldest of them has waited.
    behind_seconds: i64,
    /// When it last took an activity.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_success_at: Option<Timestamp>,
    /// The last failure, as it was noted.
    last_error: Option<String>,
    /// The kind of trouble that it was, such as `dns`, `tls`, `timeout`, `signature`, `server`.
    last_error_kind: Option<&'static str>,
    /// The same, in words.
    last_error_words: Option<String>,
    /// What to do about it.
    last_error_advice: Option<String>,
    /// Whether the node took something since.
    recovered: bool,
    /// When that was.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_error_at: Option<Timestamp>,
    /// When it is tried again.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_try_at: Option<Timestamp>,
    /// Since when an administrator has paused it.
    #[schema(value_type = Option<String>, format = DateTime)]
    paused_at: Option<Timestamp>,
    /// When the last valid activity came from there.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_received_at: Option<Timestamp>,
    /// What came of comparing the categories that are shared with it; none when none was compared.
    comparison: Option<NodeComparison>,
}

/// What came of comparing the categories that are shared with a node.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NodeComparison {
    /// The worst of them: `same`, `reread`, `mended`, `differs` or `failed`.
    outcome: &'static str,
    /// In words, with what was done.
    words: String,
    /// When the one was compared that was longest ago.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// Posts that were found and taken over.
    found: i64,
    /// Posts that were sent again.
    sent: i64,
    /// Conversations that still differ.
    remaining: i64,
    /// How many categories were compared.
    categories: usize,
    /// Why one failed.
    error: Option<String>,
}

fn comparison_of(app: &AppState, locale: Locale, rows: &[Comparison]) -> Option<NodeComparison> {
    let summary = comparisons::summary(rows)?;
    Some(NodeComparison {
        words: words::comparison(app.templates.catalog(), locale, &summary),
        outcome: summary.outcome.as_str(),
        at: summary.at,
        found: summary.found,
        sent: summary.sent,
        remaining: summary.remaining,
        categories: summary.categories,
        error: summary.error,
    })
}

fn node_state_from_status(
    app: &AppState,
    locale: Locale,
    status: HostStatus,
    compared: &[Comparison],
) -> NodeState {
    let texts = app.templates.catalog();
    let said = status
        .trouble
        .map(|trouble| words::trouble(texts, locale, trouble));
    let (last_error_words, last_error_advice) = said.unzip();
    NodeState {
        standing: status.standing.as_str(),
        standing_words: words::standing(texts, locale, status.standing),
        host: status.host,
        software: status.software,
        version: status.version,
        policy: status.policy.as_str(),
        reason: status.reason,
        state: status.state,
        behind: status.behind_count,
        behind_more: status.behind_more,
        behind_seconds: status.behind_ms / 1000,
        last_success_at: status.last_success,
        last_error: status.last_error,
        last_error_kind: status.trouble.map(Trouble::as_str),
        last_error_words,
        last_error_advice,
        recovered: status.recovered,
        last_error_at: status.last_error_at,
        next_try_at: status.next_try,
        paused_at: status.paused_at,
        last_received_at: status.last_inbound,
        comparison: comparison_of(app, locale, compared),
    }
}

async fn state_of(app: &AppState, locale: Locale, host: &str) -> Result<NodeState, AppError> {
    let found = status(&app.federation, Some(host)).await?.pop();
    let status = found.ok_or(Error::NotFound(Kind::Instance))?;
    let compared = comparisons::with(app.forum.db(), std::slice::from_ref(&status.host)).await?;
    let rows = compared.get(&status.host).map_or(&[][..], Vec::as_slice);
    Ok(node_state_from_status(app, locale, status, rows))
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
    locale: Locale,
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
        items.push(state_of(&app, locale, &known.instance.host).await?);
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
    locale: Locale,
    Path(host): Path<String>,
) -> Result<Json<NodeState>, AppError> {
    caller.administer()?;
    let host = instances::normal_host(&host).ok_or(Error::NotFound(Kind::Instance))?;
    Ok(Json(state_of(&app, locale, &host).await?))
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
    /// What it may do; needed unless `paused` is given.
    policy: Option<Policy>,
    /// Why, for the list and the log.
    reason: Option<String>,
    /// Whether its files are shown to nobody here; only together with `policy`.
    silence_media: Option<bool>,
    /// Whether visitors are not told of the decision; only together with `policy`.
    private: Option<bool>,
    /// Whether deliveries to it are paused; only for a node that is known.
    paused: Option<bool>,
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
    /// Whether its files are shown to nobody here.
    silence_media: bool,
    /// When it was decided.
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
    /// Whether visitors are not told of it.
    private: bool,
    /// Whether deliveries to it are paused.
    paused: bool,
}

/// Decides what another node, known or not, may do here, or pauses the deliveries to it. Administrators.
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
    let PolicyBody {
        policy,
        reason,
        silence_media,
        private,
        paused,
    } = &write.body;
    if policy.is_none() && paused.is_none() {
        return Err(Error::field("policy", "blank").into());
    }
    let work = write.begin(&app).await?;
    let mut row = None;
    if let Some(policy) = *policy {
        let reason = reason.as_deref().unwrap_or_default();
        let decision = instances::Decision {
            policy: policy.into(),
            reject_media: *silence_media,
            private: *private,
            reason,
        };
        row = Some(instances::decide(&work.tx, &viewer, &host, decision).await?);
    }
    if let Some(paused) = *paused {
        let host = instances::normal_host(&host).ok_or(Error::NotFound(Kind::Instance))?;
        row = Some(instances::set_paused(&work.tx, &viewer, &host, paused).await?);
    }
    let row = row.ok_or(Error::NotFound(Kind::Instance))?;
    let answer = PolicyAnswer {
        paused: row.paused_at.is_some(),
        host: row.host,
        policy: row.policy.as_str(),
        reason: row.reason,
        silence_media: row.reject_media,
        decided_at: row.decided_at,
        private: row.private,
    };
    work.answer(StatusCode::OK, None, &answer).await
}

/// That deliveries are tried again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RetryAnswer {
    /// The node.
    host: String,
    /// Always true.
    retried: bool,
}

/// Tries everything that waits for a node at once. Administrators.
#[utoipa::path(post, path = "/federation/nodes/{host}/retry", operation_id = "retry_node", tag = "federation",
    params(("host" = String, Path, description = "Its host, with the port if it isn't a usual one"), IdempotencyKey),
    responses((status = 200, description = "It is tried again", body = RetryAnswer), WriteProblems),
    security(("bearer" = ["admin"])))]
pub(super) async fn retry(
    State(app): State<AppState>,
    Path(host): Path<String>,
    write: Write<Nothing>,
) -> Result<Json<RetryAnswer>, Stop> {
    write.caller.administer()?;
    let host = instances::normal_host(&host).ok_or(Error::NotFound(Kind::Instance))?;
    // Trying twice does nothing more: no answer needs to be kept.
    if !retry_host(&app.federation, &host).await? {
        return Err(Error::NotFound(Kind::Instance).into());
    }
    Ok(Json(RetryAnswer {
        host,
        retried: true,
    }))
}
