//! The engine: one pure step that takes a customer through one record.
//!
//! [`Engine::step`] is the product: recognize takes note, segments are evaluated, orchestrate advances, protect
//! judges, and what comes out is the changed customer, notes and effects. The same records give the same customers,
//! byte for byte. A catalogue is compiled here as a whole ([`Engine::publish`]).

mod adapted;
mod compile;
mod customer;
mod emitted;
mod environment;
mod explain;
mod heeds;
mod outbox;
mod profile;
mod settling;
mod step;
mod thread;

pub use compile::{Changed, Engine};
pub use customer::{Customer, Standing, Strand, Waits, standings};
pub use explain::{ChannelExplained, ChoiceExplained};
pub use heeds::Heeds;
pub use outbox::{Outbox, Pending, Settlement, Stage};
pub use profile::CustomerView;
pub use step::{Input, Meta, OVERDUE_ORDINAL, Step};
pub use thread::{Entry, TAIL_ENTRIES_MAX, Tail, What};
