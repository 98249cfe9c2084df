//! The patterns of `sideEffects`.

/// Whether `path` is one of the files that `pattern` means. A pattern without a slash means files of any folder; one with
/// braces is taken to mean every file, which is the safe side.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    if pattern.contains(['{', '[', '!', '(']) {
        return true;
    }
    let plain = pattern.trim_start_matches("./").trim_start_matches('/');
    let tokens = match pattern.contains('/') {
        true => tokens(plain),
        false => [vec![Token::Folders], tokens(plain)].concat(),
    };
    let path = path.as_bytes();
    // Whether what is left of the tokens fits what is left of the path, from its end on.
    let mut rest = vec![false; path.len() + 1];
    rest[path.len()] = true;
    for token in tokens.iter().rev() {
        let mut fits = vec![false; path.len() + 1];
        for at in (0..=path.len()).rev() {
            let byte = path.get(at);
            fits[at] = match token {
                Token::Byte(wanted) => byte == Some(wanted) && rest[at + 1],
                Token::One => byte.is_some_and(|byte| *byte != b'/') && rest[at + 1],
                Token::Name => rest[at] || byte.is_some_and(|byte| *byte != b'/') && fits[at + 1],
                Token::Anything => rest[at] || byte.is_some() && fits[at + 1],
                Token::Folders => {
                    rest[at]
                        || path[at..]
                            .iter()
                            .position(|byte| *byte == b'/')
                            .is_some_and(|slash| fits[at + slash + 1])
                }
            };
        }
        rest = fits;
    }
    rest[0]
}

#[derive(Clone, Copy)]
enum Token {
    Byte(u8),
    /// `?`
    One,
    /// `*`
    Name,
    /// `**` at the end
    Anything,
    /// `**/`
    Folders,
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut rest = pattern.as_bytes();
    let mut tokens = Vec::new();
    while let Some(&byte) = rest.first() {
        let (token, length) = if rest.starts_with(b"**/") {
            (Token::Folders, 3)
        } else if rest.starts_with(b"**") {
            (Token::Anything, 2)
        } else {
            let token = match byte {
                b'*' => Token::Name,
                b'?' => Token::One,
                byte => Token::Byte(byte),
            };
            (token, 1)
        };
        tokens.push(token);
        rest = &rest[length..];
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_mean_the_files_that_bundlers_take_them_for() {
        for (pattern, path, expected) in [
            ("*.css", "dist/a/style.css", true),
            ("*.css", "style.css", true),
            ("*.css", "style.js", false),
            ("./src/*.js", "src/a.js", true),
            ("./src/*.js", "src/b/a.js", false),
            ("**/*.css", "a/b/c.css", true),
            ("src/**", "src/a/b.js", true),
            ("src/**/index.js", "src/index.js", true),
            ("./index.js", "index.js", true),
            ("./index.js", "lib/index.js", false),
            ("index.js", "lib/index.js", true),
            ("a?c.js", "abc.js", true),
            ("{a,b}.js", "z.js", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
        let hostile = "**/*".repeat(200);
        assert!(!matches(&format!("{hostile}x/"), &"a/".repeat(200)));
    }
}
