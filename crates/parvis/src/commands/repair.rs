//! `parvis federation repair`: comparing what two nodes hold, at once; and what `federation status` says of it.

use std::fmt::Write as _;

use clap::Args;
use parvis_federation::repair::{self, Depth};
use parvis_forum::comparisons::{self, Comparison, Report, Summary};
use parvis_web::i18n::{Catalog, Locale};
use parvis_web::words;
use serde_json::{Value, json};

use crate::cli::Output;

/// `federation repair`.
#[derive(Debug, Args)]
pub struct Repair {
    /// The node's host, with its port if it has one
    pub host: String,
    /// Looks again at what could not be mended lately
    #[arg(long)]
    pub thorough: bool,
}

fn summary_of(report: &Report) -> Summary {
    Summary {
        outcome: report.outcome,
        at: None,
        found: i64::from(report.found),
        sent: i64::from(report.sent),
        remaining: i64::from(report.remaining),
        categories: 1,
        error: report.error.clone(),
    }
}

fn in_words(texts: &Catalog, summary: &Summary) -> String {
    words::comparison(texts, Locale::En, summary)
}

/// What the line of a node says of the last comparison; nothing when there was none.
pub(super) fn line(texts: &Catalog, rows: &[Comparison]) -> String {
    match comparisons::summary(rows) {
        Some(summary) => format!("\n    categories compared: {}", in_words(texts, &summary)),
        None => String::new(),
    }
}

/// The same for programs.
pub(super) fn object(texts: &Catalog, rows: &[Comparison]) -> Value {
    match comparisons::summary(rows) {
        None => Value::Null,
        Some(summary) => json!({
            "outcome": summary.outcome,
            "words": in_words(texts, &summary),
            "at": summary.at,
            "found": summary.found,
            "sent": summary.sent,
            "remaining": summary.remaining,
            "categories": summary.categories,
            "error": summary.error,
        }),
    }
}

/// Runs the command.
pub(super) async fn run(
    node: &parvis_federation::Federation,
    args: &Repair,
    output: Output,
) -> anyhow::Result<()> {
    let depth = if args.thorough {
        Depth::Thorough
    } else {
        Depth::Usual
    };
    let done = Box::pin(repair::repair(node, &args.host, depth)).await?;
    let texts = Catalog::shared();
    let mut text = String::new();
    for (category, report) in &done.theirs {
        let said = in_words(&texts, &summary_of(report));
        writeln!(
            text,
            "{}: {said}, in {} requests",
            category.actor.name, report.requests
        )?;
        if report.sent > 0 {
            writeln!(text, "  the running node delivers what is sent again")?;
        }
    }
    if !done.asked.is_empty() {
        writeln!(
            text,
            "{} was asked to compare {}",
            args.host,
            done.asked.join(", ")
        )?;
    }
    if let Some(why) = &done.refused {
        writeln!(text, "{} could not be asked to compare: {why}", args.host)?;
    }
    let rows: Vec<Value> = done
        .theirs
        .iter()
        .map(|(category, report)| {
            json!({
                "category": category.actor.uri, "outcome": report.outcome, "found": report.found,
                "sent": report.sent, "remaining": report.remaining, "requests": report.requests,
                "error": report.error,
            })
        })
        .collect();
    output.answer(
        text.trim_end(),
        &json!({
            "host": args.host, "compared": rows, "asked": done.asked, "refused": done.refused,
        }),
    )
}
