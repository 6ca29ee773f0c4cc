//! The promise of rehearsals: what is published, rehearsed over the time since, is what really happened, exactly.

use std::collections::BTreeSet;
use std::sync::Arc;

use ledger::Reader;
use model::record::Record;
use model::{Catalogue, FrameSeq, Identifier, MessageHash, Span, Timestamp};
use shard::{Difference, Line, Prepared, Script, rehearse};

use crate::promises::Breach;
use crate::sent::Told;
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
            // Nor does what the erased said under an identifier of somebody else make anybody one or two any more.
            Some(_) if self.all_shared_with_erased(&report.differences)? => {
                self.note(
                    "rehearsals of who shared with the erased",
                    format_args!("who differ shared identifiers with the erased"),
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

impl World {
    /// Whether all who differ were erased themselves, or have an identifier under which something came in that was
    /// erased since.
    fn all_shared_with_erased(&mut self, differences: &[Difference]) -> Result<bool, Breach> {
        let (engine, now) = (self.shard().view().engine().clone(), self.now);
        let keys = Arc::clone(self.shard().keys());
        let mut erased: BTreeSet<Identifier> = BTreeSet::new();
        for sent in self.sent.iter().filter(|sent| sent.state == Told::Erased) {
            let event = sent.event(now).expect("it was taken, so it is an event");
            let prepared = Prepared::new(event, MessageHash(0), &engine, &keys);
            erased.extend(prepared.claims.into_iter().map(|claim| claim.identifier));
        }
        let mut view = self.shard().view();
        for difference in differences {
            let held = view
                .customer(difference.customer)
                .map_err(|error| Breach::new("a customer can be looked at", error.to_string()))?;
            let Some(held) = held else { continue };
            let own = engine.describe(held, now).profile.identifiers;
            if !own.iter().any(|own| {
                erased.iter().any(|gone| gone.namespace == own.namespace && gone.value == own.value)
            }) {
                return Ok(false);
            }
        }
        Ok(!erased.is_empty())
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
