//! Promises of prices, choices among offers, and what is taken of limited ones: work that several customers share,
//! done in the order of records.
//!
//! A choice is worked out first; its record then names what is held back for it, without saying for whom, and a replay
//! holds back the same even where it cannot read the customer any more.

use adapt::{Asked, Decision, QuoteRequest, Took, Wanted};
use engine::{Input, Meta, Waits};
use ledger::Disk;
use minicbor::Encode;
use model::record::{Command, CommandRecord, OfferHold, Record, Sealed};
use model::{CustomerId, DecisionId, RunId, StrandId, Timestamp};
use state::StateError;

use crate::doors::Door;
use crate::orders::OrderError;
use crate::rows::DEAL_AAD;
use crate::shard::{Broken, Shard};
use crate::submission::{Consequences, Done, Refusal};
use crate::world::World;

/// What a customer waits for, taken out of its state.
enum Waiting {
    AtDoor(Door),
    ForOffer(Wanted),
}

impl From<Waits<'_>> for Waiting {
    fn from(waits: Waits<'_>) -> Self {
        match waits {
            Waits::AtDoor(knock) => Self::AtDoor(Door::from(knock)),
            Waits::ForOffer(wanted) => Self::ForOffer(wanted.clone()),
        }
    }
}

/// Who orders what a journey or an acceptance asks for.
const ENGINE: &str = "engine";

impl<D: Disk> Shard<D> {
    /// Promises prices. What cannot be promised is refused before anything is recorded.
    pub(crate) fn quote(
        &mut self,
        by: String,
        customer: CustomerId,
        request: &QuoteRequest,
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<Done, OrderError> {
        let slot = self.world.find(customer)?.ok_or(Refusal::NoCustomer(customer))?;
        let meta = Meta { seq: self.world.last_seq.next(), now };
        let held = self.world.customers.at(slot);
        let (customer, strand) = (held.id, held.first_strand());
        let quote =
            self.world.engine.quote(held, meta, request).map_err(|why| Refusal::Invalid(why.to_string()))?;
        let request = self.seal_deal(strand, request)?;
        self.command(by, Command::Quote { customer, request }, now, false)?;
        self.world.step_one(customer, meta, Input::Quoted(&quote), consequences)?;
        Ok(Done::Quoted(quote))
    }

    pub(crate) fn decide(
        &mut self,
        by: String,
        customer: CustomerId,
        asked: &Asked,
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<Done, OrderError> {
        let slot = self.world.find(customer)?.ok_or(Refusal::NoCustomer(customer))?;
        let held = self.world.customers.at(slot);
        let (customer, strand) = (held.id, held.first_strand());
        let decisions = self.record_decision(by, customer, strand, asked, now, consequences)?;
        Ok(Done::Decided(decisions))
    }

    /// Does what waits for the shard, until nothing does. Where the disk is full it goes on waiting.
    pub(crate) fn serve_wanted(&mut self, consequences: &mut Consequences) -> Result<(), Broken> {
        while let Some(customer) = self.world.deciding.first() {
            match self.serve(customer, consequences) {
                Ok(()) => {}
                Err(broken) if broken.is_full() => return Ok(()),
                Err(broken) => return Err(broken),
            }
        }
        Ok(())
    }

    fn serve(&mut self, waiting: CustomerId, consequences: &mut Consequences) -> Result<(), Broken> {
        let now = self.world.time;
        let (customer, wanted) = match self.world.waits(waiting)? {
            Some((customer, Waiting::ForOffer(wanted))) => (customer, wanted),
            Some((customer, Waiting::AtDoor(door))) => {
                let refusal = self.world.is_full(&door, now);
                let journey = door.journey;
                let command =
                    Command::AdmitEntry { customer, journey: journey.clone(), refusal: refusal.clone() };
                let seq = self.command(ENGINE.into(), command, now, false)?;
                let admission = (&*journey, refusal.as_ref());
                return Ok(self.world.admit(Meta { seq, now }, customer, admission, consequences)?);
            }
            None => return Ok(()),
        };
        match wanted {
            Wanted::Choice { strand, run, placement, .. } => {
                let asked = Asked { placements: vec![placement], run: Some(run) };
                self.record_decision(ENGINE.into(), customer, strand, &asked, now, consequences)?;
            }
            Wanted::Take { decision, offer, .. } => {
                let granted = self.world.is_left(&offer, decision, now);
                let command = Command::TakeOffer { customer, offer: offer.clone(), decision, granted };
                let seq = self.command(ENGINE.into(), command, now, false)?;
                let took = Took { decision, offer: &offer, granted };
                self.world.took(Meta { seq, now }, customer, took, consequences)?;
            }
        }
        Ok(())
    }

    fn record_decision(
        &mut self,
        by: String,
        customer: CustomerId,
        strand: StrandId,
        asked: &Asked,
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<Vec<Decision>, Broken> {
        let meta = Meta { seq: self.world.last_seq.next(), now };
        let decisions = self.world.weigh(meta, customer, asked)?;
        let holds: Vec<OfferHold> = decisions.iter().filter_map(|decision| decision.hold.clone()).collect();
        let request = self.seal_deal(strand, asked)?;
        self.command(by, Command::Decide { customer, request, holds: holds.clone() }, now, false)?;
        self.world.decided(meta, customer, (strand, asked.run), &decisions, &holds, consequences)?;
        Ok(decisions)
    }

    /// What a record asks for, sealed under the strand's key with the record's own number.
    fn seal_deal(&self, strand: StrandId, deal: &impl Encode<()>) -> Result<Sealed, keys::KeysError> {
        let plain = minicbor::to_vec(deal).expect("encoding into memory cannot fail");
        self.seal(strand, self.world.last_seq.next().0, DEAL_AAD, &plain)
    }
}

/// The customer whom a record of the engine's own serves.
pub(crate) fn served(record: &Record) -> Option<CustomerId> {
    let Record::Command(CommandRecord { by, command, .. }) = record else { return None };
    match command {
        Command::Decide { customer, .. }
        | Command::TakeOffer { customer, .. }
        | Command::AdmitEntry { customer, .. }
            if by == ENGINE =>
        {
            Some(*customer)
        }
        _ => None,
    }
}

impl World {
    /// What waits longest for whoever the customer is now. An id that was given up waits no more.
    fn waits(&mut self, waiting: CustomerId) -> Result<Option<(CustomerId, Waiting)>, StateError> {
        let found = self.find(waiting)?;
        let held = found.map(|slot| self.customers.at(slot));
        let waits = held.and_then(|held| Some((held.id, Waiting::from(held.waits()?))));
        if waits.as_ref().is_none_or(|(customer, _)| *customer != waiting) {
            self.deciding.set(waiting, None);
        }
        Ok(waits)
    }

    fn is_left(&self, offer: &str, decision: DecisionId, now: Timestamp) -> bool {
        let total = self.engine.adaptation().offer(offer).and_then(|offer| offer.total);
        self.books.budgets.can_take(offer, total, decision, now)
    }

    /// Does the next thing that waits for the customer, in a world that writes no records.
    pub fn serve_unrecorded(
        &mut self,
        waiting: CustomerId,
        meta: Meta,
        consequences: &mut Consequences,
    ) -> Result<(), StateError> {
        let (customer, wanted) = match self.waits(waiting)? {
            Some((customer, Waiting::ForOffer(wanted))) => (customer, wanted),
            Some((customer, Waiting::AtDoor(door))) => {
                let refusal = self.is_full(&door, meta.now);
                return self.admit(meta, customer, (&door.journey, refusal.as_ref()), consequences);
            }
            None => return Ok(()),
        };
        match wanted {
            Wanted::Choice { strand, run, placement, .. } => {
                let asked = Asked { placements: vec![placement], run: Some(run) };
                let decisions = self.weigh(meta, customer, &asked)?;
                let holds: Vec<OfferHold> =
                    decisions.iter().filter_map(|decision| decision.hold.clone()).collect();
                self.decided(meta, customer, (strand, Some(run)), &decisions, &holds, consequences)
            }
            Wanted::Take { decision, offer, .. } => {
                let granted = self.is_left(&offer, decision, meta.now);
                self.took(meta, customer, Took { decision, offer: &offer, granted }, consequences)
            }
        }
    }

    /// Repeats what a record of promises and offers did.
    pub fn repeat_deal(
        &mut self,
        meta: Meta,
        command: &Command,
        consequences: &mut Consequences,
    ) -> Result<(), Broken> {
        match command {
            Command::Quote { customer, request } => self.repeat_quote(meta, *customer, request, consequences),
            Command::Decide { customer, request, holds } => {
                self.repeat_decision(meta, *customer, (request, holds), consequences)
            }
            Command::AdmitEntry { customer, journey, refusal } => {
                Ok(self.admit(meta, *customer, (journey, refusal.as_ref()), consequences)?)
            }
            Command::TakeOffer { customer, offer, decision, granted } => {
                let took = Took { decision: *decision, offer, granted: *granted };
                Ok(self.took(meta, *customer, took, consequences)?)
            }
            _ => Ok(()),
        }
    }

    /// Repeats a promise, where the customer can still be read.
    fn repeat_quote(
        &mut self,
        meta: Meta,
        customer: CustomerId,
        request: &Sealed,
        consequences: &mut Consequences,
    ) -> Result<(), Broken> {
        let Some(plain) = self.unseal(request, DEAL_AAD)? else { return Ok(()) };
        let request: QuoteRequest = minicbor::decode(&plain).map_err(unreadable)?;
        let Some(slot) = self.find(customer)? else { return Ok(()) };
        if let Ok(quote) = self.engine.quote(self.customers.at(slot), meta, &request) {
            self.step_one(customer, meta, Input::Quoted(&quote), consequences)?;
        }
        Ok(())
    }

    /// Repeats a choice, and what was held back for it in any case.
    fn repeat_decision(
        &mut self,
        meta: Meta,
        customer: CustomerId,
        (request, holds): (&Sealed, &[OfferHold]),
        consequences: &mut Consequences,
    ) -> Result<(), Broken> {
        let (mut asked, mut decisions) = (Asked { placements: Vec::new(), run: None }, Vec::new());
        if let Some(plain) = self.unseal(request, DEAL_AAD)? {
            asked = minicbor::decode(&plain).map_err(unreadable)?;
            decisions = self.weigh(meta, customer, &asked)?;
        }
        Ok(self.decided(meta, customer, (request.strand, asked.run), &decisions, holds, consequences)?)
    }

    /// What would be chosen.
    fn weigh(
        &mut self,
        meta: Meta,
        customer: CustomerId,
        asked: &Asked,
    ) -> Result<Vec<Decision>, StateError> {
        let Some(slot) = self.find(customer)? else { return Ok(Vec::new()) };
        Ok(self.engine.decide(self.customers.at(slot), meta, &self.books.budgets, asked))
    }

    fn decided(
        &mut self,
        meta: Meta,
        customer: CustomerId,
        (strand, run): (StrandId, Option<RunId>),
        decisions: &[Decision],
        holds: &[OfferHold],
        consequences: &mut Consequences,
    ) -> Result<(), StateError> {
        holds.iter().for_each(|hold| self.books.budgets.hold(hold, meta.now));
        if decisions.is_empty() {
            return Ok(());
        }
        self.step_one(customer, meta, Input::Decided { decisions, strand, run }, consequences)
    }

    /// One of a limited offer was taken, or none was left.
    fn took(
        &mut self,
        meta: Meta,
        customer: CustomerId,
        took: Took<'_>,
        consequences: &mut Consequences,
    ) -> Result<(), StateError> {
        if took.granted {
            self.books.budgets.take(took.offer, took.decision);
        }
        self.step_one(customer, meta, Input::Took(took), consequences)
    }
}

fn unreadable(error: minicbor::decode::Error) -> StateError {
    StateError::Store(format!("what a record asked for cannot be read: {error}"))
}
