//! A scanner of just enough JavaScript, TypeScript and JSX to see what nests.

mod elements;
mod levels;

pub(crate) use elements::{Mismatch, mismatch};
use levels::Level;

/// What is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Open {
    /// `(`, and whether it belongs to `if`, `for`, `while` or `with`.
    Paren {
        header: bool,
    },
    Bracket,
    Brace,
    /// `<` that may open type arguments, or compare; where an operand is expected, it may be a cast.
    Angle {
        prefix: bool,
    },
    /// Between two backticks.
    Template,
    /// Inside `<div …`.
    Tag,
    /// Between `<div>` and `</div>`.
    Children,
}

/// What stood before, as far as the next token depends on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Something a statement or an operand can end with.
    Operand,
    /// Something that more must follow.
    Operator,
    /// A `>` that ended type arguments, or compared.
    Angle,
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    jsx: bool,
    levels: Vec<Level>,
    total: usize,
    before: Before,
    newline: bool,
    /// The last word was `if`, `for`, `while` or `with`.
    header: bool,
    /// The last token was `.`: a word is a property's name.
    property: bool,
    mismatch: Option<Mismatch>,
    forks: usize,
    /// The last token was `)`, and then `:`.
    typed: bool,
    /// An element's name that makes the parser panic.
    unreadable: bool,
}

/// How many arrows may be ambiguous together: each doubles the time.
const FORKS: usize = 10;

/// What the parser can't be given, and where.
pub(super) enum Refused {
    TooDeep(usize),
    /// `<a:b.c>`, which makes it panic.
    ElementName(usize),
}

/// The first place that is deeper than `limit`, or that the parser would panic at.
pub(super) fn beyond(text: &str, jsx: bool, limit: usize) -> Option<Refused> {
    let mut scan = Scan::new(text, jsx);
    while scan.at < scan.text.len() {
        scan.step();
        let at = scan.at.min(scan.text.len()).saturating_sub(1);
        if scan.unreadable {
            return Some(Refused::ElementName(at));
        }
        if scan.total > limit || scan.forks > FORKS {
            return Some(Refused::TooDeep(at));
        }
    }
    None
}

impl<'a> Scan<'a> {
    fn new(text: &'a str, jsx: bool) -> Self {
        Self {
            text: text.as_bytes(),
            at: 0,
            jsx,
            levels: vec![Level::new(Open::Brace, 0)],
            total: 0,
            before: Before::Operator,
            newline: false,
            header: false,
            property: false,
            mismatch: None,
            forks: 0,
            typed: false,
            unreadable: false,
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn step(&mut self) {
        match self.top() {
            Open::Template => self.template(),
            Open::Children => self.children(),
            Open::Tag => self.tag(),
            _ => self.code(),
        }
    }

    fn comment(&mut self) {
        let end: &[u8] = match self.peek(1) {
            b'/' => b"\n",
            _ => b"*/",
        };
        let rest = &self.text[(self.at + 2).min(self.text.len())..];
        let length = rest.windows(end.len()).position(|part| part == end);
        match (length, end) {
            (Some(length), b"\n") => self.at += 2 + length,
            (Some(length), _) => {
                self.newline |= rest[..length].contains(&b'\n');
                self.at += 2 + length + 2;
            }
            (None, _) => self.at = self.text.len(),
        }
    }

    fn code(&mut self) {
        let byte = self.peek(0);
        match byte {
            b'\n' | b'\r' => {
                self.newline = true;
                self.at += 1;
                return;
            }
            b' ' | b'\t' => {
                self.at += 1;
                return;
            }
            b'/' if matches!(self.peek(1), b'/' | b'*') => return self.comment(),
            _ => {}
        }
        let word = byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'$' | b'#' | b'@' | b'\\')
            || byte >= 128;
        self.end_of_line(word);
        if word {
            self.word();
        } else {
            self.punctuation(byte);
        }
        self.newline = false;
    }

    /// Ends the statement where a line end does.
    fn end_of_line(&mut self, word: bool) {
        let starts = word && !self.text[self.at..].starts_with(b"else");
        let starts = starts || matches!(self.peek(0), b'{' | b'}' | b'"' | b'\'' | b'!' | b'~');
        let ended = match self.before {
            Before::Operand => starts,
            Before::Operator => false,
            Before::Angle => starts && self.statement(),
        };
        if self.newline && ended {
            self.drop_angles();
            self.settle();
        }
    }

    /// Whether here is a statement that can't be the right side of `a < b >`.
    fn statement(&self) -> bool {
        let words = |at: &[u8]| {
            at.iter()
                .take_while(|byte| byte.is_ascii_alphabetic())
                .count()
        };
        let rest = &self.text[self.at..];
        let (first, rest) = rest.split_at(words(rest));
        match first {
            b"const" | b"var" | b"export" | b"if" | b"for" | b"while" | b"switch" | b"return"
            | b"throw" | b"try" | b"enum" => true,
            b"declare" | b"type" | b"interface" | b"namespace" | b"abstract" | b"let" => {
                let blank = rest.iter().take_while(|byte| **byte == b' ').count();
                let second = &rest[blank..];
                let second = &second[..words(second)];
                blank > 0
                    && !second.is_empty()
                    && !matches!(
                        second,
                        b"in" | b"of" | b"instanceof" | b"as" | b"is" | b"satisfies"
                    )
            }
            _ => false,
        }
    }

    fn word(&mut self) {
        let start = self.at;
        self.at += 1;
        while self.at < self.text.len() {
            let byte = self.peek(0);
            if !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 128) {
                break;
            }
            self.at += 1;
        }
        let property = std::mem::take(&mut self.property);
        self.header = false;
        self.before = Before::Operand;
        if property || self.peek(0) == b':' && self.top() == Open::Brace {
            return;
        }
        let text = self.text;
        match &text[start..self.at] {
            b"else" => {
                self.resume();
                self.nest();
                self.before = Before::Operator;
            }
            b"if" | b"for" | b"while" | b"with" => {
                self.nest();
                self.header = true;
                self.before = Before::Operator;
            }
            b"do" | b"typeof" | b"void" | b"delete" | b"await" | b"yield" | b"new" | b"async"
            | b"keyof" | b"infer" | b"readonly" | b"unique" | b"extends" | b"throw" | b"return"
            | b"asserts" | b"abstract" | b"import" | b"try" | b"case" | b"default" => {
                self.nest();
                self.before = Before::Operator;
            }
            b"in" | b"of" | b"instanceof" | b"as" | b"is" | b"satisfies" => {
                self.before = Before::Operator;
            }
            _ => {}
        }
    }

    fn punctuation(&mut self, byte: u8) {
        let header = std::mem::take(&mut self.header);
        self.property = false;
        match byte {
            b'(' => {
                self.at += 1;
                self.push(Open::Paren { header });
            }
            b'[' => {
                self.at += 1;
                self.push(Open::Bracket);
            }
            b'{' => {
                self.at += 1;
                self.push(Open::Brace);
            }
            b'`' => {
                self.at += 1;
                self.push(Open::Template);
            }
            b')' | b']' | b'}' => self.closing(byte),
            b'"' | b'\'' => self.quoted(byte),
            b'/' if self.before != Before::Operand => self.regex(),
            b';' => {
                self.at += 1;
                self.drop_angles();
                self.settle();
                self.before = Before::Operator;
            }
            b',' => {
                self.at += 1;
                self.comma();
                self.before = Before::Operator;
            }
            b'.' => {
                self.at += 1;
                self.property = self.peek(0) != b'.';
                self.before = Before::Operator;
            }
            b'<' => self.less(),
            b'>' => {
                self.at += 1;
                self.before = Before::Operator;
                if let Open::Angle { prefix } = self.top() {
                    self.pop();
                    self.before = Before::Angle;
                    if prefix {
                        self.nest();
                    }
                }
            }
            _ => self.operator(byte),
        }
    }

    fn closing(&mut self, byte: u8) {
        self.at += 1;
        let closed = self.close(|open| match byte {
            b')' => matches!(open, Open::Paren { .. }),
            b']' => open == Open::Bracket,
            _ => open == Open::Brace,
        });
        self.before = match closed {
            Some(Open::Paren { header: true }) => Before::Operator,
            _ => Before::Operand,
        };
        self.newline = false;
    }

    fn quoted(&mut self, quote: u8) {
        self.at += 1;
        while !matches!(self.peek(0), 0 | b'\n') && self.peek(0) != quote {
            self.at += if self.peek(0) == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        self.before = Before::Operand;
    }

    fn regex(&mut self) {
        let mut class = false;
        self.at += 1;
        while !matches!(self.peek(0), 0 | b'\n') && (class || self.peek(0) != b'/') {
            match self.peek(0) {
                b'\\' => self.at += 1,
                b'[' => class = true,
                b']' => class = false,
                _ => {}
            }
            self.at += 1;
        }
        self.at += 1;
        self.before = Before::Operand;
    }

    fn less(&mut self) {
        let next = self.peek(1);
        self.unreadable |=
            self.jsx && self.before != Before::Operand && self.is_namespaced_member(self.at + 1);
        if self.jsx && next == b'/' {
            return self.element();
        }
        let tag = next.is_ascii_alphabetic() || matches!(next, b'_' | b'$' | b'>') || next >= 128;
        if self.jsx && tag && self.before != Before::Operand {
            return self.element();
        }
        self.at += 1;
        match next {
            b'=' | b'<' => self.at += 1,
            _ => self.push(Open::Angle {
                prefix: self.before != Before::Operand,
            }),
        }
        self.before = Before::Operator;
    }

    fn operator(&mut self, byte: u8) {
        let prefix = self.before != Before::Operand;
        let nests = match byte {
            b'!' | b'~' | b'?' | b':' | b'=' => true,
            b'*' => self.peek(1) == b'*',
            b'+' | b'-' => prefix,
            _ => false,
        };
        if nests {
            self.nest();
        }
        let closed = self.text[..self.at].trim_ascii_end().ends_with(b")");
        match (byte, self.peek(1)) {
            (b'?', next) if !matches!(next, b'.' | b'?') => {
                if let Some(level) = self.levels.last_mut() {
                    level.conditional = true;
                }
            }
            (b':', _) => self.typed = closed,
            (b'=', b'>') if std::mem::take(&mut self.typed) => {
                if let Some(level) = self.levels.last_mut().filter(|level| level.conditional) {
                    level.forks += 1;
                    self.forks += 1;
                }
            }
            _ => {}
        }
        let repeated = self.peek(1) == byte && matches!(byte, b'+' | b'-');
        self.at += match (byte, self.peek(1)) {
            (b'=', b'=' | b'>') | (b'*', b'*') | (b'!' | b'?', b'=') => 2,
            _ if repeated => 2,
            _ => 1,
        };
        // `a++` ends an operand, and `a!` may.
        self.before = match repeated || byte == b'!' {
            true => self.before,
            false => Before::Operator,
        };
    }
}
