//! What keeps an app's page from others, from the editor and from the control plane: who may frame it, whose cookies it
//! may set, and which hosts share too much.

use overskill_hmr::origin::Place;

/// What our cookie on an app's host is called, with or without the prefix that ties it to that.
const COOKIE: &str = "__overskill_preview";
/// What all of ours start with.
const OURS: &str = "__overskill";
/// The prefix: browsers take such a cookie over https only, for the host itself and all of its paths, so that no page of
/// a sibling can set one for it.
const HOST_PREFIX: &str = "__Host-";

/// What our cookie is called and how it is set. The editor shows previews in frames of another site, which takes `None`,
/// which takes `Secure`.
pub fn cookie(secure: bool) -> (String, &'static str) {
    match secure {
        true => (
            format!("{HOST_PREFIX}{COOKIE}"),
            "Path=/; HttpOnly; SameSite=None; Secure; Partitioned",
        ),
        false => (COOKIE.to_owned(), "Path=/; HttpOnly; SameSite=Lax"),
    }
}

/// The policy that says who may frame a page: itself, the editors, and where neither is configured otherwise and this is
/// a developer's own machine, that machine's pages.
pub fn frame_ancestors(place: &Place<'_>) -> String {
    let mut policy = "frame-ancestors 'self'".to_owned();
    for editor in place.editors {
        let editor = editor.trim_end_matches('/');
        if is_origin(editor) {
            policy.push(' ');
            policy.push_str(editor);
        }
    }
    if place.domain == "localhost" {
        policy.push_str(" http://localhost:* http://127.0.0.1:*");
    }
    policy
}

/// Whether a text is an origin, and nothing that would end the policy it is put in.
pub fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else {
        return false;
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    matches!(scheme, "http" | "https") && !authority.is_empty() && authority.bytes().all(plain)
}

/// A `Set-Cookie` of an app's server as its host may send it: for that host only. `None` for one that passes for ours.
pub fn held_to_host(cookie: &str) -> Option<String> {
    let mut parts = cookie.split(';');
    let first = parts.next()?;
    let name = first.split('=').next()?.trim();
    if is_ours(name) {
        return None;
    }
    let kept = parts.filter(|part| {
        let attribute = part.split('=').next().unwrap_or_default().trim();
        !attribute.eq_ignore_ascii_case("domain")
    });
    Some(
        std::iter::once(first)
            .chain(kept)
            .collect::<Vec<_>>()
            .join(";"),
    )
}

/// A `Cookie` as an app's server may see it: without ours, which opens private previews. `None` where nothing is left.
pub fn without_ours(cookies: &str) -> Option<String> {
    let kept: Vec<&str> = cookies
        .split(';')
        .map(str::trim)
        .filter(|cookie| {
            !cookie.is_empty() && !is_ours(cookie.split('=').next().unwrap_or_default().trim())
        })
        .collect();
    (!kept.is_empty()).then(|| kept.join("; "))
}

fn is_ours(name: &str) -> bool {
    // Browsers compare prefixes without regard to case.
    let name = name.to_ascii_lowercase();
    let bare = ["__host-", "__secure-"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix));
    bare.unwrap_or(&name).starts_with(OURS)
}

/// How near the control plane is to the apps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nearness {
    /// On a site of its own, or on a developer's own machine.
    Apart,
    /// Both may be one site: pages of apps can set cookies that reach it, unless the domain is on the Public Suffix List.
    OneSite,
    /// On the very domain whose labels are apps.
    Within,
}

/// How near a control host is to the preview domain, as far as their names tell.
pub fn nearness(host: &str, domain: &str) -> Nearness {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let domain = domain.to_ascii_lowercase();
    let local =
        |host: &str| host == "localhost" || host.ends_with(".localhost") || is_address(host);
    if local(&host) || local(&domain) {
        return Nearness::Apart;
    }
    if host == domain {
        return Nearness::Within;
    }
    let mut shared = host.rsplit('.').zip(domain.rsplit('.'));
    match shared
        .by_ref()
        .take_while(|(one, other)| one == other)
        .count()
    {
        0 | 1 => Nearness::Apart,
        _ => Nearness::OneSite,
    }
}

/// Whether a host is an IP address, which shares cookies with no name.
fn is_address(host: &str) -> bool {
    let digits = host.bytes().all(|at| at.is_ascii_digit() || at == b'.');
    host.starts_with('[') || digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(editors: &[&str], domain: &str) -> String {
        let editors: Vec<String> = editors.iter().map(|at| (*at).to_owned()).collect();
        frame_ancestors(&Place {
            scheme: "https",
            host: "shop.preview.example",
            port: "",
            domain,
            editors: &editors,
        })
    }

    #[test]
    fn editors_may_frame_a_page_and_what_is_no_origin_is_left_out() {
        assert_eq!(policy(&[], "preview.example"), "frame-ancestors 'self'");
        let editors = [
            "https://editor.example/",
            "http://localhost:3000",
            "https://a; script-src *",
            "*",
            "https://",
            "javascript://x",
            "https://a b",
        ];
        assert_eq!(
            policy(&editors, "preview.example"),
            "frame-ancestors 'self' https://editor.example http://localhost:3000"
        );
        assert_eq!(
            policy(&[], "localhost"),
            "frame-ancestors 'self' http://localhost:* http://127.0.0.1:*"
        );
    }

    #[test]
    fn over_https_our_cookie_is_one_that_only_its_own_host_can_set() {
        let (name, attributes) = cookie(true);
        assert!(name.starts_with("__Host-"));
        let attributes: Vec<&str> = attributes.split("; ").collect();
        for needed in ["Secure", "Path=/", "HttpOnly"] {
            assert!(attributes.contains(&needed), "{needed}");
        }
        assert!(!attributes.iter().any(|it| it.starts_with("Domain")));
        let (plain, _) = cookie(false);
        for name in [name, plain] {
            assert_eq!(held_to_host(&format!("{name}=x")), None);
            assert_eq!(without_ours(&format!("{name}=x")), None);
        }
    }

    #[test]
    fn a_servers_cookie_stays_on_its_host_and_never_passes_for_ours() {
        for (sent, held) in [
            ("a=b", Some("a=b")),
            (
                "a=b; Domain=preview.example; Path=/; HttpOnly",
                Some("a=b; Path=/; HttpOnly"),
            ),
            ("a=b;DOMAIN = .preview.example;domain", Some("a=b")),
            ("a=Domain=x; Max-Age=1", Some("a=Domain=x; Max-Age=1")),
            ("__overskill_preview=x", None),
            (" __HOST-__overskill_preview =x; Path=/", None),
            (
                "__Host-own=1; Secure; Path=/",
                Some("__Host-own=1; Secure; Path=/"),
            ),
        ] {
            assert_eq!(held_to_host(sent).as_deref(), held, "{sent}");
        }
    }

    #[test]
    fn a_server_does_not_see_our_cookie() {
        for (sent, left) in [
            ("a=b; __overskill_preview=x; c=d", Some("a=b; c=d")),
            ("__Host-__overskill_preview=x", None),
            ("", None),
            ("a", Some("a")),
            (
                "__overskill_other=x; __Secure-__OVERSKILL=y; overskill=z",
                Some("overskill=z"),
            ),
        ] {
            assert_eq!(without_ours(sent).as_deref(), left, "{sent}");
        }
    }

    #[test]
    fn hosts_that_share_cookies_with_apps_are_told() {
        use Nearness::*;
        for (host, domain, near) in [
            ("localhost", "localhost", Apart),
            ("127.0.0.1", "localhost", Apart),
            ("127.0.0.1", "preview.example", Apart),
            ("[::1]", "preview.example", Apart),
            ("api.overskill.example", "preview.example", Apart),
            ("api.example.com", "preview.example.com", OneSite),
            ("example.com", "apps.example.com", OneSite),
            ("PREVIEW.example.", "preview.example", Within),
            ("overskill.workers.dev", "preview.dev", Apart),
        ] {
            assert_eq!(nearness(host, domain), near, "{host} {domain}");
        }
    }
}
