//! Entry caps: how many runs of a journey begin at most, of all customers together.
//!
//! Customers knock in the step that would start their run ([`crate::Knock`]); the shard lets them in, or not, one after the
//! other in the order of records. What is counted here tells of nobody in particular.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use model::{EntryRefusal, Span, Timestamp};

use crate::compiler::Compiler;
use crate::definition::CapDefinition;

/// Entries whose time is remembered for each journey: as many as the largest cap has to look back on.
const ENTRIES_MAX: u32 = 100_000;
const PER_MAX: Span = Span(366 * Span::DAY.0);

/// How many a journey takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// So many within any span of this length.
    pub within: Option<(u32, Span)>,
    pub total: Option<u64>,
}

/// Who came into journeys with caps, by journey.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Caps {
    #[n(0)]
    journeys: BTreeMap<Box<str>, Admitted>,
}

/// Those whom one journey let in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Admitted {
    #[n(0)]
    pub total: u64,
    /// Those for whom there was no room.
    #[n(1)]
    pub turned_away: u64,
    /// When the latest came in, and how many at once.
    #[n(2)]
    times: BTreeMap<Timestamp, u32>,
}

impl Cap {
    pub(crate) fn compile(definition: &CapDefinition, compiler: &mut Compiler<'_>) -> Option<Self> {
        let CapDefinition { entries, per, total } = *definition;
        let within = match (entries, per) {
            (Some(entries), Some(per)) => {
                compiler.positive("cap.per", per);
                if per > PER_MAX {
                    compiler.problem(
                        "cap.per",
                        format!("`{per}` is too long"),
                        "Write 366d at most, or use `total`",
                    );
                }
                if !(1..=ENTRIES_MAX).contains(&entries) {
                    let message = format!("`{entries}` cannot be counted exactly");
                    compiler.problem(
                        "cap.entries",
                        message,
                        format!("Write 1 to {ENTRIES_MAX}, or use `total`"),
                    );
                }
                Some((entries, per))
            }
            (Some(_), None) => {
                compiler.problem("cap.entries", "no span is given", "Write `per` as well, such as `per: 1d`");
                None
            }
            (None, Some(_)) => {
                compiler.problem(
                    "cap.per",
                    "no number is given",
                    "Write `entries` as well, such as `entries: 1000`",
                );
                None
            }
            (None, None) => None,
        };
        if total == Some(0) {
            compiler.problem("cap.total", "nobody would ever come in", "Write 1 or more");
        }
        if entries.is_none() && per.is_none() && total.is_none() {
            compiler.problem("cap", "it caps nothing", "Write `entries` with `per`, `total`, or both");
            return None;
        }
        Some(Self { within, total })
    }
}

impl Caps {
    pub fn of(&self, journey: &str) -> Option<&Admitted> {
        self.journeys.get(journey)
    }

    /// Why nobody comes in at a time, if nobody does.
    pub fn refusal(&self, journey: &str, cap: &Cap, now: Timestamp) -> Option<EntryRefusal> {
        let admitted = self.journeys.get(journey)?;
        if let Some(total) = cap.total.filter(|total| admitted.total >= *total) {
            return Some(EntryRefusal::CapReached { entries: total, per: None, again_at: None });
        }
        let (entries, per) = cap.within?;
        let surplus = admitted.within(per, now).checked_sub(u64::from(entries))?;
        // The oldest of those that fill the cap makes room first.
        let mut passed = 0;
        let makes_room = admitted.lately(per, now).find(|(_, count)| {
            passed += u64::from(*count);
            passed > surplus
        });
        let again_at = makes_room.map(|(time, _)| time + per);
        Some(EntryRefusal::CapReached { entries: u64::from(entries), per: Some(per), again_at })
    }

    /// Somebody came in, or was turned away.
    pub fn note(&mut self, journey: &str, admitted: bool, now: Timestamp) {
        let own = self.journeys.entry(journey.into()).or_default();
        if !admitted {
            own.turned_away += 1;
            return;
        }
        own.total += 1;
        *own.times.entry(now).or_default() += 1;
        own.forget(now);
    }
}

impl Admitted {
    /// How many came in within the span before a time.
    pub fn within(&self, per: Span, now: Timestamp) -> u64 {
        self.lately(per, now).map(|(_, count)| u64::from(count)).sum()
    }

    /// An entry counts until the span has passed since.
    fn lately(&self, per: Span, now: Timestamp) -> impl Iterator<Item = (Timestamp, u32)> {
        let since = now - per;
        self.times.iter().map(|(time, count)| (*time, *count)).skip_while(move |(time, _)| *time <= since)
    }

    /// Lets go what no cap can look back on.
    fn forget(&mut self, now: Timestamp) {
        while let Some(oldest) = self.times.first_entry()
            && *oldest.key() <= now - PER_MAX
        {
            oldest.remove();
        }
        // One more came in: where that is one too many, the oldest is forgotten.
        if self.times.len() > ENTRIES_MAX as usize
            && let Some(oldest) = self.times.first_entry()
        {
            oldest.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_span_ever_holds_more_than_the_cap_says() {
        let cap = Cap { within: Some((3, Span(10))), total: Some(20) };
        let (mut caps, mut times, mut turned_away) = (Caps::default(), Vec::new(), 0);
        for step in 0..200_i64 {
            // Now and then several at one moment, now and then a long pause.
            let now = Timestamp(1_000 + step / 3 * (1 + step % 5));
            let now = times.last().map_or(now, |last| now.max(*last));
            let refusal = caps.refusal("one", &cap, now);
            let lately = times.iter().filter(|time: &&Timestamp| **time > now - Span(10)).count();
            assert_eq!(refusal.is_none(), lately < 3 && times.len() < 20, "at {now}");
            if let Some(EntryRefusal::CapReached { again_at: Some(again), .. }) = &refusal {
                assert!(caps.refusal("one", &cap, *again).is_none() || times.len() >= 20);
                assert!(caps.refusal("one", &cap, *again - Span(1)).is_some());
            }
            caps.note("one", refusal.is_none(), now);
            match refusal {
                None => times.push(now),
                Some(_) => turned_away += 1,
            }
        }
        let admitted = caps.of("one").unwrap();
        assert_eq!((admitted.total, admitted.turned_away), (20, turned_away));
        assert!(turned_away > 0);
    }
}
