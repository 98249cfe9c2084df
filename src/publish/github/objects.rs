//! Git's objects by their names: the SHA-1 of what they hold.

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use std::{collections::BTreeMap, fmt, fmt::Write};

/// The name of an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Oid([u8; 20]);

impl Oid {
    /// Reads 40 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 40 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let mut bytes = [0; 20];
        for (byte, at) in bytes.iter_mut().zip((0..40).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }

    fn of(kind: &str, body: &[u8]) -> Self {
        let mut hash = Sha1::new();
        hash.update(format!("{kind} {}\0", body.len()));
        hash.update(body);
        Self(hash.finalize().into())
    }

    /// The name of a file's content.
    pub fn blob(bytes: &[u8]) -> Self {
        Self::of("blob", bytes)
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Oid {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("an object's name has 40 hexadecimal digits")
    }
}

impl From<Oid> for String {
    fn from(oid: Oid) -> Self {
        let mut text = String::with_capacity(40);
        write!(text, "{oid}").expect("a string takes everything");
        text
    }
}

enum Node<'a> {
    File(Oid),
    Folder(BTreeMap<&'a str, Node<'a>>),
}

/// The name of the tree that holds these files, by path; `None` where a path is a file and a folder.
pub fn tree<'a>(files: impl IntoIterator<Item = (&'a str, Oid)>) -> Option<Oid> {
    let mut root = BTreeMap::new();
    for (path, oid) in files {
        let mut folder = &mut root;
        let mut names = path.split('/').peekable();
        while let Some(name) = names.next() {
            if names.peek().is_none() {
                if folder.insert(name, Node::File(oid)).is_some() {
                    return None;
                }
                break;
            }
            let below = folder
                .entry(name)
                .or_insert_with(|| Node::Folder(BTreeMap::new()));
            match below {
                Node::Folder(below) => folder = below,
                Node::File(_) => return None,
            }
        }
    }
    Some(hashed(&root))
}

fn hashed(folder: &BTreeMap<&str, Node>) -> Oid {
    let mut entries: Vec<_> = folder
        .iter()
        .map(|(name, node)| match node {
            Node::File(oid) => (name.to_string(), "100644", *name, *oid),
            // Git sorts folders as if their names ended with a slash.
            Node::Folder(below) => (format!("{name}/"), "40000", *name, hashed(below)),
        })
        .collect();
    entries.sort();
    let mut body = Vec::new();
    for (_, mode, name, oid) in entries {
        body.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        body.extend_from_slice(&oid.0);
    }
    Oid::of("tree", &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_git_gives() {
        let empty = Oid::blob(b"");
        assert_eq!(
            empty.to_string(),
            "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
        );
        let none = tree([]).unwrap();
        assert_eq!(none.to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        assert_eq!(Oid::parse(&none.to_string()), Some(none));
        assert_eq!(Oid::parse("4b82"), None);
    }

    #[test]
    fn folders_sort_among_files_as_git_sorts_them() {
        // `git mktree` of the same three entries gives this.
        let oid = Oid::blob(b"");
        let sorted = tree([("a/x", oid), ("a.b", oid), ("a0", oid)]).unwrap();
        let other = tree([("a0", oid), ("a.b", oid), ("a/x", oid)]).unwrap();
        assert_eq!(sorted, other);
        assert_eq!(sorted.to_string(), GIT);
        assert_eq!(tree([("a", oid), ("a/x", oid)]), None);
        assert_eq!(tree([("a/x", oid), ("a", oid)]), None);
    }

    const GIT: &str = "cc6b940246a412b229914418bd12af5e1601ec85";
}
