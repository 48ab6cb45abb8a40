//! Lists of blocks in Mastodon's form: reading one, showing what it would do, applying it, and writing ours.

use std::collections::HashMap;

use sea_orm::{EntityTrait, FromQueryResult, Statement};

use super::{Decision, covering, decide, normal_host, severity, with_policy};
use crate::db::entity::instance;
use crate::kinds::InstancePolicy;
use crate::{Config, Instance, Read, Result, Tx, Viewer, policy};

/// A line of a list of blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Host.
    pub host: String,
    /// Block, limit, or (when only its files aren't shown) open.
    pub policy: InstancePolicy,
    /// Whether its files are shown to nobody.
    pub reject_media: bool,
    /// Public comment.
    pub reason: String,
}

/// A line that couldn't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub why: Unreadable,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The domain has `*` in it: its publisher hides it.
    Obfuscated,
    /// No domain.
    NoDomain,
    /// A severity that nobody knows.
    Severity,
}

impl Unreadable {
    /// A word for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Obfuscated => "obfuscated",
            Self::NoDomain => "domain",
            Self::Severity => "severity",
        }
    }
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Obfuscated => "the domain is obfuscated",
            Self::NoDomain => "not a domain",
            Self::Severity => "unknown severity",
        })
    }
}

/// Reads a list of blocks as Mastodon exports it: `#domain,#severity,…,#public_comment,…`, or one domain a line.
///
/// `suspend` is a block, `silence` a limit, `noop` nothing unless files are rejected. Obfuscated domains (with `*`) can't be applied.
pub fn parse_blocklist(text: &str) -> (Vec<Listed>, Vec<BadLine>) {
    let mut listed = Vec::new();
    let mut bad = Vec::new();
    let (mut domain, mut severity, mut media, mut comment) = (0, Some(1), Some(2), Some(4));
    let mut first = true;
    for (line, fields) in csv_records(text.trim_start_matches('\u{feff}')) {
        let column = |name: &str| {
            fields
                .iter()
                .position(|f| f.trim().trim_start_matches('#').eq_ignore_ascii_case(name))
        };
        if std::mem::take(&mut first)
            && let Some(at) = column("domain")
        {
            domain = at;
            severity = column("severity");
            media = column("reject_media");
            comment = column("public_comment");
            continue;
        }
        let field = |at: Option<usize>| at.and_then(|at| fields.get(at)).map_or("", |f| f.trim());
        let host = field(Some(domain));
        if host.is_empty() {
            continue;
        }
        if host.contains('*') {
            bad.push(BadLine {
                line,
                why: Unreadable::Obfuscated,
            });
            continue;
        }
        let Some(host) = normal_host(host) else {
            bad.push(BadLine {
                line,
                why: Unreadable::NoDomain,
            });
            continue;
        };
        let policy = match field(severity).to_lowercase().as_str() {
            "" | "suspend" => InstancePolicy::Block,
            "silence" | "limit" => InstancePolicy::Limit,
            "noop" | "none" => InstancePolicy::Open,
            _ => {
                bad.push(BadLine {
                    line,
                    why: Unreadable::Severity,
                });
                continue;
            }
        };
        let reject_media = field(media).eq_ignore_ascii_case("true");
        if policy == InstancePolicy::Open && !reject_media {
            continue;
        }
        listed.push(Listed {
            host,
            policy,
            reject_media,
            reason: field(comment).to_owned(),
        });
    }
    (listed, bad)
}

/// Records of a CSV text (RFC 4180) with the line on which each begins.
fn csv_records(text: &str) -> Vec<(usize, Vec<String>)> {
    let mut records = Vec::new();
    let mut fields = Vec::new();
    let mut field = String::new();
    let (mut line, mut start, mut quoted) = (1, 1, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\n' {
            line += 1;
        }
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                fields.push(std::mem::take(&mut field));
                records.push((start, std::mem::take(&mut fields)));
                start = line;
            }
            '\r' if !quoted => {}
            other => field.push(other),
        }
    }
    if !field.is_empty() || !fields.is_empty() {
        fields.push(field);
        records.push((start, fields));
    }
    records
}

/// What applying a list did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Servers whose policy changed.
    pub changed: usize,
    /// Servers that had it, or a more severe one, already.
    pub kept: usize,
}

/// What a line of a list would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The server has this policy, or a more severe one, already.
    Kept,
    /// It is our own host, which is never touched.
    Ourselves,
    /// Its policy becomes this one.
    Set,
}

/// What a line of a list would do to a server and its subdomains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The line.
    pub listed: Listed,
    /// What the server may do now.
    pub now: InstancePolicy,
    /// What would happen.
    pub change: Change,
    /// Follows of people and categories of ours by actors there.
    pub followers: u64,
    /// Follows of actors there by people and categories of ours.
    pub following: u64,
}

fn change(known: Option<&Instance>, item: &Listed, config: &Config) -> Change {
    if item.host == config.public_authority() {
        return Change::Ourselves;
    }
    let (now, media) = known.map_or((InstancePolicy::Open, false), |row| {
        (row.policy, row.reject_media)
    });
    let severe = severity(now) >= severity(item.policy) && !policy_is_weaker(now, item.policy);
    if severe && (media || !item.reject_media) {
        Change::Kept
    } else {
        Change::Set
    }
}

/// `Allow` says nothing against a limit or a block.
fn policy_is_weaker(now: InstancePolicy, wanted: InstancePolicy) -> bool {
    now == InstancePolicy::Allow && matches!(wanted, InstancePolicy::Limit | InstancePolicy::Block)
}

/// The policy that holds afterwards: a list makes nothing milder.
fn severer(now: InstancePolicy, wanted: InstancePolicy) -> InstancePolicy {
    if severity(now) >= severity(wanted) {
        now
    } else {
        wanted
    }
}

#[derive(Debug, FromQueryResult)]
struct Followed {
    host: String,
    count: i64,
}

/// How many follows there are with each host, by whom they are counted.
async fn counted(db: &impl Read, column: &str) -> Result<HashMap<String, u64>> {
    let sql = format!(
        "SELECT a.host AS host, COUNT(*) AS count FROM follows f JOIN actors a ON a.id = f.{column} \
         WHERE NOT a.local AND f.state = 'accepted' GROUP BY a.host"
    );
    let rows = Followed::find_by_statement(Statement::from_string(db.get_database_backend(), sql))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.host, u64::try_from(row.count).unwrap_or(0)))
        .collect())
}

fn under(counts: &HashMap<String, u64>, host: &str) -> u64 {
    counts
        .iter()
        .filter(|(known, _)| covering(known).iter().any(|name| name == host))
        .map(|(_, count)| count)
        .sum()
}

/// A decision in force, with the follows that it concerns.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The server.
    pub instance: Instance,
    /// Follows of people and categories of ours by actors there.
    pub followers: u64,
    /// Follows of actors there by people and categories of ours.
    pub following: u64,
}

/// All decisions about servers, by host.
pub async fn decided(db: &impl Read) -> Result<Vec<Decided>> {
    let followers = counted(db, "follower_id").await?;
    let following = counted(db, "followed_id").await?;
    Ok(with_policy(db)
        .await?
        .into_iter()
        .map(|instance| Decided {
            followers: under(&followers, &instance.host),
            following: under(&following, &instance.host),
            instance,
        })
        .collect())
}

/// What applying a list would do, line by line, with the follows that are concerned. Administrators.
pub async fn preview_blocklist(
    db: &impl Read,
    config: &Config,
    viewer: &Viewer,
    listed: Vec<Listed>,
) -> Result<Vec<Effect>> {
    policy::people::can_administer(viewer)?;
    let known: HashMap<String, Instance> = with_policy(db)
        .await?
        .into_iter()
        .map(|row| (row.host.clone(), row))
        .collect();
    let followers = counted(db, "follower_id").await?;
    let following = counted(db, "followed_id").await?;
    Ok(listed
        .into_iter()
        .map(|listed| {
            let row = known.get(&listed.host);
            Effect {
                now: row.map_or(InstancePolicy::Open, |row| row.policy),
                change: change(row, &listed, config),
                followers: under(&followers, &listed.host),
                following: under(&following, &listed.host),
                listed,
            }
        })
        .collect())
}

/// Applies a list of blocks. Nothing becomes milder by it: who is blocked stays blocked. Administrators.
pub async fn apply_blocklist(tx: &Tx, viewer: &Viewer, listed: &[Listed]) -> Result<Applied> {
    policy::people::can_administer(viewer)?;
    let mut applied = Applied::default();
    for item in listed {
        let known = instance::Entity::find_by_id(item.host.clone())
            .one(tx.c())
            .await?;
        if change(known.as_ref(), item, tx.config()) != Change::Set {
            applied.kept += 1;
            continue;
        }
        let now = known.map_or(InstancePolicy::Open, |row| row.policy);
        let decision = Decision {
            policy: severer(now, item.policy),
            reject_media: item.reject_media.then_some(true),
            private: None,
            reason: &item.reason,
        };
        decide(tx, viewer, &item.host, decision).await?;
        applied.changed += 1;
    }
    Ok(applied)
}

/// The policies of this node as a list in Mastodon's form; who is only allowed isn't in it.
pub async fn export_blocklist(db: &impl Read, viewer: &Viewer) -> Result<String> {
    policy::people::can_administer(viewer)?;
    let mut text = String::from(
        "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\r\n",
    );
    for row in with_policy(db).await? {
        let severity = match row.policy {
            InstancePolicy::Block => "suspend",
            InstancePolicy::Limit => "silence",
            InstancePolicy::Open | InstancePolicy::Allow if row.reject_media => "noop",
            InstancePolicy::Open | InstancePolicy::Allow => continue,
        };
        let media = row.reject_media || row.policy == InstancePolicy::Block;
        // The column is for public comments.
        let comment = row.reason.filter(|_| !row.private).unwrap_or_default();
        let comment = quoted(&comment);
        let host = quoted(&row.host);
        for part in [
            &host,
            severity,
            &media.to_string(),
            "false",
            &comment,
            "false",
        ] {
            text.push_str(part);
            text.push(',');
        }
        text.pop();
        text.push_str("\r\n");
    }
    Ok(text)
}

/// A field of CSV, in quotes where it needs them. What a spreadsheet would take for a formula is made text.
fn quoted(field: &str) -> String {
    let formula = field.starts_with(['=', '+', '-', '@']);
    let field = if formula {
        format!("'{field}")
    } else {
        field.to_owned()
    };
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::instances;
    use crate::testing::on_each_database;

    #[test]
    fn a_list_of_mastodon_is_read() {
        let (listed, bad) = parse_blocklist(
            "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\r\n\
             bad.example,suspend,true,true,\"spam, \"\"lots\"\" of it\",false\r\n\
             loud.example,silence,false,false,,false\n\
             fine.example,noop,false,false,,false\n\
             b*d.example,suspend,,,,true\n\
             no domain,suspend,,,,\n\
             odd.example,destroy,,,,\n",
        );
        assert_eq!(listed.len(), 2);
        assert!(listed[0].reject_media && !listed[1].reject_media);
        assert_eq!(listed[0].reason, "spam, \"lots\" of it");
        assert_eq!(listed[1].policy, InstancePolicy::Limit);
        let lines: Vec<usize> = bad.iter().map(|b| b.line).collect();
        assert_eq!(lines, [5, 6, 7]);
        let (listed, _) = parse_blocklist("one.example\ntwo.example\n");
        assert_eq!(listed.len(), 2);
        assert_eq!(listed[1].policy, InstancePolicy::Block);
    }

    #[tokio::test]
    async fn what_is_exported_is_read_again_as_it_was() {
        on_each_database(Config::default(), async |forum| {
            let node = &Viewer::System;
            let listed = parse_blocklist(
                "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n\
                 bad.example,suspend,true,false,\"spam, \"\"lots\"\"\",false\n\
                 élan.example,silence,false,false,=1+1,false\n\
                 loud.example,noop,true,false,,false\n\
                 localhost:8080,suspend,,,,\n",
            )
            .0;
            let seen = preview_blocklist(forum.db(), forum.config(), node, listed.clone())
                .await
                .unwrap();
            let changes: Vec<Change> = seen.iter().map(|one| one.change).collect();
            assert_eq!(
                changes,
                [Change::Set, Change::Set, Change::Set, Change::Ourselves]
            );
            let tx = forum.begin().await.unwrap();
            let applied = apply_blocklist(&tx, node, &listed).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!((applied.changed, applied.kept), (3, 1));
            let csv = export_blocklist(forum.db(), node).await.unwrap();
            assert!(
                csv.contains("xn--lan-9la.example,silence,false,false,'=1+1,false"),
                "{csv}"
            );
            assert!(csv.contains("loud.example,noop,true"), "{csv}");
            let (again, bad) = parse_blocklist(&csv);
            assert!(bad.is_empty());
            assert_eq!(again.len(), 3);
            let seen = preview_blocklist(forum.db(), forum.config(), node, again)
                .await
                .unwrap();
            assert!(
                seen.iter().all(|one| one.change == Change::Kept),
                "{seen:?}"
            );

            // A subdomain, either spelling, a port.
            for (host, blocked, limited, silent) in [
                ("x.bad.example", true, false, true),
                ("bad.example:8443", true, false, true),
                ("notbad.example", false, false, false),
                ("a.xn--lan-9la.example", false, true, false),
                ("a.élan.example", false, true, false),
                ("XN--LAN-9LA.example.", false, true, false),
                ("x.loud.example", false, false, true),
            ] {
                let db = forum.db();
                let allowed = instances::is_allowed(db, &forum, host).await.unwrap();
                assert_eq!(allowed, !blocked, "{host}");
                let is = instances::is_limited(db, &forum, host).await.unwrap();
                assert_eq!(is, limited, "{host}");
                let is = instances::silences_media(db, &forum, host).await.unwrap();
                assert_eq!(is, silent, "{host}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_list_makes_nothing_milder() {
        on_each_database(Config::default(), async |forum| {
            let node = &Viewer::System;
            let tx = forum.begin().await.unwrap();
            instances::set_policy(&tx, node, "bad.example", InstancePolicy::Block, "spam")
                .await
                .unwrap();
            let listed = parse_blocklist("bad.example,silence,true,,later,\n").0;
            let applied = apply_blocklist(&tx, node, &listed).await.unwrap();
            assert_eq!(applied.changed, 1);
            tx.commit().await.unwrap();
            let row = instances::by_host(forum.db(), "bad.example").await.unwrap();
            assert_eq!(row.policy, InstancePolicy::Block);
            assert!(row.reject_media);
        })
        .await;
    }
}
