//! The resolver: which strand and customer an event belongs to, and what it changes about who is who.

use std::collections::BTreeSet;

use model::{CLAIMS_MAX, CustomerId, StrandId, Timestamp};

use super::fold::{Folded, Start, Web};
use super::graph::{Bond, IdentityGraph};
use super::{
    Cause, Change, Claim, Directory, IdentityRules, LINKS_PER_STRAND_MAX, Lookup, REFOLD_STRANDS_MAX,
    Resolution, apply, tie_of,
};

/// Resolves an event by its valid claims, in the order of [`IdentityRules::order`], and applies what it changes.
/// Known identifiers with a known link allocate nothing.
///
/// # Panics
/// Without claims: an event without a valid identifier belongs to nobody, and the caller keeps it in quarantine.
pub fn resolve(
    rules: &IdentityRules,
    directory: &mut impl Directory,
    claims: &[Claim],
    cause: &Cause,
) -> Resolution {
    assert!(!claims.is_empty(), "an event is resolved by at least one identifier");
    let claims = &claims[..claims.len().min(CLAIMS_MAX)];
    if let Some((strand, customer)) = known(directory, claims, cause.time, cause.message) {
        return Resolution { strand, customer, changes: Vec::new() };
    }
    let draft = Draft::new(directory, claims, cause);
    let strand = draft.strands[0].0;
    let mut changes = Vec::new();
    if !draft.fresh.is_empty() || !draft.bonds.is_empty() {
        let (web, start) = draft.web(rules, directory);
        changes = draft.changes(&web.fold(rules, start), cause);
        apply(rules, directory, &changes, cause);
    }
    let customer = directory.holder(strand).expect("the strand was found or made just now");
    Resolution { strand, customer, changes }
}

/// The steady case: every identifier is known, and so is every link, from no later than this event. Then the event
/// changes nothing about who is who.
pub fn known(
    directory: &mut impl Lookup,
    claims: &[Claim],
    time: Timestamp,
    message: u128,
) -> Option<(StrandId, CustomerId)> {
    let (strand, customer) = directory.find(claims.first()?.hash)?;
    let at = (time, tie_of(message));
    for claim in &claims[1..] {
        let (other, _) = directory.find(claim.hash)?;
        directory.linked(customer, strand, other).filter(|earliest| *earliest <= at)?;
    }
    Some((strand, customer))
}

/// What an event names: its strands, made up where they are new, and the links that are news.
struct Draft<'a> {
    /// In the order of the claims; no customer for new ones.
    strands: Vec<(StrandId, Option<CustomerId>)>,
    bonds: Vec<Bond>,
    /// The strands to be made, and for which claim.
    fresh: Vec<(StrandId, &'a Claim)>,
}

impl<'a> Draft<'a> {
    fn new(directory: &mut impl Directory, claims: &'a [Claim], cause: &Cause) -> Self {
        let mut fresh = Vec::new();
        let mut strands = Vec::with_capacity(claims.len());
        for claim in claims {
            strands.push(match directory.find(claim.hash) {
                Some((strand, customer)) => (strand, Some(customer)),
                None => {
                    let strand = directory.next_strand();
                    fresh.push((strand, claim));
                    (strand, None)
                }
            });
        }
        let mut draft = Self { strands, bonds: Vec::new(), fresh };
        draft.find_bonds(directory, cause);
        draft
    }

    /// The star of links from the strongest strand to each other, where it is new or now known to be earlier.
    fn find_bonds(&mut self, directory: &mut impl Directory, cause: &Cause) {
        let (strongest, holder) = self.strands[0];
        let tie = tie_of(cause.message);
        let mut room = LINKS_PER_STRAND_MAX - links_of(directory, strongest, holder);
        for &(other, other_holder) in &self.strands[1..] {
            let linked = holder.and_then(|customer| directory.graph(customer).linked(strongest, other));
            let news = match linked {
                Some(earliest) => (cause.time, tie) < earliest,
                None => {
                    let welcome = room > 0 && links_of(directory, other, other_holder) < LINKS_PER_STRAND_MAX;
                    room -= usize::from(welcome);
                    welcome
                }
            };
            if news {
                self.bonds.push(Bond::new(strongest, other, cause.time, tie, cause.source));
            }
        }
    }

    /// The part of the graph this event can change, and from where to decide it: at the newest event, earlier
    /// decisions stand; a late one may change them, unless all it touches fits together anyhow.
    fn web(&self, rules: &IdentityRules, directory: &mut impl Directory) -> (Web, Start) {
        let touched: BTreeSet<CustomerId> =
            self.strands.iter().filter_map(|(_, customer)| *customer).collect();
        let mut web = self.fresh_web();
        let mut plain = true;
        let mut newest = true;
        for &customer in &touched {
            let graph = directory.graph(customer);
            web.add_customer(customer, graph);
            plain &= graph.dropped().is_empty() && graph.apart().is_empty();
            newest &= self.is_newest(graph);
        }
        let decides_nothing_anew = newest || (plain && web.fits_as_one(rules));
        if !decides_nothing_anew && let Some(whole) = self.component(directory, &touched) {
            return (whole, Start::Strands);
        }
        self.bonds.iter().for_each(|bond| web.add_bond(*bond));
        (web, Start::Customers)
    }

    fn fresh_web(&self) -> Web {
        let mut web = Web::default();
        for (strand, claim) in &self.fresh {
            web.add_strand(*strand, claim.hash, claim.identifier.namespace.clone(), None);
        }
        web
    }

    fn is_newest(&self, graph: &IdentityGraph) -> bool {
        let Some(own) = self.bonds.first() else { return true };
        graph.bonds().all(|bond| (bond.time, bond.tie) < (own.time, own.tie))
    }

    /// Every strand that can be reached over links, kept or dropped; `None` when they are too many.
    fn component(&self, directory: &mut impl Directory, touched: &BTreeSet<CustomerId>) -> Option<Web> {
        let mut web = self.fresh_web();
        collect(directory, touched, &self.bonds, &mut web).then_some(web)
    }

    fn changes(&self, folded: &[Folded], cause: &Cause) -> Vec<Change> {
        let mut changes = Vec::with_capacity(self.fresh.len() + self.bonds.len());
        for (strand, Claim { identifier, hash }) in &self.fresh {
            let place = folded.binary_search_by_key(strand, |entry| entry.strand);
            changes.push(Change::Strand {
                strand: *strand,
                customer: folded[place.expect("the fold keeps every strand")].customer,
                hash: *hash,
                namespace: identifier.namespace.clone(),
                identifier: Some(identifier.clone()),
            });
        }
        changes.extend(self.bonds.iter().map(|bond| link(bond, cause)));
        changes.extend(moves(folded));
        changes
    }
}

/// Adds to `web` everything that can be reached from the customers in `start` over links. `news` are links that
/// are not in a graph yet, or with a later time. `false` when the web grows beyond [`REFOLD_STRANDS_MAX`].
pub(super) fn collect(
    directory: &mut impl Directory,
    start: &BTreeSet<CustomerId>,
    news: &[Bond],
    web: &mut Web,
) -> bool {
    let mut seen = start.clone();
    let mut open: Vec<CustomerId> = start.iter().copied().collect();
    while let Some(customer) = open.pop() {
        let graph = directory.graph(customer);
        web.add_customer(customer, graph);
        if web.len() > REFOLD_STRANDS_MAX {
            return false;
        }
        // A dropped link is kept on both sides and comes twice, which changes nothing.
        let is_news = |bond: &Bond| news.iter().any(|new| (new.a, new.b) == (bond.a, bond.b));
        graph.bonds().filter(|bond| !is_news(bond)).for_each(|bond| web.add_bond(bond));
        let far: Vec<StrandId> = graph.dropped().iter().map(|link| link.far).collect();
        for strand in far {
            if let Some(next) = directory.holder(strand).filter(|next| seen.insert(*next)) {
                open.push(next);
            }
        }
    }
    news.iter().for_each(|bond| web.add_bond(*bond));
    true
}

pub(super) fn link(bond: &Bond, cause: &Cause) -> Change {
    Change::Link { a: bond.a, b: bond.b, time: bond.time, message: cause.message, source: bond.source }
}

pub(super) fn moves(folded: &[Folded]) -> impl Iterator<Item = Change> {
    folded.iter().filter_map(|&Folded { strand, holder, customer }| {
        let from = holder.filter(|from| *from != customer)?;
        Some(Change::Move { strand, from, to: customer })
    })
}

/// How many links touch a strand, up to the most it keeps.
fn links_of(directory: &mut impl Directory, strand: StrandId, holder: Option<CustomerId>) -> usize {
    let Some(customer) = holder else { return 0 };
    let touching = |bond: &Bond| bond.a == strand || bond.b == strand;
    directory.graph(customer).bonds().filter(touching).take(LINKS_PER_STRAND_MAX).count()
}
