//! Prices and offers of a customer: what they come to, and what a step does with them.

use adapt::{
    Asked, Budgets, Decided, Decision, Limited, Priced, Quote, QuoteRequest, Reached, Took, Unquotable,
    Wanted,
};
use model::{CustomerId, Event, Note, OfferResponse, QuoteId, RunId, Seq, StrandId, Timestamp, Value};
use orchestrate::{AskedChoice, AskedQuote};
use recognize::Standing as InSegments;
use rules::Environment;

use crate::compile::Engine;
use crate::customer::Customer;
use crate::step::{Meta, Walk};

impl Engine {
    /// What one of a product costs the customer at time `now`, and why; nothing when it has no price then.
    pub fn price(&self, customer: &Customer, now: Timestamp, product: &str, quantity: u32) -> Option<Priced> {
        self.with_person(customer, now, |person| {
            self.adaptation().price(person, &customer.dealings, product, quantity)
        })
    }

    /// The promise that the record `meta` makes to the customer.
    pub fn quote(
        &self,
        customer: &Customer,
        meta: Meta,
        request: &QuoteRequest,
    ) -> Result<Quote, Unquotable> {
        let id = quote_id(meta.seq, customer.id, 0);
        self.quote_as(customer, meta.now, request, (id, customer.first_strand()))
    }

    /// Chooses offers for the customer; nothing changes by it.
    pub fn decide(&self, customer: &Customer, meta: Meta, budgets: &Budgets, asked: &Asked) -> Vec<Decision> {
        self.with_person(customer, meta.now, |person| {
            let who = (customer.id, meta.seq);
            let complaints = self.open_complaints(customer, meta.now);
            self.adaptation().decide(who, person, &customer.dealings, budgets, &complaints, asked)
        })
    }

    fn quote_as(
        &self,
        customer: &Customer,
        now: Timestamp,
        request: &QuoteRequest,
        (id, strand): (QuoteId, StrandId),
    ) -> Result<Quote, Unquotable> {
        self.with_person(customer, now, |person| {
            self.adaptation().quote(person, &customer.dealings, request, (id, strand))
        })
    }

    /// The customer as prices and offers see it: no event, no channel.
    pub(crate) fn with_person<T>(
        &self,
        customer: &Customer,
        now: Timestamp,
        read: impl FnOnce(&dyn Environment) -> T,
    ) -> T {
        self.with_view(customer, now, |view| {
            read(&InSegments { view: *view, membership: &customer.membership })
        })
    }
}

impl Walk<'_> {
    pub fn promise(&mut self, quote: Quote, run: Option<RunId>) {
        let (strand, until) = (quote.strand, quote.until);
        let note = Note::QuoteMade { quote: quote.id, total: quote.total, until, run };
        self.customer.dealings.promise(quote);
        self.write(strand, self.meta.now, note);
    }

    /// Takes note of choices; the run that waited for one goes on with it.
    pub fn decided(&mut self, decisions: &[Decision], strand: StrandId, run: Option<RunId>) {
        self.step.met.extend(self.customer.dealings.meet(decisions, strand, self.meta.now));
        for decision in decisions {
            self.write(strand, self.meta.now, decision.note(run));
            if let Some(offer) = &decision.chosen {
                self.customer.dealings.decide(Decided {
                    decision: decision.id,
                    strand,
                    offer: offer.into(),
                    placement: decision.placement.clone(),
                    time: self.meta.now,
                    responses: Vec::new(),
                    taken: None,
                });
            }
        }
        let Some(run) = run else { return };
        self.customer.dealings.chosen(run);
        if let Some(decision) = decisions.first() {
            let value = self.offered(decision);
            self.advance(orchestrate::Input::Provided { run, value: &value }, None, false, 0);
        }
    }

    pub fn took(&mut self, took: &Took<'_>) {
        let strand = self.customer.dealings.took(took).unwrap_or(self.customer.first_strand());
        let note =
            Note::OfferTaken { decision: took.decision, offer: took.offer.into(), granted: took.granted };
        self.write(strand, self.meta.now, note);
    }

    /// What an event says about an offer.
    pub fn respond(&mut self, event: &Event) {
        let Some(response) = OfferResponse::of_event(&event.name) else { return };
        let decision = event.property("decision").as_text().and_then(|text| text.parse().ok());
        let offer = event.property("offer");
        let limited = |name: &str| {
            let offer = self.engine.adaptation().offer(name);
            offer.map_or(Limited::default(), |offer| Limited {
                total: offer.total.is_some(),
                per_customer: offer.per_customer,
            })
        };
        let (seq, now) = (self.meta.seq, self.meta.now);
        let said = (response, decision, offer.as_text());
        if let Some((strand, notes)) = self.customer.dealings.respond(said, (seq, now), &limited) {
            notes.into_iter().for_each(|note| self.write(strand, now, note));
        }
    }

    /// What an event led to that offers are made for.
    pub fn reach_goals(&mut self, event: &Event) {
        let adaptation = self.engine.adaptation();
        if !adaptation.is_goal(&event.name) {
            return;
        }
        let goal = |offer: &str| adaptation.offer(offer)?.goal.as_ref();
        for reached in self.customer.dealings.reach(&event.name, event.stamp.time, &goal) {
            let Reached { offer, strand, held_out } = reached;
            self.write(strand, event.stamp.time, Note::OfferGoalReached { offer, held_out });
        }
    }

    /// A run asked for prices: they are promised at once, and it goes on with them.
    pub fn quote(&mut self, asked: AskedQuote, depth: u8) {
        let id = quote_id(self.meta.seq, self.customer.id, self.ordinals.next());
        let AskedQuote { strand, run, items, valid } = asked;
        let request = QuoteRequest { items, valid };
        let value = match self.engine.quote_as(self.customer, self.meta.now, &request, (id, strand)) {
            Ok(quote) => {
                let value = promised(&quote);
                self.promise(quote, Some(run));
                value
            }
            Err(why) => Value::Map(Box::new([("problem".into(), Value::text(why.to_string()))])),
        };
        self.advance(orchestrate::Input::Provided { run, value: &value }, None, false, depth);
    }

    /// A run asked for an offer: the shard chooses, in the order of records.
    pub fn choose(&mut self, asked: AskedChoice) {
        let AskedChoice { strand, run, placement } = asked;
        self.customer.dealings.want(Wanted::Choice { since: self.meta.seq, strand, run, placement });
    }

    /// A choice as a journey sees it.
    fn offered(&self, decision: &Decision) -> Value {
        let chosen = decision.chosen.as_deref();
        let offer = chosen.and_then(|name| self.engine.adaptation().offer(name));
        let text = |text: &str| Value::text(text);
        let content = offer
            .iter()
            .flat_map(|offer| &offer.content)
            .map(|(name, value)| (name.as_str().into(), text(value)));
        Value::Map(Box::new([
            ("offer".into(), chosen.map_or(Value::Null, text)),
            ("title".into(), offer.map_or(Value::Null, |offer| text(&offer.title))),
            ("decision".into(), text(&decision.id.to_string())),
            ("content".into(), Value::Map(content.collect())),
        ]))
    }
}

/// A quote as a journey sees it.
fn promised(quote: &Quote) -> Value {
    let line = |line: &adapt::QuoteLine| {
        Value::Map(Box::new([
            ("product".into(), Value::text(line.product.clone())),
            ("name".into(), Value::text(line.name.clone())),
            ("quantity".into(), Value::Int(i64::from(line.quantity))),
            ("unit".into(), Value::Money(line.unit)),
        ]))
    };
    Value::Map(Box::new([
        ("id".into(), Value::text(quote.id.to_string())),
        ("total".into(), Value::Money(quote.total)),
        ("until".into(), Value::Time(quote.until)),
        ("lines".into(), Value::List(quote.lines.iter().map(line).collect())),
    ]))
}

/// A number for a quote. A tick makes them for many customers under one sequence number, so the parts are mixed.
fn quote_id(seq: Seq, customer: CustomerId, ordinal: u16) -> QuoteId {
    QuoteId(orchestrate::mixed([seq.0, customer.0, u64::from(ordinal)]))
}
