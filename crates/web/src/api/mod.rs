//! What programs use.

pub mod forum;
