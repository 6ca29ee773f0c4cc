//! What customers share of offers: how many of a limited one are taken or held back, and how each is doing.
//!
//! One of a limited offer is **held** for whoever it was chosen for, until the hold ends; **taken** when it is
//! accepted. Both happen in the order of records, and nothing here tells who held or took.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

use minicbor::{Decode, Encode};
use model::record::OfferHold;
use model::{DecisionId, Note, OfferResponse, Timestamp};

use crate::funnel::{Arm, FunnelStage, Met};
use crate::name::OfferName;
use crate::stage_counts::StageCounts;

/// Decisions that an offer remembers.
const RECENT_MAX: usize = 50;

/// All offers of a workspace, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Budgets {
    #[n(0)]
    offers: BTreeMap<OfferName, Budget>,
    /// How often anything here changed, for those who follow it.
    #[n(1)]
    #[cbor(default)]
    changes: u64,
}

/// One offer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Budget {
    #[n(0)]
    pub taken: u64,
    /// Until when each decision holds one back.
    #[n(1)]
    holds: BTreeMap<DecisionId, Timestamp>,
    /// How often it was chosen, and what became of it.
    #[n(2)]
    pub decided: u64,
    #[n(3)]
    pub shown: u64,
    #[n(4)]
    pub clicked: u64,
    #[n(5)]
    pub accepted: u64,
    #[n(6)]
    pub declined: u64,
    /// Accepted when none was left.
    #[n(7)]
    pub missed: u64,
    /// How often it fell out, by stage.
    #[n(8)]
    pub fell: StageCounts,
    /// Customers by the furthest it came with them.
    #[n(9)]
    #[cbor(default)]
    pub customers: StageCounts,
    /// Customers it was made to, and those of the control group it would have been made to.
    #[n(10)]
    #[cbor(default)]
    pub treated: Group,
    #[n(11)]
    #[cbor(default)]
    pub held_out: Group,
    /// The last decisions it took part in, oldest first. Who they were about is in their records.
    #[n(12)]
    #[cbor(default)]
    recent: VecDeque<DecisionId>,
}

/// Customers who can be compared, and how many of them reached the offer's goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Group {
    #[n(0)]
    pub customers: u64,
    #[n(1)]
    pub reached: u64,
}

impl Budgets {
    /// Another number whenever anything changed.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    pub fn of(&self, offer: &str) -> Option<&Budget> {
        self.offers.get(offer)
    }

    /// How many are left of `total` at a time, not counting those that `own` decisions hold.
    pub fn left(&self, offer: &str, total: u64, now: Timestamp, own: &[DecisionId]) -> u64 {
        let Some(budget) = self.offers.get(offer) else { return total };
        let held =
            budget.holds.iter().filter(|(id, until)| now < **until && !own.contains(id)).count() as u64;
        total.saturating_sub(budget.taken).saturating_sub(held)
    }

    /// Holds one back. What has ended by `now` is forgotten.
    pub fn hold(&mut self, hold: &OfferHold, now: Timestamp) {
        self.changes += 1;
        let budget = self.offers.entry(OfferName::from(&*hold.offer)).or_default();
        budget.holds.retain(|decision, until| now < *until && !hold.instead_of.contains(decision));
        budget.holds.insert(hold.decision, hold.until);
    }

    /// Which of these decisions hold one of the offer back.
    pub fn holding(&self, offer: &str, own: &[DecisionId]) -> Vec<DecisionId> {
        let Some(budget) = self.offers.get(offer) else { return Vec::new() };
        own.iter().copied().filter(|decision| budget.holds.contains_key(decision)).collect()
    }

    /// Whether one can be taken: the one held back for the decision, or another that is left.
    pub fn can_take(&self, offer: &str, total: Option<u64>, decision: DecisionId, now: Timestamp) -> bool {
        total.is_none_or(|total| self.left(offer, total, now, &[decision]) > 0)
    }

    /// One is taken.
    pub fn take(&mut self, offer: &str, decision: DecisionId) {
        let budget = self.budget(offer);
        budget.holds.remove(&decision);
        budget.taken += 1;
    }

    /// Counts what happened.
    pub fn count(&mut self, note: &Note) {
        match note {
            Note::OfferDecided { offer: Some(offer), .. } => self.budget(&**offer).decided += 1,
            Note::OfferAnswered { offer, response, .. } => {
                let budget = self.budget(&**offer);
                match response {
                    OfferResponse::Shown => budget.shown += 1,
                    OfferResponse::Clicked => budget.clicked += 1,
                    OfferResponse::Accepted => budget.accepted += 1,
                    OfferResponse::Declined => budget.declined += 1,
                }
            }
            Note::OfferTaken { offer, granted: false, .. } => self.budget(&**offer).missed += 1,
            Note::OfferGoalReached { offer, held_out: true } => self.budget(&**offer).held_out.reached += 1,
            Note::OfferGoalReached { offer, held_out: false } => self.budget(&**offer).treated.reached += 1,
            _ => {}
        }
    }

    /// Counts the parts of offers in choices; those of a choice come in the order of their names.
    pub fn meet(&mut self, met: &[Met]) {
        self.changes += met.len() as u64;
        for choice in met.chunk_by(|one, next| one.decision == next.decision) {
            let mut unknown = Vec::new();
            let from = choice.first().map_or(Bound::Unbounded, |met| Bound::Included(&*met.offer));
            let mut budgets = self.offers.range_mut::<str, _>((from, Bound::Unbounded)).peekable();
            for met in choice {
                while budgets.next_if(|(offer, _)| **offer < met.offer).is_some() {}
                match budgets.peek_mut() {
                    Some((offer, budget)) if **offer == met.offer => budget.meet(met),
                    Some(_) | None => unknown.push(met),
                }
            }
            for met in unknown {
                self.offers.entry(met.offer.clone()).or_default().meet(met);
            }
        }
    }

    fn budget(&mut self, offer: impl Into<OfferName>) -> &mut Budget {
        self.changes += 1;
        self.offers.entry(offer.into()).or_default()
    }
}

impl Budget {
    /// The last decisions it took part in, newest first.
    pub fn recent(&self) -> impl Iterator<Item = DecisionId> {
        self.recent.iter().rev().copied()
    }

    fn meet(&mut self, met: &Met) {
        if met.stage != FunnelStage::Chosen {
            self.fell.add(met.stage);
        }
        if self.recent.len() >= RECENT_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(met.decision);
        if met.from != Some(met.to) {
            met.from.into_iter().for_each(|from| self.customers.take_off(from));
            self.customers.add(met.to);
        }
        match met.arm {
            Some(Arm::Treated) => self.treated.customers += 1,
            Some(Arm::HeldOut) => self.held_out.customers += 1,
            Some(Arm::Explored) | None => {}
        }
    }

    /// How many are held back at a time.
    pub fn held(&self, now: Timestamp) -> u64 {
        self.holds.values().filter(|until| now < **until).count() as u64
    }
}
