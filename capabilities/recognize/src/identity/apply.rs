//! Changes become graphs: the same way when they are made and when they are replayed.

use std::collections::{BTreeMap, BTreeSet};

use model::{CustomerId, Namespace, StrandId};

use super::fold::why_apart;
use super::graph::{Bond, Dropped, IdentityGraph, LINEAGE_MAX, Lineage, Link, Strand};
use super::{Cause, Change, Directory, IdentityRules, tie_of};

/// Applies the recorded changes of one record to the graphs and places its strands in the directory.
pub fn apply(rules: &IdentityRules, directory: &mut impl Directory, changes: &[Change], cause: &Cause) {
    let mut bonds = Vec::new();
    let mut moves = BTreeMap::new();
    for change in changes {
        match change {
            Change::Strand { strand, customer, hash, namespace, identifier } => {
                let made = Strand::new(*strand, *hash, namespace, identifier.as_ref(), cause);
                directory.graph(*customer).push_strand(made);
                directory.place(*hash, *strand, *customer);
            }
            Change::Link { a, b, time, message, source } => {
                bonds.push(Bond::new(*a, *b, *time, tie_of(*message), *source));
            }
            Change::Move { strand, from, to } => {
                moves.insert(*strand, (*from, *to));
            }
        }
    }
    let across: Vec<Bond> = bonds.iter().filter(|bond| !put_inside(directory, bond)).copied().collect();
    if !moves.is_empty() || !across.is_empty() {
        regroup(rules, directory, &moves, &across, bonds.first(), cause);
    }
}

/// Puts a link into the graph that holds both of its strands; `false` when no graph does.
fn put_inside(directory: &mut impl Directory, bond: &Bond) -> bool {
    let holder = directory.holder(bond.a);
    let one = holder.filter(|customer| directory.holder(bond.b) == Some(*customer));
    one.map(|customer| directory.graph(customer).put_link(*bond)).is_some()
}

/// Takes the graphs of all customers that a regrouping touches apart and builds them again.
fn regroup(
    rules: &IdentityRules,
    directory: &mut impl Directory,
    moves: &BTreeMap<StrandId, (CustomerId, CustomerId)>,
    across: &[Bond],
    link: Option<&Bond>,
    cause: &Cause,
) {
    let mut customers: BTreeSet<CustomerId> = moves.values().flat_map(|(from, to)| [*from, *to]).collect();
    customers.extend(across.iter().flat_map(|bond| [bond.a, bond.b]).filter_map(|end| directory.holder(end)));
    let mut pool = Pool::default();
    for &customer in &customers {
        pool.take(customer, std::mem::take(directory.graph(customer)));
    }
    across.iter().for_each(|bond| pool.add_bond(*bond));
    let entries = pool.lineage_of(moves, link, cause);
    for (strand, (_, to)) in moves {
        if let Some(moved) = pool.strands.get_mut(strand) {
            moved.1 = *to;
            directory.place(moved.0.hash(), *strand, *to);
        }
    }
    let mut built = pool.build(rules, &customers);
    hand_down_lineage(directory, &mut built);
    for (customer, mut graph) in built {
        note_lineage(&mut graph, customer, &entries);
        *directory.graph(customer) = graph;
    }
}

/// What the touched graphs were made of.
#[derive(Default)]
struct Pool {
    strands: BTreeMap<StrandId, (Strand, CustomerId)>,
    bonds: BTreeMap<(StrandId, StrandId), Bond>,
    /// Dropped links as they were: their reasons still hold where the far side is not touched.
    dropped: BTreeMap<(StrandId, StrandId), Dropped>,
    graphs: BTreeMap<CustomerId, IdentityGraph>,
}

impl Pool {
    fn take(&mut self, customer: CustomerId, mut graph: IdentityGraph) {
        graph.bonds().for_each(|bond| self.add_bond(bond));
        self.dropped.extend(graph.dropped().iter().map(|link| ((link.near, link.far), link.clone())));
        let strands = std::mem::take(&mut graph.strands).into_vec();
        self.strands.extend(strands.into_iter().map(|strand| (strand.id, (strand, customer))));
        graph.links = Box::default();
        self.graphs.insert(customer, graph);
    }

    fn add_bond(&mut self, bond: Bond) {
        let earliest = self.bonds.entry((bond.a, bond.b)).or_insert(bond);
        if (bond.time, bond.tie) < (earliest.time, earliest.tie) {
            *earliest = bond;
        }
    }

    /// One entry per pair of customers between which strands move.
    fn lineage_of(
        &self,
        moves: &BTreeMap<StrandId, (CustomerId, CustomerId)>,
        link: Option<&Bond>,
        cause: &Cause,
    ) -> Vec<Lineage> {
        let namespace = |strand: StrandId| self.strands.get(&strand).map(|(strand, _)| strand.namespace());
        let link = link
            .filter(|_| cause.source != super::STAFF)
            .and_then(|bond| Some((namespace(bond.a)?, namespace(bond.b)?)));
        let mut counts: BTreeMap<(CustomerId, CustomerId), usize> = BTreeMap::new();
        for pair in moves.values() {
            *counts.entry(*pair).or_default() += 1;
        }
        let entry = |(&(from, to), &strands): (&(CustomerId, CustomerId), &usize)| Lineage {
            seq: cause.seq,
            time: cause.time,
            source: cause.source,
            from,
            to,
            strands: strands.min(usize::from(u16::MAX)) as u16,
            whole: self.strands.values().filter(|(_, holder)| *holder == from).count() == strands,
            link: link.clone(),
        };
        counts.iter().map(entry).collect()
    }

    fn build(
        mut self,
        rules: &IdentityRules,
        customers: &BTreeSet<CustomerId>,
    ) -> Vec<(CustomerId, IdentityGraph)> {
        let marks: Vec<_> = self.graphs.values().flat_map(|graph| graph.apart().to_vec()).collect();
        let mut built: Vec<(CustomerId, IdentityGraph)> = Vec::with_capacity(customers.len());
        for &customer in customers {
            let mut graph = self.graphs.remove(&customer).unwrap_or_default();
            let own = self.strands.values().filter(|(_, holder)| *holder == customer);
            graph.strands = own.map(|(strand, _)| strand.clone()).collect();
            graph.links = self.links_inside(&graph);
            let mut apart: Vec<_> =
                marks.iter().filter(|mark| graph.place(mark.strand).is_some()).copied().collect();
            apart.sort_unstable_by_key(|mark| (mark.act, mark.strand));
            let clean = graph.rare.is_none() && apart.is_empty();
            if !clean {
                let rare = graph.rare();
                rare.apart = apart;
                rare.dropped = Vec::new();
            }
            built.push((customer, graph));
        }
        self.drop_links(rules, &mut built);
        built
    }

    fn links_inside(&self, graph: &IdentityGraph) -> Box<[Link]> {
        let mut links: Vec<Link> = Vec::new();
        for bond in self.bonds.values() {
            if let (Some(a), Some(b)) = (graph.place(bond.a), graph.place(bond.b)) {
                let (a, b) = (a.min(b) as u16, a.max(b) as u16);
                links.push(Link { a, b, source: bond.source, time: bond.time, tie: bond.tie });
            }
        }
        links.sort_unstable_by_key(|link| (link.a, link.b));
        links.into_boxed_slice()
    }

    /// Keeps each link between two customers on both sides, with what stands between them.
    fn drop_links(&self, rules: &IdentityRules, built: &mut [(CustomerId, IdentityGraph)]) {
        let place = |built: &[(CustomerId, IdentityGraph)], strand: StrandId| {
            let (_, holder) = self.strands.get(&strand)?;
            built.iter().position(|(customer, _)| customer == holder)
        };
        for bond in self.bonds.values() {
            let ends = [(bond.a, bond.b), (bond.b, bond.a)];
            let sides = ends.map(|(near, _)| place(built, near));
            if sides[0] == sides[1] {
                continue;
            }
            let reason = match sides {
                [Some(a), Some(b)] => Some(why_apart(rules, &built[a].1, &built[b].1)),
                _ => None,
            };
            for ((near, far), side) in ends.into_iter().zip(sides) {
                let Some(side) = side else { continue };
                let dropped = match (&reason, self.dropped.get(&(near, far))) {
                    (Some(reason), _) => Dropped {
                        near,
                        far,
                        far_namespace: self.namespace(far),
                        time: bond.time,
                        tie: bond.tie,
                        source: bond.source,
                        reason: reason.clone(),
                    },
                    (None, Some(kept)) => kept.clone(),
                    (None, None) => continue,
                };
                built[side].1.rare().dropped.push(dropped);
            }
        }
        for (_, graph) in built.iter_mut().filter(|(_, graph)| graph.rare.is_some()) {
            graph.rare().dropped.sort_unstable_by_key(|link| (link.near, link.far));
            graph.shed_rare();
        }
    }

    fn namespace(&self, strand: StrandId) -> Namespace {
        self.strands.get(&strand).map_or(Namespace::AnonymousId, |(strand, _)| strand.namespace())
    }
}

/// A customer that gave all it had leaves nothing behind: its id forwards to the holder of the strand it began
/// with, and so does its lineage.
fn hand_down_lineage(directory: &mut impl Directory, built: &mut [(CustomerId, IdentityGraph)]) {
    for place in 0..built.len() {
        let (customer, graph) = &mut built[place];
        if !graph.is_empty() {
            continue;
        }
        let lineage = std::mem::take(graph).rare.map_or_else(Vec::new, |rare| rare.lineage);
        let heir = directory.holder(StrandId(customer.0));
        if let Some((_, heir)) = built.iter_mut().find(|(customer, _)| Some(*customer) == heir) {
            lineage.into_iter().for_each(|entry| add_lineage(heir, entry));
        }
    }
}

/// Adds the entries that concern the customer, if there still is one.
fn note_lineage(graph: &mut IdentityGraph, customer: CustomerId, entries: &[Lineage]) {
    if !graph.is_empty() {
        let own = entries.iter().filter(|entry| entry.from == customer || entry.to == customer);
        own.for_each(|entry| add_lineage(graph, entry.clone()));
    }
}

fn add_lineage(graph: &mut IdentityGraph, entry: Lineage) {
    let lineage = &mut graph.rare().lineage;
    let place = lineage.partition_point(|own| (own.seq, own.from) <= (entry.seq, entry.from));
    lineage.insert(place, entry);
    if lineage.len() > LINEAGE_MAX {
        lineage.remove(0);
    }
}
