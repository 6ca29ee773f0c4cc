//! HTML mail as text: enough of it to read an answer, with `> ` before what the sender's program quoted.
//!
//! One pass over the bytes, no tree: cost and memory are linear in the input whatever it nests.

use mail_parser::decoders::html::add_html_token;

/// Elements that begin a new line.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tr",
    "ul",
];
/// Elements whose content nobody sees.
const HIDDEN: &[&str] = &["head", "script", "style", "template", "title", "noscript"];
/// A tag longer than this is text: without a bound, unbalanced quotes would cost the square of the input.
const TAG_BYTES_MAX: usize = 16 * 1024;
/// The longest character reference has a name of 31 letters.
const REFERENCE_BYTES_MAX: usize = 34;
/// Quotes nested deeper look the same.
const DEPTH_MAX: usize = 20;

/// The text of an HTML document.
pub(super) fn to_text(html: &str) -> String {
    let mut text = Lines::default();
    let mut rest = html;
    while !rest.is_empty() {
        let Some(start) = rest.find('<') else {
            text.push(rest);
            break;
        };
        text.push(&rest[..start]);
        rest = &rest[start..];
        rest = match rest.as_bytes().get(1) {
            Some(b'!' | b'?') => after_declaration(rest),
            Some(byte) if byte.is_ascii_alphabetic() || *byte == b'/' => after_tag(rest, &mut text),
            Some(_) | None => {
                text.push("<");
                &rest[1..]
            }
        };
    }
    text.finish()
}

fn after_declaration(rest: &str) -> &str {
    let end = if rest.starts_with("<!--") { "-->" } else { ">" };
    rest.find(end).map_or("", |place| &rest[place + end.len()..])
}

fn after_tag<'a>(rest: &'a str, text: &mut Lines) -> &'a str {
    let Some(end) = tag_end(rest) else {
        text.push("<");
        return &rest[1..];
    };
    let tag = &rest[1..end];
    let closing = tag.starts_with('/');
    let name_end = tag[1..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(tag.len(), |place| place + 1);
    let name = tag[usize::from(closing)..name_end].to_ascii_lowercase();
    let rest = &rest[end + 1..];
    if HIDDEN.contains(&name.as_str()) {
        return if closing || tag.ends_with('/') { rest } else { after_closing(rest, &name) };
    }
    text.tag(&name, closing, tag);
    rest
}

/// The place of the `>` that ends a tag, which is not inside a quoted attribute.
fn tag_end(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (place, byte) in rest.bytes().take(TAG_BYTES_MAX).enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(place),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
    }
    // An unbalanced quote: end at the first `>` as browsers nearly do.
    rest.bytes().take(TAG_BYTES_MAX).position(|byte| byte == b'>')
}

fn after_closing<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut from = 0;
    while let Some(start) = rest[from..].find("</") {
        let start = from + start + 2;
        let found = rest.as_bytes().get(start..start + name.len());
        if found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes())) {
            return rest[start..].find('>').map_or("", |end| &rest[start + end + 1..]);
        }
        from = start;
    }
    ""
}

/// Text as it is laid out: lines, with collapsed spaces and a prefix for each level of quoting.
#[derive(Default)]
struct Lines {
    out: String,
    line: String,
    depth: usize,
    space: bool,
}

impl Lines {
    fn push(&mut self, raw: &str) {
        for (index, word) in decoded(raw).split(is_space).enumerate() {
            self.space |= index > 0;
            if word.is_empty() {
                continue;
            }
            if std::mem::take(&mut self.space) && !self.line.is_empty() {
                self.line.push(' ');
            }
            self.line.push_str(word);
        }
    }

    fn tag(&mut self, name: &str, closing: bool, tag: &str) {
        if name == "br" {
            return self.end_line();
        }
        if !BLOCKS.contains(&name) {
            if matches!(name, "td" | "th") {
                self.space = true;
            }
            return;
        }
        if !self.line.is_empty() {
            self.end_line();
        }
        match (name, closing) {
            ("blockquote", false) => self.depth = (self.depth + 1).min(DEPTH_MAX),
            ("blockquote", true) => self.depth = self.depth.saturating_sub(1),
            ("p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6", _) => self.blank_line(),
            ("hr", _) => {
                self.line.push_str("________________________________");
                self.end_line();
            }
            ("div", false) if tag.contains("gmail_signature") => {
                self.line.push_str("--");
                self.end_line();
            }
            _ => {}
        }
    }

    fn blank_line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        for _ in 0..self.depth {
            self.out.push_str("> ");
        }
        self.out.push_str(self.line.trim());
        self.out.push('\n');
        self.line.clear();
        self.space = false;
    }

    fn finish(mut self) -> String {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.out.trim_matches('\n').to_owned()
    }
}

/// The text with its character references, such as `&auml;`, put in.
fn decoded(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(start) = rest.find('&') {
        text.push_str(&rest[..start]);
        rest = &rest[start..];
        let reference =
            rest.bytes().take(REFERENCE_BYTES_MAX).position(|byte| byte == b';').map_or(1, |end| end + 1);
        add_html_token(&mut text, &rest.as_bytes()[..reference], false);
        rest = &rest[reference..];
    }
    text.push_str(rest);
    text
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_marked_and_the_rest_reads_as_shown() {
        let html = "<html><head><style>p{}</style></head><body><p>Hi &amp; bye&nbsp;now,\n ok</p>\
                    <div>a<b>b</b> <i>c</i></div>x<br>y<blockquote>old<blockquote>older</blockquote></blockquote>end";
        assert_eq!(to_text(html), "Hi & bye now, ok\n\nab c\nx\ny\n> old\n> > older\nend");
    }

    #[test]
    fn broken_and_hostile_documents_end() {
        assert_eq!(to_text("<"), "<");
        assert_eq!(to_text("<div"), "<div");
        assert_eq!(to_text("a < b <!-- x"), "a < b");
        assert_eq!(to_text("<script>alert(1)</scr>"), "");
        assert_eq!(to_text("<a title='>'>x</a>&#228;&lt;"), "xä<");
        let deep = "<blockquote>".repeat(100_000);
        assert_eq!(to_text(&deep), "");
        assert!(to_text(&format!("{deep}x")).len() < 100);
    }
}
