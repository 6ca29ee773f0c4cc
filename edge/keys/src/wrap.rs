//! Wrapped keys as they rest: the workspace's file under the root key, a strand's slot under the workspace's.
//!
//! ```text
//! workspace.key                         slot of a strand, 64 bytes
//!   0 "TLWK" and the version (1)          0 state: 0 empty, 1 live, 2 destroyed
//!   5 nonce                               1 version (1)
//!  17 workspace key and index key,        2 nonce
//!     sealed: 48 bytes and tag           14 data key, sealed: 32 bytes; zeros when destroyed
//!  81 SHA-256 of 0–81, first 8 bytes     46 tag, over state, version and strand, too
//!                                        62 zeros
//! ```

use model::StrandId;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest;

use crate::slots::SLOT_BYTES;
use crate::{KeysError, RootKey};

const MAGIC: &[u8; 5] = b"TLWK\x01";
const WORKSPACE_BYTES: usize = 89;
const CHECKED: usize = 81;

const EMPTY: u8 = 0;
const LIVE: u8 = 1;
const DESTROYED: u8 = 2;
const SLOT_VERSION: u8 = 1;
const KEY: std::ops::Range<usize> = 14..46;
const TAG: std::ops::Range<usize> = 46..62;

/// What `workspace.key` holds, unwrapped.
pub(crate) struct WorkspaceKeys {
    /// Wraps the keys of strands.
    pub wrapping: [u8; 32],
    /// Keys the hashes in indexes.
    pub index: [u8; 16],
}

impl WorkspaceKeys {
    pub fn wrap(&self, root: &RootKey, nonce: [u8; NONCE_LEN]) -> Vec<u8> {
        let mut bytes = [MAGIC.as_slice(), &nonce].concat();
        let plain = [self.wrapping.as_slice(), &self.index].concat();
        crate::seal::seal_into(&root.0, nonce, MAGIC, &plain, &mut bytes);
        bytes.extend_from_slice(
            &digest::digest(&digest::SHA256, &bytes).as_ref()[..WORKSPACE_BYTES - CHECKED],
        );
        bytes
    }

    /// A damaged file and a wrong root key are different mistakes; the digest tells them apart.
    pub fn unwrap(bytes: &[u8], root: &RootKey) -> Result<Self, KeysError> {
        let whole = bytes.len() == WORKSPACE_BYTES
            && bytes.starts_with(MAGIC)
            && digest::digest(&digest::SHA256, &bytes[..CHECKED]).as_ref().starts_with(&bytes[CHECKED..]);
        if !whole {
            return Err(KeysError::DamagedWorkspaceKey);
        }
        let nonce =
            bytes[MAGIC.len()..][..NONCE_LEN].try_into().expect("the slice has the length of a nonce");
        let sealed = &bytes[MAGIC.len() + NONCE_LEN..CHECKED];
        let plain =
            crate::seal::open_bytes(&root.0, nonce, MAGIC, sealed).map_err(|_| KeysError::WrongRootKey)?;
        let (wrapping, index) = plain.split_at(32);
        Ok(Self {
            wrapping: wrapping.try_into().expect("the first 32 of 48 bytes"),
            index: index.try_into().expect("the last 16 of 48 bytes"),
        })
    }
}

/// What a slot holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Empty,
    Live([u8; 32]),
    Destroyed,
}

/// Wraps and unwraps the keys of strands.
pub(crate) struct Wrapper(LessSafeKey);

impl Wrapper {
    pub fn new(wrapping: &[u8; 32]) -> Self {
        Self(LessSafeKey::new(
            UnboundKey::new(&AES_256_GCM, wrapping).expect("a key of AES-256 has 32 bytes"),
        ))
    }

    /// Fills `slot` with the wrapped key. Nonces are random: safe for far more than the strands there can be.
    pub fn wrap(&self, strand: StrandId, key: &[u8; 32], nonce: [u8; NONCE_LEN], slot: &mut [u8]) {
        self.fill(LIVE, strand, key, nonce, slot);
    }

    /// Fills `slot` with the mark of a destroyed key. It is sealed, too, so that nobody without the workspace
    /// key can pretend an erasure.
    pub fn mark_destroyed(&self, strand: StrandId, nonce: [u8; NONCE_LEN], slot: &mut [u8]) {
        self.fill(DESTROYED, strand, &[], nonce, slot);
    }

    pub fn unwrap(&self, strand: StrandId, slot: &[u8]) -> Result<Slot, KeysError> {
        let damaged = || KeysError::DamagedSlot { strand };
        if slot.iter().all(|byte| *byte == 0) {
            return Ok(Slot::Empty);
        }
        if slot[1] != SLOT_VERSION || slot[TAG.end..] != [0, 0] {
            return Err(damaged());
        }
        let nonce = slot[2..KEY.start].try_into().expect("the slice has the length of a nonce");
        let sealed = match slot[0] {
            LIVE => &slot[KEY.start..TAG.end],
            DESTROYED if slot[KEY].iter().all(|byte| *byte == 0) => &slot[TAG],
            _ => return Err(damaged()),
        };
        let mut bytes = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let key = self
            .0
            .open_in_place(nonce, Aad::from(bound(slot[0], strand)), &mut bytes)
            .map_err(|_| damaged())?;
        match slot[0] {
            LIVE => Ok(Slot::Live((&*key).try_into().expect("a live slot seals 32 bytes"))),
            _ => Ok(Slot::Destroyed),
        }
    }

    fn fill(&self, state: u8, strand: StrandId, key: &[u8], nonce: [u8; NONCE_LEN], slot: &mut [u8]) {
        assert_eq!(slot.len(), SLOT_BYTES, "a slot has a fixed length");
        slot.fill(0);
        (slot[0], slot[1]) = (state, SLOT_VERSION);
        slot[2..KEY.start].copy_from_slice(&nonce);
        let place = &mut slot[KEY.start..KEY.start + key.len()];
        place.copy_from_slice(key);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, Aad::from(bound(state, strand)), place)
            .expect("sealing fails only beyond 64 GiB");
        slot[TAG].copy_from_slice(tag.as_ref());
    }
}

/// Whether a slot was never written; tells without opening it.
pub(crate) fn is_empty(slot: &[u8]) -> bool {
    slot[0] == EMPTY && slot.iter().all(|byte| *byte == 0)
}

/// What a slot is bound to, so that none can be copied to another strand or state.
fn bound(state: u8, strand: StrandId) -> [u8; 10] {
    let mut bytes = [state, SLOT_VERSION, 0, 0, 0, 0, 0, 0, 0, 0];
    bytes[2..].copy_from_slice(&strand.0.to_le_bytes());
    bytes
}
