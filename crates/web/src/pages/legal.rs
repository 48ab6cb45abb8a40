//! PG-11, PG-12, PG-16: pages in which the institution answers for the node, made from its settings. What isn't set is said
//! to be missing; nothing is claimed in its place (LAW-01).

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use parvis_federation::delivery::{Standing, standing_of};
use parvis_forum::config::FederationMode;
use parvis_forum::instances::{self, Known};
use parvis_forum::kinds::InstancePolicy;
use parvis_forum::{Timestamp, actors, categories, drafts};

use super::rows;
use crate::error::AppResult;
use crate::extract::Reader;
use crate::state::AppState;
use crate::views::frame::Section;
use crate::views::institution::{
    AboutView, AccessibilityView, Audit, BlockedRow, ContactView, Facts, FederationView, LegalView,
    LicenceView, ModerationPolicyView, NodeRow, NodeState, OpenDataView, PrivacyView, Retention,
    SitemapView, TermsView,
};

/// The licence of the software.
const LICENCE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../LICENSE"));
/// Servers shown at most.
const NODES: u64 = 500;
/// Days after which a session that isn't used ends; `forum::sessions` has the same.
const SESSION_DAYS: u32 = 14;
/// Days after which an account never confirmed is forgotten; `forum::people` has the same.
const UNCONFIRMED_DAYS: u32 = 7;

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/accessibility", get(accessibility))
        .route("/legal", get(legal))
        .route("/licence", get(licence))
        .route("/privacy", get(privacy))
        .route("/terms", get(terms))
        .route("/moderation-policy", get(moderation_policy))
        .route("/contact", get(contact))
        .route("/about", get(about))
        .route("/about/federation", get(federation))
        .route("/sitemap", get(sitemap))
        .route("/open-data", get(open_data))
}

/// What the settings say of the institution.
fn facts(state: &AppState) -> Facts {
    let config = state.config();
    let legal = &config.legal;
    let hosting: Vec<&str> = [&legal.host_name, &legal.host_address, &legal.host_phone]
        .into_iter()
        .filter_map(Option::as_deref)
        .collect();
    Facts {
        address: legal.address.clone(),
        phone: legal.phone.clone(),
        email: legal.email.clone().or_else(|| config.node.contact.clone()),
        register_id: legal.register_id.clone(),
        director: legal.director.clone(),
        hosting: (!hosting.is_empty()).then(|| hosting.join("\n")),
        dpo: legal.dpo.clone(),
        accessibility_email: legal.accessibility_email.clone(),
        moderation_email: legal.moderation_email.clone(),
    }
}

/// The audit that the settings tell of, if they tell all of it.
fn audit(state: &AppState) -> Option<Audit> {
    let legal = &state.config().legal;
    let day = legal.audit_date?.0;
    Some(Audit {
        state: state.site.accessibility,
        by: legal.audit_by.clone()?,
        at: day.and_hms_opt(12, 0, 0)?.and_utc(),
        rate: legal.audit_rate?,
        issues: legal
            .audit_issues
            .iter()
            .flat_map(|issues| issues.lines())
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect(),
    })
}

async fn licence(State(state): State<AppState>, reader: Reader) -> AppResult {
    reader.page(&LicenceView {
        facts: facts(&state),
        text: LICENCE,
    })
}

async fn accessibility(State(state): State<AppState>, reader: Reader) -> AppResult {
    reader.page(&AccessibilityView {
        facts: facts(&state),
        audit: audit(&state),
    })
}

async fn legal(State(state): State<AppState>, reader: Reader) -> AppResult {
    reader.page(&LegalView {
        facts: facts(&state),
        licence: rows::licence(state.config()),
    })
}

async fn privacy(State(state): State<AppState>, reader: Reader) -> AppResult {
    let config = state.config();
    reader.page(&PrivacyView {
        facts: facts(&state),
        federates: config.federation.enabled,
        retention: Retention {
            session_days: SESSION_DAYS,
            unconfirmed_days: UNCONFIRMED_DAYS,
            draft_days: u32::try_from(drafts::KEPT_DAYS).unwrap_or_default(),
            delivery_days: config.retention.outbox_days.0,
        },
    })
}

async fn terms(State(state): State<AppState>, reader: Reader) -> AppResult {
    reader.page(&TermsView {
        licence: rows::licence(state.config()),
        federates: state.config().federation.enabled,
    })
}

async fn moderation_policy(State(state): State<AppState>, reader: Reader) -> AppResult {
    reader.page(&ModerationPolicyView {
        facts: facts(&state),
    })
}

async fn contact(State(state): State<AppState>, reader: Reader) -> AppResult {
    reader.page(&ContactView {
        facts: facts(&state),
    })
}

async fn about(State(state): State<AppState>, mut reader: Reader) -> AppResult {
    let db = state.forum.db();
    reader.frame.section = Section::About;
    let tree = categories::tree(db, reader.viewer()).await?;
    let sum = |number: fn(&categories::Category) -> i32| {
        tree.iter()
            .map(|category| rows::count(number(category)))
            .sum()
    };
    let nodes = instances::list(db, None, NODES).await?;
    let linked = nodes.iter().filter(|known| is_linked(known)).count();
    reader.page(&AboutView {
        purpose: match &state.config().node.description {
            Some(purpose) => purpose.clone(),
            None => reader.text("home-purpose", &[]),
        },
        categories: u32::try_from(tree.len()).unwrap_or(u32::MAX),
        topics: sum(|category| category.row.topic_count),
        posts: sum(|category| category.row.post_count),
        nodes: u32::try_from(linked).unwrap_or(u32::MAX),
    })
}

/// True if something goes to a server or came from it, and nothing keeps us from it.
fn is_linked(known: &Known) -> bool {
    known.instance.policy != InstancePolicy::Block
        && (known.instance.inbound_at.is_some() || !known.destinations.is_empty())
}

fn node_row(known: &Known) -> NodeRow {
    let sent = known.destinations.iter().filter_map(|d| d.success_at).max();
    NodeRow {
        host: known.instance.host.clone(),
        software: known.instance.software.clone(),
        state: match standing_of(known) {
            Standing::Unreachable => NodeState::Unreachable,
            Standing::Behind | Standing::Paused => NodeState::Behind,
            Standing::UpToDate | Standing::Blocked => NodeState::UpToDate,
        },
        last_success_at: sent.max(known.instance.inbound_at).map(Timestamp::datetime),
    }
}

async fn federation(State(state): State<AppState>, mut reader: Reader) -> AppResult {
    let db = state.forum.db();
    let config = state.config();
    reader.frame.section = Section::About;
    let known = instances::list(db, None, NODES).await?;
    let example = categories::tree(db, reader.viewer())
        .await?
        .first()
        .map(|category| format!("@{}", actors::handle(&category.actor)));
    reader.page(&FederationView {
        enabled: config.federation.enabled,
        allow_list: config.federation.mode == FederationMode::Allowlist,
        example,
        nodes: known
            .iter()
            .filter(|k| is_linked(k))
            .map(node_row)
            .collect(),
        blocked: instances::with_policy(db)
            .await?
            .into_iter()
            .filter(|row| matches!(row.policy, InstancePolicy::Block | InstancePolicy::Limit))
            .filter(|row| !row.private)
            .map(|row| BlockedRow {
                limited: row.policy == InstancePolicy::Limit,
                host: row.host,
                reason: row.reason,
            })
            .collect(),
    })
}

async fn sitemap(State(state): State<AppState>, reader: Reader) -> AppResult {
    let db = state.forum.db();
    let local = categories::tree(db, reader.viewer()).await?;
    let remote = categories::followed_remote(db, reader.viewer()).await?;
    reader.page(&SitemapView {
        categories: local
            .iter()
            .chain(&remote)
            .map(|category| rows::category_link(&category.actor))
            .collect(),
    })
}

async fn open_data(State(state): State<AppState>, reader: Reader) -> AppResult {
    reader.page(&OpenDataView {
        licence: rows::licence(state.config()),
        exports: Vec::new(),
    })
}
