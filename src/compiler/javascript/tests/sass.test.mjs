// Sass: what upstream makes of sheets, by the sheets that a question has, and bounded ends for what has none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileString } from "sass";
import { sass } from "./half.mjs";

/** The answer about the first of some sheets; specifiers mean what `names` says. */
const ask = (files, names = {}, rest = {}) => sass({ path: Object.keys(files)[0], files, names, ...rest });

test("sheets become upstream's CSS, in both languages", async () => {
  for (const [path, text] of Object.entries({
    "a.scss": '@use "sass:math"; @use "sass:map"; $m: (a: 1px, b: 2px); @mixin m($x) { top: $x; @content } @each $k, $v in $m { .#{$k} { @include m(math.div($v, 2)) { left: map.get($m, a) } &:hover { color: rgba(#abc, .5) } } } %p { a: b } .q { @extend %p }',
    "b.sass": "@use 'sass:color'\n=big($n)\n  width: $n * 1px\n.a\n  +big(3)\n  & > b\n    color: color.adjust(red, $lightness: 10%)\n",
    "c.scss": '@import url("x.css"); @import "https://a/b.css"; @media screen and (min-width: 1px) { .ü { content: "→" } }',
  })) {
    const syntax = path.endsWith(".sass") ? "indented" : "scss";
    const { css, diagnostics } = await ask({ [path]: text });
    assert.deepEqual(diagnostics, [], path);
    assert.equal(css, compileString(text, { syntax }).css);
  }
});

test("what a sheet loads is what its specifiers are said to mean; what nothing is said of is wanted", async () => {
  const files = {
    "src/a.scss": '@use "parts" as *; @use "~kit" as kit; @use "ä/ö" as o; a { b: $b + o.$c }',
    "src/parts/_index.scss": '@forward "b"', "src/parts/_b.sass": "$b: 1px", "node_modules/kit/_x.scss": "k { l: m }", "src/ä/ö.scss": "$c: 2px;",
  };
  const names = { "src/a.scss": { parts: "src/parts/_index.scss", "~kit": "node_modules/kit/_x.scss", "ä/ö": "src/ä/ö.scss" }, "src/parts/_index.scss": { b: "src/parts/_b.sass" } };
  const { css } = await ask(files, names);
  assert.equal(css.replace(/\s+/g, " ").replace('@charset "UTF-8"; ', ""), "k { l: m; } a { b: 3px; }");
  const first = await ask({ "a.scss": '@use "sass:meta"; @include meta.load-css("th" + "eme")' });
  assert.deepEqual(first, { css: null, wanted: [{ from: "a.scss", specifier: "theme" }], diagnostics: [] });
  const { diagnostics } = await ask({ "a.scss": "\n@use 'no';" }, { "a.scss": { no: null } });
  assert.deepEqual(diagnostics.map(({ code, line, column, path }) => [code, line, column, path]), [["sass", 2, 1, "a.scss"]]);
});

test("what is told stands where its author has it", async () => {
  const files = { "a.scss": "@use 'b';\n@debug 1 + 1;\na { c: 4px / 2; d: $additional }", "_b.scss": "\n@warn 'careful';", "node_modules/k/_k.scss": "a { b: 4 / 2 } @warn 'kit'" };
  const names = { "a.scss": { b: "_b.scss", k: "node_modules/k/_k.scss" } };
  const additional = "$additional: 1;\n$more: 2; ";
  const { diagnostics } = await ask(files, names, { additional });
  const short = ({ code, severity, path, line, column }) => [code, severity, path, line, column];
  assert.deepEqual(diagnostics.map(short), [
    ["sass-warning", "warning", "_b.scss", 2, 1],
    ["sass-debug", "info", "a.scss", 2, 1],
  ]);
  const told = await ask({ ...files, "a.scss": "@use 'b'; @use 'k';\n@debug 1 + 1;\n$c: 4px; a { c: $c / 2 }" }, names);
  assert.deepEqual(told.diagnostics.map(short), [
    ["sass-warning", "warning", "_b.scss", 2, 1],
    ["sass-warning", "warning", "node_modules/k/_k.scss", 1, 16],
    ["sass-debug", "info", "a.scss", 2, 1],
    ["sass-deprecated", "info", "a.scss", 3, 17],
  ]);
  const quiet = await ask({ ...files, "a.scss": "@use 'k'; $c: 4px; a { c: $c / 2 }" }, names, { quietDependencies: true, silenced: ["slash-div"] });
  assert.deepEqual(quiet.diagnostics, []);
  const shifted = await ask({ "a.scss": "a { b: $no }" }, {}, { additional });
  assert.deepEqual(shifted.diagnostics.map(short), [["sass", "error", "a.scss", 1, 8]]);
  const many = await ask({ "a.scss": "@for $i from 1 through 100 { @debug $i }" });
  assert.equal(many.diagnostics.length, 20);
});

test("a sheet without an end ends in a diagnostic, and the next one is compiled", async () => {
  const doubled = (start, step) => `$v: ${start}; @for $i from 1 through 60 { $v: ${step} } a { b: $v }`;
  for (const text of [
    "@while true {}", "$i: 0; @while $i >= 0 { $i: $i + 1 }", "@for $i from 1 through 1e12 {}", "@for $i from 1 through 1e9 { .a-#{$i} { b: c } }",
    "@function f($x) { @return f($x + 1) } a { b: f(1) }", "@mixin m { @include m } @include m", "@mixin m { a { @include m } } @include m",
    "@function f($n) { @if $n < 2 { @return 1 } @return f($n - 1) + f($n - 2) } a { b: f(60) }",
    doubled("'abcdefgh'", "$v + $v"), doubled("'abcdefgh'", "'#{$v}#{$v}'"), doubled("(a b c)", "join($v, $v)"), doubled("2px", "$v * $v"),
    `${"a, b {".repeat(40)}c: d${"}".repeat(40)}`, `a, b { ${"& &, & + & {".repeat(12)}c: d${"}".repeat(13)}`,
    `${Array.from({ length: 60 }, (_, i) => `.x.y${i} .z { @extend .q; } .q .r${i} { @extend .z; }`).join("\n")} .q { a: b }`,
    `a{b:${"(".repeat(20000)}${")".repeat(20000)}}`, "a{".repeat(20000), `a{b:${"1+".repeat(100000)}1}`, `a${":not(".repeat(3000)}b${")".repeat(3000)}{c:d}`,
    "$s: 'x'; @for $i from 1 through 20 { $s: '#{$s}#{$s}' } @for $i from 1 through 1000000 { $x: str-index($s, 'yyyy') }",
  ]) {
    const { css, diagnostics } = await ask({ "a.scss": text });
    assert.equal(css, null, text.slice(0, 60));
    assert.equal(diagnostics.at(-1).code, "sass-too-much", `${text.slice(0, 60)}: ${JSON.stringify(diagnostics.at(-1))}`);
    assert.equal((await ask({ "a.scss": "a{b:1px+1px}" })).css, "a {\n  b: 2px;\n}");
  }
});

test("texts are not evaluated: Workers refuse that", async () => {
  const { Function: real } = globalThis;
  globalThis.Function = () => assert.fail("a text was evaluated");
  try {
    const { css } = await ask({ "a.scss": "a{b:inspect((a: 1))} @debug 1" });
    assert.match(css, /b: \(a: 1\)/);
  } finally {
    globalThis.Function = real;
  }
});

test("the library leaves nothing among the globals, and is loaded only for Sass", async () => {
  assert.deepEqual(Object.keys(globalThis).filter((name) => /cliPkg|exports|dart/i.test(name)), []);
});
