//! Following the resolver: when strands move between customers, everything of theirs moves with them.

use model::{CustomerId, StrandId};
use recognize::Change;
use state::StateError;

use crate::world::World;

impl World {
    /// Brings customers and search in line with what changed about who is who. The graphs and the directory
    /// have been changed by the resolver.
    pub fn follow(&mut self, changes: &[Change]) -> Result<(), StateError> {
        for change in changes {
            match change {
                Change::Strand { .. } | Change::Link { .. } => {}
                Change::Move { strand, from, to } => self.move_strand(*strand, *from, *to)?,
            }
        }
        for change in changes {
            match change {
                Change::Strand { customer, .. } => self.refresh(*customer)?,
                Change::Move { from, to, .. } => {
                    self.refresh(*to)?;
                    self.dissolve_if_empty(*from)?;
                }
                Change::Link { .. } => {}
            }
        }
        Ok(())
    }

    fn move_strand(&mut self, strand: StrandId, from: CustomerId, to: CustomerId) -> Result<(), StateError> {
        let (Some(origin), Some(target)) = (self.find_exactly(from)?, self.find_exactly(to)?) else {
            return Ok(());
        };
        let part = self.customer_mut(origin).take(&[strand]);
        for pending in part.outbox.pending() {
            self.effects.insert(pending.effect.id, to);
        }
        self.customer_mut(target).absorb(part);
        Ok(())
    }

    /// Lets a customer without strands go; the holder of its first strand answers for its id.
    fn dissolve_if_empty(&mut self, customer: CustomerId) -> Result<(), StateError> {
        let Some(slot) = self.find_exactly(customer)? else { return Ok(()) };
        if !self.customers.at(slot).graph.is_empty() {
            return self.refresh(customer);
        }
        self.schedule(slot, None);
        let gone = self.customers.remove(slot, &self.keys, &mut self.written);
        self.books.leave_segments(&self.engine.segments_of(&gone));
        self.search.hide(gone.id);
        self.books.customers -= 1;
        Ok(())
    }

    /// Sets the customer's timer and search text anew.
    fn refresh(&mut self, customer: CustomerId) -> Result<(), StateError> {
        let Some(slot) = self.find_exactly(customer)? else { return Ok(()) };
        let held = self.customers.at(slot);
        let text = self.engine.search_text(held);
        let due = self.engine.due(held);
        self.search.put(customer, &text);
        self.schedule(slot, due);
        Ok(())
    }

    /// Forgets a customer whose keys have been destroyed.
    pub fn forget(&mut self, customer: CustomerId, strands: &[StrandId]) -> Result<(), StateError> {
        let thread_rows = self.thread_rows(strands)?;
        self.thread_deletes.extend(thread_rows);
        self.chunks.retain(|key, _| !strands.contains(&key.strand));
        self.search.remove(customer);
        let Some(slot) = self.find(customer)? else { return Ok(()) };
        let held = self.customers.at(slot);
        let id = held.id;
        let before = engine::standings(held);
        let segments = self.engine.segments_of(held);
        let effects: Vec<_> = held.outbox.pending().iter().map(|pending| pending.effect.id).collect();
        let mut directory = self.directory();
        recognize::erase(&mut directory, id);
        directory.finish()?;
        self.books.count_moves(&before, &[]);
        self.books.leave_segments(&segments);
        self.schedule(slot, None);
        self.customers.remove(slot, &self.keys, &mut self.written);
        self.books.customers -= 1;
        self.search.remove(id);
        effects.iter().for_each(|effect| {
            self.effects.remove(effect);
        });
        Ok(())
    }
}
