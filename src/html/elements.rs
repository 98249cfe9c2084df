//! As much of a browser's tree building as decides how text is read: raw text elements, templates, foreign content.

use html5gum::State;

/// An open element inside which markup means something else.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Template,
    Svg,
    Math,
    ForeignObject,
    Description,
    Title,
}

const KINDS: usize = 6;

/// The open elements that matter, outermost first, with the offset each starts at.
#[derive(Default)]
pub(crate) struct OpenElements {
    stack: Vec<(Kind, usize)>,
    counts: [usize; KINDS],
}

impl OpenElements {
    /// Takes a start tag and says how the text behind it is read.
    pub fn open(&mut self, name: &str, self_closing: bool, start: usize) -> Option<State> {
        if self.is_foreign() && breaks_out(name) {
            while self.is_foreign() {
                self.pop();
            }
        }
        let foreign = self.is_foreign();
        let kind = match name {
            "svg" => Some(Kind::Svg),
            "math" => Some(Kind::Math),
            "template" if !foreign => Some(Kind::Template),
            "foreignobject" if foreign => Some(Kind::ForeignObject),
            "desc" if foreign => Some(Kind::Description),
            "title" if foreign => Some(Kind::Title),
            _ => None,
        };
        if let Some(kind) = kind
            && (kind == Kind::Template || !self_closing)
        {
            self.stack.push((kind, start));
            self.counts[kind as usize] += 1;
        }
        if foreign { None } else { text_of(name) }
    }

    /// Takes an end tag.
    pub fn close(&mut self, name: &str) {
        let kind = match name {
            "svg" => Kind::Svg,
            "math" => Kind::Math,
            "template" => Kind::Template,
            "foreignobject" => Kind::ForeignObject,
            "desc" => Kind::Description,
            "title" => Kind::Title,
            _ => return,
        };
        while self.counts[kind as usize] > 0 {
            if self.pop() == Some(kind) {
                break;
            }
        }
    }

    /// Whether the current element is SVG's or MathML's.
    pub fn is_foreign(&self) -> bool {
        matches!(self.stack.last(), Some((Kind::Svg | Kind::Math, _)))
    }

    /// Whether a script here runs as the page's own.
    pub fn runs_scripts(&self) -> bool {
        !self.is_foreign() && self.counts[Kind::Template as usize] == 0
    }

    /// Whether none is open.
    pub fn is_empty(&self) -> bool {
        self.stack.is_empty()
    }

    /// Where the outermost starts.
    pub fn outermost(&self) -> Option<usize> {
        self.stack.first().map(|(_, start)| *start)
    }

    fn pop(&mut self) -> Option<Kind> {
        let (kind, _) = self.stack.pop()?;
        self.counts[kind as usize] -= 1;
        Some(kind)
    }
}

fn text_of(name: &str) -> Option<State> {
    match name {
        "title" | "textarea" => Some(State::RcData),
        // With scripting on, `noscript` is text.
        "style" | "xmp" | "iframe" | "noembed" | "noframes" | "noscript" => Some(State::RawText),
        "script" => Some(State::ScriptData),
        "plaintext" => Some(State::PlainText),
        _ => None,
    }
}

/// Elements that end foreign content.
fn breaks_out(name: &str) -> bool {
    matches!(
        name,
        "b" | "big"
            | "blockquote"
            | "body"
            | "br"
            | "center"
            | "code"
            | "dd"
            | "div"
            | "dl"
            | "dt"
            | "em"
            | "embed"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "head"
            | "hr"
            | "i"
            | "img"
            | "li"
            | "listing"
            | "menu"
            | "meta"
            | "nobr"
            | "ol"
            | "p"
            | "pre"
            | "ruby"
            | "s"
            | "small"
            | "span"
            | "strong"
            | "strike"
            | "sub"
            | "sup"
            | "table"
            | "tt"
            | "u"
            | "ul"
            | "var"
    )
}
