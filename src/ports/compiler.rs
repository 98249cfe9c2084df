//! A compiler in the same process that counts what it compiles and can be told to fail.

use crate::{Compiler, Fault};
use overskill_module::{
    CompileBatch, CompileOptions, CompileReply, CompileSource, CompiledModule, PostcssAnswer,
    PostcssQuestion, SassAnswer, SassQuestion, TailwindAnswer, TailwindQuestion,
};
use std::cell::{Cell, RefCell};

/// Compiles by calling a function.
pub struct LocalCompiler<F> {
    compile: F,
    compiled: RefCell<Vec<String>>,
    failures: Cell<usize>,
}

impl<F: Fn(&CompileSource, &CompileOptions) -> CompiledModule> LocalCompiler<F> {
    /// A compiler that gives what `compile` gives for each source.
    pub fn new(compile: F) -> Self {
        Self {
            compile,
            compiled: RefCell::default(),
            failures: Cell::new(0),
        }
    }

    /// Makes the next `count` calls fail.
    pub fn fail_next(&self, count: usize) {
        self.failures.set(count);
    }

    /// The paths that were compiled since this was last called, in order.
    pub fn take_compiled(&self) -> Vec<String> {
        self.compiled.take()
    }
}

impl<F: Fn(&CompileSource, &CompileOptions) -> CompiledModule> Compiler for LocalCompiler<F> {
    async fn compile(&self, batch: CompileBatch) -> Result<CompileReply, Fault> {
        if let Some(left) = self.failures.get().checked_sub(1) {
            self.failures.set(left);
            return Err(Fault("the compiler is told to fail".to_owned()));
        }
        let CompileBatch { options, sources } = &batch;
        let mut modules = Vec::new();
        for source in sources {
            self.compiled.borrow_mut().push(source.path.to_string());
            let options = options
                .get(source.options)
                .ok_or_else(|| Fault("a source names options that aren't there".to_owned()))?;
            modules.push((self.compile)(source, options));
        }
        Ok(CompileReply {
            modules,
            memory_bytes: 0,
        })
    }

    async fn tailwind(&self, _: &TailwindQuestion) -> Result<TailwindAnswer, Fault> {
        Err(Fault("this compiler has no Tailwind".to_owned()))
    }

    async fn sass(&self, _: &SassQuestion) -> Result<SassAnswer, Fault> {
        Err(Fault("this compiler has no Sass".to_owned()))
    }

    async fn postcss(&self, _: &PostcssQuestion) -> Result<PostcssAnswer, Fault> {
        Err(Fault("this compiler has no PostCSS".to_owned()))
    }
}
