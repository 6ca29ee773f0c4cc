//! Since when a strand is known to be the same person as the others of its customer.

use model::{StrandId, Timestamp};

use super::IdentityGraph;

impl IdentityGraph {
    /// The earliest time at which an event named the strand together with another of this customer; `Timestamp::MIN`
    /// for a strand that stands alone.
    pub fn linked_since(&self, strand: StrandId) -> Timestamp {
        let touching = self.bonds().filter(|bond| bond.a == strand || bond.b == strand);
        let inside = touching.filter(|bond| self.place(bond.a).is_some() && self.place(bond.b).is_some());
        inside.map(|bond| bond.time).min().unwrap_or(Timestamp::MIN)
    }
}
