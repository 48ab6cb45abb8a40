//! Who is behind a bearer token of the Forum API (RFC 6750).

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use parvis_forum::tokens::{self, Scope, Scopes};
use parvis_forum::{Denied, Error, Viewer};

use crate::error::{AppError, AppResult};
use crate::state::AppState;

/// The person of the token, and what the token allows. As `Option<Bearer>`: none without `Authorization`, but a token
/// that is no good is refused all the same.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// For the functions of the forum.
    pub viewer: Viewer,
    /// What the token allows.
    pub scopes: Scopes,
}

impl Bearer {
    /// The viewer, if the token has this scope; `Denied::Scope` otherwise.
    pub fn allowed(&self, scope: Scope) -> AppResult<&Viewer> {
        self.scopes.require(scope)?;
        Ok(&self.viewer)
    }

    /// The viewer, if the token has the scope `admin` and the person is an administrator.
    pub fn admin(&self) -> AppResult<&Viewer> {
        let viewer = self.allowed(Scope::Admin)?;
        if viewer.is_admin() {
            Ok(viewer)
        } else {
            Err(Error::Denied(Denied::NotAdmin).into())
        }
    }

    /// The viewer for a read that visitors may do too.
    pub fn or_visitor(bearer: Option<&Self>) -> AppResult<Viewer> {
        match bearer {
            Some(bearer) => bearer.allowed(Scope::Read).cloned(),
            None => Ok(Viewer::Anonymous),
        }
    }
}

impl FromRequestParts<AppState> for Bearer {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let token = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(AppError::Unauthorized)?;
        let found = tokens::find(&state.forum, token)
            .await?
            .ok_or(AppError::Unauthorized)?;
        Ok(Self {
            viewer: found.viewer,
            scopes: found.scopes,
        })
    }
}

impl OptionalFromRequestParts<AppState> for Bearer {
    type Rejection = AppError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Option<Self>, AppError> {
        if !parts.headers.contains_key(AUTHORIZATION) {
            return Ok(None);
        }
        <Self as FromRequestParts<AppState>>::from_request_parts(parts, state)
            .await
            .map(Some)
    }
}
