//! Orders: what staff, operators, channels and the clock ask of a shard. Each becomes one record.

use ledger::Disk;
use model::record::{CatalogueRecord, Command, CommandRecord, OutcomeRecord, Record, SourceRecord};
use model::{Catalogue, CustomerId, Outcome, OutcomeKind, Seq, StrandId, Timestamp};

use crate::items::record_changes;
use crate::rows::{ANSWER_AAD, IDENTIFIER_AAD};
use crate::shard::{Broken, Committed, Shard};
use crate::submission::{Consequences, Done, Order, Refusal};

/// Why an order was not carried out: a refusal to tell the caller, or a broken shard.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<state::StateError> for OrderError {
    fn from(error: state::StateError) -> Self {
        Self::Broken(error.into())
    }
}

impl From<keys::KeysError> for OrderError {
    fn from(error: keys::KeysError) -> Self {
        Self::Broken(error.into())
    }
}

impl<D: Disk> Shard<D> {
    /// Carries an order out. The same rule holds as for events: nothing leaves before the frame is durable.
    pub fn order(&mut self, order: Order, now: Timestamp) -> Result<Committed<Done>, OrderError> {
        let mut consequences = std::mem::take(&mut self.owed);
        match self.carry_out(order, now, &mut consequences) {
            Ok(answer) => Ok(Committed { frame: self.world.last_frame, answer, consequences }),
            Err(error) => {
                self.owed = consequences;
                Err(error)
            }
        }
    }

    fn carry_out(
        &mut self,
        order: Order,
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<Done, OrderError> {
        // Records are numbered in the order in which the resolver saw them, so a frame that waits for space goes first.
        let urgent = matches!(order, Order::Outcome(_) | Order::Erase { .. });
        self.write_stalled(now, urgent, consequences)?;
        self.catch_up(now, consequences)?;
        let now = self.world.time;
        // What waits for a choice came first.
        self.serve_wanted(consequences)?;
        let done = self.do_order(order, now, consequences)?;
        self.serve_wanted(consequences)?;
        Ok(done)
    }

    fn do_order(
        &mut self,
        order: Order,
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<Done, OrderError> {
        Ok(match order {
            Order::Tick => Done::Noted,
            Order::Outcome(outcome) => self.outcome(outcome, now, consequences)?,
            Order::Publish { by, catalogue } => self.publish(by, catalogue, now, consequences)?,
            Order::PutSource { by, source } => self.put_source(by, source, now)?,
            Order::Erase { by, customer } => self.erase(by, customer, now)?,
            Order::Quote { by, customer, request } => {
                self.quote(by, customer, &request, now, consequences)?
            }
            Order::Decide { by, customer, asked } => self.decide(by, customer, &asked, now, consequences)?,
            Order::Unmerge { by, customer, strands } => self.unmerge(by, customer, strands, now)?,
            Order::Desk { by, customer, conversation, action } => {
                let which = (customer, conversation);
                self.desk_order(by, which, &action, now, consequences)?
            }
            Order::Presence { agent, presence } => {
                let command = Command::Presence { agent: agent.as_str().into(), presence };
                self.command(agent, command, now, false)?;
                Done::Noted
            }
            Order::SettleQuarantine { by, number, replayed } => {
                self.world
                    .quarantined(number)?
                    .ok_or_else(|| Refusal::Invalid(format!("there is no quarantined event {number}")))?;
                self.command(by, Command::SettleQuarantine { number, replayed }, now, false)?;
                Done::Noted
            }
        })
    }

    pub(crate) fn tick(
        &mut self,
        seq: Seq,
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<(), Broken> {
        Ok(self.world.fire(seq, now, consequences)?)
    }

    fn outcome(
        &mut self,
        outcome: Outcome,
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<Done, OrderError> {
        let Some(&customer) = self.world.effects.get(&outcome.effect) else {
            return match outcome.kind {
                // Whoever asks before the first byte leaves must hear that it must not.
                OutcomeKind::Started { .. } => {
                    Err(Refusal::Invalid(format!("{} is settled or withdrawn", outcome.effect)).into())
                }
                _ => Ok(Done::Noted),
            };
        };
        let outcome = Outcome { customer, ..outcome };
        let (clear, answer) = split_answer(&outcome);
        let counter = self.world.last_seq.next().0;
        let answer = match (answer, self.world.effect_strand(&outcome)?) {
            (Some(answer), Some(strand)) => {
                let plain = minicbor::to_vec(&answer).expect("encoding into memory cannot fail");
                Some(self.seal(strand, counter, ANSWER_AAD, &plain)?)
            }
            (None, _) | (_, None) => None,
        };
        let record = Record::Outcome(OutcomeRecord { received: now, outcome: clear, answer });
        let (seq, _) = self.append_one(&record, now, true)?;
        self.world.settle(seq, now, &outcome, consequences)?;
        Ok(Done::Noted)
    }

    fn publish(
        &mut self,
        by: String,
        catalogue: Catalogue,
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<Done, OrderError> {
        let catalogue = Catalogue { version: self.world.engine.version() + 1, ..catalogue };
        self.world.engine.check_next(&catalogue).map_err(Refusal::Problems)?;
        let version = catalogue.version;
        let record = Record::Catalogue(CatalogueRecord { received: now, by, catalogue: catalogue.clone() });
        let (seq, _) = self.append_one(&record, now, false)?;
        self.apply_catalogue(&catalogue, seq, now, consequences)?;
        Ok(Done::Published { version })
    }

    pub(crate) fn apply_catalogue(
        &mut self,
        catalogue: &Catalogue,
        seq: Seq,
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<(), Broken> {
        let changed = self.world.install(catalogue)?;
        if changed.behaviours {
            self.refold_all()?;
        }
        Ok(self.world.revisit(seq, now, consequences)?)
    }

    fn put_source(&mut self, by: String, source: SourceRecord, now: Timestamp) -> Result<Done, OrderError> {
        self.command(by, Command::PutSource { source }, now, false)?;
        Ok(Done::Noted)
    }

    fn unmerge(
        &mut self,
        by: String,
        customer: CustomerId,
        strands: Vec<StrandId>,
        now: Timestamp,
    ) -> Result<Done, OrderError> {
        let slot = self.world.find(customer)?.ok_or(Refusal::NoCustomer(customer))?;
        let held = self.world.customers.at(slot);
        let customer = held.id;
        let rules = self.world.engine.recognition_handle();
        let cause = unmerge_cause(self.world.last_seq.next(), now);
        let mut directory = self.world.directory();
        let planned = recognize::plan_unmerge(rules.identity(), &mut directory, customer, &strands, &cause);
        directory.finish()?;
        let changes = planned.map_err(|error| Refusal::Invalid(error.to_string()))?;
        let counter = self.world.last_seq.next().0;
        let recorded =
            record_changes(&changes, |strand, plain| self.seal(strand, counter, IDENTIFIER_AAD, plain))?;
        let command = Command::Unmerge { customer, strands: strands.clone(), identity: recorded };
        self.command(by, command, now, false)?;
        let mut directory = self.world.directory();
        recognize::apply_unmerge(rules.identity(), &mut directory, customer, &strands, &changes, &cause);
        directory.finish()?;
        self.world.follow(&changes)?;
        let mut customers: Vec<_> = std::iter::once(customer).chain(moved_to(&changes)).collect();
        customers.sort_unstable();
        customers.dedup();
        Ok(Done::Unmerged { customers })
    }

    /// Appends a command's record and applies what concerns the books.
    pub(crate) fn command(
        &mut self,
        by: String,
        command: Command,
        now: Timestamp,
        urgent: bool,
    ) -> Result<Seq, Broken> {
        let record = Record::Command(CommandRecord { received: now, by, command: command.clone() });
        let (seq, _) = self.append_one(&record, now, urgent)?;
        self.world.note_command(&command)?;
        Ok(seq)
    }
}

fn moved_to(changes: &[recognize::Change]) -> impl Iterator<Item = CustomerId> {
    changes.iter().filter_map(|change| match change {
        recognize::Change::Move { to, .. } => Some(*to),
        recognize::Change::Strand { .. } | recognize::Change::Link { .. } => None,
    })
}

/// The outcome without the receiver's answer, and the answer, which may be personal.
fn split_answer(outcome: &Outcome) -> (Outcome, Option<model::Value>) {
    match &outcome.kind {
        OutcomeKind::Done { reference, answer } => {
            let kind = OutcomeKind::Done { reference: reference.clone(), answer: None };
            (Outcome { kind, ..outcome.clone() }, answer.clone())
        }
        OutcomeKind::Started { .. }
        | OutcomeKind::Retry { .. }
        | OutcomeKind::Failed { .. }
        | OutcomeKind::Refused { .. }
        | OutcomeKind::Accepted { .. }
        | OutcomeKind::Uncertain { .. } => (outcome.clone(), None),
    }
}

/// What an unmerge is in the identity graphs: an act of staff.
pub(crate) fn unmerge_cause(seq: Seq, now: Timestamp) -> recognize::Cause {
    recognize::Cause { seq, time: now, message: 0, source: recognize::STAFF }
}
