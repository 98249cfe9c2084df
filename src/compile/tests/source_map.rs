//! Source maps.

use super::{compiled, packed};
use serde_json::Value;

#[test]
fn an_apps_file_has_a_map_and_a_packages_has_none() {
    let source = "// 😀\nexport const a = 1;\n";
    let module = compiled("src/a.ts", source);
    let map: Value = serde_json::from_str(&module.map).unwrap();
    assert_eq!(map["version"], 3);
    assert_eq!(map["sources"], serde_json::json!(["/src/a.ts"]));
    assert_eq!(map["sourcesContent"], serde_json::json!([source]));
    let lines: Vec<&str> = map["mappings"].as_str().unwrap().split(';').collect();
    let at = module
        .code
        .lines()
        .position(|line| line.contains("const a"))
        .unwrap();
    assert!(lines[..at].iter().all(|line| line.is_empty()), "{lines:?}");
    // Column 2 of that line is line 1, column 7 of the source.
    assert!(lines[at].starts_with("EACO"), "{lines:?}");
    assert_eq!(packed("src/a.ts", source).map, "");
}
