//! PG-51 in part: `/admin/federation`: other servers, how deliveries to them go, what they may do.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use parvis_forum::config::FederationMode;
use parvis_forum::db::queue::outbox;
use parvis_forum::instances::{self, Known};
use parvis_forum::kinds::{DestinationState, InstancePolicy};
use parvis_forum::{Error, Kind, Timestamp};
use serde::Deserialize;

use crate::error::{AppError, AppResult};
use crate::extract::{Admin, Form, Query, Reader};
use crate::pages::problems::{found, only_fields, problem};
use crate::pages::rows;
use crate::state::AppState;
use crate::views::forms::{FieldError, Problem};
use crate::views::frame::Section;
use crate::views::nodes::{NodeAdminRow, NodeAdminState, NodesView};
use crate::views::notices::Notice;

const HERE: &str = "/admin/federation";
/// Servers on a page.
const LENGTH: usize = 100;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(HERE, get(show))
        .route("/admin/federation/policy", post(decide))
        .route("/admin/federation/retry", post(retry))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    from: String,
    host: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Decision {
    host: String,
    policy: String,
    reason: String,
}

fn row(known: Known) -> NodeAdminRow {
    let destinations = &known.destinations;
    let any = |state: DestinationState| destinations.iter().any(|d| d.state == state);
    let waits = destinations.iter().any(|d| d.wake > d.cursor);
    let state = match known.instance.policy {
        InstancePolicy::Block => NodeAdminState::Blocked,
        InstancePolicy::Limit => NodeAdminState::Limited,
        _ if any(DestinationState::Asleep) || any(DestinationState::Gone) => {
            NodeAdminState::Unreachable
        }
        _ if any(DestinationState::Backoff) || waits => NodeAdminState::Behind,
        _ => NodeAdminState::UpToDate,
    };
    let failing = destinations
        .iter()
        .filter(|d| d.state != DestinationState::Live)
        .max_by_key(|d| d.error_at);
    NodeAdminRow {
        state,
        last_success_at: destinations
            .iter()
            .filter_map(|d| d.success_at)
            .max()
            .map(Timestamp::datetime),
        failing_since: destinations
            .iter()
            .filter_map(|d| d.failing_since)
            .min()
            .map(Timestamp::datetime),
        error: failing.and_then(|d| d.error.clone()),
        retry: state != NodeAdminState::Blocked && (failing.is_some() || waits),
        software: known.instance.software.map(|name| {
            let version = known.instance.version.unwrap_or_default();
            format!("{name} {version}").trim().to_owned()
        }),
        heard_at: known.instance.inbound_at.map(Timestamp::datetime),
        reason: known.instance.reason,
        host: known.instance.host,
    }
}

async fn view(
    state: &AppState,
    from: &str,
    decision: Decision,
    errors: Vec<FieldError>,
) -> AppResult<NodesView> {
    let config = state.config();
    let after = Some(from).filter(|from| !from.is_empty());
    let limit = u64::try_from(LENGTH + 1).unwrap_or(u64::MAX);
    let mut known = instances::list(state.forum.db(), after, limit).await?;
    let more = known.len() > LENGTH;
    known.truncate(LENGTH);
    let next = known
        .last()
        .filter(|_| more)
        .map(|last| format!("{HERE}?from={}", rows::encoded(&last.instance.host)));
    Ok(NodesView {
        enabled: config.federation.enabled,
        allow_list: config.federation.mode == FederationMode::Allowlist,
        nodes: known.into_iter().map(row).collect(),
        next,
        host: decision.host,
        policy: decision.policy,
        reason: decision.reason,
        errors,
    })
}

async fn show(
    State(state): State<AppState>,
    Admin(_): Admin,
    mut reader: Reader,
    Query(wanted): Query<Wanted>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    let decision = Decision {
        host: wanted.host,
        policy: "block".to_owned(),
        reason: String::new(),
    };
    reader.page(&view(&state, &wanted.from, decision, Vec::new()).await?)
}

async fn decide(
    State(state): State<AppState>,
    Admin(current): Admin,
    mut reader: Reader,
    Form(decision): Form<Decision>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    let policy: InstancePolicy = decision
        .policy
        .parse()
        .map_err(|_| AppError::BadRequest("`policy` is not a decision".to_owned()))?;
    let mut errors = Vec::new();
    if decision.host.trim().is_empty() {
        errors.push(problem(&state, &reader, "host", &Problem::Empty));
    }
    let needs_reason = matches!(policy, InstancePolicy::Block | InstancePolicy::Limit);
    if needs_reason && decision.reason.trim().is_empty() {
        errors.push(problem(&state, &reader, "reason", &Problem::Empty));
    }
    if errors.is_empty() {
        let tx = state.forum.begin().await?;
        let done = instances::set_policy(
            &tx,
            &current.viewer,
            &decision.host,
            policy,
            &decision.reason,
        )
        .await;
        match done {
            Ok(_) => {
                tx.commit().await?;
                return Ok(reader.redirect(HERE, Some(Notice::ServerDecided)));
            }
            Err(error) => {
                drop(tx);
                errors = found(&state, &reader, &only_fields(error)?, &[]);
            }
        }
    }
    let view = view(&state, "", decision, errors).await?;
    reader.form_again(&view)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Retried {
    host: String,
}

async fn retry(
    State(state): State<AppState>,
    Admin(_): Admin,
    reader: Reader,
    Form(retried): Form<Retried>,
) -> AppResult {
    let tried = outbox::retry_host(state.forum.db(), &retried.host, state.now())
        .await
        .map_err(Error::from)?;
    if tried == 0 {
        return Err(Error::NotFound(Kind::Instance).into());
    }
    state.forum.wake_workers();
    Ok(reader.redirect(HERE, Some(Notice::RetryAsked)))
}
