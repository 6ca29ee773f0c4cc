//! One customer's identity graph, packed: it is in memory for every customer of the workspace.

use minicbor::{Decode, Encode};
use model::{CustomerId, Identifier, IdentifierHash, Namespace, Seq, SourceId, StrandId, Timestamp};

use super::Cause;
use super::text::Text;

/// The strands of a customer and the links between them. What few customers have (dropped links, constraints
/// of staff, lineage) is apart in a box.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub struct IdentityGraph {
    /// By id, ascending.
    #[n(0)]
    pub(super) strands: Box<[Strand]>,
    /// By `(a, b)`, ascending.
    #[n(1)]
    pub(super) links: Box<[Link]>,
    #[n(2)]
    pub(super) rare: Option<Box<Rare>>,
}

/// An identifier and its place in the customer.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub(super) struct Strand {
    #[n(0)]
    pub id: StrandId,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub hash: [u8; 16],
    /// Seconds since 1970, rounded up, of the event that named it first in the order of arrival. Earlier ones
    /// that arrived later left their time in links and facts.
    #[n(2)]
    pub made_s: u32,
    /// [`Namespace`] without its external system.
    #[n(3)]
    pub code: Code,
    /// How many bytes of `text` are the external system's name; a separator follows them.
    #[n(4)]
    pub system_bytes: u8,
    #[n(5)]
    pub text: Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub(super) enum Code {
    #[n(0)]
    AnonymousId,
    #[n(1)]
    UserId,
    #[n(2)]
    Email,
    #[n(3)]
    Phone,
    #[n(4)]
    DeviceId,
    #[n(5)]
    External,
}

/// Two strands of the customer that an event named together, by their places in `strands`.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub(super) struct Link {
    #[n(0)]
    pub a: u16,
    #[n(1)]
    pub b: u16,
    #[n(2)]
    pub source: SourceId,
    #[n(3)]
    pub time: Timestamp,
    #[n(4)]
    pub tie: u64,
}

#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub(super) struct Rare {
    /// By `(near, far)`, ascending. The customer of `far` keeps the same link the other way round.
    #[n(0)]
    pub dropped: Vec<Dropped>,
    /// By `(act, strand)`, ascending.
    #[n(1)]
    pub apart: Vec<Apart>,
    /// In the order of records; the newest [`LINEAGE_MAX`].
    #[n(2)]
    pub lineage: Vec<Lineage>,
}

/// The most merges and splits a customer's lineage keeps.
pub(super) const LINEAGE_MAX: usize = 64;

/// A link that would have merged this customer with another one, and why it did not.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub(super) struct Dropped {
    #[n(0)]
    pub near: StrandId,
    #[n(1)]
    pub far: StrandId,
    #[n(2)]
    pub far_namespace: Namespace,
    #[n(3)]
    pub time: Timestamp,
    #[n(4)]
    pub tie: u64,
    #[n(5)]
    pub source: SourceId,
    #[n(6)]
    pub reason: DropReason,
}

/// Why a link between two customers did not merge them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum DropReason {
    /// Together they would have more different values of the namespace than it allows.
    #[n(0)]
    Guard {
        #[n(0)]
        namespace: Namespace,
        #[n(1)]
        max: u16,
    },
    /// A member of staff folded them apart.
    #[n(1)]
    Apart,
    /// Together they would have more identifiers than one customer may have.
    #[n(2)]
    TooMany,
    /// It was decided under earlier rules, and nothing has asked to decide it again.
    #[n(3)]
    EarlierRules,
}

/// One strand's side in one unmerge: strands of different sides are never of one customer again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(super) struct Apart {
    #[n(0)]
    pub act: Seq,
    #[n(1)]
    pub strand: StrandId,
    /// Folded out, or stayed.
    #[n(2)]
    pub folded: bool,
}

/// Strands came from one customer to another.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub(super) struct Lineage {
    #[n(0)]
    pub seq: Seq,
    #[n(1)]
    pub time: Timestamp,
    #[n(2)]
    pub source: SourceId,
    #[n(3)]
    pub from: CustomerId,
    #[n(4)]
    pub to: CustomerId,
    #[n(5)]
    pub strands: u16,
    /// Whether `from` gave all it had.
    #[n(6)]
    pub whole: bool,
    /// The namespaces of the two identifiers whose link caused it; none when a member of staff did.
    #[n(7)]
    pub link: Option<(Namespace, Namespace)>,
}

/// A link by its strands, wherever it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bond {
    pub a: StrandId,
    pub b: StrandId,
    pub time: Timestamp,
    pub tie: u64,
    pub source: SourceId,
}

impl Bond {
    /// A bond of an ordered pair, so that each pair is one.
    pub fn new(a: StrandId, b: StrandId, time: Timestamp, tie: u64, source: SourceId) -> Self {
        Self { a: a.min(b), b: a.max(b), time, tie, source }
    }
}

impl Strand {
    pub fn new(
        id: StrandId,
        hash: IdentifierHash,
        namespace: &Namespace,
        identifier: Option<&Identifier>,
        cause: &Cause,
    ) -> Self {
        let (code, system) = match namespace {
            Namespace::AnonymousId => (Code::AnonymousId, ""),
            Namespace::UserId => (Code::UserId, ""),
            Namespace::Email => (Code::Email, ""),
            Namespace::Phone => (Code::Phone, ""),
            Namespace::DeviceId => (Code::DeviceId, ""),
            Namespace::External(system) => (Code::External, &**system),
        };
        let text = match identifier {
            Some(identifier) if system.is_empty() => Text::pack(&identifier.value),
            Some(identifier) => Text::pack(&format!("{system}/{}", identifier.value)),
            None if system.is_empty() => Text::Erased,
            None => Text::pack(system),
        };
        Self {
            id,
            hash: hash.0.to_be_bytes(),
            made_s: u32::try_from((cause.time.0.max(0) + 999) / 1_000).unwrap_or(u32::MAX),
            code,
            system_bytes: system.len() as u8,
            text,
        }
    }

    pub fn hash(&self) -> IdentifierHash {
        IdentifierHash(u128::from_be_bytes(self.hash))
    }

    pub fn namespace(&self) -> Namespace {
        match self.code {
            Code::AnonymousId => Namespace::AnonymousId,
            Code::UserId => Namespace::UserId,
            Code::Email => Namespace::Email,
            Code::Phone => Namespace::Phone,
            Code::DeviceId => Namespace::DeviceId,
            Code::External => {
                let text = self.text.unpack().unwrap_or_default();
                Namespace::External(text[..usize::from(self.system_bytes)].into())
            }
        }
    }

    /// The identifier; `None` when its key was destroyed.
    pub fn identifier(&self) -> Option<Identifier> {
        let text = self.text.unpack()?;
        let value = match self.code {
            Code::External => text.get(usize::from(self.system_bytes) + 1..)?.into(),
            Code::AnonymousId | Code::UserId | Code::Email | Code::Phone | Code::DeviceId => text.into(),
        };
        Some(Identifier { namespace: self.namespace(), value })
    }
}

impl IdentityGraph {
    pub fn is_empty(&self) -> bool {
        self.strands.is_empty()
    }

    pub fn strands(&self) -> impl ExactSizeIterator<Item = StrandId> {
        self.strands.iter().map(|strand| strand.id)
    }

    /// The strand's identifier; `None` when it is not here or its key was destroyed.
    pub fn identifier(&self, strand: StrandId) -> Option<Identifier> {
        self.strands[self.place(strand)?].identifier()
    }

    /// All identifiers whose keys are there, each with its strand and the earliest time the graph knows of it.
    pub fn identifiers(&self) -> impl Iterator<Item = (StrandId, Identifier, Timestamp)> {
        self.strands
            .iter()
            .filter_map(|strand| Some((strand.id, strand.identifier()?, self.first_seen(strand))))
    }

    pub(super) fn first_seen(&self, strand: &Strand) -> Timestamp {
        let made = Timestamp(i64::from(strand.made_s) * 1_000);
        let touching = self.bonds().filter(|bond| bond.a == strand.id || bond.b == strand.id);
        touching.map(|bond| bond.time).min().unwrap_or(made).min(made)
    }

    pub(super) fn place(&self, strand: StrandId) -> Option<usize> {
        self.strands.binary_search_by_key(&strand, |own| own.id).ok()
    }

    /// When the two strands were linked at the earliest, if they were, and the tie among links of that time.
    pub fn linked(&self, own: StrandId, other: StrandId) -> Option<(Timestamp, u64)> {
        let near = self.place(own)?;
        let Some(far) = self.place(other) else {
            let dropped =
                self.rare.as_ref()?.dropped.iter().find(|link| link.near == own && link.far == other)?;
            return Some((dropped.time, dropped.tie));
        };
        let (a, b) = (near.min(far) as u16, near.max(far) as u16);
        let place = self.links.binary_search_by_key(&(a, b), |link| (link.a, link.b)).ok()?;
        Some((self.links[place].time, self.links[place].tie))
    }

    /// All links that touch the customer, kept and dropped.
    pub(super) fn bonds(&self) -> impl Iterator<Item = Bond> {
        let id = |place: u16| self.strands[usize::from(place)].id;
        let kept = self.links.iter().map(move |l| Bond::new(id(l.a), id(l.b), l.time, l.tie, l.source));
        let dropped = self.dropped().iter().map(|l| Bond::new(l.near, l.far, l.time, l.tie, l.source));
        kept.chain(dropped)
    }

    pub(super) fn dropped(&self) -> &[Dropped] {
        self.rare.as_ref().map_or(&[], |rare| &rare.dropped)
    }

    pub(super) fn apart(&self) -> &[Apart] {
        self.rare.as_ref().map_or(&[], |rare| &rare.apart)
    }

    pub(super) fn lineage(&self) -> &[Lineage] {
        self.rare.as_ref().map_or(&[], |rare| &rare.lineage)
    }

    pub(super) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Gives the box back when nothing rare is left in it.
    pub(super) fn shed_rare(&mut self) {
        if self.rare.as_deref().is_some_and(|rare| *rare == Rare::default()) {
            self.rare = None;
        }
    }

    /// Adds a strand younger than all others; the caller knows that it is.
    pub(super) fn push_strand(&mut self, strand: Strand) {
        let mut strands = std::mem::take(&mut self.strands).into_vec();
        strands.reserve_exact(1);
        strands.push(strand);
        self.strands = strands.into_boxed_slice();
    }

    /// Records a link between two strands of the customer, or its earlier time.
    pub(super) fn put_link(&mut self, bond: Bond) {
        let (Some(a), Some(b)) = (self.place(bond.a), self.place(bond.b)) else { return };
        let link = Link {
            a: a.min(b) as u16,
            b: a.max(b) as u16,
            source: bond.source,
            time: bond.time,
            tie: bond.tie,
        };
        match self.links.binary_search_by_key(&(link.a, link.b), |own| (own.a, own.b)) {
            Ok(place) => {
                if (link.time, link.tie) < (self.links[place].time, self.links[place].tie) {
                    self.links[place] = link;
                }
            }
            Err(place) => {
                let mut links = std::mem::take(&mut self.links).into_vec();
                links.reserve_exact(1);
                links.insert(place, link);
                self.links = links.into_boxed_slice();
            }
        }
    }
}
