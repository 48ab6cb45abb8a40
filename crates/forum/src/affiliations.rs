//! What a person is (public agent, vendor, citizen…), apart from what they may do; each statement with its proof.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select,
};
use serde_json::json;
use url::Url;

use crate::db::entity::{actor, affiliation, person, post};
use crate::db::together;
use crate::id::{self, ActorId};
use crate::kinds::PersonState;
use crate::text::sanitize;
use crate::{
    Actor, Affiliation, Config, Error, FieldError, Kind, Person, Read, Result, Tx, Viewer, policy,
};

/// The types, in the order of forms. `unstated` is for authors whose server says nothing.
pub const TYPES: [&str; 7] = [
    "agent",
    "community",
    "vendor",
    "services",
    "research",
    "citizen",
    "unstated",
];
/// What an agent may be agent of.
pub const SUBTYPES: [&str; 6] = ["state", "local", "hospital", "operator", "eu", "foreign"];

/// Only said by the person.
pub const DECLARED: &str = "declared";
/// The confirmed mail address is of a listed domain.
pub const DOMAIN: &str = "domain";
/// Said by the server that the account is from; never checked here, whatever that server checked.
pub const ELSEWHERE: &str = "declared_elsewhere";

const MAX_ORGANISATION: usize = 200;
const MAX_URL: usize = 500;

/// A statement, valid once it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAffiliation {
    kind: String,
    subtype: Option<String>,
    organisation: Option<String>,
    url: Option<String>,
}

impl Default for NewAffiliation {
    /// A citizen.
    fn default() -> Self {
        Self {
            kind: "citizen".to_owned(),
            subtype: None,
            organisation: None,
            url: None,
        }
    }
}

impl NewAffiliation {
    /// Checks the input; empty texts count as not given. A subtype counts for agents only, an organisation not for
    /// citizens.
    pub fn parse(
        kind: &str,
        subtype: Option<&str>,
        organisation: Option<&str>,
        organisation_url: Option<&str>,
    ) -> Result<Self> {
        let given = |text: Option<&str>| {
            text.map(str::trim)
                .filter(|t| !t.is_empty())
                .map(ToOwned::to_owned)
        };
        let mut errors = Vec::new();
        let kind = kind.trim();
        if !TYPES.contains(&kind) {
            errors.push(FieldError::new("affiliation", "unknown"));
        }
        let subtype = given(subtype).filter(|_| kind == "agent");
        if subtype.as_deref().is_some_and(|s| !SUBTYPES.contains(&s)) {
            errors.push(FieldError::new("affiliation_subtype", "unknown"));
        }
        let belongs = !matches!(kind, "citizen" | "unstated");
        let organisation = given(organisation)
            .filter(|_| belongs)
            .map(|name| sanitize::clean_name(&name))
            .filter(|name| !name.is_empty());
        if organisation
            .as_ref()
            .is_some_and(|name| name.chars().count() > MAX_ORGANISATION)
        {
            errors.push(FieldError::limit("organisation", "too-long", 200));
        }
        let url = given(organisation_url).filter(|_| organisation.is_some());
        if let Some(url) = &url {
            let valid = url.len() <= MAX_URL
                && Url::parse(url).is_ok_and(|u| matches!(u.scheme(), "http" | "https"));
            if !valid {
                errors.push(FieldError::new("organisation_url", "format"));
            }
        }
        if errors.is_empty() {
            Ok(Self {
                kind: kind.to_owned(),
                subtype,
                organisation,
                url,
            })
        } else {
            Err(Error::Invalid(errors))
        }
    }
}

/// A listed mail domain proves the least: that somebody reads mail there. It counts once the address is confirmed.
fn proof(config: &Config, person: &Person, kind: &str) -> &'static str {
    let confirmed = matches!(person.state, PersonState::Active | PersonState::Pending);
    if kind == "agent"
        && confirmed
        && config
            .registration
            .email_domains
            .match_address(&person.email)
    {
        DOMAIN
    } else {
        DECLARED
    }
}

/// States the viewer's affiliation, in place of the one before.
pub async fn declare(tx: &Tx, viewer: &Viewer, new: NewAffiliation) -> Result<Affiliation> {
    let actor = policy::can_write(viewer)?;
    let row = put(tx, actor, new).await?;
    tx.emit(crate::Event::ActorUpdated { actor });
    Ok(row)
}

/// Writes the affiliation of a local person, in place of the one before.
pub(crate) async fn put(tx: &Tx, actor: ActorId, new: NewAffiliation) -> Result<Affiliation> {
    let person = person::Entity::find_by_id(actor)
        .one(tx.c())
        .await?
        .ok_or(Error::NotFound(Kind::Person))?;
    let proof = proof(tx.config(), &person, &new.kind);
    insert(tx, actor, new, proof).await
}

async fn insert(tx: &Tx, actor: ActorId, new: NewAffiliation, proof: &str) -> Result<Affiliation> {
    forget(tx, actor).await?;
    Ok(affiliation::ActiveModel {
        id: Set(id::mint(tx.now())),
        actor_id: Set(actor),
        kind: Set(new.kind),
        subtype: Set(new.subtype),
        organisation: Set(new.organisation),
        organisation_url: Set(new.url),
        proof: Set(proof.to_owned()),
        created_at: Set(tx.now()),
    }
    .insert(tx.c())
    .await?)
}

/// Keeps what a server says of one of its own actors, in place of what it said before; none when it says nothing.
pub(crate) async fn put_remote(
    tx: &Tx,
    actor: ActorId,
    stated: Option<NewAffiliation>,
) -> Result<()> {
    let known = find(tx.c(), actor).await?;
    let same = match (&known, &stated) {
        (None, None) => true,
        (Some(known), Some(new)) => {
            known.kind == new.kind
                && known.subtype == new.subtype
                && known.organisation == new.organisation
                && known.organisation_url == new.url
        }
        _ => false,
    };
    if same {
        return Ok(());
    }
    match stated {
        Some(new) => {
            insert(tx, actor, new, ELSEWHERE).await?;
            Ok(())
        }
        None => forget(tx, actor).await,
    }
}

/// Looks at the proof again, once an address is confirmed.
pub(crate) async fn check_again(tx: &Tx, person: &Person) -> Result<()> {
    if let Some(row) = find(tx.c(), person.actor_id).await? {
        let proof = proof(tx.config(), person, &row.kind);
        if row.proof == DECLARED && proof != DECLARED {
            affiliation::Entity::update_many()
                .col_expr(affiliation::Column::Proof, Expr::value(proof))
                .filter(affiliation::Column::Id.eq(row.id))
                .exec(tx.c())
                .await?;
        }
    }
    Ok(())
}

/// Takes away what is stated of a person.
pub(crate) async fn forget(tx: &Tx, actor: ActorId) -> Result<()> {
    affiliation::Entity::delete_many()
        .filter(affiliation::Column::ActorId.eq(actor))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// Takes away what is stated of an actor, and what their posts keep of it.
pub(crate) async fn erase(tx: &Tx, actor: ActorId) -> Result<()> {
    forget(tx, actor).await?;
    post::Entity::update_many()
        .col_expr(post::Column::Affiliation, Expr::value(None::<String>))
        .filter(post::Column::AuthorId.eq(actor))
        .filter(post::Column::Affiliation.is_not_null())
        .exec(tx.c())
        .await?;
    Ok(())
}

/// The affiliation of an actor.
pub async fn find(db: &impl Read, actor: ActorId) -> Result<Option<Affiliation>> {
    Ok(affiliation::Entity::find()
        .filter(affiliation::Column::ActorId.eq(actor))
        .order_by_desc(affiliation::Column::Id)
        .one(db)
        .await?)
}

/// The affiliations of several actors; those without one are missing.
pub async fn of(
    db: &impl Read,
    actors: impl IntoIterator<Item = ActorId>,
) -> Result<HashMap<ActorId, Affiliation>> {
    let actors = each_once(actors);
    if actors.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(by_actor(finding(actors).all(db).await?))
}

/// People and what several, others perhaps, say of themselves, in one trip.
pub async fn with_people(
    db: &impl Read,
    people: impl IntoIterator<Item = ActorId>,
    affiliated: impl IntoIterator<Item = ActorId>,
) -> Result<(HashMap<ActorId, Actor>, HashMap<ActorId, Affiliation>)> {
    let (people, affiliated) = (each_once(people), each_once(affiliated));
    let people = actor::Entity::find().filter(actor::Column::Id.is_in(people));
    let (people, affiliations) = together::two(db, people, finding(affiliated)).await?;
    let people = people.into_iter().map(|actor| (actor.id, actor)).collect();
    Ok((people, by_actor(affiliations)))
}

fn each_once(actors: impl IntoIterator<Item = ActorId>) -> Vec<ActorId> {
    let mut actors: Vec<ActorId> = actors.into_iter().collect();
    actors.sort_unstable();
    actors.dedup();
    actors
}

fn finding(actors: Vec<ActorId>) -> Select<affiliation::Entity> {
    affiliation::Entity::find().filter(affiliation::Column::ActorId.is_in(actors))
}

fn by_actor(rows: Vec<Affiliation>) -> HashMap<ActorId, Affiliation> {
    rows.into_iter().map(|row| (row.actor_id, row)).collect()
}

/// An affiliation as the Forum API writes it, and as a post keeps it:
/// `{type, subtype, organisation{id,name,url}, proof}`.
pub fn json(row: &Affiliation) -> serde_json::Value {
    json!({
        "type": row.kind,
        "subtype": row.subtype,
        "organisation": row.organisation.as_ref().map(|name| json!({
            "id": null,
            "name": name,
            "url": row.organisation_url,
        })),
        "proof": row.proof,
    })
}

/// The JSON text that a post keeps of its author's affiliation at the time; none when nothing is stated.
pub async fn snapshot(db: &impl Read, actor: ActorId) -> Result<Option<String>> {
    Ok(find(db, actor).await?.map(|row| json(&row).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_types_and_web_addresses_are_taken() {
        let agent = NewAffiliation::parse(
            "agent",
            Some("local"),
            Some(" Ville de Rives "),
            Some("https://rives.example"),
        )
        .unwrap();
        assert_eq!(agent.organisation.as_deref(), Some("Ville de Rives"));
        assert!(NewAffiliation::parse("king", None, None, None).is_err());
        assert!(NewAffiliation::parse("agent", Some("planet"), None, None).is_err());
        assert!(
            NewAffiliation::parse("vendor", None, Some("X"), Some("javascript:alert(1)")).is_err()
        );
        let citizen = NewAffiliation::parse("citizen", Some("local"), Some("X"), None).unwrap();
        assert_eq!(citizen, NewAffiliation::default());
    }
}
