//! From a specifier to the file of a package that it names.

use super::{
    about,
    assets::{Kind, kind},
    walk::{Place, Walk},
};
use overskill_diagnostics::Diagnostic;
use overskill_packages::{
    Asked, Package, PackageDiagnostic, Target, Unresolved, is_builtin, split_specifier,
};
use overskill_ports::{Blobs, Compiler, Fault, Http};

/// How often a `browser` field may send a specifier on.
const REDIRECTS: usize = 8;

/// What a specifier turned out to be.
pub(super) enum Located {
    Module(Place),
    Url(String),
    Empty,
    Builtin,
    /// The package is there and won't give it.
    Refused(String, Unresolved),
    /// No package of that name.
    Missing,
    /// The package can't be read, which has been said.
    Broken,
}

impl<B: Blobs, H: Http, C: Compiler, K> Walk<'_, B, H, C, K> {
    pub(super) async fn locate(
        &mut self,
        from: Option<&Place>,
        specifier: &str,
        asked: Asked,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Result<Located, Fault> {
        let mut specifier = specifier.to_owned();
        let mut within = from.map(|place| place.package.clone());
        if is_url(&specifier) {
            return Ok(Located::Url(specifier));
        }
        if let Some(place) = from
            && let Some(other) = self.alias(place, &specifier, diagnostics)
        {
            if is_url(&other) {
                return Ok(Located::Url(other));
            }
            specifier = other;
        }
        if let Some(place) = from
            && let Some(Some(package)) = self.versions.package(&place.package)
        {
            match package.resolve(&place.file, &specifier, asked) {
                Ok(Target::Bare(bare)) => specifier = bare,
                Ok(Target::Empty) => return Ok(Located::Empty),
                Ok(Target::File(file)) => return Ok(located(&place.package, file)),
                Err(why) => return Ok(Located::Refused(place.package.clone(), why)),
            }
        }
        for _ in 0..REDIRECTS {
            let named = split_specifier(&specifier).filter(|_| !specifier.starts_with("node:"));
            let shared = named.as_ref().map(|(name, _)| self.is_to_be_shared(name));
            let found = named.and_then(|(name, subpath)| {
                let key = self.find(within.as_deref(), name)?;
                Some((key.to_owned(), subpath))
            });
            if shared == Some(true) {
                self.forgotten(&specifier);
            }
            let Some((key, subpath)) = found else {
                self.forgotten(&specifier);
                return Ok(match is_builtin(&specifier) {
                    true => Located::Builtin,
                    false => Located::Missing,
                });
            };
            self.load(vec![(within.clone(), specifier.clone())], diagnostics)
                .await?;
            let Some(Some(package)) = self.versions.package(&key) else {
                return Ok(Located::Broken);
            };
            match package.resolve_entry(&subpath, asked) {
                Ok(Target::File(file)) => return Ok(located(&key, file)),
                Ok(Target::Empty) => return Ok(Located::Empty),
                Ok(Target::Bare(bare)) => specifier = bare,
                // What a style sheet names is a file, whatever scripts may import.
                Err(why) => {
                    return Ok(match asset(package, &subpath) {
                        Some(file) => located(&key, file),
                        None => Located::Refused(key, why),
                    });
                }
            }
            within = Some(key);
        }
        // They send it on to each other.
        Ok(match within {
            Some(last) => Located::Refused(last, Unresolved::NoFile),
            None => Located::Missing,
        })
    }
}

/// The file at a subpath, where it is something with a URL.
fn asset(package: &Package, subpath: &str) -> Option<String> {
    let file = subpath.strip_prefix("./")?;
    let there = matches!(kind(file), Kind::Asset(_)) && package.has(file);
    there.then(|| file.to_owned())
}

impl<B: Blobs, H: Http, C: Compiler, K> Walk<'_, B, H, C, K> {
    /// What the app's aliases make of a specifier in a package's file.
    fn alias(
        &self,
        place: &Place,
        specifier: &str,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Option<String> {
        let replaced = self.aliases.aliased(specifier)?;
        if !replaced.starts_with(['.', '/']) || replaced.starts_with("//") {
            return Some(replaced);
        }
        let message = format!(
            "`{}` imports `{specifier}`, for which `resolve.alias` has `{replaced}`; packages can't import the app's files here, so it gets the package.",
            place.package
        );
        let note = Diagnostic::warning("alias-in-package", message);
        diagnostics.push(about(None, note.hint("Let the alias lead to a package.")));
        None
    }
}

fn is_url(specifier: &str) -> bool {
    let schemes = ["http:", "https:", "data:", "blob:", "//"];
    schemes.iter().any(|scheme| specifier.starts_with(scheme))
}

fn located(package: &str, file: String) -> Located {
    Located::Module(Place {
        package: package.to_owned(),
        file,
    })
}
