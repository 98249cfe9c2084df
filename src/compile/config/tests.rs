//! What is read of configurations as people and AIs write them, and of hostile ones.

use super::*;
use overskill_model::Limits;

fn read_as(name: &str, text: &str, mode: &str) -> ConfigValue {
    let path = ModulePath::parse(name, &Limits::default()).unwrap();
    let inputs = ConfigInputs {
        command: "serve".into(),
        mode: mode.into(),
        env: [("GEMINI_API_KEY", "k"), ("VITE_X", "x")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into(),
        json: [(
            "package.json".to_owned(),
            r#"{"version":"1.2.3"}"#.to_owned(),
        )]
        .into(),
    };
    let (value, diagnostics) = read_config(&path, text, &inputs);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    value
}

fn read(text: &str) -> ConfigValue {
    read_as("vite.config.ts", text, "development")
}

/// A value in short: JSON-like, imports as `module#export(arguments)`, what is unknown as `‹text›`.
fn short(value: &ConfigValue) -> String {
    let list = |items: &[ConfigValue]| items.iter().map(short).collect::<Vec<_>>().join(",");
    match value {
        ConfigValue::Undefined => "undefined".into(),
        ConfigValue::Null => "null".into(),
        ConfigValue::Bool(truth) => truth.to_string(),
        ConfigValue::Number(number) => number.to_string(),
        ConfigValue::String(text) => format!("'{text}'"),
        ConfigValue::Regex { source, flags } => format!("/{source}/{flags}"),
        ConfigValue::Array(items) => format!("[{}]", list(items)),
        ConfigValue::Object(properties) => {
            let pairs = properties
                .iter()
                .map(|(key, value)| format!("{key}:{}", short(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
        }
        ConfigValue::Import {
            module,
            export,
            arguments,
            ..
        } => {
            let called = arguments.as_ref().map(|items| format!("({})", list(items)));
            format!("{module}#{export}{}", called.unwrap_or_default())
        }
        ConfigValue::Unknown { text, .. } => format!("‹{text}›"),
    }
}

#[test]
fn an_app_builders_configuration() {
    let text = r#"
        import { defineConfig } from "vite";
        import react from "@vitejs/plugin-react-swc";
        import path from "path";
        import { componentTagger } from "lovable-tagger";
        // https://vitejs.dev/config/
        export default defineConfig(({ mode }) => ({
          server: { host: "::", port: 8080 },
          plugins: [react(), mode === "development" && componentTagger()].filter(Boolean),
          resolve: { alias: { "@": path.resolve(__dirname, "./src") }, dedupe: ["react", "react-dom"] },
        }));"#;
    let rest = "resolve:{alias:{@:'/src'},dedupe:['react','react-dom']}}";
    let server = "{server:{host:'::',port:8080}";
    assert_eq!(
        short(&read(text)),
        format!(
            "{server},plugins:[@vitejs/plugin-react-swc#default(),lovable-tagger#componentTagger()],{rest}"
        )
    );
    assert_eq!(
        short(&read_as("vite.config.ts", text, "production")),
        format!("{server},plugins:[@vitejs/plugin-react-swc#default()],{rest}")
    );
}

#[test]
fn environment_folders_and_conditions() {
    let text = r#"
        import path from 'path';
        import { defineConfig, loadEnv } from 'vite';
        import runtimeErrorOverlay from "@replit/vite-plugin-runtime-error-modal";
        export default defineConfig(async ({ mode }) => {
          const env = loadEnv(mode, '.', '');
          return {
            plugins: [runtimeErrorOverlay(),
              ...(process.env.NODE_ENV !== "production" && process.env.REPL_ID !== undefined
                ? [await import("@replit/vite-plugin-cartographer").then((m) => m.cartographer())] : [])],
            define: { 'process.env.API_KEY': JSON.stringify(env.GEMINI_API_KEY), __V__: JSON.stringify({a: [1, null], b: undefined}) },
            root: path.resolve(import.meta.dirname, "client"),
            resolve: { alias: [{ find: /^~\/(.*)/i, replacement: path.join(__dirname, "src/$1") },
              { find: "@shared", replacement: path.resolve(import.meta.dirname, "..", "shared") }] },
          };
        });"#;
    assert_eq!(
        short(&read(text)),
        "{plugins:[@replit/vite-plugin-runtime-error-modal#default()],\
         define:{process.env.API_KEY:'\"k\"',__V__:'{\"a\":[1,null]}'},root:'/client',\
         resolve:{alias:[{find:/^~\\/(.*)/i,replacement:'/src/$1'},{find:'@shared',replacement:'/shared'}]}}"
    );
}

#[test]
fn the_many_ways_to_say_it() {
    for (text, expected) in [
        (
            "import { fileURLToPath, URL } from 'node:url'; export default { a: fileURLToPath(new URL('./src', import.meta.url)) }",
            "{a:'/src'}",
        ),
        (
            "const {resolve} = require('path'); module.exports = { a: resolve(__dirname, 'src'), ...require('./package.json') }",
            "{a:'/src',version:'1.2.3'}",
        ),
        (
            "import { resolve as r } from 'path'; const root = r('x'); export default { a: r(root, '../y') }",
            "{a:'/y'}",
        ),
        (
            "import fs from 'fs'; const pkg = JSON.parse(fs.readFileSync('./package.json', 'utf-8')); export default { v: `v${pkg.version}` }",
            "{v:'v1.2.3'}",
        ),
        (
            "import type { UserConfig } from 'vite'; export default { a: 1, b: -2.5, c: !0 } satisfies UserConfig as any",
            "{a:1,b:-2.5,c:true}",
        ),
        (
            "const base = { a: [1] }; const config = { ...base, b: 2 }; config.c = 3; config.a.push(2); export default config",
            "{a:[1,2],b:2,c:3}",
        ),
        (
            "function make({ x = 5, ...rest }) { if (rest.y) { return x } return [x] } export default { a: make({y: 1}), b: make({x: 2}) }",
            "{a:5,b:[2]}",
        ),
        (
            "export default { a: Object.fromEntries(Object.entries({x: 1, y: 2}).map(([k, v]) => [`${k}!`, v + 1])) }",
            "{a:{x!:2,y!:3}}",
        ),
        (
            "const all = {}; for (const n of ['a', 'b']) { all[n] = n.toUpperCase() } export default all",
            "{a:'A',b:'B'}",
        ),
        (
            "import {mergeConfig} from 'vite'; export default mergeConfig({p: [1], r: {a: 1}}, {p: [2], r: {b: 2}})",
            "{p:[1,2],r:{a:1,b:2}}",
        ),
        (
            "import x, * as y from 'x'; export default { a: x({k: 1}), b: y.named, c: x.vite() }",
            "{a:x#default({k:1}),b:x#named,c:x#default.vite()}",
        ),
        (
            "export default { a: Math.random(), b: os?.cpus()?.length ?? 4, c: globalThis.x || 'd', d: (() => { while (1); })() }",
            "{a:‹Math.random()›,b:4,c:'d',d:‹() => { while (1); }›}",
        ),
        (
            "export default { transform(code) { return code } , k: () => 1}",
            "{transform:‹transform(code) { return code }›,k:‹() => 1›}",
        ),
        ("exports.a = 1", "{a:1}"),
        (
            "export default { m: process.env.NODE_ENV, e: process.env.VITE_X, n: process.env.NOPE }",
            "{m:'development',e:'x',n:undefined}",
        ),
    ] {
        assert_eq!(short(&read(text)), expected, "{text}");
    }
    assert_eq!(
        short(&read_as("a.json", r#"{"a":[1,"x",null]}"#, "")),
        "{a:[1,'x',null]}"
    );
}

#[test]
fn hostile_configurations_end() {
    let nested = format!("export default {}1{}", "[".repeat(5000), "]".repeat(5000));
    let path = ModulePath::parse("vite.config.js", &Limits::default()).unwrap();
    let doubling: String = (0..60)
        .map(|at| format!("const a{} = [a{at}, a{at}];", at + 1))
        .collect();
    let chain: String = (0..40)
        .map(|at| format!("let s{} = s{at} + s{at};", at + 1))
        .collect();
    for text in [
        nested.as_str(),
        "const f = () => f(); export default f()",
        "function f(x) { return [f(x), f(x)] } export default f(1)",
        "const a = {}; a.a = a; a.b = [a]; export default a",
        "const a = []; a.push(a, [a]); export default a",
        &format!("const a0 = []; {doubling} export default a60"),
        &format!("let s0 = 'x'; {chain} export default s40"),
        "export default 'x'.repeat(1e9)",
        "export default { __proto__: { polluted: 1 }, constructor: 1, ...null, ...{}.constructor }",
        "export default [].constructor.constructor('return 1')()",
        "let x = []; for (const a of [1,2,3]) for (const b of [1,2,3]) { x = [x] } export default x",
        "export default",
        "\u{0}",
        "",
    ] {
        let (value, _) = read_config(&path, text, &ConfigInputs::default());
        assert!(
            short(&value).len() < 2_000_000,
            "{}",
            &text[..text.len().min(80)]
        );
    }
}
