//! Short names for what a chunk declares, the most used ones first, and what chunks import from each other.

use super::{Part, Symbol, declaration, quoted};
use crate::{
    bindings::{self, Binding},
    chunks::Plans,
    files::File,
    helpers::Helper,
    program::{Program, Target},
    shake::Live,
};
use overskill_module::DependencyKind;
use std::collections::{BTreeMap, BTreeSet};

const FIRST: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_$";
const REST: &[u8] = b"etnriasolcupdhmfgvbyxwkqjz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_$";

/// Globals that helpers use, and others that are as short as names.
const TAKEN: &[&str] = &[
    "Object",
    "Promise",
    "Error",
    "Event",
    "Symbol",
    "WebAssembly",
    "JSON",
    "URL",
    "Map",
    "Set",
    "NaN",
    "Date",
    "Math",
    "Node",
    "Text",
    "Array",
    "Image",
    "Audio",
    "Option",
    "Intl",
    "CSS",
    "Range",
    "Proxy",
    "File",
    "Blob",
    "Attr",
];

/// A chunk with its names.
pub(super) struct Named {
    pub parts: Vec<Part>,
    /// The chunks that it imports, in order.
    pub imports: Vec<usize>,
}

/// Names everything.
pub(super) fn name(
    program: &Program<'_>,
    live: &Live,
    plans: &Plans,
    bodies: Vec<Vec<Part>>,
    direct: &BTreeMap<usize, usize>,
) -> Vec<Named> {
    let mut wanted = BTreeSet::new();
    for part in bodies.iter().flatten() {
        if let Part::Symbol(symbol) = part {
            wanted.insert(symbol.clone());
        }
    }
    let bodies: Vec<Vec<Part>> = bodies
        .into_iter()
        .map(|body| {
            let parts = body.into_iter();
            let parts = parts.flat_map(|part| match part {
                Part::Evaluated(module) => evaluated(module, &wanted),
                part => vec![part],
            });
            parts.collect()
        })
        .collect();

    // What each chunk gives to others: by symbol, the name.
    let mut given: Vec<BTreeMap<Symbol, String>> = vec![BTreeMap::new(); bodies.len()];
    for (module, chunk) in direct {
        let (names, _) = bindings::exports(program, *module);
        for name in names {
            if let Binding::Name(owner, slot) = bindings::export(program, *module, &name) {
                let symbol = Symbol::Name(owner, slot);
                // What it only passes on is no part of its text.
                if let Some(home) = home(plans, &symbol).filter(|home| home != chunk) {
                    given[home].entry(symbol.clone()).or_default();
                }
                given[*chunk].insert(symbol, name);
            }
        }
    }
    for (chunk, body) in bodies.iter().enumerate() {
        for part in body {
            let (home, symbol) = match part {
                Part::Symbol(symbol) => (home(plans, symbol), symbol.clone()),
                Part::Given(home, module) => (Some(*home), what(program, *module)),
                _ => continue,
            };
            if let Some(home) = home.filter(|home| *home != chunk) {
                given[home].entry(symbol).or_default();
            }
        }
    }
    for (chunk, given) in given.iter_mut().enumerate() {
        let mut number = 0;
        if direct.values().any(|direct| *direct == chunk) {
            continue;
        }
        for name in given.values_mut() {
            *name = exported(&mut number);
        }
    }
    let places: BTreeMap<usize, usize> = program.order.iter().copied().zip(0..).collect();
    let place = |chunk: usize| {
        let modules = plans.chunks[chunk].modules.iter();
        modules
            .filter_map(|module| places.get(module))
            .min()
            .copied()
    };
    let mut named = Vec::new();
    for (chunk, body) in bodies.into_iter().enumerate() {
        let modules = &plans.chunks[chunk].modules;
        let needed = modules.iter().flat_map(|module| &live.needs[*module]);
        let started = program.entries.iter().filter(|_| chunk == 0);
        let mut imports: Vec<usize> = needed
            .chain(started)
            .filter_map(|module| plans.of.get(module).copied())
            .filter(|other| *other != chunk)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        imports.sort_by_key(|chunk| place(*chunk));
        let text = Chunk {
            program,
            plans,
            chunk,
            given: &given,
            imports: &imports,
            direct,
        };
        let parts = text.named(body);
        named.push(Named { parts, imports });
    }
    named
}

/// The text that evaluates a CommonJS module: with a name for each form of it that something reads.
fn evaluated(module: usize, wanted: &BTreeSet<Symbol>) -> Vec<Part> {
    let text = |text: &str| Part::Text(text.to_owned());
    let symbol = |symbol: Symbol| Part::Symbol(symbol);
    let forms = [
        (Symbol::Default(module), Helper::Default, ");"),
        (Symbol::Foreign(module, false), Helper::Foreign, ");"),
        (Symbol::Foreign(module, true), Helper::Foreign, ",1);"),
    ];
    let forms = forms.into_iter().filter(|(form, ..)| wanted.contains(form));
    let forms: Vec<_> = forms.collect();
    if forms.is_empty() && !wanted.contains(&Symbol::Exports(module)) {
        return vec![symbol(Symbol::Require(module)), text("();")];
    }
    let mut parts = vec![
        text("var "),
        symbol(Symbol::Exports(module)),
        text("="),
        symbol(Symbol::Require(module)),
        text("();"),
    ];
    for (form, helper, end) in forms {
        parts.extend([
            text("var "),
            symbol(form),
            text("="),
            symbol(Symbol::Helper(helper)),
            text("("),
            symbol(Symbol::Exports(module)),
            text(end),
        ]);
    }
    parts
}

/// What a dynamic import of a module takes from its chunk.
fn what(program: &Program<'_>, module: usize) -> Symbol {
    match program.is_commonjs(module) || program.lazy[module] {
        true => Symbol::Given(module),
        false => Symbol::Namespace(module),
    }
}

/// The chunk that declares a symbol; `None` for what each declares for itself.
fn home(plans: &Plans, symbol: &Symbol) -> Option<usize> {
    let module = match symbol {
        Symbol::Name(module, _)
        | Symbol::Namespace(module)
        | Symbol::Require(module)
        | Symbol::Exports(module)
        | Symbol::Default(module)
        | Symbol::Given(module)
        | Symbol::Foreign(module, _) => module,
        Symbol::External(..) | Symbol::Helper(_) => return None,
    };
    plans.of.get(module).copied()
}

struct Chunk<'a> {
    program: &'a Program<'a>,
    plans: &'a Plans,
    chunk: usize,
    given: &'a [BTreeMap<Symbol, String>],
    imports: &'a [usize],
    direct: &'a BTreeMap<usize, usize>,
}

impl Chunk<'_> {
    fn named(&self, body: Vec<Part>) -> Vec<Part> {
        let mut uses: BTreeMap<&Symbol, (usize, usize)> = BTreeMap::new();
        for (at, part) in body.iter().enumerate() {
            if let Part::Symbol(symbol) = part {
                uses.entry(symbol).or_insert((0, at)).0 += 1;
            }
        }
        for symbol in self.given[self.chunk].keys() {
            uses.entry(symbol).or_insert((1, usize::MAX));
        }
        let mut order: Vec<(&Symbol, (usize, usize))> = uses.into_iter().collect();
        order.sort_by_key(|(symbol, (count, first))| (std::cmp::Reverse(*count), *first, *symbol));
        let modules = &self.plans.chunks[self.chunk].modules;
        let globals = modules.iter().flat_map(|module| {
            let globals = self.program.modules[*module].body.globals.iter();
            globals.map(String::as_str)
        });
        let taken: BTreeSet<&str> = globals.chain(TAKEN.iter().copied()).collect();
        let mut number = 0;
        let mut names: BTreeMap<Symbol, String> = BTreeMap::new();
        for (symbol, _) in order {
            let name = loop {
                let name = short(number);
                number += 1;
                if !taken.contains(name.as_str()) {
                    break name;
                }
            };
            names.insert(symbol.clone(), name);
        }
        let mut writer = Text::default();
        self.head(&names, &mut writer);
        for part in body {
            match part {
                Part::From(..) => writer.0.push(part),
                Part::Text(text) => writer.text(&text),
                Part::Symbol(symbol) => writer.text(&names[&symbol]),
                Part::Given(chunk, module) => {
                    writer.text(&self.given[chunk][&what(self.program, module)]);
                }
                part => writer.0.push(part),
            }
        }
        self.tail(&names, &mut writer);
        writer.0
    }

    /// Imports and helpers.
    fn head(&self, names: &BTreeMap<Symbol, String>, writer: &mut Text) {
        let mut elsewhere: BTreeMap<&str, Vec<(Option<&str>, &str)>> = BTreeMap::new();
        for (symbol, name) in names {
            if let Symbol::External(url, export) = symbol {
                let imports = elsewhere.entry(url).or_default();
                imports.push((export.as_deref(), name));
            }
        }
        for (url, imports) in elsewhere {
            for (_, name) in imports.iter().filter(|(export, _)| export.is_none()) {
                writer.text(&format!("import*as {name} from{};", quoted(url)));
            }
            let listed = imports.iter().filter_map(|(export, name)| {
                Some(format!("{} as {name}", quoted_name((*export)?)))
            });
            let listed: Vec<String> = listed.collect();
            if !listed.is_empty() {
                writer.text(&format!(
                    "import{{{}}}from{};",
                    listed.join(","),
                    quoted(url)
                ));
            }
        }
        for url in self.foreign() {
            if !names
                .keys()
                .any(|it| matches!(it, Symbol::External(known, _) if known == url))
            {
                writer.text(&format!("import{};", quoted(url)));
            }
        }
        for other in self.imports {
            let taken = names.iter().filter_map(|(symbol, name)| {
                let theirs = home(self.plans, symbol) == Some(*other);
                let given = self.given[*other].get(symbol).filter(|_| theirs)?;
                Some(match given == name {
                    true => given.clone(),
                    false => format!("{} as {name}", quoted_name(given)),
                })
            });
            let taken: Vec<String> = taken.collect();
            writer.text("import");
            if !taken.is_empty() {
                writer.text(&format!("{{{}}}from", taken.join(",")));
            }
            writer.0.push(Part::File(File::Local(*other)));
            writer.text(";");
        }
        for (symbol, name) in names {
            if let Symbol::Helper(helper) = symbol {
                writer.text(&declaration(*helper, name));
            }
        }
    }

    /// What its modules import from elsewhere, by URL.
    fn foreign(&self) -> BTreeSet<&str> {
        let modules = self.plans.chunks[self.chunk].modules.iter();
        let all = modules.flat_map(|module| &self.program.modules[*module].dependencies);
        let urls = all.filter_map(|dependency| match dependency {
            (DependencyKind::Static, Target::Url(url)) => Some(url.as_str()),
            _ => None,
        });
        urls.collect()
    }

    fn tail(&self, names: &BTreeMap<Symbol, String>, writer: &mut Text) {
        let mut listed: Vec<String> = Vec::new();
        match self.direct.iter().find(|(_, chunk)| **chunk == self.chunk) {
            // One name may be exported under several.
            Some((module, _)) => {
                let (exports, _) = bindings::exports(self.program, *module);
                for export in exports {
                    if let Binding::Name(owner, slot) =
                        bindings::export(self.program, *module, &export)
                        && let Some(name) = names.get(&Symbol::Name(owner, slot))
                    {
                        listed.push(format!("{name} as {}", quoted_name(&export)));
                    }
                }
            }
            None => {
                for (symbol, given) in &self.given[self.chunk] {
                    listed.push(format!("{} as {}", names[symbol], quoted_name(given)));
                }
            }
        }
        if !listed.is_empty() {
            writer.text(&format!("export{{{}}};", listed.join(",")));
        }
    }
}

#[derive(Default)]
struct Text(Vec<Part>);

impl Text {
    fn text(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ => self.0.push(Part::Text(text.to_owned())),
        }
    }
}

fn quoted_name(name: &str) -> String {
    match super::is_identifier(name) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

fn short(number: usize) -> String {
    spelt(number, FIRST)
}

/// Names of exports, which no declaration gets in the way of.
fn exported(number: &mut usize) -> String {
    loop {
        let name = spelt(*number, &REST[..26]);
        *number += 1;
        if !["do", "if", "in", "as", "of"].contains(&name.as_str()) {
            return name;
        }
    }
}

fn spelt(mut number: usize, first: &[u8]) -> String {
    let mut name = String::new();
    name.push(char::from(first[number % first.len()]));
    number /= first.len();
    while number > 0 {
        number -= 1;
        name.push(char::from(REST[number % REST.len()]));
        number /= REST.len();
    }
    name
}
