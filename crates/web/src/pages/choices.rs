//! `/language` and `/theme`: a reader's choice, kept in a cookie of this browser (LAW-07), then back to where they were.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde::Deserialize;

use crate::cookies::{self, Purpose};
use crate::error::AppResult;
use crate::extract::{Query, Reader};
use crate::i18n::Locale;
use crate::state::AppState;

/// How long a choice is kept, in seconds.
const YEAR: i64 = 365 * 24 * 3_600;

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/language", get(language))
        .route("/theme", get(theme))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Choice {
    to: String,
    back: String,
}

async fn language(
    State(state): State<AppState>,
    reader: Reader,
    Query(choice): Query<Choice>,
) -> AppResult {
    let mut response = reader.redirect(&choice.back, None);
    if let Some(locale) = Locale::from_tag(&choice.to) {
        let cookie = state
            .cookies
            .set(Purpose::Language, locale.code(), Some(YEAR));
        cookies::add(response.headers_mut(), cookie);
    }
    Ok(response)
}

async fn theme(
    State(state): State<AppState>,
    reader: Reader,
    Query(choice): Query<Choice>,
) -> AppResult {
    let mut response = reader.redirect(&choice.back, None);
    let cookie = match choice.to.as_str() {
        "light" | "dark" => state.cookies.set(Purpose::Theme, &choice.to, Some(YEAR)),
        _ => state.cookies.forget(Purpose::Theme),
    };
    cookies::add(response.headers_mut(), cookie);
    Ok(response)
}
