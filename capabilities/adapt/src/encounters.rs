//! How far offers came with one customer.
//!
//! Every customer who was ever considered for offers keeps one entry for each of them, so the entries are packed: a dozen
//! bytes each, in one piece of memory that a checkpoint copies as it is.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Decoder, Encode, Encoder};
use model::{StrandId, Timestamp};

use crate::decide::Decision;
use crate::funnel::{Arm, FunnelStage, Goal, Met, Reached};

/// Offers of one customer whose way is noted.
const ENCOUNTERS_MAX: usize = 200;

/// The offers that a customer was considered for, by name; several of one where customers were joined.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Encounters {
    /// Whose they are; entries name the place of their strand here.
    #[n(0)]
    strands: Vec<StrandId>,
    #[n(1)]
    packed: ByteVec,
}

/// How far one offer came, and what it led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Encounter<'a> {
    offer: &'a str,
    strand: StrandId,
    /// The furthest it came.
    stage: FunnelStage,
    group: Option<Membership>,
}

/// Since when the customer belongs to a group, and whether they have reached the goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Membership {
    #[n(0)]
    arm: Arm,
    #[n(1)]
    since: Timestamp,
    #[n(2)]
    reached: bool,
}

impl Default for Encounters {
    fn default() -> Self {
        Self { strands: Vec::new(), packed: Vec::new().into() }
    }
}

impl Encounters {
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// Takes note of how far the candidates of choices came.
    pub fn meet(&mut self, decisions: &[Decision], strand: StrandId, now: Timestamp) -> Vec<Met> {
        let count = decisions.iter().map(|decision| decision.candidates.len()).sum();
        let mut entries = self.entries();
        let mut met = Vec::with_capacity(count);
        for decision in decisions {
            let arm = if decision.control {
                Arm::HeldOut
            } else if decision.explored {
                Arm::Explored
            } else {
                Arm::Treated
            };
            let weighed = decision.stages().enumerate().map(|(rank, (candidate, stage))| {
                let best = rank == 0 && candidate.fell.is_none();
                let group = best.then_some(Membership { arm, since: now, reached: false });
                (candidate, Encounter { offer: &candidate.offer, strand, stage, group })
            });
            let mut weighed: Vec<_> = weighed.collect();
            weighed.sort_unstable_by_key(|(candidate, _)| candidate.place);
            entries = note(entries, &weighed, |candidate, stage, (from, to, arm)| {
                let (decision, offer) = (decision.id, candidate.offer.clone());
                met.push(Met { decision, offer, stage, from, to, arm });
            });
        }
        if met.iter().any(|met| met.from != Some(met.to) || met.arm.is_some()) {
            *self = Self::pack(&entries);
        }
        met
    }

    /// What an event that happened at `time` led to: each goal counts once. An event of the very moment of the choice
    /// counts: it was recorded after it.
    pub fn reach<'a>(
        &mut self,
        event: &str,
        time: Timestamp,
        goal: &dyn Fn(&str) -> Option<&'a Goal>,
    ) -> Vec<Reached> {
        let mut entries = self.entries();
        let mut reached = Vec::new();
        for entry in &mut entries {
            let Some(group) = entry.group.as_mut().filter(|own| own.arm != Arm::Explored) else { continue };
            let time_for = |goal: &Goal| (group.since..=group.since + goal.within).contains(&time);
            let meant = |goal: &&Goal| goal.event == event && time_for(goal);
            if group.reached || goal(entry.offer).filter(meant).is_none() {
                continue;
            }
            group.reached = true;
            let held_out = group.arm == Arm::HeldOut;
            reached.push(Reached { offer: entry.offer.into(), strand: entry.strand, held_out });
        }
        if !reached.is_empty() {
            *self = Self::pack(&entries);
        }
        reached
    }

    /// Splits off what belongs to `strands`.
    pub fn take(&mut self, strands: &[StrandId]) -> Self {
        let entries = self.entries();
        let (taken, kept): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|own| strands.contains(&own.strand));
        let taken = Self::pack(&taken);
        *self = Self::pack(&kept);
        taken
    }

    pub fn absorb(&mut self, other: &Self) {
        let mut entries = self.entries();
        entries.extend(other.entries());
        entries.sort_by_key(|own| (own.offer, own.strand));
        *self = Self::pack(&entries);
    }

    /// By offer and strand.
    fn entries(&self) -> Vec<Encounter<'_>> {
        // An entry has eight bytes at least, unless names are shorter than those of any catalogue.
        let mut entries = Vec::with_capacity(self.packed.len() / 8);
        let mut packed = Decoder::new(&self.packed);
        entries.extend(std::iter::from_fn(|| self.unpack(&mut packed).ok()));
        entries
    }

    fn unpack<'a>(&self, packed: &mut Decoder<'a>) -> Result<Encounter<'a>, minicbor::decode::Error> {
        let (offer, stage, strand) = (packed.str()?, packed.decode()?, packed.u32()?);
        let strand =
            *self.strands.get(strand as usize).ok_or(minicbor::decode::Error::message("no strand"))?;
        Ok(Encounter { offer, strand, stage, group: packed.decode()? })
    }

    /// Packs entries that are in order.
    fn pack(entries: &[Encounter<'_>]) -> Self {
        const FITS: &str = "encoding into memory cannot fail";
        let mut strands: Vec<StrandId> = Vec::new();
        let length = entries.iter().map(|own| own.offer.len() + own.group.map_or(5, |_| 17)).sum();
        let mut packed = Encoder::new(Vec::with_capacity(length));
        for Encounter { offer, strand, stage, group } in entries {
            let place = strands.iter().position(|own| own == strand).unwrap_or_else(|| {
                strands.push(*strand);
                strands.len() - 1
            });
            packed.str(offer).and_then(|to| to.encode(stage)).expect(FITS);
            packed.u32(place as u32).and_then(|to| to.encode(group)).expect(FITS);
        }
        let mut packed = packed.into_writer();
        packed.shrink_to_fit();
        Self { strands, packed: packed.into() }
    }
}

/// Entries with how far the offers of a choice came, both by name. `tell` hears of each how far it had come before, how
/// far now, and the group that the customer came into by it.
fn note<'a, T>(
    entries: Vec<Encounter<'a>>,
    weighed: &[(T, Encounter<'a>)],
    mut tell: impl FnMut(&T, FunnelStage, (Option<FunnelStage>, FunnelStage, Option<Arm>)),
) -> Vec<Encounter<'a>> {
    let mut noted = Vec::with_capacity(entries.len() + weighed.len());
    let mut entries = entries.into_iter().peekable();
    for (whom, new) in weighed {
        noted.extend(std::iter::from_fn(|| entries.next_if(|own| own.offer < new.offer)));
        let first = noted.len();
        noted.extend(std::iter::from_fn(|| entries.next_if(|own| own.offer == new.offer)));
        let known = &mut noted[first..];
        let group = new.group.filter(|_| known.iter().all(|own| own.group.is_none()));
        let arm = group.map(|group| group.arm);
        // Of several the one that came furthest goes on.
        match known.iter_mut().rev().max_by_key(|own| own.stage) {
            Some(own) => {
                let from = own.stage;
                own.stage = from.max(new.stage);
                own.group = own.group.or(group);
                tell(whom, new.stage, (Some(from), own.stage, arm));
            }
            None => {
                noted.push(Encounter { group, ..*new });
                tell(whom, new.stage, (None, new.stage, arm));
            }
        }
    }
    noted.extend(entries);
    while noted.len() > ENCOUNTERS_MAX {
        forget_one(&mut noted);
    }
    noted
}

/// What says least goes: who is in no group before the others, what came least far before what came further.
fn forget_one(entries: &mut Vec<Encounter<'_>>) {
    let least =
        (0..entries.len()).min_by_key(|&place| (entries[place].group.is_some(), entries[place].stage));
    least.map(|place| entries.remove(place));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(offer: &str, strand: u64, stage: FunnelStage, arm: Option<(Arm, i64)>) -> Encounter<'_> {
        let group = arm.map(|(arm, since)| Membership { arm, since: Timestamp(since), reached: false });
        Encounter { offer, strand: StrandId(strand), stage, group }
    }

    #[test]
    fn a_goal_counts_once_from_the_moment_of_the_choice_to_the_end_of_its_time() {
        let goal = Goal { event: "Bought".into(), within: model::Span(1000) };
        let reached_at = |times: &[i64]| {
            let chosen = entry("lamp", 1, FunnelStage::Chosen, Some((Arm::Treated, 5000)));
            let mut encounters = Encounters::pack(&[chosen]);
            let mut reach = |time| encounters.reach("Bought", Timestamp(time), &|_| Some(&goal)).len();
            times.iter().map(|time| reach(*time)).collect::<Vec<_>>()
        };
        assert_eq!(reached_at(&[4999, 6001, 5000, 5001]), [0, 0, 1, 0]);
        assert_eq!(reached_at(&[6000]), [1]);
    }

    #[test]
    fn entries_come_back_as_they_were_and_are_small() {
        let names: Vec<String> = (100..150).map(|number| format!("offer-{number}")).collect();
        let mut entries: Vec<Encounter<'_>> =
            names.iter().map(|name| entry(name, 7, FunnelStage::Eligibility, None)).collect();
        entries[3] =
            entry("offer-103", u64::MAX, FunnelStage::Chosen, Some((Arm::Treated, 1_700_000_000_000)));
        let packed = Encounters::pack(&entries);
        assert_eq!(packed.entries(), entries);
        let stored = minicbor::to_vec(&packed).unwrap();
        assert!(stored.len() < 50 * 13 + 40, "{} bytes", stored.len());
        assert_eq!(minicbor::decode::<Encounters>(&stored).unwrap(), packed);
    }

    #[test]
    fn of_joined_customers_the_furthest_goes_on_and_each_takes_its_own_along() {
        let mut one = Encounters::pack(&[entry("lamp", 1, FunnelStage::Eligibility, None)]);
        let other =
            [entry("care", 2, FunnelStage::Total, None), entry("lamp", 2, FunnelStage::Arbitration, None)];
        one.absorb(&Encounters::pack(&other));
        let mut told = Vec::new();
        let again = [((), entry("lamp", 1, FunnelStage::Total, None))];
        note(one.entries(), &again, |(), stage, how| told.push((stage, how)));
        let furthest = (Some(FunnelStage::Arbitration), FunnelStage::Arbitration, None);
        assert_eq!(told, [(FunnelStage::Total, furthest)]);
        assert_eq!(one.take(&[StrandId(2)]), Encounters::pack(&other));
        assert_eq!(one, Encounters::pack(&[entry("lamp", 1, FunnelStage::Eligibility, None)]));
    }

    #[test]
    fn of_too_many_those_go_that_say_least() {
        let names: Vec<String> = (0..ENCOUNTERS_MAX).map(|number| format!("{number:03}")).collect();
        let all: Vec<_> = names.iter().map(|name| ((), entry(name, 1, FunnelStage::Ranking, None))).collect();
        let mut entries = note(Vec::new(), &all, |_, _, _| {});
        entries[9].stage = FunnelStage::Validity;
        let one_more = [((), entry("lamp", 1, FunnelStage::Chosen, Some((Arm::Treated, 1))))];
        let entries = note(entries, &one_more, |_, _, _| {});
        assert_eq!(entries.len(), ENCOUNTERS_MAX);
        assert!(entries.iter().all(|own| own.offer != "009"));
    }
}
