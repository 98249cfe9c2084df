// The statements of a configuration.
import { bindPattern } from "./bind.mjs";
import { ConfigProblem, Unknown } from "./bounds.mjs";
import { assign, evaluate } from "./evaluate.mjs";
import { closure } from "./functions.mjs";
import { Scope } from "./scope.mjs";
import { copyProperties, items, set } from "./values.mjs";

/** Runs statements; gives `{kind, value}` where one of them leaves: by `return`, `break` or `continue`. */
export function run(context, statements, scope) {
  for (const statement of statements) {
    const declared = statement.type.startsWith("Export") ? statement.declaration : statement;
    if (declared?.type === "FunctionDeclaration" && declared.id) scope.declare(declared.id.name, closure(context, declared, scope));
  }
  for (const statement of statements) {
    const left = execute(context, statement, scope);
    if (left) return left;
  }
  return undefined;
}

function execute(context, node, scope) {
  context.meter.step(node);
  const handler = Object.hasOwn(STATEMENTS, node.type) ? STATEMENTS[node.type] : undefined;
  if (!handler) throw new ConfigProblem("config-not-understood", "This statement isn't understood in a configuration that is read as data.", node);
  return context.meter.deeper(node, () => handler(context, node, scope)) || undefined;
}

function variables(context, node, scope) {
  for (const { id, init } of node.declarations) {
    const value = init ? evaluate(context, init, scope) : undefined;
    bindPattern(context, id, value, scope, (name, item) => scope.declare(name, item, node.kind === "const"));
  }
}

const block = (context, node, scope) => run(context, node.body, new Scope(scope));

const holds = (value) => Boolean(value) && !(value instanceof Unknown);

function branch(context, node, scope) {
  if (holds(evaluate(context, node.test, scope))) return execute(context, node.consequent, scope);
  return node.alternate ? execute(context, node.alternate, scope) : undefined;
}

/** One round of a loop; whether the loop ends, and with what. */
function round(context, body, scope) {
  const left = execute(context, body, scope);
  if (left?.kind === "return") return [true, left];
  return [left?.kind === "break", undefined];
}

function loop(context, node, scope) {
  const outer = new Scope(scope);
  if (node.init) node.init.type === "VariableDeclaration" ? variables(context, node.init, outer) : evaluate(context, node.init, outer);
  let first = node.type === "DoWhileStatement";
  while (first || !node.test || holds(evaluate(context, node.test, outer))) {
    first = false;
    const [ends, left] = round(context, node.body, outer);
    if (ends) return left;
    if (node.update) evaluate(context, node.update, outer);
  }
  return undefined;
}

function each(context, node, scope) {
  const source = evaluate(context, node.right, scope);
  const all = node.type === "ForInStatement" ? Object.keys(source instanceof Unknown ? {} : (source ?? {})) : items(context, source, node.right);
  for (const item of all) {
    const inner = new Scope(scope);
    if (node.left.type === "VariableDeclaration") {
      bindPattern(context, node.left.declarations[0].id, item, inner, (name, value) => inner.declare(name, value));
    } else assign(context, node.left, item, scope);
    const [ends, left] = round(context, node.body, inner);
    if (ends) return left;
  }
  return undefined;
}

function choose(context, node, scope) {
  const value = evaluate(context, node.discriminant, scope);
  let at = node.cases.findIndex(({ test }) => test && evaluate(context, test, scope) === value);
  if (at < 0) at = node.cases.findIndex(({ test }) => !test);
  if (at < 0) return undefined;
  const left = run(context, node.cases.slice(at).flatMap(({ consequent }) => consequent), new Scope(scope));
  return left?.kind === "break" ? undefined : left;
}

function attempt(context, node, scope) {
  let left;
  try {
    left = execute(context, node.block, scope);
  } catch (error) {
    if (error.final || !node.handler) throw error;
    const inner = new Scope(scope);
    if (node.handler.param) {
      bindPattern(context, node.handler.param, new Error(error.message), inner, (name, value) => inner.declare(name, value));
    }
    left = execute(context, node.handler.body, inner);
  } finally {
    if (node.finalizer) left = execute(context, node.finalizer, scope) ?? left;
  }
  return left;
}

function raise(context, node, scope) {
  const value = evaluate(context, node.argument, scope);
  const message = value instanceof Error ? value.message : typeof value === "string" ? value : "The configuration throws.";
  throw new ConfigProblem("config-error", message, node);
}

/** `import`: what the reader has loaded. */
function imports(context, node, scope) {
  for (const { type, local, imported } of node.specifiers) {
    const name = type === "ImportNamespaceSpecifier" ? "*" : type === "ImportDefaultSpecifier" ? "default" : (imported.name ?? imported.value);
    scope.declare(local.name, context.imported(node.source.value, name, node), true);
  }
}

function exportNamed(context, node, scope) {
  if (node.source) {
    for (const { local, exported } of node.specifiers) {
      const value = context.imported(node.source.value, local.name ?? local.value, node);
      set(context, context.exports, exported.name ?? exported.value, value, node);
    }
    return;
  }
  if (node.declaration) {
    execute(context, node.declaration, scope);
    const names = node.declaration.declarations?.map(({ id }) => id) ?? [node.declaration.id];
    for (const id of names) if (id.type === "Identifier") set(context, context.exports, id.name, scope.find(id.name).value, id);
  }
  for (const { local, exported } of node.specifiers) {
    set(context, context.exports, exported.name ?? exported.value, evaluate(context, local, scope), node);
  }
}

const STATEMENTS = {
  ExpressionStatement: (context, node, scope) => void evaluate(context, node.expression, scope),
  VariableDeclaration: variables,
  FunctionDeclaration: () => undefined,
  EmptyStatement: () => undefined,
  ReturnStatement: (context, node, scope) => ({ kind: "return", value: node.argument ? evaluate(context, node.argument, scope) : undefined }),
  BreakStatement: () => ({ kind: "break" }),
  ContinueStatement: () => ({ kind: "continue" }),
  BlockStatement: block,
  IfStatement: branch,
  ForStatement: loop,
  WhileStatement: loop,
  DoWhileStatement: loop,
  ForOfStatement: each,
  ForInStatement: each,
  SwitchStatement: choose,
  TryStatement: attempt,
  ThrowStatement: raise,
  ImportDeclaration: imports,
  ExportNamedDeclaration: exportNamed,
  ExportDefaultDeclaration(context, node, scope) {
    const value = node.declaration.type === "FunctionDeclaration" ? closure(context, node.declaration, scope) : evaluate(context, node.declaration, scope);
    set(context, context.exports, "default", value, node);
  },
  ExportAllDeclaration: (context, node) => void copyProperties(context, context.exports, context.imported(node.source.value, "*", node), node),
};
