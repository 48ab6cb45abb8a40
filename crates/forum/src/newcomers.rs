//! What people may do who are new here: less at once, so that spam stays small.
//!
//! New is who asked for the account themselves, and has had it for a few days only or has written a few posts only. It is
//! not for those who moderate, for accounts that an administrator made, nor for public agents whose sign-in provider
//! vouches for them; and never for posts from elsewhere, which have limits of their own.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::content::Body;
use crate::db::entity::{post, topic};
use crate::id::ActorId;
use crate::kinds::Role;
use crate::{Config, Error, FieldError, Person, Result, Timestamp, Tx, Viewer, affiliations};

/// Topics that somebody new opens within a day.
pub const TOPICS_A_DAY: u32 = 3;
/// Posts that somebody new writes within a day, opening posts included.
pub const POSTS_A_DAY: u32 = 20;
/// Links to elsewhere in a post of somebody new.
pub const LINKS: u32 = 2;
/// People and categories mentioned in a post of somebody new.
pub const MENTIONS: u32 = 5;
const DAY_SECONDS: i64 = 24 * 3_600;

/// What somebody is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Open a topic.
    Open,
    /// Reply.
    Reply,
    /// Change a post.
    Change,
}

/// Errs when the viewer is new and wants too much: with `Invalid` for what the text holds, with `TooMany` for what was
/// written within a day.
pub(crate) async fn check(tx: &Tx, viewer: &Viewer, body: &Body, act: Act) -> Result<()> {
    let Some(me) = viewer.person() else {
        return Ok(());
    };
    if !may_be_new(tx.config(), &me.person) || !me.moderates.is_empty() {
        return Ok(());
    }
    let id = me.actor.id;
    if !is_young(tx.config(), &me.person, tx.now()) && has_written_enough(tx, id).await? {
        return Ok(());
    }
    if let Some(stated) = affiliations::find(tx.c(), id).await?
        && stated.kind == "agent"
        && stated.proof == "sso"
    {
        return Ok(());
    }
    check_text(tx.config(), body)?;
    match act {
        Act::Change => Ok(()),
        Act::Reply => check_posts(tx, id).await,
        Act::Open => {
            check_posts(tx, id).await?;
            let opened = topic::Entity::find()
                .select_only()
                .column(topic::Column::CreatedAt)
                .filter(topic::Column::AuthorId.eq(id))
                .filter(topic::Column::CreatedAt.gt(tx.now().plus_seconds(-DAY_SECONDS)))
                .order_by_desc(topic::Column::CreatedAt)
                .limit(u64::from(TOPICS_A_DAY))
                .into_tuple()
                .all(tx.c())
                .await?;
            wait(&opened, TOPICS_A_DAY, tx.now())
        }
    }
}

/// False for whom nobody would count.
fn may_be_new(config: &Config, person: &Person) -> bool {
    config.registration.new_member_limits && !person.vouched && person.role == Role::Member
}

fn is_young(config: &Config, person: &Person, now: Timestamp) -> bool {
    let days = i64::from(config.registration.new_member_days.0);
    person.created_at.plus_days(days) > now
}

async fn has_written_enough(tx: &Tx, author: ActorId) -> Result<bool> {
    let written = post::Entity::find()
        .filter(post::Column::AuthorId.eq(author))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .count(tx.c())
        .await?;
    Ok(written >= u64::from(tx.config().registration.new_member_posts))
}

async fn check_posts(tx: &Tx, author: ActorId) -> Result<()> {
    let written = post::Entity::find()
        .select_only()
        .column(post::Column::CreatedAt)
        .filter(post::Column::AuthorId.eq(author))
        .filter(post::Column::CreatedAt.gt(tx.now().plus_seconds(-DAY_SECONDS)))
        .order_by_desc(post::Column::CreatedAt)
        .limit(u64::from(POSTS_A_DAY))
        .into_tuple()
        .all(tx.c())
        .await?;
    wait(&written, POSTS_A_DAY, tx.now())
}

/// `times` are the last ones of a day, newest first, at most `limit`.
fn wait(times: &[Timestamp], limit: u32, now: Timestamp) -> Result<()> {
    let full = u32::try_from(times.len()).is_ok_and(|count| count >= limit);
    match times.last().filter(|_| full) {
        None => Ok(()),
        Some(oldest) => {
            let seconds = (oldest.plus_seconds(DAY_SECONDS).0 - now.0).div_euclid(1000) + 1;
            Err(Error::TooMany {
                retry_after: u64::try_from(seconds).unwrap_or(1),
            })
        }
    }
}

fn check_text(config: &Config, body: &Body) -> Result<()> {
    let home = config.local_url("/").to_string();
    let mut errors = Vec::new();
    if links(body.html.as_ref(), &home) > usize::try_from(LINKS).unwrap_or(usize::MAX) {
        errors.push(FieldError::limit("content", "too-many-links", LINKS));
    }
    if body.mentions.len() > usize::try_from(MENTIONS).unwrap_or(usize::MAX) {
        errors.push(FieldError::limit("content", "too-many-mentions", MENTIONS));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(errors))
    }
}

/// Links of a text, but mentions, tags, and what is on this node.
fn links(html: &str, home: &str) -> usize {
    let ours = format!("href=\"{home}");
    html.split("<a ")
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
        .filter(|tag| {
            !tag.contains("class=\"u-url mention\"")
                && !tag.contains("class=\"mention hashtag\"")
                && !tag.contains(&ours)
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::markdown::{self, RenderOptions};

    #[test]
    fn links_to_elsewhere_are_counted() {
        let home: url::Url = "https://forum.example.fr/".parse().unwrap();
        for (text, count) in [
            ("Rien", 0),
            (
                "Voir https://a.example et [là](https://b.example/mention).",
                2,
            ),
            ("#banc et https://forum.example.fr/t/1 et [ici](/t/2)", 0),
        ] {
            let options = RenderOptions {
                base_url: &home,
                context: crate::content::context(crate::content::Place::Reply, None),
            };
            let html = markdown::render(text, &options, &|_| None).html;
            assert_eq!(links(html.as_ref(), home.as_str()), count, "{html}");
        }
    }

    #[test]
    fn who_wrote_enough_waits_until_the_first_of_them_is_a_day_old() {
        let now = Timestamp(100 * DAY_SECONDS * 1000);
        let hour = 3_600;
        let times = [now.plus_seconds(-hour), now.plus_seconds(-5 * hour)];
        assert!(wait(&times, 3, now).is_ok());
        let Err(Error::TooMany { retry_after }) = wait(&times, 2, now) else {
            panic!("two are two");
        };
        assert_eq!(retry_after, 19 * 3_600 + 1);
    }
}
