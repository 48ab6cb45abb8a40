//! What documents end as that are of neither forums nor microblogs: videos, articles, events, proposals, and odd ones.

use super::*;

/// Videos, articles, events; and what proposals show.
pub(super) const OTHERS: [(&str, Sent, End); 18] = [
    (
        "peertube/group.json",
        Served,
        Actor(ActorKind::Group, "ponts"),
    ),
    (
        "peertube/announce_video.json",
        Posted,
        Text("https://video.toile.example/videos/watch/aa-11", "du pont"),
    ),
    ("peertube/video.json", Served, Topic("Le pont en chantier")),
    (
        "peertube/create_video.json",
        Posted,
        Nothing("it is addressed to no category here"),
    ),
    (
        "wordpress/group.json",
        Served,
        Actor(ActorKind::Group, "carnet.presse.example"),
    ),
    (
        "wordpress/author.json",
        Served,
        Actor(ActorKind::Person, "edith"),
    ),
    (
        "wordpress/account.json",
        Account("edith"),
        Actor(ActorKind::Person, "edith"),
    ),
    ("wordpress/comment.json", Served, Reply(OPENING)),
    (
        "wordpress/announce_create_article.json",
        Posted,
        Topic("Le quai, un an après"),
    ),
    ("mobilizon/event.json", Served, Topic("Bal du port")),
    ("plume/article.json", Served, Topic("Juin sur les quais")),
    ("fep/announce_add_bad_id.json", Posted, Refused(400)),
    (
        "fep/webfinger_person.json",
        Served,
        Actor(ActorKind::Person, "iris"),
    ),
    (
        "fep/multikey_person.json",
        Served,
        Actor(ActorKind::Person, "tom"),
    ),
    (
        "fep/generator_person.json",
        Served,
        Actor(ActorKind::Person, "7"),
    ),
    ("fep/signed_note.json", Served, Reply(OPENING)),
    (
        "fep/article_preview.json",
        Served,
        Topic("Un texte long, avec aperçu"),
    ),
    ("fep/history.json", Served, Nowhere),
];
