//! Parquet: rows of one file after the other; nested columns arrive as JSON.

use std::fs::File;

use parquet::basic::{LogicalType, Type as Physical};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::record::reader::RowIter;

use super::RowError;
use mapping::Cells;

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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
    use parquet::schema::parser::parse_message_type;

    use super::*;

    const SCHEMA: &str = "message orders {
        required binary id (STRING);
        optional int64 amount (DECIMAL(9,2));
        required int64 at (TIMESTAMP(MICROS,true));
        optional int32 day (DATE);
        optional double score;
        required group tags (LIST) { repeated group list { required binary element (STRING); } }
    }";

    type WriteColumn<'a> = &'a dyn Fn(&mut SerializedColumnWriter<'_>) -> usize;

    fn text(values: &[&str]) -> Vec<ByteArray> {
        values.iter().map(|value| ByteArray::from(value.as_bytes().to_vec())).collect()
    }

    /// A file of one row group, column by column.
    fn write(schema: &str, columns: &[WriteColumn<'_>]) -> Result<ParquetRows, RowError> {
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let file = tempfile::NamedTempFile::new().unwrap();
        let properties = Arc::new(WriterProperties::builder().build());
        let mut writer = SerializedFileWriter::new(file.reopen().unwrap(), schema, properties).unwrap();
        if !columns.is_empty() {
            let mut group = writer.next_row_group().unwrap();
            for column in columns {
                let mut writer = group.next_column().unwrap().unwrap();
                column(&mut writer);
                writer.close().unwrap();
            }
            group.close().unwrap();
        }
        writer.close().unwrap();
        ParquetRows::open(file.reopen().unwrap())
    }

    fn orders() -> ParquetRows {
        let at = 1_767_225_600_500_000;
        let columns: [WriteColumn<'_>; 6] = [
            &|column| column.typed::<ByteArrayType>().write_batch(&text(&["a", "ü"]), None, None).unwrap(),
            &|column| column.typed::<Int64Type>().write_batch(&[1050], Some(&[1, 0]), None).unwrap(),
            &|column| column.typed::<Int64Type>().write_batch(&[at, at + 1], None, None).unwrap(),
            &|column| column.typed::<Int32Type>().write_batch(&[20_454], Some(&[1, 0]), None).unwrap(),
            &|column| column.typed::<DoubleType>().write_batch(&[0.5], Some(&[0, 1]), None).unwrap(),
            &|column| {
                let (defined, repeated) = ([1, 1, 0], [0, 1, 0]);
                let written = column.typed::<ByteArrayType>().write_batch(
                    &text(&["x", "y"]),
                    Some(&defined),
                    Some(&repeated),
                );
                written.unwrap()
            },
        ];
        write(SCHEMA, &columns).unwrap_or_else(|error| panic!("{error:?}"))
    }

    #[test]
    fn every_kind_of_column_becomes_what_a_mapping_expects() {
        let mut rows = orders();
        assert_eq!(rows.columns(), ["id", "amount", "at", "day", "score", "tags"]);
        let mut read = Vec::new();
        let mut cells = Cells::default();
        loop {
            cells.clear();
            if !rows.next(&mut cells).unwrap() {
                break;
            }
            read.push((0..6).map(|column| cells.get(column).text().to_owned()).collect::<Vec<_>>());
        }
        let expected = [
            ["a", "10.50", "2026-01-01T00:00:00.500000Z", "2026-01-01", "", r#"["x","y"]"#],
            ["ü", "", "2026-01-01T00:00:00.500001Z", "", "0.5", "[]"],
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn times_without_a_zone_are_refused_with_their_column() {
        for kind in ["int64 at (TIMESTAMP(MILLIS,false))", "int96 at"] {
            match write(&format!("message m {{ required {kind}; }}"), &[]) {
                Err(RowError::File(message)) => {
                    assert!(message.contains("column `at` holds times without a zone"))
                }
                Err(RowError::Row(message)) => panic!("{message}"),
                Ok(_) => panic!("{kind} was taken"),
            }
        }
    }
}
