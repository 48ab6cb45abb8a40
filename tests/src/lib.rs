//! The harness of the end-to-end tests: real nodes in one process, a scripted peer, a browser, a client of the API.
//!
//! Nothing sleeps: [`Node::settle`] works until every queue is empty. `PARVIS_TEST_DATABASE_URL` (PostgreSQL) runs the
//! same tests there, a schema for each node; without it every node has an SQLite file of its own.

#![expect(
    clippy::missing_panics_doc,
    reason = "a harness fails the test by panicking"
)]
#![expect(
    clippy::indexing_slicing,
    reason = "what is missing in an answer fails the test"
)]

pub mod browser;
pub mod client;
pub mod multipart;
pub mod mutations;
pub mod node;
pub mod peer;
pub mod process;

use std::sync::OnceLock;

pub use browser::{Browser, PageSeen};
pub use client::{Answer, Client};
pub use multipart::{FileSent, png};
pub use mutations::Mutations;
pub use node::{Node, settle};
pub use peer::{CONTEXT, PUBLIC, Peer, PeerActor};
pub use process::{NodeProcess, eventually};

/// The one HTTP client of the tests: it follows no redirects.
pub fn http() -> &'static reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        // A second call in the same process finds it installed: that is as good.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .build()
            .expect("a client")
    })
}

/// Fetches a document as ActivityPub; fails the test unless it is there, with the right content type.
pub async fn fetch(url: &str) -> serde_json::Value {
    let answer = http()
        .get(url)
        .header("accept", peer::ACTIVITY_JSON)
        .send()
        .await
        .expect("the node answers");
    assert_eq!(answer.status().as_u16(), 200, "{url}");
    let kind = answer
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    assert!(
        kind == "application/activity+json" || kind == "application/activity+json; charset=utf-8",
        "{url} has content type {kind}"
    );
    answer.json().await.expect("JSON")
}

/// What whoever runs the tests asks for by an environment variable: more of something than the suite does.
#[expect(clippy::disallowed_methods, reason = "said by whoever runs the tests")]
pub fn wanted(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
