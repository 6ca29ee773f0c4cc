//! What people ask, and which articles of the demo brand they get: the ranking is good if these stay so.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::path::Path;
use std::sync::Arc;

use expect_test::{Expect, expect};
use knowledge::{Fragment, Hit, Library, Question};
use model::{Catalogue, CatalogueFile};
use orchestrate::Articles;

fn library() -> Library {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue/knowledge");
    let mut files: Vec<CatalogueFile> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            CatalogueFile { path: format!("knowledge/{name}"), text: std::fs::read_to_string(&path).unwrap() }
        })
        .collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Library::new(Arc::new(Articles::of(&Catalogue { version: 1, files }))).unwrap()
}

fn ask(library: &Library, text: &str, language: &str, staff: bool) -> Vec<Hit> {
    library.search(Question { text, language, staff, limit: 3 }).unwrap()
}

fn check(language: &str, staff: bool, questions: &[&str], expected: Expect) {
    let library = library();
    let line = |text: &&str| {
        let hits = ask(&library, text, language, staff);
        let hits: Vec<String> =
            hits.iter().map(|hit| format!("{} {:.2}", hit.name, hit.confidence)).collect();
        format!("{text:50} → {}\n", hits.join(", "))
    };
    expected.assert_eq(&questions.iter().map(line).collect::<String>());
}

#[test]
fn questions_as_customers_ask_them() {
    check(
        "en-GB",
        false,
        &[
            "how do I send back my sofa?",
            "I want to return a chair",
            "when do I get my money back",
            "refund",
            "my table arrived broken",
            "the lamp is damaged, what now?",
            "how long does delivery take",
            "when will my order be delivered?",
            "are you open on sunday",
            "opening hours",
            "can I pay in instalments?",
            "do you take cash",
            "what does the care package cover",
            "cleaning of a stained sofa",
            "is there parking",
            "hello",
            "what is the weather like tomorrow",
            "discount for goodwill",
        ],
        expect![[r#"
            how do I send back my sofa?                        → returns 0.52, damaged 0.52, refund 0.18
            I want to return a chair                           → returns 0.50
            when do I get my money back                        → refund 1.00, returns 1.00, damaged 0.35
            refund                                             → refund 1.00
            my table arrived broken                            → damaged 0.60, care-package 0.21, delivery-times 0.21
            the lamp is damaged, what now?                     → damaged 0.50
            how long does delivery take                        → delivery-times 1.00, payment 0.50, returns 0.50
            when will my order be delivered?                   → delivery-times 0.88, payment 0.46, damaged 0.42
            are you open on sunday                             → opening-hours 1.00
            opening hours                                      → opening-hours 1.00, delivery-times 0.42
            can I pay in instalments?                          → payment 1.00, damaged 0.35, refund 0.35
            do you take cash                                   → payment 0.58, delivery-times 0.42, returns 0.42
            what does the care package cover                   → care-package 1.00
            cleaning of a stained sofa                         → care-package 0.67
            is there parking                                   → opening-hours 1.00
            hello                                              → 
            what is the weather like tomorrow                  → 
            discount for goodwill                              → 
        "#]],
    );
}

#[test]
fn typing_mistakes_and_words_that_are_not_finished() {
    check(
        "en",
        false,
        &[
            "refnud",
            "delivvery times",
            "brokn",
            "opning hours",
            "instal",
            "cle",
            "ca",
            "deliv",
            "instalmnets intrest",
        ],
        expect![[r#"
            refnud                                             → refund 0.70
            delivvery times                                    → delivery-times 0.87, payment 0.29
            brokn                                              → damaged 0.70, care-package 0.70, delivery-times 0.70
            opning hours                                       → opening-hours 0.42, delivery-times 0.42
            instal                                             → payment 1.00
            cle                                                → care-package 0.80
            ca                                                 → 
            deliv                                              → delivery-times 0.80, payment 0.80
            instalmnets intrest                                → payment 0.35
        "#]],
    );
}

#[test]
fn each_language_by_its_own_words_and_the_default_where_it_has_none() {
    check(
        "de",
        false,
        &[
            "Wie lange dauert die Lieferung?",
            "Möbel zurückgeben",
            "moebel zurueckgeben",
            "Lieferungen",
            "refund",
        ],
        expect![[r#"
        Wie lange dauert die Lieferung?                    → delivery-times 1.00
        Möbel zurückgeben                                  → returns 1.00, delivery-times 0.21
        moebel zurueckgeben                                → returns 1.00, delivery-times 0.21
        Lieferungen                                        → delivery-times 1.00
        refund                                             → refund 1.00
    "#]],
    );
}

#[test]
fn the_order_agrees_with_the_confidence() {
    let library = library();
    for (language, text) in [
        ("en", "do you take cash"),
        ("en", "which colour, and do you take cash"),
        ("en", "how do I send back my sofa?"),
        ("en", "is there a card for parking"),
        ("en", "delivery of a broken table on sunday"),
        ("de", "Wie lange dauert die Lieferung, und kann ich sie zurückgeben?"),
        ("de", "Rückgabe der Möbel nach der Lieferung"),
        ("de", "Nehmen Sie die Möbel zurück?"),
    ] {
        let hits = ask(&library, text, language, true);
        let sure: Vec<f64> = hits.iter().map(|hit| (hit.confidence * 100.0).round()).collect();
        assert!(sure.is_sorted_by(|one, other| one >= other), "{text}: {sure:?}");
    }
}

#[test]
fn staff_find_what_is_for_them() {
    check(
        "en",
        true,
        &["how much goodwill may I give", "discount"],
        expect![[r#"
        how much goodwill may I give                       → goodwill 1.00
        discount                                           → goodwill 1.00
    "#]],
    );
}

#[test]
fn what_was_asked_is_marked() {
    let library = library();
    let hits = ask(&library, "return furniture", "en", false);
    let shown = |fragments: &[Fragment]| -> String {
        let one = |own: &Fragment| if own.hit { format!("[{}]", own.text) } else { own.text.clone() };
        fragments.iter().map(one).collect()
    };
    let lines: String =
        hits.iter().map(|hit| format!("{}\n  {}\n", shown(&hit.title), shown(&hit.snippet))).collect();
    expect![[r#"
        Send something back
          You have 30 days to [return] a piece, free of charge. We collect [furniture]; small pieces go by parcel.
        How long delivery takes
          Small pieces come within 2 to 4 days, [furniture] within 2 weeks. We call you to agree on a day.
        What the care package covers
          With the care package we look after your [furniture] at home.
    "#]].assert_eq(&lines);
}

#[test]
fn nothing_in_a_question_breaks_the_search() {
    let library = library();
    for text in [
        "",
        "   ",
        "\"",
        "title:refund AND (",
        "* OR ?",
        "\u{0}",
        "🛋️",
        &"word ".repeat(2_000),
        "ﷺ",
        "İstanbul",
    ] {
        ask(&library, text, "en", false);
        ask(&library, text, "xx-yy-zz", true);
    }
    let empty = Library::new(Arc::default()).unwrap();
    assert_eq!(ask(&empty, "refund", "en", true), []);
}
