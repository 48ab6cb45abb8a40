//! PG-52: `/admin/blocklist`: the policies of this node as a list in Mastodon's form, and taking in the list of somebody else,
//! after a look at what it would do.

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use parvis_forum::Timestamp;
use parvis_forum::instances::{self, Change, Effect};
use parvis_forum::kinds::InstancePolicy;
use serde::Deserialize;

use crate::error::AppResult;
use crate::extract::{Admin, Form, Reader};
use crate::pages::problems::problem;
use crate::state::AppState;
use crate::views::forms::{FieldError, Problem};
use crate::views::frame::Section;
use crate::views::notices::Notice;
use crate::views::policies::{BadRow, BlocklistView, EffectRow, PolicyRow};

const HERE: &str = "/admin/blocklist";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(HERE, get(show).post(look))
        .route("/admin/blocklist/apply", post(apply))
        .route("/admin/blocklist.csv", get(export))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fields {
    list: String,
}

fn effect_row(effect: Effect) -> EffectRow {
    EffectRow {
        host: effect.listed.host,
        now: effect.now.as_str(),
        then: effect.listed.policy.as_str(),
        media: effect.listed.reject_media,
        reason: effect.listed.reason,
        change: match effect.change {
            Change::Set => "set",
            Change::Kept => "kept",
            Change::Ourselves => "ourselves",
        },
        // What is only hidden or looked at first ends no follow.
        followers: effect.followers,
        following: effect.following,
        ends: effect.listed.policy == InstancePolicy::Block && effect.change == Change::Set,
    }
}

async fn view(
    state: &AppState,
    reader: &Reader,
    list: String,
    errors: Vec<FieldError>,
) -> AppResult<BlocklistView> {
    let db = state.forum.db();
    let (listed, bad) = instances::parse_blocklist(&list);
    let effects = instances::preview_blocklist(db, state.config(), reader.viewer(), listed).await?;
    Ok(BlocklistView {
        policies: instances::decided(db)
            .await?
            .into_iter()
            .map(|decided| PolicyRow {
                url: super::nodes::path_of(&decided.instance.host),
                host: decided.instance.host,
                policy: decided.instance.policy.as_str(),
                media: decided.instance.reject_media,
                decided_at: decided.instance.decided_at.map(Timestamp::datetime),
                private: decided.instance.private,
                followers: decided.followers,
                following: decided.following,
                reason: decided.instance.reason,
            })
            .collect(),
        effects: effects.into_iter().map(effect_row).collect(),
        bad: bad
            .into_iter()
            .map(|bad| BadRow {
                line: bad.line,
                why: reader.text(&format!("blocklist-bad-{}", bad.why.code()), &[]),
            })
            .collect(),
        list,
        errors,
    })
}

async fn show(State(state): State<AppState>, Admin(_): Admin, mut reader: Reader) -> AppResult {
    reader.frame.section = Section::Admin;
    let view = view(&state, &reader, String::new(), Vec::new()).await?;
    reader.page(&view)
}

async fn look(
    State(state): State<AppState>,
    Admin(_): Admin,
    mut reader: Reader,
    Form(fields): Form<Fields>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    if fields.list.trim().is_empty() {
        let errors = vec![problem(&state, &reader, "list", &Problem::Empty)];
        let view = view(&state, &reader, String::new(), errors).await?;
        return reader.form_again(&view);
    }
    let view = view(&state, &reader, fields.list, Vec::new()).await?;
    reader.page(&view)
}

async fn apply(
    State(state): State<AppState>,
    Admin(current): Admin,
    reader: Reader,
    Form(fields): Form<Fields>,
) -> AppResult {
    let (listed, _) = instances::parse_blocklist(&fields.list);
    let tx = state.forum.begin().await?;
    instances::apply_blocklist(&tx, &current.viewer, &listed).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::BlocklistApplied)))
}

async fn export(State(state): State<AppState>, Admin(current): Admin) -> AppResult {
    let text = instances::export_blocklist(state.forum.db(), &current.viewer).await?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"domain_blocks.csv\"",
        ),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, text).into_response())
}
