//! One file of the disk in memory, and what a crash leaves of it.

/// What a disk writes whole or not at all.
const SECTOR_BYTES: usize = 512;

/// One file: what survives a crash, what is seen, and how the one became the other.
#[derive(Debug, Default)]
pub(super) struct Stored {
    durable: Vec<u8>,
    pub seen: Vec<u8>,
    /// What happened since the last good sync, in order.
    changes: Vec<Change>,
}

#[derive(Debug, Clone)]
struct Change {
    kind: ChangeKind,
    /// A sync of it failed: it is seen, and no sync will make it durable.
    given_up: bool,
}

#[derive(Debug, Clone)]
pub(super) enum ChangeKind {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

impl Stored {
    pub fn durable(bytes: Vec<u8>) -> Self {
        Self { durable: bytes.clone(), seen: bytes, changes: Vec::new() }
    }

    pub fn apply(&mut self, kind: ChangeKind) {
        apply(&mut self.seen, &kind);
        self.changes.push(Change { kind, given_up: false });
    }

    /// What a good sync does. Bytes that were given up stay lost; lengths are in the file system's journal, and neither
    /// comes back over what was written later.
    pub fn make_durable(&mut self) {
        for Change { kind, given_up } in std::mem::take(&mut self.changes) {
            if !given_up || matches!(kind, ChangeKind::Truncate(_)) {
                apply(&mut self.durable, &kind);
            }
        }
    }

    /// What a failed sync does.
    pub fn give_up(&mut self) {
        self.changes.iter_mut().for_each(|change| change.given_up = true);
    }

    /// Keeps what was durable and a part of the rest.
    pub fn lose(&mut self, random: &mut Random) {
        let mut changes = std::mem::take(&mut self.changes);
        match random.below(4) {
            0 => changes.clear(),
            1 => {}
            2 => cut_at_a_byte(&mut changes, random),
            _ => changes = changes.iter().flat_map(|change| some_sectors(change, random)).collect(),
        }
        changes.iter().for_each(|change| apply(&mut self.durable, &change.kind));
        self.seen = self.durable.clone();
    }
}

/// Keeps a beginning, the last write of it cut anywhere.
fn cut_at_a_byte(changes: &mut Vec<Change>, random: &mut Random) {
    changes.truncate(random.below(changes.len() as u64 + 1) as usize);
    if let Some(Change { kind: ChangeKind::Write(_, bytes), .. }) = changes.last_mut() {
        bytes.truncate(random.below(bytes.len() as u64 + 1) as usize);
    }
}

/// Keeps each sector of a write, or a truncation, by a coin.
fn some_sectors(change: &Change, random: &mut Random) -> Vec<Change> {
    let ChangeKind::Write(begin, bytes) = &change.kind else {
        return if random.coin() { vec![change.clone()] } else { Vec::new() };
    };
    let (mut at, mut kept) = (0, Vec::new());
    while at < bytes.len() {
        let count = (SECTOR_BYTES - (begin + at) % SECTOR_BYTES).min(bytes.len() - at);
        if random.coin() {
            let kind = ChangeKind::Write(begin + at, bytes[at..at + count].to_vec());
            kept.push(Change { kind, given_up: false });
        }
        at += count;
    }
    kept
}

fn apply(bytes: &mut Vec<u8>, change: &ChangeKind) {
    match change {
        ChangeKind::Truncate(len) => bytes.resize(*len, 0),
        ChangeKind::Write(begin, new) => {
            if bytes.len() < begin + new.len() {
                bytes.resize(begin + new.len(), 0);
            }
            bytes[*begin..begin + new.len()].copy_from_slice(new);
        }
    }
}

/// SplitMix64: <https://prng.di.unimi.it/splitmix64.c>.
#[derive(Debug)]
pub(super) struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }
}
