//! What open pages are told when a build takes the place of another.

use super::Preview;
use overskill_hmr::{Plan, plan};
use overskill_link::patch;
use overskill_model::{ContentHash, ContentHasher, ModulePath};
use serde_json::json;

/// What takes a page from one build to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Nothing: it runs the same.
    Nothing,
    /// It has to be loaded anew.
    Reload {
        /// Why, in words.
        reason: String,
    },
    /// A patch.
    Patch(Patched),
}

/// A patch, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patched {
    /// Its address, which names it.
    pub url: String,
    /// What it is named by.
    pub hash: ContentHash,
    /// The script, with the address of its map.
    pub code: String,
    /// Its map, where it has one: address and text.
    pub map: Option<(String, String)>,
    /// Whether only style sheets change.
    pub styles_only: bool,
    /// The files that are behind it.
    pub paths: Vec<ModulePath>,
}

impl Preview {
    /// What takes a page that shows `before` to this build, which was just made.
    pub fn change_from(&self, before: &Self) -> Change {
        let update = match plan(&before.running, &self.running) {
            Plan::Nothing => return Change::Nothing,
            Plan::Reload { reason } => return Change::Reload { reason },
            Plan::Update(update) => update,
        };
        let text = |hash: Option<&ContentHash>| {
            let bytes = self.made.get(hash?)?;
            std::str::from_utf8(bytes).ok()
        };
        let head =
            json!({"remove": update.removed, "scripts": update.scripts, "links": update.links});
        let script = self.script.as_ref();
        let definitions = script.map_or(&[][..], |script| &script.definitions);
        let code = text(script.map(|script| &script.code)).unwrap_or_default();
        let map = text(script.and_then(|script| script.map.as_ref())).unwrap_or_default();
        let made = patch(definitions, code, map, &head.to_string(), &update.modules);
        let hash = ContentHasher::new()
            .field(&made.code)
            .field(&made.map)
            .finish();
        let url = format!("/__overskill/patch-{}.js", hash.short());
        let mut code = made.code;
        let map = (!made.map.is_empty()).then(|| {
            let address = format!("{url}.map");
            code.push_str(&format!("//# sourceMappingURL={address}\n"));
            (address, made.map)
        });
        let unbounded = |path: &String| ModulePath::parse(path, &Default::default()).ok();
        Change::Patch(Patched {
            url,
            hash,
            code,
            map,
            styles_only: update.styles_only,
            paths: update.paths.iter().filter_map(unbounded).collect(),
        })
    }
}
