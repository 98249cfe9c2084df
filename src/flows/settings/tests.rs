//! Settings from the files that apps have.

use super::*;
use overskill_model::{ContentHash, Limits};
use overskill_module::Target;
use overskill_protocol::FileInfo;

fn path(text: &str) -> ModulePath {
    ModulePath::parse(text, &Limits::default()).unwrap()
}

fn read(files: &[(&str, &str)]) -> Settings {
    read_with(files, &[])
}

fn read_with(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Settings {
    let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs.map(|(k, v)| (k.to_string(), v.to_string())).collect()
    };
    let tree: Files = files
        .iter()
        .map(|(name, text)| {
            let info = FileInfo {
                hash: ContentHash::of(text.as_bytes()),
                size: text.len() as u64,
            };
            (path(name), info)
        })
        .collect();
    let (texts, variables) = (map(files), map(variables));
    let text = |name: &str| texts.get(name).cloned();
    let config = ConfigFile::find(&text, &variables, Purpose::Preview);
    let value = config
        .as_ref()
        .map(|file| overskill_compile::read_config(&file.path, &file.text, &file.inputs).0);
    let config = config.as_ref().zip(value.as_ref());
    Settings::read(&tree, &text, config, &variables, Purpose::Preview)
}

fn aliases(settings: &Settings) -> Vec<String> {
    let aliases = settings.rules.aliases.iter();
    aliases
        .map(|alias| format!("{:?} {}", alias.find, alias.replacement))
        .collect()
}

fn notes(settings: &Settings) -> Vec<&str> {
    let notes = settings.diagnostics.iter();
    notes.map(|note| note.message.as_str()).collect()
}

#[test]
fn tsconfig_is_read_with_comments_references_and_parents() {
    let settings = read(&[
        (
            "tsconfig.json",
            r#"{ "files": [], "references": [{"path":"./tsconfig.web.json"}, {"path":"./tsconfig.node.json"}, {"path": "./packages/ui"}], /* c */ "compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["./src/*"], "~x": ["src/x.ts"],}} }"#,
        ),
        (
            "tsconfig.web.json",
            "\u{feff}{ // one\n \"extends\": [\"./base\", \"@tsconfig/x\"], \"compilerOptions\": {\"target\": \"ES2023\", \"jsx\": \"react-jsx\", \"verbatimModuleSyntax\": true,},}",
        ),
        (
            "tsconfig.node.json",
            r#"{"compilerOptions": {"target": "es2024", "jsxImportSource": "no"}}"#,
        ),
        (
            "base.json",
            r#"{"compilerOptions": {"target": "es5", "jsxImportSource": "preact", "experimentalDecorators": true}, "extends": "./base.json"}"#,
        ),
        (
            "packages/ui/tsconfig.json",
            r##"{"extends": "../../base.json", "compilerOptions": {"target": "es2022", "paths": {"#/*": ["${configDir}/src/*", "./*"]}}}"##,
        ),
    ]);
    let options = settings.options(&path("src/a.ts"));
    assert_eq!(options.target, Target::Es2023);
    assert!(matches!(&options.jsx, Jsx::Automatic { import_source } if import_source == "preact"));
    assert_eq!(options.decorators, Decorators::Legacy);
    assert!(options.verbatim_module_syntax && options.use_define_for_class_fields);
    let [ui, all] = settings.rules.paths.as_slice() else {
        panic!("{:?}", settings.rules.paths)
    };
    let pairs = |scope: &overskill_link::PathScope| {
        let patterns = scope.patterns.iter();
        let pairs = patterns.map(|at| format!("{} {}", at.pattern, at.targets.join(" ")));
        (
            scope.folder.clone(),
            scope.base.clone(),
            pairs.collect::<Vec<_>>(),
        )
    };
    assert_eq!(
        pairs(all),
        (
            String::new(),
            Some(String::new()),
            vec!["~x src/x.ts".into(), "@/* src/*".into()]
        )
    );
    assert_eq!(
        pairs(ui),
        (
            "packages/ui".into(),
            None,
            vec!["#/* packages/ui/src/* packages/ui/*".into()]
        )
    );
    assert_eq!(
        settings.options(&path("packages/ui/src/b.ts")).target,
        Target::Es2022
    );
}

#[test]
fn what_cannot_be_read_counts_as_absent() {
    let nothing = read(&[]);
    for source in [
        "",
        "{",
        "[]",
        "\"/*",
        "{\"extends\": 1}",
        "{\"compilerOptions\": {\"paths\": 1, \"target\": \"x\"}}",
    ] {
        let settings = read(&[("tsconfig.json", source)]);
        let any = path("a.ts");
        assert_eq!(settings.options(&any), nothing.options(&any), "{source}");
        assert!(
            settings
                .rules
                .paths
                .iter()
                .all(|scope| scope.patterns.is_empty())
        );
    }
}

#[test]
fn only_public_variables_reach_the_browser() {
    let settings = read_with(
        &[
            (".env", "VITE_A=1\nSECRET=x\nPUBLIC_B=2"),
            (".env.development", "VITE_A=3\nVITE_C=$SECRET"),
            (
                "vite.config.js",
                "export default { envPrefix: ['VITE_', 'PUBLIC_'] }",
            ),
        ],
        &[("VITE_D", "4"), ("TOKEN", "t"), ("VITE_A", "5")],
    );
    let env = serde_json::to_string(&settings.values.env).unwrap();
    assert_eq!(
        env,
        r#"{"BASE_URL":"/","DEV":true,"MODE":"development","PROD":false,"PUBLIC_B":"2","SSR":false,"VITE_A":"5","VITE_C":"x","VITE_D":"4"}"#
    );
    let all = read(&[
        (".env", "SECRET=x"),
        ("vite.config.js", "export default { envPrefix: '' }"),
    ]);
    assert!(!all.values.env.contains_key("SECRET"));
}

#[test]
fn the_configuration_says_where_names_lead_and_what_is_defined() {
    let settings = read(&[
        ("client/.env", "VITE_X=x"),
        (
            "package.json",
            r#"{"version": "1.0.0", "dependencies": {"react": "19"}}"#,
        ),
        (
            "vite.config.ts",
            r#"import path from "path"; import react from "@vitejs/plugin-react"; import svgr from "vite-plugin-svgr"; import pkg from "./package.json";
            export default {
              base: "/app", root: path.resolve(import.meta.dirname, "client"), publicDir: "static",
              plugins: [react({ jsxImportSource: "@emotion/react", babel: { plugins: ["@emotion/babel-plugin", "macros"] } }), [svgr({ include: "**/*.svg" })], null, { name: "mine" }, mystery(1)],
              define: { __V__: JSON.stringify(pkg.version), "process.env": {}, global: "globalThis", BAD: "a +", NONE: undefined, "process.env.KEY": JSON.stringify(process.env.NOBODY_SET_IT), "import.meta.env.VITE_Y": "'y'", ON: true },
              resolve: { alias: { "@/": "/client/src/", x: unknown() }, dedupe: ["react"], mainFields: [] },
              server: { proxy: { "/api": "http://x" } }, css: { modules: { localsConvention: "camelCase" } }, wat: 1,
            }"#,
        ),
    ]);
    assert_eq!(settings.base, "/app/");
    assert_eq!(settings.rules.root, "client");
    assert_eq!(settings.rules.public.as_deref(), Some("client/static"));
    assert_eq!(aliases(&settings), [r#"Text("@") /client/src"#]);
    assert_eq!(
        serde_json::to_string(&settings.values.define).unwrap(),
        r#"{"NONE":[],"ON":[true],"__V__":["1.0.0"],"global":"globalThis","process.env":[{}],"process.env.KEY":[]}"#
    );
    assert_eq!(settings.values.env["VITE_X"], "x");
    assert_eq!(settings.values.env["VITE_Y"], "y");
    assert_eq!(settings.html_value("DEV").as_deref(), Some("true"));
    assert!(settings.svgr.is_some() && settings.rules.packages.contains("react"));
    let jsx = &settings.options(&path("client/a.tsx")).jsx;
    assert!(matches!(jsx, Jsx::Automatic { import_source } if import_source == "@emotion/react"));
    assert_eq!(
        notes(&settings),
        [
            "Babel's plugin `macros` is not run.",
            "The plugin `mine` is not run.",
            "The plugin `mystery(1)` is not run.",
            "`resolve.alias[\"x\"]` can't be read without running the configuration: unknown().",
            "`resolve.mainFields` is not followed.",
            "`wat` is no option of Vite's that is known here.",
            "`server.proxy` is not followed.",
            "`define[\"BAD\"]` is no JSON value and no name.",
        ]
    );
}

#[test]
fn bases_are_as_the_dev_server_has_them() {
    for (written, expected) in [
        ("/", "/"),
        ("/a/b", "/a/b/"),
        ("./", "/"),
        ("", "/"),
        ("https://x.y/z/", "/z/"),
        ("https://x.y", "/"),
        ("//evil", "/"),
        ("/a\"b/", "/"),
        ("/a\r\nb/", "/"),
        ("/ü/", "/"),
        ("/a\\b/", "/"),
    ] {
        assert_eq!(base(Some(written)), expected);
    }
}
