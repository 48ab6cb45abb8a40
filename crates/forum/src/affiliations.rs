//! What a person is: public agent, vendor… apart from what they may do.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::db::entity::affiliation;
use crate::id::ActorId;
use crate::{Affiliation, Read, Result};

/// The affiliations of these actors.
pub async fn of(
    db: &impl Read,
    actors: impl IntoIterator<Item = ActorId>,
) -> Result<HashMap<ActorId, Affiliation>> {
    let actors: Vec<ActorId> = actors.into_iter().collect();
    if actors.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(affiliation::Entity::find()
        .filter(affiliation::Column::ActorId.is_in(actors))
        .all(db)
        .await?
        .into_iter()
        .map(|a| (a.actor_id, a))
        .collect())
}

/// An affiliation in the form that posts keep and the Forum API shows.
pub fn json(affiliation: &Affiliation) -> serde_json::Value {
    serde_json::json!({
        "type": affiliation.kind,
        "subtype": affiliation.subtype,
        "organisation": affiliation.organisation.as_ref().map(|name| serde_json::json!({
            "id": null,
            "name": name,
            "url": affiliation.organisation_url,
        })),
        "proof": affiliation.proof,
    })
}

/// The affiliation of an author at this moment, as JSON text to keep with a post.
pub async fn snapshot(db: &impl Read, actor: ActorId) -> Result<Option<String>> {
    Ok(of(db, [actor])
        .await?
        .get(&actor)
        .map(|a| json(a).to_string()))
}
