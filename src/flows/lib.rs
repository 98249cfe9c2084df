//! What a user can do, one file each, straight down over ports.

pub mod accept;
pub mod intake;
pub mod packages;
pub mod settings;
pub mod tree;
