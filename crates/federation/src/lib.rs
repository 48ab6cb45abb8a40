//! ActivityPub in both directions: what the node sends, what it accepts, and how it talks to other servers.
//!
//! This crate knows the wire and outgoing HTTP. It knows neither SQL nor HTML.

pub mod address;
pub mod context;
pub mod http;
pub mod keys;
pub mod origin;
pub mod signature;
pub mod wire;
