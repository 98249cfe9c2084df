//! Packuments: what a registry says of a package, in the abbreviated form.

use crate::{Integrity, LockedPackage, Requires, json::Json};
use node_semver::Version;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The `Accept` header that asks for the abbreviated form.
const ACCEPT: &str = "application/vnd.npm.install-v1+json";

/// One version that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The version, for comparing.
    pub version: Version,
    /// Whether its authors advise against it.
    pub deprecated: bool,
    /// What a lock says of it.
    pub locked: LockedPackage,
}

/// A package's versions and tags.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Packument {
    /// Dist-tags.
    pub tags: BTreeMap<String, String>,
    /// Lowest version first.
    pub releases: Vec<Release>,
}

/// A packument as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    tags: BTreeMap<String, String>,
    releases: Vec<(LockedPackage, bool)>,
}

impl From<Kept> for Packument {
    fn from(kept: Kept) -> Self {
        let releases = kept.releases.into_iter();
        Self {
            tags: kept.tags,
            releases: releases
                .filter_map(|(locked, deprecated)| {
                    Some(Release {
                        version: Version::parse(&locked.version).ok()?,
                        deprecated,
                        locked,
                    })
                })
                .collect(),
        }
    }
}

impl From<Packument> for Kept {
    fn from(packument: Packument) -> Self {
        let releases = packument.releases.into_iter();
        Self {
            tags: packument.tags,
            releases: releases.map(|at| (at.locked, at.deprecated)).collect(),
        }
    }
}

#[derive(Deserialize)]
struct Document {
    #[serde(default, rename = "dist-tags")]
    tags: Json,
    #[serde(default)]
    versions: BTreeMap<String, Published>,
}

// Every field is taken as it comes: packages of fifteen years have lists for maps and `false` for texts.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Published {
    dist: Json,
    dependencies: Json,
    optional_dependencies: Json,
    peer_dependencies: Json,
    peer_dependencies_meta: Json,
    bundle_dependencies: Json,
    bundled_dependencies: Json,
    deprecated: Json,
    os: Json,
    cpu: Json,
}

impl Packument {
    /// The `Accept` header to ask with.
    pub const ACCEPT: &'static str = ACCEPT;

    /// Reads the packument of `name`. Versions that can't be fetched and verified are left out.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, String> {
        let document: Document =
            serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let mut releases: Vec<Release> = document
            .versions
            .into_iter()
            .filter_map(|(version, published)| release(name, version, published))
            .collect();
        releases.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(Self {
            tags: document.tags.texts(),
            releases,
        })
    }
}

fn release(name: &str, text: String, published: Published) -> Option<Release> {
    let version = Version::parse(&text).ok()?;
    // The text becomes part of a URL and of keys.
    if !text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte))
    {
        return None;
    }
    // A build for one operating system is nothing for a browser.
    let native = |field: &Json| matches!(field, Json::List(list) if !list.is_empty());
    if native(&published.os) || native(&published.cpu) {
        return None;
    }
    let integrity = published
        .dist
        .text_at("integrity")
        .filter(|text| Integrity::parse(text).is_some())
        .map(str::to_owned)
        .or_else(|| Integrity::of_shasum(published.dist.text_at("shasum")?))?;
    let file = published
        .dist
        .text_at("tarball")
        .and_then(|url| url.rsplit_once("/-/"))
        .map(|(_, file)| file)
        .filter(|file| {
            file.ends_with(".tgz")
                && file
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b".-_+~".contains(&byte))
        });
    let tarball = file.map_or_else(|| LockedPackage::tarball_name(name, &text), str::to_owned);
    let mut requires = Requires::read(
        &published.dependencies,
        &published.optional_dependencies,
        &published.peer_dependencies,
        &published.peer_dependencies_meta,
    );
    for bundled in [
        &published.bundle_dependencies,
        &published.bundled_dependencies,
    ] {
        requires.leave_out(bundled);
    }
    Some(Release {
        version,
        deprecated: !matches!(published.deprecated, Json::Null | Json::Bool(false)),
        locked: LockedPackage {
            name: name.to_owned(),
            version: text,
            tarball,
            integrity,
            dependencies: BTreeMap::new(),
            requires,
        },
    })
}

impl Requires {
    /// Leaves out what comes in the tarball: the names in a list, or all dependencies.
    pub(crate) fn leave_out(&mut self, bundled: &Json) {
        let named = |name: &String| match bundled {
            Json::Bool(true) => true,
            Json::List(names) => names.iter().any(|at| at.text() == Some(name)),
            _ => false,
        };
        self.dependencies.retain(|name, _| !named(name));
        self.optional.retain(|name, _| !named(name));
    }

    /// Sorts the fields of a `package.json` out: npm lists optional dependencies among the ordinary ones too.
    pub(crate) fn read(dependencies: &Json, optional: &Json, peers: &Json, meta: &Json) -> Self {
        let optional = optional.texts();
        let mut dependencies = dependencies.texts();
        dependencies.retain(|name, _| !optional.contains_key(name));
        let mut peers = peers.texts();
        peers.retain(|name, _| !dependencies.contains_key(name) && !optional.contains_key(name));
        let optional_peers = meta
            .entries()
            .iter()
            .filter(|(_, about)| about.get("optional") == Some(&Json::Bool(true)))
            .map(|(name, _)| name.clone())
            .collect();
        Self {
            dependencies,
            optional,
            peers,
            optional_peers,
        }
    }
}
