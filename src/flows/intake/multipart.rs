//! `multipart/form-data` (RFC 7578) as browsers, curl and HTTP libraries write it: each part a file, its filename the path.

use memchr::memmem;
use overskill_protocol::Refusal;

/// Longest boundary (RFC 2046).
const BOUNDARY: usize = 70;
/// Longest header block of one part.
const HEADERS: usize = 16 << 10;
/// What every part must look like, for the caller who sent another.
const WANTED: &str = "Every part of the form is a file and has the file's path as its `filename`";

/// The parts of a form, by path as the caller wrote it.
///
/// # Errors
/// Refuses a missing boundary, a body that is cut short, a part that is no file, and more than `limit` parts.
pub(super) fn parts(
    content_type: &str,
    body: &[u8],
    limit: usize,
) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    let boundary = boundary(content_type)?;
    let mut rest = Parts::start(&boundary, body)?;
    let mut files = Vec::new();
    while let Some(Part { headers, content }) = rest.next()? {
        if files.len() == limit {
            let detail = format!("The form has more than {limit} parts.");
            return Err(Refusal::new(413, "too-many-files", detail).fact("limit", limit));
        }
        files.push((path(headers)?, content.to_vec()));
    }
    Ok(files)
}

/// The delimiter line that the content type announces, from its two dashes on.
fn boundary(content_type: &str) -> Result<Vec<u8>, Refusal> {
    let refuse = |detail: &str| Err(Refusal::new(400, "multipart-boundary", detail));
    let (_, parameters) = content_type.split_once(';').unwrap_or_default();
    let Some(parameters) = parameters_of(parameters.as_bytes()) else {
        return refuse("The parameters of the content type cannot be read.");
    };
    let mut found = parameters
        .into_iter()
        .filter(|(name, _)| name == "boundary");
    match (found.next(), found.next()) {
        (Some((_, value)), None) => {
            let allowed =
                |byte: &u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(byte);
            let fits = (1..=BOUNDARY).contains(&value.len()) && !value.ends_with(b" ");
            match fits && value.iter().all(allowed) {
                true => Ok([b"--", &value[..]].concat()),
                false => refuse("A boundary has 1 to 70 characters that RFC 2046 allows."),
            }
        }
        (None, _) => refuse("The content type names no `boundary`."),
        (Some(_), Some(_)) => refuse("The content type names two boundaries."),
    }
}

/// One part, its headers without the last line end.
struct Part<'a> {
    headers: &'a [u8],
    content: &'a [u8],
}

/// What is left of a body behind a delimiter.
struct Parts<'a> {
    delimiter: memmem::Finder<'a>,
    length: usize,
    rest: &'a [u8],
}

impl<'a> Parts<'a> {
    fn start(delimiter: &'a [u8], body: &'a [u8]) -> Result<Self, Refusal> {
        let finder = memmem::Finder::new(delimiter);
        // A preamble is allowed, the first delimiter then stands at the start of a line.
        let at = finder
            .find_iter(body)
            .find(|at| *at == 0 || body[..*at].ends_with(b"\r\n"))
            .ok_or_else(|| corrupt("the boundary is nowhere in it"))?;
        Ok(Self {
            rest: &body[at + delimiter.len()..],
            length: delimiter.len(),
            delimiter: finder,
        })
    }

    /// The next part; `None` behind the last delimiter.
    fn next(&mut self) -> Result<Option<Part<'a>>, Refusal> {
        if self.rest.starts_with(b"--") {
            return Ok(None);
        }
        let padding = self
            .rest
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'));
        let line = &self.rest[padding.count()..];
        let Some(part) = line.strip_prefix(b"\r\n") else {
            return Err(corrupt("a delimiter is not followed by a line end"));
        };
        let (headers, content) = match part.strip_prefix(b"\r\n") {
            Some(content) => (&part[..0], content),
            None => {
                let head = &part[..part.len().min(HEADERS)];
                let end = memmem::find(head, b"\r\n\r\n")
                    .ok_or_else(|| corrupt("the headers of a part don't end"))?;
                (&part[..end], &part[end + 4..])
            }
        };
        // An empty content may share its line end with the headers.
        let from = part.len() - content.len() - 2;
        let end = self
            .delimiter
            .find_iter(&part[from..])
            .map(|at| from + at)
            .find(|at| part[..*at].ends_with(b"\r\n"))
            .ok_or_else(|| corrupt("the last part doesn't end"))?;
        let content = content
            .get(..(end - 2).saturating_sub(part.len() - content.len()))
            .unwrap_or_default();
        self.rest = &part[end + self.length..];
        Ok(Some(Part { headers, content }))
    }
}

/// The path that a part's headers name.
fn path(headers: &[u8]) -> Result<String, Refusal> {
    let mut disposition = None;
    let lines = headers.split(|byte| *byte == b'\n');
    for line in lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)) {
        if line.is_empty() {
            continue;
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = match colon {
            Some(at) if !line[0].is_ascii_whitespace() => (&line[..at], &line[at + 1..]),
            _ => return Err(corrupt("a header of a part is not `name: value`")),
        };
        if name.eq_ignore_ascii_case(b"content-disposition")
            && disposition.replace(value.trim_ascii()).is_some()
        {
            return Err(corrupt("a part has two `Content-Disposition`s"));
        }
        if name.eq_ignore_ascii_case(b"content-transfer-encoding") {
            let plain = [&b"binary"[..], b"8bit", b"7bit"];
            let value = value.trim_ascii();
            if !plain.iter().any(|plain| value.eq_ignore_ascii_case(plain)) {
                return Err(wrong(
                    "; its content is sent as it is, without a transfer encoding",
                ));
            }
        }
    }
    let Some(disposition) = disposition else {
        return Err(wrong("; one has no `Content-Disposition`"));
    };
    let (kind, parameters) = match disposition.iter().position(|byte| *byte == b';') {
        Some(at) => disposition.split_at(at),
        None => (disposition, &b""[..]),
    };
    if !kind.trim_ascii().eq_ignore_ascii_case(b"form-data") {
        return Err(wrong("; one is no `form-data`"));
    }
    let parameters = parameters_of(parameters.strip_prefix(b";").unwrap_or_default())
        .ok_or_else(|| corrupt("the `Content-Disposition` of a part cannot be read"))?;
    let value = |wanted: &str| {
        let mut found = parameters.iter().filter(|(name, _)| name == wanted);
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(corrupt("a part has two file names")),
            (found, _) => Ok(found.map(|(_, value)| &value[..])),
        }
    };
    let bytes = match (value("filename*")?, value("filename")?) {
        (Some(extended), _) => from_extended(extended)
            .ok_or_else(|| corrupt("the `filename*` of a part cannot be read"))?,
        (None, Some(plain)) => from_browser(plain),
        (None, None) => return Err(wrong("; one has none")),
    };
    String::from_utf8(bytes).map_err(|error| {
        let shown = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let detail = format!("The file name {shown:?} is not UTF-8.");
        Refusal::new(422, "invalid-path", detail).fact("path", shown)
    })
}

/// Reads `name=token; name="quoted"`; names in lower case. `None` when it is something else.
fn parameters_of(text: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut parameters = Vec::new();
    let mut rest = text.trim_ascii();
    while !rest.is_empty() {
        if let Some(more) = rest.strip_prefix(b";") {
            rest = more.trim_ascii();
            continue;
        }
        let equals = rest.iter().position(|byte| *byte == b'=')?;
        let name = std::str::from_utf8(rest[..equals].trim_ascii()).ok()?;
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || ";\"".contains(c)) {
            return None;
        }
        let value = rest[equals + 1..].trim_ascii_start();
        let (value, behind) = match value.strip_prefix(b"\"") {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = value.iter().position(|byte| *byte == b';');
                let (value, behind) = value.split_at(end.unwrap_or(value.len()));
                (value.trim_ascii().to_vec(), behind)
            }
        };
        parameters.push((name.to_ascii_lowercase(), value));
        rest = behind.trim_ascii();
        if !rest.is_empty() && !rest.starts_with(b";") {
            return None;
        }
    }
    Some(parameters)
}

/// The value up to the closing quote, and what is behind it. Browsers don't escape backslashes, so only `\"` and `\\`
/// are escapes.
fn unquoted(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut value = Vec::new();
    let mut at = 0;
    loop {
        match (text.get(at)?, text.get(at + 1)) {
            (b'"', _) => return Some((value, &text[at + 1..])),
            (b'\\', Some(escaped @ (b'"' | b'\\'))) => {
                value.push(*escaped);
                at += 2;
            }
            (byte, _) => {
                value.push(*byte);
                at += 1;
            }
        }
    }
}

/// Undoes what browsers do to a file name (the HTML standard): quotes and line ends in percent-encoding, nothing else.
fn from_browser(name: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((first, behind)) = rest.split_first() {
        let (byte, behind) = match rest.get(..3) {
            Some(b"%22") => (b'"', &rest[3..]),
            Some(b"%0D" | b"%0d") => (b'\r', &rest[3..]),
            Some(b"%0A" | b"%0a") => (b'\n', &rest[3..]),
            _ => (*first, behind),
        };
        bytes.push(byte);
        rest = behind;
    }
    bytes
}

/// Reads `charset'language'percent-encoded` (RFC 8187) to UTF-8.
fn from_extended(value: &[u8]) -> Option<Vec<u8>> {
    let mut fields = value.splitn(3, |byte| *byte == b'\'');
    let (charset, _, text) = (fields.next()?, fields.next()?, fields.next()?);
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let mut digit = || (*rest.next()? as char).to_digit(16);
        bytes.push((digit()? << 4 | digit()?) as u8);
    }
    if charset.eq_ignore_ascii_case(b"utf-8") {
        return Some(bytes);
    }
    let latin = charset.eq_ignore_ascii_case(b"iso-8859-1");
    latin.then(|| {
        bytes
            .iter()
            .map(|byte| char::from(*byte))
            .collect::<String>()
            .into_bytes()
    })
}

fn corrupt(why: &str) -> Refusal {
    Refusal::new(
        400,
        "multipart-corrupt",
        format!("The form cannot be read: {why}."),
    )
}

fn wrong(what: &str) -> Refusal {
    Refusal::new(422, "invalid-body", format!("{WANTED}{what}."))
}

#[cfg(test)]
mod tests;
