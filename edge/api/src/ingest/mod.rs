//! Ways in for events. Whatever the protocol, each event becomes one canonical body with its stamp.

mod arrival;
pub mod body;
pub mod cloudevents;
pub mod credential;
pub mod http;
pub mod marketplace;
mod scan;
pub mod segment;
mod stamp;

pub use arrival::{Arrival, Limits, Refused};
