//! `.env` files as Vite reads them: Node's `util.parseEnv`, then dotenv's expansion.

use std::collections::{BTreeMap, BTreeSet};

/// How often a value may be expanded, and how long it may grow.
const EXPANSIONS: usize = 1000;
const LENGTH: usize = 64 << 10;

/// The variables of an app: those that its files name, under those that its owner set, which win.
pub(super) fn read(
    text: &dyn Fn(&str) -> Option<String>,
    folder: &str,
    mode: &str,
    set: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut order: Vec<String> = Vec::new();
    let mut parsed: BTreeMap<String, String> = BTreeMap::new();
    for suffix in [
        String::new(),
        ".local".to_owned(),
        format!(".{mode}"),
        format!(".{mode}.local"),
    ] {
        let name = match folder {
            "" => format!(".env{suffix}"),
            folder => format!("{folder}/.env{suffix}"),
        };
        for (key, value) in parse(&text(&name).unwrap_or_default()) {
            if parsed.insert(key.clone(), value).is_none() {
                order.push(key);
            }
        }
    }
    // Each value sees those expanded before it, and what the owner set.
    for key in &order {
        let value = match set.get(key) {
            Some(value) if !value.is_empty() => value.clone(),
            _ => expanded(&parsed[key], set, &parsed),
        };
        parsed.insert(key.clone(), value.replace("\\$", "$"));
    }
    parsed.extend(set.iter().map(|(key, value)| (key.clone(), value.clone())));
    parsed
}

/// Node's reading of one file, in its order.
fn parse(source: &str) -> Vec<(String, String)> {
    let source = source.trim_start_matches('\u{feff}').replace('\r', "");
    let mut rest = source.trim_matches(blank);
    let mut found: Vec<(String, String)> = Vec::new();
    let mut keep = |key: &str, value: &str| {
        found.push((key.to_owned(), value.to_owned()));
    };
    while let Some(first) = rest.chars().next() {
        let line_end = rest.find('\n');
        let next_line = |rest: &'_ str, from: usize| -> usize {
            rest[from..]
                .find('\n')
                .map_or(rest.len(), |at| from + at + 1)
        };
        if first == '\n' || first == '#' {
            rest = &rest[next_line(rest, 0)..];
            continue;
        }
        let equals = rest
            .find('=')
            .filter(|equals| line_end.is_none_or(|end| *equals < end));
        let Some(equals) = equals else {
            rest = rest[next_line(rest, 0)..].trim_matches(blank);
            continue;
        };
        let key = rest[..equals].trim_matches(blank);
        let key = key
            .strip_prefix("export ")
            .unwrap_or(key)
            .trim_matches(blank);
        rest = &rest[equals + 1..];
        if key.is_empty() {
            rest = &rest[next_line(rest, 0)..];
            continue;
        }
        if rest.is_empty() || rest.starts_with('\n') {
            keep(key, "");
            continue;
        }
        rest = rest.trim_matches(blank);
        let Some(first) = rest.chars().next() else {
            keep(key, "");
            break;
        };
        let closing = matches!(first, '"' | '\'' | '`')
            .then(|| rest[1..].find(first))
            .flatten();
        match closing {
            Some(length) => {
                let value = &rest[1..=length];
                match first {
                    '"' => keep(key, &value.replace("\\n", "\n")),
                    _ => keep(key, value),
                }
                rest = &rest[next_line(rest, length + 2)..];
            }
            None => {
                let line = rest.split('\n').next().unwrap_or_default();
                let value = match first {
                    // A quote that nothing closes is part of the value.
                    '"' | '\'' | '`' => line,
                    _ => line.split('#').next().unwrap_or_default(),
                };
                keep(key, value.trim_matches(blank));
                rest = &rest[next_line(rest, 0)..];
            }
        }
    }
    found
}

fn blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n')
}

/// `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:+other}` replaced, over and over.
fn expanded(
    value: &str,
    set: &BTreeMap<String, String>,
    parsed: &BTreeMap<String, String>,
) -> String {
    let known = |key: &str| set.get(key).or_else(|| parsed.get(key)).cloned();
    let mut result = value.to_owned();
    let mut seen = BTreeSet::new();
    for _ in 0..EXPANSIONS {
        let Some((template, expression)) = reference(&result) else {
            break;
        };
        if result.len() > LENGTH {
            break;
        }
        seen.insert(result.clone());
        let (key, operator, default) = split(&expression);
        let value = known(&key).filter(|value| !value.is_empty());
        let replacement = match (operator, value) {
            ("+" | ":+", value) => value.map(|_| default).unwrap_or_default(),
            (_, Some(value)) if !seen.contains(&value) => value,
            _ => default,
        };
        // As in JavaScript, `$` in a replacement is special, but no variable's value that matters has `$&`.
        result = result.replacen(&template, &replacement, 1);
        if parsed.get(&key) == Some(&result) {
            break;
        }
    }
    result
}

/// The first reference that no backslash precedes: as written, and what is in it.
fn reference(text: &str) -> Option<(String, String)> {
    let bytes = text.as_bytes();
    for at in text.match_indices('$').map(|(at, _)| at) {
        if at > 0 && bytes[at - 1] == b'\\' {
            continue;
        }
        let rest = &text[at + 1..];
        if let Some(inner) = rest.strip_prefix('{')
            && let Some(end) = inner.find(['{', '}'])
            && end > 0
            && inner[end..].starts_with('}')
        {
            return Some((format!("${{{}}}", &inner[..end]), inner[..end].to_owned()));
        }
        let length = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        if length > 0 && !rest.as_bytes()[0].is_ascii_digit() {
            return Some((format!("${}", &rest[..length]), rest[..length].to_owned()));
        }
    }
    None
}

/// A name, the first operator after it and the rest.
fn split(expression: &str) -> (String, &'static str, String) {
    let operators = [":+", "+", ":-", "-"];
    let first = operators
        .iter()
        .filter_map(|operator| Some((expression.find(operator)?, *operator)))
        .min_by_key(|(at, operator)| (*at, std::cmp::Reverse(operator.len())));
    match first {
        Some((at, operator)) => (
            expression[..at].to_owned(),
            operator,
            expression[at + operator.len()..].to_owned(),
        ),
        None => (expression.to_owned(), "", String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Vite 8.3's `loadEnv` gave for the same files.
    #[test]
    fn files_are_read_as_by_vite() {
        let files: BTreeMap<&str, &str> = [
            (
                ".env",
                "# c\nVITE_A=1 # note\nSECRET=x\nexport VITE_B=\"two # words\\nline\"\nVITE_C='x\\n'\r\nnonsense\nVITE_D=`a\nb`\nVITE_E=\n  VITE_F  =  spaced out  \nVITE_G=a#b\nVITE_I=pa$VITE_A-${SECRET}-${NOPE:-d}-\\$VITE_A\nVITE_J=${VITE_J}\nVITE_K=${VITE_A:+yes}${NOPE:+no}\n=x\n: y\nVITE_L==b=\nVITE_M=\"a\"tail\nVITE_N\nVITE_H=\"open # x",
            ),
            (".env.development", "VITE_A=3"),
            (".env.production", "VITE_A=4"),
            (".env.local", "VITE_O=${VITE_A}"),
        ]
        .into();
        let set = [("VITE_P".to_owned(), "set".to_owned())].into();
        let env = read(
            &|name| files.get(name).map(|text| (*text).to_owned()),
            "",
            "development",
            &set,
        );
        let pairs: Vec<_> = env.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(pairs, EXPECTED);
    }

    const EXPECTED: &[(&str, &str)] = &[
        ("SECRET", "x"),
        ("VITE_A", "3"),
        ("VITE_B", "two # words\nline"),
        ("VITE_C", "x\\n"),
        ("VITE_D", "a\nb"),
        ("VITE_E", ""),
        ("VITE_F", "spaced out"),
        ("VITE_G", "a"),
        ("VITE_H", "\"open # x"),
        ("VITE_I", "pa3-x-d-$VITE_A"),
        ("VITE_J", ""),
        ("VITE_K", "yes"),
        ("VITE_L", "=b="),
        ("VITE_M", "a"),
        ("VITE_O", "3"),
        ("VITE_P", "set"),
    ];

    #[test]
    fn references_that_grow_or_go_round_end() {
        let text = "A=$B\nB=$A\nC=$C$C\nD=${D:-$D$D}\nE=x${E}y";
        let env = read(
            &|name| (name == ".env").then(|| text.to_owned()),
            "",
            "development",
            &BTreeMap::new(),
        );
        assert!(env.values().all(|value| value.len() < 2 * LENGTH));
    }
}
