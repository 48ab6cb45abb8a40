//! Polls, votes and answers as they leave.

use parvis_forum::affiliations;
use parvis_forum::jobs;
use parvis_forum::kinds::TopicKind;
use parvis_forum::officials;
use parvis_forum::polls::{self, NewPoll};
use parvis_forum::topics::NewTopic;

use super::*;
use crate::documents::{self, Served};

fn poll() -> NewPoll {
    NewPoll::parse(&["Oui".to_owned(), "Non".to_owned()], false, Some(7)).unwrap()
}

async fn asked(node: &Node, viewer: &Viewer, category: &categories::Category) -> Post {
    let new = NewTopic::parse(
        "Zones 30 ?",
        "Qu’en dites-vous ?",
        TopicKind::Question,
        Some("fr"),
        &[],
    )
    .unwrap()
    .with_poll(Some(poll()))
    .with_warning(Some("Circulation"));
    let tx = node.tx().await;
    let (_, post) = topics::open(&tx, viewer, category, new).await.unwrap();
    tx.commit().await.unwrap();
    post
}

/// Does the jobs that are due.
async fn work(node: &Node) -> usize {
    let mut done = 0;
    for job in jobs::claim(&node.forum, "test", 50).await.unwrap() {
        if job.kind == polls::JOB {
            let tx = node.tx().await;
            polls::tell(&tx, &job).await.unwrap();
            jobs::done(&tx, "test", &job).await.unwrap();
            tx.commit().await.unwrap();
            done += 1;
        }
    }
    done
}

#[tokio::test]
async fn a_poll_leaves_as_a_question_and_its_counts_together() {
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let group = node.category("urbanisme").await;
    let bob = node.remote(MASTODON, ActorKind::Person, "bob").await;
    let lea = node.remote(MASTODON, ActorKind::Person, "lea").await;
    let post = asked(&node, &ana, &group).await;
    let Served::Found(document) = documents::post(&node.forum, &Viewer::Anonymous, post.id)
        .await
        .unwrap()
    else {
        panic!("no document");
    };
    let document: Value = serde_json::from_str(&document.json).unwrap();
    assert_eq!(document["type"], "Question");
    assert_eq!(document["name"], "Zones 30 ?");
    assert_eq!(document["oneOf"][0]["name"], "Oui");
    assert_eq!(document["oneOf"][0]["replies"]["totalItems"], 0);
    assert_eq!(document["votersCount"], 0);
    assert_eq!(document["summary"], "Circulation");
    assert_eq!(document["sensitive"], true);
    assert!(document["endTime"].is_string() && document.get("anyOf").is_none());
    let before = end(&node).await;
    for voter in [&bob, &lea] {
        let viewer = Viewer::load(node.forum.db(), voter.clone()).await.unwrap();
        let tx = node.tx().await;
        assert!(
            polls::receive_vote(&tx, &viewer, &post, "Oui")
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
    }
    assert_eq!(end(&node).await, before, "nothing leaves at once");
    node.later(200);
    assert_eq!(work(&node).await, 1);
    let log = log_after(&node, before).await;
    let update = &log[0];
    assert_eq!(update["kind"], "Update");
    assert_eq!(update["direct"], json!(["https://mastodon.example/inbox"]));
    assert_eq!(
        update["body"]["object"]["oneOf"][0]["replies"]["totalItems"],
        2
    );
    assert_eq!(update["body"]["object"]["votersCount"], 2);
    assert!(update["body"]["object"].get("updated").is_none());
    assert!(!update.to_string().contains("bob"), "who voted is not told");
    // At its end it is closed, and that is told once.
    node.later(8 * 86_400);
    let before = end(&node).await;
    assert_eq!(work(&node).await, 1);
    let log = log_after(&node, before).await;
    assert!(log[0]["body"]["object"]["closed"].is_string());
    assert_eq!(work(&node).await, 0);
}

#[tokio::test]
async fn a_vote_goes_to_who_asks_and_is_read_by_nobody_else() {
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let group = node.remote(LEMMY, ActorKind::Group, "velo").await;
    let category = categories::by_id(node.forum.db(), group.id).await.unwrap();
    let bob = node.remote(MASTODON, ActorKind::Person, "bob").await;
    let mut remote = remote_post(&bob, "1");
    remote.object_type = "Question".to_owned();
    remote.poll = polls::RemotePoll {
        choices: ["Oui", "Non"]
            .map(|title| polls::Choice {
                title: title.to_owned(),
                votes: 0,
            })
            .to_vec(),
        multiple: true,
        ..Default::default()
    }
    .cleaned();
    let viewer = Viewer::load(node.forum.db(), bob.clone()).await.unwrap();
    let tx = node.tx().await;
    let (_, post) = topics::receive(
        &tx,
        &viewer,
        &category,
        "Zones 30 ?".to_owned(),
        false,
        remote,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let before = end(&node).await;
    let tx = node.tx().await;
    polls::vote(&tx, &ana, &post, &[1, 0]).await.unwrap();
    tx.commit().await.unwrap();
    let seqs: Vec<Seq> = (before.0 + 1..=end(&node).await.0).map(Seq).collect();
    let bodies = log::bodies(node.forum.db(), &seqs).await.unwrap();
    assert_eq!(bodies.len(), 2);
    for ((seq, body), choice) in bodies.iter().zip(["Oui", "Non"]) {
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["type"], "Create");
        assert_eq!(body["to"], json!([bob.uri]));
        assert_eq!(body["cc"], json!([]));
        let vote = &body["object"];
        assert_eq!(
            (&vote["type"], &vote["name"]),
            (&json!("Note"), &json!(choice))
        );
        assert_eq!(vote["inReplyTo"], json!(post.uri));
        assert!(vote.get("content").is_none());
        assert_eq!(
            directs(&node, *seq).await,
            ["https://mastodon.example/bob/inbox"]
        );
        let id = body["id"].as_str().unwrap().rsplit('/').next().unwrap();
        let served = documents::activity(&node.forum, &Viewer::Anonymous, id)
            .await
            .unwrap();
        assert_eq!(served, Served::NotFound);
    }
}

#[tokio::test]
async fn an_accepted_answer_is_named_by_the_topic_and_announced() {
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let group = node.category("urbanisme").await;
    let (topic, opening) = node.open(&ana, &group, "Qui sait ?").await;
    let one = node.reply(&ana, &topic, "Moi.").await;
    let two = node.reply(&ana, &topic, "Ou moi.").await;
    let choose = async |answer: Option<&Post>| -> Vec<(String, Value)> {
        let before = end(&node).await;
        let tx = node.tx().await;
        let topic = topics::by_id(tx.c(), topic.id).await.unwrap();
        let change = TopicChange {
            answer: Some(answer.map(|post| post.id)),
            ..TopicChange::default()
        };
        topics::change(&tx, &ana, topic, change).await.unwrap();
        tx.commit().await.unwrap();
        let seqs: Vec<Seq> = (before.0 + 1..=end(&node).await.0).map(Seq).collect();
        let bodies = log::bodies(node.forum.db(), &seqs).await.unwrap();
        bodies
            .into_iter()
            .map(|(_, body)| {
                let body: Value = serde_json::from_str(&body).unwrap();
                let inner = body["object"].clone();
                (inner["type"].as_str().unwrap().to_owned(), inner)
            })
            .collect()
    };
    let sent = choose(Some(&one)).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0, "ChooseAnswer");
    assert_eq!(sent[0].1["object"], json!(one.uri));
    let kinds = |sent: &[(String, Value)]| -> Vec<String> {
        sent.iter().map(|(kind, _)| kind.clone()).collect()
    };
    let sent = choose(Some(&two)).await;
    assert_eq!(kinds(&sent), ["Undo", "ChooseAnswer"]);
    let Served::Found(document) = documents::post(&node.forum, &Viewer::Anonymous, opening.id)
        .await
        .unwrap()
    else {
        panic!("no document");
    };
    let document: Value = serde_json::from_str(&document.json).unwrap();
    assert_eq!(document["acceptedAnswer"], json!(two.uri));
    assert_eq!(kinds(&choose(None).await), ["Undo"]);
    let Served::Found(document) = documents::post(&node.forum, &Viewer::Anonymous, opening.id)
        .await
        .unwrap()
    else {
        panic!("no document");
    };
    assert!(!document.json.contains(&two.uri));
}

#[tokio::test]
async fn an_official_answer_begins_with_words_that_all_read() {
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let chief = node.person("chief", Role::Moderator).await;
    let group = node.category("urbanisme").await;
    let (topic, _) = node.open(&chief, &group, "Qui sait ?").await;
    let plain = node.reply(&ana, &topic, "La ville *répond*.").await;
    let mark = async |viewer: &Viewer, post: &Post| {
        let tx = node.tx().await;
        let post = posts_by_id(&tx, post).await;
        let marked = officials::mark(&tx, viewer, post).await;
        if marked.is_ok() {
            tx.commit().await.unwrap();
        }
        marked
    };
    // Nobody speaks for an organisation that they didn't name, and a member marks nothing.
    assert!(matches!(mark(&chief, &plain).await, Err(Error::Invalid(_))));
    let tx = node.tx().await;
    let new = affiliations::NewAffiliation::parse(
        "agent",
        Some("local"),
        Some("Ville <de> Montreval_"),
        None,
    )
    .unwrap();
    affiliations::declare(&tx, &ana, new).await.unwrap();
    tx.commit().await.unwrap();
    let one = node.reply(&ana, &topic, "La ville *répond*.").await;
    assert!(matches!(mark(&ana, &one).await, Err(Error::Denied(_))));
    mark(&chief, &one).await.unwrap();
    let Served::Found(document) = documents::post(&node.forum, &Viewer::Anonymous, one.id)
        .await
        .unwrap()
    else {
        panic!("no document");
    };
    let document: Value = serde_json::from_str(&document.json).unwrap();
    let content = document["content"].as_str().unwrap();
    assert!(
        content.starts_with(
            "<p><strong>Réponse officielle de Ville &lt;de&gt; Montreval_ :</strong></p>"
        ),
        "{content}"
    );
    assert!(
        document["source"]["content"]
            .as_str()
            .unwrap()
            .contains("Ville \\<de\\> Montreval\\_")
    );
    assert_eq!(
        document["officialAnswer"]["organisation"]["name"],
        "Ville <de> Montreval_"
    );
    assert_eq!(document["officialAnswer"]["standing"], "in_force");
    // A newer one of the same organisation replaces it.
    let two = node.reply(&ana, &topic, "La ville précise.").await;
    mark(&chief, &two).await.unwrap();
    let older = posts_by_id(&node.tx().await, &one).await;
    let older = officials::Official::of(&older).unwrap();
    assert_eq!(older.standing, officials::Standing::Superseded);
    assert_eq!(officials::successor(&older), Some(two.id));
    // It stands: after a quarter of an hour nobody edits it.
    node.later(16 * 60);
    let tx = node.tx().await;
    let post = posts_by_id(&tx, &two).await;
    let change = PostChange {
        content: Some("Autre chose.".to_owned()),
        ..PostChange::default()
    };
    let edited = parvis_forum::posts::edit(&tx, &ana, post, change).await;
    assert!(matches!(edited, Err(Error::Denied(Denied::Official))));
}

async fn posts_by_id(tx: &Tx, post: &Post) -> Post {
    parvis_forum::posts::by_id(tx.c(), post.id).await.unwrap()
}
