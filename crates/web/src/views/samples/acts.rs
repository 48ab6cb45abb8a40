//! Samples of search, profiles, settings, interactions, confirm pages, errors, moderation and administration.

use super::super::admin::{
    AdminCategoryRow, AdminView, CategoryFormView, CheckRow, ModerationView, RegistrationRow,
    ReportRow, ReportTarget, Reporter,
};
use super::super::confirms::{
    DeletePostView, PostExcerpt, RemovePostView, ReportGround, ReportView,
};
use super::super::forms::{Choice, POST_LANGUAGES};
use super::super::frame::{Frame, Role, Section};
use super::super::interaction::{
    AuthorizeOutcome, AuthorizeView, FollowElsewhereView, InteractionTarget,
};
use super::super::parts::{AffiliationKind, Author, Follow, Html, Kind, Pager, TopicRow};
use super::super::profiles::{ProfileLink, ProfileState, ProfileTab, ProfileView};
use super::super::search::{
    FoundPost, RemoteFailure, SearchFilters, SearchKind, SearchResults, SearchView,
};
use super::super::settings::{SessionRow, SettingsAccountView, SettingsProfileView};
use super::super::status::{GoneHow, StatusView};
use super::super::topics::PostLink;
use super::forum::{
    agent, at, category, category_row, gone, link, remote, researcher, topics, vendor,
};
use super::people::error;
use super::{SamplePage, failed, signed_in, visitor};

fn offered() -> Vec<String> {
    POST_LANGUAGES.iter().map(ToString::to_string).collect()
}

fn found_posts() -> Vec<FoundPost> {
    vec![
        FoundPost {
            url: "/p/3".to_owned(),
            number: 3,
            topic: link("Quel CCAG choisir pour un marché de soutien ?", None),
            category: category("soutien", "Soutien communautaire"),
            author: agent(),
            created_at: at(2, 0),
            language: None,
            excerpt: Html::from_sanitized(
                "… le titulaire <mark>reverse</mark> au projet amont toute correction …",
            ),
        },
        FoundPost {
            url: "/p/4".to_owned(),
            number: 4,
            topic: link("¿Cómo compartir el mantenimiento?", Some("es")),
            category: category("soutien", "Soutien communautaire"),
            author: remote(),
            created_at: at(2, 0),
            language: Some("es".to_owned()),
            excerpt: Html::from_sanitized("En España usamos cláusulas parecidas"),
        },
    ]
}

fn search(results: Option<SearchResults>) -> SearchView {
    SearchView {
        query: "marché de soutien".to_owned(),
        filters: SearchFilters {
            categories: vec![Choice {
                value: "soutien".to_owned(),
                label: "Soutien communautaire".to_owned(),
            }],
            languages: offered(),
            ..SearchFilters::default()
        },
        results,
        remote: false,
        remote_failure: None,
        pager: Pager::default(),
    }
}

fn searches() -> Vec<SamplePage> {
    let frame = || {
        let mut frame = visitor("/search?q=march%C3%A9", Section::Search);
        "marché de soutien".clone_into(&mut frame.search);
        frame
    };
    let mut pages = vec![
        SamplePage::new(
            "search-start",
            visitor("/search", Section::Search),
            SearchView {
                query: String::new(),
                ..search(None)
            },
        ),
        SamplePage::new(
            "search-topics",
            frame(),
            SearchView {
                pager: Pager {
                    next: Some("/search?q=a&after=b".to_owned()),
                    ..Pager::default()
                },
                ..search(Some(SearchResults::Topic {
                    count: 1_234,
                    topics: topics(),
                }))
            },
        ),
        SamplePage::new(
            "search-none",
            frame(),
            search(Some(SearchResults::Topic {
                count: 0,
                topics: Vec::new(),
            })),
        ),
        SamplePage::new(
            "search-posts",
            frame(),
            search(Some(SearchResults::Post {
                count: 2,
                posts: found_posts(),
            })),
        ),
        SamplePage::new(
            "search-categories",
            frame(),
            SearchView {
                filters: SearchFilters {
                    kind: SearchKind::Category,
                    ..SearchFilters::default()
                },
                ..search(Some(SearchResults::Category {
                    count: 1,
                    categories: vec![category_row(
                        "soutien",
                        "Soutien",
                        "Aide",
                        (3, 9),
                        Follow::No,
                    )],
                }))
            },
        ),
        SamplePage::new(
            "search-people",
            frame(),
            search(Some(SearchResults::Person {
                count: 3,
                people: vec![agent(), remote(), researcher()],
            })),
        ),
        SamplePage::new(
            "search-remote",
            signed_in("/search?q=@a@b.example", Section::Search, Role::Member),
            SearchView {
                query: "@comunes@foro.ayuntamiento.example".to_owned(),
                remote: true,
                ..search(None)
            },
        ),
        SamplePage::new(
            "search-remote-visitor",
            frame(),
            SearchView {
                remote: true,
                ..search(None)
            },
        ),
    ];
    for failure in [
        RemoteFailure::NotFound,
        RemoteFailure::Refused,
        RemoteFailure::Blocked,
        RemoteFailure::Timeout,
    ] {
        pages.push(SamplePage::new(
            &format!("search-{failure:?}"),
            frame(),
            SearchView {
                remote_failure: Some(failure),
                ..search(None)
            },
        ));
    }
    pages
}

fn profile(person: Author) -> ProfileView {
    ProfileView {
        person,
        state: ProfileState::Active,
        biography: Some(Html::from_sanitized(
            "<p>Je m’occupe de la bureautique libre et des marchés groupés.</p>",
        )),
        language: Some("fr".to_owned()),
        joined_at: Some(at(400, 0)),
        topics: 12,
        replies: 1_480,
        links: vec![ProfileLink {
            label: "montreval.example/numerique".to_owned(),
            url: "https://montreval.example/numerique".to_owned(),
            verified: true,
        }],
        follow: Follow::No,
        own: false,
        original_url: None,
        tab: ProfileTab::Topics,
        topic_rows: topics().into_iter().take(4).collect(),
        posts: Vec::new(),
        pager: Pager::default(),
    }
}

fn profiles() -> Vec<SamplePage> {
    let at = |path: &str| visitor(path, Section::Other);
    vec![
        SamplePage::new("profile-filled", at("/u/jeanne.martin"), {
            ProfileView {
                follow: Follow::Unavailable,
                ..profile(agent())
            }
        }),
        SamplePage::new(
            "profile-own",
            signed_in("/u/jeanne.martin", Section::Other, Role::Member),
            ProfileView {
                own: true,
                tab: ProfileTab::Posts,
                posts: found_posts(),
                ..profile(agent())
            },
        ),
        SamplePage::new(
            "profile-remote",
            signed_in(
                "/u/sofia@foro.ayuntamiento.example",
                Section::Other,
                Role::Member,
            ),
            ProfileView {
                original_url: Some("https://foro.ayuntamiento.example/u/sofia".to_owned()),
                topic_rows: Vec::new(),
                joined_at: None,
                links: Vec::new(),
                tab: ProfileTab::Practices,
                ..profile(remote())
            },
        ),
        SamplePage::new(
            "profile-long",
            at("/u/anneliese"),
            ProfileView {
                biography: None,
                ..profile(researcher())
            },
        ),
        SamplePage::new(
            "profile-suspended",
            at("/u/karim"),
            ProfileView {
                state: ProfileState::Suspended,
                ..profile(vendor())
            },
        ),
        SamplePage::new(
            "profile-deleted",
            at("/u/personne"),
            ProfileView {
                state: ProfileState::Deleted,
                ..profile(gone())
            },
        ),
    ]
}

fn category_target() -> InteractionTarget {
    InteractionTarget::Category {
        category: category("soutien", "Soutien communautaire"),
    }
}

fn topic_target() -> InteractionTarget {
    InteractionTarget::Topic {
        topic: link("¿Cómo compartir el mantenimiento?", Some("es")),
        author: remote(),
        category: category("soutien", "Soutien communautaire"),
    }
}

fn interactions() -> Vec<SamplePage> {
    let follow = || {
        let mut frame = visitor("/follow?target=@soutien@parvis.example", Section::Other);
        "abc".clone_into(&mut frame.csrf);
        frame
    };
    let view = FollowElsewhereView {
        target: category_target(),
        target_value: "@soutien@parvis.example".to_owned(),
        address: "@soutien@parvis.example".to_owned(),
        account: String::new(),
        remember: false,
        feed: Some("/feeds/c/soutien.atom".to_owned()),
        errors: Vec::new(),
    };
    let member = || signed_in("/authorize_interaction?uri=x", Section::Other, Role::Member);
    vec![
        SamplePage::new("follow-category", follow(), view.clone()),
        SamplePage::new(
            "follow-person",
            follow(),
            FollowElsewhereView {
                target: InteractionTarget::Person { person: agent() },
                feed: None,
                ..view.clone()
            },
        ),
        SamplePage::new(
            "follow-error",
            failed(follow()),
            FollowElsewhereView {
                target: topic_target(),
                account: "moi@nulle-part".to_owned(),
                remember: true,
                errors: vec![error(
                    "account",
                    "Ce serveur est introuvable : vérifiez son nom.",
                )],
                ..view
            },
        ),
        SamplePage::new(
            "authorize-category",
            member(),
            AuthorizeView {
                uri: "https://foro.ayuntamiento.example/c/comunes".to_owned(),
                outcome: AuthorizeOutcome::Found {
                    target: category_target(),
                    host: "foro.ayuntamiento.example".to_owned(),
                },
            },
        ),
        SamplePage::new(
            "authorize-topic",
            member(),
            AuthorizeView {
                uri: "https://foro.ayuntamiento.example/t/1".to_owned(),
                outcome: AuthorizeOutcome::Found {
                    target: topic_target(),
                    host: "foro.ayuntamiento.example".to_owned(),
                },
            },
        ),
        SamplePage::new(
            "authorize-error",
            member(),
            AuthorizeView {
                uri: "https://foro.ayuntamiento.example/t/2".to_owned(),
                outcome: AuthorizeOutcome::Failed {
                    failure: RemoteFailure::Timeout,
                },
            },
        ),
    ]
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
        language: "fr".to_owned(),
        languages: offered(),
        errors: Vec::new(),
    };
    let account = SettingsAccountView {
        email: "jeanne.martin@montreval.example".to_owned(),
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

fn excerpt() -> PostExcerpt {
    PostExcerpt {
        id: "3".to_owned(),
        link: PostLink {
            number: 3,
            url: "/p/3".to_owned(),
            author: "Karim Benali".to_owned(),
        },
        topic: link("Quel CCAG choisir pour un marché de soutien ?", None),
        author: vendor(),
        language: None,
        body: Html::from_sanitized("<p>Nous répondons souvent à ce type de marché.</p>"),
    }
}

fn report() -> ReportView {
    ReportView {
        target: "/p/3".to_owned(),
        post: Some(excerpt()),
        host: None,
        ground: None,
        reason: String::new(),
        name: String::new(),
        email: String::new(),
        receipt: None,
        errors: Vec::new(),
    }
}

fn confirms() -> Vec<SamplePage> {
    let moderator = |path: &str| signed_in(path, Section::Other, Role::Moderator);
    let mut anyone = visitor("/report?target=/p/3", Section::Other);
    "abc".clone_into(&mut anyone.csrf);
    vec![
        SamplePage::new(
            "delete-filled",
            moderator("/p/3/delete"),
            DeletePostView {
                post: excerpt(),
                opens_topic: true,
            },
        ),
        SamplePage::new(
            "remove-filled",
            moderator("/p/3/remove"),
            RemovePostView {
                post: excerpt(),
                reason: String::new(),
                errors: Vec::new(),
            },
        ),
        SamplePage::new(
            "remove-error",
            failed(moderator("/p/3/remove")),
            RemovePostView {
                post: excerpt(),
                reason: String::new(),
                errors: vec![error("reason", "Remplissez ce champ.")],
            },
        ),
        SamplePage::new("report-visitor", anyone.clone(), report()),
        SamplePage::new(
            "report-error",
            failed(anyone.clone()),
            ReportView {
                post: None,
                target: String::new(),
                host: Some("foro.ayuntamiento.example".to_owned()),
                ground: Some(ReportGround::Spam),
                errors: vec![
                    error("target", "Remplissez ce champ."),
                    error("reason", "Remplissez ce champ."),
                    error("good_faith", "Cochez cette case pour continuer."),
                ],
                ..report()
            },
        ),
        SamplePage::new("report-member", moderator("/report?target=/p/3"), report()),
        SamplePage::new(
            "report-receipt",
            anyone.clone(),
            ReportView {
                receipt: Some("2026-118".to_owned()),
                email: "claire@exemple.example".to_owned(),
                ..report()
            },
        ),
        SamplePage::new(
            "report-receipt-member",
            moderator("/report"),
            ReportView {
                receipt: Some("2026-119".to_owned()),
                ..report()
            },
        ),
    ]
}

fn statuses() -> Vec<SamplePage> {
    let frame = || {
        let mut frame = visitor("/quelque/part", Section::Other);
        frame.noindex = true;
        frame
    };
    let latest: Vec<TopicRow> = topics().into_iter().take(3).collect();
    let incident = "7f3a-91c0".to_owned();
    let mut pages = Vec::new();
    for (name, view) in [
        ("400", StatusView::BadRequest),
        (
            "401",
            StatusView::Unauthorized {
                back: "/home".to_owned(),
            },
        ),
        ("403", StatusView::Forbidden { rule: None }),
        (
            "403-rule",
            StatusView::Forbidden {
                rule: Some("Cette catégorie est réservée aux agents publics vérifiés.".to_owned()),
            },
        ),
        (
            "404",
            StatusView::NotFound {
                query: "quelque part".to_owned(),
                latest,
            },
        ),
        (
            "410",
            StatusView::Gone {
                how: GoneHow::Removed,
                at: Some(at(1, 0)),
                decision: Some("/decisions/abc".to_owned()),
            },
        ),
        (
            "410-deleted",
            StatusView::Gone {
                how: GoneHow::Deleted,
                at: None,
                decision: None,
            },
        ),
        (
            "410-account",
            StatusView::Gone {
                how: GoneHow::Account,
                at: None,
                decision: None,
            },
        ),
        ("413", StatusView::TooLarge { limit_mb: 10 }),
        (
            "419",
            StatusView::Expired {
                text: "Une longue réponse.".to_owned(),
                back: "/t/1".to_owned(),
            },
        ),
        ("429", StatusView::TooMany { minutes: 5 }),
        (
            "500",
            StatusView::Internal {
                incident: incident.clone(),
            },
        ),
        (
            "503",
            StatusView::Unavailable {
                incident: Some(incident),
            },
        ),
    ] {
        pages.push(SamplePage::new(&format!("status-{name}"), frame(), view));
    }
    let mut quiet = frame();
    quiet.site.read_only = true;
    pages.push(SamplePage::new(
        "status-read-only",
        quiet,
        StatusView::ReadOnly,
    ));
    pages
}

fn reports() -> Vec<ReportRow> {
    let row = |id: &str, reporter, ground, target| ReportRow {
        id: id.to_owned(),
        at: at(1, 0),
        reporter,
        ground,
        reason: "Publicité répétée dans trois sujets.".to_owned(),
        target,
        closed_at: None,
        closed_by: None,
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
            Reporter::Visitor { email: None },
            Some(ReportGround::Illegal),
            ReportTarget::Address {
                url: "https://parvis.example/une/adresse/inconnue".to_owned(),
            },
        ),
    ]
}

fn administration() -> Vec<SamplePage> {
    let frame = |path: &str, section| -> Frame { signed_in(path, section, Role::Admin) };
    let form = CategoryFormView {
        category: None,
        action: "/admin/categories/new".to_owned(),
        slug: String::new(),
        title: String::new(),
        description: String::new(),
        parent: String::new(),
        parents: vec![Choice {
            value: "soutien".to_owned(),
            label: "Soutien communautaire".to_owned(),
        }],
        language: "fr".to_owned(),
        languages: offered(),
        archived: false,
        errors: Vec::new(),
    };
    let closed: Vec<ReportRow> = reports()
        .into_iter()
        .take(2)
        .map(|row| ReportRow {
            closed_at: Some(at(0, 0)),
            closed_by: Some("Jeanne Martin".to_owned()),
            ..row
        })
        .collect();
    vec![
        SamplePage::new(
            "admin-filled",
            frame("/admin", Section::Admin),
            AdminView {
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
                registrations: vec![RegistrationRow {
                    id: "9".to_owned(),
                    display_name: "Claire Dubois".to_owned(),
                    name: "claire".to_owned(),
                    email: "claire.dubois@hopital.example".to_owned(),
                    affiliation: AffiliationKind::Agent,
                    organisation: Some("Centre hospitalier de Valmont".to_owned()),
                    reason: "Nous déployons une messagerie libre dans trois hôpitaux.".to_owned(),
                    at: at(1, 0),
                }],
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
                ..form
            },
        ),
        SamplePage::new(
            "moderation-filled",
            frame("/moderation", Section::Moderation),
            ModerationView {
                closed: false,
                reports: reports(),
                pager: Pager::default(),
            },
        ),
        SamplePage::new(
            "moderation-closed",
            frame("/moderation?state=closed", Section::Moderation),
            ModerationView {
                closed: true,
                reports: closed,
                pager: Pager::default(),
            },
        ),
        SamplePage::new(
            "moderation-empty",
            frame("/moderation", Section::Moderation),
            ModerationView {
                closed: false,
                reports: Vec::new(),
                pager: Pager::default(),
            },
        ),
    ]
}

pub(super) fn pages() -> Vec<SamplePage> {
    let mut pages = searches();
    pages.extend(profiles());
    pages.extend(interactions());
    pages.extend(settings());
    pages.extend(confirms());
    pages.extend(statuses());
    pages.extend(administration());
    pages
}
