//! A module's tree → what the production linker takes: minified statements with marks for every name that other modules
//! could touch.
//!
//! Input: `import { a } from "x"; export const b = () => a(), c = 1`.
//! Output: `ǁ0ǁ=()=>ǁ1cǁ()` and `ǁ2ǁ=1`, with slot 0 exported as `b`, 1 the import, 2 exported as `c`.

mod body;
mod environment;
mod mangle;
mod purity;
mod slots;
mod split;

pub(crate) use environment::replace as put_in_environment;

use crate::{
    commonjs,
    esm::{self, Exported},
    factory::function,
    print::print_statement,
    script::Marks,
    source::Source,
};
use overskill_diagnostics::Diagnostic;
use overskill_module::{MARK, ModuleFacts, ProductionModule, Slot, Statement, StatementKind};
use rustc_hash::FxHashMap;
use slots::Slots;
use std::collections::HashSet;
use swc_core::common::{SourceMap, SyntaxContext, comments::SingleThreadedComments, sync::Lrc};
use swc_core::ecma::ast::*;
use swc_core::ecma::transforms::base::rename::rename;
use swc_core::ecma::utils::private_ident;
use swc_core::ecma::visit::VisitMutWith;

/// What the steps share.
pub(crate) struct Context<'a> {
    pub(crate) source: &'a Source<'a>,
    pub(crate) comments: &'a SingleThreadedComments,
    pub(crate) map: &'a Lrc<SourceMap>,
    pub(crate) marks: Marks,
    /// Whether a source map is wanted.
    pub(crate) mapped: bool,
}

/// A module, its facts, and what its author is told.
pub(crate) type Built = (ProductionModule, ModuleFacts, Vec<Diagnostic>);

/// Gives default exports that are declarations without a name one, so that functions among them are hoisted.
pub(crate) fn name_default(program: &mut Program) {
    let Program::Module(module) = program else {
        return;
    };
    for item in &mut module.body {
        if let ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(export)) = item {
            let ident = match &mut export.decl {
                DefaultDecl::Class(class) => &mut class.ident,
                DefaultDecl::Fn(function) => &mut function.ident,
                DefaultDecl::TsInterfaceDecl(_) => continue,
            };
            ident.get_or_insert_with(|| private_ident!("_default"));
        }
    }
}

/// Builds an ECMAScript module.
pub(crate) fn esm(context: &Context<'_>, program: Program) -> Result<Built, String> {
    let gathered = esm::gather(context.source, program, context.marks);
    let mut slots = Slots::new(mark(context.source.text), &gathered, context.marks);
    let mut stmts = gathered.hoisted;
    stmts.extend(gathered.body);
    let exports = at_top_level(context.marks, gathered.exports, &mut stmts);
    slots.rewrite(&mut stmts);
    let mut stmts = body::minified(context, stmts);
    keep_declared(&exports, &mut stmts);
    let names = slots.declare(&stmts);
    let parts = split::split(context, std::mem::take(&mut stmts), &names);
    let exports = exports
        .into_iter()
        .map(|(name, exported)| {
            let slot = match exported {
                Exported::Local(ident) => names[&ident.to_id()],
                Exported::Imported(binding) => slots.import(&binding.specifier, binding.name),
            };
            (name, slot)
        })
        .collect();
    let stars = gathered
        .facts
        .star_exports
        .iter()
        .filter_map(|specifier| slots.dependency(specifier))
        .collect();
    let (parts, globals) = mangle::mangle(context, parts, &names, slots.mark);
    let mut statements = Vec::new();
    for part in parts {
        let (code, places) = print_statement(context.map, &part.stmt, context.mapped)?;
        statements.push(part.statement(code, places));
    }
    let module = ProductionModule {
        mark: slots.mark,
        slots: slots.list,
        statements,
        exports,
        stars,
        globals,
    };
    Ok((module, gathered.facts, gathered.told))
}

/// Makes the names of exports that passes made up names of the top level, which the minifier leaves alone.
fn at_top_level(
    marks: Marks,
    exports: Vec<(String, Exported)>,
    stmts: &mut Vec<Stmt>,
) -> Vec<(String, Exported)> {
    let top_level = SyntaxContext::empty().apply_mark(marks.top_level);
    let mut renamed: FxHashMap<Id, Id> = FxHashMap::default();
    let exports = exports
        .into_iter()
        .map(|(name, exported)| match exported {
            Exported::Local(ident) if ident.ctxt != top_level => {
                // No source can have the name.
                let fresh = Ident::new(format!("*{name}*").into(), ident.span, top_level);
                renamed.insert(ident.to_id(), fresh.to_id());
                (name, Exported::Local(fresh))
            }
            other => (name, other),
        })
        .collect();
    if !renamed.is_empty() {
        stmts.visit_mut_with(&mut rename(&renamed));
    }
    exports
}

/// Declares what is exported, and was after a `throw` that is always reached.
fn keep_declared(exports: &[(String, Exported)], stmts: &mut Vec<Stmt>) {
    let mut known: HashSet<Id> = stmts
        .iter()
        .flat_map(slots::declared)
        .map(|ident| ident.to_id())
        .collect();
    for (_, exported) in exports {
        if let Exported::Local(ident) = exported
            && known.insert(ident.to_id())
        {
            let declarator = VarDeclarator {
                span: ident.span,
                name: ident.clone().into(),
                init: None,
                definite: false,
            };
            let declaration = VarDecl {
                kind: VarDeclKind::Let,
                decls: vec![declarator],
                ..VarDecl::default()
            };
            stmts.push(declaration.into());
        }
    }
}

/// Builds a CommonJS module: one statement, a function of `exports`, `module` and `require`.
pub(crate) fn commonjs(context: &Context<'_>, program: Program) -> Result<Built, String> {
    let (stmts, parameters, facts) = commonjs::gather(context.source, program, context.marks);
    let [module, exports, require] = parameters;
    let mut slots = Slots::of_commonjs(mark(context.source.text), &facts, &require, context.marks);
    let mut stmts = stmts;
    slots.rewrite(&mut stmts);
    let wrapper = function(vec![exports, module, require], stmts, false, false);
    let wrapper = body::minified_function(context, wrapper);
    let part = split::Part::plain(wrapper);
    let (parts, globals) = mangle::mangle(context, vec![part], &Default::default(), slots.mark);
    let mut statements = Vec::new();
    for part in parts {
        let (code, places) = print_statement(context.map, &part.stmt, context.mapped)?;
        statements.push(Statement {
            places,
            code: code.trim_end_matches(';').to_owned(),
            kind: StatementKind::Plain,
            ..Statement::default()
        });
    }
    let module = ProductionModule {
        mark: slots.mark,
        slots: slots.list,
        statements,
        globals,
        ..ProductionModule::default()
    };
    Ok((module, facts, Vec::new()))
}

/// A JSON file: its value by default, and by name.
pub(crate) fn json(text: &str, names: &[String]) -> ProductionModule {
    let literal = literal(text);
    let mut module = ProductionModule::of_values([("default", literal.as_str())]);
    for name in names {
        let slot = module.slots.len();
        module.slots.push(Slot::Local);
        module.exports.push((name.clone(), slot as u32));
        module.statements.push(Statement {
            code: format!("{}={}.{name}", module.mark(slot), module.mark(0)),
            kind: StatementKind::Let,
            declares: vec![slot as u32],
            ..Statement::default()
        });
    }
    module
}

/// JSON as an expression.
fn literal(text: &str) -> String {
    // In a literal this key would set the prototype; and it may be spelt with escapes.
    if text.contains("__proto__") || text.contains("\\u") {
        return format!("JSON.parse({})", serde_json::Value::from(text));
    }
    let mut compact = String::with_capacity(text.len());
    let (mut quoted, mut escaped) = (false, false);
    for each in text.chars() {
        if quoted || !each.is_ascii_whitespace() {
            compact.push(each);
        }
        quoted ^= each == '"' && !escaped;
        escaped = each == '\\' && !escaped;
    }
    compact
}

/// A character for marks that the source neither has nor spells out.
fn mark(text: &str) -> char {
    let lower = text.to_ascii_lowercase();
    let free = |mark: &char| {
        let code = u32::from(*mark);
        let spelt = [format!("{code:x}"), format!("{code}")];
        !text.contains(*mark) && !spelt.iter().any(|spelt| lower.contains(spelt))
    };
    let others = ['\u{1c0}', '\u{1c2}', '\u{14c0}', '\u{1681}', '\u{a000}'];
    let mut all = [MARK].into_iter().chain(others);
    all.find(free).unwrap_or(MARK)
}
