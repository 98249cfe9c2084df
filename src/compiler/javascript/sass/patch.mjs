// Sass as the compiler carries it: upstream's build, told that it is not in Node, with functions where it has their texts,
// which Workers don't evaluate, and with calls of `bounds.mjs` in it, because what is compiled from Dart cannot be stopped
// from outside.
import { readFile } from "node:fs/promises";
import { runInNewContext } from "node:vm";

const begins = (name, parameters) => `    ${name}: function ${name}(${parameters}) {\n`;

/** Places in upstream's text, each there once, and what goes behind them. Names ending in `0` are the JavaScript API's. */
const CALLS = [
  // An object of its own in place of the global one, where it would leave its names; and a base for addresses.
  ["var self = dartNodeIsActuallyNode ? Object.create(globalThis) : globalThis;\n", 'self = Object.create(globalThis, { location: { value: { href: "file:///" } } });'],
  // Bodies of functions, branches and loops, at each turn.
  ["    _evaluate0$_handleReturn$1$2(list, callback) {\n", "bounds.spend(1 + list.length);"],
  ["    _evaluate0$_withStackFrame$1$3(member, nodeWithSpan, callback) {\n", "bounds.spendAt(50, nodeWithSpan);"],
  [
    "    _evaluate0$_runBuiltInCallable$3($arguments, callable, nodeWithSpan) {\n" +
      "      var result, error, stackTrace, namedSet, _0_0, parameters, i, t1, parameter, t2, t3, rest, argumentList, exception, _this = this, _box_0 = {},\n" +
      "        evaluated = _this._evaluate0$_evaluateArguments$1($arguments),\n" +
      "        oldCallableNode = _this._evaluate0$_callableNode;\n",
    "bounds.spendCall(evaluated._values[2], nodeWithSpan);",
  ],
  ["    _evaluate0$_addChild$2$through(node, through) {\n", "bounds.grow();"],
  ["    _evaluate0$_serialize$3$quote(value, nodeWithSpan, quote) {\n", "bounds.spendValue(value);"],
  // The span of an operation is looked for from its end: in a long chain, for each link.
  ["        left = this.left;\n      while (left instanceof A.BinaryOperationExpression0)\n", "bounds.spend(1 / 8),"],
  // What grows.
  [begins("SassList0", "t0, t1, t2"), "bounds.spend(1 + t0.length);"],
  [begins("SassMap0", "t0"), "bounds.spend(1 + 2 * t0.get$length(t0));"],
  [begins("SassString0", "t0, t1"), "bounds.spend(1 + t0.length / 64);"],
  [begins("ComplexSassNumber0", "t0, t1, t2, t3"), "bounds.spend(1 + t0.length + t1.length);"],
  [begins("ComplexSelector0", "t0, t1, t2, t3"), "bounds.spend(40 + 8 * t2.length);"],
  [begins("SelectorList0", "t0, t1"), "bounds.spend(1 + t0.length);"],
  [begins("ModifiableCssDeclaration0", "t0, t1, t2, t3, t4"), "bounds.spendValue(t1.value);"],
];

const LITERAL = String.raw`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`;
const FUNCTION = new RegExp(`new self\\.Function\\(((?:(?:${LITERAL})(?:, )?)+)\\)`, "g");

/** A function that is made of texts, as what they make. */
function written(_, literals) {
  const texts = runInNewContext(`[${literals}]`);
  return `(function (${texts.slice(0, -1).join(", ")}) {${texts.at(-1)}})`;
}

/** The plugin of esbuild that puts them there. */
export const bounded = {
  name: "bounded Sass",
  setup(build) {
    build.onLoad({ filter: /[\\/]sass\.dart\.js$/ }, async ({ path }) => {
      let text = await readFile(path, "utf8");
      for (const [place, call] of CALLS) {
        const parts = text.split(place);
        if (parts.length !== 2) throw new Error(`Sass has changed: ${JSON.stringify(place)} is there ${parts.length - 1} times`);
        text = `${parts[0]}${place}${call}\n${parts[1]}`;
      }
      text = text.replace(FUNCTION, written);
      if (/\bself\.Function\(|\beval\(/.test(text)) throw new Error("Sass has changed: it evaluates texts in a way that isn't known");
      const head = 'import * as bounds from "./bounds.mjs";\nconst process = undefined, require = undefined, window = undefined, document = undefined;\n';
      return { contents: head + text, resolveDir: import.meta.dirname, loader: "js" };
    });
  },
};
