//! The end-to-end tests: one binary, modules by noun.

mod durability;
mod federation;
mod schema;
mod tidy;
