//! Answers over standard input and output what this crate finds, for the tests that compare it with upstream.
//!
//! Each request is a line `v3 <extension> <bytes> <separator> <prefix>` or `v4 <extension> <bytes>`, an absent prefix written `-`, with that many bytes of text after it. The answer is the candidates, each with a zero byte after it, and one more zero byte.

use overskill_candidates::{v3, v4};
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
        let found = if words[0] == "v3" {
            let syntax = v3::Syntax {
                separator: words[3],
                prefix: if words[4] == "-" { "" } else { words[4] },
            };
            v3::extract(&text, words[1], syntax)
        } else {
            v4::extract(&text, words[1])
        };
        for candidate in found {
            write!(output, "{candidate}\0")?;
        }
        output.write_all(b"\0")?;
        line.clear();
    }
    output.flush()
}
