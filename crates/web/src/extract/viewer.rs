//! Who is behind the session cookie.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use parvis_forum::sessions::{self, SignedIn};
use parvis_forum::viewer::{PersonViewer, Withheld};
use parvis_forum::{Denied, Error, Viewer};

use crate::cookies::Purpose;
use crate::error::AppError;
use crate::state::AppState;

/// Whoever looks at a page: the person of the session, or nobody known. Looked up once per request.
#[derive(Clone, Debug)]
pub struct CurrentViewer {
    /// For the functions of the forum.
    pub viewer: Viewer,
    session: Option<SignedIn>,
}

impl CurrentViewer {
    /// Nobody known.
    pub fn anonymous() -> Self {
        Self {
            viewer: Viewer::Anonymous,
            session: None,
        }
    }

    /// The person of a session.
    pub(crate) fn of_session(session: SignedIn) -> Self {
        Self {
            viewer: session.viewer.clone(),
            session: Some(session),
        }
    }

    /// The session with its person; none for visitors.
    pub fn session(&self) -> Option<&SignedIn> {
        self.session.as_ref()
    }

    /// The person; `Denied::SignIn` for visitors, which leads to the sign-in page and back, and `Denied::SecondFactor`
    /// for who has to set one up before anything else, which leads there and back.
    pub fn person(&self) -> Result<&PersonViewer, AppError> {
        let person = self.any_person()?;
        if person.withheld == Withheld::Everything {
            return Err(Error::Denied(Denied::SecondFactor).into());
        }
        Ok(person)
    }

    /// The person, whatever is withheld from them: to set up the second factor, and to leave.
    pub fn any_person(&self) -> Result<&PersonViewer, AppError> {
        let person = self.viewer.person();
        Ok(person.ok_or(Error::Denied(Denied::SignIn))?)
    }
}

impl FromRequestParts<AppState> for CurrentViewer {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let found = match state.cookies.read(&parts.headers, Purpose::Session) {
            Some(cookie) if !cookie.is_empty() => sessions::find(&state.forum, cookie).await?,
            _ => None,
        };
        let current = match found {
            Some(session) => Self::of_session(session),
            None => Self::anonymous(),
        };
        parts.extensions.insert(current.clone());
        Ok(current)
    }
}

/// A person who is signed in; others are led to the sign-in page.
#[derive(Clone, Debug)]
pub struct Member(pub CurrentViewer);

/// A person who is signed in, whatever is withheld from them for want of a second factor.
#[derive(Clone, Debug)]
pub struct AnyMember(pub CurrentViewer);

/// A moderator of this node.
#[derive(Clone, Debug)]
pub struct Moderator(pub CurrentViewer);

/// An administrator.
#[derive(Clone, Debug)]
pub struct Admin(pub CurrentViewer);

impl FromRequestParts<AppState> for Member {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let current = CurrentViewer::from_request_parts(parts, state).await?;
        current.person()?;
        Ok(Self(current))
    }
}

impl FromRequestParts<AppState> for AnyMember {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let current = CurrentViewer::from_request_parts(parts, state).await?;
        current.any_person()?;
        Ok(Self(current))
    }
}

impl FromRequestParts<AppState> for Moderator {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let Member(current) = Member::from_request_parts(parts, state).await?;
        if current.viewer.is_moderator() {
            Ok(Self(current))
        } else {
            Err(Error::Denied(Denied::NotModerator).into())
        }
    }
}

impl FromRequestParts<AppState> for Admin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let Member(current) = Member::from_request_parts(parts, state).await?;
        if current.viewer.is_admin() {
            Ok(Self(current))
        } else {
            Err(Error::Denied(Denied::NotAdmin).into())
        }
    }
}
