//! Scripts and modules, from text to factory: the order of the passes.

use crate::{
    commonjs, declarations, defines, depth, early,
    errors::{self, Reports},
    esm, factory,
    features::Features,
    language::{Dialect, Kind},
    lower,
    parse::{Goal, Parsed, parse, parse_as},
    print::print,
    production, refresh, resources,
    source::Source,
    this, tree_depth, types,
};
use overskill_diagnostics::Diagnostic;
use overskill_module::{CompileOptions, CompiledModule, Decorators, Jsx, ModuleFormat};
use swc_core::common::{GLOBALS, Globals, Mark, SourceMap, errors::HANDLER, sync::Lrc};
use swc_core::ecma::ast::*;
use swc_core::ecma::transforms::{
    base::{
        fixer::fixer,
        helpers::{HELPERS, Helpers, inject_helpers},
        hygiene::hygiene,
        resolver,
    },
    proposal::{
        decorator_2023_11::decorator_2023_11,
        decorators::{Config as LegacyDecorators, decorators},
    },
    react::{Options as ReactOptions, Runtime, react},
    typescript::{
        Config as TypeScriptConfig, TsImportExportAssignConfig, TsxConfig, tsx, typescript,
    },
};

/// Past this depth the layout would be mostly indentation.
const LAID_OUT: usize = 200;

/// The marks that tell globals, top-level names and all others apart.
#[derive(Clone, Copy)]
pub(crate) struct Marks {
    pub(crate) unresolved: Mark,
    pub(crate) top_level: Mark,
}

pub(crate) fn compile(
    source: &Source<'_>,
    dialect: Dialect,
    options: &CompileOptions,
) -> CompiledModule {
    if let Some(diagnostic) = errors::fenced(source) {
        return CompiledModule::failed(vec![diagnostic]);
    }
    let compiled = depth::check(source, dialect).and_then(|_| {
        let reports = Reports::default();
        let handler = reports.handler();
        let compiled = GLOBALS.set(&Globals::new(), || {
            HELPERS.set(&Helpers::new(false), || {
                HANDLER.set(&handler, || transform(source, dialect, options))
            })
        });
        drop(handler);
        match reports.into_diagnostics(source) {
            reports if reports.is_empty() => compiled,
            reports => Err(reports),
        }
    });
    compiled.unwrap_or_else(CompiledModule::failed)
}

fn transform(
    source: &Source<'_>,
    dialect: Dialect,
    options: &CompileOptions,
) -> Result<CompiledModule, Vec<Diagnostic>> {
    let marks = Marks {
        unresolved: Mark::new(),
        top_level: Mark::new(),
    };
    let (mut parsed, depth) = shallow(source, parse(source, dialect, options.package)?)?;
    parsed.program.mutate(resolver(
        marks.unresolved,
        marks.top_level,
        dialect.typescript,
    ));
    let format = format_of(&parsed.program, dialect, options, marks);
    if format == ModuleFormat::Esm && parsed.program.is_script() {
        // Without imports and exports it is a module all the same, and a module is strict.
        parsed = shallow(source, parse_as(source, dialect, Goal::Module)?)?.0;
        parsed.program.mutate(resolver(
            marks.unresolved,
            marks.top_level,
            dialect.typescript,
        ));
    }
    let Parsed {
        mut program,
        comments,
        map,
    } = parsed;
    let features = Features::of(source.text);
    if options.production {
        let defines = options.defines.clone().unwrap_or_default();
        production::put_in_environment(&mut program, &defines, source.text, marks.unresolved);
    }
    defines::fold(&mut program, options.production, marks.unresolved);
    match options.decorators {
        _ if !features.decorators => {}
        Decorators::Standard => {
            declarations::refuse_parameter_decorators(source, &program)?;
            program.mutate(decorator_2023_11());
        }
        legacy => program.mutate(decorators(LegacyDecorators {
            legacy: true,
            emit_metadata: legacy == Decorators::LegacyWithMetadata,
            use_define_for_class_fields: options.use_define_for_class_fields,
        })),
    }
    let mut exported_types = Vec::new();
    if dialect.typescript {
        // Nobody is told of packages' types.
        if !options.package {
            exported_types = types::exported(&program);
        }
        strip_types(&mut program, source, &comments, &map, options, marks);
    }
    declarations::check(source, &program, format, options.package, marks.unresolved)?;
    early::check(source, &program, format)?;
    if features.resources {
        resources::lower(&mut program);
    }
    let refreshed = match format {
        ModuleFormat::Esm if refresh::applies(source.text, options) => {
            let jsx = source.path.extension().ends_with('x');
            refresh::run(&mut program, source.text, jsx, &map, &comments, marks)
        }
        _ => false,
    };
    if dialect.jsx {
        program.mutate(react(
            map.clone(),
            Some(comments.clone()),
            jsx_options(source, options),
            marks.top_level,
            marks.unresolved,
        ));
    }
    let fault =
        |message: String| vec![Diagnostic::error("compiler-fault", message).in_file(source.path)];
    if options.production {
        let context = production::Context {
            source,
            comments: &comments,
            map: &map,
            marks,
            mapped: options.map,
        };
        if format == ModuleFormat::Esm {
            this::undefine_top_level(&mut program, marks.unresolved);
            production::name_default(&mut program);
        }
        lower::lower(&mut program, options, features, marks.unresolved);
        let built = match format {
            ModuleFormat::Esm => {
                program.mutate(inject_helpers(marks.unresolved));
                production::esm(&context, program)
            }
            ModuleFormat::CommonJs => production::commonjs(&context, program),
        };
        let (module, mut facts, mut told) = built.map_err(fault)?;
        facts.types = exported_types;
        if told.iter().any(Diagnostic::is_error) {
            return Err(told);
        }
        if options.package {
            told.clear();
        }
        return Ok(CompiledModule {
            production: Some(Box::new(module)),
            facts,
            diagnostics: told,
            ..CompiledModule::default()
        });
    }
    let expression = match format {
        ModuleFormat::Esm => {
            this::undefine_top_level(&mut program, marks.unresolved);
            esm::name_default(&mut program);
            lower::lower(&mut program, options, features, marks.unresolved);
            program.mutate(inject_helpers(marks.unresolved));
            esm::build(source, program, marks)
        }
        ModuleFormat::CommonJs => {
            lower::lower(&mut program, options, features, marks.unresolved);
            let (expression, facts) = commonjs::build(source, program, marks);
            (expression, facts, Vec::new())
        }
    };
    let (expression, mut facts, mut told) = expression;
    facts.types = exported_types;
    facts.refresh = refreshed;
    if told.iter().any(Diagnostic::is_error) {
        return Err(told);
    }
    if options.package {
        told.clear();
    }
    let mut program = factory::as_program(expression);
    program.mutate(hygiene());
    program.mutate(fixer(None));
    let expression = factory::from_program(program)
        .ok_or_else(|| fault("The compiler lost the module.".to_owned()))?;
    let compact = options.package || depth > LAID_OUT;
    let printed = print(source, &map, &expression, compact, !options.package).map_err(fault)?;
    Ok(CompiledModule {
        code: printed.code,
        map: printed.map,
        facts,
        diagnostics: told,
        ..CompiledModule::default()
    })
}

/// Gives a tree back with its depth, when that is one that the passes can walk.
fn shallow(source: &Source<'_>, parsed: Parsed) -> Result<(Parsed, usize), Vec<Diagnostic>> {
    match tree_depth::measure(&parsed.program) {
        Ok(depth) => Ok((parsed, depth)),
        Err(span) => {
            // Dropping it would recurse as deep as walking it.
            std::mem::forget(parsed);
            Err(vec![source.at(depth::too_deep(), span)])
        }
    }
}

fn format_of(
    program: &Program,
    dialect: Dialect,
    options: &CompileOptions,
    marks: Marks,
) -> ModuleFormat {
    let commonjs = match program {
        Program::Module(module) => {
            dialect.kind == Kind::CommonJs
                || module.body.iter().any(|item| {
                    matches!(
                        item,
                        ModuleItem::ModuleDecl(ModuleDecl::TsExportAssignment(_))
                    )
                })
        }
        Program::Script(_) => {
            dialect.kind == Kind::CommonJs
                || options.package
                || commonjs::mentions(program, marks.unresolved)
        }
    };
    match commonjs {
        true => ModuleFormat::CommonJs,
        false => ModuleFormat::Esm,
    }
}

fn strip_types(
    program: &mut Program,
    source: &Source<'_>,
    comments: &swc_core::common::comments::SingleThreadedComments,
    map: &Lrc<SourceMap>,
    options: &CompileOptions,
    marks: Marks,
) {
    let export_assignment = program.as_module().is_some_and(|module| {
        module.body.iter().any(|item| {
            matches!(
                item,
                ModuleItem::ModuleDecl(ModuleDecl::TsExportAssignment(_))
            )
        })
    });
    let config = TypeScriptConfig {
        verbatim_module_syntax: options.verbatim_module_syntax,
        native_class_properties: options.use_define_for_class_fields,
        no_empty_export: false,
        import_export_assign_config: match export_assignment {
            true => TsImportExportAssignConfig::Preserve,
            false => TsImportExportAssignConfig::Classic,
        },
        ..TypeScriptConfig::default()
    };
    let classic = match &options.jsx {
        Jsx::Classic { pragma, fragment } => Some((pragma.as_str(), fragment.as_str())),
        Jsx::Automatic { .. } if is_classic(source, &options.jsx) => {
            Some(("React.createElement", "React.Fragment"))
        }
        Jsx::Automatic { .. } => None,
    };
    match classic {
        // What the pragma names is used by every element, so its import stays.
        Some((pragma, fragment)) => program.mutate(tsx(
            map.clone(),
            config,
            TsxConfig {
                pragma: Some(pragma.to_owned().into()),
                pragma_frag: Some(fragment.to_owned().into()),
            },
            comments.clone(),
            marks.unresolved,
            marks.top_level,
        )),
        None => program.mutate(typescript(config, marks.unresolved, marks.top_level)),
    }
}

/// A pragma wins over the options.
fn is_classic(source: &Source<'_>, jsx: &Jsx) -> bool {
    match jsx {
        Jsx::Classic { .. } => !source.text.contains("@jsxRuntime automatic"),
        Jsx::Automatic { .. } => source.text.contains("@jsxRuntime classic"),
    }
}

fn jsx_options(source: &Source<'_>, options: &CompileOptions) -> ReactOptions {
    let jsx = &options.jsx;
    let shared = ReactOptions {
        throw_if_namespace: Some(false),
        // What a classic pragma names gets the props that are written and no others.
        development: Some(!options.production && !is_classic(source, jsx)),
        ..ReactOptions::default()
    };
    match jsx {
        Jsx::Automatic { import_source } => ReactOptions {
            runtime: Some(Runtime::Automatic),
            import_source: Some(import_source.as_str().into()),
            ..shared
        },
        Jsx::Classic { pragma, fragment } => ReactOptions {
            runtime: Some(Runtime::Classic),
            pragma: Some(pragma.clone().into()),
            pragma_frag: Some(fragment.clone().into()),
            ..shared
        },
    }
}
