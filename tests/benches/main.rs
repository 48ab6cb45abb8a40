//! `cargo bench` (or `just bench`): how fast the built program is, each figure beside a limit taken in the same run.
//!
//! The program runs as its own process; this one only asks. `cargo bench --bench performance -- inbox fanout` runs
//! parts. `PARVIS_BIN` says which program (default: the one of this profile), `PARVIS_TEST_DATABASE_URL` a PostgreSQL.
//! Nothing here fails because something was slow; wrong answers fail.

#![expect(
    clippy::indexing_slicing,
    reason = "what is missing in an answer ends the bench"
)]
#![expect(clippy::print_stdout, reason = "the table is the answer")]

mod fanout;
mod growth;
mod inbox;
mod load;
mod machine;
mod reads;
mod start;

/// The figures, as a table in Markdown, printed as they come.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: usize,
}

impl Table {
    /// A figure beside what it is held against.
    pub(crate) fn row(
        &mut self,
        what: &str,
        figure: f64,
        limit_name: &str,
        limit: f64,
        notes: &str,
    ) {
        if self.rows == 0 {
            println!("| what | figure | held against | ratio | notes |\n|---|---|---|---|---|");
        }
        self.rows += 1;
        println!(
            "| {what} | {} | {limit_name}: {} | {:.2} | {notes} |",
            short(figure),
            short(limit),
            figure / limit
        );
    }
}

/// Small figures with two decimals, large ones without.
fn short(figure: f64) -> String {
    if figure < 100.0 {
        format!("{figure:.2}")
    } else {
        format!("{figure:.0}")
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|a| a == name);
    let limits = machine::limits()?;
    println!(
        "{} cores; RSA-2048: {:.0} verifications/s on one, {:.0} signatures/s on all\n",
        limits.cores, limits.verify_one, limits.sign_all
    );
    let table = &mut Table::default();
    if wanted("inbox") {
        inbox::run(20_000, limits, table).await?;
    }
    if wanted("quick") {
        fanout::quick(table).await?;
    }
    if wanted("fanout") {
        fanout::wide(300, 0, 20, limits, table).await?;
        fanout::wide(300, 90, 20, limits, table).await?;
    }
    if wanted("fanout3000") {
        fanout::wide(3_000, 0, 3, limits, table).await?;
    }
    if wanted("crowds") {
        fanout::crowds(table).await?;
    }
    if wanted("far") {
        fanout::far(20, table).await?;
    }
    if wanted("reads") {
        reads::run(table).await?;
    }
    if wanted("start") {
        start::run(table).await?;
    }
    if wanted("growth") {
        growth::run(100_000, table).await?;
    }
    if asked.iter().any(|part| part == "million") {
        growth::run(1_000_000, table).await?;
    }
    Ok(())
}
