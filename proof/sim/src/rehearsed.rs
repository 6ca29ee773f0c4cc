//! The promise of rehearsals: what is published, rehearsed over the time since, is what really happened, exactly.

use ledger::Reader;
use model::record::Record;
use model::{Catalogue, FrameSeq, Span, Timestamp};
use shard::{Difference, Line, Script, rehearse};

use crate::promises::Breach;
use crate::world::World;

/// The journey that takes so many of all customers, as sentences name it.
const CAPPED: &str = "“raffle”";

impl World {
    /// Rehearses the catalogue in force from some moment after its publication, and compares.
    pub fn rehearsal_agrees(&mut self) -> Result<(), Breach> {
        let wrong = |cause: String| Breach::new("a published catalogue can be rehearsed", cause);
        let reader = Reader::open(self.machine.disk.clone()).map_err(|error| wrong(error.to_string()))?;
        // What a full disk or a crash kept waiting came later than it would have; a rehearsal has no such disk.
        if self.deals.came_late {
            self.note("choices that came late", format_args!("not rehearsed: a choice came late"));
            return Ok(());
        }
        let Some((published, catalogue)) = in_force(&reader).map_err(wrong)? else { return Ok(()) };
        let to = self.now.max(self.shard().view().time());
        let left = to.since(published).0;
        if left < 2 {
            return Ok(());
        }
        let from = published + Span(self.random.between(1, left - 1));
        let script = Script { draft: catalogue, from, to, sample: 100, segment: None };
        let keys = self.shard().keys().clone();
        let report = rehearse(&reader, &keys, &script, |_| std::ops::ControlFlow::Continue(()))
            .map_err(|error| wrong(error.to_string()))?;
        self.note(
            "rehearsed customers",
            format_args!("{} customers rehearsed from {from}", report.customers),
        );
        match report.differences.first() {
            None => Ok(()),
            // Who is erased leaves no trace but that they had come: a rehearsal, which lets everybody in anew, has more room.
            Some(_) if self.erased > 0 && report.differences.iter().any(is_about_the_cap) => {
                self.note(
                    "rehearsals without the erased",
                    format_args!("the door had more room without the erased"),
                );
                Ok(())
            }
            Some(difference) => {
                let detail =
                    format!("of {} customers {} differ: {difference:#?}", report.customers, report.different);
                Err(Breach::new("what is published, rehearsed, is what happened", detail))
            }
        }
    }
}

/// Whether a line that differs tells of the journey that takes so many of all customers; others may follow from it.
fn is_about_the_cap(difference: &Difference) -> bool {
    let (published, draft) = (&difference.published, &difference.draft);
    let only = |own: &[Line], other: &[Line]| {
        own.iter().any(|line| !other.contains(line) && line.sentence.contains(CAPPED))
    };
    only(published, draft) || only(draft, published)
}

/// The catalogue in force, and when it was published.
fn in_force(
    reader: &Reader<ledger::memory_disk::MemoryDisk>,
) -> Result<Option<(Timestamp, Catalogue)>, String> {
    let mut last = None;
    for frame in reader.frames_from(FrameSeq(1)) {
        let frame = frame.map_err(|error| error.to_string())?;
        for (_, bytes) in frame.records() {
            if let Record::Catalogue(record) = Record::decode(bytes).map_err(|error| error.to_string())? {
                last = Some((frame.time, record.catalogue));
            }
        }
    }
    Ok(last)
}
