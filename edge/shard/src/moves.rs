//! Following the resolver: when strands move between customers, everything of theirs moves with them.

use model::record::IdentityChange;
use model::{CustomerId, Seq, StrandId, Timestamp};
use recognize::Change;
use state::StateError;

use crate::customers::Slot;
use crate::orders::unmerge_cause;
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
        self.tidy_kin(changes)
    }

    /// Folds strands apart as the record says.
    pub fn repeat_unmerge(
        &mut self,
        (seq, now): (Seq, Timestamp),
        customer: CustomerId,
        strands: &[StrandId],
        identity: &[IdentityChange],
    ) -> Result<(), StateError> {
        let changes = self.unseal_changes(identity)?;
        let rules = self.engine.recognition_handle();
        let mut directory = self.directory();
        let cause = unmerge_cause(seq, now);
        recognize::apply_unmerge(rules.identity(), &mut directory, customer, strands, &changes, &cause);
        directory.finish()?;
        self.follow(&changes)
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
        self.acquaint(origin, target)
    }

    /// From here on, what one of the two did while they were one may show in the other. To be kin is mutual: whoever
    /// was kin to the origin, which may dissolve, is to the target.
    fn acquaint(&mut self, origin: Slot, target: Slot) -> Result<(), StateError> {
        let (from, to) = (self.customers.at(origin).id, self.customers.at(target).id);
        let inherited = self.customers.at(origin).kin.to_vec();
        for kin in &inherited {
            if let Some(slot) = self.find(*kin)? {
                add_kin(&mut self.customer_mut(slot).kin, [to]);
            }
        }
        add_kin(&mut self.customer_mut(origin).kin, [to]);
        add_kin(&mut self.customer_mut(target).kin, inherited.into_iter().chain([from]));
        Ok(())
    }

    /// Kin by the ids they have now; who became one is not kin.
    fn tidy_kin(&mut self, changes: &[Change]) -> Result<(), StateError> {
        for change in changes {
            let Change::Move { from, to, .. } = change else { continue };
            for customer in [*from, *to] {
                let Some(slot) = self.find_exactly(customer)? else { continue };
                let mut kin = Vec::new();
                for known in self.customers.at(slot).kin.clone() {
                    kin.extend(self.holders.find(StrandId(known.0), &*self.store)?);
                }
                kin.retain(|kin| *kin != customer);
                kin.sort_unstable();
                kin.dedup();
                self.customer_mut(slot).kin = kin.into();
            }
        }
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
        self.put_desk(gone.id, Vec::new());
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
        self.refresh_desk(slot);
        Ok(())
    }
}

fn add_kin(kin: &mut Box<[CustomerId]>, more: impl IntoIterator<Item = CustomerId>) {
    let mut all = std::mem::take(kin).into_vec();
    all.extend(more);
    all.sort_unstable();
    all.dedup();
    *kin = all.into();
}
