//! A customer's part: the promises made, the offers decided and what became of them, and what waits for the shard.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use model::{Currency, DecisionId, Note, OfferResponse, RunId, Seq, Span, StrandId, Timestamp};

use crate::decide::Decision;
use crate::encounters::Encounters;
use crate::funnel::{Goal, Met, Reached};
use crate::offers::{Counting, PerCustomer};
use crate::quote::{Quote, QuoteLine};

/// Quotes kept of one customer; those that have ended go first, and none that holds is let go for another.
pub(crate) const QUOTES_MAX: usize = 50;
/// Decisions kept of one customer. Limits count them, so what was accepted goes last, and of an offer that was decided
/// most often the first goes before those of others.
const DECIDED_MAX: usize = 200;
/// What a customer may have waiting at once.
const WANTED_MAX: usize = 100;
/// How long an expired quote can still be looked up.
const QUOTE_KEPT: Span = Span(90 * Span::DAY.0);

/// Everything `adapt` keeps of one customer. Each part knows its strand, so that customers can be joined and parted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Dealings {
    #[n(0)]
    quotes: Vec<Quote>,
    #[n(1)]
    decided: Vec<Decided>,
    #[n(2)]
    wanted: Vec<Wanted>,
    /// How far offers came with the customer.
    #[n(4)]
    #[cbor(default)]
    encounters: Encounters,
}

/// An offer that was chosen for the customer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Decided {
    #[n(0)]
    pub decision: DecisionId,
    #[n(1)]
    pub strand: StrandId,
    #[n(2)]
    pub offer: Box<str>,
    #[n(3)]
    pub placement: Box<str>,
    #[n(4)]
    pub time: Timestamp,
    /// What the customer did with it, each once, with when.
    #[n(5)]
    pub responses: Vec<(OfferResponse, Timestamp)>,
    /// For a limited offer that was accepted: whether there was one left.
    #[n(6)]
    pub taken: Option<bool>,
}

/// What only the shard can do, in the order of records, because it concerns what customers share.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Wanted {
    /// A journey waits for an offer to be chosen.
    #[n(0)]
    Choice {
        #[n(0)]
        since: Seq,
        #[n(1)]
        strand: StrandId,
        #[n(2)]
        run: RunId,
        #[n(3)]
        placement: Box<str>,
    },
    /// A limited offer was accepted.
    #[n(1)]
    Take {
        #[n(0)]
        since: Seq,
        #[n(1)]
        strand: StrandId,
        #[n(2)]
        decision: DecisionId,
        #[n(3)]
        offer: Box<str>,
    },
}

/// What became of an acceptance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Took<'a> {
    pub decision: DecisionId,
    pub offer: &'a str,
    pub granted: bool,
}

impl Decided {
    /// When the customer did it first.
    pub(crate) fn said(&self, response: OfferResponse) -> Option<Timestamp> {
        self.responses.iter().find(|(own, _)| *own == response).map(|(_, time)| *time)
    }

    /// When what a limit counts happened. An acceptance for which none was left does not count.
    pub(crate) fn counted(&self, counting: Counting) -> Option<Timestamp> {
        match counting {
            Counting::Decided => Some(self.time),
            Counting::Shown => self.said(OfferResponse::Shown),
            Counting::Accepted => self.said(OfferResponse::Accepted).filter(|_| self.taken != Some(false)),
        }
    }
}

/// What is limited about an offer that is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limited {
    /// For all customers together: the shard counts.
    pub total: bool,
    pub per_customer: Option<PerCustomer>,
}

impl Wanted {
    pub fn since(&self) -> Seq {
        match self {
            Self::Choice { since, .. } | Self::Take { since, .. } => *since,
        }
    }

    pub fn strand(&self) -> StrandId {
        match self {
            Self::Choice { strand, .. } | Self::Take { strand, .. } => *strand,
        }
    }
}

impl Dealings {
    pub fn is_empty(&self) -> bool {
        self.quotes.is_empty()
            && self.decided.is_empty()
            && self.wanted.is_empty()
            && self.encounters.is_empty()
    }

    /// The quotes that are kept, the expired ones of the last months too, oldest first.
    pub fn quotes(&self) -> &[Quote] {
        &self.quotes
    }

    pub fn decided(&self) -> &[Decided] {
        &self.decided
    }

    /// What waits longest.
    pub fn next_wanted(&self) -> Option<&Wanted> {
        self.wanted.first()
    }

    /// The kept promise for so many of a product. Promises in the currency that the customer pays in now come before
    /// those in others (who moved, or turned out to be two, may have both); of other currencies that of the last
    /// promise counts. Of several in one currency it is the lowest, and of those the first.
    pub fn quoted(
        &self,
        product: &str,
        quantity: u32,
        currency: Option<Currency>,
        now: Timestamp,
    ) -> Option<(&Quote, &QuoteLine)> {
        let kept = self.quotes.iter().filter(|quote| quote.made <= now && now < quote.until);
        let lines = kept.flat_map(|quote| quote.lines.iter().map(move |line| (quote, line)));
        let fit = lines.filter(|(_, line)| *line.product == *product && quantity <= line.quantity);
        let last = fit
            .clone()
            .max_by_key(|(quote, line)| (Some(line.unit.currency) == currency, quote.made, quote.id));
        let currency = last?.1.unit.currency;
        fit.filter(|(_, line)| line.unit.currency == currency)
            .min_by_key(|(quote, line)| (line.unit.amount, quote.made, quote.id))
    }

    /// Whether one more can be promised without letting another go that holds.
    pub(crate) fn has_room_for_quote(&self, now: Timestamp) -> bool {
        self.quotes.iter().filter(|kept| now < kept.until).count() < QUOTES_MAX
    }

    pub fn promise(&mut self, quote: Quote) {
        let now = quote.made;
        self.quotes.retain(|kept| now < kept.until + QUOTE_KEPT);
        if self.quotes.len() >= QUOTES_MAX {
            let ended = self.quotes.iter().enumerate().filter(|(_, kept)| kept.until <= now);
            let first = ended.min_by_key(|(_, kept)| (kept.until, kept.id)).map(|(at, _)| at);
            first.map(|at| self.quotes.remove(at));
        }
        self.quotes.push(quote);
    }

    /// Takes note of how far the offers of choices came with the customer.
    pub fn meet(&mut self, decisions: &[Decision], strand: StrandId, now: Timestamp) -> Vec<Met> {
        self.encounters.meet(decisions, strand, now)
    }

    /// What an event that happened at `time` led to.
    pub fn reach<'a>(
        &mut self,
        event: &str,
        time: Timestamp,
        goal: &dyn Fn(&str) -> Option<&'a Goal>,
    ) -> Vec<Reached> {
        self.encounters.reach(event, time, goal)
    }

    pub fn decide(&mut self, decided: Decided) {
        if self.decided.len() >= DECIDED_MAX {
            let mut times: BTreeMap<&str, usize> = BTreeMap::new();
            self.decided.iter().for_each(|own| *times.entry(&own.offer).or_default() += 1);
            let spare = |(place, own): &(usize, &Decided)| {
                let accepted = own.said(OfferResponse::Accepted).is_some();
                (accepted, Reverse(times[&*own.offer]), !own.responses.is_empty(), *place)
            };
            let first = self.decided.iter().enumerate().min_by_key(spare).map(|(place, _)| place);
            first.map(|place| self.decided.remove(place));
        }
        // Most customers have few; a list that grows by itself begins with room for four.
        if self.decided.len() < 4 {
            self.decided.reserve_exact(1);
        }
        self.decided.push(decided);
    }

    /// Whether the shard has something to do for the customer that it had not before.
    pub fn want(&mut self, wanted: Wanted) -> bool {
        let room = self.wanted.len() < WANTED_MAX;
        if room {
            self.wanted.push(wanted);
        }
        room
    }

    /// A choice that a run waited for was made.
    pub fn chosen(&mut self, run: RunId) {
        self.wanted.retain(|wanted| !matches!(wanted, Wanted::Choice { run: own, .. } if *own == run));
    }

    /// Takes note of a response. `limited` tells of an offer what is limited about it. An offer may have been chosen
    /// several times before it is accepted once: what is more than the customer may have is refused.
    pub fn respond(
        &mut self,
        said: (OfferResponse, Option<DecisionId>, Option<&str>),
        (seq, now): (Seq, Timestamp),
        limited: &dyn Fn(&str) -> Limited,
    ) -> Option<(StrandId, Vec<Note>)> {
        let (response, decision, offer) = said;
        let meant = |own: &&mut Decided| match (decision, offer) {
            (Some(decision), offer) => {
                own.decision == decision && offer.is_none_or(|offer| *own.offer == *offer)
            }
            (None, Some(offer)) => *own.offer == *offer,
            (None, None) => false,
        };
        let decided = self.decided.iter_mut().rev().find(meant)?;
        let (decision, offer, strand) = (decided.decision, decided.offer.clone(), decided.strand);
        let refused = decided.taken == Some(false);
        let again = decided.responses.iter().any(|(known, _)| *known == response);
        // Whoever accepted in vain may try again; everything else counts once.
        if again && !(response == OfferResponse::Accepted && refused) {
            return None;
        }
        if !again {
            decided.responses.push((response, now));
        }
        let mut notes = vec![Note::OfferAnswered { decision, offer: offer.clone(), response }];
        if response == OfferResponse::Accepted {
            let Limited { total, per_customer } = limited(&offer);
            decided.taken = None;
            let excess = per_customer.is_some_and(|limit| self.has_had(&offer, limit, Some(decision), now));
            if excess {
                let own = self.decided.iter_mut().find(|own| own.decision == decision);
                own.into_iter().for_each(|own| own.taken = Some(false));
                notes.push(Note::OfferTaken { decision, offer, granted: false });
            } else if total {
                self.want(Wanted::Take { since: seq, strand, decision, offer });
            }
        }
        Some((strand, notes))
    }

    /// Whether the customer has had an offer as often as it may, for acceptances other than that of `but`.
    fn has_had(&self, offer: &str, limit: PerCustomer, but: Option<DecisionId>, now: Timestamp) -> bool {
        limit.counting == Counting::Accepted && self.times_had(offer, limit, but, now) >= limit.times as usize
    }

    /// How often the customer has had an offer as its limit counts.
    pub(crate) fn times_had(
        &self,
        offer: &str,
        limit: PerCustomer,
        but: Option<DecisionId>,
        now: Timestamp,
    ) -> usize {
        let since = limit.within.map_or(Timestamp::MIN, |within| now - within);
        let counts = |own: &&Decided| {
            *own.offer == *offer
                && Some(own.decision) != but
                && own.counted(limit.counting).is_some_and(|time| time > since)
        };
        self.decided.iter().filter(counts).count()
    }

    /// The shard has said whether one was left.
    pub fn took(&mut self, took: &Took<'_>) -> Option<StrandId> {
        let own =
            |wanted: &Wanted| matches!(wanted, Wanted::Take { decision, .. } if *decision == took.decision);
        let strand = self.wanted.iter().find(|wanted| own(wanted)).map(Wanted::strand);
        self.wanted.retain(|wanted| !own(wanted));
        if let Some(decided) = self.decided.iter_mut().find(|decided| decided.decision == took.decision) {
            decided.taken = Some(took.granted);
        }
        strand
    }

    /// Splits off what belongs to `strands`, when they leave the customer.
    pub fn take(&mut self, strands: &[StrandId]) -> Self {
        let mut taken = Self::default();
        let leaves = |strand: StrandId| strands.contains(&strand);
        (taken.quotes, self.quotes) = self.quotes.drain(..).partition(|quote| leaves(quote.strand));
        (taken.decided, self.decided) = self.decided.drain(..).partition(|decided| leaves(decided.strand));
        (taken.wanted, self.wanted) = self.wanted.drain(..).partition(|wanted| leaves(wanted.strand()));
        taken.encounters = self.encounters.take(strands);
        taken
    }

    /// Takes in what was split off another customer.
    pub fn absorb(&mut self, other: Self) {
        self.quotes.extend(other.quotes);
        self.quotes.sort_by_key(|quote| (quote.made, quote.id));
        self.decided.extend(other.decided);
        self.decided.sort_by_key(|decided| decided.decision);
        self.wanted.extend(other.wanted);
        self.wanted.sort_by_key(Wanted::since);
        self.encounters.absorb(&other.encounters);
    }
}
