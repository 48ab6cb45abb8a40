//! Showing who one is: passwords, their change, and links by mail when they are lost.
//!
//! An unknown account takes as long and says the same as a wrong password. After ten failures from one place the next
//! try there waits a quarter of an hour; nobody is ever locked out for good by a stranger.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::{Account, new};
use crate::db::entity::{mail_token, person};
use crate::id::ActorId;
use crate::kinds::PersonState;
use crate::mail::{self, About};
use crate::passwords::{self, Password, PasswordHash};
use crate::sessions::SignedIn;
use crate::tokens::{digest, fresh_secret};
use crate::{
    Config, Denied, Error, Forum, Kind, Person, Read, Result, Tx, Viewer, actors, policy,
    second_factors, sessions, throttles, tokens,
};

/// Where a link to confirm an address leads: `?token=`.
pub const CONFIRM_PATH: &str = "/register/confirm";
/// Where a link to choose a new password leads: `?token=`.
pub const RESET_PATH: &str = "/password/reset";
/// Where a link to confirm another address leads: `?token=`.
pub const EMAIL_PATH: &str = "/settings/email/confirm";

/// A link to choose a new password holds a quarter of an hour.
const RESET_SECONDS: i64 = 15 * 60;
/// A link to confirm an address holds two days.
const CONFIRM_SECONDS: i64 = 48 * 3_600;
/// Mails of one kind to one address in an hour.
pub(super) const MAILS_PER_HOUR: i32 = 3;
/// Failures for one account from everywhere, in a quarter of an hour.
const TRIES_FROM_EVERYWHERE: i32 = 100;
const QUARTER: i64 = 15 * 60;

/// What a link by mail is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Confirm,
    Reset,
    Email,
}

impl Purpose {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Reset => "reset",
            Self::Email => "email",
        }
    }
}

fn wrong() -> Error {
    Error::field("password", "mismatch")
}

/// Somebody who showed who they are, with all that signing in takes: a session may begin.
#[derive(Clone, Debug)]
pub struct Identified {
    account: Account,
    proof: Proof,
}

/// What somebody showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Password,
    Code,
    Session,
}

impl Identified {
    /// Somebody who gave a code after the password.
    pub(crate) fn by_code(account: Account) -> Self {
        Self {
            account,
            proof: Proof::Code,
        }
    }

    /// The person of a session, which may go on as another one.
    pub fn by_session(session: &SignedIn) -> Result<Self> {
        let person = session.viewer.person().ok_or(Denied::SignIn)?;
        Ok(Self {
            account: Account {
                actor: person.actor.clone(),
                person: person.person.clone(),
            },
            proof: Proof::Session,
        })
    }

    /// Who.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// True if the password is all that was shown.
    pub(crate) fn by_password_alone(&self) -> bool {
        self.proof == Proof::Password
    }
}

/// Somebody whose password is right and who has yet to give a code: see [`crate::second_factors::sign_in`].
#[derive(Clone, Debug)]
pub struct AwaitsCode(Account);

impl AwaitsCode {
    /// Who.
    pub fn account(&self) -> &Account {
        &self.0
    }
}

/// What a right password opens.
#[derive(Clone, Debug)]
pub enum FirstStep {
    /// A session.
    Enough(Identified),
    /// The second step.
    Code(AwaitsCode),
}

impl FirstStep {
    /// Whose password it is.
    pub fn account(&self) -> &Account {
        match self {
            Self::Enough(who) => who.account(),
            Self::Code(who) => who.account(),
        }
    }
}

/// What `password` opens of the active account that `who` (a name or a mail address) names.
///
/// `client` tells places apart (the address of the browser). Errs with `Invalid` on a wrong password or an unknown
/// account alike, with `TooMany` after failures, and with `Denied` when the password is right but the account waits
/// or is suspended.
pub async fn authenticate(
    forum: &Forum,
    who: &str,
    password: &str,
    client: &str,
) -> Result<FirstStep> {
    let who = who.trim().trim_start_matches('@').to_lowercase();
    let account = match find(forum.db(), forum.config(), &who).await {
        Ok(account) => Some(account),
        Err(Error::NotFound(_) | Error::Gone(_)) => None,
        Err(error) => return Err(error),
    };
    let key = account
        .as_ref()
        .map_or_else(|| who.clone(), |a| a.actor.id.to_string());
    let stored = account.as_ref().map(|a| a.person.password_hash.as_str());
    check(forum, &key, client, stored, password).await?;
    let account = account.ok_or_else(wrong)?;
    match account.person.state {
        PersonState::Active if second_factors::is_on(forum.db(), account.actor.id).await? => {
            Ok(FirstStep::Code(AwaitsCode(account)))
        }
        PersonState::Active => Ok(FirstStep::Enough(Identified {
            account,
            proof: Proof::Password,
        })),
        PersonState::Unconfirmed | PersonState::Pending => Err(Denied::Inactive.into()),
        PersonState::Suspended => Err(Denied::Suspended.into()),
        PersonState::Deleted => Err(wrong()),
    }
}

/// Checks a password, counting failures for `key` from `client`.
async fn check(
    forum: &Forum,
    key: &str,
    client: &str,
    stored: Option<&str>,
    password: &str,
) -> Result<()> {
    let here = format!("sign-in:{key}:{client}");
    let everywhere = format!("sign-in:{key}");
    let tx = forum.begin().await?;
    throttles::try_once(&tx, &here).await?;
    throttles::hit(&tx, &everywhere, TRIES_FROM_EVERYWHERE, QUARTER).await?;
    tx.commit().await?;
    if !passwords::verify(stored.unwrap_or_default(), password).await? {
        return Err(wrong());
    }
    let tx = forum.begin().await?;
    throttles::forgive(&tx, &here).await?;
    tx.commit().await
}

/// The account that somebody names: by name, by address of mail, or by the full handle of an account here.
async fn find(db: &impl Read, config: &Config, who: &str) -> Result<Account> {
    let Some((name, host)) = who.split_once('@') else {
        return super::by_name(db, who).await;
    };
    if let Some(person) = by_email(db, who).await? {
        let actor = actors::by_id(db, person.actor_id).await?;
        return Ok(Account { actor, person });
    }
    if host == config.public_authority().to_lowercase() {
        return super::by_name(db, name).await;
    }
    Err(Error::NotFound(Kind::Person))
}

pub(super) async fn by_email(db: &impl Read, email: &str) -> Result<Option<Person>> {
    Ok(person::Entity::find()
        .filter(person::Column::Email.eq(email.trim().to_lowercase()))
        .filter(person::Column::State.ne(PersonState::Deleted))
        .one(db)
        .await?)
}

/// Checks the viewer's password again, before something that matters.
pub async fn confirm_identity(
    forum: &Forum,
    viewer: &Viewer,
    password: &str,
    client: &str,
) -> Result<()> {
    policy::is_active(viewer)?;
    let me = viewer.person().ok_or(Denied::SignIn)?;
    let key = me.actor.id.to_string();
    check(
        forum,
        &key,
        client,
        Some(me.person.password_hash.as_str()),
        password,
    )
    .await
}

/// Checks a password that the owner of `account` wants, and hashes it: before the transaction. `field` is the name of
/// the field in errors.
pub async fn prepare_password(
    field: &'static str,
    account: &Account,
    password: &str,
) -> Result<PasswordHash> {
    let own = [
        account.actor.name.as_str(),
        account.actor.display_name.as_str(),
        account.person.email.as_str(),
    ];
    Password::parse(field, password, &own)?.hash().await
}

/// Gives the viewer another password; the one before was checked with [`confirm_identity`]. Ends all sessions but the
/// one named by its id, and all tokens.
pub async fn change_password(
    tx: &Tx,
    viewer: &Viewer,
    hash: PasswordHash,
    keep_session: Option<&str>,
) -> Result<()> {
    policy::can_write(viewer)?;
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    put_password(tx, person, hash, keep_session).await
}

/// Gives somebody a password: administrators and the command line.
pub async fn set_password(
    tx: &Tx,
    viewer: &Viewer,
    person: ActorId,
    hash: PasswordHash,
) -> Result<()> {
    policy::people::can_administer(viewer)?;
    put_password(tx, person, hash, None).await
}

async fn put_password(
    tx: &Tx,
    person: ActorId,
    hash: PasswordHash,
    keep_session: Option<&str>,
) -> Result<()> {
    let account = super::by_id(tx.c(), person).await?;
    if account.person.state == PersonState::Deleted {
        return Err(Error::Gone(Kind::Person));
    }
    person::Entity::update_many()
        .col_expr(
            person::Column::PasswordHash,
            Expr::value(hash.into_string()),
        )
        .filter(person::Column::ActorId.eq(person))
        .exec(tx.c())
        .await?;
    sessions::end_all(tx, person, keep_session).await?;
    tokens::revoke_all(tx, person).await?;
    forget_links(tx, person, Some(Purpose::Reset)).await?;
    // Who failed at the second step knew the password before.
    second_factors::sign_in::forgive(tx, person).await?;
    if account.person.state == PersonState::Active {
        let about = About::PasswordChanged {
            name: account.actor.name,
        };
        let cause = format!("password:{person}:{}", tx.now().0);
        mail::enqueue(tx, &account.person, about, &cause).await?;
    }
    Ok(())
}

/// Asks for a link to choose a new password. Nothing tells whether the address is known: the answer is the same.
pub async fn request_reset(tx: &Tx, email: &str) -> Result<()> {
    let Some(person) = known(tx, "reset", email).await? else {
        return Ok(());
    };
    match person.state {
        PersonState::Active => {
            let name = actors::by_id(tx.c(), person.actor_id).await?.name;
            let (link, cause) = link(tx, &person, Purpose::Reset, None).await?;
            mail::enqueue(tx, &person, About::ResetPassword { name, link }, &cause).await
        }
        PersonState::Unconfirmed => send_confirmation(tx, &person).await,
        PersonState::Pending | PersonState::Suspended | PersonState::Deleted => Ok(()),
    }
}

/// Asks for the link to confirm an address once more. Nothing tells whether the address is known.
pub async fn request_confirmation(tx: &Tx, email: &str) -> Result<()> {
    match known(tx, "confirm", email).await? {
        Some(person) if person.state == PersonState::Unconfirmed => {
            send_confirmation(tx, &person).await
        }
        _ => Ok(()),
    }
}

/// The person with this address, unless there was enough mail to it already.
async fn known(tx: &Tx, what: &str, email: &str) -> Result<Option<Person>> {
    let Ok(email) = new::parse_email(email) else {
        return Ok(None);
    };
    match throttles::hit(tx, &format!("mail:{what}:{email}"), MAILS_PER_HOUR, 3_600).await {
        Err(Error::TooMany { .. }) => Ok(None),
        Err(error) => Err(error),
        Ok(()) => by_email(tx.c(), &email).await,
    }
}

pub(super) async fn send_confirmation(tx: &Tx, person: &Person) -> Result<()> {
    let name = actors::by_id(tx.c(), person.actor_id).await?.name;
    let (link, cause) = link(tx, person, Purpose::Confirm, None).await?;
    mail::enqueue(tx, person, About::ConfirmEmail { name, link }, &cause).await
}

/// Makes a link for one use, in place of an earlier one; returns it with a name for its mail. `email` is the address that
/// it confirms, when that isn't the one of the account.
pub(super) async fn link(
    tx: &Tx,
    person: &Person,
    purpose: Purpose,
    email: Option<String>,
) -> Result<(String, String)> {
    forget_links(tx, person.actor_id, Some(purpose)).await?;
    let secret = fresh_secret();
    let hash = digest(&secret);
    let (path, seconds) = match purpose {
        Purpose::Confirm => (CONFIRM_PATH, CONFIRM_SECONDS),
        Purpose::Reset => (RESET_PATH, RESET_SECONDS),
        Purpose::Email => (EMAIL_PATH, CONFIRM_SECONDS),
    };
    mail_token::ActiveModel {
        hash: Set(hash.clone()),
        person_id: Set(person.actor_id),
        purpose: Set(purpose.as_str().to_owned()),
        expires_at: Set(tx.now().plus_seconds(seconds)),
        email: Set(email),
    }
    .insert(tx.c())
    .await?;
    Ok((
        public_link(tx.config(), &format!("{path}?token={secret}")),
        format!("{}:{hash}", purpose.as_str()),
    ))
}

pub(super) fn public_link(config: &Config, path: &str) -> String {
    config.local_url(path).to_string()
}

pub(super) async fn forget_links(tx: &Tx, person: ActorId, purpose: Option<Purpose>) -> Result<()> {
    let mut delete =
        mail_token::Entity::delete_many().filter(mail_token::Column::PersonId.eq(person));
    if let Some(purpose) = purpose {
        delete = delete.filter(mail_token::Column::Purpose.eq(purpose.as_str()));
    }
    delete.exec(tx.c()).await?;
    Ok(())
}

/// Forgets links that are over.
pub async fn purge_links(tx: &Tx) -> Result<u64> {
    let deleted = mail_token::Entity::delete_many()
        .filter(mail_token::Column::ExpiresAt.lte(tx.now()))
        .exec(tx.c())
        .await?;
    Ok(deleted.rows_affected)
}

async fn read_link(
    db: &impl Read,
    now: crate::Timestamp,
    token: &str,
    purpose: Purpose,
) -> Result<Account> {
    let row = mail_token::Entity::find_by_id(digest(token))
        .filter(mail_token::Column::Purpose.eq(purpose.as_str()))
        .filter(mail_token::Column::ExpiresAt.gt(now))
        .one(db)
        .await?
        .ok_or(Error::NotFound(Kind::Token))?;
    super::by_id(db, row.person_id)
        .await
        .map_err(|_| Error::NotFound(Kind::Token))
}

/// Uses a link up. Of two that do so at the same time, one wins.
pub(super) async fn use_link(tx: &Tx, token: &str, purpose: Purpose) -> Result<Account> {
    let account = read_link(tx.c(), tx.now(), token, purpose).await?;
    let deleted = mail_token::Entity::delete_by_id(digest(token))
        .exec(tx.c())
        .await?;
    if deleted.rows_affected == 0 {
        return Err(Error::NotFound(Kind::Token));
    }
    Ok(account)
}

/// Whose password a link lets choose; `NotFound` when it is unknown, used or over. Does not use it up.
pub async fn read_reset(forum: &Forum, token: &str) -> Result<Account> {
    read_link(forum.db(), forum.now(), token, Purpose::Reset).await
}

/// Gives the password chosen through a link, once. Ends all sessions and tokens.
pub async fn reset_password(tx: &Tx, token: &str, hash: PasswordHash) -> Result<Account> {
    let account = use_link(tx, token, Purpose::Reset).await?;
    if account.person.state != PersonState::Active {
        return Err(Error::NotFound(Kind::Token));
    }
    put_password(tx, account.actor.id, hash, None).await?;
    Ok(account)
}
