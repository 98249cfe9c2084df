//! `:export { name: value; }` in CSS modules: names that scripts see and browsers don't.

/// What a sheet exports by such rules, in order, and its text with blanks in their place.
pub(crate) fn exported(text: &str) -> (Vec<(String, String)>, String) {
    let mut found = Vec::new();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(":export") {
        let (before, tail) = rest.split_at(at);
        let after = tail[":export".len()..].trim_start();
        let alone = out.is_empty() && before.trim().is_empty()
            || before.trim_end().ends_with(['}', ';', '/']);
        let block = after.strip_prefix('{').filter(|_| alone);
        let block = block.and_then(|block| Some((block, block.find('}')?)));
        let Some((block, end)) = block else {
            out.push_str(before);
            out.push_str(":export");
            rest = &tail[":export".len()..];
            continue;
        };
        let declarations = declarations(&block[..end]);
        found.extend(declarations);
        let length = tail.len() - block.len() + end + 1;
        out.push_str(before);
        let blank = |character: char| match character {
            '\n' | '\r' | '\x0c' => character,
            _ => ' ',
        };
        out.extend(tail[..length].chars().map(blank));
        rest = &tail[length..];
    }
    out.push_str(rest);
    (found, out)
}

fn declarations(block: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut brackets = 0usize;
    let mut quote = None;
    let ends = block.char_indices().chain([(block.len(), ';')]);
    for (at, character) in ends {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) if at < block.len() => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '(' | '[') => brackets += 1,
            (None, ')' | ']') => brackets = brackets.saturating_sub(1),
            (_, ';') if brackets == 0 || at == block.len() => {
                if let Some((name, value)) = block[start..at].split_once(':') {
                    let (name, value) = (name.trim(), value.trim());
                    if !name.is_empty() && !value.is_empty() {
                        found.push((name.to_owned(), value.to_owned()));
                    }
                }
                start = (at + 1).min(block.len());
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_taken_out_where_they_stand_alone() {
        let text = ":export{a:1px solid #fff;b: (x: y; z); c: 'q;r'}\n.a { top: 0 }\n:export {\n  d: e\n}\nb:export { f: g }";
        let (names, rest) = exported(text);
        let names: Vec<(&str, &str)> = names.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(
            names,
            [
                ("a", "1px solid #fff"),
                ("b", "(x: y; z)"),
                ("c", "'q;r'"),
                ("d", "e")
            ]
        );
        assert_eq!(rest.len(), text.len());
        assert_eq!(
            rest.trim().replace(' ', ""),
            ".a{top:0}\n\n\n\nb:export{f:g}"
        );
    }
}
