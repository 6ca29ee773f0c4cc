//! JSON Lines: one object per line; columns are dotted paths into it.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use super::{Bytes, RowError};
use mapping::{Cells, at};

/// The longest line that is read.
const LINE_BYTES_MAX: usize = 4 * 1024 * 1024;

pub struct JsonRows {
    reader: BufReader<Bytes>,
    line: Vec<u8>,
    columns: Vec<String>,
}

impl JsonRows {
    /// `columns` are the paths the mapping uses.
    pub fn open(bytes: Bytes, columns: Vec<String>) -> Self {
        Self { reader: BufReader::with_capacity(1 << 18, bytes), line: Vec::new(), columns }
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    pub fn next(&mut self, cells: &mut Cells) -> Result<bool, RowError> {
        self.line.clear();
        if self.reader.read_until(b'\n', &mut self.line).map_err(|error| RowError::File(error.to_string()))?
            == 0
        {
            return Ok(false);
        }
        if self.line.len() > LINE_BYTES_MAX {
            return Err(RowError::Row(format!(
                "it has {} bytes; at most {LINE_BYTES_MAX} are read",
                self.line.len()
            )));
        }
        let row: Value =
            serde_json::from_slice(&self.line).map_err(|error| RowError::Row(format!("no JSON: {error}")))?;
        for path in &self.columns {
            match at(&row, path) {
                None | Some(Value::Null) => cells.push_empty(),
                Some(Value::String(text)) => cells.push_text(text),
                Some(other) => cells.push_json(&other.to_string()),
            }
        }
        Ok(true)
    }
}
