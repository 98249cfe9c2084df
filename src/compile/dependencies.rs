//! What a module asks for, gathered while its tree is walked.

use overskill_diagnostics::Span;
use overskill_module::{Dependency, DependencyKind};

/// Dependencies, once per specifier and kind.
#[derive(Default)]
pub(crate) struct Dependencies(Vec<Dependency>);

impl Dependencies {
    /// Notes one place where a module is asked for; gives what is known of it so far, to be added to.
    pub(crate) fn add(
        &mut self,
        specifier: &str,
        kind: DependencyKind,
        span: Span,
        optional: bool,
    ) -> &mut Dependency {
        let known = self
            .0
            .iter()
            .position(|known| known.kind == kind && known.specifier == specifier);
        let at = known.unwrap_or_else(|| {
            self.0.push(Dependency {
                specifier: specifier.to_owned(),
                kind,
                span,
                names: Vec::new(),
                whole: false,
                optional,
            });
            self.0.len() - 1
        });
        let dependency = &mut self.0[at];
        dependency.optional &= optional;
        dependency
    }

    /// In order of first appearance; what the compiler added comes first.
    pub(crate) fn into_list(mut self) -> Vec<Dependency> {
        self.0.sort_by_key(|dependency| dependency.span.start);
        self.0
    }
}
