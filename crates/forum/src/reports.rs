//! Reports of content and of accounts, by people here, by visitors and by other servers (Flag).

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::db::entity::{category_moderator, person, post, report, topic};
use crate::id::{self, ActorId, PostId, ReportId, TopicId};
use crate::kinds::{PersonState, ReportDecision, Role};
use crate::moderation::{self, Target};
use crate::page::{Cursor, Order, Page, PageRequest};
use crate::text::sanitize;
use crate::{
    Actor, Denied, Error, Event, Kind, Origin, Post, Read, Report, Result, Timestamp, Topic, Tx,
    Viewer, actors, mail, people, policy, posts, settings, topics,
};

/// Longest reason, in characters.
pub const MAX_REASON: usize = 5_000;
/// Why something may be reported: the words of the form.
pub const GROUNDS: [&str; 6] = ["illegal", "child", "hate", "privacy", "spam", "rules"];
/// Longest name of a visitor, in characters.
const MAX_NAME: usize = 100;
/// Days after the decision during which what a visitor said of themself is kept (product.md §5.4).
pub const CONTACT_DAYS: i64 = 183;
/// Series of the numbers of reports.
const NUMBERS: &str = "report_number";
/// Where reports are decided on.
const QUEUE_PATH: &str = "/moderation";

/// What is reported.
#[derive(Clone, Debug)]
pub enum About {
    /// A post, and with it its author.
    Post(Box<Post>),
    /// An account.
    Actor(Box<Actor>),
}

/// What a visitor says of themself, for the moderators and for the answer; it never leaves the node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// Name; may be empty.
    pub name: String,
    /// Address of mail; may be empty.
    pub email: String,
    /// Language of the answer.
    pub locale: String,
}

/// A report, valid once it exists.
#[derive(Clone, Debug)]
pub struct NewReport {
    about: About,
    ground: Option<String>,
    reason: String,
    contact: Contact,
    forward: bool,
    uri: Option<String>,
    origin: Origin,
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
            ground: None,
            reason,
            contact: Contact::default(),
            forward: false,
            uri: None,
            origin: Origin::Local,
        })
    }

    /// The same, with a word of [`GROUNDS`]; another one counts as none.
    #[must_use]
    pub fn on_ground(self, ground: &str) -> Self {
        Self {
            ground: GROUNDS.contains(&ground).then(|| ground.to_owned()),
            ..self
        }
    }

    /// The same, by a visitor who says how to reach them. An address that can't be one is an error.
    pub fn by_visitor(self, contact: &Contact) -> Result<Self> {
        let email = contact.email.trim();
        if !email.is_empty() && email.parse::<lettre::Address>().is_err() {
            return Err(Error::field("email", "format"));
        }
        Ok(Self {
            contact: Contact {
                name: sanitize::cut_at_word(&sanitize::clean_name(&contact.name), MAX_NAME),
                email: email.to_owned(),
                locale: contact.locale.clone(),
            },
            ..self
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
    pub fn received(about: About, reason: &str, uri: String, origin: Origin) -> Self {
        Self {
            about,
            ground: None,
            reason: reason
                .trim()
                .replace('\0', "")
                .chars()
                .take(MAX_REASON)
                .collect(),
            contact: Contact::default(),
            forward: false,
            uri: Some(uri),
            origin,
        }
    }
}

/// Files a report; visitors may. A second one by the same reporter about the same thing, while the first is open, is
/// the first.
pub async fn file(tx: &Tx, viewer: &Viewer, new: NewReport) -> Result<Report> {
    let reporter = match viewer {
        Viewer::Anonymous | Viewer::Server(_) | Viewer::System => None,
        Viewer::Person(_) | Viewer::Remote(_) => Some(policy::can_write(viewer)?),
    };
    let (post, actor, topic) = match &new.about {
        About::Post(post) => {
            let topic = topics::readable(tx.c(), viewer, post.topic_id).await?;
            (Some(post.id), post.author_id, Some(topic))
        }
        About::Actor(actor) => (None, actor.id, None),
    };
    let ours = topic.as_ref().is_some_and(|topic| topic.local);
    let category = topic.map(|topic| topic.category_id);
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
        // Moderators on other servers know it by this id.
        None if forward || ours => {
            let activity: i64 = id::mint(tx.now());
            Some(tx.config().local_url(&format!("/a/{activity}")).to_string())
        }
        other => other,
    };
    let given = |text: String| (reporter.is_none() && !text.is_empty()).then_some(text);
    let email = given(new.contact.email);
    let row = report::ActiveModel {
        id: Set(id),
        number: Set(next_number(tx).await?),
        reporter_id: Set(reporter),
        post_id: Set(post),
        actor_id: Set(Some(actor)),
        category_id: Set(category),
        ground: Set(new.ground),
        reason: Set(new.reason),
        reporter_name: Set(given(new.contact.name)),
        reporter_locale: Set(email.is_some().then_some(new.contact.locale)),
        reporter_email: Set(email),
        uri: Set(uri),
        created_at: Set(tx.now()),
        resolved_at: Set(None),
        decision: Set(None),
    }
    .insert(tx.c())
    .await?;
    tell_moderators(tx, &row).await?;
    if ours {
        let (report, origin) = (id, new.origin);
        tx.emit(Event::ReportFiled { report, origin });
    }
    if forward {
        tx.emit(Event::ReportForwarded { report: id });
    }
    Ok(row)
}

async fn next_number(tx: &Tx) -> Result<i64> {
    // Reports of before the numbers were counted during the upgrade.
    let last: Option<i64> = report::Entity::find()
        .select_only()
        .column(report::Column::Number)
        .order_by_desc(report::Column::Number)
        .limit(1)
        .into_tuple()
        .one(tx.c())
        .await?;
    settings::next_number(tx, NUMBERS, last.unwrap_or(0)).await
}

/// A mail to whoever may decide on the report, at most one an hour each: the queue tells the rest.
async fn tell_moderators(tx: &Tx, report: &Report) -> Result<()> {
    let mut people = people::moderators(tx.c()).await?;
    if let Some(category) = report.category_id {
        let grants = category_moderator::Entity::find()
            .select_only()
            .column(category_moderator::Column::ActorId)
            .filter(category_moderator::Column::CategoryId.eq(category))
            .into_tuple::<ActorId>()
            .all(tx.c())
            .await?;
        people.extend(
            person::Entity::find()
                .filter(person::Column::ActorId.is_in(grants))
                .filter(person::Column::State.eq(PersonState::Active))
                .filter(person::Column::Role.eq(Role::Member))
                .all(tx.c())
                .await?,
        );
    }
    let hour = tx.now().0 / 3_600_000;
    for person in people {
        if Some(person.actor_id) == report.actor_id || Some(person.actor_id) == report.reporter_id {
            continue;
        }
        let about = mail::About::ReportFiled {
            number: report.number.to_string(),
            link: tx.config().local_url(QUEUE_PATH).to_string(),
        };
        let cause = format!("report-filed:{hour}:{}", person.actor_id);
        mail::enqueue(tx, &person, about, &cause).await?;
    }
    Ok(())
}

/// The mail with the decision and its reasons, to whoever reported here and can be reached.
async fn tell_reporter(
    tx: &Tx,
    report: &Report,
    decision: ReportDecision,
    reason: &str,
) -> Result<()> {
    let path = match (report.post_id, report.actor_id) {
        (Some(post), _) => format!("/p/{post}"),
        (None, Some(actor)) => actors::path(&actors::by_id(tx.c(), actor).await?),
        (None, None) => "/".to_owned(),
    };
    let about = |name: String| mail::About::ReportDecided {
        name,
        number: report.number.to_string(),
        link: tx.config().local_url(&path).to_string(),
        removed: decision == ReportDecision::Removed,
        reason: reason.to_owned(),
    };
    let cause = format!("report-decided:{}", report.id);
    if let Some(reporter) = report.reporter_id {
        let known = person::Entity::find_by_id(reporter)
            .filter(person::Column::State.eq(PersonState::Active))
            .one(tx.c())
            .await?;
        if let Some(known) = known {
            let actor = actors::by_id(tx.c(), reporter).await?;
            mail::enqueue(tx, &known, about(actor.name), &cause).await?;
        }
    } else if let Some(email) = &report.reporter_email {
        let name = report.reporter_name.clone().unwrap_or_default();
        let locale = report.reporter_locale.as_deref().unwrap_or("fr");
        mail::enqueue_to(tx, email, locale, about(name), &cause).await?;
    }
    Ok(())
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
/// themself. Of a category elsewhere, those that its own server knows of.
fn queue(viewer: &Viewer) -> Result<Select<report::Entity>> {
    let mut query = report::Entity::find();
    if !viewer.is_moderator() {
        let elsewhere = granted_elsewhere(viewer);
        let ours = match moderation::moderated(viewer) {
            Err(Error::Denied(Denied::NotModerator)) if !elsewhere.is_empty() => Vec::new(),
            other => other?,
        };
        query = query.filter(
            Condition::any()
                .add(report::Column::CategoryId.is_in(ours))
                .add(
                    Condition::all()
                        .add(report::Column::CategoryId.is_in(elsewhere))
                        .add(report::Column::Uri.is_not_null()),
                ),
        );
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

/// Categories elsewhere that name the viewer as a moderator.
fn granted_elsewhere(viewer: &Viewer) -> Vec<ActorId> {
    let granted = viewer
        .person()
        .map(|person| person.moderates_elsewhere.clone())
        .unwrap_or_default();
    granted
        .into_iter()
        .filter(|category| viewer.is_granted(*category))
        .collect()
}

/// Leaves out what a visitor said of themself, from who moderates for another server: it never leaves this node.
fn without_contacts(viewer: &Viewer, rows: Vec<Report>) -> Vec<Report> {
    let elsewhere = granted_elsewhere(viewer);
    let foreign = |row: &Report| row.category_id.is_some_and(|id| elsewhere.contains(&id));
    let keep = viewer.is_moderator();
    rows.into_iter()
        .map(|row| {
            if keep || !foreign(&row) {
                return row;
            }
            Report {
                reporter_name: None,
                reporter_email: None,
                reporter_locale: None,
                ..row
            }
        })
        .collect()
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
        items: filed(db, without_contacts(viewer, rows.items)).await?,
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
    filed(db, without_contacts(viewer, vec![row]))
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

/// Closes a report: what was to be done is done, and whoever reported is told why. `Conflict` when somebody else closed
/// it.
pub async fn resolve(tx: &Tx, viewer: &Viewer, id: ReportId, reason: &str) -> Result<Report> {
    let filed = by_id(tx.c(), viewer, id).await?;
    if filed.report.resolved_at.is_some() {
        return Err(Error::Conflict("the report is closed already"));
    }
    let gone = filed
        .post
        .as_ref()
        .is_some_and(|post| post.removed_at.is_some() || post.deleted_at.is_some());
    let decision = if gone {
        ReportDecision::Removed
    } else {
        ReportDecision::Kept
    };
    let target = match (&filed.post, &filed.actor) {
        (Some(post), _) => Target::Post(post),
        (None, Some(actor)) => Target::Actor(actor),
        (None, None) => Target::Other,
    };
    moderation::log(tx, viewer, "resolve", target, reason.trim()).await?;
    // The row again: the viewer may not have been shown all of it.
    let report = row(tx.c(), id).await?;
    tx.emit(Event::ReportResolved {
        report: id,
        moderator: viewer.actor_id(),
        reason: reason.trim().to_owned(),
        origin: Origin::Local,
    });
    decide(tx, report, decision, reason.trim()).await
}

/// A report about a post, by the id of its Flag.
pub async fn by_uri(db: &impl Read, uri: &str) -> Result<Option<Report>> {
    Ok(report::Entity::find()
        .filter(report::Column::Uri.eq(uri))
        .one(db)
        .await?)
}

/// The open reports about a post that its category knows of.
pub async fn open_about(db: &impl Read, post: PostId) -> Result<Vec<Report>> {
    Ok(report::Entity::find()
        .filter(report::Column::PostId.eq(post))
        .filter(report::Column::Uri.is_not_null())
        .filter(report::Column::ResolvedAt.is_null())
        .all(db)
        .await?)
}

/// A moderator elsewhere closed a report, or whoever made it takes it back. Nothing happens to one that is closed.
pub async fn resolve_received(
    tx: &Tx,
    viewer: &Viewer,
    id: ReportId,
    reason: &str,
    origin: Origin,
) -> Result<Report> {
    let known = row(tx.c(), id).await?;
    let post = match known.post_id {
        Some(post) => Some(posts::by_id(tx.c(), post).await?),
        None => None,
    };
    let withdrawn = viewer.actor_id().is_some() && viewer.actor_id() == known.reporter_id;
    if !withdrawn {
        let post = post.as_ref().ok_or(Denied::NotModerator)?;
        let topic = topics::by_id(tx.c(), post.topic_id).await?;
        policy::posts::can_remove(viewer, &topic)?;
        if viewer.actor_id() == Some(post.author_id) {
            return Err(Denied::NotModerator.into());
        }
    }
    if known.resolved_at.is_some() {
        return Ok(known);
    }
    let reason = sanitize::clean_title(reason);
    let gone = |post: &Post| post.removed_at.is_some() || post.deleted_at.is_some();
    let decision = if post.as_ref().is_some_and(gone) {
        ReportDecision::Removed
    } else {
        ReportDecision::Kept
    };
    if let Some(post) = &post {
        moderation::log(tx, viewer, "resolve", Target::Post(post), &reason).await?;
    }
    tx.emit(Event::ReportResolved {
        report: id,
        moderator: viewer.actor_id(),
        reason: reason.clone(),
        origin,
    });
    decide(tx, known, decision, &reason).await
}

async fn decide(tx: &Tx, report: Report, decision: ReportDecision, reason: &str) -> Result<Report> {
    let mut row = report.into_active_model();
    row.resolved_at = Set(Some(tx.now()));
    row.decision = Set(Some(decision));
    let report = row.update(tx.c()).await?;
    tell_reporter(tx, &report, decision, reason).await?;
    Ok(report)
}

/// Closes all open reports about a post, after it was removed. Returns how many.
pub async fn resolve_of_post(tx: &Tx, viewer: &Viewer, post: &Post) -> Result<u64> {
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    policy::posts::can_remove(viewer, &topic)?;
    if viewer.actor_id() == Some(post.author_id) {
        return Err(Denied::NotModerator.into());
    }
    let open = report::Entity::find()
        .filter(report::Column::PostId.eq(post.id))
        .filter(report::Column::ResolvedAt.is_null())
        .all(tx.c())
        .await?;
    let reason = post.removed_reason.as_deref().unwrap_or_default();
    let mut closed = 0;
    for report in open {
        tx.emit(Event::ReportResolved {
            report: report.id,
            moderator: viewer.actor_id(),
            reason: reason.to_owned(),
            origin: Origin::Local,
        });
        decide(tx, report, ReportDecision::Removed, reason).await?;
        closed += 1;
    }
    Ok(closed)
}

/// Forgets what visitors said of themselves in reports that were closed before that moment.
pub async fn forget_contacts(tx: &Tx, before: Timestamp) -> Result<u64> {
    let updated = report::Entity::update_many()
        .col_expr(report::Column::ReporterName, Expr::value(None::<String>))
        .col_expr(report::Column::ReporterEmail, Expr::value(None::<String>))
        .filter(report::Column::ResolvedAt.lt(before))
        .filter(
            Condition::any()
                .add(report::Column::ReporterEmail.is_not_null())
                .add(report::Column::ReporterName.is_not_null()),
        )
        .exec(tx.c())
        .await?;
    Ok(updated.rows_affected)
}

#[cfg(test)]
mod tests;
