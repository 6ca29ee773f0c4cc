//! What the shard did for one customer in the order of records, as the customer's thread tells it: who came into journeys
//! with caps, which offers were chosen and taken. A single customer taken through the engine again needs it, because what
//! customers share is not there then.

use std::cell::RefCell;
use std::collections::BTreeSet;

use adapt::{Decision, OfferName, Took, Wanted};
use engine::{Customer, Engine, Input, Meta, Waits};
use ledger::Disk;
use model::{EntryRefusal, Note, Seq, StrandId, Timestamp};

use crate::thread::{ItemKind, ThreadError, ThreadReader};

/// Notes of one customer that are looked through.
const NOTES_MAX: usize = 100_000;
/// What may wait for one customer at one moment.
const SERVED_AT_ONCE_MAX: usize = 1_000;

/// In the order of records.
pub(crate) struct Told {
    notes: Vec<Remembered>,
    /// Those that were repeated already, by their place.
    repeated: RefCell<BTreeSet<usize>>,
}

struct Remembered {
    seq: Seq,
    strand: StrandId,
    time: Timestamp,
    note: Note,
}

impl Told {
    pub fn read<D: Disk>(reader: &ThreadReader<D>) -> Result<Self, ThreadError> {
        let wanted = |kind: &ItemKind| match kind {
            ItemKind::Note(note) => matches!(
                **note,
                Note::OfferDecided { .. }
                    | Note::OfferTaken { .. }
                    | Note::JourneyNotStarted { reason: EntryRefusal::CapReached { .. }, .. }
            ),
            ItemKind::Event(_) => false,
        };
        let page = reader.page(None, NOTES_MAX, |item| wanted(&item.what))?;
        let remembered = page.items.into_iter().filter_map(|item| match item.what {
            ItemKind::Note(note) => {
                Some(Remembered { seq: item.at.seq, strand: item.at.strand, time: item.at.time, note: *note })
            }
            ItemKind::Event(_) => None,
        });
        let mut notes: Vec<Remembered> = remembered.collect();
        notes.sort_by_key(|remembered| remembered.seq);
        Ok(Self { notes, repeated: RefCell::default() })
    }

    /// Without the record `seq` and what came after it.
    pub fn before(mut self, seq: Seq) -> Self {
        self.notes.retain(|remembered| remembered.seq < seq);
        self
    }

    /// Repeats what nobody waited for, such as choices that a shop asked for, up to a record.
    pub fn catch_up(&self, engine: &Engine, held: &mut Customer, meta: Meta) {
        for (place, remembered) in self.notes.iter().enumerate() {
            if remembered.seq >= meta.seq || !self.repeated.borrow_mut().insert(place) {
                continue;
            }
            if let Note::OfferDecided { .. } = remembered.note {
                decide(engine, held, remembered);
            }
        }
    }

    /// Does what waits for the shard as it did it then.
    pub fn serve(&self, engine: &Engine, held: &mut Customer, meta: Meta) {
        for _ in 0..SERVED_AT_ONCE_MAX {
            let Some(waits) = held.waits() else { return };
            match waits {
                Waits::AtDoor(knock) => {
                    let journey = knock.run.journey.clone();
                    let place = self.find(|own| match &own.note {
                        Note::JourneyNotStarted { journey: turned, .. } => {
                            *turned == journey && own.time == meta.now
                        }
                        _ => false,
                    });
                    let refusal = place.and_then(|place| match &self.notes[place].note {
                        Note::JourneyNotStarted { reason, .. } => Some(reason),
                        _ => None,
                    });
                    engine.step(held, meta, Input::Admitted { journey: &journey, refusal });
                }
                Waits::ForOffer(Wanted::Choice { run, .. }) => {
                    let wanted = *run;
                    let place = self.find(
                        |own| matches!(own.note, Note::OfferDecided { run: Some(run), .. } if run == wanted),
                    );
                    let Some(place) = place else { return };
                    decide(engine, held, &self.notes[place]);
                }
                Waits::ForOffer(Wanted::Take { decision, offer, .. }) => {
                    let (wanted, offer) = (*decision, offer.clone());
                    let place = self.find(
                        |own| matches!(own.note, Note::OfferTaken { decision, .. } if decision == wanted),
                    );
                    let Some(place) = place else { return };
                    let granted = matches!(self.notes[place].note, Note::OfferTaken { granted: true, .. });
                    engine.step(held, meta, Input::Took(Took { decision: wanted, offer: &offer, granted }));
                }
            }
        }
    }

    /// The first that was not repeated yet.
    fn find(&self, fits: impl Fn(&Remembered) -> bool) -> Option<usize> {
        let mut repeated = self.repeated.borrow_mut();
        let mut places = self.notes.iter().enumerate();
        let (place, _) = places.find(|(place, own)| !repeated.contains(place) && fits(own))?;
        repeated.insert(place);
        Some(place)
    }
}

fn decide(engine: &Engine, held: &mut Customer, remembered: &Remembered) {
    let Note::OfferDecided { decision, placement, offer, probability, control, explored, run, .. } =
        &remembered.note
    else {
        return;
    };
    let decision = Decision {
        id: *decision,
        placement: placement.clone(),
        chosen: offer.as_deref().map(OfferName::from),
        probability: *probability,
        control: *control,
        explored: *explored,
        candidates: Vec::new(),
        hold: None,
    };
    let meta = Meta { seq: remembered.seq, now: remembered.time };
    let decisions = std::slice::from_ref(&decision);
    engine.step(held, meta, Input::Decided { decisions, strand: remembered.strand, run: *run });
}
