//! Files that are no modules: by URL, by text, from `public/`.

use super::*;

#[test]
fn an_imported_file_is_its_url() {
    let tree = Tree::new(module(
        vec![
            imports("./logo.png", &["default"]),
            imports("./a b.png?url", &["default"]),
        ],
        &[],
    ))
    .file("src/logo.png")
    .file("src/a b.png");
    let linked = tree.linked();
    assert_eq!(linked.diagnostics, []);
    let logo = tree.url("src/logo.png");
    assert!(logo.starts_with("/__overskill/assets/") && logo.ends_with("/logo.png"));
    assert!(tree.url("src/a b.png").ends_with("/a%20b.png"));
    assert!(without_meanings(&linked.chunk.code).contains(&format!("[\"/src/logo.png\",{{\"k\":\"esm\"}},\nfunction*(os){{const value=\"{logo}\";os.x({{default:()=>value}});yield}}],")));
    assert_eq!(
        linked.assets.into_iter().collect::<Vec<_>>(),
        [path("src/a b.png"), path("src/logo.png")]
    );
}

#[test]
fn queries_say_how_a_file_is_taken() {
    let tree = Tree::new(module(
        vec![
            imports("./a.css", &[]),
            imports("./a.css?inline", &["default"]),
            imports("./a.css?raw", &["default"]),
            imports("./a.css?url", &["default"]),
            imports("./b.ts?raw&x", &["default"]),
            imports("./b.ts", &["b"]),
        ],
        &[],
    ))
    .with(
        "src/a.css",
        sheet(
            "a{}",
            vec![takes(DependencyKind::StyleImport, "./c.css", &[])],
        ),
    )
    .with("src/c.css", sheet("c{}", vec![]))
    .with("src/b.ts", module(vec![], &["b"]));
    let linked = tree.linked();
    assert_eq!(linked.diagnostics, []);
    let code = &linked.chunk.code;
    assert_eq!(linked.sheets.values().collect::<Vec<_>>(), ["c{}\na{}\n"]);
    for part in [
        "[\"/src/a.css\",{\"k\":\"esm\"},\nfunction*(os){yield;os.css(\"c{}\\na{}\\n\")}],"
            .to_owned(),
        "[\"/src/a.css?inline\",{\"k\":\"esm\"},\nfunction*(os){const value=\"c{}\\na{}\\n\";"
            .to_owned(),
        "[\"/src/a.css?raw\",{\"k\":\"esm\"},\nfunction*(os){const value=\"text of src/a.css\";"
            .to_owned(),
        format!(
            "[\"/src/a.css?url\",{{\"k\":\"esm\"}},\nfunction*(os){{const value=\"{}\";",
            linked.sheets.keys().next().unwrap()
        ),
        "[\"/src/b.ts?raw&x\",{\"k\":\"esm\"},\nfunction*(os){const value=\"text of src/b.ts\";"
            .to_owned(),
        "[\"/src/b.ts\",{\"k\":\"esm\"},\nfunction*(os){yield}],".to_owned(),
    ] {
        assert!(without_meanings(code).contains(&part), "{part} in {code}");
    }
}

#[test]
fn files_of_public_keep_their_place() {
    let tree = Tree::new(module(
        vec![
            imports("/vite.png", &["default"]),
            takes(DependencyKind::Url, "/vite.png#a", &[]),
            takes(DependencyKind::Url, "./gone.png", &[]),
        ],
        &[],
    ))
    .file("public/vite.png");
    let linked = tree.linked();
    // They are served as they are, whoever asks.
    assert!(linked.assets.is_empty());
    assert!(without_meanings(&linked.chunk.code).contains("const value=\"/vite.png\""));
    assert!(
        headers(&linked)[0]
            .contains(r##""u":[["/vite.png#a","/vite.png#a"],["./gone.png","./gone.png"]]"##),
        "{:?}",
        headers(&linked)
    );
    assert_eq!(tree.told(), ["unresolved-asset No file at `./gone.png`. -"]);
}

#[test]
fn a_new_url_is_tied_with_its_fragment() {
    let tree = Tree::new(module(
        vec![takes(DependencyKind::Url, "./sprite.svg#icon", &[])],
        &[],
    ))
    .file("src/sprite.svg");
    let expected = format!(
        "\"u\":[[\"./sprite.svg#icon\",\"{}#icon\"]]",
        tree.url("src/sprite.svg")
    );
    assert!(headers(&tree.linked())[0].contains(&expected));
}

#[test]
fn files_of_packages_are_asked_for_with_what_is_wanted_of_them() {
    let url = |kind, specifier: &str| takes(kind, specifier, &[]);
    let main = module(
        vec![
            imports("kit/style.css?inline", &["default"]),
            imports("kit/a.js?v=1&raw", &["default"]),
            imports("kit/a.js?v=1", &["a"]),
            url(DependencyKind::Url, "kit/worker.js"),
            url(DependencyKind::Url, "kit/pic.png"),
            url(DependencyKind::ModuleWorker, "kit/worker.js"),
        ],
        &[],
    );
    let mut tree = Tree::new(main);
    tree.rules.packages.insert("kit".to_owned());
    let asked = tree.read(|_, graph| graph.packages().map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(
        asked,
        [
            "kit/a.js",
            "kit/a.js?raw",
            "kit/pic.png",
            "kit/style.css?inline",
            "kit/worker.js?url"
        ]
    );
    let target = |url: &str| PackageTarget {
        id: format!("npm:{url}"),
        url: Some(url.to_owned()),
        ..PackageTarget::default()
    };
    for (specifier, url) in [("kit/worker.js?url", "/w.js"), ("kit/pic.png", "/p.png")] {
        tree.packages.insert(specifier.to_owned(), target(url));
    }
    let linked = tree.linked();
    let header = headers(&linked)[0].clone();
    for part in [
        r#"["kit/worker.js","/w.js"]"#,
        r#"["kit/pic.png","/p.png"]"#,
        r#"["kit/worker.js","module","/w.js"]"#,
    ] {
        assert!(header.contains(part), "{header}");
    }
}
