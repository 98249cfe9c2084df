//! Modules are values: what compiling one file takes and gives, whatever its language, and all that linking ever sees.

mod batch;
mod config;
mod facts;
mod tailwind;
mod value;

pub use batch::{
    COMPILER_VERSION, CompileBatch, CompileOptions, CompileReply, CompileSource, Decorators, Jsx,
    Target,
};
pub use config::{ConfigInputs, ConfigValue};
pub use facts::{Dependency, DependencyKind, Export, ImportedName, ModuleFacts, ModuleFormat};
pub use tailwind::{
    PostcssAnswer, PostcssPlugin, PostcssQuestion, TailwindAnswer, TailwindPlan, TailwindQuestion,
    TailwindRaw, TailwindSource, Told,
};
pub use value::CompiledModule;
