//! Which Tailwind an app is written for.

use std::collections::BTreeMap;

/// What only Tailwind understands, in a sheet of either version.
const MARKS: [&str; 13] = [
    "@tailwind",
    "@apply",
    "@reference",
    "@theme",
    "@config",
    "@plugin",
    "@source",
    "@utility",
    "@variant",
    "@custom-variant",
    "@screen",
    "theme(",
    "--alpha(",
];
/// Packages that only version 4 has.
const OF_4: [&str; 3] = [
    "@tailwindcss/vite",
    "@tailwindcss/postcss",
    "@tailwindcss/cli",
];

/// The versions that are built in.
pub(super) const BUILT_IN: [&str; 2] = ["3.4.19", "4.3.5"];

fn same_minor(left: &str, right: &str) -> bool {
    let minor = |version: &str| {
        let mut parts = version.split('.').map(str::to_owned);
        (parts.next(), parts.next())
    };
    minor(left) == minor(right)
}

/// What an app's own files say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Declared {
    /// Whether it has Tailwind at all.
    pub present: bool,
    /// The major version that it asks for.
    pub major: Option<u8>,
    /// The version that it is pinned to, where that isn't the one that is built in.
    pub other: Option<String>,
}

impl Declared {
    /// Reads the dependencies, and `package-lock.json` where they leave it open.
    pub fn read(dependencies: &BTreeMap<String, String>, lock: Option<&str>) -> Self {
        let new = OF_4.iter().any(|name| dependencies.contains_key(*name));
        let range = dependencies.get("tailwindcss");
        let locked = || {
            let lock: serde_json::Value = serde_json::from_str(lock?).ok()?;
            let found = lock.pointer("/packages/node_modules~1tailwindcss/version")?;
            Some(found.as_str()?.to_owned())
        };
        let pinned = range.filter(|range| {
            range
                .split('.')
                .filter(|it| it.parse::<u32>().is_ok())
                .count()
                == 3
        });
        let exact = pinned
            .cloned()
            .or_else(|| locked().filter(|_| range.is_some()));
        let asked = range.and_then(|range| major(range).or_else(|| major(&locked()?)));
        Self {
            present: new || range.is_some(),
            major: match new {
                true => Some(4),
                // A range that names no version, such as `latest`.
                false => asked.or(range.map(|_| 4)),
            },
            other: exact.filter(|version| !BUILT_IN.iter().any(|known| same_minor(known, version))),
        }
    }

    /// The version for a sheet and those that it imports; `None` when they have nothing of Tailwind's.
    pub fn version(&self, texts: &mut dyn Iterator<Item = &str>) -> Option<u8> {
        let mut marked = false;
        let mut found = self.major;
        for text in texts {
            let imports = imports_tailwind(text);
            // For version 3 every sheet is one of Tailwind's, and `@layer` means something else in it.
            let layer = self.major == Some(3) && text.contains("@layer");
            marked |= imports || layer || MARKS.iter().any(|mark| text.contains(mark));
            marked |= self.major == Some(4) && text.contains("--spacing(");
            found = found.or(match () {
                () if text.contains("@tailwind base") => Some(3),
                () if imports => Some(4),
                () => None,
            });
        }
        let found = found.or(self.present.then_some(3));
        found.filter(|_| marked)
    }
}

fn imports_tailwind(text: &str) -> bool {
    text.match_indices("@import").any(|(at, mark)| {
        let rest = text[at + mark.len()..].trim_start();
        let rest = rest.strip_prefix("url(").unwrap_or(rest);
        rest.trim_start_matches(['"', '\''])
            .starts_with("tailwindcss")
    })
}

/// The major version that a range starts with.
fn major(range: &str) -> Option<u8> {
    let version = range.rsplit_once('@').map_or(range, |(_, version)| version);
    if version.starts_with('>') && !version.contains('<') {
        return None;
    }
    let digits = version.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits.find(|c: char| !c.is_ascii_digit());
    match digits[..end.unwrap_or(digits.len())].parse() {
        Ok(major @ 0..=3) => Some(if major == 0 { 3 } else { 3.max(major) }),
        Ok(_) => Some(4),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(dependencies: &[(&str, &str)]) -> Declared {
        let all = dependencies
            .iter()
            .map(|(a, b)| (a.to_string(), b.to_string()));
        Declared::read(&all.collect(), None)
    }

    #[test]
    fn the_range_says_which() {
        for (range, major) in [
            ("^3.4.1", 3),
            ("~4.1", 4),
            ("4", 4),
            (">=3.3 <4", 3),
            ("latest", 4),
            ("npm:tailwindcss@3.4.19", 3),
            ("2.x", 3),
        ] {
            assert_eq!(
                declared(&[("tailwindcss", range)]).major,
                Some(major),
                "{range}"
            );
        }
        let plugin = declared(&[("@tailwindcss/vite", "^4"), ("tailwindcss", "^3")]);
        assert_eq!(plugin.major, Some(4));
    }

    #[test]
    fn what_is_built_in_is_what_is_installed() {
        let installed = include_str!("../../../../package.json");
        for version in BUILT_IN {
            assert!(
                installed.contains(&format!("tailwindcss@{version}"))
                    || installed.contains(&format!("\"tailwindcss\": \"{version}\"")),
                "{version}"
            );
        }
    }

    #[test]
    fn another_minor_version_is_noticed() {
        for (range, other) in [
            ("3.4.1", None),
            ("3.3.2", Some("3.3.2")),
            ("^3.3.2", None),
            ("4.0.1", Some("4.0.1")),
        ] {
            assert_eq!(
                declared(&[("tailwindcss", range)]).other.as_deref(),
                other,
                "{range}"
            );
        }
    }

    #[test]
    fn otherwise_the_sheet_does() {
        let none = Declared::default();
        let of = |text: &str| none.version(&mut [text].into_iter());
        assert_eq!(of("@tailwind base;"), Some(3));
        assert_eq!(of("@import 'tailwindcss';"), Some(4));
        assert_eq!(of("@layer a { b { color: red } }"), None);
        assert_eq!(of("b { color: red }"), None);
        let three = declared(&[("tailwindcss", "3")]);
        assert_eq!(
            three.version(&mut ["a{}", "@layer base{}"].into_iter()),
            Some(3)
        );
        assert_eq!(three.version(&mut ["a{}"].into_iter()), None);
    }
}
