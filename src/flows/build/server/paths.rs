//! Which paths are an app's server's to answer.

use overskill_protocol::Server;

/// Whether a path is a server's to answer; decoded, with its leading slash.
pub fn takes(server: &Server, path: &str) -> bool {
    let matches = |route: &str| matches(route, path);
    let (not, routes): (Vec<_>, Vec<_>) = server.routes.iter().partition(|it| it.starts_with('!'));
    !is_ours(path)
        && routes.iter().any(|route| matches(route))
        && !not.iter().any(|route| matches(&route[1..]))
}

/// Whether it is the server's to answer where the app has no file.
pub fn takes_rest(server: &Server, path: &str) -> bool {
    server.rest && !is_ours(path)
}

fn is_ours(path: &str) -> bool {
    path.starts_with("/__overskill/")
}

/// Whether `path` is one of those that `route` means. `/api/*` means `/api`, too.
fn matches(route: &str, path: &str) -> bool {
    let path = match path.strip_suffix('/') {
        Some(rest) if !rest.is_empty() && !route.ends_with('/') => rest,
        _ => path,
    };
    if route.strip_suffix("/*") == Some(path) {
        return true;
    }
    let mut parts = route.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_mean_paths() {
        for (route, path, takes) in [
            ("/api/*", "/api/x", true),
            ("/api/*", "/api/x/y/", true),
            ("/api/*", "/api", true),
            ("/api/*", "/api/", true),
            ("/api/*", "/apis", false),
            ("/socket", "/socket", true),
            ("/socket", "/socket/", true),
            ("/socket", "/socket/x", false),
            ("/*", "/", true),
            ("/*", "/x", true),
            ("/users/*/posts", "/users/1/posts", true),
            ("/users/*/posts", "/users/1/post", false),
            ("/*.json", "/a/b.json", true),
            ("/*.json", "/a/b.js", false),
        ] {
            assert_eq!(matches(route, path), takes, "{route} {path}");
        }
    }
}
