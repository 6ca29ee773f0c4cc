//! Complaints that are open, as far as what may be said and offered depends on them.

use crate::Timestamp;

/// A complaint that nobody has solved, and of which something was heard lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenComplaint {
    pub reference: Box<str>,
    pub since: Timestamp,
    /// When it stops holding anything back, unless something more is heard of it.
    pub until: Timestamp,
    /// The products it is about.
    pub products: Box<[Box<str>]>,
}
