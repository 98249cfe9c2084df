//! Modules are values: what compiling one file takes and gives, whatever its language, and all that linking ever sees.

mod batch;
mod config;
mod facts;
mod kind;
mod production;
mod sass;
mod tailwind;
mod value;

pub use batch::{
    COMPILER_VERSION, CompileBatch, CompileOptions, CompileReply, CompileSource, Decorators, Jsx,
    LocalsConvention, Spread, Svgr, Target,
};
pub use config::{ConfigInputs, ConfigValue};
pub use facts::{
    Dependency, DependencyKind, Export, Glob, GlobUse, ImportedName, ModuleFacts, ModuleFormat,
};
pub use kind::{FileKind, is_css_module};
pub use production::{Defines, MARK, ProductionModule, Slot, Statement, StatementKind};
pub use sass::{SassAnswer, SassQuestion, SassWanted};
pub use tailwind::{
    PostcssAnswer, PostcssPlugin, PostcssQuestion, TailwindAnswer, TailwindPlan, TailwindQuestion,
    TailwindRaw, TailwindSource, Told,
};
pub use value::{CompiledModule, Digest, Known, line_terminators};
