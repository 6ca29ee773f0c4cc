//! Prices and offers: customers and staff ask for quotes and choices, do something with what was chosen, and come back
//! with old quotes; and what is promised about them.

use std::collections::BTreeMap;

use adapt::{Asked, Decision, Quote, QuoteLine, QuoteRequest};
use channels::links::Links;
use channels::signing::Signer;
use engine::Meta;
use model::{Currency, CustomerId, DecisionId, OfferResponse, QuoteId, Seq, Span, StrandId, Timestamp};
use shard::{Done, Order};

use crate::catalogue;
use crate::crowd::{PRODUCTS, RESPONSES};
use crate::promises::Breach;
use crate::world::{Halt, World};

const HONOURED: &str = "a quote is honoured until it ends, whatever was published since";
const GENUINE: &str = "a quote that is forged or altered is refused";
const EVERYWHERE: &str =
    "the same customer, products and moment have the same prices and offers on every channel";
const PROBABLE: &str = "a choice is recorded with how probable it was";
const FOR_ONE: &str = "a customer has an offer no more often than it says";
const FOR_ALL: &str = "all customers together have no more of an offer than there are";

const PLACEMENTS: [&str; 3] = ["home", "agent", "chat"];
/// Probabilities are recorded in millionths.
const CERTAIN: u64 = 1_000_000;

/// What the outside was promised and offered.
#[derive(Default)]
pub(crate) struct Deals {
    /// Durable quotes, each with how it was signed.
    quotes: BTreeMap<QuoteId, (Quote, String)>,
    /// Choices that somebody was told.
    chosen: Vec<(DecisionId, Box<str>)>,
    /// A full disk or a crash kept a choice, an entry or one of a limited offer waiting.
    pub came_late: bool,
    /// How many of the limited offer those had who were erased.
    pub taken_by_erased: u64,
}

impl World {
    /// Somebody asks for prices or offers, does something with an offer, or looks whether a promise holds.
    pub fn deal(&mut self) -> Result<(), Halt> {
        match self.random.below(10) {
            0..=2 => self.ask_for_quote(),
            3..=5 => self.ask_for_offers(),
            6..=7 => self.respond(),
            8 => self.deals_are_kept(),
            _ => self.channels_agree(),
        }
    }

    fn ask_for_quote(&mut self) -> Result<(), Halt> {
        let Some(customer) = self.somebody()? else { return Ok(()) };
        let item = |world: &mut Self| {
            let product = (*world.random.pick(&PRODUCTS)).into();
            (product, 1 + world.random.below(4) as u32)
        };
        let items = (0..1 + self.random.below(2)).map(|_| item(self)).collect();
        let valid = self.random.chance(60).then(|| Span(self.random.between(1, 20 * Span::DAY.0)));
        let request = QuoteRequest { items, valid };
        self.order(Order::Quote { by: "somebody".into(), customer, request }).map(|_| ())
    }

    fn ask_for_offers(&mut self) -> Result<(), Halt> {
        let Some(customer) = self.somebody()? else { return Ok(()) };
        let mut placements: Vec<Box<str>> = PLACEMENTS.iter().map(|name| (*name).into()).collect();
        self.random.shuffle(&mut placements);
        placements.truncate(1 + self.random.index(placements.len()));
        let asked = Asked { placements, run: None };
        let done = self.order(Order::Decide { by: "somebody".into(), customer, asked })?;
        let Some(Done::Decided(decisions)) = done else { return Ok(()) };
        for decision in &decisions {
            self.is_probable(decision)?;
            self.spares_complainers(customer, decision)?;
            if let Some(offer) = &decision.chosen {
                *self.counts.entry("offers chosen").or_default() += 1;
                self.deals.chosen.push((decision.id, offer.into()));
            }
        }
        Ok(())
    }

    /// A customer shows, clicks, takes or declines what was chosen for it, by the decision's own number, on whatever channel.
    fn respond(&mut self) -> Result<(), Halt> {
        let Some(customer) = self.somebody()? else { return Ok(()) };
        let held = self.shard().view().customer(customer)?.map(|held| held.dealings.decided().to_vec());
        let decided = held.unwrap_or_default();
        if decided.is_empty() {
            return Ok(());
        }
        let chosen = self.random.pick(&decided).decision;
        let name = *self.random.pick(&RESPONSES);
        let properties = format!(r#""decision":"{chosen}""#);
        let Some(pick) = self.event_of(customer, name, &properties)? else { return Ok(()) };
        *self.counts.entry("answers to offers").or_default() += 1;
        self.send(&[pick])
    }

    /// An event of somebody who is known, on a channel by chance, under an identifier by which it is known.
    pub fn event_of(
        &mut self,
        customer: CustomerId,
        name: &str,
        properties: &str,
    ) -> Result<Option<usize>, Halt> {
        let now = self.now;
        let engine = self.shard().view().engine().clone();
        let known = self
            .shard()
            .view()
            .customer(customer)?
            .map(|held| engine.describe(held, now).profile.identifiers);
        let known = known.unwrap_or_default();
        if known.is_empty() {
            return Ok(None);
        }
        let own = self.random.pick(&known);
        let identifiers = format!(r#""{}":"{}""#, own.namespace, own.value);
        let sent = self.crowd.says_of(&mut self.random, now, &identifiers, name, properties);
        self.sent.push(sent);
        Ok(Some(self.sent.len() - 1))
    }

    /// Whatever waits for the shard is done in the same order, unless something keeps it from that.
    pub fn look_for_late_choices(&mut self) {
        let view = self.shard.as_mut().expect("a step begins with an open shard").view();
        self.deals.came_late |= view.gauges().get("choices_waiting").is_some_and(|waiting| *waiting > 0);
    }

    /// What became durable is promised.
    pub fn promised(&mut self, quote: &Quote) {
        let signature = links().sign_quote(&quote.canonical());
        self.deals.quotes.insert(quote.id, (quote.clone(), signature));
    }

    /// Whoever is erased takes its promises along; what it had of a limited offer stays gone.
    pub fn deals_erased(&mut self, strands: &[StrandId], taken: u64) {
        self.deals.quotes.retain(|_, (quote, _)| !strands.contains(&quote.strand));
        self.deals.taken_by_erased += taken;
    }

    /// How many of the limited offer a customer has.
    pub fn taken_by(&mut self, customer: CustomerId) -> Result<u64, Halt> {
        let mut view = self.shard().view();
        let held = view.customer(customer)?;
        let taken = |held: &engine::Customer| {
            held.dealings.decided().iter().filter(|own| own.taken == Some(true)).count() as u64
        };
        Ok(held.map_or(0, taken))
    }

    /// Looks at every promise about prices and offers.
    pub fn deals_are_kept(&mut self) -> Result<(), Halt> {
        self.note("looks at deals", format_args!("prices and offers are looked at"));
        let quotes: Vec<(Quote, String)> = self.deals.quotes.values().cloned().collect();
        for (quote, signature) in &quotes {
            self.quote_is_kept(quote, signature)?;
        }
        let mut taken = 0;
        for customer in self.shard().view().customers_after(None, usize::MAX)? {
            taken += self.taken_by(customer)?;
            self.nobody_has_more(customer)?;
        }
        self.none_too_many(taken)
    }

    fn quote_is_kept(&mut self, quote: &Quote, signature: &str) -> Result<(), Halt> {
        let broken = |detail: String| Halt::from(Breach::new(HONOURED, format!("{}: {detail}", quote.id)));
        let time = self.shard().view().time().max(self.now);
        let engine = self.shard().view().engine().clone();
        let mut view = self.shard().view();
        let Some(held) = view.customer(CustomerId(quote.strand.0))? else {
            return Err(broken("its customer is gone".into()));
        };
        if time >= quote.until {
            *self.counts.entry("quotes that ended").or_default() += 1;
            return Ok(());
        }
        let Some(kept) = held.dealings.quotes().iter().find(|own| own.id == quote.id) else {
            return Err(broken("it is not there any more".into()));
        };
        if kept != quote || !links().is_quote_signature(&kept.canonical(), signature) {
            return Err(broken(format!("it was {quote:?} and is {kept:?}")));
        }
        let mut in_two_currencies = 0;
        for line in &quote.lines {
            let priced = engine.price(held, time, &line.product, line.quantity);
            let today = priced.as_ref().map(|priced| priced.unit.currency);
            if today != Some(line.unit.currency) && is_promised(held.dealings.quotes(), line, today, time) {
                in_two_currencies += 1;
                continue;
            }
            let honoured = priced.as_ref().is_some_and(|priced| {
                priced.unit.currency == line.unit.currency && priced.unit.amount <= line.unit.amount
            });
            if !honoured {
                return Err(broken(format!("{:?} is {priced:?}", line)));
            }
        }
        self.is_genuine(quote, signature)?;
        *self.counts.entry("quotes in two currencies").or_default() += in_two_currencies;
        *self.counts.entry("quotes honoured").or_default() += 1;
        Ok(())
    }

    /// Whoever changes anything of a quote, or shows it with the signature of another, is found out.
    fn is_genuine(&mut self, quote: &Quote, signature: &str) -> Result<(), Halt> {
        let mut altered = quote.clone();
        match self.random.below(6) {
            0 => altered.until = altered.until + Span(self.random.between(1, 1_000)),
            1 => {
                altered.lines[0].unit.amount = altered.lines[0].unit.amount.saturating_sub(quote.total.amount)
            }
            2 => altered.lines[0].quantity += 1,
            3 => altered.strand = StrandId(quote.strand.0 + 1),
            4 => altered.id = QuoteId(quote.id.0 ^ (1 << self.random.below(40))),
            _ => altered.total.amount = altered.total.amount.saturating_add(quote.total.amount),
        }
        let others = self.deals.quotes.values().find(|(other, _)| other.id != quote.id);
        let foreign = others.is_some_and(|(_, other)| links().is_quote_signature(&quote.canonical(), other));
        if altered != *quote && links().is_quote_signature(&altered.canonical(), signature) || foreign {
            return Err(Breach::new(GENUINE, format!("{altered:?} passes for {quote:?}")).into());
        }
        Ok(())
    }

    /// The probabilities of all choices there were come to one. The best has what exploring leaves, and its share.
    fn is_probable(&mut self, decision: &Decision) -> Result<(), Halt> {
        let ranked = decision.candidates.iter().filter(|own| own.score.is_some()).count() as u64;
        let probability = u64::from(decision.probability);
        let best = decision.candidates.first().filter(|_| ranked > 0).map(|own| &own.offer);
        let explored = catalogue::EXPLORE_PERCENT * CERTAIN / 100;
        let expected = match &decision.chosen {
            None if ranked == 0 || decision.control => CERTAIN,
            chosen if chosen.is_some() && chosen.as_ref() == best => {
                CERTAIN - (ranked - 1) * (explored / ranked)
            }
            Some(_) => explored / ranked,
            None => 0,
        };
        if probability != expected
            || (decision.chosen.as_ref() != best && !decision.explored && !decision.control)
        {
            let detail = format!("of {ranked} with {expected}: {decision:?}");
            return Err(Breach::new(PROBABLE, detail).into());
        }
        Ok(())
    }

    /// Limits of one customer. A decision stays with its strand, whatever becomes of the customer, and whoever has the
    /// strand is counted all that was decided for it; so the decisions of one strand never exceed a limit. Two customers
    /// who turn out to be one may have had an offer once each before.
    fn nobody_has_more(&mut self, customer: CustomerId) -> Result<(), Halt> {
        let decided = {
            let mut view = self.shard().view();
            view.customer(customer)?.map(|held| held.dealings.decided().to_vec()).unwrap_or_default()
        };
        let mut accepted: BTreeMap<StrandId, u32> = BTreeMap::new();
        let mut daily: BTreeMap<StrandId, Timestamp> = BTreeMap::new();
        for own in &decided {
            let took = own.taken != Some(false)
                && own.responses.iter().any(|(response, _)| *response == OfferResponse::Accepted);
            if &*own.offer == "voucher" && took {
                *accepted.entry(own.strand).or_default() += 1;
            }
            if &*own.offer == "daily"
                && let Some(before) = daily.insert(own.strand, own.time)
                && own.time.since(before) < Span::DAY
            {
                let detail = format!("{customer} got the offer of the day at {before} and at {}", own.time);
                return Err(Breach::new(FOR_ONE, detail).into());
            }
        }
        *self.counts.entry("vouchers accepted").or_default() +=
            accepted.values().map(|own| u64::from(*own)).sum::<u64>();
        match accepted.iter().find(|(_, count)| **count > 1) {
            Some((strand, count)) => {
                let detail = format!("{customer} took {count} vouchers with {strand}");
                Err(Breach::new(FOR_ONE, detail).into())
            }
            None => Ok(()),
        }
    }

    /// The limit of all customers together. What an erased customer had is gone; an unmerge gives nothing back.
    fn none_too_many(&mut self, taken: u64) -> Result<(), Halt> {
        let view = self.shard().view();
        let time = view.time();
        let budget = view.books().budgets.of("lamp").cloned().unwrap_or_default();
        let counted = taken + self.deals.taken_by_erased;
        if budget.taken != counted || budget.taken + budget.held(time) > catalogue::LAMPS {
            let detail = format!(
                "{} lamps are taken and {} held back, of {}; customers have {counted}",
                budget.taken,
                budget.held(time),
                catalogue::LAMPS
            );
            return Err(Breach::new(FOR_ALL, detail).into());
        }
        Ok(())
    }

    /// Somebody comes by on every channel at one moment, and asks for the same.
    fn channels_agree(&mut self) -> Result<(), Halt> {
        let Some(customer) = self.somebody()? else { return Ok(()) };
        if self.shard().is_stalled() {
            return Ok(());
        }
        let mut first = None;
        for _ in 0..3 {
            let Some(pick) = self.event_of(customer, "Glanced", "")? else { return Ok(()) };
            self.send(&[pick])?;
            let Some(sees) = self.sees(customer)? else { return Ok(()) };
            *self.counts.entry("prices compared").or_default() += 1;
            match &first {
                Some(other) if *other != sees => {
                    let detail = format!("{customer} sees {other} on one channel, {sees} on another");
                    return Err(Breach::new(EVERYWHERE, detail).into());
                }
                Some(_) => {}
                None => first = Some(sees),
            }
        }
        Ok(())
    }

    /// Every price and offer for a customer.
    fn sees(&mut self, customer: CustomerId) -> Result<Option<String>, Halt> {
        let engine = self.shard().view().engine().clone();
        let now = self.now;
        let mut view = self.shard().view();
        let Some((held, books)) = view.customer_and_books(customer)? else { return Ok(None) };
        let prices: Vec<_> = PRODUCTS.iter().map(|product| engine.price(held, now, product, 3)).collect();
        // A choice that explores differs from record to record; the candidates do not.
        let asked = Asked { placements: PLACEMENTS.iter().map(|name| (*name).into()).collect(), run: None };
        let decisions = engine.decide(held, Meta { seq: Seq(1), now }, &books.budgets, &asked);
        Ok(Some(format!("{prices:?} {decisions:?}")))
    }

    /// Nothing is promoted to whoever complains.
    fn spares_complainers(&mut self, customer: CustomerId, decision: &Decision) -> Result<(), Halt> {
        let promoted =
            decision.chosen.as_deref().is_some_and(|offer| catalogue::PROMOTIONAL.contains(&offer));
        if promoted && self.complains(customer, None)?.is_some() {
            let detail = format!("{:?} was chosen for {customer}, who complains", decision.chosen);
            return Err(Breach::new("nothing is promoted while a complaint is open", detail).into());
        }
        Ok(())
    }
}

/// Whether as many of a product are promised in the currency of today too: who moved, or turned out to be two, may hold
/// promises in two currencies, and those in today's come first.
fn is_promised(quotes: &[Quote], line: &QuoteLine, today: Option<Currency>, now: Timestamp) -> bool {
    let kept = quotes.iter().filter(|other| now < other.until);
    kept.flat_map(|other| &other.lines).any(|own| {
        own.product == line.product && line.quantity <= own.quantity && today == Some(own.unit.currency)
    })
}

/// The workspace's signatures.
fn links() -> Links {
    let url: url::Url = "https://shop.example".parse().expect("it is a URL");
    Links::new(Signer::new(&[9; 32]), url.clone(), url)
}
