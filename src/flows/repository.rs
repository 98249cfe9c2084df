//! Which repositories, branches and co-authors may be set.

use overskill_protocol::{CO_AUTHORS, Refusal};

/// Longest name of a repository, as GitHub has it.
const NAME: usize = 100;
/// Longest name of a branch, in bytes.
const BRANCH: usize = 200;
/// Longest co-author, in bytes.
const CO_AUTHOR: usize = 200;
/// What our own branches begin with.
const OURS: &str = "overskill/";

/// Refuses what GitHub would not take for a repository's name, or would change.
pub fn check_repository(name: &str) -> Result<(), Refusal> {
    let good = (1..=NAME).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && !matches!(name, "." | "..")
        && ![".git", ".wiki", ".atom"]
            .iter()
            .any(|end| name.ends_with(end));
    match good {
        true => Ok(()),
        false => {
            let detail = "A repository's name has 1 to 100 letters, digits, `-`, `_` and `.`, without its owner's name, and doesn't end with `.git`.";
            Err(Refusal::new(422, "invalid-repository", detail))
        }
    }
}

/// Refuses what Git would not take for a branch's name, and what our own branches are named.
pub fn check_branch(name: &str) -> Result<(), Refusal> {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with('.')
            && !part.ends_with(".lock")
    };
    let good = (1..=BRANCH).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./+=#".contains(&byte))
        && !name.starts_with('-')
        && !name.contains("..")
        && name.split('/').all(part)
        && !name.starts_with(OURS)
        && name != "HEAD";
    match good {
        true => Ok(()),
        false => {
            let detail = "A branch's name is one that Git takes, of letters, digits and `-_./+=#`, and doesn't begin with `overskill/`.";
            Err(Refusal::new(422, "invalid-branch", detail))
        }
    }
}

/// Refuses what would be no line of a commit's message, or another one.
pub fn check_co_authors(names: &[String]) -> Result<(), Refusal> {
    let good = |text: &String| {
        let parts = text
            .strip_suffix('>')
            .and_then(|text| text.split_once(" <"));
        text.len() <= CO_AUTHOR
            && !text.chars().any(char::is_control)
            && parts.is_some_and(|(name, address)| {
                let plain = |text: &str| !text.trim().is_empty() && !text.contains(['<', '>']);
                plain(name) && plain(address) && !address.contains(' ') && address.contains('@')
            })
    };
    match names.len() <= CO_AUTHORS && names.iter().all(good) {
        true => Ok(()),
        false => {
            let detail =
                format!("There are at most {CO_AUTHORS} co-authors, each as `Name <address>`.");
            Err(Refusal::new(422, "invalid-co-authors", detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_github_and_git_take() {
        for name in ["shop", "a.b_c-d", "A", &"x".repeat(100)] {
            assert!(check_repository(name).is_ok(), "{name}");
        }
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "a b",
            "a.git",
            "ü",
            "a?b",
            "a%2fb",
            &"x".repeat(101),
        ] {
            assert!(check_repository(name).is_err(), "{name}");
        }
        for name in ["main", "release/1.x", "a-b_c#1"] {
            assert!(check_branch(name).is_ok(), "{name}");
        }
        for name in [
            "",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a/.b",
            "a..b",
            "a.lock",
            "a.",
            "a b",
            "a~1",
            "a^",
            "a:b",
            "a\\b",
            "@{0}",
            "-a",
            "HEAD",
            "overskill/1",
            "a\n",
            "a?b",
        ] {
            assert!(check_branch(name).is_err(), "{name}");
        }
    }

    #[test]
    fn co_authors_are_one_line_each() {
        let check = |name: &str| check_co_authors(&[name.to_owned()]).is_ok();
        assert!(check("Ada Lovelace <ada@example.org>"));
        for name in [
            "",
            "Ada",
            "<a@b>",
            " <a@b>",
            "Ada <>",
            "Ada <a b@c>",
            "Ada <a@b> x",
            "Ada <a@b>\nX: y",
            "A <a@b> <c@d>",
            "Ada <nobody>",
        ] {
            assert!(!check(name), "{name}");
        }
        assert!(check_co_authors(&vec!["A <a@b>".to_owned(); 21]).is_err());
    }
}
