//! Addresses in a sheet that is loaded into another one's: they must name the same files from there.

use overskill_model::ModulePath;
use overskill_packages::within;

/// The text of the sheet `from` with its relative addresses as the sheet `to` has to write them. `asset` tells which
/// file of the tree an address names.
pub(super) fn rebased(
    text: &str,
    from: &ModulePath,
    to: &ModulePath,
    asset: &dyn Fn(&ModulePath, &str) -> Option<ModulePath>,
) -> String {
    if from.folder() == to.folder() || !(text.contains("url(") || text.contains("@import")) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((address, before, after)) = next(rest) {
        out.push_str(before);
        out.push_str(&moved(address, from, to, asset).unwrap_or_else(|| address.to_owned()));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The next address with what stands before and behind it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let mut start = 0;
    loop {
        let rest = &text[start..];
        let url = rest.find("url(").map(|at| (at, at + 4));
        let import = rest.find("@import").map(|at| (at, at + 7));
        let is_import = match (url, import) {
            (Some(url), Some(import)) => import.0 < url.0,
            (None, None) => return None,
            (url, _) => url.is_none(),
        };
        let (at, end) = if is_import { import } else { url }?;
        let (at, end) = (start + at, start + end);
        start = end;
        let name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        if text[..at].ends_with(name) {
            continue;
        }
        let found = span(text, end);
        if let Some((from, to)) = found
            && (!is_import || text[from..to].ends_with(".css"))
        {
            return Some((&text[from..to], &text[..from], &text[to..]));
        }
    }
}

/// Where the address is that starts behind `at`, quotes left out.
fn span(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = text[at..].trim_start();
    let start = text.len() - rest.len();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (from, length) = match quote {
        Some(quote) => (start + 1, rest[1..].find([quote, '\n'])?),
        None => (start, rest.find([')', '\n', ';'])?),
    };
    let address = text[from..from + length].trim_end();
    // `$file` is a variable where no quotes are.
    let plain = quote.is_some() || !address.starts_with('$') && !address.contains(['(', '"', '\'']);
    (plain && !address.is_empty()).then_some((from, from + address.len()))
}

fn moved(
    address: &str,
    from: &ModulePath,
    to: &ModulePath,
    asset: &dyn Fn(&ModulePath, &str) -> Option<ModulePath>,
) -> Option<String> {
    let scheme = address.split_once(':').is_some_and(|(scheme, _)| {
        scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    });
    if scheme || address.starts_with(['/', '#', '~']) {
        return None;
    }
    let end = address.find(['?', '#']).unwrap_or(address.len());
    // `#{…}` is part of a path that is computed.
    let end = if address[end..].starts_with("#{") {
        address.len()
    } else {
        end
    };
    let (path, suffix) = address.split_at(end);
    if let Some(file) = asset(from, path) {
        return Some(relative(to.folder(), file.as_str()) + suffix);
    }
    let path = within(from.folder(), path)?;
    Some(match path.strip_prefix("node_modules/") {
        Some(package) => format!("~{package}{suffix}"),
        None => relative(to.folder(), &path) + suffix,
    })
}

fn relative(folder: &str, path: &str) -> String {
    let from: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let to: Vec<&str> = path.split('/').collect();
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = "../".repeat(from.len() - same);
    let down = to[same..].join("/");
    match up.is_empty() {
        true => format!("./{down}"),
        false => up + &down,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> ModulePath {
        ModulePath::parse(name, &Default::default()).unwrap()
    }

    #[test]
    fn addresses_name_the_same_files_from_elsewhere() {
        let text = "a { b: url(./x.png) url( '../y.svg#z' ) url(\"/p.png\") url(data:a) url($v) url(#{$w}) url('#{$w}/q.png') url(https://a/b) my-url(k); c: url(@/i.png); }\n\
            @import \"./n.css\"; @import url(m.css); @import 'part';";
        let asset =
            |_: &ModulePath, address: &str| (address == "@/i.png").then(|| path("src/i.png"));
        let out = rebased(
            text,
            &path("src/a/b/_x.scss"),
            &path("src/a/main.scss"),
            &asset,
        );
        assert_eq!(
            out,
            "a { b: url(./b/x.png) url( './y.svg#z' ) url(\"/p.png\") url(data:a) url($v) url(#{$w}) url('#{$w}/q.png') url(https://a/b) my-url(k); c: url(../i.png); }\n\
            @import \"./b/n.css\"; @import url(./b/m.css); @import 'part';"
        );
        let package = rebased(
            "url(./f/a.woff2?x)",
            &path("node_modules/@s/p/scss/_a.scss"),
            &path("src/a.scss"),
            &asset,
        );
        assert_eq!(package, "url(~@s/p/scss/f/a.woff2?x)");
        assert_eq!(
            rebased(text, &path("src/_x.scss"), &path("src/y.scss"), &asset),
            text
        );
    }
}
