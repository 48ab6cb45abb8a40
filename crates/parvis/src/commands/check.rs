//! `parvis check`: is this node well set up? One line each, ok or what to do.

use std::fmt::Write as _;
use std::time::Duration;

use clap::Args;
use parvis_forum::config::{SecondFactor, Staff};
use parvis_forum::db::sea_orm::ConnectionTrait as _;
use parvis_forum::kinds::Role;
use parvis_forum::page::PageRequest;
use parvis_forum::people::{self, Filter};
use parvis_forum::{Clock, Config, Db, Viewer, categories, second_factors};
use serde::Serialize;
use serde_json::json;
use tokio::net::{TcpStream, lookup_host};

use crate::cli::Global;

/// Checks configuration, database, second factors, public URL, mail, clock and storage.
#[derive(Debug, Args)]
pub struct Check {}

/// How one thing is.
#[derive(Debug, Serialize)]
struct Finding {
    name: &'static str,
    ok: bool,
    detail: String,
}

fn good(name: &'static str, detail: impl Into<String>) -> Finding {
    Finding {
        name,
        ok: true,
        detail: detail.into(),
    }
}

fn bad(name: &'static str, detail: impl Into<String>) -> Finding {
    Finding {
        name,
        ok: false,
        detail: detail.into(),
    }
}

/// Runs the command; refused when one thing is not as it should be.
pub async fn run(global: &Global) -> anyhow::Result<()> {
    let config = global.load_config()?;
    let mut findings = vec![good("configuration", "every key is known and in its range")];
    findings.extend(database(&config).await);
    findings.push(public_url(&config).await);
    findings.push(mail(&config).await);
    findings.push(legal(&config));
    findings.push(clock());
    findings.push(storage(&config));
    let mut text = String::new();
    for finding in &findings {
        let word = if finding.ok { "ok" } else { "TO DO" };
        writeln!(text, "{:14} {word:6} {}", finding.name, finding.detail)?;
    }
    let wrong = findings.iter().filter(|f| !f.ok).count();
    global
        .output()
        .answer(&text, &json!({ "ok": wrong == 0, "checks": findings }))?;
    anyhow::ensure!(
        wrong == 0,
        "{wrong} of {} checks need something to be done",
        findings.len()
    );
    Ok(())
}

async fn database(config: &Config) -> Vec<Finding> {
    let db = match Db::connect(config.database.url.as_str(), None).await {
        Ok(db) => db,
        Err(error) => return vec![bad("database", error.to_string())],
    };
    let mut findings = Vec::new();
    match db.pending_migrations().await {
        Ok(pending) if pending.is_empty() => {
            findings.push(good(
                "database",
                format!("{:?}, schema up to date", db.get_database_backend()),
            ));
        }
        Ok(pending) => {
            let detail = match pending.len() {
                1 => "1 migration waits: run `parvis migrate`".to_owned(),
                n => format!("{n} migrations wait: run `parvis migrate`"),
            };
            return vec![bad("database", detail)];
        }
        Err(error) => return vec![bad("database", error.to_string())],
    }
    let admins = Filter {
        role: Some(Role::Admin),
        ..Filter::default()
    };
    findings.push(
        match people::list(&db, &Viewer::System, &admins, PageRequest::first(1)).await {
            Ok(page) if page.items.is_empty() => bad(
                "administrator",
                "none yet: run `parvis user create --name NAME --email ADDRESS --role admin`",
            ),
            Ok(_) => good("administrator", "there is one"),
            Err(error) => bad("administrator", error.to_string()),
        },
    );
    findings.push(second_factor(&db, config).await);
    findings.push(match categories::tree(&db, &Viewer::System).await {
        Ok(all) if all.is_empty() => bad(
            "categories",
            "none yet: run `parvis category create --slug SLUG --title TITLE`",
        ),
        Ok(all) => good("categories", format!("{} of this node", all.len())),
        Err(error) => bad("categories", error.to_string()),
    });
    findings
}

/// Who moderates or administers without a second factor. Something to do only where one is demanded.
async fn second_factor(db: &Db, config: &Config) -> Finding {
    let name = "second factor";
    let without = match second_factors::staff_without(db).await {
        Ok(without) => without,
        Err(error) => return bad(name, error.to_string()),
    };
    if without.is_empty() {
        return good(name, "everybody who moderates or administers has one");
    }
    let names: Vec<&str> = without.iter().map(|actor| actor.name.as_str()).collect();
    let names = names.join(", ");
    if config.demands_second_factor(Staff::Yes) {
        bad(
            name,
            format!("{names} must turn one on in the settings before moderating or administering"),
        )
    } else if config.sign_in.second_factor == SecondFactor::Offered {
        good(name, format!("offered; not on for {names}"))
    } else {
        good(
            name,
            format!("not on for {names}; demanded once server.public_url is https"),
        )
    }
}

async fn public_url(config: &Config) -> Finding {
    let name = "public URL";
    let url = &config.server.public_url;
    let host = url.host();
    if host == "localhost" || host.parse::<std::net::IpAddr>().is_ok() {
        return good(
            name,
            format!(
                "{} is for trying only: set server.public_url before there is content",
                url.origin()
            ),
        );
    }
    if !url.is_https() {
        return bad(
            name,
            "other servers want https: set server.public_url to the https address",
        );
    }
    let found = tokio::time::timeout(Duration::from_secs(5), lookup_host((host, 443))).await;
    match found.map(|answer| answer.is_ok_and(|addresses| addresses.count() > 0)) {
        Ok(true) => good(name, url.origin()),
        _ => bad(
            name,
            format!("the name {host} has no address: add it to the DNS"),
        ),
    }
}

async fn mail(config: &Config) -> Finding {
    let Some(url) = &config.mail.url else {
        return good("mail", "not configured: mail is written to the log");
    };
    let port = url::Url::parse(url.as_str())
        .ok()
        .and_then(|u| u.port())
        .unwrap_or(if url.as_str().starts_with("smtps:") {
            465
        } else {
            25
        });
    let reached = TcpStream::connect((url.host(), port));
    match tokio::time::timeout(Duration::from_secs(5), reached).await {
        Ok(Ok(_)) => good("mail", format!("{} answers", url.host())),
        _ => bad(
            "mail",
            format!("{}:{port} does not answer: see mail.url", url.host()),
        ),
    }
}

fn legal(config: &Config) -> Finding {
    let name = "legal pages";
    let gaps = config.legal_gaps();
    let host = config.server.public_url.host();
    if gaps.is_empty() {
        good(name, "filled in")
    } else if host == "localhost" || host.parse::<std::net::IpAddr>().is_ok() {
        good(
            name,
            format!("before others use the node, set {}", gaps.join(", ")),
        )
    } else {
        bad(name, format!("set {}", gaps.join(", ")))
    }
}

fn clock() -> Finding {
    // Without the network only the impossible can be told: a clock that was never set.
    let now = Clock::system().now();
    if now.datetime().format("%Y").to_string().as_str() < "2026" {
        bad(
            "clock",
            format!("it is not {now}: set the clock, or run an NTP client"),
        )
    } else {
        good("clock", now.rfc3339())
    }
}

fn storage(config: &Config) -> Finding {
    let path = config.storage.url.path();
    let probe = path.join(".parvis-check");
    let written = std::fs::create_dir_all(path)
        .and_then(|()| std::fs::write(&probe, b"ok"))
        .and_then(|()| std::fs::remove_file(&probe));
    match written {
        Ok(()) => good("storage", format!("{} can be written", path.display())),
        Err(error) => bad("storage", format!("{}: {error}", path.display())),
    }
}
