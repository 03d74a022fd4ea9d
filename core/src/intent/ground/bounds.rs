//! How much is searched, counted and not timed.

use proptest::collection::vec;
use proptest::prelude::*;

use super::effort::Effort;
use super::{Arena, Atom, Kind, Source};
use crate::grant::level::Level;
use crate::json::Value;

const HARMLESS: &dyn Fn(&str) -> bool = &|_| false;

fn arena(prompt: &str, outputs: &[String]) -> Arena {
    let mut arena = Arena::new();
    arena.prompt(prompt);
    let source = Source { structured: true, ..Source::default() };
    for output in outputs {
        arena.output(&source, &Value::String(output.clone()), &Effort::of_output());
    }
    arena
}

fn text(norm: &str) -> Atom {
    Atom { kind: Kind::Text, norm: norm.to_owned(), hidden: false }
}

/// What grounding all of these takes, and how well they are grounded.
fn spent(arena: &Arena, wanted: impl IntoIterator<Item = Atom>) -> (usize, Vec<Level>) {
    let effort = Effort::of_decision();
    let (search, before) = (arena.search(&effort), effort.left());
    let levels = wanted.into_iter().map(|atom| search.ground_parts(&atom, Some(HARMLESS)).level).collect();
    (before - effort.left(), levels)
}

#[test]
fn a_value_that_comes_again_is_not_searched_for_again() {
    let arena = arena("Read my mail", &["aaa. ".repeat(40_000)]);
    let (once, _) = spent(&arena, [text("aaa")]);
    let (often, levels) = spent(&arena, (0..2_000).map(|_| text("aaa")));
    assert_eq!((once, levels[1_999]), (often, Level::Untrusted));
}

#[test]
fn a_value_nobody_wrote_is_hardly_searched_for() {
    let arena = arena("Read my mail", &["aaa bbb. ".repeat(40_000)]);
    let (work, levels) = spent(&arena, (0..5_000).map(|number| text(&format!("zz{number} aaa"))));
    assert!(work < 5_000 * 16, "{work}");
    assert!(levels.iter().all(|level| *level == Level::Nowhere));
}

#[test]
fn a_value_is_found_wherever_it_is_in_a_large_page() {
    for page in ["red brick house. ".to_owned() + &"green field. ".repeat(60_000), "green field. ".repeat(60_000) + "red brick house."] {
        let arena = arena("Read my mail", &[page]);
        let (work, levels) = spent(&arena, [text("red brick house")]);
        assert!(work < 200 && levels == [Level::Untrusted], "{work} {levels:?}");
    }
}

#[test]
fn beyond_the_effort_nothing_is_found() {
    let words: Vec<_> = (0..60).map(|number| format!("w{number}q")).collect();
    let arena = arena("Read my mail", &[(words.join(" ") + ". ").repeat(3_000)]);
    let phrases = (0..60).flat_map(|from| (from + 1..=60).map(move |to| (from, to)));
    let (_, levels) = spent(&arena, phrases.map(|(from, to)| text(&words.get(from..to).unwrap_or_default().join(" "))));
    assert_eq!((levels.first(), levels.last()), (Some(&Level::Untrusted), Some(&Level::Nowhere)));
    let found = levels.iter().take_while(|level| **level == Level::Untrusted).count();
    assert!(levels.iter().skip(found).all(|level| *level == Level::Nowhere), "one value is not found and the next one missed by chance");
}

#[test]
fn an_output_is_left_out_from_where_too_much_was_compared() {
    let mut arena = arena(&"the report of the office and the agenda of bob. ".repeat(170), &[]);
    let record = Value::Object([("a".to_owned(), Value::String("report of office agenda".to_owned()))].into_iter().collect());
    let effort = Effort::of_output();
    arena.output(&Source { structured: true, ..Source::default() }, &Value::Array(vec![record; 30_000]), &effort);
    assert!(effort.is_spent() && arena.is_tainted());
    // What is observed afterwards is taken in.
    arena.output(&Source { structured: true, ..Source::default() }, &Value::String("a red brick house".to_owned()), &Effort::of_output());
    assert_eq!(spent(&arena, [text("red brick house")]).1, [Level::Untrusted]);
}

proptest! {
    /// The index finds what searching everything would.
    #[test]
    fn what_is_in_a_text_is_found(words in vec("[a-c]{1,3}", 3..40), from in 0_usize..40, length in 1_usize..4) {
        let from = from % words.len();
        let part = words.iter().skip(from).take(length).map(String::as_str).collect::<Vec<_>>().join(" ");
        let arena = arena("x", &[words.join(" ")]);
        let (_, levels) = spent(&arena, [text(&part)]);
        prop_assert_eq!(levels, [if part.len() < 3 { Level::Nowhere } else { Level::Untrusted }]);
    }
}
