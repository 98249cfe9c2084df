//! Types are erased in place.

use crate::erase_types;
use overskill_model::ModulePath;

fn erased(text: &str) -> Result<String, String> {
    let path = ModulePath::parse("tailwind.config.ts", &Default::default()).unwrap();
    erase_types(&path, text).map_err(|problem| problem.code)
}

#[test]
fn only_types_become_spaces() {
    for (typed, plain) in [
        ("import type { A } from 'a';\nx", "\nx"),
        ("import { type A, b } from 'a'", "import { b } from 'a'"),
        (
            "export default { a: 1 } satisfies Config",
            "export default { a: 1 }",
        ),
        (
            "const a: Record<string, number> = {} as any;",
            "const a = {} ;",
        ),
        (
            "const f = <T,>(a?: T, ...b: T[]): T => a!;",
            "const f = (a , ...b) => a ;",
        ),
        (
            "interface A { b: string }\ntype C = A;\nf<A>(x as const)",
            "\n\nf (x )",
        ),
        ("declare const a: string;\nexport type B = 1;", "\n"),
    ] {
        let found = erased(typed).unwrap();
        let squeezed = |text: &str| text.split([' ', ';']).collect::<String>();
        assert_eq!(squeezed(&found), squeezed(plain), "{found}");
        assert_eq!(found.len(), typed.len());
    }
}

#[test]
fn places_stay_where_they_are() {
    let text = "\u{feff}const é: \"😀\" | 'b' = x;\nconst b = 1;";
    let found = erased(text).unwrap();
    assert_eq!(found.encode_utf16().count(), text.encode_utf16().count());
    assert!(found.ends_with("= x;\nconst b = 1;"));
}

#[test]
fn what_makes_code_and_what_cannot_be_read_is_told() {
    assert_eq!(
        erased("enum A { B }"),
        Err("config-not-understood".to_owned())
    );
    assert_eq!(
        erased("namespace A { export const b = 1 }"),
        Err("config-not-understood".to_owned())
    );
    assert!(erased("const = ").is_err());
    assert!(erased(&"[".repeat(100_000)).is_err());
}
