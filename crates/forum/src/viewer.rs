//! Whoever reads or acts: nobody known, a person here, an actor from elsewhere, or the node itself.

use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect};

use crate::db::entity::{actor, category_moderator, person};
use crate::id::ActorId;
use crate::kinds::{PersonState, Role};
use crate::{Actor, Person, Read, Result};

/// Whoever reads or acts. Loaded once per request, with what policy needs to know.
#[derive(Clone, Debug)]
pub enum Viewer {
    /// Nobody signed in.
    Anonymous,
    /// A person with an account here.
    Person(Box<PersonViewer>),
    /// A person or category of another server.
    Remote(Box<RemoteViewer>),
    /// Another server, which proved by a signature that it asks.
    Server(String),
    /// The node itself: command line, import, schedules.
    System,
}

/// A person with an account here.
#[derive(Clone, Debug)]
pub struct PersonViewer {
    /// Their actor.
    pub actor: Actor,
    /// Their account.
    pub person: Person,
    /// Categories of this node that they moderate.
    pub moderates: Vec<ActorId>,
    /// Categories elsewhere that name them as a moderator. It gives rights over those alone, and no standing here.
    pub moderates_elsewhere: Vec<ActorId>,
    /// What this session may not do until they have a second factor.
    pub withheld: Withheld,
}

/// What a session may not do until its person has a second factor. Access tokens are not concerned: nothing is withheld
/// from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Withheld {
    /// It may do what the person may.
    #[default]
    Nothing,
    /// It may not moderate nor administer.
    Staff,
    /// It may do nothing but set up the second factor, and leave.
    Everything,
}

/// An actor of another server.
#[derive(Clone, Debug)]
pub struct RemoteViewer {
    /// The actor.
    pub actor: Actor,
    /// Categories that they moderate.
    pub moderates: Vec<ActorId>,
}

impl Viewer {
    /// The viewer that `actor` is. A local actor without an account (a category) acts as the node does.
    pub async fn load(db: &impl Read, actor: Actor) -> Result<Self> {
        let grants: Vec<(ActorId, bool)> = category_moderator::Entity::find()
            .select_only()
            .column(category_moderator::Column::CategoryId)
            .column(actor::Column::Local)
            .join(
                JoinType::InnerJoin,
                category_moderator::Entity::belongs_to(actor::Entity)
                    .from(category_moderator::Column::CategoryId)
                    .to(actor::Column::Id)
                    .into(),
            )
            .filter(category_moderator::Column::ActorId.eq(actor.id))
            .into_tuple()
            .all(db)
            .await?;
        let of = |ours: bool| {
            let some = grants.iter().filter(|(_, local)| *local == ours);
            some.map(|(category, _)| *category).collect::<Vec<_>>()
        };
        if !actor.local {
            return Ok(Self::Remote(Box::new(RemoteViewer {
                actor,
                moderates: grants.iter().map(|(category, _)| *category).collect(),
            })));
        }
        match person::Entity::find_by_id(actor.id).one(db).await? {
            Some(person) => Ok(Self::Person(Box::new(PersonViewer {
                actor,
                person,
                moderates: of(true),
                moderates_elsewhere: of(false),
                withheld: Withheld::Nothing,
            }))),
            None => Ok(Self::System),
        }
    }

    /// The actor that the viewer is, if any.
    pub fn actor(&self) -> Option<&Actor> {
        match self {
            Self::Person(p) => Some(&p.actor),
            Self::Remote(r) => Some(&r.actor),
            Self::Anonymous | Self::Server(_) | Self::System => None,
        }
    }

    /// The id of that actor.
    pub fn actor_id(&self) -> Option<ActorId> {
        self.actor().map(|a| a.id)
    }

    /// The person, when it is one of this node.
    pub fn person(&self) -> Option<&PersonViewer> {
        match self {
            Self::Person(p) => Some(p),
            _ => None,
        }
    }

    /// What this session may not do until its person has a second factor.
    pub fn withheld(&self) -> Withheld {
        self.person().map(|p| p.withheld).unwrap_or_default()
    }

    /// True for administrators and for the node itself.
    pub fn is_admin(&self) -> bool {
        match self {
            Self::System => true,
            Self::Person(p) => {
                p.person.state == PersonState::Active
                    && p.person.role == Role::Admin
                    && p.withheld == Withheld::Nothing
            }
            _ => false,
        }
    }

    /// True for those who moderate every category of this node.
    pub fn is_moderator(&self) -> bool {
        match self {
            Self::System => true,
            Self::Person(p) => {
                p.person.state == PersonState::Active
                    && p.person.role != Role::Member
                    && p.withheld == Withheld::Nothing
            }
            _ => false,
        }
    }

    /// True for those who moderate this category, whoever owns it. (Role on this node or grant on the category; the
    /// rights that another server gives in its own categories are checked where its activities are read.)
    pub fn moderates(&self, category: ActorId) -> bool {
        self.is_moderator()
            || match self {
                Self::Person(p) => {
                    p.person.state == PersonState::Active
                        && p.withheld == Withheld::Nothing
                        && p.moderates.contains(&category)
                }
                Self::Remote(r) => r.moderates.contains(&category),
                _ => false,
            }
    }

    /// True for those to whom moderation of this category was given by name, here or by the server that owns it.
    pub fn is_granted(&self, category: ActorId) -> bool {
        match self {
            Self::Person(p) => {
                p.person.state == PersonState::Active
                    && p.withheld == Withheld::Nothing
                    && (p.moderates.contains(&category)
                        || p.moderates_elsewhere.contains(&category))
            }
            Self::Remote(r) => r.moderates.contains(&category),
            Self::Anonymous | Self::Server(_) | Self::System => false,
        }
    }
}
