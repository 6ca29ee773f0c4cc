//! `POST /v1/context`.

use std::collections::BTreeMap;
use std::sync::Arc;

use adapt::{Applied, Asked, Budgets, Dealings, Decision, Priced, QuoteRequest};
use axum::Json;
use channels::links::Links;
use engine::{Customer, Engine, Meta};
use model::{CustomerId, Timestamp};
use orchestrate::{OpenQuestion, where_now};
use recognize::Claim;
use shard::{Done, LocalTurn, Order};

use super::super::orders::orders;
use super::quotes::quote_view;
use super::shapes::{
    AppliedRule, Context, ContextChoice, ContextConversation, ContextJourney, ContextOffer, ContextPrice,
    ContextProfile, ContextQuery, ContextQuestion, ProductAsked,
};
use super::who::{ASKED_MAX, Who, channel};
use crate::access::{Engage, Needs, Permission};
use crate::problem::Problem;
use crate::state::now;

pub async fn get_context(
    caller: Needs<Engage>,
    Json(query): Json<ContextQuery>,
) -> Result<Json<Context>, Problem> {
    channel(&query.channel)?;
    check(&query)?;
    let claims = Who { workspace: &caller.workspace, identifiers: &query.identifiers }.claims()?;
    let asker = Asker {
        by: caller.token.name.clone(),
        personal: caller.token.permissions.contains(&Permission::CustomersRead),
        engine: caller.workspace.handle.engine(),
        links: caller.workspace.links.clone(),
    };
    caller.workspace.handle.turn(move |turn| asker.ask(turn, &claims, &query)).await?.map(Json)
}

/// Who asks, and by what it is answered.
struct Asker {
    by: String,
    /// Whether they may see who the customer is.
    personal: bool,
    engine: Arc<Engine>,
    links: Links,
}

impl Asker {
    fn ask(
        &self,
        turn: &mut LocalTurn<'_>,
        claims: &[Claim],
        query: &ContextQuery,
    ) -> Result<Context, Problem> {
        let found = turn.view().find_any(claims)?;
        let recorded = match found {
            Some(customer) => self.record(turn, customer, query)?,
            None => Vec::new(),
        };
        let mut view = turn.view();
        let (nobody, nothing) = (Customer::new(CustomerId(0)), Budgets::default());
        let (time, seq) = (view.time().max(now()), view.last_seq());
        let held = match found {
            Some(id) => view.customer_and_books(id)?,
            None => None,
        };
        let (customer, budgets) = match &held {
            Some((customer, books)) => (*customer, &books.budgets),
            None => (&nobody, &nothing),
        };
        let engine = &*self.engine;
        let offers: Vec<ContextOffer> = if recorded.is_empty() {
            let asked = Asked { placements: placements(query), run: None };
            let decisions = engine.decide(customer, Meta { seq, now: time }, budgets, &asked);
            decisions.iter().map(|decision| offer(engine, decision, false)).collect()
        } else {
            recorded.iter().map(|decision| offer(engine, decision, true)).collect()
        };
        let quotes = kept(&customer.dealings, time).map(|quote| quote_view(quote, &self.links));
        Ok(Context {
            customer: held.as_ref().map(|(customer, _)| customer.id.to_string()),
            time,
            catalogue_version: engine.version(),
            profile: held
                .as_ref()
                .filter(|_| self.personal)
                .map(|(customer, _)| profile(engine, customer, time)),
            segments: engine.segments_of(customer).into_iter().map(Into::into).collect(),
            journeys: journeys(engine, customer, time),
            conversations: conversations(customer),
            offers,
            prices: query.products.iter().map(|asked| price(engine, customer, time, asked)).collect(),
            service: held.as_ref().filter(|_| self.personal).map(|(customer, _)| {
                let waits = engine.held_for_complaint(customer, time).map(|reason| reason.sentence());
                orders(engine.service(customer, time), waits)
            }),
            quotes: quotes.collect(),
        })
    }

    /// Records what is to be recorded: a promise of the prices, and the choice of offers.
    fn record(
        &self,
        turn: &mut LocalTurn<'_>,
        customer: CustomerId,
        query: &ContextQuery,
    ) -> Result<Vec<Decision>, Problem> {
        if query.quote && !query.products.is_empty() {
            let items =
                query.products.iter().map(|item| (item.product.as_str().into(), item.quantity)).collect();
            let request = QuoteRequest { items, valid: None };
            turn.order(Order::Quote { by: self.by.clone(), customer, request })?;
        }
        if !query.record || query.placements.is_empty() {
            return Ok(Vec::new());
        }
        let asked = Asked { placements: placements(query), run: None };
        match turn.order(Order::Decide { by: self.by.clone(), customer, asked })? {
            Done::Decided(decisions) => Ok(decisions),
            _ => Err(Problem::conflict("nothing was decided")),
        }
    }
}

fn check(query: &ContextQuery) -> Result<(), Problem> {
    for (field, count) in [("placements", query.placements.len()), ("products", query.products.len())] {
        if count > ASKED_MAX {
            let detail = format!("`{field}` has {count} entries");
            return Err(Problem::invalid(field, detail, "ask for 100 at most"));
        }
    }
    Ok(())
}

fn placements(query: &ContextQuery) -> Vec<Box<str>> {
    query.placements.iter().map(|placement| placement.as_str().into()).collect()
}

fn offer(engine: &Engine, decision: &Decision, recorded: bool) -> ContextOffer {
    let chosen = decision.chosen.as_ref().and_then(|name| engine.adaptation().offer(name));
    ContextOffer {
        placement: decision.placement.to_string(),
        decision: recorded.then(|| decision.id.to_string()),
        offer: chosen.map(|offer| offer.name.to_string()),
        title: chosen.map(|offer| offer.title.to_string()),
        content: chosen.map(|offer| offer.content.clone()).unwrap_or_default(),
        probability: f64::from(decision.probability) / 1e6,
        control: decision.control,
    }
}

fn price(engine: &Engine, customer: &Customer, time: Timestamp, asked: &ProductAsked) -> ContextPrice {
    let ProductAsked { product, quantity } = asked;
    let Some(priced) = engine.price(customer, time, product, *quantity) else {
        return ContextPrice {
            product: product.clone(),
            known: false,
            name: None,
            quantity: *quantity,
            list: None,
            unit: None,
            total: None,
            because: Vec::new(),
            quote: None,
            until: None,
        };
    };
    let total = priced.total().to_string();
    let Priced { product, name, quantity, list, unit, applied, quote } = priced;
    ContextPrice {
        product: product.into(),
        known: true,
        name: Some(name.into()),
        quantity,
        list: Some(list.to_string()),
        unit: Some(unit.to_string()),
        total: Some(total),
        because: applied.into_iter().map(rule).collect(),
        quote: quote.map(|(id, _)| id.to_string()),
        until: quote.map(|(_, until)| until),
    }
}

fn rule(applied: Applied) -> AppliedRule {
    AppliedRule {
        table: applied.table.into(),
        title: applied.title.into(),
        rows: applied.rows.into_iter().map(|row| row as u32).collect(),
        because: applied.because.into_iter().map(Into::into).collect(),
        change: applied.change,
        before: applied.before.to_string(),
        after: applied.after.to_string(),
    }
}

fn kept(dealings: &Dealings, time: Timestamp) -> impl Iterator<Item = &adapt::Quote> {
    dealings.quotes().iter().filter(move |quote| time < quote.until)
}

fn profile(engine: &Engine, customer: &Customer, time: Timestamp) -> ContextProfile {
    let known = engine.profile(customer, time);
    let traits = known.traits.into_iter().map(|(name, own)| (name.into(), own.value.to_json()));
    let computed = known.computed.into_iter().map(|(name, value)| (name.into(), value.to_json()));
    let identifiers = known.identifiers.into_iter().map(|own| super::super::customers::Identifier {
        namespace: own.namespace.to_string(),
        value: own.value.into(),
    });
    ContextProfile {
        name: engine.name(customer),
        identifiers: identifiers.collect(),
        traits: traits.collect(),
        computed: computed.collect(),
    }
}

fn conversations(customer: &Customer) -> Vec<ContextConversation> {
    let open = customer.progress.conversations().iter().filter(|conversation| conversation.open);
    let view = |own: &orchestrate::Conversation| ContextConversation {
        id: own.id.to_string(),
        subject: own.subject.to_string(),
        channels: own.channels.iter().map(ToString::to_string).collect(),
        last: own.last,
    };
    open.map(view).collect()
}

fn question(open: &OpenQuestion) -> ContextQuestion {
    let choice = |(value, label): &(Box<str>, Box<str>)| ContextChoice {
        value: value.to_string(),
        label: label.to_string(),
    };
    ContextQuestion {
        slot: open.slot.to_string(),
        label: open.label.to_string(),
        text: open.text.clone(),
        kind: open.kind.into(),
        choices: open.choices.iter().map(choice).collect(),
        asked_on: open.asked_on.to_string(),
        conversation: open.conversation.map(|id| id.to_string()),
    }
}

/// The journeys under way, with the question each has open.
pub fn journeys(engine: &Engine, customer: &Customer, time: Timestamp) -> Vec<ContextJourney> {
    let open = engine.open_questions(customer, time);
    let question = |run: model::RunId| open.iter().find(|own| own.run == run).map(question);
    let views = where_now(&customer.progress, engine.versions()).into_iter();
    views
        .filter(|view| view.ended.is_none())
        .map(|view| ContextJourney {
            question: question(view.run),
            run: view.run.to_string(),
            journey: view.journey,
            title: view.title,
            version: view.version,
            step: view.step,
            step_kind: view.step_kind.map(Into::into),
            until: view.waiting.as_ref().and_then(|waiting| waiting.until),
            waiting: view.waiting.map(|waiting| waiting.what),
            slots: view
                .slots
                .into_iter()
                .map(|slot| (slot.slot, slot.value.to_json()))
                .collect::<BTreeMap<_, _>>(),
            missing: view.missing.into_iter().map(|open| open.slot).collect(),
        })
        .collect()
}
