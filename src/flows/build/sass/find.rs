//! Which sheets a sheet in Sass may load: what its rules name, looked up as Vite's importer does. What a rule computes
//! is found once Sass asks for it.

use super::{options::Options, urls::rebased};
use crate::{
    build::{Source, scope::PackageScopes},
    packages::PackageSheets,
    settings::Settings,
};
use overskill_model::ModulePath;
use overskill_module::SassWanted;
use overskill_packages::{Asked, split_specifier};
use std::{
    cell::Ref,
    collections::{BTreeMap, BTreeSet},
};

/// How many sheets one sheet may load, and how many bytes they may have together.
const FILES: usize = 2_000;
const BYTES: usize = 8 << 20;
/// The folder that sheets of packages stand in.
const PACKAGES: &str = "node_modules/";

/// What a sheet may load.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The sheets with their texts, the sheet itself among them.
    pub files: BTreeMap<ModulePath, String>,
    /// What the specifiers in each of them mean.
    pub names: BTreeMap<ModulePath, BTreeMap<String, Option<ModulePath>>>,
    /// The packages that they name.
    pub packages: BTreeSet<String>,
}

/// Looks sheets up.
pub(super) struct Finder<'a> {
    pub source: &'a Source<'a>,
    pub settings: &'a Settings,
    pub scopes: &'a PackageScopes,
    pub packages: Ref<'a, PackageSheets>,
}

impl Finder<'_> {
    /// What the sheet at `path` may load; `further` is what Sass has asked for.
    pub fn find(
        &self,
        path: &ModulePath,
        text: &str,
        options: &Options,
        further: &[SassWanted],
    ) -> Found {
        let mut found = Found::default();
        let mut bytes = 0;
        let mut waiting = vec![(path.clone(), text.to_owned())];
        while let Some((from, text)) = waiting.pop() {
            bytes += text.len();
            let full = found.files.len() >= FILES || bytes > BYTES;
            if full || found.files.contains_key(&from) {
                continue;
            }
            let mut names = BTreeMap::new();
            let mut specifiers = loaded(&text, is_indented(&from));
            if from == *path {
                specifiers.extend(loaded(&options.additional, is_indented(&from)));
            }
            for specifier in specifiers {
                let meant = self.resolve(&from, &specifier, &options.places);
                self.note_package(&from, &specifier, &mut found.packages);
                if let Some(file) = meant {
                    names.insert(specifier, Some(file));
                }
            }
            for wanted in further.iter().filter(|wanted| wanted.from == from) {
                let specifier = wanted.specifier.clone();
                let meant = self.resolve(&from, &specifier, &options.places);
                self.note_package(&from, &specifier, &mut found.packages);
                names.insert(specifier, meant);
            }
            for file in names.values().flatten() {
                if let Some(text) = self.text(file) {
                    waiting.push((file.clone(), text));
                }
            }
            let text = match from == *path {
                true => text,
                false => rebased(&text, &from, path, &|from, address| {
                    self.asset(from, address)
                }),
            };
            found.names.insert(from.clone(), names);
            found.files.insert(from, text);
        }
        found
    }

    /// The sheet that a specifier means; `places` are the folders in which it is looked for last.
    pub fn resolve(
        &self,
        from: &ModulePath,
        specifier: &str,
        places: &[String],
    ) -> Option<ModulePath> {
        let probe = |path: ModulePath| self.probe(&path);
        if is_address(specifier) {
            return None;
        }
        let beside = (!specifier.starts_with('/'))
            .then(|| from.join(&format!("./{specifier}")))
            .flatten();
        beside
            .and_then(probe)
            .or_else(|| self.elsewhere(from, specifier, &probe))
            .or_else(|| {
                let mut places = places.iter();
                places.find_map(|place| probe(from.join(&format!("/{place}/{specifier}"))?))
            })
            .or_else(|| {
                let bare = bare(specifier)?;
                self.elsewhere(from, bare, &probe)
                    .or_else(|| self.in_package(bare))
            })
    }

    /// What aliases, `paths` and packages that are folders of the tree make of a name.
    fn elsewhere(
        &self,
        from: &ModulePath,
        specifier: &str,
        probe: &dyn Fn(ModulePath) -> Option<ModulePath>,
    ) -> Option<ModulePath> {
        let rules = &self.settings.rules;
        let mut places: Vec<String> = Vec::new();
        if let Some(rest) = specifier.strip_prefix('/') {
            places.extend([rules.rooted(rest), specifier.to_owned()]);
        }
        let aliased = rules.aliased(specifier);
        if let Some(replaced) = &aliased {
            places.push(match replaced.starts_with(['/', '.']) {
                true => format!("/{}", replaced.trim_start_matches(['/', '.'])),
                false => replaced.clone(),
            });
        }
        places.extend(rules.mapped(from, specifier));
        places.extend(self.scopes.inside(specifier));
        let in_tree = places.iter().filter(|place| place.starts_with('/'));
        let found = in_tree.clone().find_map(|place| probe(from.join(place)?));
        found.or_else(|| self.in_package(&aliased.filter(|it| !it.starts_with(['/', '.']))?))
    }

    /// A sheet of a package that was fetched.
    fn in_package(&self, specifier: &str) -> Option<ModulePath> {
        let (name, subpath) = split_specifier(specifier)?;
        let place = match self.packages.named(name, &subpath, Asked::Sass) {
            Some(file) => format!("/{PACKAGES}{name}/{file}"),
            None => format!("/{PACKAGES}{name}/{}", subpath.trim_start_matches("./")),
        };
        let root = ModulePath::parse("index.html", &Default::default()).ok()?;
        self.probe(&root.join(&place)?)
    }

    /// Notes the package that a specifier may be about: one that the app asks for, or that one of its packages names.
    fn note_package(&self, from: &ModulePath, specifier: &str, packages: &mut BTreeSet<String>) {
        if is_address(specifier) {
            return;
        }
        let aliased = self.settings.rules.aliased(specifier);
        let foreign = from.as_str().starts_with(PACKAGES);
        let written = [Some(specifier), aliased.as_deref()];
        for specifier in written.into_iter().flatten() {
            let Some(bare) = bare(specifier) else {
                continue;
            };
            if let Some((name, _)) = split_specifier(bare)
                && (foreign || self.scopes.dependencies.contains_key(name))
            {
                packages.insert(name.to_owned());
            }
        }
    }

    /// The sheet at a path: the path itself, with an ending, as a part, or what a folder of that name starts with.
    fn probe(&self, path: &ModulePath) -> Option<ModulePath> {
        let part = |path: &ModulePath| path.join(&format!("./_{}", path.name()));
        let either = |path: &ModulePath| {
            let own = self.with_ending(path);
            own.or_else(|| self.with_ending(&part(path)?))
        };
        either(path).or_else(|| either(&path.with_suffix("/index")?))
    }

    fn with_ending(&self, path: &ModulePath) -> Option<ModulePath> {
        let ends = matches!(path.extension().as_str(), "scss" | "sass" | "css");
        let bare = ends.then(|| path.clone());
        let endings = [".scss", ".sass", ".css"].into_iter();
        let all = bare
            .into_iter()
            .chain(endings.filter_map(|ending| path.with_suffix(ending)));
        let mut all = all.filter(|path| self.holds(path));
        all.next()
    }

    fn holds(&self, path: &ModulePath) -> bool {
        self.source.files.contains_key(path) || self.foreign(path).is_some()
    }

    fn foreign(&self, path: &ModulePath) -> Option<&String> {
        self.packages
            .files
            .get(path.as_str().strip_prefix(PACKAGES)?)
    }

    fn text(&self, path: &ModulePath) -> Option<String> {
        let own = self.source.text(path);
        own.or_else(|| self.foreign(path).cloned())
    }

    /// The file of the tree that an address in a sheet names.
    fn asset(&self, from: &ModulePath, address: &str) -> Option<ModulePath> {
        let bare = address.split(['?', '#']).next().unwrap_or(address);
        let rules = &self.settings.rules;
        let beside = from.join(&format!("./{bare}"));
        let aliased = rules.aliased(bare).filter(|place| place.starts_with('/'));
        let mapped = rules.mapped(from, bare);
        let places = aliased.into_iter().chain(mapped);
        let all = beside
            .into_iter()
            .chain(places.filter_map(|place| from.join(&place)));
        let mut there = all.filter(|path| self.source.files.contains_key(path));
        there.next()
    }
}

/// What a name of a package's sheet is without what Sass and its users put ahead of it.
fn bare(specifier: &str) -> Option<&str> {
    let bare = specifier
        .strip_prefix('~')
        .or_else(|| specifier.strip_prefix("pkg:"));
    let bare = bare.unwrap_or(specifier);
    (!bare.starts_with(['.', '/'])).then_some(bare)
}

/// Whether it names no file: a module that is built in, or another origin's sheet.
fn is_address(specifier: &str) -> bool {
    specifier.is_empty()
        || specifier.len() > 500
        || specifier.starts_with("//")
        || ["sass:", "http:", "https:", "data:"]
            .iter()
            .any(|scheme| specifier.starts_with(scheme))
}

/// The specifiers that the rules of a sheet name. `indented` says that it is in the language without semicolons.
pub(super) fn loaded(text: &str, indented: bool) -> Vec<String> {
    let ends: &[char] = if indented { &['\n'] } else { &[';', '{', '}'] };
    let mut found = Vec::new();
    for rule in ["@use", "@forward", "@import", "load-css("] {
        for (at, _) in text.match_indices(rule) {
            let rest = &text[at + rule.len()..];
            let statement = &rest[..rest.find(ends).unwrap_or(rest.len())];
            found.extend(quoted(statement));
            if rule == "@import" && indented && !statement.contains(['"', '\'']) {
                found.extend(statement.split(',').map(|name| name.trim().to_owned()));
            }
        }
    }
    found.retain(|specifier| !is_address(specifier) && !specifier.contains(['\n', '\\', '#']));
    found
}

/// Whether a sheet is in the language without semicolons.
pub(super) fn is_indented(path: &ModulePath) -> bool {
    path.extension() == "sass"
}

fn quoted(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'']) {
        let (quote, after) = rest[at..].split_at(1);
        let Some(end) = after.find(quote) else { break };
        found.push(after[..end].to_owned());
        rest = &after[end + 1..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_name_sheets() {
        let text = "@use \"a/b\" as c;@use 'sass:math';\n@forward 'd' show e; @import 'f', \"g.css\", url(h.css);\n\
            @include meta.load-css('i', $with: ('j': k)); @import \"https://x/y\";";
        assert_eq!(loaded(text, false), ["a/b", "d", "f", "g.css", "i", "j"]);
        assert_eq!(
            loaded("@use \"a\"\n@import b, c\n.d\n  e: \"f\"\n", true),
            ["a", "b", "c"]
        );
    }
}
