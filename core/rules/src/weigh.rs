//! Weighs a source before the parser sees it, so that no text can overflow the parser's stack.
//!
//! The parser recurses along operators, member chains and brackets. This scan reads the same tokens, in
//! one pass and without recursion, and refuses what would recurse too deeply. It also refuses what the
//! parser's lexer would skip over (an unclosed text, a wrong escape, a stray character): behind those the
//! two would disagree about where a text ends, and the weight would not hold.

use crate::Mistake;

/// The longest source, in bytes.
pub(crate) const SOURCE_BYTES_MAX: usize = 4096;
/// The most brackets inside each other.
const NESTING_MAX: usize = 32;
/// The most operators and dots on the way from the whole expression down to one name, not counting
/// `&&` and `||`, which the parser chains without recursion.
const WEIGHT_MAX: usize = 200;

/// One bracket that is still open, or the whole source.
#[derive(Default)]
struct Level {
    /// `?` of conditionals: each nests what follows it.
    choices: usize,
    /// Operators and dots since the last `,`, `?`, `:`, `&&` or `||`.
    run: usize,
}

/// Refuses a source that is too long, or nested or chained too deeply to be parsed safely.
pub(crate) fn weigh(source: &str) -> Result<(), Mistake> {
    if source.len() > SOURCE_BYTES_MAX {
        let message =
            format!("the condition has {} bytes; at most {SOURCE_BYTES_MAX} are read", source.len());
        return Err(Mistake::new(None, message, "Split it into segments and combine them with `in_segment`"));
    }
    if source.trim().is_empty() {
        return Err(Mistake::new(None, "the condition is empty", "Write `true` for one that always holds"));
    }
    Scan { source, bytes: source.as_bytes(), at: 0, levels: vec![Level::default()] }.run()
}

struct Scan<'a> {
    source: &'a str,
    bytes: &'a [u8],
    at: usize,
    levels: Vec<Level>,
}

impl Scan<'_> {
    fn run(mut self) -> Result<(), Mistake> {
        while self.at < self.bytes.len() {
            self.token()?;
            let weight: usize = self.levels.iter().map(|level| 1 + level.choices + level.run).sum();
            if weight > WEIGHT_MAX {
                return Err(self.mistake(
                    format!("more than {WEIGHT_MAX} operators are chained here"),
                    "Use a list with `in`, or split the condition into segments",
                ));
            }
        }
        Ok(())
    }

    fn token(&mut self) -> Result<(), Mistake> {
        let byte = self.bytes[self.at];
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | 0x0c => self.at += 1,
            b'/' if self.next() == Some(b'/') => self.comment(),
            b'"' | b'\'' => self.text(false)?,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word()?,
            b'0'..=b'9' => self.number(),
            b'(' | b'[' | b'{' => self.open()?,
            b')' | b']' | b'}' => self.close(),
            b',' | b':' => self.operand_ends(),
            b'?' => {
                self.operand_ends();
                self.level().choices += 1;
            }
            b'&' | b'|' if self.next() == Some(byte) => {
                self.at += 1;
                self.operand_ends();
            }
            b'.' | b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'=' | b'!' | b'&' | b'|' => {
                self.operator()
            }
            _ => {
                let stray = self.source[self.at..].chars().next().unwrap_or_default();
                return Err(self.mistake(
                    format!("`{stray}` has no meaning here"),
                    "Put texts in straight quotes; docs/conditions.md shows the operators",
                ));
            }
        }
        Ok(())
    }

    fn next(&self) -> Option<u8> {
        self.bytes.get(self.at + 1).copied()
    }

    fn level(&mut self) -> &mut Level {
        self.levels.last_mut().expect("the source itself is a level that is never closed")
    }

    fn open(&mut self) -> Result<(), Mistake> {
        if self.levels.len() > NESTING_MAX {
            return Err(self.mistake(
                format!("brackets are nested more than {NESTING_MAX} deep"),
                "Take some out, or split the condition into segments",
            ));
        }
        self.levels.push(Level::default());
        self.at += 1;
        Ok(())
    }

    /// A closed bracket is one link of a member chain: `a(1)[2](3)`. One too many is the parser's to tell.
    fn close(&mut self) {
        if self.levels.len() > 1 {
            self.levels.pop();
        }
        self.level().run += 1;
        self.at += 1;
    }

    fn operator(&mut self) {
        self.level().run += 1;
        self.at += 1;
        if self.bytes.get(self.at) == Some(&b'=') {
            self.at += 1;
        }
    }

    fn operand_ends(&mut self) {
        self.level().run = 0;
        self.at += 1;
    }

    fn comment(&mut self) {
        while self.at < self.bytes.len() && self.bytes[self.at] != b'\n' {
            self.at += 1;
        }
    }

    fn number(&mut self) {
        while self.at < self.bytes.len() && self.bytes[self.at].is_ascii_alphanumeric() {
            self.at += 1;
        }
    }

    /// A name, a keyword, or the prefix of a text (`r"…"`). `in` is an operator.
    fn word(&mut self) -> Result<(), Mistake> {
        let start = self.at;
        while self.at < self.bytes.len()
            && (self.bytes[self.at].is_ascii_alphanumeric() || self.bytes[self.at] == b'_')
        {
            self.at += 1;
        }
        let word = &self.source[start..self.at];
        if word == "in" {
            self.level().run += 1;
        }
        if matches!(self.bytes.get(self.at), Some(b'"' | b'\'')) {
            return match word {
                "r" | "R" => self.text(true),
                _ => Err(Mistake::new(
                    Some(self.column(start)),
                    format!("`{word}` stands directly before a text"),
                    "Put an operator between them; only `r` may stand before a text, for one without escapes",
                )),
            };
        }
        Ok(())
    }

    /// A text in single or double quotes, or in three of them.
    fn text(&mut self, raw: bool) -> Result<(), Mistake> {
        let start = self.at;
        let quote = self.bytes[start];
        let triple = self.bytes[start..].starts_with(&[quote; 3]);
        let closing = if triple { 3 } else { 1 };
        self.at += closing;
        loop {
            match self.bytes.get(self.at) {
                None => return Err(self.unclosed(start)),
                Some(b'\n' | b'\r') if !triple => return Err(self.unclosed(start)),
                Some(b'\\') if !raw => self.escape()?,
                Some(byte)
                    if *byte == quote && (!triple || self.bytes[self.at..].starts_with(&[quote; 3])) =>
                {
                    break;
                }
                Some(_) => self.at += 1,
            }
        }
        self.at += closing;
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Mistake> {
        let kind = self.next().unwrap_or_default();
        let (digits, legal): (usize, fn(&u8) -> bool) = match kind {
            b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\' | b'?' | b'"' | b'\'' | b'`' => {
                (0, |_| true)
            }
            b'x' | b'X' => (2, u8::is_ascii_hexdigit),
            b'u' => (4, u8::is_ascii_hexdigit),
            b'U' => (8, u8::is_ascii_hexdigit),
            b'0'..=b'3' => (2, |byte| matches!(byte, b'0'..=b'7')),
            _ => (usize::MAX, |_| false),
        };
        let follows = self.bytes.get(self.at + 2..).unwrap_or_default();
        if follows.len() < digits || !follows.iter().take(digits).all(legal) {
            return Err(self.mistake(
                "this `\\` begins no known escape".into(),
                "Write `\\\\` for a backslash, or put `r` before the text: r\"\\d+\"",
            ));
        }
        self.at += 2 + digits;
        Ok(())
    }

    fn unclosed(&self, start: usize) -> Mistake {
        Mistake::new(
            Some(self.column(start)),
            "this text is never closed",
            "Close it with the quote it began with",
        )
    }

    fn column(&self, at: usize) -> u32 {
        column_of_byte(self.source, at)
    }

    fn mistake(&self, message: String, remedy: &str) -> Mistake {
        Mistake::new(Some(self.column(self.at.min(self.bytes.len() - 1))), message, remedy)
    }
}

/// The column, in characters from 1, of the character that holds the byte at `at`.
pub(crate) fn column_of_byte(source: &str, at: usize) -> u32 {
    let characters = source.char_indices().take_while(|(start, _)| *start < at).count();
    u32::try_from(characters + 1).unwrap_or(u32::MAX)
}
