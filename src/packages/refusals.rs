//! What the author is told where versions can't be had, or don't go together.

use crate::{LockedPackage, Packument, nearest, resolver::From};
use overskill_diagnostics::Diagnostic;
use std::collections::BTreeMap;

fn who(from: From<'_>) -> String {
    match from.0 {
        None => "`package.json`".to_owned(),
        Some((key, _)) => format!("`{key}`"),
    }
}

/// A dependency that no registry holds.
pub(crate) fn unsupported(local: &str, range: &str, from: From<'_>) -> Diagnostic {
    let range = range.trim();
    let starts = |schemes: &[&str]| schemes.iter().any(|scheme| range.starts_with(scheme));
    let hint = if starts(&["workspace:"]) {
        "Upload that package's folder as well, with its `package.json`, and list it in `workspaces`."
    } else if starts(&["file:", "link:", "portal:", ".", "/", "~/"]) {
        "Upload that folder as well, and import from it by a relative path."
    } else if starts(&["catalog:"]) {
        "Put the version itself there, or upload the `pnpm-workspace.yaml` that has the catalog."
    } else if starts(&["patch:"]) {
        "Use a version range; patches are not applied."
    } else if starts(&["git", "github:", "gitlab:", "bitbucket:", "gist:", "ssh:"])
        || range.ends_with(".git")
        || range
            .split('#')
            .next()
            .is_some_and(|path| path.matches('/').count() == 1 && !path.contains(':'))
    {
        "Nothing is fetched from Git. Use a version that is published to npm, or copy its files into the app."
    } else if starts(&["http:", "https:"]) {
        "Nothing is fetched from such addresses. Use a version that is published to npm."
    } else {
        "Use a version range, such as `^1.2.3`, of a package that is published to npm."
    };
    let shown: String = range.chars().take(120).collect();
    let message = format!(
        "{} asks for `{local}` as `{shown}`, which no registry can serve.",
        who(from)
    );
    Diagnostic::error("package-unsupported-range", message).hint(hint)
}

/// A package that another one shares with the app, and the app doesn't have.
pub(crate) fn missing_peer(from: From<'_>, name: &str, range: &str, got: &str) -> Diagnostic {
    let message = format!(
        "{} needs the app to have `{name}` {range}, which is not in `package.json`; `{got}` is used.",
        who(from)
    );
    let version = got.rsplit_once('@').map_or("*", |(_, version)| version);
    Diagnostic::warning("package-peer-missing", message).hint(format!(
        "Add `\"{name}\": \"^{version}\"` to `dependencies`."
    ))
}

/// A version that does not fit one who shares it.
pub(crate) fn conflict(from: From<'_>, package: &LockedPackage, range: &str) -> Diagnostic {
    let LockedPackage { name, version, .. } = package;
    Diagnostic::warning(
        "package-peer-conflict",
        format!(
            "{} works with `{name}` {range}, and gets {version}.",
            who(from)
        ),
    )
    .hint(format!(
        "If it misbehaves, choose a version of it, or of `{name}`, that fit each other."
    ))
}

/// No such package, or no such version of it.
pub(crate) fn absent(
    name: &str,
    range: &str,
    packument: Option<&Packument>,
    from: From<'_>,
    declared: &BTreeMap<String, String>,
) -> Diagnostic {
    let asks = |what: &str| match from.0 {
        None => String::new(),
        Some(_) => format!(" {} asks for {what}.", who(from)),
    };
    match packument {
        None => Diagnostic::error(
            "package-not-found",
            format!("The npm registry has no package `{name}`.{}", asks("it")),
        )
        .hint(match nearest(name, declared.keys().map(String::as_str)).first() {
            Some(near) => format!("Check the name's spelling: `package.json` has `{near}`."),
            None => "Check the name's spelling. If it is a file of the app, import it by a relative path."
                .to_owned(),
        }),
        Some(packument) => {
            let latest = packument.tags.get("latest").cloned();
            let latest = latest.or_else(|| Some(packument.releases.last()?.locked.version.clone()));
            let error = Diagnostic::error(
                "package-version-not-found",
                format!(
                    "No version of `{name}` is in the range `{range}`.{}",
                    asks("one")
                ),
            );
            match latest {
                Some(latest) => error.hint(format!("The latest version is {latest}.")),
                None => error,
            }
        }
    }
}
