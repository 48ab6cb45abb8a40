//! Samples of block lists and of what waits for a moderator.

use super::super::frame::{Role, Section};
use super::super::policies::{BadRow, BlocklistView, EffectRow, HeldRow, HeldView, PolicyRow};
use super::forum::at;
use super::people::error;
use super::{SamplePage, failed, signed_in};

fn held() -> HeldView {
    let row = |id: &str, title: Option<&str>, text: &str, edit| HeldRow {
        id: id.to_owned(),
        host: "bruyant.example".to_owned(),
        author: "https://bruyant.example/u/lea".to_owned(),
        address: "https://bruyant.example/p/1".to_owned(),
        title: title.map(str::to_owned),
        text: text.to_owned(),
        edit,
        at: at(1, 0),
    };
    HeldView {
        items: vec![
            row("7", Some("Une annonce"), "Le texte de l’annonce.", false),
            row("9", None, "", true),
        ],
        next: Some("/moderation/held?after=9".to_owned()),
    }
}

fn effect(host: &str, change: &'static str, ends: bool) -> EffectRow {
    EffectRow {
        host: host.to_owned(),
        now: "open",
        then: "block",
        media: true,
        reason: "Envois de masse".to_owned(),
        change,
        followers: 3,
        following: 1,
        ends,
    }
}

pub(super) fn pages() -> Vec<SamplePage> {
    let admin = |path: &str| signed_in(path, Section::Admin, Role::Admin);
    let moderator = || signed_in("/moderation/held", Section::Moderation, Role::Moderator);
    let none = BlocklistView {
        policies: Vec::new(),
        list: String::new(),
        effects: Vec::new(),
        bad: Vec::new(),
        errors: Vec::new(),
    };
    vec![
        SamplePage::new("held-filled", moderator(), held()),
        SamplePage::new(
            "held-empty",
            moderator(),
            HeldView {
                items: Vec::new(),
                next: None,
            },
        ),
        SamplePage::new("blocklist-empty", admin("/admin/blocklist"), none.clone()),
        SamplePage::new(
            "blocklist-filled",
            admin("/admin/blocklist"),
            BlocklistView {
                policies: vec![
                    PolicyRow {
                        host: "a.example".to_owned(),
                        url: "/admin/federation/a.example".to_owned(),
                        policy: "block",
                        media: true,
                        decided_at: Some(at(1, 0)),
                        private: false,
                        followers: 3,
                        following: 1,
                        reason: Some("Envois de masse".to_owned()),
                    },
                    PolicyRow {
                        host: "b.example".to_owned(),
                        url: "/admin/federation/b.example".to_owned(),
                        policy: "open",
                        media: true,
                        decided_at: None,
                        private: true,
                        followers: 0,
                        following: 0,
                        reason: None,
                    },
                ],
                list: "a.example,suspend".to_owned(),
                effects: vec![
                    effect("c.example", "set", true),
                    effect("a.example", "kept", false),
                    effect("parvis.example", "ourselves", false),
                ],
                bad: vec![BadRow {
                    line: 4,
                    why: "ce n’est pas un nom de serveur.".to_owned(),
                }],
                ..none.clone()
            },
        ),
        SamplePage::new(
            "blocklist-error",
            failed(admin("/admin/blocklist")),
            BlocklistView {
                errors: vec![error("list", "Remplissez ce champ.")],
                ..none
            },
        ),
    ]
}
