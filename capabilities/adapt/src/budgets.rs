//! What customers share of offers: how many of a limited one are taken or held back, and how each is doing.
//!
//! One of a limited offer is **held** for whoever it was chosen for, until the hold ends; **taken** when it is
//! accepted. Both happen in the order of records, and nothing here tells who held or took.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use model::record::OfferHold;
use model::{DecisionId, Note, OfferResponse, Timestamp};
use serde::Serialize;

use crate::funnel::{Arm, FunnelStage, Met};
use crate::name::OfferName;

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
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, Serialize)]
pub struct Budget {
    #[n(0)]
    pub taken: u64,
    /// Until when each decision holds one back.
    #[n(1)]
    #[serde(skip)]
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
    pub fell: BTreeMap<Box<str>, u64>,
    /// Customers by the furthest it came with them.
    #[n(9)]
    #[cbor(default)]
    pub customers: BTreeMap<FunnelStage, u64>,
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
    #[serde(skip)]
    recent: Vec<DecisionId>,
}

/// Customers who can be compared, and how many of them reached the offer's goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize)]
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

    /// Counts an offer's part in a choice.
    pub fn meet(&mut self, met: &Met) {
        let budget = self.budget(met.offer.clone());
        if met.stage != FunnelStage::Chosen {
            budget.fall(met.stage.name());
        }
        budget.remember(met.decision);
        if met.from != Some(met.to) {
            budget.advance(met.from, met.to);
        }
        match met.arm {
            Some(Arm::Treated) => budget.treated.customers += 1,
            Some(Arm::HeldOut) => budget.held_out.customers += 1,
            Some(Arm::Explored) | None => {}
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

    fn remember(&mut self, decision: DecisionId) {
        if self.recent.len() >= RECENT_MAX {
            self.recent.remove(0);
        }
        self.recent.push(decision);
    }

    fn advance(&mut self, from: Option<FunnelStage>, to: FunnelStage) {
        if let Some(from) = from
            && let Some(count) = self.customers.get_mut(&from)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.customers.remove(&from);
            }
        }
        *self.customers.entry(to).or_default() += 1;
    }

    fn fall(&mut self, stage: &str) {
        match self.fell.get_mut(stage) {
            Some(count) => *count += 1,
            None => {
                self.fell.insert(stage.into(), 1);
            }
        }
    }

    /// How many are held back at a time.
    pub fn held(&self, now: Timestamp) -> u64 {
        self.holds.values().filter(|until| now < **until).count() as u64
    }
}
