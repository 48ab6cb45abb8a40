//! Another mail address for an account: asked for with the password, confirmed by a link sent there, told to the address
//! before.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};

use super::sign_in::{MAILS_PER_HOUR, Purpose, by_email, forget_links, link, use_link};
use super::{Account, new, remind};
use crate::db::entity::mail_token;
use crate::kinds::PersonState;
use crate::mail::{self, About};
use crate::tokens::digest;
use crate::{Denied, Error, Kind, Result, Timestamp, Tx, Viewer, affiliations, policy, throttles};

/// Asks for another address of the viewer's account, whose password was checked with
/// [`confirm_identity`](super::confirm_identity). A link goes there. Nothing tells whether the address has an account
/// already: whoever has it is told.
pub async fn request_email_change(tx: &Tx, viewer: &Viewer, email: &str) -> Result<()> {
    policy::can_write(viewer)?;
    let me = viewer.person().ok_or(Denied::SignIn)?;
    let email = new::parse_email(email).map_err(|wrong| Error::Invalid(vec![wrong]))?;
    if email == me.person.email {
        return Err(Error::field("email", "unchanged"));
    }
    let account = me.actor.id;
    throttles::hit(tx, &format!("mail:email:{account}"), MAILS_PER_HOUR, 3_600).await?;
    throttles::hit(tx, &format!("mail:email:{email}"), MAILS_PER_HOUR, 3_600).await?;
    if let Some(known) = by_email(tx.c(), &email).await? {
        return remind(tx, &known).await;
    }
    let (link, cause) = link(tx, &me.person, Purpose::Email, Some(email.clone())).await?;
    let about = About::ConfirmNewEmail {
        name: me.actor.name.clone(),
        link,
    };
    let mut to = me.person.clone();
    to.email = email;
    mail::enqueue(tx, &to, about, &cause).await
}

/// The address that a link confirms; `NotFound` when it is unknown, used or over. Does not use it up.
pub async fn read_email_change(
    db: &impl crate::Read,
    now: Timestamp,
    token: &str,
) -> Result<String> {
    mail_token::Entity::find_by_id(digest(token))
        .filter(mail_token::Column::Purpose.eq(Purpose::Email.as_str()))
        .filter(mail_token::Column::ExpiresAt.gt(now))
        .one(db)
        .await?
        .and_then(|row| row.email)
        .ok_or(Error::NotFound(Kind::Token))
}

/// Uses up the link to another address, and tells the one before. `NotFound` when the link is unknown, used or over, or
/// when somebody else has that address meanwhile.
pub async fn confirm_email_change(tx: &Tx, token: &str) -> Result<Account> {
    let email = read_email_change(tx.c(), tx.now(), token).await?;
    let account = use_link(tx, token, Purpose::Email).await?;
    let taken = by_email(tx.c(), &email).await?.is_some();
    if taken || account.person.state != PersonState::Active {
        return Err(Error::NotFound(Kind::Token));
    }
    let before = account.person.clone();
    let mut row = account.person.into_active_model();
    row.email = Set(email);
    let person = row.update(tx.c()).await?;
    // A link to a new password that went to the address before must not open the account any more.
    forget_links(tx, person.actor_id, None).await?;
    affiliations::check_again(tx, &person).await?;
    let about = About::EmailChanged {
        name: account.actor.name.clone(),
    };
    let cause = format!("email:{}:{}", person.actor_id, tx.now().0);
    mail::enqueue(tx, &before, about, &cause).await?;
    Ok(Account {
        actor: account.actor,
        person,
    })
}
