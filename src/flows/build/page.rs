//! `index.html`: what it starts and refers to, and how it is sent.

use super::Source;
use crate::{percent_decoded, settings::Settings};
use overskill_diagnostics::{Diagnostic, LineIndex, Span};
use overskill_html::{Page, PageReference, ReferenceKind, RenderPlan, ScriptKind, substitute};
use overskill_link::ResolveRules;
use overskill_model::{ModulePath, may_name_file};
use std::{collections::BTreeMap, rc::Rc};

/// The page's name in Vite's `root`.
const PAGE: &str = "index.html";

/// The page as read.
pub(super) struct Entry {
    page: Page,
    path: ModulePath,
    rules: ResolveRules,
    /// Which of the page's module scripts are the app's, by index; the others stay as they are.
    taken: Vec<bool>,
    /// The modules to start, in order.
    pub scripts: Vec<ModulePath>,
    /// The style sheets that the page links.
    pub styles: Vec<ModulePath>,
    /// The texts of inline module scripts, under paths of their own.
    pub inline: BTreeMap<ModulePath, Rc<str>>,
    /// Files of the tree that references name, by index.
    files: BTreeMap<usize, ModulePath>,
    /// Addresses of what is served as it is, by reference, where they are not what is written.
    public: BTreeMap<usize, String>,
    pub diagnostics: Vec<Diagnostic>,
}

/// What makes the pages of an app that has none.
const FRAMEWORKS: [&str; 6] = [
    "@tanstack/react-start",
    "@tanstack/solid-start",
    "next",
    "@react-router/dev",
    "astro",
    "@remix-run/react",
];

fn framework(source: &Source<'_>) -> Option<&'static str> {
    let dependencies = source.dependencies();
    let mut known = FRAMEWORKS.into_iter();
    known.find(|name| dependencies.contains_key(*name))
}

impl Entry {
    /// Reads the page of a tree.
    pub fn read(source: &Source<'_>, settings: &Settings) -> Result<Self, Box<Diagnostic>> {
        let top = ModulePath::parse(PAGE, &Default::default()).expect("a plain name is a path");
        let path = match settings.rules.root.as_str() {
            "" => top,
            root => top.join(&format!("/{root}/{PAGE}")).unwrap_or(top),
        };
        let absent = || {
            let near = source.files.keys().find(|path| path.name() == PAGE);
            let error =
                Diagnostic::error("index-html-missing", format!("The app has no `{path}`."));
            Box::new(error.hint(match (near, framework(source)) {
                (Some(near), _) => {
                    format!("There is one at `{near}`: upload that folder as the root.")
                }
                (None, Some(framework)) => format!(
                    "`{framework}` makes its pages on a server of its own, which is not run here: apps start from an `index.html`, as under Vite."
                ),
                (None, None) => "Add one with `<script type=\"module\" src=\"/src/main.tsx\"></script>`."
                    .to_owned(),
            }))
        };
        let bytes = source.bytes(&path).ok_or_else(absent)?;
        // As under Vite: before anything is read in it.
        let text = substitute(&String::from_utf8_lossy(&bytes), &|name| {
            settings.html_value(name)
        });
        let page = Page::scan(&text);
        let mut entry = Self {
            rules: settings.rules.clone(),
            taken: Vec::new(),
            scripts: Vec::new(),
            styles: Vec::new(),
            inline: BTreeMap::new(),
            files: BTreeMap::new(),
            public: BTreeMap::new(),
            diagnostics: Vec::new(),
            page,
            path,
        };
        entry.take_scripts(source, &text);
        entry.take_references(source, &settings.base);
        Ok(entry)
    }

    /// No page: what starts is put in by whoever knows it.
    pub fn nothing(settings: &Settings) -> Self {
        Self {
            page: Page::scan(""),
            path: ModulePath::parse(PAGE, &Default::default()).expect("a plain name is a path"),
            rules: settings.rules.clone(),
            taken: Vec::new(),
            scripts: Vec::new(),
            styles: Vec::new(),
            inline: BTreeMap::new(),
            files: BTreeMap::new(),
            public: BTreeMap::new(),
            diagnostics: Vec::new(),
        }
    }

    fn take_scripts(&mut self, source: &Source<'_>, text: &str) {
        let lines = LineIndex::new(text);
        for (at, script) in self.page.scripts().iter().enumerate() {
            let module = match &script.kind {
                ScriptKind::Inline(code) if code.trim().is_empty() => None,
                ScriptKind::Inline(_) => {
                    let name = format!("{PAGE}.script-{at}.js");
                    let path = self.path.join(&format!("/{name}"));
                    path.inspect(|path| {
                        let padded = only(text, script.span);
                        self.inline.insert(path.clone(), padded.into());
                    })
                }
                ScriptKind::Src(url) if !may_name_file(url) => None,
                ScriptKind::Src(url) => {
                    let found = self.file(source, url);
                    if found.is_none() && !self.is_public(source, url) {
                        let error = Diagnostic::error(
                            "script-not-found",
                            format!("`{PAGE}` starts `{url}`, which is not there."),
                        )
                        .at(&self.path, &lines, script.span);
                        self.diagnostics
                            .push(error.hint(near(source, url).unwrap_or_else(|| {
                                "Add the file, or correct the script's `src`.".to_owned()
                            })));
                    }
                    found
                }
            };
            self.taken.push(module.is_some());
            self.scripts.extend(module);
        }
        if self.taken.is_empty()
            && let Some(start) = self.unstarted(source)
        {
            let message = format!("`{PAGE}` starts no module: `{start}` never runs.");
            let hint = format!("Add `<script type=\"module\" src=\"/{start}\"></script>` to it.");
            let warning = Diagnostic::warning("page-starts-nothing", message);
            self.diagnostics
                .push(warning.in_file(&self.path).hint(hint));
        }
    }

    /// What a page without scripts most likely ought to start.
    fn unstarted<'a>(&self, source: &Source<'a>) -> Option<&'a ModulePath> {
        let root = self.path.folder();
        let starts = |path: &&ModulePath| {
            let (name, extension) = path.name().split_once('.').unwrap_or_default();
            let below = path.folder().strip_prefix(root).unwrap_or("no");
            matches!(name, "index" | "main")
                && matches!(extension, "tsx" | "jsx" | "ts" | "js")
                && matches!(below.trim_start_matches('/'), "" | "src")
        };
        let named = |path: &&ModulePath| {
            let mut references = self.page.references().iter();
            references.any(|reference| reference.url.ends_with(path.name()))
        };
        source
            .files
            .keys()
            .find(|path| starts(path) && !named(path))
    }

    fn take_references(&mut self, source: &Source<'_>, base: &str) {
        for (at, reference) in self.page.references().iter().enumerate() {
            if reference.kind == ReferenceKind::ClassicScript {
                continue;
            }
            // What `public/` has under that address is served as it is.
            if self.is_public(source, &reference.url) {
                if base != "/"
                    && let Some(rest) = reference.url.strip_prefix('/')
                {
                    self.public.insert(at, format!("{base}{rest}"));
                }
                continue;
            }
            let Some(file) = self.file(source, &reference.url) else {
                continue;
            };
            if is_sheet(reference, &file) && !self.styles.contains(&file) {
                self.styles.push(file.clone());
            }
            self.files.insert(at, file);
        }
    }

    fn file(&self, source: &Source<'_>, url: &str) -> Option<ModulePath> {
        let bare = url.split(['?', '#']).next().unwrap_or(url);
        let decoded = percent_decoded(bare)?;
        let specifier = match decoded.strip_prefix('/') {
            Some(rest) => self.rules.rooted(rest),
            None if decoded.starts_with('.') => decoded,
            None => format!("./{decoded}"),
        };
        self.path
            .join(&specifier)
            .filter(|path| source.files.contains_key(path))
    }

    fn is_public(&self, source: &Source<'_>, url: &str) -> bool {
        let bare = url.split(['?', '#']).next().unwrap_or(url);
        let file = percent_decoded(bare)
            .and_then(|name| self.rules.public_file(name.trim_start_matches(['.', '/'])));
        file.and_then(|file| self.path.join(&file))
            .is_some_and(|path| source.files.contains_key(&path))
    }

    /// The files that the page refers to, each with whether it is a style sheet to be processed.
    pub fn references(&self) -> impl Iterator<Item = (usize, &ModulePath, bool)> {
        self.files.iter().map(|(at, file)| {
            let sheet = self
                .page
                .references()
                .get(*at)
                .is_some_and(|reference| is_sheet(reference, file));
            (*at, file, sheet)
        })
    }

    /// Renders the page with `head` at the start and `head_end` at the end of its head, with `scripts` in place of its own
    /// and with the addresses of what it refers to.
    pub fn render(
        &self,
        head: &str,
        head_end: &str,
        scripts: &str,
        addresses: &BTreeMap<usize, String>,
    ) -> String {
        self.page.render(&RenderPlan {
            head,
            head_end,
            scripts,
            takes: &|at| self.taken.get(at).copied().unwrap_or(false),
            url: &|at| addresses.get(&at).or_else(|| self.public.get(&at)).cloned(),
            env: &|_| None,
        })
    }

    /// Names the page where a diagnostic is about one of its inline scripts.
    pub fn name(&self, diagnostic: &mut Diagnostic) {
        if let Some(path) = &mut diagnostic.path
            && self.inline.contains_key(path)
        {
            *path = self.path.clone();
        }
    }
}

fn is_sheet(reference: &PageReference, file: &ModulePath) -> bool {
    reference.kind == ReferenceKind::Stylesheet
        && matches!(file.extension().as_str(), "css" | "scss" | "sass" | "less")
}

/// The document with everything but the span blank, so that places in the script are places in the document.
fn only(text: &str, span: Span) -> String {
    let keep = span.start as usize..span.end as usize;
    let mut kept = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        match character {
            _ if keep.contains(&at) => kept.push(character),
            '\n' | '\r' => kept.push(character),
            _ => kept.extend(std::iter::repeat_n(' ', character.len_utf16())),
        }
    }
    kept.truncate(kept.trim_end().len());
    kept
}

fn near(source: &Source<'_>, url: &str) -> Option<String> {
    let stem = |name: &str| name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let wanted = stem(url.rsplit('/').next()?);
    let found = source.files.keys().find(|path| {
        stem(path.name()) == wanted
            && matches!(path.extension().as_str(), "tsx" | "ts" | "jsx" | "js")
    })?;
    Some(format!("There is a file `{found}`."))
}
