//! What staff do: erase, unmerge, publish, and look after the quarantine.

use model::CustomerId;
use shard::{Done, Order};

use crate::catalogue;
use crate::sent::Told;
use crate::world::{Erasing, Halt, World};

const BY: &str = "staff";

impl World {
    pub fn staff(&mut self) -> Result<(), Halt> {
        match self.random.below(10) {
            0..=2 => self.erase(),
            3..=4 => self.unmerge(),
            5..=6 => self.publish(),
            _ => self.settle_quarantine(),
        }
    }

    fn publish(&mut self) -> Result<(), Halt> {
        let variant = self.random.below(catalogue::VARIANTS);
        let catalogue = catalogue::variant(variant);
        self.order(Order::Publish { by: BY.into(), catalogue }).map(|_| ())
    }

    pub fn somebody(&mut self) -> Result<Option<CustomerId>, Halt> {
        let all = self.shard().view().customers_after(None, usize::MAX)?;
        Ok((!all.is_empty()).then(|| *self.random.pick(&all)))
    }

    fn erase(&mut self) -> Result<(), Halt> {
        let Some(customer) = self.somebody()? else { return Ok(()) };
        // What waits for space joins the thread while it is erased, and could not be counted here.
        if self.shard().is_stalled() {
            return Ok(());
        }
        // Durable first, so that after a crash a customer that is missing was erased and not lost.
        self.release()?;
        let thread = self.thread_of(customer)?;
        let (strands, taken) = (self.strands_of(customer)?, self.taken_by(customer)?);
        self.erasing = Some(Erasing { customer, thread, strands, taken });
        let done = self.order(Order::Erase { by: BY.into(), customer })?;
        let erasing = self.erasing.take().expect("set above");
        if let Some(Done::Erased { .. }) = done {
            self.gone(&erasing);
            self.nothing_left_of(customer)?;
        }
        Ok(())
    }

    /// An erasure that a crash interrupted is done or not, as the ledger says.
    pub fn settle_erasure(&mut self) -> Result<(), Halt> {
        let Some(erasing) = self.erasing.clone() else { return Ok(()) };
        if self.shard().view().customer(erasing.customer)?.is_none() {
            self.gone(&erasing);
        }
        self.erasing = None;
        Ok(())
    }

    fn gone(&mut self, erasing: &Erasing) {
        let Erasing { thread, strands, taken, .. } = erasing;
        self.deals_erased(strands, *taken);
        self.erased += thread.len() as u64;
        for sent in &mut self.sent {
            if sent.known.as_ref().is_some_and(|(message, _)| thread.contains(message)) {
                sent.state = Told::Erased;
            }
        }
    }

    fn unmerge(&mut self) -> Result<(), Halt> {
        let Some(customer) = self.somebody()? else { return Ok(()) };
        let mut strands = self.strands_of(customer)?;
        if strands.len() < 2 {
            return Ok(());
        }
        self.unmerged.extend(&strands);
        self.random.shuffle(&mut strands);
        strands.truncate(1 + self.random.index(strands.len() - 1));
        self.order(Order::Unmerge { by: BY.into(), customer, strands }).map(|_| ())
    }

    /// Sends an item again under today's rules, as the API does, or discards it.
    fn settle_quarantine(&mut self) -> Result<(), Halt> {
        let kept = |(pick, sent): (usize, &crate::sent::Sent)| match sent.state {
            Told::Quarantined { number } => Some((pick, number)),
            Told::Nothing | Told::Taken | Told::Erased | Told::Discarding => None,
        };
        let items: Vec<(usize, u64)> = self.sent.iter().enumerate().filter_map(kept).collect();
        if items.is_empty() || self.shard().is_stalled() {
            return Ok(());
        }
        let (pick, number) = *self.random.pick(&items);
        let engine_takes = self.is_valid(pick);
        if engine_takes {
            self.send(&[pick])?;
            self.release()?;
            if self.sent[pick].state != Told::Taken {
                return Ok(());
            }
        }
        // From here on it may be settled or not, whatever a crash leaves.
        if !engine_takes {
            self.sent[pick].state = Told::Discarding;
        }
        if self.order(Order::SettleQuarantine { by: BY.into(), number, replayed: engine_takes })?.is_some() {
            self.release()?;
        }
        Ok(())
    }

    /// Whether the body is an event with a valid identifier by today's rules.
    fn is_valid(&mut self, pick: usize) -> bool {
        let Ok(event) = self.sent[pick].event(self.now) else { return false };
        let view = self.shard().view();
        let rules = view.engine().recognition().identity();
        event.claims.iter().any(|(namespace, raw)| rules.normalise(namespace, raw).is_ok())
    }
}
