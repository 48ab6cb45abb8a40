//! Other servers: what is known of them, and what we let them do.
//!
//! A policy on `a.b` covers `x.a.b` too, by whole labels, and every port; the most severe one that covers a server
//! holds. In `allowlist` mode a server must be named itself.

mod blocklist;
mod ties;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use url::Host;

use crate::config::FederationMode;
use crate::db::entity::{destination, instance};
use crate::kinds::InstancePolicy;
use crate::moderation::{self, Target};
use crate::{Error, Forum, Instance, Kind, Post, Read, Result, Timestamp, Tx, Viewer, policy};

/// A host in the form in which it is stored: small letters, Punycode, the port only when one is given and it isn't a
/// usual one. None when the text isn't a host.
pub fn normal_host(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('.');
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, Some(port.parse::<u16>().ok()?))
        }
        _ => (text, None),
    };
    let host = Host::parse(host.trim_end_matches('.')).ok()?;
    if let Host::Domain(domain) = &host
        && (domain.is_empty() || domain.split('.').any(str::is_empty))
    {
        return None;
    }
    Some(match port {
        None | Some(80 | 443) => host.to_string(),
        Some(port) => format!("{host}:{port}"),
    })
}

/// The host of an id or an address, in the form in which hosts are stored.
pub fn host_of(uri: &str) -> Option<String> {
    let url = url::Url::parse(uri).ok()?;
    let host = url.host_str()?;
    normal_host(&match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

/// The names under which a policy may cover a host: itself, without its port, and the domains above.
fn covering(host: &str) -> Vec<String> {
    let host = host.to_lowercase();
    let bare = match host.rsplit_once(':') {
        Some((bare, port)) if port.bytes().all(|b| b.is_ascii_digit()) => bare.to_owned(),
        _ => host.clone(),
    };
    let mut names = vec![host];
    let mut rest = bare.as_str();
    loop {
        names.push(rest.to_owned());
        match rest.split_once('.') {
            Some((_, above)) if matches!(Host::parse(&bare), Ok(Host::Domain(_))) => rest = above,
            _ => break,
        }
    }
    names.dedup();
    names
}

/// Notes a server that we meet for the first time.
pub async fn touch(tx: &Tx, host: &str) -> Result<()> {
    instance::Entity::insert(fresh(tx, host, InstancePolicy::Open, None))
        .on_conflict_do_nothing()
        .exec_without_returning(tx.c())
        .await?;
    Ok(())
}

fn fresh(
    tx: &Tx,
    host: &str,
    policy: InstancePolicy,
    reason: Option<String>,
) -> instance::ActiveModel {
    instance::ActiveModel {
        host: Set(host.to_owned()),
        software: Set(None),
        version: Set(None),
        policy: Set(policy),
        reason: Set(reason),
        first_seen_at: Set(tx.now()),
        inbound_at: Set(None),
        nodeinfo_at: Set(None),
        rfc9421_until: Set(None),
        paused_at: Set(None),
        reject_media: Set(false),
        decided_at: Set(None),
        private: Set(false),
    }
}

/// Notes that a valid activity came from a server.
pub async fn heard_from(tx: &Tx, host: &str) -> Result<()> {
    touch(tx, host).await?;
    instance::Entity::update_many()
        .col_expr(instance::Column::InboundAt, Expr::value(Some(tx.now())))
        .filter(instance::Column::Host.eq(host))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// Notes what a server's NodeInfo says; none when it says nothing.
pub async fn set_software(
    tx: &Tx,
    host: &str,
    software: Option<&str>,
    version: Option<&str>,
) -> Result<()> {
    touch(tx, host).await?;
    let short = |text: Option<&str>| {
        text.map(|t| {
            t.chars()
                .filter(|c| !c.is_control())
                .take(100)
                .collect::<String>()
        })
    };
    instance::Entity::update_many()
        .col_expr(instance::Column::Software, Expr::value(short(software)))
        .col_expr(instance::Column::Version, Expr::value(short(version)))
        .col_expr(instance::Column::NodeinfoAt, Expr::value(Some(tx.now())))
        .filter(instance::Column::Host.eq(host))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// Notes until when RFC 9421 signatures are sent to a server first; none for the older ones first.
pub async fn set_rfc9421_until(tx: &Tx, host: &str, until: Option<Timestamp>) -> Result<()> {
    touch(tx, host).await?;
    instance::Entity::update_many()
        .col_expr(instance::Column::Rfc9421Until, Expr::value(until))
        .filter(instance::Column::Host.eq(host))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// A server says that it takes RFC 9421 signatures: they are sent first for a week, unless it is known what it takes.
pub async fn prefer_rfc9421(tx: &Tx, host: &str) -> Result<()> {
    match by_host(tx.c(), host).await {
        Ok(known) if known.rfc9421_until.is_some() => return Ok(()),
        Ok(_) | Err(Error::NotFound(_)) => {}
        Err(error) => return Err(error),
    }
    set_rfc9421_until(tx, host, Some(tx.now().plus_days(7))).await
}

/// A server that is known here.
pub async fn by_host(db: &impl Read, host: &str) -> Result<Instance> {
    instance::Entity::find_by_id(host.to_lowercase())
        .one(db)
        .await?
        .ok_or(Error::NotFound(Kind::Instance))
}

fn severity(policy: InstancePolicy) -> u8 {
    match policy {
        InstancePolicy::Open => 0,
        InstancePolicy::Allow => 1,
        InstancePolicy::Limit => 2,
        InstancePolicy::Block => 3,
    }
}

/// What a server may do: the most severe policy that covers it. `Allow` only counts on the server itself.
pub async fn policy_of(db: &impl Read, forum: &Forum, host: &str) -> Result<InstancePolicy> {
    Ok(rule_of(db, forum, host).await?.policy)
}

/// A policy in force, with what it says of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rule {
    policy: InstancePolicy,
    reject_media: bool,
}

async fn rule_of(db: &impl Read, forum: &Forum, host: &str) -> Result<Rule> {
    // Ids carry hosts in one form already; what people and certificates write is brought into it.
    let host = normal_host(host).unwrap_or_else(|| host.to_lowercase());
    let rules = forum.policies().by_host(db).await?;
    let covering: Vec<_> = covering(&host)
        .into_iter()
        .filter_map(|name| Some((*rules.get(&name)?, name)))
        .collect();
    Ok(Rule {
        policy: covering
            .iter()
            .filter(|(rule, name)| rule.policy != InstancePolicy::Allow || *name == host)
            .map(|(rule, _)| rule.policy)
            .max_by_key(|policy| severity(*policy))
            .unwrap_or(InstancePolicy::Open),
        reject_media: covering.iter().any(|(rule, _)| rule.reject_media),
    })
}

/// Whether what comes from this server waits for a moderator. Never what comes from ourselves.
pub async fn is_limited(db: &impl Read, forum: &Forum, host: &str) -> Result<bool> {
    let config = forum.config();
    if host.eq_ignore_ascii_case(config.public_authority()) {
        return Ok(false);
    }
    Ok(policy_of(db, forum, host).await? == InstancePolicy::Limit)
}

/// Whether the files of this server are shown to nobody here: because it was decided so, or because it is blocked.
pub async fn silences_media(db: &impl Read, forum: &Forum, host: &str) -> Result<bool> {
    let rule = rule_of(db, forum, host).await?;
    Ok(rule.reject_media || rule.policy == InstancePolicy::Block)
}

/// May this server exchange anything with us? Ourselves always.
pub async fn is_allowed(db: &impl Read, forum: &Forum, host: &str) -> Result<bool> {
    let config = forum.config();
    if host.eq_ignore_ascii_case(config.public_authority()) {
        return Ok(true);
    }
    let policy = policy_of(db, forum, host).await?;
    Ok(permits(config.federation.mode, policy))
}

fn permits(mode: FederationMode, policy: InstancePolicy) -> bool {
    match mode {
        FederationMode::Open => policy != InstancePolicy::Block,
        FederationMode::Allowlist => policy == InstancePolicy::Allow,
    }
}

/// Takes the attachments of servers whose files are shown to nobody off posts that are to be shown. Asks the database only
/// when there are attachments from elsewhere.
pub(crate) async fn hide_silenced(db: &impl Read, posts: &mut [Post]) -> Result<()> {
    let concerned = |post: &Post| !post.local && post.attachments != "[]";
    if !posts.iter().any(concerned) {
        return Ok(());
    }
    let silenced: HashSet<String> = with_policy(db)
        .await?
        .into_iter()
        .filter(|row| row.reject_media || row.policy == InstancePolicy::Block)
        .map(|row| row.host)
        .collect();
    for post in posts.iter_mut().filter(|post| concerned(post)) {
        if host_of(&post.uri)
            .is_none_or(|host| covering(&host).iter().any(|name| silenced.contains(name)))
        {
            "[]".clone_into(&mut post.attachments);
        }
    }
    Ok(())
}

/// The policies of a moment, in memory: every request of a peer asks for one.
#[derive(Debug, Default)]
pub(crate) struct Policies(Mutex<Option<Kept>>);

#[derive(Clone, Debug)]
struct Kept {
    read_at: Instant,
    by_host: Arc<HashMap<String, Rule>>,
}

/// How long policies are believed that another process may have changed; our own changes count at once.
const POLICIES_LIFE: Duration = Duration::from_secs(2);

impl Policies {
    fn kept(&self) -> Option<Kept> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// They have changed.
    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    async fn by_host(&self, db: &impl Read) -> Result<Arc<HashMap<String, Rule>>> {
        if let Some(kept) = self.kept()
            && kept.read_at.elapsed() < POLICIES_LIFE
        {
            return Ok(kept.by_host);
        }
        let read_at = Instant::now();
        let by_host: HashMap<_, _> = with_policy(db)
            .await?
            .into_iter()
            .map(|row| {
                let rule = Rule {
                    policy: row.policy,
                    reject_media: row.reject_media,
                };
                (row.host, rule)
            })
            .collect();
        let by_host = Arc::new(by_host);
        let fresh = Kept {
            read_at,
            by_host: Arc::clone(&by_host),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fresh);
        Ok(by_host)
    }
}

/// What is decided about a server.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// What it may do.
    pub policy: InstancePolicy,
    /// Whether its files are shown to nobody; none leaves it as it is.
    pub reject_media: Option<bool>,
    /// Whether visitors are not told of it; none leaves it as it is.
    pub private: Option<bool>,
    /// For the log and the list.
    pub reason: &'a str,
}

/// Decides what a server may do; it needn't be known. `reason` is for the log and the list.
pub async fn set_policy(
    tx: &Tx,
    viewer: &Viewer,
    host: &str,
    policy: InstancePolicy,
    reason: &str,
) -> Result<Instance> {
    let decision = Decision {
        policy,
        reject_media: None,
        private: None,
        reason,
    };
    decide(tx, viewer, host, decision).await
}

/// Decides what a server may do, and whether its files are shown; it needn't be known. Taking everything back shows its
/// files again.
pub async fn decide(
    tx: &Tx,
    viewer: &Viewer,
    host: &str,
    decision: Decision<'_>,
) -> Result<Instance> {
    let Decision { policy, reason, .. } = decision;
    let host = normal_host(host).ok_or_else(|| Error::field("host", "format"))?;
    if host == tx.config().public_authority() {
        return Err(Error::field("host", "reserved"));
    }
    let known = instance::Entity::find_by_id(host.clone())
        .one(tx.c())
        .await?;
    let current = known
        .as_ref()
        .map_or(InstancePolicy::Open, |row| row.policy);
    policy::instances::can_set(viewer, current, policy)?;
    tx.changes_policies();
    let had_media = known.as_ref().is_some_and(|row| row.reject_media);
    let reject_media = match decision.reject_media {
        Some(reject) => reject,
        None => had_media && policy != InstancePolicy::Open,
    };
    let reason: String = reason.trim().chars().take(1000).collect();
    let decided = policy != InstancePolicy::Open || reject_media;
    let stored = (!reason.is_empty() && decided).then(|| reason.clone());
    let is_new = known.is_none();
    let (had_private, decided_at) = known
        .as_ref()
        .map_or((false, None), |row| (row.private, row.decided_at));
    let private = decided && decision.private.unwrap_or(had_private);
    let same = known.as_ref().is_some_and(|row| {
        (row.policy, row.reject_media, row.private) == (policy, reject_media, private)
            && row.reason == stored
    });
    let mut row = match known {
        Some(row) => row.into_active_model(),
        None => fresh(tx, &host, policy, None),
    };
    row.policy = Set(policy);
    row.reason = Set(stored);
    row.reject_media = Set(reject_media);
    row.private = Set(private);
    row.decided_at = Set(if same { decided_at } else { Some(tx.now()) }.filter(|_| decided));
    let row = if is_new {
        row.insert(tx.c()).await?
    } else {
        row.update(tx.c()).await?
    };
    let action = match policy {
        InstancePolicy::Open => "instance-open",
        InstancePolicy::Allow => "instance-allow",
        InstancePolicy::Limit => "instance-limit",
        InstancePolicy::Block => "instance-block",
    };
    let note = if reason.is_empty() {
        host
    } else {
        format!("{host}: {reason}")
    };
    if policy != current || reject_media == had_media {
        moderation::log(tx, viewer, action, Target::Other, &note).await?;
    }
    if reject_media != had_media {
        let action = if reject_media {
            "instance-media-off"
        } else {
            "instance-media-on"
        };
        moderation::log(tx, viewer, action, Target::Other, &note).await?;
    }
    Ok(row)
}

/// Sends nothing more to a server, or goes on; what comes from there is taken as before. Administrators.
pub async fn set_paused(tx: &Tx, viewer: &Viewer, host: &str, paused: bool) -> Result<Instance> {
    policy::people::can_administer(viewer)?;
    let row = by_host(tx.c(), host).await?;
    if row.paused_at.is_some() == paused {
        return Ok(row);
    }
    let action = if paused {
        "instance-pause"
    } else {
        "instance-resume"
    };
    moderation::log(tx, viewer, action, Target::Other, &row.host).await?;
    let mut row = row.into_active_model();
    row.paused_at = Set(paused.then(|| tx.now()));
    Ok(row.update(tx.c()).await?)
}

/// A server with the inboxes that we deliver to there.
#[derive(Clone, Debug)]
pub struct Known {
    /// What is known of it.
    pub instance: Instance,
    /// Its inboxes and how deliveries go.
    pub destinations: Vec<destination::Model>,
}

/// Servers by host, at most `limit` after the host `after`.
pub async fn list(db: &impl Read, after: Option<&str>, limit: u64) -> Result<Vec<Known>> {
    let mut query = instance::Entity::find()
        .order_by_asc(instance::Column::Host)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(instance::Column::Host.gt(after));
    }
    with_destinations(db, query.all(db).await?).await
}

/// Servers that a list holds at most.
const MOST: u64 = 100_000;

/// All servers by host, with all inboxes: two queries.
pub async fn all(db: &impl Read) -> Result<Vec<Known>> {
    let instances = instance::Entity::find()
        .order_by_asc(instance::Column::Host)
        .limit(MOST)
        .all(db)
        .await?;
    let mut inboxes: HashMap<String, Vec<destination::Model>> = HashMap::new();
    for row in destination::Entity::find()
        .order_by_asc(destination::Column::Id)
        .all(db)
        .await?
    {
        inboxes.entry(row.host.clone()).or_default().push(row);
    }
    Ok(instances
        .into_iter()
        .map(|instance| Known {
            destinations: inboxes.remove(&instance.host).unwrap_or_default(),
            instance,
        })
        .collect())
}

/// Servers with a policy of their own, by host: the lists of blocked, limited and allowed ones.
pub async fn with_policy(db: &impl Read) -> Result<Vec<Instance>> {
    Ok(instance::Entity::find()
        .filter(
            Condition::any()
                .add(instance::Column::Policy.ne(InstancePolicy::Open))
                .add(instance::Column::RejectMedia.eq(true)),
        )
        .order_by_asc(instance::Column::Host)
        .all(db)
        .await?)
}

/// One server with its inboxes.
pub async fn known(db: &impl Read, host: &str) -> Result<Known> {
    let instance = by_host(db, host).await?;
    with_destinations(db, vec![instance])
        .await?
        .pop()
        .ok_or(Error::NotFound(Kind::Instance))
}

async fn with_destinations(db: &impl Read, instances: Vec<Instance>) -> Result<Vec<Known>> {
    let destinations = destination::Entity::find()
        .filter(
            Condition::all()
                .add(destination::Column::Host.is_in(instances.iter().map(|i| i.host.as_str()))),
        )
        .order_by_asc(destination::Column::Id)
        .all(db)
        .await?;
    Ok(instances
        .into_iter()
        .map(|instance| Known {
            destinations: destinations
                .iter()
                .filter(|d| d.host == instance.host)
                .cloned()
                .collect(),
            instance,
        })
        .collect())
}

pub use blocklist::{
    Applied, BadLine, Change, Decided, Effect, Listed, Unreadable, apply_blocklist, decided,
    export_blocklist, parse_blocklist, preview_blocklist,
};
pub use ties::{Key, Ties, ties};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::testing::on_each_database;

    #[test]
    fn hosts_are_written_one_way() {
        for (text, host) in [
            ("Social.Example.", Some("social.example")),
            ("social.example:443", Some("social.example")),
            ("127.0.0.1:8081", Some("127.0.0.1:8081")),
            ("[::1]:8081", Some("[::1]:8081")),
            ("élan.example", Some("xn--lan-9la.example")),
            ("localhost", Some("localhost")),
            ("https://a.example/", None),
            ("a b", None),
            ("a..b", None),
            ("a@b.example", None),
            ("", None),
        ] {
            assert_eq!(normal_host(text).as_deref(), host, "{text}");
        }
    }

    #[test]
    fn a_policy_covers_whole_labels_and_ports() {
        assert_eq!(covering("x.a.b:8443"), ["x.a.b:8443", "x.a.b", "a.b", "b"]);
        assert_eq!(covering("127.0.0.1:80"), ["127.0.0.1:80", "127.0.0.1"]);
    }

    #[tokio::test]
    async fn the_most_severe_policy_holds() {
        on_each_database(Config::default(), async |forum| {
            let tx = forum.begin().await.unwrap();
            let node = &Viewer::System;
            touch(&tx, "x.bad.example").await.unwrap();
            touch(&tx, "x.bad.example").await.unwrap();
            set_policy(&tx, node, "Bad.Example", InstancePolicy::Block, "spam")
                .await
                .unwrap();
            set_policy(&tx, node, "good.example", InstancePolicy::Allow, "")
                .await
                .unwrap();
            heard_from(&tx, "good.example").await.unwrap();
            tx.commit().await.unwrap();
            let db = forum.db();
            for (host, open, listed) in [
                ("x.bad.example", false, false),
                ("bad.example:8443", false, false),
                ("notbad.example", true, false),
                ("good.example", true, true),
                ("x.good.example", true, false),
            ] {
                let policy = policy_of(db, &forum, host).await.unwrap();
                assert_eq!(permits(FederationMode::Open, policy), open, "{host}");
                assert_eq!(permits(FederationMode::Allowlist, policy), listed, "{host}");
                assert_eq!(is_allowed(db, &forum, host).await.unwrap(), open, "{host}");
            }
            assert!(is_allowed(db, &forum, "localhost:8080").await.unwrap());
            let tx = forum.begin().await.unwrap();
            set_policy(&tx, node, "late.example", InstancePolicy::Block, "")
                .await
                .unwrap();
            tx.commit().await.unwrap();
            assert!(!is_allowed(db, &forum, "late.example").await.unwrap());
            let member =
                crate::testing::person(&forum, "paul", crate::kinds::Role::Moderator).await;
            let member = crate::testing::viewer(&forum, &member).await;
            let tx = forum.begin().await.unwrap();
            for (policy, ok) in [
                (InstancePolicy::Limit, true),
                (InstancePolicy::Block, false),
            ] {
                let done = set_policy(&tx, &member, "loud.example", policy, "").await;
                assert_eq!(done.is_ok(), ok);
            }
        })
        .await;
    }
}
