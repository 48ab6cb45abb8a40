//! Which topics a person follows or mutes: what they are told of new replies.
//!
//! Nothing of it leaves the node, unlike following a category or a person (`follows`). Who writes in a topic follows it
//! from then on, unless they chose otherwise before.

use std::collections::HashMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, Select};

use crate::db::entity::topic_follow;
use crate::id::{ActorId, TopicId};
use crate::kinds::FollowLevel;
use crate::{Denied, Error, Kind, Read, Result, Topic, Tx, Viewer};

/// The viewer wants to be told this much of the topic. Doing it again changes nothing.
pub async fn set(tx: &Tx, viewer: &Viewer, topic: &Topic, level: FollowLevel) -> Result<()> {
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    if topic.removed_at.is_some() || topic.deleted_at.is_some() {
        return Err(Error::Gone(Kind::Topic));
    }
    let on_conflict = OnConflict::columns([
        topic_follow::Column::PersonId,
        topic_follow::Column::TopicId,
    ])
    .update_column(topic_follow::Column::Level)
    .to_owned();
    topic_follow::Entity::insert(row(tx, person, topic.id, level))
        .on_conflict(on_conflict)
        .exec_without_returning(tx.c())
        .await?;
    Ok(())
}

/// The viewer has no wish about the topic any more: they are told of answers to them, and of mentions. False when they
/// had none.
pub async fn forget(tx: &Tx, viewer: &Viewer, topic: TopicId) -> Result<bool> {
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    let deleted = topic_follow::Entity::delete_by_id((person, topic))
        .exec(tx.c())
        .await?;
    Ok(deleted.rows_affected > 0)
}

/// Whoever follows or mutes a topic does so with the one that its posts went to, unless they chose otherwise for that.
pub(crate) async fn go_along(tx: &Tx, from: TopicId, into: TopicId) -> Result<()> {
    let there = of_topic(tx.c(), into).await?;
    let gone = topic_follow::Entity::find()
        .filter(topic_follow::Column::TopicId.eq(from))
        .all(tx.c())
        .await?;
    topic_follow::Entity::delete_many()
        .filter(topic_follow::Column::TopicId.eq(from))
        .exec(tx.c())
        .await?;
    for follow in gone {
        if !there.contains_key(&follow.person_id) {
            topic_follow::Entity::insert(row(tx, follow.person_id, into, follow.level))
                .exec_without_returning(tx.c())
                .await?;
        }
    }
    Ok(())
}

/// Who writes in a topic follows it, unless they said otherwise.
pub(crate) async fn begin(tx: &Tx, person: ActorId, topic: TopicId) -> Result<()> {
    topic_follow::Entity::insert(row(tx, person, topic, FollowLevel::All))
        .on_conflict_do_nothing_on([
            topic_follow::Column::PersonId,
            topic_follow::Column::TopicId,
        ])
        .exec_without_returning(tx.c())
        .await?;
    Ok(())
}

fn row(tx: &Tx, person: ActorId, topic: TopicId, level: FollowLevel) -> topic_follow::ActiveModel {
    topic_follow::ActiveModel {
        person_id: Set(person),
        topic_id: Set(topic),
        level: Set(level),
        created_at: Set(tx.now()),
    }
}

/// What the viewer chose for the topic; none when nothing.
pub async fn level(db: &impl Read, viewer: &Viewer, topic: TopicId) -> Result<Option<FollowLevel>> {
    let Some(person) = viewer.person() else {
        return Ok(None);
    };
    Ok(topic_follow::Entity::find_by_id((person.actor.id, topic))
        .one(db)
        .await?
        .map(|row| row.level))
}

/// Who chose something for the topic.
pub(crate) async fn of_topic(
    db: &impl Read,
    topic: TopicId,
) -> Result<HashMap<ActorId, FollowLevel>> {
    Ok(levels(finding(topic).all(db).await?))
}

/// The wishes for a topic.
pub(crate) fn finding(topic: TopicId) -> Select<topic_follow::Entity> {
    topic_follow::Entity::find().filter(topic_follow::Column::TopicId.eq(topic))
}

/// What each person chose.
pub(crate) fn levels(rows: Vec<topic_follow::Model>) -> HashMap<ActorId, FollowLevel> {
    rows.into_iter()
        .map(|row| (row.person_id, row.level))
        .collect()
}

/// Forgets all wishes of a person.
pub(crate) async fn forget_all(tx: &Tx, person: ActorId) -> Result<()> {
    topic_follow::Entity::delete_many()
        .filter(topic_follow::Column::PersonId.eq(person))
        .exec(tx.c())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::Keys;
    use crate::categories::{self, NewCategory};
    use crate::kinds::{NotificationKind, Role, TopicKind};
    use crate::page::PageRequest;
    use crate::posts::{self, NewReply};
    use crate::testing::{on_each_database, person, viewer};
    use crate::topics::{self, NewTopic};
    use crate::{Config, Forum, notifications};

    async fn say(forum: &Forum, who: &Viewer, topic: &Topic, text: &str) {
        let tx = forum.begin().await.unwrap();
        let new = NewReply::parse(text, None).unwrap();
        posts::reply(&tx, who, topic, None, new).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn told(forum: &Forum, who: &Viewer) -> Vec<NotificationKind> {
        notifications::list(forum.db(), who, PageRequest::first(20))
            .await
            .unwrap()
            .items
            .iter()
            .map(|item| item.row.kind)
            .collect()
    }

    #[tokio::test]
    async fn who_writes_is_told_of_replies_until_they_mute_the_topic() {
        on_each_database(Config::default(), async |forum| {
            let jeanne = person(&forum, "jeanne", Role::Member).await;
            let jeanne = viewer(&forum, &jeanne).await;
            let paul = person(&forum, "paul", Role::Member).await;
            let paul = viewer(&forum, &paul).await;
            let leo = person(&forum, "leo", Role::Member).await;
            let leo = viewer(&forum, &leo).await;
            let tx = forum.begin().await.unwrap();
            let keys = Keys {
                private_pem: "private".to_owned(),
                public_pem: "public".to_owned(),
            };
            let new = NewCategory::parse("velo", "Vélo", "", None).unwrap();
            let category = categories::create(&tx, &Viewer::System, new, keys)
                .await
                .unwrap();
            let new = NewTopic::parse("Bornes", "Où ?", TopicKind::Question, None, &[]).unwrap();
            let (topic, _) = topics::open(&tx, &jeanne, &category, new).await.unwrap();
            tx.commit().await.unwrap();

            let db = forum.db();
            assert_eq!(
                level(db, &jeanne, topic.id).await.unwrap(),
                Some(FollowLevel::All)
            );
            assert_eq!(level(db, &leo, topic.id).await.unwrap(), None);
            say(&forum, &paul, &topic, "Ici.").await;
            // Jeanne is answered, and told once although she also follows.
            assert_eq!(told(&forum, &jeanne).await, [NotificationKind::Reply]);
            say(&forum, &leo, &topic, "Là.").await;
            assert_eq!(told(&forum, &paul).await, [NotificationKind::Topic]);
            assert!(told(&forum, &leo).await.is_empty());

            let tx = forum.begin().await.unwrap();
            set(&tx, &jeanne, &topic, FollowLevel::Mute).await.unwrap();
            set(&tx, &paul, &topic, FollowLevel::Mentions)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            say(&forum, &leo, &topic, "Et là, @jeanne et @paul ?").await;
            assert_eq!(told(&forum, &jeanne).await.len(), 2, "muted since");
            assert_eq!(
                told(&forum, &paul).await,
                [NotificationKind::Mention, NotificationKind::Topic]
            );
            say(&forum, &paul, &topic, "Oui.").await;
            assert_eq!(
                level(db, &paul, topic.id).await.unwrap(),
                Some(FollowLevel::Mentions),
                "writing does not undo a choice"
            );

            let tx = forum.begin().await.unwrap();
            assert!(forget(&tx, &paul, topic.id).await.unwrap());
            assert!(!forget(&tx, &paul, topic.id).await.unwrap());
            assert!(
                set(&tx, &Viewer::Anonymous, &topic, FollowLevel::All)
                    .await
                    .is_err()
            );
            tx.commit().await.unwrap();
        })
        .await;
    }
}
