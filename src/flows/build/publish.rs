//! What a build puts before people: the page, the scripts, the files by address.

use super::{Source, page::Entry};
use crate::{percent_decoded, settings::Settings};
use overskill_link::{App, Chunk, Graph, Linked, PackageTarget, asset_url, sheet_url, stylesheet};
use overskill_model::{ContentHash, ContentHasher};
use overskill_packages::PackageSet;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt::Write};

/// A file under an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewFile {
    /// Its content.
    pub hash: ContentHash,
    /// Whether the address names the content, so that it never changes.
    pub immutable: bool,
}

/// A build that can be served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The address of the runtime that it runs on.
    pub runtime: String,
    /// The page.
    pub page: ContentHash,
    /// Where the app is: `/`, or a path with a slash at both ends.
    #[serde(default = "top")]
    pub base: String,
    /// Every other address, `/favicon.svg`, decoded.
    pub files: BTreeMap<String, PreviewFile>,
    /// Contents that are not in the tree.
    #[serde(skip)]
    pub made: BTreeMap<ContentHash, Vec<u8>>,
}

/// What a build has under an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<'a> {
    /// A file.
    File(&'a PreviewFile),
    /// The page.
    Page,
    /// Nothing: the app is at its base.
    Elsewhere,
    /// Nothing.
    Nothing,
}

/// What a preview is made of.
pub(super) struct Parts<'a> {
    pub source: &'a Source<'a>,
    pub entry: &'a Entry,
    pub settings: &'a Settings,
    pub app: &'a App<'a>,
    pub graph: &'a Graph,
    pub packages: &'a BTreeMap<String, PackageTarget>,
    /// The addresses of what runs before the app's chunk.
    pub scripts: &'a [String],
    pub runtime: &'a str,
}

pub(super) fn preview(parts: &Parts<'_>, linked: Linked) -> Preview {
    let Parts { entry, app, .. } = parts;
    let mut preview = Preview::of_public(parts);
    for path in &linked.assets {
        if let Some(hash) = app.files.get(path) {
            let address = format!("/__overskill/assets/{}/{}", hash.short(), path.name());
            preview.files.insert(address, fixed(*hash));
        }
    }
    for worker in linked.workers {
        preview.script(&worker.url, worker.chunk);
    }
    for (path, css) in linked.sheets {
        let hash = preview.make(css.into_bytes());
        // Addresses are kept decoded.
        let address = percent_decoded(&path).unwrap_or(path);
        preview.files.insert(address, fixed(hash));
    }
    let mut addresses = BTreeMap::new();
    for (at, file, sheet) in entry.references() {
        let processed = sheet
            .then(|| stylesheet(app, parts.graph, parts.packages, file))
            .flatten();
        let (url, hash) = match processed {
            Some(css) => {
                let hash = preview.make(css.into_bytes());
                (sheet_url(file, &hash), hash)
            }
            None => match app.files.get(file) {
                Some(hash) => (asset_url(file, hash), *hash),
                None => continue,
            },
        };
        // Addresses are kept decoded.
        let address = percent_decoded(&url).unwrap_or_else(|| url.clone());
        preview.files.insert(address, fixed(hash));
        addresses.insert(at, url);
    }
    let scripts = match entry.scripts.is_empty() {
        true => String::new(),
        false => preview.scripts(linked.chunk, parts.scripts),
    };
    let page = entry.render("", &scripts, &addresses);
    preview.page = preview.make(page.into_bytes());
    preview
}

impl Preview {
    /// What is under `path`, decoded and with its leading slash. Where a person goes (`navigation`), the app's own router
    /// may know what no file is at.
    pub fn find(&self, path: &str, navigation: bool) -> Found<'_> {
        let base = self.base.as_str();
        if base != "/" && matches!(path, "/" | "/index.html") {
            return Found::Elsewhere;
        }
        let inside = path.strip_prefix(base);
        if matches!(inside, Some("" | "index.html")) {
            return Found::Page;
        }
        let folder = || {
            let index = path.ends_with('/').then(|| format!("{path}index.html"))?;
            self.files.get(&index)
        };
        match self.files.get(path).or_else(folder) {
            Some(file) => Found::File(file),
            None if navigation && inside.is_some() && !path.starts_with("/__overskill/") => {
                Found::Page
            }
            None => Found::Nothing,
        }
    }

    /// With what is served as it is.
    pub(super) fn of_public(parts: &Parts<'_>) -> Self {
        let mut preview = Self {
            runtime: parts.runtime.to_owned(),
            base: parts.settings.base.clone(),
            page: ContentHash::of(b""),
            files: BTreeMap::new(),
            made: BTreeMap::new(),
        };
        for (path, info) in parts.source.files.iter() {
            if let Some(name) = parts.settings.rules.public_name(path) {
                preview.files.insert(
                    format!("{}{name}", parts.settings.base),
                    PreviewFile {
                        hash: info.hash,
                        immutable: false,
                    },
                );
            }
        }
        preview
    }

    pub(super) fn make(&mut self, bytes: Vec<u8>) -> ContentHash {
        let hash = ContentHash::of(&bytes);
        self.made.insert(hash, bytes);
        hash
    }

    /// The markup that starts the app.
    fn scripts(&mut self, chunk: Chunk, before: &[String]) -> String {
        let app = format!("/__overskill/app-{}.js", chunk.hash.short());
        self.script(&app, chunk);
        let mut tags = String::new();
        for address in before.iter().chain([&app]) {
            let _ = write!(tags, "<script type=\"module\" src=\"{address}\"></script>");
        }
        tags
    }

    /// Puts a chunk under `address`, with its map beside it.
    fn script(&mut self, address: &str, chunk: Chunk) {
        let mut code = chunk.code;
        // What its text is a pure function of: reading through all of it again would take longer than linking.
        let mut name = ContentHasher::new()
            .field("script")
            .field(chunk.hash.bytes());
        if let Some(map) = chunk.map {
            let map_address = format!("{address}.map");
            let _ = writeln!(code, "//# sourceMappingURL={map_address}");
            name = name.field(&map_address);
            self.made.insert(map.hash, map.text.into_bytes());
            self.files.insert(map_address, fixed(map.hash));
        }
        let hash = name.finish();
        self.made.insert(hash, code.into_bytes());
        self.files.insert(address.to_owned(), fixed(hash));
    }
}

/// Where the chunk of a set of packages is served.
pub(super) fn packages_address(set: &PackageSet) -> String {
    format!("/__overskill/packages-{}.js", set.chunk_hash)
}

fn top() -> String {
    "/".to_owned()
}

pub(super) fn fixed(hash: ContentHash) -> PreviewFile {
    PreviewFile {
        hash,
        immutable: true,
    }
}
