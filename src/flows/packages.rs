//! The npm packages an app imports: resolved, fetched, verified, compiled and put into one chunk, each step kept for
//! every other app.

mod asked;
mod assets;
mod barrels;
mod chunk;
mod duplicates;
mod edges;
mod listing;
mod locate;
mod names;
mod packuments;
mod parts;
mod production;
mod refused;
mod request;
mod resolution;
mod rules;
mod sheets;
mod supplies;
mod tarballs;
mod versions;
mod walk;

pub use asked::{Asked, Told};
pub use listing::listing;
pub use request::{LockfileText, PackageRequest, Registries, Registry, Wanted};
pub use rules::{FindName, PackageAlias, PackageRules};
pub use sheets::{PackageSheets, SheetRequest, package_sheets};
pub use supplies::{Phase, Progress, Rate, Rates, Supplies, Tally};
pub use tarballs::{Files, package_files};

use overskill_diagnostics::Diagnostic;
use overskill_model::ContentHash;
use overskill_packages::{PackageDiagnostic, PackageSet};
use overskill_ports::{Blobs, Clock, Compiler, Fault, Http};
use std::collections::BTreeSet;

/// Part of every key: changes when the same packages would be built differently.
const VERSION: &str = "5";

/// Builds what `request` asks for, or finds it built. Problems of the app's making are in the set's diagnostics; a set
/// with an error among them is not kept, as the registry may have the answer tomorrow.
///
/// # Errors
/// When the outside world fails; the same call may then be made again.
pub async fn build_packages<B: Blobs, H: Http, C: Compiler, K: Clock>(
    request: &PackageRequest,
    supplies: &Supplies<'_, B, H, C, K>,
) -> Result<PackageSet, Fault> {
    let blobs = supplies.blobs;
    let key = request.key().to_string();
    let place = request.place(&format!("sets/{key}.json"));
    let known = kept(blobs, &place, &key).await?;
    supplies
        .tally
        .count(|rates| &mut rates.sets, known.is_some(), 1);
    if let Some(set) = known {
        return Ok(set);
    }
    let (found, mut diagnostics) = reach(request, supplies).await?;
    diagnostics.extend(duplicates::told(
        &found.nodes,
        &found.lock,
        request.specifiers.keys(),
    ));
    let (chunk, folder, kind) = match request.production {
        true => {
            let modules = production::modules(&found.nodes, &found.urls);
            (json(&modules), "production", "json")
        }
        false => {
            let chunk = chunk::write(&found.nodes, &found.urls);
            (chunk.code.into_bytes(), "chunks", "js")
        }
    };
    let chunk_hash = ContentHash::of(&chunk);
    let entries = names::entries(&found.nodes, &found.urls, found.entries);
    let chunk_key = format!("packages/{folder}/{chunk_hash}.{kind}");
    diagnostics.sort_by(|a, b| {
        let order = a.diagnostic.order(&b.diagnostic);
        order.then_with(|| a.specifier.cmp(&b.specifier))
    });
    diagnostics.dedup();
    let set = PackageSet {
        key,
        chunk_hash,
        chunk_key: chunk_key.clone(),
        entries,
        lock: found.lock,
        diagnostics,
    };
    // The chunk first: a set that is there is whole.
    blobs.put(&chunk_key, chunk).await?;
    if set.is_ok() {
        blobs.put(&place, sealed(&json(&set))).await?;
    }
    Ok(set)
}

/// Resolves and walks. A package may import what it forgot to ask for and its user has: npm hoists that to where it is
/// found, so the walk is made again with it.
async fn reach<B: Blobs, H: Http, C: Compiler, K: Clock>(
    request: &PackageRequest,
    supplies: &Supplies<'_, B, H, C, K>,
) -> Result<(walk::Found, Vec<PackageDiagnostic>), Fault> {
    let mut hoisted = BTreeSet::new();
    let mut packuments = packuments::Packuments::default();
    // What the first walk built is in the store when the second opens it.
    let built = BTreeSet::new();
    loop {
        let resolved = resolution::resolve(request, &hoisted, &mut packuments, supplies).await?;
        let (lock, mut diagnostics) = resolved;
        let new = match hoisted.is_empty() {
            true => packuments.unheard_of(),
            false => &built,
        };
        let mut walk = walk::Walk::new(request, lock, new, supplies);
        let entries = walk.run(&request.specifiers, &mut diagnostics).await?;
        let known = hoisted.len();
        hoisted.extend(walk.unasked(&request.dependencies));
        if hoisted.len() == known {
            let found = walk.finish(entries, &mut diagnostics).await?;
            return Ok((found, diagnostics));
        }
    }
}

/// A set built earlier, if both it and its chunk are as they were written.
async fn kept(blobs: &impl Blobs, place: &str, key: &str) -> Result<Option<PackageSet>, Fault> {
    let Some(set) = opened::<PackageSet>(blobs.get(place).await?) else {
        return Ok(None);
    };
    if set.key != key {
        return Ok(None);
    }
    let chunk = blobs.get(&set.chunk_key).await?;
    let whole = chunk.is_some_and(|bytes| ContentHash::of(&bytes) == set.chunk_hash);
    Ok(whole.then_some(set))
}

/// JSON with its hash in front, so that damage shows.
fn sealed(json: &[u8]) -> Vec<u8> {
    let mut bytes = ContentHash::of(json).to_string().into_bytes();
    bytes.push(b'\n');
    bytes.extend_from_slice(json);
    bytes
}

/// What [`sealed`] wrote; `None` when it is damaged or not there.
fn opened<T: serde::de::DeserializeOwned>(bytes: Option<Vec<u8>>) -> Option<T> {
    let bytes = bytes?;
    let (hash, json) = bytes.split_at_checked(65)?;
    let hash = ContentHash::parse(std::str::from_utf8(&hash[..64]).ok()?).ok()?;
    (hash == ContentHash::of(json)).then(|| serde_json::from_slice(json).ok())?
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("maps with text keys, texts and lists always serialise")
}

fn about(specifier: Option<&str>, diagnostic: Diagnostic) -> PackageDiagnostic {
    PackageDiagnostic {
        specifier: specifier.map(str::to_owned),
        diagnostic,
    }
}

#[cfg(test)]
mod tests;
