//! Data keys: one per strand, wrapped by the workspace's key, kept apart from the ledger.
//!
//! Whatever is personal is sealed under the key of its strand before it reaches a disk. Destroying a
//! strand's key erases the strand from every file at once, the append-only ledger and its copies included.

mod cache;
mod entropy;
mod error;
mod hashes;
mod keys;
mod root;
mod seal;
mod slots;
mod wrap;

pub use entropy::{Entropy, SystemEntropy};
pub use error::{KeysError, Opening};
pub use keys::Keys;
pub use root::RootKey;
pub use seal::Sealer;
pub use slots::{FileSlots, Slots};
#[cfg(feature = "simulation")]
pub use {entropy::SeededEntropy, slots::memory::MemorySlots};
