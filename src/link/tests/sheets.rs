//! Style sheets: addresses in them, in the chunk and flattened for the page.

use super::*;

fn url(specifier: &str) -> Dependency {
    takes(DependencyKind::Url, specifier, &[])
}

fn style(specifier: &str) -> Dependency {
    takes(DependencyKind::StyleImport, specifier, &[])
}

#[test]
fn marks_become_addresses() {
    let css = "a{b:url(\"__overskill_url_0__\") url(\"__overskill_url_1__\") url(\"__overskill_url_2__\") url(\"__overskill_url_3__\") __overskill_url_x__ __overskill_url_9__}";
    let tree = Tree::new(module(vec![imports("./a.css", &[])], &[]))
        .with(
            "src/a.css",
            sheet(
                css,
                vec![
                    url("./bg.png"),
                    url("font.woff?#iefix"),
                    url("/p q\".png"),
                    url("gone\\\".png"),
                ],
            ),
        )
        .file("src/bg.png")
        .file("src/font.woff")
        .file("public/p q\".png");
    let code = tree.linked().chunk.code;
    let expected = format!(
        "a{{b:url(\"{}\") url(\"{}?#iefix\") url(\"/p q\\\".png\") url(\"gone\\\\\\\".png\") __overskill_url_x__ }}\n",
        tree.url("src/bg.png"),
        tree.url("src/font.woff")
    );
    assert!(
        code.contains(&serde_json::to_string(&expected).unwrap()),
        "{expected} in {code}"
    );
    assert!(!headers(&tree.linked())[0].contains("\"u\""));
    assert_eq!(tree.told().len(), 1);
}

#[test]
fn a_css_module_exports_first_and_then_styles() {
    let mut styles = sheet(".a{}", vec![imports("./b.module.css", &["b"])]);
    styles.code = "function*(os){os.x({a:()=>1});yield;}".to_owned();
    styles.facts.exports = vec![Export {
        name: "a".into(),
        from: None,
    }];
    let mut other = styles.clone();
    other.facts.dependencies.clear();
    let tree = Tree::new(module(vec![imports("./a.module.css", &["a", "z"])], &[]))
        .with("src/a.module.css", styles)
        .with("src/b.module.css", other);
    let linked = tree.linked();
    assert!(without_meanings(&linked.chunk.code).contains("\"i\":[[\"./b.module.css\",\"/src/b.module.css\"]]},\nfunction*(os){yield*(function*(os){os.x({a:()=>1});yield;})(os);os.css(\".a{}\\n\")}],"));
    assert_eq!(tree.told().len(), 2);
}

#[test]
fn the_pages_sheet_is_one_text() {
    let far = "@import \"https://fonts.example/css?f=a;b\";";
    let tree = Tree::new(module(vec![imports("./only.css", &[])], &[]))
        .with(
            "src/page.css",
            sheet(
                &format!("{far}\n\npage{{x:url(\"__overskill_url_2__\")}}\n"),
                vec![style("./a.css"), style("b.css"), url("./i.png")],
            ),
        )
        .with(
            "src/a.css",
            sheet("a{}\n", vec![style("./b.css"), style("./page.css")]),
        )
        .with(
            "src/b.css",
            sheet(
                "@layer x, y;\n@import \"//o/z.css\" print;\n@layer q;\nb{}\n@import \"late\";",
                vec![style("./b.css")],
            ),
        )
        .with("src/only.css", sheet("only{}", vec![]))
        .file("src/i.png")
        .page_style("src/page.css");
    let expected = format!(
        "{far}\n@layer x, y;\n@import \"//o/z.css\" print;\n@layer x, y;\n@layer q;\nb{{}}\n@import \"late\";\na{{}}\npage{{x:url(\"{}\")}}\n",
        tree.url("src/i.png")
    );
    assert_eq!(tree.style("src/page.css").unwrap(), expected);
    assert_eq!(tree.style("src/none.css"), None);
    assert_eq!(tree.style("src/main.ts"), None);
    let linked = tree.linked();
    assert_eq!(headers(&linked).len(), 2);
    assert!(linked.assets.contains(&path("src/i.png")));
    assert_eq!(linked.diagnostics, []);
}

#[test]
fn a_sheet_that_a_module_imports_too_is_in_the_chunk() {
    let tree = Tree::new(module(vec![imports("./page.css", &[])], &[]))
        .with("src/page.css", sheet("page{}", vec![]))
        .page_style("src/page.css");
    assert_eq!(headers(&tree.linked()).len(), 2);
    assert_eq!(tree.style("src/page.css").unwrap(), "page{}\n");
}

#[test]
fn imports_with_conditions_are_wrapped_in_their_place() {
    let css = "@layer a, b;\n@import \"__overskill_url_0__\" layer(b) supports(display: grid) print;\n\
        @import \"__overskill_url_1__\" layer;\n@import \"__overskill_url_2__\";\nx{}";
    let all = vec![style("./b.css"), style("./c.css"), style("pkg/p.css")];
    let mut tree = Tree::new(module(vec![imports("./page.css", &[])], &[]))
        .with("src/page.css", sheet(css, all))
        .with("src/b.css", sheet("b{}", vec![style("./page.css")]))
        .with("src/c.css", sheet("c{}", vec![]))
        .package("pkg/p.css", None)
        .page_style("src/page.css");
    for target in tree.packages.values_mut() {
        target.css = Some("p{}".to_owned());
    }
    let text = tree.style("src/page.css").unwrap();
    let start = "@layer a, b;\n@media print {\n@supports (display: grid) {\n@layer b {\n";
    assert!(text.starts_with(start), "{text}");
    assert!(text.ends_with("@layer {\nc{}\n}\np{}\nx{}\n"), "{text}");
    assert!(!text.contains("__overskill"), "{text}");
}
