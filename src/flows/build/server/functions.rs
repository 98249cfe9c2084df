//! Files that are routes, as on Cloudflare Pages: `functions/api/[id].ts` answers `/api/7`, `[[path]]` stands for any
//! number of segments, `_middleware` runs before what is below its folder.

use overskill_model::ModulePath;
use overskill_module::CompiledModule;
use std::{collections::BTreeMap, rc::Rc};

/// A file with handlers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    /// Its path below the folder, `api/[id].ts`.
    pub file: String,
    pub segments: Vec<Segment>,
    pub middleware: bool,
}

/// A part of a path. In the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Segment {
    Fixed(String),
    One(String),
    Rest(String),
}

impl Route {
    /// The paths that it may answer.
    pub fn pattern(&self) -> String {
        let mut pattern = String::new();
        for segment in &self.segments {
            pattern.push('/');
            match segment {
                Segment::Fixed(name) => pattern.push_str(name),
                Segment::One(_) | Segment::Rest(_) => pattern.push('*'),
            }
        }
        if self.middleware {
            pattern.push_str("/*");
        }
        match pattern.is_empty() {
            true => "/".to_owned(),
            false => pattern,
        }
    }
}

/// The routes among `files`: those that export a handler. Middleware first, outermost first; then the rest, what is
/// more exact first.
pub(super) fn routes(
    files: &[ModulePath],
    modules: &BTreeMap<ModulePath, Rc<CompiledModule>>,
) -> Vec<Route> {
    let has_handler = |path: &&ModulePath| {
        modules.get(*path).is_some_and(|module| {
            let exports = module.facts.exports.iter();
            // One with an error is told of as what it will be.
            !module.is_ok()
                || exports
                    .map(|it| &it.name)
                    .any(|name| name.starts_with("onRequest"))
        })
    };
    let mut routes: Vec<Route> = files.iter().filter(has_handler).filter_map(route).collect();
    routes.sort_by(|a, b| {
        let kind = b.middleware.cmp(&a.middleware);
        kind.then_with(|| match a.middleware {
            true => a.segments.len().cmp(&b.segments.len()),
            false => order(&a.segments, &b.segments),
        })
        .then_with(|| a.file.cmp(&b.file))
    });
    routes
}

/// What is more exact comes first; where one ends, it before what stands for any rest.
fn order(a: &[Segment], b: &[Segment]) -> std::cmp::Ordering {
    for (a, b) in a.iter().zip(b) {
        let rank = |segment: &Segment| match segment {
            Segment::Fixed(_) => 0,
            Segment::One(_) => 1,
            Segment::Rest(_) => 2,
        };
        let order = rank(a).cmp(&rank(b));
        if order.is_ne() {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

fn route(path: &ModulePath) -> Option<Route> {
    let file = path.as_str().strip_prefix("functions/")?;
    let bare = file.rsplit_once('.').map_or(file, |(bare, _)| bare);
    let mut names: Vec<&str> = bare.split('/').collect();
    let last = names.pop()?;
    let middleware = last == "_middleware";
    if !middleware && last != "index" {
        names.push(last);
    }
    let segments = names.into_iter().map(|name| {
        let inner = name.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        match inner {
            None => Segment::Fixed(name.to_owned()),
            Some(inner) => match inner.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
                Some(rest) => Segment::Rest(rest.to_owned()),
                None => Segment::One(inner.to_owned()),
            },
        }
    });
    let segments: Vec<Segment> = segments.collect();
    let rest = |segment: &Segment| matches!(segment, Segment::Rest(_));
    // Only the last part of a path can be any number of them.
    let early = segments.iter().rev().skip(1).any(rest);
    (!early).then(|| Route {
        file: file.to_owned(),
        segments,
        middleware,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use overskill_module::{Export, ModuleFacts};

    #[test]
    fn files_are_routes_in_the_order_in_which_they_are_tried() {
        let paths = [
            "functions/[[all]].ts",
            "functions/users/[id].ts",
            "functions/users/me.ts",
            "functions/users/index.ts",
            "functions/users/_middleware.ts",
            "functions/_middleware.js",
            "functions/helper.ts",
            "functions/a/[[early]]/b.ts",
            "functions/index.ts",
        ];
        let files = paths.map(|it| ModulePath::parse(it, &Default::default()).unwrap());
        let modules = files.iter().map(|path| {
            let name = match path.name() {
                "helper.ts" => "help",
                _ => "onRequestGet",
            };
            let export = Export {
                name: name.to_owned(),
                from: None,
            };
            let module = CompiledModule {
                facts: ModuleFacts {
                    exports: vec![export],
                    ..ModuleFacts::default()
                },
                ..CompiledModule::default()
            };
            (path.clone(), Rc::new(module))
        });
        let found = routes(&files, &modules.collect());
        let shown: Vec<(String, String)> = found
            .iter()
            .map(|route| (route.file.clone(), route.pattern()))
            .collect();
        let shown: Vec<(&str, &str)> = shown.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(
            shown,
            [
                ("_middleware.js", "/*"),
                ("users/_middleware.ts", "/users/*"),
                ("index.ts", "/"),
                ("users/index.ts", "/users"),
                ("users/me.ts", "/users/me"),
                ("users/[id].ts", "/users/*"),
                ("[[all]].ts", "/*"),
            ]
        );
    }
}
