//! The YAML that package managers write: block mappings and lists, flow ones on one line, scalars, block scalars.
//! Anchors, tags and several documents are not read; a lockfile that has them is unreadable.

use crate::json::Json;

/// Deeper documents are nobody's lockfile.
const DEPTH: usize = 32;

/// Reads a document.
///
/// # Errors
/// The number of the line that isn't understood.
pub(crate) fn parse(text: &str) -> Result<Json, usize> {
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<Line<'_>> = text
        .lines()
        .enumerate()
        .map(|(number, line)| Line {
            number: number + 1,
            indent: line.len() - line.trim_start_matches(' ').len(),
            text: line.trim(),
        })
        .filter(|line| !line.text.is_empty() && !line.text.starts_with('#') && line.text != "---")
        .collect();
    let mut reader = Reader { lines, at: 0 };
    if reader.lines.is_empty() {
        return Ok(Json::Null);
    }
    let indent = reader.lines[0].indent;
    let document = reader.block(indent, DEPTH)?;
    match reader.lines.get(reader.at) {
        None => Ok(document),
        Some(line) => Err(line.number),
    }
}

#[derive(Clone, Copy)]
struct Line<'a> {
    number: usize,
    indent: usize,
    text: &'a str,
}

struct Reader<'a> {
    lines: Vec<Line<'a>>,
    at: usize,
}

impl<'a> Reader<'a> {
    /// The mapping or list whose entries stand at `indent`.
    fn block(&mut self, indent: usize, left: usize) -> Result<Json, usize> {
        let Some(first) = self.lines.get(self.at).copied() else {
            return Ok(Json::Null);
        };
        if left == 0 {
            return Err(first.number);
        }
        if first.text == "-" || first.text.starts_with("- ") {
            return self.list(indent);
        }
        let mut entries = Vec::new();
        while let Some(line) = self.lines.get(self.at).copied() {
            if line.indent < indent {
                break;
            }
            if line.indent > indent {
                return Err(line.number);
            }
            let (key, rest) = self.key(line)?;
            self.at += 1;
            let value = match rest {
                "" => match self.lines.get(self.at) {
                    Some(next) if next.indent > indent => {
                        let deeper = next.indent;
                        self.block(deeper, left - 1)?
                    }
                    // A list may stand as deep as its key.
                    Some(next) if next.indent == indent && next.text.starts_with("- ") => {
                        self.list(indent)?
                    }
                    _ => Json::Null,
                },
                "|" | "|-" | "|+" | ">" | ">-" | ">+" => self.folded(indent),
                value => inline(value).ok_or(line.number)?,
            };
            entries.push((key, value));
        }
        Ok(Json::Map(entries))
    }

    fn list(&mut self, indent: usize) -> Result<Json, usize> {
        let mut items = Vec::new();
        while let Some(line) = self.lines.get(self.at).copied() {
            let Some(item) = line
                .text
                .strip_prefix("- ")
                .filter(|_| line.indent == indent)
            else {
                break;
            };
            items.push(inline(item.trim()).ok_or(line.number)?);
            self.at += 1;
        }
        match self.lines.get(self.at) {
            Some(line) if line.indent > indent => Err(line.number),
            _ => Ok(Json::List(items)),
        }
    }

    /// The key of an entry, and what stands behind its colon.
    fn key(&mut self, line: Line<'a>) -> Result<(String, &'a str), usize> {
        // Keys that are too long for one line stand behind a question mark, their colon on the next.
        if let Some(long) = line.text.strip_prefix("? ") {
            let key = match inline(long.trim()) {
                Some(Json::Text(key)) => key,
                _ => return Err(line.number),
            };
            self.at += 1;
            let next = self.lines.get(self.at).copied();
            let next = next.filter(|next| next.indent == line.indent);
            let rest = next.and_then(|next| next.text.strip_prefix(':'));
            return Ok((key, rest.ok_or(line.number)?.trim()));
        }
        let (key, rest) = split_key(line.text).ok_or(line.number)?;
        Ok((key, rest))
    }

    fn folded(&mut self, indent: usize) -> Json {
        let mut text = Vec::new();
        while let Some(line) = self.lines.get(self.at).filter(|line| line.indent > indent) {
            text.push(line.text);
            self.at += 1;
        }
        Json::Text(text.join("\n"))
    }
}

/// `key: rest`, where the key may be quoted.
fn split_key(text: &str) -> Option<(String, &str)> {
    if text.starts_with(['"', '\'']) {
        let (key, rest) = quoted(text)?;
        return Some((key, rest.trim_start().strip_prefix(':')?.trim()));
    }
    if let Some(key) = text.strip_suffix(':').filter(|key| !key.contains(": ")) {
        return Some((key.trim().to_owned(), ""));
    }
    let (key, rest) = text.split_once(": ")?;
    Some((key.trim().to_owned(), rest.trim()))
}

/// A value that is all on one line.
fn inline(text: &str) -> Option<Json> {
    let (value, rest) = flow(text, 8)?;
    let rest = rest.trim_start();
    (rest.is_empty() || rest.starts_with('#')).then_some(value)
}

/// A value at the start of `text`, and what follows it.
fn flow(text: &str, left: usize) -> Option<(Json, &str)> {
    if left == 0 {
        return None;
    }
    match text.chars().next() {
        Some('{') => {
            let mut rest = text[1..].trim_start();
            let mut entries = Vec::new();
            while !rest.starts_with('}') {
                let (key, after) = match rest.starts_with(['"', '\'']) {
                    true => quoted(rest)?,
                    false => {
                        let end = rest.find(':')?;
                        (rest[..end].trim().to_owned(), &rest[end..])
                    }
                };
                let (value, after) =
                    inner(after.trim_start().strip_prefix(':')?.trim_start(), left)?;
                entries.push((key, value));
                rest = next(after, '}')?;
            }
            Some((Json::Map(entries), &rest[1..]))
        }
        Some('[') => {
            let mut rest = text[1..].trim_start();
            let mut items = Vec::new();
            while !rest.starts_with(']') {
                let (value, after) = inner(rest, left)?;
                items.push(value);
                rest = next(after, ']')?;
            }
            Some((Json::List(items), &rest[1..]))
        }
        Some('"' | '\'') => quoted(text).map(|(text, rest)| (Json::Text(text), rest)),
        Some('&' | '*' | '!') => None,
        _ => {
            let end = text.find(" #").unwrap_or(text.len());
            Some((scalar(text[..end].trim_end()), &text[end..]))
        }
    }
}

/// A value inside braces or brackets, where a comma ends a plain one.
fn inner(text: &str, left: usize) -> Option<(Json, &str)> {
    match text.starts_with(['{', '[', '"', '\'']) {
        true => flow(text, left - 1),
        false => {
            let end = text.find([',', '}', ']'])?;
            Some((scalar(text[..end].trim()), &text[end..]))
        }
    }
}

fn next(after: &str, end: char) -> Option<&str> {
    let after = after.trim_start();
    match after.strip_prefix(',') {
        Some(rest) => Some(rest.trim_start()),
        None => after.starts_with(end).then_some(after),
    }
}

fn scalar(text: &str) -> Json {
    match text {
        "" | "null" | "~" => Json::Null,
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        // Versions such as `1.0` are texts to everyone here.
        text => Json::Text(text.to_owned()),
    }
}

/// A quoted text at the start, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut characters = text.char_indices();
    let (_, quote) = characters.next()?;
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' if quote == '\'' && text[at + 1..].starts_with('\'') => {
                characters.next();
                out.push('\'');
            }
            _ if character == quote => return Some((out, &text[at + 1..])),
            '\\' if quote == '"' => match characters.next()?.1 {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                other => out.push(other),
            },
            _ => out.push(character),
        }
    }
    None
}
