//! The style sheets of packages as their authors wrote them, for compilers that make one sheet of many.

use super::{
    PackageRequest, VERSION, json, opened, packuments::Packuments, resolution::resolve, sealed,
    supplies::Supplies, tarballs::package_files,
};
use futures_util::{StreamExt, stream};
use overskill_model::{ContentHash, ContentHasher};
use overskill_packages::{Asked, Lock, Manifest, PackageDiagnostic};
use overskill_ports::{Blobs, Clock, Fault, Http};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The largest sheet that is taken, and how much there may be of all packages.
const SHEET_BYTES: u64 = 1 << 20;
const ALL_BYTES: usize = 12 << 20;
/// How many tarballs are fetched and unpacked at a time; each is held whole.
const TARBALLS: usize = 4;

/// Which packages' sheets are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetRequest {
    /// What the app needs of npm.
    pub request: PackageRequest,
    /// The packages: the app's own, and those that packages import sheets of.
    pub names: BTreeSet<String>,
}

/// The sheets of packages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PackageSheets {
    /// Which version of what.
    pub lock: Lock,
    /// Their texts, and those of their `package.json`s, by `<name>/<path>`.
    pub files: BTreeMap<String, String>,
    /// What there is to tell the author.
    pub diagnostics: Vec<PackageDiagnostic>,
}

impl SheetRequest {
    /// Equal for equal requests, and for no others.
    pub fn key(&self) -> ContentHash {
        ContentHasher::new()
            .field("sheets")
            .field(VERSION)
            .field(self.request.key().bytes())
            .field(json(&self.names))
            .finish()
    }
}

impl PackageSheets {
    /// The file that a package's own `package.json` has for a subpath (`.` or `./…`), without what a probe would add.
    pub fn named(&self, package: &str, subpath: &str, asked: Asked) -> Option<String> {
        let text = self.files.get(&format!("{package}/package.json"))?;
        Manifest::parse(text).sheet(subpath, asked)
    }
}

/// The sheets that `asked` is about, or those that were found before. A package that is not there is left out, and said.
///
/// # Errors
/// When the outside world fails; the same call may then be made again.
pub async fn package_sheets<B: Blobs, H: Http, C, K: Clock>(
    asked: &SheetRequest,
    supplies: &Supplies<'_, B, H, C, K>,
) -> Result<PackageSheets, Fault> {
    let SheetRequest { request, names } = asked;
    let place = request.place(&format!("sheets/{}.json", asked.key()));
    if let Some(known) = opened(supplies.blobs.get(&place).await?) {
        return Ok(known);
    }
    let mut packuments = Packuments::default();
    let (lock, mut diagnostics) =
        resolve(request, &BTreeSet::new(), &mut packuments, supplies).await?;
    let found = names.iter().filter_map(|name| {
        let key = lock.find(None, name)?;
        Some((name, lock.packages.get(key)?))
    });
    let fetching = found.map(|(name, locked)| async move {
        let files = package_files(&request.registries, locked, &is_sheet, supplies).await;
        (name, files)
    });
    let fetched: Vec<_> = stream::iter(fetching).buffered(TARBALLS).collect().await;
    let mut files = BTreeMap::new();
    let mut bytes = 0;
    for (name, answer) in fetched {
        match answer? {
            Ok(all) => {
                for (path, content) in all {
                    let Some(text) = content.and_then(|bytes| String::from_utf8(bytes).ok()) else {
                        continue;
                    };
                    bytes += text.len();
                    if bytes <= ALL_BYTES {
                        files.insert(format!("{name}/{path}"), text);
                    }
                }
            }
            Err(error) => diagnostics.push(super::about(None, *error)),
        }
    }
    let sheets = PackageSheets {
        lock,
        files,
        diagnostics,
    };
    if !sheets.diagnostics.iter().any(|at| at.diagnostic.is_error()) {
        supplies.blobs.put(&place, sealed(&json(&sheets))).await?;
    }
    Ok(sheets)
}

fn is_sheet(path: &str, size: u64) -> bool {
    let ends = [".scss", ".sass", ".css"]
        .iter()
        .any(|end| path.ends_with(end));
    size <= SHEET_BYTES && (path == "package.json" || ends && !path.ends_with(".min.css"))
}
