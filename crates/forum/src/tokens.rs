//! Bearer tokens of the Forum API: 256 random bits, shown once, stored as SHA-256.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
};
use sha2::{Digest, Sha256};

use crate::db::entity::token;
use crate::id::{self, ActorId, TokenId};
use crate::kinds::PersonState;
use crate::viewer::Withheld;
use crate::{Denied, Error, Forum, Kind, Read, Result, Timestamp, Tx, Viewer, actors};

pub use crate::db::entity::token::Model as Token;

/// How tokens of ours begin, so that scanners of leaked secrets know them.
const PREFIX: &str = "parvis_";
/// Longest label.
const MAX_LABEL: usize = 100;
/// `used_at` and its like are written at most once in so many milliseconds.
pub(crate) const HOUR_MS: i64 = 3_600_000;

/// 256 random bits, for addresses and headers.
pub(crate) fn fresh_secret() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What is stored of a secret, and what it is looked up by.
pub(crate) fn digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// What a token may be used for. None includes another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Read what the person may read.
    Read,
    /// Post, edit, vote, report.
    Write,
    /// Follow and unfollow.
    Follow,
    /// Administer, if the person may.
    Admin,
    /// Moderate, if the person may.
    Moderate,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Write,
        Self::Follow,
        Self::Admin,
        Self::Moderate,
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Follow => "follow",
            Self::Admin => "admin",
            Self::Moderate => "moderate",
        }
    }
}

/// A set of scopes, not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// What a token gets when nobody says: everything that a person may do for themself.
    pub fn usual() -> Self {
        Self(vec![Scope::Read, Scope::Write, Scope::Follow])
    }

    /// True when the scope is in the set.
    pub fn allow(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// `Denied` when the scope isn't in the set.
    pub fn require(&self, scope: Scope) -> Result<()> {
        if self.allow(scope) {
            Ok(())
        } else {
            Err(Denied::Scope.into())
        }
    }
}

impl FromStr for Scopes {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut scopes = text
            .split_whitespace()
            .map(|word| {
                Scope::ALL
                    .into_iter()
                    .find(|scope| scope.as_str() == word)
                    .ok_or_else(|| Error::field("scopes", "unknown"))
            })
            .collect::<Result<Vec<_>>>()?;
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(Error::field("scopes", "blank"));
        }
        Ok(Self(scopes))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.0.iter().map(|scope| scope.as_str()).collect();
        f.write_str(&words.join(" "))
    }
}

/// A new token: the secret is never seen again.
#[derive(Clone)]
pub struct NewToken {
    /// What goes after `Bearer`.
    pub secret: String,
    /// Its row.
    pub token: Token,
}

impl fmt::Debug for NewToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewToken")
            .field("token", &self.token.id)
            .finish_non_exhaustive()
    }
}

fn may_manage(viewer: &Viewer, person: ActorId) -> Result<()> {
    if viewer.is_admin() || viewer.actor_id() == Some(person) {
        Ok(())
    } else {
        Err(Denied::NotAdmin.into())
    }
}

/// Makes a token of `person`: themself, or the command line. `Denied` to a session from which something is withheld.
pub async fn create(
    tx: &Tx,
    viewer: &Viewer,
    person: ActorId,
    label: &str,
    scopes: &Scopes,
) -> Result<NewToken> {
    if !matches!(viewer, Viewer::System) && viewer.actor_id() != Some(person) {
        return Err(Denied::NotAdmin.into());
    }
    // A token would do what the session may not.
    if viewer.withheld() != Withheld::Nothing {
        return Err(Denied::SecondFactor.into());
    }
    let account = crate::people::by_id(tx.c(), person).await?;
    match account.person.state {
        PersonState::Active => {}
        PersonState::Suspended => return Err(Denied::Suspended.into()),
        _ => return Err(Denied::Inactive.into()),
    }
    let secret = format!("{PREFIX}{}", fresh_secret());
    let label: String = crate::text::sanitize::clean_name(label)
        .chars()
        .take(MAX_LABEL)
        .collect();
    let token = token::ActiveModel {
        id: Set(id::mint(tx.now())),
        person_id: Set(person),
        hash: Set(digest(&secret)),
        label: Set(label),
        scopes: Set(scopes.to_string()),
        created_at: Set(tx.now()),
        used_at: Set(None),
        revoked_at: Set(None),
    }
    .insert(tx.c())
    .await?;
    Ok(NewToken { secret, token })
}

/// Whoever uses a bearer token, and what for.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// The person.
    pub viewer: Viewer,
    /// What the token allows.
    pub scopes: Scopes,
    /// The token.
    pub token: TokenId,
}

/// The person behind a bearer token; none when it is unknown, revoked, or its person is not active.
pub async fn find(forum: &Forum, bearer: &str) -> Result<Option<Bearer>> {
    let Some(row) = token::Entity::find()
        .filter(token::Column::Hash.eq(digest(bearer)))
        .filter(token::Column::RevokedAt.is_null())
        .one(forum.db())
        .await?
    else {
        return Ok(None);
    };
    let actor = actors::by_id(forum.db(), row.person_id).await?;
    let viewer = Viewer::load(forum.db(), actor).await?;
    let active = viewer
        .person()
        .is_some_and(|p| p.person.state == PersonState::Active);
    if !active {
        return Ok(None);
    }
    let scopes = row.scopes.parse()?;
    let now = forum.now();
    if row.used_at.is_none_or(|used| now.0 - used.0 >= HOUR_MS) {
        match note_use(forum, &row, now).await {
            // Who only reads can go on while nothing can be written.
            Err(error) if error.is_unavailable() => {
                tracing::warn!(%error, "cannot note that a token was used: {error}");
            }
            noted => noted?,
        }
    }
    Ok(Some(Bearer {
        viewer,
        scopes,
        token: row.id,
    }))
}

async fn note_use(forum: &Forum, row: &token::Model, now: Timestamp) -> Result<()> {
    let tx = forum.begin().await?;
    token::Entity::update_many()
        .col_expr(token::Column::UsedAt, Expr::value(Some(rounded(now))))
        .filter(token::Column::Id.eq(row.id))
        .exec(tx.c())
        .await?;
    crate::people::seen(&tx, row.person_id).await?;
    tx.commit().await
}

/// The hour that a moment is in.
pub(crate) fn rounded(now: Timestamp) -> Timestamp {
    Timestamp(now.0 - now.0.rem_euclid(HOUR_MS))
}

/// Tokens of a person that are not revoked, newest first: to themself and to administrators.
pub async fn list(db: &impl Read, viewer: &Viewer, person: ActorId) -> Result<Vec<Token>> {
    may_manage(viewer, person)?;
    Ok(token::Entity::find()
        .filter(token::Column::PersonId.eq(person))
        .filter(token::Column::RevokedAt.is_null())
        .order_by_desc(token::Column::Id)
        .all(db)
        .await?)
}

/// Revokes a token: its person, or an administrator.
pub async fn revoke(tx: &Tx, viewer: &Viewer, id: TokenId) -> Result<()> {
    let row = token::Entity::find_by_id(id)
        .one(tx.c())
        .await?
        .ok_or(Error::NotFound(Kind::Token))?;
    may_manage(viewer, row.person_id).map_err(|_| Error::NotFound(Kind::Token))?;
    token::Entity::update_many()
        .col_expr(token::Column::RevokedAt, Expr::value(Some(tx.now())))
        .filter(token::Column::Id.eq(id))
        .filter(token::Column::RevokedAt.is_null())
        .exec(tx.c())
        .await?;
    Ok(())
}

/// Revokes all tokens of a person.
pub(crate) async fn revoke_all(tx: &Tx, person: ActorId) -> Result<()> {
    token::Entity::update_many()
        .col_expr(token::Column::RevokedAt, Expr::value(Some(tx.now())))
        .filter(token::Column::PersonId.eq(person))
        .filter(token::Column::RevokedAt.is_null())
        .exec(tx.c())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_a_set_of_known_words() {
        let scopes: Scopes = " write read  read".parse().unwrap();
        assert_eq!(scopes.to_string(), "read write");
        assert!(scopes.allow(Scope::Write));
        assert!(scopes.require(Scope::Admin).is_err());
        assert!("read everything".parse::<Scopes>().is_err());
        assert!("".parse::<Scopes>().is_err());
    }
}
