//! What `package.json` writes next to a dependency's name.

use crate::{LockedPackage, valid_name};
use node_semver::{Range, Version};

/// Longer ranges are nobody's; npm itself stops at 256.
const LONGEST: usize = 512;

/// Which versions are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// Any, the registry's `latest` first.
    Any,
    /// Those in a range.
    Range(Range),
    /// The one under a dist-tag.
    Tag(String),
}

/// A dependency as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// The package's own name: another than the dependency's for `npm:name@range`.
    pub name: String,
    /// Which versions.
    pub want: Want,
}

/// A dependency that no registry holds: `file:`, `workspace:`, `git+ssh:` and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnsupportedSpec;

impl Spec {
    /// Reads the dependency `local`, written as `text`.
    pub fn parse(local: &str, text: &str) -> Result<Self, UnsupportedSpec> {
        let text = text.trim();
        let (name, text) = match text.strip_prefix("npm:") {
            None => (local, text),
            Some(alias) => match alias.rfind('@').filter(|at| *at > 0) {
                Some(at) => (&alias[..at], alias[at + 1..].trim()),
                None => (alias, "*"),
            },
        };
        if !valid_name(name) || text.len() > LONGEST {
            return Err(UnsupportedSpec);
        }
        Ok(Self {
            name: name.to_owned(),
            want: want(text).ok_or(UnsupportedSpec)?,
        })
    }
}

impl Spec {
    /// Whether a package may be what is asked for; what a tag stands for today isn't known here.
    pub(crate) fn admits(&self, package: &LockedPackage) -> bool {
        let fits = match &self.want {
            Want::Any | Want::Tag(_) => true,
            range => Version::parse(&package.version).is_ok_and(|version| range.allows(&version)),
        };
        fits && self.name == package.name
    }
}

impl Want {
    /// Whether a version is in the range; a tag has no range.
    pub fn allows(&self, version: &Version) -> bool {
        match self {
            Self::Any => !version.is_prerelease(),
            Self::Range(range) => range.satisfies(version),
            Self::Tag(_) => false,
        }
    }
}

fn want(text: &str) -> Option<Want> {
    if matches!(text, "" | "*" | "x" | "X") {
        return Some(Want::Any);
    }
    if let Ok(range) = Range::parse(at_most(text)) {
        return Some(Want::Range(range));
    }
    let tag = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    tag.then(|| Want::Tag(text.to_owned()))
}

/// `<=1` and `<=1.2.x` mean "up to the end of that line", which the range parser doesn't know.
fn at_most(text: &str) -> String {
    let joined = text.replace("<= ", "<=");
    let tokens = joined.split(' ').map(|token| {
        let bounded = token.strip_prefix("<=").and_then(|version| {
            let parts: Vec<&str> = version
                .trim_start_matches('v')
                .split('.')
                .take_while(|part| !matches!(*part, "x" | "X" | "*"))
                .collect();
            let numbers: Vec<u64> = parts.iter().map_while(|part| part.parse().ok()).collect();
            match (numbers.len() == parts.len(), numbers.as_slice()) {
                (true, [major]) => Some(format!("<{}.0.0-0", major.checked_add(1)?)),
                (true, [major, minor]) => Some(format!("<{major}.{}.0-0", minor.checked_add(1)?)),
                _ => None,
            }
        });
        bounded.unwrap_or_else(|| token.to_owned())
    });
    tokens.collect::<Vec<_>>().join(" ")
}
