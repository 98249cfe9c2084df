//! Style sheets as they reach the page: one by one from the chunk, or flattened into one text.

use crate::{
    draft::string,
    graph::{App, Edge, Graph, Node},
};
use overskill_model::ModulePath;
use std::collections::BTreeSet;

/// The whole text of a style sheet that the page links: what it imports first, each once, then its own.
/// `None` when it isn't one that was walked.
pub fn stylesheet(app: &App<'_>, graph: &Graph, path: &ModulePath) -> Option<String> {
    let id = format!("/{path}");
    let node = graph.nodes.get(&id)?;
    app.modules.get(&node.path)?.css.as_ref()?;
    Some(flattened(app, graph, &id))
}

/// The text of the sheet with this id, and of those that it imports before it.
pub(crate) fn flattened(app: &App<'_>, graph: &Graph, id: &str) -> String {
    // Imports of other origins are only valid ahead of all rules.
    let mut imports = String::new();
    let mut text = String::new();
    let mut seen = BTreeSet::new();
    // `true` once what the sheet imports is written.
    let mut waiting = vec![(id.to_owned(), false)];
    while let Some((id, imported)) = waiting.pop() {
        let Some(node) = graph.nodes.get(&id) else {
            continue;
        };
        let Some(css) = app.modules.get(&node.path).and_then(|it| it.css.as_ref()) else {
            continue;
        };
        if imported {
            let css = addressed(css, node);
            let (ahead, rest) = css.split_at(imports_end(&css));
            imports.push_str(ahead);
            text.push_str(rest.trim_start());
            text.push('\n');
        } else if seen.insert(id.clone()) {
            waiting.push((id, true));
            for edge in node.edges.iter().rev() {
                if let Edge::Module(id) = edge {
                    waiting.push((id.clone(), false));
                }
            }
        }
    }
    if !imports.is_empty() {
        imports.push('\n');
    }
    imports + &text
}

/// A style sheet's CSS with the addresses of what it refers to. Their marks stand in double quotes.
pub(crate) fn addressed(css: &str, node: &Node) -> String {
    const MARK: &str = "__overskill_url_";
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
                if let Some(Edge::Url(url)) = node.edges.get(index) {
                    push_quoted(&mut text, url);
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

/// Where the last `@import` ends of the `@import`s and `@layer` statements that a sheet starts with.
fn imports_end(css: &str) -> usize {
    let mut end = 0;
    let mut at = 0;
    loop {
        let rest = css[at..].trim_start();
        let start = css.len() - rest.len();
        let import = rest.starts_with("@import");
        if !import && !rest.starts_with("@layer") {
            return end;
        }
        let Some(length) = statement(rest) else {
            return end;
        };
        at = start + length;
        if import {
            end = at;
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
