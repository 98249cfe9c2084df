//! Text → syntax tree: which kind of script it is, and every syntax error in it.

use crate::{
    errors,
    language::{Dialect, Kind},
    source::Source,
};
use overskill_diagnostics::Diagnostic;
use swc_core::common::{
    FileName, SourceFile, SourceMap, comments::SingleThreadedComments, sync::Lrc,
};
use swc_core::ecma::ast::{EsVersion, Program};
use swc_core::ecma::parser::{Lexer, PResult, Parser, error::Error, with_file_parser};

/// A tree with what later passes need to read it.
pub(crate) struct Parsed {
    pub(crate) program: Program,
    pub(crate) comments: SingleThreadedComments,
    pub(crate) map: Lrc<SourceMap>,
}

/// How the text is to be read.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    Module,
    CommonJs,
    /// A module where it has a module's syntax, else a script.
    Either,
}

/// Parses a file. A script that fails as such is given a function's freedom where `package` says it may be CommonJS.
pub(crate) fn parse(
    source: &Source<'_>,
    dialect: Dialect,
    package: bool,
) -> Result<Parsed, Vec<Diagnostic>> {
    let goal = match dialect.kind {
        Kind::Module => Goal::Module,
        Kind::CommonJs if !dialect.typescript => Goal::CommonJs,
        _ => Goal::Either,
    };
    let parsed = parse_as(source, dialect, goal);
    if parsed.is_err() && package && matches!(goal, Goal::Either) {
        // A `return` at the top level, mostly.
        return parse_as(source, dialect, Goal::CommonJs).or(parsed);
    }
    parsed
}

/// Parses a file as one thing.
pub(crate) fn parse_as(
    source: &Source<'_>,
    dialect: Dialect,
    goal: Goal,
) -> Result<Parsed, Vec<Diagnostic>> {
    let map: Lrc<SourceMap> = Lrc::default();
    let name = FileName::Real(source.name().into());
    let file = map.new_source_file(name.into(), source.text.to_owned());
    let comments = SingleThreadedComments::default();
    let mut errors = Vec::new();
    let program = run(
        &file,
        dialect,
        &comments,
        &mut errors,
        |parser| match goal {
            Goal::Module => parser.parse_module().map(Program::Module),
            Goal::CommonJs => parser.parse_commonjs().map(Program::Script),
            Goal::Either => parser.parse_program(),
        },
    );
    match program {
        Ok(program) => match errors::describe(source, dialect, errors) {
            told if told.is_empty() => Ok(Parsed {
                program,
                comments,
                map,
            }),
            told => Err(told),
        },
        Err(last) => {
            errors.push(last);
            Err(errors::describe(source, dialect, errors))
        }
    }
}

fn run(
    file: &SourceFile,
    dialect: Dialect,
    comments: &SingleThreadedComments,
    errors: &mut Vec<Error>,
    parse: impl for<'a> FnOnce(&mut Parser<Lexer<'a>>) -> PResult<Program>,
) -> PResult<Program> {
    with_file_parser(
        file,
        dialect.syntax(),
        EsVersion::latest(),
        Some(comments),
        errors,
        parse,
    )
}
