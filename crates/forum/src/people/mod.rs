//! Accounts of people of this node: asking for one, confirming, approving, roles, suspension, profile, closing.
//!
//! Until an account is active its actor is marked as suspended, so that nothing of it shows here or elsewhere. A closed
//! account keeps its name for ever, without anything else that tells who it was.

mod address;
mod new;
mod sign_in;
#[cfg(test)]
mod tests;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};

use crate::actors::{self, NewLocalActor};
use crate::config::RegistrationMode;
use crate::db::entity::{actor, bookmark, category_moderator, mail_token, notification, person};
use crate::id::ActorId;
use crate::kinds::{ActorKind, NotificationKind, PersonState, Role, SearchKind};
use crate::mail::{self, About};
use crate::media;
use crate::moderation::{self, Target};
use crate::page::{Cursor, Order, Page, PageRequest};
use crate::text::sanitize;
use crate::{
    Actor, Denied, Error, Event, FieldError, Kind, Person, Read, Result, Timestamp, Tx, Viewer,
    affiliations, content, drafts, notifications, policy, search, second_factors, sessions,
    tag_follows, tokens, topic_follows,
};

pub use address::{confirm_email_change, read_email_change, request_email_change};
pub use new::{MAX_REASON, NewPerson, ReadyPerson, SignUp, check_name};
pub use sign_in::{
    AwaitsCode, CONFIRM_PATH, EMAIL_PATH, FirstStep, Identified, RESET_PATH, authenticate,
    change_password, confirm_identity, prepare_password, purge_links, read_reset,
    request_confirmation, request_reset, reset_password, set_password,
};
use sign_in::{Purpose, by_email, forget_links, public_link, send_confirmation, use_link};

/// Longest description of a person, in characters of Markdown.
pub const MAX_SUMMARY: usize = 5_000;
/// Where moderators find who waits for an account.
pub const APPROVALS_PATH: &str = "/moderation/accounts";
/// Days after which an account whose address was never confirmed is forgotten.
const UNCONFIRMED_DAYS: i64 = 7;
/// Days during which the keys of a closed account still sign its farewell.
const FAREWELL_DAYS: i64 = 30;

/// A person of this node: the actor and the account.
#[derive(Clone, Debug)]
pub struct Account {
    /// As everybody sees them.
    pub actor: Actor,
    /// What only they and administrators see.
    pub person: Person,
}

/// What happens after somebody asked for an account. The same whether or not the address is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// After the address is confirmed, a moderator has to accept.
    pub needs_approval: bool,
}

/// Where a confirmed account is.
#[derive(Clone, Debug)]
pub enum Confirmed {
    /// It can be used.
    Active(Account),
    /// A moderator has to accept it.
    Pending(Account),
}

/// Asks for an account. The address gets a mail: with a link to confirm it, or, when it has an account already, with a
/// word about that.
pub async fn register(tx: &Tx, ready: ReadyPerson) -> Result<Registered> {
    let registration = &tx.config().registration;
    let needs_approval = match registration.mode {
        RegistrationMode::Closed => return Err(Denied::RegistrationClosed.into()),
        RegistrationMode::Open => false,
        RegistrationMode::Approval => !registration.email_domains.match_address(&ready.new.email),
    };
    refuse_taken_name(tx, &ready.new.name).await?;
    if let Some(known) = by_email(tx.c(), &ready.new.email).await? {
        remind(tx, &known).await?;
    } else {
        let account = insert(tx, ready, Role::Member, PersonState::Unconfirmed).await?;
        send_confirmation(tx, &account.person).await?;
    }
    Ok(Registered { needs_approval })
}

async fn refuse_taken_name(tx: &Tx, name: &str) -> Result<()> {
    match actors::local_by_name(tx.c(), name).await? {
        Some(_) => Err(Error::field("name", "taken")),
        None => Ok(()),
    }
}

/// Tells who has an account that somebody asked for another one with their address; once a day.
async fn remind(tx: &Tx, person: &Person) -> Result<()> {
    if person.state == PersonState::Unconfirmed {
        return request_confirmation(tx, &person.email).await;
    }
    let actor = actors::by_id(tx.c(), person.actor_id).await?;
    let about = About::AlreadyRegistered {
        name: actor.name,
        link: public_link(tx.config(), "/login"),
    };
    let day = tx.now().seconds().div_euclid(86_400);
    mail::enqueue(tx, person, about, &format!("known:{}:{day}", actor.id)).await
}

/// Makes an account that is active at once: the command line and administrators.
pub async fn create(tx: &Tx, viewer: &Viewer, ready: ReadyPerson, role: Role) -> Result<Account> {
    policy::people::can_administer(viewer)?;
    refuse_taken_name(tx, &ready.new.name).await?;
    if by_email(tx.c(), &ready.new.email).await?.is_some() {
        return Err(Error::field("email", "taken"));
    }
    let account = insert(tx, ready, role, PersonState::Active).await?;
    index(tx, &account.actor).await?;
    Ok(account)
}

async fn insert(tx: &Tx, ready: ReadyPerson, role: Role, state: PersonState) -> Result<Account> {
    let ReadyPerson { new, hash, keys } = ready;
    let created = actors::create_local(
        tx,
        NewLocalActor {
            kind: ActorKind::Person,
            name: new.name,
            display_name: new.display_name,
            summary_source: String::new(),
            summary_html: sanitize::SafeHtml::default(),
        },
        keys,
    )
    .await;
    let mut actor = match created {
        Err(Error::Conflict(_)) => return Err(Error::field("name", "taken")),
        other => other?,
    };
    if state != PersonState::Active {
        actor = put_suspended(tx, actor, Some(tx.now())).await?;
    }
    let person = person::ActiveModel {
        actor_id: Set(actor.id),
        email: Set(new.email),
        password_hash: Set(hash.into_string()),
        role: Set(role),
        state: Set(state),
        locale: Set(new
            .locale
            .unwrap_or_else(|| tx.config().ui.default_locale.as_str().to_owned())),
        reason: Set(new.reason),
        created_at: Set(tx.now()),
        seen_at: Set(None),
        vouched: Set(state == PersonState::Active),
    }
    .insert(tx.c())
    .await?;
    affiliations::put(tx, actor.id, new.affiliation).await?;
    Ok(Account { actor, person })
}

async fn put_suspended(tx: &Tx, actor: Actor, at: Option<Timestamp>) -> Result<Actor> {
    let mut row = actor.into_active_model();
    row.suspended_at = Set(at);
    row.updated_at = Set(tx.now());
    Ok(row.update(tx.c()).await?)
}

async fn put_state(tx: &Tx, person: Person, state: PersonState) -> Result<Person> {
    let mut row = person.into_active_model();
    row.state = Set(state);
    Ok(row.update(tx.c()).await?)
}

/// Makes an account visible and usable.
async fn activate(tx: &Tx, account: Account) -> Result<Account> {
    let person = put_state(tx, account.person, PersonState::Active).await?;
    affiliations::check_again(tx, &person).await?;
    let actor = put_suspended(tx, account.actor, None).await?;
    index(tx, &actor).await?;
    Ok(Account { actor, person })
}

async fn index(tx: &Tx, actor: &Actor) -> Result<()> {
    let text = format!(
        "{} {}",
        actor.name,
        sanitize::plain_text(&actor.summary_html)
    );
    search::put(
        tx,
        search::Doc {
            id: actor.id.0,
            kind: SearchKind::Person,
            topic: None,
            category: None,
            author: None,
            language: None,
            created_at: actor.created_at,
            title: actors::shown_name(actor),
            text: &text,
        },
    )
    .await
}

/// Uses up the link of a confirmation mail. `NotFound` when it is unknown, used or over.
pub async fn confirm_email(tx: &Tx, token: &str) -> Result<Confirmed> {
    let account = use_link(tx, token, Purpose::Confirm).await?;
    if account.person.state != PersonState::Unconfirmed {
        return Err(Error::NotFound(Kind::Token));
    }
    let registration = &tx.config().registration;
    let approval = match registration.mode {
        RegistrationMode::Open => false,
        RegistrationMode::Approval | RegistrationMode::Closed => !registration
            .email_domains
            .match_address(&account.person.email),
    };
    if !approval {
        return Ok(Confirmed::Active(activate(tx, account).await?));
    }
    let person = put_state(tx, account.person, PersonState::Pending).await?;
    let account = Account {
        actor: account.actor,
        person,
    };
    for moderator in moderators(tx.c()).await? {
        let about = About::ApprovalRequested {
            name: account.actor.name.clone(),
            reason: account.person.reason.clone(),
            link: public_link(tx.config(), APPROVALS_PATH),
        };
        let cause = format!("approval:{}:{}", account.actor.id, moderator.actor_id);
        mail::enqueue(tx, &moderator, about, &cause).await?;
    }
    Ok(Confirmed::Pending(account))
}

/// Active moderators and administrators of the node.
pub(crate) async fn moderators(db: &impl Read) -> Result<Vec<Person>> {
    Ok(person::Entity::find()
        .filter(person::Column::State.eq(PersonState::Active))
        .filter(person::Column::Role.ne(Role::Member))
        .order_by_asc(person::Column::ActorId)
        .all(db)
        .await?)
}

/// Accepts who waits for an account. Moderators of the node.
pub async fn approve(tx: &Tx, viewer: &Viewer, person: ActorId) -> Result<Account> {
    policy::people::can_review(viewer)?;
    let account = waiting(tx, person).await?;
    let account = activate(tx, account).await?;
    moderation::log(tx, viewer, "approve", Target::Actor(&account.actor), "").await?;
    let about = About::AccountApproved {
        name: account.actor.name.clone(),
        link: public_link(tx.config(), "/login"),
    };
    let cause = format!("approved:{person}");
    mail::enqueue(tx, &account.person, about, &cause).await?;
    Ok(account)
}

/// Refuses who waits for an account: they are told, and nothing of them is kept but the act. Moderators of the node.
pub async fn refuse(tx: &Tx, viewer: &Viewer, person: ActorId, reason: &str) -> Result<()> {
    policy::people::can_review(viewer)?;
    let account = waiting(tx, person).await?;
    let about = About::AccountRefused {
        name: account.actor.name.clone(),
        reason: reason.trim().to_owned(),
    };
    mail::enqueue(tx, &account.person, about, &format!("refused:{person}")).await?;
    moderation::log(tx, viewer, "refuse", Target::Other, reason.trim()).await?;
    forget_applicant(tx, person).await
}

async fn waiting(tx: &Tx, person: ActorId) -> Result<Account> {
    let account = by_id(tx.c(), person).await?;
    match account.person.state {
        PersonState::Pending => Ok(account),
        _ => Err(Error::Conflict("the account doesn't wait for an approval")),
    }
}

/// Deletes an account that never was active, and its name with it.
async fn forget_applicant(tx: &Tx, person: ActorId) -> Result<()> {
    affiliations::forget(tx, person).await?;
    mail_token::Entity::delete_many()
        .filter(mail_token::Column::PersonId.eq(person))
        .exec(tx.c())
        .await?;
    person::Entity::delete_by_id(person).exec(tx.c()).await?;
    actor::Entity::delete_by_id(person).exec(tx.c()).await?;
    Ok(())
}

/// Forgets accounts whose address wasn't confirmed within a week. Returns how many.
pub async fn purge_unconfirmed(tx: &Tx) -> Result<usize> {
    let rows = person::Entity::find()
        .filter(person::Column::State.eq(PersonState::Unconfirmed))
        .filter(person::Column::CreatedAt.lt(tx.now().plus_days(-UNCONFIRMED_DAYS)))
        .all(tx.c())
        .await?;
    for row in &rows {
        forget_applicant(tx, row.actor_id).await?;
    }
    Ok(rows.len())
}

/// By id.
pub async fn by_id(db: &impl Read, id: ActorId) -> Result<Account> {
    let person = person::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound(Kind::Person))?;
    let actor = actors::by_id(db, id).await?;
    Ok(Account { actor, person })
}

/// By name, whatever the state of the account. Pages for everybody ask [`visible_by_name`].
pub async fn by_name(db: &impl Read, name: &str) -> Result<Account> {
    let actor = actors::local_by_name(db, name)
        .await?
        .filter(|actor| actor.kind == ActorKind::Person)
        .ok_or(Error::NotFound(Kind::Person))?;
    by_id(db, actor.id).await
}

/// By name, as everybody may know: an account that never was active isn't there, a closed one is gone. A suspended one
/// is there; its profile says so.
pub async fn visible_by_name(db: &impl Read, name: &str) -> Result<Account> {
    let account = by_name(db, name).await?;
    match account.person.state {
        PersonState::Unconfirmed | PersonState::Pending => Err(Error::NotFound(Kind::Person)),
        PersonState::Deleted => Err(Error::Gone(Kind::Person)),
        PersonState::Active | PersonState::Suspended => Ok(account),
    }
}

/// Which accounts are asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only in this state; else all but closed ones.
    pub state: Option<PersonState>,
    /// Only with this role.
    pub role: Option<Role>,
}

/// Accounts, newest first. Administrators; moderators see who waits.
pub async fn list(
    db: &impl Read,
    viewer: &Viewer,
    filter: &Filter,
    page: PageRequest,
) -> Result<Page<Account>> {
    if filter.state == Some(PersonState::Pending) {
        policy::people::can_review(viewer)?;
    } else {
        policy::people::can_administer(viewer)?;
    }
    let mut query = person::Entity::find().filter(match filter.state {
        Some(state) => person::Column::State.eq(state),
        None => person::Column::State.ne(PersonState::Deleted),
    });
    if let Some(role) = filter.role {
        query = query.filter(person::Column::Role.eq(role));
    }
    let rows = query
        .filter(page.condition(
            person::Column::CreatedAt,
            person::Column::ActorId,
            Order::NewestFirst,
        ))
        .order_by_desc(person::Column::CreatedAt)
        .order_by_desc(person::Column::ActorId)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    let rows = Page::from_rows(rows, page.limit, |row| Cursor {
        key: row.created_at.0,
        id: row.actor_id.0,
    });
    let mut actors = actors::by_ids(db, rows.items.iter().map(|row| row.actor_id)).await?;
    Ok(Page {
        next: rows.next,
        previous: None,
        items: rows
            .items
            .into_iter()
            .filter_map(|person| {
                let actor = actors.remove(&person.actor_id)?;
                Some(Account { actor, person })
            })
            .collect(),
    })
}

/// Errs when `person` is the only active administrator.
async fn keep_last_admin(tx: &Tx, person: ActorId) -> Result<()> {
    let admins = person::Entity::find()
        .filter(person::Column::Role.eq(Role::Admin))
        .filter(person::Column::State.eq(PersonState::Active))
        .lock_exclusive()
        .all(tx.c())
        .await?;
    match admins.as_slice() {
        [only] if only.actor_id == person => Err(Denied::LastAdmin.into()),
        _ => Ok(()),
    }
}

/// Gives a role. Administrators. The person signs in again.
pub async fn set_role(tx: &Tx, viewer: &Viewer, person: ActorId, role: Role) -> Result<Account> {
    policy::people::can_administer(viewer)?;
    let account = by_id(tx.c(), person).await?;
    if account.person.state == PersonState::Deleted {
        return Err(Error::Gone(Kind::Person));
    }
    if account.person.role == role {
        return Ok(account);
    }
    if account.person.role == Role::Admin {
        keep_last_admin(tx, person).await?;
    }
    let mut row = account.person.into_active_model();
    row.role = Set(role);
    let changed = Account {
        actor: account.actor,
        person: row.update(tx.c()).await?,
    };
    sessions::end_all(tx, person, None).await?;
    moderation::log(
        tx,
        viewer,
        "role",
        Target::Actor(&changed.actor),
        role.as_str(),
    )
    .await?;
    Ok(changed)
}

/// Tells somebody what was wrong with what they wrote, by a notification; the reason is with
/// [`moderation::about_me`]. An account elsewhere only gets an entry in the log. Moderators of the node.
pub async fn warn(tx: &Tx, viewer: &Viewer, target: &Actor, reason: &str) -> Result<()> {
    let person = person::Entity::find_by_id(target.id).one(tx.c()).await?;
    policy::people::can_suspend(viewer, target, person.as_ref().map(|p| p.role))?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::field("reason", "blank"));
    }
    moderation::log(tx, viewer, "warn", Target::Actor(target), reason).await?;
    let moderator = match viewer.actor_id() {
        Some(id) => Some(id),
        None => match actors::instance(tx.c()).await {
            Ok(node) => Some(node.id),
            Err(Error::NotFound(_)) => None,
            Err(error) => return Err(error),
        },
    };
    if let Some(moderator) = moderator {
        let kind = NotificationKind::Moderation;
        notifications::notify(tx, target.id, kind, moderator, None, None).await?;
    }
    Ok(())
}

/// Suspends an account of this node or of another one. Its sessions and tokens end; what it wrote stays.
pub async fn suspend(tx: &Tx, viewer: &Viewer, target: Actor, reason: &str) -> Result<Actor> {
    let person = person::Entity::find_by_id(target.id).one(tx.c()).await?;
    policy::people::can_suspend(viewer, &target, person.as_ref().map(|p| p.role))?;
    if target.kind != ActorKind::Person {
        return Err(Error::NotFound(Kind::Person));
    }
    if target.deleted_at.is_some() {
        return Err(Error::Gone(Kind::Person));
    }
    match person {
        Some(person) if person.state != PersonState::Active => {
            return Err(Error::Conflict("the account is not active"));
        }
        Some(person) => {
            if person.role == Role::Admin {
                keep_last_admin(tx, target.id).await?;
            }
            let person = put_state(tx, person, PersonState::Suspended).await?;
            sessions::end_all(tx, target.id, None).await?;
            tokens::revoke_all(tx, target.id).await?;
            forget_links(tx, target.id, None).await?;
            search::remove(tx, target.id.0).await?;
            let about = About::AccountSuspended {
                name: target.name.clone(),
                reason: reason.trim().to_owned(),
            };
            let cause = format!("suspended:{}:{}", target.id, tx.now().0);
            mail::enqueue(tx, &person, about, &cause).await?;
            tx.emit(Event::ActorUpdated { actor: target.id });
        }
        None if target.suspended_at.is_some() => {
            return Err(Error::Conflict("the account is suspended already"));
        }
        None => {}
    }
    let actor = put_suspended(tx, target, Some(tx.now())).await?;
    moderation::log(tx, viewer, "suspend", Target::Actor(&actor), reason.trim()).await?;
    Ok(actor)
}

/// Takes a suspension back.
pub async fn unsuspend(tx: &Tx, viewer: &Viewer, target: Actor, reason: &str) -> Result<Actor> {
    let person = person::Entity::find_by_id(target.id).one(tx.c()).await?;
    policy::people::can_suspend(viewer, &target, person.as_ref().map(|p| p.role))?;
    if target.suspended_at.is_none()
        || person
            .as_ref()
            .is_some_and(|p| p.state != PersonState::Suspended)
    {
        return Err(Error::Conflict("the account is not suspended"));
    }
    let actor = match person {
        Some(person) => {
            let id = target.id;
            let account = activate(
                tx,
                Account {
                    actor: target,
                    person,
                },
            )
            .await?;
            tx.emit(Event::ActorUpdated { actor: id });
            account.actor
        }
        None => put_suspended(tx, target, None).await?,
    };
    moderation::log(
        tx,
        viewer,
        "unsuspend",
        Target::Actor(&actor),
        reason.trim(),
    )
    .await?;
    Ok(actor)
}

/// Closes an account for good: the person, or an administrator. What it wrote stays, without a name; its handle is
/// never given again. The keys stay for the Delete to be signed, until [`purge_keys`].
pub async fn delete(tx: &Tx, viewer: &Viewer, person: ActorId) -> Result<()> {
    policy::people::can_delete(viewer, person)?;
    let account = by_id(tx.c(), person).await?;
    match account.person.state {
        PersonState::Deleted => return Err(Error::Gone(Kind::Person)),
        PersonState::Unconfirmed | PersonState::Pending => {
            return forget_applicant(tx, person).await;
        }
        PersonState::Active | PersonState::Suspended => {}
    }
    if account.person.role == Role::Admin {
        keep_last_admin(tx, person).await?;
    }
    if viewer.actor_id() != Some(person) {
        moderation::log(
            tx,
            viewer,
            "delete-account",
            Target::Actor(&account.actor),
            "",
        )
        .await?;
    }
    forget_private(tx, person).await?;
    let mut row = account.person.into_active_model();
    row.email = Set(format!("deleted:{person}"));
    row.password_hash = Set(String::new());
    row.role = Set(Role::Member);
    row.state = Set(PersonState::Deleted);
    row.reason = Set(String::new());
    row.seen_at = Set(None);
    row.update(tx.c()).await?;
    let mut row = account.actor.into_active_model();
    row.display_name = Set(String::new());
    row.summary_html = Set(String::new());
    row.summary_source = Set(None);
    row.discoverable = Set(false);
    row.indexable = Set(false);
    row.deleted_at = Set(Some(tx.now()));
    row.updated_at = Set(tx.now());
    row.update(tx.c()).await?;
    search::remove(tx, person.0).await?;
    tx.emit(Event::ActorDeleted { actor: person });
    Ok(())
}

/// Deletes what only concerns the person, and what their posts say about them.
async fn forget_private(tx: &Tx, person: ActorId) -> Result<()> {
    sessions::end_all(tx, person, None).await?;
    tokens::revoke_all(tx, person).await?;
    forget_links(tx, person, None).await?;
    drafts::forget(tx, person).await?;
    affiliations::erase(tx, person).await?;
    second_factors::forget(tx, person).await?;
    bookmark::Entity::delete_many()
        .filter(bookmark::Column::PersonId.eq(person))
        .exec(tx.c())
        .await?;
    notification::Entity::delete_many()
        .filter(notification::Column::PersonId.eq(person))
        .exec(tx.c())
        .await?;
    topic_follows::forget_all(tx, person).await?;
    tag_follows::forget_all(tx, person).await?;
    category_moderator::Entity::delete_many()
        .filter(category_moderator::Column::ActorId.eq(person))
        .exec(tx.c())
        .await?;
    media::forget_of_owner(tx, person).await?;
    Ok(())
}

/// Drops the private keys of accounts that are closed long enough for every server to have been told.
pub async fn purge_keys(tx: &Tx) -> Result<u64> {
    let updated = actor::Entity::update_many()
        .col_expr(actor::Column::PrivateKeyPem, Expr::value(None::<String>))
        .filter(actor::Column::Local.eq(true))
        .filter(actor::Column::Kind.eq(ActorKind::Person))
        .filter(actor::Column::PrivateKeyPem.is_not_null())
        .filter(actor::Column::DeletedAt.lt(tx.now().plus_days(-FAREWELL_DAYS)))
        .exec(tx.c())
        .await?;
    Ok(updated.rows_affected)
}

/// What a person changes of their profile; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// Name that people see; empty for the handle's.
    pub display_name: Option<String>,
    /// Description, Markdown.
    pub summary: Option<String>,
    /// Language of pages and mail, `fr` or `en`.
    pub locale: Option<String>,
    /// May be found by search engines.
    pub indexable: Option<bool>,
    /// May be suggested to others.
    pub discoverable: Option<bool>,
}

/// Changes the viewer's own profile.
pub async fn update_profile(tx: &Tx, viewer: &Viewer, change: ProfileChange) -> Result<Account> {
    let id = policy::can_write(viewer)?;
    let account = by_id(tx.c(), id).await?;
    let mut errors = Vec::new();
    if let Some(summary) = &change.summary
        && summary.chars().count() > MAX_SUMMARY
    {
        errors.push(FieldError::limit("summary", "too-long", 5_000));
    }
    if let Some(locale) = &change.locale
        && !matches!(locale.as_str(), "fr" | "en")
    {
        errors.push(FieldError::new("locale", "unknown"));
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let mut actor = account.actor.into_active_model();
    if let Some(name) = change.display_name {
        actor.display_name = Set(sanitize::clean_name(&name));
    }
    if let Some(summary) = change.summary {
        let summary = summary.trim().replace('\0', "");
        actor.summary_html = Set(content::render_description(&summary, tx.config()).into_string());
        actor.summary_source = Set(Some(summary));
    }
    if let Some(indexable) = change.indexable {
        actor.indexable = Set(indexable);
    }
    if let Some(discoverable) = change.discoverable {
        actor.discoverable = Set(discoverable);
    }
    actor.updated_at = Set(tx.now());
    let actor = actor.update(tx.c()).await?;
    let mut person = account.person;
    if let Some(locale) = change.locale {
        let mut row = person.into_active_model();
        row.locale = Set(locale);
        person = row.update(tx.c()).await?;
    }
    index(tx, &actor).await?;
    tx.emit(Event::ActorUpdated { actor: id });
    Ok(Account { actor, person })
}

/// Notes that a person was here, to the hour.
pub(crate) async fn seen(tx: &Tx, person: ActorId) -> Result<()> {
    person::Entity::update_many()
        .col_expr(
            person::Column::SeenAt,
            Expr::value(Some(tokens::rounded(tx.now()))),
        )
        .filter(person::Column::ActorId.eq(person))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// How many active people this node has, and how many of them were here since `since`.
pub async fn count_active(db: &impl Read, since: Timestamp) -> Result<(u64, u64)> {
    use sea_orm::PaginatorTrait;
    let active = person::Entity::find().filter(person::Column::State.eq(PersonState::Active));
    Ok((
        active.clone().count(db).await?,
        active
            .filter(person::Column::SeenAt.gte(since))
            .count(db)
            .await?,
    ))
}
