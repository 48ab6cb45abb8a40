//! PG-51 in part: `/admin/federation`: other servers, how deliveries to them go, what they may do, and what to do when
//! something is stuck. What was set aside is in `set_aside`.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use parvis_federation::delivery::{self, HostDetail, HostStatus, Logged, Order, Standing, Trouble};
use parvis_forum::comparisons::{self, Comparison};
use parvis_forum::config::FederationMode;
use parvis_forum::id::ActorId;
use parvis_forum::kinds::InstancePolicy;
use parvis_forum::{Error, Kind, Timestamp, backfills, categories, instances};
use serde::Deserialize;

use super::set_aside;
use crate::error::{AppError, AppResult};
use crate::extract::form::Empty;
use crate::extract::{Admin, Form, Path, Query, Reader};
use crate::pages::problems::{found, only_fields, problem};
use crate::pages::rows;
use crate::state::AppState;
use crate::views::forms::{FieldError, Problem};
use crate::views::frame::Section;
use crate::views::nodes::{
    BackfillRow, Choice, ComparisonShown, LogRow, NodeRow, NodeView, NodesView, TroubleShown,
};
use crate::views::notices::Notice;
use crate::words;

pub(super) const HERE: &str = "/admin/federation";
/// Servers on a page.
const LENGTH: usize = 100;
/// What was set aside, on the page of a server.
const SET_ASIDE: u64 = 20;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(HERE, get(show))
        .route("/admin/federation/policy", post(decide))
        .route("/admin/federation/retry", post(retry_named))
        .route("/admin/federation/{host}", get(show_one))
        .route("/admin/federation/{host}/retry", post(retry))
        .route("/admin/federation/{host}/compare", post(compare))
        .route("/admin/federation/{host}/pause", post(pause))
        .route("/admin/federation/{host}/resume", post(resume))
        .route("/admin/federation/{host}/skip", post(skip))
        .route("/admin/federation/{host}/backfill", post(read_past))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    state: String,
    sort: String,
    page: String,
    host: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Decision {
    host: String,
    policy: String,
    reason: String,
    media: String,
    private: String,
}

/// Path of the page of a server.
pub(super) fn path_of(host: &str) -> String {
    format!("{HERE}/{}", rows::encoded(host))
}

/// A trouble in the reader's language.
pub(super) fn trouble(
    state: &AppState,
    reader: &Reader,
    error: &str,
    at: Option<Timestamp>,
) -> TroubleShown {
    let catalog = state.templates.catalog();
    let (what, cure) = words::trouble(catalog, reader.locale, Trouble::of(error));
    TroubleShown {
        what,
        cure,
        raw: error.to_owned(),
        at: at.map(Timestamp::datetime),
    }
}

/// What came of comparing with a server, in the reader's language.
fn comparison(
    state: &AppState,
    reader: &Reader,
    rows: Option<&Vec<Comparison>>,
) -> Option<ComparisonShown> {
    let summary = comparisons::summary(rows?)?;
    Some(ComparisonShown {
        outcome: words::outcome(&summary),
        at: summary.at.map(Timestamp::datetime),
        done: words::repaired(state.templates.catalog(), reader.locale, &summary),
        error: summary.error,
    })
}

fn row(
    state: &AppState,
    reader: &Reader,
    status: &HostStatus,
    compared: Option<&Vec<Comparison>>,
) -> NodeRow {
    let catalog = state.templates.catalog();
    let error = status
        .last_error
        .as_deref()
        .filter(|_| !status.recovered && status.standing != Standing::Blocked);
    NodeRow {
        url: path_of(&status.host),
        host: status.host.clone(),
        software: status.software.as_ref().map(|name| {
            let version = status.version.as_deref().unwrap_or_default();
            format!("{name} {version}").trim().to_owned()
        }),
        standing: status.standing.as_str(),
        policy: status.policy.to_string(),
        reason: status.reason.clone(),
        behind: words::behind(catalog, reader.locale, status),
        last_success_at: status.last_success.map(Timestamp::datetime),
        failing_since: status.failing_since.map(Timestamp::datetime),
        trouble: error.map(|error| trouble(state, reader, error, status.last_error_at)),
        comparison: comparison(state, reader, compared),
    }
}

/// A link to the list with this filter and order.
fn link(only: Option<Standing>, order: Order, page: usize) -> String {
    let mut query = Vec::new();
    if let Some(only) = only {
        query.push(format!("state={}", only.as_str()));
    }
    if order != Order::Host {
        query.push(format!("sort={}", order.as_str()));
    }
    if page > 1 {
        query.push(format!("page={page}"));
    }
    if query.is_empty() {
        HERE.to_owned()
    } else {
        format!("{HERE}?{}", query.join("&"))
    }
}

async fn view(
    state: &AppState,
    reader: &Reader,
    wanted: &Wanted,
    decision: Decision,
    errors: Vec<FieldError>,
) -> AppResult<NodesView> {
    let config = state.config();
    let only = wanted.state.parse::<Standing>().ok();
    let order = Order::ALL
        .into_iter()
        .find(|order| order.as_str() == wanted.sort)
        .unwrap_or_default();
    let page = wanted.page.parse::<usize>().unwrap_or(1).max(1);
    let first = (page - 1).saturating_mul(LENGTH);
    let seen = delivery::overview(&state.federation, only, order, first, LENGTH).await?;
    let hosts: Vec<String> = seen.hosts.iter().map(|one| one.host.clone()).collect();
    let compared = comparisons::with(state.forum.db(), &hosts).await?;
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let all: usize = seen.counts.iter().map(|(_, count)| count).sum();
    let mut filters = vec![Choice {
        label: reader.text("node-filter-all", &[("n", number(all).into())]),
        url: link(None, order, 1),
        current: only.is_none(),
    }];
    filters.extend(seen.counts.iter().map(|(word, count)| {
        let text = words::standing(state.templates.catalog(), reader.locale, *word);
        Choice {
            label: reader.text(
                "node-filter-one",
                &[("word", text.into()), ("n", number(*count).into())],
            ),
            url: link(Some(*word), order, 1),
            current: only == Some(*word),
        }
    }));
    let orders = Order::ALL
        .into_iter()
        .map(|one| Choice {
            label: reader.text(&format!("node-order-{}", one.as_str()), &[]),
            url: link(only, one, 1),
            current: one == order,
        })
        .collect();
    Ok(NodesView {
        enabled: config.federation.enabled,
        allow_list: config.federation.mode == FederationMode::Allowlist,
        filters,
        orders,
        nodes: seen
            .hosts
            .iter()
            .map(|status| row(state, reader, status, compared.get(&status.host)))
            .collect(),
        previous: (page > 1).then(|| link(only, order, page - 1)),
        next: (first.saturating_add(LENGTH) < seen.total).then(|| link(only, order, page + 1)),
        host: decision.host,
        policy: decision.policy,
        reason: decision.reason,
        media: !decision.media.is_empty(),
        private: !decision.private.is_empty(),
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
        host: wanted.host.clone(),
        policy: "block".to_owned(),
        ..Decision::default()
    };
    let view = view(&state, &reader, &wanted, decision, Vec::new()).await?;
    reader.page(&view)
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
    let media = !decision.media.is_empty();
    let needs_reason = media || matches!(policy, InstancePolicy::Block | InstancePolicy::Limit);
    if needs_reason && decision.reason.trim().is_empty() {
        errors.push(problem(&state, &reader, "reason", &Problem::Empty));
    }
    if errors.is_empty() {
        let tx = state.forum.begin().await?;
        let decided = instances::Decision {
            policy,
            reject_media: Some(media),
            private: Some(!decision.private.is_empty()),
            reason: &decision.reason,
        };
        let done = instances::decide(&tx, &current.viewer, &decision.host, decided).await;
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
    let view = view(&state, &reader, &Wanted::default(), decision, errors).await?;
    reader.form_again(&view)
}

/// The server that a path names.
fn host_from_path(host: &str) -> Result<String, Error> {
    instances::normal_host(host).ok_or(Error::NotFound(Kind::Instance))
}

fn log_row(entry: Logged) -> LogRow {
    LogRow {
        at: entry.at.datetime(),
        kind: entry.kind,
        post: entry.post.map(|id| format!("/p/{id}")),
        activity: entry.activity_uri,
        fate: entry.fate.as_str(),
        error: entry.error,
    }
}

async fn node_view(
    state: &AppState,
    reader: &Reader,
    host: &str,
    errors: Vec<FieldError>,
) -> AppResult<NodeView> {
    let known = delivery::detail(&state.federation, host).await?;
    let items = delivery::set_aside(
        state.forum.db(),
        reader.viewer(),
        Some(host),
        None,
        SET_ASIDE,
    )
    .await?;
    let HostDetail {
        status,
        ties,
        key,
        signature,
        first_seen,
        log,
    } = known;
    let compared = comparisons::with(state.forum.db(), &[host.to_owned()]).await?;
    let decided = instances::by_host(state.forum.db(), host).await?;
    let tied = ties.followers + ties.following > 0;
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    Ok(NodeView {
        node: row(state, reader, &status, compared.get(host)),
        compares: !ties.theirs.is_empty(),
        conflict: status.standing == Standing::Blocked && tied,
        paused_at: status.paused_at.map(Timestamp::datetime),
        next_try_at: status.next_try.map(Timestamp::datetime),
        heard_at: status.last_inbound.map(Timestamp::datetime),
        first_seen_at: first_seen.datetime(),
        followers: number(ties.followers),
        following: number(ties.following),
        ours: ties.ours,
        theirs: ties.theirs,
        signature: signature.to_owned(),
        key: ties
            .key
            .map(|known| format!("{} ({})", known.id, key.unwrap_or("?"))),
        waits: status.behind_count > 0,
        backfills: backfill_rows(state, host).await?,
        log: log.into_iter().map(log_row).collect(),
        set_aside: items
            .iter()
            .map(|item| set_aside::row(state, reader, item))
            .collect(),
        policy: status.policy.to_string(),
        media: decided.reject_media,
        private: decided.private,
        decided_at: decided.decided_at.map(Timestamp::datetime),
        reason: status.reason.unwrap_or_default(),
        errors,
    })
}

async fn backfill_rows(state: &AppState, host: &str) -> AppResult<Vec<BackfillRow>> {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let all = backfills::list(state.forum.db(), Some(host)).await?;
    Ok(all
        .into_iter()
        .map(|(category, progress)| BackfillRow {
            id: category.id().to_string(),
            category: rows::category_link(&category.actor),
            state: match &progress.row {
                row if row.failures > 0 => "waiting",
                _ if progress.is_going_on() => "reading",
                row if row.finished_at.is_some() => "read",
                _ => "asked",
            },
            done: number(progress.done),
            given_up: number(progress.given_up),
            total: progress.row.total,
            posts: progress.row.posts,
            finished_at: progress.row.finished_at.map(Timestamp::datetime),
            error: progress.row.error,
        })
        .collect())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Past {
    category: String,
}

async fn read_past(
    State(state): State<AppState>,
    Admin(current): Admin,
    reader: Reader,
    Path(host): Path<String>,
    Form(past): Form<Past>,
) -> AppResult {
    let host = host_from_path(&host)?;
    let id: ActorId = past
        .category
        .parse()
        .map_err(|_| Error::NotFound(Kind::Category))?;
    let category = categories::by_id(state.forum.db(), id).await?;
    let tx = state.forum.begin().await?;
    backfills::ask_now(&tx, &current.viewer, &category.actor).await?;
    tx.commit().await?;
    Ok(reader.redirect(&path_of(&host), Some(Notice::BackfillAsked)))
}

async fn show_one(
    State(state): State<AppState>,
    Admin(_): Admin,
    mut reader: Reader,
    Path(host): Path<String>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    let host = host_from_path(&host)?;
    let view = node_view(&state, &reader, &host, Vec::new()).await?;
    reader.page(&view)
}

async fn try_again(state: &AppState, reader: &Reader, host: &str) -> AppResult {
    if !delivery::retry_host(&state.federation, host).await? {
        return Err(Error::NotFound(Kind::Instance).into());
    }
    Ok(reader.redirect(&path_of(host), Some(Notice::RetryAsked)))
}

async fn retry(
    State(state): State<AppState>,
    Admin(_): Admin,
    reader: Reader,
    Path(host): Path<String>,
    Form(Empty {}): Form<Empty>,
) -> AppResult {
    try_again(&state, &reader, &host_from_path(&host)?).await
}

async fn compare(
    State(state): State<AppState>,
    Admin(_): Admin,
    reader: Reader,
    Path(host): Path<String>,
    Form(Empty {}): Form<Empty>,
) -> AppResult {
    let host = host_from_path(&host)?;
    let tx = state.forum.begin().await?;
    comparisons::hasten(&tx, reader.viewer(), &host).await?;
    tx.commit().await?;
    Ok(reader.redirect(&path_of(&host), Some(Notice::ComparisonAsked)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Retried {
    host: String,
}

async fn retry_named(
    State(state): State<AppState>,
    Admin(_): Admin,
    reader: Reader,
    Form(retried): Form<Retried>,
) -> AppResult {
    try_again(&state, &reader, &host_from_path(&retried.host)?).await
}

async fn set_paused(
    state: &AppState,
    reader: &Reader,
    host: &str,
    paused: bool,
    notice: Notice,
) -> AppResult {
    let host = host_from_path(host)?;
    let tx = state.forum.begin().await?;
    instances::set_paused(&tx, reader.viewer(), &host, paused).await?;
    tx.commit().await?;
    Ok(reader.redirect(&path_of(&host), Some(notice)))
}

async fn pause(
    State(state): State<AppState>,
    Admin(_): Admin,
    reader: Reader,
    Path(host): Path<String>,
    Form(Empty {}): Form<Empty>,
) -> AppResult {
    set_paused(&state, &reader, &host, true, Notice::ServerPaused).await
}

async fn resume(
    State(state): State<AppState>,
    Admin(_): Admin,
    reader: Reader,
    Path(host): Path<String>,
    Form(Empty {}): Form<Empty>,
) -> AppResult {
    set_paused(&state, &reader, &host, false, Notice::ServerResumed).await
}

/// What is ticked before something is lost or set aside.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sure {
    /// Ticked.
    pub(super) sure: String,
}

async fn skip(
    State(state): State<AppState>,
    Admin(_): Admin,
    mut reader: Reader,
    Path(host): Path<String>,
    Form(fields): Form<Sure>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    let host = host_from_path(&host)?;
    if fields.sure.is_empty() {
        let errors = vec![problem(&state, &reader, "sure", &Problem::NotTicked)];
        let view = node_view(&state, &reader, &host, errors).await?;
        return reader.form_again(&view);
    }
    let tx = state.forum.begin().await?;
    let skipped = delivery::skip_first(&tx, reader.viewer(), &host).await?;
    tx.commit().await?;
    let notice = if skipped.is_empty() {
        Notice::NothingToSkip
    } else {
        Notice::ActivitySkipped
    };
    Ok(reader.redirect(&path_of(&host), Some(notice)))
}
