//! Samples of the pages where one reads: home, category, topic, history.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::categories::{
    CategoryFilters, CategoryNodeLink, CategoryView, RemoteState, Sort, TopicStateFilter,
};
use super::super::compose::{ReplyForm, offered_languages};
use super::super::forms::{Choice, FieldError};
use super::super::frame::{Feed, Frame, Role, Section, Tone};
use super::super::home::{CategorySection, FollowingView, HomeView};
use super::super::parts::{
    Affiliation, AffiliationKind, Audience, Author, CategoryLink, CategoryRow, Follow, Html, Kind,
    Licence, Pager, Proof, Tag, TopicLink, TopicRow,
};
use super::super::topics::{
    Change, ChangeKind, NoReply, OfficialAnswer, Post, PostActions, PostLink, PostOrder, PostState,
    Revision, RevisionsView, TopicActions, TopicState, TopicView,
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

fn researcher() -> Author {
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

fn gone() -> Author {
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

fn link(title: &str, language: Option<&str>) -> TopicLink {
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

fn tag(name: &str) -> Tag {
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
        edit: None,
    }
}

pub(super) fn post_link(number: u32, author: &str) -> PostLink {
    PostLink {
        number,
        url: format!("#post-{number}"),
        author: author.to_owned(),
    }
}

fn post(number: u32, author: Author, body: &str) -> Post {
    Post {
        id: format!("1151234567890{number:05}"),
        number,
        host: author.host.clone(),
        original_url: author
            .host
            .as_ref()
            .map(|host| format!("https://{host}/p/{number}")),
        author,
        created_at: at(3, i64::from(number) * 37),
        edited_at: None,
        reply_to: None,
        replies: 0,
        depth: 0,
        language: None,
        body: Html::from_sanitized(body),
        state: PostState::Visible,
        official: None,
        answer: false,
        likes: 0,
        liked: false,
        bookmarked: false,
        licence: None,
        may: PostActions::default(),
    }
}

const OPENING: &str = "<p>Bonjour,</p><p>Nous préparons un marché de soutien pour une dizaine de logiciels libres (messagerie, gestion électronique de documents, supervision). Le CCAG-TIC semble s’imposer, mais plusieurs articles nous gênent :</p><ul><li>la cession des droits sur les développements, alors que nous voulons reverser en amont ;</li><li>les pénalités, difficiles à transposer à une communauté ;</li><li>la garantie, quand le correctif dépend d’un tiers.</li></ul><h3>Ce que nous avons déjà regardé</h3><p>L’option B du <a href=\"https://example.org/ccag\" rel=\"nofollow ugc\">CCAG-TIC 2021</a>, et deux cahiers des charges voisins. Quelqu’un a-t-il une rédaction qui fonctionne ?</p>";
const LONG_CODE: &str = "<p>Voici notre article, sous licence ouverte :</p><blockquote><p>Le titulaire reverse au projet amont toute correction développée au titre du marché, sous la licence du projet.</p></blockquote><pre tabindex=\"0\"><code>[soutien]\nreversement = \"amont\"          # obligatoire sauf refus motivé du projet, consigné au procès-verbal de réception\ndelai_correctif_bloquant = \"2 jours ouvrés\"\n</code></pre><table><thead><tr><th scope=\"col\">Gravité</th><th scope=\"col\">Prise en charge</th><th scope=\"col\">Contournement</th><th scope=\"col\">Correction reversée</th></tr></thead><tbody><tr><td>Bloquante</td><td>4 heures ouvrées</td><td>2 jours</td><td>10 jours</td></tr><tr><td>Majeure</td><td>1 jour</td><td>5 jours</td><td>30 jours</td></tr></tbody></table>";

fn posts(all: bool) -> Vec<Post> {
    let may = if all {
        PostActions {
            reply: true,
            like: true,
            bookmark: true,
            edit: true,
            delete: false,
            remove: true,
            restore: true,
            mark_answer: true,
        }
    } else {
        PostActions::default()
    };
    vec![
        Post {
            may,
            likes: 4,
            reply_to: None,
            replies: 2,
            ..post(
                2,
                vendor(),
                "<p>Nous répondons souvent à ce type de marché. Le plus simple est de <strong>déroger explicitement</strong> à l’article sur la propriété intellectuelle, et de viser la licence du projet amont.</p>",
            )
        },
        Post {
            may,
            answer: true,
            official: Some("Ville de Montreval".to_owned()),
            edited_at: Some(at(2, 15)),
            likes: 23,
            liked: all,
            bookmarked: all,
            reply_to: Some(post_link(2, "Karim Benali")),
            depth: 1,
            ..post(3, agent(), LONG_CODE)
        },
        Post {
            may,
            language: Some("es".to_owned()),
            reply_to: Some(post_link(3, "Jeanne Martin")),
            depth: 2,
            ..post(
                4,
                remote(),
                "<p>En España usamos cláusulas parecidas en los pliegos; puedo compartir los nuestros. ¿Os sirven en castellano?</p>",
            )
        },
        Post {
            may,
            state: PostState::Deleted { at: at(2, 0) },
            body: Html::default(),
            depth: 3,
            ..post(5, gone(), "")
        },
        Post {
            may,
            state: PostState::Removed {
                at: at(1, 0),
                reason: Some(
                    "démarchage commercial, article 4 des conditions d’utilisation".to_owned(),
                ),
                decision: Some("/decisions/abc".to_owned()),
            },
            body: Html::default(),
            ..post(6, vendor(), "")
        },
        Post {
            may,
            language: Some("de".to_owned()),
            ..post(
                7,
                researcher(),
                "<h4>Eine Anmerkung</h4><p>Siehe https://forum.universitaet-musterstadt.example/veroeffentlichungen/2026/rahmenvertraege-fuer-freie-software-in-der-kommunalverwaltung.pdf – dort sind die Klauseln kommentiert.</p>",
            )
        },
        Post {
            may,
            language: Some("ar".to_owned()),
            ..post(
                8,
                remote(),
                "<p>شكراً جزيلاً، هذا مفيد جداً لبلديتنا الصغيرة.</p>",
            )
        },
        Post {
            may,
            ..post(
                9,
                gone(),
                "<p>Message d’un compte supprimé, resté lisible.</p>",
            )
        },
    ]
}

fn reply_form() -> ReplyForm {
    ReplyForm {
        action: "/t/115123456789012345/posts".to_owned(),
        reply_to: None,
        reply_to_post: None,
        content: String::new(),
        language: "fr".to_owned(),
        languages: offered_languages("fr"),
        audience: Audience::Public,
        licence: licence(),
        preview: None,
        errors: Vec::new(),
    }
}

fn topic_view(all: bool) -> TopicView {
    TopicView {
        topic: link(
            "Quel CCAG choisir pour un marché de soutien à plusieurs logiciels libres ?",
            None,
        ),
        id: "115123456789012345".to_owned(),
        category: category("soutien", "Soutien communautaire"),
        kind: Kind::Question,
        tags: vec![tag("marchés publics"), tag("hébergement")],
        state: TopicState {
            pinned: false,
            locked: false,
            solved: true,
        },
        officials: vec![OfficialAnswer {
            organisation: "Ville de Montreval".to_owned(),
            signer: "Jeanne Martin".to_owned(),
            signed_at: at(2, 10),
            post: post_link(3, "Jeanne Martin"),
            superseded_by: None,
            declared_by: None,
        }],
        answer: Some(post_link(3, "Jeanne Martin")),
        order: PostOrder::Flat,
        flat_url: "/t/115123456789012345/un-sujet".to_owned(),
        threads_url: "/t/115123456789012345/un-sujet?view=threads".to_owned(),
        opening: Some(Post {
            likes: 9,
            may: PostActions {
                reply: all,
                like: all,
                bookmark: all,
                edit: all,
                delete: all,
                ..PostActions::default()
            },
            ..post(1, agent(), OPENING)
        }),
        posts: posts(all)
            .into_iter()
            .map(|post| Post { depth: 0, ..post })
            .collect(),
        replies: 8,
        participants: vec![agent(), vendor(), remote(), researcher(), gone()],
        participant_count: 5,
        pager: Pager {
            previous: None,
            next: Some("/t/115123456789012345/un-sujet?page=2".to_owned()),
            page: Some(1),
            pages: Some(2),
        },
        reply: all.then(reply_form),
        no_reply: (!all).then_some(NoReply::SignIn),
        licence: licence(),
        feed: Some("/feeds/t/115123456789012345.atom".to_owned()),
        original_url: None,
        host: None,
        may: TopicActions {
            lock: all,
            pin: all,
        },
        related: topics().into_iter().take(2).collect(),
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
    let topic_path = "/t/115123456789012345/un-sujet";
    let threads = TopicView {
        order: PostOrder::Threads,
        posts: posts(false),
        ..topic_view(false)
    };
    let quiet = TopicView {
        state: TopicState::default(),
        officials: Vec::new(),
        answer: None,
        posts: Vec::new(),
        replies: 0,
        participants: Vec::new(),
        participant_count: 1,
        pager: Pager::default(),
        related: Vec::new(),
        tags: Vec::new(),
        ..topic_view(false)
    };
    let locked = TopicView {
        topic: link(
            "Migrer 1 200 postes vers une suite bureautique libre : ce que nous avons appris en deux ans, service par service, et ce que nous referions autrement si c’était à refaire demain",
            None,
        ),
        kind: Kind::Practice,
        state: TopicState {
            pinned: true,
            locked: true,
            solved: false,
        },
        host: Some("foro.ayuntamiento.example".to_owned()),
        original_url: Some("https://foro.ayuntamiento.example/t/1".to_owned()),
        opening: None,
        no_reply: Some(NoReply::Locked),
        pager: Pager {
            previous: Some(topic_path.to_owned()),
            next: None,
            page: Some(2),
            pages: Some(2),
        },
        answer: None,
        officials: Vec::new(),
        ..topic_view(false)
    };
    let long = TopicView {
        posts: (2..22)
            .map(|number| Post {
                number,
                id: format!("{number}"),
                state: PostState::Visible,
                ..posts(true).swap_remove(usize::from(number % 2 == 0))
            })
            .collect(),
        replies: 1_204,
        pager: Pager {
            previous: None,
            next: Some("?page=2".to_owned()),
            page: Some(1),
            pages: Some(61),
        },
        ..topic_view(true)
    };
    let failed_reply = TopicView {
        reply: Some(ReplyForm {
            reply_to: Some("115123456789000004".to_owned()),
            reply_to_post: Some(post_link(4, "Sofía Álvarez Etxeberria")),
            content: "Merci".to_owned(),
            preview: Some(Html::from_sanitized("<p>Merci</p>")),
            errors: vec![FieldError {
                field: "content".to_owned(),
                message: "Allongez ce texte : 10 signes au moins.".to_owned(),
            }],
            ..reply_form()
        }),
        ..topic_view(true)
    };
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
                new_topic: None,
                topics: Vec::new(),
                ..category_view()
            },
        ),
        SamplePage::new(
            "topic-filled",
            visitor(topic_path, Section::Other),
            topic_view(false),
        ),
        SamplePage::new(
            "topic-member",
            told(
                signed_in(topic_path, Section::Other, Role::Moderator),
                Tone::Ok,
                "Votre réponse est publiée.",
            ),
            topic_view(true),
        ),
        SamplePage::new(
            "topic-threads",
            visitor(topic_path, Section::Other),
            threads,
        ),
        SamplePage::new("topic-empty", visitor(topic_path, Section::Other), quiet),
        SamplePage::new(
            "topic-locked",
            visitor("/t/115123456789012345/un-sujet?page=2", Section::Other),
            locked,
        ),
        SamplePage::new(
            "topic-long",
            signed_in(topic_path, Section::Other, Role::Member),
            long,
        ),
        SamplePage::new(
            "topic-error",
            super::failed(signed_in(topic_path, Section::Other, Role::Member)),
            failed_reply,
        ),
        SamplePage::new(
            "revisions-filled",
            visitor("/p/3/revisions", Section::Other),
            RevisionsView {
                post: PostLink {
                    url: "/p/3".to_owned(),
                    ..post_link(3, "Jeanne Martin")
                },
                topic: link("Quel CCAG choisir pour un marché de soutien ?", None),
                category: category("soutien", "Soutien communautaire"),
                language: Some("fr".to_owned()),
                revisions: vec![
                    Revision {
                        number: 2,
                        author: agent(),
                        at: at(2, 15),
                        reason: Some("lien corrigé".to_owned()),
                        changes: vec![
                            Change {
                                kind: ChangeKind::Kept,
                                text: "Le titulaire reverse au projet amont\n".to_owned(),
                            },
                            Change {
                                kind: ChangeKind::Removed,
                                text: "les corrections.\n".to_owned(),
                            },
                            Change {
                                kind: ChangeKind::Added,
                                text: "toute correction développée au titre du marché.\n"
                                    .to_owned(),
                            },
                        ],
                    },
                    Revision {
                        number: 1,
                        author: agent(),
                        at: at(3, 0),
                        reason: None,
                        changes: vec![Change {
                            kind: ChangeKind::Kept,
                            text: "Le titulaire reverse au projet amont\nles corrections.\n"
                                .to_owned(),
                        }],
                    },
                ],
            },
        ),
        SamplePage::new(
            "revisions-one",
            visitor("/p/3/revisions", Section::Other),
            RevisionsView {
                post: PostLink {
                    url: "/p/3".to_owned(),
                    ..post_link(3, "Jeanne Martin")
                },
                topic: link("Quel CCAG choisir pour un marché de soutien ?", None),
                category: category("soutien", "Soutien communautaire"),
                language: Some("de".to_owned()),
                revisions: vec![Revision {
                    number: 1,
                    author: gone(),
                    at: at(3, 0),
                    reason: None,
                    changes: vec![Change {
                        kind: ChangeKind::Kept,
                        text: "Ein Text.".to_owned(),
                    }],
                }],
            },
        ),
    ]
}
