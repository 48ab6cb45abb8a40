//! Quotes (FEP-044f): requests to quote, answers to those of others, and authorizations taken back.

use parvis_forum::id::PostId;
use parvis_forum::quotes::{self, Answered};
use parvis_forum::{Result, actors, posts};

use super::{About, Writer, about, announce_uri};
use crate::activities::build::{self, Envelope, QuoteNamed};
use crate::audience::Directs;

/// The address of an authorization.
pub(crate) fn authorization_uri(config: &parvis_forum::Config, id: i64) -> String {
    config.local_url(&format!("/quotes/{id}")).to_string()
}

/// A post of ours quotes one from elsewhere, whose author is asked.
pub(super) async fn asked(writer: &Writer<'_>, post: PostId) -> Result<()> {
    let scene = writer.scene(post).await?;
    let Some(quote) = quotes::find(writer.tx.c(), post).await? else {
        return Ok(());
    };
    let Some(quoted) = posts::by_uri(writer.tx.c(), &quote.uri).await? else {
        return Ok(());
    };
    let author = actors::by_id(writer.tx.c(), quoted.author_id).await?;
    let mut directs = Directs::default();
    directs.add_own(writer.tx, &author).await?;
    if directs.is_empty() {
        return Ok(());
    }
    let envelope = Envelope {
        id: writer.fresh_uri().await?,
        actor: scene.author.uri.clone(),
        to: vec![author.uri.clone()],
        at: writer.tx.now(),
        ..Envelope::default()
    };
    let built = build::quote_request(&envelope, &scene, &quote.uri, writer.config());
    writer
        .append(&built, about(&scene, &scene.author), None, &directs)
        .await
}

/// Somebody elsewhere asked to quote a post of ours: yes with an authorization, or no.
pub(super) async fn answered(writer: &Writer<'_>, answered: &Answered) -> Result<()> {
    let quoted = posts::by_id(writer.tx.c(), answered.quoted).await?;
    let author = actors::by_id(writer.tx.c(), quoted.author_id).await?;
    let quoter = actors::by_id(writer.tx.c(), answered.quoter).await?;
    let mut directs = Directs::default();
    directs.add_own(writer.tx, &quoter).await?;
    if directs.is_empty() {
        return Ok(());
    }
    let form = if answered.authorization.is_some() {
        "Accept"
    } else {
        "Reject"
    };
    // The same request gets the same answer, once.
    let id = announce_uri(writer.config(), &author.uri, form, &answered.request);
    if parvis_forum::db::queue::outbox::find(writer.tx.c(), &id)
        .await?
        .is_some()
    {
        return Ok(());
    }
    let envelope = Envelope {
        id,
        actor: author.uri.clone(),
        to: vec![quoter.uri.clone()],
        at: writer.tx.now(),
        ..Envelope::default()
    };
    let request = QuoteNamed::new(
        &answered.request,
        &quoter.uri,
        &quoted.uri,
        &answered.quote_uri,
    );
    let result = answered
        .authorization
        .map(|id| authorization_uri(writer.config(), id));
    let built = build::quote_answer(&envelope, &request, result);
    let about = About {
        signer: author.id,
        ordering_key: quoter.id.0,
        post: None,
        circle: None,
    };
    writer.append(&built, about, None, &directs).await
}

/// The author of a post of ours took an authorization back: who quotes it is told.
pub(super) async fn revoked(writer: &Writer<'_>, id: i64) -> Result<()> {
    let Some((row, quoted)) = quotes::any(writer.tx.c(), id).await? else {
        return Ok(());
    };
    let author = actors::by_id(writer.tx.c(), quoted.author_id).await?;
    let quoter = actors::by_id(writer.tx.c(), row.actor_id).await?;
    let mut directs = Directs::default();
    directs.add_own(writer.tx, &quoter).await?;
    if directs.is_empty() {
        return Ok(());
    }
    let envelope = Envelope {
        id: writer.fresh_uri().await?,
        actor: author.uri.clone(),
        to: vec![quoter.uri.clone()],
        at: writer.tx.now(),
        ..Envelope::default()
    };
    let uri = authorization_uri(writer.config(), id);
    let built = build::revoke_quote(&envelope, &uri);
    let about = About {
        signer: author.id,
        ordering_key: quoter.id.0,
        post: None,
        circle: None,
    };
    writer.append(&built, about, None, &directs).await
}
