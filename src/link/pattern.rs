//! Glob patterns over the paths of a tree, with the meaning that Vite's matcher (picomatch without extended globs)
//! gives them. Braces and groups are written out here, within bounds; one alternative is matched by `fast-glob`.

use fast_glob::glob_match;

/// How many patterns one with braces may stand for.
const ALTERNATIVES: usize = 512;
/// How long a pattern may be, in bytes.
const LENGTH: usize = 1024;

/// A pattern that stands for more than can be matched in bounded time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooComplex;

/// One pattern, from the tree's root.
#[derive(Debug, Clone)]
pub struct Pattern {
    alternatives: Vec<String>,
    ignore_case: bool,
    hidden: bool,
}

impl Pattern {
    /// Reads a pattern. `hidden` is whether wildcards match names that start with a dot.
    ///
    /// # Errors
    /// When it stands for too many patterns.
    pub fn parse(text: &str, ignore_case: bool, hidden: bool) -> Result<Self, TooComplex> {
        if text.len() > LENGTH {
            return Err(TooComplex);
        }
        let text = match ignore_case {
            true => text.to_lowercase(),
            false => text.to_owned(),
        };
        let mut alternatives = Vec::new();
        let mut waiting = vec![text];
        while let Some(text) = waiting.pop() {
            match group(&text) {
                Some(parts) => {
                    waiting.extend(parts.into_iter().rev());
                    if waiting.len() + alternatives.len() > ALTERNATIVES {
                        return Err(TooComplex);
                    }
                }
                None => alternatives.push(plain(&text)),
            }
        }
        Ok(Self {
            alternatives,
            ignore_case,
            hidden,
        })
    }

    /// How many matches it takes.
    pub(crate) fn weight(&self) -> usize {
        self.alternatives.len()
    }

    /// Whether `path` is meant.
    pub fn matches(&self, path: &str) -> bool {
        let lower;
        let path = match self.ignore_case {
            true => {
                lower = path.to_lowercase();
                &lower
            }
            false => path,
        };
        self.alternatives
            .iter()
            .any(|pattern| self.matches_one(pattern, path))
    }

    /// Name by name, as a wildcard must not stand for the dot that hides a name.
    fn matches_one(&self, pattern: &str, path: &str) -> bool {
        let names: Vec<&str> = path.split('/').collect();
        // Which names the pattern's parts so far may be followed by.
        let mut starts = vec![false; names.len() + 1];
        starts[0] = true;
        for part in pattern.split('/') {
            let mut next = vec![false; names.len() + 1];
            for at in 0..=names.len() {
                if part == "**" {
                    let before = at > 0 && next[at - 1] && self.shows("", names[at - 1]);
                    next[at] = starts[at] || before;
                } else if at > 0 && starts[at - 1] {
                    let name = names[at - 1];
                    next[at] = self.shows(part, name) && glob_match(part, name);
                }
            }
            starts = next;
        }
        starts[names.len()]
    }

    /// Whether a part of the pattern may stand for a name, as far as that is hidden.
    fn shows(&self, part: &str, name: &str) -> bool {
        self.hidden || !name.starts_with('.') || part.trim_start_matches('\\').starts_with('.')
    }
}

/// The text that all paths of a pattern start with, up to a `/`.
pub(crate) fn folder_of(pattern: &str) -> &str {
    let end = pattern.find(['*', '?', '[', '{', '(', '\\']);
    let start = &pattern[..end.unwrap_or(pattern.len())];
    &start[..start.rfind('/').map_or(0, |at| at + 1)]
}

/// A text as a pattern that means only it.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(
            character,
            '*' | '?' | '[' | ']' | '{' | '}' | '(' | ')' | '!' | '|' | '\\'
        ) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// What a pattern stands for by its first `{a,b}`, `{1..3}` or `(a|b)`; `None` when it has none.
fn group(text: &str) -> Option<Vec<String>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'[' => at = class_end(bytes, at).unwrap_or(at),
            open @ (b'{' | b'(') => {
                let separator = if open == b'{' { b',' } else { b'|' };
                if let Some((parts, end)) = parts(text, at, separator) {
                    let inner = &text[at + 1..end];
                    let parts: Vec<String> = match parts.len() {
                        1 if open == b'{' => match range(inner) {
                            Some(class) => vec![class],
                            // `{a}` is no choice.
                            None => vec![format!("\\{{{inner}\\}}")],
                        },
                        _ => parts.into_iter().map(str::to_owned).collect(),
                    };
                    let whole = parts.into_iter();
                    return Some(
                        whole
                            .map(|part| format!("{}{part}{}", &text[..at], &text[end + 1..]))
                            .collect(),
                    );
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The parts of the group that opens at `start`, and where it closes.
fn parts(text: &str, start: usize, separator: u8) -> Option<(Vec<&str>, usize)> {
    let bytes = text.as_bytes();
    let (open, close) = match bytes[start] {
        b'{' => (b'{', b'}'),
        _ => (b'(', b')'),
    };
    let mut found = Vec::new();
    let mut from = start + 1;
    let mut depth = 0;
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'[' => at = class_end(bytes, at).unwrap_or(at),
            byte if byte == open => depth += 1,
            byte if byte == close && depth == 0 => {
                found.push(&text[from..at]);
                return Some((found, at));
            }
            byte if byte == close => depth -= 1,
            byte if byte == separator && depth == 0 => {
                found.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// `1..3` as `[1-3]`.
fn range(inner: &str) -> Option<String> {
    let (from, to) = inner.split_once("..")?;
    let one = |text: &str| {
        let mut characters = text.chars();
        let first = characters.next().filter(char::is_ascii_alphanumeric)?;
        characters.next().is_none().then_some(first)
    };
    let (from, to) = (one(from)?, one(to)?);
    Some(format!("[{}-{}]", from.min(to), from.max(to)))
}

/// Where the class that opens at `start` closes.
fn class_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    if matches!(bytes.get(at), Some(b'!' | b'^')) {
        at += 1;
    }
    let first = at;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'/' => return None,
            b']' if at > first => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// A pattern without groups as `fast-glob` takes it: brackets and braces that open nothing are plain characters.
fn plain(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let mut end = at + character.len_utf8();
        match character {
            '\\' => match text[end..].chars().next() {
                Some(next) => {
                    end += next.len_utf8();
                    // It would read `\n` as a line break.
                    if next.is_ascii_punctuation() {
                        out.push('\\');
                    }
                    out.push(next);
                }
                None => out.push_str("\\\\"),
            },
            '[' => match class_end(bytes, at) {
                Some(close) => {
                    end = close + 1;
                    out.push_str(&text[at..end]);
                }
                None => out.push_str("\\["),
            },
            '{' | '}' => {
                out.push('\\');
                out.push(character);
            }
            '!' if at == 0 => out.push_str("\\!"),
            _ => out.push(character),
        }
        at = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_to_vite() {
        for (pattern, yes, no) in [
            (
                "src/*.ts",
                &["src/a.ts", "src/a.b.ts"][..],
                &["src/a/b.ts", "a.ts", "src/.a.ts", "src/a.tsx"][..],
            ),
            (
                "src/**/*.ts",
                &["src/a.ts", "src/a/b/c.ts"],
                &["src/.h/a.ts", "src/a/.b.ts"],
            ),
            ("src/**", &["src/a.ts", "src/a/b"], &["srcs/a", "src/.a"]),
            ("**/*.md", &["a.md", "x/y.md"], &["a.mdx"]),
            (
                "src/.*/*.ts",
                &["src/.h/a.ts"],
                &["src/h/a.ts", "src/.h/.a.ts"],
            ),
            (
                "src/{a,b/c}.{ts,tsx}",
                &["src/a.ts", "src/b/c.tsx"],
                &["src/b.ts", "src/c.ts"],
            ),
            ("src/{a,{b,c}}.ts", &["src/a.ts", "src/c.ts"], &["src/d.ts"]),
            (
                "src/{1..3}.ts",
                &["src/1.ts", "src/3.ts"],
                &["src/4.ts", "src/1..3.ts"],
            ),
            ("src/{a}.ts", &["src/{a}.ts"], &["src/a.ts"]),
            ("src/(a|b).ts", &["src/a.ts", "src/b.ts"], &["src/(a|b).ts"]),
            ("src/[ab]?.ts", &["src/ax.ts"], &["src/cx.ts", "src/a.ts"]),
            ("src/[!ab].ts", &["src/c.ts"], &["src/a.ts"]),
            ("src/\\[id\\]/*.ts", &["src/[id]/a.ts"], &["src/i/a.ts"]),
            ("src/[slug", &["src/[slug"], &["src/s"]),
            ("src/{a,b", &["src/{a,b"], &["src/a"]),
            ("src/a**.ts", &["src/ab.ts"], &["src/a/b.ts"]),
        ] {
            let parsed = Pattern::parse(pattern, false, false).unwrap();
            for path in yes {
                assert!(parsed.matches(path), "{pattern} {path}");
            }
            for path in no {
                assert!(!parsed.matches(path), "{pattern} {path}");
            }
        }
        assert!(
            Pattern::parse("SRC/*", true, true)
                .unwrap()
                .matches("src/.A")
        );
    }

    #[test]
    fn bombs_are_refused_and_stars_are_bounded() {
        assert!(Pattern::parse(&"{a,b}".repeat(30), false, false).is_err());
        assert!(Pattern::parse(&"{".repeat(1000), false, false).is_ok());
        assert!(Pattern::parse(&"x".repeat(5000), false, false).is_err());
        let stars = Pattern::parse(&("**/".repeat(300) + "b"), false, false).unwrap();
        assert!(!stars.matches(&("a/".repeat(500) + "c")));
        let stars = Pattern::parse(&"*a".repeat(300), false, false).unwrap();
        assert!(!stars.matches(&("a".repeat(1000) + "b")));
        assert_eq!(folder_of("src/pages/*.ts"), "src/pages/");
        assert_eq!(folder_of("src/a[b"), "src/");
        assert!(
            Pattern::parse(&escaped("a[b]{c,d}*"), false, false)
                .unwrap()
                .matches("a[b]{c,d}*")
        );
    }
}
