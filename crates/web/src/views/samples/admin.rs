//! Samples of moderation and administration.

use super::super::admin::{
    AdminCategoryRow, AdminView, CategoryFormView, CheckRow, ModerationView, RegistrationRow,
    ReportRow, ReportTarget, Reporter,
};
use super::super::confirms::ReportGround;
use super::super::forms::Choice as FormChoice;
use super::super::frame::{Frame, Role, Section};
use super::super::moderation_acts::{BanFormView, BanRow, BansView};
use super::super::moderation_log::{ActRow, ModerationLogView};
use super::super::nodes::{
    BackfillRow, Choice, ComparisonShown, DeliveriesView, DeliveryRow, LogRow, NodeRow, NodeView,
    NodesView, SetAsideItemView, SetAsideRow, SetAsideView, TroubleShown,
};
use super::super::parts::{AffiliationKind, Html, Kind, Pager};
use super::super::people::{
    ApprovalsView, FarewellView, PeopleView, PersonAdminView, PersonRow, ResetSecondFactorView,
    ToldServer,
};
use super::super::topics::PostLink;
use super::forum::{agent, at, category, link, remote, vendor};
use super::people::error;
use super::{SamplePage, failed, signed_in};

fn frame(path: &str, section: Section) -> Frame {
    signed_in(path, section, Role::Admin)
}

fn registration() -> RegistrationRow {
    RegistrationRow {
        id: "9".to_owned(),
        display_name: "Claire Dubois".to_owned(),
        name: "claire".to_owned(),
        email: "claire.dubois@hopital.example".to_owned(),
        affiliation: AffiliationKind::Agent,
        organisation: Some("Centre hospitalier de Valmont".to_owned()),
        reason: "Nous déployons une messagerie libre dans trois hôpitaux.".to_owned(),
        at: at(1, 0),
    }
}

fn reports() -> Vec<ReportRow> {
    let row = |id: &str, reporter, ground, target| ReportRow {
        id: id.to_owned(),
        number: id.to_owned(),
        at: at(1, 0),
        answered: !matches!(reporter, Reporter::Server { .. }),
        reporter,
        ground,
        reason: "Publicité répétée dans trois sujets.".to_owned(),
        target,
        note: String::new(),
    };
    let post = |removed| ReportTarget::Post {
        post: PostLink {
            number: 6,
            url: "/p/6".to_owned(),
            author: "Karim Benali".to_owned(),
        },
        id: "6".to_owned(),
        topic: link("Quel CCAG choisir pour un marché de soutien ?", None),
        kind: Kind::Question,
        author: vendor(),
        excerpt: Html::from_sanitized("<p>Contactez-nous pour une offre !</p>"),
        removed,
    };
    vec![
        row(
            "118",
            Reporter::Person { author: agent() },
            Some(ReportGround::Spam),
            post(false),
        ),
        row(
            "119",
            Reporter::Visitor {
                name: Some("Claire Morel".to_owned()),
                email: Some("claire@exemple.example".to_owned()),
            },
            Some(ReportGround::Privacy),
            post(true),
        ),
        row(
            "120",
            Reporter::Server {
                host: "foro.ayuntamiento.example".to_owned(),
            },
            None,
            ReportTarget::Person { author: remote() },
        ),
        row(
            "121",
            Reporter::Visitor {
                name: None,
                email: None,
            },
            Some(ReportGround::Illegal),
            ReportTarget::Address {
                url: "https://parvis.example/une/adresse/inconnue".to_owned(),
            },
        ),
    ]
}

fn administration() -> Vec<SamplePage> {
    let form = CategoryFormView {
        category: None,
        action: "/admin/categories/new".to_owned(),
        slug: String::new(),
        title: String::new(),
        description: String::new(),
        parent: String::new(),
        parents: vec![FormChoice {
            value: "soutien".to_owned(),
            label: "Soutien communautaire".to_owned(),
        }],
        restricted: false,
        archived: false,
        readers: "public".to_owned(),
        partners: String::new(),
        was_public: false,
        moderators: Vec::new(),
        person: String::new(),
        errors: Vec::new(),
    };
    vec![
        SamplePage::new(
            "admin-filled",
            frame("/admin", Section::Admin),
            AdminView {
                trial: true,
                checks: vec![
                    CheckRow {
                        done: false,
                        text: "Les mentions légales ne sont pas remplies.".to_owned(),
                        url: Some("/legal".to_owned()),
                    },
                    CheckRow {
                        done: true,
                        text: "Le courriel part.".to_owned(),
                        url: None,
                    },
                ],
                registrations: vec![registration()],
                categories: vec![
                    AdminCategoryRow {
                        category: category("soutien", "Soutien communautaire"),
                        topics: 203,
                        archived: false,
                    },
                    AdminCategoryRow {
                        category: category("consultation-2016", "Consultation de 2016"),
                        topics: 54,
                        archived: true,
                    },
                ],
            },
        ),
        SamplePage::new(
            "admin-empty",
            frame("/admin", Section::Admin),
            AdminView {
                trial: false,
                checks: Vec::new(),
                registrations: Vec::new(),
                categories: Vec::new(),
            },
        ),
        SamplePage::new(
            "admin-category-new",
            frame("/admin/categories/new", Section::Admin),
            form.clone(),
        ),
        SamplePage::new(
            "admin-category-error",
            failed(frame("/admin/categories/new", Section::Admin)),
            CategoryFormView {
                slug: "Été".to_owned(),
                errors: vec![
                    error("title", "Remplissez ce champ."),
                    error("slug", "Utilisez des lettres minuscules sans accent."),
                ],
                ..form.clone()
            },
        ),
        SamplePage::new(
            "admin-category-edit",
            frame("/admin/categories/soutien/edit", Section::Admin),
            CategoryFormView {
                category: Some(category("soutien", "Soutien communautaire")),
                action: "/admin/categories/soutien/edit".to_owned(),
                slug: "soutien".to_owned(),
                title: "Soutien communautaire".to_owned(),
                parents: Vec::new(),
                moderators: vec![agent()],
                ..form
            },
        ),
        SamplePage::new(
            "moderation-filled",
            frame("/moderation", Section::Moderation),
            ModerationView {
                link_requests: 2,
                errors: Vec::new(),
                reports: reports(),
                pager: Pager::default(),
            },
        ),
        SamplePage::new(
            "moderation-error",
            failed(frame("/moderation", Section::Moderation)),
            ModerationView {
                link_requests: 0,
                errors: vec![error("note-118", "Remplissez ce champ.")],
                reports: reports(),
                pager: Pager::default(),
            },
        ),
        SamplePage::new(
            "moderation-empty",
            frame("/moderation", Section::Moderation),
            ModerationView {
                link_requests: 1,
                errors: Vec::new(),
                reports: Vec::new(),
                pager: Pager::default(),
            },
        ),
    ]
}

fn person(name: &str, state: &str) -> PersonRow {
    PersonRow {
        name: name.to_owned(),
        display_name: "Claire Dubois".to_owned(),
        email: format!("{name}@hopital.example"),
        role: Role::Member,
        state: state.to_owned(),
        created_at: at(9, 0),
        seen_at: (state == "active").then(|| at(1, 0)),
        second_factor: state == "active",
    }
}

fn accounts() -> Vec<SamplePage> {
    let list = PeopleView {
        state: String::new(),
        states: ["unconfirmed", "pending", "active", "suspended", "deleted"]
            .map(ToOwned::to_owned)
            .to_vec(),
        people: vec![person("claire", "active"), person("karim", "suspended")],
        pager: Pager::default(),
    };
    let one = |state: &str, oneself, errors| PersonAdminView {
        person: person("claire", state),
        reason: "Nous déployons une messagerie libre.".to_owned(),
        oneself,
        errors,
    };
    let at_person = || frame("/admin/people/claire", Section::Admin);
    vec![
        SamplePage::new(
            "approvals-filled",
            frame("/moderation/accounts", Section::Moderation),
            ApprovalsView {
                registrations: vec![registration()],
                pager: Pager::default(),
            },
        ),
        SamplePage::new(
            "approvals-empty",
            frame("/moderation/accounts", Section::Moderation),
            ApprovalsView {
                registrations: Vec::new(),
                pager: Pager::default(),
            },
        ),
        SamplePage::new(
            "people-filled",
            frame("/admin/people", Section::Admin),
            list.clone(),
        ),
        SamplePage::new(
            "people-empty",
            frame("/admin/people?state=deleted", Section::Admin),
            PeopleView {
                state: "deleted".to_owned(),
                people: Vec::new(),
                ..list
            },
        ),
        SamplePage::new(
            "person-active",
            at_person(),
            one("active", false, Vec::new()),
        ),
        SamplePage::new(
            "person-oneself",
            at_person(),
            one("active", true, Vec::new()),
        ),
        SamplePage::new(
            "person-deleted",
            frame("/admin/people/claire", Section::Admin),
            FarewellView {
                name: "claire".to_owned(),
                at: Some(at(1, 0)),
                servers: vec![
                    ToldServer {
                        host: "forum.example".to_owned(),
                        fate: "delivered".to_owned(),
                        why: None,
                    },
                    ToldServer {
                        host: "loin.example".to_owned(),
                        fate: "waiting".to_owned(),
                        why: Some("timeout".to_owned()),
                    },
                ],
                delivered: 1,
            },
        ),
        SamplePage::new(
            "person-deleted-alone",
            frame("/admin/people/claire", Section::Admin),
            FarewellView {
                name: "claire".to_owned(),
                at: None,
                servers: Vec::new(),
                delivered: 0,
            },
        ),
        SamplePage::new(
            "person-second-factor",
            frame("/admin/people/claire/second-factor", Section::Admin),
            ResetSecondFactorView {
                name: "claire".to_owned(),
                reason: String::new(),
                errors: Vec::new(),
            },
        ),
        SamplePage::new(
            "person-second-factor-error",
            failed(frame("/admin/people/claire/second-factor", Section::Admin)),
            ResetSecondFactorView {
                name: "claire".to_owned(),
                reason: String::new(),
                errors: vec![error("reason", "Remplissez ce champ.")],
            },
        ),
        SamplePage::new(
            "person-suspended",
            at_person(),
            one("suspended", false, Vec::new()),
        ),
        SamplePage::new(
            "person-error",
            failed(at_person()),
            one(
                "active",
                false,
                vec![
                    error("reason", "Remplissez ce champ."),
                    error("sure", "Cochez cette case."),
                ],
            ),
        ),
    ]
}

fn node_row(host: &str, standing: &'static str) -> NodeRow {
    NodeRow {
        host: host.to_owned(),
        url: format!("/admin/federation/{host}"),
        software: Some("parvis 0.1.0".to_owned()),
        standing,
        policy: "open".to_owned(),
        reason: None,
        behind: None,
        last_success_at: Some(at(1, 0)),
        failing_since: None,
        trouble: None,
        comparison: Some(ComparisonShown {
            outcome: "same",
            at: Some(at(1, 0)),
            done: vec!["3 messages retrouvés".to_owned()],
            error: None,
        }),
    }
}

fn trouble_shown() -> TroubleShown {
    TroubleShown {
        what: "Ce serveur n’a pas répondu à temps.".to_owned(),
        cure: "Les envois reprendront seuls.".to_owned(),
        raw: "timed out".to_owned(),
        at: Some(at(1, 0)),
    }
}

fn failing_row() -> NodeRow {
    NodeRow {
        failing_since: Some(at(3, 0)),
        behind: Some("21 activités, 3 jours".to_owned()),
        last_success_at: None,
        trouble: Some(trouble_shown()),
        comparison: Some(ComparisonShown {
            outcome: "failed",
            at: None,
            done: Vec::new(),
            error: Some("refused: timed out".to_owned()),
        }),
        ..node_row("b.example", "unreachable")
    }
}

fn set_aside_row(id: &str, way: &'static str) -> SetAsideRow {
    SetAsideRow {
        id: id.to_owned(),
        url: format!("/admin/federation/set-aside/{id}"),
        way,
        host: "b.example".to_owned(),
        activity: Some("https://parvis.example/a/1".to_owned()),
        trouble: trouble_shown(),
        at: at(2, 0),
    }
}

fn nodes() -> Vec<SamplePage> {
    let choice = |label: &str, current| Choice {
        label: label.to_owned(),
        url: "/admin/federation?state=behind".to_owned(),
        current,
    };
    let view = NodesView {
        enabled: true,
        allow_list: true,
        filters: vec![choice("Tous (5)", true), choice("En retard (1)", false)],
        orders: vec![choice("Nom", true), choice("Retard", false)],
        nodes: vec![
            node_row("a.example", "up_to_date"),
            failing_row(),
            node_row("c.example", "behind"),
            NodeRow {
                policy: "block".to_owned(),
                reason: Some("Envois de masse".to_owned()),
                ..node_row("d.example", "blocked")
            },
            node_row("e.example", "paused"),
        ],
        previous: None,
        next: Some("/admin/federation?page=2".to_owned()),
        host: String::new(),
        policy: "block".to_owned(),
        reason: String::new(),
        media: false,
        private: false,
        errors: Vec::new(),
    };
    let one = NodeView {
        node: failing_row(),
        conflict: false,
        paused_at: None,
        next_try_at: Some(at(0, 0)),
        heard_at: None,
        first_seen_at: at(9, 0),
        followers: 3,
        following: 0,
        ours: vec!["soutien".to_owned(), "voirie".to_owned()],
        theirs: Vec::new(),
        signature: "RFC 9421".to_owned(),
        key: Some("https://b.example/actor#main-key (Ed25519)".to_owned()),
        waits: true,
        backfills: vec![
            BackfillRow {
                id: "7".to_owned(),
                category: category("comunes@b.example", "Comunes"),
                state: "reading",
                done: 312,
                total: Some(900),
                posts: 2_400,
                given_up: 2,
                finished_at: None,
                error: None,
            },
            BackfillRow {
                id: "8".to_owned(),
                category: category("comunes@b.example", "Comunes"),
                state: "waiting",
                done: 0,
                total: None,
                posts: 0,
                given_up: 0,
                finished_at: Some(at(1, 0)),
                error: Some("later: timed out".to_owned()),
            },
        ],
        compares: true,
        log: vec![
            LogRow {
                at: at(1, 0),
                kind: "Create".to_owned(),
                post: Some("/p/6".to_owned()),
                activity: "https://parvis.example/a/1".to_owned(),
                fate: "refused",
                error: Some("answered 422".to_owned()),
            },
            LogRow {
                at: at(2, 0),
                kind: "Accept".to_owned(),
                post: None,
                activity: "https://parvis.example/a/2".to_owned(),
                fate: "delivered",
                error: None,
            },
        ],
        set_aside: vec![set_aside_row("out-1-2", "sent")],
        policy: "open".to_owned(),
        reason: String::new(),
        media: true,
        private: true,
        decided_at: Some(at(2, 0)),
        errors: Vec::new(),
    };
    let mut pages = vec![
        SamplePage::new(
            "nodes-filled",
            frame("/admin/federation", Section::Admin),
            view.clone(),
        ),
        SamplePage::new(
            "nodes-error",
            failed(frame("/admin/federation", Section::Admin)),
            NodesView {
                enabled: false,
                nodes: Vec::new(),
                previous: Some("/admin/federation".to_owned()),
                next: None,
                errors: vec![
                    error("host", "Remplissez ce champ."),
                    error("reason", "Remplissez ce champ."),
                ],
                ..view
            },
        ),
    ];
    let at_node = || frame("/admin/federation/b.example", Section::Admin);
    pages.push(SamplePage::new("node-failing", at_node(), one.clone()));
    pages.push(SamplePage::new(
        "node-error",
        failed(at_node()),
        NodeView {
            errors: vec![error("sure", "Cochez cette case.")],
            ..one.clone()
        },
    ));
    pages.push(SamplePage::new(
        "node-paused",
        at_node(),
        NodeView {
            node: node_row("b.example", "paused"),
            conflict: true,
            paused_at: Some(at(1, 0)),
            next_try_at: None,
            heard_at: Some(at(1, 0)),
            ours: Vec::new(),
            theirs: vec!["soutien".to_owned()],
            key: None,
            waits: false,
            backfills: Vec::new(),
            log: Vec::new(),
            set_aside: Vec::new(),
            ..one
        },
    ));
    pages.extend(set_aside());
    pages
}

fn set_aside() -> Vec<SamplePage> {
    let at_list = || frame("/admin/federation/set-aside", Section::Admin);
    let item = SetAsideItemView {
        item: set_aside_row("out-1-2", "sent"),
        post: Some("/p/6".to_owned()),
        inbox: Some("https://b.example/inbox".to_owned()),
        attempts: None,
        payload: Some("{\n  \"type\": \"Create\"\n}".to_owned()),
        errors: Vec::new(),
    };
    vec![
        SamplePage::new(
            "set-aside-filled",
            at_list(),
            SetAsideView {
                host: Some("b.example".to_owned()),
                items: vec![
                    set_aside_row("out-1-2", "sent"),
                    set_aside_row("in-7", "received"),
                ],
                next: Some("/admin/federation/set-aside?after=x".to_owned()),
            },
        ),
        SamplePage::new(
            "set-aside-empty",
            at_list(),
            SetAsideView {
                host: None,
                items: Vec::new(),
                next: None,
            },
        ),
        SamplePage::new("set-aside-sent", at_list(), item.clone()),
        SamplePage::new(
            "set-aside-received",
            failed(at_list()),
            SetAsideItemView {
                item: set_aside_row("in-7", "received"),
                post: None,
                inbox: None,
                attempts: Some(9),
                payload: None,
                errors: vec![error("sure", "Cochez cette case.")],
            },
        ),
        SamplePage::new(
            "deliveries-filled",
            frame("/p/6/deliveries", Section::Other),
            DeliveriesView {
                post: PostLink {
                    number: 6,
                    url: "/p/6".to_owned(),
                    author: "Karim Benali".to_owned(),
                },
                topic: link("Quel CCAG choisir ?", None),
                category: category("soutien", "Soutien communautaire"),
                delivered: 1,
                servers: vec![
                    DeliveryRow {
                        host: "a.example".to_owned(),
                        fate: "delivered",
                        why: None,
                    },
                    DeliveryRow {
                        host: "b.example".to_owned(),
                        fate: "waiting",
                        why: Some("Ce serveur n’a pas répondu à temps.".to_owned()),
                    },
                ],
            },
        ),
        SamplePage::new(
            "deliveries-none",
            frame("/p/7/deliveries", Section::Other),
            DeliveriesView {
                post: PostLink {
                    number: 7,
                    url: "/p/7".to_owned(),
                    author: "Karim Benali".to_owned(),
                },
                topic: link("Quel CCAG choisir ?", None),
                category: category("soutien", "Soutien communautaire"),
                delivered: 0,
                servers: Vec::new(),
            },
        ),
    ]
}

fn log() -> Vec<SamplePage> {
    let at_log = || frame("/moderation/log", Section::Moderation);
    let act = ActRow {
        action: "Message retiré".to_owned(),
        moderator: Some(agent()),
        author: Some(vendor()),
        topic: Some(link("Offre de soutien", None)),
        post: Some("/p/6".to_owned()),
        reason: "Publicité".to_owned(),
        at: at(1, 0),
    };
    vec![
        SamplePage::new(
            "log-filled",
            at_log(),
            ModerationLogView {
                acts: vec![
                    act.clone(),
                    ActRow {
                        moderator: None,
                        author: None,
                        topic: None,
                        post: None,
                        reason: String::new(),
                        ..act
                    },
                ],
                pager: Pager::default(),
            },
        ),
        SamplePage::new(
            "log-empty",
            at_log(),
            ModerationLogView {
                acts: Vec::new(),
                pager: Pager::default(),
            },
        ),
    ]
}

fn bans() -> Vec<SamplePage> {
    let at_bans = || frame("/moderation/bans", Section::Moderation);
    let ban = BanRow {
        id: "5".to_owned(),
        person: vendor(),
        category: Some(category("soutien", "Soutien communautaire")),
        host: None,
        moderator: Some(agent()),
        reason: "Publicité répétée".to_owned(),
        removes: true,
        at: at(1, 0),
        until: Some(at(2, 0)),
        may_lift: true,
    };
    let form = BanFormView {
        person: String::new(),
        place: String::new(),
        places: vec![FormChoice {
            value: "1".to_owned(),
            label: "Soutien communautaire".to_owned(),
        }],
        reason: String::new(),
        days: String::new(),
        remove: false,
        errors: Vec::new(),
    };
    vec![
        SamplePage::new(
            "bans-filled",
            at_bans(),
            BansView {
                bans: vec![
                    ban.clone(),
                    BanRow {
                        category: None,
                        moderator: None,
                        reason: String::new(),
                        removes: false,
                        until: None,
                        ..ban.clone()
                    },
                    BanRow {
                        category: None,
                        host: Some("lemmy.example".to_owned()),
                        person: remote(),
                        may_lift: false,
                        ..ban
                    },
                ],
                pager: Pager::default(),
            },
        ),
        SamplePage::new(
            "bans-empty",
            at_bans(),
            BansView {
                bans: Vec::new(),
                pager: Pager::default(),
            },
        ),
        SamplePage::new("ban-new", at_bans(), form.clone()),
        SamplePage::new(
            "ban-error",
            failed(at_bans()),
            BanFormView {
                person: "@lea@lemmy.example".to_owned(),
                place: "1".to_owned(),
                days: "0".to_owned(),
                remove: true,
                errors: vec![error("reason", "Remplissez ce champ.")],
                ..form
            },
        ),
    ]
}

pub(super) fn pages() -> Vec<SamplePage> {
    let mut pages = administration();
    pages.extend(accounts());
    pages.extend(nodes());
    pages.extend(log());
    pages.extend(bans());
    pages
}
