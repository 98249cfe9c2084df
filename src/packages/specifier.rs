//! Bare specifiers, names of packages, and names that are Node's own.

/// Node's modules, without the `node:` in front.
const BUILTINS: [&str; 40] = [
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "timers",
    "tls",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "worker_threads",
    "zlib",
];

/// Whether Node itself has a module of that name.
pub fn is_builtin(specifier: &str) -> bool {
    // `process/` is how one asks for the package rather than for Node's own.
    specifier.starts_with("node:")
        || BUILTINS.contains(&specifier.split('/').next().unwrap_or(specifier))
            && !specifier.ends_with('/')
}

/// `@scope/name/sub/path` as the package's name and the subpath (`./sub/path`, or `.`). `None` for what names no
/// package.
pub fn split_specifier(specifier: &str) -> Option<(&str, String)> {
    let slashes = if specifier.starts_with('@') { 1 } else { 0 };
    let end = specifier
        .match_indices('/')
        .nth(slashes)
        .map_or(specifier.len(), |(at, _)| at);
    let (name, rest) = specifier.split_at(end);
    let subpath = match rest.trim_start_matches('/') {
        "" => ".".to_owned(),
        path => format!("./{path}"),
    };
    valid_name(name).then_some((name, subpath))
}

/// Whether a registry can have a package of that name; what isn't valid never becomes part of a URL.
pub fn valid_name(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.~!'()*".contains(&byte))
    };
    name.len() <= 214
        && match name.strip_prefix('@') {
            Some(scoped) => scoped
                .split_once('/')
                .is_some_and(|(scope, name)| part(scope) && part(name)),
            None => part(name),
        }
}
