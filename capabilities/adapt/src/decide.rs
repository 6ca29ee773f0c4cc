//! The choice: offers of a placement go through the stages, those left are ranked, and one is chosen.
//!
//! Rank is propensity × value × lever, the greater first; of equals the one whose name comes first in the alphabet. A
//! customer of the control group gets none. Exploration chooses any of those left, by a hash of the record, so that a
//! replay chooses the same; how probable the choice was is recorded with it.

use std::sync::Arc;

use minicbor::{Decode, Encode};
use model::record::OfferHold;
use model::{CustomerId, DecisionId, Note, OfferCandidate, OpenComplaint, RunId, Seq};
use rules::Environment;

use crate::adaptation::Adaptation;
use crate::budgets::Budgets;
use crate::dealings::Dealings;
use crate::funnel::FunnelStage;
use crate::name::OfferName;
use crate::offers::Offer;
use crate::stages::{Findings, STAGES, Weighing};

/// Placements decided at once at most.
pub(crate) const PLACEMENTS_MAX: usize = 20;
/// Candidates that a decision's record names; the best ones, all of nearly every catalogue.
const CANDIDATES_MAX: usize = 100;
/// Probabilities are kept in millionths.
const CERTAIN: u32 = 1_000_000;

/// What is to be decided for one customer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Asked {
    #[n(0)]
    pub placements: Vec<Box<str>>,
    /// The run that waits for it.
    #[n(1)]
    pub run: Option<RunId>,
}

/// A choice for a placement.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub id: DecisionId,
    pub placement: Box<str>,
    pub chosen: Option<OfferName>,
    /// In millionths.
    pub probability: u32,
    pub control: bool,
    pub explored: bool,
    /// Ranked ones first.
    pub candidates: Vec<Candidate>,
    /// What must be held back, when it is recorded.
    pub hold: Option<OfferHold>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub offer: OfferName,
    /// Its place among the offers of the catalogue, which are in the order of their names.
    pub(crate) place: usize,
    pub score: Option<f64>,
    pub fell: Option<Fell>,
}

/// Where an offer fell out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fell {
    pub stage: FunnelStage,
    pub reason: Arc<str>,
}

impl Adaptation {
    /// Chooses for each placement asked about. `seq` is the record that asks.
    pub fn decide(
        &self,
        (customer, seq): (CustomerId, Seq),
        person: &dyn Environment,
        dealings: &Dealings,
        budgets: &Budgets,
        complaints: &[OpenComplaint],
        asked: &Asked,
    ) -> Vec<Decision> {
        let findings = Findings::new(self.conditions);
        let mut elsewhere: Vec<OfferName> = Vec::new();
        let mut decisions = Vec::with_capacity(asked.placements.len());
        for (ordinal, placement) in (0..).zip(asked.placements.iter().take(PLACEMENTS_MAX)) {
            let id = DecisionId::new(seq, ordinal);
            let decision = self.choose(
                customer,
                id,
                placement,
                &Shared { person, findings: &findings, dealings, budgets, complaints, elsewhere: &elsewhere },
            );
            elsewhere.extend(decision.chosen.clone());
            decisions.push(decision);
        }
        decisions
    }

    fn choose(&self, customer: CustomerId, id: DecisionId, placement: &str, shared: &Shared<'_>) -> Decision {
        let mut ranked: Vec<(usize, f64)> = Vec::with_capacity(self.offers.len());
        let mut fallen = Vec::with_capacity(self.offers.len());
        for (place, offer) in self.offers.iter().enumerate() {
            if !offer.placements.iter().any(|own| **own == *placement) {
                continue;
            }
            match self.weigh(offer, shared) {
                Ok(score) => ranked.push((place, score)),
                Err(fell) => {
                    let offer = offer.name.clone();
                    fallen.push(Candidate { offer, place, score: None, fell: Some(fell) })
                }
            }
        }
        ranked.sort_by(|(a, left), (b, right)| right.total_cmp(left).then(a.cmp(b)));
        let control = draw(&[0xc0, customer.0], 1_000_000) < millionths(self.policy.control_percent);
        let (chosen, probability, explored) = match ranked.len() {
            0 => (None, CERTAIN, false),
            _ if control => (None, CERTAIN, false),
            count => self.pick(id, count as u64),
        };
        let chosen = chosen.map(|rank| &self.offers[ranked[rank].0]);
        let name = |place: usize| self.offers[place].name.clone();
        let candidates = ranked
            .iter()
            .map(|&(place, score)| Candidate { offer: name(place), place, score: Some(score), fell: None })
            .chain(fallen)
            .take(CANDIDATES_MAX)
            .collect();
        let own = own_decisions(shared.dealings, chosen);
        let hold = chosen.filter(|offer| offer.total.is_some()).map(|offer| OfferHold {
            offer: (&offer.name).into(),
            decision: id,
            until: shared.person.now() + offer.hold,
            instead_of: shared.budgets.holding(&offer.name, &own),
        });
        let chosen = chosen.map(|offer| offer.name.clone());
        Decision { id, placement: placement.into(), chosen, probability, control, explored, candidates, hold }
    }

    /// The place of the chosen among so many, how probable it was, and whether it was explored.
    fn pick(&self, id: DecisionId, count: u64) -> (Option<usize>, u32, bool) {
        let explore = millionths(self.policy.explore_percent);
        let share = explore / count;
        let explores = draw(&[0xe0, id.0], 1_000_000) < explore;
        let place = if explores { draw(&[0xe1, id.0], count) } else { 0 };
        // The best has what the division leaves over, so that all of them come to one exactly.
        let probability = if place == 0 { u64::from(CERTAIN) - share * (count - 1) } else { share };
        (Some(place as usize), probability as u32, place != 0)
    }

    fn weigh(&self, offer: &Offer, shared: &Shared<'_>) -> Result<f64, Fell> {
        let own = own_decisions(shared.dealings, offer.total.and(Some(offer)));
        let weighing = Weighing {
            person: shared.person,
            findings: shared.findings,
            dealings: shared.dealings,
            budgets: shared.budgets,
            own: &own,
            complaints: shared.complaints,
            elsewhere: shared.elsewhere,
        };
        for stage in STAGES {
            if let Some(reason) = (stage.refuses)(offer, &weighing) {
                return Err(Fell { stage: stage.stage, reason });
            }
        }
        let unknown = || Fell {
            stage: FunnelStage::Ranking,
            reason: "its propensity or value cannot be worked out".into(),
        };
        offer.score(shared.person).ok_or_else(unknown)
    }
}

struct Shared<'a> {
    person: &'a dyn Environment,
    findings: &'a Findings,
    dealings: &'a Dealings,
    budgets: &'a Budgets,
    complaints: &'a [OpenComplaint],
    elsewhere: &'a [OfferName],
}

/// The customer's decisions about an offer that are still open.
fn own_decisions(dealings: &Dealings, offer: Option<&Offer>) -> Vec<DecisionId> {
    let Some(offer) = offer else { return Vec::new() };
    let own =
        dealings.decided().iter().filter(|decided| *decided.offer == *offer.name && decided.taken.is_none());
    own.map(|decided| decided.decision).collect()
}

fn millionths(percent: f64) -> u64 {
    (percent * 10_000.0).round() as u64
}

/// A number below `bound` that depends on nothing but `parts` (SplitMix64 of each in turn).
fn draw(parts: &[u64], bound: u64) -> u64 {
    let mixed = parts.iter().fold(0u64, |state, part| {
        let state = (state ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
        let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^ (state >> 31)
    });
    // The high bits of the product spread evenly over the bound.
    ((u128::from(mixed) * u128::from(bound)) >> 64) as u64
}

impl Decision {
    /// How far each of its candidates came, the best first.
    pub fn stages(&self) -> impl Iterator<Item = (&Candidate, FunnelStage)> {
        self.candidates.iter().enumerate().map(move |(place, candidate)| {
            let fell = candidate.fell.as_ref().map(|fell| fell.stage);
            let ranked = || match &self.chosen {
                Some(chosen) if *chosen == candidate.offer => FunnelStage::Chosen,
                None if self.control && place == 0 => FunnelStage::Control,
                _ => FunnelStage::Arbitration,
            };
            (candidate, fell.unwrap_or_else(ranked))
        })
    }

    /// What the customer's thread says about it.
    pub fn note(&self, run: Option<RunId>) -> Note {
        Note::OfferDecided {
            decision: self.id,
            placement: self.placement.clone(),
            offer: self.chosen.as_ref().map(Into::into),
            probability: self.probability,
            control: self.control,
            explored: self.explored,
            run,
            candidates: self.candidates.iter().map(Candidate::noted).collect(),
        }
    }
}

impl Candidate {
    pub(crate) fn noted(&self) -> OfferCandidate<'_> {
        OfferCandidate {
            offer: &self.offer,
            score: self.score,
            stage: self.fell.as_ref().map(|fell| fell.stage.name()),
            reason: self.fell.as_ref().map(|fell| &*fell.reason),
        }
    }
}
