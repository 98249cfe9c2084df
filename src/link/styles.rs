//! Style sheets as they reach the page: each with what it imports in its place, as Vite's are.

use crate::{
    app::PackageTarget,
    draft::string,
    graph::{App, Edge, Graph, Node},
};
use overskill_model::ModulePath;
use overskill_module::DependencyKind;
use std::collections::{BTreeMap, BTreeSet};

/// How many sheets one may be made of, each counted as often as conditions differ.
const SHEETS: usize = 10_000;
/// How deep imports may nest.
const DEPTH: usize = 100;
/// How long the result may be, in bytes.
const LENGTH: usize = 32 << 20;

/// The whole text of a style sheet that the page links, imports in place. `None` when it isn't one that was walked.
pub fn stylesheet(
    app: &App<'_>,
    graph: &Graph,
    packages: &BTreeMap<String, PackageTarget>,
    path: &ModulePath,
) -> Option<String> {
    let id = format!("/{path}");
    let node = graph.nodes.get(&id)?;
    app.modules.get(&node.path)?.css.as_ref()?;
    Some(flattened(app, graph, packages, &id))
}

enum Step {
    /// A sheet by id, under conditions, so deep.
    Sheet(String, String, usize),
    Text(String),
}

/// The text of the sheet with this id, and of those that it imports, each once for its conditions. What would grow past
/// all bounds is cut.
pub(crate) fn flattened(
    app: &App<'_>,
    graph: &Graph,
    packages: &BTreeMap<String, PackageTarget>,
    id: &str,
) -> String {
    // Imports of other origins are only valid ahead of all rules.
    let mut ahead = String::new();
    let mut text = String::new();
    let mut seen = BTreeSet::new();
    let mut steps = vec![Step::Sheet(id.to_owned(), String::new(), 0)];
    while let Some(step) = steps.pop() {
        let (id, under, depth) = match step {
            Step::Text(part) => {
                text.push_str(&part);
                continue;
            }
            Step::Sheet(id, under, depth) => (id, under, depth),
        };
        let fits = depth <= DEPTH && seen.len() < SHEETS && text.len() < LENGTH;
        if !fits || !seen.insert((id.clone(), under.clone())) {
            continue;
        }
        let found = graph.nodes.get(&id).and_then(|node| {
            let module = app.modules.get(&node.path)?;
            Some((node, module, module.css.as_ref()?))
        });
        let Some((node, module, css)) = found else {
            continue;
        };
        let css = addressed(css, node, packages);
        let (statements, rest) = head(&css);
        let mut parts = Vec::new();
        let mut placed = BTreeSet::new();
        let mut layers = String::new();
        for statement in statements {
            match import(statement) {
                Some((Some(index), conditions)) => {
                    placed.insert(index);
                    if let Some(edge) = node.edges.get(index) {
                        parts.extend(imported(packages, edge, conditions, &under, depth));
                    }
                }
                Some((None, _)) => {
                    ahead.push_str(&layers);
                    layers.clear();
                    ahead.push_str(statement);
                    ahead.push('\n');
                }
                None => {
                    layers.push_str(statement);
                    layers.push('\n');
                    parts.push(Step::Text(format!("{statement}\n")));
                }
            }
        }
        let dependencies = module
            .facts
            .dependencies
            .iter()
            .zip(&node.edges)
            .enumerate();
        let first = dependencies.filter(|(at, (dependency, _))| {
            dependency.kind == DependencyKind::StyleImport && !placed.contains(at)
        });
        let first = first.flat_map(|(_, (_, edge))| imported(packages, edge, "", &under, depth));
        let mut all: Vec<Step> = first.chain(parts).collect();
        let rest = rest.trim();
        if !rest.is_empty() {
            all.push(Step::Text(format!("{rest}\n")));
        }
        steps.extend(all.into_iter().rev());
    }
    ahead + &text
}

/// What stands in the place of an import.
fn imported(
    packages: &BTreeMap<String, PackageTarget>,
    edge: &Edge,
    conditions: &str,
    under: &str,
    depth: usize,
) -> Vec<Step> {
    let sheet = match edge {
        Edge::Sheet(id) => Step::Sheet(id.clone(), format!("{under}|{conditions}"), depth + 1),
        Edge::Package(specifier) => match packages.get(specifier).and_then(|it| it.css.clone()) {
            Some(css) => Step::Text(css + "\n"),
            None => return Vec::new(),
        },
        Edge::Url(url) => {
            return vec![Step::Text(format!("@import \"{url}\" {conditions};\n"))];
        }
        _ => return Vec::new(),
    };
    if conditions.is_empty() {
        return match sheet {
            Step::Sheet(id, _, depth) => vec![Step::Sheet(id, under.to_owned(), depth)],
            text => vec![text],
        };
    }
    let mut open = String::new();
    let mut close = String::new();
    for rule in wrappers(conditions) {
        open.push_str(&rule);
        open.push_str(" {\n");
        close.push_str("}\n");
    }
    vec![Step::Text(open), sheet, Step::Text(close)]
}

/// `layer(a) supports(b) c` as the rules that mean the same around the sheet.
fn wrappers(conditions: &str) -> Vec<String> {
    let mut rules = Vec::new();
    let mut rest = conditions.trim();
    let mut layer = None;
    if let Some(after) = rest.strip_prefix("layer") {
        match after.strip_prefix('(').and_then(closed) {
            Some((name, tail)) => {
                layer = Some(format!("@layer {name}"));
                rest = tail.trim_start();
            }
            None if after.is_empty() || after.starts_with(' ') => {
                layer = Some("@layer".to_owned());
                rest = after.trim_start();
            }
            None => {}
        }
    }
    if let Some((condition, tail)) = rest.strip_prefix("supports(").and_then(closed) {
        // A declaration by itself needs the parentheses that it had.
        let whole = condition.starts_with('(')
            || condition.starts_with("not ")
            || condition.starts_with("selector(");
        rules.push(match whole {
            true => format!("@supports {condition}"),
            false => format!("@supports ({condition})"),
        });
        rest = tail.trim_start();
    }
    if !rest.is_empty() {
        rules.insert(0, format!("@media {rest}"));
    }
    rules.extend(layer);
    rules
}

/// What stands before the parenthesis that closes, and behind it.
fn closed(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(') => depth += 1,
            (None, b')') if depth == 0 => return Some((&text[..at], &text[at + 1..])),
            (None, b')') => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The statements that a sheet starts with, up to the last `@import`, and the rest.
fn head(css: &str) -> (Vec<&str>, &str) {
    let mut statements = Vec::new();
    let (mut imports, mut end) = (0, 0);
    let mut at = 0;
    loop {
        let rest = css[at..].trim_start();
        let start = css.len() - rest.len();
        let import = rest.starts_with("@import");
        if !import && !rest.starts_with("@layer") {
            break;
        }
        let Some(length) = statement(rest) else { break };
        statements.push(&rest[..length]);
        at = start + length;
        if import {
            (imports, end) = (statements.len(), at);
        }
    }
    statements.truncate(imports);
    (statements, &css[end..])
}

/// Which dependency an `@import` is about, where it is one, and its conditions; `None` for another statement.
fn import(statement: &str) -> Option<(Option<usize>, &str)> {
    let rest = statement.strip_prefix("@import")?.trim();
    let marked = rest
        .strip_prefix('"')
        .and_then(|rest| rest.strip_prefix(MARK));
    let found = marked.and_then(|rest| {
        let (number, after) = rest.split_once("__\"")?;
        Some((number.parse().ok()?, after))
    });
    Some(match found {
        Some((index, after)) => (Some(index), after.trim_end_matches(';').trim()),
        None => (None, ""),
    })
}

const MARK: &str = "__overskill_url_";

/// A style sheet's CSS with the addresses of what it refers to. Their marks stand in double quotes.
pub(crate) fn addressed(
    css: &str,
    node: &Node,
    packages: &BTreeMap<String, PackageTarget>,
) -> String {
    let mut text = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(at) = rest.find(MARK) {
        let (before, after) = rest.split_at(at);
        text.push_str(before);
        let tail = &after[MARK.len()..];
        let number = tail
            .split_once("__")
            .and_then(|(digits, end)| Some((digits.parse::<usize>().ok()?, end)));
        match number {
            Some((index, end)) => {
                match node.edges.get(index) {
                    Some(Edge::Url(url)) => push_quoted(&mut text, url),
                    Some(Edge::PackageUrl(specifier, suffix)) => {
                        let target = packages.get(specifier);
                        if let Some(url) = target.and_then(|target| target.url.as_ref()) {
                            // What holds its own data has no parts.
                            let whole = url.starts_with("data:");
                            push_quoted(&mut text, url);
                            push_quoted(&mut text, if whole { "" } else { suffix });
                        }
                    }
                    // An import's, which is put in its place.
                    Some(Edge::Sheet(_) | Edge::Package(_)) => {
                        text.push_str(&format!("{MARK}{index}__"));
                    }
                    _ => {}
                }
                rest = end;
            }
            None => {
                text.push_str(MARK);
                rest = tail;
            }
        }
    }
    text.push_str(rest);
    text
}

fn push_quoted(text: &mut String, url: &str) {
    for character in url.chars() {
        match character {
            '"' | '\\' => {
                text.push('\\');
                text.push(character);
            }
            '\n' | '\r' | '\x0c' => text.push_str(&format!("\\{:x} ", u32::from(character))),
            _ => text.push(character),
        }
    }
}

/// The length of the statement that `text` starts with; `None` when it has a block, or no end.
fn statement(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            _ if escaped => escaped = false,
            (_, b'\\') => escaped = true,
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b';') => return Some(at + 1),
            (None, b'{') => return None,
            _ => {}
        }
    }
    None
}

/// A module that puts a style sheet into the page. It exports nothing.
pub fn style_factory(css: &str) -> String {
    format!("function*(os){{yield;os.css({})}}", string(css))
}
