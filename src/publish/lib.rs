//! The slow path, behind the fast one: clients of GitHub's and Cloudflare's APIs, and the outbox that calls them later and
//! later until they answer. No IO of its own.

mod backoff;
pub mod cloudflare;
pub mod github;
mod orders;
mod outbox;
mod publication;

pub use backoff::{Told, Tries, Trouble};
pub use orders::{Order, step_orders};
pub use outbox::{Outbox, Pending};
pub use publication::{Commit, Publication, Settings, Settled, Trees, World, step};

#[cfg(test)]
mod tests;
