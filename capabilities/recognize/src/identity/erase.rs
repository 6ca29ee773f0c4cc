//! Erasing a customer from the graphs: its own, and what others remember of its strands.

use model::CustomerId;

use super::Directory;

/// Forgets the customer: empties its graph, removes its identifiers from the directory and its strands from
/// the dropped links of others.
pub fn erase(directory: &mut impl Directory, customer: CustomerId) {
    let graph = std::mem::take(directory.graph(customer));
    for link in graph.dropped() {
        let Some(other) = directory.holder(link.far) else { continue };
        let other = directory.graph(other);
        if other.rare.is_some() {
            other.rare().dropped.retain(|theirs| theirs.far != link.near);
            other.shed_rare();
        }
    }
    for strand in &graph.strands {
        directory.remove(strand.hash(), strand.id);
    }
}
