//! Sealing and opening with AES-256-GCM under the key of one strand.

use model::StrandId;
use model::record::Sealed;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;

use crate::Opening;

/// First byte of what a ciphertext is bound to, so that a ledger body never opens as a row or the other way.
const LEDGER: u8 = 1;
const ROW: u8 = 2;
/// What the key for rows is derived by; rows draw their nonces, ledger bodies count them, so one key for
/// both could repeat a nonce.
const ROW_LABEL: &[u8] = b"throughline state row";

/// The key of one strand, small enough to copy. Good until the strand is erased: whoever keeps one must
/// drop it when an erasure passes.
#[derive(Clone, Copy)]
pub struct Sealer {
    pub strand: StrandId,
    key: [u8; 32],
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealer({})", self.strand)
    }
}

impl Sealer {
    pub(crate) fn new(strand: StrandId, key: [u8; 32]) -> Self {
        Self { strand, key }
    }

    /// Appends ciphertext and tag to `out`. A pair of `epoch` and `counter` must never come twice.
    pub fn seal(&self, epoch: u32, counter: u64, aad: &[u8], plain: &[u8], out: &mut Vec<u8>) {
        seal_into(&self.key, nonce(epoch, counter), &bound(LEDGER, aad), plain, out);
    }

    pub fn open(&self, sealed: &Sealed, aad: &[u8]) -> Result<Vec<u8>, Opening> {
        open_bytes(&self.key, nonce(sealed.epoch, sealed.counter), &bound(LEDGER, aad), &sealed.bytes)
    }
}

/// Derives the key for rows of derived state.
pub(crate) fn row_key(sealer: &Sealer) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &sealer.key), ROW_LABEL);
    tag.as_ref().try_into().expect("HMAC-SHA-256 gives 32 bytes")
}

pub(crate) fn seal_row(sealer: &Sealer, nonce: [u8; NONCE_LEN], aad: &[u8], plain: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&nonce);
    seal_into(&row_key(sealer), nonce, &bound(ROW, aad), plain, out);
}

pub(crate) fn open_row(sealer: &Sealer, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Opening> {
    let (nonce, bytes) = sealed.split_first_chunk().ok_or(Opening::Damaged)?;
    open_bytes(&row_key(sealer), *nonce, &bound(ROW, aad), bytes)
}

/// Appends ciphertext and tag to `out`.
pub(crate) fn seal_into(key: &[u8; 32], nonce: [u8; NONCE_LEN], aad: &[u8], plain: &[u8], out: &mut Vec<u8>) {
    let begin = out.len();
    out.reserve(plain.len() + AES_256_GCM.tag_len());
    out.extend_from_slice(plain);
    let nonce = Nonce::assume_unique_for_key(nonce);
    let tag = cipher(key)
        .seal_in_place_separate_tag(nonce, Aad::from(aad), &mut out[begin..])
        .expect("sealing fails only beyond 64 GiB");
    out.extend_from_slice(tag.as_ref());
}

pub(crate) fn open_bytes(
    key: &[u8; 32],
    nonce: [u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Vec<u8>, Opening> {
    let mut bytes = sealed.to_vec();
    let nonce = Nonce::assume_unique_for_key(nonce);
    let plain =
        cipher(key).open_in_place(nonce, Aad::from(aad), &mut bytes).map_err(|_| Opening::Damaged)?.len();
    bytes.truncate(plain);
    Ok(bytes)
}

fn cipher(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("a key of AES-256 has 32 bytes"))
}

fn nonce(epoch: u32, counter: u64) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce[..4].copy_from_slice(&epoch.to_be_bytes());
    nonce[4..].copy_from_slice(&counter.to_be_bytes());
    nonce
}

/// What is bound, with its domain in front. Short, so one small allocation is all it costs.
fn bound(domain: u8, aad: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + aad.len());
    bytes.push(domain);
    bytes.extend_from_slice(aad);
    bytes
}
