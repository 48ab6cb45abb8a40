//! Which page of a list is asked for: `?after=CURSOR&limit=N`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use parvis_forum::page::{Cursor, DEFAULT_LIMIT, MAX_LIMIT, Page, PageRequest};
use serde::Deserialize;

use super::Query;
use crate::error::AppError;
use crate::state::AppState;

/// A place in a list, and how much of it. A `limit` beyond the longest page is the longest page.
#[derive(Clone, Copy, Debug)]
pub struct PageQuery(pub PageRequest);

impl PageQuery {
    /// The same place with a length of ours, for pages whose length readers don't choose.
    pub fn of_length(self, limit: u64) -> PageRequest {
        PageRequest { limit, ..self.0 }
    }
}

/// A place in a list that is read in both directions: `?after=CURSOR`, or `?before=CURSOR` for the page that ends there.
#[derive(Clone, Copy, Debug)]
pub struct BothWays {
    after: Option<Cursor>,
    before: Option<Cursor>,
}

impl BothWays {
    /// The page of this length.
    pub fn of_length(self, limit: u64) -> PageRequest {
        PageRequest {
            limit,
            after: self.after,
            before: self.before,
        }
    }

    /// True if the page was read backwards and turned out to be the first one. It may be short, and it has another
    /// address: the reader is led there.
    pub fn came_back<T>(self, page: &Page<T>) -> bool {
        self.before.is_some() && page.previous.is_none()
    }
}

#[derive(Deserialize)]
struct Asked {
    before: Option<String>,
    after: Option<String>,
    limit: Option<u64>,
}

impl FromRequestParts<AppState> for PageQuery {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let Query(asked) = Query::<Asked>::from_request_parts(parts, state).await?;
        Ok(Self(PageRequest {
            limit: asked.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT),
            after: cursor("after", asked.after.as_deref())?,
            before: None,
        }))
    }
}

impl FromRequestParts<AppState> for BothWays {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let Query(asked) = Query::<Asked>::from_request_parts(parts, state).await?;
        Ok(Self {
            after: cursor("after", asked.after.as_deref())?,
            before: cursor("before", asked.before.as_deref())?,
        })
    }
}

fn cursor(name: &str, text: Option<&str>) -> Result<Option<Cursor>, AppError> {
    match text {
        None | Some("") => Ok(None),
        Some(text) => Cursor::decode(text)
            .map(Some)
            .map_err(|_| AppError::BadRequest(format!("`{name}` is not a cursor of this list"))),
    }
}
