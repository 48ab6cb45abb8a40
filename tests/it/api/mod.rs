//! The Forum API as programs use it.

mod elsewhere;
mod permissions;
