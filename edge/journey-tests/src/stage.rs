//! The world of one test: a shard on disks in memory, a clock that the test moves, and receivers that answer as it says.
//!
//! Where a [`Misfortune`] has the server killed, it comes back as the real one does: what is open is done, what had begun
//! is uncertain or asked for again, clients send again what was not acknowledged.

use std::collections::VecDeque;
use std::sync::Arc;

use ledger::Options as LedgerOptions;
use ledger::memory_disk::MemoryDisk;
use model::record::SourceRecord;
use model::{
    Catalogue, Channel, CustomerId, Effect, Event, MessageHash, Outcome, OutcomeKind, Seq, SourceId, Span,
    Stamp, Timestamp,
};
use shard::{
    Accepted, Broken, Committed, Intake, Options, Order, OrderError, Prepared, Refusal, Shard, StateHash,
};
use state::MemoryStore;

use crate::check::Arrival;
use crate::error::PlayError;
use crate::machine::{Dimensions, Machine};
use crate::misfortune::{Misfortune, Moment};
use crate::receivers::Receivers;

const SOURCE: SourceId = SourceId(1);
const SEED: u64 = 1;
/// Of a machine that nothing happens to.
const DIMENSIONS: Dimensions = Dimensions {
    ledger: LedgerOptions { segment_bytes: 1 << 20, reserve_bytes: 0, fill_bytes: 0 },
    shard: Options {
        checkpoint_records: 750_000,
        customers_held_max: 10_000,
        identifiers_held_max: 10_000,
        keys_ahead: 0,
        background: false,
    },
    keys_held_max: 10_000,
};
/// Timers and effects between two steps of a test; more are a journey that goes round in circles.
const TURNS_MAX: usize = 10_000;
/// Openings tried after one failure; a sound machine needs one.
const OPENINGS_MAX: u32 = 10;
const CUSTOMERS_MAX: usize = 1_000;

/// The world of one test.
pub struct Stage<'a> {
    machine: Machine,
    /// None only while it is opened anew.
    shard: Option<Shard<MemoryDisk>>,
    misfortune: &'a mut dyn Misfortune,
    now: Timestamp,
    /// What is to be performed.
    queue: VecDeque<Effect>,
    pub receivers: Receivers,
    /// How often the server was killed.
    pub kills: u32,
}

/// What became of something that was asked of the shard.
enum Went<T> {
    /// It is durable.
    Well(T),
    Refused(Refusal),
    /// The server was killed; whether it was done is not known.
    Down,
}

impl<'a> Stage<'a> {
    /// A world in which the catalogue is in force, on a machine that keeps everything.
    pub fn open(
        catalogue: &Catalogue,
        start: Timestamp,
        misfortune: &'a mut dyn Misfortune,
    ) -> Result<Self, PlayError> {
        Self::open_on(Machine::new(DIMENSIONS, SEED), catalogue, start, misfortune)
    }

    /// The same on a given machine, to which nothing happens until the catalogue is in force.
    pub fn open_on(
        mut machine: Machine,
        catalogue: &Catalogue,
        start: Timestamp,
        misfortune: &'a mut dyn Misfortune,
    ) -> Result<Self, PlayError> {
        // What is published a moment before the test is not part of it.
        let before = start - Span::SECOND;
        let mut shard = machine.open(before)?;
        let source = SourceRecord {
            id: SOURCE,
            name: "test".into(),
            channel: Channel::SERVER,
            write_key_hash: vec![0; 32].into(),
            priority: 0,
        };
        let by = String::from("test");
        shard.order(Order::PutSource { by: by.clone(), source }, before)?;
        let published = shard.order(Order::Publish { by, catalogue: catalogue.clone() }, before)?;
        make_durable(&mut shard)?;
        let mut stage = Self {
            machine,
            shard: Some(shard),
            misfortune,
            now: start,
            queue: published.consequences.ready.into(),
            receivers: Receivers::default(),
            kills: 0,
        };
        stage.perform()?;
        Ok(stage)
    }

    /// Lets time pass: each timer fires when it is due, not when the next event comes.
    pub fn pass_to(&mut self, time: Timestamp) -> Result<(), PlayError> {
        for _ in 0..TURNS_MAX {
            let Some(due) = self.next_due()?.filter(|due| *due <= time) else {
                self.now = self.now.max(time);
                return Ok(());
            };
            self.now = self.now.max(due);
            self.carry_out(|shard, now| shard.order(Order::Tick, now))?;
            self.perform()?;
        }
        Err(PlayError::TimersInCircles { turns: TURNS_MAX, before: time })
    }

    /// Takes an event in, sent as often as it needs to be acknowledged.
    pub fn take(&mut self, arrival: &Arrival) -> Result<(), PlayError> {
        let stamp = Stamp {
            source: SOURCE,
            channel: arrival.channel.clone(),
            time: arrival.happened,
            received: self.now,
        };
        let not_taken = |reason: String| PlayError::NotTaken { line: arrival.line, reason };
        let event = Event::parse(arrival.body.to_string().into_bytes().into(), stamp)
            .map_err(|error| not_taken(error.to_string()))?;
        loop {
            let shard = self.shard();
            let keys = Arc::clone(shard.keys());
            let id = event.message_id.as_deref();
            let message = id.map_or(MessageHash(0), |id| keys.message_hash(SOURCE, id));
            let prepared = Arc::new(Prepared::new(event.clone(), message, shard.view().engine(), &keys));
            let refused: Vec<String> = prepared.refused.iter().map(ToString::to_string).collect();
            let went = self.carry_out(|shard, now| {
                let intake = vec![Intake::Event(Arc::clone(&prepared))];
                shard.ingest(intake, now).map_err(OrderError::Broken)
            })?;
            self.perform()?;
            match went {
                Went::Down => {}
                Went::Refused(refusal) => return Err(PlayError::Refused(refusal)),
                Went::Well(told) if matches!(told.first(), Some(Accepted::Quarantined { .. })) => {
                    return Err(not_taken(refused.join("; ")));
                }
                Went::Well(_) if self.misfortune.repeats() => {}
                Went::Well(_) => return Ok(()),
            }
        }
    }

    /// The number of the last record: what comes later has a higher one.
    pub fn last_seq(&mut self) -> Seq {
        self.shard().view().last_seq()
    }

    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Everybody there is.
    pub fn ids(&mut self) -> Result<Vec<CustomerId>, PlayError> {
        Ok(self.shard().view().customers_after(None, CUSTOMERS_MAX)?)
    }

    pub fn shard(&mut self) -> &mut Shard<MemoryDisk> {
        self.shard.as_mut().expect("a shard is open between two steps")
    }

    /// The end: the replay of the ledger must give the state there is.
    pub fn verify(mut self) -> Result<StateHash, PlayError> {
        self.machine.calm();
        // A fault may have hit a checkpoint of which nobody has heard yet.
        if self.shard().checkpoint().is_err() {
            self.come_back()?;
        }
        let shard = self.shard.take().expect("a shard is open between two steps");
        let (_, there, replayed) = shard.verify(Arc::new(MemoryStore::default()))?;
        if there == replayed { Ok(there) } else { Err(PlayError::Replay { there, replayed }) }
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, PlayError> {
        let mut due = None;
        for id in self.ids()? {
            let own = self.shard().view().customer(id)?.and_then(|customer| customer.scheduled);
            due = [due, own].into_iter().flatten().min();
        }
        Ok(due)
    }

    /// Asks something of the shard, and makes it durable before anybody hears of it.
    fn carry_out<T>(
        &mut self,
        deed: impl FnOnce(&mut Shard<MemoryDisk>, Timestamp) -> Result<Committed<T>, OrderError>,
    ) -> Result<Went<T>, PlayError> {
        self.misfortune.lay(&self.machine);
        let now = self.now;
        let shard = self.shard();
        let done = deed(shard, now)
            .and_then(|committed| make_durable(shard).map(|()| committed).map_err(OrderError::Broken));
        match done {
            Ok(_) if self.misfortune.strikes(Moment::Noted) => {
                self.come_back()?;
                Ok(Went::Down)
            }
            Ok(Committed { answer, consequences, .. }) => {
                self.queue.extend(consequences.ready);
                Ok(Went::Well(answer))
            }
            Err(OrderError::Refused(refusal)) => Ok(Went::Refused(refusal)),
            Err(OrderError::Broken(_)) => {
                self.come_back()?;
                Ok(Went::Down)
            }
        }
    }

    /// Opens the shard anew, as a supervisor does.
    fn come_back(&mut self) -> Result<(), PlayError> {
        self.kills += 1;
        for opening in 0.. {
            self.shard = None;
            self.misfortune.fell(&self.machine, opening);
            match self.try_open() {
                Ok(()) => break,
                Err(_) if opening < OPENINGS_MAX => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn try_open(&mut self) -> Result<(), PlayError> {
        self.queue.clear();
        let now = self.now;
        let mut shard = self.machine.open(now)?;
        for (effect, started) in shard.unfinished()? {
            if !started {
                self.queue.push_back(effect);
                continue;
            }
            self.receivers.in_doubt(&effect);
            let kind = OutcomeKind::Uncertain { reason: "the server stopped".into() };
            let outcome = Outcome { effect: effect.id, customer: effect.customer, kind };
            let settled = shard.order(Order::Outcome(outcome), now)?;
            self.queue.extend(settled.consequences.ready);
        }
        make_durable(&mut shard)?;
        self.shard = Some(shard);
        Ok(())
    }

    /// Does what was asked for, at once, and tells how it went; that may ask for more.
    fn perform(&mut self) -> Result<(), PlayError> {
        for _ in 0..TURNS_MAX {
            let Some(effect) = self.queue.pop_front() else { return Ok(()) };
            self.attempt(effect)?;
        }
        Err(PlayError::EffectsInCircles { turns: TURNS_MAX })
    }

    fn attempt(&mut self, effect: Effect) -> Result<(), PlayError> {
        let outcome = |kind| Order::Outcome(Outcome { effect: effect.id, customer: effect.customer, kind });
        let attempt = self.receivers.attempt(&effect);
        let begun = outcome(OutcomeKind::Started { attempt });
        match self.carry_out(|shard, now| shard.order(begun, now))? {
            Went::Well(_) => {}
            // Refused where the effect was withdrawn in the meantime: then it must not happen.
            Went::Refused(_) | Went::Down => return Ok(()),
        }
        if self.misfortune.strikes(Moment::Begun) {
            return self.come_back();
        }
        let articles = self.shard().view().engine().articles();
        let kind = self.receivers.receive(&effect, attempt, self.now, articles)?;
        if self.misfortune.strikes(Moment::Done) {
            return self.come_back();
        }
        self.carry_out(|shard, now| shard.order(outcome(kind), now)).map(|_| ())
    }
}

/// Everything written so far is on the disk; then the checkpoint may move on.
fn make_durable(shard: &mut Shard<MemoryDisk>) -> Result<(), Broken> {
    let last = shard.last_frame();
    shard.keys().sync()?;
    shard.syncer().sync(last)?;
    Ok(shard.turn()?)
}
