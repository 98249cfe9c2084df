//! Tarballs: from the store or the registry, verified either way, unpacked within bounds.

use super::{
    request::{Registries, Registry},
    supplies::Supplies,
};
use overskill_archive::{PackageLimits, unpack_package};
use overskill_diagnostics::Diagnostic;
use overskill_packages::{Integrity, LockedPackage};
use overskill_ports::{Ask, Blobs, Fault, Http};
use std::collections::BTreeMap;

/// The largest tarball that is read.
const TARBALL_BYTES: usize = 40 << 20;

/// The files of a package by path; those that were not to be kept without their bytes.
pub type Files = BTreeMap<String, Option<Vec<u8>>>;

/// The files of one version of a package, of which `keep` says, by path and size, whose bytes are wanted; or what the
/// author is told instead.
///
/// # Errors
/// When the store or the registry fails.
pub async fn package_files<B: Blobs, H: Http, C, K>(
    registries: &Registries,
    locked: &LockedPackage,
    keep: &dyn Fn(&str, u64) -> bool,
    supplies: &Supplies<'_, B, H, C, K>,
) -> Result<Result<Files, Box<Diagnostic>>, Fault> {
    let LockedPackage { name, version, .. } = locked;
    let registry = registries.of(name);
    let Some(integrity) = Integrity::parse(&locked.integrity) else {
        return Ok(Err(mismatch(locked)));
    };
    let place = registry.place(&format!("tarballs/{}.tgz", integrity.file_name()));
    let stored = supplies.blobs.get(&place).await?;
    let whole = stored.filter(|bytes| integrity.matches(bytes));
    supplies
        .tally
        .count(|rates| &mut rates.tarballs, whole.is_some(), 1);
    let bytes = match whole {
        Some(bytes) => bytes,
        None => match fetched(registry, locked, &integrity, supplies.http).await? {
            Ok(bytes) => {
                supplies.blobs.put(&place, bytes.clone()).await?;
                bytes
            }
            Err(diagnostic) => return Ok(Err(diagnostic)),
        },
    };
    let unpacked = unpack_package(&bytes, &PackageLimits::default(), keep);
    Ok(unpacked.map_err(|error| {
        let message = format!("`{name}` {version} cannot be unpacked: {error}.");
        Box::new(Diagnostic::error("package-unreadable", message))
    }))
}

async fn fetched(
    registry: &Registry,
    locked: &LockedPackage,
    integrity: &Integrity,
    http: &impl Http,
) -> Result<Result<Vec<u8>, Box<Diagnostic>>, Fault> {
    let LockedPackage { name, version, .. } = locked;
    let url = locked.tarball_url(&registry.url);
    // A body that was damaged on its way gets a second chance.
    for _ in 0..2 {
        let ask = Ask {
            url: &url,
            accept: "application/octet-stream",
            limit: TARBALL_BYTES,
            token: registry.token.as_deref(),
            known: None,
        };
        let answer = http.get(ask).await?;
        match answer.status {
            200 if integrity.matches(&answer.body) => return Ok(Ok(answer.body)),
            200 => {}
            // The only servers that are asked are the registries themselves, whomever they point to.
            300..=399 => {
                let message =
                    format!("The registry has the tarball of `{name}` {version} elsewhere.");
                let error = Diagnostic::error("package-not-found", message);
                return Ok(Err(Box::new(error.hint(
                    "Redirects are not followed. The operator has to set up a registry that answers itself.",
                ))));
            }
            401 | 403 | 404 | 410 | 451 => {
                let message = format!("The npm registry has no tarball of `{name}` {version}.");
                let error = Diagnostic::error("package-not-found", message);
                return Ok(Err(Box::new(
                    error.hint("Choose another version of the package."),
                )));
            }
            status => {
                return Err(Fault(format!(
                    "the registry answered {status} for the tarball of {name} {version}"
                )));
            }
        }
    }
    Ok(Err(mismatch(locked)))
}

fn mismatch(locked: &LockedPackage) -> Box<Diagnostic> {
    let LockedPackage { name, version, .. } = locked;
    let error = Diagnostic::error(
        "package-integrity",
        format!("The tarball of `{name}` {version} is not the one that was locked."),
    );
    Box::new(error.hint(
        "If the lockfile was edited by hand, remove the entry; otherwise do not trust this package.",
    ))
}
