//! Reads a page once: its scripts, its references, and the places where things are put.

use crate::{
    elements::OpenElements,
    references::{
        Attribute, PageReference, Place, ReferenceKind, Written, find, known_attribute, ranges,
        urls_of,
    },
};
use html5gum::{
    Span as Bytes, State, Tokenizer,
    emitters::{
        Emitter, ForwardingEmitter,
        callback::{Callback, CallbackEmitter, CallbackEvent},
    },
};
use overskill_diagnostics::Span;
use std::{convert::Infallible, ops::Range};

/// A page as read.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub(crate) source: String,
    pub(crate) scripts: Vec<PageScript>,
    pub(crate) references: Vec<PageReference>,
    /// The attributes' values that hold the references.
    pub(crate) values: Vec<Value>,
    /// What is left out of every rendering: `vite-ignore`.
    pub(crate) dropped: Vec<Range<usize>>,
    /// Where the start of the head is.
    pub(crate) head: usize,
    /// Where its end tag is, if it has one.
    pub(crate) head_end: Option<usize>,
    /// Where scripts go that take no other's place.
    pub(crate) end: usize,
}

/// A `type="module"` script that a browser would run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageScript {
    /// What it runs.
    pub kind: ScriptKind,
    /// Where the value of `src`, or the inline text, is written.
    pub span: Span,
    /// The whole element.
    pub(crate) element: Range<usize>,
}

/// What a script runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptKind {
    /// The value of `src`: entities decoded, without white space around it.
    Src(String),
    /// Its text, as written.
    Inline(String),
}

/// An attribute's value in the page.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    /// Decoded.
    pub text: String,
    /// Where it is written, without quotes.
    pub span: Range<usize>,
    /// Whether it is an element's text, in which nothing is encoded.
    pub raw: bool,
}

impl Page {
    /// Reads a page. Any text is a page, as it is for a browser.
    pub fn scan(source: &str) -> Self {
        let start = if source.starts_with('\u{feff}') { 3 } else { 0 };
        let mut scanner = Scanner::new(source, start);
        let emitter = Switching {
            inner: CallbackEmitter::new(Listener(&mut scanner, None)),
        };
        // Reading from memory can't fail.
        let _ = Tokenizer::new_with_emitter(&source[start..], emitter).finish();
        scanner.finish()
    }

    /// The module scripts that a browser would run, in document order. Not those with `vite-ignore`.
    pub fn scripts(&self) -> &[PageScript] {
        &self.scripts
    }

    /// The URLs that may name files of the app, in document order. Not those of elements with `vite-ignore`.
    pub fn references(&self) -> &[PageReference] {
        &self.references
    }
}

/// A start tag that isn't closed yet.
struct Tag {
    name: String,
    start: usize,
    attributes: Vec<Attribute>,
    /// Whether the attribute at hand is one of those.
    current: bool,
}

/// A module script whose end isn't reached yet.
struct OpenScript {
    source: Option<(String, Range<usize>)>,
    start: usize,
    text: usize,
}

struct Scanner<'s> {
    source: &'s str,
    /// Where the tokenizer's input starts in `source`.
    offset: usize,
    page: Page,
    tag: Option<Tag>,
    open: OpenElements,
    script: Option<OpenScript>,
    /// Where the text of a `style` element starts that isn't closed yet.
    style: Option<usize>,
    /// Where the element starts that makes what follows text.
    text_start: Option<usize>,
    /// Whether a head may still be opened by its tag.
    before_head: bool,
    body_end: Option<usize>,
    html_end: Option<usize>,
    /// The end of what was tokenized so far.
    read: usize,
}

impl<'s> Scanner<'s> {
    fn new(source: &'s str, offset: usize) -> Self {
        Self {
            source,
            offset,
            page: Page {
                source: source.to_owned(),
                head: offset,
                ..Page::default()
            },
            tag: None,
            open: OpenElements::default(),
            script: None,
            style: None,
            text_start: None,
            before_head: true,
            body_end: None,
            html_end: None,
            read: offset,
        }
    }

    fn attribute(&mut self, name: &[u8], span: Range<usize>) {
        let Some(tag) = &mut self.tag else { return };
        let known = known_attribute(name).filter(|name| find(&tag.attributes, name).is_none());
        tag.current = known.is_some();
        if let Some(name) = known {
            tag.attributes.push(Attribute {
                name,
                value: String::new(),
                value_span: span.end..span.end,
                name_span: span,
            });
        }
    }

    fn value(&mut self, value: &[u8], span: Range<usize>) {
        if let Some(tag) = &mut self.tag
            && tag.current
            && let Some(attribute) = tag.attributes.last_mut()
        {
            attribute.value = String::from_utf8_lossy(value).into_owned();
            attribute.value_span = span;
        }
    }

    fn start_tag(&mut self, self_closing: bool, end: usize) -> Option<State> {
        let tag = self.tag.take()?;
        let state = self.open.open(&tag.name, self_closing, tag.start);
        self.text_start = state.is_some().then_some(tag.start);
        if self.before_head {
            self.find_head(&tag.name, end);
        }
        if let Some(ignore) = find(&tag.attributes, "vite-ignore") {
            let dropped = self.whole_attribute(ignore, end);
            self.page.dropped.push(dropped);
            return state;
        }
        let module = tag.name == "script"
            && find(&tag.attributes, "type")
                .is_some_and(|kind| kind.value.trim_ascii().eq_ignore_ascii_case("module"));
        if module && self.open.runs_scripts() {
            self.script = Some(OpenScript {
                source: find(&tag.attributes, "src")
                    .map(|src| (src.value.trim_ascii().to_owned(), src.value_span.clone())),
                start: tag.start,
                text: end,
            });
        }
        for (attribute, kind, written) in urls_of(&tag.name, &tag.attributes) {
            self.page.refer(self.source, attribute, kind, written);
        }
        if tag.name == "style" && state.is_some() {
            self.style = Some(end);
        }
        state
    }

    fn find_head(&mut self, name: &str, end: usize) {
        match name {
            "html" => self.page.head = end,
            "head" => {
                self.page.head = end;
                self.before_head = false;
            }
            _ => self.before_head = false,
        }
    }

    fn end_tag(&mut self, name: &str, span: Range<usize>) {
        self.text_start = None;
        self.open.close(name);
        match name {
            "style" => {
                if let Some(start) = self.style.take() {
                    self.page.refer_in_style(self.source, start..span.start);
                }
            }
            "script" => {
                if let Some(script) = self.script.take() {
                    self.page.run(self.source, script, span);
                }
            }
            "head" if self.page.head_end.is_none() => self.page.head_end = Some(span.start),
            "body" if self.open.is_empty() => self.body_end = Some(span.start),
            "html" if self.open.is_empty() => self.html_end = Some(span.start),
            _ => {}
        }
    }

    /// An attribute with the white space before it and its value, in a tag that ends at `end`.
    fn whole_attribute(&self, attribute: &Attribute, end: usize) -> Range<usize> {
        let Range { start, end: named } = attribute.name_span;
        let start = self.source[..start].trim_ascii_end().len();
        let rest = &self.source[named..end];
        let after = rest.trim_ascii_start();
        let Some(value) = after.strip_prefix('=') else {
            return start..named;
        };
        let value = value.trim_ascii_start();
        let length = match value.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => value[1..]
                .find(char::from(*quote))
                .map_or(value.len(), |at| at + 2),
            _ => attribute.value_span.len(),
        };
        start..(end - value.len() + length).min(end)
    }

    fn finish(mut self) -> Page {
        let inside = [self.open.outermost(), self.text_start]
            .into_iter()
            .flatten()
            .min();
        let tail = &self.source[floor(self.source, self.read)..];
        let end = match inside {
            // What is appended to an element that never ends would be part of it.
            Some(start) => start,
            None if tail.contains('<') => floor(self.source, self.read),
            None => self.source.len(),
        };
        self.page.end = self.body_end.or(self.html_end).unwrap_or(end);
        self.page
    }
}

impl Page {
    fn refer_in_style(&mut self, source: &str, place: Range<usize>) {
        let text = source.get(place.clone()).unwrap_or_default();
        let value = Value {
            text: text.to_owned(),
            span: place,
            raw: true,
        };
        self.refer_to(source, value, ReferenceKind::Asset, Written::Css);
    }

    fn refer(&mut self, source: &str, attribute: &Attribute, kind: ReferenceKind, how: Written) {
        let value = Value {
            text: attribute.value.clone(),
            span: attribute.value_span.clone(),
            raw: false,
        };
        self.refer_to(source, value, kind, how);
    }

    fn refer_to(&mut self, source: &str, value: Value, kind: ReferenceKind, how: Written) {
        let found = ranges(&value.text, how);
        if found.is_empty() {
            return;
        }
        let written = value.span.clone();
        let plain = source.get(written.clone()) == Some(value.text.as_str());
        for range in found {
            let place = match plain {
                true => written.start + range.start..written.start + range.end,
                false => written.clone(),
            };
            self.references.push(PageReference {
                url: value.text[range.clone()].to_owned(),
                kind,
                span: span(place),
                place: Place {
                    value: self.values.len(),
                    range,
                },
            });
        }
        self.values.push(value);
    }

    fn run(&mut self, source: &str, script: OpenScript, end_tag: Range<usize>) {
        let (kind, place) = match script.source {
            Some((address, place)) => (ScriptKind::Src(address), place),
            // A browser runs no empty script.
            None if script.text == end_tag.start => return,
            None => {
                let place = script.text..end_tag.start;
                (ScriptKind::Inline(source[place.clone()].to_owned()), place)
            }
        };
        self.scripts.push(PageScript {
            kind,
            span: span(place),
            element: script.start..end_tag.end,
        });
    }
}

fn span(range: Range<usize>) -> Span {
    Span {
        start: range.start as u32,
        end: range.end as u32,
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Hears what the tokenizer reads.
struct Listener<'a, 's>(&'a mut Scanner<'s>, Option<State>);

impl Callback<Infallible, usize> for Listener<'_, '_> {
    fn handle_event(&mut self, event: CallbackEvent<'_>, span: Bytes<usize>) -> Option<Infallible> {
        let scanner = &mut *self.0;
        let range = span.start + scanner.offset..span.end + scanner.offset;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match event {
            CallbackEvent::OpenStartTag { name } => {
                scanner.tag = Some(Tag {
                    name: text(name),
                    start: range.start,
                    attributes: Vec::new(),
                    current: false,
                });
                return None;
            }
            CallbackEvent::AttributeName { name } => {
                scanner.attribute(name, range);
                return None;
            }
            CallbackEvent::AttributeValue { value } => {
                scanner.value(value, range);
                return None;
            }
            CallbackEvent::Error(_) => return None,
            CallbackEvent::CloseStartTag { self_closing } => {
                self.1 = scanner.start_tag(self_closing, range.end);
            }
            CallbackEvent::EndTag { name } => scanner.end_tag(&text(name), range.clone()),
            CallbackEvent::Doctype { .. } => {
                if scanner.before_head {
                    scanner.page.head = range.end;
                }
            }
            CallbackEvent::String { value } => {
                scanner.before_head &= value.trim_ascii().is_empty();
            }
            CallbackEvent::Comment { .. } => {
                let written = &scanner.source[floor(scanner.source, range.start)..];
                let written = &written[..floor(written, range.len())];
                let ended = match written.starts_with("<!--") {
                    true => written.ends_with("-->") || written.ends_with("--!>"),
                    false => written.ends_with('>'),
                };
                if !ended {
                    return None;
                }
            }
        }
        scanner.read = range.end;
        None
    }
}

/// Tells the tokenizer how to read what follows a start tag.
struct Switching<'a, 's> {
    inner: CallbackEmitter<Listener<'a, 's>, Infallible, usize>,
}

impl ForwardingEmitter for Switching<'_, '_> {
    type Token = Infallible;

    fn inner(&mut self) -> &mut impl Emitter<Token = Infallible> {
        &mut self.inner
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        let _ = self.inner.emit_current_tag();
        let state = self.inner.callback_mut().1.take();
        if state.is_some() {
            self.inner.init_string();
        }
        state
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.inner.callback_mut().0.open.is_foreign()
    }
}
