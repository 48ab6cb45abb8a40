//! Samples of the links between categories.

use super::super::frame::{Role, Section};
use super::super::links::{LinkRow, LinksView};
use super::super::parts::CategoryLink;
use super::forum::{at, category};
use super::people::error;
use super::{SamplePage, failed, signed_in};

fn elsewhere() -> CategoryLink {
    CategoryLink {
        title: "Intégration".to_owned(),
        url: "/c/integration@forum.ministere.example".to_owned(),
        handle: "integration@forum.ministere.example".to_owned(),
        language: Some("fr".to_owned()),
        host: Some("forum.ministere.example".to_owned()),
    }
}

fn row(ours: &'static str, theirs: &'static str) -> LinkRow {
    LinkRow {
        category: category("soutien", "Soutien communautaire"),
        other: elsewhere(),
        ours,
        theirs,
        since: at(3, 0),
    }
}

/// The samples of this file.
pub(super) fn pages() -> Vec<SamplePage> {
    let frame = || signed_in("/moderation/links", Section::Moderation, Role::Moderator);
    let empty = LinksView {
        requests: Vec::new(),
        links: Vec::new(),
        categories: Vec::new(),
        category: String::new(),
        other: String::new(),
        errors: Vec::new(),
    };
    let filled = LinksView {
        requests: vec![row("no", "yes")],
        links: vec![
            row("yes", "yes"),
            row("waiting", "no"),
            row("yes", "refused"),
            row("refused", "waiting"),
        ],
        categories: vec![category("soutien", "Soutien communautaire")],
        ..empty.clone()
    };
    vec![
        SamplePage::new("moderation-links-empty", frame(), empty),
        SamplePage::new("moderation-links-filled", frame(), filled.clone()),
        SamplePage::new(
            "moderation-links-error",
            failed(frame()),
            LinksView {
                other: "integration".to_owned(),
                errors: vec![error("other", "Remplissez ce champ.")],
                ..filled
            },
        ),
    ]
}
