//! Which plane a request is for, by its host.

use overskill_model::Slug;

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Plane {
    /// The API.
    Control,
    /// An app's live preview.
    Preview(Slug),
    /// A host of the preview domain that no app can have.
    Nobody(String),
}

/// Reads a host, without its port, against the preview domain.
pub(crate) fn plane(host: &str, domain: &str) -> Plane {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let domain = domain.to_ascii_lowercase();
    let label = host
        .strip_suffix(domain.as_str())
        .and_then(|rest| rest.strip_suffix('.'));
    match label {
        None => Plane::Control,
        Some(label) => match Slug::parse(label) {
            Ok(slug) => Plane::Preview(slug),
            Err(_) => Plane::Nobody(label.to_owned()),
        },
    }
}
