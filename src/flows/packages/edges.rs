//! Where a module's dependencies lead, and what the author is told of those that lead nowhere.

use super::{
    about,
    assets::{Kind, Query, kind},
    locate::Located,
    refused::{refused, unsupported},
    walk::{Edge, Place, Walk, place},
};
use overskill_diagnostics::{Diagnostic, Severity};
use overskill_module::{Dependency, DependencyKind};
use overskill_packages::{Asked, Package, PackageDiagnostic, split_specifier};
use overskill_ports::{Blobs, Compiler, Fault, Http};

impl<B: Blobs, H: Http, C: Compiler, K> Walk<'_, B, H, C, K> {
    /// Where the dependency at `index` of the module `id` leads.
    pub(super) async fn edge_of(
        &mut self,
        id: &str,
        index: usize,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Result<Edge, Fault> {
        let module = self.nodes.get(id).and_then(|node| node.module.clone());
        let dependency = module
            .as_ref()
            .and_then(|module| module.facts.dependencies.get(index));
        let (Some(dependency), Some(place)) = (dependency, place(id)) else {
            return Ok(Edge::Nowhere);
        };
        let asked = match dependency.kind {
            DependencyKind::Static | DependencyKind::Dynamic => Some(Asked::Import),
            DependencyKind::Require => Some(Asked::Require),
            DependencyKind::StyleImport => Some(Asked::Style),
            // The rest ask for URLs.
            _ => None,
        };
        let (specifier, hash) = match asked {
            None => split_url(&dependency.specifier),
            Some(_) => (dependency.specifier.as_str(), ""),
        };
        let (specifier, query) = match asked {
            Some(Asked::Import) => Query::split(specifier),
            _ => (specifier, None),
        };
        if self.server && asked.is_some() && is_scheme(specifier) {
            return Ok(Edge::Url(specifier.to_owned()));
        }
        let how = asked.unwrap_or(Asked::Style);
        let located = self
            .locate(Some(&place), specifier, how, diagnostics)
            .await?;
        if let (Located::Module(target), Some(query)) = (&located, query) {
            return Ok(self.reach_part(target.clone(), query));
        }
        Ok(match asked {
            None => address(dependency, located, hash),
            Some(_) => self.edge(&place, dependency, located, diagnostics),
        })
    }

    /// What one of the app's specifiers leads to.
    pub(super) fn entry(
        &mut self,
        specifier: &str,
        located: Located,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Edge {
        let error = match located {
            Located::Module(place) => match kind(&place.file) {
                Kind::Source | Kind::Style => return self.reach(place),
                Kind::Asset(_) => return self.reach_asset(place),
                Kind::Other => unsupported(specifier),
            },
            Located::Empty => return self.empty(),
            Located::Builtin => Diagnostic::error(
                "node-builtin",
                format!("`{specifier}` is a module of Node; a browser has none."),
            )
            .hint("Use what browsers have, or a package made for them."),
            Located::Refused(package, why) => {
                self.unmade(&package, refused(specifier, &package, &why))
            }
            // The resolver has said why there is no such package.
            Located::Missing if split_specifier(specifier).is_some() => return Edge::Nowhere,
            Located::Missing | Located::Url(_) => Diagnostic::error(
                "package-not-found",
                format!("`{specifier}` names no package."),
            ),
            Located::Broken => return Edge::Nowhere,
        };
        diagnostics.push(about(Some(specifier), error));
        Edge::Nowhere
    }

    /// What a dependency of a package's module leads to.
    fn edge(
        &mut self,
        place: &Place,
        dependency: &Dependency,
        located: Located,
        diagnostics: &mut Vec<PackageDiagnostic>,
    ) -> Edge {
        let specifier = &dependency.specifier;
        let error = match located {
            Located::Module(target) => match kind(&target.file) {
                Kind::Source | Kind::Style => return self.reach(target),
                Kind::Asset(_) => return self.reach_asset(target),
                Kind::Other => unsupported(specifier),
            },
            Located::Empty => return self.empty(),
            Located::Builtin if self.server => return Edge::Url(format!("node:{specifier}")),
            Located::Builtin if dependency.optional => return Edge::Nowhere,
            Located::Builtin => {
                let message = format!(
                    "`{}` asks for Node's `{specifier}` and gets an empty module.",
                    place.package
                );
                let note = Diagnostic::new(Severity::Info, "node-builtin", message);
                diagnostics.push(about(
                    None,
                    note.hint("If it misbehaves, look for a package made for browsers."),
                ));
                return self.empty();
            }
            Located::Broken | Located::Url(_) => return Edge::Nowhere,
            // Only running it tells whether it matters.
            Located::Missing | Located::Refused(..)
                if dependency.optional
                    || matches!(
                        dependency.kind,
                        DependencyKind::Dynamic | DependencyKind::Require
                    ) =>
            {
                return Edge::Nowhere;
            }
            Located::Refused(package, why) if package != place.package => {
                self.unmade(&package, refused(specifier, &package, &why))
            }
            Located::Missing => missing(place, specifier),
            Located::Refused(package, _) => self.unmade(&package, missing(place, specifier)),
        };
        let error = match (&error.hint, split_specifier(specifier)) {
            (None, Some((name, _))) => {
                error.hint(format!("Add `{name}` to `dependencies` in `package.json`."))
            }
            _ => error,
        };
        diagnostics.push(about(None, error));
        Edge::Nowhere
    }

    /// Says so where a file may be missing because no script of a package is ever run.
    fn unmade(&self, package: &str, error: Diagnostic) -> Diagnostic {
        let opened = self.versions.package(package).flatten();
        if error.code == "package-path-not-exported"
            || !opened.is_some_and(Package::has_install_script)
        {
            return error;
        }
        error.hint(format!(
            "`{package}` has an install script, and no script of a package is ever run here. If the file is one that it would make, use a package that ships its files."
        ))
    }
}

/// Whether it names a module of a Worker's runtime by its scheme.
fn is_scheme(specifier: &str) -> bool {
    specifier.starts_with("node:") || specifier.starts_with("cloudflare:")
}

/// The URL that a module asks for.
fn address(dependency: &Dependency, located: Located, hash: &str) -> Edge {
    match located {
        Located::Url(url) => Edge::Url(format!("{url}{hash}")),
        Located::Module(target) => Edge::Asset(target, hash.to_owned()),
        _ => Edge::Url(dependency.specifier.clone()),
    }
}

fn missing(place: &Place, specifier: &str) -> Diagnostic {
    let message = format!("Cannot find `{specifier}`, imported by `{}`.", place.id());
    Diagnostic::error("unresolved-import", message)
}

/// A URL without its query, and its hash.
fn split_url(url: &str) -> (&str, &str) {
    let (rest, hash) = match url.find('#').filter(|at| *at > 0) {
        Some(at) => url.split_at(at),
        None => (url, ""),
    };
    (rest.split('?').next().unwrap_or(rest), hash)
}
