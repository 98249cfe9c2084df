//! npm: ranges, packuments, lockfiles, which version of what, and which file of a package a specifier names.

mod bun_lock;
mod catalog;
mod conditions;
mod glob;
mod integrity;
mod json;
mod jsonc;
mod lock;
mod lockfile;
mod manifest;
mod nearest;
mod overrides;
mod package;
mod package_lock;
mod packument;
mod pnpm_lock;
mod probe;
mod refusals;
mod resolver;
mod select;
mod set;
mod spec;
mod specifier;
mod yaml;
mod yarn_lock;

pub use catalog::fill_in_catalogs;
pub use conditions::Asked;
pub use integrity::Integrity;
pub use jsonc::plain as plain_json;
pub use lock::{Lock, LockedPackage, Requires, packument_url};
pub use lockfile::{Lockfile, choose_lockfile};
pub use manifest::{Manifest, declared_dependencies};
pub use nearest::nearest;
pub use overrides::Overrides;
pub use package::{Outline, Package, Target, Unresolved};
pub use packument::{Packument, Release};
pub use probe::within;
pub use resolver::{Resolved, Resolver};
pub use set::{PackageDiagnostic, PackageEntry, PackageSet};
pub use spec::{Spec, UnsupportedSpec, Want};
pub use specifier::{is_builtin, split_specifier, valid_name};

#[cfg(test)]
mod tests;
