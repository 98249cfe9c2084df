//! Where files that are no modules are found: under an address that names their content, or in the address itself.

use crate::graph::App;
use base64::{Engine, engine::general_purpose::STANDARD};
use overskill_model::{ContentHash, ModulePath};

/// The URL an imported or referenced file is served under.
pub fn asset_url(path: &ModulePath, hash: &ContentHash) -> String {
    format!(
        "/__overskill/assets/{}/{}",
        hash.short(),
        encode(path.name())
    )
}

/// The URL of a file in production, where the app is served at `base`.
pub fn built_url(base: &str, path: &ModulePath, hash: &ContentHash) -> String {
    let (_, extension) = parts(path);
    built(base, path, hash, extension)
}

/// The URL that a style sheet is served under, by its final text: the name says that it is CSS, whatever it was.
pub fn sheet_url(path: &ModulePath, hash: &ContentHash) -> String {
    let url = asset_url(path, hash);
    match path.extension().as_str() {
        "css" => url,
        _ => url + ".css",
    }
}

/// The same in production.
pub fn built_sheet_url(base: &str, path: &ModulePath, hash: &ContentHash) -> String {
    built(base, path, hash, Some("css"))
}

fn built(base: &str, path: &ModulePath, hash: &ContentHash, extension: Option<&str>) -> String {
    let (stem, _) = parts(path);
    let ending = extension.map(|extension| format!(".{}", encode(extension)));
    let hash = &hash.to_string()[..10];
    format!(
        "{base}assets/{}-{hash}{}",
        encode(stem),
        ending.unwrap_or_default()
    )
}

/// A file's name and its extension.
fn parts(path: &ModulePath) -> (&str, Option<&str>) {
    match path.name().rsplit_once('.') {
        Some((stem, extension)) => (stem, Some(extension)),
        None => (path.name(), None),
    }
}

fn encode(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'@' => {
                text.push(byte.into())
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// What stands behind a file's name in a specifier.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Suffix<'a> {
    /// Without `?`.
    pub query: Option<&'a str>,
    /// With `#`, or empty.
    pub fragment: &'a str,
}

/// An asset's address, and whether a file must be served for it.
pub(crate) struct Address {
    pub url: String,
    pub served: bool,
}

/// The address of a file as Vite gives it: while developing, SVGs that are small, and what is asked for `?inline`, are
/// data of their own; in production all that is small. `public` is the address that the file has by being in `public/`.
pub(crate) fn address(
    app: &App<'_>,
    path: &ModulePath,
    suffix: Suffix<'_>,
    public: Option<&str>,
) -> Address {
    let parts = || suffix.query.into_iter().flat_map(|query| query.split('&'));
    let asks =
        |name: &str| parts().any(|part| part == name || part.starts_with(&format!("{name}=")));
    let svg = path.as_str().ends_with(".svg");
    let data = || (app.bytes)(path).map(|bytes| data_url(path, &bytes));
    let inline = asks("inline") && !asks("no-inline");
    let may = svg || app.production && !path.as_str().ends_with(".html") && public.is_none();
    if inline || (may && (!svg || suffix.fragment.is_empty()) && !asks("no-inline")) {
        let small = |bytes: &Vec<u8>| bytes.len() < app.kinds.inline_limit && !is_pointer(bytes);
        let url = match inline {
            true => data(),
            false => (app.bytes)(path)
                .filter(small)
                .map(|bytes| data_url(path, &bytes)),
        };
        if let Some(url) = url {
            return Address { url, served: false };
        }
    }
    let mut url = match (public, app.files.get(path)) {
        (Some(public), _) => public.to_owned(),
        (None, Some(hash)) if app.production => built_url(app.base, path, hash),
        (None, Some(hash)) => asset_url(path, hash),
        (None, None) => String::new(),
    };
    let rest: Vec<&str> = parts().filter(|part| *part != "url").collect();
    if !rest.is_empty() {
        url.push('?');
        url.push_str(&rest.join("&"));
    }
    url.push_str(suffix.fragment);
    Address {
        url,
        served: public.is_none(),
    }
}

/// Whether it only names content that Git keeps elsewhere.
fn is_pointer(bytes: &[u8]) -> bool {
    bytes.starts_with(b"version https://git-lfs.github.com")
}

/// A file as a URL that holds it.
pub fn data_url(path: &ModulePath, bytes: &[u8]) -> String {
    if path.as_str().ends_with(".svg")
        && let Ok(text) = std::str::from_utf8(bytes)
        && let Some(url) = readable(text)
    {
        return url;
    }
    let media_type = match path.extension().to_ascii_lowercase().as_str() {
        "ico" | "cur" => "image/x-icon",
        "m4a" => "audio/mp4",
        "opus" => "audio/ogg",
        "avif" => "image/avif",
        "jxl" => "image/jxl",
        _ => mime_guess::from_path(path.name())
            .first_raw()
            .unwrap_or("application/octet-stream"),
    };
    format!("data:{media_type};base64,{}", STANDARD.encode(bytes))
}

/// An SVG as text in a URL, where that is safe: white space counts in what it says, and quotes are changed.
fn readable(text: &str) -> Option<String> {
    if text.contains("<text") || text.contains("<foreignObject") || has_nested_quotes(text) {
        return None;
    }
    let mut url = String::from("data:image/svg+xml,");
    let mut rest = text.trim();
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '"' => url.push('\''),
            '%' => url.push_str("%25"),
            '#' => url.push_str("%23"),
            '<' => url.push_str("%3c"),
            '>' => {
                url.push_str("%3e");
                let after = rest.trim_start();
                if after.starts_with('<') {
                    rest = after;
                }
            }
            blank if blank.is_whitespace() => {
                url.push_str("%20");
                rest = rest.trim_start();
            }
            other => url.push(other),
        }
    }
    Some(url)
}

/// Whether one kind of quotes stands within the other.
fn has_nested_quotes(text: &str) -> bool {
    // `"…'…"`, where only the first `'` of a pair need be there; `'…"…'` likewise.
    let holds = |outer: char, inner: char| {
        let mut rest = text;
        while let Some(open) = rest.find(outer) {
            let after = &rest[open + 1..];
            let Some(next) = after.find([outer, inner]) else {
                return false;
            };
            if after[next..].starts_with(inner) {
                let mut tail = after[next + 1..].chars();
                return tail.any(|character| character == outer);
            }
            rest = &after[next..];
        }
        false
    };
    holds('"', '\'') || holds('\'', '"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use overskill_model::Limits;

    #[test]
    fn data_says_what_the_file_says() {
        let url = |name: &str, text: &str| {
            data_url(
                &ModulePath::parse(name, &Limits::default()).unwrap(),
                text.as_bytes(),
            )
        };
        assert_eq!(
            url("a.svg", "\n<svg a=\"#f\">\n  <g  b='50%'/>\n</svg>\n"),
            "data:image/svg+xml,%3csvg%20a='%23f'%3e%3cg%20b='50%25'/%3e%3c/svg%3e"
        );
        assert_eq!(
            url("a.svg", "<svg><text>a b</text></svg>"),
            "data:image/svg+xml;base64,PHN2Zz48dGV4dD5hIGI8L3RleHQ+PC9zdmc+"
        );
        assert!(url("a.svg", "<svg a=\"url('x')\"/>").contains("base64"));
        assert_eq!(url("a.png", "x"), "data:image/png;base64,eA==");
        assert_eq!(
            url("a.unheard", "x"),
            "data:application/octet-stream;base64,eA=="
        );
    }
}
