//! Who may read a closed category: the one question that every list, every address and every delivery asks.
//!
//! A category without a rule (`readers`) is for everybody. One with a rule is there only for those whom the rule names,
//! for people of the nodes named as its partners, for those who moderate it, and for moderators of the node; for
//! anybody else it doesn't exist, nor anything in it. The question is written once, as the ids of the categories that
//! somebody may *not* read: lists carry it in their own statement, so that nothing is asked besides.

use sea_orm::sea_query::{
    Alias, Condition, Expr, ExprTrait, IntoColumnRef, PostgresQueryBuilder, Query, SelectStatement,
    SqliteQueryBuilder,
};
use sea_orm::{ColumnTrait, DatabaseBackend, EntityTrait, QueryFilter, QuerySelect};

use crate::affiliations::DECLARED;
use crate::categories::Category;
use crate::db::entity::{actor, affiliation, category, category_partner, follow, topic};
use crate::id::ActorId;
use crate::kinds::{ActorKind, FollowState, PersonState, Readers};
use crate::viewer::{PersonViewer, Withheld};
use crate::{Actor, Error, Kind, Read, Result, Viewer, instances};

/// Which categories somebody doesn't see: what lists are narrowed by. Where nothing else is said, that of a visitor.
#[derive(Clone, Debug)]
pub struct Sight(Option<SelectStatement>);

impl Default for Sight {
    fn default() -> Self {
        Self::of(&Viewer::Anonymous)
    }
}

impl Sight {
    /// That of a viewer.
    pub fn of(viewer: &Viewer) -> Self {
        if viewer.is_moderator() {
            return Self(None);
        }
        let mut hidden = Query::select()
            .column((category::Entity, category::Column::ActorId))
            .from(category::Entity)
            .and_where(category::Column::Readers.is_not_null())
            .to_owned();
        let shown = match viewer {
            Viewer::Person(person)
                if person.person.state == PersonState::Active
                    && person.withheld != Withheld::Everything =>
            {
                Some(of_person(person))
            }
            // What is of a category elsewhere was let in because that category says so.
            Viewer::Remote(remote) => Some(
                of_partner(&instances::host_of(&remote.actor.uri).unwrap_or_default())
                    .add(Expr::exists(home(None))),
            ),
            Viewer::Server(host) => Some(of_partner(host).add(Expr::exists(home(Some(host))))),
            Viewer::Person(_) | Viewer::Anonymous | Viewer::System => None,
        };
        if let Some(shown) = shown {
            hidden.cond_where(shown.not());
        }
        Self(Some(hidden))
    }

    /// Rows whose `column`, a category's id, is one that may be read.
    pub fn of_categories(&self, column: impl IntoColumnRef) -> Condition {
        match &self.0 {
            None => Condition::all(),
            Some(hidden) => Condition::all().add(Expr::col(column).not_in_subquery(hidden.clone())),
        }
    }

    /// Rows whose `column`, a topic's id or nothing, is of a category that may be read.
    pub fn of_topics(&self, column: impl IntoColumnRef) -> Condition {
        let Some(hidden) = &self.0 else {
            return Condition::all();
        };
        let within = || Alias::new("closed_topics");
        let closed = Query::select()
            .expr(Expr::val(1))
            .from_as(topic::Entity, within())
            .and_where(Expr::col((within(), topic::Column::Id)).eq(Expr::col(column)))
            .and_where(Expr::col((within(), topic::Column::CategoryId)).in_subquery(hidden.clone()))
            .to_owned();
        Condition::all().add(Expr::exists(closed).not())
    }

    /// The ids of the hidden categories, as a statement. None when nothing is hidden.
    pub(crate) fn hidden_text(&self, backend: DatabaseBackend) -> Option<String> {
        let hidden = self.0.as_ref()?;
        Some(match backend {
            DatabaseBackend::Postgres => hidden.to_string(PostgresQueryBuilder),
            _ => hidden.to_string(SqliteQueryBuilder),
        })
    }
}

/// What a person here may read of the closed.
fn of_person(person: &PersonViewer) -> Condition {
    let me = person.actor.id;
    let verified = Query::select()
        .expr(Expr::val(1))
        .from(affiliation::Entity)
        .and_where(affiliation::Column::ActorId.eq(me))
        .and_where(affiliation::Column::Kind.eq("agent"))
        .and_where(affiliation::Column::Proof.ne(DECLARED))
        .to_owned();
    let followed = Query::select()
        .column((follow::Entity, follow::Column::FollowedId))
        .from(follow::Entity)
        .and_where(follow::Column::FollowerId.eq(me))
        .and_where(follow::Column::State.eq(FollowState::Accepted))
        .to_owned();
    let rule = |readers: Readers| category::Column::Readers.eq(readers);
    let of_actor = || Expr::col((category::Entity, category::Column::ActorId));
    let shown = Condition::any()
        .add(rule(Readers::Members))
        .add(
            Condition::all()
                .add(rule(Readers::Agents))
                .add(Expr::exists(verified)),
        )
        .add(
            Condition::all()
                .add(rule(Readers::Followers))
                .add(of_actor().in_subquery(followed)),
        );
    if person.moderates.is_empty() {
        shown
    } else {
        shown.add(category::Column::ActorId.is_in(person.moderates.iter().copied()))
    }
}

/// What people of a node may read because it is a partner.
fn of_partner(host: &str) -> Condition {
    let shared = Query::select()
        .column((
            category_partner::Entity,
            category_partner::Column::CategoryId,
        ))
        .from(category_partner::Entity)
        .and_where(category_partner::Column::Host.eq(host))
        .to_owned();
    Condition::any()
        .add(Expr::col((category::Entity, category::Column::ActorId)).in_subquery(shared))
}

/// The actor of the category, if it is one of another server: of any, or of this one.
fn home(host: Option<&str>) -> SelectStatement {
    let group = || Alias::new("home");
    let mut found = Query::select()
        .expr(Expr::val(1))
        .from_as(actor::Entity, group())
        .and_where(
            Expr::col((group(), actor::Column::Id))
                .eq(Expr::col((category::Entity, category::Column::ActorId))),
        )
        .and_where(Expr::col((group(), actor::Column::Local)).eq(false))
        .to_owned();
    if let Some(host) = host {
        found.and_where(Expr::col((group(), actor::Column::Host)).eq(host));
    }
    found
}

/// Whether this actor is a category that isn't for everybody.
pub fn is_closed(actor: &Actor) -> bool {
    actor.kind == ActorKind::Group && actor.manually_approves
}

/// Whether a viewer may read what is in a category. One query.
pub async fn may_read(db: &impl Read, viewer: &Viewer, category: ActorId) -> Result<bool> {
    let Sight(Some(hidden)) = Sight::of(viewer) else {
        return Ok(true);
    };
    let found: Option<ActorId> = category::Entity::find()
        .select_only()
        .column(category::Column::ActorId)
        .filter(category::Column::ActorId.eq(category))
        .filter(category::Column::ActorId.in_subquery(hidden))
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.is_none())
}

/// Whether a viewer may read what is in a topic. One query.
pub async fn may_read_topic(
    db: &impl Read,
    viewer: &Viewer,
    topic: crate::id::TopicId,
) -> Result<bool> {
    let found: Option<crate::id::TopicId> = topic::Entity::find()
        .select_only()
        .column(topic::Column::Id)
        .filter(topic::Column::Id.eq(topic))
        .filter(Sight::of(viewer).of_categories((topic::Entity, topic::Column::CategoryId)))
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Refuses whoever may not read a category, as if it weren't there. Asks nothing for one that everybody reads.
pub async fn check(db: &impl Read, viewer: &Viewer, category: &Category) -> Result<()> {
    if category.row.readers.is_none() || Box::pin(may_read(db, viewer, category.id())).await? {
        Ok(())
    } else {
        Err(Error::NotFound(Kind::Category))
    }
}

/// The same for its actor alone, and for whoever only wants to know that it is there: people here know the closed
/// categories elsewhere that were looked up, or nobody could ask to be let in.
pub async fn check_known(db: &impl Read, viewer: &Viewer, actor: &Actor) -> Result<()> {
    if !is_closed(actor) {
        return Ok(());
    }
    let asks = !actor.local
        && viewer.person().is_some_and(|person| {
            person.person.state == PersonState::Active && person.withheld != Withheld::Everything
        });
    if asks || Box::pin(may_read(db, viewer, actor.id)).await? {
        Ok(())
    } else {
        Err(Error::NotFound(Kind::Category))
    }
}

/// Hosts of the partner nodes of a category of ours, by name.
pub async fn partners(db: &impl Read, category: ActorId) -> Result<Vec<String>> {
    use sea_orm::QueryOrder as _;
    Ok(category_partner::Entity::find()
        .select_only()
        .column(category_partner::Column::Host)
        .filter(category_partner::Column::CategoryId.eq(category))
        .order_by_asc(category_partner::Column::Host)
        .into_tuple()
        .all(db)
        .await?)
}
