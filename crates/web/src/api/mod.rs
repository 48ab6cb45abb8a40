//! What programs use.

pub mod cors;
pub mod forum;
