//! What the files of a package are to a page, by extension.

use base64::{Engine, engine::general_purpose::STANDARD};

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
        "mp3" => Kind::Asset("audio/mpeg"),
        "wav" => Kind::Asset("audio/wav"),
        _ => Kind::Other,
    }
}

/// The file as a URL of its own, so that the chunk needs no other.
pub(super) fn data_url(media_type: &str, bytes: &[u8]) -> String {
    format!("data:{media_type};base64,{}", STANDARD.encode(bytes))
}
