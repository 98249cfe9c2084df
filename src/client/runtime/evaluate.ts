// Evaluation: ECMA-262's Evaluate, InnerModuleEvaluation and what follows when an asynchronous module settles
// (https://tc39.es/ecma262/#sec-moduleevaluation). Loops stand in for its recursions, so that a chain of
// imports may be longer than the engine's stack is deep.
import { runCommonJs } from "./commonjs.ts";
import { isCommonJs } from "./registry.ts";
import { State, type Capability, type Module } from "./record.ts";

/** AsyncEvaluationOrder of the module that last became asynchronous. */
let lastOrder = 0;

/** Evaluates a linked module and what it imports. */
export function evaluate(module: Module): Promise<void> {
  try {
    evaluateNow(module);
  } catch (error) {
    return Promise.reject(error);
  }
  const root = module.cycleRoot ?? module;
  if (root.state !== State.Waiting) return Promise.resolve();
  return (root.capability ??= capability()).promise;
}

/** The same for a caller who cannot wait: throws what the evaluation threw. */
export function evaluateNow(module: Module): void {
  if (isCommonJs(module)) return runCommonJs(module);
  if (module.state === State.Linked) run(module);
  const { error } = module.cycleRoot?.error ? module.cycleRoot : module;
  if (error) throw error.value;
}

function capability(): Capability {
  const made = {} as Capability;
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

/** InnerModuleEvaluation. `path` is its recursion, `stack` the modules whose cycle is not complete. */
function run(root: Module): void {
  const stack: Module[] = [];
  const path: Module[] = [];
  let index = 0;

  const enter = (module: Module) => {
    module.state = State.Evaluating;
    module.index = module.ancestor = index++;
    module.next = module.pending = module.order = 0;
    module.parents = [];
    module.stack = stack;
    stack.push(module);
    path.push(module);
  };

  try {
    enter(root);
    for (let module; (module = path.at(-1)); ) {
      const dependency = module.dependencies[module.next];
      if (!dependency) {
        path.pop();
        leave(module, stack);
      } else if (dependency.state === State.Linked) {
        // Its turn first; then it is looked at again.
        enter(dependency);
      } else {
        module.next++;
        depend(module, dependency);
      }
    }
  } catch (value) {
    for (const module of stack) {
      module.state = State.Evaluated;
      module.error = { value };
      module.order = 0;
      // What it waited for may still settle, and asks the root whether to go on.
      module.cycleRoot = module;
    }
  }
}

/** What the state of a dependency, now that it had its turn, means for `module`. */
function depend(module: Module, dependency: Module): void {
  if (isCommonJs(dependency)) return runCommonJs(dependency);
  let cause = dependency;
  if (dependency.state === State.Evaluating) {
    // On another stack, it waits for a `require` that led here: nothing to wait for.
    if (dependency.stack !== module.stack) return;
    module.ancestor = Math.min(module.ancestor, dependency.ancestor);
  } else {
    cause = dependency.cycleRoot ?? dependency;
    if (cause.error) throw cause.error.value;
  }
  if (cause.order) {
    module.pending++;
    cause.parents.push(module);
  }
}

/** All dependencies of `module` had their turn: runs it, and closes its cycle if it is the root. */
function leave(module: Module, stack: Module[]): void {
  if (module.pending || module.header.a) {
    module.order = ++lastOrder;
    if (!module.pending) start(module);
  } else {
    module.body!.next();
  }
  if (module.ancestor === module.index) {
    for (let member; member !== module; ) {
      member = stack.pop()!;
      member.state = member.order ? State.Waiting : State.Evaluated;
      member.cycleRoot = module;
      member.stack = undefined;
    }
  }
  // ECMA-262 hands the ancestor index up when it returns; here the importer looks at `ancestor` itself.
}

/** ExecuteAsyncModule. */
function start(module: Module): void {
  (module.body as AsyncGenerator).next().then(
    () => fulfilled(module),
    (error: unknown) => rejected(module, error),
  );
}

/** AsyncModuleExecutionFulfilled. */
function fulfilled(module: Module): void {
  if (module.state === State.Evaluated) return;
  finish(module);
  for (const ancestor of available(module).sort((one, other) => one.order - other.order)) {
    if (ancestor.state === State.Evaluated) continue;
    if (ancestor.header.a) {
      start(ancestor);
      continue;
    }
    try {
      ancestor.body!.next();
    } catch (error) {
      rejected(ancestor, error);
      continue;
    }
    finish(ancestor);
  }
}

function finish(module: Module): void {
  module.order = 0;
  module.state = State.Evaluated;
  module.capability?.resolve();
}

/** GatherAvailableAncestors: who has nothing left to wait for. */
function available(module: Module): Module[] {
  const found: Module[] = [];
  const through = [module];
  for (const child of through) {
    for (const parent of child.parents) {
      if (parent.cycleRoot!.error || --parent.pending) continue;
      found.push(parent);
      if (!parent.header.a) through.push(parent);
    }
  }
  return found;
}

/** AsyncModuleExecutionRejected. */
function rejected(module: Module, value: unknown): void {
  const failed = [module];
  for (const one of failed) {
    if (one.state === State.Evaluated) continue;
    one.error = { value };
    one.order = 0;
    one.state = State.Evaluated;
    one.capability?.reject(value);
    for (const parent of one.parents) failed.push(parent);
  }
}
