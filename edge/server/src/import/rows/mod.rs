//! Readers of rows: one file for each format.

mod csv;
mod jsonl;
mod parquet;
mod words;

use std::io::Read;

pub use self::csv::CsvRows;
pub use self::jsonl::JsonRows;
pub use self::parquet::ParquetRows;
pub use self::words::WordRows;
use mapping::Cells;

/// Bytes of a file, counted as they are read and decompressed where they are gzip.
pub type Bytes = Box<dyn Read + Send>;

/// Rows of one file.
pub enum Rows {
    Csv(CsvRows),
    Words(WordRows),
    Json(JsonRows),
    Parquet(ParquetRows),
}

/// Why a row, or all that follow it, cannot be read.
#[derive(Debug)]
pub enum RowError {
    /// This row only.
    Row(String),
    /// The file breaks off.
    File(String),
}

impl Rows {
    /// The columns' names.
    pub fn columns(&self) -> &[String] {
        match self {
            Self::Csv(rows) => rows.columns(),
            Self::Words(rows) => rows.columns(),
            Self::Json(rows) => rows.columns(),
            Self::Parquet(rows) => rows.columns(),
        }
    }

    /// Reads the next row into `cells`; false at the end.
    pub fn next(&mut self, cells: &mut Cells) -> Result<bool, RowError> {
        cells.clear();
        match self {
            Self::Csv(rows) => rows.next(cells),
            Self::Words(rows) => rows.next(cells),
            Self::Json(rows) => rows.next(cells),
            Self::Parquet(rows) => rows.next(cells),
        }
    }
}
