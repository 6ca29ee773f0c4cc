//! A customer: a group of strands, with everything the capabilities know about them.

use adapt::{Dealings, Wanted};
use minicbor::{Decode, Encode};
use model::{Channel, CustomerId, RunId, Seq, StrandId, Timestamp};
use orchestrate::{Knock, Progress, Run};
use protect::Consents;
use recognize::{Facts, IdentityGraph, Membership};

use crate::outbox::Outbox;
use crate::thread::Tail;

/// Everything derived about one customer. Each part knows which strand it came by, so that customers can be
/// joined and folded apart.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Customer {
    #[n(0)]
    pub id: CustomerId,
    #[n(1)]
    pub graph: IdentityGraph,
    /// Sorted by id. Strands of the graph that no event belongs to have no entry.
    #[n(2)]
    strands: Vec<Strand>,
    #[n(3)]
    pub membership: Membership,
    #[n(4)]
    pub progress: Progress,
    #[n(5)]
    pub consents: Consents,
    #[n(6)]
    pub outbox: Outbox,
    /// When the shard looks at the customer next.
    #[n(7)]
    pub scheduled: Option<Timestamp>,
    /// Customers with strands that were of one customer with strands of this one, directly. Kept so that an
    /// erasure knows whose state its events may have shaped.
    #[n(8)]
    #[cbor(default)]
    pub kin: Box<[CustomerId]>,
    #[n(9)]
    #[cbor(default)]
    pub dealings: Dealings,
}

/// What came in under one identifier.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Strand {
    #[n(0)]
    pub id: StrandId,
    #[n(1)]
    pub facts: Facts,
    #[n(2)]
    pub tail: Tail,
    /// Chunks of the thread index that were moved out of the tail.
    #[n(3)]
    pub chunks: u32,
    #[n(4)]
    pub events: u64,
    #[n(5)]
    pub first: Timestamp,
    #[n(6)]
    pub last: Timestamp,
    /// The channel of the last event.
    #[n(7)]
    pub channel: Channel,
}

/// Where a run under way stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub run: RunId,
    pub journey: Box<str>,
    pub step: Box<str>,
    /// Whether it is one of the ways that a run goes at once, rather than a run of its own.
    pub arm: bool,
}

/// What only the shard can do for a customer, in the order of records, because it concerns what customers share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Waits<'a> {
    /// To come into a journey with a cap.
    AtDoor(&'a Knock),
    /// For an offer to be chosen or taken.
    ForOffer(&'a Wanted),
}

impl Waits<'_> {
    pub fn since(&self) -> Seq {
        match self {
            Self::AtDoor(knock) => knock.since,
            Self::ForOffer(wanted) => wanted.since(),
        }
    }
}

/// Where the customer's runs under way stand.
pub fn standings(customer: &Customer) -> Vec<Standing> {
    let standing = |run: &Run| Standing {
        run: run.id,
        journey: run.journey.clone(),
        step: run.step.clone(),
        arm: run.is_arm(),
    };
    customer.progress.under_way().map(standing).collect()
}

impl Customer {
    pub fn new(id: CustomerId) -> Self {
        Self {
            id,
            graph: IdentityGraph::default(),
            strands: Vec::new(),
            membership: Membership::default(),
            progress: Progress::default(),
            consents: Consents::default(),
            outbox: Outbox::default(),
            scheduled: None,
            kin: Box::default(),
            dealings: Dealings::default(),
        }
    }

    /// The strand the customer began with; it stays with the customer for as long as the customer exists.
    pub fn first_strand(&self) -> StrandId {
        StrandId(self.id.0)
    }

    pub fn strands(&self) -> &[Strand] {
        &self.strands
    }

    /// The strand, begun when this is its first event or note.
    pub fn strand_mut(&mut self, id: StrandId) -> &mut Strand {
        let index = match self.strands.binary_search_by_key(&id, |strand| strand.id) {
            Ok(index) => index,
            Err(index) => {
                self.strands.reserve_exact(1);
                self.strands.insert(index, Strand::new(id));
                index
            }
        };
        &mut self.strands[index]
    }

    pub(crate) fn strands_mut(&mut self) -> &mut [Strand] {
        &mut self.strands
    }

    /// Splits off what belongs to `strands`, when they leave this customer. The graph is the resolver's to change.
    pub fn take(&mut self, strands: &[StrandId]) -> Self {
        let (taken, kept) = self.strands.drain(..).partition(|strand| strands.contains(&strand.id));
        self.strands = kept;
        self.membership.look_again();
        let mut part = Self {
            strands: taken,
            progress: self.progress.take(strands),
            consents: self.consents.take(strands),
            outbox: self.outbox.take(strands),
            dealings: self.dealings.take(strands),
            ..Self::new(self.id)
        };
        for side in [self, &mut part] {
            side.plan_if_known();
        }
        part
    }

    /// Schedules are for customers of whom something is known to have happened.
    fn plan_if_known(&mut self) {
        if self.events() == 0 {
            self.progress.drop_plan();
        }
    }

    /// Takes in what was split off another customer.
    pub fn absorb(&mut self, part: Self) {
        self.strands.extend(part.strands);
        self.strands.sort_by_key(|strand| strand.id);
        self.membership.look_again();
        self.progress.absorb(part.progress);
        self.consents.absorb(part.consents);
        self.outbox.absorb(part.outbox);
        self.dealings.absorb(part.dealings);
    }

    /// What waits longest for the shard.
    pub fn waits(&self) -> Option<Waits<'_>> {
        let knock = self.progress.knocks().next().map(Waits::AtDoor);
        let wanted = self.dealings.next_wanted().map(Waits::ForOffer);
        knock.into_iter().chain(wanted).min_by_key(Waits::since)
    }

    pub fn events(&self) -> u64 {
        self.strands.iter().map(|strand| strand.events).sum()
    }

    pub fn first_seen(&self) -> Option<Timestamp> {
        self.with_events().map(|strand| strand.first).min()
    }

    pub fn last_seen(&self) -> Option<Timestamp> {
        self.with_events().map(|strand| strand.last).max()
    }

    /// The channel of the latest event.
    pub fn last_channel(&self) -> Option<&Channel> {
        self.with_events().max_by_key(|strand| strand.last).map(|strand| &strand.channel)
    }

    fn with_events(&self) -> impl Iterator<Item = &Strand> {
        self.strands.iter().filter(|strand| strand.events > 0)
    }
}

impl Strand {
    fn new(id: StrandId) -> Self {
        Self {
            id,
            facts: Facts::default(),
            tail: Tail::default(),
            chunks: 0,
            events: 0,
            first: Timestamp::MAX,
            last: Timestamp::MIN,
            channel: Channel::SERVER,
        }
    }

    /// Counts an event of the strand.
    pub(crate) fn count(&mut self, time: Timestamp, channel: &Channel) {
        self.events += 1;
        self.first = self.first.min(time);
        if time >= self.last {
            self.last = time;
            self.channel.clone_from(channel);
        }
    }
}
