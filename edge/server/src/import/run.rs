//! Running an import: rows are mapped on one thread while the batch before is on its way.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use bytes::Bytes;
use model::{Channel, Event, SourceId, Stamp, Timestamp};
use tokio::sync::mpsc;

use super::group::{Groups, Made};
use super::input::{Input, InputError};
use super::journal::Journal;
use super::mapping::Mapping;
use super::plan::Plan;
use super::progress::ProgressBar;
use super::report::{Counts, Named, Report};
use super::sink::{Answer, Sink, SinkError};
use mapping::{Cells, Gathered, MappingError, body};

/// What to import.
#[derive(Debug, Clone)]
pub struct Job {
    pub files: Vec<PathBuf>,
    pub mapping: PathBuf,
    /// Where journals are kept: beside the data folder.
    pub journals: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Mapping(#[from] MappingError),
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Sink(#[from] SinkError),
    #[error("cannot keep the import's journal: {0}")]
    Journal(#[from] std::io::Error),
}

/// Events of one request: enough to share the fsync, few enough to stay responsive.
const BATCH_EVENTS: usize = 2_000;
const BATCH_BYTES: usize = 1 << 20;
/// Batches mapped ahead of the one on its way.
const BATCHES_AHEAD: usize = 4;

/// Events on their way, and what is done when they are durable.
#[derive(Default)]
struct Batch {
    bodies: Vec<String>,
    rows: Vec<u64>,
    bytes: usize,
    /// Event names with how often they come in this batch.
    names: BTreeMap<String, u64>,
    identifiers: Vec<(String, Box<str>)>,
    refused: Vec<(u64, String)>,
    /// A resumed import begins here once this batch is durable.
    next_row: u64,
    rows_read: u64,
    bytes_read: u64,
}

/// Imports the files into the sink and reports.
pub async fn run(job: &Job, sink: &mut Sink) -> Result<Report, ImportError> {
    let mapping = Mapping::read(&job.mapping)?;
    let input = Input::open(&job.files, &mapping)?;
    let plan = Plan::compile(&mapping, input.columns())?;
    let mapping_text = std::fs::read_to_string(&job.mapping)?;
    let journal = Journal::of(&job.journals, input.files(), &mapping_text, &sink.destination())?;
    let mut progress = journal.read().unwrap_or_default();
    let resumed_at = progress.next_row;
    if resumed_at == 0 {
        progress.counts = Counts::default();
    }
    let bytes_total = input.bytes_total;
    let (to_sink, mut batches) = mpsc::channel::<Batch>(BATCHES_AHEAD);
    let mapper = tokio::task::spawn_blocking(move || map_rows(input, &plan, resumed_at, &to_sink));

    let mut bar = ProgressBar::new(0);
    let mut named = Named::default();
    let mut refusals = Refusals { path: journal.quarantine_path(), file: None, append: resumed_at > 0 };
    let mut rows_before = 0;
    while let Some(batch) = batches.recv().await {
        let answer = send(sink, &batch).await?;
        let counts = &mut progress.counts;
        counts.accepted += answer.taken;
        counts.duplicates += answer.duplicates;
        for (row, reason) in &batch.refused {
            counts.quarantine(reason);
            refusals.write(*row, reason, None)?;
        }
        for quarantined in &answer.quarantined {
            counts.quarantine(&quarantined.reason);
            let row = batch.rows.get(quarantined.index).copied().unwrap_or_default();
            refusals.write(row, &quarantined.reason, batch.bodies.get(quarantined.index))?;
        }
        batch.names.iter().for_each(|(name, count)| *counts.events.entry(name.clone()).or_default() += count);
        batch.identifiers.iter().for_each(|(namespace, value)| named.note(namespace, value));
        counts.rows += batch.rows_read - rows_before;
        rows_before = batch.rows_read;
        progress.next_row = batch.next_row;
        journal.write(&progress)?;
        bar.show(batch.rows_read, batch.bytes_read, bytes_total);
    }
    bar.clear();
    mapper.await.expect("mapping rows does not panic")?;
    let quarantine_file = refusals.finish()?;
    journal.finish()?;
    Ok(Report { counts: progress.counts, named: named.counts(), took: bar.elapsed(), quarantine_file })
}

async fn send(sink: &mut Sink, batch: &Batch) -> Result<Answer, SinkError> {
    if batch.bodies.is_empty() {
        return Ok(Answer::default());
    }
    let mut body = String::with_capacity(batch.bytes + batch.bodies.len() + 16);
    body.push_str("{\"batch\":[");
    for (number, event) in batch.bodies.iter().enumerate() {
        if number > 0 {
            body.push(',');
        }
        body.push_str(event);
    }
    body.push_str("]}");
    sink.send(Bytes::from(body)).await
}

/// Maps all rows from `first_row` on and hands them over in batches; stops when nobody takes them.
fn map_rows(
    mut input: Input,
    plan: &Plan,
    first_row: u64,
    to_sink: &mpsc::Sender<Batch>,
) -> Result<(), InputError> {
    let mut groups = plan.group_by.map(|(column, within_rows)| Groups::new(column, within_rows));
    let mut cells = Cells::default();
    let mut made = Vec::new();
    let mut batch = Batch::default();
    let (mut row, mut rows_read) = (0, 0);
    while let Some(readable) = input.next(&mut cells)? {
        row += 1;
        if row < first_row {
            continue;
        }
        rows_read += 1;
        match (readable, &mut groups) {
            (Err(reason), _) => made.push(Made { row, result: Err(reason) }),
            (Ok(()), Some(groups)) => groups.add(plan, &cells, row, &mut made),
            (Ok(()), None) => single(plan, &cells, row, &mut made),
        }
        made.drain(..).for_each(|made| batch.take(made));
        if batch.is_full() {
            batch.next_row = groups.as_ref().and_then(Groups::oldest).unwrap_or(row + 1);
            (batch.rows_read, batch.bytes_read) = (rows_read, input.bytes_read());
            if to_sink.blocking_send(std::mem::take(&mut batch)).is_err() {
                return Ok(());
            }
        }
    }
    if let Some(groups) = &mut groups {
        groups.close(plan, None, &mut made);
    }
    // The rest may be many groups; they still go in batches of the usual size. A resumed run would do
    // the groups again from the oldest, which their message ids make harmless.
    let oldest = made.iter().map(|made| made.row).min().unwrap_or(row + 1);
    for made in made.drain(..) {
        batch.take(made);
        if batch.is_full() {
            (batch.next_row, batch.rows_read, batch.bytes_read) = (oldest, rows_read, input.bytes_read());
            if to_sink.blocking_send(std::mem::take(&mut batch)).is_err() {
                return Ok(());
            }
        }
    }
    (batch.next_row, batch.rows_read, batch.bytes_read) = (row + 1, rows_read, input.bytes_read());
    // Where nobody takes it, the sender has failed and says so.
    let _ = to_sink.blocking_send(batch);
    Ok(())
}

fn single(plan: &Plan, cells: &Cells, row: u64, out: &mut Vec<Made>) {
    for event in plan.events.iter().filter(|event| event.applies(cells)) {
        let result = body(plan.channel.as_ref(), event, cells, row, &Gathered::default());
        out.push(Made { row, result });
    }
}

impl Batch {
    fn is_full(&self) -> bool {
        self.bodies.len() >= BATCH_EVENTS || self.bytes >= BATCH_BYTES || self.refused.len() >= BATCH_EVENTS
    }

    /// Adds what a row became; what is no event is refused here, so that a second run finds the same.
    fn take(&mut self, made: Made) {
        let checked = made.result.and_then(|body| {
            let stamp = Stamp {
                source: SourceId(0),
                channel: Channel::SERVER,
                time: Timestamp(0),
                received: Timestamp(0),
            };
            let event = Event::parse(body.as_bytes().into(), stamp).map_err(|error| error.to_string())?;
            Ok((body, event))
        });
        match checked {
            Err(reason) => self.refused.push((made.row, reason)),
            Ok((body, event)) => {
                self.bytes += body.len() + 1;
                match self.names.get_mut(&*event.name) {
                    Some(count) => *count += 1,
                    None => drop(self.names.insert(event.name.to_string(), 1)),
                }
                self.identifiers.extend(
                    event.claims.into_iter().map(|(namespace, value)| (namespace.to_string(), value)),
                );
                self.bodies.push(body);
                self.rows.push(made.row);
            }
        }
    }
}

/// The file of what was not taken, made when the first row is.
struct Refusals {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    append: bool,
}

impl Refusals {
    fn write(&mut self, row: u64, reason: &str, body: Option<&String>) -> std::io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let opened = File::options()
                    .create(true)
                    .write(true)
                    .append(self.append)
                    .truncate(!self.append)
                    .open(&self.path)?;
                self.file.insert(BufWriter::new(opened))
            }
        };
        let line = serde_json::json!({ "row": row, "reason": reason, "event": body });
        writeln!(file, "{line}")
    }

    fn finish(self) -> std::io::Result<Option<PathBuf>> {
        match self.file {
            None => Ok(self.append.then_some(self.path).filter(|path| path.exists())),
            Some(mut file) => file.flush().map(|()| Some(self.path)),
        }
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
