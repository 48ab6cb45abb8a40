//! Samples of search, profiles, interactions, confirm pages and errors.

use super::super::confirms::{
    DeletePostView, PostExcerpt, RemovePostView, ReportGround, ReportView,
};
use super::super::forms::{Choice, Field, POST_LANGUAGES, Resend};
use super::super::frame::{Role, Section};
use super::super::interaction::{
    AuthorizeOutcome, AuthorizeView, FollowElsewhereView, InteractionTarget,
};
use super::super::moderation_acts::{MergeTopicView, MoveTopicView, SplitTopicView};
use super::super::moving::{Moved, OtherActor};
use super::super::parts::{Author, Follow, Html, Pager, TopicRow};
use super::super::profiles::{ProfileLink, ProfileState, ProfileTab, ProfileView};
use super::super::search::{
    FollowTag, FoundPost, RemoteFailure, SearchFilters, SearchKind, SearchResults, SearchView,
};
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

pub(super) fn found_posts() -> Vec<FoundPost> {
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
        follow_tag: None,
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
                follow_tag: Some(FollowTag {
                    tag: "<b>marché".to_owned(),
                    action: "/tags/march%C3%A9/follow".to_owned(),
                    followed: false,
                }),
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
        moved: None,
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
                moved: Some(Moved {
                    to: OtherActor {
                        id: "https://ailleurs.example/u/katrin".to_owned(),
                        handle: "@katrin@ailleurs.example".to_owned(),
                        url: "/u/katrin@ailleurs.example".to_owned(),
                    },
                    at: None,
                }),
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
                    target: Box::new(category_target()),
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
                    target: Box::new(topic_target()),
                    host: "foro.ayuntamiento.example".to_owned(),
                },
            },
        ),
        SamplePage::new(
            "authorize-unknown",
            member(),
            AuthorizeView {
                uri: "https://foro.ayuntamiento.example/t/3".to_owned(),
                outcome: AuthorizeOutcome::Unknown {
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
        SamplePage::new(
            "move-filled",
            moderator("/t/1/move"),
            MoveTopicView {
                id: "1".to_owned(),
                topic: link("Quel CCAG choisir ?", None),
                category: String::new(),
                categories: vec![Choice {
                    value: "2".to_owned(),
                    label: "Soutien communautaire".to_owned(),
                }],
                reason: String::new(),
                errors: vec![error("category", "Faites un choix.")],
            },
        ),
        SamplePage::new(
            "merge-filled",
            moderator("/t/1/merge"),
            MergeTopicView {
                id: "1".to_owned(),
                topic: link("Quel CCAG choisir ?", None),
                target: "https://forum.example/t/2".to_owned(),
                reason: "Doublon".to_owned(),
                errors: Vec::new(),
            },
        ),
        SamplePage::new(
            "split-filled",
            moderator("/p/3/split"),
            SplitTopicView {
                post: excerpt(),
                title: String::new(),
                along: "answers".to_owned(),
                reason: String::new(),
                errors: Vec::new(),
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

fn resend() -> Resend {
    let field = |name: &str, value: &str| Field {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    Resend {
        action: "/t/1/posts".to_owned(),
        hidden: vec![field("reply_to", "2"), field("action", "publish")],
        text: Some(field("content", "Une longue réponse.")),
    }
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
                latest: latest.clone(),
            },
        ),
        (
            "410",
            StatusView::Gone {
                how: GoneHow::Removed,
                at: Some(at(1, 0)),
                decision: Some("/decisions/abc".to_owned()),
                query: "quelque part".to_owned(),
                latest: latest.clone(),
            },
        ),
        (
            "410-deleted",
            StatusView::Gone {
                how: GoneHow::Deleted,
                at: None,
                decision: None,
                query: String::new(),
                latest: Vec::new(),
            },
        ),
        (
            "410-account",
            StatusView::Gone {
                how: GoneHow::Account,
                at: None,
                decision: None,
                query: String::new(),
                latest: Vec::new(),
            },
        ),
        ("413", StatusView::TooLarge { limit_mb: 10 }),
        (
            "419",
            StatusView::Expired {
                resend: None,
                text: "Une longue réponse.".to_owned(),
                back: "/t/1".to_owned(),
            },
        ),
        (
            "419-resend",
            StatusView::Expired {
                resend: Some(resend()),
                text: String::new(),
                back: "/t/1".to_owned(),
            },
        ),
        ("signed-in-again", StatusView::SignedIn { resend: resend() }),
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

pub(super) fn pages() -> Vec<SamplePage> {
    let mut pages = searches();
    pages.extend(profiles());
    pages.extend(interactions());
    pages.extend(confirms());
    pages.extend(statuses());
    pages
}
