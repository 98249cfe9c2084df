//! Files of packages that a page loads by address.

use super::{World, request, told};
use futures_util::FutureExt;
use overskill_ports::Blobs;
use serde_json::json;

fn world(size: usize) -> World {
    let mut world = World::new();
    let font = "f".repeat(size);
    world.publish(
        "font@1.0.0",
        json!({"exports": {"./*.css": "./*.css", "./*": "./files/*", ".": "./index.js"}}),
        &[
            ("400.css", "@font-face { font-family: X; src: url(./files/x.woff2) format('woff2'), url('./files/x.woff2?#iefix') format('woff') }"),
            ("index.js", "export const url = new URL('./files/x.woff2', import.meta.url).href; import logo from './files/l.svg'; export { logo }"),
            ("files/x.woff2", &font),
            ("files/l.svg", "<svg/>"),
        ],
    );
    world
}

#[test]
fn large_ones_are_files_and_small_ones_are_in_their_url() {
    let world = world(200_000);
    let asked = request(&[("font", "1")], &["font/400.css", "font", "font/l.svg"]);
    let set = world.built(&asked);
    assert_eq!(told(&set), Vec::<String>::new());
    let chunk = world.chunk(&set);
    let at = chunk.find("/__overskill/files/").unwrap();
    let address: String = chunk[at..]
        .chars()
        .take_while(|c| !"\"')\\".contains(*c))
        .collect();
    let (hash, extension) = address.rsplit('/').next().unwrap().split_once('.').unwrap();
    assert_eq!(extension, "woff2");
    assert!(
        chunk.contains(&format!("url(\\\"{address}#iefix\\\")")),
        "{chunk}"
    );
    assert!(
        chunk.contains(&format!(r#"["./files/x.woff2","{address}"]"#)),
        "{chunk}"
    );
    assert!(chunk.contains("data:image/svg+xml;base64,"));
    assert!(chunk.len() < 20_000);
    let key = format!("packages/files/{hash}");
    let stored = world.blobs.get(&key);
    let stored = stored.now_or_never().unwrap().unwrap().unwrap();
    assert_eq!(stored.len(), 200_000);

    // Once known, no tarball is opened for it.
    let tarballs = world.tally.rates().tarballs;
    let again = world.built(&request(&[("font", "^1.0.0")], &["font/400.css"]));
    assert!(world.chunk(&again).contains(&address));
    assert_eq!(world.tally.rates().tarballs, tarballs);
    assert_eq!(world.compiler.take_compiled().len(), 2);

    let small = self::world(100);
    let set = small.built(&asked);
    assert!(!small.chunk(&set).contains("/__overskill/files/"));
}

#[test]
fn what_cannot_be_served_is_said() {
    let world = world(25 << 20);
    let set = world.built(&request(&[("font", "1")], &["font"]));
    assert_eq!(told(&set), ["package-asset-too-large -"]);
}

#[test]
fn queries_give_the_url_the_text_or_a_worker_of_a_file() {
    let mut world = World::new();
    world.publish(
        "kit@1.0.0",
        json!({}),
        &[
            ("index.js", "export const start = () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }); export const old = () => new Worker(new URL('./old.js', import.meta.url)); import text from './style.css?raw'; export { text }"),
            ("worker.js", "onmessage = () => postMessage(1)"),
            ("old.js", "importScripts"),
            ("split.js", "import { a } from './a.js'; a()"),
            ("a.js", "export const a = () => {}"),
            ("style.css", "\u{feff}.kit { color: hotpink }"),
            ("model.bin", "\u{0}\u{1}"),
            ("pic.svg", "<svg/>"),
        ],
    );
    let specifiers = [
        "kit",
        "kit/style.css?inline",
        "kit/a.js?raw",
        "kit/a.js",
        "kit/worker.js?url",
        "kit/worker.js?worker",
        "kit/model.bin?url",
        "kit/pic.svg?inline",
        "kit/pic.svg?raw",
    ];
    let asked = request(&[("kit", "1")], &specifiers);
    for production in [false, true] {
        let mut asked = asked.clone();
        asked.production = production;
        let set = world.built(&asked);
        assert_eq!(told(&set), Vec::<String>::new());
        assert_eq!(set.entries.len(), specifiers.len());
        let url = |specifier: &str| set.entries[specifier].url.clone().unwrap();
        assert_eq!(url("kit/style.css?inline"), ".kit { color: hotpink }");
        assert_eq!(url("kit/a.js?raw"), "export const a = () => {}");
        assert_eq!(set.entries["kit/a.js"].url, None, "it is a module, too");
        assert_eq!(url("kit/pic.svg?raw"), "<svg/>");
        assert_eq!(
            url("kit/pic.svg?inline"),
            "data:image/svg+xml;base64,PHN2Zy8+"
        );
        assert!(url("kit/model.bin?url").starts_with("data:application/octet-stream"));
        let script = url("kit/worker.js?url");
        assert!(script.starts_with("/__overskill/files/") && script.ends_with(".js"));
        let chunk = world.chunk(&set);
        // The worker of the package, the one of the query, and the URL itself.
        assert_eq!(chunk.matches(&script).count(), 3, "{chunk}");
        assert!(chunk.contains("new Worker("), "{chunk}");
        if !production {
            assert!(
                chunk.contains(&format!(r#"["./worker.js","module","{script}"]"#)),
                "{chunk}"
            );
            assert!(chunk.contains(r#"["./old.js","classic","#), "{chunk}");
        }
    }
    // A script that isn't whole can't be served by itself, and that is said each time.
    for _ in 0..2 {
        let set = world.built(&request(&[("kit", "1")], &["kit/split.js?worker"]));
        assert_eq!(
            told(&set),
            ["package-asset-unsupported kit/split.js?worker"]
        );
    }
    let missing = world.build(&request(&[("kit", "1")], &["kit/nope.js?url"]));
    assert!(!missing.unwrap().is_ok());
}
