//! A page that somebody else has built, with what only we build.

use super::*;
use crate::tree::Files;
use overskill_protocol::ActionsOutput;

const BROKEN: (&str, &str) = ("src/main.ts", "import './nowhere'; export {}");

fn output(paths: &[&str]) -> ActionsOutput {
    let file = |path: &&str| ((*path).to_owned(), ContentHash::of(path.as_bytes()));
    ActionsOutput {
        files: paths.iter().map(file).collect(),
    }
}

fn files(tree: &[(&str, &str)]) -> Files {
    let file = |(name, text): &(&str, &str)| {
        let hash = ContentHash::of(text.as_bytes());
        let size = text.len() as u64;
        let path = ModulePath::parse(name, &Limits::default()).unwrap();
        (path, FileInfo { hash, size })
    };
    tree.iter().map(file).collect()
}

#[test]
fn it_has_the_page_from_there_and_the_server_code_from_here() {
    let tree = [
        PAGE,
        BROKEN,
        (
            "vite.config.js",
            "export default { base: '/shop/', publicDir: 'static' }",
        ),
        ("static/assets/photo-1a2b3c4d.png", "as it is"),
        (
            "worker/index.ts",
            "export default { fetch() { return new Response('ok') } }",
        ),
    ];
    let bench = Bench::default();
    let built = bench.build_for(Purpose::Production, &tree);
    assert!(built.preview.is_none() && !built.server_fails());
    let made = output(&[
        "index.html",
        "assets/index-B1x_9aQz.js",
        "assets/photo-1a2b3c4d.png",
    ]);
    let built = built.elsewhere(&made, &files(&tree));
    assert!(!built.diagnostics.is_empty());
    assert!(!built.diagnostics.iter().any(Diagnostic::is_error));
    let preview = built.preview.as_ref().unwrap();
    assert_eq!(
        (&*preview.base, preview.page),
        ("/shop/", made.files["index.html"])
    );
    let immutable: Vec<_> = preview
        .files
        .iter()
        .map(|(path, file)| (&**path, file.immutable))
        .collect();
    let wanted = [
        ("/shop/assets/index-B1x_9aQz.js", true),
        ("/shop/assets/photo-1a2b3c4d.png", false),
    ];
    assert_eq!(immutable, wanted);
    let server = preview.server.as_ref().unwrap();
    assert!(
        server
            .contents()
            .all(|hash| preview.made.contains_key(&hash))
    );
}

#[test]
fn without_a_page_here_it_is_at_the_top_and_without_one_there_it_is_none() {
    let bench = Bench::default();
    let tree = [("src/main.ts", ""), ("public/a/b-1a2b3c4d.js", "")];
    let made = output(&["index.html", "a/b-1a2b3c4d.js", "a/c-1a2b3c4d.js"]);
    let built = bench.build_for(Purpose::Production, &tree);
    assert!(built.preview.is_none());
    let built = built.elsewhere(&made, &files(&tree));
    let preview = built.preview.unwrap();
    assert!(!preview.files["/a/b-1a2b3c4d.js"].immutable);
    assert!(preview.files["/a/c-1a2b3c4d.js"].immutable);
    let built = bench.build_for(Purpose::Production, &tree);
    let built = built.elsewhere(&output(&["main.js"]), &files(&tree));
    assert!(built.preview.is_none());
    assert!(
        built
            .diagnostics
            .iter()
            .any(|told| told.code == "actions-without-page")
    );
}

#[test]
fn server_code_that_does_not_build_is_told_of() {
    let bench = Bench::default();
    let worker = (
        "worker/index.ts",
        "import './gone'; export default { fetch() {} }",
    );
    let fails = |tree: &[(&str, &str)]| bench.build_for(Purpose::Production, tree).server_fails();
    assert!(fails(&[PAGE, ("src/main.ts", ""), worker]));
    assert!(fails(&[("src/main.ts", ""), worker]));
    assert!(!fails(&[PAGE, BROKEN]));
    assert!(!fails(&[("src/main.ts", "")]));
}
