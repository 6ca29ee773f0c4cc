//! The capability through its public face: scripts in a small step language, and properties over random input.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod definitions;
mod directory;
mod golden_data;
mod identities;
mod profiles;
mod segments;
mod service;
mod shuffled_facts;
mod shuffled_identities;
mod shuffled_service;
mod world;
