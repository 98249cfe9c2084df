//! WebAssembly imported as a module: what it imports and exports, read from its bytes, and the factory that gives it.
//!
//! Input: a binary that imports `f` from `./env.js` and exports `add`.
//! Output: `async function*(os){ os.x({add: () => add}); const i0 = os.i("./env.js"); yield; …instantiate… }`.

use overskill_diagnostics::{Diagnostic, Span};
use overskill_model::ModulePath;
use overskill_module::{CompiledModule, Dependency, DependencyKind, Export, ModuleFacts};
use std::fmt::Write;

/// What a compiler of WebAssembly gives by itself, which no module need.
const BUILTIN: [&str; 2] = ["wasm:js-string", "wasm:js/string-constants"];
/// How many imports and exports one may have.
const NAMES: usize = 100_000;

/// The module of a binary. Total.
pub fn wasm_module(path: &ModulePath, bytes: &[u8]) -> CompiledModule {
    match Interface::read(bytes) {
        Some(interface) => interface.module(path),
        None => {
            let message = format!("`{path}` is no WebAssembly module.");
            let error = Diagnostic::error("wasm-unreadable", message).in_file(path);
            CompiledModule::failed(vec![
                error.hint("Upload the binary as it is; text in it must not be converted."),
            ])
        }
    }
}

#[derive(Default)]
struct Interface {
    /// By module, in order of first appearance.
    imports: Vec<(String, Vec<String>)>,
    /// The name, and whether it is a global.
    exports: Vec<(String, bool)>,
}

impl Interface {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes.strip_prefix(b"\0asm\x01\0\0\0")?);
        let mut interface = Self::default();
        while !reader.0.is_empty() {
            let section = reader.byte()?;
            let length = reader.number()? as usize;
            let mut body = Reader(reader.take(length)?);
            match section {
                2 => interface.read_imports(&mut body)?,
                7 => interface.read_exports(&mut body)?,
                _ => {}
            }
        }
        Some(interface)
    }

    fn read_imports(&mut self, body: &mut Reader<'_>) -> Option<()> {
        let count = body.number()? as usize;
        (count <= NAMES).then_some(())?;
        for _ in 0..count {
            let from = body.name()?;
            let name = body.name()?;
            match body.byte()? {
                // Function: its type.
                0 => drop(body.number()?),
                // Table: what it holds, how much.
                1 => {
                    body.reference()?;
                    body.limits()?;
                }
                2 => body.limits()?,
                // Global: its type, whether it changes.
                3 => {
                    body.reference()?;
                    body.byte()?;
                }
                // Tag: an attribute, its type.
                4 => {
                    body.byte()?;
                    body.number()?;
                }
                _ => return None,
            }
            if BUILTIN.contains(&from.as_str()) {
                continue;
            }
            // Mostly the last one's.
            match self.imports.iter().rposition(|(known, _)| *known == from) {
                Some(at) => self.imports[at].1.push(name),
                None if self.imports.len() < 1000 => self.imports.push((from, vec![name])),
                None => return None,
            }
        }
        Some(())
    }

    fn read_exports(&mut self, body: &mut Reader<'_>) -> Option<()> {
        let count = body.number()? as usize;
        (count <= NAMES).then_some(())?;
        for _ in 0..count {
            let name = body.name()?;
            let kind = body.byte()?;
            body.number()?;
            self.exports.push((name, kind == 3));
        }
        Some(())
    }

    fn module(&self, path: &ModulePath) -> CompiledModule {
        let own = format!("./{}", path.name());
        let dependency = |specifier: &str, kind| Dependency {
            specifier: specifier.to_owned(),
            kind,
            span: Span::default(),
            names: Vec::new(),
            optional: false,
            whole: true,
        };
        let mut dependencies = vec![dependency(&own, DependencyKind::Url)];
        let mut holders = String::new();
        let mut imports = String::new();
        for (at, (from, names)) in self.imports.iter().enumerate() {
            dependencies.push(dependency(from, DependencyKind::Static));
            let _ = write!(holders, "const i{at}=os.i({});", string(from));
            let names = names
                .iter()
                .map(|name| format!("{}:i{at}[{}]", key(name), string(name)));
            let _ = write!(
                imports,
                "{}:{{{}}},",
                key(from),
                names.collect::<Vec<_>>().join(",")
            );
        }
        let mut getters = String::new();
        let mut values = String::new();
        for (at, (name, global)) in self.exports.iter().enumerate() {
            let _ = write!(getters, "{}:()=>e{at},", key(name));
            // A global is its value to JavaScript; one that JavaScript can't hold stays undefined.
            let _ = match global {
                true => write!(
                    values,
                    "let e{at};try{{e{at}=all[{}].value}}catch{{}}",
                    string(name)
                ),
                false => write!(values, "const e{at}=all[{}];", string(name)),
            };
        }
        let code = format!(
            "async function*(os){{\"use strict\";os.x({{{getters}}});{holders}yield;const all=(await os.wasm(os.u({}),{{{imports}}})).exports;{values}}}",
            string(&own)
        );
        let exports = self.exports.iter();
        CompiledModule {
            code,
            facts: ModuleFacts {
                dependencies,
                exports: exports
                    .map(|(name, _)| Export {
                        name: name.clone(),
                        from: None,
                    })
                    .collect(),
                top_level_await: true,
                ..ModuleFacts::default()
            },
            ..CompiledModule::default()
        }
    }
}

/// A literal's `__proto__: …` would set the prototype.
fn key(name: &str) -> String {
    match name {
        "__proto__" => "[\"__proto__\"]".to_owned(),
        _ => string(name),
    }
}

fn string(text: &str) -> String {
    crate::draft::string(text)
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    /// LEB128, unsigned, at most 64 bits.
    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn name(&mut self) -> Option<String> {
        let length = self.number()? as usize;
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }

    /// A value's type; typed references take a heap type, too.
    fn reference(&mut self) -> Option<()> {
        if matches!(self.byte()?, 0x63 | 0x64) {
            self.number()?;
        }
        Some(())
    }

    fn limits(&mut self) -> Option<()> {
        let flags = self.byte()?;
        self.number()?;
        if flags & 1 != 0 {
            self.number()?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use overskill_model::Limits;

    fn module(bytes: &[u8]) -> CompiledModule {
        wasm_module(
            &ModulePath::parse("src/a.wasm", &Limits::default()).unwrap(),
            bytes,
        )
    }

    #[test]
    fn what_it_imports_and_exports_are_facts() {
        let bytes = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x0b\x01\x05./e.j\x01f\0\0\x07\x09\x02\x01a\0\0\x01g\x03\0";
        let module = module(bytes);
        assert!(module.is_ok(), "{:?}", module.diagnostics);
        let specifiers: Vec<_> = module
            .facts
            .dependencies
            .iter()
            .map(|it| it.specifier.as_str())
            .collect();
        assert_eq!(specifiers, ["./a.wasm", "./e.j"]);
        assert_eq!(module.facts.exports.len(), 2);
        assert!(module.code.contains("\"./e.j\":{\"f\":i0[\"f\"]}"));
    }

    #[test]
    fn what_is_damaged_is_said_to_be() {
        for bytes in [
            &b""[..],
            b"\0asm",
            b"\0asm\x01\0\0\0\x02\xff\xff\xff\xff\x0f",
            b"\0asm\x01\0\0\0\x02\x02\xff\xff",
            b"\0asm\x01\0\0\0\x07\x06\xff\xff\xff\xff\xff\x7f",
            b"\0asm\x01\0\0\0\x07\x04\x01\x02a\xff",
        ] {
            assert_eq!(
                module(bytes).diagnostics[0].code,
                "wasm-unreadable",
                "{bytes:?}"
            );
        }
        assert!(module(b"\0asm\x01\0\0\0").is_ok());
    }
}
