//! What an app's configuration says about names inside its packages: `resolve.alias` and `resolve.dedupe`.

use overskill_link::{Alias, Find, ResolveRules};
use overskill_packages::split_specifier;
use regex_lite::Regex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The rules as a request has them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PackageRules {
    /// `resolve.alias`: the first that matches is taken.
    pub aliases: Vec<PackageAlias>,
    /// `resolve.dedupe`: names that mean the app's own copy, wherever they are imported.
    pub dedupe: BTreeSet<String>,
}

/// One of `resolve.alias`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageAlias {
    /// What it looks for.
    pub find: FindName,
    /// What stands there instead.
    pub replacement: String,
}

/// What an alias looks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindName {
    /// The whole specifier, or its start up to a slash.
    Text(String),
    /// Whatever matches.
    Pattern(String),
}

impl PackageRules {
    /// Those of an app's rules that may be about what a package imports: no package imports `@/components`.
    pub fn of(rules: &ResolveRules, dedupe: &BTreeSet<String>) -> Self {
        let aliases = rules.aliases.iter().filter_map(|alias| {
            let find = match &alias.find {
                Find::Text(find) => {
                    let letters = find.bytes().any(|byte| byte.is_ascii_alphanumeric());
                    let named = find.starts_with("node:") || split_specifier(find).is_some();
                    let named = named && letters;
                    FindName::Text(named.then(|| find.clone())?)
                }
                Find::Pattern(pattern) => FindName::Pattern(pattern.as_str().to_owned()),
            };
            let replacement = alias.replacement.clone();
            Some(PackageAlias { find, replacement })
        });
        Self {
            aliases: aliases.collect(),
            dedupe: dedupe.clone(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.aliases.is_empty() && self.dedupe.is_empty()
    }

    /// The aliases, ready to be applied. A pattern that is none is left out; the app was told.
    pub(super) fn aliases(&self) -> ResolveRules {
        let aliases = self.aliases.iter().filter_map(|alias| {
            Some(Alias {
                find: match &alias.find {
                    FindName::Text(text) => Find::Text(text.clone()),
                    FindName::Pattern(source) => Find::Pattern(Regex::new(source).ok()?),
                },
                replacement: alias.replacement.clone(),
            })
        });
        ResolveRules {
            aliases: aliases.collect(),
            ..ResolveRules::default()
        }
    }
}
