//! Two servers agree on who follows whom (FEP-8fcf).

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};

use super::*;
use crate::inbox::{self, Target};
use crate::signature::{Digest, Outgoing, sign_cavage};
use crate::synchronisation::{HEADER, digest as digest_of};

/// Bob says something, and with it who follows him here.
async fn bob_says(stage: &Stage, n: u32, collection: &str, url: &str, followers: &[&str]) {
    let offer = format!(
        r#"collectionId="{collection}", url="{url}", digest="{}""#,
        digest_of(followers.iter().copied())
    );
    let body = activity(&stage.bob, "Like", n, &json!(stage.good.url("/p/none"))).to_string();
    let inbox = Url::parse(&stage.node.url("/inbox")).unwrap();
    let digest = Digest::of(body.as_bytes());
    let request = Outgoing {
        method: &Method::POST,
        url: &inbox,
        digest: Some(&digest),
        content_type: Some(ACTIVITY_JSON),
        synchronisation: Some(&offer),
        now: stage.node.forum().now().seconds(),
    };
    let mut headers = sign_cavage(&stage.bob.signer, &request).unwrap();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(ACTIVITY_JSON));
    assert_eq!(headers[HEADER], offer);
    inbox::receive(
        &stage.node.federation,
        &Method::POST,
        "/inbox",
        &headers,
        Bytes::from(body),
        Target::Shared,
    )
    .await
    .unwrap();
    stage.node.settle().await;
}

/// Two people here who follow bob, one accepted.
async fn followers(stage: &Stage) -> (Actor, Actor) {
    let bob = stage.meet(&stage.bob.uri).await;
    let mut both = Vec::new();
    for name in ["ana", "zoe"] {
        let viewer = stage.node.member(name).await;
        let tx = stage.node.forum().begin().await.unwrap();
        let follow = follows::follow(&tx, &viewer, &bob).await.unwrap();
        if name == "ana" {
            follows::answered(&tx, follow, true).await.unwrap();
        }
        tx.commit().await.unwrap();
        both.push(viewer.actor().unwrap().clone());
    }
    (both[0].clone(), both[1].clone())
}

async fn state(stage: &Stage, follower: &Actor) -> Option<FollowState> {
    let bob = stage.meet(&stage.bob.uri).await;
    follows::find(stage.node.db(), follower.id, bob.id)
        .await
        .unwrap()
        .map(|follow| follow.state)
}

fn list(stage: &Stage, items: &Value) -> String {
    let url = format!("{}/followers_synchronization", stage.bob.uri);
    stage
        .good
        .serve(&json!({"id": url, "type": "OrderedCollection", "orderedItems": items}));
    url
}

#[tokio::test]
async fn what_only_one_side_knew_is_put_right() {
    let stage = Stage::set().await;
    let (ana, zoe) = followers(&stage).await;
    let third = stage.node.person("third").await;
    let collection = format!("{}/followers", stage.bob.uri);
    // Both sides agree: nothing is read.
    let url = list(&stage, &json!([zoe.uri, third.uri]));
    bob_says(&stage, 1, &collection, &url, &[&ana.uri]).await;
    assert_eq!(stage.good.asked("/u/bob/followers_synchronization"), 0);
    // They don't: ana isn't known there, zoe was accepted, the third never asked.
    stage.node.events.lock().unwrap().clear();
    bob_says(&stage, 2, &collection, &url, &[&zoe.uri, &third.uri]).await;
    assert_eq!(stage.good.asked("/u/bob/followers_synchronization"), 1);
    assert_eq!(state(&stage, &ana).await, None);
    assert_eq!(state(&stage, &zoe).await, Some(FollowState::Accepted));
    let events = stage.node.events.lock().unwrap().clone();
    let undone: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            parvis_forum::Event::FollowUndone { follower, .. } => Some(*follower),
            _ => None,
        })
        .collect();
    assert_eq!(undone, [third.id]);
    // Once an hour is enough.
    bob_says(&stage, 3, &collection, &url, &[]).await;
    assert_eq!(stage.good.asked("/u/bob/followers_synchronization"), 1);
}

#[tokio::test]
async fn nobody_speaks_of_the_followers_of_others() {
    let stage = Stage::set().await;
    let (ana, _) = followers(&stage).await;
    let carol = stage.good.person("carol");
    let own = list(&stage, &json!([]));
    let collection = format!("{}/followers", stage.bob.uri);
    let evil = stage.evil.url("/list");
    stage
        .evil
        .serve(&json!({"id": evil, "type": "OrderedCollection", "orderedItems": []}));
    bob_says(&stage, 1, &format!("{}/followers", carol.uri), &own, &[]).await;
    bob_says(&stage, 2, &collection, &evil, &[]).await;
    assert_eq!(stage.evil.asked("/list"), 0);
    // Not signed: the header was put there on the way.
    let body = activity(&stage.bob, "Like", 3, &json!(stage.good.url("/p/none"))).to_string();
    let mut headers = stage.node.signed(&stage.bob, body.as_bytes(), 0);
    let offer = format!(
        r#"collectionId="{collection}", url="{own}", digest="{}""#,
        digest_of([])
    );
    headers.insert(HEADER, HeaderValue::from_str(&offer).unwrap());
    stage
        .node
        .receive(headers, body.into_bytes())
        .await
        .unwrap();
    stage.node.settle().await;
    assert_eq!(stage.good.asked("/u/bob/followers_synchronization"), 0);
    assert_eq!(state(&stage, &ana).await, Some(FollowState::Accepted));
}
