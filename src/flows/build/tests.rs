//! Builds of small trees over the real compiler, which can be told to fail, and packages that are made up.

mod history;
mod plugins;
mod sass;
mod server;
mod tailwind;
mod warnings;

use super::*;
use futures_util::FutureExt;
use overskill_model::Limits;
use overskill_module::{
    CompileBatch, CompileReply, ModuleFormat, PostcssAnswer, PostcssQuestion, SassAnswer,
    SassQuestion, TailwindAnswer, TailwindQuestion,
};
use overskill_packages::PackageEntry;
use overskill_protocol::FileInfo;
use std::cell::{Cell, RefCell};

/// The compiler, natively. A source with `CRASH` in it takes the whole call down, as a trap does.
#[derive(Default)]
struct Native {
    calls: Cell<usize>,
    compiled: RefCell<Vec<String>>,
    asked: RefCell<Vec<TailwindQuestion>>,
    sass: RefCell<Vec<SassQuestion>>,
}

impl Compiler for Native {
    async fn compile(&self, batch: CompileBatch) -> Result<CompileReply, Fault> {
        self.calls.set(self.calls.get() + 1);
        if batch.sources.iter().any(|at| at.text.contains("CRASH")) {
            return Err(Fault("trapped".to_owned()));
        }
        let modules = batch.sources.iter().map(|at| {
            self.compiled.borrow_mut().push(at.path.to_string());
            let options = &batch.options[at.options];
            match at.path.extension().as_str() {
                "css" | "scss" => CompiledModule {
                    css: Some(at.text.clone()),
                    ..CompiledModule::default()
                },
                _ => overskill_compile::compile(&at.path, &at.text, options),
            }
        });
        Ok(CompileReply {
            modules: modules.collect(),
            memory_bytes: 0,
        })
    }

    async fn tailwind(&self, question: &TailwindQuestion) -> Result<TailwindAnswer, Fault> {
        self.asked.borrow_mut().push(question.clone());
        Ok(tailwind::expanded(question))
    }

    async fn sass(&self, question: &SassQuestion) -> Result<SassAnswer, Fault> {
        self.sass.borrow_mut().push(question.clone());
        Ok(sass::compiled(question))
    }

    async fn postcss(&self, _: &PostcssQuestion) -> Result<PostcssAnswer, Fault> {
        Ok(PostcssAnswer::default())
    }
}

struct Made {
    fail: bool,
}

impl Packages for Made {
    async fn build(&self, request: PackageRequest) -> Result<PackageSet, Fault> {
        if self.fail {
            return Err(Fault("the registry answered 503".to_owned()));
        }
        let entries = request.specifiers.keys().map(|specifier| {
            let entry = PackageEntry {
                id: format!("npm:{specifier}@1.0.0/index.js"),
                format: ModuleFormat::CommonJs,
                exports: None,
                css: None,
                url: None,
            };
            (specifier.clone(), entry)
        });
        Ok(PackageSet {
            key: String::new(),
            chunk_hash: ContentHash::of(b"packages"),
            chunk_key: String::new(),
            entries: entries.collect(),
            lock: Lock::default(),
            diagnostics: Vec::new(),
        })
    }

    async fn chunk(&self, _: &str) -> Result<Vec<u8>, Fault> {
        Ok(b"{}".to_vec())
    }

    async fn sheets(&self, request: SheetRequest) -> Result<PackageSheets, Fault> {
        if self.fail {
            return Err(Fault("the registry answered 503".to_owned()));
        }
        let range = |name| request.request.dependencies.get(name);
        let files = request.names.iter().flat_map(|name| {
            let range = range(name).map_or("", String::as_str);
            let utility = format!("@utility {name} {{ --range: '{range}' }}");
            [
                ("package.json", r#"{"sass": "scss/main.scss"}"#),
                ("scss/_main.scss", "$of: 1;"),
                ("theme.css", "@import './utility.css';"),
                ("utility.css", &utility),
                ("plain.css", ".kit {}"),
            ]
            .map(|(path, text)| (format!("{name}/{path}"), text.to_owned()))
        });
        let roots = request.names.iter().filter_map(|name| {
            let range = range(name)?;
            Some((name.clone(), format!("{name}@{range}")))
        });
        Ok(PackageSheets {
            lock: Lock {
                roots: roots.collect(),
                ..Lock::default()
            },
            files: files.collect(),
            ..PackageSheets::default()
        })
    }
}

#[derive(Default)]
struct Kept(
    RefCell<BTreeMap<ContentHash, Rc<CompiledModule>>>,
    RefCell<BTreeMap<ContentHash, Rc<[String]>>>,
);

impl ModuleCache for Kept {
    fn get(&self, key: &ContentHash) -> Option<Rc<CompiledModule>> {
        self.0.borrow().get(key).cloned()
    }

    fn put(&self, key: &ContentHash, module: &Rc<CompiledModule>) {
        self.0.borrow_mut().insert(*key, module.clone());
    }

    fn candidates(&self, key: &ContentHash) -> Option<Rc<[String]>> {
        self.1.borrow().get(key).cloned()
    }

    fn keep_candidates(&self, key: &ContentHash, candidates: &Rc<[String]>) {
        self.1.borrow_mut().insert(*key, candidates.clone());
    }
}

struct Still;

impl Clock for Still {
    fn now(&self) -> f64 {
        0.0
    }
}

#[derive(Default)]
struct Bench {
    compiler: Native,
    cache: Kept,
    memory: Memory,
    registry_fails: bool,
    heard: RefCell<Vec<BuildProgress>>,
}

impl Bench {
    fn build(&self, tree: &[(&str, &str)]) -> Built {
        self.build_for(Purpose::Preview, tree)
    }

    fn build_for(&self, purpose: Purpose, tree: &[(&str, &str)]) -> Built {
        let mut files = Files::new();
        let mut contents = BTreeMap::new();
        for (name, text) in tree {
            let hash = ContentHash::of(text.as_bytes());
            let size = text.len() as u64;
            contents.insert(hash, text.as_bytes().to_vec());
            files.insert(
                ModulePath::parse(name, &Limits::default()).unwrap(),
                FileInfo { hash, size },
            );
        }
        let read = |hash: &ContentHash| contents.get(hash).cloned();
        let source = Source::new(&files, &read);
        let workshop = Workshop {
            purpose,
            compiler: &self.compiler,
            packages: &Made {
                fail: self.registry_fails,
            },
            cache: &self.cache,
            memory: &self.memory,
            clock: &Still,
            runtime: "/__overskill/runtime-0.js",
            live: None,
            registries: Ok(Registries::public("https://registry.invalid")),
            previous: None,
            variables: &BTreeMap::new(),
            hear: &|progress| self.heard.borrow_mut().push(progress),
        };
        build(&source, &workshop)
            .now_or_never()
            .expect("nothing in memory waits")
    }
}

const PAGE: (&str, &str) = (
    "index.html",
    "<!doctype html><html><head><link rel=\"stylesheet\" href=\"/src/page.css\"><link rel=\"icon\" href=\"/i.svg\"></head><body><div id=\"root\"></div><script type=\"module\" src=\"/src/main.ts\"></script></body></html>",
);

fn made(built: &Built, hash: &ContentHash) -> String {
    let preview = built.preview.as_ref().unwrap();
    String::from_utf8(preview.made[hash].clone()).unwrap()
}

fn codes(built: &Built) -> Vec<&str> {
    built
        .diagnostics
        .iter()
        .map(|at| at.code.as_str())
        .collect()
}

#[test]
fn a_tree_becomes_a_page_with_its_scripts_and_files() {
    let bench = Bench::default();
    let built = bench.build(&[
        PAGE,
        ("src/main.ts", "import x from './x.ts'; import logo from './logo.png'; import 'react'; console.log(x, logo)"),
        ("src/x.ts", "export default 1 as number"),
        ("src/logo.png", "<svg/>"),
        ("src/page.css", "body { color: red }"),
        ("public/i.svg", "<svg></svg>"),
        ("src/unused.ts", "syntax error here"),
    ]);
    assert_eq!(codes(&built), [""; 0]);
    let preview = built.preview.as_ref().unwrap();
    let names: Vec<&String> = preview.files.keys().collect();
    let has = |part: &str, end: &str| {
        names
            .iter()
            .any(|name| name.starts_with(part) && name.ends_with(end))
    };
    assert!(has("/__overskill/app-", ".js") && has("/__overskill/app-", ".js.map"));
    assert!(has("/__overskill/assets/", "/logo.png") && has("/__overskill/assets/", "/page.css"));
    assert!(has("/i.svg", ""));
    let page = made(&built, &preview.page);
    assert!(
        !page.contains("/src/main.ts") && page.contains("href=\"/i.svg\""),
        "{page}"
    );
    let order = [
        "/__overskill/runtime-0.js",
        "/__overskill/packages-",
        "/__overskill/app-",
    ];
    let places: Vec<usize> = order.iter().map(|part| page.find(part).unwrap()).collect();
    assert!(places.is_sorted(), "{page}");
    assert!(page.contains("/__overskill/assets/"), "{page}");
}

#[test]
fn the_same_tree_gives_the_same_bytes_in_any_order_and_with_any_history() {
    let tree = [
        PAGE,
        ("src/page.css", "a{}"),
        ("src/main.ts", "import './b'; import './a'; import 'react'"),
        ("src/a.ts", "export const a = 1"),
        ("src/b.ts", "export * from './a'"),
    ];
    let fresh = Bench::default().build(&tree).preview.unwrap();
    let bench = Bench::default();
    bench.build(&[
        PAGE,
        ("src/main.ts", "import './a'"),
        ("src/a.ts", "1"),
        ("src/page.css", ""),
    ]);
    let mut reversed = tree;
    reversed.reverse();
    let later = bench.build(&reversed).preview.unwrap();
    assert_eq!(fresh, later);
}

#[test]
fn one_changed_file_is_one_compile() {
    let bench = Bench::default();
    let tree = |text| {
        [
            PAGE,
            ("src/page.css", "a{}"),
            ("src/main.ts", "import './a'; import './deep/b'"),
            ("src/a.ts", text),
            ("src/deep/b.ts", "1"),
        ]
    };
    bench.build(&tree("1"));
    assert_eq!(bench.compiler.calls.get(), 1);
    bench.compiler.compiled.borrow_mut().clear();
    bench.build(&tree("2"));
    assert_eq!(*bench.compiler.compiled.borrow(), ["src/a.ts"]);
}

#[test]
fn a_build_tells_how_far_it_is() {
    let bench = Bench::default();
    let tree = [PAGE, ("src/page.css", "a{}"), ("src/main.ts", "1")];
    let told = || -> Vec<_> {
        let heard = bench.heard.take().into_iter();
        heard.map(|at| (at.phase, at.done, at.total)).collect()
    };
    bench.build(&tree);
    let link = (BuildPhase::Link, 0, 1);
    assert_eq!(told(), [(BuildPhase::Compile, 0, 2), link]);
    bench.build(&tree);
    assert_eq!(told(), [link], "there is nothing to compile");
}

#[test]
fn what_is_reached_and_was_not_guessed_is_compiled_too() {
    let bench = Bench::default();
    let large = format!("export const x = {:?}", "x".repeat(200 << 10));
    let built = bench.build(&[
        PAGE,
        ("src/page.css", "a{}"),
        ("src/main.ts", "import '../shared.ts'; import './large'"),
        ("shared.ts", "import './node_modules/x/y.ts'"),
        ("node_modules/x/y.ts", "1"),
        ("src/large.ts", &large),
    ]);
    assert_eq!(codes(&built), [""; 0]);
}

#[test]
fn a_module_that_takes_the_compiler_down_is_told_of_alone() {
    let bench = Bench::default();
    let good: Vec<(String, String)> = (0..20)
        .map(|n| (format!("src/m{n}.ts"), format!("export const v = {n}")))
        .collect();
    let imports: String = (0..20).map(|n| format!("import './m{n}';")).collect();
    let mut tree = vec![PAGE, ("src/page.css", "a{}")];
    let main = format!("{imports}import './bad'");
    tree.push(("src/main.ts", &main));
    tree.push(("src/bad.ts", "CRASH"));
    tree.extend(
        good.iter()
            .map(|(name, text)| (name.as_str(), text.as_str())),
    );
    let built = bench.build(&tree);
    assert_eq!(codes(&built), ["compiler-crashed"]);
    assert_eq!(
        built.diagnostics[0].path.as_ref().unwrap().as_str(),
        "src/bad.ts"
    );
    assert!(!built.retry && built.preview.is_none());
    let calls = bench.compiler.calls.get();
    assert!(calls < 14, "{calls}");
    // What compiled is kept: only the culprit is tried again.
    bench.compiler.compiled.borrow_mut().clear();
    bench.build(&tree);
    assert!(bench.compiler.compiled.borrow().is_empty());
}

#[test]
fn what_keeps_an_app_from_building_is_said() {
    let main = |text| [PAGE, ("src/page.css", "a{}"), ("src/main.ts", text)];
    let bench = Bench::default();
    for (tree, code, hint) in [
        (
            vec![("app/index.html", ""), ("app/x.ts", "")],
            "index-html-missing",
            "app/index.html",
        ),
        (
            vec![("package.json", r#"{"dependencies":{"next":"16"}}"#)],
            "index-html-missing",
            "`next` makes its pages on a server",
        ),
        (
            vec![PAGE, ("src/main.tsx", "1")],
            "script-not-found",
            "src/main.tsx",
        ),
        (main("import './nope'").to_vec(), "unresolved-import", ""),
        (main("const a = ;").to_vec(), "syntax-error", ""),
        (
            [&main("1")[..], &[("package.json", "{")]].concat(),
            "package-json-invalid",
            "",
        ),
    ] {
        let built = bench.build(&tree);
        assert!(codes(&built).contains(&code), "{:?}", built.diagnostics);
        assert!(built.preview.is_none() && !built.retry);
        let told = built.diagnostics.iter().find(|at| at.code == code).unwrap();
        assert!(
            told.hint.as_deref().unwrap_or_default().contains(hint),
            "{told:?}"
        );
    }
    let broken = Bench {
        registry_fails: true,
        ..Bench::default()
    };
    let built = broken.build(&main("import 'react'"));
    assert_eq!(codes(&built), ["packages-unavailable"]);
    assert!(built.retry);
}

#[test]
fn an_inline_script_is_a_module_and_its_problems_are_in_the_page() {
    let page = |script: &str| {
        format!("<body>\n<p>ü</p>\n<script type=\"module\">{script}</script></body>")
    };
    let bench = Bench::default();
    let good = page("import { x } from './src/x.ts'; console.log(x)");
    let built = bench.build(&[("index.html", &good), ("src/x.ts", "export const x = 1")]);
    assert_eq!(codes(&built), [""; 0]);
    let bad = page("import { y } from './src/x.ts'; console.log(y)");
    let built = bench.build(&[("index.html", &bad), ("src/x.ts", "export const x = 1")]);
    let told = &built.diagnostics[0];
    assert_eq!(
        (told.code.as_str(), told.line, told.column),
        ("missing-export", Some(3), Some(32))
    );
    assert_eq!(told.path.as_ref().unwrap().as_str(), "index.html");
}

#[test]
fn a_file_that_is_not_text_is_told_of() {
    for (main, built) in [(&b"\xff\xfe1\0"[..], false), (b"console.log('\xcf')", true)] {
        let told = built_of_bytes(main);
        assert_eq!(codes(&told), ["invalid-encoding"]);
        assert_eq!(told.preview.is_some(), built, "{:?}", told.diagnostics);
    }
}

fn built_of_bytes(main: &[u8]) -> Built {
    let files: Files = [
        ("index.html", PAGE.1.as_bytes()),
        ("src/page.css", b""),
        ("src/main.ts", main),
    ]
    .into_iter()
    .map(|(name, bytes)| {
        let path = ModulePath::parse(name, &Limits::default()).unwrap();
        let hash = ContentHash::of(bytes);
        (
            path,
            FileInfo {
                hash,
                size: bytes.len() as u64,
            },
        )
    })
    .collect();
    let contents: BTreeMap<ContentHash, Vec<u8>> = [PAGE.1.as_bytes(), b"", main]
        .into_iter()
        .map(|bytes| (ContentHash::of(bytes), bytes.to_vec()))
        .collect();
    let read = |hash: &ContentHash| contents.get(hash).cloned();
    let source = Source::new(&files, &read);
    let workshop = Workshop {
        purpose: Purpose::Preview,
        compiler: &Native::default(),
        packages: &Made { fail: false },
        cache: &Kept::default(),
        memory: &Memory::default(),
        clock: &Still,
        runtime: "",
        live: None,
        registries: Ok(Registries::default()),
        previous: None,
        variables: &BTreeMap::new(),
        hear: &|_| {},
    };
    build(&source, &workshop).now_or_never().unwrap()
}
