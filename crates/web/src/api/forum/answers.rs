//! The problems (RFC 9457) that calls may answer with, for the description of the API.

use std::collections::BTreeMap;

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::{ContentBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Type};
use utoipa::{IntoParams, IntoResponses};

const BAD_REQUEST: (u16, &str) = (400, "The request can't be understood");
const UNAUTHORIZED: (u16, &str) = (401, "No valid token");
const FORBIDDEN: (u16, &str) = (
    403,
    "Not for this person, or not with this token; `code` says why",
);
const NOT_FOUND: (u16, &str) = (404, "There is no such thing, or the caller may not see it");
const CONFLICT: (u16, &str) = (
    409,
    "It exists already, or the idempotency key was used for something else",
);
const GONE: (u16, &str) = (410, "It was there, and is deleted");
const TOO_LARGE: (u16, &str) = (
    413,
    "The body is too large: 1 MiB at most, 12 MiB with a file",
);
const INVALID: (u16, &str) = (422, "Fields of the input are wrong; `errors` names them");
const TOO_MANY: (u16, &str) = (429, "Too often; `Retry-After` says when to try again");
const INTERNAL: (u16, &str) = (
    500,
    "A mistake of the node; `request_id` names it in its log",
);
const UNAVAILABLE: (u16, &str) = (503, "Not possible for now");

fn text_header(description: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
        .description(Some(description))
        .build()
}

fn problems(list: &[(u16, &str)]) -> BTreeMap<String, RefOr<Response>> {
    list.iter()
        .map(|(status, description)| {
            let mut response = ResponseBuilder::new().description(*description).content(
                "application/problem+json",
                ContentBuilder::new()
                    .schema(Some(Ref::from_schema_name("Problem")))
                    .build(),
            );
            response = match status {
                401 => response.header("WWW-Authenticate", text_header("`Bearer`")),
                429 => response.header("Retry-After", text_header("Seconds to wait")),
                _ => response,
            };
            (status.to_string(), RefOr::T(response.build()))
        })
        .collect()
}

/// Which page of a list is asked for, for the description; [`crate::extract::PageQuery`] reads it.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only describes what the extractor reads")]
pub(super) struct PageParams {
    /// Items wanted.
    #[param(minimum = 1, maximum = 100, default = 40)]
    limit: Option<u64>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The header that makes a write safe to send again, for the description; [`super::write`] reads it.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only describes what the extractor reads")]
pub(super) struct IdempotencyKey {
    /// Chosen by the client, 1 to 255 characters.
    #[param(rename = "Idempotency-Key", required = false)]
    key: Option<String>,
}

/// Of a call that reads one thing.
pub(super) struct ReadProblems;

impl IntoResponses for ReadProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[
            UNAUTHORIZED,
            FORBIDDEN,
            NOT_FOUND,
            GONE,
            TOO_MANY,
            INTERNAL,
            UNAVAILABLE,
        ])
    }
}

/// Of a call that reads a list.
pub(super) struct ListProblems;

impl IntoResponses for ListProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[
            BAD_REQUEST,
            UNAUTHORIZED,
            FORBIDDEN,
            NOT_FOUND,
            TOO_MANY,
            INTERNAL,
            UNAVAILABLE,
        ])
    }
}

/// Of a call that writes.
pub(super) struct WriteProblems;

impl IntoResponses for WriteProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[
            BAD_REQUEST,
            UNAUTHORIZED,
            FORBIDDEN,
            NOT_FOUND,
            CONFLICT,
            GONE,
            TOO_LARGE,
            INVALID,
            TOO_MANY,
            INTERNAL,
            UNAVAILABLE,
        ])
    }
}
