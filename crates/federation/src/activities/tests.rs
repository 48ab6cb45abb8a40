//! What activities do, and what they don't: each sent as its author's server would send it.

use parvis_forum::categories::Category;
use parvis_forum::kinds::{FollowState, QueueState, VoteKind};
use parvis_forum::{Follow, Post, follows, votes};
use serde_json::json;

use super::*;
use crate::lookup;
use crate::loopback::{ACTIVITY_JSON, Node, Peer, Remote, activity, merge};
use crate::wire::PUBLIC;

mod bans;
mod groups;
mod moves;
mod polls;
mod proofs;
mod quotes;
mod refusals;
mod reports;
mod synchronisation;
mod topic_moves;
mod vocabulary;

/// A node with a category, a good server with bob, an evil one with mallory, and a category elsewhere that is followed.
struct Stage {
    node: Node,
    good: Peer,
    evil: Peer,
    groups: Peer,
    category: Category,
    bob: Remote,
    mallory: Remote,
    velo: Remote,
}

impl Stage {
    async fn set() -> Self {
        let (node, good, evil, groups) = (
            Node::start().await,
            Peer::start(),
            Peer::start(),
            Peer::start(),
        );
        let category = node.category("urbanisme").await;
        let velo = groups.actor("Group", "velo");
        let stage = Self {
            bob: good.person("bob"),
            mallory: evil.person("mallory"),
            node,
            good,
            evil,
            groups,
            category,
            velo,
        };
        stage.follow_velo().await;
        stage
    }

    async fn follow_velo(&self) {
        let velo = self.meet(&self.velo.uri).await;
        let tx = self.node.forum().begin().await.unwrap();
        let follow = follows::link(&tx, &Viewer::System, &self.category.actor, &velo)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let follow = json!({"id": follow.uri, "type": "Follow", "actor": self.category.actor.uri, "object": velo.uri});
        self.node
            .take(&self.velo, &activity(&self.velo, "Accept", 900, &follow))
            .await;
    }

    async fn meet(&self, uri: &str) -> Actor {
        Reader::new(&self.node.federation, 10)
            .actor(uri)
            .await
            .unwrap()
    }

    async fn post(&self, uri: &str) -> Option<Post> {
        posts::by_uri(self.node.db(), uri).await.unwrap()
    }

    async fn title(&self, uri: &str) -> String {
        let post = self.post(uri).await.unwrap();
        topics::by_id(self.node.db(), post.topic_id)
            .await
            .unwrap()
            .title
    }

    /// A note of bob's to our category.
    fn note(&self, path: &str) -> Value {
        self.good.note(
            &self.bob,
            path,
            &json!({"cc": [self.category.actor.uri], "content": "<p>Un avis</p>"}),
        )
    }

    async fn bob_posts(&self, path: &str, n: u32) -> Post {
        self.node
            .take(
                &self.bob,
                &activity(&self.bob, "Create", n, &self.note(path)),
            )
            .await;
        self.post(&self.good.url(path)).await.unwrap()
    }

    /// An Announce by the followed category.
    async fn announce(&self, n: u32, inner: &Value) {
        self.node
            .take(&self.velo, &activity(&self.velo, "Announce", n, inner))
            .await;
    }

    /// A page of bob's in the followed category, which announces it.
    async fn velo_topic(&self, path: &str, n: u32) -> Post {
        let page = self.page(path);
        self.good.serve(&page);
        self.announce(n, &activity(&self.bob, "Create", n, &page))
            .await;
        self.post(&self.good.url(path)).await.unwrap()
    }

    fn page(&self, path: &str) -> Value {
        let mut page = self.good.note(&self.bob, path, &json!({}));
        merge(
            &mut page,
            &json!({"type": "Page", "name": "Pistes", "to": [self.velo.uri, PUBLIC], "audience": self.velo.uri}),
        );
        page
    }

    async fn like_count(&self, uri: &str) -> i32 {
        self.post(uri).await.unwrap().like_count
    }
}

#[tokio::test]
async fn a_follow_is_stored_answered_and_undone() {
    let stage = Stage::set().await;
    let category = &stage.category.actor;
    let follow = activity(&stage.bob, "Follow", 1, &json!(category.uri));
    stage.node.take(&stage.bob, &follow).await;
    let bob = stage.meet(&stage.bob.uri).await;
    let find = async || -> Option<Follow> {
        follows::find(stage.node.db(), bob.id, category.id)
            .await
            .unwrap()
    };
    assert_eq!(find().await.unwrap().state, FollowState::Accepted);
    // Somebody else can't take it back.
    let undo = activity(&stage.mallory, "Undo", 2, &follow);
    stage.node.take(&stage.mallory, &undo).await;
    assert!(find().await.is_some());
    // The inner activity with another id.
    let mut inner = follow.clone();
    inner["id"] = json!(stage.good.url("/another"));
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Undo", 3, &inner))
        .await;
    assert!(find().await.is_none());
    // By its id alone.
    stage
        .node
        .take(
            &stage.bob,
            &activity(&stage.bob, "Follow", 4, &json!(category.uri)),
        )
        .await;
    let id = find().await.unwrap().uri;
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Undo", 5, &json!(id)))
        .await;
    assert!(find().await.is_none());
}

#[tokio::test]
async fn only_the_followed_accepts_and_only_what_was_asked() {
    let stage = Stage::set().await;
    let db = stage.node.db();
    let velo = stage.meet(&stage.velo.uri).await;
    let category = &stage.category.actor;
    let follow = follows::find(db, category.id, velo.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(follow.state, FollowState::Accepted);
    // Never asked.
    let ana = stage.node.person("ana").await;
    let invented = json!({"id": stage.node.url("/a/1"), "type": "Follow", "actor": ana.uri, "object": velo.uri});
    stage
        .node
        .take(&stage.velo, &activity(&stage.velo, "Accept", 1, &invented))
        .await;
    assert!(follows::find(db, ana.id, velo.id).await.unwrap().is_none());
    // Rejected by somebody else, then by the followed.
    let object =
        json!({"id": follow.uri, "type": "Follow", "actor": category.uri, "object": velo.uri});
    stage
        .node
        .take(
            &stage.mallory,
            &activity(&stage.mallory, "Reject", 2, &object),
        )
        .await;
    assert_eq!(
        follows::by_id(db, follow.id).await.unwrap().state,
        FollowState::Accepted
    );
    stage
        .node
        .take(&stage.velo, &activity(&stage.velo, "Reject", 3, &object))
        .await;
    assert_eq!(
        follows::by_id(db, follow.id).await.unwrap().state,
        FollowState::Rejected
    );
    stage
        .node
        .take(&stage.velo, &activity(&stage.velo, "Accept", 4, &object))
        .await;
    assert_eq!(
        follows::by_id(db, follow.id).await.unwrap().state,
        FollowState::Rejected
    );
}

#[tokio::test]
async fn an_object_is_its_authors_and_never_ours() {
    let stage = Stage::set().await;
    let mallory = |path: &str, more: Value| {
        let mut note = stage.evil.note(
            &stage.mallory,
            path,
            &json!({"cc": [stage.category.actor.uri]}),
        );
        merge(&mut note, &more);
        note
    };
    let notes = [
        mallory("/p/1", json!({"attributedTo": stage.evil.url("/u/victim")})),
        mallory("/p/2", json!({"attributedTo": stage.bob.uri})),
        mallory("/p/3", json!({"attributedTo": 1})),
        mallory("/p/4", json!({"attributedTo": "1"})),
        mallory("/p/5", json!({"attributedTo": "ana"})),
        mallory("/p/6", json!({"attributedTo": [stage.node.url("/u/ana")]})),
        mallory("/p/7", json!({"id": stage.node.url("/p/1")})),
        mallory("/p/8", json!({"id": "http://127.0.0.1.:9/p/1"})),
        mallory(
            "/p/9",
            json!({"id": stage.good.url("/p/9"), "attributedTo": stage.bob.uri}),
        ),
    ];
    for (n, note) in (1..).zip(&notes) {
        let create = activity(&stage.mallory, "Create", n, note);
        let outcome = stage.node.send(&stage.mallory, &create).await;
        assert!(outcome.is_ok() || outcome.unwrap_err().status == 400);
        stage.node.settle().await;
    }
    let category = categories::by_id(stage.node.db(), stage.category.id())
        .await
        .unwrap();
    assert_eq!(category.row.topic_count, 0);
    assert_eq!(
        inbox::count(stage.node.db(), QueueState::Ready)
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn a_newer_version_by_the_author_counts_and_nothing_else_does() {
    let stage = Stage::set().await;
    let before = stage.bob_posts("/p/1", 1).await;
    let uri = stage.good.url("/p/1");
    let version = |content: &str, updated: &str| {
        let mut note = stage.note("/p/1");
        merge(&mut note, &json!({"content": content, "updated": updated}));
        note
    };
    let second = version("<p>Deux</p>", "2026-03-02T12:00:00Z");
    stage
        .node
        .take(
            &stage.mallory,
            &activity(&stage.mallory, "Update", 2, &second),
        )
        .await;
    let carol = stage.good.person("carol");
    stage
        .node
        .take(&carol, &activity(&carol, "Update", 2, &second))
        .await;
    assert_eq!(stage.post(&uri).await.unwrap(), before);
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Update", 3, &second))
        .await;
    let after = stage.post(&uri).await.unwrap();
    assert!(after.content_html.contains("Deux"));
    assert_eq!(
        stage.title(&uri).await,
        "Deux",
        "a derived title follows the text"
    );
    // The first version again, under another id.
    let first = version("<p>Un</p>", "2026-03-02T11:00:00Z");
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Update", 4, &first))
        .await;
    assert_eq!(stage.post(&uri).await.unwrap(), after);
    // What never changes.
    let mut other = version("<p>Trois</p>", "2026-03-02T13:00:00Z");
    merge(
        &mut other,
        &json!({"type": "Article", "published": "2020-01-01T00:00:00Z", "context": stage.good.url("/t/9")}),
    );
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Update", 5, &other))
        .await;
    let last = stage.post(&uri).await.unwrap();
    assert!(last.content_html.contains("Trois"));
    assert_eq!(
        (
            last.created_at,
            last.topic_id,
            &*last.object_type,
            last.author_id
        ),
        (before.created_at, before.topic_id, "Note", before.author_id)
    );
    let mut stolen = version("<p>Quatre</p>", "2026-03-02T14:00:00Z");
    stolen["attributedTo"] = json!(carol.uri);
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Update", 6, &stolen))
        .await;
    assert_eq!(stage.post(&uri).await.unwrap(), last);
}

#[tokio::test]
async fn only_the_author_or_their_server_deletes_and_it_is_final() {
    let stage = Stage::set().await;
    let post = stage.bob_posts("/p/1", 1).await;
    let uri = stage.good.url("/p/1");
    stage.good.serve(&stage.note("/p/1"));
    let carol = stage.good.person("carol");
    stage
        .node
        .take(
            &stage.mallory,
            &activity(&stage.mallory, "Delete", 2, &json!(uri)),
        )
        .await;
    stage
        .node
        .take(&carol, &activity(&carol, "Delete", 3, &json!(uri)))
        .await;
    assert_eq!(stage.post(&uri).await.unwrap(), post);
    stage
        .node
        .take(
            &stage.mallory,
            &activity(
                &stage.mallory,
                "Delete",
                4,
                &json!(stage.category.actor.uri),
            ),
        )
        .await;
    let tombstone = json!({"id": uri, "type": "Tombstone"});
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Delete", 5, &tombstone))
        .await;
    let deleted = stage.post(&uri).await.unwrap();
    assert!(deleted.deleted_at.is_some() && deleted.content_html.is_empty());
    // It can't come back by being created or changed again.
    stage
        .node
        .take(
            &stage.bob,
            &activity(&stage.bob, "Create", 6, &stage.note("/p/1")),
        )
        .await;
    let mut newer = stage.note("/p/1");
    newer["updated"] = json!("2026-03-05T00:00:00Z");
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Update", 7, &newer))
        .await;
    assert_eq!(stage.post(&uri).await.unwrap(), deleted);
    // Only by the author's own undoing, if the server serves it again.
    let inner = activity(&stage.bob, "Delete", 8, &json!(uri));
    stage
        .node
        .take(&stage.mallory, &activity(&stage.mallory, "Undo", 8, &inner))
        .await;
    assert!(stage.post(&uri).await.unwrap().deleted_at.is_some());
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Undo", 9, &inner))
        .await;
    let back = stage.post(&uri).await.unwrap();
    assert!(back.deleted_at.is_none() && back.content_html.contains("Un avis"));
    // An administrator of his server: the server answers for it.
    stage.good.status("/p/1", 410);
    stage
        .node
        .take(&carol, &activity(&carol, "Delete", 10, &json!(uri)))
        .await;
    assert!(stage.post(&uri).await.unwrap().deleted_at.is_some());
}

#[tokio::test]
async fn what_comes_in_the_wrong_order_ends_as_in_the_right_one() {
    let stage = Stage::set().await;
    let uri = |n: u32| stage.good.url(&format!("/p/{n}"));
    // Delete before Create.
    stage
        .node
        .take(
            &stage.bob,
            &activity(&stage.bob, "Delete", 1, &json!(uri(1))),
        )
        .await;
    stage
        .node
        .take(
            &stage.bob,
            &activity(&stage.bob, "Create", 2, &stage.note("/p/1")),
        )
        .await;
    assert!(stage.post(&uri(1)).await.is_none());
    // Of somebody else's post, a stranger's Delete means nothing.
    stage
        .node
        .take(
            &stage.mallory,
            &activity(&stage.mallory, "Delete", 1, &json!(uri(2))),
        )
        .await;
    // Update before Create.
    let mut newer = stage.note("/p/2");
    merge(
        &mut newer,
        &json!({"content": "<p>Deux</p>", "updated": "2026-03-02T12:00:00Z"}),
    );
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Update", 3, &newer))
        .await;
    stage
        .node
        .take(
            &stage.bob,
            &activity(&stage.bob, "Create", 4, &stage.note("/p/2")),
        )
        .await;
    assert!(
        stage
            .post(&uri(2))
            .await
            .unwrap()
            .content_html
            .contains("Deux")
    );
    // Undo before Like.
    let like = activity(&stage.mallory, "Like", 5, &json!(uri(2)));
    stage
        .node
        .take(&stage.mallory, &activity(&stage.mallory, "Undo", 6, &like))
        .await;
    stage.node.take(&stage.mallory, &like).await;
    assert_eq!(stage.like_count(&uri(2)).await, 0);
    stage
        .node
        .take(
            &stage.mallory,
            &activity(&stage.mallory, "Like", 7, &json!(uri(2))),
        )
        .await;
    assert_eq!(stage.like_count(&uri(2)).await, 1);
}

#[tokio::test]
async fn a_vote_counts_once_and_the_newer_replaces_the_older() {
    let stage = Stage::set().await;
    let post = stage.bob_posts("/p/1", 1).await;
    let uri = post.uri.clone();
    let vote = |kind: &str, n: u32| {
        let mut vote = activity(&stage.mallory, kind, n, &json!(uri));
        vote.as_object_mut().unwrap().remove("to");
        vote
    };
    for (kind, n, likes, dislikes) in [
        ("Like", 2, 1, 0),
        ("EmojiReact", 3, 1, 0),
        ("Dislike", 4, 0, 1),
        ("Like", 5, 1, 0),
    ] {
        stage.node.take(&stage.mallory, &vote(kind, n)).await;
        let now = stage.post(&uri).await.unwrap();
        assert_eq!(
            (now.like_count, now.dislike_count),
            (likes, dislikes),
            "{kind}"
        );
    }
    // Somebody else can't undo it, nor does undoing another kind.
    let inner = vote("Like", 99);
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Undo", 6, &inner))
        .await;
    stage
        .node
        .take(
            &stage.mallory,
            &activity(&stage.mallory, "Undo", 7, &vote("Dislike", 98)),
        )
        .await;
    assert_eq!(stage.like_count(&uri).await, 1);
    let mallory = stage.meet(&stage.mallory.uri).await;
    let known = votes::find(stage.node.db(), post.id, mallory.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(known.kind, VoteKind::Like);
    stage
        .node
        .take(&stage.mallory, &activity(&stage.mallory, "Undo", 8, &inner))
        .await;
    assert_eq!(stage.like_count(&uri).await, 0);
    stage.node.take(&stage.mallory, &vote("Like", 9)).await;
    let id = vote("Like", 9)["id"].clone();
    stage
        .node
        .take(&stage.mallory, &activity(&stage.mallory, "Undo", 10, &id))
        .await;
    assert_eq!(stage.like_count(&uri).await, 0);
}

#[tokio::test]
async fn missing_parents_are_fetched_and_a_bottomless_chain_is_not() {
    let stage = Stage::set().await;
    let carol = stage.evil.person("carol");
    stage.good.serve(&stage.note("/p/1"));
    let second = stage.evil.note(
        &carol,
        "/p/2",
        &json!({"inReplyTo": stage.good.url("/p/1")}),
    );
    stage.evil.serve(&second);
    let third = stage.good.note(
        &stage.bob,
        "/p/3",
        &json!({"inReplyTo": stage.evil.url("/p/2"), "cc": [stage.category.actor.uri]}),
    );
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Create", 1, &third))
        .await;
    let at = async |uri: String| stage.post(&uri).await.unwrap();
    let (one, two, three) = (
        at(stage.good.url("/p/1")).await,
        at(stage.evil.url("/p/2")).await,
        at(stage.good.url("/p/3")).await,
    );
    assert_eq!(two.reply_to_id, Some(one.id));
    assert_eq!(three.reply_to_id, Some(two.id));
    assert_eq!(one.topic_id, three.topic_id);
    // A reply addressed to nobody here doesn't make us fetch anything.
    let stray = stage.good.note(
        &stage.bob,
        "/p/5",
        &json!({"inReplyTo": stage.evil.url("/x/1")}),
    );
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Create", 2, &stray))
        .await;
    assert_eq!(stage.evil.asked("/x/"), 0);
    // A chain that never ends.
    for n in 1..60 {
        let up = stage.evil.url(&format!("/x/{}", n + 1));
        let link = stage
            .evil
            .note(&carol, &format!("/x/{n}"), &json!({"inReplyTo": up}));
        stage.evil.serve(&link);
    }
    let deep = stage.good.note(
        &stage.bob,
        "/p/6",
        &json!({"inReplyTo": stage.evil.url("/x/1"), "cc": [stage.category.actor.uri]}),
    );
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Create", 3, &deep))
        .await;
    assert!(stage.post(&stage.good.url("/p/6")).await.is_none());
    assert_eq!(stage.evil.asked("/x/"), 25);
    // And one that runs in a circle.
    let round = stage.evil.note(
        &carol,
        "/y/1",
        &json!({"inReplyTo": stage.evil.url("/y/1")}),
    );
    stage.evil.serve(&round);
    let deep = stage.good.note(
        &stage.bob,
        "/p/7",
        &json!({"inReplyTo": stage.evil.url("/y/1"), "cc": [stage.category.actor.uri]}),
    );
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Create", 4, &deep))
        .await;
    assert_eq!(stage.evil.asked("/y/"), 1);
}
