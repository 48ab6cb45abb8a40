//! In which language the reader gets the interface: the choice in the cookie, the one in the profile, what the browser
//! asks for, the node's default.

use axum::extract::FromRequestParts;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;

use super::CurrentViewer;
use crate::cookies::Purpose;
use crate::error::AppError;
use crate::i18n::Locale;
use crate::state::AppState;

impl FromRequestParts<AppState> for Locale {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let current = CurrentViewer::from_request_parts(parts, state).await?;
        Ok(of(parts, state, &current))
    }
}

/// The locale of a request by this viewer.
pub(super) fn of(parts: &Parts, state: &AppState, current: &CurrentViewer) -> Locale {
    let chosen = state
        .cookies
        .read(&parts.headers, Purpose::Language)
        .filter(|tag| Locale::from_tag(tag).is_some())
        .or_else(|| current.viewer.person().map(|p| p.person.locale.as_str()));
    let asked = parts
        .headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    Locale::negotiate(chosen, asked, state.default_locale())
}
