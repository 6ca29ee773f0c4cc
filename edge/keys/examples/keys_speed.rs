//! Measures keys on this machine: `cargo run --release -p keys --example keys_speed [FOLDER]`.
//! The figures in `docs/decisions/0002-keys-per-strand.md` come from here.

use std::path::PathBuf;
use std::time::Instant;

use keys::{Keys, KeysError, RootKey};
use model::record::Sealed;
use model::{Identifier, Namespace, StrandId};

const STRANDS: u64 = 1_000_000;
const BATCH: u64 = 1_000;
const SEALS: u64 = 2_000_000;

fn main() -> Result<(), KeysError> {
    let folder =
        std::env::args().nth(1).map_or_else(|| std::env::temp_dir().join("keys-measure"), PathBuf::from);
    let _ = std::fs::remove_dir_all(&folder);
    let keys = Keys::open(&folder, RootKey::from_bytes([7; 32]))?;
    let strands: Vec<StrandId> = (0..STRANDS).map(StrandId).collect();
    let begin = Instant::now();
    for batch in strands.chunks(BATCH as usize) {
        keys.create(batch)?;
    }
    println!("create {STRANDS} keys in durable batches of {BATCH}: {:.2} s", begin.elapsed().as_secs_f64());
    seals(&keys)?;
    opens(&keys);
    let cold = Keys::open(&folder, RootKey::from_bytes([7; 32]))?;
    each("load a key that is not cached", STRANDS / 4, |turn| drop(cold.sealer(StrandId(turn * 4))));
    let identifier = Identifier { namespace: Namespace::Email, value: "ada.lovelace@example.com".into() };
    each("identifier hash", SEALS, |_| {
        std::hint::black_box(keys.identifier_hash(&identifier));
    });
    let begin = Instant::now();
    keys.destroy(&strands[..1000])?;
    println!("destroy 1000 keys: {:.2} ms", begin.elapsed().as_secs_f64() * 1e3);
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}

fn seals(keys: &Keys) -> Result<(), KeysError> {
    let plain = [0x5a; 512];
    let mut out = Vec::with_capacity(1024);
    let strand = |turn: u64| StrandId(turn.wrapping_mul(0x9e37_79b9_7f4a_7c15) % STRANDS);
    each("seal 512 B, strands at random", SEALS, |turn| {
        out.clear();
        let sealed =
            keys.seal(strand(turn), 1, turn, b"skeleton of an event, forty bytes long..", &plain, &mut out);
        assert!(sealed.is_ok());
    });
    let sealer = keys.sealer(StrandId(1))?;
    each("seal 512 B with a held key", SEALS, |turn| {
        out.clear();
        sealer.seal(1, turn, b"skeleton of an event, forty bytes long..", &plain, &mut out);
    });
    each("seal a row of 512 B, strands at random", SEALS, |turn| {
        out.clear();
        assert!(keys.seal_row(strand(turn), b"customer", &plain, &mut out).is_ok());
    });
    Ok(())
}

fn opens(keys: &Keys) {
    let mut bytes = Vec::new();
    assert!(keys.seal(StrandId(9), 1, 1, b"skeleton", &[0x5a; 512], &mut bytes).is_ok());
    let sealed = Sealed { strand: StrandId(9), epoch: 1, counter: 1, bytes: bytes.into() };
    each("open 512 B", SEALS, |_| assert!(keys.open_sealed(&sealed, b"skeleton").is_ok()));
}

fn each(what: &str, count: u64, mut work: impl FnMut(u64)) {
    let begin = Instant::now();
    (0..count).for_each(&mut work);
    println!("{what}: {:.3} µs", begin.elapsed().as_secs_f64() / count as f64 * 1e6);
}
