//! Source maps.

use super::{compile_with, compiled, packed};
use overskill_module::{CompileOptions, Target};
use serde_json::Value;

#[test]
fn an_apps_file_has_a_map_and_a_packages_has_none() {
    let source = "// 😀\nexport const a = 1;\n";
    let module = compiled("src/a.ts", source);
    let map: Value = serde_json::from_str(&module.map).unwrap();
    assert_eq!(map["version"], 3);
    assert_eq!(map["sources"], serde_json::json!(["/src/a.ts"]));
    assert_eq!(map["sourcesContent"], serde_json::json!([source]));
    let lines: Vec<&str> = map["mappings"].as_str().unwrap().split(';').collect();
    let at = module
        .code
        .lines()
        .position(|line| line.contains("const a"))
        .unwrap();
    assert!(lines[..at].iter().all(|line| line.is_empty()), "{lines:?}");
    // Column 2 of that line is line 1, column 7 of the source.
    assert!(lines[at].starts_with("EACO"), "{lines:?}");
    assert_eq!(packed("src/a.ts", source).map, "");
}

/// For each line of code, `(column, source line, source column)`.
fn decoded(map: &str) -> Vec<Vec<(i64, i64, i64)>> {
    let map: Value = serde_json::from_str(map).unwrap();
    let (mut line, mut column) = (0, 0);
    let mut lines = Vec::new();
    for text in map["mappings"].as_str().unwrap().split(';') {
        let mut at = 0;
        let mut segments = Vec::new();
        for segment in text.split(',').filter(|segment| !segment.is_empty()) {
            let numbers = numbers(segment);
            at += numbers[0];
            if let [_, _, lines, columns, ..] = numbers[..] {
                line += lines;
                column += columns;
                segments.push((at, line, column));
            }
        }
        lines.push(segments);
    }
    lines
}

fn numbers(segment: &str) -> Vec<i64> {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut shift, mut value) = (0, 0);
    let mut numbers = Vec::new();
    for byte in segment.bytes() {
        let digit = digits.iter().position(|known| *known == byte).unwrap() as i64;
        value |= (digit & 31) << shift;
        shift += 5;
        if digit & 32 == 0 {
            numbers.push(if value & 1 == 1 {
                -(value >> 1)
            } else {
                value >> 1
            });
            (shift, value) = (0, 0);
        }
    }
    numbers
}

#[test]
fn every_call_leads_back_to_where_it_was_written() {
    let source = "import type { T } from 't';
import { at1 as call } from 'x';
interface Gone {
  a: string;
}
enum E {
  A = at2(),
}
class K {
  #p = at3();
  constructor(private q: T) { at4(); }
  static { at5(); }
  async m<X>(x?: X) {
    await at6();
  }
}
/* 😀 */ export const f = (a?: Gone) => a?.a ?? at7(
  1,
  at8(),
);
export default function View() {
  return (
    <div
      id={at9()}
    >
      text
      {at10() ? <b>{at11()}</b> : null}
    </div>
  );
}
try { call(); at12(); } catch { throw at13(); }
";
    for target in [Target::Es2015, Target::Es2020, Target::EsNext] {
        let options = CompileOptions {
            target,
            ..CompileOptions::default()
        };
        let module = compile_with("src/a.tsx", source, options);
        let map = decoded(&module.map);
        for number in 2..=13 {
            let name = format!("at{number}(");
            let place = |text: &str| {
                let mut lines = text.lines().enumerate();
                lines.find_map(|(line, text)| Some((line as i64, text.find(&name)? as i64)))
            };
            let (line, column) = place(&module.code).expect(&name);
            let segments = &map[line as usize];
            let segment = segments.iter().rfind(|segment| segment.0 <= column);
            let (_, line, column) = *segment.expect(&name);
            let (wanted, at) = place(source).unwrap();
            assert_eq!(line, wanted, "{target:?} {name}\n{}", module.code);
            // Columns are in UTF-16 units; the one line that has others is only checked for its line.
            assert!(
                column == at || number == 7,
                "{target:?} {name} {column} {at}"
            );
        }
    }
}
