//! A scanner of just enough JavaScript, TypeScript and JSX to see what nests.

/// What is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Open {
    /// `(`, and whether it belongs to `if`, `for`, `while` or `with`.
    Paren {
        header: bool,
    },
    Bracket,
    Brace,
    /// `<` that may open type arguments, or compare.
    Angle,
    /// Between two backticks.
    Template,
    /// Inside `<div …`.
    Tag,
    /// Between `<div>` and `</div>`.
    Children,
}

struct Level {
    open: Open,
    /// What nests without brackets since the last end of a statement.
    run: usize,
}

/// What stood before, as far as the next token depends on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Something a statement or an operand can end with.
    Operand,
    /// Something that more must follow.
    Operator,
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
}

/// The first place that is deeper than `limit`.
pub(super) fn beyond(text: &str, jsx: bool, limit: usize) -> Option<usize> {
    let mut scan = Scan {
        text: text.as_bytes(),
        at: 0,
        jsx,
        levels: vec![Level {
            open: Open::Brace,
            run: 0,
        }],
        total: 0,
        before: Before::Operator,
        newline: false,
        header: false,
        property: false,
    };
    while scan.at < scan.text.len() {
        scan.step();
        if scan.total > limit {
            return Some(scan.at.min(scan.text.len()) - 1);
        }
    }
    None
}

impl Scan<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn top(&self) -> Open {
        self.levels.last().map_or(Open::Brace, |level| level.open)
    }

    fn push(&mut self, open: Open) {
        self.levels.push(Level { open, run: 0 });
        self.total += 1;
        self.before = Before::Operator;
        self.newline = false;
    }

    fn pop(&mut self) {
        if self.levels.len() > 1
            && let Some(level) = self.levels.pop()
        {
            self.total -= 1 + level.run;
        }
    }

    /// Closes the nearest that fits, and what was left open inside; nothing when there is none.
    fn close(&mut self, fits: impl Fn(Open) -> bool) -> Option<Open> {
        let at = self
            .levels
            .iter()
            .skip(1)
            .rposition(|level| fits(level.open))?
            + 1;
        let open = self.levels[at].open;
        while self.levels.len() > at {
            self.pop();
        }
        Some(open)
    }

    fn nest(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.run += 1;
            self.total += 1;
        }
    }

    /// An end of a statement or an element of a list.
    fn settle(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            self.total -= level.run;
            level.run = 0;
        }
    }

    fn drop_angles(&mut self) {
        while self.top() == Open::Angle {
            self.pop();
        }
    }

    fn step(&mut self) {
        match self.top() {
            Open::Template => self.template(),
            Open::Children => self.children(),
            Open::Tag => self.tag(),
            _ => self.code(),
        }
    }

    fn template(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (b'\\', _) => self.at += 2,
            (b'`', _) => {
                self.at += 1;
                self.pop();
                self.before = Before::Operand;
            }
            (b'$', b'{') => {
                self.at += 2;
                self.push(Open::Brace);
            }
            _ => self.at += 1,
        }
    }

    fn children(&mut self) {
        match self.peek(0) {
            b'{' => {
                self.at += 1;
                self.push(Open::Brace);
            }
            b'<' => self.element(),
            _ => self.at += 1,
        }
    }

    /// At the `<` of an element, or of its end.
    fn element(&mut self) {
        match self.peek(1) {
            b'/' => {
                while self.at < self.text.len() && self.peek(0) != b'>' {
                    self.at += 1;
                }
                self.at += 1;
                self.close(|open| open == Open::Children);
                self.before = Before::Operand;
            }
            b'>' => {
                self.at += 2;
                self.push(Open::Children);
            }
            _ => {
                self.at += 1;
                self.push(Open::Tag);
            }
        }
    }

    fn tag(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (b'/', b'/' | b'*') => self.comment(),
            (b'/', b'>') => {
                self.at += 2;
                self.pop();
                self.before = Before::Operand;
            }
            (quote @ (b'"' | b'\''), _) => {
                self.at += 1;
                while self.at < self.text.len() && self.peek(0) != quote {
                    self.at += 1;
                }
                self.at += 1;
            }
            (b'{', _) => {
                self.at += 1;
                self.push(Open::Brace);
            }
            (b'<', _) if self.text[..self.at].trim_ascii_end().ends_with(b"=") => self.element(),
            (b'<', _) => {
                self.at += 1;
                self.push(Open::Angle);
            }
            (b'>', _) => {
                self.at += 1;
                if let Some(level) = self.levels.last_mut() {
                    level.open = Open::Children;
                }
            }
            // No tag after all: type parameters.
            (b',' | b'(' | b')' | b';' | b'[', _) => self.pop(),
            _ => self.at += 1,
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
        if self.newline && self.before == Before::Operand && starts {
            self.drop_angles();
            self.settle();
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
        match &self.text[start..self.at] {
            b"if" | b"for" | b"while" | b"with" => {
                self.nest();
                self.header = true;
                self.before = Before::Operator;
            }
            b"else" | b"do" | b"typeof" | b"void" | b"delete" | b"await" | b"yield" | b"new"
            | b"async" | b"keyof" | b"infer" | b"readonly" | b"unique" | b"extends" | b"throw"
            | b"return" | b"asserts" | b"abstract" | b"import" | b"try" | b"case" | b"default" => {
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
            b'/' if self.before == Before::Operator => self.regex(),
            b';' => {
                self.at += 1;
                self.drop_angles();
                self.settle();
                self.before = Before::Operator;
            }
            b',' => {
                self.at += 1;
                self.settle();
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
                if self.top() == Open::Angle {
                    self.pop();
                }
                self.before = Before::Operator;
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
        if self.jsx && next == b'/' {
            return self.element();
        }
        let tag = next.is_ascii_alphabetic() || matches!(next, b'_' | b'$' | b'>') || next >= 128;
        if self.jsx && tag && self.before == Before::Operator {
            return self.element();
        }
        self.at += 1;
        match next {
            b'=' | b'<' => self.at += 1,
            _ => self.push(Open::Angle),
        }
        self.before = Before::Operator;
    }

    fn operator(&mut self, byte: u8) {
        let prefix = self.before == Before::Operator;
        let nests = match byte {
            b'!' | b'~' | b'?' | b':' | b'=' => true,
            b'*' => self.peek(1) == b'*',
            b'+' | b'-' => prefix,
            _ => false,
        };
        if nests {
            self.nest();
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
