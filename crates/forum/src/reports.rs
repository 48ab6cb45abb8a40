//! Reports of content and of accounts, by people here, by visitors and by other servers (Flag).

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::db::entity::{post, report, topic};
use crate::id::{self, ActorId, PostId, ReportId, TopicId};
use crate::moderation::{self, Target};
use crate::page::{Cursor, Order, Page, PageRequest};
use crate::{
    Actor, Denied, Error, Event, Kind, Post, Read, Report, Result, Topic, Tx, Viewer, actors,
    policy, topics,
};

/// Longest reason, in characters.
pub const MAX_REASON: usize = 5_000;

/// What is reported.
#[derive(Clone, Debug)]
pub enum About {
    /// A post, and with it its author.
    Post(Box<Post>),
    /// An account.
    Actor(Box<Actor>),
}

/// A report, valid once it exists.
#[derive(Clone, Debug)]
pub struct NewReport {
    about: About,
    reason: String,
    forward: bool,
    uri: Option<String>,
}

impl NewReport {
    /// Checks what somebody filled in.
    pub fn parse(about: About, reason: &str) -> Result<Self> {
        let reason = reason.trim().replace('\0', "");
        if reason.is_empty() {
            return Err(Error::field("reason", "blank"));
        }
        if reason.chars().count() > MAX_REASON {
            return Err(Error::Invalid(vec![crate::FieldError::limit(
                "reason", "too-long", 5_000,
            )]));
        }
        Ok(Self {
            about,
            reason,
            forward: false,
            uri: None,
        })
    }

    /// The same, to be told to the server that the content is from.
    #[must_use]
    pub fn forwarded(self) -> Self {
        Self {
            forward: true,
            ..self
        }
    }

    /// A Flag from elsewhere: its reason may be missing and is cut when it is too long.
    pub fn received(about: About, reason: &str, uri: String) -> Self {
        Self {
            about,
            reason: reason
                .trim()
                .replace('\0', "")
                .chars()
                .take(MAX_REASON)
                .collect(),
            forward: false,
            uri: Some(uri),
        }
    }
}

/// Files a report; visitors may. A second one by the same reporter about the same thing, while the first is open, is
/// the first.
pub async fn file(tx: &Tx, viewer: &Viewer, new: NewReport) -> Result<Report> {
    let reporter = match viewer {
        Viewer::Anonymous | Viewer::System => None,
        Viewer::Person(_) | Viewer::Remote(_) => Some(policy::can_write(viewer)?),
    };
    let (post, actor, category) = match &new.about {
        About::Post(post) => {
            let topic = topics::by_id(tx.c(), post.topic_id).await?;
            (Some(post.id), post.author_id, Some(topic.category_id))
        }
        About::Actor(actor) => (None, actor.id, None),
    };
    if let Some(uri) = &new.uri
        && let Some(known) = report::Entity::find()
            .filter(report::Column::Uri.eq(uri.as_str()))
            .one(tx.c())
            .await?
    {
        return Ok(known);
    }
    if let Some(reporter) = reporter {
        let mut same = report::Entity::find()
            .filter(report::Column::ReporterId.eq(reporter))
            .filter(report::Column::ActorId.eq(actor))
            .filter(report::Column::ResolvedAt.is_null());
        same = match post {
            Some(post) => same.filter(report::Column::PostId.eq(post)),
            None => same.filter(report::Column::PostId.is_null()),
        };
        if let Some(known) = same.one(tx.c()).await? {
            return Ok(known);
        }
    }
    let id: ReportId = id::mint(tx.now());
    let remote = match &new.about {
        About::Post(post) => !post.local,
        About::Actor(actor) => !actor.local,
    };
    let forward = new.forward && remote;
    let uri = match new.uri {
        None if forward => {
            let activity: i64 = id::mint(tx.now());
            Some(tx.config().local_url(&format!("/a/{activity}")).to_string())
        }
        other => other,
    };
    let row = report::ActiveModel {
        id: Set(id),
        reporter_id: Set(reporter),
        post_id: Set(post),
        actor_id: Set(Some(actor)),
        category_id: Set(category),
        reason: Set(new.reason),
        uri: Set(uri),
        created_at: Set(tx.now()),
        resolved_at: Set(None),
    }
    .insert(tx.c())
    .await?;
    if forward {
        tx.emit(Event::ReportForwarded { report: id });
    }
    Ok(row)
}

/// A report with what it is about.
#[derive(Clone, Debug)]
pub struct Filed {
    /// The row.
    pub report: Report,
    /// Who reported; none for a visitor.
    pub reporter: Option<Actor>,
    /// The account that is reported, or the author of the post.
    pub actor: Option<Actor>,
    /// The post.
    pub post: Option<Post>,
    /// Its topic.
    pub topic: Option<Topic>,
    /// Its category.
    pub category: Option<Actor>,
}

/// Reports that the viewer may decide on: those of their categories, to moderators of the node all; never one about
/// themself.
fn queue(viewer: &Viewer) -> Result<Select<report::Entity>> {
    let mut query = report::Entity::find();
    if !viewer.is_moderator() {
        query = query.filter(report::Column::CategoryId.is_in(moderation::moderated(viewer)?));
    }
    if let Some(me) = viewer.actor_id() {
        query = query.filter(
            Condition::any()
                .add(report::Column::ActorId.is_null())
                .add(report::Column::ActorId.ne(me)),
        );
    }
    Ok(query)
}

/// Open reports, oldest first.
pub async fn list(db: &impl Read, viewer: &Viewer, page: PageRequest) -> Result<Page<Filed>> {
    let rows = queue(viewer)?
        .filter(report::Column::ResolvedAt.is_null())
        .filter(page.condition(
            report::Column::CreatedAt,
            report::Column::Id,
            Order::OldestFirst,
        ))
        .order_by_asc(report::Column::CreatedAt)
        .order_by_asc(report::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    let rows = Page::from_rows(rows, page.limit, |row| Cursor {
        key: row.created_at.0,
        id: row.id.0,
    });
    Ok(Page {
        next: rows.next,
        previous: None,
        items: filed(db, rows.items).await?,
    })
}

async fn filed(db: &impl Read, rows: Vec<Report>) -> Result<Vec<Filed>> {
    let involved: Vec<ActorId> = rows
        .iter()
        .flat_map(|row| [row.reporter_id, row.actor_id, row.category_id])
        .flatten()
        .collect();
    let actors = actors::by_ids(db, involved).await?;
    let posts: HashMap<PostId, Post> = post::Entity::find()
        .filter(post::Column::Id.is_in(rows.iter().filter_map(|row| row.post_id)))
        .all(db)
        .await?
        .into_iter()
        .map(|post| (post.id, post))
        .collect();
    let topics: HashMap<TopicId, Topic> = topic::Entity::find()
        .filter(topic::Column::Id.is_in(posts.values().map(|post| post.topic_id)))
        .all(db)
        .await?
        .into_iter()
        .map(|topic| (topic.id, topic))
        .collect();
    let one = |id: Option<ActorId>| id.and_then(|id| actors.get(&id).cloned());
    Ok(rows
        .into_iter()
        .map(|report| {
            let post = report.post_id.and_then(|id| posts.get(&id).cloned());
            Filed {
                reporter: one(report.reporter_id),
                actor: one(report.actor_id),
                category: one(report.category_id),
                topic: post
                    .as_ref()
                    .and_then(|post| topics.get(&post.topic_id).cloned()),
                post,
                report,
            }
        })
        .collect())
}

/// How many reports wait for the viewer; who doesn't moderate has none.
pub async fn open_count(db: &impl Read, viewer: &Viewer) -> Result<u64> {
    match queue(viewer) {
        Ok(query) => Ok(query
            .filter(report::Column::ResolvedAt.is_null())
            .count(db)
            .await?),
        Err(Error::Denied(_)) => Ok(0),
        Err(error) => Err(error),
    }
}

/// A report that the viewer may decide on.
pub async fn by_id(db: &impl Read, viewer: &Viewer, id: ReportId) -> Result<Filed> {
    let row = queue(viewer)?
        .filter(report::Column::Id.eq(id))
        .one(db)
        .await?
        .ok_or(Error::NotFound(Kind::Report))?;
    filed(db, vec![row])
        .await?
        .pop()
        .ok_or(Error::NotFound(Kind::Report))
}

/// A report for who forwards it: no viewer is asked.
pub async fn row(db: &impl Read, id: ReportId) -> Result<Report> {
    report::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound(Kind::Report))
}

/// Closes a report: what was to be done is done. `Conflict` when somebody else closed it.
pub async fn resolve(tx: &Tx, viewer: &Viewer, id: ReportId, note: &str) -> Result<Report> {
    let filed = by_id(tx.c(), viewer, id).await?;
    if filed.report.resolved_at.is_some() {
        return Err(Error::Conflict("the report is closed already"));
    }
    let mut row = filed.report.into_active_model();
    row.resolved_at = Set(Some(tx.now()));
    let report = row.update(tx.c()).await?;
    let target = match (&filed.post, &filed.actor) {
        (Some(post), _) => Target::Post(post),
        (None, Some(actor)) => Target::Actor(actor),
        (None, None) => Target::Other,
    };
    moderation::log(tx, viewer, "resolve", target, note.trim()).await?;
    Ok(report)
}

/// Closes all open reports about a post, after it was removed. Returns how many.
pub async fn resolve_of_post(tx: &Tx, viewer: &Viewer, post: &Post) -> Result<u64> {
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    policy::posts::can_remove(viewer, &topic)?;
    if viewer.actor_id() == Some(post.author_id) {
        return Err(Denied::NotModerator.into());
    }
    let updated = report::Entity::update_many()
        .col_expr(report::Column::ResolvedAt, Expr::value(Some(tx.now())))
        .filter(report::Column::PostId.eq(post.id))
        .filter(report::Column::ResolvedAt.is_null())
        .exec(tx.c())
        .await?;
    Ok(updated.rows_affected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::Keys;
    use crate::categories::{self, NewCategory};
    use crate::kinds::{Role, TopicKind, VoteKind};
    use crate::testing::{on_each_database, person, viewer};
    use crate::topics::NewTopic;
    use crate::{Config, Forum, Origin, bookmarks, idempotency, notifications, tags, votes};

    /// A category, and a topic by `author` in it.
    async fn a_post(forum: &Forum, author: &Viewer) -> (categories::Category, Post) {
        let keys = Keys {
            private_pem: "private".to_owned(),
            public_pem: "public".to_owned(),
        };
        let tx = forum.begin().await.unwrap();
        let new = NewCategory::parse("velo", "Vélo", "", None).unwrap();
        let category = categories::create(&tx, &Viewer::System, new, keys)
            .await
            .unwrap();
        let new = NewTopic::parse(
            "Bornes",
            "Où poser une borne ?",
            TopicKind::Question,
            Some("fr"),
            &["recharge".to_owned()],
        )
        .unwrap();
        let (_, post) = topics::open(&tx, author, &category, new).await.unwrap();
        tx.commit().await.unwrap();
        (category, post)
    }

    #[tokio::test]
    async fn a_report_reaches_who_moderates_and_nobody_else() {
        on_each_database(Config::default(), async |forum| {
            let author = person(&forum, "jeanne", Role::Member).await;
            let reader = person(&forum, "paul", Role::Member).await;
            let me = viewer(&forum, &author).await;
            let reader_viewer = viewer(&forum, &reader).await;
            let (category, post) = a_post(&forum, &me).await;
            let report =
                |text: &str| NewReport::parse(About::Post(Box::new(post.clone())), text).unwrap();
            let tx = forum.begin().await.unwrap();
            let first = file(&tx, &reader_viewer, report("impoli")).await.unwrap();
            let again = file(&tx, &reader_viewer, report("impoli !")).await.unwrap();
            assert_eq!(first.id, again.id);
            let visitor = file(&tx, &Viewer::Anonymous, report("illicite"))
                .await
                .unwrap();
            assert_eq!(visitor.reporter_id, None);
            tx.commit().await.unwrap();

            let db = forum.db();
            let page = PageRequest::first(10);
            assert!(list(db, &reader_viewer, page).await.is_err());
            assert!(list(db, &Viewer::Anonymous, page).await.is_err());
            let tx = forum.begin().await.unwrap();
            for who in [&author, &reader] {
                categories::set_moderator(&tx, &Viewer::System, &category, who.actor.id, true)
                    .await
                    .unwrap();
            }
            tx.commit().await.unwrap();
            let reader_viewer = viewer(&forum, &reader).await;
            let me = viewer(&forum, &author).await;
            assert_eq!(open_count(db, &reader_viewer).await.unwrap(), 2);
            assert_eq!(open_count(db, &me).await.unwrap(), 0, "about oneself");
            assert!(by_id(db, &me, first.id).await.is_err());
            let tx = forum.begin().await.unwrap();
            resolve(&tx, &reader_viewer, first.id, "vu").await.unwrap();
            assert!(matches!(
                resolve(&tx, &reader_viewer, first.id, "vu").await,
                Err(Error::Conflict(_))
            ));
            tx.commit().await.unwrap();
            assert_eq!(list(db, &reader_viewer, page).await.unwrap().items.len(), 1);
            let log = moderation::list(db, &reader_viewer, page).await.unwrap();
            assert_eq!(log.items[0].row.reason, "vu");
        })
        .await;
    }

    #[tokio::test]
    async fn a_like_is_told_once_and_a_bookmark_is_kept_once() {
        on_each_database(Config::default(), async |forum| {
            let author = person(&forum, "jeanne", Role::Member).await;
            let reader = person(&forum, "paul", Role::Member).await;
            let me = viewer(&forum, &author).await;
            let reader = viewer(&forum, &reader).await;
            let (_, post) = a_post(&forum, &me).await;
            let tx = forum.begin().await.unwrap();
            for _ in 0..2 {
                votes::cast(&tx, &reader, &post, VoteKind::Like, None, Origin::Local)
                    .await
                    .unwrap();
                votes::undo(&tx, &reader, &post, Origin::Local)
                    .await
                    .unwrap();
                bookmarks::add(&tx, &reader, &post).await.unwrap();
            }
            votes::cast(&tx, &me, &post, VoteKind::Like, None, Origin::Local)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            let db = forum.db();
            let page = PageRequest::first(10);
            let told = notifications::list(db, &me, page).await.unwrap();
            assert_eq!(told.items.len(), 1);
            assert_eq!(notifications::unread_count(db, &me).await.unwrap(), 1);
            let tx = forum.begin().await.unwrap();
            let ids = [told.items[0].row.id];
            assert_eq!(
                notifications::mark_read(&tx, &reader, Some(&ids))
                    .await
                    .unwrap(),
                0
            );
            assert_eq!(notifications::mark_read(&tx, &me, None).await.unwrap(), 1);
            tx.commit().await.unwrap();
            assert_eq!(notifications::unread_count(db, &me).await.unwrap(), 0);
            let kept = bookmarks::list(db, &reader, page).await.unwrap();
            assert_eq!(kept.items.len(), 1);
            assert!(kept.items[0].bookmarked);
            let tags = tags::top(db, None, 10).await.unwrap();
            assert_eq!((tags[0].tag.as_str(), tags[0].topics), ("recharge", 1));
        })
        .await;
    }

    #[tokio::test]
    async fn a_repeated_request_gets_its_answer_for_a_day() {
        on_each_database(Config::default(), async |forum| {
            let me = person(&forum, "jeanne", Role::Member).await.actor.id;
            let hash = idempotency::request_hash("POST", "/topics", b"{}");
            let other = idempotency::request_hash("POST", "/topic", b"s{}");
            assert_ne!(hash, other);
            let answer = idempotency::Stored {
                status: 201,
                body: "{\"id\":\"1\"}".to_owned(),
            };
            let tx = forum.begin().await.unwrap();
            idempotency::store(&tx, me, "k", &hash, &answer)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            let db = forum.db();
            let found = idempotency::find(db, forum.now(), me, "k", &hash)
                .await
                .unwrap();
            assert_eq!(found, Some(answer.clone()));
            assert!(matches!(
                idempotency::find(db, forum.now(), me, "k", &other).await,
                Err(Error::Conflict(_))
            ));
            let tx = forum.begin().await.unwrap();
            let twice = idempotency::store(&tx, me, "k", &hash, &answer).await;
            assert!(matches!(twice, Err(Error::Conflict(_))));
            drop(tx);
            forum.clock().advance(25 * 3_600_000);
            let found = idempotency::find(db, forum.now(), me, "k", &other)
                .await
                .unwrap();
            assert_eq!(found, None);
            let tx = forum.begin().await.unwrap();
            idempotency::store(&tx, me, "k", &other, &answer)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        })
        .await;
    }
}
