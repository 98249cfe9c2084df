//! What a build puts before people: the page, the scripts, the files by address.

use super::{Source, page::Entry, server::Served};
use crate::{percent_decoded, settings::Settings};
use overskill_hmr::Running;
use overskill_link::{
    App, BootValues, Chunk, Definition, Graph, Linked, PackageTarget, asset_url, sheet_url,
    stylesheet,
};
use overskill_model::{ContentHash, ContentHasher};
use overskill_packages::PackageSet;
use overskill_protocol::Server;
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
    /// What a page that shows it runs.
    #[serde(default)]
    pub running: Running,
    /// The app's server code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<Server>,
    /// The version from which on pages have run that.
    #[serde(default)]
    pub since: u64,
    /// Its script as patches are cut from it: only where it was just built.
    #[serde(skip)]
    pub(super) script: Option<Script>,
    /// Contents that are not in the tree.
    #[serde(skip)]
    pub made: BTreeMap<ContentHash, Vec<u8>>,
}

/// The app's script of a build that was just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Script {
    pub definitions: Vec<Definition>,
    pub code: ContentHash,
    pub map: Option<ContentHash>,
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
    /// The addresses of what runs in the page before the app's chunk.
    pub scripts: Vec<String>,
    /// Where the runtime that pages run is.
    pub runtime: &'a str,
    /// What the app sees of its environment.
    pub values: &'a BootValues,
    /// Whether its pages are kept up to date.
    pub live: bool,
}

/// Where a page that is kept up to date says what it is, when it is sent.
pub const STAMP: &str = "<!--overskill-preview-->";

pub(super) fn preview(parts: &Parts<'_>, linked: Linked) -> Preview {
    let Parts { entry, app, .. } = parts;
    let mut preview = Preview::of_public(parts);
    let public = preview
        .files
        .iter()
        .map(|(address, file)| (address.clone(), file.hash.short()))
        .collect();
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
    preview.running = running(parts, &linked.chunk, &addresses);
    preview.running.public = public;
    let scripts = match entry.scripts.is_empty() {
        true if parts.live => tags(&parts.scripts[..1]),
        true => String::new(),
        false => {
            let app = preview.scripts(linked.chunk);
            tags(parts.scripts.iter().chain([&app]))
        }
    };
    let stamp = if parts.live { STAMP } else { "" };
    let page = entry.render(stamp, "", &scripts, &addresses);
    preview.page = preview.make(page.into_bytes());
    preview
}

/// What a page that shows the build runs.
fn running(parts: &Parts<'_>, chunk: &Chunk, addresses: &BTreeMap<usize, String>) -> Running {
    let mut links = BTreeMap::new();
    // As the page is whatever its sheets hold.
    let mut plain = addresses.clone();
    for (at, file, sheet) in parts.entry.references() {
        if let Some(address) = plain.get_mut(&at).filter(|_| sheet) {
            links.insert(
                file.to_string(),
                std::mem::replace(address, file.to_string()),
            );
        }
    }
    let page = parts.entry.render("", "", "", &plain);
    let values = serde_json::to_vec(parts.values).expect("maps with text keys always serialise");
    let definitions = || chunk.definitions.iter();
    Running {
        modules: definitions()
            .map(|it| (it.id.clone(), it.meaning.clone()))
            .collect(),
        styles: definitions()
            .filter(|it| it.style)
            .map(|it| it.id.clone())
            .collect(),
        entries: parts
            .entry
            .scripts
            .iter()
            .map(ToString::to_string)
            .collect(),
        values: ContentHash::of(&values).short(),
        page: ContentHash::of(page.as_bytes()).short(),
        links,
        public: BTreeMap::new(),
        scripts: parts.scripts.clone(),
        packages: parts
            .packages
            .iter()
            .map(|(specifier, target)| (specifier.clone(), target.id.clone()))
            .collect(),
    }
}

/// The markup that runs scripts in their order.
fn tags<'a>(scripts: impl IntoIterator<Item = &'a String>) -> String {
    let mut tags = String::new();
    for address in scripts {
        let _ = write!(tags, "<script type=\"module\" src=\"{address}\"></script>");
    }
    tags
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

    /// Every content that it is made of.
    pub fn contents(&self) -> impl Iterator<Item = ContentHash> {
        let files = self.files.values().map(|file| file.hash);
        let server = self.server.iter().flat_map(Server::contents);
        files.chain([self.page]).chain(server)
    }

    /// Takes the app's server code in.
    pub(super) fn serve(&mut self, served: &Served) {
        self.server.clone_from(&served.server);
        let made = served.made.iter();
        self.made
            .extend(made.map(|(hash, bytes)| (*hash, bytes.clone())));
        for (url, hash) in &served.assets {
            let address = percent_decoded(url).unwrap_or_else(|| url.clone());
            self.files.insert(address, fixed(*hash));
        }
    }

    /// With nothing in it.
    pub(super) fn empty(base: &str) -> Self {
        Self {
            runtime: String::new(),
            base: base.to_owned(),
            page: ContentHash::of(b""),
            files: BTreeMap::new(),
            running: Running::default(),
            server: None,
            since: 0,
            script: None,
            made: BTreeMap::new(),
        }
    }

    /// With what is served as it is.
    pub(super) fn of_public(parts: &Parts<'_>) -> Self {
        let mut preview = Self {
            runtime: parts.runtime.to_owned(),
            ..Self::empty(&parts.settings.base)
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

    /// Puts the app's script under its address, and gives that.
    fn scripts(&mut self, mut chunk: Chunk) -> String {
        let app = format!("/__overskill/app-{}.js", chunk.hash.short());
        let definitions = std::mem::take(&mut chunk.definitions);
        let (code, map) = self.script(&app, chunk);
        self.script = Some(Script {
            definitions,
            code,
            map,
        });
        app
    }

    /// Puts a chunk under `address`, with its map beside it. Gives their contents.
    fn script(&mut self, address: &str, chunk: Chunk) -> (ContentHash, Option<ContentHash>) {
        let mut code = chunk.code;
        // What its text is a pure function of: reading through all of it again would take longer than linking.
        let mut name = ContentHasher::new()
            .field("script")
            .field(chunk.hash.bytes());
        let map = chunk.map.map(|map| {
            let map_address = format!("{address}.map");
            let _ = writeln!(code, "//# sourceMappingURL={map_address}");
            self.made.insert(map.hash, map.text.into_bytes());
            self.files.insert(map_address.clone(), fixed(map.hash));
            (map_address, map.hash)
        });
        if let Some((map_address, _)) = &map {
            name = name.field(map_address);
        }
        let hash = name.finish();
        self.made.insert(hash, code.into_bytes());
        self.files.insert(address.to_owned(), fixed(hash));
        (hash, map.map(|(_, hash)| hash))
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
