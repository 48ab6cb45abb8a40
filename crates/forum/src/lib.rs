//! What a forum is: rules, operations, policy, events, settings.

pub mod config;
