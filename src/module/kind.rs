//! What a file is to an `import`, by its extension: Vite's lists.

use overskill_model::ModulePath;

/// Whether a file is a CSS module: Vite goes by its name.
pub fn is_css_module(path: &ModulePath) -> bool {
    let name = path.name().to_ascii_lowercase();
    let stem = name.rsplit_once('.').map_or("", |(stem, _)| stem);
    stem.ends_with(".module") && FileKind::of(path) == FileKind::Style
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// JavaScript or TypeScript.
    Script,
    /// JSON.
    Json,
    /// A style sheet, in CSS or a language that becomes CSS.
    Style,
    /// Something with a URL.
    Asset,
    /// WebAssembly.
    Wasm,
    /// What no one knows how to import.
    Unknown,
}

impl FileKind {
    /// Tells it from a path.
    pub fn of(path: &ModulePath) -> Self {
        match path.extension().to_ascii_lowercase().as_str() {
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" => Self::Script,
            "json" => Self::Json,
            "css" | "scss" | "sass" | "less" | "styl" | "stylus" | "pcss" | "postcss" => {
                Self::Style
            }
            "apng" | "bmp" | "png" | "jpg" | "jpeg" | "jfif" | "pjpeg" | "pjp" | "gif" | "svg"
            | "ico" | "webp" | "avif" | "cur" | "jxl" | "mp4" | "webm" | "ogg" | "mp3" | "wav"
            | "flac" | "aac" | "opus" | "mov" | "m4a" | "vtt" | "woff" | "woff2" | "eot"
            | "ttf" | "otf" | "webmanifest" | "pdf" | "txt" => Self::Asset,
            "wasm" => Self::Wasm,
            _ => Self::Unknown,
        }
    }

    /// Whether the compiler makes a module of its text.
    pub fn is_compiled(self) -> bool {
        matches!(self, Self::Script | Self::Json | Self::Style)
    }
}
