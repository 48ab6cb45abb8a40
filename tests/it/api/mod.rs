//! The Forum API as programs use it.

mod elsewhere;
mod media;
mod moderation;
mod permissions;
