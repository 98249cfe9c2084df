//! An SVG's text → the tree of its elements and texts; comments, prologues and CDATA are left out.

use overskill_diagnostics::Span;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

/// How many elements an SVG that becomes a component may have.
const ELEMENTS: usize = 50_000;
/// How deep they may stand.
const DEPTH: usize = 256;

pub(super) struct Element {
    pub name: String,
    /// Values are as written, entities and all.
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Node>,
}

pub(super) enum Node {
    Element(Element),
    Text(String),
}

/// What is wrong with the text.
pub(super) struct Problem {
    pub message: String,
    pub span: Span,
}

pub(super) fn read(text: &str) -> Result<Element, Problem> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut count = 0;
    loop {
        let start = reader.buffer_position() as usize;
        let problem = |message: String| Problem {
            message,
            span: span(text, start),
        };
        let event = reader
            .read_event()
            .map_err(|error| problem(format!("This is not SVG: {error}.")))?;
        let closed = match event {
            Event::Start(tag) => {
                count += 1;
                if count > ELEMENTS || open.len() >= DEPTH {
                    return Err(problem(
                        "The SVG is too large, or too deep, to become a component.".to_owned(),
                    ));
                }
                open.push(element(&tag).map_err(problem)?);
                continue;
            }
            Event::Empty(tag) => {
                count += 1;
                if count > ELEMENTS {
                    return Err(problem(
                        "The SVG is too large to become a component.".to_owned(),
                    ));
                }
                element(&tag).map_err(problem)?
            }
            Event::End(_) => match open.pop() {
                Some(element) => element,
                None => continue,
            },
            Event::Text(written) => {
                put_text(&mut open, &written);
                continue;
            }
            Event::GeneralRef(name) => {
                put_text(&mut open, &entity(&name));
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.children.push(Node::Element(closed)),
            None if root.is_none() => root = Some(closed),
            None => return Err(problem("An SVG has one outermost element.".to_owned())),
        }
    }
    let end = |message: &str| Problem {
        message: message.to_owned(),
        span: span(text, text.len()),
    };
    if let Some(element) = open.last() {
        return Err(end(&format!("`<{}>` is not closed.", element.name)));
    }
    let mut root = root.ok_or_else(|| end("There is no element in it."))?;
    drop_blanks(&mut root);
    Ok(root)
}

fn span(text: &str, at: usize) -> Span {
    let at = text.floor_char_boundary(at.min(text.len()));
    let length = text[at..].chars().next().map_or(0, char::len_utf8);
    Span {
        start: at as u32,
        end: (at + length) as u32,
    }
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-' | b'.'))
}

fn element(tag: &BytesStart<'_>) -> Result<Element, String> {
    let name = tag.name().as_ref().to_owned();
    if !is_name(&name) {
        return Err(format!("`{name}` is no name of an element."));
    }
    let mut attributes: Vec<(String, String)> = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| format!("This is not SVG: {error}."))?;
        let name = attribute.key.as_ref().to_owned();
        if !is_name(&name) {
            return Err(format!("`{name}` is no name of an attribute."));
        }
        attributes.push((name, attribute.value.into_owned()));
    }
    Ok(Element {
        name,
        attributes,
        children: Vec::new(),
    })
}

fn put_text(open: &mut [Element], text: &str) {
    let Some(parent) = open.last_mut() else {
        return;
    };
    match parent.children.last_mut() {
        Some(Node::Text(before)) => before.push_str(text),
        _ => parent.children.push(Node::Text(text.to_owned())),
    }
}

/// What an entity stands for; as written when no one says.
fn entity(name: &str) -> String {
    let number = name
        .strip_prefix('#')
        .and_then(|number| match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        });
    match (name, number.and_then(char::from_u32)) {
        (_, Some(character)) => character.to_string(),
        ("amp", _) => "&".to_owned(),
        ("lt", _) => "<".to_owned(),
        ("gt", _) => ">".to_owned(),
        ("quot", _) => "\"".to_owned(),
        ("apos", _) => "'".to_owned(),
        _ => format!("&{name};"),
    }
}

/// Takes away texts that are only white space. Recursion is bounded by [`DEPTH`].
fn drop_blanks(element: &mut Element) {
    element.children.retain_mut(|child| match child {
        Node::Text(text) => !text.trim().is_empty(),
        Node::Element(element) => {
            drop_blanks(element);
            true
        }
    });
}
