//! Complaints: nothing is promoted to whoever complains, as far as it was known when it was decided.

use std::collections::BTreeMap;

use model::{CustomerId, Effect, Purpose, Seq, Timestamp};

use crate::promises::Breach;
use crate::world::{Halt, World};

const HELD: &str = "no marketing while a complaint is open";

/// What the events of one complaint say: the last word that opened it, and the last that solved it.
#[derive(Default)]
struct Words {
    opened: Option<Timestamp>,
    solved: Option<Timestamp>,
}

impl World {
    /// When a message is decided or begins to go out: its receiver complains of nothing, as far as was known.
    pub fn spared_by_marketing(&mut self, effect: &Effect, known: Option<Seq>) -> Result<(), Halt> {
        if effect.purpose != Purpose::Marketing || effect.kind.channel().is_none() {
            return Ok(());
        }
        let asked = Seq((effect.id.0 >> 80) as u64);
        let receiver = CustomerId(effect.strand.0);
        if self.shard().view().customer(receiver)?.is_none()
            || self.unmerged.contains(&effect.strand)
            || self.moved_since(asked)?
        {
            return Ok(());
        }
        *self.counts.entry("marketing looked at for complaints").or_default() += 1;
        match self.complains(receiver, known)? {
            Some(reference) => {
                let detail = format!("{} while {reference} is open", effect.id);
                Err(Breach::new(HELD, detail).into())
            }
            None => Ok(()),
        }
    }

    /// A complaint of a customer that holds, by its own events up to a record alone.
    pub fn complains(&mut self, customer: CustomerId, known: Option<Seq>) -> Result<Option<String>, Halt> {
        let time = self.shard().view().time();
        let mut complaints: BTreeMap<String, Words> = BTreeMap::new();
        for (seq, opened) in self.events_of(customer)? {
            let Some(event) = opened.event.as_ref().filter(|_| known.is_none_or(|known| seq <= known)) else {
                continue;
            };
            let reference = event.property("order_id").as_text().unwrap_or_default().to_owned();
            let words = complaints.entry(reference).or_default();
            match &*event.name {
                "Complaint Opened" => words.opened = words.opened.max(Some(opened.record.time)),
                "Complaint Solved" => words.solved = words.solved.max(Some(opened.record.time)),
                _ => {}
            }
        }
        let holds = |words: &Words| {
            let open = words.opened > words.solved;
            open && words.opened.is_some_and(|opened| time.since(opened) < crate::catalogue::COMPLAINT_HOLDS)
        };
        Ok(complaints.into_iter().find(|(_, words)| holds(words)).map(|(reference, _)| reference))
    }
}
