//! Ids: 48 bits of milliseconds, 16 bits counted on from one at random; never below 2^40, decimal in addresses and JSON.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

use sea_orm::DeriveValueType;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::Timestamp;

/// The last 16 bits of the next id: a process counts, so that what one transaction writes in one moment never clashes.
static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(rand::random()));

/// A fresh id for something that happens at `now`. Two of the same millisecond that two processes make clash once in
/// 65 536: the database refuses the second, and the caller's transaction is tried again.
pub fn mint<T: From<i64>>(now: Timestamp) -> T {
    let ms = now.0.max(1 << 24) & ((1 << 47) - 1);
    T::from((ms << 16) | i64::from(NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// The text isn't an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[doc = $doc:literal])+ $name:ident)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
        pub struct $name(pub i64);

        impl From<i64> for $name {
            fn from(id: i64) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(NotAnId);
                }
                text.parse().map(Self).map_err(|_| NotAnId)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// A person, a category or the node itself.
    ActorId
    /// A declared affiliation.
    AffiliationId
    /// A topic.
    TopicId
    /// A post.
    PostId
    /// An earlier version of a post.
    RevisionId
    /// A follow.
    FollowId
    /// A notification.
    NotificationId
    /// A report.
    ReportId
    /// An act of moderation.
    ModerationId
    /// A bearer token.
    TokenId
    /// A row of the inbox journal.
    InboxId
    /// A place in the outbox log.
    Seq
    /// An inbox somewhere else.
    DestinationId
    /// A file attached to a post.
    MediaId
    /// A job.
    JobId
    /// A draft.
    DraftId
    /// A ban.
    BanId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_above_two_to_the_forty_and_ordered_by_time() {
        let early: TopicId = mint(Timestamp(0));
        let late: TopicId = mint(Timestamp(1_772_445_600_000));
        let later: TopicId = mint(Timestamp(1_772_445_600_001));
        assert!(early.0 >= 1 << 40);
        assert!(late < later);
    }

    #[test]
    fn ids_of_one_moment_are_distinct() {
        let mut ids: Vec<TopicId> = (0..10_000).map(|_| mint(Timestamp(1 << 41))).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 10_000);
    }

    #[test]
    fn only_digits_are_an_id() {
        assert_eq!("12".parse(), Ok(TopicId(12)));
        for text in ["", "-1", "+1", "1a", " 1", "99999999999999999999"] {
            assert_eq!(text.parse::<TopicId>(), Err(NotAnId), "{text}");
        }
    }
}
