//! Hot updates: what changed between two builds, what an open page has missed, and the room where pages are told.

mod errors;
mod log;
pub mod message_verifier;
pub mod origin;
mod plan;
pub mod room;
mod source_map;
mod stack;

pub use errors::{errors_markdown, take};
pub use log::{Entry, Log, Missed};
pub use plan::{Plan, Running, Update, plan};
