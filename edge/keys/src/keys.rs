//! The keys of one workspace.

use std::path::Path;

use model::record::Sealed;
use model::{Identifier, IdentifierHash, MessageHash, SourceId, StrandId};

use crate::{Entropy, KeysError, Opening, RootKey, Sealer, Slots};

/// The keys of one workspace; shared between threads.
pub struct Keys {}

impl Keys {
    /// Opens the keys in `folder`, or makes them. The folder must not be the ledger's or one of its copies.
    pub fn open(folder: &Path, root: RootKey) -> Result<Self, KeysError> {
        let _ = (folder, root);
        todo!()
    }

    /// The same with other slots, other randomness and another bound of the cache, in keys.
    pub fn with(
        slots: impl Slots,
        root: RootKey,
        entropy: impl Entropy,
        cached_max: usize,
    ) -> Result<Self, KeysError> {
        let _ = (slots, root, entropy, cached_max);
        todo!()
    }

    /// Makes keys for new strands, durable on return. Strands that have one keep it; destroyed ones are an error.
    pub fn create(&self, strands: &[StrandId]) -> Result<(), KeysError> {
        self.create_unsynced(strands)?;
        self.sync()
    }

    /// The same without waiting for the disk: usable at once, durable after [`Self::sync`].
    pub fn create_unsynced(&self, strands: &[StrandId]) -> Result<(), KeysError> {
        let _ = strands;
        todo!()
    }

    pub fn sync(&self) -> Result<(), KeysError> {
        todo!()
    }

    /// Destroys keys, durable on return. Strands that never had one are marked, too.
    pub fn destroy(&self, strands: &[StrandId]) -> Result<(), KeysError> {
        let _ = strands;
        todo!()
    }

    /// A copy of the strand's key.
    pub fn sealer(&self, strand: StrandId) -> Result<Sealer, KeysError> {
        let _ = strand;
        todo!()
    }

    /// Appends ciphertext and tag to `out`. A pair of `epoch` and `counter` must never come twice for a strand.
    pub fn seal(
        &self,
        strand: StrandId,
        epoch: u32,
        counter: u64,
        aad: &[u8],
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), KeysError> {
        self.sealer(strand)?.seal(epoch, counter, aad, plain, out);
        Ok(())
    }

    pub fn open_sealed(&self, sealed: &Sealed, aad: &[u8]) -> Result<Vec<u8>, Opening> {
        let _ = (sealed, aad);
        todo!()
    }

    /// Appends nonce, ciphertext and tag of a row of derived state to `out`.
    pub fn seal_row(
        &self,
        strand: StrandId,
        aad: &[u8],
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), KeysError> {
        let _ = (strand, aad, plain, out);
        todo!()
    }

    pub fn open_row(&self, strand: StrandId, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Opening> {
        let _ = (strand, aad, sealed);
        todo!()
    }

    /// The key of keyed hashes; it opens nothing.
    pub fn index_key(&self) -> [u8; 16] {
        todo!()
    }

    pub fn identifier_hash(&self, identifier: &Identifier) -> IdentifierHash {
        crate::hashes::identifier_hash(&self.index_key(), identifier)
    }

    pub fn message_hash(&self, source: SourceId, message_id: &str) -> MessageHash {
        crate::hashes::message_hash(&self.index_key(), source, message_id)
    }
}
