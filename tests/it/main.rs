//! The end-to-end tests: one binary, modules by noun.

mod durability;
mod federation;
mod pages;
mod schema;
mod tidy;
