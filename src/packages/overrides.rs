//! What an app's `package.json` says of its packages' own dependencies: npm's `overrides`, pnpm's, and the `resolutions`
//! of Yarn and Bun.

use crate::{json::Json, yaml};
use node_semver::{Range, Version};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// More rules are nobody's.
const RULES: usize = 1000;
/// How deep npm's rules may be nested.
const DEPTH: usize = 16;

/// A package, in some of its versions or in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Selector {
    name: String,
    range: Option<String>,
}

/// What stands for a dependency instead of the range that its user wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Rule {
    /// Below which packages it holds, outermost first.
    within: Vec<Selector>,
    /// Whether only the last of `within`'s own dependencies count, not theirs.
    direct: bool,
    target: Selector,
    /// A range; `None` takes the dependency away.
    to: Option<String>,
}

/// All rules of an app.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Overrides {
    rules: Vec<Rule>,
}

/// How much of each rule's `within` is above a package: rule to count.
pub(crate) type Context = BTreeMap<usize, usize>;

/// What becomes of a dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Instead<'a> {
    /// Nothing is said of it.
    AsWritten,
    Range(&'a str),
    Removed,
}

impl Overrides {
    /// Reads them from `package.json` and, for pnpm, `pnpm-workspace.yaml`. `declared` is what `$name` refers to.
    pub fn read(
        package_json: &str,
        workspace: Option<&str>,
        declared: &BTreeMap<String, String>,
    ) -> Self {
        let json = Json::parse(package_json).unwrap_or_default();
        let workspace = workspace.and_then(|text| yaml::parse(text).ok());
        let mut reader = Reader {
            declared,
            rules: Vec::new(),
        };
        let resolutions = json.get("resolutions");
        for (key, value) in resolutions.map(Json::entries).unwrap_or_default() {
            reader.resolution(key, value);
        }
        if let Some(overrides) = json.get("overrides") {
            reader.npm(overrides, &[], DEPTH);
        }
        let pnpm = json.get("pnpm").and_then(|pnpm| pnpm.get("overrides"));
        let in_workspace = workspace.as_ref().and_then(|at| at.get("overrides"));
        for overrides in [pnpm, in_workspace].into_iter().flatten() {
            for (key, value) in overrides.entries() {
                reader.pnpm(key, value);
            }
        }
        reader.rules.truncate(RULES);
        // The most specific rule decides; of equal ones, the last.
        reader.rules.sort_by_key(|rule| rule.within.len());
        Self {
            rules: reader.rules,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What `from` (name and version; nobody for the app) gets for its dependency `name`, written as `range`.
    pub(crate) fn instead(
        &self,
        from: Option<(&str, &str)>,
        context: Option<&Context>,
        name: &str,
        range: &str,
    ) -> Instead<'_> {
        let mut rules = self.rules.iter().enumerate().rev();
        let rule = rules.find(|(at, rule)| {
            let inside = match (rule.direct, rule.within.last(), from) {
                (_, None, _) => true,
                (true, Some(parent), Some(from)) => parent.is(from),
                (true, Some(_), None) => false,
                (false, Some(_), _) => {
                    context.and_then(|depths| depths.get(at)).copied() == Some(rule.within.len())
                }
            };
            inside && rule.target.asked(name, range)
        });
        match rule {
            None => Instead::AsWritten,
            Some((
                _,
                Rule {
                    to: Some(range), ..
                },
            )) => Instead::Range(range),
            Some(_) => Instead::Removed,
        }
    }

    /// Whether a package's context matters at all.
    pub(crate) fn nested(&self) -> bool {
        self.rules
            .iter()
            .any(|rule| !rule.direct && !rule.within.is_empty())
    }

    /// The context of a package's own dependencies, from that of the package that depends on it.
    pub(crate) fn below(&self, above: &Context, package: (&str, &str)) -> Context {
        let nested = self.rules.iter().enumerate();
        nested
            .filter(|(_, rule)| !rule.direct && !rule.within.is_empty())
            .filter_map(|(at, rule)| {
                let depth = above.get(&at).copied().unwrap_or_default();
                let deeper = rule.within.get(depth).is_some_and(|next| next.is(package));
                let depth = depth + usize::from(deeper);
                (depth > 0).then_some((at, depth))
            })
            .collect()
    }
}

impl Selector {
    /// `name` or `name@range`.
    fn read(text: &str) -> Self {
        match text.rfind('@').filter(|at| *at > 0) {
            Some(at) => {
                let range = text[at + 1..].trim().trim_start_matches("npm:");
                Self {
                    name: text[..at].trim().to_owned(),
                    range: (!matches!(range, "" | "*")).then(|| range.to_owned()),
                }
            }
            None => Self {
                name: text.trim().to_owned(),
                range: None,
            },
        }
    }

    fn is(&self, (name, version): (&str, &str)) -> bool {
        let fits = |range: &String| {
            let range = Range::parse(range).ok();
            let version = Version::parse(version).ok();
            range
                .zip(version)
                .is_some_and(|(range, version)| range.satisfies(&version))
        };
        self.name == name && self.range.as_ref().is_none_or(fits)
    }

    fn asked(&self, name: &str, range: &str) -> bool {
        let meets = |own: &String| {
            match (Range::parse(own), Range::parse(range)) {
                (Ok(own), Ok(asked)) => own.allows_any(&asked),
                // A tag is only itself.
                _ => range.trim() == own.trim(),
            }
        };
        self.name == name && self.range.as_ref().is_none_or(meets)
    }
}

struct Reader<'a> {
    declared: &'a BTreeMap<String, String>,
    rules: Vec<Rule>,
}

impl Reader<'_> {
    /// npm's: a map of selectors to ranges, or to maps that hold below; `.` is the package itself.
    fn npm(&mut self, map: &Json, within: &[Selector], left: usize) {
        for (key, value) in map.entries() {
            if self.rules.len() >= RULES || left == 0 {
                return;
            }
            match value {
                Json::Text(_) if key == "." => {
                    if let Some((target, above)) = within.split_last() {
                        self.add(above.to_vec(), false, target.clone(), value);
                    }
                }
                Json::Text(_) => self.add(within.to_vec(), false, Selector::read(key), value),
                Json::Map(_) => {
                    let inner = [within, &[Selector::read(key)]].concat();
                    self.npm(value, &inner, left - 1);
                }
                _ => {}
            }
        }
    }

    /// pnpm's: `name`, `name@range`, `parent>name`.
    fn pnpm(&mut self, key: &str, value: &Json) {
        // A range may start with `>` itself, but then something stands before it.
        let parts = key.match_indices('>').find(|(at, _)| {
            let next = key[at + 1..].chars().next();
            *at > 0
                && !key[..*at].ends_with(['@', ' ', '|'])
                && next.is_some_and(|next| next == '@' || next.is_ascii_alphabetic())
        });
        match parts {
            Some((at, _)) => {
                let parent = Selector::read(&key[..at]);
                self.add(vec![parent], true, Selector::read(&key[at + 1..]), value);
            }
            None => self.add(Vec::new(), false, Selector::read(key), value),
        }
    }

    /// Yarn's: `name`, `**/name`, `parent/name`, `parent/**/name`.
    fn resolution(&mut self, key: &str, value: &Json) {
        let mut names: Vec<String> = Vec::new();
        let mut direct = true;
        let mut inside_scope = false;
        for part in key.split('/') {
            match names.last_mut() {
                Some(scope) if inside_scope => {
                    scope.push('/');
                    scope.push_str(part);
                    inside_scope = false;
                }
                _ if part == "**" => direct = false,
                _ => {
                    inside_scope = part.starts_with('@');
                    names.push(part.to_owned());
                }
            }
        }
        let Some(target) = names.pop() else { return };
        let within: Vec<Selector> = names.iter().map(|name| Selector::read(name)).collect();
        let direct = direct && within.len() == 1;
        self.add(within, direct, Selector::read(&target), value);
    }

    fn add(&mut self, within: Vec<Selector>, direct: bool, target: Selector, to: &Json) {
        let Some(text) = to.text() else { return };
        let to = match text.trim() {
            "-" => None,
            text => Some(match text.strip_prefix('$') {
                Some(name) => match self.declared.get(name) {
                    Some(range) => range.clone(),
                    None => return,
                },
                None => text.to_owned(),
            }),
        };
        self.rules.push(Rule {
            within,
            direct,
            target,
            to,
        });
    }
}
