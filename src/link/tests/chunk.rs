//! The script's bytes and its map.

use super::*;
use crate::{Boot, BootValues, Chunk, ChunkModule, chunk::write_app, patch};

fn written<'a>(id: &'a str, code: &'a str, map: &'a str) -> ChunkModule<'a> {
    ChunkModule {
        id,
        format: ModuleFormat::Esm,
        node_importer: false,
        top_level_await: false,
        refresh: false,
        view: false,
        style: false,
        imports: &[],
        others: &[],
        workers: &[],
        globs: &[],
        urls: &[],
        code,
        map,
        digest: None,
    }
}

fn app_chunk(modules: &[ChunkModule<'_>], boot: &Boot) -> Chunk {
    let parts: Vec<_> = modules.iter().map(ChunkModule::part).collect();
    write_app("", &parts, boot)
}

#[test]
fn a_chunk_is_definitions_and_a_boot() {
    let imports = [
        ("./a".to_owned(), Some("/a.ts".to_owned())),
        ("./gone".to_owned(), None),
    ];
    let urls = [("./l.svg".to_owned(), "/l.svg".to_owned())];
    let modules = [
        ChunkModule {
            imports: &imports,
            urls: &urls,
            top_level_await: true,
            ..written("/\"</script>\u{2028}.ts", "async function*(os){yield}", "")
        },
        ChunkModule {
            format: ModuleFormat::CommonJs,
            node_importer: true,
            others: &imports,
            ..written("/__proto__.ts", "function(){}\n", "")
        },
    ];
    let boot = Boot {
        entries: vec!["/a.ts".into()],
        values: BootValues {
            env: BTreeMap::from([("VITE_X".into(), "1".into())]),
            define: BTreeMap::new(),
        },
    };
    let chunk = app_chunk(&modules, &boot);
    assert_eq!(
        without_meanings(&chunk.code),
        "__overskill__.define([\n\
         [\"/\\\"</script>\u{2028}.ts\",{\"k\":\"esm\",\"a\":1,\"i\":[[\"./a\",\"/a.ts\"],[\"./gone\",null]],\"u\":[[\"./l.svg\",\"/l.svg\"]]},\n\
         async function*(os){yield}],\n\
         [\"/__proto__.ts\",{\"k\":\"cjs\",\"n\":1,\"d\":[[\"./a\",\"/a.ts\"],[\"./gone\",null]]},\n\
         function(){}],\n\
         ]);\n\
         __overskill__.boot({\"entries\":[\"/a.ts\"],\"env\":{\"VITE_X\":\"1\"}});\n"
    );
    assert_eq!(chunk.map, None);
    assert_eq!(app_chunk(&modules, &boot), chunk);
}

#[test]
fn a_patch_has_the_definitions_it_is_asked_for_with_their_maps() {
    let map = |name: &str| format!("{{\"version\":3,\"sources\":[\"{name}\"]}}");
    let maps = [map("1"), map("2"), map("3")];
    let modules = [
        written("/1.ts", "function*(os){\n\nFIRST\n}\n\n", &maps[0]),
        written("/2.ts", "SECOND", &maps[1]),
        written("/3.ts", "THIRD\n", &maps[2]),
        written("/4.css", "FOURTH", ""),
    ];
    let chunk = app_chunk(&modules, &Boot::default());
    let ids = ["/1.ts", "/3.ts", "/4.css", "/5.ts"].map(str::to_owned);
    let map = chunk.map.as_ref().unwrap().text.as_str();
    let of = |ids: &[String]| patch(&chunk.definitions, &chunk.code, map, "{}", ids);
    let patch = of(&ids);
    assert_eq!(
        without_meanings(&patch.code),
        "__overskill__.stage({},[\n\
         [\"/1.ts\",{\"k\":\"esm\"},\nfunction*(os){\n\nFIRST\n}],\n\
         [\"/3.ts\",{\"k\":\"esm\"},\nTHIRD],\n\
         [\"/4.css\",{\"k\":\"esm\"},\nFOURTH],\n\
         ]);\n"
    );
    let lines: Vec<&str> = patch.code.lines().collect();
    let read: serde_json::Value = serde_json::from_str(&patch.map).unwrap();
    let sections = read["sections"].as_array().unwrap();
    assert_eq!(sections.len(), 2);
    for (section, (starts, source)) in sections.iter().zip([("function", "1"), ("THIRD", "3")]) {
        let line = section["offset"]["line"].as_u64().unwrap() as usize;
        assert!(lines[line].starts_with(starts), "{line} of {lines:?}");
        assert_eq!(section["map"]["sources"][0], source);
    }
    assert_eq!(of(&["/2.ts".to_owned()]).code.lines().count(), 4);
}

#[test]
fn what_a_definition_means_is_its_header_and_its_code() {
    let meaning = |module: ChunkModule<'_>| {
        app_chunk(&[module], &Boot::default()).definitions[0]
            .meaning
            .clone()
    };
    let place = |line: u32, name: &str| {
        format!(
            "jsx(\"b\", {{\n  fileName: \"{name}\",\n  lineNumber: {line},\n  columnNumber: 3\n}}, this)"
        )
    };
    let (one, two) = (place(1, "/a.tsx"), place(22, "/a.tsx"));
    let plain = meaning(written("/a.tsx", &one, ""));
    assert_eq!(plain, meaning(written("/a.tsx", &two, "{}")));
    assert_ne!(plain, meaning(written("/a.tsx", &place(1, "/b.tsx"), "")));
    let other = |code: &str| meaning(written("/a.tsx", code, ""));
    assert_ne!(
        other("f({ lineNumber: 1, columnNumber: 2 })"),
        other("f({ lineNumber: 2, columnNumber: 2 })")
    );
    assert_ne!(
        other("fileName: \"a\", lineNumber: 1"),
        other("fileName: \"a\", lineNumber: 2")
    );
    let imports = [("./a".to_owned(), Some("/a.ts".to_owned()))];
    let tied = ChunkModule {
        imports: &imports,
        ..written("/a.tsx", &one, "")
    };
    assert_ne!(plain, meaning(tied));
    let refreshed = ChunkModule {
        refresh: true,
        ..written("/a.tsx", &one, "")
    };
    assert_ne!(plain, meaning(refreshed));
}

#[test]
fn each_map_starts_at_the_line_of_its_factory() {
    let one = "{\"version\":3,\"sources\":[\"1\"]}";
    let modules = [
        written("/1.ts", "function*(os){\n\r\n\rFIRST\n}\n\n", one),
        written("/2.ts", "SECOND", ""),
        written("/3.ts", "THIRD\n", "{\"version\":3,\"sources\":[\"3\"]}"),
        written("/4.ts", "FOURTH", "{}"),
    ];
    let chunk = app_chunk(&modules, &Boot::default());
    let map: serde_json::Value = serde_json::from_str(&chunk.map.unwrap().text).unwrap();
    let lines: Vec<&str> =
        chunk
            .code
            .split_inclusive(['\n', '\r'])
            .fold(Vec::new(), |mut lines: Vec<&str>, line| {
                match (line, lines.last()) {
                    ("\n", Some(last)) if last.ends_with('\r') => {}
                    _ => lines.push(line),
                }
                lines
            });
    let sections = map["sections"].as_array().unwrap();
    assert_eq!(sections.len(), 3);
    for (section, starts) in sections.iter().zip(["function*(os){", "THIRD", "FOURTH"]) {
        assert_eq!(section["offset"]["column"], 0);
        let line = section["offset"]["line"].as_u64().unwrap() as usize;
        assert!(lines[line].starts_with(starts), "{line} of {lines:?}");
    }
    assert_eq!(sections[0]["map"]["sources"][0], "1");
    assert_eq!(map["version"], 3);
}

#[test]
fn odd_names_of_files_are_names_like_any_other() {
    let tree = Tree::new(module(
        vec![
            imports("./__proto__", &["__proto__"]),
            imports("./constructor", &["default"]),
        ],
        &[],
    ))
    .with("src/__proto__.ts", module(vec![], &["__proto__"]))
    .with("src/constructor.ts", module(vec![], &["default"]))
    .file("src/toString");
    let linked = tree.linked();
    assert_eq!(linked.diagnostics, []);
    assert_eq!(
        headers(&linked)[0],
        "[\"/src/__proto__.ts\",{\"k\":\"esm\"},"
    );
    assert!(
        linked
            .chunk
            .code
            .ends_with("__overskill__.boot({\"entries\":[\"/src/main.ts\"],\"env\":{}});\n")
    );
}

#[test]
fn the_same_tree_gives_the_same_bytes() {
    let tree = |names: &[&str]| {
        let main = module(
            vec![
                imports("./a", &[]),
                imports("./b", &[]),
                imports("./c", &[]),
            ],
            &[],
        );
        let tree = names.iter().fold(Tree::new(main), |tree, name| {
            tree.with(name, module(vec![], &[]))
        });
        tree.linked().chunk
    };
    assert_eq!(
        tree(&["src/a.ts", "src/b.ts", "src/c.ts"]),
        tree(&["src/c.ts", "src/a.ts", "src/b.ts"])
    );
}
