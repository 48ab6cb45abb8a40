//! The end-to-end tests: one binary, modules by noun.

mod api;
mod durability;
mod federation;
mod pages;
mod schema;
mod tidy;
