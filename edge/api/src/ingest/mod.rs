//! Ways in for events. Whatever the protocol, each event becomes one canonical body with its stamp.

pub mod body;
pub mod cloudevents;
pub mod credential;
mod scan;
pub mod segment;
mod stamp;
mod submission;

pub use submission::{Arrival, Limits, Refused, Submission};
