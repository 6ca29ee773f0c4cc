//! The shard: the data path of one workspace, synchronous and single-threaded at its heart.
//!
//! Whoever drives a shard (the server's core thread, the simulation) hands it submissions and orders with the
//! time, and must make the frames durable ([`Shard::syncer`]) before releasing answers and consequences.

use std::sync::Arc;

use keys::Keys;
use ledger::{Disk, FrameBuilder, Ledger, LedgerError, Reader, Syncer};
use model::record::{Record, TickRecord};
use model::{CustomerId, FrameSeq, SourceId, Timestamp};
use state::{StateError, Store};

use crate::checkpoint::Checkpointing;
use crate::frames::OpenFrame;
use crate::glance::Glance;
use crate::items::Known;
use crate::keys_ahead::KeysAhead;
use crate::search::Search;
use crate::submission::{Accepted, Consequences, Intake, Prepared, Refusal};
use crate::world::World;

/// Events in one frame at most.
const FRAME_EVENTS_MAX: usize = 2_048;

/// How a shard is kept.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Records between two checkpoints: what a restart replays at most, twice over.
    pub checkpoint_records: u64,
    /// Customers kept decoded in memory.
    pub customers_held_max: usize,
    /// Identifiers kept in memory.
    pub identifiers_held_max: usize,
    /// Strands to come whose keys are made before they are needed; 0 makes each when it is.
    pub keys_ahead: u64,
    /// Whether checkpoints are committed and keys made ahead on threads of their own; the simulation says no.
    pub background: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            checkpoint_records: 750_000,
            customers_held_max: 1_500_000,
            identifiers_held_max: 6_000_000,
            keys_ahead: 8_192,
            background: true,
        }
    }
}

/// The path of one workspace's data, and its state.
pub struct Shard<D: Disk> {
    /// None where history is only played again; then nothing is taken.
    pub(crate) writer: Option<Ledger<D>>,
    pub(crate) reader: Reader<D>,
    pub(crate) world: World,
    pub(crate) options: Options,
    pub(crate) checkpointing: Checkpointing,
    pub(crate) builder: FrameBuilder,
    pub(crate) keys_ahead: KeysAhead,
    /// A frame that found the disk full.
    pub(crate) stalled: Option<OpenFrame>,
    /// What written frames did that nobody was told, because what was asked next failed or was refused.
    pub(crate) owed: Consequences,
    /// How far the search index has been filled from the rows of the last checkpoint.
    pub(crate) warmed: Option<CustomerId>,
}

/// A frame (or several) written, not durable yet.
#[derive(Debug)]
pub struct Committed<T> {
    /// What must be durable before `answer` and `consequences` leave the shard.
    pub frame: FrameSeq,
    pub answer: T,
    pub consequences: Consequences,
}

/// A failure after which memory and ledger may disagree: the shard must be opened anew.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Keys(#[from] keys::KeysError),
}

impl Broken {
    /// Whether it is only that the disk is full.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Ledger(LedgerError::Full) | Self::Keys(keys::KeysError::Full))
    }
}

/// Why a writer is there wherever one is asked for.
pub(crate) const TAKES: &str = "a shard that only plays history again is handed nothing to take";

impl<D: Disk> Shard<D> {
    pub fn syncer(&self) -> Syncer<D> {
        self.writer().syncer()
    }

    pub fn keys(&self) -> &Arc<Keys> {
        &self.world.keys
    }

    pub(crate) fn writer(&self) -> &Ledger<D> {
        self.writer.as_ref().expect(TAKES)
    }

    pub fn store(&self) -> &Arc<dyn Store> {
        &self.world.store
    }

    /// The time of the last frame; the next one's is not before it.
    pub fn time(&self) -> Timestamp {
        self.world.time
    }

    /// Takes submissions in order. On [`Broken`] nothing may be acknowledged and the shard be opened anew.
    pub fn ingest(
        &mut self,
        intake: Vec<Intake>,
        now: Timestamp,
    ) -> Result<Committed<Vec<Accepted>>, Broken> {
        assert!(self.stalled.is_none(), "nothing is taken while a frame waits for space");
        let mut consequences = std::mem::take(&mut self.owed);
        match self.take_all(intake, now, &mut consequences) {
            Ok(answer) => Ok(Committed { frame: self.world.last_frame, answer, consequences }),
            Err(broken) => {
                self.owed = consequences;
                Err(broken)
            }
        }
    }

    fn take_all(
        &mut self,
        intake: Vec<Intake>,
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<Vec<Accepted>, Broken> {
        self.catch_up(now, consequences)?;
        let now = self.world.time;
        let mut answers = Vec::with_capacity(intake.len());
        let mut frame = OpenFrame::default();
        frame.items.reserve(intake.len().min(FRAME_EVENTS_MAX));
        let glance = self.glance(&intake);
        for (place, arrived) in intake.into_iter().enumerate() {
            if frame.items.len() >= FRAME_EVENTS_MAX {
                self.close(&mut frame, now, false, consequences)?;
            }
            answers.push(match arrived {
                Intake::Malformed { source, reason, body } => {
                    self.quarantine(&mut frame, source, reason, body)
                }
                Intake::Event(prepared) => {
                    self.take(&mut frame, prepared, (&glance, place), now, consequences)?
                }
            });
        }
        self.close(&mut frame, now, false, consequences)?;
        self.serve_wanted(consequences)?;
        Ok(answers)
    }

    /// Fires what is due by `now`, so that nothing that happens at `now` overtakes a timer.
    pub(crate) fn catch_up(&mut self, now: Timestamp, consequences: &mut Consequences) -> Result<(), Broken> {
        let now = now.max(self.world.time);
        self.world.time = now;
        consequences.time = now;
        if self.world.timers.first().is_some_and(|(due, _)| *due <= now) {
            let record = Record::Tick(TickRecord { now });
            let (seq, _) = self.append_one(&record, now, false)?;
            self.tick(seq, now, consequences)?;
        }
        self.assign_waiting(now, consequences)
    }

    fn take(
        &mut self,
        frame: &mut OpenFrame,
        prepared: Arc<Prepared>,
        (glance, place): (&Glance, usize),
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<Accepted, Broken> {
        let source = prepared.event.stamp.source;
        let prepared = self.refresh(prepared);
        // Before its id is remembered: sent again from quarantine, it must not count as taken.
        if prepared.claims.is_empty() {
            let reason = self.no_valid_identifier(&prepared);
            let body = prepared.event.body().to_vec();
            return Ok(self.quarantine(frame, source, reason, body));
        }
        let (messages, message) = (&mut self.world.messages, prepared.message);
        let seen = match glance.is_new_to_runs(place) {
            true => messages.seen_lately(message, now),
            false => messages.seen(&*self.world.store, message, now)?,
        };
        if seen {
            frame.duplicate(source);
            return Ok(Accepted::Duplicate);
        }
        let known = match self.still_settled(glance, place) {
            Some(settled) => Known::Settled(settled),
            None => self.known(&prepared)?,
        };
        if matches!(known, Known::Unsettled) && !frame.items.is_empty() {
            // The frame before it may have to wait for space; this event is in none, so it was not seen.
            let message = prepared.message;
            self.close(frame, now, false, consequences)
                .inspect_err(|_| self.world.messages.forget(message))?;
        }
        let identified = self.identify(prepared, known, frame.items.len())?;
        let customer = identified.customer;
        frame.items.push(identified);
        Ok(Accepted::Taken { customer })
    }

    /// Prepared with an older catalogue than the one in force? Then its claims are worked out anew, because a replay
    /// knows only the catalogue in force at the record.
    fn refresh(&self, prepared: Arc<Prepared>) -> Arc<Prepared> {
        if prepared.version == self.world.engine.version() {
            return prepared;
        }
        let Prepared { event, message, .. } = Arc::unwrap_or_clone(prepared);
        Arc::new(Prepared::new(event, message, &self.world.engine, &self.world.keys))
    }

    fn no_valid_identifier(&self, prepared: &Prepared) -> String {
        let reasons: Vec<String> = prepared.refused.iter().map(ToString::to_string).collect();
        format!("no valid identifier: {}", reasons.join("; "))
    }

    fn quarantine(
        &mut self,
        frame: &mut OpenFrame,
        source: SourceId,
        reason: String,
        body: Vec<u8>,
    ) -> Accepted {
        let number = self.world.books.quarantine_last + 1 + frame.quarantined.len() as u64;
        frame.quarantined.push((source, reason, body));
        Accepted::Quarantined { number }
    }

    pub fn search(&self) -> &Search {
        &self.world.search
    }

    /// The newest frame written.
    pub fn last_frame(&self) -> FrameSeq {
        self.world.last_frame
    }
}

impl From<Broken> for Refusal {
    fn from(broken: Broken) -> Self {
        if broken.is_full() { Self::DiskFull } else { Self::Failed(broken.to_string()) }
    }
}
