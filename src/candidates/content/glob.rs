//! Globs over paths: `*`, `**`, `?`, `[…]`, `{…}` and, where the dialect has them, `@(…)`, `!(…)` and the like.
//!
//! A segment is matched by following all places at once that it may have reached, so that no pattern makes matching go back and forth.

/// How many patterns the braces of one may stand for. More are not looked at.
const ALTERNATIVES: usize = 512;
/// How deep braces may be nested.
const BRACES: usize = 8;
/// How deep groups may be nested. Each level may follow each place of a name by itself.
const GROUPS: usize = 2;
/// How long a pattern may be, in bytes. A longer one stands for nothing.
const LENGTH: usize = 4_096;

/// What a glob means beyond the common signs.
#[derive(Clone, Copy)]
pub(super) struct Dialect {
    /// Whether `*`, `?` and `**` stand for what begins with a dot.
    pub dots: bool,
    /// Whether there are groups of alternatives in parentheses.
    pub groups: bool,
}

#[derive(Debug)]
enum Token {
    Character(char),
    One,
    Many,
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    Group {
        kind: char,
        alternatives: Vec<Vec<Token>>,
    },
}

#[derive(Debug)]
enum Segment {
    /// `**`: any folders.
    Folders,
    /// A name; with the text of the pattern, which some dialects take for the name as well.
    Name(Vec<Token>, String),
}

/// A pattern that can be held against paths.
pub(super) struct Glob {
    alternatives: Vec<Vec<Segment>>,
    dialect: Dialect,
}

impl Glob {
    pub fn new(pattern: &str, dialect: Dialect) -> Self {
        let mut expanded = Vec::new();
        if pattern.len() <= LENGTH {
            braces(pattern, BRACES, &mut expanded);
        }
        let segments = |pattern: &String| -> Vec<Segment> {
            let parts = pattern.split('/').filter(|part| !part.is_empty());
            parts.map(|part| segment(part, dialect)).collect()
        };
        Self {
            alternatives: expanded.iter().map(segments).collect(),
            dialect,
        }
    }

    /// Whether the pattern stands for this path.
    pub fn matches(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |segments: &Vec<Segment>| self.fits(segments, &parts);
        self.alternatives.iter().any(fits)
    }

    fn fits(&self, segments: &[Segment], parts: &[&str]) -> bool {
        // reached[n]: whether the segments so far may stand for the first n parts.
        let mut reached = vec![false; parts.len() + 1];
        reached[0] = true;
        for segment in segments {
            let mut next = vec![false; parts.len() + 1];
            for at in 0..=parts.len() {
                match segment {
                    Segment::Folders => {
                        let on = at > 0 && next[at - 1] && self.may_stand(parts[at - 1]);
                        next[at] = reached[at] || on;
                    }
                    Segment::Name(tokens, text) => {
                        next[at] = at > 0
                            && reached[at - 1]
                            && (self.is_named(tokens, parts[at - 1]) || text == parts[at - 1]);
                    }
                }
            }
            reached = next;
        }
        reached[parts.len()]
    }

    fn may_stand(&self, name: &str) -> bool {
        self.dialect.dots || !name.starts_with('.')
    }

    fn is_named(&self, tokens: &[Token], name: &str) -> bool {
        // What is anything but something may begin with a dot, as upstream has it.
        let dot = matches!(
            tokens.first(),
            Some(Token::Character('.') | Token::Group { kind: '!', .. })
        );
        if !dot && !self.may_stand(name) {
            return false;
        }
        let name: Vec<char> = name.chars().collect();
        let mut start = vec![false; name.len() + 1];
        start[0] = true;
        follow(tokens, &name, start)[name.len()]
    }
}

/// From the places that may have been reached, those that may be reached by the tokens.
fn follow(tokens: &[Token], name: &[char], mut reached: Vec<bool>) -> Vec<bool> {
    for token in tokens {
        reached = match token {
            Token::Many => from_first(&reached),
            Token::Group { kind, alternatives } => group(*kind, alternatives, name, &reached),
            one => {
                let mut next = vec![false; reached.len()];
                for at in 0..name.len() {
                    next[at + 1] = reached[at] && is_one(one, name[at]);
                }
                next
            }
        };
    }
    reached
}

fn is_one(token: &Token, character: char) -> bool {
    match token {
        Token::Character(expected) => *expected == character,
        Token::One => true,
        Token::Set { negated, ranges } => {
            let within = |(from, to): &(char, char)| (*from..=*to).contains(&character);
            ranges.iter().any(within) != *negated
        }
        Token::Many | Token::Group { .. } => false,
    }
}

fn from_first(reached: &[bool]) -> Vec<bool> {
    let first = reached.iter().position(|&reached| reached);
    let first = first.unwrap_or(reached.len());
    (0..reached.len()).map(|at| at >= first).collect()
}

fn group(kind: char, alternatives: &[Vec<Token>], name: &[char], from: &[bool]) -> Vec<bool> {
    let once = |from: &[bool]| {
        let mut sum = vec![false; from.len()];
        for alternative in alternatives {
            let reached = follow(alternative, name, from.to_vec());
            sum.iter_mut().zip(reached).for_each(|(sum, on)| *sum |= on);
        }
        sum
    };
    let with = |one: &[bool], other: &[bool]| -> Vec<bool> {
        one.iter()
            .zip(other)
            .map(|(one, other)| one | other)
            .collect()
    };
    match kind {
        '?' => with(from, &once(from)),
        '*' | '+' => {
            let mut sum = if kind == '*' {
                from.to_vec()
            } else {
                once(from)
            };
            loop {
                let more = with(&sum, &once(&sum));
                if more == sum {
                    return sum;
                }
                sum = more;
            }
        }
        '!' => {
            let mut sum = vec![false; from.len()];
            for start in (0..from.len()).filter(|&at| from[at]) {
                let mut alone = vec![false; from.len()];
                alone[start] = true;
                let excluded = once(&alone);
                (start..from.len()).for_each(|at| sum[at] |= !excluded[at]);
            }
            sum
        }
        _ => once(from),
    }
}

fn segment(text: &str, dialect: Dialect) -> Segment {
    if text == "**" {
        return Segment::Folders;
    }
    let characters: Vec<char> = text.chars().collect();
    let mut at = 0;
    let tokens = tokens(&characters, &mut at, dialect, 0);
    Segment::Name(tokens, text.to_owned())
}

fn tokens(text: &[char], at: &mut usize, dialect: Dialect, depth: usize) -> Vec<Token> {
    let mut tokens = Vec::new();
    while let Some(&character) = text.get(*at) {
        if depth > 0 && matches!(character, '|' | ')') {
            break;
        }
        *at += 1;
        let opens = dialect.groups && depth < GROUPS && text.get(*at) == Some(&'(');
        let group = opens && "@!?*+".contains(character) && text[*at..].contains(&')');
        tokens.push(match character {
            kind if group => {
                let mut alternatives = Vec::new();
                while matches!(text.get(*at), Some('(' | '|')) {
                    *at += 1;
                    alternatives.push(self::tokens(text, at, dialect, depth + 1));
                }
                *at += 1;
                Token::Group { kind, alternatives }
            }
            '\\' if *at < text.len() => {
                *at += 1;
                Token::Character(text[*at - 1])
            }
            '*' => Token::Many,
            '?' => Token::One,
            '[' => set(text, at).unwrap_or(Token::Character('[')),
            other => Token::Character(other),
        });
    }
    tokens
}

/// A set of characters, from after its bracket.
fn set(text: &[char], at: &mut usize) -> Option<Token> {
    let mut here = *at;
    let negated = matches!(text.get(here), Some('!' | '^'));
    here += usize::from(negated);
    let first = here;
    let mut ranges = Vec::new();
    loop {
        let mut from = *text.get(here)?;
        if from == ']' && here > first {
            break;
        }
        if from == '\\' {
            here += 1;
            from = *text.get(here)?;
        }
        let to = match (text.get(here + 1), text.get(here + 2)) {
            (Some('-'), Some(&to)) if to != ']' => {
                here += 2;
                to
            }
            _ => from,
        };
        ranges.push((from, to));
        here += 1;
    }
    *at = here + 1;
    Some(Token::Set { negated, ranges })
}

/// The patterns that one with braces stands for.
fn braces(pattern: &str, depth: usize, found: &mut Vec<String>) {
    if found.len() >= ALTERNATIVES {
        return;
    }
    let Some((before, alternatives, after)) = first_braces(pattern).filter(|_| depth > 0) else {
        found.push(pattern.to_owned());
        return;
    };
    // Once for all alternatives, or a row of braces would take exponential time.
    let mut rest = Vec::new();
    braces(after, depth, &mut rest);
    for alternative in alternatives {
        let mut inner = Vec::new();
        braces(&alternative, depth - 1, &mut inner);
        for inner in inner {
            for rest in &rest {
                if found.len() >= ALTERNATIVES {
                    return;
                }
                found.push(format!("{before}{inner}{rest}"));
            }
        }
    }
}

/// What stands before the first braces with alternatives, these, and what stands after them.
fn first_braces(pattern: &str) -> Option<(&str, Vec<String>, &str)> {
    let bytes = pattern.as_bytes();
    let mut from = 0;
    while let Some(open) = memchr::memchr(b'{', &bytes[from..]).map(|at| at + from) {
        let mut depth = 0usize;
        let mut parts = vec![open + 1];
        for (at, byte) in bytes.iter().enumerate().skip(open) {
            match byte {
                b'{' => depth += 1,
                b',' if depth == 1 => parts.push(at + 1),
                b'}' if depth == 1 => {
                    parts.push(at + 1);
                    let texts = parts.windows(2).map(|pair| &pattern[pair[0]..pair[1] - 1]);
                    let texts: Vec<String> = texts.map(str::to_owned).collect();
                    let range = (texts.len() == 1).then(|| range(&texts[0])).flatten();
                    let single = texts.len() == 1 && range.is_none();
                    if single {
                        break;
                    }
                    return Some((&pattern[..open], range.unwrap_or(texts), &pattern[at + 1..]));
                }
                b'}' => depth -= 1,
                _ => {}
            }
        }
        from = open + 1;
    }
    None
}

/// `1..3` as what it stands for.
fn range(text: &str) -> Option<Vec<String>> {
    let (from, to) = text.split_once("..")?;
    let (from, to): (u16, u16) = (from.parse().ok()?, to.parse().ok()?);
    let numbers = from.min(to)..=from.max(to);
    Some(
        numbers
            .take(ALTERNATIVES)
            .map(|number| number.to_string())
            .collect(),
    )
}
