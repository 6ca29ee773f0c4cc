//! The promises, and how each is looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{CustomerId, Effect, Purpose, Seq, StrandId, Timestamp};
use shard::OpenedEvent;
use state::MemoryStore;

use crate::crowd::SHARED_ADDRESS;
use crate::sent::{Said, Told};
use crate::world::{Halt, World};

/// A promise that a world broke.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{promise}: {detail}")]
pub struct Breach {
    pub promise: &'static str,
    pub detail: String,
}

/// When a customer said something about consent, what, and whether it was acknowledged.
type Consent = (Timestamp, Said, bool);

impl Breach {
    pub(crate) fn new(promise: &'static str, detail: impl Into<String>) -> Self {
        Self { promise, detail: detail.into() }
    }
}

const KEPT: &str = "what is acknowledged is kept, once, with the customer it belongs to";
const CONSENT: &str = "no message goes out after an acknowledged revocation";
const BALANCE: &str = "accepted = processed + quarantined + rejected";

/// One event of a thread.
struct Found {
    seq: Seq,
    moves: bool,
    time: Timestamp,
    message: u128,
}

impl World {
    /// Everything acknowledged is where it belongs.
    pub fn all_kept(&mut self) -> Result<(), Halt> {
        let mut threads: BTreeMap<u128, CustomerId> = BTreeMap::new();
        for customer in self.shard().view().customers_after(None, usize::MAX)? {
            let holds = self.strands_of(customer)?;
            for (_, opened) in self.events_of(customer)? {
                let (message, strand) = (opened.record.message, opened.record.strand);
                if let Some(other) = threads.insert(message, customer) {
                    let detail = format!("{} is with {customer} and with {other}", opened.record.name);
                    return Err(Breach::new(KEPT, detail).into());
                }
                if !holds.contains(&strand) || opened.event.is_none() {
                    let detail = format!("an event of {strand} cannot be read or is not of {customer}");
                    return Err(Breach::new(KEPT, detail).into());
                }
            }
        }
        for pick in 0..self.sent.len() {
            match self.sent[pick].state {
                Told::Taken => self.taken_is_there(pick, &threads)?,
                Told::Quarantined { number } => self.quarantined_is_there(pick, number)?,
                Told::Nothing | Told::Erased | Told::Discarding => {}
            }
        }
        self.books_agree(threads.len() as u64)
    }

    fn taken_is_there(&mut self, pick: usize, threads: &BTreeMap<u128, CustomerId>) -> Result<(), Halt> {
        let body = self.sent[pick].body.clone();
        let Some((message, identifier)) = self.sent[pick].known.clone() else {
            return Err(Breach::new(KEPT, format!("{body} was taken without an identifier")).into());
        };
        let named = self.shard().view().find(&identifier)?;
        match threads.get(&message) {
            Some(holder) if Some(*holder) == named => Ok(()),
            // Under some catalogues the till's address is an identifier, under others none.
            Some(_) if body.contains(SHARED_ADDRESS) => Ok(()),
            holder => {
                let detail = format!("{body} is with {holder:?}, {identifier} names {named:?}");
                Err(Breach::new(KEPT, detail).into())
            }
        }
    }

    fn quarantined_is_there(&mut self, pick: usize, number: u64) -> Result<(), Halt> {
        let item = self.shard().view().quarantined(number)?;
        if item.as_ref().is_some_and(|item| item.body == self.sent[pick].body.as_bytes()) {
            return Ok(());
        }
        let there = item.map(|item| String::from_utf8_lossy(&item.body).into_owned());
        let detail = format!("item {number} of the quarantine is {there:?}, not {}", self.sent[pick].body);
        Err(Breach::new(KEPT, detail).into())
    }

    /// The books against what is there.
    fn books_agree(&mut self, events: u64) -> Result<(), Halt> {
        let items = self.shard().view().quarantine_page(u64::MAX, usize::MAX)?.len() as u64;
        let customers = self.shard().view().customers_after(None, usize::MAX)?.len() as u64;
        let view = self.shard.as_mut().expect("a step begins with an open shard").view();
        let books = view.books();
        let processed: u64 = books.accounts().map(|(_, account)| account.processed).sum();
        let quarantined: u64 = books.accounts().map(|(_, account)| account.quarantined).sum();
        let counted = (processed, quarantined, books.customers);
        let there = (events + self.erased, items, customers);
        if counted == there {
            return Ok(());
        }
        let detail = format!("the books say {counted:?}, there are {there:?} events, items and customers");
        Err(Breach::new(BALANCE, detail).into())
    }

    /// The balance, at every step.
    pub fn balanced(&mut self) -> Result<(), Breach> {
        let view = self.shard.as_mut().expect("a step begins with an open shard").view();
        match view.books().accounts().find(|(_, account)| !account.adds_up()) {
            Some((source, account)) => Err(Breach::new(BALANCE, format!("source {}: {account:?}", source.0))),
            None => Ok(()),
        }
    }

    /// When a message is decided: nobody whose no was acknowledged before gets marketing, and nobody who never
    /// said yes.
    pub fn decided_by_consent(&mut self, effect: &Effect) -> Result<(), Halt> {
        let Some(said) = self.said_by_receiver(effect)? else { return Ok(()) };
        let yes = said.iter().any(|(_, said, _)| said.granted);
        if !yes && self.unmerged.is_empty() {
            return Err(Breach::new(CONSENT, format!("{} without any consent", effect.id)).into());
        }
        refuse_revoked(effect, &said)
    }

    /// When a message goes out: the same, with what was acknowledged since.
    pub fn not_after_revocation(&mut self, effect: &Effect) -> Result<(), Halt> {
        match self.said_by_receiver(effect)? {
            Some(said) => refuse_revoked(effect, &said),
            None => Ok(()),
        }
    }

    /// What the receiver of a marketing message said about it: when, what, and whether we acknowledged it. Nothing
    /// where the message needs no consent, or where the receiver was another customer when it was decided.
    fn said_by_receiver(&mut self, effect: &Effect) -> Result<Option<Vec<Consent>>, Halt> {
        let Some(channel) = effect.kind.channel().filter(|_| effect.purpose == Purpose::Marketing) else {
            return Ok(None);
        };
        let asked = Seq((effect.id.0 >> 80) as u64);
        // Erased in the same step that made the effect ready: it will be refused when somebody begins with it.
        if self.shard().view().customer(CustomerId(effect.strand.0))?.is_none() {
            return Ok(None);
        }
        if self.unmerged.contains(&effect.strand) || self.moved_since(asked)? {
            return Ok(None);
        }
        let thread = self.found_in(CustomerId(effect.strand.0))?;
        let mut said = Vec::new();
        for sent in &self.sent {
            let (Some(consent), Some((message, _))) = (&sent.consent, &sent.known) else { continue };
            if let Some(found) = thread.iter().find(|found| found.message == *message)
                && consent.concerns(&channel)
            {
                said.push((found.time, consent.clone(), sent.state == Told::Taken));
            }
        }
        Ok(Some(said))
    }

    /// An erased customer can neither be found nor read.
    pub fn nothing_left_of(&mut self, customer: CustomerId) -> Result<(), Halt> {
        match self.shard().view().customer(customer)?.is_some() {
            true => Err(Breach::new("an erased customer is gone", customer.to_string()).into()),
            false => Ok(()),
        }
    }

    /// The message hashes of a thread.
    pub fn thread_of(&mut self, customer: CustomerId) -> Result<Vec<u128>, Halt> {
        Ok(self.found_in(customer)?.into_iter().map(|found| found.message).collect())
    }

    pub fn strands_of(&mut self, customer: CustomerId) -> Result<Vec<StrandId>, Halt> {
        let mut view = self.shard().view();
        Ok(view.customer(customer)?.map(|held| held.graph.strands().collect()).unwrap_or_default())
    }

    /// Whether strands went from one customer to another in a record after `seq`, whoever's event it was.
    pub fn moved_since(&mut self, seq: Seq) -> Result<bool, Halt> {
        for customer in self.shard().view().customers_after(None, usize::MAX)? {
            if self.found_in(customer)?.iter().any(|found| found.moves && found.seq > seq) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn found_in(&mut self, customer: CustomerId) -> Result<Vec<Found>, Halt> {
        let found = |(seq, opened): (Seq, OpenedEvent)| Found {
            seq,
            moves: opened
                .record
                .identity
                .iter()
                .any(|change| matches!(change, model::record::IdentityChange::Move { .. })),
            time: opened.record.time,
            message: opened.record.message,
        };
        Ok(self.events_of(customer)?.into_iter().map(found).collect())
    }

    pub fn events_of(&mut self, customer: CustomerId) -> Result<Vec<(Seq, OpenedEvent)>, Halt> {
        let Some(reader) = self.shard().view().thread(customer)? else { return Ok(Vec::new()) };
        let events = reader.events_in_order().map_err(|error| Halt::Failed(error.to_string()))?;
        Ok(events.into_iter().map(|(seq, _, opened)| (seq, opened)).collect())
    }

    /// The replay of the ledger gives the state there is; its hash.
    pub fn replay_agrees(&mut self) -> Result<String, Breach> {
        let shard = self.shard.take().expect("a step begins with an open shard");
        let verified = shard.verify(Arc::new(MemoryStore::default()));
        let (_, there, replayed) =
            verified.map_err(|error| Breach::new("the ledger replays", error.to_string()))?;
        if there != replayed {
            let detail = format!("the state is {there}, the ledger replays to {replayed}");
            return Err(Breach::new("the replay gives the same state", detail));
        }
        Ok(there.to_string())
    }
}

/// Only what no later yes could have lifted counts, whatever the rules between strands.
fn refuse_revoked(effect: &Effect, said: &[(Timestamp, Said, bool)]) -> Result<(), Halt> {
    let lifted = |no: Timestamp| said.iter().any(|(time, said, _)| said.granted && *time > no);
    let standing = said.iter().find(|(time, said, told)| !said.granted && *told && !lifted(*time));
    match standing {
        Some((time, ..)) => {
            let detail =
                format!("{} to {} after the no of {time}: {:?}", effect.id, effect.customer, effect.kind);
            Err(Breach::new(CONSENT, detail).into())
        }
        None => Ok(()),
    }
}
