//! From links to customers: fold the links in the order of event time, merging two groups of strands unless a
//! guard forbids it. A pure function of strands, links, guards and what staff folded apart.

use model::{CustomerId, IdentifierHash, Namespace, Seq, StrandId};

use super::graph::{Bond, DropReason, IdentityGraph};
use super::rules::is_known;
use super::{IdentityRules, STRANDS_PER_CUSTOMER_MAX};

/// Strands and links under consideration.
#[derive(Debug, Default)]
pub(super) struct Web {
    nodes: Vec<Node>,
    bonds: Vec<Bond>,
    namespaces: Vec<Namespace>,
    apart: Vec<(StrandId, Seq, bool)>,
}

#[derive(Debug)]
struct Node {
    strand: StrandId,
    hash: IdentifierHash,
    /// Index into `namespaces`.
    namespace: usize,
    /// Who holds it now; `None` for a strand that is about to be made.
    holder: Option<CustomerId>,
}

/// A group of strands while folding.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally {
    /// How many values per namespace, by index.
    values: Vec<u16>,
    strands: usize,
    apart: Vec<(Seq, bool)>,
}

/// Where the fold begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// At single strands: every decision is made anew.
    Strands,
    /// At the customers of now: earlier decisions stand.
    Customers,
}

/// Whose a strand is, and whose it is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Folded {
    pub strand: StrandId,
    /// `None` for a strand that is about to be made.
    pub holder: Option<CustomerId>,
    pub customer: CustomerId,
}

impl Web {
    pub fn add_strand(
        &mut self,
        strand: StrandId,
        hash: IdentifierHash,
        namespace: Namespace,
        holder: Option<CustomerId>,
    ) {
        let namespace = self.namespace(namespace);
        self.nodes.push(Node { strand, hash, namespace, holder });
    }

    pub fn add_bond(&mut self, bond: Bond) {
        self.bonds.push(bond);
    }

    pub fn set_apart(&mut self, strand: StrandId, act: Seq, folded: bool) {
        self.apart.push((strand, act, folded));
    }

    /// Adds a customer's strands and what staff folded apart, without its links.
    pub fn add_customer(&mut self, customer: CustomerId, graph: &IdentityGraph) {
        for strand in &graph.strands {
            self.add_strand(strand.id, strand.hash(), strand.namespace(), Some(customer));
        }
        self.apart.extend(graph.apart().iter().map(|mark| (mark.strand, mark.act, mark.folded)));
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether all strands together would be a customer that no guard forbids.
    pub fn fits_as_one(&self, rules: &IdentityRules) -> bool {
        let mut whole = Tally::default();
        (0..self.nodes.len()).all(|node| {
            let tally = self.tally(node);
            self.conflict(rules, &whole, &tally).is_none().then(|| whole.take(&tally)).is_some()
        })
    }

    /// The customer of each strand after the fold, by strand, ascending.
    pub fn fold(mut self, rules: &IdentityRules, start: Start) -> Vec<Folded> {
        self.nodes.sort_by_key(|node| node.strand);
        let mut groups = Groups::new(&self);
        if start == Start::Customers {
            groups.join_holders(&self);
        }
        let mut bonds: Vec<(Bond, usize, usize)> = self
            .bonds
            .iter()
            .filter_map(|&bond| Some((bond, self.place(bond.a)?, self.place(bond.b)?)))
            .collect();
        bonds.sort_by_cached_key(|&(bond, a, b)| (bond.time, bond.tie, self.pair_rank(a, b)));
        for (_, a, b) in bonds {
            let (a, b) = (groups.root(a), groups.root(b));
            if a != b && self.conflict(rules, &groups.tallies[a], &groups.tallies[b]).is_none() {
                groups.join(a, b);
            }
        }
        self.name(&groups)
    }

    /// Ties between links of one event: by what they link, never by strand numbers, which depend on arrival.
    fn pair_rank(&self, a: usize, b: usize) -> [(Namespace, IdentifierHash); 2] {
        let rank = |node: usize| (self.namespaces[self.nodes[node].namespace].clone(), self.nodes[node].hash);
        let (a, b) = (rank(a), rank(b));
        if a <= b { [a, b] } else { [b, a] }
    }

    /// Gives each group its customer id. A customer that is known by name survives an anonymous one, then the
    /// older one does; a group that was split off is called by its own oldest strand.
    fn name(&self, groups: &Groups) -> Vec<Folded> {
        let mut known: Vec<CustomerId> = self
            .nodes
            .iter()
            .filter(|n| is_known(&self.namespaces[n.namespace]))
            .filter_map(|n| n.holder)
            .collect();
        known.sort_unstable();
        known.dedup();
        let mut best: Vec<Option<(bool, bool, u64)>> = vec![None; self.nodes.len()];
        for (place, node) in self.nodes.iter().enumerate() {
            let own = CustomerId(node.strand.0);
            let alive = node.holder == Some(own);
            let anonymous = known.binary_search(&own).is_err();
            let rank = (!alive, alive && anonymous, node.strand.0);
            let slot = &mut best[groups.root(place)];
            *slot = Some(slot.map_or(rank, |other| other.min(rank)));
        }
        let named = |(place, node): (usize, &Node)| {
            let (_, _, number) = best[groups.root(place)].expect("each group has at least this strand");
            Folded { strand: node.strand, holder: node.holder, customer: CustomerId(number) }
        };
        self.nodes.iter().enumerate().map(named).collect()
    }

    fn place(&self, strand: StrandId) -> Option<usize> {
        self.nodes.binary_search_by_key(&strand, |node| node.strand).ok()
    }

    fn namespace(&mut self, namespace: Namespace) -> usize {
        self.namespaces.iter().position(|known| *known == namespace).unwrap_or_else(|| {
            self.namespaces.push(namespace);
            self.namespaces.len() - 1
        })
    }

    fn tally(&self, node: usize) -> Tally {
        let node = &self.nodes[node];
        let mut values = vec![0; node.namespace + 1];
        values[node.namespace] = 1;
        let marks = self.apart.iter().filter(|mark| mark.0 == node.strand);
        Tally { values, strands: 1, apart: marks.map(|&(_, act, folded)| (act, folded)).collect() }
    }

    fn conflict(&self, rules: &IdentityRules, a: &Tally, b: &Tally) -> Option<DropReason> {
        if a.apart.iter().any(|(act, folded)| b.apart.contains(&(*act, !folded))) {
            return Some(DropReason::Apart);
        }
        for (index, (a, b)) in a.values.iter().zip(&b.values).enumerate() {
            let max = rules.rule(&self.namespaces[index]).max;
            if *a > 0 && *b > 0 && a.saturating_add(*b) > max {
                return Some(DropReason::Guard { namespace: self.namespaces[index].clone(), max });
            }
        }
        (a.strands + b.strands > STRANDS_PER_CUSTOMER_MAX).then_some(DropReason::TooMany)
    }
}

/// Why these two customers are not one, by what they hold now. What kept them apart while folding still does,
/// because groups only grow.
pub(super) fn why_apart(rules: &IdentityRules, a: &IdentityGraph, b: &IdentityGraph) -> DropReason {
    let mut web = Web::default();
    web.add_customer(CustomerId(0), a);
    let split = web.len();
    web.add_customer(CustomerId(1), b);
    let sum = |range: std::ops::Range<usize>| {
        range.fold(Tally::default(), |mut sum, node| {
            sum.take(&web.tally(node));
            sum
        })
    };
    web.conflict(rules, &sum(0..split), &sum(split..web.len())).unwrap_or(DropReason::EarlierRules)
}

impl Tally {
    fn take(&mut self, other: &Self) {
        if self.values.len() < other.values.len() {
            self.values.resize(other.values.len(), 0);
        }
        for (own, theirs) in self.values.iter_mut().zip(&other.values) {
            *own = own.saturating_add(*theirs);
        }
        self.strands += other.strands;
        self.apart.extend(&other.apart);
    }
}

/// Union-find over the nodes of a web.
struct Groups {
    parents: Vec<usize>,
    tallies: Vec<Tally>,
}

impl Groups {
    fn new(web: &Web) -> Self {
        Self {
            parents: (0..web.len()).collect(),
            tallies: (0..web.len()).map(|node| web.tally(node)).collect(),
        }
    }

    fn root(&self, mut node: usize) -> usize {
        while self.parents[node] != node {
            node = self.parents[node];
        }
        node
    }

    /// Joins two roots; the larger stays on top, so that paths stay short.
    fn join(&mut self, a: usize, b: usize) {
        let (top, below) = if self.tallies[a].strands >= self.tallies[b].strands { (a, b) } else { (b, a) };
        let tally = std::mem::take(&mut self.tallies[below]);
        self.tallies[top].take(&tally);
        self.parents[below] = top;
    }

    fn join_holders(&mut self, web: &Web) {
        let mut first: Vec<(CustomerId, usize)> = Vec::new();
        for (place, node) in web.nodes.iter().enumerate() {
            let Some(holder) = node.holder else { continue };
            match first.iter().find(|(customer, _)| *customer == holder) {
                Some(&(_, other)) => {
                    let (a, b) = (self.root(other), self.root(place));
                    self.join(a, b);
                }
                None => first.push((holder, place)),
            }
        }
    }
}
