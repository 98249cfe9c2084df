//! A set of files as the tree has it now: what `import.meta.glob` gives.

use crate::{
    assets::Suffix,
    graph::{Edge, Walk, located},
    pattern::{Pattern, escaped, folder_of},
    rules::ResolveRules,
};
use overskill_diagnostics::Diagnostic;
use overskill_model::ModulePath;
use overskill_module::{Glob, GlobUse};

/// What one link may spend on sets of files.
pub(crate) struct Budget {
    /// Paths that are held against a pattern.
    looks: usize,
    /// Files found.
    files: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            looks: 5_000_000,
            files: 200_000,
        }
    }
}

/// One file of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expanded {
    /// What the author finds it under.
    pub key: String,
    /// As an `import` in the module would name it.
    pub specifier: String,
    path: ModulePath,
}

impl Walk<'_> {
    /// The files of a set with what they lead to; `None` for one that can't be known.
    pub(crate) fn expand(
        &mut self,
        importer: &ModulePath,
        glob: &Glob,
    ) -> Option<Vec<(Expanded, Edge)>> {
        let found = match self.files_of(importer, glob) {
            Ok(found) => found,
            Err(Problem::Unclear) if glob.wanted == GlobUse::Import => return None,
            Err(problem) => {
                let told = located(self.app, importer, glob.span, problem.diagnostic());
                self.graph.diagnostics.push(told);
                return None;
            }
        };
        let query = glob
            .query
            .strip_prefix('?')
            .filter(|query| !query.is_empty());
        let edges = found.into_iter().map(|file| {
            let edge = match glob.wanted {
                GlobUse::Keys => Edge::Nowhere,
                GlobUse::Record | GlobUse::Import => {
                    let suffix = Suffix {
                        query,
                        fragment: "",
                    };
                    self.module(file.path.clone(), suffix)
                }
            };
            (file, edge)
        });
        Some(edges.collect())
    }

    /// A path as an address from the page's root.
    fn below_root(&self, path: &str) -> String {
        let way = relative_path(&self.app.rules.root, path);
        match way.starts_with("../") {
            true => way,
            false => format!("/{way}"),
        }
    }

    fn files_of(&mut self, importer: &ModulePath, glob: &Glob) -> Result<Vec<Expanded>, Problem> {
        let base = match &glob.base {
            Some(base) => match base.strip_prefix('/') {
                Some(rest) => joined(&self.app.rules.root, rest),
                None => joined(importer.folder(), base),
            },
            None => Some(importer.folder().to_owned()),
        };
        let mut wanted = Vec::new();
        let mut unwanted = Vec::new();
        for written in &glob.patterns {
            let (list, text) = match written.strip_prefix('!') {
                Some(text) => (&mut unwanted, text),
                None => (&mut wanted, written.as_str()),
            };
            // What lies above the root has no files.
            if let Some(rooted) = rooted(importer, base.as_deref(), text, self.app.rules)? {
                let pattern = Pattern::parse(&rooted, glob.ignore_case, glob.exhaustive);
                let pattern = pattern.map_err(|_| Problem::TooMuch)?;
                list.push((pattern, folder_of(&rooted).to_owned()));
            }
        }
        if glob.ignore_case {
            // Where the search starts is told apart by case, whatever is found there.
            let start = common_folder(wanted.iter().map(|(_, folder)| folder.as_str()));
            let each = wanted.iter_mut().chain(&mut unwanted);
            each.for_each(|(_, folder)| folder.clone_from(&start));
        }
        let relative = glob
            .patterns
            .iter()
            .all(|text| text.starts_with(['.', '!']));
        let mut found = Vec::new();
        let prefix = written_prefix(importer, glob, base.as_deref(), self.app.rules);
        for path in self.app.files.keys() {
            let text = path.as_str();
            let hit = |(pattern, folder): &(Pattern, String)| {
                text.starts_with(folder.as_str()) && pattern.matches(text)
            };
            let near = |(_, folder): &&(Pattern, String)| text.starts_with(folder.as_str());
            let near = wanted.iter().chain(&unwanted).filter(near);
            let looks = 1 + near.map(|(pattern, _)| pattern.weight()).sum::<usize>();
            let left = self.budget.looks.checked_sub(looks);
            self.budget.looks = left.ok_or(Problem::TooMuch)?;
            if path == importer || !wanted.iter().any(hit) || unwanted.iter().any(hit) {
                continue;
            }
            if !glob.exhaustive && text.split('/').any(|name| name == "node_modules") {
                continue;
            }
            self.budget.files = self.budget.files.checked_sub(1).ok_or(Problem::TooMuch)?;
            let from_importer = dotted(relative_path(importer.folder(), text));
            let key = match (&prefix, &glob.base) {
                (Some((written, folder)), _) => {
                    let rest = text.strip_prefix(folder.as_str()).unwrap_or(text);
                    format!("{written}{rest}")
                }
                (None, Some(_)) => dotted(relative_path(base.as_deref().unwrap_or_default(), text)),
                (None, None) if relative => from_importer.clone(),
                (None, None) => self.below_root(text),
            };
            found.push(Expanded {
                key,
                specifier: from_importer + &glob.query,
                path: path.clone(),
            });
        }
        // As JavaScript sorts texts.
        found.sort_by(|one, other| {
            let units = |file: &Expanded| file.path.as_str().encode_utf16().collect::<Vec<_>>();
            units(one).cmp(&units(other))
        });
        Ok(found)
    }
}

enum Problem {
    Unclear,
    TooMuch,
}

impl Problem {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Unclear => Diagnostic::error(
                "invalid-glob",
                "A pattern starts with `/`, `./`, `../` or an alias.",
            ),
            Self::TooMuch => {
                Diagnostic::error("glob-too-complex", "The pattern stands for too much.")
                    .hint("Name folders and extensions instead of listing alternatives.")
            }
        }
    }
}

/// For an `import()` with variables: what its text starts with, and the folder that this is.
fn written_prefix(
    importer: &ModulePath,
    glob: &Glob,
    base: Option<&str>,
    rules: &ResolveRules,
) -> Option<(String, String)> {
    if glob.wanted != GlobUse::Import {
        return None;
    }
    let written = glob.patterns.first()?;
    let end = written.find('*').unwrap_or(written.len());
    let end = written[..end].rfind('/').map_or(0, |at| at + 1);
    let prefix = &written[..end];
    let folder = rooted(importer, base, prefix, rules).ok()??;
    let plain = |text: &str| text.replace('\\', "");
    Some((plain(prefix), plain(&folder)))
}

/// A pattern from the tree's root; `Ok(None)` when it is above it.
fn rooted(
    importer: &ModulePath,
    base: Option<&str>,
    text: &str,
    rules: &ResolveRules,
) -> Result<Option<String>, Problem> {
    if let Some(rest) = text.strip_prefix('/') {
        return Ok(joined(&escaped(&rules.root), rest));
    }
    if text.starts_with("./") || text.starts_with("../") {
        return Ok(base.and_then(|base| joined(&escaped(base), text)));
    }
    if text.starts_with("**") {
        return Ok(Some(text.to_owned()));
    }
    let aliased = rules.aliased(text);
    let mapped = || rules.mapped(importer, text).into_iter().next();
    match aliased.or_else(mapped) {
        Some(target) if target.starts_with('/') => Ok(joined("", &target)),
        // A relative target means the root to its author.
        Some(target) if target.starts_with('.') => Ok(joined(&escaped(&rules.root), &target)),
        _ => Err(Problem::Unclear),
    }
}

/// `folder` and `text` as one path, without `.` and `..`; `None` when it leads out.
fn joined(folder: &str, text: &str) -> Option<String> {
    let mut parts: Vec<&str> = match text.starts_with('/') {
        true => Vec::new(),
        false => folder.split('/').filter(|part| !part.is_empty()).collect(),
    };
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    let mut path = parts.join("/");
    if text.ends_with('/') && !path.is_empty() {
        path.push('/');
    }
    Some(path)
}

/// The innermost folder that all of them are in.
fn common_folder<'a>(folders: impl Iterator<Item = &'a str>) -> String {
    let common = folders.map(str::to_owned).reduce(|one, other| {
        let parts = one.split_inclusive('/').zip(other.split_inclusive('/'));
        let same = parts.take_while(|(one, other)| one == other);
        same.map(|(part, _)| part).collect()
    });
    common.unwrap_or_default()
}

/// The way from a folder to a file.
fn relative_path(folder: &str, file: &str) -> String {
    let from: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let to: Vec<&str> = file.split('/').collect();
    let names = to.len() - 1;
    let same = from
        .iter()
        .zip(&to[..names])
        .take_while(|(one, other)| one == other)
        .count();
    let up = std::iter::repeat_n("..", from.len() - same);
    up.chain(to[same..].iter().copied())
        .collect::<Vec<_>>()
        .join("/")
}

fn dotted(path: String) -> String {
    match path.starts_with("./") || path.starts_with("../") {
        true => path,
        false => format!("./{path}"),
    }
}
