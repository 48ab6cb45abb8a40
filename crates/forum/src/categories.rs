//! Categories: a Group actor and its place in the forum. Remote ones are categories too, as seen from here.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, JoinType,
    QueryFilter, QueryOrder, QuerySelect, SelectTwo,
};

use crate::actors::{self, Keys, NewLocalActor};
use crate::circles::{self, Sight};
use crate::content;
use crate::db::entity::{actor, category, category_moderator, category_partner};
use crate::id::ActorId;
use crate::kinds::{ActorKind, Readers, SearchKind};
use crate::text::sanitize;
use crate::{
    Actor, Config, Error, Event, FieldError, Kind, Read, Result, Tx, Viewer, instances, policy,
    search,
};

/// A category: its actor and its row.
#[derive(Clone, Debug)]
pub struct Category {
    /// The Group.
    pub actor: Actor,
    /// Its place in the forum.
    pub row: category::Model,
}

impl Category {
    /// The id, which is the actor's.
    pub fn id(&self) -> ActorId {
        self.actor.id
    }

    /// What people see as its name.
    pub fn title(&self) -> &str {
        actors::shown_name(&self.actor)
    }
}

/// Longest title.
pub const MAX_TITLE: usize = 100;
/// Partner nodes of a closed category.
const MAX_PARTNERS: usize = 100;
/// Longest description.
pub const MAX_DESCRIPTION: usize = 5_000;

/// Input for a new category, valid once it exists.
#[derive(Clone, Debug)]
pub struct NewCategory {
    slug: String,
    title: String,
    description: String,
    parent: Option<String>,
}

impl NewCategory {
    /// Checks the input; `parent` is the slug of a category of this node.
    pub fn parse(slug: &str, title: &str, description: &str, parent: Option<&str>) -> Result<Self> {
        let mut errors = Vec::new();
        let slug = slug.trim();
        if slug.is_empty() {
            errors.push(FieldError::new("slug", "blank"));
        } else if !actors::is_valid_name(slug) {
            errors.push(FieldError::new("slug", "format"));
        }
        let (title, description) = check_texts(title, description, &mut errors);
        if errors.is_empty() {
            Ok(Self {
                slug: slug.to_owned(),
                title,
                description,
                parent: parent
                    .map(str::trim)
                    .filter(|p| !p.is_empty())
                    .map(ToOwned::to_owned),
            })
        } else {
            Err(Error::Invalid(errors))
        }
    }
}

fn check_texts(title: &str, description: &str, errors: &mut Vec<FieldError>) -> (String, String) {
    let title = sanitize::clean_name(title);
    if title.is_empty() {
        errors.push(FieldError::new("title", "blank"));
    }
    let description = description.trim().replace('\0', "");
    if description.chars().count() > MAX_DESCRIPTION {
        errors.push(FieldError::limit("description", "too-long", 5_000));
    }
    (title, description)
}

/// Makes a category. Administrators only.
pub async fn create(tx: &Tx, viewer: &Viewer, new: NewCategory, keys: Keys) -> Result<Category> {
    policy::categories::can_administer(viewer)?;
    let parent = match &new.parent {
        None => None,
        Some(slug) => Some(
            local_by_slug(tx.c(), slug)
                .await
                .map_err(|_| Error::field("parent", "unknown"))?
                .id(),
        ),
    };
    if actors::local_by_name(tx.c(), &new.slug).await?.is_some() {
        return Err(Error::field("slug", "taken"));
    }
    let actor = actors::create_local(
        tx,
        NewLocalActor {
            kind: ActorKind::Group,
            name: new.slug,
            display_name: new.title,
            summary_html: content::render_description(&new.description, tx.config()),
            summary_source: new.description.clone(),
        },
        keys,
    )
    .await?;
    let row = category::ActiveModel {
        actor_id: Set(actor.id),
        parent_id: Set(parent),
        description: Set(new.description),
        position: Set(0),
        announce_replies: Set(true),
        topic_count: Set(0),
        post_count: Set(0),
        last_activity_at: Set(None),
        archived_at: Set(None),
        created_at: Set(tx.now()),
        readers: Set(None),
    }
    .insert(tx.c())
    .await?;
    let category = Category { actor, row };
    index(tx, &category).await?;
    Ok(category)
}

/// What may be changed of a category.
#[derive(Clone, Debug, Default)]
pub struct CategoryChange {
    /// New title.
    pub title: Option<String>,
    /// New description, Markdown.
    pub description: Option<String>,
    /// Another category above it; an empty slug for none.
    pub parent: Option<String>,
    /// Only moderators open topics.
    pub posting_restricted: Option<bool>,
    /// Announce replies to microblogs as well.
    pub announce_replies: Option<bool>,
    /// Read-only, or writable again.
    pub archived: Option<bool>,
    /// Order among its siblings.
    pub position: Option<i32>,
    /// Who may read it.
    pub access: Option<Access>,
}

/// Who may read a category of this node, besides those who moderate it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, everywhere.
    Public,
    /// Only some people here, and people of some other nodes.
    Closed {
        /// Who of this node: members or verified agents.
        readers: Readers,
        /// Hosts of the other nodes; each decides who of its people takes part.
        partners: Vec<String>,
    },
}

impl Access {
    /// A closed one, with hosts as people write them: by spaces, commas or lines.
    pub fn closed(readers: Readers, partners: &str, config: &Config) -> Result<Self> {
        let mut hosts = Vec::new();
        for text in partners.split([' ', ',', ';', '\n', '\r', '\t']) {
            if text.trim().is_empty() {
                continue;
            }
            let host = instances::normal_host(text)
                .filter(|host| host != config.public_authority())
                .ok_or_else(|| Error::field("partners", "format"))?;
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        if hosts.len() > MAX_PARTNERS {
            return Err(Error::Invalid(vec![FieldError::limit(
                "partners", "too-long", 100,
            )]));
        }
        if readers == Readers::Followers {
            return Err(Error::field("readers", "unknown"));
        }
        Ok(Self::Closed {
            readers,
            partners: hosts,
        })
    }
}

/// Changes a category of this node. Its moderators change the texts, administrators everything.
pub async fn edit(
    tx: &Tx,
    viewer: &Viewer,
    category: Category,
    change: CategoryChange,
) -> Result<Category> {
    policy::categories::can_edit(viewer, &category)?;
    let more = change.parent.is_some()
        || change.posting_restricted.is_some()
        || change.announce_replies.is_some()
        || change.archived.is_some()
        || change.access.is_some()
        || change.position.is_some();
    if more {
        policy::categories::can_administer(viewer)?;
    }
    let mut errors = Vec::new();
    let (title, description) = check_texts(
        change.title.as_deref().unwrap_or(category.title()),
        change
            .description
            .as_deref()
            .unwrap_or(&category.row.description),
        &mut errors,
    );
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let parent = match change.parent.as_deref().map(str::trim) {
        None => category.row.parent_id,
        Some("") => None,
        Some(slug) => {
            let parent = local_by_slug(tx.c(), slug)
                .await
                .map_err(|_| Error::field("parent", "unknown"))?;
            if is_under(tx.c(), parent.id(), category.id()).await? {
                return Err(Error::field("parent", "mismatch"));
            }
            Some(parent.id())
        }
    };
    let mut actor = category.actor.clone().into_active_model();
    actor.display_name = Set(title);
    actor.summary_html = Set(content::render_description(&description, tx.config()).into_string());
    actor.summary_source = Set(Some(description.clone()));
    actor.posting_restricted = Set(change
        .posting_restricted
        .unwrap_or(category.actor.posting_restricted));
    actor.updated_at = Set(tx.now());
    if let Some(access) = &change.access {
        let public = *access == Access::Public;
        actor.manually_approves = Set(!public);
        actor.discoverable = Set(public);
        actor.indexable = Set(public);
    }
    let actor = actor.update(tx.c()).await?;
    let archived_at = match change.archived {
        None => category.row.archived_at,
        Some(true) => Some(category.row.archived_at.unwrap_or(tx.now())),
        Some(false) => None,
    };
    let mut row = category.row.into_active_model();
    row.description = Set(description);
    row.parent_id = Set(parent);
    row.archived_at = Set(archived_at);
    if let Some(announce) = change.announce_replies {
        row.announce_replies = Set(announce);
    }
    if let Some(position) = change.position {
        row.position = Set(position);
    }
    if let Some(access) = &change.access {
        row.readers = Set(match access {
            Access::Public => None,
            Access::Closed { readers, .. } => Some(*readers),
        });
        put_partners(tx, actor.id, access).await?;
    }
    let row = row.update(tx.c()).await?;
    let category = Category { actor, row };
    index(tx, &category).await?;
    tx.emit(Event::ActorUpdated {
        actor: category.id(),
    });
    Ok(category)
}

async fn put_partners(tx: &Tx, category: ActorId, access: &Access) -> Result<()> {
    category_partner::Entity::delete_many()
        .filter(category_partner::Column::CategoryId.eq(category))
        .exec(tx.c())
        .await?;
    let Access::Closed { partners, .. } = access else {
        return Ok(());
    };
    for host in partners {
        category_partner::ActiveModel {
            category_id: Set(category),
            host: Set(host.clone()),
        }
        .insert(tx.c())
        .await?;
    }
    Ok(())
}

/// True when `category` is `above` itself or somewhere under it.
async fn is_under(db: &impl Read, category: ActorId, above: ActorId) -> Result<bool> {
    let mut at = Some(category);
    for _ in 0..32 {
        match at {
            None => return Ok(false),
            Some(id) if id == above => return Ok(true),
            Some(id) => {
                at = category::Entity::find_by_id(id)
                    .one(db)
                    .await?
                    .and_then(|row| row.parent_id);
            }
        }
    }
    Ok(true)
}

/// Gives a remote Group its row, the first time that it is seen.
pub(crate) async fn ensure_remote(tx: &Tx, actor: &Actor) -> Result<Category> {
    // Approving followers by hand is how a category says that it isn't for everybody.
    let readers = actor.manually_approves.then_some(Readers::Followers);
    let row = match category::Entity::find_by_id(actor.id).one(tx.c()).await? {
        Some(row) if row.readers == readers => row,
        Some(row) => {
            let mut row = row.into_active_model();
            row.readers = Set(readers);
            row.update(tx.c()).await?
        }
        None => {
            category::ActiveModel {
                actor_id: Set(actor.id),
                parent_id: Set(None),
                description: Set(String::new()),
                position: Set(0),
                announce_replies: Set(true),
                topic_count: Set(0),
                post_count: Set(0),
                last_activity_at: Set(None),
                archived_at: Set(None),
                created_at: Set(tx.now()),
                readers: Set(readers),
            }
            .insert(tx.c())
            .await?
        }
    };
    let category = Category {
        actor: actor.clone(),
        row,
    };
    index(tx, &category).await?;
    Ok(category)
}

async fn index(tx: &Tx, category: &Category) -> Result<()> {
    search::put(
        tx,
        search::Doc {
            id: category.id().0,
            kind: SearchKind::Category,
            topic: None,
            category: None,
            author: None,
            language: category
                .actor
                .local
                .then(|| tx.config().ui.default_locale.as_str()),
            created_at: category.row.created_at,
            title: category.title(),
            text: &sanitize::plain_text(&category.actor.summary_html),
        },
    )
    .await
}

/// By id.
pub async fn by_id(db: &impl Read, id: ActorId) -> Result<Category> {
    found(finding(id).one(db).await?)
}

/// A category with its actor.
pub(crate) fn finding(id: ActorId) -> SelectTwo<category::Entity, actor::Entity> {
    let to_actor = category::Entity::belongs_to(actor::Entity)
        .from(category::Column::ActorId)
        .to(actor::Column::Id);
    category::Entity::find_by_id(id)
        .select_also(actor::Entity)
        .join(JoinType::InnerJoin, to_actor.into())
}

/// What [`finding`] found.
pub(crate) fn found(row: Option<(category::Model, Option<Actor>)>) -> Result<Category> {
    match row {
        Some((row, Some(actor))) => Ok(Category { actor, row }),
        _ => Err(Error::NotFound(Kind::Category)),
    }
}

/// A category of this node.
pub async fn local_by_slug(db: &impl Read, slug: &str) -> Result<Category> {
    let actor = actors::local_by_name(db, slug)
        .await?
        .filter(|a| a.kind == ActorKind::Group)
        .ok_or(Error::NotFound(Kind::Category))?;
    by_id(db, actor.id).await
}

/// By `slug` or `slug@host`; a remote one only when it is known here.
pub async fn by_handle(db: &impl Read, config: &Config, handle: &str) -> Result<Category> {
    let handle = handle.trim_start_matches(['@', '!']);
    let (name, host) = match handle.split_once('@') {
        Some((name, host)) => (name, Some(host)),
        None => (handle, None),
    };
    let actor = actors::by_handle(db, config, name, host)
        .await?
        .filter(|a| a.kind == ActorKind::Group)
        .ok_or(Error::NotFound(Kind::Category))?;
    by_id(db, actor.id).await
}

/// By `slug` or `slug@host`, as far as the viewer may know that it is there.
pub async fn readable(
    db: &impl Read,
    config: &Config,
    viewer: &Viewer,
    handle: &str,
) -> Result<Category> {
    let category = by_handle(db, config, handle).await?;
    circles::check_known(db, viewer, &category.actor).await?;
    Ok(category)
}

/// All categories of this node that the viewer may read, parents before children, siblings by position and title.
pub async fn tree(db: &impl Read, viewer: &Viewer) -> Result<Vec<Category>> {
    let actors = actor::Entity::find()
        .filter(actor::Column::Local.eq(true))
        .filter(actor::Column::Kind.eq(ActorKind::Group))
        .order_by_asc(actor::Column::DisplayName)
        .all(db)
        .await?;
    let mut rows: HashMap<ActorId, category::Model> = category::Entity::find()
        .filter(category::Column::ActorId.is_in(actors.iter().map(|a| a.id)))
        .filter(of_rows(viewer))
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.actor_id, row))
        .collect();
    let mut all: Vec<Category> = actors
        .into_iter()
        .filter_map(|actor| {
            let row = rows.remove(&actor.id)?;
            Some(Category { actor, row })
        })
        .collect();
    all.sort_by_key(|c| c.row.position);
    let mut ordered = Vec::with_capacity(all.len());
    push_children(&all, None, &mut ordered, 0);
    for category in all {
        if !ordered.iter().any(|c: &Category| c.id() == category.id()) {
            ordered.push(category);
        }
    }
    Ok(ordered)
}

fn push_children(all: &[Category], parent: Option<ActorId>, out: &mut Vec<Category>, depth: u8) {
    if depth > 16 {
        return;
    }
    for category in all.iter().filter(|c| c.row.parent_id == parent) {
        out.push(category.clone());
        push_children(all, Some(category.id()), out, depth + 1);
    }
}

fn of_rows(viewer: &Viewer) -> sea_orm::Condition {
    Sight::of(viewer).of_categories((category::Entity, category::Column::ActorId))
}

/// Remote categories that somebody here follows and the viewer may read, by title.
pub async fn followed_remote(db: &impl Read, viewer: &Viewer) -> Result<Vec<Category>> {
    use crate::db::entity::follow;
    use crate::kinds::FollowState;
    use sea_orm::QuerySelect;
    let followed: Vec<ActorId> = follow::Entity::find()
        .select_only()
        .column(follow::Column::FollowedId)
        .distinct()
        .filter(follow::Column::State.eq(FollowState::Accepted))
        .into_tuple()
        .all(db)
        .await?;
    let actors = actor::Entity::find()
        .filter(actor::Column::Id.is_in(followed))
        .filter(actor::Column::Local.eq(false))
        .filter(actor::Column::Kind.eq(ActorKind::Group))
        .filter(actor::Column::DeletedAt.is_null())
        .filter(Sight::of(viewer).of_categories((actor::Entity, actor::Column::Id)))
        .order_by_asc(actor::Column::DisplayName)
        .all(db)
        .await?;
    by_actors(db, actors).await
}

/// The categories of these actors, in their order.
pub async fn by_actors(db: &impl Read, actors: Vec<Actor>) -> Result<Vec<Category>> {
    let mut rows: HashMap<ActorId, category::Model> = category::Entity::find()
        .filter(category::Column::ActorId.is_in(actors.iter().map(|a| a.id)))
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.actor_id, row))
        .collect();
    Ok(actors
        .into_iter()
        .filter_map(|actor| {
            let row = rows.remove(&actor.id)?;
            Some(Category { actor, row })
        })
        .collect())
}

/// Several categories by id.
pub async fn by_ids(
    db: &impl Read,
    ids: impl IntoIterator<Item = ActorId>,
) -> Result<HashMap<ActorId, Category>> {
    let actors = actors::by_ids(db, ids).await?.into_values().collect();
    Ok(by_actors(db, actors)
        .await?
        .into_iter()
        .map(|c| (c.id(), c))
        .collect())
}

/// Who moderates it by a grant, oldest first.
pub async fn moderators(db: &impl Read, category: ActorId) -> Result<Vec<Actor>> {
    let rows = category_moderator::Entity::find()
        .filter(category_moderator::Column::CategoryId.eq(category))
        .order_by_asc(category_moderator::Column::CreatedAt)
        .all(db)
        .await?;
    let mut actors = actors::by_ids(db, rows.iter().map(|r| r.actor_id)).await?;
    Ok(rows
        .iter()
        .filter_map(|r| actors.remove(&r.actor_id))
        .collect())
}

/// Grants or withdraws moderation of a category of this node. Administrators only.
pub async fn set_moderator(
    tx: &Tx,
    viewer: &Viewer,
    category: &Category,
    actor: ActorId,
    granted: bool,
) -> Result<()> {
    policy::categories::can_administer(viewer)?;
    let named = category_moderator::Entity::find_by_id((category.id(), actor))
        .one(tx.c())
        .await?
        .is_some();
    if named == granted {
        return Ok(());
    }
    put_moderators_change(tx, category.id(), actor, granted).await?;
    if category.actor.local {
        tx.emit(Event::ModeratorNamed {
            category: category.id(),
            moderator: actor,
            by: viewer.actor_id(),
            named: granted,
        });
    }
    Ok(())
}

/// True if somebody with an account here moderates a category, as far as it says so.
pub async fn is_moderated_from_here(db: &impl Read, category: ActorId) -> Result<bool> {
    let named = moderators(db, category).await?;
    Ok(named.iter().any(|actor| actor.local))
}

/// Takes over the list of moderators that a remote category publishes.
pub async fn replace_moderators(tx: &Tx, category: ActorId, actors: &[ActorId]) -> Result<()> {
    category_moderator::Entity::delete_many()
        .filter(category_moderator::Column::CategoryId.eq(category))
        .exec(tx.c())
        .await?;
    for actor in actors {
        put_moderators_change(tx, category, *actor, true).await?;
    }
    Ok(())
}

async fn put_moderators_change(
    tx: &Tx,
    category: ActorId,
    actor: ActorId,
    granted: bool,
) -> Result<()> {
    category_moderator::Entity::delete_many()
        .filter(category_moderator::Column::CategoryId.eq(category))
        .filter(category_moderator::Column::ActorId.eq(actor))
        .exec(tx.c())
        .await?;
    if granted {
        category_moderator::ActiveModel {
            category_id: Set(category),
            actor_id: Set(actor),
            created_at: Set(tx.now()),
        }
        .insert(tx.c())
        .await?;
    }
    Ok(())
}

/// Counts up or down what can be read in a category.
pub(crate) async fn count(
    tx: &Tx,
    category: ActorId,
    topics: i32,
    posts: i32,
    active: bool,
) -> Result<()> {
    let mut update = category::Entity::update_many()
        .col_expr(
            category::Column::TopicCount,
            Expr::col(category::Column::TopicCount).add(topics),
        )
        .col_expr(
            category::Column::PostCount,
            Expr::col(category::Column::PostCount).add(posts),
        )
        .filter(category::Column::ActorId.eq(category));
    if active {
        update = update.col_expr(category::Column::LastActivityAt, Expr::value(tx.now()));
    }
    Ok(tx.c().later(update).await?)
}
