//! Who calls, and what their token allows.
//!
//! A token allows what its scopes say and its person may: both are asked. Public reads need no token; one that is given
//! must be good all the same.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use parvis_forum::id::ActorId;
use parvis_forum::tokens::Scope;
use parvis_forum::viewer::PersonViewer;
use parvis_forum::{Denied, Error, Viewer};

use crate::error::AppError;
use crate::extract::Bearer;
use crate::state::AppState;

/// Somebody with a token.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    bearer: Bearer,
    id: ActorId,
}

impl Caller {
    /// The actor of the person.
    pub(super) fn id(&self) -> ActorId {
        self.id
    }

    /// The person.
    pub(super) fn person(&self) -> Result<&PersonViewer, AppError> {
        self.bearer.viewer.person().ok_or(AppError::Unauthorized)
    }

    /// The scopes of the token, as words.
    pub(super) fn scopes(&self) -> Vec<&'static str> {
        Scope::ALL
            .into_iter()
            .filter(|scope| self.bearer.scopes.allow(*scope))
            .map(Scope::as_str)
            .collect()
    }

    /// The viewer, for what needs this scope.
    pub(super) fn may(&self, scope: Scope) -> Result<&Viewer, AppError> {
        self.bearer.allowed(scope)
    }

    /// The viewer, for what needs one of these scopes.
    pub(super) fn may_one(&self, scopes: &[Scope]) -> Result<&Viewer, AppError> {
        if scopes.iter().any(|scope| self.bearer.scopes.allow(*scope)) {
            Ok(&self.bearer.viewer)
        } else {
            Err(Error::Denied(Denied::Scope).into())
        }
    }

    /// The viewer, for moderation; whether they may is asked of the forum.
    pub(super) fn moderate(&self) -> Result<&Viewer, AppError> {
        self.may_one(&[Scope::Moderate, Scope::Write, Scope::Admin])
    }

    /// The viewer, who is an administrator, with a token for that.
    pub(super) fn administer(&self) -> Result<&Viewer, AppError> {
        self.bearer.admin()
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        let bearer = <Bearer as FromRequestParts<AppState>>::from_request_parts(parts, app).await?;
        let id = bearer.viewer.actor_id().ok_or(AppError::Unauthorized)?;
        Ok(Self { bearer, id })
    }
}

/// Whoever reads what is public, with a token or without.
#[derive(Clone, Debug)]
pub(super) struct AnyCaller(Viewer);

impl AnyCaller {
    /// As the forum knows them.
    pub(super) fn viewer(&self) -> &Viewer {
        &self.0
    }

    /// The same, unless it is a visitor.
    pub(super) fn person(&self) -> Option<&Viewer> {
        self.0.person().map(|_| &self.0)
    }
}

impl FromRequestParts<AppState> for AnyCaller {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        let bearer = Option::<Bearer>::from_request_parts(parts, app).await?;
        Ok(Self(Bearer::or_visitor(bearer.as_ref())?))
    }
}
