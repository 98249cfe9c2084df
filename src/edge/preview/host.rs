//! Which plane a request is for, by its host.

use overskill_model::Slug;

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Plane {
    /// The API.
    Control,
    /// An app's live preview.
    Preview(Slug),
    /// One of an app's deployments.
    Deployment(Slug, String),
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
            Err(_) => {
                let deployment = label.split_once("--").and_then(|(slug, id)| {
                    let plain = !id.is_empty() && id.bytes().all(|at| at.is_ascii_alphanumeric());
                    let slug = Slug::parse(slug).ok().filter(|_| plain)?;
                    Some(Plane::Deployment(slug, id.to_owned()))
                });
                deployment.unwrap_or_else(|| Plane::Nobody(label.to_owned()))
            }
        },
    }
}
