//! `exports` and `imports`: subpaths and conditions, as Node defines them.

use crate::json::Json;

/// In what way a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asked {
    /// By `import`.
    Import,
    /// By `require`.
    Require,
    /// By CSS `@import`.
    Style,
    /// By a rule of Sass.
    Sass,
}

/// Which conditions hold: Vite's, while developing or for production.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conditions {
    pub asked: Asked,
    pub production: bool,
    /// Wrangler's, for code that runs in a Worker: browsers' hold there, too.
    pub server: bool,
}

impl Conditions {
    fn holds(self, condition: &str) -> bool {
        match condition {
            "default" | "browser" => true,
            "workerd" | "worker" => self.server,
            "development" => !self.production,
            "production" => self.production,
            "import" | "module" => self.asked != Asked::Require,
            "require" => self.asked == Asked::Require,
            "style" => matches!(self.asked, Asked::Style | Asked::Sass),
            "sass" => self.asked == Asked::Sass,
            _ => false,
        }
    }
}

/// What a field says of a subpath.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// This, with patterns filled in.
    Target(String),
    /// `null`, or no condition that holds: it isn't to be had.
    Nothing,
}

/// Looks `subpath` (`.`, `./x`) up in `exports`.
pub(crate) fn exported(exports: &Json, subpath: &str, on: Conditions) -> Found {
    let by_subpath = exports
        .entries()
        .iter()
        .any(|(key, _)| key.starts_with('.'));
    if by_subpath {
        return matched(exports, subpath, on);
    }
    match subpath {
        "." => chosen(exports, None, on).unwrap_or(Found::Nothing),
        _ => Found::Nothing,
    }
}

/// Looks a key up in a map whose keys may be patterns.
pub(crate) fn matched(map: &Json, key: &str, on: Conditions) -> Found {
    if !key.contains('*')
        && !key.ends_with('/')
        && let Some(target) = map.get(key)
    {
        return chosen(target, None, on).unwrap_or(Found::Nothing);
    }
    let mut best: Option<(&str, &Json, &str)> = None;
    for (pattern, target) in map.entries() {
        // A key that ends with a slash is the old way to write `key*`.
        let (base, trailer) = match pattern.split_once('*') {
            Some(parts) => parts,
            None if pattern.ends_with('/') => (pattern.as_str(), ""),
            None => continue,
        };
        let Some(middle) = key
            .strip_prefix(base)
            .filter(|rest| rest.len() > trailer.len())
            .and_then(|rest| rest.strip_suffix(trailer))
        else {
            continue;
        };
        // The longest base is the most specific; then the longest pattern.
        let rank = |pattern: &str| (pattern.find('*').unwrap_or(pattern.len()), pattern.len());
        if best.is_none_or(|(known, ..)| rank(known) < rank(pattern)) {
            best = Some((pattern, target, middle));
        }
    }
    let found = best.and_then(|(_, target, middle)| chosen(target, Some(middle), on));
    found.unwrap_or(Found::Nothing)
}

/// `None` where no condition holds, so that an outer one may go on.
fn chosen(target: &Json, middle: Option<&str>, on: Conditions) -> Option<Found> {
    match target {
        Json::Text(text) => Some(Found::Target(match middle {
            Some(middle) if text.ends_with('/') => format!("{text}{middle}"),
            Some(middle) => text.replace('*', middle),
            None => text.clone(),
        })),
        Json::Null => Some(Found::Nothing),
        Json::Map(entries) => entries
            .iter()
            .filter(|(condition, _)| on.holds(condition))
            .find_map(|(_, target)| chosen(target, middle, on)),
        Json::List(targets) => {
            let mut results = targets.iter().filter_map(|at| chosen(at, middle, on));
            let first = results.find(|found| matches!(found, Found::Target(_)));
            first.or((!targets.is_empty()).then_some(Found::Nothing))
        }
        Json::Bool(_) | Json::Number => None,
    }
}

/// The subpaths that can be asked for, as written.
pub(crate) fn listed(exports: &Json) -> Vec<String> {
    let keys = exports.entries().iter().map(|(key, _)| key);
    let subpaths: Vec<String> = keys.filter(|key| key.starts_with('.')).cloned().collect();
    match subpaths.is_empty() {
        true => vec![".".to_owned()],
        false => subpaths,
    }
}
