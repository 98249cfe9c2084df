//! Which attributes of which elements may name a file of the app: Vite's list.

use crate::{css, srcset};
use overskill_diagnostics::Span;
use overskill_model::may_name_file;
use std::ops::Range;

/// A URL in the page that may name one of the app's files. URLs with a scheme or host of their own are not listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageReference {
    /// The URL as the page means it: entities decoded, without white space around it, `%NAME%` as written.
    pub url: String,
    /// What the page loads it as.
    pub kind: ReferenceKind,
    /// Where it is written. For a `srcset` with entities, the whole value.
    pub span: Span,
    /// Where it stands in the page's attributes.
    pub(crate) place: Place,
}

/// What a URL is loaded as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceKind {
    /// `<link rel="stylesheet">`.
    Stylesheet,
    /// `<script src>` that is no module.
    ClassicScript,
    /// `<link rel="modulepreload">`.
    ModulePreload,
    /// Anything else: an image, an icon, a manifest, a font.
    Asset,
}

/// An attribute's value, by index, and the URL's range in its decoded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub value: usize,
    pub range: Range<usize>,
}

/// An attribute of a start tag.
#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    pub name: &'static str,
    /// Where the name is written.
    pub name_span: Range<usize>,
    /// Decoded.
    pub value: String,
    /// Where the value is written, without quotes; empty at the name's end when there is none.
    pub value_span: Range<usize>,
}

/// The attributes that are looked at.
const NAMES: [&str; 16] = [
    "type",
    "src",
    "href",
    "xlink:href",
    "rel",
    "srcset",
    "imagesrcset",
    "poster",
    "data",
    "content",
    "name",
    "property",
    "itemprop",
    "nomodule",
    "vite-ignore",
    "style",
];

const LINKS: [&str; 9] = [
    "icon",
    "apple-touch-icon",
    "apple-touch-icon-precomposed",
    "apple-touch-startup-image",
    "mask-icon",
    "manifest",
    "preload",
    "prefetch",
    "image_src",
];

const METAS: [&str; 15] = [
    "msapplication-tileimage",
    "msapplication-square70x70logo",
    "msapplication-square150x150logo",
    "msapplication-wide310x150logo",
    "msapplication-square310x310logo",
    "msapplication-config",
    "twitter:image",
    "twitter:image:src",
    "og:image",
    "og:image:url",
    "og:image:secure_url",
    "og:audio",
    "og:audio:secure_url",
    "og:video",
    "og:video:secure_url",
];

/// The static name of an attribute that is looked at.
pub(crate) fn known_attribute(name: &[u8]) -> Option<&'static str> {
    NAMES.iter().copied().find(|known| known.as_bytes() == name)
}

/// An attribute's value by name.
pub(crate) fn find<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.name == name)
}

/// The attributes of element `name` whose values have URLs in them.
pub(crate) fn urls_of<'a>(
    name: &str,
    attributes: &'a [Attribute],
) -> Vec<(&'a Attribute, ReferenceKind, Written)> {
    let style = find(attributes, "style");
    let style = style.map(|style| (style, ReferenceKind::Asset, Written::Css));
    let mut found = of_element(name, attributes);
    found.extend(style);
    found
}

fn of_element<'a>(
    name: &str,
    attributes: &'a [Attribute],
) -> Vec<(&'a Attribute, ReferenceKind, Written)> {
    let kind = match name {
        "script" if is_classic(attributes) => ReferenceKind::ClassicScript,
        "link" => match link_kind(attributes) {
            Some(kind) => kind,
            None => return Vec::new(),
        },
        "meta" if !is_image_meta(attributes) => return Vec::new(),
        _ => ReferenceKind::Asset,
    };
    let wanted: &[&str] = match name {
        "script" if kind == ReferenceKind::ClassicScript => &["src"],
        "link" => &["href", "imagesrcset"],
        "meta" => &["content"],
        "img" | "source" => &["src", "srcset"],
        "image" => &["src", "srcset", "href", "xlink:href"],
        "use" => &["href", "xlink:href"],
        "video" => &["src", "poster"],
        "audio" | "track" | "embed" | "input" => &["src"],
        "object" => &["data"],
        _ => &[],
    };
    attributes
        .iter()
        .filter(|attribute| wanted.contains(&attribute.name))
        .map(|attribute| match attribute.name.ends_with("srcset") {
            true => (attribute, kind, Written::List),
            false => (attribute, kind, Written::Alone),
        })
        .collect()
}

/// How URLs are written in a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is one.
    Alone,
    /// As in `srcset`.
    List,
    /// As `url(…)`.
    Css,
}

/// The ranges of a decoded value that are URLs which may name a file.
pub(crate) fn ranges(value: &str, written: Written) -> Vec<Range<usize>> {
    let candidates = match written {
        Written::List => srcset::urls(value),
        Written::Css => css::urls(value),
        Written::Alone => {
            let start = value.len() - value.trim_ascii_start().len();
            std::iter::once(start..start + value.trim_ascii().len()).collect()
        }
    };
    candidates
        .into_iter()
        .filter(|range| may_name_file(&value[range.clone()]))
        .collect()
}

fn is_classic(attributes: &[Attribute]) -> bool {
    let Some(kind) = find(attributes, "type") else {
        return true;
    };
    let kind = kind.value.trim_ascii().to_ascii_lowercase();
    matches!(
        kind.as_str(),
        "" | "text/javascript"
            | "application/javascript"
            | "text/ecmascript"
            | "application/ecmascript"
            | "application/x-javascript"
            | "text/jscript"
    )
}

fn link_kind(attributes: &[Attribute]) -> Option<ReferenceKind> {
    let rel = find(attributes, "rel").map(|rel| rel.value.to_ascii_lowercase());
    let has = |names: &[&str]| {
        rel.iter()
            .flat_map(|rel| rel.split_ascii_whitespace())
            .any(|token| names.contains(&token))
    };
    let item =
        find(attributes, "itemprop").map(|item| item.value.trim_ascii().to_ascii_lowercase());
    if has(&["stylesheet"]) {
        Some(ReferenceKind::Stylesheet)
    } else if has(&["modulepreload"]) {
        Some(ReferenceKind::ModulePreload)
    } else if has(&LINKS)
        || matches!(
            item.as_deref(),
            Some("image" | "logo" | "screenshot" | "thumbnailurl" | "contenturl" | "embedurl")
        )
    {
        Some(ReferenceKind::Asset)
    } else {
        None
    }
}

fn is_image_meta(attributes: &[Attribute]) -> bool {
    ["name", "property"].into_iter().any(|name| {
        find(attributes, name).is_some_and(|attribute| {
            let value = attribute.value.trim_ascii().to_ascii_lowercase();
            METAS.contains(&value.as_str())
        })
    })
}
