//! A Rust file with comments and texts blanked out, so that words found in it are code.

use std::ops::Range;

#[derive(Debug)]
pub struct Source {
    /// As long as the file, the same line breaks; comments and the inside of texts are spaces.
    pub code: String,
    /// Items under `#[cfg(test)]`, by byte.
    tests: Vec<Range<usize>>,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Function<'a> {
    pub name: &'a str,
    /// Counted from 1.
    pub line: usize,
    pub lines: usize,
    pub start: usize,
}

/// How a file of tests is declared.
#[derive(Debug, PartialEq, Eq)]
pub enum TestModule<'a> {
    /// `mod name;`
    Named(&'a str),
    /// `#[path = "…"] mod name;`
    At(&'a str),
}

impl Source {
    pub fn new(text: &str) -> Self {
        let code = blank(text);
        let tests = test_items(&code);
        Self { code, tests }
    }

    pub fn in_tests(&self, byte: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&byte))
    }

    pub fn line(&self, byte: usize) -> usize {
        1 + self.code.as_bytes()[..byte].iter().filter(|&&byte| byte == b'\n').count()
    }

    /// Lines outside of tests.
    pub fn lines(&self) -> usize {
        let mut start = 0;
        let mut lines = 0;
        for line in self.code.split_inclusive('\n') {
            let indent = line.len() - line.trim_start().len();
            lines += usize::from(!self.in_tests(start + indent.min(line.len() - 1)));
            start += line.len();
        }
        lines
    }

    /// Where the word stands as code: not inside a longer name.
    pub fn find<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        let bytes = self.code.as_bytes();
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let first_is_name = word.bytes().next().is_some_and(is_name);
        let last_is_name = word.bytes().next_back().is_some_and(is_name);
        self.code.match_indices(word).map(|(at, _)| at).filter(move |&at| {
            let before = at.checked_sub(1).map(|before| bytes[before]);
            let after = bytes.get(at + word.len()).copied();
            !((first_is_name && before.is_some_and(is_name)) || (last_is_name && after.is_some_and(is_name)))
        })
    }

    pub fn functions(&self) -> Vec<Function<'_>> {
        self.find("fn").filter_map(|at| self.function(at)).collect()
    }

    fn function(&self, at: usize) -> Option<Function<'_>> {
        let after = &self.code[at + 2..];
        let name = after.trim_start();
        let end = name.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        if end == 0 || name.len() == after.len() {
            return None; // `fn(u8)`, a type
        }
        let body = item_body(&self.code, at)?;
        let line = self.line(at);
        Some(Function { name: &name[..end], line, lines: self.line(body.end - 1) + 1 - line, start: at })
    }

    /// Modules in other files that are declared under `#[cfg(test)]`; `text` is the file as it is written.
    pub fn test_modules<'a>(&self, text: &'a str) -> Vec<TestModule<'a>> {
        let declared = |range: &Range<usize>| {
            let item = self.code[range.clone()].trim_end().strip_suffix(';')?;
            let name_at = range.start + item.rfind("mod ")? + 4;
            let name = text[name_at..range.start + item.len()].trim();
            let path =
                text[range.clone()].split_once("#[path = \"").and_then(|(_, rest)| rest.split_once('"'));
            Some(path.map_or(TestModule::Named(name), |(path, _)| TestModule::At(path)))
        };
        self.tests.iter().filter_map(declared).collect()
    }

    /// Every path that a `use` brings in, groups taken apart, with the byte where the `use` starts.
    pub fn uses(&self) -> Vec<(usize, String)> {
        let mut uses = Vec::new();
        for at in self.find("use") {
            let after = &self.code[at + 3..];
            if let Some(end) = after.find(';') {
                expand("", &after[..end], &mut |path| uses.push((at, path)));
            }
        }
        uses
    }
}

/// Takes `a::{b, c::{d, e}}` apart into `a::b`, `a::c::d`, `a::c::e`.
fn expand(prefix: &str, tree: &str, found: &mut dyn FnMut(String)) {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap_or(tree);
        found(format!("{prefix}{}", path.split_whitespace().collect::<String>()));
        return;
    };
    let head: String = tree[..open].split_whitespace().collect();
    let prefix = format!("{prefix}{head}");
    let inner = tree[open + 1..].trim_end().trim_end_matches('}');
    // Only the last brace closes this group; those of inner groups are put back by counting.
    let missing = inner.matches('{').count().saturating_sub(inner.matches('}').count());
    let inner = format!("{inner}{}", "}".repeat(missing));
    let mut depth = 0;
    let mut start = 0;
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&prefix, &inner[start..at], found);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !inner[start..].trim().is_empty() {
        expand(&prefix, &inner[start..], found);
    }
}

fn test_items(code: &str) -> Vec<Range<usize>> {
    let marks = ["#[cfg(test)]", "#[cfg(all(test", "#[cfg(any(test"];
    let mut items: Vec<Range<usize>> = marks
        .iter()
        .flat_map(|mark| code.match_indices(mark))
        .map(|(at, mark)| {
            let end = item_body(code, at + mark.len()).map(|body| body.end);
            let semicolon = code[at..].find(';').map(|offset| at + offset + 1);
            at..end.or(semicolon).unwrap_or(code.len())
        })
        .collect();
    items.sort_by_key(|range| range.start);
    items
}

/// The braces of the item that starts at `at`, or nothing if it ends with `;` before them.
fn item_body(code: &str, at: usize) -> Option<Range<usize>> {
    let mut depth = 0usize;
    for (offset, byte) in code.as_bytes()[at..].iter().enumerate() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b';' if depth == 0 => return None,
            b'{' if depth == 0 => return Some(at + offset..matching_brace(code, at + offset)),
            _ => {}
        }
    }
    None
}

/// One past the brace that closes the one at `open`.
fn matching_brace(code: &str, open: usize) -> usize {
    let mut depth = 0usize;
    for (offset, byte) in code.as_bytes()[open..].iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return open + offset + 1,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// Blanks comments and the inside of texts and characters.
fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => line_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => comment_end(bytes, at),
            b'"' => text_end(bytes, at + 1),
            b'r' if !is_name(bytes, at) => raw_text_end(bytes, at + 1).unwrap_or(at + 1),
            b'\'' => character_end(text, at).unwrap_or(at + 1),
            _ => at + 1,
        };
        if end > at + 1 {
            code[at..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        }
        at = end;
    }
    String::from_utf8(code).expect("only whole texts and comments became spaces")
}

/// Whether the byte before belongs to the same name; `b` and `c` may stand before a raw text.
fn is_name(bytes: &[u8], at: usize) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    match at.checked_sub(1).map(|before| bytes[before]) {
        Some(b'b' | b'c') => at >= 2 && is_part(bytes[at - 2]),
        Some(before) => is_part(before),
        None => false,
    }
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |offset| at + offset)
}

fn comment_end(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" if depth == 1 => return at + 2,
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    bytes.len()
}

fn text_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// For what follows an `r`: `#`s and a quote, or nothing if this is no raw text.
fn raw_text_end(bytes: &[u8], at: usize) -> Option<usize> {
    let hashes = bytes[at..].iter().take_while(|&&byte| byte == b'#').count();
    let inside = at + hashes + 1;
    if bytes.get(at + hashes) != Some(&b'"') {
        return None;
    }
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let end = bytes[inside..].windows(close.len()).position(|window| window == close);
    Some(end.map_or(bytes.len(), |offset| inside + offset + close.len()))
}

/// One past the closing quote, or nothing for a lifetime.
fn character_end(text: &str, at: usize) -> Option<usize> {
    let inside = &text[at + 1..];
    let first = inside.chars().next()?;
    if first == '\\' {
        let escaped = inside[1..].chars().next()?.len_utf8();
        return inside[1 + escaped..].find('\'').map(|offset| at + 2 + escaped + offset + 1);
    }
    let after = first.len_utf8();
    inside[after..].starts_with('\'').then_some(at + 1 + after + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_are_not_code() {
        let source = Source::new(
            "let a = \"x.unwrap() \\\" {\"; // todo!()\n/* a /* b */ HashMap */ let b = r#\"{\"{\"#; let c = '{'; let d: &'a u8;\n",
        );
        assert_eq!(source.find("unwrap").count(), 0);
        assert_eq!(source.find("HashMap").count(), 0);
        assert!(!source.code.contains('{'));
        assert!(source.code.contains("let d: &'a u8;"));
        assert_eq!(source.code.lines().count(), 2);
    }

    #[test]
    fn escapes_do_not_run_away() {
        let source =
            Source::new("let a = ('\\'', '\\\\', '\\u{1f}', 'é', b'\"'); let b = br\"\\\"; let end = 1;");
        assert!(source.code.ends_with("let end = 1;"), "{}", source.code);
    }

    #[test]
    fn functions_and_their_lengths() {
        let source = Source::new(
            "fn a<T>(x: [u8; 4]) -> T\nwhere T: Fn(u8) -> u8,\n{\n    {}\n}\ntrait B { fn c(); }\ntype D = fn(u8);\n#[cfg(test)]\nmod tests {\n    fn e() {}\n}\n",
        );
        let functions = source.functions();
        let seen: Vec<(&str, usize, usize)> = functions.iter().map(|f| (f.name, f.line, f.lines)).collect();
        assert_eq!(seen, [("a", 1, 5), ("e", 10, 1)]);
        assert!(source.in_tests(functions[1].start) && !source.in_tests(functions[0].start));
        assert_eq!(source.lines(), 7);
    }

    #[test]
    fn groups_of_uses_are_taken_apart() {
        let source = Source::new("use std::{collections::{BTreeMap, HashMap as Map}, fs};\npub use a::b;\n");
        let paths: Vec<String> = source.uses().into_iter().map(|(_, path)| path).collect();
        assert_eq!(paths, ["std::collections::BTreeMap", "std::collections::HashMap", "std::fs", "a::b"]);
    }
}
