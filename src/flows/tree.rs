//! One batch of writes against the tree as it is: what it becomes, or why not. Decides everything before anything is stored.

use overskill_model::{ContentHash, Limits, ModulePath};
use overskill_protocol::{FileInfo, Refusal};
use std::collections::{BTreeMap, BTreeSet};

/// A tree: every file by path.
pub type Files = BTreeMap<ModulePath, FileInfo>;

/// One atomic batch, its paths already checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// Whether files that are not in `upsert` go.
    pub replace: bool,
    /// Files to add or replace.
    pub upsert: Vec<(ModulePath, Vec<u8>)>,
    /// Files to remove.
    pub delete: Vec<ModulePath>,
    /// The version it is based on, where the caller wants that checked.
    pub base_version: Option<u64>,
}

/// What a batch makes of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The new tree.
    pub files: Files,
    /// Paths whose content is not what it was, in order.
    pub changed: Vec<ModulePath>,
    /// Contents of the new files, by hash; a content that several files share is there once.
    pub blobs: BTreeMap<ContentHash, Vec<u8>>,
}

/// Applies `batch` to `current` at `version`.
///
/// # Errors
/// Refuses a stale base version, a path given twice, the removal of what isn't there, a file where a folder is, and a
/// tree past the limits.
pub fn plan(
    current: &Files,
    version: u64,
    batch: Batch,
    limits: &Limits,
) -> Result<Planned, Refusal> {
    if let Some(base) = batch.base_version.filter(|base| *base != version) {
        let detail =
            format!("The batch is based on version {base}; the app is at version {version}.");
        return Err(Refusal::new(409, "version-conflict", detail).fact("version", version));
    }
    let mut files = if batch.replace {
        Files::new()
    } else {
        current.clone()
    };
    let mut named = BTreeSet::new();
    for path in batch.delete {
        if !named.insert(path.clone()) {
            return Err(twice(&path));
        }
        if files.remove(&path).is_none() {
            return Err(Refusal::new(
                404,
                "file-not-found",
                format!("There is no file `{path}` to delete."),
            )
            .fact("path", &path));
        }
    }
    let mut blobs = BTreeMap::new();
    for (path, bytes) in batch.upsert {
        if !named.insert(path.clone()) {
            return Err(twice(&path));
        }
        if bytes.len() > limits.file_bytes {
            let detail = format!(
                "`{path}` has {} bytes; a file may have {}.",
                bytes.len(),
                limits.file_bytes
            );
            return Err(Refusal::new(413, "file-too-large", detail)
                .fact("path", &path)
                .fact("limit", limits.file_bytes));
        }
        let info = FileInfo {
            hash: ContentHash::of(&bytes),
            size: bytes.len() as u64,
        };
        files.insert(path, info);
        blobs.insert(info.hash, bytes);
    }
    within(&files, limits)?;
    let paths: BTreeSet<&ModulePath> = current.keys().chain(files.keys()).collect();
    let changed = paths
        .into_iter()
        .filter(|path| current.get(*path).map(|f| f.hash) != files.get(*path).map(|f| f.hash));
    let changed = changed.cloned().collect();
    Ok(Planned {
        changed,
        blobs,
        files,
    })
}

fn within(files: &Files, limits: &Limits) -> Result<(), Refusal> {
    if files.len() > limits.files {
        let detail = format!(
            "The tree would have {} files; it may have {}.",
            files.len(),
            limits.files
        );
        return Err(Refusal::new(413, "too-many-files", detail).fact("limit", limits.files));
    }
    let bytes: u64 = files.values().map(|file| file.size).sum();
    if bytes > limits.tree_bytes as u64 {
        let detail = format!(
            "The tree would have {bytes} bytes; it may have {}.",
            limits.tree_bytes
        );
        return Err(Refusal::new(413, "tree-too-large", detail).fact("limit", limits.tree_bytes));
    }
    for path in files.keys() {
        let mut folder = path.folder();
        while !folder.is_empty() {
            if files.contains_key(folder) {
                let detail = format!("`{folder}` would be a file and, for `{path}`, a folder.");
                return Err(Refusal::new(422, "path-conflict", detail).fact("path", path));
            }
            folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }
    Ok(())
}

fn twice(path: &ModulePath) -> Refusal {
    Refusal::new(
        422,
        "duplicate-path",
        format!("`{path}` is in the batch twice."),
    )
    .fact("path", path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> ModulePath {
        ModulePath::parse(text, &Limits::default()).unwrap()
    }

    fn upsert(files: &[(&str, &str)]) -> Batch {
        let upsert = files
            .iter()
            .map(|(name, text)| (path(name), text.as_bytes().to_vec()))
            .collect();
        Batch {
            upsert,
            ..Batch::default()
        }
    }

    fn tree() -> Files {
        plan(
            &Files::new(),
            0,
            upsert(&[("a.ts", "1"), ("b/c.ts", "2")]),
            &Limits::default(),
        )
        .unwrap()
        .files
    }

    #[test]
    fn a_batch_changes_what_it_names_and_nothing_else() {
        let mut batch = upsert(&[("a.ts", "1"), ("d.ts", "2")]);
        batch.delete.push(path("b/c.ts"));
        let planned = plan(&tree(), 1, batch, &Limits::default()).unwrap();
        assert_eq!(planned.changed, [path("b/c.ts"), path("d.ts")]);
        assert_eq!(
            planned
                .files
                .keys()
                .map(ModulePath::as_str)
                .collect::<Vec<_>>(),
            ["a.ts", "d.ts"]
        );
        let replaced = plan(
            &tree(),
            1,
            Batch {
                replace: true,
                ..upsert(&[("x", "")])
            },
            &Limits::default(),
        )
        .unwrap();
        assert_eq!(replaced.changed.len(), 3);
    }

    #[test]
    fn a_file_may_take_the_place_of_a_folder_that_goes() {
        let mut batch = upsert(&[("b", "x")]);
        batch.delete.push(path("b/c.ts"));
        assert!(plan(&tree(), 1, batch, &Limits::default()).is_ok());
    }

    #[test]
    fn refusals_name_the_reason() {
        let limits = Limits {
            files: 3,
            file_bytes: 4,
            tree_bytes: 6,
            ..Limits::default()
        };
        let delete = |name: &str| Batch {
            delete: vec![path(name)],
            ..Batch::default()
        };
        let stale = Batch {
            base_version: Some(0),
            ..Batch::default()
        };
        for (batch, status, code) in [
            (stale, 409, "version-conflict"),
            (delete("zzz"), 404, "file-not-found"),
            (
                Batch {
                    delete: vec![path("a.ts")],
                    ..upsert(&[("a.ts", "")])
                },
                422,
                "duplicate-path",
            ),
            (upsert(&[("x", ""), ("x", "")]), 422, "duplicate-path"),
            (upsert(&[("b/c.ts/d", "")]), 422, "path-conflict"),
            (upsert(&[("b", "")]), 422, "path-conflict"),
            (upsert(&[("x", "12345")]), 413, "file-too-large"),
            (
                upsert(&[("x", "1234"), ("a.ts", "123")]),
                413,
                "tree-too-large",
            ),
            (upsert(&[("x", ""), ("y", "")]), 413, "too-many-files"),
        ] {
            let refusal = plan(&tree(), 1, batch, &limits).unwrap_err();
            assert_eq!((refusal.status, &*refusal.code), (status, code));
        }
    }
}
