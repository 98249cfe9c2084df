//! Which pages may open a socket: browsers say whose page it is that asks, and send that page's cookies whoever it is.

/// Where this installation is, as the request was sent to it.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// `http` or `https`.
    pub scheme: &'a str,
    /// The host that is asked, without its port.
    pub host: &'a str,
    /// Its port with the colon, or nothing.
    pub port: &'a str,
    /// The domain whose labels are apps.
    pub domain: &'a str,
    /// Origins of editors.
    pub editors: &'a [String],
}

/// Whose page asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page<'a> {
    /// No browser, or a page that may look at every app that it can show a token for.
    Trusted,
    /// A page on the host with that label of the preview domain: an app's, or one of its deployments.
    OfLabel(&'a str),
    /// One that has no business here.
    Foreign,
}

/// Tells whose page asks by the request's `Origin`.
pub fn page<'a>(origin: Option<&'a str>, place: &Place<'_>) -> Page<'a> {
    let Some(origin) = origin else {
        return Page::Trusted;
    };
    let mut editors = place.editors.iter();
    if editors.any(|editor| editor.trim_end_matches('/') == origin) {
        return Page::Trusted;
    }
    let Some((scheme, authority)) = origin.split_once("://") else {
        return Page::Foreign;
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|at| at.is_ascii_digit()) => {
            (host, &authority[host.len()..])
        }
        _ => (authority, ""),
    };
    if let Some(label) = label(host, place.domain) {
        return match scheme == place.scheme && port == place.port {
            true => Page::OfLabel(label),
            false => Page::Foreign,
        };
    }
    let own = scheme == place.scheme && port == place.port;
    let own = own && (host == place.host || host == place.domain);
    let developer = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let here = developer(place.host) || label(place.host, place.domain).is_some();
    let local = here && place.domain == "localhost";
    match own || local && scheme == "http" && developer(host) {
        true => Page::Trusted,
        false => Page::Foreign,
    }
}

/// The label of a host of the preview domain.
fn label<'a>(host: &'a str, domain: &str) -> Option<&'a str> {
    host.strip_suffix(domain)?.strip_suffix('.')
}

impl Page<'_> {
    /// Whether the page may hear of the app.
    pub fn may_see(&self, slug: &str) -> bool {
        match self {
            Self::Trusted => true,
            Self::OfLabel(label) => {
                let (app, deployment) = label.split_once("--").unwrap_or((label, ""));
                app == slug && !deployment.contains('.')
            }
            Self::Foreign => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<'a>(editors: &'a [String], [scheme, host, port, domain]: [&'a str; 4]) -> Place<'a> {
        Place {
            scheme,
            host,
            port,
            domain,
            editors,
        }
    }

    #[test]
    fn an_app_hears_from_its_own_pages_its_installation_and_its_editors_only() {
        let editors = ["https://editor.example", "https://other.example:8443/"].map(String::from);
        let place = at(
            &editors,
            ["https", "shop.preview.example", "", "preview.example"],
        );
        for (origin, may) in [
            (None, true),
            (Some("https://shop.preview.example"), true),
            (Some("https://shop--x1.preview.example"), true),
            (Some("https://preview.example"), true),
            (Some("https://editor.example"), true),
            (Some("https://other.example:8443"), true),
            (Some("https://other.preview.example"), false),
            (Some("https://shop2.preview.example"), false),
            (Some("https://shop--x1.other.preview.example"), false),
            (Some("http://shop.preview.example"), false),
            (Some("https://shop.preview.example:8443"), false),
            (Some("https://xpreview.example"), false),
            (Some("https://editor.example.evil.example"), false),
            (Some("http://localhost:3000"), false),
            (Some("https://evil.example"), false),
            (Some("null"), false),
            (Some(""), false),
        ] {
            assert_eq!(page(origin, &place).may_see("shop"), may, "{origin:?}");
        }
    }

    #[test]
    fn a_developers_own_pages_are_trusted_and_other_apps_are_not() {
        let place = at(&[], ["http", "shop.localhost", ":8787", "localhost"]);
        for (origin, may) in [
            ("http://localhost:8787", true),
            ("http://localhost:3000", true),
            ("http://localhost", true),
            ("http://127.0.0.1:5173", true),
            ("http://shop.localhost:8787", true),
            ("http://other.localhost:8787", false),
            ("http://other.localhost:3000", false),
            ("http://shop.localhost:3000", false),
            ("https://localhost:3000", false),
            ("http://localhost.evil.example:3000", false),
        ] {
            assert_eq!(page(Some(origin), &place).may_see("shop"), may, "{origin}");
        }
        let control = at(&[], ["http", "localhost", ":8787", "localhost"]);
        let other = page(Some("http://other.localhost:8787"), &control);
        assert_eq!(other, Page::OfLabel("other"));
        assert!(other.may_see("other") && !other.may_see("shop"));
    }
}
