//! `/admin`: what is left to do, who waits for an account, the categories.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use parvis_forum::config::SecondFactor;
use parvis_forum::page::PageRequest;
use parvis_forum::{categories, reports, second_factors};

use crate::error::AppResult;
use crate::extract::{Admin, Reader};
use crate::pages::{moderation, rows};
use crate::state::AppState;
use crate::views::admin::{AdminCategoryRow, AdminView, CheckRow};
use crate::views::frame::Section;

/// Requests for accounts shown here; all are on `/moderation/accounts`.
const REQUESTS: u64 = 10;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/admin", get(show))
}

async fn show(
    State(state): State<AppState>,
    Admin(current): Admin,
    mut reader: Reader,
) -> AppResult {
    reader.frame.section = Section::Admin;
    let db = state.forum.db();
    let viewer = &current.viewer;
    let tree = categories::tree(db, &current.viewer).await?;
    let waiting = moderation::waiting(&state, viewer, PageRequest::first(REQUESTS)).await?;
    let open = reports::open_count(db, viewer).await?;
    let config = state.config();
    let node = &config.node;
    let check = |done: bool, key: &str, url: Option<&str>| CheckRow {
        done,
        text: reader.text(key, &[]),
        url: url.map(ToOwned::to_owned),
    };
    let mut checks = vec![
        check(
            !tree.is_empty(),
            "check-category",
            Some("/admin/categories/new"),
        ),
        check(
            waiting.items.is_empty(),
            "check-registrations",
            Some("/moderation/accounts"),
        ),
        check(open == 0, "check-reports", Some("/moderation")),
        check(config.is_https(), "check-public-url", None),
        check(config.mail.url.is_some(), "check-mail", None),
        check(node.institution.is_some(), "check-institution", None),
        check(node.contact.is_some(), "check-contact", Some("/contact")),
        check(node.description.is_some(), "check-description", None),
        check(!config.federation.insecure, "check-insecure", None),
    ];
    let gaps = config.legal_gaps();
    checks.push(CheckRow {
        done: gaps.is_empty(),
        text: if gaps.is_empty() {
            reader.text("check-legal-done", &[])
        } else {
            reader.text("check-legal", &[("keys", gaps.join(", ").as_str().into())])
        },
        url: Some("/legal".to_owned()),
    });
    let without = second_factors::staff_without(db).await?;
    checks.push(CheckRow {
        done: without.is_empty(),
        text: if without.is_empty() {
            reader.text("check-second-factor-done", &[])
        } else {
            let names: Vec<&str> = without.iter().map(|actor| actor.name.as_str()).collect();
            let names = names.join(", ");
            reader.text("check-second-factor", &[("names", names.as_str().into())])
        },
        url: None,
    });
    checks.push(check(
        config.software.source_url.is_some(),
        "check-source",
        Some("/licence"),
    ));
    checks.sort_by_key(|check| check.done);
    let offered = config.sign_in.second_factor == SecondFactor::Offered;
    reader.page(&AdminView {
        trial: !config.is_https() && !offered,
        checks,
        registrations: waiting.items,
        categories: tree
            .iter()
            .map(|category| AdminCategoryRow {
                category: rows::category_link(&category.actor),
                topics: rows::count(category.row.topic_count),
                archived: category.row.archived_at.is_some(),
            })
            .collect(),
    })
}
