//! Pages as people use them, without scripts.

mod accounts;
mod admin;
mod bans;
mod categories;
mod drafts;
mod follow;
mod kept;
mod legal;
mod media;
mod moving;
mod newcomers;
mod people;
mod reports;
mod search;
mod second_factor;
mod second_factor_roles;
mod topic_follows;
mod topics;
mod vocabulary;

use parvis_tests::node::PASSWORD;
use parvis_tests::{Browser, Node, PageSeen};

/// A browser in which `name` is signed in.
pub(crate) async fn signed_in(node: &Node, name: &str) -> Browser {
    let mut browser = node.browser();
    let page = browser.get("/login").await;
    let page = browser
        .submit(
            &page,
            "main form[action='/login']",
            &[("login", name), ("password", PASSWORD)],
        )
        .await;
    assert_eq!(page.status, 200, "{}", page.body);
    browser
}

/// Opens a topic in a category by its form, and answers the page of the topic.
async fn open_topic(browser: &mut Browser, category: &str, title: &str, text: &str) -> PageSeen {
    let page = browser.get(&format!("/c/{category}/new")).await;
    let page = browser
        .submit(
            &page,
            "form.compose",
            &[("title", title), ("content", text), ("action", "publish")],
        )
        .await;
    assert_eq!(page.status, 200, "{}", page.body);
    page
}

/// Replies at the end of the topic on the page.
async fn reply(browser: &mut Browser, page: &PageSeen, text: &str) -> PageSeen {
    let page = browser
        .submit(
            page,
            "form#reply",
            &[("content", text), ("action", "publish")],
        )
        .await;
    assert_eq!(page.status, 200, "{}", page.body);
    page
}

/// The path of the page without its query and its place.
pub(crate) fn path(page: &PageSeen) -> String {
    page.path
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .to_owned()
}
