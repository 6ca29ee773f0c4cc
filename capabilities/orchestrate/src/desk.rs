//! The desk: people who take conversations over. Queues and agents are catalogue files; what waits and who has it is
//! part of each customer's conversations.

pub(crate) mod act;
pub(crate) mod arrive;
pub(crate) mod canned;
pub(crate) mod clocks;
pub(crate) mod definition;
mod entry;
pub(crate) mod files;
mod form;
mod hours;
mod refusal;
#[cfg(test)]
pub(crate) mod script;
#[cfg(test)]
mod tests;
pub(crate) mod ticket;

pub use canned::{CannedAnswer, MacroAction};
pub use definition::{Agent, Desk, Queue};
pub use entry::{DeskEntry, desk_entries};
pub use form::{FieldKind, FormField, form};
pub use refusal::{DeskRefusal, refuse};
pub use ticket::{Clock, Closed, Ticket};
