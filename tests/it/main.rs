//! The end-to-end tests: one binary, modules by noun.

#![expect(
    clippy::indexing_slicing,
    reason = "what is missing in an answer fails the test"
)]
#![expect(
    clippy::unwrap_used,
    reason = "what is missing in an answer fails the test"
)]
#![expect(clippy::string_slice, reason = "tests cut texts that they know")]

mod answers;
mod api;
mod circles;
mod evidence;
mod faults;
mod federation;
mod pages;
mod payloads;
mod schema;
mod tidy;
