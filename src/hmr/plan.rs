//! What open pages need to run another build: two builds in, a plan out.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a page that shows a build runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Running {
    /// The modules of the app's chunk: id to what its definition means.
    pub modules: BTreeMap<String, String>,
    /// Those of them that are style sheets and nothing else.
    pub styles: BTreeSet<String>,
    /// What the page starts, in order.
    pub entries: Vec<String>,
    /// What stands for all that the app sees of its environment.
    pub values: String,
    /// What stands for the page, without its scripts and without the addresses of its style sheets.
    pub page: String,
    /// The style sheets that the page links: file to address.
    pub links: BTreeMap<String, String>,
    /// The scripts that run ahead of the app's: the runtime first, then the packages.
    pub scripts: Vec<String>,
    /// The files that are served as they are: address to content. Scripts and pages name them as they like.
    pub public: BTreeMap<String, String>,
    /// The packages' modules that the app imports: specifier to id.
    pub packages: BTreeMap<String, String>,
}

/// What brings a page from one build to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Nothing: what runs is the same.
    Nothing,
    /// A patch.
    Update(Update),
    /// Nothing short of loading it anew.
    Reload {
        /// Why, in words.
        reason: String,
    },
}

/// A patch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Update {
    /// The modules whose definitions it brings, in order of id.
    pub modules: Vec<String>,
    /// The modules that are no more.
    pub removed: Vec<String>,
    /// Scripts to run ahead of it.
    pub scripts: Vec<String>,
    /// The page's style sheets that have other addresses: old and new.
    pub links: Vec<(String, String)>,
    /// Whether only style sheets change.
    pub styles_only: bool,
    /// The files that are behind it, in order.
    pub paths: Vec<String>,
}

/// Compares two builds.
pub fn plan(before: &Running, after: &Running) -> Plan {
    if let Some(reason) = reload(before, after) {
        return Plan::Reload { reason };
    }
    let changed = |(id, meaning): &(&String, &String)| before.modules.get(*id) != Some(*meaning);
    let modules: Vec<String> = after.modules.iter().filter(changed).map(first).collect();
    let gone = |(id, _): &(&String, &String)| !after.modules.contains_key(*id);
    let removed: Vec<String> = before.modules.iter().filter(gone).map(first).collect();
    let moved = after.links.iter().filter_map(|(file, address)| {
        let old = before.links.get(file).filter(|old| *old != address)?;
        Some((file, (old.clone(), address.clone())))
    });
    let (files, links): (Vec<&String>, Vec<(String, String)>) = moved.unzip();
    if modules.is_empty() && removed.is_empty() && links.is_empty() {
        return Plan::Nothing;
    }
    let scripts: Vec<String> = after
        .scripts
        .iter()
        .filter(|script| !before.scripts.contains(script))
        .cloned()
        .collect();
    let style = |id: &String| after.styles.contains(id) || before.styles.contains(id);
    let ids = || modules.iter().chain(&removed);
    let paths: BTreeSet<String> = ids().chain(files).map(|id| path(id)).collect();
    Plan::Update(Update {
        styles_only: scripts.is_empty() && ids().all(style),
        paths: paths.into_iter().collect(),
        modules,
        removed,
        scripts,
        links,
    })
}

fn first((id, _): (&String, &String)) -> String {
    id.clone()
}

/// The file that a module is made of: its id without the slash and the query.
fn path(id: &str) -> String {
    let bare = id.split('?').next().unwrap_or(id);
    bare.trim_start_matches('/').to_owned()
}

fn reload(before: &Running, after: &Running) -> Option<String> {
    if before.scripts.first() != after.scripts.first() {
        return Some("the preview's own runtime is another one".to_owned());
    }
    if before.page != after.page || before.entries != after.entries {
        return Some("`index.html` changed".to_owned());
    }
    if before.values != after.values {
        return Some("what the app sees of its environment changed".to_owned());
    }
    let public = before.public.iter().find(|(address, content)| {
        let now = after.public.get(*address);
        now.is_some_and(|now| now != *content)
    });
    if let Some((address, _)) = public {
        return Some(format!("`{address}` changed"));
    }
    let other = before.packages.iter().find(|(specifier, id)| {
        let now = after.packages.get(*specifier);
        now.is_some_and(|now| now != *id)
    });
    other.map(|(specifier, _)| format!("`{specifier}` is another version now"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        entries.iter().map(own).collect()
    }

    fn running(modules: &[(&str, &str)]) -> Running {
        Running {
            modules: map(modules),
            styles: BTreeSet::from(["/a.css".to_owned()]),
            scripts: vec!["/live.js".to_owned(), "/packages-1.js".to_owned()],
            packages: map(&[("react", "npm:react@19.0.0/index.js")]),
            links: map(&[("b.css", "/1/b.css")]),
            public: map(&[("/a.png", "1")]),
            ..Running::default()
        }
    }

    fn update(before: &Running, after: &Running) -> Update {
        match plan(before, after) {
            Plan::Update(update) => update,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn equal_builds_need_nothing() {
        let one = running(&[("/a.ts", "1")]);
        assert_eq!(plan(&one, &one), Plan::Nothing);
        // Packages that nobody asks for any more are no reason.
        let mut fewer = one.clone();
        fewer.scripts.pop();
        fewer.packages.clear();
        // Nor are files that pages don't have yet, or have no more.
        fewer.public = map(&[("/b.png", "1")]);
        assert_eq!(plan(&one, &fewer), Plan::Nothing);
    }

    #[test]
    fn a_patch_brings_what_is_new_and_other_and_takes_what_is_gone() {
        let before = running(&[
            ("/a.css", "1"),
            ("/b.tsx", "1"),
            ("/c.ts", "1"),
            ("/d.ts", "1"),
        ]);
        let mut after = running(&[
            ("/a.css", "1"),
            ("/b.tsx", "2"),
            ("/c.ts", "1"),
            ("/e.svg?raw", "1"),
        ]);
        after.scripts[1] = "/packages-2.js".to_owned();
        let expected = Update {
            modules: vec!["/b.tsx".to_owned(), "/e.svg?raw".to_owned()],
            removed: vec!["/d.ts".to_owned()],
            scripts: vec!["/packages-2.js".to_owned()],
            links: Vec::new(),
            styles_only: false,
            paths: ["b.tsx", "d.ts", "e.svg"].map(str::to_owned).to_vec(),
        };
        assert_eq!(update(&before, &after), expected);
    }

    #[test]
    fn style_sheets_alone_are_told_apart() {
        let before = running(&[("/a.css", "1"), ("/b.ts", "1")]);
        let mut after = running(&[("/a.css", "2"), ("/b.ts", "1")]);
        after.links = map(&[("b.css", "/2/b.css")]);
        let found = update(&before, &after);
        assert!(found.styles_only);
        assert_eq!(found.paths, ["a.css", "b.css"]);
        assert_eq!(
            found.links,
            [("/1/b.css".to_owned(), "/2/b.css".to_owned())]
        );
        let gone = running(&[("/b.ts", "1")]);
        assert!(update(&before, &gone).styles_only);
        after.modules.insert("/b.ts".to_owned(), "2".to_owned());
        assert!(!update(&before, &after).styles_only);
    }

    #[test]
    fn what_a_running_page_cannot_take_over_reloads_it() {
        let one = running(&[("/a.ts", "1")]);
        type Edit = fn(&mut Running);
        let changes: [(&str, Edit); 6] = [
            ("`/a.png`", |it| {
                it.public.insert("/a.png".to_owned(), "2".to_owned());
            }),
            ("runtime", |it| it.scripts[0] = "/live-2.js".to_owned()),
            ("index.html", |it| it.page = "other".to_owned()),
            ("index.html", |it| it.entries.push("/b.ts".to_owned())),
            ("environment", |it| it.values = "other".to_owned()),
            ("`react`", |it| {
                it.packages
                    .insert("react".to_owned(), "npm:react@18.3.1/index.js".to_owned());
            }),
        ];
        for (word, change) in changes {
            let mut other = one.clone();
            change(&mut other);
            match plan(&one, &other) {
                Plan::Reload { reason } => assert!(reason.contains(word), "{reason}"),
                unexpected => panic!("{word}: {unexpected:?}"),
            }
        }
    }
}
