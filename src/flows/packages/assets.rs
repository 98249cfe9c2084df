//! What the files of a package are to a page, by extension.

use base64::{Engine, engine::general_purpose::STANDARD};
use overskill_model::ContentHash;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// For the compiler.
    Source,
    /// A style sheet, for the compiler too.
    Style,
    /// Something with a URL, of that media type.
    Asset(&'static str),
    /// Nothing a page asks for.
    Other,
}

/// What the file `name` is.
pub(super) fn kind(name: &str) -> Kind {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension.to_ascii_lowercase().as_str() {
        "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" | "jsx" | "tsx" | "json" => Kind::Source,
        "css" => Kind::Style,
        "svg" => Kind::Asset("image/svg+xml"),
        "png" => Kind::Asset("image/png"),
        "jpg" | "jpeg" => Kind::Asset("image/jpeg"),
        "gif" => Kind::Asset("image/gif"),
        "webp" => Kind::Asset("image/webp"),
        "avif" => Kind::Asset("image/avif"),
        "ico" => Kind::Asset("image/x-icon"),
        "woff" => Kind::Asset("font/woff"),
        "woff2" => Kind::Asset("font/woff2"),
        "ttf" => Kind::Asset("font/ttf"),
        "otf" => Kind::Asset("font/otf"),
        "eot" => Kind::Asset("application/vnd.ms-fontobject"),
        "wasm" => Kind::Asset("application/wasm"),
        "jfif" | "pjpeg" | "pjp" => Kind::Asset("image/jpeg"),
        "mp4" => Kind::Asset("video/mp4"),
        "webm" => Kind::Asset("video/webm"),
        "ogg" => Kind::Asset("audio/ogg"),
        "flac" => Kind::Asset("audio/flac"),
        "aac" => Kind::Asset("audio/aac"),
        "webmanifest" => Kind::Asset("application/manifest+json"),
        "pdf" => Kind::Asset("application/pdf"),
        "txt" => Kind::Asset("text/plain"),
        "mp3" => Kind::Asset("audio/mpeg"),
        "wav" => Kind::Asset("audio/wav"),
        _ => Kind::Other,
    }
}

/// Smaller files are in their URL, as in Vite's output.
const INLINE_BYTES: usize = 4096;

/// The URL of an asset, and for one that has a file behind it, where that is stored and what it holds.
pub(super) fn address(
    file: &str,
    media_type: &str,
    bytes: Vec<u8>,
) -> (String, Option<(String, Vec<u8>)>) {
    // A worker's script needs an origin.
    let script = matches!(kind(file), Kind::Source);
    if bytes.len() < INLINE_BYTES && !script {
        let url = format!("data:{media_type};base64,{}", STANDARD.encode(&bytes));
        return (url, None);
    }
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    let hash = ContentHash::of(&bytes);
    let url = format!(
        "/__overskill/files/{hash}.{}",
        extension.to_ascii_lowercase()
    );
    (url, Some((format!("packages/files/{hash}"), bytes)))
}

/// What of a file is wanted instead of what it is by itself: the query behind its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Query {
    Url,
    Raw,
    Inline,
    Worker,
}

impl Query {
    /// A specifier without its query, and that.
    pub fn split(specifier: &str) -> (&str, Option<Self>) {
        let Some((bare, query)) = specifier.split_once('?') else {
            return (specifier, None);
        };
        let query = match query {
            "url" => Self::Url,
            "raw" => Self::Raw,
            "inline" => Self::Inline,
            "worker" => Self::Worker,
            _ => return (bare, None),
        };
        (bare, Some(query))
    }

    /// Behind a file's name it says what is kept of the file.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Url | Self::Worker => "",
            Self::Raw => "?raw",
            Self::Inline => "?inline",
        }
    }
}

/// A file's text or its URL with the whole of it inside.
pub(super) fn inside(file: &str, query: Query, bytes: &[u8]) -> String {
    let media_type = match kind(file) {
        Kind::Asset(media_type) if query == Query::Inline => media_type,
        Kind::Other if query == Query::Inline => "application/octet-stream",
        _ => {
            let text = String::from_utf8_lossy(bytes);
            return text.trim_start_matches('\u{feff}').to_owned();
        }
    };
    format!("data:{media_type};base64,{}", STANDARD.encode(bytes))
}

/// Whether a script asks for others by their names, as far as its lines tell.
pub(super) fn imports_others(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start();
        let export =
            line.starts_with("export *") || line.starts_with("export {") && line.contains(" from ");
        let import = line.strip_prefix("import");
        export || import.is_some_and(|rest| rest.starts_with([' ', '{', '*', '"', '\'']))
    })
}
