//! Durable queues: the inbox journal, the outbox log with its cursors, and jobs.
//!
//! Leases expire and updates are fenced by their owner, so that a worker that dies loses nothing and a worker that
//! comes back late spoils nothing.

pub mod inbox;
pub mod jobs;
pub mod outbox;
