//! What other servers see, and what they may do.

mod backfill;
mod followers;
mod hostile;
mod links;
mod media;
mod microblog;
mod moderation;
mod nodes;
mod policies;
mod repair;
mod wiles;
