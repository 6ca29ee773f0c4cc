//! Articles are read, refused with place and remedy, and rendered for each channel.

use expect_test::{Expect, expect};
use model::{Catalogue, CatalogueFile};

use super::*;

const RETURNS: &str = "---
name: returns
language: en
title: Send something back
summary: Within 30 days, free of charge. We collect large pieces.
labels: [returns, refund]
default: true
---
You have **30 days**. Use the [form](https://shop.example/returns), or write to
[us](mailto:help@shop.example).

## How it goes

1. Pack it *well*
2. Book a date
   - mornings
   - evenings

> Sofas are collected.

See [delivery](article:delivery) and `R-4711`.
";
const DELIVERY: &str = "---\nname: delivery\nlanguage: en\ntitle: Delivery [times]\nsummary: Two to four days.\n---\nTwo to four days.\n";

fn catalogue(files: &[(&str, &str)]) -> Catalogue {
    let file = |(path, text): &(&str, &str)| CatalogueFile {
        path: format!("knowledge/{path}"),
        text: (*text).into(),
    };
    Catalogue { version: 1, files: files.iter().map(file).collect() }
}

fn problems(files: &[(&str, &str)], expected: Expect) {
    let mut problems = Vec::new();
    Articles::read(&catalogue(files), &mut problems);
    expected.assert_eq(&problems.iter().map(|problem| format!("{problem}\n")).collect::<String>());
}

#[test]
fn an_article_reads_as_each_channel_can_show_it() {
    let mut found = Vec::new();
    let articles =
        Articles::read(&catalogue(&[("returns.en.md", RETURNS), ("delivery.md", DELIVERY)]), &mut found);
    assert_eq!(found, []);
    let (language, text) = articles.get("returns").unwrap().text("de-AT");
    assert_eq!(language, "en");
    expect![[r#"
        **Send something back**

        You have **30 days**. Use the [form](https://shop.example/returns), or write to [us](mailto:help@shop.example).

        **How it goes**

        1. Pack it *well*
        2. Book a date
          - mornings
          - evenings

        > Sofas are collected.

        See delivery and `R-4711`."#]]
    .assert_eq(&text.chat());
    expect![[r#"
        Send something back

        You have 30 days. Use the form (https://shop.example/returns), or write to us (help@shop.example).

        How it goes

        1. Pack it well
        2. Book a date
          - mornings
          - evenings

        > Sofas are collected.

        See delivery and R-4711."#]]
    .assert_eq(&text.mail());
    assert_eq!(text.short(), "Send something back: Within 30 days, free of charge. We collect large pieces.");
    assert_eq!(
        articles.get("delivery").unwrap().text("en").1.chat(),
        "**Delivery \\[times\\]**\n\nTwo to four days."
    );
}

#[test]
fn long_articles_are_cut_between_blocks_and_short_ones_between_words() {
    let paragraph = "word ".repeat(100);
    let text = format!(
        "---\nname: long\nlanguage: en\ntitle: {}\nsummary: {}\n---\n{}",
        "t ".repeat(45),
        "s ".repeat(99),
        format!("{paragraph}\n\n").repeat(4)
    );
    let articles = Articles::of(&catalogue(&[("long.md", &text)]));
    let (_, text) = articles.get("long").unwrap().text("en");
    let chat = text.chat();
    assert!(chat.ends_with("word\n\n…") && chat.chars().count() <= CHARS_SEEN, "{chat}");
    assert!(text.short().chars().count() <= 306);
    assert_eq!(text.mail().matches("word").count(), 400, "mail has all of it");
}

/// What a chat window shows at most, with the sign that something was left out.
const CHARS_SEEN: usize = 1_203;

#[test]
fn mistakes_are_named_with_their_place_and_remedy() {
    problems(
        &[
            ("a.md", "no front matter"),
            ("b.md", "---\nname: b\ntitle: B\n---\nx"),
            ("c.md", "---\nname: C c\nlanguage: english\ntitle: ''\nsummary: s\naudience: public\n---\nx"),
            (
                "d.md",
                "---\nname: d\nlanguage: en\ntitle: D\nsummary: s\n---\n# Title\n\n<b>x</b>\n\n![i](https://x)\n\n[a](javascript:alert(1)) [b](/path)\n\n---\n",
            ),
            (
                "e.md",
                "---\nname: e\nlanguage: en\ntitle: E\nsummary: s\n---\n\n[gone](article:gone) [in](article:f)\n",
            ),
            ("f.md", "---\nname: f\nlanguage: en\ntitle: F\nsummary: s\naudience: staff\n---\nx"),
            ("g.de.md", "---\nname: g\nlanguage: de\ntitle: G\nsummary: s\nlabels: [x]\n---\nx"),
            ("g.en.md", "---\nname: g\nlanguage: en\ntitle: G\nsummary: s\n---\nx"),
            ("h.md", "---\nname: h\nlanguage: en\ntitle: H\nsummary: s\ncolour: red\n---\n"),
            ("i.md", "---\nname: i\nlanguage: en\ntitle: I\nsummary: s\n---\n"),
        ],
        expect![[r#"
            knowledge/a.md: it has no front matter. Begin with `---`, `name`, `language`, `title`, `summary`, `---`
            knowledge/b.md: missing field `language` at line 2, column 1. Write `name`, `language`, `title`, `summary`; if needed `labels`, `audience` (public or staff), `default`
            knowledge/c.md: name: `C c` is no name. Use up to 60 lower-case letters, digits, `-` and `_`
            knowledge/c.md: language: `english` is no language. Write such as `en` or `de-AT`
            knowledge/c.md: title: it is empty. Write at least a word
            knowledge/d.md: line 7: the title is in the front matter. Begin headings with `##` or `###`
            knowledge/d.md: line 9: HTML is not shown anywhere. Write it in Markdown, or escape `<` as `\<`
            knowledge/d.md: line 9: HTML is not shown anywhere. Write it in Markdown, or escape `<` as `\<`
            knowledge/d.md: line 11: images are not shown on every channel. Describe it, or link to it
            knowledge/d.md: line 13: `javascript:alert(1)` is no link that every channel opens. Link to https://…, mailto:…, tel:…, or article: and the name of an article
            knowledge/d.md: line 13: `/path` is no link that every channel opens. Link to https://…, mailto:…, tel:…, or article: and the name of an article
            knowledge/d.md: line 15: a line across is not shown anywhere. Use a heading
            knowledge/h.md: unknown field `colour`, expected one of name, language, title, summary, labels, audience, default at line 5, column 1. Write `name`, `language`, `title`, `summary`; if needed `labels`, `audience` (public or staff), `default`
            knowledge/i.md: the article says nothing. Write it below the front matter
            knowledge/e.md: line 8: there is no article `gone`. Link to one of: e, f, g
            knowledge/e.md: line 8: the article `f` is for staff, and this one is public. Delete the link, or make both of one audience
            knowledge/g.de.md: default: `g` has 2 languages, and none for everybody else. Write `default: true` in one of them
            knowledge/g.en.md: labels: other files of `g` have others. Write the same in all of them
        "#]],
    );
}
