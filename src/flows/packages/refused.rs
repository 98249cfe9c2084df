//! What the author is told where a package won't give what is asked of it.

use overskill_diagnostics::Diagnostic;
use overskill_packages::Unresolved;

pub(super) fn unsupported(specifier: &str) -> Diagnostic {
    Diagnostic::error(
        "package-asset-unsupported",
        format!("`{specifier}` is no script or style sheet, and can't be imported from a package."),
    )
    .hint("Copy the file into the app and import it from there.")
}

pub(super) fn refused(specifier: &str, package: &str, why: &Unresolved) -> Diagnostic {
    match why {
        Unresolved::NotExported(listed) => {
            let shown: Vec<String> = listed.iter().take(20).map(|at| format!("`{at}`")).collect();
            Diagnostic::error(
                "package-path-not-exported",
                format!("`{package}` does not export `{specifier}`."),
            )
            .hint(format!("It exports {}.", shown.join(", ")))
        }
        Unresolved::NoFile => Diagnostic::error(
            "package-file-not-found",
            format!("`{package}` has no file for `{specifier}`."),
        )
        .hint("Check the path, or choose another version of the package."),
    }
}
