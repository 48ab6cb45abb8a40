//! Samples of a topic and of the history of a post.

use super::super::compose::{ReplyForm, offered_languages};
use super::super::forms::FieldError;
use super::super::frame::{Role, Section, Tone};
use super::super::media::{Attached, AttachedAs, FileRow, FilesView};
use super::super::parts::{Audience, Author, Html, Kind, Pager};
use super::super::polls::{PollChoice, PollShown, ReactionShown};
use super::super::quotes::{QuoteShown, QuotedPost, QuotesRow, QuotesView};
use super::super::topics::{
    Change, ChangeKind, NoReply, OfficialAnswer, Post, PostActions, PostLink, PostOrder, PostState,
    Refusal, Revision, RevisionsView, TopicActions, TopicFollow, TopicState, TopicView,
};
use super::forum::{
    agent, at, category, gone, licence, link, remote, researcher, tag, topics, vendor,
};
use super::{SamplePage, signed_in, told, visitor};

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
        attachments: Vec::new(),
        official: None,
        answer: false,
        warning: None,
        poll: None,
        quote: None,
        reactions: Vec::new(),
        likes: 0,
        liked: false,
        bookmarked: false,
        deliveries: None,
        refused: None,
        licence: None,
        may: PostActions::default(),
    }
}

fn quoted_post() -> PostLink {
    PostLink {
        url: "/p/3".to_owned(),
        ..post_link(3, "Jeanne Martin")
    }
}

/// A quote that may be shown, or one whose author was asked.
fn quote(allowed: bool) -> QuoteShown {
    QuoteShown {
        url: "https://foro.ayuntamiento.example/p/\"x".to_owned(),
        waiting: !allowed,
        quoted: allowed.then(|| QuotedPost {
            author: "Sofía <b>Álvarez".to_owned(),
            handle: "@sofia@foro.ayuntamiento.example".to_owned(),
            title: "¿Cómo se <i>reparte</i>?".to_owned(),
            language: Some("es".to_owned()),
            at: at(4, 0),
            body: Some(Html::from_sanitized("<p>Así.</p>")),
            warning: None,
        }),
    }
}

/// A poll, as one who may vote sees it, or who did.
fn poll(may_vote: bool) -> PollShown {
    let choice = |value, title: &str, votes, percent| PollChoice {
        value,
        title: title.to_owned(),
        votes,
        percent,
        mine: value == 0 && !may_vote,
    };
    PollShown {
        choices: vec![
            choice(0, "Sí, en castellano", 3, 75),
            choice(1, "No <b>hace falta</b>", 1, 25),
        ],
        multiple: may_vote,
        voters: Some(4),
        ends_at: may_vote.then(|| at(1, 0)),
        closed: !may_vote,
        voted: !may_vote,
        may_vote,
    }
}

const OPENING: &str = "<p>Bonjour,</p><p>Nous préparons un marché de soutien pour une dizaine de logiciels libres (messagerie, gestion électronique de documents, supervision). Le CCAG-TIC semble s’imposer, mais plusieurs articles nous gênent :</p><ul><li>la cession des droits sur les développements, alors que nous voulons reverser en amont ;</li><li>les pénalités, difficiles à transposer à une communauté ;</li><li>la garantie, quand le correctif dépend d’un tiers.</li></ul><h3>Ce que nous avons déjà regardé</h3><p>L’option B du <a href=\"https://example.org/ccag\" rel=\"nofollow ugc\">CCAG-TIC 2021</a>, et deux cahiers des charges voisins. Quelqu’un a-t-il une rédaction qui fonctionne ?</p>";
const LONG_CODE: &str = "<p>Voici notre article, sous licence ouverte :</p><blockquote><p>Le titulaire reverse au projet amont toute correction développée au titre du marché, sous la licence du projet.</p></blockquote><pre tabindex=\"0\"><code>[soutien]\nreversement = \"amont\"          # obligatoire sauf refus motivé du projet, consigné au procès-verbal de réception\ndelai_correctif_bloquant = \"2 jours ouvrés\"\n</code></pre><div class=\"table-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Tableau 1\"><table><thead><tr><th scope=\"col\">Gravité</th><th scope=\"col\">Prise en charge</th><th scope=\"col\">Contournement</th><th scope=\"col\">Correction reversée</th></tr></thead><tbody><tr><td>Bloquante</td><td>4 heures ouvrées</td><td>2 jours</td><td>10 jours</td></tr><tr><td>Majeure</td><td>1 jour</td><td>5 jours</td><td>30 jours</td></tr></tbody></table></div>";

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
            mark_official: true,
            quotes: true,
        }
    } else {
        PostActions::default()
    };
    vec![
        Post {
            may,
            quote: Some(quote(true)),
            likes: 4,
            deliveries: Some((1, 3)),
            refused: Some(Refusal {
                host: "foro.ayuntamiento.example".to_owned(),
                reason: Some("Este tema está cerrado".to_owned()),
            }),
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
            warning: Some("<b>Violencia</b>".to_owned()),
            quote: Some(quote(false)),
            poll: Some(poll(all)),
            reactions: vec![
                ReactionShown {
                    emoji: "👍".to_owned(),
                    count: 1_200,
                },
                ReactionShown {
                    emoji: ":blobcat:".to_owned(),
                    count: 1,
                },
            ],
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

/// The files of a form, one of each kind.
pub(super) fn files() -> FilesView {
    FilesView {
        files: vec![
            FileRow {
                id: "115123456789000021".to_owned(),
                name: "plan.png".to_owned(),
                url: "/media/plan.png".to_owned(),
                image: true,
                format: "PNG".to_owned(),
                kilobytes: 84,
                width: Some(1200),
                height: Some(800),
                alt: String::new(),
                decorative: false,
            },
            FileRow {
                id: "115123456789000022".to_owned(),
                name: "cahier des charges.odt".to_owned(),
                url: "/media/cahier.odt".to_owned(),
                image: false,
                format: "ODT".to_owned(),
                kilobytes: 2_340,
                width: None,
                height: None,
                alt: "Version du 3 mars".to_owned(),
                decorative: false,
            },
        ],
        max: 8,
        shown: attachments(),
        ..FilesView::default()
    }
}

/// One attachment of each kind.
fn attachments() -> Vec<Attached> {
    let one = |shown, name: Option<&str>, alt: Option<&str>, host: Option<&str>| Attached {
        shown,
        url: host.map_or("/media/plan.png".to_owned(), |host| {
            format!("https://{host}/media/1")
        }),
        alt: alt.map(ToOwned::to_owned),
        name: name.map(ToOwned::to_owned),
        format: name.map(|_| "PDF".to_owned()),
        kilobytes: name.map(|_| 1_250),
        width: Some(640),
        height: Some(480),
        host: host.map(ToOwned::to_owned),
    };
    vec![
        one(
            AttachedAs::Picture,
            Some("plan.png"),
            Some("Plan du quai, au nord"),
            None,
        ),
        one(AttachedAs::Picture, Some("ligne.png"), None, None),
        one(
            AttachedAs::Document,
            Some("rapport.pdf"),
            Some("Rapport de 2025"),
            None,
        ),
        one(
            AttachedAs::Image,
            None,
            Some("Un quai vide"),
            Some("ville.example"),
        ),
        one(AttachedAs::Image, None, None, Some("ville.example")),
        one(AttachedAs::Video, None, None, Some("ville.example")),
        one(AttachedAs::Link, None, None, Some("ville.example")),
    ]
}

fn reply_form() -> ReplyForm {
    ReplyForm {
        action: "/t/115123456789012345/posts".to_owned(),
        draft: None,
        reply_to: None,
        reply_to_post: None,
        content: String::new(),
        language: "fr".to_owned(),
        languages: offered_languages("fr"),
        warning: String::new(),
        quoted: String::new(),
        files: files(),
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
        pending: None,
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
            attachments: attachments(),
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
            arrange: true,
            lock: all,
            pin: all,
        },
        follow: all.then_some(TopicFollow::All),
        related: topics().into_iter().take(2).collect(),
    }
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
        pending: Some("foro.ayuntamiento.example".to_owned()),
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
            draft: Some("115123456789000078".to_owned()),
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
            "quotes-filled",
            signed_in("/p/3/quotes", Section::Other, Role::Member),
            QuotesView {
                post: quoted_post(),
                topic: link("Quel CCAG choisir ?", None),
                quotes: vec![QuotesRow {
                    by: "@sofia@foro.ayuntamiento.example".to_owned(),
                    url: "https://foro.ayuntamiento.example/p/9".to_owned(),
                    since: at(1, 0),
                    revoke: "/p/3/quotes/9/revoke".to_owned(),
                }],
            },
        ),
        SamplePage::new(
            "quotes-none",
            signed_in("/p/3/quotes", Section::Other, Role::Member),
            QuotesView {
                post: quoted_post(),
                topic: link("Quel CCAG choisir ?", None),
                quotes: Vec::new(),
            },
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
