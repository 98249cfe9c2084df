//! Text made to hurt: every one is compiled or refused, on the stack that the Worker has.

use super::compile_with;
use overskill_module::{CompileOptions, Decorators, Jsx, Target};

fn outcome(name: &str, source: &str) -> String {
    let module = compile_with(name, source, CompileOptions::default());
    match module.diagnostics.first() {
        Some(first) => first.code.clone(),
        None => "ok".to_owned(),
    }
}

const DEEP: usize = 100_000;

/// `open` and `close` around `middle`, a hundred thousand times.
fn nested(open: &str, middle: &str, close: &str, times: usize) -> String {
    format!("{}{middle}{}", open.repeat(times), close.repeat(times))
}

const NESTS: &[(&str, &str, &str, &str)] = &[
    ("a.js", "(", "1", ")"),
    ("a.js", "[", "1", "]"),
    ("a.js", "{", "", "}"),
    ("a.js", "x={a:", "1", "}"),
    ("a.js", "`${", "1", "}`"),
    ("a.js", "f(", "1", ")"),
    ("a.js", "function f(){", "", "}"),
    ("a.js", "class A { m(){", "", "}}"),
    ("a.js", "()=>{", "", "}"),
    ("a.js", "a=>", "1", ""),
    ("a.js", "a=>\n", "1", ""),
    ("a.js", "!", "1", ""),
    ("a.js", "!\n", "1", ""),
    ("a.js", "- ", "1", ""),
    ("a.js", "typeof ", "1", ""),
    ("a.js", "await ", "1", ""),
    ("a.js", "new ", "A", ""),
    ("a.js", "a=", "1", ""),
    ("a.js", "a?b:", "c", ""),
    ("a.js", "a?", "b", ":c"),
    ("a.js", "a\n?b\n:", "c", ""),
    ("a.js", "2**", "1", ""),
    ("a.js", "if(a)", ";", ""),
    ("a.js", "if(a)\n", ";", ""),
    ("a.js", "if(a)b;else ", ";", ""),
    ("a.js", "if(a){b}\nelse ", ";", ""),
    ("a.js", "if(a)b,c;else ", ";", ""),
    ("a.js", "if(a)b\nelse ", ";", ""),
    ("a.js", "for(;;)", ";", ""),
    ("a.js", "while(1)\n", ";", ""),
    ("a.js", "do ", ";", " while(1);"),
    ("a.js", "a+", "a", ""),
    ("a.js", "a\n+", "a", ""),
    ("a.js", "a&&", "a", ""),
    ("a.js", "a||\n", "a", ""),
    ("a.js", "a.", "a", ""),
    ("a.js", "a\n.b", "", ""),
    ("a.js", "a", "", "()"),
    ("a.js", "a", "", "[0]"),
    ("a.js", "a", "", "`x`"),
    ("a.js", "a", "", "?.b"),
    ("a.js", "a,", "a", ""),
    ("a.js", "a<b>\nc?d:", "e", ""),
    ("a.js", "a<b>\ntype in c?d:", "e", ""),
    ("a.ts", "a<b>\ndeclare?d:", "e", ""),
    ("a.js", "class A extends ", "B", "{}"),
    ("a.js", "/", "(", "/"),
    ("a.js", "/(", "", ")/"),
    ("a.js", "let {a:", "b", "} = c"),
    ("a.js", "[", "a", "] = b"),
    ("a.jsx", "<a>", "", "</a>"),
    ("a.jsx", "x=<a>\n", "", "</a>"),
    ("a.jsx", "<a>text\nmore", "", "</a>"),
    ("a.jsx", "<>", "", "</>"),
    ("a.jsx", "<a b={", "1", "}/>"),
    ("a.jsx", "<a b=", "'x'", "/>"),
    ("a.tsx", "<a>{", "1", "}</a>"),
    ("a.ts", "let x:A<", "A", ">"),
    ("a.ts", "let x:A<B,", "A", ">"),
    ("a.ts", "A<", "A", ">"),
    ("a.ts", "type A=[", "1", "]"),
    ("a.ts", "type A={a:", "1", "}"),
    ("a.ts", "type A=()=>", "1", ""),
    ("a.ts", "type A=B extends C?D:", "E", ""),
    ("a.ts", "type A=keyof ", "B", ""),
    ("a.ts", "type A=B", "", "[]"),
    ("a.ts", "type A=B|", "C", ""),
    ("a.ts", "type A=", "B", "['x']"),
    ("a.ts", "a", "", " as any"),
    ("a.ts", "a", "", "!"),
    ("a.ts", "<any>", "a", ""),
    ("a.ts", "namespace A{", "", "}"),
    ("a.ts", "namespace a.", "b", "{}"),
    ("a.ts", "import a = b.", "c", ""),
    ("a.ts", "@a(", "b", ") class A {}"),
    ("a.js", "function f(a=", "1", "){}"),
    ("a.js", "(a=", "1", ")=>1"),
    ("a.ts", "(a=", "1", ")=>1"),
    ("a.tsx", "(a=", "1", ")=>1"),
    ("a.js", "({a=", "1", "})=>1"),
    ("a.ts", "a?(", "b", "):c"),
    ("a.ts", "a?(b):c=>", "d", ""),
    ("a.ts", "a?(b=", "c", ")=>d:e"),
    ("a.tsx", "a?(b):(", "c", ")=>d"),
    ("a.ts", "(a:(b:", "c", ")=>d)=>e"),
    ("a.ts", "async(a=", "1", ")=>1"),
    ("a.ts", "async<T>(a=", "1", ")=>1"),
    ("a.ts", "<T>(a=", "1", ")=>1"),
    ("a.ts", "a<b>(", "1", ")"),
    ("a.ts", "a<(b:", "c", ")=>d>(e)"),
    ("a.ts", "let a:(b:", "c", ")=>d"),
    ("a.ts", "type A=(", "B", ")"),
    ("a.ts", "type A=new(a:", "B", ")=>C"),
    ("a.ts", "type A={[k in ", "B", "]:C}"),
    ("a.ts", "type A=`${", "B", "}`"),
    ("a.ts", "type A=typeof import('", "b", "')"),
    ("a.ts", "enum A{B=", "1", "}"),
    ("a.ts", "declare module 'a'{", "", "}"),
    ("a.js", "class A{[", "b", "]=1}"),
    ("a.js", "class A{a=", "1", "}"),
    ("a.js", "class A{#a=", "1", "}"),
    ("a.js", "class A{static{", "", "}}"),
    ("a.js", "class A{static a=this.", "b", "}"),
    ("a.js", "@(", "a", ")class A{}"),
    ("a.js", "async()=>{await ", "1", "}"),
    ("a.js", "function*f(){yield ", "1", "}"),
    ("a.js", "for(x of ", "y", ");"),
    ("a.js", "for(let a of[", "b", "]);"),
    ("a.js", "{using a=", "b", "}"),
    ("a.js", "let{[", "a", "]:b}=c"),
    ("a.js", "let{...", "a", "}=b"),
    ("a.js", "({...", "a", "})"),
    ("a.js", "[...", "a", "]"),
    ("a.js", "a?.[", "0", "]"),
    ("a.js", "a??(", "b", ")"),
    ("a.js", "a??=", "b", ""),
    ("a.js", "a:", ";", ""),
    ("a.js", "switch(1){case ", "2", ":}"),
    ("a.js", "try{", "", "}catch{}"),
    ("a.js", "try{}catch{", "", "}"),
    ("a.js", "try{}finally{", "", "}"),
    ("a.js", "import(", "'a'", ")"),
    ("a.js", "super[", "a", "]"),
    ("a.jsx", "<a b={c=>", "d", "}/>"),
    ("a.jsx", "<a {...", "b", "}/>"),
    ("a.jsx", "<a.", "b", "/>"),
    ("a.js", "process.env.NODE_ENV==='production'?a:", "b", ""),
    ("a.js", "if(process.env.NODE_ENV){", "", "}"),
    ("a.js", "process.env.NODE_ENV&&", "a", ""),
    ("a.js", "!(process.env.NODE_ENV==", "a", ")"),
];

#[test]
fn whatever_nests_is_compiled_or_refused() {
    for (name, open, middle, close) in NESTS {
        for prefix in ["", "x = ", "const f = <T,>(x) => x;\n"] {
            let source = format!("{prefix}{}", nested(open, middle, close, DEEP));
            let outcome = outcome(name, &source);
            assert!(
                ["too-deep", "syntax-error", "ok"].contains(&outcome.as_str()),
                "{open}{middle}{close}: {outcome}"
            );
        }
    }
}

/// What lies just below the limits must survive every pass.
#[test]
fn whatever_passes_the_limits_survives() {
    let oldest = CompileOptions {
        target: Target::Es2015,
        jsx: Jsx::Classic {
            pragma: "h".to_owned(),
            fragment: "F".to_owned(),
        },
        decorators: Decorators::LegacyWithMetadata,
        use_define_for_class_fields: false,
        ..CompileOptions::default()
    };
    for options in [CompileOptions::default(), oldest] {
        for (name, open, middle, close) in NESTS {
            for times in [8, 30, 200, 740, 1_400, 2_900] {
                let source = nested(open, middle, close, times);
                compile_with(name, &format!("x = {source}"), options.clone());
                compile_with(name, &source, options.clone());
            }
        }
    }
}

#[test]
fn people_may_write_what_people_write() {
    let lines = |line: &str, times: usize| line.repeat(times);
    for (name, source) in [
        ("a.js", format!("x = 'a'{}", lines(" +\n'b'", 2_000))),
        (
            "a.js",
            format!("x = [{}]", lines("{ a: [1, (2)], b: x ? y : z },\n", 5_000)),
        ),
        (
            "a.js",
            lines("const a = b ? c : d\nfoo(!a)\n", 3_000).replace("const a", "var a"),
        ),
        (
            "a.js",
            format!("if (a) {{}}{}", lines(" else if (b) { c() }\n", 300)),
        ),
        (
            "a.tsx",
            format!(
                "x = <a>{}</a>",
                lines("<b c={d < 1}>it's :( {e}</b>\n", 3_000)
            ),
        ),
        (
            "a.ts",
            lines("declare const a: Map<string, Array<number>>\n", 3_000),
        ),
        ("a.ts", lines("x = useState<string>('a < b')\n", 3_000)),
        ("a.js", lines("x = /[(]\\(/.test(a / b)\n", 3_000)),
        ("a.js", lines("if (a < b) c()\n", 3_000)),
    ] {
        assert_eq!(outcome(name, &source), "ok", "{}", &source[..60]);
    }
}

#[test]
fn odd_text_is_text() {
    for (name, source, expected) in [
        ("a.js", "\0", "syntax-error"),
        ("a.js", "x = '\0'", "ok"),
        ("a.js", "x = '\\uD800' + '\\uDC00\\uD800'", "ok"),
        ("a.js", "x = `\\uD800`; y = { '\\uD800': 1 }", "ok"),
        ("a.js", "import '\\uD800'", "ok"),
        ("a.js", "\u{feff}x()", "ok"),
        ("a.js", "#!/bin/node\nx()", "ok"),
        ("a.js", "x()\r\ny()\rz()\u{2028}w()", "ok"),
        ("a.js", "x = '\u{2028}'", "ok"),
        // No white space by the standard; TypeScript takes it as such, and nothing of it is emitted.
        ("a.js", "x\u{85}\u{200b}()", "ok"),
        ("a.js", "`${", "syntax-error"),
        ("a.js", "/*", "syntax-error"),
        ("a.js", "/", "syntax-error"),
        ("a.js", "'", "syntax-error"),
        ("a.jsx", "<", "syntax-error"),
        ("a.jsx", "<a", "syntax-error"),
        ("a.jsx", "<a:b.c/>", "syntax-error"),
        ("a.tsx", "<A>{< a : b . c></a>}</A>", "syntax-error"),
        ("a.jsx", "<//\na/**/:b\n.c/>", "syntax-error"),
        ("a.jsx", "<a><//*\n*/a:b.c/></a>", "syntax-error"),
        ("a.jsx", "<a></a:b.c>", "syntax-error"),
        ("a.jsx", "<a:b c:d='.'/>", "ok"),
        ("a.js", "x=a?b<c:d.e;x=a()?b[0]<c:d.e;x=a?b++<c:d.e", "ok"),
        ("a.js", "", "ok"),
        ("a.json", "", "syntax-error"),
        ("a", "x()", "ok"),
    ] {
        assert_eq!(outcome(name, source), expected, "{source:?}");
    }
}

#[test]
fn a_source_has_a_greatest_size() {
    let source = " ".repeat(crate::MAX_SOURCE_BYTES + 1);
    assert_eq!(outcome("a.js", &source), "source-too-large");
    assert_eq!(outcome("a.json", &source), "source-too-large");
}

#[test]
fn the_same_input_gives_the_same_output() {
    let source = "import { a } from 'x'; export class B { #p = a; @d m() {} } export default <i>{a}</i>; enum E { A }";
    let once = compile_with("a.tsx", source, CompileOptions::default());
    for _ in 0..5 {
        assert_eq!(
            compile_with("a.tsx", source, CompileOptions::default()),
            once
        );
    }
}
