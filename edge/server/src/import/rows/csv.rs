//! CSV (RFC 4180), with a header line unless the mapping names the columns.

use csv::{ReaderBuilder, StringRecord};

use super::{Bytes, RowError};
use mapping::Cells;

pub struct CsvRows {
    reader: csv::Reader<Bytes>,
    record: csv::ByteRecord,
    columns: Vec<String>,
}

impl CsvRows {
    pub fn open(bytes: Bytes, separator: char, columns: Option<&[String]>) -> Result<Self, RowError> {
        let separator = u8::try_from(separator)
            .map_err(|_| RowError::File(format!("`separator` is `{separator}`; use one ASCII character")))?;
        let mut reader = ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(columns.is_none())
            .flexible(true)
            .buffer_capacity(1 << 18)
            .from_reader(bytes);
        let columns = match columns {
            Some(columns) => columns.to_vec(),
            None => header(reader.headers().map_err(|error| RowError::File(error.to_string()))?),
        };
        Ok(Self { reader, record: csv::ByteRecord::new(), columns })
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    pub fn next(&mut self, cells: &mut Cells) -> Result<bool, RowError> {
        if !self
            .reader
            .read_byte_record(&mut self.record)
            .map_err(|error| RowError::File(error.to_string()))?
        {
            return Ok(false);
        }
        if self.record.len() != self.columns.len() {
            return Err(RowError::Row(format!(
                "{} cells, but {} columns",
                self.record.len(),
                self.columns.len()
            )));
        }
        for cell in &self.record {
            match std::str::from_utf8(cell) {
                Ok(text) => cells.push_text(text),
                Err(_) => return Err(RowError::Row("it is not UTF-8; convert the file first".into())),
            }
        }
        Ok(true)
    }
}

fn header(record: &StringRecord) -> Vec<String> {
    // Spreadsheets begin their files with a byte order mark.
    record.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_owned()).collect()
}
