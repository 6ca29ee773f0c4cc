//! One row of an input, its cells in one buffer that is reused from row to row.

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Nothing, or only space.
    Empty,
    Text(&'a str),
    /// A JSON number, bool, list or object, as text.
    Json(&'a str),
}

impl<'a> Cell<'a> {
    /// The cell as text; nothing where it is empty.
    pub fn text(self) -> &'a str {
        match self {
            Self::Empty => "",
            Self::Text(text) | Self::Json(text) => text,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Empty,
    Text,
    Json,
}

/// The cells of one row.
#[derive(Debug, Clone, Default)]
pub struct Cells {
    buffer: String,
    ends: Vec<(u32, Kind)>,
}

impl Cells {
    pub fn clear(&mut self) {
        self.buffer.clear();
        self.ends.clear();
    }

    pub fn push_text(&mut self, text: &str) {
        let text = text.trim();
        self.push(text, if text.is_empty() { Kind::Empty } else { Kind::Text });
    }

    pub fn push_json(&mut self, text: &str) {
        self.push(text, Kind::Json);
    }

    pub fn push_empty(&mut self) {
        self.push("", Kind::Empty);
    }

    fn push(&mut self, text: &str, kind: Kind) {
        self.buffer.push_str(text);
        self.ends.push((self.buffer.len() as u32, kind));
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// The cell of a column; empty beyond the row's end.
    pub fn get(&self, column: usize) -> Cell<'_> {
        let Some(&(end, kind)) = self.ends.get(column) else { return Cell::Empty };
        let start = if column == 0 { 0 } else { self.ends[column - 1].0 };
        let text = &self.buffer[start as usize..end as usize];
        match kind {
            Kind::Empty => Cell::Empty,
            Kind::Text => Cell::Text(text),
            Kind::Json => Cell::Json(text),
        }
    }
}
