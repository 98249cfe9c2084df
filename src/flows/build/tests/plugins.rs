//! What plugins would add to an app is there without them.

use super::*;

const CONFIG: &str = "import { tanstackRouter } from '@tanstack/router-plugin/vite'; import { VitePWA } from 'vite-plugin-pwa';
export default { plugins: [tanstackRouter({ target: 'react' }), VitePWA({ registerType: 'autoUpdate' })] }";

fn app(main: &str, purpose: Purpose) -> (Built, String) {
    let page = "<script type=\"module\" src=\"/src/main.tsx\"></script>";
    let route = "import { createFileRoute } from '@tanstack/react-router'; export const Route = createFileRoute('/')({})";
    let bench = Bench::default();
    let built = bench.build_for(
        purpose,
        &[
            ("index.html", page),
            ("vite.config.ts", CONFIG),
            ("src/main.tsx", main),
            ("src/routes/__root.tsx", route),
            ("src/routes/index.tsx", route),
            ("src/routes/posts.$id.tsx", route),
        ],
    );
    let preview = built.preview.as_ref();
    let made = preview.map(|it| it.made.values().flatten().copied().collect());
    let text = String::from_utf8_lossy(&made.unwrap_or_else(Vec::new)).into_owned();
    (built, text)
}

#[test]
fn a_route_tree_that_was_not_uploaded_is_written() {
    let main = "import { routeTree } from './routeTree.gen'; console.log(routeTree)";
    for purpose in [Purpose::Preview, Purpose::Production] {
        let (built, text) = app(main, purpose);
        assert_eq!(codes(&built), ["vite-config-ignored"], "PWA's note");
        assert!(text.contains("/posts/$id"), "{text}");
    }
}

#[test]
fn the_virtual_modules_of_pwa_do_nothing() {
    let main = "import { registerSW } from 'virtual:pwa-register'; import { useRegisterSW } from 'virtual:pwa-register/react';
        import { pwaInfo } from 'virtual:pwa-info'; import { pwaAssetsHead } from 'virtual:pwa-assets/head';
        import { pwaAssetsIcons } from 'virtual:pwa-assets/icons'; console.log(registerSW({}), useRegisterSW, pwaInfo, pwaAssetsHead, pwaAssetsIcons)";
    for purpose in [Purpose::Preview, Purpose::Production] {
        let (built, text) = app(main, purpose);
        assert_eq!(codes(&built), ["vite-config-ignored"]);
        let note = &built.diagnostics[0];
        assert!(note.message.contains("vite-plugin-pwa"));
        assert_eq!(note.line, Some(2));
        assert!(text.contains("needRefresh"), "{text}");
    }
}
