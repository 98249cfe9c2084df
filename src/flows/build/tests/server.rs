//! Server code: found, linked, run by Node.

use super::*;
use overskill_protocol::{Outbound, Server};
use std::process::Command;

const EMPTY_PAGE: (&str, &str) = ("index.html", "<!doctype html><title>x</title>");
const HANDLER: &str = "export default { fetch() { return new Response('ok') } }";

fn server(built: &Built) -> &Server {
    let preview = built.preview.as_ref().expect("it builds");
    preview.server.as_ref().expect("it has server code")
}

/// Sends requests to the server code and gives what was answered, each as status and text.
fn answers(built: &Built, requests: &[(&str, &str)]) -> Vec<String> {
    let server = server(built);
    let name = format!(
        "overskill-server-{}-{}",
        std::process::id(),
        server.hash.short()
    );
    let folder = std::env::temp_dir().join(name);
    let made = &built.preview.as_ref().unwrap().made;
    for (name, module) in &server.modules {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &made[&module.hash]).unwrap();
    }
    std::fs::write(folder.join("package.json"), r#"{"type":"module"}"#).unwrap();
    let requests = serde_json::to_string(requests).unwrap();
    let script = format!(
        "import it from './{}';
        for (const [method, path] of {requests}) {{
          const answer = await it.fetch(new Request('http://x' + path, {{ method }}), {{ A: 'a', ASSETS: {{ fetch: async () => new Response('files', {{ status: 404 }}) }} }}, {{ waitUntil() {{}} }});
          console.log(answer.status, answer.headers.get('x-by') ?? '', await answer.text());
        }}",
        server.main
    );
    std::fs::write(folder.join("run.js"), script).unwrap();
    let run = Command::new("node")
        .arg(folder.join("run.js"))
        .output()
        .unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let text = String::from_utf8(run.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_worker_is_linked_with_what_it_shares_with_the_page() {
    let bench = Bench::default();
    let tree = [
        ("index.html", "<!doctype html><script type=module src=/src/main.ts></script>"),
        ("src/main.ts", "import { shared } from './shared'; console.log(shared)"),
        ("src/shared.ts", "export const shared: string = 'both'; export const unused = 1"),
        (
            "worker/index.ts",
            "import { shared } from '../src/shared'; import data from './data.json'; import text from './query.sql';
            import { createHash } from 'node:crypto'; import { join } from 'path';
            export class Other {}
            export default { async fetch(request: Request, env: { A: string }) {
              const { later } = await import('./later');
              return new Response([shared, data.of, text, env.A, later(), createHash('sha1').update('x').digest('hex').length, join('a', 'b'), import.meta.env.SSR].join());
            } }",
        ),
        ("worker/later.ts", "export function later() { return 'later' }"),
        ("worker/data.json", r#"{"of": 7}"#),
        ("worker/query.sql", "SELECT 1"),
    ];
    let built = bench.build(&tree);
    assert_eq!(codes(&built), [""; 0]);
    assert_eq!(
        answers(&built, &[("GET", "/api/x")]),
        ["200  both,7,SELECT 1,a,later,40,a/b,true"]
    );
    let server = server(&built);
    assert!(takes(server, "/api/x") && !takes(server, "/src"));
    let made = &built.preview.as_ref().unwrap().made;
    let (name, map) = server.maps.iter().next().unwrap();
    let main = String::from_utf8(made[&server.modules[&server.main].hash].clone()).unwrap();
    let short = name.strip_prefix("server/").unwrap();
    assert_eq!(
        main,
        format!("import\"./before.js\";export{{default}}from\"./{short}\";\n")
    );
    let map = String::from_utf8(made[map].clone()).unwrap();
    assert!(map.contains("\"/worker/index.ts\""), "{map}");
    let addresses = built.preview.as_ref().unwrap().files.keys();
    assert!(!addresses.clone().any(|it| it.contains("server")));
    // The same for what is published: only the environment is another one.
    let published = bench.build_for(Purpose::Production, &tree);
    let published = published.preview.unwrap().server.unwrap();
    assert!(published.modules.keys().eq(server.modules.keys()));
}

#[test]
fn functions_answer_by_their_files() {
    let bench = Bench::default();
    let built = bench.build(&[
        EMPTY_PAGE,
        ("functions/api/_middleware.ts", "export const onRequest = [async ({ next, data }) => { data.by = 'm'; const answer = await next(); answer.headers.set('x-by', data.by); return answer }]"),
        ("functions/api/hello.ts", "export const onRequestGet = ({ env }) => new Response('hello ' + env.A); export function onRequestPost() { return new Response('posted') }"),
        ("functions/api/users/[id].ts", "import { show } from '../../show'; export const onRequest = ({ params }) => new Response(show(params.id))"),
        ("functions/files/[[path]].js", "export const onRequest = ({ params }) => new Response(JSON.stringify(params.path))"),
        ("functions/show.ts", "export const show = (id: string) => `<${id}>`"),
    ]);
    assert_eq!(codes(&built), [""; 0]);
    assert_eq!(
        answers(
            &built,
            &[
                ("GET", "/api/hello"),
                ("POST", "/api/hello"),
                ("DELETE", "/api/hello"),
                ("GET", "/api/users/%C3%A9"),
                ("GET", "/api/users"),
                ("GET", "/files/a/b"),
                ("GET", "/files"),
                ("GET", "/elsewhere"),
            ]
        ),
        [
            "200 m hello a",
            "200 m posted",
            "404 m files",
            "200 m <é>",
            "404 m files",
            r#"200  ["a","b"]"#,
            "200  []",
            "404  files",
        ]
    );
    let server = server(&built);
    assert!(takes(server, "/files") && takes(server, "/api/users/1") && !takes(server, "/show"));
}

#[test]
fn what_package_json_says_counts_or_is_told() {
    let bench = Bench::default();
    let main = ("server/main.ts", HANDLER);
    let said = |text: &str| {
        let manifest = format!("{{\"overskill\": {text}}}");
        bench.build(&[EMPTY_PAGE, ("package.json", &manifest), main])
    };
    let built = said(
        r#"{"server": "./server/main.ts", "routes": ["/rpc", "/ws/*"], "outbound": ["API.example.com", "*.x.dev"], "compatibilityDate": "2026-01-02", "limits": {"cpuMs": 7}}"#,
    );
    let server = server(&built);
    assert_eq!(server.routes, ["/rpc", "/ws/*"]);
    let hosts = ["api.example.com", "*.x.dev"].map(str::to_owned);
    assert_eq!(server.outbound, Outbound::Hosts(hosts.into()));
    assert_eq!(server.compatibility_date, "2026-01-02");
    assert_eq!(server.limits.cpu_ms, 7);
    for wrong in [
        "7",
        r#"{"server": "server/gone.ts"}"#,
        r#"{"server": 7}"#,
        r#"{"routes": ["api"]}"#,
        r#"{"routes": ["/__overskill/x"]}"#,
        r#"{"outbound": "all"}"#,
        r#"{"outbound": ["http://x"]}"#,
        r#"{"compatibilityDate": "soon"}"#,
        r#"{"limits": {"cpuMs": 0}}"#,
    ] {
        let built = said(wrong);
        assert_eq!(codes(&built), ["server-settings"], "{wrong}");
        assert!(built.preview.is_none());
        assert!(built.diagnostics[0].line.is_some());
    }
}

#[test]
fn what_is_no_server_code_is_not_taken_for_it() {
    let bench = Bench::default();
    let none = bench.build(&[
        EMPTY_PAGE,
        ("functions/index.js", "exports.hello = 1"),
        ("functions/broken.d.ts", "nonsense("),
    ]);
    assert_eq!(codes(&none), [""; 0]);
    assert_eq!(none.preview.unwrap().server, None);
    let script = bench.build(&[EMPTY_PAGE, ("worker/index.ts", "onmessage = () => {}")]);
    assert_eq!(codes(&script), ["server-without-handler"]);
    assert_eq!(script.preview.unwrap().server, None);
    let off = bench.build(&[
        EMPTY_PAGE,
        ("worker/index.ts", HANDLER),
        ("package.json", r#"{"overskill": {"server": false}}"#),
    ]);
    assert_eq!(off.preview.unwrap().server, None);
}

#[test]
fn its_errors_are_the_authors_and_an_edit_of_it_is_no_news_to_pages() {
    let bench = Bench::default();
    let with = |code: &str| {
        let page = (
            "index.html",
            "<!doctype html><script type=module src=/src/main.ts></script>",
        );
        bench.build(&[
            page,
            ("src/main.ts", "console.log(1)"),
            ("worker/index.ts", code),
        ])
    };
    let first = with(HANDLER);
    let broken = with("export default { fetch( }");
    assert!(broken.preview.is_none());
    assert_eq!(
        broken.diagnostics[0].path.as_ref().unwrap().as_str(),
        "worker/index.ts"
    );
    let missing = with("import './gone'; export default { fetch() {} }");
    assert_eq!(codes(&missing), ["unresolved-import"]);
    let mut second = with("export default { fetch() { return new Response('other') } }");
    let first = first.preview.unwrap();
    let preview = second.preview.as_mut().unwrap();
    assert_ne!(
        preview.server.as_ref().unwrap().hash,
        first.server.as_ref().unwrap().hash
    );
    assert_eq!(preview.change_from(&first), Change::Nothing);
    assert_eq!(with(HANDLER).preview.unwrap().server, first.server);
}

#[test]
fn what_it_was_made_from_is_all_that_makes_it_again() {
    let bench = Bench::default();
    let build = |main: &str, lock: &str| {
        bench.compiler.compiled.borrow_mut().clear();
        let built = bench.build(&[
            (
                "index.html",
                "<!doctype html><script type=module src=/src/main.ts></script>",
            ),
            ("src/main.ts", main),
            ("worker/index.ts", HANDLER),
            ("package-lock.json", lock),
        ]);
        let memory = bench.memory.last(Purpose::Preview).server.borrow();
        let served = memory.as_ref().unwrap().served();
        (built.preview.unwrap().server.unwrap().hash, served)
    };
    let (hash, first) = build("1", "{}");
    let (same, again) = build("2", "{}");
    assert_eq!(hash, same);
    assert!(Rc::ptr_eq(&first, &again));
    let (_, other) = build("2", "{ }");
    assert!(!Rc::ptr_eq(&again, &other));
}

#[test]
fn a_computed_path_finds_modules_beside_and_below() {
    let bench = Bench::default();
    let built = bench.build(&[
        EMPTY_PAGE,
        (
            "worker/index.ts",
            "export default { async fetch(request: Request) {
              const path = decodeURIComponent(new URL(request.url).pathname.slice(5));
              const spec = `${path}${import.meta.env?.DEV && !path.includes(':') ? `?t=${1}` : ''}`;
              try {
                const { name } = await import(/* @vite-ignore */ spec);
                return new Response(name ?? 'none');
              } catch (error) { return new Response(`${error.name}: ${error.message}`) }
            } }",
        ),
        ("worker/routes.ts", "export const name: string = 'routes'"),
        (
            "worker/deep/index.tsx",
            "import { part } from './part'; export const name = part + 'deep'",
        ),
        (
            "worker/deep/part.ts",
            "export const part = 'part of '; export const name = 'part'",
        ),
        ("worker/data.json", r#"{"name": "data"}"#),
        ("worker/[id].mjs", "export const name = 'id'"),
        ("worker/old.cjs", "exports.name = 'old'"),
        ("worker/loud.ts", "throw new RangeError('loud')"),
        ("worker/routes.test.ts", "import 'no-such-runner'"),
        ("worker/wrong.ts", "export const = 1"),
        (
            "worker/near.ts",
            "import './wrong'; export const name = 'near'",
        ),
        (
            "worker/asks.ts",
            "import { gone } from './routes'; export const name = gone",
        ),
        ("src/other.ts", "export const name = 'other'"),
    ]);
    let preview = built
        .preview
        .as_ref()
        .expect("what isn't asked for may be wrong");
    assert!(preview.server.is_some());
    let told = built.diagnostics.iter().map(|it| {
        let path = it.path.as_ref().unwrap().to_string();
        (path, it.severity.name())
    });
    let told: Vec<(String, &str)> = told.collect();
    let expected = [
        ("worker/asks.ts", "warning"),
        ("worker/wrong.ts", "warning"),
    ];
    assert_eq!(
        told,
        expected.map(|(path, severity)| (path.to_owned(), severity))
    );
    let gone = |name: &str| {
        format!(
            "200  Error: Cannot find module '{name}?t=1' that /worker/index.ts imports: a path that is computed leads to modules of the same folder and below it"
        )
    };
    let paths = [
        "/api/.%2Froutes",
        "/api/.%2Froutes.ts%3Ft=1%23x",
        "/api/.%2Froutes.js",
        "/api/.%2Fdeep",
        "/api/.%2Fdeep%2F",
        "/api/%2Fworker%2Fdeep%2F..%2Froutes",
        "/api/.%2Fdeep%2Fpart",
        "/api/.%2Fdata.json",
        "/api/.%2F[id]",
        "/api/.%2Fold.cjs",
        "/api/.%2Floud",
        "/api/node:path",
        "/api/.%2Fwrong",
        "/api/.%2Fnear",
        "/api/..%2Fsrc%2Fother",
        "/api/.%2F__proto__",
    ];
    let requests: Vec<(&str, &str)> = paths.iter().map(|path| ("GET", *path)).collect();
    assert_eq!(
        answers(&built, &requests),
        [
            "200  routes".to_owned(),
            "200  routes".to_owned(),
            "200  routes".to_owned(),
            "200  part of deep".to_owned(),
            "200  part of deep".to_owned(),
            "200  routes".to_owned(),
            "200  part".to_owned(),
            "200  data".to_owned(),
            "200  id".to_owned(),
            "200  old".to_owned(),
            "200  RangeError: loud".to_owned(),
            "200  none".to_owned(),
            gone("./wrong"),
            gone("./near"),
            gone("../src/other"),
            gone("./__proto__"),
        ]
    );
}

#[test]
fn what_computed_paths_lead_to_is_built_again_when_it_changes() {
    let bench = Bench::default();
    let main = "export default { fetch: async () => new Response((await import('./' + String('routes'))).name) }";
    let with = |files: &[(&str, &str)]| {
        let tree = [&[EMPTY_PAGE, ("worker/index.ts", main)], files].concat();
        bench.build(&tree)
    };
    let answer = |built: &Built| answers(built, &[("GET", "/api/x")]);
    let first = with(&[("worker/routes.ts", "export const name = 1")]);
    assert_eq!(codes(&first), [""; 0]);
    assert_eq!(answer(&first), ["200  1"]);
    let second = with(&[("worker/routes.ts", "export const name = 2")]);
    assert_eq!(answer(&second), ["200  2"]);
    let broken = with(&[("worker/routes.ts", "export const name =")]);
    assert!(broken.preview.is_some() && broken.diagnostics.len() == 1);
    let mended = with(&[("worker/routes.ts", "export const name = 3")]);
    assert_eq!(
        (codes(&mended).len(), answer(&mended)),
        (0, vec!["200  3".to_owned()])
    );
}

#[test]
fn what_wrangler_is_told_counts_where_package_json_says_nothing() {
    let bench = Bench::default();
    let settings = r#"{ // of a template
      "main": "./src/worker/main.ts", "compatibility_date": "2023-01-01", "compatibility_flags": ["nodejs_compat", "enable_x"],
      "assets": { "binding": "FILES", "run_worker_first": ["/api/*", "!/api/docs/*", "bad", "/__overskill/x"], },
      "vars": { "TITLE": "a title", "LIST": [1, 2] },
      "durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }] }, "d1_databases": [{ "binding": "DB" }],
      "triggers": { "crons": ["* * * * *"] },
    }"#;
    let tree = [
        EMPTY_PAGE,
        ("src/worker/main.ts", HANDLER),
        ("wrangler.jsonc", settings),
    ];
    let built = bench.build(&tree);
    assert_eq!(codes(&built), ["server-bindings-missing"]);
    let told = &built.diagnostics[0].message;
    assert_eq!(
        told,
        "`wrangler.jsonc` asks for what server code is not given here: `DB` (a D1 database), `ROOM` (a Durable Object), `triggers.crons` (nothing runs by the clock)."
    );
    let found = server(&built);
    assert_eq!(found.routes, ["/api/*", "!/api/docs/*"]);
    assert!(takes(found, "/api/x") && !takes(found, "/api/docs/x") && !takes(found, "/x"));
    assert!(takes_rest(found, "/x") && !takes_rest(found, "/__overskill/x"));
    assert_eq!(
        (&*found.assets, &*found.compatibility_date),
        ("FILES", "2024-09-23")
    );
    assert_eq!(found.compatibility_flags, ["enable_x"]);
    assert_eq!(found.vars["TITLE"], "a title");
    assert_eq!(found.vars["LIST"].to_string(), "[1,2]");
    let manifest = r#"{"overskill": {"routes": ["/rpc"], "compatibilityDate": "2026-01-02"}}"#;
    let built = bench.build(&[&tree[..], &[("package.json", manifest)]].concat());
    let found = server(&built);
    assert_eq!(
        (&found.routes[..], found.rest),
        (&["/rpc".to_owned()][..], false)
    );
    assert_eq!(found.compatibility_date, "2026-01-02");
    let toml = (
        "wrangler.toml",
        "main = 'src/worker/main.ts'\n[assets]\nrun_worker_first = true",
    );
    let built = bench.build(&[EMPTY_PAGE, tree[1], toml]);
    assert_eq!(
        (codes(&built), &server(&built).routes[..]),
        (vec![], &["/*".to_owned()][..])
    );
    let gone = bench.build(&[
        EMPTY_PAGE,
        ("wrangler.toml", "main = 'dist/worker.js'\n[vars]\nA = 'a'"),
        ("worker/index.ts", HANDLER),
    ]);
    assert_eq!(
        (codes(&gone), &server(&gone).routes[..]),
        (vec![], &["/api/*".to_owned()][..])
    );
    assert!(!server(&gone).rest);
    let broken = bench.build(&[
        EMPTY_PAGE,
        ("wrangler.json", "{"),
        ("worker/index.ts", HANDLER),
    ]);
    assert_eq!(codes(&broken), ["server-settings"]);
    assert!(broken.preview.is_some());
    assert_eq!(
        codes(&bench.build(&[EMPTY_PAGE, ("wrangler.json", settings)])),
        [""; 0]
    );
}

#[test]
fn a_page_leaves_a_computed_path_to_the_browser() {
    let page = (
        "index.html",
        "<!doctype html><script type=module src=/src/main.ts></script>",
    );
    let main = "import(/* @vite-ignore */ location.hash)";
    let tree = [page, ("src/main.ts", main), ("src/other.ts", "1")];
    let built = Bench::default().build_for(Purpose::Production, &tree);
    let made = built.preview.as_ref().unwrap().made.values();
    let texts: Vec<String> = made
        .map(|it| String::from_utf8_lossy(it).into_owned())
        .collect();
    assert!(
        texts.iter().any(|it| it.contains("import(location.hash)")),
        "{texts:?}"
    );
}
