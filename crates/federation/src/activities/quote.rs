//! Quotes (FEP-044f): a request to quote a post of ours, the answer to one of ours, an authorization taken back, and what a
//! post from elsewhere may show of what it quotes.

use parvis_forum::db::queue::outbox as log;
use parvis_forum::kinds::QuoteStanding;
use parvis_forum::quotes::{self, Answered, RemoteQuote};
use parvis_forum::{Error as ForumError, Event, Post, actors, posts};
use serde_json::Value;

use super::{Activity, Work, same_host};
use crate::objects::post::Incoming;
use crate::objects::quote;
use crate::{Error, Result, wire};

/// Somebody asks to quote a post of ours: everybody may who may read it, unless the author took it back.
pub(crate) async fn requested(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    activity.must_be_direct()?;
    let request = activity
        .id()
        .ok_or_else(|| Error::refused("a request without id"))?;
    let quoted = posts::by_uri(work.db(), activity.object_id()?)
        .await?
        .filter(|post| post.local)
        .ok_or_else(|| Error::refused("it is no post of ours"))?;
    let instrument = wire::many(activity.value, "instrument");
    let instrument = instrument
        .first()
        .copied()
        .ok_or_else(|| Error::refused("a request without the post that quotes"))?;
    let uri = wire::id_of(instrument).ok_or_else(|| Error::refused("a quote without id"))?;
    if !same_host(uri, &activity.actor.uri) || work.federation.is_local_id(uri) {
        return Err(Error::refused("the quote is of another host than who asks"));
    }
    let others = wire::id_at(instrument, "attributedTo")
        .is_some_and(|author| author != activity.actor.uri)
        || quote::quoted(instrument).is_some_and(|named| named != quoted.uri);
    if others {
        return Err(Error::refused("the quote is another one than it says"));
    }
    let tx = work.begin().await?;
    let authorization = match quotes::authorize(&tx, &quoted, &activity.actor, uri).await {
        Ok(row) => Some(row.id),
        Err(ForumError::NotFound(_)) => return Err(Error::refused("it is no post of ours")),
        Err(ForumError::Denied(_) | ForumError::Gone(_)) => None,
        Err(error) => return Err(error.into()),
    };
    tx.emit(Event::QuoteAnswered(Answered {
        request: request.to_owned(),
        quoter: activity.actor.id,
        quoted: quoted.id,
        quote_uri: uri.to_owned(),
        authorization,
    }));
    work.commit(tx).await
}

/// Whether an Accept or a Reject is about a request to quote.
pub(crate) async fn is_answer(work: &Work<'_>, activity: &Activity<'_>) -> Result<bool> {
    let object = activity.object()?;
    if let Some(kind) = wire::type_of(object) {
        return Ok(kind == "QuoteRequest");
    }
    Ok(asked(work, object).await?.is_some())
}

/// The post of ours for which a request named only by its id was sent.
async fn asked(work: &Work<'_>, request: &Value) -> Result<Option<Post>> {
    let Some(id) = wire::id_of(request).filter(|id| work.federation.is_local_id(id)) else {
        return Ok(None);
    };
    let entry = log::find(work.db(), id).await.map_err(ForumError::from)?;
    match entry.filter(|entry| entry.kind == "QuoteRequest") {
        Some(entry) => match entry.post_id {
            Some(post) => Ok(Some(posts::by_id(work.db(), post).await?)),
            None => Ok(None),
        },
        None => Ok(None),
    }
}

/// The author of what a post of ours quotes says yes or no. A yes counts with an authorization that names both.
pub(crate) async fn answered(
    work: &Work<'_>,
    activity: &Activity<'_>,
    accepted: bool,
) -> Result<()> {
    activity.must_be_direct()?;
    let object = activity.object()?;
    let named = match wire::id_at(object, "instrument") {
        Some(uri) => posts::by_uri(work.db(), uri).await?,
        None => asked(work, object).await?,
    };
    let post = named
        .filter(|post| post.local)
        .ok_or_else(|| Error::refused("nobody here asked for it"))?;
    let quote_row = quotes::find(work.db(), post.id)
        .await?
        .ok_or_else(|| Error::refused("it quotes nothing"))?;
    let quoted_author = match posts::by_uri(work.db(), &quote_row.uri).await? {
        Some(quoted) => actors::by_id(work.db(), quoted.author_id).await?.uri,
        None => return Err(Error::refused("what it quotes is not known")),
    };
    if quoted_author != activity.actor.uri {
        return Err(Error::refused("not by the author of what is quoted"));
    }
    let authorization = if accepted {
        let uri = wire::id_at(activity.value, "result")
            .ok_or_else(|| Error::refused("a yes without an authorization"))?;
        if !verified(work, uri, &quoted_author, &quote_row.uri, &post.uri).await? {
            return Err(Error::refused("the authorization is another one"));
        }
        Some(uri.to_owned())
    } else {
        None
    };
    let tx = work.begin().await?;
    let changed = quotes::answered(&tx, &post, &quote_row.uri, authorization).await?;
    if !changed {
        return Err(Error::refused("answered before"));
    }
    work.commit(tx).await
}

/// Whether an authorization is there, at the quoted author's server, and names both posts.
async fn verified(
    work: &Work<'_>,
    uri: &str,
    author: &str,
    quoted: &str,
    quote_uri: &str,
) -> Result<bool> {
    if !same_host(uri, author) || !same_host(quoted, author) || work.federation.is_local_id(uri) {
        return Ok(false);
    }
    let (document, _) = work.reader.object(uri).await?;
    Ok(quote::authorizes(&document, author, quoted, quote_uri))
}

/// An authorization is taken back, by a Delete of it. False when it is none that we know.
pub(crate) async fn revoked(work: &Work<'_>, activity: &Activity<'_>, id: &str) -> Result<bool> {
    activity.must_be_direct()?;
    let actor = &activity.actor.uri;
    if !same_host(id, actor) || !quotes::is_known(work.db(), id).await? {
        return Ok(false);
    }
    let tx = work.begin().await?;
    let known = quotes::receive_revocation(&tx, id, |quote| same_host(&quote.uri, actor)).await?;
    if known {
        work.commit(tx).await?;
    }
    Ok(known)
}

/// What a post from elsewhere quotes, and whether it may be shown: by the same author, by our own word, or by an
/// authorization of the quoted author. Whatever can't be verified is a link.
pub(crate) async fn judged(work: &Work<'_>, incoming: &Incoming) -> Result<Option<RemoteQuote>> {
    let Some(uri) = incoming.quote.clone() else {
        return Ok(None);
    };
    let standing = |standing, authorization| {
        Some(RemoteQuote {
            uri: uri.clone(),
            standing,
            authorization,
        })
    };
    let known = posts::by_uri(work.db(), &uri).await?;
    let Some(quoted) = known else {
        return Ok(standing(QuoteStanding::Named, None));
    };
    if quoted.local {
        let may = quotes::is_authorized(work.db(), &quoted, &incoming.uri).await?;
        return Ok(standing(
            if may {
                QuoteStanding::Allowed
            } else {
                QuoteStanding::Named
            },
            None,
        ));
    }
    let author = actors::by_id(work.db(), quoted.author_id).await?;
    if author.uri == incoming.author {
        return Ok(standing(QuoteStanding::Allowed, None));
    }
    if let Some(authorization) = &incoming.quote_authorization
        && let Ok(true) = verified(work, authorization, &author.uri, &uri, &incoming.uri).await
    {
        let authorization = Some(authorization.clone());
        return Ok(standing(QuoteStanding::Allowed, authorization));
    }
    Ok(standing(QuoteStanding::Named, None))
}
