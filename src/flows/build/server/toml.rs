//! TOML as far as settings of Workers use it: tables, lists of tables, texts, numbers, booleans, lists and inline tables.
//! No dates, which no setting has.

use serde_json::{Map, Value};

/// How deep lists and tables may be in each other.
const DEPTH: usize = 16;

/// Reads a document; `None` for what is none.
pub(super) fn read(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text };
    let mut root = Map::new();
    let mut table: Vec<String> = Vec::new();
    loop {
        reader.skip(true);
        if reader.rest.is_empty() {
            return Some(Value::Object(root));
        }
        if reader.take("[[") {
            table = reader.key()?;
            reader.expect("]]")?;
            let (last, above) = table.split_last()?;
            let list = inside(&mut root, above)?.entry(last.clone());
            let list = list.or_insert_with(|| Value::Array(Vec::new()));
            list.as_array_mut()?.push(Value::Object(Map::new()));
        } else if reader.take("[") {
            table = reader.key()?;
            reader.expect("]")?;
            inside(&mut root, &table)?;
        } else {
            reader.pair(inside(&mut root, &table)?, 0)?;
        }
        reader.skip(false);
        let ended = reader.rest.is_empty() || reader.rest.starts_with(['\n', '\r']);
        ended.then_some(())?;
    }
}

/// The table at a path, made where it is not there; of a list of tables the last.
fn inside<'a>(
    mut at: &'a mut Map<String, Value>,
    path: &[String],
) -> Option<&'a mut Map<String, Value>> {
    for name in path {
        let next = at.entry(name.clone());
        let next = next.or_insert_with(|| Value::Object(Map::new()));
        at = match next {
            Value::Array(list) => list.last_mut()?.as_object_mut()?,
            next => next.as_object_mut()?,
        };
    }
    Some(at)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// Blanks and comments; with `lines`, ends of lines, too.
    fn skip(&mut self, lines: bool) {
        loop {
            let blank = |it: char| matches!(it, ' ' | '\t') || lines && matches!(it, '\n' | '\r');
            self.rest = self.rest.trim_start_matches(blank);
            if !self.rest.starts_with('#') {
                return;
            }
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.rest = &self.rest[end..];
        }
    }

    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, token: &str) -> Option<()> {
        self.take(token).then_some(())
    }

    /// `a.b."c"`.
    fn key(&mut self) -> Option<Vec<String>> {
        let mut names = Vec::new();
        loop {
            self.skip(false);
            if self.rest.starts_with(['"', '\'']) {
                names.push(self.text()?);
            } else {
                let bare = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
                let end = self.rest.find(|it| !bare(it)).unwrap_or(self.rest.len());
                let (name, rest) = self.rest.split_at(end);
                (!name.is_empty()).then_some(())?;
                names.push(name.to_owned());
                self.rest = rest;
            }
            self.skip(false);
            if names.len() > DEPTH {
                return None;
            }
            if !self.take(".") {
                return Some(names);
            }
        }
    }

    fn pair(&mut self, into: &mut Map<String, Value>, depth: usize) -> Option<()> {
        let mut path = self.key()?;
        self.expect("=")?;
        let value = self.value(depth)?;
        let name = path.pop()?;
        inside(into, &path)?.insert(name, value);
        Some(())
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        (depth < DEPTH).then_some(())?;
        self.skip(false);
        if self.rest.starts_with(['"', '\'']) {
            return self.text().map(Value::String);
        }
        if self.take("[") {
            let mut list = Vec::new();
            self.several("]", |reader| {
                list.push(reader.value(depth + 1)?);
                Some(())
            })?;
            return Some(Value::Array(list));
        }
        if self.take("{") {
            let mut table = Map::new();
            self.several("}", |reader| reader.pair(&mut table, depth + 1))?;
            return Some(Value::Object(table));
        }
        let ends = [',', ']', '}', '#', '\n', '\r', ' ', '\t'];
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            number => {
                let number = number.replace('_', "");
                let whole = number.parse::<i64>().ok().map(Value::from);
                whole.or_else(|| number.parse::<f64>().ok().map(Value::from))
            }
        }
    }

    /// What stands between commas, up to `end`.
    fn several(&mut self, end: &str, mut one: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        loop {
            self.skip(true);
            if self.take(end) {
                return Some(());
            }
            one(self)?;
            self.skip(true);
            if !self.take(",") {
                return self.expect(end);
            }
        }
    }

    fn text(&mut self) -> Option<String> {
        for (mark, escapes) in [("\"\"\"", true), ("'''", false)] {
            if self.take(mark) {
                let inner = self.until(mark)?;
                let inner = inner.strip_prefix('\r').unwrap_or(inner);
                let inner = inner.strip_prefix('\n').unwrap_or(inner);
                return match escapes {
                    true => unescaped(inner),
                    false => Some(inner.to_owned()),
                };
            }
        }
        if self.take("'") {
            let inner = self.until("'")?;
            return (!inner.contains('\n')).then(|| inner.to_owned());
        }
        self.expect("\"")?;
        let mut escaped = false;
        let end = self.rest.find(|it| {
            let ends = !escaped && matches!(it, '"' | '\n');
            escaped = !escaped && it == '\\';
            ends
        })?;
        let (inner, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.expect("\"")?;
        unescaped(inner)
    }

    /// What stands before `mark`, which is passed.
    fn until(&mut self, mark: &str) -> Option<&str> {
        let (inner, rest) = self.rest.split_once(mark)?;
        self.rest = rest;
        Some(inner)
    }
}

fn unescaped(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(each) = rest.next() {
        if each != '\\' {
            out.push(each);
            continue;
        }
        let digits = match rest.next()? {
            'n' => Err('\n'),
            't' => Err('\t'),
            'r' => Err('\r'),
            'u' => Ok(4),
            'U' => Ok(8),
            // A line that goes on in the next.
            '\n' => {
                rest = rest.as_str().trim_start().chars();
                continue;
            }
            other => Err(other),
        };
        out.push(match digits {
            Err(plain) => plain,
            Ok(count) => {
                let digits: String = rest.by_ref().take(count).collect();
                (digits.len() == count).then_some(())?;
                char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
            }
        });
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SETTINGS: &str = r##"# A Worker.
name = 'x' # its name
main = "src/index.ts"
compatibility_flags = [
  "a", # one
  'b',
]
assets = { binding = "ASSETS", run_worker_first = ["/api/*", "!/api/docs/*"] }
[vars]
TITLE = "a \"b\" \u00e9 # c"
COUNT = 1_000
RATE = -0.5
"q.r" = true
nested.deep = {}
long = """
x
y"""
[[kv_namespaces]]
binding = "ONE"
[[kv_namespaces]]
binding = "TWO"
[durable_objects]
bindings = [{ name = "ROOM", class_name = "Room" }]
"##;

    #[test]
    fn settings_are_read() {
        let expected = json!({
            "name": "x", "main": "src/index.ts", "compatibility_flags": ["a", "b"],
            "assets": {"binding": "ASSETS", "run_worker_first": ["/api/*", "!/api/docs/*"]},
            "vars": {"TITLE": "a \"b\" é # c", "COUNT": 1000, "RATE": -0.5, "q.r": true, "nested": {"deep": {}}, "long": "x\ny"},
            "kv_namespaces": [{"binding": "ONE"}, {"binding": "TWO"}],
            "durable_objects": {"bindings": [{"name": "ROOM", "class_name": "Room"}]},
        });
        assert_eq!(read(SETTINGS).unwrap(), expected);
        assert_eq!(
            read(&SETTINGS.replace('\n', "\r\n")).unwrap()["main"],
            "src/index.ts"
        );
    }

    #[test]
    fn what_is_no_toml_is_nothing() {
        for text in [
            "a",
            "a =",
            "a = \"x",
            "[a",
            "a = [1",
            "a = 1 b = 2",
            "a = {b = 1",
            "a = 1\n[a.b]",
            "a = \"\\u12\"",
            "= 1",
            "a = '''",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&format!("a = {}", "[".repeat(10_000))), None);
        assert_eq!(read(&format!("a = {}", "{a=".repeat(10_000))), None);
    }
}
