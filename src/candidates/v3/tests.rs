//! Written by hand: what a reader should see at once. The comparison with upstream's own extractor is in `worker-tests/candidates.test.mjs`.

use super::{Syntax, extract};

fn found(text: &str) -> Vec<String> {
    extract(text, "tsx", Syntax::default())
        .into_iter()
        .collect()
}

#[test]
fn classes_are_found_between_quotes() {
    let classes = found(r#"<a className="px-1.5 md:hover:bg-[#fff]/50 !mt-2 [mask-type:alpha]">"#);
    for class in [
        "px-1.5",
        "md:hover:bg-[#fff]/50",
        "!mt-2",
        "[mask-type:alpha]",
    ] {
        assert!(classes.iter().any(|found| found == class), "{class}");
    }
}

#[test]
fn classes_that_dots_chain_are_found_one_by_one() {
    let classes = found("div.flex.px-5");
    assert!(
        ["flex", "px-5"]
            .iter()
            .all(|class| classes.contains(&(*class).to_owned()))
    );
}
