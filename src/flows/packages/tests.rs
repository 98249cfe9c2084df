//! Packages from a registry in memory, compiled for real.

mod assets;
mod barrels;
mod caches;
mod failures;
mod graph;
mod hostile;
mod listing;
mod rules;

use super::{PackageRequest, Registries, Supplies, Tally, Wanted, build_packages};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use futures_util::FutureExt;
use overskill_compile::{STACK_BYTES, compile};
use overskill_module::{CompileOptions, CompileSource, CompiledModule};
use overskill_packages::PackageSet;
use overskill_ports::{Blobs, Clock, Fault, LocalCompiler, MemoryBlobs, MemoryHttp};
use serde_json::{Value, json};
use sha2::Digest;
use std::{cell::Cell, collections::BTreeMap, io::Write};

const REGISTRY: &str = "https://registry.example/npm";

type Compile = fn(&CompileSource, &CompileOptions) -> CompiledModule;

/// A clock that only moves when it is told to.
#[derive(Default)]
struct SetClock(Cell<f64>);

impl Clock for SetClock {
    fn now(&self) -> f64 {
        self.0.get()
    }
}

/// The outside world.
struct World {
    http: MemoryHttp,
    blobs: MemoryBlobs,
    compiler: LocalCompiler<Compile>,
    clock: SetClock,
    tally: Tally,
    published: BTreeMap<String, Value>,
}

impl World {
    fn new() -> Self {
        Self {
            http: MemoryHttp::default(),
            blobs: MemoryBlobs::default(),
            compiler: LocalCompiler::new(|source, options| {
                let (source, options) = (source.clone(), options.clone());
                let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
                let compiling = thread.spawn(move || match source.path.extension().as_str() {
                    "css" => overskill_styles::compile(&source.path, &source.text, &options),
                    _ => compile(&source.path, &source.text, &options),
                });
                compiling.unwrap().join().unwrap()
            }),
            clock: SetClock::default(),
            tally: Tally::default(),
            published: BTreeMap::new(),
        }
    }

    /// Publishes `name@version`, whose `package.json` has these fields.
    fn publish(&mut self, key: &str, mut manifest: Value, files: &[(&str, &str)]) {
        let (name, version) = key.rsplit_once('@').unwrap();
        manifest["name"] = json!(name);
        manifest["version"] = json!(version);
        let tarball = tarball(&manifest, files);
        let base = name.rsplit('/').next().unwrap();
        let url = format!("{REGISTRY}/{name}/-/{base}-{version}.tgz");
        manifest["dist"] = json!({
            "integrity": integrity(&tarball),
            "tarball": format!("https://evil.example/{name}/-/{base}-{version}.tgz"),
        });
        self.http.answer(&url, 200, tarball);
        let document = self
            .published
            .entry(name.to_owned())
            .or_insert_with(|| json!({"dist-tags": {}, "versions": {}}));
        document["dist-tags"]["latest"] = json!(version);
        document["versions"][version] = manifest;
        let url = format!("{REGISTRY}/{}", name.replace('/', "%2f"));
        self.http.answer(&url, 200, document.to_string());
    }

    fn build(&self, request: &PackageRequest) -> Result<PackageSet, Fault> {
        let supplies = Supplies {
            blobs: &self.blobs,
            http: &self.http,
            compiler: &self.compiler,
            clock: &self.clock,
            tally: &self.tally,
            hear: &|_| {},
        };
        let building = build_packages(request, &supplies);
        building.now_or_never().expect("nothing here waits")
    }

    /// Builds what must be built.
    fn built(&self, request: &PackageRequest) -> PackageSet {
        let set = self.build(request).unwrap();
        assert!(set.is_ok(), "{:#?}", set.diagnostics);
        set
    }

    fn chunk(&self, set: &PackageSet) -> String {
        let bytes = self.blobs.get(&set.chunk_key).now_or_never().unwrap();
        String::from_utf8(bytes.unwrap().unwrap()).unwrap()
    }
}

fn tarball(manifest: &Value, files: &[(&str, &str)]) -> Vec<u8> {
    let manifest = manifest.to_string();
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in [("package.json", manifest.as_str())].iter().chain(files) {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        let name = format!("package/{name}");
        archive
            .append_data(&mut header, name, text.as_bytes())
            .unwrap();
    }
    let mut encoder = archive.into_inner().unwrap();
    encoder.flush().unwrap();
    encoder.finish().unwrap()
}

fn integrity(bytes: &[u8]) -> String {
    format!("sha512-{}", STANDARD.encode(sha2::Sha512::digest(bytes)))
}

fn request(dependencies: &[(&str, &str)], specifiers: &[&str]) -> PackageRequest {
    let pairs = dependencies.iter();
    PackageRequest {
        registries: Registries::public(REGISTRY),
        dependencies: pairs
            .map(|(name, range)| ((*name).to_owned(), (*range).to_owned()))
            .collect(),
        specifiers: specifiers
            .iter()
            .map(|at| ((*at).to_owned(), Wanted::Whole))
            .collect(),
        ..PackageRequest::default()
    }
}

/// The diagnostics' codes, each with the specifier it is about.
fn told(set: &PackageSet) -> Vec<String> {
    let diagnostics = set.diagnostics.iter();
    diagnostics
        .map(|at| {
            format!(
                "{} {}",
                at.diagnostic.code,
                at.specifier.as_deref().unwrap_or("-")
            )
        })
        .collect()
}

/// React in small: CommonJS over CommonJS, by `NODE_ENV`.
fn publish_react(world: &mut World) {
    let index = |name: &str| {
        format!(
            "if (process.env.NODE_ENV === 'production') module.exports = require('./cjs/{name}.production.js'); else module.exports = require('./cjs/{name}.development.js');"
        )
    };
    world.publish(
        "react@19.2.0",
        json!({"main": "index.js", "exports": {".": "./index.js", "./jsx-dev-runtime": "./jsx.js"}}),
        &[
            ("index.js", &index("react")),
            ("cjs/react.development.js", "exports.version = 'dev';"),
            ("cjs/react.production.js", "exports.version = 'prod';"),
            ("jsx.js", "var React = require('react'); exports.jsxDEV = function () { return React.version };"),
        ],
    );
    world.publish(
        "react-dom@19.2.0",
        json!({"dependencies": {"scheduler": "^0.27.0"}, "peerDependencies": {"react": "^19.2.0"}}),
        &[
            (
                "client.js",
                "exports.react = require('react'); exports.scheduler = require('scheduler');",
            ),
            ("index.js", "module.exports = {};"),
        ],
    );
    world.publish(
        "scheduler@0.27.0",
        json!({}),
        &[("index.js", "exports.now = () => 1;")],
    );
}
