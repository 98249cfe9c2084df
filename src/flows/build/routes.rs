//! The route tree that TanStack Router's plugin writes from the names of files, for apps that were uploaded without it.

use std::{collections::BTreeMap, fmt::Write};

/// By which names files are told apart; the plugin's options.
pub(super) struct Tokens<'a> {
    pub index: &'a str,
    pub route: &'a str,
    /// Files and folders that start with it are no routes.
    pub ignored: &'a str,
}

/// What comes of a folder of routes.
#[derive(Debug, Default)]
pub(super) struct RouteTree {
    /// The module; `None` where there is no `__root`.
    pub code: Option<String>,
    /// Files that are given the same route as another one.
    pub twice: Vec<String>,
}

/// A segment of a route's id, and as it is written: with the brackets that keep its characters from having a meaning.
#[derive(Clone, PartialEq)]
struct Segment {
    text: String,
    written: String,
}

/// A route.
#[derive(Default)]
struct Route<'a> {
    segments: Vec<Segment>,
    index: bool,
    /// Whether others may be inside, so that its path has no slash at its end.
    layout: bool,
    file: Option<&'a str>,
    lazy: Option<&'a str>,
}

impl Segment {
    fn is(&self, token: &str) -> bool {
        self.text == token && self.written == token
    }

    /// Whether it is for the id alone.
    fn pathless(&self) -> bool {
        let whole = self.written.starts_with("[_") && self.written.ends_with(']');
        self.text.starts_with('_') && !self.written.starts_with("[_]") && !whole
    }

    fn group(&self) -> bool {
        self.text.starts_with('(') && self.text.ends_with(')')
    }

    /// Its part of the address. An underscore at its end says that it is in no layout.
    fn in_path(&self) -> &str {
        let escaped = self.written.ends_with("[_]") || self.written.ends_with("_]");
        match self.text.strip_suffix('_') {
            Some(text) if !escaped => text,
            _ => &self.text,
        }
    }
}

/// The tree of `files`, which are named from the folder of routes; `address` is what a file is imported by. `router` is the
/// router's package.
pub(super) fn tree<'a>(
    files: impl Iterator<Item = &'a str>,
    tokens: &Tokens<'_>,
    address: &dyn Fn(&str) -> String,
    router: &str,
) -> RouteTree {
    let mut out = RouteTree::default();
    let mut root = None;
    let mut routes: BTreeMap<String, Route<'a>> = BTreeMap::new();
    for file in files {
        let Some((stem, "tsx" | "ts" | "jsx" | "js")) = file.rsplit_once('.') else {
            continue;
        };
        let hidden = |part: &str| {
            part.starts_with('.') || !tokens.ignored.is_empty() && part.starts_with(tokens.ignored)
        };
        if file.split('/').any(hidden) {
            continue;
        }
        let mut segments: Vec<Segment> = segments(stem);
        let lazy = segments.pop_if(|last| last.is("lazy")).is_some();
        if segments.len() == 1 && segments[0].text == "__root" {
            root = root.or((!lazy).then_some(file));
            continue;
        }
        let mut layout = segments.pop_if(|last| last.is(tokens.route)).is_some();
        let index = segments.pop_if(|last| last.is(tokens.index)).is_some();
        layout |= !index && segments.last().is_some_and(Segment::pathless);
        let texts: Vec<&str> = segments.iter().map(|it| it.text.as_str()).collect();
        let id = format!("{}{}", texts.join("/"), if index { "/" } else { "" });
        let route = routes.entry(id).or_default();
        let place = if lazy {
            &mut route.lazy
        } else {
            &mut route.file
        };
        if place.is_some() {
            out.twice.push(file.to_owned());
            continue;
        }
        *place = Some(file);
        route.layout |= layout && !lazy;
        route.segments = segments;
        route.index = index;
    }
    if let Some(root) = root {
        out.code = Some(written(root, &routes, address, router));
    }
    out
}

/// A name in segments: at slashes, and at dots that have no bracket beside them.
fn segments(stem: &str) -> Vec<Segment> {
    let bytes = stem.as_bytes();
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let bracketed = at > 0 && bytes[at - 1] == b'[' || bytes.get(at + 1) == Some(&b']');
        if *byte == b'/' || *byte == b'.' && !bracketed {
            parts.push(&stem[start..at]);
            start = at + 1;
        }
    }
    parts.push(&stem[start..]);
    parts.retain(|part| !part.is_empty());
    let segment = |part: &str| Segment {
        text: part.replace(['[', ']'], ""),
        written: part.to_owned(),
    };
    parts.into_iter().map(segment).collect()
}

/// The one that a route is inside of: the longest start of its id that is a route.
fn parent<'a>(routes: &'a BTreeMap<String, Route<'_>>, id: &str) -> Option<&'a str> {
    let mut at = id.trim_end_matches('/');
    if at.len() < id.len() && !at.is_empty() && routes.contains_key(at) {
        return routes.get_key_value(at).map(|(key, _)| key.as_str());
    }
    while let Some((start, _)) = at.rsplit_once('/') {
        if let Some((key, _)) = routes.get_key_value(start) {
            return Some(key);
        }
        at = start;
    }
    None
}

fn written(
    root: &str,
    routes: &BTreeMap<String, Route<'_>>,
    address: &dyn Fn(&str) -> String,
    router: &str,
) -> String {
    let text = |value: &str| serde_json::Value::from(value).to_string();
    let number: BTreeMap<&str, usize> = routes.keys().map(String::as_str).zip(0..).collect();
    let name = |id: Option<&str>| match id {
        Some(id) => format!("route{}", number[id]),
        None => "rootRoute".to_owned(),
    };
    let mut code = String::new();
    if routes.values().any(|route| route.file.is_none()) {
        let _ = writeln!(code, "import {{ createFileRoute }} from {};", text(router));
    }
    let imported = text(&address(root));
    let _ = writeln!(code, "import {{ Route as rootRoute }} from {imported};");
    for (number, route) in routes.values().enumerate() {
        if let Some(file) = route.file {
            let imported = text(&address(file));
            let _ = writeln!(code, "import {{ Route as file{number} }} from {imported};");
        }
    }
    let mut children: BTreeMap<Option<&str>, Vec<String>> = BTreeMap::new();
    for (number, (id, route)) in routes.iter().enumerate() {
        let parent = parent(routes, id);
        children.entry(parent).or_default().push(name(Some(id)));
        let above = parent.map_or(0, |parent| routes[parent].segments.len());
        let own = &route.segments[above..];
        let texts: Vec<&str> = own.iter().map(|it| it.text.as_str()).collect();
        let slash = if route.index && !own.is_empty() {
            "/"
        } else {
            ""
        };
        let options = format!("id: {}", text(&format!("/{}{slash}", texts.join("/"))));
        let kept = own.iter().filter(|it| !it.pathless() && !it.group());
        let kept: Vec<&str> = kept.map(Segment::in_path).collect();
        let has_path = match own.last() {
            None => true,
            Some(_) if route.index => true,
            Some(last) if last.pathless() => route.layout && !kept.is_empty(),
            Some(_) => !kept.is_empty(),
        };
        let slash = if route.index && !kept.is_empty() {
            "/"
        } else {
            ""
        };
        let path = match has_path {
            true => format!(", path: {}", text(&format!("/{}{slash}", kept.join("/")))),
            false => String::new(),
        };
        let file = match route.file {
            Some(_) => format!("file{number}"),
            None => format!("createFileRoute({})()", text(&format!("/{id}"))),
        };
        let _ = write!(
            code,
            "const route{number} = {file}.update({{ {options}{path}, getParentRoute: () => {} }})",
            name(parent)
        );
        if let Some(lazy) = route.lazy {
            let imported = text(&address(lazy));
            let _ = write!(
                code,
                ".lazy(() => import({imported}).then((it) => it.Route))"
            );
        }
        code.push_str(";\n");
    }
    let top = children.remove(&None).unwrap_or_default();
    for (parent, children) in children {
        let _ = writeln!(
            code,
            "{}.addChildren([{}]);",
            name(parent),
            children.join(", ")
        );
    }
    let _ = writeln!(
        code,
        "export const routeTree = rootRoute.addChildren([{}]);",
        top.join(", ")
    );
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKENS: Tokens<'_> = Tokens {
        index: "index",
        route: "route",
        ignored: "-",
    };

    /// What `@tanstack/router-generator` 1.x makes of the same files: id, path and parent's file.
    #[test]
    fn names_mean_what_they_mean_to_the_plugin() {
        let expected = [
            ("index.tsx", "/", "/", ""),
            ("_auth.tsx", "/_auth", "-", ""),
            ("about.tsx", "/about", "/about", ""),
            ("posts/route.tsx", "/posts", "/posts", ""),
            ("sitemap[.]xml.tsx", "/sitemap.xml", "/sitemap.xml", ""),
            ("(app)/dashboard.tsx", "/(app)/dashboard", "/dashboard", ""),
            ("(site)/_l.tsx", "/(site)/_l", "-", ""),
            ("_auth/login.tsx", "/login", "/login", "_auth.tsx"),
            ("_auth.profile.tsx", "/profile", "/profile", "_auth.tsx"),
            ("blog/{-$lang}.tsx", "/blog/{-$lang}", "/blog/{-$lang}", ""),
            ("deep_/x.tsx", "/deep_/x", "/deep/x", ""),
            ("files.$.tsx", "/files/$", "/files/$", ""),
            ("posts/index.tsx", "/", "/", "posts/route.tsx"),
            (
                "posts/$postId.tsx",
                "/$postId",
                "/$postId",
                "posts/route.tsx",
            ),
            ("shop.index.tsx", "/shop/", "/shop/", ""),
            (
                "(app)/settings/index.tsx",
                "/(app)/settings/",
                "/settings/",
                "",
            ),
            ("(site)/_l/terms.tsx", "/terms", "/terms", "(site)/_l.tsx"),
            (
                "_auth/(inner)/deep.tsx",
                "/(inner)/deep",
                "/deep",
                "_auth.tsx",
            ),
            ("a.b.c.tsx", "/a/b/c", "/a/b/c", ""),
            (
                "posts_.$postId.edit.tsx",
                "/posts_/$postId/edit",
                "/posts/$postId/edit",
                "",
            ),
            (
                "users/$userId/_layout.tsx",
                "/users/$userId/_layout",
                "/users/$userId",
                "",
            ),
            (
                "users/$userId/_layout/info.tsx",
                "/info",
                "/info",
                "users/$userId/_layout.tsx",
            ),
        ];
        let others = ["__root.tsx", "-components/x.tsx", "notes.md", ".x/y.tsx"];
        let files = expected.iter().map(|it| it.0).chain(others);
        let made = tree(files, &TOKENS, &|file| file.to_owned(), "router");
        assert_eq!(made.twice, [""; 0]);
        let code = made.code.unwrap();
        let file_of = |number: &str| {
            let end = format!(" as file{number} }} from \"");
            let rest = code.split_once(&end).unwrap().1;
            rest.split('"').next().unwrap().to_owned()
        };
        let field = |line: &str, name: &str| match line.split_once(&format!("{name}: \"")) {
            Some((_, rest)) => rest.split('"').next().unwrap().to_owned(),
            None => "-".to_owned(),
        };
        let mut routes: Vec<[String; 4]> = code
            .lines()
            .filter(|line| line.starts_with("const route"))
            .map(|line| {
                let number = line["const route".len()..].split(' ').next().unwrap();
                let parent = line.split("() => route").nth(1);
                let parent = parent.map(|rest| file_of(rest.split(' ').next().unwrap()));
                [
                    file_of(number),
                    field(line, "{ id"),
                    field(line, ", path"),
                    parent.unwrap_or_default(),
                ]
            })
            .collect();
        routes.sort();
        let mut expected = expected.map(|(a, b, c, d)| [a, b, c, d].map(str::to_owned));
        expected.sort();
        assert_eq!(routes, expected);
    }

    #[test]
    fn lazy_files_are_parts_of_routes_and_routes_of_their_own() {
        let files = [
            "__root.tsx",
            "a.tsx",
            "a.lazy.tsx",
            "b.lazy.tsx",
            "b.c.ts",
            "a.route.tsx",
        ];
        let made = tree(
            files.into_iter(),
            &TOKENS,
            &|file| format!("./{file}"),
            "router",
        );
        assert_eq!(made.twice, ["a.route.tsx"]);
        assert_eq!(
            made.code.unwrap(),
            r#"import { createFileRoute } from "router";
import { Route as rootRoute } from "./__root.tsx";
import { Route as file0 } from "./a.tsx";
import { Route as file2 } from "./b.c.ts";
const route0 = file0.update({ id: "/a", path: "/a", getParentRoute: () => rootRoute }).lazy(() => import("./a.lazy.tsx").then((it) => it.Route));
const route1 = createFileRoute("/b")().update({ id: "/b", path: "/b", getParentRoute: () => rootRoute }).lazy(() => import("./b.lazy.tsx").then((it) => it.Route));
const route2 = file2.update({ id: "/c", path: "/c", getParentRoute: () => route1 });
route1.addChildren([route2]);
export const routeTree = rootRoute.addChildren([route0, route1]);
"#
        );
        assert!(
            tree(["a.tsx"].into_iter(), &TOKENS, &str::to_owned, "")
                .code
                .is_none()
        );
    }
}
