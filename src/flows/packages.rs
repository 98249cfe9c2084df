//! The npm packages an app imports: resolved, fetched, verified, compiled and put into one chunk, each step kept for
//! every other app.

mod assets;
mod chunk;
mod modules;
mod names;
mod refused;
mod request;
mod resolution;
mod tarballs;
mod walk;

use overskill_diagnostics::Diagnostic;
use overskill_model::ContentHash;
use overskill_packages::{Lock, PackageDiagnostic, PackageSet};
use overskill_ports::{Blobs, Compiler, Fault, Http};
pub use request::{LockfileText, PackageRequest, Registries, Registry, Wanted};
use std::collections::{BTreeMap, BTreeSet};

/// Part of every key: changes when the same packages would be built differently.
const VERSION: &str = "2";

/// Builds what `request` asks for, or finds it built. Problems of the app's making are in the set's diagnostics; a set
/// with an error among them is not kept, as the registry may have the answer tomorrow.
///
/// # Errors
/// When the outside world fails; the same call may then be made again.
pub async fn build_packages(
    request: &PackageRequest,
    blobs: &impl Blobs,
    http: &impl Http,
    compiler: &impl Compiler,
) -> Result<PackageSet, Fault> {
    let key = request.key().to_string();
    let place = format!("packages/sets/{key}.json");
    if let Some(set) = kept(blobs, &place, &key).await? {
        return Ok(set);
    }
    let (built, entries, lock, mut diagnostics) = reach(request, blobs, http, compiler).await?;
    let chunk = chunk::write(&built);
    let entries = names::entries(&built, entries);
    let chunk_key = format!("packages/chunks/{}.js", chunk.hash);
    diagnostics.sort_by(|a, b| {
        let order = a.diagnostic.order(&b.diagnostic);
        order.then_with(|| a.specifier.cmp(&b.specifier))
    });
    diagnostics.dedup();
    let set = PackageSet {
        key,
        chunk_hash: chunk.hash,
        chunk_key: chunk_key.clone(),
        entries,
        lock,
        diagnostics,
    };
    // The chunk first: a set that is there is whole.
    blobs.put(&chunk_key, chunk.code.into_bytes()).await?;
    if set.is_ok() {
        blobs.put(&place, sealed(&json(&set))).await?;
    }
    Ok(set)
}

type Reached = (
    BTreeMap<String, walk::Built>,
    BTreeMap<String, String>,
    Lock,
    Vec<PackageDiagnostic>,
);

/// Resolves and walks. A package may import what it forgot to ask for and its user has: npm hoists that to where it is
/// found, so the walk is made again with it.
async fn reach(
    request: &PackageRequest,
    blobs: &impl Blobs,
    http: &impl Http,
    compiler: &impl Compiler,
) -> Result<Reached, Fault> {
    let mut hoisted = BTreeSet::new();
    loop {
        let (lock, mut diagnostics) = resolution::resolve(request, &hoisted, http).await?;
        let mut walk =
            walk::Walk::new(&request.registries.default.url, lock, blobs, http, compiler);
        let entries = walk
            .run(
                &request.specifiers.keys().cloned().collect(),
                &mut diagnostics,
            )
            .await?;
        let known = hoisted.len();
        hoisted.extend(walk.unasked(&request.dependencies));
        if hoisted.len() == known {
            let (built, lock) = walk.into_parts();
            return Ok((built, entries, lock, diagnostics));
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
