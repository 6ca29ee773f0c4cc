//! Seeded worlds around the real shard, ledger, keys and state, with faults, and the promises they must keep.
//!
//! A world is a number: it makes the customers, what they do, when the disk fails and in which order everything
//! happens. So a broken promise can be looked at again as often as needed.

mod any_order;
mod catalogue;
mod crowd;
mod desk;
mod faults;
mod machine;
mod outer;
mod path;
mod promises;
mod random;
mod recovery;
mod rehearsed;
mod sent;
mod staff;
mod stories;
mod trace;
mod weather;
mod world;

pub use promises::Breach;
pub use stories::Stories;
pub use world::{Ended, Plan, run};
