//! Stepping the customers of a frame: grouped by customer, on all cores, in record order within each.

use engine::{Engine, Input, Meta, Step};
use keys::Keys;
use model::record::Command;
use model::{CustomerId, Outcome, Seq, Timestamp};
use rayon::prelude::*;
use state::StateError;

use crate::customers::{Customers, RowChange, Slot, row_of};
use crate::items::Item;
use crate::submission::Consequences;
use crate::world::World;

/// Fewer items than this are stepped on the shard's own thread.
const PARALLEL_MIN: usize = 256;

/// Timers that one tick fires: few enough that events do not wait long behind it.
const TIMERS_PER_TICK_MAX: usize = 16_384;

/// Customers that a publication looks at together: enough to keep all cores busy.
pub(crate) const CUSTOMERS_AT_ONCE: usize = 4_096;

/// One customer with its items of a frame.
struct Group<'a> {
    slot: Slot,
    customer: Box<engine::Customer>,
    /// The places of its items in the frame, in record order.
    places: &'a [(Slot, u32)],
    /// A checkpoint waits for the customer as it is before the steps.
    unwritten: bool,
    row: Option<RowChange>,
    /// When the customer must be looked at next, after the steps so far.
    due: Option<Timestamp>,
    steps: Vec<Step>,
}

impl<'a> Group<'a> {
    fn new(customers: &mut Customers, slot: Slot, places: &'a [(Slot, u32)]) -> Self {
        let (customer, unwritten) = customers.lend(slot);
        let due = customer.scheduled;
        Self { slot, customer, places, unwritten, row: None, due, steps: Vec::new() }
    }

    /// Comes before the first step.
    fn write_down(&mut self, keys: &Keys) {
        self.row = self.unwritten.then(|| row_of(&self.customer, keys));
    }

    /// Takes one step; nothing that happens to the customer overtakes a timer that is overdue.
    fn step(&mut self, engine: &Engine, meta: Meta, input: Input<'_>) {
        let happens = matches!(input, Input::Event { .. } | Input::Outcome(_));
        if happens && self.due.is_some_and(|due| due <= meta.now) {
            let step = engine.step(&mut self.customer, meta, Input::Overdue);
            self.keep(step);
        }
        let step = engine.step(&mut self.customer, meta, input);
        if !step.is_quiet(self.due) {
            self.keep(step);
        }
    }

    fn keep(&mut self, step: Step) {
        self.due = step.due;
        // Most groups have one, and a list that grows by itself begins with room for four.
        if self.steps.is_empty() {
            self.steps.reserve_exact(1);
        }
        self.steps.push(step);
    }
}

impl World {
    /// Steps every item that still has its event, and counts all of them.
    pub fn step_items(
        &mut self,
        items: Vec<Item>,
        consequences: &mut Consequences,
    ) -> Result<(), StateError> {
        for item in &items {
            let account = self.books.account(item.source);
            account.accepted += 1;
            account.processed += 1;
            self.books.count_channel(item.channel.as_str());
        }
        let mut order: Vec<(Slot, u32)> =
            items.iter().zip(0..).map(|(item, place)| (item.slot, place)).collect();
        order.retain(|(_, place)| items[*place as usize].prepared.is_some());
        order.sort_unstable();
        let mut groups: Vec<Group<'_>> = Vec::with_capacity(order.len());
        let places = order.chunk_by(|a, b| a.0 == b.0);
        groups.extend(places.map(|places| Group::new(&mut self.customers, places[0].0, places)));
        let (engine, books, keys) = (&self.engine, &self.books, &*self.keys);
        let run = |group: &mut Group<'_>| {
            group.write_down(keys);
            for (_, place) in group.places {
                let item = &items[*place as usize];
                let priority = books.priority(item.source, engine);
                group.step(engine, item.meta(), item.input(priority));
            }
        };
        if items.len() < PARALLEL_MIN {
            groups.iter_mut().for_each(run);
        } else {
            groups.par_iter_mut().with_min_len(64).for_each(run);
        }
        self.settle_groups(groups, consequences);
        // Their memory came from the threads of the ways in; giving it back is work to share.
        if items.len() >= PARALLEL_MIN {
            items.into_par_iter().with_min_len(PARALLEL_MIN / 2).for_each(drop);
        }
        Ok(())
    }

    /// Puts stepped customers back and takes note of what their steps did, one after the other.
    fn settle_groups(&mut self, groups: Vec<Group<'_>>, consequences: &mut Consequences) {
        for group in groups {
            let id = group.customer.id;
            self.customers.put_back(group.slot, group.customer);
            self.written.extend(group.row);
            for step in group.steps {
                self.settle_step(group.slot, step, &mut consequences.ready);
            }
            consequences.touched.push(id);
        }
    }

    /// Steps one customer that a timer, an outcome or a publication concerns.
    pub fn step_one(
        &mut self,
        customer: CustomerId,
        meta: Meta,
        input: Input<'_>,
        consequences: &mut Consequences,
    ) -> Result<(), StateError> {
        let Some(slot) = self.find(customer)? else { return Ok(()) };
        let mut group = Group::new(&mut self.customers, slot, &[]);
        group.write_down(&self.keys);
        group.step(&self.engine, meta, input);
        self.settle_groups(vec![group], consequences);
        Ok(())
    }

    /// Fires the timers due by `now`, at most [`TIMERS_PER_TICK_MAX`] of them: stepped on all cores, settled in the
    /// order of due time and customer. What is left is due at the next tick, which comes at once.
    pub fn fire(
        &mut self,
        seq: Seq,
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<(), StateError> {
        let due: Vec<(Timestamp, CustomerId)> = self
            .timers
            .iter()
            .take_while(|(due, _)| *due <= now)
            .take(TIMERS_PER_TICK_MAX)
            .copied()
            .collect();
        for timer in due.chunks(CUSTOMERS_AT_ONCE) {
            let ids: Vec<CustomerId> = timer.iter().map(|(_, customer)| *customer).collect();
            for timer in timer {
                self.timers.remove(timer);
                self.note_timer(*timer, false);
            }
            let slots = self.bring_slots(&ids)?;
            for slot in &slots {
                self.customer_mut(*slot).scheduled = None;
            }
            self.step_all(slots, Meta { seq, now }, Input::Time, consequences);
        }
        Ok(())
    }

    /// Fires one timer.
    pub fn fire_one(
        &mut self,
        timer: (Timestamp, CustomerId),
        meta: Meta,
        consequences: &mut Consequences,
    ) -> Result<(), StateError> {
        self.timers.remove(&timer);
        self.note_timer(timer, false);
        if let Some(slot) = self.find_exactly(timer.1)? {
            self.customer_mut(slot).scheduled = None;
            self.step_one(timer.1, meta, Input::Time, consequences)?;
        }
        Ok(())
    }

    /// Steps many customers with the same input, on all cores; settled in the order given.
    fn step_all(&mut self, slots: Vec<Slot>, meta: Meta, input: Input<'_>, consequences: &mut Consequences) {
        let take = |slot| Group::new(&mut self.customers, slot, &[]);
        let mut groups: Vec<Group<'_>> = slots.into_iter().map(take).collect();
        let (engine, keys) = (&self.engine, &*self.keys);
        let run = |group: &mut Group<'_>| {
            group.write_down(keys);
            group.step(engine, meta, input);
        };
        if groups.len() < PARALLEL_MIN {
            groups.iter_mut().for_each(run);
        } else {
            groups.par_iter_mut().with_min_len(64).for_each(run);
        }
        self.settle_groups(groups, consequences);
    }

    /// Takes note of how an effect went; `ready` gets it again when it is to be tried anew.
    pub fn settle(
        &mut self,
        seq: Seq,
        now: Timestamp,
        outcome: &Outcome,
        consequences: &mut Consequences,
    ) -> Result<(), StateError> {
        self.step_one(outcome.customer, Meta { seq, now }, Input::Outcome(outcome), consequences)
    }

    /// Looks at every customer with the definitions just published: stepped on all cores, settled in the order of
    /// their ids.
    pub fn revisit(
        &mut self,
        seq: Seq,
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<(), StateError> {
        for ids in self.all_customers()?.chunks(CUSTOMERS_AT_ONCE) {
            let slots = self.bring_slots(ids)?;
            self.step_all(slots, Meta { seq, now }, Input::Revisit, consequences);
        }
        Ok(())
    }

    /// Applies the part of a command that concerns the books.
    pub fn note_command(&mut self, command: &Command) -> Result<(), StateError> {
        match command {
            Command::Quarantine { item } => {
                self.books.quarantine_last = self.books.quarantine_last.max(item.number);
                let account = self.books.account(item.source);
                account.accepted += 1;
                account.quarantined += 1;
                self.put_quarantine(item);
            }
            Command::CountRejected { source, duplicates, rejected } => {
                let account = self.books.account(*source);
                account.accepted += duplicates + rejected;
                account.rejected += duplicates + rejected;
                account.duplicates += duplicates;
            }
            Command::SettleQuarantine { number, replayed } => self.settle_quarantine(*number, *replayed)?,
            Command::PutSource { source } => self.books.put_source(source.clone()),
            Command::Presence { agent, presence } => self.set_presence(agent, *presence),
            Command::Erase { .. }
            | Command::Unmerge { .. }
            | Command::Quote { .. }
            | Command::Decide { .. }
            | Command::TakeOffer { .. }
            | Command::AdmitEntry { .. }
            | Command::Conversation { .. } => {}
        }
        Ok(())
    }
}
