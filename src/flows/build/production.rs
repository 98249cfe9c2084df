//! What a production build puts before people: the page with its scripts and sheets, and the files that they name.

use super::{
    Packages,
    packages::Set,
    publish::{Parts, Preview, fixed},
};
use crate::percent_decoded;
use overskill_link::{Production, built_sheet_url, built_url, stylesheet};
use overskill_ports::Fault;
use overskill_production::{Entry, Module, Options, link};
use std::{collections::BTreeMap, fmt::Write};

/// The modules of packages, by id.
pub(super) type Modules = BTreeMap<String, Module<'static>>;

/// Those of a set.
pub(super) async fn package_modules(
    set: Option<&Set>,
    packages: &impl Packages,
) -> Result<Modules, Fault> {
    let Some(set) = set else {
        return Ok(Modules::new());
    };
    let bytes = packages.chunk(&set.chunk).await?;
    serde_json::from_slice(&bytes).map_err(|error| Fault(error.to_string()))
}

/// Links and publishes.
pub(super) fn publish(parts: &Parts<'_>, linked: Production, packages: Modules) -> Preview {
    let base = &parts.settings.base;
    let mut preview = Preview::of_public(parts);
    for path in &linked.assets {
        if let Some(hash) = parts.app.files.get(path) {
            let address = built_url(base, path, hash);
            let address = percent_decoded(&address).unwrap_or(address);
            preview.files.insert(address, fixed(*hash));
        }
    }
    for (url, css) in linked.sheets {
        let hash = preview.make(css.into_bytes());
        let address = percent_decoded(&url).unwrap_or(url);
        preview.files.insert(address, fixed(hash));
    }
    let mut addresses = BTreeMap::new();
    for (at, file, sheet) in parts.entry.references() {
        let processed = sheet
            .then(|| stylesheet(parts.app, parts.graph, parts.packages, file))
            .flatten();
        let (url, hash) = match processed {
            Some(css) => {
                let hash = preview.make(css.into_bytes());
                (built_sheet_url(base, file, &hash), hash)
            }
            None => match parts.app.files.get(file) {
                Some(hash) => (built_url(base, file, hash), *hash),
                None => continue,
            },
        };
        let address = percent_decoded(&url).unwrap_or_else(|| url.clone());
        preview.files.insert(address, fixed(hash));
        addresses.insert(at, url);
    }
    let mut modules = linked.modules;
    modules.extend(packages);
    let options = Options {
        base,
        ..Options::default()
    };
    let output = link(&modules, &linked.starts, &options);
    for (path, text) in output.files {
        let hash = preview.make(text.into_bytes());
        preview.files.insert(format!("{base}{path}"), fixed(hash));
    }
    let tags = output.pages.first().map(|page| tags(base, page));
    let page = parts
        .entry
        .render("", &tags.unwrap_or_default(), "", &addresses);
    preview.page = preview.make(page.into_bytes());
    preview
}

/// The markup that starts the app, for the end of the head as Vite has it: what scripts put there comes behind it.
fn tags(base: &str, page: &Entry) -> String {
    let mut tags = String::new();
    for path in &page.styles {
        let _ = write!(
            tags,
            "<link rel=\"stylesheet\" crossorigin href=\"{base}{path}\">"
        );
    }
    for path in &page.preloads {
        let _ = write!(
            tags,
            "<link rel=\"modulepreload\" crossorigin href=\"{base}{path}\">"
        );
    }
    let script = &page.script;
    let _ = write!(
        tags,
        "<script type=\"module\" crossorigin src=\"{base}{script}\"></script>"
    );
    tags
}
