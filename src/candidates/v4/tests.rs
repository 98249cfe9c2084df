//! Written by hand: what a reader should see at once, and that hostile text does no harm. The comparison with upstream's own scanner is in `worker-tests/candidates.test.mjs`.

use super::extract;

fn found(text: &str) -> Vec<String> {
    extract(text, "tsx").into_iter().collect()
}

#[test]
fn classes_are_found_between_quotes() {
    let text = r#"<a className={cn("px-1.5 -mt-2 flex!", on && 'md:hover:bg-[#fff]/50')}>"#;
    let classes = found(text);
    for class in ["px-1.5", "-mt-2", "flex!", "md:hover:bg-[#fff]/50"] {
        assert!(classes.iter().any(|found| found == class), "{class}");
    }
}

#[test]
fn custom_properties_are_found_within_values_as_well() {
    assert_eq!(found("bg-(--brand)"), ["--brand", "bg-(--brand)"]);
}

#[test]
fn the_keys_of_an_object_are_found_wherever_they_stand() {
    assert_eq!(found("{flex: x, block: y}"), ["block", "flex"]);
}

#[test]
fn a_language_has_its_own_way_of_writing_classes() {
    assert!(!found("x{.flex .block}").contains(&"block".to_owned()));
    let markdown = extract("x{.flex .block}", "md");
    assert!(markdown.contains("flex") && markdown.contains("block"));
    assert!(extract("<p class:flex={on}>", "svelte").contains("flex"));
}

/// Texts out of pieces that mean something, chosen by a generator that is the same in every run.
fn generated(seed: u64) -> String {
    const PIECES: [&str; 26] = [
        "a", "-", "[", "]", "(", ")", "{", "}", "'", "\"", "`", ":", "/", "!", "@", "*", ".", "1",
        "%", "\\", " ", "\n", "é", "😀", "--", "$",
    ];
    let mut state = seed;
    let mut text = String::new();
    for _ in 0..200 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        text.push_str(PIECES[(state >> 33) as usize % PIECES.len()]);
    }
    text
}

#[test]
fn any_text_is_read_to_its_end_and_every_candidate_is_part_of_it() {
    for seed in 0..2_000 {
        let text = generated(seed);
        for candidate in extract(&text, "html") {
            assert!(text.contains(&candidate), "{candidate} in {text}");
        }
        let syntax = crate::v3::Syntax::default();
        for candidate in crate::v3::extract(&text, "html", syntax) {
            assert!(text.contains(&candidate), "{candidate} in {text}");
        }
    }
}

#[test]
fn text_that_opens_brackets_without_end_costs_time_in_proportion() {
    for piece in ["x-['", "[a:", "x-[x.", "1.1.", "--a\\.", "[x'a:", "A"] {
        extract(&piece.repeat(200_000 / piece.len()), "html");
    }
}
