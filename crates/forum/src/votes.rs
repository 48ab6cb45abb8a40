//! Likes and dislikes: one per post and actor; the newer replaces the older.

use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, Order,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};

use crate::db::entity::{post, topic, vote};
use crate::freshness::Part;
use crate::id::{self, ActorId, PostId};
use crate::kinds::{NotificationKind, VoteKind};
use crate::{
    Error, Event, Kind, Origin, Post, Read, Result, Tx, Viewer, Vote, bans, notifications, policy,
};

/// Most reactions counted apart on one post.
const MAX_REACTIONS: usize = 20;
/// Longest emoji: some are put together of many characters.
const MAX_EMOJI: usize = 20;
/// Longest name of a custom emoji, colons included.
const MAX_SHORTCODE: usize = 64;

/// A reaction, and how many gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// An emoji, or the name of a custom one between colons.
    pub emoji: String,
    /// How many.
    pub count: i32,
}

/// The reactions of a post, the most given first.
pub fn reactions(post: &Post) -> Vec<Reaction> {
    post.reactions
        .as_deref()
        .and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default()
}

/// What was sent as a reaction, as it is kept: an emoji, or `:name:`. Anything else is a like without one.
pub fn clean_reaction(content: &str) -> Option<String> {
    let content = content.trim();
    if content.starts_with(':') {
        // A custom emoji of another server may name that server: `:name@host:`.
        let name = content.strip_prefix(':')?.strip_suffix(':')?;
        let name = name.split('@').next().unwrap_or_default();
        let fits = !name.is_empty()
            && name.len() < MAX_SHORTCODE
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'));
        return fits.then(|| format!(":{name}:"));
    }
    let emoji = !content.is_empty()
        && content.chars().count() <= MAX_EMOJI
        && !content.is_ascii()
        && content.chars().all(is_of_emoji);
    emoji.then(|| content.to_owned())
}

/// Whether a character may stand in an emoji: no letters, no spaces, nothing that turns the direction of the text.
fn is_of_emoji(c: char) -> bool {
    matches!(c,
        '0'..='9' | '#' | '*'
        | '\u{a9}' | '\u{ae}' | '\u{200d}' | '\u{20e3}' | '\u{fe0f}'
        | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
        | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{27bf}' | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}'
        | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
        | '\u{1f000}'..='\u{1faff}' | '\u{e0020}'..='\u{e007f}')
}

/// Likes (or dislikes) a post. Doing it again changes nothing.
///
/// `uri` is the activity's id for votes from elsewhere; one of this node gets an id of ours.
pub async fn cast(
    tx: &Tx,
    viewer: &Viewer,
    post: &Post,
    kind: VoteKind,
    uri: Option<String>,
    origin: Origin,
) -> Result<()> {
    react(tx, viewer, post, kind, None, uri, origin).await
}

/// As [`cast`], with the emoji that came with a like (FEP-c0e0). A newer one of the same actor replaces the older.
pub async fn react(
    tx: &Tx,
    viewer: &Viewer,
    post: &Post,
    kind: VoteKind,
    reaction: Option<String>,
    uri: Option<String>,
    origin: Origin,
) -> Result<()> {
    let reaction = reaction.filter(|_| kind == VoteKind::Like);
    policy::posts::can_vote(viewer)?;
    let actor = viewer.actor_id().ok_or(crate::Denied::SignIn)?;
    if post.deleted_at.is_some() || post.removed_at.is_some() {
        return Err(Error::Gone(Kind::Post));
    }
    bans::check_on(tx, viewer, post).await?;
    let known = find(tx.c(), post.id, actor).await?;
    if known
        .as_ref()
        .is_some_and(|v| v.kind == kind && v.reaction == reaction)
    {
        return Ok(());
    }
    let had = known.as_ref().and_then(|v| v.reaction.clone());
    let again = known.as_ref().is_some_and(|v| v.kind == kind);
    let uri = if let Some(uri) = uri {
        uri
    } else {
        let id: i64 = id::mint(tx.now());
        tx.config().local_url(&format!("/a/{id}")).to_string()
    };
    if let Some(known) = known {
        let old = known.kind;
        let mut row = known.into_active_model();
        row.kind = Set(kind);
        row.reaction = Set(reaction.clone());
        row.uri = Set(Some(uri.clone()));
        row.update(tx.c()).await?;
        count(tx, post, old, -1).await?;
    } else {
        let row = vote::ActiveModel {
            post_id: Set(post.id),
            actor_id: Set(actor),
            kind: Set(kind),
            reaction: Set(reaction.clone()),
            uri: Set(Some(uri.clone())),
            created_at: Set(tx.now()),
        };
        tx.c().later(vote::Entity::insert(row)).await?;
    }
    count(tx, post, kind, 1).await?;
    if had != reaction {
        recount(tx, post).await?;
    }
    // What was only heard of counts, but nobody is told so in the voter's name.
    if post.local && kind == VoteKind::Like && !again && !matches!(origin, Origin::Fetched) {
        notifications::notify(
            tx,
            post.author_id,
            NotificationKind::Like,
            actor,
            Some(post.topic_id),
            Some(post.id),
        )
        .await?;
    }
    tx.emit(Event::Voted {
        post: Box::new(post.clone()),
        actor,
        kind,
        uri,
        origin,
    });
    Ok(())
}

/// Takes a vote back. Without one nothing happens; false tells so.
pub async fn undo(tx: &Tx, viewer: &Viewer, post: &Post, origin: Origin) -> Result<bool> {
    policy::posts::can_vote(viewer)?;
    let actor = viewer.actor_id().ok_or(crate::Denied::SignIn)?;
    let Some(known) = find(tx.c(), post.id, actor).await? else {
        return Ok(false);
    };
    vote::Entity::delete_by_id((post.id, actor))
        .exec(tx.c())
        .await?;
    count(tx, post, known.kind, -1).await?;
    if known.reaction.is_some() {
        recount(tx, post).await?;
    }
    tx.emit(Event::VoteUndone {
        post: post.id,
        actor,
        kind: known.kind,
        uri: known.uri,
        origin,
    });
    Ok(true)
}

/// The vote of an actor on a post.
pub async fn find(db: &impl Read, post: PostId, actor: ActorId) -> Result<Option<Vote>> {
    Ok(vote::Entity::find_by_id((post, actor)).one(db).await?)
}

/// By the id of its activity.
pub async fn by_uri(db: &impl Read, uri: &str) -> Result<Option<Vote>> {
    Ok(vote::Entity::find()
        .filter(vote::Column::Uri.eq(uri))
        .one(db)
        .await?)
}

/// Which of these posts the actor likes.
pub async fn liked(db: &impl Read, actor: ActorId, posts: &[PostId]) -> Result<Vec<PostId>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vote::Entity::find()
        .filter(vote::Column::ActorId.eq(actor))
        .filter(vote::Column::Kind.eq(VoteKind::Like))
        .filter(vote::Column::PostId.is_in(posts.iter().copied()))
        .all(db)
        .await?
        .into_iter()
        .map(|v| v.post_id)
        .collect())
}

/// Writes the reactions of a post beside it, so that reading it asks for nothing more.
async fn recount(tx: &Tx, post: &Post) -> Result<()> {
    let counted = || Expr::expr(Func::count(Expr::col(vote::Column::ActorId)));
    let rows: Vec<(String, i64)> = vote::Entity::find()
        .select_only()
        .column(vote::Column::Reaction)
        .column_as(counted(), "count")
        .filter(vote::Column::PostId.eq(post.id))
        .filter(vote::Column::Reaction.is_not_null())
        .group_by(vote::Column::Reaction)
        .order_by(counted(), Order::Desc)
        .order_by_asc(vote::Column::Reaction)
        .limit(MAX_REACTIONS as u64)
        .into_tuple()
        .all(tx.c())
        .await?;
    let reactions: Vec<Reaction> = rows
        .into_iter()
        .map(|(emoji, count)| Reaction {
            emoji,
            count: i32::try_from(count).unwrap_or(i32::MAX),
        })
        .collect();
    let json = serde_json::to_string(&reactions)
        .map_err(|error| Error::External(format!("cannot write reactions: {error}")))?;
    let json = (!reactions.is_empty()).then_some(json);
    post::Entity::update_many()
        .col_expr(post::Column::Reactions, Expr::value(json))
        .filter(post::Column::Id.eq(post.id))
        .exec(tx.c())
        .await?;
    Ok(())
}

async fn count(tx: &Tx, post: &Post, kind: VoteKind, by: i32) -> Result<()> {
    let column = match kind {
        VoteKind::Like => post::Column::LikeCount,
        VoteKind::Dislike => post::Column::DislikeCount,
    };
    tx.touches([Part::Topic(post.topic_id)]);
    if post.reply_to_id.is_none() {
        tx.touches([Part::Likes]);
    }
    // The topic before the post, as replies do: two transactions never wait for each other.
    if kind == VoteKind::Like && post.reply_to_id.is_none() {
        let update = topic::Entity::update_many()
            .col_expr(
                topic::Column::LikeCount,
                Expr::col(topic::Column::LikeCount).add(by),
            )
            .filter(topic::Column::Id.eq(post.topic_id))
            .filter(topic::Column::OpeningPostId.eq(post.id));
        tx.c().later(update).await?;
    }
    let update = post::Entity::update_many()
        .col_expr(column, Expr::col(column).add(by))
        .filter(post::Column::Id.eq(post.id));
    Ok(tx.c().later(update).await?)
}

#[cfg(test)]
mod tests {
    use super::clean_reaction;

    #[test]
    fn a_reaction_is_an_emoji_or_the_name_of_one() {
        for kept in ["👍", "❤️", "👩‍👩‍👧‍👦", "🇫🇷", ":blobcat:", "1️⃣"]
        {
            assert_eq!(clean_reaction(kept).as_deref(), Some(kept), "{kept}");
        }
        assert_eq!(clean_reaction(" 👍 ").as_deref(), Some("👍"));
        assert_eq!(
            clean_reaction(":blobcat@evil.example:").as_deref(),
            Some(":blobcat:")
        );
        for refused in [
            "",
            "5",
            "lol",
            "👍 lisez ceci",
            "::",
            ":a b:",
            ":\"><script>:",
            "\u{202e}👍",
            "👍\u{200b}",
            ":a",
        ] {
            assert_eq!(clean_reaction(refused), None, "{refused}");
        }
        assert_eq!(clean_reaction(&"👍".repeat(21)), None);
    }
}
