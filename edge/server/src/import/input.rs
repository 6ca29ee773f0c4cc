//! The files of an import, read one after the other as if they were one.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use serde::Deserialize;

use super::mapping::Mapping;
use super::rows::{Bytes, CsvRows, JsonRows, ParquetRows, RowError, Rows, WordRows};
use mapping::Cells;

/// What a file's rows look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Csv,
    /// Words with space between them.
    Words,
    Jsonl,
    Parquet,
}

/// Why the input cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{}: {message}", path.display())]
    Broken { path: PathBuf, message: String },
    #[error("{} has no file to import; name files ending in .csv, .jsonl, .parquet or .txt, or say `format` in the mapping", .0.display())]
    Nothing(PathBuf),
    #[error("{} does not say what it is; say `format: csv`, `words`, `jsonl` or `parquet` in the mapping", .0.display())]
    Format(PathBuf),
    #[error("{}: its columns are {found}, but those of the first file are {first}; import it with a mapping of its own", path.display())]
    Columns { path: PathBuf, found: String, first: String },
}

/// All files of one import.
pub struct Input {
    files: Vec<PathBuf>,
    next_file: usize,
    format: Option<Format>,
    columns_given: Option<Vec<String>>,
    columns_used: Vec<String>,
    separator: char,
    current: Rows,
    columns: Vec<String>,
    /// Bytes of the files, and those read so far, for the progress bar.
    pub bytes_total: u64,
    bytes_read: Arc<AtomicU64>,
}

impl Input {
    /// Opens the files; a folder stands for the files in it, by name.
    pub fn open(paths: &[PathBuf], mapping: &Mapping) -> Result<Self, InputError> {
        let mut files = Vec::new();
        for path in paths {
            expand(path, mapping.format.is_some(), &mut files)?;
        }
        let first = files.first().ok_or_else(|| InputError::Nothing(PathBuf::from("the input")))?.clone();
        let mut bytes_total = 0;
        for path in &files {
            bytes_total += std::fs::metadata(path)
                .map_err(|source| InputError::Io { path: path.clone(), source })?
                .len();
        }
        let bytes_read = Arc::new(AtomicU64::new(0));
        let opening = Opening {
            format: mapping.format,
            columns_given: mapping.columns.clone(),
            columns_used: mapping.columns(),
            separator: mapping.separator.unwrap_or(','),
            bytes_read: bytes_read.clone(),
        };
        let current = opening.rows(&first)?;
        let columns = current.columns().to_vec();
        let Opening { format, columns_given, columns_used, separator, .. } = opening;
        Ok(Self {
            files,
            next_file: 1,
            format,
            columns_given,
            columns_used,
            separator,
            current,
            columns,
            bytes_total,
            bytes_read,
        })
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    /// Reads the next row; `Ok(None)` at the end, `Some(Err(reason))` for a row that cannot be read.
    pub fn next(&mut self, cells: &mut Cells) -> Result<Option<Result<(), String>>, InputError> {
        loop {
            match self.current.next(cells) {
                Ok(true) => return Ok(Some(Ok(()))),
                Err(RowError::Row(reason)) => return Ok(Some(Err(reason))),
                Err(RowError::File(message)) => {
                    return Err(InputError::Broken { path: self.files[self.next_file - 1].clone(), message });
                }
                Ok(false) => {}
            }
            let Some(path) = self.files.get(self.next_file).cloned() else { return Ok(None) };
            self.next_file += 1;
            let opening = Opening {
                format: self.format,
                columns_given: self.columns_given.clone(),
                columns_used: self.columns_used.clone(),
                separator: self.separator,
                bytes_read: self.bytes_read.clone(),
            };
            self.current = opening.rows(&path)?;
            if self.current.columns() != self.columns {
                let (found, first) = (self.current.columns().join(", "), self.columns.join(", "));
                return Err(InputError::Columns { path, found, first });
            }
        }
    }
}

/// What opening a file takes.
struct Opening {
    format: Option<Format>,
    columns_given: Option<Vec<String>>,
    columns_used: Vec<String>,
    separator: char,
    bytes_read: Arc<AtomicU64>,
}

impl Opening {
    fn rows(&self, path: &Path) -> Result<Rows, InputError> {
        let io = |source| InputError::Io { path: path.to_owned(), source };
        let format =
            self.format.or_else(|| format_of(path)).ok_or_else(|| InputError::Format(path.to_owned()))?;
        let columns = self.columns_given.as_deref();
        let file = File::open(path).map_err(io)?;
        let rows = match format {
            Format::Parquet => {
                self.bytes_read.fetch_add(file.metadata().map_err(io)?.len(), Ordering::Relaxed);
                ParquetRows::open(file).map(Rows::Parquet)
            }
            Format::Csv => {
                CsvRows::open(self.bytes(file).map_err(io)?, self.separator, columns).map(Rows::Csv)
            }
            Format::Words => WordRows::open(self.bytes(file).map_err(io)?, columns).map(Rows::Words),
            Format::Jsonl => {
                Ok(Rows::Json(JsonRows::open(self.bytes(file).map_err(io)?, self.columns_used.clone())))
            }
        };
        rows.map_err(|error| {
            let (RowError::Row(message) | RowError::File(message)) = error;
            InputError::Broken { path: path.to_owned(), message }
        })
    }

    /// The file's bytes, counted, and decompressed where they begin like gzip.
    fn bytes(&self, mut file: File) -> io::Result<Bytes> {
        let mut magic = Vec::new();
        file.by_ref().take(2).read_to_end(&mut magic)?;
        let counted =
            Counted { inner: io::Cursor::new(magic.clone()).chain(file), count: self.bytes_read.clone() };
        Ok(if magic == [0x1f, 0x8b] { Box::new(MultiGzDecoder::new(counted)) } else { Box::new(counted) })
    }
}

struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

fn expand(path: &Path, any: bool, files: &mut Vec<PathBuf>) -> Result<(), InputError> {
    let io = |source| InputError::Io { path: path.to_owned(), source };
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).map_err(io)?;
    let mut inside: Vec<PathBuf> =
        entries.collect::<Result<Vec<_>, _>>().map_err(io)?.into_iter().map(|entry| entry.path()).collect();
    inside.retain(|file| file.is_file() && (any || format_of(file).is_some()));
    inside.sort();
    if inside.is_empty() {
        return Err(InputError::Nothing(path.to_owned()));
    }
    files.append(&mut inside);
    Ok(())
}

fn format_of(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    match name.trim_end_matches(".gz").rsplit('.').next()? {
        "csv" => Some(Format::Csv),
        "txt" => Some(Format::Words),
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        "parquet" => Some(Format::Parquet),
        _ => None,
    }
}
