//! Hot updates: what changed between two builds, what an open page has missed, and the room where pages are told.

mod log;
mod plan;

pub use log::{Entry, Log, Missed};
pub use plan::{Plan, Running, Update, plan};
