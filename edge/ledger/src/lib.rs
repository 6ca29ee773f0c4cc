//! The ledger: what happened, in order, in append-only segment files of chained frames.
//!
//! One writer appends frames ([`Ledger::append`]), another thread makes them durable ([`Syncer::sync`]), any
//! number of threads read ([`Reader`]). A frame is the unit of durability and of the checksum chain; a
//! record can be read and checked alone by its [`model::Position`]. What a frame looks like stands in
//! `frame`, what is done about a crash in `recovery`, where the bytes rest in `disk`.

mod disk;
mod error;
mod frame;
mod index;
mod ledger;
#[cfg(feature = "simulation")]
pub mod memory_disk;
mod reader;
mod recovery;
mod reserve;
mod shared;
mod syncer;
mod tail;
mod walk;

pub use disk::{Disk, File, RealDisk};
pub use error::{Damage, LedgerError};
pub use frame::{Checksum, FRAME_BYTES_MAX, Frame, FrameBuilder};
pub use ledger::{Appended, Ledger, Opened, Options};
pub use reader::{Frames, Reader, Verified};
pub use syncer::Syncer;
pub use walk::Start;
