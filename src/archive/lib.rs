//! tar, gzip and zip, read within bounds: whatever the bytes say, no more memory is used than the limits allow.

mod error;
mod gzip;
mod package;
mod untar;
mod unzip;

pub use error::ArchiveError;
pub use gzip::{gunzip, is_gzip};
pub use package::{PackageLimits, unpack_package};
pub use untar::{TarEntry, untar};
pub use unzip::{Unzip, ZipLimits};

#[cfg(test)]
mod tests;
