//! Keys of actors of this node that are replaced: the new one is published at once, the former one still signs what was
//! in the log before, and is forgotten after a month.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};

use crate::actors::Keys;
use crate::db::entity::{actor, retired_key};
use crate::id::{ActorId, Seq};
use crate::moderation::{self, Target};
use crate::{Actor, Denied, Error, Event, Kind, Read, Result, Tx, Viewer, policy};

pub use crate::db::entity::retired_key::Model as RetiredKey;

/// Days during which a former key may still be needed.
const KEPT_DAYS: i64 = 30;

/// Actors of this node that have a key and aren't gone, oldest first: the node, its categories, its people.
pub async fn holders(db: &impl Read) -> Result<Vec<Actor>> {
    Ok(actor::Entity::find()
        .filter(actor::Column::Local.eq(true))
        .filter(actor::Column::DeletedAt.is_null())
        .filter(actor::Column::PrivateKeyPem.is_not_null())
        .order_by_asc(actor::Column::Id)
        .all(db)
        .await?)
}

/// Gives an actor of this node another key, made by [`crate::actors::generate_keys`]. Administrators.
pub async fn replace(tx: &Tx, viewer: &Viewer, actor: Actor, keys: Keys) -> Result<Actor> {
    policy::people::can_administer(viewer)?;
    if !actor.local {
        return Err(Denied::NotOurs.into());
    }
    if actor.deleted_at.is_some() {
        return Err(Error::Gone(Kind::Actor));
    }
    let key_id = format!("{}#key-{}", actor.uri, tx.now().seconds());
    if actor.public_key_id.as_deref() == Some(&*key_id) {
        return Err(Error::TooMany { retry_after: 1 });
    }
    if let (Some(former), Some(pem)) = (&actor.public_key_id, &actor.private_key_pem) {
        let row = retired_key::ActiveModel {
            key_id: Set(former.clone()),
            actor_id: Set(actor.id),
            private_key_pem: Set(pem.clone()),
            until_seq: Set(Seq(0)),
            retired_at: Set(tx.now()),
        };
        row.insert(tx.c()).await?;
    }
    let mut row = actor.into_active_model();
    row.public_key_id = Set(Some(key_id));
    row.public_key_pem = Set(Some(keys.public_pem));
    row.private_key_pem = Set(Some(keys.private_pem));
    row.updated_at = Set(tx.now());
    let actor = row.update(tx.c()).await?;
    moderation::log(tx, viewer, "replace-key", Target::Actor(&actor), "").await?;
    tx.emit(Event::KeyReplaced { actor: actor.id });
    Ok(actor)
}

/// The former key that was replaced in this transaction signs the log up to here.
pub async fn sign_until(tx: &Tx, actor: ActorId, until: Seq) -> Result<()> {
    retired_key::Entity::update_many()
        .col_expr(retired_key::Column::UntilSeq, Expr::value(until))
        .filter(retired_key::Column::ActorId.eq(actor))
        .filter(retired_key::Column::UntilSeq.eq(Seq(0)))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// Former keys that may still sign.
pub async fn retired(db: &impl Read) -> Result<Vec<RetiredKey>> {
    Ok(retired_key::Entity::find().all(db).await?)
}

/// Forgets former keys after a month. Returns how many.
pub async fn purge(tx: &Tx) -> Result<u64> {
    let gone = retired_key::Entity::delete_many()
        .filter(retired_key::Column::RetiredAt.lt(tx.now().plus_days(-KEPT_DAYS)))
        .exec(tx.c())
        .await?;
    Ok(gone.rows_affected)
}
