//! Unmerging: a member of staff folds strands out of a customer, and they stay apart.

use std::collections::BTreeSet;

use model::{CustomerId, StrandId};

use super::fold::{Start, Web};
use super::graph::{Apart, Bond, IdentityGraph};
use super::resolve::{collect, link, moves};
use super::{Cause, Change, Directory, IdentityRules, STAFF, apply, tie_of};

/// Why strands cannot be folded out of a customer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotUnmerge {
    #[error("no strands are named; name those to fold out of {0}")]
    Nothing(CustomerId),
    #[error("{strand} is not a strand of {customer}; its identity graph lists them")]
    NotTheirs { strand: StrandId, customer: CustomerId },
    #[error("these are all strands of {0}; leave at least one")]
    Everything(CustomerId),
}

/// Folds `strands` out of the customer and keeps the two sides apart for ever. Each side stays together, also
/// where only links across held it. Applies the changes and returns them for the record.
pub fn unmerge(
    rules: &IdentityRules,
    directory: &mut impl Directory,
    customer: CustomerId,
    strands: &[StrandId],
    cause: &Cause,
) -> Result<Vec<Change>, CannotUnmerge> {
    let changes = plan_unmerge(rules, directory, customer, strands, cause)?;
    apply_unmerge(rules, directory, customer, strands, &changes, cause);
    Ok(changes)
}

/// What [`unmerge`] would change. Nothing is changed yet, so that the record can be written first.
pub fn plan_unmerge(
    rules: &IdentityRules,
    directory: &mut impl Directory,
    customer: CustomerId,
    strands: &[StrandId],
    cause: &Cause,
) -> Result<Vec<Change>, CannotUnmerge> {
    let cause = Cause { source: STAFF, ..*cause };
    let folded: BTreeSet<StrandId> = strands.iter().copied().collect();
    let glue = glue(directory.graph(customer), customer, &folded, &cause)?;
    let mut web = Web::default();
    let within_bounds = collect(directory, &BTreeSet::from([customer]), &glue, &mut web);
    let start = BTreeSet::from([customer]);
    if !within_bounds {
        web = Web::default();
        let graph = directory.graph(customer);
        web.add_customer(customer, graph);
        graph.bonds().chain(glue.iter().copied()).for_each(|bond| web.add_bond(bond));
    }
    for &customer in &start {
        for strand in directory.graph(customer).strands() {
            web.set_apart(strand, cause.seq, folded.contains(&strand));
        }
    }
    let placed = web.fold(rules, Start::Strands);
    let mut changes: Vec<Change> = glue.iter().map(|bond| link(bond, &cause)).collect();
    changes.extend(moves(&placed));
    Ok(changes)
}

/// Applies a recorded unmerge.
pub fn apply_unmerge(
    rules: &IdentityRules,
    directory: &mut impl Directory,
    customer: CustomerId,
    strands: &[StrandId],
    changes: &[Change],
    cause: &Cause,
) {
    let graph = directory.graph(customer);
    let marks: Vec<Apart> = graph
        .strands()
        .map(|strand| Apart { act: cause.seq, strand, folded: strands.contains(&strand) })
        .collect();
    let apart = &mut graph.rare().apart;
    apart.extend(marks);
    apart.sort_unstable_by_key(|mark| (mark.act, mark.strand));
    apply(rules, directory, changes, &Cause { source: STAFF, ..*cause });
}

/// The links that hold each side together: between the parts that are not connected without the other side.
fn glue(
    graph: &IdentityGraph,
    customer: CustomerId,
    folded: &BTreeSet<StrandId>,
    cause: &Cause,
) -> Result<Vec<Bond>, CannotUnmerge> {
    if folded.is_empty() {
        return Err(CannotUnmerge::Nothing(customer));
    }
    if let Some(strand) = folded.iter().copied().find(|strand| graph.place(*strand).is_none()) {
        return Err(CannotUnmerge::NotTheirs { strand, customer });
    }
    let (out, stay): (Vec<StrandId>, Vec<StrandId>) =
        graph.strands().partition(|strand| folded.contains(strand));
    if stay.is_empty() {
        return Err(CannotUnmerge::Everything(customer));
    }
    let mut glue = Vec::new();
    for side in [out, stay] {
        let mut parts: Vec<Vec<StrandId>> = side.iter().map(|strand| vec![*strand]).collect();
        for bond in graph.bonds() {
            let part = |parts: &[Vec<StrandId>], strand| parts.iter().position(|part| part.contains(&strand));
            if let (Some(a), Some(b)) = (part(&parts, bond.a), part(&parts, bond.b))
                && a != b
            {
                let joined = parts.swap_remove(a.max(b));
                parts[a.min(b)].extend(joined);
            }
        }
        let mut oldest: Vec<StrandId> = parts.iter().filter_map(|part| part.iter().min().copied()).collect();
        oldest.sort_unstable();
        let pair = |pair: &[StrandId]| Bond::new(pair[0], pair[1], cause.time, tie_of(cause.message), STAFF);
        glue.extend(oldest.windows(2).map(pair));
    }
    Ok(glue)
}
