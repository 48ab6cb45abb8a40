//! Moving house, for what persons (`/settings/move`) and categories (`/admin/categories/{slug}/move`) have in common:
//! what the page shows, and what its forms do.

use parvis_federation::lookup::{self, Found};
use parvis_forum::kinds::ActorKind;
use parvis_forum::{Actor, Error, Viewer, actors, moving};
use serde::Deserialize;

use super::problems::{found, problem};
use crate::error::{AppError, AppResult};
use crate::extract::Reader;
use crate::state::AppState;
use crate::views::forms::{FieldError, Problem};
use crate::views::moving::{MoveView, Moved, OtherActor};

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Fields of the forms.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Fields {
    pub(super) alias: String,
    pub(super) action: String,
    pub(super) target: String,
    pub(super) current: String,
}

/// An actor as a link.
fn other(actor: &Actor) -> OtherActor {
    OtherActor {
        id: actor.uri.clone(),
        handle: format!("@{}", actors::handle(actor)),
        url: actors::path(actor),
    }
}

/// Where an actor went, if the other side agrees.
pub(super) async fn moved(state: &AppState, actor: &Actor) -> AppResult<Option<Moved>> {
    let target = moving::destination(state.forum.db(), actor).await?;
    Ok(target.map(|target| Moved {
        to: other(&target),
        at: actor.moved_at.map(parvis_forum::Timestamp::datetime),
    }))
}

/// The page.
pub(super) async fn view(
    state: &AppState,
    actor: &Actor,
    here: &str,
    fields: Fields,
    errors: Vec<FieldError>,
) -> AppResult<MoveView> {
    let ids = moving::aliases(actor);
    let known = actors::by_uris(state.forum.db(), &ids).await?;
    let named = |id: &String| match known.iter().find(|actor| actor.uri == *id) {
        Some(actor) => other(actor),
        None => OtherActor {
            id: id.clone(),
            handle: id.clone(),
            url: id.clone(),
        },
    };
    let moved = match (moved(state, actor).await?, &actor.moved_to) {
        (Some(moved), _) => Some(moved),
        (None, Some(uri)) => Some(Moved {
            to: named(uri),
            at: actor.moved_at.map(parvis_forum::Timestamp::datetime),
        }),
        (None, None) => None,
    };
    Ok(MoveView {
        category: (actor.kind == ActorKind::Group).then(|| actors::shown_name(actor).to_owned()),
        here: here.to_owned(),
        handle: format!("@{}", actors::handle(actor)),
        aliases: ids.iter().map(named).collect(),
        alias: fields.alias,
        target: fields.target,
        moved,
        next: moving::next_move(actor, state.now()).map(parvis_forum::Timestamp::datetime),
        pause_days: u32::try_from(moving::PAUSE_DAYS).unwrap_or(u32::MAX),
        errors,
    })
}

/// What became of a form: done, or what to correct.
pub(super) type Done = Result<(), Vec<FieldError>>;

/// The actor that somebody named by a handle or an address, as its server describes it now.
async fn named(
    state: &AppState,
    reader: &Reader,
    field: &str,
    text: &str,
    kind: ActorKind,
) -> AppResult<Result<Actor, Vec<FieldError>>> {
    let wrong = |why: &Problem| Ok(Err(vec![problem(state, reader, field, why)]));
    if text.trim().is_empty() {
        return wrong(&Problem::Empty);
    }
    let refused = |error: parvis_federation::Error| match error {
        parvis_federation::Error::Forum(error @ Error::Database(_)) => Err(AppError::from(error)),
        error if error.is_temporary() => wrong(&Problem::RemoteTimeout),
        _ => wrong(&Problem::RemoteAccount),
    };
    let actor = match lookup::lookup(&state.federation, text).await {
        Ok(Found::Actor(actor)) => *actor,
        Ok(Found::Category(category)) => category.actor,
        Ok(Found::Topic(_) | Found::Post(_)) => return wrong(&Problem::RemoteAccount),
        Err(error) => return refused(error),
    };
    if actor.kind != kind {
        return wrong(&Problem::MoveKind);
    }
    if actor.local {
        return Ok(Ok(actor));
    }
    match lookup::refresh(&state.federation, &actor.uri).await {
        Ok(actor) => Ok(Ok(actor)),
        Err(error) => refused(error),
    }
}

/// Adds or removes a former address.
pub(super) async fn change_aliases(
    state: &AppState,
    reader: &Reader,
    viewer: &Viewer,
    actor: Actor,
    fields: &Fields,
) -> AppResult<Done> {
    let mut aliases = moving::aliases(&actor);
    if fields.action == "remove" {
        aliases.retain(|alias| *alias != fields.alias);
    } else {
        let other = match named(state, reader, "alias", &fields.alias, actor.kind).await? {
            Ok(other) => other,
            Err(errors) => return Ok(Err(errors)),
        };
        if other.id == actor.id {
            return Ok(Err(vec![problem(
                state,
                reader,
                "alias",
                &Problem::MoveOneself,
            )]));
        }
        aliases.push(other.uri);
    }
    let tx = state.forum.begin().await?;
    match moving::set_aliases(&tx, viewer, actor, aliases).await {
        Ok(_) => tx.commit().await?,
        Err(Error::Invalid(wrong)) => return Ok(Err(found(state, reader, &wrong, &[]))),
        Err(error) => return Err(error.into()),
    }
    Ok(Ok(()))
}

/// Leaves for another address.
pub(super) async fn leave(
    state: &AppState,
    reader: &Reader,
    viewer: &Viewer,
    actor: Actor,
    fields: &Fields,
) -> AppResult<Done> {
    let target = match named(state, reader, "target", &fields.target, actor.kind).await? {
        Ok(target) => target,
        Err(errors) => return Ok(Err(errors)),
    };
    let next = moving::next_move(&actor, state.now());
    let tx = state.forum.begin().await?;
    match moving::leave(&tx, viewer, actor, &target).await {
        Ok(_) => tx.commit().await?,
        Err(Error::Invalid(wrong)) => return Ok(Err(found(state, reader, &wrong, &[]))),
        Err(Error::TooMany { .. }) if next.is_some() => {
            let left = next.map_or(0, |next| next.0 - state.now().0);
            let days = u32::try_from(left / DAY_MS + 1).unwrap_or(1);
            let later = Problem::MoveLater { days };
            return Ok(Err(vec![problem(state, reader, "target", &later)]));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Ok(()))
}

/// Comes back.
pub(super) async fn come_back(state: &AppState, viewer: &Viewer, actor: Actor) -> AppResult<()> {
    let tx = state.forum.begin().await?;
    moving::come_back(&tx, viewer, actor).await?;
    tx.commit().await?;
    Ok(())
}
