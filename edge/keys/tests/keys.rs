//! Keys from the outside: sealing, erasing, crashing, tampering.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

use keys::{FileSlots, Keys, KeysError, MemorySlots, Opening, RootKey, SeededEntropy, SystemEntropy};
use model::record::Sealed;
use model::{Identifier, Namespace, SourceId, StrandId};

const ROOT: [u8; 32] = [7; 32];
const SLOT: usize = 64;

fn open(slots: &MemorySlots) -> Keys {
    open_with(slots, ROOT).unwrap()
}

fn open_with(slots: &MemorySlots, root: [u8; 32]) -> Result<Keys, KeysError> {
    Keys::with(slots.clone(), RootKey::from_bytes(root), SystemEntropy, 1000)
}

fn strands(numbers: impl IntoIterator<Item = u64>) -> Vec<StrandId> {
    numbers.into_iter().map(StrandId).collect()
}

fn seal(keys: &Keys, strand: u64, counter: u64, plain: &[u8]) -> Sealed {
    let mut bytes = Vec::new();
    keys.seal(StrandId(strand), 3, counter, b"skeleton", plain, &mut bytes).unwrap();
    Sealed { strand: StrandId(strand), epoch: 3, counter, bytes: bytes.into() }
}

#[test]
fn what_is_sealed_is_opened_also_after_a_restart() {
    let slots = MemorySlots::new();
    let keys = open(&slots);
    keys.create(&strands([0, 5, 6, 900])).unwrap();
    let sealed: Vec<Sealed> =
        [0, 5, 6, 900].iter().map(|strand| seal(&keys, *strand, *strand, b"ada")).collect();
    for keys in [&keys, &open(&slots)] {
        for sealed in &sealed {
            assert_eq!(keys.open_sealed(sealed, b"skeleton").unwrap(), b"ada");
            assert!(!sealed.bytes.windows(3).any(|window| window == b"ada"));
        }
    }
}

#[test]
fn nothing_opens_with_another_binding_nonce_strand_or_bytes() {
    let keys = open(&MemorySlots::new());
    keys.create(&strands([1, 2])).unwrap();
    let sealed = seal(&keys, 1, 9, b"ada lovelace");
    let damaged =
        |sealed: &Sealed, aad: &[u8]| matches!(keys.open_sealed(sealed, aad), Err(Opening::Damaged));
    assert!(damaged(&sealed, b"another skeleton"));
    assert!(damaged(&Sealed { strand: StrandId(2), ..sealed.clone() }, b"skeleton"));
    assert!(damaged(&Sealed { epoch: 4, ..sealed.clone() }, b"skeleton"));
    assert!(damaged(&Sealed { counter: 8, ..sealed.clone() }, b"skeleton"));
    for at in 0..sealed.bytes.len() {
        let mut bytes = sealed.bytes.to_vec();
        bytes[at] ^= 1;
        assert!(damaged(&Sealed { bytes: bytes.into(), ..sealed.clone() }, b"skeleton"));
    }
    assert!(damaged(&Sealed { bytes: vec![1, 2].into(), ..sealed.clone() }, b"skeleton"));
    assert_eq!(keys.open_sealed(&sealed, b"skeleton").unwrap(), b"ada lovelace");
}

#[test]
fn rows_and_ledger_bodies_never_open_as_each_other() {
    let keys = open(&MemorySlots::new());
    keys.create(&strands([1])).unwrap();
    let mut row = Vec::new();
    keys.seal_row(StrandId(1), b"profile", b"ada", &mut row).unwrap();
    assert_eq!(keys.open_row(StrandId(1), b"profile", &row).unwrap(), b"ada");
    assert!(matches!(keys.open_row(StrandId(1), b"other", &row), Err(Opening::Damaged)));
    let (nonce, bytes) = row.split_at(12);
    let epoch = u32::from_be_bytes(nonce[..4].try_into().unwrap());
    let counter = u64::from_be_bytes(nonce[4..].try_into().unwrap());
    let posing = Sealed { strand: StrandId(1), epoch, counter, bytes: bytes.to_vec().into() };
    assert!(matches!(keys.open_sealed(&posing, b"profile"), Err(Opening::Damaged)));
    let body = seal(&keys, 1, 9, b"ada");
    let posing = [&3u32.to_be_bytes()[..], &9u64.to_be_bytes(), &body.bytes].concat();
    assert!(matches!(keys.open_row(StrandId(1), b"skeleton", &posing), Err(Opening::Damaged)));
    assert!(matches!(keys.open_row(StrandId(1), b"profile", b"short"), Err(Opening::Damaged)));
}

#[test]
fn rows_of_one_strand_never_repeat_a_nonce() {
    let keys = open(&MemorySlots::new());
    keys.create(&strands([1])).unwrap();
    let mut nonces: Vec<Vec<u8>> = (0..5000)
        .map(|_| {
            let mut row = Vec::new();
            keys.seal_row(StrandId(1), b"", b"", &mut row).unwrap();
            row[..12].to_vec()
        })
        .collect();
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 5000);
}

#[test]
fn creating_again_keeps_the_key_and_two_strands_never_share_one() {
    let slots = MemorySlots::new();
    let keys = open(&slots);
    keys.create(&strands(0..3000)).unwrap();
    let before = slots.bytes();
    keys.create(&strands((0..3000).rev())).unwrap();
    assert_eq!(slots.bytes(), before);
    // With the same nonce and plain text, equal keys would give equal bytes.
    let mut sealed: Vec<Vec<u8>> =
        (0..3000).map(|strand| seal(&keys, strand, 1, b"same").bytes.to_vec()).collect();
    sealed.sort();
    sealed.dedup();
    assert_eq!(sealed.len(), 3000);
}

#[test]
fn a_destroyed_strand_stays_destroyed_and_its_key_is_gone_from_the_file() {
    let slots = MemorySlots::new();
    let keys = open(&slots);
    keys.create(&strands([1, 2, 3])).unwrap();
    let sealed = seal(&keys, 2, 1, b"ada");
    let wrapped = slots.bytes()[2 * SLOT..3 * SLOT].to_vec();
    keys.destroy(&strands([2])).unwrap();
    for piece in wrapped[2..62].chunks(12) {
        assert!(
            !slots.bytes().windows(piece.len()).any(|window| window == piece),
            "a piece of the old key is left"
        );
    }
    slots.crash(1);
    for keys in [&keys, &open(&slots)] {
        assert!(matches!(keys.open_sealed(&sealed, b"skeleton"), Err(Opening::Destroyed)));
        assert!(matches!(keys.sealer(StrandId(2)), Err(KeysError::Destroyed { strand: StrandId(2) })));
        assert!(matches!(keys.create(&strands([4, 2])), Err(KeysError::Destroyed { strand: StrandId(2) })));
        assert!(matches!(keys.sealer(StrandId(4)), Err(KeysError::Unknown { .. })), "nothing half created");
        keys.sealer(StrandId(1)).unwrap();
        keys.sealer(StrandId(3)).unwrap();
    }
}

#[test]
fn a_strand_destroyed_before_it_had_a_key_gets_none() {
    let keys = open(&MemorySlots::new());
    keys.destroy(&strands([5])).unwrap();
    assert!(matches!(keys.create(&strands([5])), Err(KeysError::Destroyed { .. })));
}

#[test]
fn a_crash_between_creating_and_syncing_loses_the_key_or_keeps_it_whole() {
    let (mut lost, mut kept) = (0, 0);
    for seed in 0..40 {
        let slots = MemorySlots::new();
        let keys = open(&slots);
        keys.create(&strands([1])).unwrap();
        keys.create_unsynced(&strands([2, 3, 4])).unwrap();
        let sealed: Vec<Sealed> = (1..=4).map(|strand| seal(&keys, strand, 1, b"ada")).collect();
        slots.crash(seed);
        let keys = open(&slots);
        assert_eq!(keys.open_sealed(&sealed[0], b"skeleton").unwrap(), b"ada");
        for sealed in &sealed[1..] {
            match keys.open_sealed(sealed, b"skeleton") {
                Ok(plain) => {
                    assert_eq!(plain, b"ada");
                    kept += 1;
                }
                Err(Opening::Unknown) => lost += 1,
                Err(other) => panic!("{other}"),
            }
        }
        keys.create(&strands(1..=4)).unwrap();
    }
    assert!(lost > 10 && kept > 10, "{lost} lost, {kept} kept");
}

#[test]
fn a_failed_sync_is_final() {
    let slots = MemorySlots::new();
    let keys = open(&slots);
    slots.fail_sync_in(1);
    assert!(matches!(keys.create(&strands([1])), Err(KeysError::Poisoned { .. })));
    assert!(matches!(keys.sync(), Err(KeysError::Poisoned { .. })));
    assert!(matches!(keys.create(&strands([2])), Err(KeysError::Poisoned { .. })));
    assert!(matches!(keys.destroy(&strands([1])), Err(KeysError::Poisoned { .. })));
}

#[test]
fn on_a_full_disk_keys_are_refused_erasures_go_on_and_space_brings_them_back() {
    let slots = MemorySlots::new();
    let keys = open(&slots);
    keys.create(&strands([0, 1])).unwrap();
    slots.set_space(Some(3 * SLOT));
    assert!(matches!(keys.create(&strands([2, 3])), Err(KeysError::Full)));
    assert!(matches!(keys.sealer(StrandId(2)), Err(KeysError::Unknown { .. })));
    keys.destroy(&strands([0])).unwrap();
    slots.set_space(None);
    keys.create(&strands([2, 3])).unwrap();
    keys.sealer(StrandId(3)).unwrap();
}

#[test]
fn an_erasure_that_could_not_be_synced_is_an_error_and_serves_nothing() {
    let slots = MemorySlots::new();
    let keys = open(&slots);
    keys.create(&strands([1])).unwrap();
    slots.fail_sync_in(1);
    assert!(matches!(keys.destroy(&strands([1])), Err(KeysError::Poisoned { .. })));
    assert!(matches!(keys.sealer(StrandId(1)), Err(KeysError::Destroyed { .. })));
}

#[test]
fn every_tampered_bit_of_a_slot_is_found() {
    let original = MemorySlots::new();
    let keys = open(&original);
    keys.create(&strands([0, 1])).unwrap();
    keys.destroy(&strands([1])).unwrap();
    for offset in 0..2 * SLOT {
        for bit in 0..8 {
            original.damage(offset, 1 << bit);
            let strand = StrandId((offset / SLOT) as u64);
            let found = open(&original).sealer(strand);
            assert!(matches!(found, Err(KeysError::DamagedSlot { .. })), "{offset} {bit}");
            original.damage(offset, 1 << bit);
        }
    }
    open(&original).sealer(StrandId(0)).unwrap();
}

#[test]
fn a_slot_copied_to_another_strand_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::open(folder.path(), RootKey::from_bytes(ROOT)).unwrap();
    keys.create(&strands([0, 1])).unwrap();
    let path = folder.path().join("strands.keys");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.copy_within(..SLOT, SLOT);
    std::fs::write(&path, bytes).unwrap();
    let keys = Keys::open(folder.path(), RootKey::from_bytes(ROOT)).unwrap();
    assert!(matches!(keys.sealer(StrandId(1)), Err(KeysError::DamagedSlot { .. })));
}

#[test]
fn another_root_key_and_a_damaged_file_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    Keys::open(folder.path(), RootKey::from_bytes(ROOT)).unwrap();
    let other = Keys::open(folder.path(), RootKey::from_bytes([8; 32])).err().unwrap();
    assert!(matches!(other, KeysError::WrongRootKey), "{other}");
    let path = folder.path().join("workspace.key");
    let whole = std::fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let error = Keys::open(folder.path(), RootKey::from_bytes(ROOT)).err().unwrap();
        assert!(matches!(error, KeysError::DamagedWorkspaceKey), "{error}");
    }
}

#[test]
fn a_lost_workspace_key_is_not_replaced_by_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    Keys::open(folder.path(), RootKey::from_bytes(ROOT)).unwrap().create(&strands([1])).unwrap();
    std::fs::remove_file(folder.path().join("workspace.key")).unwrap();
    let error = Keys::open(folder.path(), RootKey::from_bytes(ROOT)).err().unwrap();
    assert!(matches!(error, KeysError::NoWorkspaceKey), "{error}");
}

#[test]
fn files_are_for_their_owner_only_and_hold_no_bare_key() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.key");
    let root = RootKey::create_file(&path).unwrap();
    let keys = Keys::open(&folder.path().join("keys"), root.clone()).unwrap();
    keys.create(&strands([1])).unwrap();
    for file in ["root.key", "keys/workspace.key", "keys/strands.keys"] {
        let mode = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let stored = std::fs::read(folder.path().join("keys/workspace.key")).unwrap();
    assert!(!stored.windows(16).any(|window| window == keys.index_key()));
    assert!(RootKey::create_file(&path).is_err(), "a root key is never overwritten");
    let again = Keys::open(&folder.path().join("keys"), RootKey::from_file(&path).unwrap()).unwrap();
    assert_eq!(again.index_key(), keys.index_key());
}

#[test]
fn a_root_key_others_can_read_or_with_other_text_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.key");
    RootKey::create_file(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(RootKey::from_file(&path), Err(KeysError::RootKeyExposed { .. })));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, "not a key").unwrap();
    assert!(matches!(RootKey::from_file(&path), Err(KeysError::RootKeyText { .. })));
    assert!(matches!(RootKey::from_file(&folder.path().join("none")), Err(KeysError::RootKeyFile { .. })));
}

#[test]
fn a_strand_number_beyond_the_bound_is_refused() {
    let keys = open(&MemorySlots::new());
    assert!(matches!(keys.create(&strands([u64::MAX])), Err(KeysError::TooFar { .. })));
    assert!(matches!(keys.sealer(StrandId(1 << 30)), Err(KeysError::TooFar { .. })));
}

#[test]
fn hashes_depend_on_the_workspace_and_on_every_part() {
    let identifier = |namespace, value: &str| Identifier { namespace, value: value.into() };
    let keys = open(&MemorySlots::new());
    let other = open(&MemorySlots::new());
    let email = identifier(Namespace::Email, "ada@example.com");
    assert_eq!(keys.identifier_hash(&email), keys.identifier_hash(&email.clone()));
    assert_ne!(keys.identifier_hash(&email), other.identifier_hash(&email));
    let mut hashes: Vec<u128> = [
        email,
        identifier(Namespace::UserId, "ada@example.com"),
        identifier(Namespace::External("crm".into()), "7"),
        identifier(Namespace::External("cr".into()), "m7"),
        identifier(Namespace::External("crm7".into()), ""),
    ]
    .iter()
    .map(|identifier| keys.identifier_hash(identifier).0)
    .chain([
        keys.message_hash(SourceId(1), "m").0,
        keys.message_hash(SourceId(2), "m").0,
        keys.message_hash(SourceId(1), "n").0,
    ])
    .collect();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), 8);
}

#[test]
fn the_same_seed_makes_the_same_world() {
    let make = || {
        let slots = MemorySlots::new();
        let keys = Keys::with(slots.clone(), RootKey::from_bytes(ROOT), SeededEntropy::new(4), 100).unwrap();
        keys.create(&strands(0..50)).unwrap();
        (slots.bytes(), keys.index_key())
    };
    assert_eq!(make(), make());
}

#[test]
fn a_small_cache_still_finds_every_key() {
    let folder = tempfile::tempdir().unwrap();
    let slots = FileSlots::open(folder.path()).unwrap();
    let keys = Keys::with(slots, RootKey::from_bytes(ROOT), SystemEntropy, 128).unwrap();
    keys.create(&strands(0..20_000)).unwrap();
    let sealed: Vec<Sealed> = (0..20_000).map(|strand| seal(&keys, strand, 1, b"x")).collect();
    assert!(sealed.iter().all(|sealed| keys.open_sealed(sealed, b"skeleton").unwrap() == b"x"));
}

#[test]
fn an_erasure_beats_threads_that_keep_asking() {
    let keys = open(&MemorySlots::new());
    keys.create(&strands(0..64)).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..20_000u64).for_each(|turn| drop(keys.sealer(StrandId(turn % 64)))));
        }
        for strand in 0..64 {
            keys.destroy(&[StrandId(strand)]).unwrap();
            assert!(matches!(keys.sealer(StrandId(strand)), Err(KeysError::Destroyed { .. })));
        }
    });
    assert!((0..64).all(|strand| keys.sealer(StrandId(strand)).is_err()));
}
