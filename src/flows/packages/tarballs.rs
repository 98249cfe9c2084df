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
    let Some(tarball) = Tarball::of(registries, locked, supplies) else {
        return Ok(Err(mismatch(locked)));
    };
    let bytes = match tarball.stored().await? {
        Some(bytes) => Ok(bytes),
        None => tarball.fetched().await?,
    };
    Ok(bytes.and_then(|bytes| unpacked(locked, &bytes, keep)))
}

/// The same of a version of which nothing is kept: its tarball most probably isn't either, so the registry is asked
/// first.
///
/// # Errors
/// When the store and the registry fail.
pub(super) async fn new_package_files<B: Blobs, H: Http, C, K>(
    registries: &Registries,
    locked: &LockedPackage,
    keep: &dyn Fn(&str, u64) -> bool,
    supplies: &Supplies<'_, B, H, C, K>,
) -> Result<Result<Files, Box<Diagnostic>>, Fault> {
    let Some(tarball) = Tarball::of(registries, locked, supplies) else {
        return Ok(Err(mismatch(locked)));
    };
    let bytes = match tarball.fetched().await {
        Ok(answer) => answer,
        Err(fault) => Ok(tarball.stored().await?.ok_or(fault)?),
    };
    Ok(bytes.and_then(|bytes| unpacked(locked, &bytes, keep)))
}

/// Where the tarball of a version is.
struct Tarball<'a, B, H, C, K> {
    registry: &'a Registry,
    locked: &'a LockedPackage,
    integrity: Integrity,
    place: String,
    supplies: &'a Supplies<'a, B, H, C, K>,
}

impl<'a, B: Blobs, H: Http, C, K> Tarball<'a, B, H, C, K> {
    /// `None` when its integrity can't be checked.
    fn of(
        registries: &'a Registries,
        locked: &'a LockedPackage,
        supplies: &'a Supplies<'a, B, H, C, K>,
    ) -> Option<Self> {
        let registry = registries.of(&locked.name);
        let integrity = Integrity::parse(&locked.integrity)?;
        let place = registry.place(&format!("tarballs/{}.tgz", integrity.file_name()));
        Some(Self {
            registry,
            locked,
            integrity,
            place,
            supplies,
        })
    }

    /// As the store has it, where it does and it is whole.
    async fn stored(&self) -> Result<Option<Vec<u8>>, Fault> {
        let stored = self.supplies.blobs.get(&self.place).await?;
        let whole = stored.filter(|bytes| self.integrity.matches(bytes));
        if whole.is_some() {
            let tally = self.supplies.tally;
            tally.count(|rates| &mut rates.tarballs, true, 1);
        }
        Ok(whole)
    }

    /// As the registry has it; it is then kept.
    async fn fetched(&self) -> Result<Result<Vec<u8>, Box<Diagnostic>>, Fault> {
        let Supplies {
            tally, http, blobs, ..
        } = self.supplies;
        tally.count(|rates| &mut rates.tarballs, false, 1);
        let answer = fetched(self.registry, self.locked, &self.integrity, *http).await?;
        if let Ok(bytes) = &answer {
            blobs.keep(&self.place, bytes.clone()).await?;
        }
        Ok(answer)
    }
}

fn unpacked(
    locked: &LockedPackage,
    bytes: &[u8],
    keep: &dyn Fn(&str, u64) -> bool,
) -> Result<Files, Box<Diagnostic>> {
    let LockedPackage { name, version, .. } = locked;
    unpack_package(bytes, &PackageLimits::default(), keep).map_err(|error| {
        let message = format!("`{name}` {version} cannot be unpacked: {error}.");
        Box::new(Diagnostic::error("package-unreadable", message))
    })
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
