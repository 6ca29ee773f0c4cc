//! The world of one test: a shard on disks in memory, a clock that the test moves, and receivers that answer as it says.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use anyhow::Context;
use engine::CustomerView;
use keys::{Keys, MemorySlots, RootKey, SeededEntropy};
use knowledge::Library;
use ledger::memory_disk::MemoryDisk;
use ledger::{Ledger, Options as LedgerOptions};
use model::record::SourceRecord;
use model::{
    ARTICLE_SEARCH, Catalogue, Channel, CustomerId, Effect, EffectId, EffectKind, Event, MessageHash, Note,
    Outcome, OutcomeKind, Seq, SourceId, Span, Stamp, Timestamp, Value,
};
use orchestrate::{RunView, WaitingFor, where_now};
use shard::{Accepted, Consequences, Intake, ItemKind, Options, Order, OrderError, Prepared, Shard};
use state::MemoryStore;

use super::check::Arrival;
use super::file::Answer;
use crate::performer::search_for_journey;

const SOURCE: SourceId = SourceId(1);
/// The keys guard nothing: they live as long as the test.
const ROOT_KEY: [u8; 32] = [7; 32];
const SEED: u64 = 1;
const KEYS_HELD_MAX: usize = 10_000;
const LEDGER: LedgerOptions = LedgerOptions { segment_bytes: 1 << 20, reserve_bytes: 0 };
/// Timers and effects between two steps of a test; more are a journey that goes round in circles.
const TURNS_MAX: usize = 10_000;
/// The HTTP status of a refusal: the request was understood and is not done.
const REFUSED: u16 = 422;
const PAGE: usize = 1_000;
const CUSTOMERS_MAX: usize = 1_000;

/// The world of one test.
pub struct Stage {
    shard: Shard<MemoryDisk>,
    now: Timestamp,
    /// The last that fits counts.
    pub answers: Vec<Answer>,
    /// How often each effect was tried.
    attempts: BTreeMap<EffectId, u16>,
    /// What was asked of the world, in order.
    pub performed: Vec<Performed>,
}

/// An effect, and how it went.
#[derive(Debug, Clone)]
pub struct Performed {
    pub time: Timestamp,
    pub effect: Effect,
    /// Why not, where it did not succeed.
    pub failure: Option<String>,
}

/// What the engine noted.
#[derive(Debug, Clone)]
pub struct Noted {
    pub seq: Seq,
    pub note: Note,
}

/// A customer as they stand now.
#[derive(Debug)]
pub struct Known {
    pub view: CustomerView,
    /// Those under way first.
    pub runs: Vec<KnownRun>,
}

#[derive(Debug)]
pub struct KnownRun {
    pub view: RunView,
    /// The slot whose answer it waits for.
    pub question: Option<String>,
}

impl Stage {
    /// A world in which the catalogue is in force.
    pub fn open(catalogue: &Catalogue, start: Timestamp) -> Result<Self, anyhow::Error> {
        let entropy = SeededEntropy::new(SEED);
        let keys = Keys::with(MemorySlots::default(), RootKey::from_bytes(ROOT_KEY), entropy, KEYS_HELD_MAX)?;
        // What is published a moment before the test is not part of it.
        let before = start - Span::SECOND;
        let (ledger, _) = Ledger::open(MemoryDisk::default(), LEDGER, before)?;
        let options = Options { background: false, ..Options::default() };
        let (shard, _) = Shard::open(ledger, Arc::new(keys), Arc::new(MemoryStore::default()), options)?;
        let mut stage = Self {
            shard,
            now: before,
            answers: Vec::new(),
            attempts: BTreeMap::new(),
            performed: Vec::new(),
        };
        let source = SourceRecord {
            id: SOURCE,
            name: "test".into(),
            channel: Channel::SERVER,
            write_key_hash: vec![0; 32].into(),
            priority: 0,
        };
        stage.order(Order::PutSource { by: "test".into(), source })?;
        stage.order(Order::Publish { by: "test".into(), catalogue: catalogue.clone() })?;
        stage.now = start;
        Ok(stage)
    }

    /// Lets time pass: each timer fires when it is due, not when the next event comes.
    pub fn pass_to(&mut self, time: Timestamp) -> Result<(), anyhow::Error> {
        for _ in 0..TURNS_MAX {
            match self.next_due()?.filter(|due| *due <= time) {
                Some(due) => {
                    self.now = self.now.max(due);
                    self.order(Order::Tick)?;
                }
                None => {
                    self.now = self.now.max(time);
                    return Ok(());
                }
            }
        }
        anyhow::bail!("more than {TURNS_MAX} timers fired before {time}; does a journey wait in a circle?")
    }

    /// Takes an event in.
    pub fn take(&mut self, arrival: &Arrival) -> Result<(), anyhow::Error> {
        let (channel, now) = (arrival.channel.clone(), self.now);
        let stamp = Stamp { source: SOURCE, channel, time: arrival.happened, received: now };
        let place = || format!("the event of line {} cannot be taken in", arrival.line);
        let event = Event::parse(arrival.body.to_string().into_bytes().into(), stamp).with_context(place)?;
        let keys = Arc::clone(self.shard.keys());
        let id = event.message_id.as_deref();
        let message = id.map_or(MessageHash(0), |id| keys.message_hash(SOURCE, id));
        let prepared = Prepared::new(event, message, self.shard.view().engine(), &keys);
        let refused: Vec<String> = prepared.refused.iter().map(ToString::to_string).collect();
        let committed = self.shard.ingest(vec![Intake::Event(Arc::new(prepared))], now)?;
        if let Some(Accepted::Quarantined { .. }) = committed.answer.first() {
            anyhow::bail!("{}: {}", place(), refused.join("; "));
        }
        self.perform(committed.consequences)
    }

    /// The number of the last record: what comes later has a higher one.
    pub fn last_seq(&mut self) -> Seq {
        self.shard.view().last_seq()
    }

    /// Everybody the test's identifiers stand for: one customer, unless no event has named two of them together.
    pub fn customers(&mut self) -> Result<Vec<Known>, anyhow::Error> {
        let (ids, now) = (self.ids()?, self.now);
        let mut known = Vec::new();
        for id in ids {
            let mut view = self.shard.view();
            let Some(customer) = view.customer(id)?.cloned() else { continue };
            let engine = view.engine();
            let question = |run: &RunView| {
                let own = customer.progress.runs().iter().find(|own| own.id == run.run)?;
                match &own.waiting.as_ref()?.for_what {
                    WaitingFor::Answer { slot, .. } => Some(slot.to_string()),
                    WaitingFor::Time { .. }
                    | WaitingFor::Event { .. }
                    | WaitingFor::Call { .. }
                    | WaitingFor::Provided { .. }
                    | WaitingFor::Clock { .. }
                    | WaitingFor::Runs { .. }
                    | WaitingFor::Agent { .. }
                    | WaitingFor::Desk { .. }
                    | WaitingFor::Article { .. } => None,
                }
            };
            let runs = where_now(&customer.progress, engine.versions())
                .into_iter()
                .map(|view| KnownRun { question: question(&view), view })
                .collect();
            known.push(Known { view: engine.describe(&customer, now), runs });
        }
        Ok(known)
    }

    /// What the engine noted so far, in order.
    pub fn notes(&mut self) -> Result<Vec<Noted>, anyhow::Error> {
        let mut notes = Vec::new();
        for id in self.ids()? {
            let Some(thread) = self.shard.view().thread(id)? else { continue };
            let mut before = None;
            loop {
                let page = thread.page(before, PAGE, |item| matches!(item.what, ItemKind::Note(_)))?;
                notes.extend(page.items.into_iter().filter_map(|item| match item.what {
                    ItemKind::Note(note) => Some(Noted { seq: item.at.seq, note: *note }),
                    ItemKind::Event(_) => None,
                }));
                before = page.next;
                if before.is_none() {
                    break;
                }
            }
        }
        notes.sort_by_key(|noted| noted.seq);
        Ok(notes)
    }

    fn ids(&mut self) -> Result<Vec<CustomerId>, anyhow::Error> {
        Ok(self.shard.view().customers_after(None, CUSTOMERS_MAX)?)
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, anyhow::Error> {
        let mut due = None;
        for id in self.ids()? {
            let own = self.shard.view().customer(id)?.and_then(|customer| customer.scheduled);
            due = [due, own].into_iter().flatten().min();
        }
        Ok(due)
    }

    fn order(&mut self, order: Order) -> Result<(), anyhow::Error> {
        let committed = self.shard.order(order, self.now)?;
        self.perform(committed.consequences)
    }

    /// Does what was asked for, at once, and tells how it went; that may ask for more.
    fn perform(&mut self, consequences: Consequences) -> Result<(), anyhow::Error> {
        let mut waiting = VecDeque::from(consequences.ready);
        for _ in 0..TURNS_MAX {
            let Some(effect) = waiting.pop_front() else { return Ok(()) };
            let outcome = |kind| Outcome { effect: effect.id, customer: effect.customer, kind };
            // Refused where the effect was withdrawn in the meantime: then it must not happen.
            let attempt = self.attempts.entry(effect.id).or_default();
            *attempt += 1;
            let attempt = *attempt;
            let begun = Order::Outcome(outcome(OutcomeKind::Started { attempt }));
            match self.shard.order(begun, self.now) {
                Ok(started) => waiting.extend(started.consequences.ready),
                Err(OrderError::Refused(_)) => continue,
                Err(broken) => return Err(broken.into()),
            }
            let (kind, failure) = self.answer(&effect.kind, attempt);
            let ended = self.shard.order(Order::Outcome(outcome(kind)), self.now)?;
            waiting.extend(ended.consequences.ready);
            self.performed.push(Performed { time: self.now, effect, failure });
        }
        anyhow::bail!("more than {TURNS_MAX} messages and calls at once; does a journey go round in circles?")
    }

    /// A search among the articles is done as in earnest, unless the test says how it goes.
    fn search(&mut self, kind: &EffectKind) -> (OutcomeKind, Option<String>) {
        let EffectKind::Webhook(call) = kind else { unreachable!("only searches are asked here") };
        let found = Library::new(self.shard.view().engine().articles())
            .and_then(|library| search_for_journey(&library, &call.payload));
        match found {
            Ok(answer) => (OutcomeKind::Done { reference: None, answer: Some(answer) }, None),
            Err(error) => (OutcomeKind::Failed { reason: error.to_string() }, Some(error.to_string())),
        }
    }

    /// How an attempt goes: as the last answer says that fits it, else well.
    fn answer(&mut self, kind: &EffectKind, attempt: u16) -> (OutcomeKind, Option<String>) {
        let fits = |answer: &&Answer| match kind {
            EffectKind::Webhook(call) => answer.call.as_deref() == Some(&*call.event),
            EffectKind::Email(_)
            | EffectKind::Chat(_)
            | EffectKind::Sms(_)
            | EffectKind::Hook(_)
            | EffectKind::Letter(_) => answer.send.is_some() && answer.send == kind.channel(),
        };
        let Some(answer) = self.answers.iter().rev().find(fits) else {
            return match is_search(kind) {
                true => self.search(kind),
                false => (OutcomeKind::Done { reference: None, answer: None }, None),
            };
        };
        let failure = |reason: &String| Some(reason.clone());
        match (&answer.refuses, &answer.fails) {
            _ if answer.unreachable.is_some_and(|attempts| attempt <= attempts) => {
                let reason = "could not connect".to_owned();
                (OutcomeKind::Retry { reason: reason.clone(), after: None }, Some(reason))
            }
            (Some(reason), _) => {
                (OutcomeKind::Refused { status: REFUSED, reason: reason.clone() }, failure(reason))
            }
            (None, Some(reason)) => (OutcomeKind::Failed { reason: reason.clone() }, failure(reason)),
            (None, None) => {
                let returned = answer.returns.as_ref().map(Value::from_json);
                (OutcomeKind::Done { reference: None, answer: returned }, None)
            }
        }
    }
}

fn is_search(kind: &EffectKind) -> bool {
    matches!(kind, EffectKind::Webhook(call) if call.endpoint == ARTICLE_SEARCH)
}
