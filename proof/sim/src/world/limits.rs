//! Limits of all customers together, counted from the ledger alone: who was let in, and what was granted.

use std::collections::BTreeMap;

use ledger::Reader;
use model::record::{Command, Record};
use model::{FrameSeq, Span, Timestamp};

use crate::catalogue;
use crate::promises::Breach;
use crate::world::World;

const ADMITTED: &str = "a journey takes no more than its cap says";
const GRANTED: &str = "no more of a limited offer is granted than there are";

/// Everything the ledger says was let in or granted.
#[derive(Default)]
struct Counted {
    admitted: Vec<Timestamp>,
    turned_away: u64,
    granted: u64,
    refused: u64,
    /// Decisions that were granted one.
    by: BTreeMap<u64, u64>,
}

impl World {
    pub fn limits_hold(&mut self) -> Result<(), Breach> {
        let reader = Reader::open(self.machine.disk.clone());
        let reader = reader.map_err(|error| Breach::new("the ledger can be read", error.to_string()))?;
        let counted = count(&reader).map_err(|error| Breach::new("the ledger can be read", error))?;
        let Counted { admitted, turned_away, granted, refused, by } = counted;
        for (name, count) in [
            ("raffle entries", admitted.len() as u64),
            ("turned away from the raffle", turned_away),
            ("lamps granted", granted),
            ("lamps refused", refused),
        ] {
            *self.counts.entry(name).or_default() += count;
        }
        let (entries, total) = catalogue::RAFFLE;
        let crowded = admitted.windows(entries + 1).find(|few| few[entries].since(few[0]) < Span::DAY);
        if crowded.is_some() || admitted.len() > total {
            return Err(Breach::new(ADMITTED, format!("{crowded:?} of {} came in", admitted.len())));
        }
        let view = self.shard.as_mut().expect("a step begins with an open shard").view();
        let entered = view.books().journeys.get("raffle").map_or(0, |count| count.entered);
        if entered > admitted.len() as u64 {
            return Err(Breach::new(ADMITTED, format!("{entered} began, {} were let in", admitted.len())));
        }
        let twice = by.iter().find(|(_, times)| **times > 1);
        if granted > catalogue::LAMPS || twice.is_some() {
            return Err(Breach::new(GRANTED, format!("{granted} were granted; twice: {twice:?}")));
        }
        Ok(())
    }
}

fn count(reader: &Reader<ledger::memory_disk::MemoryDisk>) -> Result<Counted, String> {
    let mut counted = Counted::default();
    for frame in reader.frames_from(FrameSeq(1)) {
        let frame = frame.map_err(|error| error.to_string())?;
        for (_, bytes) in frame.records() {
            let Record::Command(record) = Record::decode(bytes).map_err(|error| error.to_string())? else {
                continue;
            };
            match record.command {
                Command::AdmitEntry { refusal: None, .. } => counted.admitted.push(frame.time),
                Command::AdmitEntry { refusal: Some(_), .. } => counted.turned_away += 1,
                Command::TakeOffer { granted: true, decision, .. } => {
                    counted.granted += 1;
                    *counted.by.entry(decision.0).or_default() += 1;
                }
                Command::TakeOffer { granted: false, .. } => counted.refused += 1,
                _ => {}
            }
        }
    }
    Ok(counted)
}
