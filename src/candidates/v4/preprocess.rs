//! What is changed in a text before it is read, because its language writes classes in a way of its own.

use std::borrow::Cow;

/// The text as it is read, for a file with this extension.
pub(super) fn prepared<'a>(text: &'a str, extension: &str) -> Cow<'a, str> {
    match extension {
        "svelte" => Cow::Owned(
            text.replace(" class:", " ")
                .replace("\tclass:", " ")
                .replace("\nclass:", " "),
        ),
        "cshtml" | "razor" => Cow::Owned(text.replace("@@", "@")),
        _ => Cow::Borrowed(text),
    }
}
