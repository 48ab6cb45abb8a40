//! Documents shaped as other software shapes them, each read as it should be.

use std::path::{Path, PathBuf};

use parvis_forum::Timestamp;
use parvis_forum::actors::RemoteActor;
use parvis_forum::kinds::ActorKind;
use serde_json::Value;
use url::Url;

use super::*;
use crate::address::AddressPolicy;
use crate::objects::actor;
use crate::objects::post::{self, Incoming, Text};
use crate::wire;

const NOW: Timestamp = Timestamp(1_798_000_000_000);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn load(name: &str) -> Value {
    wire::parse(&std::fs::read(folder().join(name)).unwrap()).unwrap()
}

fn read(value: &Value, wrapper: Option<&Value>) -> Incoming {
    post::read(value, wrapper, &AddressPolicy::default(), NOW).unwrap()
}

fn created(name: &str) -> Incoming {
    let create = load(name);
    read(&create["object"], Some(&create))
}

fn actor_of(name: &str) -> RemoteActor {
    let value = load(name);
    let id = Url::parse(value["id"].as_str().unwrap()).unwrap();
    let handle = actor::plain_handle(&value, &id);
    actor::from_value(&value, handle, None, &AddressPolicy::default(), NOW).unwrap()
}

#[test]
fn every_document_is_honest_json_and_reading_it_never_fails_badly() {
    let mut count = 0;
    for software in std::fs::read_dir(folder()).unwrap() {
        for file in std::fs::read_dir(software.unwrap().path()).unwrap() {
            let value = wire::parse(&std::fs::read(file.unwrap().path()).unwrap()).unwrap();
            let _envelope = wire::envelope(&value);
            let _post = post::read(&value, None, &AddressPolicy::default(), NOW);
            count += 1;
        }
    }
    assert!(count > 25);
}

#[test]
fn a_lemmy_community_is_a_category_with_moderators() {
    let group = actor_of("lemmy/group.json");
    assert_eq!(group.kind, ActorKind::Group);
    assert_eq!(
        (&*group.name, &*group.host),
        ("compost", "forum.potager.example")
    );
    assert_eq!(
        group.moderators.as_deref(),
        Some("https://forum.potager.example/c/compost/moderators")
    );
    assert!(group.posting_restricted && group.featured.is_some());
    assert!(group.public_key_pem.is_some());
    assert_eq!(
        group.shared_inbox.as_deref(),
        Some("https://forum.potager.example/inbox")
    );
}

#[test]
fn a_lemmy_post_is_a_topic_about_a_link() {
    let announce = load("lemmy/announce_create_page.json");
    let inner = nodebb::unwrapped(piefed::announced(&announce)[0]).unwrap();
    assert_eq!(wire::type_of(inner), Some("Create"));
    let page = read(&inner["object"], Some(inner));
    assert_eq!(
        page.name.as_deref(),
        Some("Marc de café : combien par semaine ?")
    );
    assert_eq!(
        page.audience.as_deref(),
        Some("https://forum.potager.example/c/compost")
    );
    assert_eq!(
        (page.language.as_deref(), page.locked),
        (Some("fr"), Some(false))
    );
    assert_eq!(page.attachments[0].url, "https://blog.lombric.example/marc");
    assert_eq!(
        page.source.as_deref(),
        Some("Nous en récupérons **deux seaux**.")
    );
    assert_eq!(page.hashtags, ["compost"]);
    assert!(page.check(false).is_ok() && page.warning.is_none());
    // The page itself, with a stray actor in it, is no activity.
    let announce = load("lemmy/announce_page.json");
    assert!(post::is_post(&announce["object"]) && announce["object"].get("actor").is_some());
}

#[test]
fn a_lemmy_comment_is_a_reply() {
    let note = read(&load("lemmy/comment.json"), None);
    assert_eq!(
        note.in_reply_to.as_deref(),
        Some("https://forum.potager.example/post/4182")
    );
    assert_eq!(
        note.mentions[0].href,
        "https://forum.potager.example/u/odile"
    );
    assert!(note.published.is_some());
}

#[test]
fn a_reason_makes_a_removal_and_stands_where_each_writes_it() {
    assert_eq!(
        lemmy::removal_reason(&load("lemmy/delete_page.json")),
        Some("doublon")
    );
    assert_eq!(lemmy::removal_reason(&load("mastodon/delete.json")), None);
    assert_eq!(
        lemmy::report_reason(&load("lemmy/report_page.json")),
        "publicité déguisée"
    );
    let flag = load("mbin/flag.json");
    assert_eq!(lemmy::report_reason(&flag), "hors sujet, encore");
    assert_eq!(wire::ids(&flag, "object").len(), 2);
    assert_eq!(
        wire::id_at(&load("lemmy/undo_like.json")["object"], "object"),
        Some("https://autre.verger.example/comment/918")
    );
    assert_eq!(
        wire::id_at(&load("mbin/lock.json"), "object"),
        Some("https://magazine.halage.example/m/peniches/t/12/Ecluses")
    );
}

#[test]
fn a_mastodon_post_opens_a_topic_by_mention() {
    let note = created("mastodon/create_note.json");
    assert!(note.public, "unlisted is public for us");
    assert!(
        note.groups
            .contains(&"https://forum.ville.example/c/urbanisme".to_owned())
    );
    assert_eq!(
        (note.language.as_deref(), note.name.as_deref()),
        (Some("fr"), None)
    );
    assert_eq!(note.attachments[0].alt.as_deref(), Some("Un quai vide"));
    assert_eq!(note.emojis, [":banc:"]);
    assert!(note.context.is_none(), "a conversation that is no address");
    assert_eq!(
        note.url.as_deref(),
        Some("https://pouet.rivage.example/@nour/1152")
    );
}

#[test]
fn a_mastodon_reply_may_have_its_text_in_a_map_and_a_warning() {
    let note = read(&load("mastodon/content_map.json"), None);
    assert_eq!(note.language.as_deref(), Some("br"));
    assert_eq!(note.text, Text::Html("<p>Demat d'an holl</p>".to_owned()));
    assert_eq!(note.warning.as_deref(), Some("Chantier bruyant"));
}

#[test]
fn a_vote_in_a_poll_is_no_reply() {
    let vote = load("mastodon/vote.json");
    assert!(mastodon::is_poll_vote(&vote["object"]));
    assert!(created("mastodon/vote.json").check(false).is_err());
    assert!(!mastodon::is_poll_vote(&load("mastodon/content_map.json")));
}

#[test]
fn a_mastodon_account_is_cleaned() {
    let person = actor_of("mastodon/person.json");
    assert_eq!((person.kind, &*person.name), (ActorKind::Person, "nour"));
    assert_eq!(person.display_name, "Nour 🌊");
    assert!(!person.summary_html.as_str().contains("script"));
    assert_eq!(person.url, "https://pouet.rivage.example/@nour");
    assert!(person.manually_approves && person.discoverable && !person.indexable);
    assert!(person.moderators.is_none() && person.featured.is_none());
}

#[test]
fn an_mbin_thread_without_content_has_its_summary() {
    let page = created("mbin/create_entry.json");
    assert_eq!(page.text, Text::Html("Écluses fermées #canal".to_owned()));
    assert_eq!(
        (page.language.as_deref(), page.locked),
        (Some("fr"), Some(true))
    );
    assert!(page.warning.is_none() && page.in_reply_to.is_none());
}

#[test]
fn a_nodebb_article_keeps_its_conversation_and_loses_its_preview() {
    let article = read(&load("nodebb/article.json"), None);
    assert_eq!(
        article.context.as_deref(),
        Some("https://salon.nodal.example/topic/88")
    );
    assert_eq!(article.emojis, [":wave:"]);
    assert!(matches!(&article.text, Text::Html(html) if html.contains("Second")));
    assert!(
        article.warning.is_none(),
        "a summary of an article is an extract"
    );
    let group = actor_of("nodebb/group.json");
    assert!(group.followers.is_none() && group.moderators.is_none());
    assert_eq!(group.name, "claviers-4");
}

#[test]
fn announces_in_announces_are_taken_off_and_batches_apart() {
    let nested = load("nodebb/announce_announce.json");
    let inner = nodebb::unwrapped(piefed::announced(&nested)[0]).unwrap();
    assert_eq!(wire::type_of(inner), Some("Like"));
    assert_eq!(
        wire::id_at(inner, "object"),
        Some("https://salon.nodal.example/post/310")
    );
    let mut deep = nested.clone();
    for _ in 0..4 {
        deep = serde_json::json!({"type": "Announce", "object": deep});
    }
    assert!(nodebb::unwrapped(&deep).is_none());
    assert_eq!(
        piefed::announced(&load("piefed/announce_batch.json")).len(),
        2
    );
    let like = load("nodebb/announce_like.json");
    assert!(wire::is_public(&like) && wire::envelope(&like).is_ok());
}

#[test]
fn a_piefed_page_has_a_picture_and_a_feed_is_no_actor() {
    let page = read(&load("piefed/page_image.json"), None);
    assert_eq!(page.attachments[0].kind, "Image");
    assert_eq!(page.warning.as_deref(), Some("Contenu sensible"));
    assert!(page.updated > page.published);
    assert!(actor::kind_of(&load("piefed/feed.json")).is_none());
}

#[test]
fn a_video_has_a_person_a_group_a_page_and_markdown() {
    let video = read(&load("peertube/video.json"), None);
    assert_eq!(video.author, "https://video.toile.example/accounts/cine");
    assert_eq!(
        video.groups,
        [
            "https://video.toile.example/accounts/cine/followers",
            "https://video.toile.example/video-channels/ponts"
        ]
    );
    assert_eq!(
        video.url.as_deref(),
        Some("https://video.toile.example/videos/watch/aa-11")
    );
    assert!(matches!(&video.text, Text::Markdown(text) if text.contains("**du pont**")));
    let channel = actor_of("peertube/group.json");
    assert_eq!((channel.kind, channel.moderators), (ActorKind::Group, None));
}

#[test]
fn a_gotosocial_key_names_its_owner_and_single_values_are_no_lists() {
    let stub = load("gotosocial/key_stub.json");
    let owner = gotosocial::key_owner(&stub, "https://paresse.example/users/ari/main-key");
    assert_eq!(owner.unwrap().as_str(), "https://paresse.example/users/ari");
    assert!(gotosocial::key_owner(&stub, "https://paresse.example/users/ari#other").is_none());
    let note = created("gotosocial/create_note.json");
    assert!(note.public && note.warning.is_none());
    assert_eq!(note.mentions.len(), 1);
    assert_eq!(note.attachments[0].alt.as_deref(), Some("Une rue"));
}

#[test]
fn a_lotide_post_is_about_the_page_at_its_url() {
    let page = created("lotide/create_page.json");
    assert!(page.public && page.warning.is_none());
    assert_eq!(page.attachments[0].url, "https://revue.example/billets/7");
    assert_eq!(page.groups, ["https://c.maree.example/communities/1"]);
    assert!(page.url.is_none(), "a page elsewhere is not the post's own");
}

#[test]
fn odd_sources_and_audiences_are_passed_over() {
    let note = created("friendica/create_note.json");
    assert!(note.source.is_none(), "not Markdown");
    assert_eq!(
        note.audience.as_deref(),
        Some("https://forum.potager.example/c/compost")
    );
    assert!(note.context.is_some(), "named by the category's own host");
    let note = created("pleroma/create_note.json");
    assert!(note.source.is_none() && note.context.is_none() && note.warning.is_none());
    assert_eq!(note.text, Text::Html("oui".to_owned()));
    assert_eq!(wire::type_of(&load("misskey/like.json")), Some("Like"));
}

#[test]
fn groups_of_discourse_and_wordpress_are_categories() {
    let group = actor_of("discourse/group.json");
    assert_eq!(
        group.shared_inbox.as_deref(),
        Some("https://debat.discourse.example/ap/users/inbox")
    );
    let group = actor_of("wordpress/group.json");
    assert_eq!(group.uri, "https://carnet.presse.example/?author=0");
    assert_eq!(
        (&*group.name, group.posting_restricted),
        ("carnet.presse.example", true)
    );
    assert!(group.moderators.is_some());
}
