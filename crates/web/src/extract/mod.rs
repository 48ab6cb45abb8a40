//! What handlers take from a request: who asks, in which language, a form that came from one of our pages, a place in
//! a list. Each refuses with an [`AppError`](crate::error::AppError), never with a text of the framework.

pub mod bearer;
pub mod client;
pub mod form;
pub mod input;
pub(crate) mod kept;
pub mod locale;
pub mod page;
pub mod reader;
pub mod upload;
pub mod viewer;

pub use bearer::Bearer;
pub use client::ClientIp;
pub use form::Form;
pub use input::{Json, Path, Query};
pub use page::{BothWays, PageQuery};
pub use reader::Reader;
pub use upload::FormWithFiles;
pub use viewer::{Admin, AnyMember, CurrentViewer, Member, Moderator};
