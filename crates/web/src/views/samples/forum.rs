//! Samples of the pages where one reads: home, followed topics, category.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::categories::{
    CategoryFilters, CategoryNodeLink, CategoryView, RemoteState, Sort, TopicStateFilter,
};
use super::super::forms::Choice;
use super::super::frame::{Feed, Frame, Role, Section, Tone};
use super::super::home::{CategorySection, FollowingView, HomeView};
use super::super::moving::{Moved, OtherActor};
use super::super::parts::{
    Affiliation, AffiliationKind, Audience, Author, CategoryLink, CategoryRow, Follow, Html, Kind,
    Licence, Pager, Proof, Tag, TopicLink, TopicRow,
};
use super::{SamplePage, signed_in, told, visitor};

pub(super) fn at(days: i64, minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap_or_default() - TimeDelta::days(days)
        + TimeDelta::minutes(minutes)
}

pub(super) fn licence() -> Licence {
    Licence {
        name: "Licence Ouverte 2.0".to_owned(),
        url: "https://www.etalab.gouv.fr/licence-ouverte-open-licence/".to_owned(),
    }
}

fn author(name: &str, user: &str, host: Option<&str>, affiliation: Affiliation) -> Author {
    let home = host.unwrap_or("parvis.example");
    Author {
        name: name.to_owned(),
        handle: format!("@{user}@{home}"),
        url: match host {
            Some(host) => format!("/u/{user}@{host}"),
            None => format!("/u/{user}"),
        },
        host: host.map(ToOwned::to_owned),
        affiliation,
        deleted: false,
    }
}

pub(super) fn agent() -> Author {
    author(
        "Jeanne Martin",
        "jeanne.martin",
        None,
        Affiliation {
            kind: AffiliationKind::Agent,
            organisation: Some("Ville de Montreval".to_owned()),
            organisation_url: Some("/organisations/12".to_owned()),
            proof: Proof::Sso,
            provider: Some("ProConnect".to_owned()),
            verified: true,
            past: false,
        },
    )
}

pub(super) fn vendor() -> Author {
    author(
        "Karim Benali",
        "karim",
        None,
        Affiliation {
            kind: AffiliationKind::Services,
            organisation: Some("Atelier Libre SCOP".to_owned()),
            proof: Proof::Declared,
            ..Affiliation::default()
        },
    )
}

pub(super) fn remote() -> Author {
    author(
        "Sofía Álvarez Etxeberria",
        "sofia",
        Some("foro.ayuntamiento.example"),
        Affiliation::default(),
    )
}

pub(super) fn researcher() -> Author {
    author(
        "Dr. Anneliese Oberschlagmeister-Freudenreich",
        "anneliese.oberschlagmeister",
        Some("forum.universitaet-musterstadt.example"),
        Affiliation {
            kind: AffiliationKind::Research,
            organisation: Some(
                "Institut für Verwaltungsinformatik und digitale Souveränität".to_owned(),
            ),
            proof: Proof::Declared,
            past: true,
            ..Affiliation::default()
        },
    )
}

pub(super) fn gone() -> Author {
    Author {
        deleted: true,
        ..author("", "supprime", None, Affiliation::default())
    }
}

pub(super) fn category(slug: &str, title: &str) -> CategoryLink {
    CategoryLink {
        title: title.to_owned(),
        url: format!("/c/{slug}"),
        handle: slug.to_owned(),
        language: None,
        host: None,
    }
}

fn remote_category() -> CategoryLink {
    CategoryLink {
        title: "Comunes digitales de las administraciones locales".to_owned(),
        url: "/c/comunes@foro.ayuntamiento.example".to_owned(),
        handle: "comunes@foro.ayuntamiento.example".to_owned(),
        language: Some("es".to_owned()),
        host: Some("foro.ayuntamiento.example".to_owned()),
    }
}

pub(super) fn link(title: &str, language: Option<&str>) -> TopicLink {
    TopicLink {
        title: title.to_owned(),
        url: "/t/115123456789012345/un-sujet".to_owned(),
        language: language.map(ToOwned::to_owned),
    }
}

fn row(topic: TopicLink, kind: Kind, author: Author, replies: u32) -> TopicRow {
    TopicRow {
        topic,
        kind,
        category: Some(category("soutien", "Soutien communautaire")),
        host: author.host.clone(),
        author,
        created_at: at(3, 0),
        last_activity_at: at(1, 42),
        replies,
        tags: Vec::new(),
        solved: false,
        pinned: false,
        locked: false,
        official: false,
        removed: false,
    }
}

pub(super) fn tag(name: &str) -> Tag {
    Tag {
        name: name.to_owned(),
        url: format!("/search?tag={name}"),
    }
}

pub(super) fn topics() -> Vec<TopicRow> {
    vec![
        TopicRow {
            pinned: true,
            official: true,
            category: Some(category("choix", "Choix des outils")),
            ..row(
                link(
                    "Le socle interministériel de logiciels libres 2027 est ouvert à relecture",
                    None,
                ),
                Kind::Discussion,
                agent(),
                48,
            )
        },
        TopicRow {
            solved: true,
            tags: vec![tag("marchés publics"), tag("hébergement")],
            ..row(
                link(
                    "Quel CCAG choisir pour un marché de soutien à plusieurs logiciels libres ?",
                    None,
                ),
                Kind::Question,
                vendor(),
                7,
            )
        },
        TopicRow {
            category: Some(remote_category()),
            ..row(
                link(
                    "¿Cómo compartir el mantenimiento de un gestor de expedientes entre municipios?",
                    Some("es"),
                ),
                Kind::Question,
                remote(),
                3,
            )
        },
        TopicRow {
            tags: vec![tag("bureautique")],
            ..row(
                link(
                    "Migrer 1 200 postes vers une suite bureautique libre : ce que nous avons appris en deux ans, service par service, et ce que nous referions autrement",
                    None,
                ),
                Kind::Practice,
                agent(),
                1,
            )
        },
        TopicRow {
            locked: true,
            ..row(
                link("نقل البرمجيات الحرة إلى البلديات الصغيرة", Some("ar")),
                Kind::Discussion,
                researcher(),
                0,
            )
        },
        TopicRow {
            removed: true,
            ..row(link("", None), Kind::Discussion, gone(), 2)
        },
        row(
            link(
                "Anticonstitutionnellementhttps://example.org/une/adresse/tres/longue/qui/ne/se/coupe/pas/facilement.html",
                None,
            ),
            Kind::Discussion,
            gone(),
            12_340,
        ),
    ]
}

pub(super) fn category_row(
    slug: &str,
    title: &str,
    description: &str,
    counts: (u32, u32),
    follow: Follow,
) -> CategoryRow {
    CategoryRow {
        category: category(slug, title),
        description: description.to_owned(),
        topics: counts.0,
        posts: counts.1,
        last_topic: (counts.0 > 0)
            .then(|| link("Quel CCAG choisir pour un marché de soutien ?", None)),
        last_activity_at: (counts.0 > 0).then(|| at(1, 42)),
        follow,
        archived: false,
    }
}

fn sections(follow: Follow) -> Vec<CategorySection> {
    vec![
        CategorySection {
            title: None,
            categories: vec![
                category_row(
                    "developpement",
                    "Développement",
                    "Écrire, relire et publier du code dans l’administration : méthodes, licences, contributions amont.",
                    (128, 1_540),
                    follow,
                ),
                category_row(
                    "integration",
                    "Intégration",
                    "Assembler des briques libres entre elles et avec l’existant.",
                    (42, 390),
                    follow,
                ),
                category_row(
                    "deploiement",
                    "Déploiement",
                    "Mettre en service, exploiter, sauvegarder, mettre à jour.",
                    (67, 812),
                    Follow::Unavailable,
                ),
                category_row(
                    "soutien",
                    "Soutien communautaire",
                    "S’entraider entre utilisateurs d’un même logiciel, et avec les communautés qui le font.",
                    (203, 2_871),
                    follow,
                ),
                category_row(
                    "prestations",
                    "Soutien payant",
                    "Prestations, marchés, groupements de commande.",
                    (31, 244),
                    follow,
                ),
                category_row(
                    "choix",
                    "Choix des outils",
                    "Comparer, évaluer, documenter un choix.",
                    (88, 1_023),
                    follow,
                ),
                category_row(
                    "competences",
                    "Transfert de compétences",
                    "Former, se former, passer la main.",
                    (0, 0),
                    follow,
                ),
            ],
        },
        CategorySection {
            title: Some("Venues d’autres nœuds".to_owned()),
            categories: vec![
                CategoryRow {
                    category: remote_category(),
                    follow: if follow == Follow::Unavailable {
                        follow
                    } else {
                        Follow::Pending
                    },
                    ..category_row(
                        "x",
                        "x",
                        "Un lugar para poner en común herramientas y experiencias.",
                        (19, 77),
                        follow,
                    )
                },
                CategoryRow {
                    archived: true,
                    ..category_row(
                        "consultation-2016",
                        "Consultation de 2016",
                        "La consultation d’origine, conservée.",
                        (54, 611),
                        Follow::Unavailable,
                    )
                },
            ],
        },
    ]
}

fn home(follow: Follow) -> HomeView {
    HomeView {
        purpose: "Le lieu où l’administration, les collectivités et les communautés du logiciel libre s’entraident, à découvert.".to_owned(),
        announcements: vec![link("Appel à thèmes : proposez les catégories de 2027 avant le 15 décembre", None)],
        sections: sections(follow),
        latest: topics(),
    }
}

fn category_view() -> CategoryView {
    CategoryView {
        category: category("soutien", "Soutien communautaire"),
        full_handle: "@soutien@parvis.example".to_owned(),
        description: "S’entraider entre utilisateurs d’un même logiciel, et avec les communautés qui le font.".to_owned(),
        charter: Some(Html::from_sanitized("<p>Une question par sujet. Dites quel logiciel, quelle version, et ce que vous avez déjà essayé.</p>")),
        audience: Audience::Public,
        follow: Follow::Unavailable,
        feed: Some("/feeds/c/soutien.atom".to_owned()),
        new_topic: Some("/c/soutien/new".to_owned()),
        links: vec![
            CategoryNodeLink { category: remote_category(), accepted: true },
            CategoryNodeLink {
                category: CategoryLink { host: Some("parvis.montreval.example".to_owned()), ..category("entraide", "Entraide numérique") },
                accepted: false,
            },
        ],
        moderators: vec![agent(), remote()],
        filters: CategoryFilters {
            tags: vec![Choice { value: "hebergement".to_owned(), label: "hébergement".to_owned() }],
            languages: vec!["fr".to_owned(), "es".to_owned()],
            ..CategoryFilters::default()
        },
        topics: topics().into_iter().map(|row| TopicRow { category: None, ..row }).collect(),
        pager: Pager { previous: None, next: Some("/c/soutien?after=abc".to_owned()), page: None, pages: None },
        remote: None,
        original_url: None,
        archived: false,
        moved: None,
        edit: None,
    }
}

fn with_feeds(mut frame: Frame) -> Frame {
    frame.feeds = vec![Feed {
        title: "Derniers sujets".to_owned(),
        url: "/feeds/latest.atom".to_owned(),
    }];
    frame.activity = Some("https://parvis.example/".to_owned());
    frame.canonical = Some("https://parvis.example/".to_owned());
    frame
}

pub(super) fn pages() -> Vec<SamplePage> {
    vec![
        SamplePage::new(
            "home-filled",
            with_feeds(visitor("/", Section::Home)),
            home(Follow::Unavailable),
        ),
        SamplePage::new(
            "home-member",
            told(
                signed_in("/", Section::Home, Role::Member),
                Tone::Ok,
                "Vous êtes connecté.",
            ),
            home(Follow::No),
        ),
        SamplePage::new(
            "home-empty",
            visitor("/", Section::Home),
            HomeView {
                announcements: Vec::new(),
                sections: Vec::new(),
                latest: Vec::new(),
                ..home(Follow::No)
            },
        ),
        SamplePage::new(
            "home-empty-admin",
            signed_in("/", Section::Home, Role::Admin),
            HomeView {
                announcements: Vec::new(),
                sections: Vec::new(),
                latest: Vec::new(),
                ..home(Follow::No)
            },
        ),
        SamplePage::new(
            "following-filled",
            signed_in("/home", Section::Following, Role::Member),
            FollowingView {
                topics: topics(),
                followed: sections(Follow::Yes)
                    .into_iter()
                    .flat_map(|section| section.categories)
                    .collect(),
                tags: vec![tag("marché-public")],
                suggested: Vec::new(),
                pager: Pager {
                    next: Some("/home?after=abc".to_owned()),
                    ..Pager::default()
                },
            },
        ),
        SamplePage::new(
            "following-empty",
            signed_in("/home", Section::Following, Role::Member),
            FollowingView {
                topics: Vec::new(),
                followed: Vec::new(),
                tags: Vec::new(),
                suggested: sections(Follow::No)
                    .into_iter()
                    .take(1)
                    .flat_map(|section| section.categories)
                    .take(3)
                    .collect(),
                pager: Pager::default(),
            },
        ),
        SamplePage::new(
            "category-filled",
            visitor("/c/soutien", Section::Other),
            category_view(),
        ),
        SamplePage::new(
            "category-admin",
            signed_in("/c/soutien", Section::Other, Role::Admin),
            CategoryView {
                follow: Follow::Yes,
                edit: Some("/admin/categories/soutien/edit".to_owned()),
                audience: Audience::Agents,
                ..category_view()
            },
        ),
        SamplePage::new(
            "category-empty",
            visitor("/c/soutien", Section::Other),
            CategoryView {
                topics: Vec::new(),
                links: Vec::new(),
                moderators: Vec::new(),
                charter: None,
                pager: Pager::default(),
                audience: Audience::Partners {
                    organisations: "Ville de Montreval, Atelier Libre SCOP".to_owned(),
                },
                ..category_view()
            },
        ),
        SamplePage::new(
            "category-filtered",
            visitor("/c/soutien?kind=question&state=solved", Section::Other),
            CategoryView {
                topics: Vec::new(),
                filters: CategoryFilters {
                    sort: Sort::Top,
                    kind: Some(Kind::Question),
                    state: TopicStateFilter::Solved,
                    active: true,
                    ..CategoryFilters::default()
                },
                pager: Pager::default(),
                audience: Audience::PublicHere,
                ..category_view()
            },
        ),
        SamplePage::new(
            "category-remote",
            signed_in(
                "/c/comunes@foro.ayuntamiento.example",
                Section::Other,
                Role::Member,
            ),
            CategoryView {
                category: remote_category(),
                full_handle: "@comunes@foro.ayuntamiento.example".to_owned(),
                description: "Un lugar para poner en común herramientas y experiencias.".to_owned(),
                follow: Follow::Pending,
                remote: Some(RemoteState::Filling {
                    done: 120,
                    total: Some(800),
                }),
                original_url: Some("https://foro.ayuntamiento.example/c/comunes".to_owned()),
                feed: None,
                ..category_view()
            },
        ),
        SamplePage::new(
            "category-archived",
            visitor("/c/consultation-2016", Section::Other),
            CategoryView {
                category: remote_category(),
                remote: Some(RemoteState::Unreachable { since: at(9, 0) }),
                archived: true,
                moved: Some(Moved {
                    to: OtherActor {
                        id: "https://ailleurs.example/c/soutien".to_owned(),
                        handle: "@soutien@ailleurs.example".to_owned(),
                        url: "/c/soutien@ailleurs.example".to_owned(),
                    },
                    at: None,
                }),
                new_topic: None,
                topics: Vec::new(),
                ..category_view()
            },
        ),
    ]
}
