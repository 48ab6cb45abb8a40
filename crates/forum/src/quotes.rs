//! Quotes (FEP-044f): which post quotes which, and whether the quoted author lets it.
//!
//! Posts written here may be quoted by everybody who may read them; each quote from elsewhere has an authorization, which
//! the author can take back. What is quoted is shown inside the quoting post only while it may be; else it is a link.

use std::collections::HashMap;

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};

use crate::circles::{self, Sight};
use crate::db::entity::{post, quote, quote_authorization, topic};
use crate::freshness::Part;
use crate::id::{self, PostId, TopicId};
use crate::kinds::QuoteStanding;
use crate::{
    Actor, Denied, Error, Event, Kind, Post, Read, Result, Topic, Tx, Viewer, actors, policy,
    posts, topic_moves, topics,
};

pub use crate::db::entity::quote::Model as Quote;
pub use crate::db::entity::quote_authorization::Model as Authorization;

/// Authorizations that are listed.
const LISTED: u64 = 200;

/// What a post from elsewhere quotes, as far as it could be verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteQuote {
    /// ActivityPub id of what it quotes.
    pub uri: String,
    /// Whether it may.
    pub standing: QuoteStanding,
    /// ActivityPub id of the authorization.
    pub authorization: Option<String>,
}

/// A quote as people read it.
#[derive(Clone, Debug)]
pub struct QuoteView {
    /// The quote.
    pub quote: Quote,
    /// What is quoted, when it is here, can be read, and may be shown: the post, who wrote it, and its topic.
    pub quoted: Option<(Post, Actor, Topic)>,
}

/// What these posts quote, in a bounded number of queries; none where nothing is quoted.
pub async fn of_posts(
    db: &impl Read,
    viewer: &Viewer,
    posts: &[Post],
) -> Result<HashMap<PostId, QuoteView>> {
    let quoting: Vec<PostId> = posts
        .iter()
        .filter(|post| post.quote.is_some() && is_here(post))
        .map(|post| post.id)
        .collect();
    if quoting.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = by_posts(db, quoting).await?;
    let allowed = rows
        .values()
        .filter(|row| row.standing == QuoteStanding::Allowed);
    let shown = shown(db, viewer, allowed.map(|row| row.uri.as_str())).await?;
    Ok(rows
        .into_iter()
        .map(|(post, quote)| {
            let quoted = shown
                .get(&quote.uri)
                .filter(|_| quote.standing == QuoteStanding::Allowed)
                .cloned();
            (post, QuoteView { quote, quoted })
        })
        .collect())
}

/// What these posts quote, as it was noted. One query.
pub async fn by_posts(
    db: &impl Read,
    posts: impl IntoIterator<Item = PostId>,
) -> Result<HashMap<PostId, Quote>> {
    let rows = quote::Entity::find()
        .filter(quote::Column::PostId.is_in(posts))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.post_id, row)).collect())
}

/// Those of these posts that are here and that the viewer may read, by their ActivityPub ids.
async fn shown(
    db: &impl Read,
    viewer: &Viewer,
    uris: impl Iterator<Item = &str>,
) -> Result<HashMap<String, (Post, Actor, Topic)>> {
    let uris: Vec<&str> = uris.collect();
    if uris.is_empty() {
        return Ok(HashMap::new());
    }
    let posts: Vec<Post> = post::Entity::find()
        .filter(post::Column::Uri.is_in(uris))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .all(db)
        .await?;
    let topics = topic::Entity::find()
        .filter(topic::Column::Id.is_in(posts.iter().map(|post| post.topic_id)))
        .filter(topic::Column::RemovedAt.is_null())
        .filter(Sight::of(viewer).of_categories((topic::Entity, topic::Column::CategoryId)))
        .all(db)
        .await?;
    let topics: HashMap<TopicId, Topic> = topics.into_iter().map(|t| (t.id, t)).collect();
    let authors = actors::by_ids(db, posts.iter().map(|post| post.author_id)).await?;
    Ok(posts
        .into_iter()
        .filter_map(|post| {
            let topic = topics.get(&post.topic_id)?.clone();
            let author = authors.get(&post.author_id)?.clone();
            Some((post.uri.clone(), (post, author, topic)))
        })
        .collect())
}

fn is_here(post: &Post) -> bool {
    post.deleted_at.is_none() && post.removed_at.is_none()
}

/// The quote of a post.
pub async fn find(db: &impl Read, post: PostId) -> Result<Option<Quote>> {
    Ok(quote::Entity::find_by_id(post).one(db).await?)
}

/// A post from elsewhere quotes something.
pub(crate) async fn put(tx: &Tx, post: PostId, remote: RemoteQuote) -> Result<()> {
    insert(tx, post, remote.uri, remote.standing, remote.authorization).await
}

async fn insert(
    tx: &Tx,
    post: PostId,
    uri: String,
    standing: QuoteStanding,
    authorization: Option<String>,
) -> Result<()> {
    quote::ActiveModel {
        post_id: Set(post),
        uri: Set(uri),
        standing: Set(standing),
        authorization_uri: Set(authorization),
    }
    .insert(tx.c())
    .await?;
    Ok(())
}

/// What a newer document of a post from elsewhere says of its quote: that it may be shown now. What it quotes stays.
pub(crate) async fn refresh(tx: &Tx, post: &Post, remote: RemoteQuote) -> Result<()> {
    let Some(known) = find(tx.c(), post.id).await? else {
        return Ok(());
    };
    // What was taken back doesn't come again by a document that was written before.
    if known.uri != remote.uri
        || remote.standing != QuoteStanding::Allowed
        || matches!(
            known.standing,
            QuoteStanding::Allowed | QuoteStanding::Revoked
        )
    {
        return Ok(());
    }
    set(tx, known, remote.standing, remote.authorization).await
}

async fn set(
    tx: &Tx,
    known: Quote,
    standing: QuoteStanding,
    authorization: Option<String>,
) -> Result<()> {
    let post = posts::by_id(tx.c(), known.post_id).await?;
    let mut row = known.into_active_model();
    row.standing = Set(standing);
    row.authorization_uri = Set(authorization);
    row.update(tx.c()).await?;
    tx.touches([Part::Topic(post.topic_id)]);
    Ok(())
}

/// A post that is being written here quotes another: whether it may is known at once where the author is the same or of
/// this node; else the author is asked.
pub(crate) async fn begin(tx: &Tx, post: &Post, author: &Actor, quoted: &Post) -> Result<()> {
    if !is_here(quoted) {
        return Err(Error::Gone(Kind::Post));
    }
    if quoted.topic_id != post.topic_id {
        let from = topics::by_id(tx.c(), quoted.topic_id).await?;
        let here = topics::by_id(tx.c(), post.topic_id).await?;
        if !topic_moves::keeps_readers(tx.c(), &from, here.category_id).await? {
            return Err(Error::field("quote", "closed"));
        }
    }
    let (standing, authorization) = if quoted.author_id == author.id {
        (QuoteStanding::Allowed, None)
    } else if quoted.local {
        let authorization = authorize(tx, quoted, author, &post.uri).await?;
        (QuoteStanding::Allowed, Some(address(tx, authorization.id)))
    } else {
        tx.emit(Event::QuoteAsked { post: post.id });
        (QuoteStanding::Asked, None)
    };
    insert(tx, post.id, quoted.uri.clone(), standing, authorization).await
}

fn address(tx: &Tx, id: i64) -> String {
    tx.config().local_url(&format!("/quotes/{id}")).to_string()
}

/// Lets a post quote one that was written here: everybody may who may read it, as long as the author didn't take it back.
/// Doing it again gives the same authorization.
pub async fn authorize(
    tx: &Tx,
    quoted: &Post,
    quoter: &Actor,
    quote_uri: &str,
) -> Result<Authorization> {
    if !quoted.local {
        return Err(Denied::NotOurs.into());
    }
    if !is_here(quoted) {
        return Err(Error::Gone(Kind::Post));
    }
    if !quoter.local && !is_for_all(tx, quoted).await? {
        return Err(Error::NotFound(Kind::Post));
    }
    if quoter.suspended_at.is_some() || quoter.deleted_at.is_some() {
        return Err(Denied::Suspended.into());
    }
    if let Some(known) = by_pair(tx.c(), quoted.id, quote_uri).await? {
        if known.revoked_at.is_some() || known.actor_id != quoter.id {
            return Err(Denied::NotAuthor.into());
        }
        return Ok(known);
    }
    Ok(quote_authorization::ActiveModel {
        id: Set(id::mint(tx.now())),
        post_id: Set(quoted.id),
        actor_id: Set(quoter.id),
        quote_uri: Set(quote_uri.to_owned()),
        created_at: Set(tx.now()),
        revoked_at: Set(None),
    }
    .insert(tx.c())
    .await?)
}

async fn is_for_all(tx: &Tx, post: &Post) -> Result<bool> {
    circles::may_read_topic(tx.c(), &Viewer::Anonymous, post.topic_id).await
}

async fn by_pair(db: &impl Read, post: PostId, quote_uri: &str) -> Result<Option<Authorization>> {
    Ok(quote_authorization::Entity::find()
        .filter(quote_authorization::Column::PostId.eq(post))
        .filter(quote_authorization::Column::QuoteUri.eq(quote_uri))
        .one(db)
        .await?)
}

/// Whether a post from elsewhere may quote one of ours.
pub async fn is_authorized(db: &impl Read, quoted: &Post, quote_uri: &str) -> Result<bool> {
    let known = by_pair(db, quoted.id, quote_uri).await?;
    Ok(known.is_some_and(|known| known.revoked_at.is_none()))
}

/// An authorization that is in force, with the post that may be quoted.
pub async fn authorization(
    db: &impl Read,
    viewer: &Viewer,
    id: i64,
) -> Result<(Authorization, Post)> {
    let row = quote_authorization::Entity::find_by_id(id)
        .one(db)
        .await?
        .filter(|row| row.revoked_at.is_none())
        .ok_or(Error::NotFound(Kind::Activity))?;
    let post = posts::readable(db, viewer, row.post_id).await?;
    if is_here(&post) {
        Ok((row, post))
    } else {
        Err(Error::Gone(Kind::Post))
    }
}

/// Who quotes a post of one's own, newest first.
pub async fn of_quoted(
    db: &impl Read,
    viewer: &Viewer,
    post: &Post,
) -> Result<Vec<(Authorization, Actor)>> {
    policy::posts::can_delete(viewer, post)?;
    let rows = quote_authorization::Entity::find()
        .filter(quote_authorization::Column::PostId.eq(post.id))
        .filter(quote_authorization::Column::RevokedAt.is_null())
        .order_by_desc(quote_authorization::Column::Id)
        .limit(LISTED)
        .all(db)
        .await?;
    let actors = actors::by_ids(db, rows.iter().map(|row| row.actor_id)).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let actor = actors.get(&row.actor_id)?.clone();
            Some((row, actor))
        })
        .collect())
}

/// Takes an authorization back: only the author of what is quoted.
pub async fn revoke(tx: &Tx, viewer: &Viewer, id: i64) -> Result<()> {
    let (row, post) = authorization(tx.c(), viewer, id).await?;
    policy::posts::can_delete(viewer, &post)?;
    let quote_uri = row.quote_uri.clone();
    let mut row = row.into_active_model();
    row.revoked_at = Set(Some(tx.now()));
    row.update(tx.c()).await?;
    if let Some(quoting) = posts::by_uri(tx.c(), &quote_uri).await?
        && let Some(known) = find(tx.c(), quoting.id).await?
    {
        set(tx, known, QuoteStanding::Revoked, None).await?;
    }
    tx.emit(Event::QuoteRevoked { authorization: id });
    Ok(())
}

/// Whether a post here is shown with this authorization.
pub async fn is_known(db: &impl Read, authorization: &str) -> Result<bool> {
    Ok(by_authorization(db, authorization).await?.is_some())
}

async fn by_authorization(db: &impl Read, authorization: &str) -> Result<Option<Quote>> {
    Ok(quote::Entity::find()
        .filter(quote::Column::AuthorizationUri.eq(authorization))
        .one(db)
        .await?)
}

/// An author elsewhere took an authorization back. `is_theirs` tells whether that is theirs to say.
pub async fn receive_revocation(
    tx: &Tx,
    authorization: &str,
    is_theirs: impl Fn(&Quote) -> bool,
) -> Result<bool> {
    let Some(known) = by_authorization(tx.c(), authorization).await? else {
        return Ok(false);
    };
    if !is_theirs(&known) {
        return Err(Denied::NotAuthor.into());
    }
    set(tx, known, QuoteStanding::Revoked, None).await?;
    Ok(true)
}

/// The author of what a post of ours quotes answered. Only what was asked can be answered, except that a yes may be taken
/// back. False when nothing changed.
pub async fn answered(
    tx: &Tx,
    post: &Post,
    quoted_uri: &str,
    authorization: Option<String>,
) -> Result<bool> {
    let Some(known) = find(tx.c(), post.id).await? else {
        return Ok(false);
    };
    let fits = known.uri == quoted_uri
        && matches!(
            (&authorization, known.standing),
            (_, QuoteStanding::Asked) | (None, QuoteStanding::Allowed)
        );
    if !fits {
        return Ok(false);
    }
    let standing = match (&authorization, known.standing) {
        (Some(_), _) => QuoteStanding::Allowed,
        (None, QuoteStanding::Asked) => QuoteStanding::Refused,
        (None, _) => QuoteStanding::Revoked,
    };
    set(tx, known, standing, authorization).await?;
    tx.emit(Event::PostEdited {
        post: post.id,
        editor: post.author_id,
        origin: crate::Origin::Local,
    });
    Ok(true)
}

/// What a request from elsewhere to quote a post of ours was answered, and how it named itself.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Id of the request.
    pub request: String,
    /// Who quotes.
    pub quoter: crate::id::ActorId,
    /// The post of ours.
    pub quoted: PostId,
    /// ActivityPub id of the post that quotes it.
    pub quote_uri: String,
    /// The authorization; none for a refusal.
    pub authorization: Option<i64>,
}

/// An authorization, be it taken back, with the post of ours that it is about.
pub async fn any(db: &impl Read, id: i64) -> Result<Option<(Authorization, Post)>> {
    match quote_authorization::Entity::find_by_id(id).one(db).await? {
        Some(row) => {
            let post = posts::by_id(db, row.post_id).await?;
            Ok(Some((row, post)))
        }
        None => Ok(None),
    }
}

/// The post that somebody names to quote it: by its id here, its page here, or its ActivityPub id. None for no name.
pub async fn named(
    db: &impl Read,
    config: &crate::Config,
    viewer: &Viewer,
    text: &str,
) -> Result<Option<Post>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let unknown = || Error::field("quote", "unknown");
    let pages = config.local_url("/p/").to_string();
    let id = text.strip_prefix(pages.as_str()).unwrap_or(text);
    let known = match id.parse::<PostId>() {
        Ok(id) => match posts::readable(db, viewer, id).await {
            Ok(post) => Some(post),
            Err(Error::NotFound(_)) => None,
            Err(error) => return Err(error),
        },
        Err(_) => match posts::by_uri(db, text).await? {
            Some(post) if circles::may_read_topic(db, viewer, post.topic_id).await? => Some(post),
            _ => None,
        },
    };
    known.filter(is_here).map(Some).ok_or_else(unknown)
}
