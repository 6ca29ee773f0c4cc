//! A directory in memory.

use std::collections::BTreeMap;

use model::{CustomerId, IdentifierHash, StrandId};
use recognize::{Directory, IdentityGraph};

#[derive(Debug, Default, Clone, PartialEq)]
pub struct MemoryDirectory {
    index: BTreeMap<IdentifierHash, StrandId>,
    holders: BTreeMap<StrandId, CustomerId>,
    pub graphs: BTreeMap<CustomerId, IdentityGraph>,
    last: u64,
}

impl Directory for MemoryDirectory {
    fn find(&mut self, hash: IdentifierHash) -> Option<(StrandId, CustomerId)> {
        let strand = *self.index.get(&hash)?;
        Some((strand, self.holders[&strand]))
    }

    fn holder(&mut self, strand: StrandId) -> Option<CustomerId> {
        self.holders.get(&strand).copied()
    }

    fn graph(&mut self, customer: CustomerId) -> &mut IdentityGraph {
        self.graphs.entry(customer).or_default()
    }

    fn next_strand(&mut self) -> StrandId {
        self.last += 1;
        StrandId(self.last)
    }

    fn place(&mut self, hash: IdentifierHash, strand: StrandId, customer: CustomerId) {
        self.last = self.last.max(strand.0);
        self.index.insert(hash, strand);
        self.holders.insert(strand, customer);
    }

    fn remove(&mut self, hash: IdentifierHash, strand: StrandId) {
        self.index.remove(&hash);
        self.holders.remove(&strand);
    }
}

impl MemoryDirectory {
    /// The customers that hold strands, with their graphs.
    pub fn customers(&self) -> impl Iterator<Item = (CustomerId, &IdentityGraph)> {
        self.graphs.iter().filter(|(_, graph)| !graph.is_empty()).map(|(customer, graph)| (*customer, graph))
    }

    /// What must always hold: every strand is in the graph of its holder, and a customer holds the strand that
    /// its id names.
    pub fn check(&self) {
        for (customer, graph) in self.customers() {
            assert!(graph.strands().any(|strand| strand.0 == customer.0), "{customer} lost its first strand");
            assert!(graph.strands().all(|strand| self.holders[&strand] == customer));
        }
        let held: usize = self.customers().map(|(_, graph)| graph.strands().len()).sum();
        assert_eq!(held, self.holders.len());
    }
}

/// Stands for the keyed hash that the edge makes.
pub fn hash_of(text: &str) -> IdentifierHash {
    let mix = |seed: u64| {
        text.bytes()
            .fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3).rotate_left(29))
    };
    IdentifierHash(u128::from(mix(0xcbf2_9ce4_8422_2325)) << 64 | u128::from(mix(0x9e37_79b9_7f4a_7c15)))
}
