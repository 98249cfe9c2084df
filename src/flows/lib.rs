//! One file for each thing a user can do, written straight down over ports.

pub mod accept;
pub mod build;
pub mod deploy;
pub mod fences;
pub mod history;
pub mod intake;
pub mod metrics;
pub mod news;
pub mod packages;
mod percent;
pub mod quotas;
pub mod registries;
pub mod repository;
pub mod sealing;
pub mod secrets;
pub mod settings;
pub mod stored;
pub mod tree;
pub mod usage;
pub mod variables;

pub use percent::percent_decoded;
