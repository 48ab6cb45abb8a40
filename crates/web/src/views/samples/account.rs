//! Samples of what one keeps for oneself: settings, notifications, bookmarks.

use super::super::account::{
    ApplicationsView, BookmarksView, CloseAccountView, FollowedCategory, FollowedPerson,
    NotificationKind, NotificationRow, NotificationsView, ScopeChoice, SubscriptionsView, TokenRow,
};
use super::super::drafts::{DraftKind, DraftRow, DraftsView};
use super::super::frame::{Frame, Role, Section};
use super::super::moving::{MoveView, Moved, OtherActor};
use super::super::parts::{AffiliationKind, Pager, TopicLink};
use super::super::settings::{
    ConfirmNewEmailView, SessionRow, SettingsAccountView, SettingsProfileView,
};
use super::acts::found_posts;
use super::forum::{agent, at, category, link, remote};
use super::people::error;
use super::{SamplePage, failed, signed_in};

fn draft(id: &str, of: DraftKind) -> DraftRow {
    DraftRow {
        id: id.to_owned(),
        of,
        title: String::new(),
        excerpt: "Bonjour, nous préparons un marché".to_owned(),
        text: None,
        language: Some("fr".to_owned()),
        category: None,
        topic: None,
        resume: None,
        saved_at: at(1, 0),
    }
}

fn settings() -> Vec<SamplePage> {
    let member = |path: &str| signed_in(path, Section::Other, Role::Member);
    let profile = SettingsProfileView {
        display_name: "Jeanne Martin".to_owned(),
        handle: "@jeanne.martin@parvis.example".to_owned(),
        biography: "Bureautique libre.".to_owned(),
        affiliation: AffiliationKind::Agent,
        affiliations: AffiliationKind::DECLARABLE.to_vec(),
        affiliation_checked: true,
        organisation: "Ville de Montreval".to_owned(),
        subtype: "local".to_owned(),
        subtypes: ["state", "local"].map(ToOwned::to_owned).to_vec(),
        discoverable: true,
        indexable: false,
        errors: Vec::new(),
    };
    let account = SettingsAccountView {
        email: "jeanne.martin@montreval.example".to_owned(),
        new_email: String::new(),
        sessions: vec![
            SessionRow {
                id: "1".to_owned(),
                device: "Firefox sur Linux".to_owned(),
                opened_at: at(9, 0),
                seen_at: at(0, 0),
                current: true,
            },
            SessionRow {
                id: "2".to_owned(),
                device: "Safari sur iPhone".to_owned(),
                opened_at: at(30, 0),
                seen_at: at(4, 0),
                current: false,
            },
        ],
        errors: Vec::new(),
    };
    vec![
        SamplePage::new(
            "settings-profile",
            member("/settings/profile"),
            profile.clone(),
        ),
        SamplePage::new(
            "settings-profile-error",
            failed(member("/settings/profile")),
            SettingsProfileView {
                display_name: String::new(),
                affiliation_checked: false,
                errors: vec![error("display_name", "Remplissez ce champ.")],
                ..profile
            },
        ),
        SamplePage::new(
            "settings-account",
            member("/settings/account"),
            account.clone(),
        ),
        SamplePage::new(
            "settings-account-error",
            failed(member("/settings/account")),
            SettingsAccountView {
                errors: vec![error("current", "Ce n’est pas votre mot de passe actuel.")],
                ..account
            },
        ),
    ]
}

fn member(path: &str) -> Frame {
    signed_in(path, Section::Other, Role::Member)
}

fn notifications() -> Vec<SamplePage> {
    let row = |id: &str, kind| NotificationRow {
        id: id.to_owned(),
        kind,
        author: Some(agent()),
        topic: Some(link("Quel CCAG choisir ?", None)),
        url: Some("/p/3".to_owned()),
        reason: None,
        at: at(1, 0),
        unread: id == "1",
    };
    vec![
        SamplePage::new(
            "notifications-filled",
            member("/notifications"),
            NotificationsView {
                notifications: vec![
                    row("1", NotificationKind::Reply),
                    row("2", NotificationKind::Mention),
                    row("3", NotificationKind::Like),
                    row("4", NotificationKind::Answer),
                    row("7", NotificationKind::Topic),
                    NotificationRow {
                        topic: None,
                        ..row("5", NotificationKind::Follow)
                    },
                    NotificationRow {
                        author: None,
                        url: None,
                        topic: None,
                        reason: Some("Publicité".to_owned()),
                        ..row("6", NotificationKind::Moderation)
                    },
                ],
                unread: 1,
                pager: Pager::default(),
            },
        ),
        SamplePage::new(
            "notifications-empty",
            member("/notifications"),
            NotificationsView {
                notifications: Vec::new(),
                unread: 0,
                pager: Pager::default(),
            },
        ),
        SamplePage::new(
            "bookmarks-filled",
            member("/bookmarks"),
            BookmarksView {
                posts: found_posts(),
                pager: Pager::default(),
            },
        ),
        SamplePage::new(
            "new-email",
            member("/settings/email/confirm"),
            ConfirmNewEmailView {
                token: Some("abc".to_owned()),
                email: "jeanne@montreval.example".to_owned(),
            },
        ),
        SamplePage::new(
            "new-email-expired",
            member("/settings/email/confirm"),
            ConfirmNewEmailView {
                token: None,
                email: String::new(),
            },
        ),
        SamplePage::new(
            "drafts-filled",
            member("/drafts"),
            DraftsView {
                drafts: vec![
                    DraftRow {
                        title: "Quel CCAG choisir ?".to_owned(),
                        category: Some(category("soutien", "Soutien communautaire")),
                        resume: Some("/c/soutien/new?draft=1".to_owned()),
                        ..draft("1", DraftKind::Topic)
                    },
                    DraftRow {
                        topic: Some(TopicLink {
                            title: "Wie teilen wir uns die Wartung?".to_owned(),
                            url: "/t/1/wie-teilen".to_owned(),
                            language: Some("de".to_owned()),
                        }),
                        resume: Some("/t/1/wie-teilen?draft=2#reply".to_owned()),
                        ..draft("2", DraftKind::Reply)
                    },
                    DraftRow {
                        text: Some("Le texte entier".to_owned()),
                        ..draft("3", DraftKind::Change)
                    },
                ],
                kept_days: 90,
                max: 50,
            },
        ),
        SamplePage::new(
            "drafts-empty",
            member("/drafts"),
            DraftsView {
                drafts: Vec::new(),
                kept_days: 90,
                max: 50,
            },
        ),
        SamplePage::new(
            "bookmarks-empty",
            member("/bookmarks"),
            BookmarksView {
                posts: Vec::new(),
                pager: Pager::default(),
            },
        ),
    ]
}

fn own() -> Vec<SamplePage> {
    let applications = ApplicationsView {
        secret: None,
        tokens: vec![TokenRow {
            id: "7".to_owned(),
            label: "veille".to_owned(),
            scopes: vec!["read".to_owned(), "write".to_owned()],
            created_at: at(9, 0),
            used_at: None,
        }],
        label: String::new(),
        scopes: ["read", "write", "follow", "admin", "moderate"]
            .map(|name| ScopeChoice {
                name: name.to_owned(),
                chosen: name == "read",
            })
            .to_vec(),
        errors: Vec::new(),
    };
    vec![
        SamplePage::new(
            "subscriptions-filled",
            member("/settings/subscriptions"),
            SubscriptionsView {
                categories: vec![FollowedCategory {
                    id: "1".to_owned(),
                    category: category("soutien", "Soutien communautaire"),
                    pending: false,
                }],
                people: vec![FollowedPerson {
                    id: "2".to_owned(),
                    person: remote(),
                    pending: true,
                }],
            },
        ),
        SamplePage::new(
            "subscriptions-empty",
            member("/settings/subscriptions"),
            SubscriptionsView {
                categories: Vec::new(),
                people: Vec::new(),
            },
        ),
        SamplePage::new(
            "applications-made",
            member("/settings/applications"),
            ApplicationsView {
                secret: Some("parvis_abc".to_owned()),
                ..applications.clone()
            },
        ),
        SamplePage::new(
            "applications-error",
            failed(member("/settings/applications")),
            ApplicationsView {
                tokens: Vec::new(),
                errors: vec![
                    error("label", "Remplissez ce champ."),
                    error("scopes", "Choisissez une réponse."),
                ],
                ..applications
            },
        ),
        SamplePage::new(
            "close-account",
            member("/settings/data"),
            CloseAccountView {
                handle: "@jeanne.martin@parvis.example".to_owned(),
                federates: true,
                errors: Vec::new(),
            },
        ),
    ]
}

fn other(handle: &str) -> OtherActor {
    OtherActor {
        id: format!("https://ailleurs.example/u/{handle}"),
        handle: format!("@{handle}@ailleurs.example"),
        url: format!("/u/{handle}@ailleurs.example"),
    }
}

fn moves() -> Vec<SamplePage> {
    let person = MoveView {
        category: None,
        here: "/settings/move".to_owned(),
        handle: "@jeanne.martin@parvis.example".to_owned(),
        aliases: vec![other("jeanne")],
        alias: String::new(),
        target: String::new(),
        moved: None,
        next: Some(at(0, 0)),
        pause_days: 30,
        errors: Vec::new(),
    };
    vec![
        SamplePage::new("move-person", member("/settings/move"), person.clone()),
        SamplePage::new(
            "move-person-moved",
            member("/settings/move"),
            MoveView {
                aliases: Vec::new(),
                moved: Some(Moved {
                    to: other("jeanne"),
                    at: Some(at(2, 0)),
                }),
                next: None,
                ..person.clone()
            },
        ),
        SamplePage::new(
            "move-person-error",
            failed(member("/settings/move")),
            MoveView {
                target: "@jeanne@ailleurs.example".to_owned(),
                errors: vec![error("target", "L’autre adresse n’indique pas celle-ci.")],
                ..person.clone()
            },
        ),
        SamplePage::new(
            "move-category",
            signed_in(
                "/admin/categories/soutien/move",
                Section::Admin,
                Role::Admin,
            ),
            MoveView {
                category: Some("Soutien communautaire".to_owned()),
                here: "/admin/categories/soutien/move".to_owned(),
                ..person
            },
        ),
    ]
}

pub(super) fn pages() -> Vec<SamplePage> {
    let mut pages = settings();
    pages.extend(moves());
    pages.extend(notifications());
    pages.extend(own());
    pages
}
