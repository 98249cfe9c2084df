//! What an app says of its server code: in `package.json`, to Wrangler, or by where its files are.

use super::{functions::Route, wrangler::Wrangler};
use crate::build::Source;
use overskill_diagnostics::{Diagnostic, LineIndex, Span};
use overskill_model::ModulePath;
use overskill_module::FileKind;
use overskill_protocol::{Outbound, Server, ServerLimits};
use serde_json::Value;
use std::collections::BTreeMap;

/// The key of `package.json`.
const KEY: &str = "overskill";
/// Where a Worker's code is by custom.
const MAIN: [&str; 6] = ["ts", "tsx", "mts", "js", "jsx", "mjs"];
/// The folder whose files are routes.
const FUNCTIONS: &str = "functions/";
/// Used where an app names none: that of this installation's own Workers.
const COMPATIBILITY: &str = "2026-08-01";
/// The first day as of which Node's modules are there as they are now.
const OLDEST: &str = "2024-09-23";
/// How many hosts and routes may be listed.
const LISTED: usize = 100;
/// What a route has at most, in bytes.
const ROUTE_BYTES: usize = 200;
/// What goes to a server that names no routes.
const ROUTES: &str = "/api/*";

/// The most that an app may ask for.
const MOST: ServerLimits = ServerLimits {
    cpu_ms: 30_000,
    sub_requests: 1_000,
    answer_ms: 60_000,
};

/// Where server code starts.
pub(super) enum Entrance {
    None,
    /// A module with a handler; whether `package.json` says so.
    Main {
        path: ModulePath,
        declared: bool,
    },
    /// Files that are routes.
    Functions(Vec<ModulePath>),
}

/// All of it.
pub(super) struct Settings {
    pub entrance: Entrance,
    /// As written; [`Self::routes_of`] for functions.
    pub routes: Vec<String>,
    named: bool,
    /// Whether it is asked, too, for what the app has no file for.
    pub rest: bool,
    /// As what it finds the app's files.
    pub assets: String,
    pub outbound: Outbound,
    pub compatibility_date: String,
    pub compatibility_flags: Vec<String>,
    pub vars: BTreeMap<String, Value>,
    pub limits: ServerLimits,
}

impl Entrance {
    pub fn files(&self) -> impl Iterator<Item = &ModulePath> {
        let files = match self {
            Self::None => &[],
            Self::Main { path, .. } => std::slice::from_ref(path),
            Self::Functions(files) => &files[..],
        };
        files.iter()
    }
}

impl Settings {
    /// Reads them; what is wrong with them comes beside.
    pub fn read(source: &Source<'_>) -> (Self, Vec<Diagnostic>) {
        let text = source.text_at("package.json").unwrap_or_default();
        let manifest: Value = serde_json::from_str(&text).unwrap_or_default();
        let said = manifest.get(KEY);
        let mut told = Told {
            text: &text,
            diagnostics: Vec::new(),
        };
        if said.is_some_and(|said| !said.is_object()) {
            told.error("", "is an object");
        }
        let get = |name: &str| {
            said.and_then(|said| said.get(name))
                .filter(|it| !it.is_null())
        };
        let (wrangler, unmet) = Wrangler::read(source);
        let mut settings = Self {
            entrance: entrance(source, get("server"), wrangler.main.as_ref(), &mut told),
            routes: vec![ROUTES.to_owned()],
            named: false,
            rest: false,
            assets: Server::ASSETS.to_owned(),
            outbound: Outbound::default(),
            compatibility_date: COMPATIBILITY.to_owned(),
            compatibility_flags: Vec::new(),
            vars: BTreeMap::new(),
            limits: ServerLimits::default(),
        };
        if !matches!(settings.entrance, Entrance::None) {
            told.diagnostics.extend(unmet);
            settings.take(wrangler);
        }
        if let Some(routes) = get("routes") {
            match routes_of(routes) {
                Some(routes) => {
                    (settings.routes, settings.named, settings.rest) = (routes, true, false);
                }
                None => told.error(
                    "routes",
                    "is a list of paths such as `/api/*`, each with a slash at its start",
                ),
            }
        }
        match get("outbound").map(outbound) {
            None => {}
            Some(Some(outbound)) => settings.outbound = outbound,
            Some(None) => {
                settings.outbound = Outbound::Off;
                told.error(
                    "outbound",
                    "is `off`, `open` or a list of hosts such as `api.example.com` and `*.supabase.co`",
                );
            }
        }
        if let Some(date) = get("compatibilityDate") {
            match date.as_str().filter(|date| is_date(date)) {
                Some(date) => settings.compatibility_date = date.to_owned(),
                None => told.error("compatibilityDate", "is a day such as `2026-08-01`"),
            }
        }
        if let Some(limits) = get("limits") {
            let (own, most) = (&mut settings.limits, MOST);
            for (name, value, most) in [
                ("cpuMs", &mut own.cpu_ms, most.cpu_ms),
                ("subRequests", &mut own.sub_requests, most.sub_requests),
                ("answerMs", &mut own.answer_ms, most.answer_ms),
            ] {
                let Some(wanted) = limits.get(name) else {
                    continue;
                };
                let number = wanted.as_u64().and_then(|it| u32::try_from(it).ok());
                match number.filter(|it| (1..=most).contains(it)) {
                    Some(number) => *value = number,
                    None => told.error(
                        &format!("limits.{name}"),
                        &format!("is a number from 1 to {most}"),
                    ),
                }
            }
        }
        (settings, told.diagnostics)
    }

    /// What Wrangler is told, which is Cloudflare's way: files come first, but for what is listed.
    fn take(&mut self, wrangler: Wrangler) {
        let own = |path: &ModulePath| wrangler.main.as_ref() == Some(path);
        if matches!(&self.entrance, Entrance::Main { path, .. } if own(path)) {
            let routes = wrangler.first.iter();
            let routes = routes.filter(|it| is_route(it.strip_prefix('!').unwrap_or(it)));
            (self.routes, self.rest) = (routes.cloned().collect(), true);
            self.assets = wrangler.assets.unwrap_or_else(|| self.assets.clone());
        }
        // The runtime knows no later day than its own.
        if let Some(date) = wrangler
            .compatibility_date
            .filter(|it| it.len() == COMPATIBILITY.len())
        {
            self.compatibility_date = date.clamp(OLDEST.to_owned(), COMPATIBILITY.to_owned());
        }
        self.compatibility_flags = wrangler.compatibility_flags;
        self.vars = wrangler.vars;
    }

    /// The paths that go to functions: those that were named, or those of the functions themselves.
    pub fn routes_of(&self, found: &[Route]) -> Vec<String> {
        match self.named {
            true => self.routes.clone(),
            false => {
                let mut routes: Vec<String> = found.iter().map(Route::pattern).collect();
                routes.dedup();
                routes
            }
        }
    }
}

fn entrance(
    source: &Source<'_>,
    said: Option<&Value>,
    wrangler: Option<&ModulePath>,
    told: &mut Told<'_>,
) -> Entrance {
    let there = |name: &str| {
        let path = ModulePath::parse(name.trim_start_matches("./"), &Default::default()).ok()?;
        let script = FileKind::of(&path) == FileKind::Script;
        (script && source.files.contains_key(&path)).then_some(path)
    };
    match said {
        Some(Value::Bool(false)) => return Entrance::None,
        Some(Value::String(name)) => match there(name) {
            Some(path) => {
                return Entrance::Main {
                    path,
                    declared: true,
                };
            }
            None => {
                told.error("server", "names a script of the app");
                return Entrance::None;
            }
        },
        Some(_) => told.error("server", "is the path of a script, or `false`"),
        None => {}
    }
    let main = MAIN.iter();
    let mut main = main.filter_map(|ending| there(&format!("worker/index.{ending}")));
    let wrangler = wrangler.filter(|path| FileKind::of(path) == FileKind::Script);
    if let Some(path) = wrangler.cloned().or_else(|| main.next()) {
        let declared = false;
        return Entrance::Main { path, declared };
    }
    let functions = source.files.keys().filter(|path| {
        let (name, at) = (path.name(), path.as_str());
        let typed = name.contains(".d.") || name.contains(".test.") || name.contains(".spec.");
        at.starts_with(FUNCTIONS)
            && !at.contains("/node_modules/")
            && FileKind::of(path) == FileKind::Script
            && !typed
    });
    let functions: Vec<ModulePath> = functions.cloned().collect();
    match functions.is_empty() {
        true => Entrance::None,
        false => Entrance::Functions(functions),
    }
}

fn routes_of(value: &Value) -> Option<Vec<String>> {
    let routes = value.as_array().filter(|it| it.len() <= LISTED)?;
    let routes = routes
        .iter()
        .map(|it| it.as_str().filter(|it| is_route(it)));
    let routes: Option<Vec<&str>> = routes.collect();
    Some(routes?.into_iter().map(str::to_owned).collect())
}

fn is_route(route: &str) -> bool {
    route.starts_with('/')
        && route.len() <= ROUTE_BYTES
        && !route.contains(['?', '#'])
        && !route.starts_with("/__overskill")
}

fn outbound(value: &Value) -> Option<Outbound> {
    match value {
        Value::String(text) if text == "off" => Some(Outbound::Off),
        Value::String(text) if text == "open" => Some(Outbound::Open),
        Value::Array(hosts) if hosts.len() <= LISTED => {
            let hosts = hosts.iter().map(|it| it.as_str().and_then(host));
            hosts.collect::<Option<Vec<String>>>().map(Outbound::Hosts)
        }
        _ => None,
    }
}

/// A host as addresses have it, perhaps with `*.` in front.
fn host(text: &str) -> Option<String> {
    let host = text.to_ascii_lowercase();
    let bare = host.strip_prefix("*.").unwrap_or(&host);
    let letters = |at: char| at.is_ascii_alphanumeric() || at == '-';
    let labels = bare
        .split('.')
        .all(|label| !label.is_empty() && label.chars().all(letters));
    (labels && bare.len() <= 253).then_some(host)
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let digits = parts
        .iter()
        .all(|it| it.bytes().all(|at| at.is_ascii_digit()));
    lengths == [4, 2, 2] && digits && text >= OLDEST
}

struct Told<'a> {
    text: &'a str,
    diagnostics: Vec<Diagnostic>,
}

impl Told<'_> {
    fn error(&mut self, name: &str, what: &str) {
        let path = ModulePath::parse("package.json", &Default::default());
        let path = path.expect("a plain name is a path");
        let last = name.rsplit('.').next().unwrap_or(name);
        let from = self.text.find(&format!("\"{KEY}\"")).unwrap_or(0);
        let key = if last.is_empty() { KEY } else { last };
        let at = self.text[from..].find(&format!("\"{key}\""));
        let start = (from + at.unwrap_or(0)) as u32;
        let span = Span {
            start,
            end: start + key.len() as u32 + 2,
        };
        let dot = if name.is_empty() { "" } else { "." };
        let message = format!("`{KEY}{dot}{name}` {what}.");
        let error = Diagnostic::error("server-settings", message);
        let lines = LineIndex::new(self.text);
        self.diagnostics.push(error.at(&path, &lines, span));
    }
}
