//! From what the author wrote to what the target has: the smallest set of swc's passes.

use crate::features::Features;
use overskill_module::{CompileOptions, Target};
use swc_core::common::Mark;
use swc_core::ecma::ast::{Pass, Program};
use swc_core::ecma::transforms::compat::{
    class_fields_use_set::class_fields_use_set,
    es2016, es2017, es2018, es2019,
    es2020::{nullish_coalescing, optional_chaining},
    es2021,
    es2022::{class_properties, private_in_object, static_blocks},
};

/// Runs the passes, newest year first.
pub(crate) fn lower(
    program: &mut Program,
    options: &CompileOptions,
    features: Features,
    unresolved: Mark,
) {
    let assign_fields = !options.use_define_for_class_fields;
    if features.classes && assign_fields && options.target >= Target::Es2022 {
        program.mutate(class_fields_use_set(false));
    }
    let mut run = |before: Target, pass: &mut dyn Pass| {
        if options.target < before {
            pass.process(program);
        }
    };
    if features.classes {
        run(Target::Es2022, &mut static_blocks());
        run(Target::Es2022, &mut private_in_object());
        let fields = class_properties::Config {
            set_public_fields: assign_fields,
            ..class_properties::Config::default()
        };
        run(Target::Es2022, &mut class_properties(fields, unresolved));
    }
    if features.es2021 {
        run(Target::Es2021, &mut es2021());
    }
    run(
        Target::Es2020,
        &mut optional_chaining(Default::default(), unresolved),
    );
    run(Target::Es2020, &mut nullish_coalescing(Default::default()));
    run(Target::Es2019, &mut es2019());
    run(Target::Es2018, &mut es2018(Default::default()));
    run(Target::Es2017, &mut es2017(Default::default(), unresolved));
    run(Target::Es2016, &mut es2016());
}
