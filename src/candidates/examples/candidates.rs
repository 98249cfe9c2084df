//! Answers over standard input and output what this crate finds, for the tests that compare it with upstream.
//!
//! Each request is a line `<kind> <extension> <bytes> <separator> <prefix>`, an absent prefix written `-`, with that many bytes after it. The kinds `v3` and `v4` ask for the candidates in a text; `content3` and `content4` for the content files of a tree, whose text has one line for each thing: `s` and a source (for version 4 its base, its pattern and whether it is negated), `g` with a folder and its ignore file (`\n` for its line ends), `p` and a path, all with tabs between. An answer is a list, each item with a zero byte after it, and one more zero byte.

use overskill_candidates::content::{V3Globs, V4Source, V4Sources};
use overskill_candidates::{v3, v4};
use std::collections::BTreeSet;
use std::io::{BufRead, Read, Result, Write};

fn main() -> Result<()> {
    let mut input = std::io::stdin().lock();
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    let mut line = String::new();
    while input.read_line(&mut line)? > 0 {
        let words: Vec<&str> = line.split_whitespace().collect();
        let length = words[2].parse().expect("a number of bytes");
        let mut text = vec![0; length];
        input.read_exact(&mut text)?;
        let text = String::from_utf8_lossy(&text);
        let found = match words[0] {
            "v3" => {
                let syntax = v3::Syntax {
                    separator: words[3],
                    prefix: if words[4] == "-" { "" } else { words[4] },
                };
                v3::extract(&text, words[1], syntax)
            }
            "v4" => v4::extract(&text, words[1]),
            kind => content(&text, kind == "content3"),
        };
        for candidate in found {
            write!(output, "{candidate}\0")?;
        }
        output.write_all(b"\0")?;
        line.clear();
    }
    output.flush()
}

fn content(text: &str, third: bool) -> BTreeSet<String> {
    let lines: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    let of = |kind| lines.iter().filter(move |line| line[0] == kind);
    let paths = of("p").map(|line| line[1]);
    let matching: Vec<&str> = if third {
        let globs = V3Globs::parse(of("s").map(|line| line[1]), "");
        paths.filter(|path| globs.matches(path)).collect()
    } else {
        let ignore: Vec<(&str, String)> = of("g")
            .map(|line| (line[1], line[2].replace("\\n", "\n")))
            .collect();
        let sources = of("s").map(|line| V4Source {
            base: line[1],
            pattern: line[2],
            negated: line[3] == "true",
        });
        let ignore = ignore.iter().map(|(folder, text)| (*folder, text.as_str()));
        let sources = V4Sources::new(sources, ignore);
        paths.filter(|path| sources.matches(path)).collect()
    };
    matching.into_iter().map(str::to_owned).collect()
}
