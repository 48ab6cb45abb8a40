//! Documents in the shapes that other software sends (`crates/federation/fixtures`), each sent to a node by the server
//! that it is from: what comes of it, and what comes of it made wrong on purpose.

mod books;
mod end;
mod ends;
mod mutated;
mod stage;

use stage::{Sent, Stage};

/// A document, and how it comes to the node.
#[derive(Clone, Copy, Debug)]
struct Payload {
    /// Its file among the fixtures.
    file: &'static str,
    /// The way it comes.
    sent: Sent,
}
