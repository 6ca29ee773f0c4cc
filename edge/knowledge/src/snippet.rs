//! The part of a text that speaks of what was asked, with the words that do marked.

use std::collections::BTreeSet;

use tantivy::tokenizer::{TextAnalyzer, TokenStream};

/// Characters of a snippet.
const CHARS_MAX: usize = 180;
/// Of them before the first word that was asked for.
const BEFORE_MAX: usize = 60;

/// A run of text, of what was asked or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    pub text: String,
    pub hit: bool,
}

/// The whole text with what was asked marked.
pub(crate) fn marked(text: &str, analyzer: &mut TextAnalyzer, words: &BTreeSet<&str>) -> Vec<Fragment> {
    let mut fragments = Vec::new();
    let mut at = 0;
    let mut keep = |from: usize, to: usize, hit: bool| {
        if from < to {
            fragments.push(Fragment { text: text[from..to].to_owned(), hit });
        }
    };
    for (from, to) in places(text, analyzer, words) {
        keep(at, from, false);
        keep(from, to, true);
        at = to;
    }
    keep(at, text.len(), false);
    fragments
}

/// The line that has the most of what was asked, cut around it; the first line where none has any.
pub(crate) fn snippet(text: &str, analyzer: &mut TextAnalyzer, words: &BTreeSet<&str>) -> Vec<Fragment> {
    let mut best = (0, text.lines().next().unwrap_or_default(), 0);
    for line in text.lines() {
        let found = places(line, analyzer, words);
        let different: BTreeSet<&str> = found.iter().map(|(from, to)| &line[*from..*to]).collect();
        if different.len() > best.0 {
            best = (different.len(), line, found[0].0);
        }
    }
    let (_, line, first) = best;
    marked(&cut(line, first), analyzer, words)
}

/// Where in the text the words stand, in bytes.
fn places(text: &str, analyzer: &mut TextAnalyzer, words: &BTreeSet<&str>) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut tokens = analyzer.token_stream(text);
    while let Some(token) = tokens.next() {
        if words.contains(token.text.as_str()) {
            found.push((token.offset_from, token.offset_to));
        }
    }
    found
}

fn cut(line: &str, first: usize) -> String {
    let before = line[..first].char_indices().rev().take(BEFORE_MAX).last().map_or(first, |(at, _)| at);
    let from =
        if before == 0 { 0 } else { line[before..].find(' ').map_or(before, |space| before + space + 1) };
    let from = from.min(first);
    let rest = &line[from..];
    let to = rest.char_indices().nth(CHARS_MAX).map_or(rest.len(), |(at, _)| at);
    let to = if to == rest.len() { to } else { rest[..to].rfind(' ').unwrap_or(to) };
    let (head, tail) = (if from > 0 { "… " } else { "" }, if to < rest.len() { " …" } else { "" });
    format!("{head}{}{tail}", &rest[..to])
}
