//! The data path of one workspace: resolve, seal, append, step, acknowledge, apply.
//!
//! [`Shard`] is synchronous and owned by one thread: the server's core thread behind a [`Handle`], or a simulated
//! world. What it does with an event stands in `shard`, with other inputs in `orders`; `open` replays the same from
//! the ledger; `checkpoint` keeps the replay short. Reading happens through [`View`] and [`ThreadReader`].

mod books;
mod checkpoint;
mod choices;
mod core_thread;
mod customers;
mod deals;
mod deciding;
mod desk;
mod doors;
mod erasure;
mod frames;
mod glance;
mod growing;
mod handle;
mod history;
mod identifiers;
mod items;
mod keys_ahead;
mod moves;
mod open;
mod orders;
mod quarantine;
mod reading;
mod rehearsal;
mod release;
mod rows;
mod search;
mod shard;
mod stall;
mod steps;
mod submission;
mod thread;
mod told;
mod turn;
mod verify;
mod view;
mod world;
mod writing;

pub use books::{Account, Books, JourneyCount};
pub use choices::Choice;
pub use desk::DeskBook;
pub use handle::{Change, Driver, Handle, LocalHandle, LocalThread};
pub use history::{Explained, HistoryError, as_it_stood, as_of, why};
pub use open::Recovered;
pub use orders::OrderError;
pub use quarantine::Quarantined;
pub use rehearsal::{
    Comparison, Difference, Figures, Line, RehearsalError, Report as RehearsalReport, Script, rehearse,
};
pub use search::{Found, Search};
pub use shard::{Broken, Committed, Options, Shard};
pub use submission::{Accepted, Consequences, Done, Intake, Order, Prepared, Refusal, Submission};
pub use thread::{Cursor, ItemKind, OpenedEvent, Page, ThreadError, ThreadItem, ThreadReader};
pub use turn::{LocalTurn, Turn};
pub use verify::{StateHash, clear_state};
pub use view::{Unreported, View};
