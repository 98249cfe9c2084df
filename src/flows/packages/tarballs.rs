//! Tarballs: from the store or the registry, verified either way, unpacked within bounds.

use super::assets::{Kind, kind};
use overskill_archive::{PackageLimits, unpack_package};
use overskill_diagnostics::Diagnostic;
use overskill_packages::{Integrity, LockedPackage, Package};
use overskill_ports::{Blobs, Fault, Http};

/// The largest tarball that is read.
const TARBALL_BYTES: usize = 40 << 20;
/// The largest source that is compiled, and the largest asset that is put into a chunk.
const SOURCE_BYTES: u64 = 5 << 20;
const ASSET_BYTES: u64 = 128 << 10;

/// The files of a package, or what the author is told instead.
pub(super) async fn package(
    registry: &str,
    locked: &LockedPackage,
    blobs: &impl Blobs,
    http: &impl Http,
) -> Result<Result<Package, Box<Diagnostic>>, Fault> {
    let LockedPackage { name, version, .. } = locked;
    let Some(integrity) = Integrity::parse(&locked.integrity) else {
        return Ok(Err(mismatch(locked)));
    };
    let place = format!("packages/tarballs/{}.tgz", integrity.file_name());
    let stored = blobs.get(&place).await?;
    let bytes = match stored.filter(|bytes| integrity.matches(bytes)) {
        Some(bytes) => bytes,
        None => match fetched(registry, locked, &integrity, http).await? {
            Ok(bytes) => {
                blobs.put(&place, bytes.clone()).await?;
                bytes
            }
            Err(diagnostic) => return Ok(Err(diagnostic)),
        },
    };
    let unpacked = unpack_package(&bytes, &PackageLimits::default(), &keep);
    Ok(unpacked.map(Package::new).map_err(|error| {
        let message = format!("`{name}` {version} cannot be unpacked: {error}.");
        Box::new(Diagnostic::error("package-unreadable", message))
    }))
}

async fn fetched(
    registry: &str,
    locked: &LockedPackage,
    integrity: &Integrity,
    http: &impl Http,
) -> Result<Result<Vec<u8>, Box<Diagnostic>>, Fault> {
    let LockedPackage { name, version, .. } = locked;
    let url = locked.tarball_url(registry);
    // A body that was damaged on its way gets a second chance.
    for _ in 0..2 {
        let answer = http
            .get(&url, "application/octet-stream", TARBALL_BYTES)
            .await?;
        match answer.status {
            200 if integrity.matches(&answer.body) => return Ok(Ok(answer.body)),
            200 => {}
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
        "If `package-lock.json` was edited by hand, remove the entry; otherwise do not trust this package.",
    ))
}

/// What a module can be made of is kept; declarations, maps, documents and binaries only take up memory.
fn keep(path: &str, size: u64) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let declaration = [".d.ts", ".d.mts", ".d.cts"]
        .iter()
        .any(|end| name.ends_with(end));
    match kind(name) {
        _ if declaration => false,
        Kind::Source | Kind::Style => size <= SOURCE_BYTES,
        Kind::Asset(_) => size <= ASSET_BYTES,
        Kind::Other => false,
    }
}
