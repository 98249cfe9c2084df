//! Pages as they come, and pages that nobody should write.

use super::*;

const REACT_TS: &str = r#"<!doctype html>
<html lang="en">
  <head>
    <meta charset="UTF-8" />
    <link rel="icon" type="image/svg+xml" href="/vite.svg" />
    <meta name="viewport" content="width=device-width, initial-scale=1.0" />
    <title>Vite + React + TS</title>
  </head>
  <body>
    <div id="root"></div>
    <script type="module" src="/src/main.tsx"></script>
  </body>
</html>
"#;

fn scripts(page: &Page) -> Vec<String> {
    page.scripts()
        .iter()
        .map(|script| match &script.kind {
            ScriptKind::Src(url) => format!("src {url}"),
            ScriptKind::Inline(text) => format!("inline {text}"),
        })
        .collect()
}

fn urls(page: &Page) -> Vec<&str> {
    page.references().iter().map(|it| it.url.as_str()).collect()
}

fn rendered(source: &str) -> String {
    Page::scan(source).render(&RenderPlan {
        head: "[H]",
        head_end: "",
        scripts: "[S]",
        takes: &|_| true,
        url: &|_| None,
        env: &|_| None,
    })
}

fn with_urls(source: &str, url: &dyn Fn(usize) -> Option<String>) -> String {
    Page::scan(source).render(&RenderPlan {
        head: "",
        head_end: "",
        scripts: "",
        takes: &|_| false,
        url,
        env: &|name| (name == "MODE").then(|| "development".to_owned()),
    })
}

#[test]
fn the_heads_end_is_where_its_tag_is() {
    let ends = |source: &str| {
        Page::scan(source).render(&RenderPlan {
            head: "",
            head_end: "[E]",
            scripts: "[S]",
            takes: &|_| true,
            url: &|_| None,
            env: &|_| None,
        })
    };
    let script = "<script type=\"module\" src=\"/a.js\"></script>";
    assert_eq!(
        ends(&format!(
            "<head><title>t</title></head><body>{script}</body>"
        )),
        "<head><title>t</title>[E]</head><body>[S]</body>"
    );
    assert_eq!(ends(&format!("<p>a</p>{script}")), "<p>a</p>[E][S]");
    assert_eq!(
        ends(&format!("<head>{script}<!-- </head> --></head>")),
        "<head>[S]<!-- </head> -->[E]</head>"
    );
}

#[test]
fn the_page_of_create_vite_is_read_and_kept() {
    let page = Page::scan(REACT_TS);
    assert_eq!(scripts(&page), ["src /src/main.tsx"]);
    assert_eq!(urls(&page), ["/vite.svg"]);
    let span = page.scripts()[0].span;
    assert_eq!(
        &REACT_TS[span.start as usize..span.end as usize],
        "/src/main.tsx"
    );
    let expected = REACT_TS.replace("<head>", "<head>[H]").replace(
        "<script type=\"module\" src=\"/src/main.tsx\"></script>",
        "[S]",
    );
    assert_eq!(rendered(REACT_TS), expected);
    assert_eq!(
        rendered(&REACT_TS.replace('\n', "\r\n")),
        expected.replace('\n', "\r\n")
    );
    let marked = format!("\u{feff}{REACT_TS}");
    assert_eq!(rendered(&marked), format!("\u{feff}{expected}"));
    let span = Page::scan(&marked).scripts()[0].span;
    assert_eq!(
        &marked[span.start as usize..span.end as usize],
        "/src/main.tsx"
    );
}

#[test]
fn what_a_browser_runs_as_a_module_is_a_script() {
    let none: [&str; 0] = [];
    for (source, expected) in [
        (
            "<script type=module src=/a.js></script>",
            &["src /a.js"][..],
        ),
        (
            "<SCRIPT TYPE='Module' SRC='/a.js'></SCRIPT>",
            &["src /a.js"],
        ),
        (
            "<script type=\" module \" src=\" /a.js?x=1&amp;y \"></script>",
            &["src /a.js?x=1&y"],
        ),
        (
            "<script type=module src=/a.js src=/b.js></script>",
            &["src /a.js"],
        ),
        (
            "<script type=module>import 'x'\r\n&amp;</script >",
            &["inline import 'x'\r\n&amp;"],
        ),
        (
            "<script type=module src=https://cdn.example/x.js></script>",
            &["src https://cdn.example/x.js"],
        ),
        ("<script type=module src></script>", &["src "]),
        (
            "<head><script type=module src=/a.js></script></head><script type=module>1</script>",
            &["src /a.js", "inline 1"],
        ),
        (
            "<script type=module>x = '<!--<script>'</script> --></script>",
            &["inline x = '<!--<script>'</script> -->"],
        ),
        (
            "<svg><foreignObject><script type=module src=/a.js></script></foreignObject></svg>",
            &["src /a.js"],
        ),
        (
            "<svg><div><script type=module src=/a.js></script>",
            &["src /a.js"],
        ),
        (
            "<svg/><script type=module src=/a.js></script>",
            &["src /a.js"],
        ),
        (
            "<svg><style><script type=module src=/a.js></script></style></svg>",
            &none,
        ),
        (
            "<svg><![CDATA[<p><script type=module src=/a.js></script>]]></svg>",
            &none,
        ),
        ("<script type=module></script>", &none),
        ("<script src=/a.js></script><script>1</script>", &none),
        ("<script type=modules src=/a.js></script>", &none),
        ("<!-- <script type=module src=/a.js></script> -->", &none),
        (
            "<template><script type=module src=/a.js></script></template>",
            &none,
        ),
        (
            "<noscript><script type=module src=/a.js></script></noscript>",
            &none,
        ),
        (
            "<title><script type=module src=/a.js></script></title>",
            &none,
        ),
        (
            "<textarea><script type=module src=/a.js></script></textarea>",
            &none,
        ),
        (
            "<style><script type=module src=/a.js></script></style>",
            &none,
        ),
        ("<script>'<script type=module src=/a.js>'</script>", &none),
        ("<svg><script type=module href=/a.js></script></svg>", &none),
        ("<script type=module vite-ignore src=/a.js></script>", &none),
        ("<script type=module src=/a.js>", &none),
        ("<script type=module src=/a.js></script", &none),
        ("<script type=module>1", &none),
    ] {
        assert_eq!(scripts(&Page::scan(source)), expected, "{source}");
    }
}

#[test]
fn references_are_what_vite_rewrites() {
    let source = r##"<html><head>
<link rel="stylesheet" href="/src/index.css"><link rel="canonical" href="/home">
<link rel="shortcut icon" href=favicon.ico><link rel=apple-touch-icon href='/touch.png'><link rel="manifest" href="/site.webmanifest">
<link rel="preconnect" href="https://fonts.gstatic.com"><link href="https://fonts.googleapis.com/css2" rel="stylesheet">
<link rel=modulepreload href=/src/main.tsx><link rel=preload as=image imagesrcset="/a.png 1x, /b.png 2x">
<meta property="og:image" content="/og.png"><meta name="twitter:image" content="https://lovable.dev/og.png">
<meta name="msapplication-TileImage" content="/tile.png"><meta name="description" content="/no.png">
</head><body><script src="/gpt.js"></script><script type="text/x" src="/no.js"></script>
<img src="/a b.png" srcset="/s.png, /m,x.png 2x,/l.png 3x"><img src="data:image/png;base64,AA"><img src=""><img src="#x">
<picture><source srcset=/p.webp></picture><video src=v.mp4 poster=p.jpg><track src=t.vtt></video><audio src=a.mp3></audio>
<embed src=e.swf><input type=image src=i.png><object data=o.svg></object>
<svg><image href="/i.svg"/><use xlink:href="/sprite.svg#a"/><use href="#local"/></svg>
<a href="/no">no</a><img vite-ignore src="/ignored.png"><img src="a&amp;b.png">
<noscript><img src="/no.png"></noscript><template><img src="/template.png"></template>"##;
    let page = Page::scan(source);
    assert_eq!(
        urls(&page),
        [
            "/src/index.css",
            "favicon.ico",
            "/touch.png",
            "/site.webmanifest",
            "/src/main.tsx",
            "/a.png",
            "/b.png",
            "/og.png",
            "/tile.png",
            "/gpt.js",
            "/a b.png",
            "/s.png",
            "/m,x.png",
            "/l.png",
            "/p.webp",
            "v.mp4",
            "p.jpg",
            "t.vtt",
            "a.mp3",
            "e.swf",
            "i.png",
            "o.svg",
            "/i.svg",
            "/sprite.svg#a",
            "a&b.png",
            "/template.png",
        ]
    );
    for reference in page.references() {
        let written = &source[reference.span.start as usize..reference.span.end as usize];
        assert_eq!(written.replace("&amp;", "&"), reference.url);
    }
    let kinds: Vec<ReferenceKind> = page.references().iter().map(|it| it.kind).collect();
    assert_eq!(kinds[0], ReferenceKind::Stylesheet);
    assert_eq!(kinds[1], ReferenceKind::Asset);
    assert_eq!(kinds[4], ReferenceKind::ModulePreload);
    assert_eq!(kinds[9], ReferenceKind::ClassicScript);
}

#[test]
fn urls_are_written_as_their_attribute_needs() {
    for (source, expected) in [
        ("<img src=\"/a.png\">", "<img src=\"/x?a&amp;'&quot;\">"),
        ("<img src='/a.png'>", "<img src='/x?a&amp;&#39;\"'>"),
        ("<img src=/a.png>", "<img src=\"/x?a&amp;'&quot;\">"),
        ("<img src=a/>", "<img src=\"/x?a&amp;'&quot;\">"),
        (
            "<img src = \"a&amp;b\" alt>",
            "<img src = \"/x?a&amp;'&quot;\" alt>",
        ),
        (
            "<img src=\"\r\n/a.png\r\n\">",
            "<img src=\"\n/x?a&amp;'&quot;\n\">",
        ),
        (
            "<img src=\"/ü&copy;.png\">é",
            "<img src=\"/x?a&amp;'&quot;\">é",
        ),
    ] {
        assert_eq!(
            with_urls(source, &|_| Some("/x?a&'\"".to_owned())),
            expected,
            "{source}"
        );
    }
    let set = "<img srcset=\"/a.png 1x, /b.png 2x, https://c/d.png 3x\">";
    assert_eq!(
        with_urls(set, &|at| (at == 1).then(|| "/B".to_owned())),
        "<img srcset=\"/a.png 1x, /B 2x, https://c/d.png 3x\">"
    );
}

#[test]
fn names_of_the_environment_are_replaced_where_known() {
    let source = "<title>%MODE% 100% %UNKNOWN% %%MODE%MODE% %MO DE%</title><script>'%MODE%'</script><img src=%MODE%.png>";
    assert_eq!(
        with_urls(source, &|_| None),
        "<title>development 100% %UNKNOWN% %developmentMODE% %MO DE%</title><script>'development'</script><img src=development.png>"
    );
    assert_eq!(
        with_urls("<img src=a.png>", &|_| Some("%MODE%".into())),
        "<img src=\"%MODE%\">"
    );
}

#[test]
fn vite_ignore_is_removed_and_its_element_left() {
    for (attribute, closing) in [
        ("vite-ignore", ""),
        ("vite-ignore=\"\"", ""),
        ("vite-ignore='x>y'", ""),
        ("vite-ignore = x", ""),
        ("VITE-IGNORE", " /"),
    ] {
        let source = format!(
            "<img  {attribute} src=\"/a.png\"{closing}><script type=module src=/b.js {attribute}></script>"
        );
        let expected =
            format!("[H]<img src=\"/a.png\"{closing}><script type=module src=/b.js></script>[S]");
        assert_eq!(rendered(&source), expected, "{attribute}");
    }
}

#[test]
fn things_are_put_where_a_browser_would_see_them() {
    for (source, expected) in [
        ("", "[H][S]"),
        ("\u{feff}", "\u{feff}[H][S]"),
        ("<div></div>", "[H]<div></div>[S]"),
        ("<!doctype html><p>", "<!doctype html>[H]<p>[S]"),
        (
            "<!doctype html>\n<!-- x --><html lang=en>\n<body></body></html>",
            "<!doctype html>\n<!-- x --><html lang=en>[H]\n<body>[S]</body></html>",
        ),
        (
            "<HTML><HEAD a=b></HEAD><BODY></BODY></HTML>",
            "<HTML><HEAD a=b>[H]</HEAD><BODY>[S]</BODY></HTML>",
        ),
        ("<p></p><head>", "[H]<p></p><head>[S]"),
        (
            "<!-- <head> --><head></head>",
            "<!-- <head> --><head>[H]</head>[S]",
        ),
        ("<html></html>", "<html>[H][S]</html>"),
        ("<p></body></p></body>", "[H]<p></body></p>[S]</body>"),
        (
            "<template></body></template>",
            "[H]<template></body></template>[S]",
        ),
        (
            "<p>ü</p><!-- never ended >",
            "[H]<p>ü</p>[S]<!-- never ended >",
        ),
        ("<p><textarea>never ended", "[H]<p>[S]<textarea>never ended"),
        ("<p><template><b>", "[H]<p>[S]<template><b>"),
        ("<p>a < b", "[H]<p>a < b[S]"),
        ("<p>ü<a href=\"", "[H]<p>ü[S]<a href=\""),
        ("<script type=module>1", "[H][S]<script type=module>1"),
        (
            "<script type=module src=a></script> <script type=module>1</script>!",
            "[H][S] !",
        ),
    ] {
        assert_eq!(rendered(source), expected, "{source}");
    }
}

#[test]
fn scripts_that_are_not_taken_stay() {
    let source =
        "<script type=module src=https://cdn/x.js></script><script type=module src=/a.js></script>";
    let page = Page::scan(source);
    let plan = RenderPlan {
        head: "",
        head_end: "",
        scripts: "[S]",
        takes: &|at| at == 1,
        url: &|_| None,
        env: &|_| None,
    };
    assert_eq!(
        page.render(&plan),
        "<script type=module src=https://cdn/x.js></script>[S]"
    );
}

#[test]
fn nothing_is_too_odd_or_too_long() {
    let long = 1 << 20;
    for source in [
        "<".repeat(long),
        "<a ".repeat(long / 3),
        "<svg>".repeat(long / 5),
        "</math>".repeat(long / 7),
        "<svg></math>".repeat(long / 12),
        "<!--".repeat(long / 4),
        "<script type=module>".repeat(long / 20),
        "<img srcset='".to_owned() + &"a,(".repeat(long / 3) + "'>",
        "%".repeat(long),
        "&".repeat(long),
        "<img ".to_owned() + &"a=b ".repeat(long / 4) + ">",
        "\0\r\u{feff}".repeat(1000),
        "<img src=\"".to_owned() + &"&amp;".repeat(long / 5),
        "<template>".repeat(long / 10),
        "<img src=a.png>".repeat(long / 15),
    ] {
        let out = rendered(&source);
        assert!(out.contains("[H]") && out.contains("[S]") && out.len() == source.len() + 6);
    }
}

/// Pieces put together at random: every span is a piece of the source, and nothing is lost.
#[test]
fn any_text_is_a_page() {
    const PIECES: [&str; 34] = [
        "<",
        ">",
        "/",
        "script",
        " type=module",
        " src=",
        "\"",
        "'",
        "<script type=module src=/a.js>",
        "</script>",
        "<!--",
        "-->",
        "--!>",
        "<svg>",
        "</svg>",
        "<title>",
        "</title>",
        "<template>",
        "</template>",
        "é",
        "\r\n",
        "\u{feff}",
        "&amp;",
        "&#x41;",
        "&notit;",
        "=",
        " ",
        "<img srcset='a 1x, b'",
        " vite-ignore=",
        "<![CDATA[",
        "]]>",
        "%MODE%",
        "</body>",
        "<head>",
    ];
    let mut seed = 7u64;
    for _ in 0..5_000 {
        let mut source = String::new();
        for _ in 0..12 {
            seed = seed
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            source.push_str(PIECES[(seed >> 33) as usize % PIECES.len()]);
        }
        let page = Page::scan(&source);
        let spans = page.scripts().iter().map(|it| it.span);
        for span in spans.chain(page.references().iter().map(|it| it.span)) {
            assert!(
                source.get(span.start as usize..span.end as usize).is_some(),
                "{source}"
            );
        }
        with_urls(&source, &|_| Some("x".to_owned()));
        let out = rendered(&source);
        assert!(
            out.contains("[H]") && out.contains("[S]"),
            "{source:?} gave {out:?}"
        );
    }
}

#[test]
fn styles_in_the_page_name_files() {
    let source = "<style media=screen>a { b: url(./a.png) url( 'b c.svg' ) my-url(x) url(#d) } /* url(e) */</style>\
        <div style=\"background: url(&quot;f.png&quot;), url(https://g/h)\" title=\"url(i)\"></div><p style=background:url(j)>";
    let page = Page::scan(source);
    assert_eq!(urls(&page), ["./a.png", "b c.svg", "f.png", "j"]);
    let out = with_urls(source, &|at| Some(format!("/{at}&x")));
    assert_eq!(
        out,
        "<style media=screen>a { b: url(/0&x) url( '/1&x' ) my-url(x) url(#d) } /* url(e) */</style>\
        <div style=\"background: url(&quot;/2&amp;x&quot;), url(https://g/h)\" title=\"url(i)\"></div><p style=\"background:url(/3&amp;x)\">"
    );
}
