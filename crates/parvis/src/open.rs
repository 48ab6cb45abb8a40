//! Opening the node that the configuration describes, for commands that act on it.

use anyhow::Context as _;
use parvis_federation::Federation;
use parvis_forum::{Clock, Config, Db, Error, FieldError, Forum, settings};

/// Opens the database, brings its schema up to date, and starts what turns events into deliveries. Nothing is served,
/// and nothing runs in the background.
pub async fn node(config: Config) -> anyhow::Result<Federation> {
    // The causes repeat each other: one line says it.
    let db = Db::connect(config.database.url.as_str(), None)
        .await
        .map_err(|error| anyhow::anyhow!("the database can't be opened: {error}"))?;
    db.migrate()
        .await
        .context("the schema can't be brought up to date")?;
    let forum = Forum::new(db, config, Clock::system());
    let began_as = settings::public_url(&forum).await?;
    let configured = forum.config().server.public_url.origin();
    if began_as != configured {
        anyhow::bail!(
            "everything in this database has its id under {began_as}, so server.public_url can't become {configured}; \
             set it back, or begin with another database"
        );
    }
    Federation::start(forum)
        .await
        .context("federation can't start")
}

/// What was refused, in words for somebody at a terminal.
pub fn in_words(error: Error) -> anyhow::Error {
    match error {
        Error::Invalid(fields) => {
            let words: Vec<String> = fields.iter().map(field_in_words).collect();
            anyhow::anyhow!(words.join("; "))
        }
        other => other.into(),
    }
}

fn field_in_words(error: &FieldError) -> String {
    let field = error.field;
    let limit = error.limit.unwrap_or_default();
    match error.code {
        "blank" => format!("{field} is missing"),
        "too-long" => format!("{field} is longer than {limit}"),
        "too-short" => format!("{field} is shorter than {limit} characters"),
        "taken" => format!("{field} is taken already, by a person or a category"),
        "reserved" => format!("{field} is reserved"),
        "format" => format!("{field} has a form that is not allowed"),
        "unknown" => format!("{field} is not known"),
        "unconfirmed" => format!("{field} does not say that it is also known as the one here"),
        "moved" => format!("{field} has moved itself"),
        "kind" => format!("{field} is of another kind"),
        "oneself" => format!("{field} is the one here"),
        "common" => format!("{field} is one that attackers try first"),
        code => format!("{field}: {code}"),
    }
}
