//! Whatever was built before, with whatever is still in memory: a tree comes to what it comes to by itself.

use super::{Bench, Built, Change, Preview, Purpose};
use std::collections::BTreeMap;

/// What files may be like, by name; the first is what they are at the start, `None` that there is none.
const FILES: [(&str, &[Option<&str>]); 17] = [
    (
        "index.html",
        &[
            Some("<title>%VITE_A%</title><script type=\"module\" src=\"/src/main.tsx\"></script>"),
            Some(
                "<link rel=\"stylesheet\" href=\"/src/plain.css\"><script type=\"module\">import './src/main'</script>",
            ),
            Some("<script type=\"module\" src=\"/src/nope.tsx\"></script>"),
            None,
        ],
    ),
    (
        "src/main.tsx",
        &[
            Some(
                "import './a'; import './page.css'; import 'react'; export const x = <b className='flex'>one</b>",
            ),
            Some(
                "import { a } from './a'; import './page.css'; import 'react'; export const x = <b className='flex'>one two</b>; a",
            ),
            Some(
                "import './b'; import './plain.css'; import { useState } from 'react'; export const x = <b className='flex grid' />",
            ),
            Some(
                "import './a'; import './page.css'; import b from '@/b'; const g = import.meta.glob('./*.ts'); b, g",
            ),
            Some(
                "import raw from './a.ts?raw'; import u from './logo.svg?url'; new Worker(new URL('./b.ts', import.meta.url)); raw, u",
            ),
            Some("const broken = ;"),
        ],
    ),
    (
        "src/a.ts",
        &[
            Some("export const a = 1"),
            Some("export const a = 'p-1 flex'"),
            Some("export const b = 1"),
            Some("import './missing'; export * from './b'"),
            None,
        ],
    ),
    (
        "src/b.ts",
        &[
            Some("export default import.meta.env.VITE_A"),
            Some("export default 2; import 'other/part'"),
            Some("CRASH"),
            Some("import './a'; export default process.env.X"),
        ],
    ),
    (
        "src/page.css",
        &[
            Some("@import './part.css'; @tailwind utilities;"),
            Some("@tailwind utilities; .b { color: red }"),
            Some(".plain { color: blue }"),
            Some("@import 'tailwindcss'; @import 'kit/theme.css'; @tailwind utilities;"),
        ],
    ),
    (
        "src/part.css",
        &[Some(".part { @apply flex }"), Some(".part {}"), None],
    ),
    (
        "src/plain.css",
        &[Some("a { color: red }"), Some("@import './part.css';")],
    ),
    ("src/logo.svg", &[Some("<svg/>"), Some("<svg></svg>")]),
    ("public/logo.svg", &[None, Some("<svg/>")]),
    (
        "package.json",
        &[
            Some(
                r#"{"dependencies": {"react": "19"}, "devDependencies": {"tailwindcss": "^3.4.0"}}"#,
            ),
            Some(
                r#"{"type": "module", "dependencies": {"react": "18"}, "devDependencies": {"tailwindcss": "^3.4.0"}}"#,
            ),
            Some(r#"{"dependencies": {"react": "19"}}"#),
            Some(r#"{"dependencies": {"react": "19", "kit": "1", "tailwindcss": "^4.0.0"}}"#),
            Some(r#"{"dependencies": {"react": "19", "kit": "2", "tailwindcss": "^4.0.0"}}"#),
            Some("{"),
            None,
        ],
    ),
    (
        "package-lock.json",
        &[
            None,
            Some(r#"{"lockfileVersion": 3, "packages": {}}"#),
            Some("no JSON"),
        ],
    ),
    (
        "tsconfig.json",
        &[
            Some(r#"{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}"#),
            Some(r#"{"compilerOptions": {"jsx": "react"}}"#),
        ],
    ),
    (
        "vite.config.ts",
        &[
            None,
            Some("export default { base: '/x/' }"),
            Some("export default { define: { __A__: 1 }, plugins: [unknown()] }"),
            Some(
                "import { tanstackRouter } from '@tanstack/router-plugin/vite'; export default { plugins: [tanstackRouter({ generatedRouteTree: 'src/b.ts' })] }",
            ),
        ],
    ),
    (
        "tailwind.config.ts",
        &[
            Some("export default {}"),
            Some("export default { a: 1 }"),
            None,
        ],
    ),
    ("postcss.config.js", &[None, Some("export default {}")]),
    (
        ".env",
        &[None, Some("VITE_A=1"), Some("VITE_A=2\nSECRET=3")],
    ),
    ("src/test.spec.ts", &[None, Some("export const t = 'grid'")]),
];

fn built(bench: &Bench, purpose: Purpose, tree: &BTreeMap<&str, usize>, turned: bool) -> Built {
    let files = FILES
        .iter()
        .filter_map(|(name, texts)| Some((*name, texts[tree[name]]?)));
    let mut files: Vec<_> = files.collect();
    if turned {
        files.reverse();
    }
    bench.build_for(purpose, &files)
}

#[test]
fn what_was_built_before_leaves_no_trace() {
    let warm = Bench::default();
    let mut state: u64 = 7;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let start: BTreeMap<&str, usize> = FILES.iter().map(|(name, _)| (*name, 0)).collect();
    let mut tree = start.clone();
    let (mut good, mut shown) = (0, BTreeMap::new());
    let mut page: Option<(Preview, BTreeMap<String, String>)> = None;
    let mut patched = 0;
    for round in 0..400 {
        if random(10) == 0 {
            tree.clone_from(&start);
        }
        for _ in 0..=random(3) {
            let (name, texts) = FILES[random(FILES.len())];
            tree.insert(name, random(texts.len()));
        }
        if random(40) == 0 {
            warm.memory.clear();
        }
        let purpose = [Purpose::Preview, Purpose::Production][random(2)];
        let cold = built(&Bench::default(), purpose, &tree, false);
        let again = built(&warm, purpose, &tree, true);
        assert_eq!(again.diagnostics, cold.diagnostics, "{round} {tree:?}");
        assert_eq!(again.preview, cold.preview, "{round} {tree:?}");
        assert_eq!(again.lock, cold.lock, "{round} {tree:?}");
        let Some(preview) = cold.preview else {
            continue;
        };
        good += 1;
        // An address that never changes what it names has one content, over all versions.
        for (address, file) in preview.files.iter().filter(|(_, file)| file.immutable) {
            let Some(bytes) = preview.made.get(&file.hash) else {
                continue;
            };
            let known = shown
                .entry(address.clone())
                .or_insert_with(|| bytes.clone());
            assert_eq!(known, bytes, "{address}");
        }
        if purpose == Purpose::Production {
            continue;
        }
        // A page that took the patch runs what one runs that was loaded anew.
        let whole = script(&preview);
        match page
            .take()
            .map(|(before, running)| (preview.change_from(&before), running))
        {
            Some((Change::Nothing, running)) => assert_eq!(meanings(&running), meanings(&whole)),
            Some((Change::Patch(patch), mut running)) => {
                patched += 1;
                let head = patch.code.lines().next().unwrap();
                running.retain(|id, _| !head.contains(&format!("\"{id}\"")));
                for (id, definition) in definitions(&patch.code) {
                    assert_eq!(whole.get(&id), Some(&definition), "{id}");
                    running.insert(id, definition);
                }
                assert_eq!(meanings(&running), meanings(&whole));
            }
            Some((Change::Reload { .. }, _)) | None => {}
        }
        page = Some((preview, whole));
    }
    assert!(good > 100 && patched > 20, "{good} {patched}");
}

/// The definitions of a build's script.
fn script(preview: &Preview) -> BTreeMap<String, String> {
    let mut scripts = preview.files.iter();
    let app = scripts
        .find(|(address, _)| address.starts_with("/__overskill/app-") && address.ends_with(".js"));
    match app {
        Some((_, file)) => definitions(std::str::from_utf8(&preview.made[&file.hash]).unwrap()),
        None => BTreeMap::new(),
    }
}

/// The definitions in a script, by id.
fn definitions(code: &str) -> BTreeMap<String, String> {
    let (code, _) = code.rsplit_once("\n]);\n").unwrap_or_default();
    let each = code.split("\n[\"").skip(1);
    each.map(|text| (text.split_once('"').unwrap().0.to_owned(), text.to_owned()))
        .collect()
}

/// What each of them means.
fn meanings(definitions: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    let meaning = |text| Some(str::split_once(text, "\"h\":\"")?.1.split_once('"')?.0);
    let each = definitions.iter();
    each.map(|(id, text)| (id.as_str(), meaning(text).unwrap()))
        .collect()
}
