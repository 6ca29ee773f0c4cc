//! Lines of words with space between them, as statistical tools write tables; the mapping names the columns.

use std::io::{BufRead, BufReader};

use super::{Bytes, RowError};
use mapping::Cells;

pub struct WordRows {
    reader: BufReader<Bytes>,
    line: String,
    columns: Vec<String>,
}

impl WordRows {
    pub fn open(bytes: Bytes, columns: Option<&[String]>) -> Result<Self, RowError> {
        let columns = columns
            .ok_or_else(|| RowError::File("a file of words has no header; name its `columns`".into()))?;
        Ok(Self {
            reader: BufReader::with_capacity(1 << 18, bytes),
            line: String::new(),
            columns: columns.to_vec(),
        })
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    pub fn next(&mut self, cells: &mut Cells) -> Result<bool, RowError> {
        self.line.clear();
        if self.reader.read_line(&mut self.line).map_err(|error| RowError::File(error.to_string()))? == 0 {
            return Ok(false);
        }
        self.line.split_whitespace().for_each(|word| cells.push_text(word));
        if cells.count() == self.columns.len() {
            return Ok(true);
        }
        Err(RowError::Row(format!("{} words, but {} columns", cells.count(), self.columns.len())))
    }
}
