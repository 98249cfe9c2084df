//! npm: ranges, packuments, lockfiles, which version of what, and which file of a package a specifier names.

mod conditions;
mod integrity;
mod json;
mod lock;
mod manifest;
mod package;
mod package_lock;
mod packument;
mod probe;
mod resolver;
mod select;
mod set;
mod spec;
mod specifier;

pub use conditions::Asked;
pub use integrity::Integrity;
pub use lock::{Lock, LockedPackage, Requires, packument_url};
pub use manifest::{Manifest, declared_dependencies};
pub use package::{Package, Target, Unresolved};
pub use package_lock::parse_package_lock;
pub use packument::{Packument, Release};
pub use resolver::{Resolved, Resolver};
pub use set::{PackageDiagnostic, PackageEntry, PackageSet};
pub use spec::{Spec, UnsupportedSpec, Want};
pub use specifier::{is_builtin, split_specifier, valid_name};

#[cfg(test)]
mod tests;
