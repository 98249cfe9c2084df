//! Files that are no modules: by URL, by text, from `public/`.

use super::*;

#[test]
fn an_imported_file_is_its_url() {
    let tree = Tree::new(module(
        vec![
            imports("./logo.svg", &["default"]),
            imports("./a b.png?url", &["default"]),
        ],
        &[],
    ))
    .file("src/logo.svg")
    .file("src/a b.png");
    let linked = tree.linked();
    assert_eq!(linked.diagnostics, []);
    let logo = tree.url("src/logo.svg");
    assert!(logo.starts_with("/__overskill/assets/") && logo.ends_with("/logo.svg"));
    assert!(tree.url("src/a b.png").ends_with("/a%20b.png"));
    assert!(linked.chunk.code.contains(&format!("[\"/src/logo.svg\",{{\"k\":\"esm\"}},\nfunction*(os){{const value=\"{logo}\";os.x({{default:()=>value}});yield}}],")));
    assert_eq!(
        linked.assets.into_iter().collect::<Vec<_>>(),
        [path("src/a b.png"), path("src/logo.svg")]
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
    for part in [
        "[\"/src/a.css\",{\"k\":\"esm\",\"i\":[[\"./c.css\",\"/src/c.css\"]]},\nfunction*(os){const css=\"a{}\";os.x({default:()=>css});yield;os.css(css)}],".to_owned(),
        "[\"/src/a.css?inline\",{\"k\":\"esm\"},\nfunction*(os){const value=\"c{}\\na{}\\n\";".to_owned(),
        "[\"/src/a.css?raw\",{\"k\":\"esm\"},\nfunction*(os){const value=\"text of src/a.css\";".to_owned(),
        format!("[\"/src/a.css?url\",{{\"k\":\"esm\"}},\nfunction*(os){{const value=\"{}\";", tree.url("src/a.css")),
        "[\"/src/b.ts?raw\",{\"k\":\"esm\"},\nfunction*(os){const value=\"text of src/b.ts\";".to_owned(),
        "[\"/src/b.ts\",{\"k\":\"esm\"},\nfunction*(os){yield}],".to_owned(),
    ] {
        assert!(code.contains(&part), "{part} in {code}");
    }
}

#[test]
fn files_of_public_keep_their_place() {
    let tree = Tree::new(module(
        vec![
            imports("/vite.svg", &["default"]),
            takes(DependencyKind::Url, "/vite.svg#a", &[]),
            takes(DependencyKind::Url, "./gone.png", &[]),
        ],
        &[],
    ))
    .file("public/vite.svg");
    let linked = tree.linked();
    assert!(linked.assets.contains(&path("public/vite.svg")));
    assert!(linked.chunk.code.contains("const value=\"/vite.svg\""));
    assert!(
        headers(&linked)[1]
            .contains(r##""u":[["/vite.svg#a","/vite.svg#a"],["./gone.png","./gone.png"]]"##),
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
