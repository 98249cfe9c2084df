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

/// Reads a host, without its port, against the preview domain, and against the one for production where there is one.
pub(crate) fn plane(host: &str, domain: &str, production: Option<&str>) -> Plane {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let label = |domain: &str| {
        let rest = host.strip_suffix(&domain.to_ascii_lowercase())?;
        rest.strip_suffix('.')
    };
    // The longer one first: it may be a part of the other.
    let published = production.and_then(label);
    if let Some(published) =
        published.filter(|at| label(domain).is_none_or(|label| label.len() >= at.len()))
    {
        return match Slug::parse(published) {
            Ok(slug) => Plane::Deployment(slug, "production".to_owned()),
            Err(_) => Plane::Nobody(published.to_owned()),
        };
    }
    match label(domain) {
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
