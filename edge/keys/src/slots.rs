//! Where wrapped keys rest: one small file for the workspace, and a file of fixed slots for its strands.

mod file;
#[cfg(feature = "simulation")]
pub(crate) mod memory;

use std::io;

pub use file::FileSlots;

/// Bytes of one strand's slot. Eight share a sector of 512, so a slot is written whole or not at all.
pub const SLOT_BYTES: usize = 64;
/// The most strands of one workspace; bounds the length of the slot file (64 GiB) against a wild strand number.
pub const STRANDS_MAX: u64 = 1 << 30;

/// Storage of wrapped keys: [`FileSlots`], or the simulation's in memory.
pub trait Slots: Send + Sync + 'static {
    /// The workspace's wrapped key; `None` before the first.
    fn workspace(&self) -> io::Result<Option<Vec<u8>>>;

    /// Puts the workspace's wrapped key, durable and whole or not at all.
    fn put_workspace(&self, bytes: &[u8]) -> io::Result<()>;

    /// Whether no slot was ever written.
    fn is_empty(&self) -> io::Result<bool>;

    /// Reads consecutive slots from number `first`; slots never written read as zeros.
    fn read(&self, first: u64, slots: &mut [u8]) -> io::Result<()>;

    /// Writes consecutive slots from number `first`. After an error none of them is half written; on a full
    /// disk (`StorageFull`) nothing is changed and the call may be repeated.
    fn write(&self, first: u64, slots: &[u8]) -> io::Result<()>;

    /// Returns once everything written so far survives a power cut.
    fn sync(&self) -> io::Result<()>;
}
