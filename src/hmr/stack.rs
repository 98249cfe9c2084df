//! Reading the stacks of errors as browsers write them.

/// A call as it stands in a stack. Line and column are 1-based.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackFrame {
    /// The function, where it has a name.
    pub function: Option<String>,
    /// The script.
    pub url: String,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// How many calls are read.
const FRAMES: usize = 50;

/// The calls of a stack, innermost first: V8's `at f (url:1:2)`, and `f@url:1:2` of the others.
pub fn frames(stack: &str) -> Vec<StackFrame> {
    stack.lines().filter_map(frame).take(FRAMES).collect()
}

fn frame(line: &str) -> Option<StackFrame> {
    let line = line.trim();
    let (function, place) = match line.strip_prefix("at ") {
        Some(call) => match call
            .strip_suffix(')')
            .and_then(|call| call.rsplit_once(" ("))
        {
            Some((function, place)) => (function, place),
            None => ("", call.strip_prefix("async ").unwrap_or(call)),
        },
        None => line.rsplit_once('@')?,
    };
    let (rest, column) = place.rsplit_once(':')?;
    let (url, line) = rest.rsplit_once(':')?;
    if url.is_empty() {
        return None;
    }
    let function = function.trim().trim_start_matches("async ");
    let named = !function.is_empty() && function != "<anonymous>";
    Some(StackFrame {
        function: named.then(|| function.to_owned()),
        url: url.to_owned(),
        line: line.parse().ok()?,
        column: column.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stack: &str) -> Vec<(Option<String>, String, u32, u32)> {
        let frames = frames(stack).into_iter();
        frames
            .map(|it| (it.function, it.url, it.line, it.column))
            .collect()
    }

    #[test]
    fn stacks_of_every_browser_are_read() {
        let url = "http://a.localhost:8787/__overskill/app-1.js";
        let chrome = format!(
            "TypeError: x is not a function (in b:1:2)\n    at App ({url}:12:34)\n    at async Promise.all (index 0)\n    at async load ({url}:5:6)\n    at {url}:7:8\n    at new K ({url}:9:1)\n    at Object.m [as n] ({url}:2:3)\n    at <anonymous>"
        );
        let at = |name: &str, line, column| {
            let name = (!name.is_empty()).then(|| name.to_owned());
            (name, url.to_owned(), line, column)
        };
        assert_eq!(
            read(&chrome),
            [
                at("App", 12, 34),
                at("load", 5, 6),
                at("", 7, 8),
                at("new K", 9, 1),
                at("Object.m [as n]", 2, 3)
            ]
        );
        let firefox = format!("App@{url}:12:34\n@{url}:1:2\nasync*load@{url}:3:4\n\n");
        assert_eq!(
            read(&firefox),
            [at("App", 12, 34), at("", 1, 2), at("async*load", 3, 4)]
        );
        assert_eq!(read("nothing to see\nat\n@\n:1:2\nat (:1:1)"), []);
    }
}
