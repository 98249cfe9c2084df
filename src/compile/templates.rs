//! Texts with variables in them as patterns, for `` import(`./pages/${name}.tsx`) `` and
//! `` new URL(`./img/${name}.png`, import.meta.url) ``.

use swc_core::ecma::ast::*;

/// What an `import()` of a text with variables is.
pub(crate) enum Variable {
    /// Any of these files.
    Files {
        /// The pattern.
        pattern: String,
        /// What stands behind it, from `?` on.
        query: String,
        /// How many parts the path has as written.
        parts: usize,
    },
    /// Left to the browser, as what it can't be the author should know.
    Unclear(&'static str),
    /// Left to the browser: a URL.
    Elsewhere,
}

/// Reads the argument of an `import()`.
pub(crate) fn import(template: &Tpl) -> Variable {
    let Some(whole) = pattern_of(template, "*", true) else {
        return Variable::Unclear("An `import()` with variables cannot have `*` in its text.");
    };
    let (path, query) = match whole.split_once('?') {
        Some((path, _)) => {
            let query = template.quasis.iter().rev().find_map(|quasi| {
                let text = quasi.raw.as_str();
                text.find('?').map(|at| text[at..].to_owned())
            });
            (path.to_owned(), query.unwrap_or_default())
        }
        None => (whole, String::new()),
    };
    let path = path.replace("**", "*");
    let elsewhere = ["data:", "http:", "https:"];
    if !path.contains('*') || elsewhere.iter().any(|scheme| path.starts_with(scheme)) {
        return Variable::Elsewhere;
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = name.rfind('.').filter(|at| *at > 0 && at + 1 < name.len());
    if path.starts_with('*') {
        return Variable::Unclear(
            "Which files it can load is not known: its text must start with a folder.",
        );
    }
    if path.starts_with('/') {
        return Variable::Unclear("An `import()` with variables must start with `./` or `../`.");
    }
    if extension.is_none() {
        return Variable::Unclear("An `import()` with variables must end with a file extension.");
    }
    let own = path.strip_prefix("./*.").is_some_and(|extension| {
        extension
            .chars()
            .all(|each| each.is_alphanumeric() || each == '_')
    });
    if own {
        return Variable::Unclear("An `import()` with variables cannot load from its own folder.");
    }
    let parts = 1 + template
        .quasis
        .iter()
        .map(|quasi| quasi.raw.matches('/').count())
        .sum::<usize>();
    Variable::Files {
        pattern: path,
        query,
        parts,
    }
}

/// The pattern of a `new URL()`'s text, and its query; `None` when it starts with a variable.
pub(crate) fn url(template: &Tpl) -> Option<(String, String)> {
    let whole = pattern_of(template, "*", false)?;
    let (path, query) = whole.split_once('?').unwrap_or((&whole, ""));
    let query = match query {
        "" => "?url".to_owned(),
        query => format!("?url&{query}"),
    };
    let path = path.replace("**", "*");
    (!path.starts_with('*')).then_some((path, query))
}

/// The text with `variable` for each variable; `None` when the text has a `*` of its own, which only matters when it
/// is to be `literal`.
fn pattern_of(template: &Tpl, variable: &str, literal: bool) -> Option<String> {
    let mut pattern = String::new();
    for (at, quasi) in template.quasis.iter().enumerate() {
        for character in quasi.raw.chars() {
            match character {
                '*' if literal => return None,
                '(' | ')' | '[' | ']' | '{' | '}' | '!' | '|' | '\\' if literal => {
                    pattern.push('\\');
                    pattern.push(character);
                }
                _ => pattern.push(character),
            }
        }
        if at < template.exprs.len() {
            pattern.push_str(variable);
        }
    }
    Some(pattern)
}
