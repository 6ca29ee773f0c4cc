//! Complaints that are open, as far as what may be said and offered depends on them.

use crate::Timestamp;

/// A complaint that nobody has solved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenComplaint {
    pub reference: Box<str>,
    pub since: Timestamp,
    /// The products it is about.
    pub products: Box<[Box<str>]>,
}
