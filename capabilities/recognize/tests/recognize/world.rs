//! A world for scripts: one workspace, its customers, and a clock that the script sets.
//!
//! ```text
//! 0 10:00 user_id=u1 anonymous_id=a1 Order Completed {"total": 5}   an event on day 0 at ten
//! 0 10:00 user_id=u1 identify {"city": "Bonn"}                      an identify call
//! 3 10:00 late 0 09:00 user_id=u1 Order Completed {}                happened on day 0, arrived on day 3
//! 3 10:00 tick                                                      time passes
//! 3 10:00 unmerge anonymous_id=a1                                   staff folds a strand out of its customer
//! 3 10:00 erase user_id=u1                                          a customer is forgotten
//! 0 10:00 user_id=u1 Order Shipped on marketplace/pools {…}         an event of another channel than the web
//! customers | explain user_id=u1 | profile user_id=u1 | service user_id=u1 | forward 2   prints
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;

use expect_test::Expect;
use model::{
    Catalogue, CatalogueFile, Channel, CustomerId, Event, Problem, Seq, SourceId, Span, Stamp, StrandId,
    Timestamp,
};
use proptest::prelude::ProptestConfig;
use recognize::{
    Cause, Claim, Directory, Facts, Membership, MomentView, Recognition, ServiceView, Touched, Transition,
    View, erase, explain, forward, resolve, unmerge,
};
use rules::Symbols;

use crate::directory::{MemoryDirectory, hash_of};

/// 2026-03-01T00:00:00Z.
pub const DAY_ZERO: Timestamp = Timestamp(1_772_323_200_000);

pub struct World {
    pub recognition: Recognition,
    pub directory: MemoryDirectory,
    pub facts: BTreeMap<StrandId, Facts>,
    memberships: BTreeMap<CustomerId, Membership>,
    seq: u64,
    output: String,
}

/// Random cases: this many, or as many as `RECOGNIZE_CASES` asked for at build time.
pub fn config(cases: u32) -> ProptestConfig {
    let asked = std::option_env!("RECOGNIZE_CASES").and_then(|text| text.parse().ok());
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(asked.unwrap_or(cases)) }
}

/// Runs a script in a workspace with these catalogue files and compares what it prints.
pub fn check(files: &[(&str, &str)], script: &str, expect: Expect) {
    let mut world = World::new(files);
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        world.step(line);
        world.directory.check();
    }
    expect.assert_eq(&world.output);
}

pub fn compile(files: &[(&str, &str)]) -> Result<Recognition, Vec<Problem>> {
    let file = |(path, text): &(&str, &str)| CatalogueFile { path: (*path).into(), text: (*text).into() };
    let catalogue = Catalogue { version: 1, files: files.iter().map(file).collect() };
    Recognition::compile(&catalogue, &mut Symbols::new())
}

impl World {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let recognition = compile(files).unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        });
        let (directory, facts, memberships) = Default::default();
        Self { recognition, directory, facts, memberships, seq: 0, output: String::new() }
    }

    pub fn step(&mut self, line: &str) {
        if let Some((command, rest)) = line.split_once(' ') {
            match command {
                "explain" => return self.explain(rest),
                "profile" => return self.profile(rest),
                "service" => return self.service(rest),
                "forward" => {
                    let id = CustomerId(rest.parse().unwrap());
                    let now = forward(&mut self.directory, id).map_or(0, |customer| customer.0);
                    return writeln!(self.output, "{rest} is {now}").unwrap();
                }
                _ => {}
            }
        }
        if line == "customers" {
            return self.customers();
        }
        let (now, rest) = time(line);
        if rest == "tick" {
            return self.tick(now);
        }
        if let Some(identifier) = rest.strip_prefix("erase ") {
            let (_, customer) = self.directory.find(hash_of(&identifier.replace('=', ":"))).unwrap();
            return erase(&mut self.directory, customer);
        }
        if let Some(folded) = rest.strip_prefix("unmerge ") {
            return self.unmerge(now, folded);
        }
        match rest.strip_prefix("late ") {
            Some(late) => {
                let (happened, rest) = time(late);
                self.event(happened, now, rest);
            }
            None => self.event(now, now, rest),
        }
    }

    fn event(&mut self, happened: Timestamp, received: Timestamp, text: &str) {
        let event = event(happened, received, text);
        self.seq += 1;
        let message = hash_of(&format!("{text}{happened}")).0;
        let source = event.stamp.source;
        let cause = Cause { seq: Seq(self.seq), time: happened, message, source };
        let claims = self.claims(&event);
        if claims.is_empty() {
            return writeln!(self.output, "{}: nobody", clock(received)).unwrap();
        }
        let resolution = resolve(self.recognition.identity(), &mut self.directory, &claims, &cause);
        let facts = self.facts.entry(resolution.strand).or_default();
        let priority = if event.name.starts_with("Identify") { source.0 as u8 } else { 1 };
        let noted = self.recognition.note(facts, &event, message, priority);
        let touched = if resolution.changes.is_empty() {
            Touched::Event { name: &event.name, noted }
        } else {
            Touched::All
        };
        self.evaluate(resolution.customer, received, touched);
    }

    fn claims(&self, event: &Event) -> Vec<Claim> {
        let rules = self.recognition.identity();
        let normal = event.claims.iter().filter_map(|(namespace, raw)| rules.normalise(namespace, raw).ok());
        let claim =
            |identifier: model::Identifier| Claim { hash: hash_of(&identifier.to_string()), identifier };
        let mut claims: Vec<Claim> = normal.map(claim).collect();
        rules.order(&mut claims);
        claims
    }

    fn evaluate(&mut self, customer: CustomerId, now: Timestamp, touched: Touched<'_>) {
        let strands: Vec<(StrandId, &Facts)> = Self::strands(&mut self.directory, &self.facts, customer);
        let view = View::new(&self.recognition, &strands, now);
        let membership = self.memberships.entry(customer).or_default();
        for Transition { segment, entered, doubt } in self.recognition.evaluate(&view, membership, touched) {
            let name = &self.recognition.segments()[usize::from(segment)].name;
            let verb = if entered { "enters" } else { "leaves" };
            let doubt = doubt.map_or_else(String::new, |doubt| format!(" ({doubt})"));
            writeln!(self.output, "{}: {} {verb} {name}{doubt}", clock(now), customer.0).unwrap();
        }
        // Evaluating everything again must find nothing that was missed.
        let again = self.recognition.evaluate(&view, &mut membership.clone(), Touched::All);
        assert!(again.is_empty(), "missed {again:?}");
    }

    fn strands<'a>(
        directory: &mut MemoryDirectory,
        facts: &'a BTreeMap<StrandId, Facts>,
        customer: CustomerId,
    ) -> Vec<(StrandId, &'a Facts)> {
        let strands: Vec<StrandId> = directory.graph(customer).strands().collect();
        strands.into_iter().filter_map(|strand| Some((strand, facts.get(&strand)?))).collect()
    }

    fn tick(&mut self, now: Timestamp) {
        let due = |membership: &Membership| membership.next_expiry().filter(|expiry| *expiry <= now);
        while let Some((expiry, customer)) =
            self.memberships.iter().filter_map(|(customer, own)| Some((due(own)?, *customer))).min()
        {
            self.evaluate(customer, expiry, Touched::Time);
        }
    }

    fn unmerge(&mut self, now: Timestamp, text: &str) {
        let strands: Vec<(StrandId, CustomerId)> = text
            .split(' ')
            .map(|identifier| self.directory.find(hash_of(&identifier.replace('=', ":"))).unwrap())
            .collect();
        self.seq += 1;
        let cause = Cause { seq: Seq(self.seq), time: now, message: 7, source: SourceId(0) };
        let folded: Vec<StrandId> = strands.iter().map(|(strand, _)| *strand).collect();
        let rules = self.recognition.identity();
        if let Err(refused) = unmerge(rules, &mut self.directory, strands[0].1, &folded, &cause) {
            writeln!(self.output, "{refused}").unwrap();
        }
    }

    fn customers(&mut self) {
        for (customer, graph) in self.directory.customers() {
            let identifiers: Vec<String> = graph.identifiers().map(|(_, own, _)| own.to_string()).collect();
            writeln!(self.output, "{}: {}", customer.0, identifiers.join(" ")).unwrap();
        }
    }

    fn explain(&mut self, identifier: &str) {
        let (_, customer) = self.directory.find(hash_of(&identifier.replace('=', ":"))).unwrap();
        let explained = explain(customer, self.directory.graph(customer));
        for link in explained.links {
            writeln!(self.output, "{} + {}: {}", link.a.0, link.b.0, link.reason).unwrap();
        }
        for link in explained.dropped {
            writeln!(
                self.output,
                "{} / {} ({}): {}",
                link.strand.0, link.other.0, link.other_namespace, link.reason
            )
            .unwrap();
        }
        for entry in explained.lineage {
            writeln!(self.output, "record {}: {}", entry.seq.0, entry.reason).unwrap();
        }
    }

    fn service(&mut self, identifier: &str) {
        let (_, customer) = self.directory.find(hash_of(&identifier.replace('=', ":"))).unwrap();
        let strands = Self::strands(&mut self.directory, &self.facts, customer);
        let now = strands.iter().filter_map(|(_, facts)| facts.last_seen()).max().unwrap();
        self.output += &told(&View::new(&self.recognition, &strands, now).service());
    }

    fn profile(&mut self, identifier: &str) {
        let (_, customer) = self.directory.find(hash_of(&identifier.replace('=', ":"))).unwrap();
        let strands = Self::strands(&mut self.directory, &self.facts, customer);
        let now = strands.iter().filter_map(|(_, facts)| facts.last_seen()).max().unwrap();
        let view = View::new(&self.recognition, &strands, now);
        let membership = self.memberships.entry(customer).or_default();
        let profile = self.recognition.profile(&view, membership, self.directory.graph(customer));
        writeln!(self.output, "{}", serde_json::to_string_pretty(&profile).unwrap()).unwrap();
    }
}

/// An event of source 1, on the web; of source N when its name ends in ` from N`.
pub fn event(happened: Timestamp, received: Timestamp, text: &str) -> Event {
    let (head, json) = text.find('{').map_or((text, "{}"), |place| text.split_at(place));
    let words: Vec<&str> = head.split_whitespace().collect();
    let named = words.iter().take_while(|word| word.contains('=')).count();
    let (name, source) = words[named..].join(" ").split_once(" from ").map_or_else(
        || (words[named..].join(" "), 1),
        |(name, source)| (name.to_owned(), source.parse().unwrap()),
    );
    let (name, channel) = match name.split_once(" on ") {
        Some((name, channel)) => (name.to_owned(), channel.parse().unwrap()),
        None => (name, Channel::WEB),
    };
    let identifiers: serde_json::Map<String, serde_json::Value> = words[..named]
        .iter()
        .map(|word| word.split_once('=').unwrap())
        .map(|(namespace, value)| (namespace.into(), value.into()))
        .collect();
    let body: serde_json::Value = serde_json::from_str(json).unwrap();
    let body = match &*name {
        "identify" => serde_json::json!({"type": "identify", "identifiers": identifiers, "traits": body}),
        _ => {
            serde_json::json!({"type": "track", "event": name, "identifiers": identifiers, "properties": body})
        }
    };
    let stamp = Stamp { source: SourceId(source), channel, time: happened, received };
    Event::parse(body.to_string().into_bytes().into(), stamp).unwrap()
}

/// Orders, complaints and tickets, a line for each thing.
pub fn told(service: &ServiceView) -> String {
    let mut text = String::new();
    let at = |at: &Option<MomentView>| {
        at.as_ref().map_or("-".into(), |at| format!("{} by {}", clock(at.time), at.channel))
    };
    for order in &service.orders {
        let open = if order.open { ", open" } else { "" };
        let total = order.total.map_or("-".into(), |total| total.to_string());
        let (status, placed, channel) = (order.status, at(&order.placed), &order.channel);
        writeln!(text, "{}: {status:?}{open}, {total}, placed {placed}, of {channel}", order.number).unwrap();
        for line in &order.lines {
            let price = line.price.map_or("-".into(), |price| price.to_string());
            let state = line.state.map_or(String::new(), |state| format!(" {state:?}"));
            let complaints = line.complaints.join(" ");
            writeln!(text, "  {} x {} at {price}{state} {complaints}", line.quantity, line.product).unwrap();
        }
        for own in &order.shipments {
            let (carrier, tracking) = (own.carrier.as_deref().unwrap_or("-"), own.tracking.as_deref());
            let (sent, arrived) = (at(&own.shipped), at(&own.delivered));
            let tracking = tracking.unwrap_or("-");
            writeln!(text, "  shipment {tracking} with {carrier}: {sent}, delivered {arrived}").unwrap();
        }
        for own in &order.returns {
            let (asked, came) = (at(&own.requested), at(&own.received));
            writeln!(text, "  return of {}: {asked}, received {came}", own.products.join(" ")).unwrap();
        }
        for (word, list) in [("paid", &order.payments), ("refunded", &order.refunds)] {
            for own in list {
                let amount = own.amount.map_or("all".into(), |amount| amount.to_string());
                writeln!(text, "  {word} {amount} by {}", own.at.channel).unwrap();
            }
        }
    }
    for (word, cases) in [("complaint", &service.complaints), ("ticket", &service.tickets)] {
        for case in cases {
            let (order, products) = (case.order.as_deref().unwrap_or("-"), case.products.join(" "));
            let subject = case.subject.as_deref().unwrap_or("-");
            let solution = case.solution.as_deref().unwrap_or("-");
            let end = if case.open { "open".into() } else { format!("{} {solution}", at(&case.solved)) };
            let reference = &case.reference;
            writeln!(text, "{word} {reference} about {order} ({products}): {subject}; {end}").unwrap();
        }
    }
    for note in &service.notes {
        let by = note.by.as_deref().unwrap_or("-");
        writeln!(text, "note {} by {by}: {}", at(&Some(note.at.clone())), note.text).unwrap();
    }
    text
}

/// `day HH:MM` and the rest.
fn time(line: &str) -> (Timestamp, &str) {
    let (day, rest) = line.split_once(' ').unwrap();
    let (clock, rest) = rest.split_once(' ').unwrap();
    let (hours, minutes) = clock.split_once(':').unwrap();
    let number = |text: &str| text.parse::<i64>().unwrap();
    let span =
        Span(number(day) * Span::DAY.0 + number(hours) * Span::HOUR.0 + number(minutes) * Span::MINUTE.0);
    (DAY_ZERO + span, rest.trim())
}

fn clock(time: Timestamp) -> String {
    let since = time.since(DAY_ZERO).0;
    let (day, rest) = (since / Span::DAY.0, since % Span::DAY.0);
    format!("{day} {:02}:{:02}", rest / Span::HOUR.0, rest % Span::HOUR.0 / Span::MINUTE.0)
}
