//! Keys of strands to come, durable before anybody needs them: a new customer's first event must not wait until the
//! disk has its key.
//!
//! Strands are numbered as they begin, so the next ones are known. A key that no strand comes to use is just a slot
//! filled early; after a restart its strand finds it there.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use keys::{Keys, KeysError};
use model::StrandId;

/// Keys made in one go: whoever needs a key meanwhile waits no longer than for these.
const MADE_AT_ONCE: usize = 128;

pub(crate) struct KeysAhead {
    /// How many strands are provided for; 0 makes each key when it is needed.
    count: u64,
    /// Whether keys are made ahead on a thread of their own.
    background: bool,
    /// Strands whose keys survive a power cut.
    ready: Range<u64>,
    making: Option<Making>,
}

/// Strands whose keys are being made, and how that went once it has ended.
struct Making {
    range: Range<u64>,
    answer: Receiver<Result<(), KeysError>>,
}

impl KeysAhead {
    pub fn new(count: u64, background: bool) -> Self {
        Self { count, background, ready: 0..0, making: None }
    }

    /// Gives strands their keys, durable on return, and provides for those to come after `last`.
    pub fn provide(
        &mut self,
        keys: &Arc<Keys>,
        mut strands: Vec<StrandId>,
        last: u64,
    ) -> Result<(), KeysError> {
        self.collect()?;
        strands.retain(|strand| !self.ready.contains(&strand.0));
        if !strands.is_empty() {
            keys.create(&strands)?;
        }
        self.go_on(keys, last + 1)
    }

    /// Makes more keys when those from `next` on become few.
    fn go_on(&mut self, keys: &Arc<Keys>, next: u64) -> Result<(), KeysError> {
        if self.making.is_some() || self.ready.end >= next + self.count.div_ceil(2) {
            return Ok(());
        }
        let range = self.ready.end.max(next)..next + self.count;
        let (sender, answer) = channel();
        let make = {
            let (keys, range) = (Arc::clone(keys), range.clone());
            // The shard may be gone when they are made; then nobody needs the answer.
            move || drop(sender.send(make(&keys, range)))
        };
        self.making = Some(Making { range, answer });
        if self.background {
            let named = std::thread::Builder::new().name("keys".into());
            named.spawn(make).expect("the system can start a thread");
            return Ok(());
        }
        make();
        self.collect()
    }

    /// Takes note of keys that were made meanwhile. A full disk is no failure here: who needs a key that is not ready
    /// tries for itself.
    fn collect(&mut self) -> Result<(), KeysError> {
        let Some(Making { range, answer }) = self.making.take() else { return Ok(()) };
        match answer.try_recv() {
            Ok(Ok(())) if range.start == self.ready.end => self.ready.end = range.end,
            Ok(Ok(())) => self.ready = range,
            Ok(Err(KeysError::Full)) | Err(TryRecvError::Disconnected) => {}
            Ok(Err(error)) => return Err(error),
            Err(TryRecvError::Empty) => self.making = Some(Making { range, answer }),
        }
        Ok(())
    }
}

fn make(keys: &Keys, strands: Range<u64>) -> Result<(), KeysError> {
    let strands: Vec<StrandId> = strands.map(StrandId).collect();
    strands.chunks(MADE_AT_ONCE).try_for_each(|some| keys.create_unsynced(some))?;
    keys.sync()
}

#[cfg(test)]
mod tests {
    use keys::{MemorySlots, RootKey, SeededEntropy};

    use super::*;

    fn keys(slots: &MemorySlots) -> Arc<Keys> {
        let root = RootKey::from_bytes([7; 32]);
        Arc::new(Keys::with(slots.clone(), root, SeededEntropy::new(9), 100).unwrap())
    }

    fn provide(ahead: &mut KeysAhead, keys: &Arc<Keys>, strands: Range<u64>) {
        let last = strands.end - 1;
        ahead.provide(keys, strands.map(StrandId).collect(), last).unwrap();
    }

    /// Whether the key of a strand outlives a power cut.
    fn survives(slots: &MemorySlots, strand: u64) -> bool {
        let slot = strand as usize * 64..(strand as usize + 1) * 64;
        slots.durable().get(slot).is_some_and(|slot| slot.iter().any(|byte| *byte != 0))
    }

    #[test]
    fn strands_find_their_keys_made_and_durable_and_more_are_made_before_they_run_out() {
        let slots = MemorySlots::default();
        let keys = keys(&slots);
        let mut ahead = KeysAhead::new(8, false);
        provide(&mut ahead, &keys, 1..2);
        assert_eq!(ahead.ready, 2..10);
        assert!((1..10).all(|strand| survives(&slots, strand)) && !survives(&slots, 10));

        provide(&mut ahead, &keys, 2..6);
        assert_eq!(ahead.ready, 2..10);
        provide(&mut ahead, &keys, 6..8);
        assert_eq!(ahead.ready, 2..16);
        assert!(survives(&slots, 15) && !survives(&slots, 16));
    }

    #[test]
    fn strands_beyond_those_provided_for_get_theirs_at_once() {
        let slots = MemorySlots::default();
        let keys = keys(&slots);
        let mut ahead = KeysAhead::new(4, false);
        provide(&mut ahead, &keys, 1..2);
        provide(&mut ahead, &keys, 2..30);
        assert!((1..34).all(|strand| survives(&slots, strand)));
        assert_eq!(ahead.ready, 30..34);
    }

    #[test]
    fn none_are_made_ahead_when_none_are_wanted() {
        let slots = MemorySlots::default();
        let keys = keys(&slots);
        let mut ahead = KeysAhead::new(0, false);
        provide(&mut ahead, &keys, 1..3);
        assert!(survives(&slots, 2) && !survives(&slots, 3));
    }

    #[test]
    fn a_full_disk_leaves_what_is_needed_now_and_is_tried_again() {
        let slots = MemorySlots::default();
        let keys = keys(&slots);
        let mut ahead = KeysAhead::new(8, false);
        provide(&mut ahead, &keys, 1..2);
        slots.set_space(Some(10 * 64));
        provide(&mut ahead, &keys, 2..9);
        assert_eq!(ahead.ready, 2..10);
        assert!(matches!(ahead.provide(&keys, vec![StrandId(10)], 10), Err(KeysError::Full)));
        slots.set_space(None);
        provide(&mut ahead, &keys, 10..11);
        assert!(survives(&slots, 18));
    }

    #[test]
    fn keys_made_on_a_thread_of_their_own_are_noticed_when_they_are_durable() {
        let slots = MemorySlots::default();
        let keys = keys(&slots);
        let mut ahead = KeysAhead::new(1_000, true);
        for strand in 1..5_000 {
            provide(&mut ahead, &keys, strand..strand + 1);
            assert!(survives(&slots, strand));
        }
        // The thread may have come too late for the last ones; what it makes when nothing more comes is in time.
        for strand in [5_000, 5_001] {
            while ahead.making.is_some() {
                ahead.collect().unwrap();
            }
            provide(&mut ahead, &keys, strand..strand + 1);
        }
        assert!(ahead.ready.clone().all(|strand| survives(&slots, strand)));
        assert!(ahead.ready.contains(&5_001) && ahead.ready.end >= 5_500, "{:?}", ahead.ready);
    }
}
