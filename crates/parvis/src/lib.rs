//! The program: its command line, how its parts are put together, the background worker, the demonstration.
//!
//! The only crate that reads arguments and the environment. It has no rule of its own: each
//! command calls what the other crates offer.

pub mod cli;
pub mod commands;
pub mod figures;
pub mod jobs;
pub mod logging;
pub mod open;
pub mod stop;
pub mod worker;
