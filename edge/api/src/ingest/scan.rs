//! A single pass over JSON text that finds where values begin and end, without recursion.
//!
//! It splits events off a batch and finds the fields the edge needs, bounds how deep text may nest
//! before any parser recurses into it, and leaves it to the parser of each event to judge its details.

/// How deep JSON may nest.
pub const DEPTH_MAX: u32 = 128;

/// The text is not a JSON value where one was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("it breaks off or has a wrong character at byte {0}")]
    At(usize),
    #[error("it nests deeper than {DEPTH_MAX} levels")]
    TooDeep,
}

/// A place in a text, moving forward.
pub struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Walks the object that comes next: calls `field` with each name, as written between its quotes,
    /// standing before the value, which `field` must pass.
    pub fn object(
        &mut self,
        mut field: impl FnMut(&mut Self, &'a str) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        self.expect(b'{')?;
        if self.next_is(b'}') {
            return Ok(());
        }
        loop {
            self.expect(b'"')?;
            let start = self.at;
            self.string()?;
            let name = &self.text[start..self.at - 1];
            self.expect(b':')?;
            field(self, name)?;
            if self.next_is(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Walks the list that comes next: calls `item` standing before each value.
    pub fn list(&mut self, mut item: impl FnMut(&mut Self) -> Result<(), Broken>) -> Result<(), Broken> {
        self.expect(b'[')?;
        if self.next_is(b']') {
            return Ok(());
        }
        loop {
            item(self)?;
            if self.next_is(b']') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// The first byte of the value that comes next.
    pub fn peek(&mut self) -> Option<u8> {
        self.space();
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes one value and returns its text.
    pub fn value(&mut self) -> Result<&'a str, Broken> {
        self.space();
        let start = self.at;
        let mut depth = 0u32;
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'"' => {
                    self.at += 1;
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    if depth > DEPTH_MAX {
                        return Err(Broken::TooDeep);
                    }
                    self.at += 1;
                    continue;
                }
                b'}' | b']' if depth == 0 => break,
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b' ' | b'\n' | b'\r' | b'\t' if depth == 0 => break,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            if depth == 0 {
                break;
            }
        }
        if self.at == start || depth > 0 { Err(Broken::At(self.at)) } else { Ok(&self.text[start..self.at]) }
    }

    /// What was passed since `start`, a place taken from [`Scan::place`].
    pub fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    /// The place of the next value.
    pub fn place(&mut self) -> usize {
        self.space();
        self.at
    }

    /// Nothing but space may follow.
    pub fn end(mut self) -> Result<(), Broken> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { Err(Broken::At(self.at)) }
    }

    fn space(&mut self) {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn next_is(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, byte: u8) -> Result<(), Broken> {
        if self.next_is(byte) { Ok(()) } else { Err(Broken::At(self.at)) }
    }

    /// Passes the rest of a string whose opening quote is passed, eight bytes at a time.
    fn string(&mut self) -> Result<(), Broken> {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const HIGHS: u64 = 0x8080_8080_8080_8080;
        // The lowest set high bit marks the first zero byte (Mycroft's test).
        let zero_bytes = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
        let bytes = self.text.as_bytes();
        loop {
            while let Some(chunk) = bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>) {
                let word = u64::from_le_bytes(*chunk);
                let hits = zero_bytes(word ^ (ONES * u64::from(b'"')))
                    | zero_bytes(word ^ (ONES * u64::from(b'\\')));
                if hits != 0 {
                    self.at += (hits.trailing_zeros() / 8) as usize;
                    break;
                }
                self.at += 8;
            }
            match bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => return Err(Broken::At(bytes.len())),
            }
        }
    }
}

/// The fields of an object, names as written and values as text.
pub fn fields(object: &str) -> Result<Vec<(&str, &str)>, Broken> {
    let mut fields = Vec::new();
    let mut scan = Scan::new(object);
    scan.object(|scan, name| {
        fields.push((name, scan.value()?));
        Ok(())
    })?;
    scan.end()?;
    Ok(fields)
}

/// Adds a field to an object under construction; the name is as written, so it needs no escaping.
pub fn push(object: &mut String, name: &str, raw: &str) {
    object.push(if object.is_empty() { '{' } else { ',' });
    object.push('"');
    object.push_str(name);
    object.push_str("\":");
    object.push_str(raw);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_whatever_their_strings_hold() {
        let text = r#" { "a" : "x\"}{[,\\" , "b":[1,{"c":"]"}], "long":"0123456789\\\"0123", "d":null,"e":-1.5e3 } "#;
        let found = fields(text).unwrap();
        let expected = [
            ("a", r#""x\"}{[,\\""#),
            ("b", r#"[1,{"c":"]"}]"#),
            ("long", r#""0123456789\\\"0123""#),
            ("d", "null"),
            ("e", "-1.5e3"),
        ];
        assert_eq!(found, expected);
        assert_eq!(fields("{}").unwrap(), []);
    }

    #[test]
    fn broken_text_is_refused_and_never_loops() {
        for text in [
            "",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "[]",
            "{\"a\":}",
            "{\"a\":\"x",
            "{}x",
            "{\"a\":\"\\",
        ] {
            assert!(fields(text).is_err(), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(fields(&nested(128)).is_ok());
        assert_eq!(fields(&nested(129)), Err(Broken::TooDeep));
    }
}
