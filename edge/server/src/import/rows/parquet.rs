//! Parquet: rows of one file after the other; nested columns arrive as JSON.

use std::fs::File;

use parquet::basic::{LogicalType, Type as Physical};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::record::reader::RowIter;

use super::super::cells::Cells;
use super::RowError;

pub struct ParquetRows {
    rows: RowIter<'static>,
    columns: Vec<String>,
}

impl ParquetRows {
    pub fn open(file: File) -> Result<Self, RowError> {
        let wrong = |error: parquet::errors::ParquetError| RowError::File(error.to_string());
        let reader = SerializedFileReader::new(file).map_err(wrong)?;
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        for column in schema.columns() {
            // A local time looks like any other once it is read, and would be off by its zone.
            let local = matches!(
                column.logical_type_ref(),
                Some(LogicalType::Timestamp(time)) if !time.is_adjusted_to_u_t_c
            );
            if local || column.physical_type() == Physical::INT96 {
                return Err(RowError::File(format!(
                    "column `{}` holds times without a zone; write it as text or adjusted to UTC",
                    column.name()
                )));
            }
        }
        let columns = schema.root_schema().get_fields().iter().map(|field| field.name().to_owned()).collect();
        let rows = RowIter::from_file_into(Box::new(reader));
        Ok(Self { rows, columns })
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    pub fn next(&mut self, cells: &mut Cells) -> Result<bool, RowError> {
        let Some(row) = self.rows.next() else { return Ok(false) };
        let row = row.map_err(|error| RowError::File(error.to_string()))?;
        for (_, field) in row.get_column_iter() {
            push(cells, field);
        }
        Ok(true)
    }
}

fn push(cells: &mut Cells, field: &Field) {
    match field {
        Field::Null => cells.push_empty(),
        Field::Str(text) => cells.push_text(text),
        Field::Bytes(bytes) => match bytes.as_utf8() {
            Ok(text) => cells.push_text(text),
            Err(_) => cells.push_empty(),
        },
        Field::TimestampMillis(millis) => push_time(cells, jiff::Timestamp::from_millisecond(*millis)),
        Field::TimestampMicros(micros) => push_time(cells, jiff::Timestamp::from_microsecond(*micros)),
        Field::Date(days) => {
            let date = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(*days));
            cells.push_text(&date.map(|date| date.to_string()).unwrap_or_default());
        }
        // Text, so that the exact digits survive.
        Field::Decimal(_) => cells.push_text(&field.to_string()),
        other => cells.push_json(&other.to_json_value().to_string()),
    }
}

fn push_time(cells: &mut Cells, time: Result<jiff::Timestamp, jiff::Error>) {
    match time {
        Ok(time) => cells.push_text(&format!("{time:.6}")),
        Err(_) => cells.push_empty(),
    }
}
