//! Rehearsal: recorded history taken through a catalogue that is not published, beside what really happened.
//!
//! Two shards in memory read the same frames. One repeats what was: records, catalogues, ticks and outcomes. In the
//! other the draft is published when the period begins; timers that history did not have fire when they are due, and
//! what is asked of the world that history did not ask succeeds at once, without an answer. Nothing is sent, and the
//! live shard hears nothing of it. What an erasure kept of those who survive it is put back in both: nobody can read any
//! more what led to it.

mod compare;
mod survey;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use engine::Meta;
use keys::Keys;
use ledger::{Disk, Frame, FrameBuilder, LedgerError, Reader};
use model::record::Record;
use model::{
    Catalogue, CustomerId, FrameSeq, Note, Outcome, OutcomeKind, Position, Problem, Seq, StrandId, Timestamp,
};
use state::{MemoryStore, StateError};

use crate::checkpoint::Checkpointing;
use crate::deals::served;
use crate::keys_ahead::KeysAhead;
use crate::reading::Read;
use crate::shard::{Broken, Options, Shard};
use crate::submission::Consequences;
use crate::world::World;

pub use compare::{Comparison, Difference, Figures, Line, Report};
use survey::{Side, Survey};

/// What is rehearsed.
#[derive(Debug, Clone)]
pub struct Script {
    /// The catalogue that is tried.
    pub draft: Catalogue,
    /// When it comes into force: with the first frame from then on.
    pub from: Timestamp,
    /// When the rehearsal ends.
    pub to: Timestamp,
    /// Of a hundred customers, how many take part.
    pub sample: u8,
    /// Only customers who are in this segment when the period begins; the figures are theirs.
    pub segment: Option<String>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    #[error("the draft has {} problems", .0.len())]
    Problems(Vec<Problem>),
    #[error("{0}")]
    Invalid(String),
    #[error("it was broken off")]
    Cancelled,
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<LedgerError> for RehearsalError {
    fn from(error: LedgerError) -> Self {
        Self::Broken(error.into())
    }
}

impl From<StateError> for RehearsalError {
    fn from(error: StateError) -> Self {
        Self::Broken(error.into())
    }
}

/// Something a journey did, or did not.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    pub customer: CustomerId,
    pub time: Timestamp,
    pub note: Note,
}

/// Numbers of records that only the rehearsal has begin here; ledgers do not get that long.
const INVENTED: u64 = 1 << 47;
/// Timers that may fire between two frames before a journey is taken to run in a circle.
const TIMERS_BETWEEN_MAX: u64 = 50_000_000;
/// How often an effect may lead to the next at one moment.
const ANSWERS_AT_ONCE_MAX: usize = 1_000;

/// Takes the history in `reader` through both catalogues. `progress` hears how many records were taken so far, and may
/// break off.
pub fn rehearse<D: Disk>(
    reader: &Reader<D>,
    keys: &Arc<Keys>,
    script: &Script,
    mut progress: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<Report, RehearsalError> {
    if !(1..=100).contains(&script.sample) {
        let message = format!(
            "`sample` is {}; write 1 to 100, the customers of a hundred that take part",
            script.sample
        );
        return Err(RehearsalError::Invalid(message));
    }
    if script.from >= script.to {
        let message = format!("`from` is {} and `to` is {}; the period is empty", script.from, script.to);
        return Err(RehearsalError::Invalid(message));
    }
    let survey = Survey::read(reader, script)?;
    let mut was = Stage::new(reader, keys, &survey, script)?;
    let mut would = Stage::new(reader, keys, &survey, script)?;
    let mut members = None;
    let mut records = 0;
    for frame in reader.frames_from(FrameSeq(1)) {
        let frame = frame?;
        if frame.time > script.to {
            break;
        }
        let read = was.shard.world.read_records(&frame, |record| survey.takes_part(record.customer))?;
        records += read.len() as u64;
        if members.is_some() {
            // History did it in the same moment, in records that follow its cause.
            let moves_on = frame.time > would.shard.world.time && repeats_service(&read).is_none();
            would.pass_to(frame.time, &was, moves_on)?;
        }
        was.repeat(&frame, of_side(&read, &survey, Side::Was))?;
        let strange = match repeats_service(&read) {
            Some(customer) => was.is_strange(customer)?,
            None => false,
        };
        would.follow(&frame, of_side(&read, &survey, Side::Would), &was, strange)?;
        // With nothing overdue, as a publication finds it.
        if frame.time >= script.from && members.is_none() && !was.is_late() {
            members = Some(begin(&mut was, &mut would, script)?);
        }
        if progress(records).is_break() {
            return Err(RehearsalError::Cancelled);
        }
    }
    let members = match members {
        Some(members) => members,
        None => begin(&mut was, &mut would, script)?,
    };
    would.pass_to(script.to, &was, true)?;
    Ok(compare::report(records, members.as_ref(), was, would))
}

/// The period begins: who takes part is settled, and the draft comes into force.
fn begin<D: Disk>(
    was: &mut Stage<D>,
    would: &mut Stage<D>,
    script: &Script,
) -> Result<Option<BTreeSet<CustomerId>>, RehearsalError> {
    let members = match &script.segment {
        Some(segment) => Some(was.members(segment)?),
        None => None,
    };
    was.shard.world.witness = Some(Vec::new());
    would.publish(script, was)?;
    Ok(members)
}

/// One of the two shards.
pub(crate) struct Stage<D: Disk> {
    pub shard: Shard<D>,
    /// Whether the draft is in force here.
    draft: bool,
    /// Records that only this shard has.
    invented: u64,
}

impl<D: Disk> Stage<D> {
    fn new(
        reader: &Reader<D>,
        keys: &Arc<Keys>,
        survey: &Survey,
        script: &Script,
    ) -> Result<Self, RehearsalError> {
        let (mut world, _) = World::read(Arc::new(MemoryStore::default()), Arc::clone(keys))?;
        world.rehearses = true;
        // Everything any of the catalogues counts is counted from the first event, so that none has to look back.
        for catalogue in survey.catalogues.iter().chain([&script.draft]) {
            world.engine.foresee(catalogue).map_err(RehearsalError::Problems)?;
        }
        let shard = Shard {
            writer: None,
            reader: reader.clone(),
            world,
            options: Options::default(),
            checkpointing: Checkpointing::Idle { records_at_last: 0 },
            builder: FrameBuilder::new(),
            keys_ahead: KeysAhead::new(0, false),
            stalled: None,
            owed: Consequences::default(),
            warmed: None,
        };
        Ok(Self { shard, draft: false, invented: 0 })
    }

    /// Whether something was due that has not fired.
    fn is_late(&self) -> bool {
        let world = &self.shard.world;
        world.timers.first().is_some_and(|(due, _)| *due <= world.time)
    }

    /// Whether nothing is known of the customer here: they are not in the sample, or were erased.
    fn is_strange(&mut self, customer: CustomerId) -> Result<bool, RehearsalError> {
        let world = &mut self.shard.world;
        Ok(world.find(customer)?.is_none_or(|slot| world.customers.at(slot).events() == 0))
    }

    fn invent(&mut self) -> Seq {
        self.invented += 1;
        Seq(INVENTED + self.invented)
    }

    fn publish(&mut self, script: &Script, was: &Self) -> Result<(), RehearsalError> {
        let version = self.shard.world.engine.version() + 1;
        let catalogue = Catalogue { version, ..script.draft.clone() };
        self.shard.world.engine.check_next(&catalogue).map_err(RehearsalError::Problems)?;
        let seq = self.invent();
        let mut consequences = Consequences::default();
        let now = self.shard.world.time;
        self.shard.world.witness = Some(Vec::new());
        self.shard.apply_catalogue(&catalogue, seq, now, &mut consequences)?;
        self.draft = true;
        self.answer(consequences, was)
    }

    /// Repeats a frame as it was.
    fn repeat(&mut self, frame: &Frame, records: Vec<(Position, Read)>) -> Result<(), RehearsalError> {
        Ok(self.shard.apply_records(frame, records, &mut Consequences::default())?)
    }

    /// Takes a frame without the catalogues that were published then, once the draft is in force.
    fn follow(
        &mut self,
        frame: &Frame,
        records: Vec<(Position, Read)>,
        was: &Self,
        strange: bool,
    ) -> Result<(), RehearsalError> {
        if !self.draft {
            return self.repeat(frame, records);
        }
        let mut consequences = Consequences::default();
        if let Some(customer) = repeats_service(&records) {
            if strange {
                // Whoever is not in the sample or was erased took what they took.
                return self.repeat(frame, records);
            }
            // Done anew, under the number that it had: the same where nothing else is different.
            self.shard.world.time = self.shard.world.time.max(frame.time);
            let meta = Meta { seq: frame.first_record, now: self.shard.world.time };
            self.shard.world.serve_unrecorded(customer, meta, &mut consequences)?;
            return self.answer(consequences, was);
        }
        let records =
            records.into_iter().map(|(position, read)| (position, without_catalogues(read))).collect();
        self.shard.apply_records(frame, records, &mut consequences)?;
        self.answer(consequences, was)
    }

    /// Fires what is due by `time`, each at its own time; but for customers whom history looked at too late, it is
    /// history's tick that fires. With `serve`, what waits for the shard is done at once.
    fn pass_to(&mut self, time: Timestamp, was: &Self, serve: bool) -> Result<(), RehearsalError> {
        let late = was.shard.world.timers.iter().take_while(|(due, _)| *due <= time);
        let late: BTreeSet<CustomerId> = late.map(|(_, customer)| *customer).collect();
        for _ in 0..TIMERS_BETWEEN_MAX {
            if serve && self.shard.world.deciding.first().is_some() {
                let mut consequences = Consequences::default();
                self.choose(&mut consequences)?;
                self.answer(consequences, was)?;
            }
            let world = &self.shard.world;
            let mut due = world.timers.iter().take_while(|(due, _)| *due <= time);
            let Some(&(due, customer)) = due.find(|(_, customer)| !late.contains(customer)) else {
                return Ok(());
            };
            let meta = Meta { seq: self.invent(), now: due };
            let mut consequences = Consequences::default();
            self.shard.world.time = due;
            self.shard.world.fire_one((due, customer), meta, &mut consequences)?;
            self.answer(consequences, was)?;
        }
        let message = format!(
            "more than {TIMERS_BETWEEN_MAX} timers fired before {time}; does a journey go in a circle?"
        );
        Err(RehearsalError::Invalid(message))
    }

    /// Does what waits for the shard and history has no record of.
    fn choose(&mut self, consequences: &mut Consequences) -> Result<(), RehearsalError> {
        while let Some(customer) = self.shard.world.deciding.first() {
            let meta = Meta { seq: self.invent(), now: self.shard.world.time };
            self.shard.world.serve_unrecorded(customer, meta, consequences)?;
        }
        Ok(())
    }

    /// What history did not ask of the world succeeds at once; what it did ask goes as it went.
    fn answer(&mut self, mut consequences: Consequences, was: &Self) -> Result<(), RehearsalError> {
        for _ in 0..ANSWERS_AT_ONCE_MAX {
            let ready: Vec<_> = std::mem::take(&mut consequences.ready)
                .into_iter()
                .filter(|effect| !was.shard.world.effects.contains_key(&effect.id))
                .collect();
            if ready.is_empty() {
                break;
            }
            for effect in ready {
                let kind = OutcomeKind::Done { reference: None, answer: None };
                let outcome = Outcome { effect: effect.id, customer: effect.customer, kind };
                let (seq, now) = (self.invent(), self.shard.world.time);
                self.shard.world.settle(seq, now, &outcome, &mut consequences)?;
            }
        }
        Ok(())
    }

    fn members(&mut self, segment: &str) -> Result<BTreeSet<CustomerId>, RehearsalError> {
        let world = &mut self.shard.world;
        let known = world.engine.recognition().segments();
        if known.iter().all(|own| *own.name != *segment) {
            let names: Vec<&str> = known.iter().map(|segment| &*segment.name).collect();
            let message = format!("there is no segment `{segment}` then; there are: {}", names.join(", "));
            return Err(RehearsalError::Invalid(message));
        }
        let mut members = BTreeSet::new();
        for id in world.all_customers()? {
            let Some(slot) = world.find_exactly(id)? else { continue };
            if world.engine.segments_of(world.customers.at(slot)).iter().any(|own| **own == *segment) {
                members.insert(id);
            }
        }
        Ok(members)
    }

    /// Whoever `customer` is part of in the end.
    fn holder(&mut self, customer: CustomerId) -> CustomerId {
        let world = &mut self.shard.world;
        world.holders.find(StrandId(customer.0), &*world.store).ok().flatten().unwrap_or(customer)
    }
}

/// The customer for whom history did in this frame what only the shard can do.
fn repeats_service(records: &[(Position, Read)]) -> Option<CustomerId> {
    match records {
        [(_, Read::Other(record))] => served(record),
        _ => None,
    }
}

/// The records without the content of events of customers whom the side has nothing to do with: these are counted, and
/// not stepped.
fn of_side(records: &[(Position, Read)], survey: &Survey, side: Side) -> Vec<(Position, Read)> {
    let own = |read: &Read| match read {
        Read::Event(record, Some(_)) if !survey.concerns(side, record.customer) => {
            Read::Event(Arc::clone(record), None)
        }
        other => other.clone(),
    };
    records.iter().map(|(position, read)| (*position, own(read))).collect()
}

/// A record, unless it is a catalogue.
fn without_catalogues(read: Read) -> Read {
    match read {
        Read::Other(record) if matches!(*record, Record::Catalogue(_)) => Read::Nothing,
        other => other,
    }
}

/// Whether a note tells of journeys and messages.
pub(crate) fn tells(note: &Note) -> bool {
    !matches!(
        note,
        Note::SegmentEntered { .. }
            | Note::SegmentLeft { .. }
            | Note::EffectSettled { .. }
            | Note::IdentifierRefused { .. }
            | Note::CustomersMerged { .. }
            | Note::CustomersParted { .. }
            | Note::ConsentChanged { .. }
    )
}
