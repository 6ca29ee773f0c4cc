//! The capability through its public face: scripts in a small step language, and properties over random input.

mod directory;
mod shuffled_identities;
