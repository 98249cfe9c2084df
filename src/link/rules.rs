//! What an app's configuration says about where names lead.

use overskill_model::ModulePath;
use regex_lite::Regex;
use std::collections::BTreeSet;

/// Tried in this order when a specifier has no extension that exists: Vite's `resolve.extensions`.
const EXTENSIONS: [&str; 7] = [".mjs", ".js", ".mts", ".ts", ".jsx", ".tsx", ".json"];

/// What `resolve.alias` looks for.
#[derive(Debug, Clone)]
pub enum Find {
    /// The whole specifier, or its start up to a slash.
    Text(String),
    /// Whatever matches.
    Pattern(Regex),
}

/// One of `resolve.alias`: the first that matches is taken.
#[derive(Debug, Clone)]
pub struct Alias {
    /// What it looks for.
    pub find: Find,
    /// What stands there instead; `/` at its start is the tree's root. `$1` is a group of the pattern.
    pub replacement: String,
}

/// One of tsconfig's `paths`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    /// With at most one `*`.
    pub pattern: String,
    /// Tried in order, from the tree's root.
    pub targets: Vec<String>,
}

/// What a tsconfig says of names in the files below its folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PathScope {
    /// The folder; empty for all.
    pub folder: String,
    /// Best match first.
    pub patterns: Vec<PathPattern>,
    /// `baseUrl`, from the tree's root: names without a dot are looked up there, too.
    pub base: Option<String>,
}

/// The rules of one app.
#[derive(Debug, Clone)]
pub struct ResolveRules {
    /// The folder with the page, Vite's `root`; empty for the tree's root.
    pub root: String,
    /// `resolve.alias`.
    pub aliases: Vec<Alias>,
    /// Of each tsconfig, deepest folder first.
    pub paths: Vec<PathScope>,
    /// `resolve.extensions`.
    pub extensions: Vec<String>,
    /// Vite's `publicDir`, from the tree's root.
    pub public: Option<String>,
    /// The packages that the app asks for: `baseUrl` doesn't hide them.
    pub packages: BTreeSet<String>,
}

impl Default for ResolveRules {
    fn default() -> Self {
        Self {
            root: String::new(),
            aliases: Vec::new(),
            paths: Vec::new(),
            extensions: EXTENSIONS.map(str::to_owned).to_vec(),
            public: Some("public".to_owned()),
            packages: BTreeSet::new(),
        }
    }
}

impl Alias {
    /// Whether it is about `specifier`.
    pub fn takes(&self, specifier: &str) -> bool {
        self.apply(specifier).is_some()
    }

    /// What `specifier` becomes, if this is about it.
    fn apply(&self, specifier: &str) -> Option<String> {
        match &self.find {
            Find::Text(find) => {
                let rest = specifier.strip_prefix(find.as_str())?;
                (rest.is_empty() || rest.starts_with('/'))
                    .then(|| format!("{}{rest}", self.replacement))
            }
            Find::Pattern(pattern) => {
                let groups = pattern.captures(specifier)?;
                let whole = groups.get(0)?;
                let mut text = specifier[..whole.start()].to_owned();
                expand(&self.replacement, &groups, &mut text);
                text.push_str(&specifier[whole.end()..]);
                Some(text)
            }
        }
    }
}

impl PathPattern {
    /// What stands for its star in `specifier`, if it is about that; empty where it has none.
    fn star<'a>(&self, specifier: &'a str) -> Option<&'a str> {
        match self.pattern.split_once('*') {
            None => (self.pattern == specifier).then_some(""),
            Some((before, after)) => specifier.strip_prefix(before)?.strip_suffix(after),
        }
    }

    /// Whether it is about `specifier`.
    pub fn takes(&self, specifier: &str) -> bool {
        self.star(specifier).is_some()
    }
}

/// JavaScript's `$1`, `$&` and `$$` in a replacement.
fn expand(replacement: &str, groups: &regex_lite::Captures<'_>, text: &mut String) {
    let mut rest = replacement;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let digits = after.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let group = |length: usize| -> Option<usize> {
            let number: usize = after.get(..length)?.parse().ok()?;
            (1..groups.len()).contains(&number).then_some(number)
        };
        let taken = match after.as_bytes().first() {
            Some(b'$') => {
                text.push('$');
                1
            }
            Some(b'&') => {
                text.push_str(groups.get(0).map_or("", |whole| whole.as_str()));
                1
            }
            _ => match (1..=digits)
                .rev()
                .find_map(|length| Some((length, group(length)?)))
            {
                Some((length, number)) => {
                    text.push_str(groups.get(number).map_or("", |group| group.as_str()));
                    length
                }
                None => {
                    text.push('$');
                    0
                }
            },
        };
        rest = &after[taken..];
    }
    text.push_str(rest);
}

impl ResolveRules {
    /// What `resolve.alias` makes of a specifier.
    pub fn aliased(&self, specifier: &str) -> Option<String> {
        self.aliases.iter().find_map(|alias| alias.apply(specifier))
    }

    /// Where tsconfig's `paths` and `baseUrl` say that a name in `from` may be, from the tree's root, best first.
    pub fn mapped(&self, from: &ModulePath, specifier: &str) -> Vec<String> {
        let below = |folder: &str| {
            folder.is_empty()
                || from
                    .as_str()
                    .strip_prefix(folder)
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        let Some(scope) = self.paths.iter().find(|scope| below(&scope.folder)) else {
            return Vec::new();
        };
        let matched = scope.patterns.iter().find_map(|pattern| {
            let star = pattern.star(specifier)?;
            let targets = pattern.targets.iter();
            let filled = targets.map(|target| match pattern.pattern.contains('*') {
                true => format!("/{}", target.replacen('*', star, 1)),
                false => format!("/{target}"),
            });
            Some(filled.collect::<Vec<_>>())
        });
        let mut candidates = matched.unwrap_or_default();
        let name = match specifier.split('/').collect::<Vec<_>>().as_slice() {
            [scope, name, ..] if scope.starts_with('@') => format!("{scope}/{name}"),
            [name, ..] => (*name).to_owned(),
            [] => String::new(),
        };
        if let Some(base) = &scope.base
            && !self.packages.contains(&name)
        {
            candidates.push(match base.is_empty() {
                true => format!("/{specifier}"),
                false => format!("/{base}/{specifier}"),
            });
        }
        candidates
    }

    /// An address from the page's root as a path from the tree's.
    pub fn rooted(&self, rest: &str) -> String {
        match self.root.is_empty() {
            true => format!("/{rest}"),
            false => format!("/{}/{rest}", self.root),
        }
    }

    /// The path, from the tree's root, of what is served as `/<name>` without being processed.
    pub fn public_file(&self, name: &str) -> Option<String> {
        Some(format!("/{}/{name}", self.public.as_deref()?))
    }

    /// The address of a file that is served without being processed.
    pub fn public_name<'a>(&self, path: &'a ModulePath) -> Option<&'a str> {
        let rest = path.as_str().strip_prefix(self.public.as_deref()?)?;
        rest.strip_prefix('/')
    }
}
