//! Cloudflare's API: apps published to Workers for Platforms, and what is cached of a zone purged.
//!
//! Everything is a step: a value that can be stored, one call, the next value. A crash in between repeats at most that
//! call, and every call may be repeated.

mod account;
mod answer;
mod assets;
mod desk;
mod multipart;
mod pace;
mod publication;
mod purge;
mod removal;
mod round;
mod script;
mod site;

pub use account::{API, Account, Zone};
pub use answer::{Problem, Reason};
pub use assets::{Asset, AssetHash, Contents, LARGEST_ASSET, MOST_ASSETS};
pub use desk::{Desk, Prepared, Row, Service, Source, Standing, Wanted, Work};
pub use pace::{Chance, Pace};
pub use publication::{Publication, Release, Stage};
pub use purge::Purge;
pub use removal::Removal;
pub use round::Round;
pub use script::{Binding, Module, Script, ScriptRow, scripts_with};
pub use site::{Code, Site, Visible, site};

#[cfg(test)]
mod tests;
