//! The module that ties functions together: a table of them, and what looks a request up in it.

use super::functions::{Route, Segment};
use overskill_model::ModulePath;
use std::fmt::Write;

const ROUTER: &str = include_str!("router.js");

/// Where the module stands.
pub(super) fn path() -> ModulePath {
    let path = ModulePath::parse("functions/.overskill-router.js", &Default::default());
    path.expect("a plain name is a path")
}

/// Its text; `None` without functions.
pub(super) fn text(routes: &[Route]) -> Option<String> {
    let quoted = |text: &str| serde_json::to_string(text).expect("a text always serialises");
    if routes.is_empty() {
        return None;
    }
    let mut text = String::new();
    let mut table = String::new();
    for (number, route) in routes.iter().enumerate() {
        let file = quoted(&format!("./{}", route.file));
        let _ = writeln!(text, "import * as m{number} from {file};");
        let segments = route.segments.iter().map(|segment| match segment {
            Segment::Fixed(name) => quoted(name),
            Segment::One(name) => format!("{{one:{}}}", quoted(name)),
            Segment::Rest(name) => format!("{{rest:{}}}", quoted(name)),
        });
        let segments: Vec<String> = segments.collect();
        let _ = write!(
            table,
            "[[{}],{},m{number}],",
            segments.join(","),
            route.middleware
        );
    }
    let _ = writeln!(text, "const table=[{table}];\n{ROUTER}");
    Some(text)
}
