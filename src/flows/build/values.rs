//! `@value` in CSS modules, as postcss-modules has it: names of the sheet's own or of other sheets, replaced wherever
//! they stand, and told to the compiler as the exports that they are.

use super::{Source, sass::is_sass};
use crate::settings::Settings;
use overskill_diagnostics::{Diagnostic, LineIndex, Span};
use overskill_model::ModulePath;
use std::collections::{BTreeMap, BTreeSet};

/// How deep sheets may take values from each other, and how long one may become, in bytes.
const DEPTH: usize = 32;
const LENGTH: usize = 4 << 20;

/// A sheet whose values are in their places.
pub(super) struct Valued {
    pub text: String,
    pub diagnostics: Vec<Diagnostic>,
}

/// The values of a sheet, by name.
type Values = BTreeMap<String, String>;

/// What `@value` says.
enum Rule<'a> {
    /// A name and what it stands for.
    Own(&'a str, &'a str),
    /// Names of another sheet, each with the name that it has here, and where that sheet is.
    Taken(Vec<(&'a str, &'a str)>, &'a str),
    Invalid,
}

/// Replaces the values of a CSS module; `None` where it has none.
pub(super) fn replaced(
    source: &Source<'_>,
    settings: &Settings,
    path: &ModulePath,
    text: &str,
) -> Option<Valued> {
    if !text.contains("@value") {
        return None;
    }
    let mut reading = Reading {
        source,
        settings,
        diagnostics: Vec::new(),
        open: BTreeSet::new(),
    };
    let values = reading.values(path, text);
    let mut out = String::new();
    if !values.is_empty() {
        out.push_str(":export{");
        for (name, value) in &values {
            out.push_str(&format!("{name}:{value};"));
        }
        out.push('}');
    }
    out.push_str(&substituted(text, &values));
    Some(Valued {
        text: out,
        diagnostics: reading.diagnostics,
    })
}

struct Reading<'a> {
    source: &'a Source<'a>,
    settings: &'a Settings,
    diagnostics: Vec<Diagnostic>,
    /// The sheets that are being read: those that take values from each other in a circle get none.
    open: BTreeSet<ModulePath>,
}

impl Reading<'_> {
    fn values(&mut self, path: &ModulePath, text: &str) -> Values {
        let mut values = Values::new();
        if self.open.len() >= DEPTH || !self.open.insert(path.clone()) {
            return values;
        }
        for statement in statements(text) {
            let Some((start, end)) = statement.value else {
                continue;
            };
            match rule(&text[start..end]) {
                Rule::Own(name, value) => {
                    let value = words(value, &values);
                    values.insert(name.to_owned(), value);
                }
                Rule::Taken(names, place) => {
                    let place = values.get(place).map_or(place, String::as_str);
                    let place = place.trim_matches(['"', '\'']).to_owned();
                    let span = Span {
                        start: start as u32,
                        end: end as u32,
                    };
                    self.take(path, text, &place, &names, span, &mut values);
                }
                Rule::Invalid => {
                    let span = Span {
                        start: start as u32,
                        end: end as u32,
                    };
                    let warning =
                        Diagnostic::warning("css-modules-value", "This `@value` says nothing.");
                    self.tell(
                        path,
                        text,
                        span,
                        warning.hint("Write `@value name: value;`."),
                    );
                }
            }
        }
        self.open.remove(path);
        values
    }

    fn take(
        &mut self,
        path: &ModulePath,
        text: &str,
        place: &str,
        names: &[(&str, &str)],
        span: Span,
        values: &mut Values,
    ) {
        let found = self.file(path, place).and_then(|file| {
            let text = self.source.text(&file)?;
            Some((file, text))
        });
        let Some((file, other)) = found.filter(|(file, _)| !is_sass(file)) else {
            let message = format!("Cannot find `{place}`, which `@value` takes names from.");
            let error = Diagnostic::error("unresolved-import", message);
            self.tell(
                path,
                text,
                span,
                error.hint("Add the sheet, or correct the path."),
            );
            return;
        };
        let theirs = self.values(&file, &other);
        for (theirs_name, own_name) in names {
            match theirs.get(*theirs_name) {
                Some(value) => {
                    values.insert((*own_name).to_owned(), value.clone());
                }
                None => {
                    let message = format!("`{file}` has no value `{theirs_name}`.");
                    let warning = Diagnostic::warning("css-modules-value", message);
                    self.tell(
                        path,
                        text,
                        span,
                        warning.hint("Correct the name, or add the value."),
                    );
                }
            }
        }
    }

    fn file(&self, from: &ModulePath, place: &str) -> Option<ModulePath> {
        let rules = &self.settings.rules;
        let beside = (!place.starts_with('/')).then(|| format!("./{place}"));
        let rooted = place.strip_prefix('/').map(|rest| rules.rooted(rest));
        let aliased = rules.aliased(place).filter(|place| place.starts_with('/'));
        let places = [beside, rooted, aliased];
        let all = places
            .into_iter()
            .flatten()
            .chain(rules.mapped(from, place));
        let mut all = all.filter_map(|place| from.join(&place));
        all.find(|file| self.source.files.contains_key(file))
    }

    fn tell(&mut self, path: &ModulePath, text: &str, span: Span, diagnostic: Diagnostic) {
        // A text that was made of another one has no places that its author knows.
        let told = match self.source.text(path) {
            Some(own) if own == text => diagnostic.at(path, &LineIndex::new(text), span),
            _ => diagnostic.in_file(path),
        };
        self.diagnostics.push(told);
    }
}

/// Reads what stands behind `@value`.
fn rule(text: &str) -> Rule<'_> {
    let text = text.trim();
    if let Some((names, place)) = text.rsplit_once(" from ")
        && !place.trim().contains(char::is_whitespace)
        && !names.contains(':')
    {
        let names = names.trim().trim_start_matches('(').trim_end_matches(')');
        let names = names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        let names = names.map(|name| match name.split_once(" as ") {
            Some((theirs, own)) => (theirs.trim(), own.trim()),
            None => (name, name),
        });
        return Rule::Taken(names.collect(), place.trim());
    }
    let end = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let value = rest.strip_prefix(':').unwrap_or(rest).trim();
    match name.is_empty() || value.is_empty() {
        true => Rule::Invalid,
        false => Rule::Own(name, value),
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

/// A piece of a sheet: from its start to a `;`, `{` or `}`, which is its last byte.
struct Statement {
    start: usize,
    end: usize,
    /// What stands behind `@value`, where it is one.
    value: Option<(usize, usize)>,
}

/// The pieces of a sheet, in order: between them nothing is left out.
fn statements(text: &str) -> Vec<Statement> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut brackets = 0usize;
    while at < bytes.len() {
        match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = text[at + 2..]
                    .find("*/")
                    .map_or(bytes.len(), |end| at + 2 + end + 2);
                continue;
            }
            quote @ (b'"' | b'\'') => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'\\' => at += 1,
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets = brackets.saturating_sub(1),
            b';' | b'{' | b'}' if brackets == 0 || bytes[at] == b'}' => {
                brackets = 0;
                found.push(statement(text, start, at + 1));
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    if start < text.len() {
        found.push(statement(text, start, text.len()));
    }
    found
}

fn statement(text: &str, start: usize, end: usize) -> Statement {
    let begin = start + blank(&text[start..end]);
    let value = text[begin..end].strip_prefix("@value").and_then(|rest| {
        let from = end - rest.len();
        let to = end - usize::from(rest.ends_with([';', '}']));
        (rest.starts_with(char::is_whitespace) && !rest.ends_with('{')).then_some((from, to))
    });
    Statement { start, end, value }
}

/// How much white space and comments a text starts with.
fn blank(text: &str) -> usize {
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        match rest
            .strip_prefix("/*")
            .and_then(|comment| comment.find("*/"))
        {
            Some(end) => rest = &rest[end + 4..],
            None => return text.len() - rest.len(),
        }
    }
}

/// The sheet without its `@value`s, and with the values in the places of their names.
fn substituted(text: &str, values: &Values) -> String {
    let mut out = String::with_capacity(text.len());
    for Statement { start, end, value } in statements(text) {
        let piece = &text[start..end];
        if value.is_some() {
            // What closes the block around it stays.
            out.push_str(if piece.ends_with('}') { "}" } else { "" });
            continue;
        }
        let begin = blank(piece);
        let (before, own) = piece.split_at(begin);
        out.push_str(before);
        let named = match own.strip_prefix('@') {
            Some(rest) => 1 + rest.find(|c: char| !is_word(c)).unwrap_or(rest.len()),
            // Of a declaration, what stands behind the colon.
            None if !own.ends_with('{') => own.find(':').map_or(0, |at| at + 1),
            None => 0,
        };
        out.push_str(&own[..named]);
        if out.len() < LENGTH {
            out.push_str(&words(&own[named..], values));
        }
    }
    out
}

/// A text with values in the places of their names.
fn words(text: &str, values: &Values) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_word) {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let end = tail.find(|c: char| !is_word(c)).unwrap_or(tail.len());
        let word = &tail[..end];
        // `$name` is another word.
        let value = values.get(word).filter(|_| !before.ends_with('$'));
        out.push_str(value.map_or(word, String::as_str));
        rest = &tail[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{settings::Purpose, tree::Files};
    use overskill_model::ContentHash;
    use overskill_protocol::FileInfo;

    fn outcome(sheets: &[(&str, &str)]) -> (String, Vec<(String, Option<u32>)>) {
        let path = |name: &str| ModulePath::parse(name, &Default::default()).unwrap();
        let mut files = Files::new();
        let mut contents = BTreeMap::new();
        for (name, text) in sheets {
            let hash = ContentHash::of(text.as_bytes());
            contents.insert(hash, text.as_bytes().to_vec());
            let size = text.len() as u64;
            files.insert(path(name), FileInfo { hash, size });
        }
        let read = |hash: &ContentHash| contents.get(hash).cloned();
        let source = Source::new(&files, &read);
        let none = BTreeMap::new();
        let settings = Settings::read(&files, &|_| None, None, &none, Purpose::Preview);
        let (name, text) = sheets[0];
        let valued = replaced(&source, &settings, &path(name), text).unwrap();
        let told = valued.diagnostics.into_iter();
        (valued.text, told.map(|at| (at.code, at.line)).collect())
    }

    #[test]
    fn values_stand_where_their_names_stood() {
        let (text, told) = outcome(&[
            (
                "a.module.css",
                "/* x */ @value ink: #123; @value edge: 1px solid ink;\n@value wide, low as small from \"./b.css\"; @value from-b: './b.css'; @value (low) from from-b;\n\
                 .ink, .k { ink: ink; border: edge; --x: $ink inky \"ink\" } @media wide { .low:hover { top: small } } .d { color: ink; @value odd: 1 }",
            ),
            (
                "b.css",
                "@value base: 2px; @value low: base; @value wide: (min-width: 600px);",
            ),
        ]);
        assert_eq!(told, []);
        assert_eq!(
            text,
            ":export{edge:1px solid #123;from-b:'./b.css';ink:#123;low:2px;odd:1;small:2px;wide:(min-width: 600px);}\n\
             .#123, .k { ink: #123; border: 1px solid #123; --x: $ink inky \"#123\" } @media (min-width: 600px) { .2px:hover { top: 2px } } .d { color: #123;}"
                .replace(";}\n", ";}    \n")
                .replacen("    \n", "\n", 1)
        );
    }

    #[test]
    fn what_is_not_there_is_told() {
        let (_, told) = outcome(&[
            (
                "a.css",
                "@value x from './no.css';\n@value y from './b.css';\n@value z:;",
            ),
            ("b.css", "@value q from './a.css';"),
        ]);
        let codes: Vec<(&str, Option<u32>)> = told
            .iter()
            .map(|(code, line)| (code.as_str(), *line))
            .collect();
        assert_eq!(
            codes,
            [
                ("unresolved-import", Some(1)),
                ("css-modules-value", Some(1)),
                ("css-modules-value", Some(2)),
                ("css-modules-value", Some(3)),
            ]
        );
    }
}
