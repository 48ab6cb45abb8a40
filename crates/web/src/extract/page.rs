//! Which page of a list is asked for: `?after=CURSOR&limit=N`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use parvis_forum::page::{Cursor, DEFAULT_LIMIT, MAX_LIMIT, PageRequest};
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

#[derive(Deserialize)]
struct Asked {
    after: Option<String>,
    limit: Option<u64>,
}

impl FromRequestParts<AppState> for PageQuery {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let Query(asked) = Query::<Asked>::from_request_parts(parts, state).await?;
        let after = match asked.after.as_deref() {
            None | Some("") => None,
            Some(text) => Some(Cursor::decode(text).map_err(|_| {
                AppError::BadRequest("`after` is not a cursor of this list".to_owned())
            })?),
        };
        Ok(Self(PageRequest {
            limit: asked.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT),
            after,
        }))
    }
}
