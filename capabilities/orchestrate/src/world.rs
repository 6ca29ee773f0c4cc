//! A small world for journey scripts: one customer, a clock that only the script moves, and a list of what is
//! asked of the outside.
//!
//! Lines of a script, each with an optional time before it (`10:00:20`):
//!
//! - `webchat says the text`: a message; `email` and other channels likewise
//! - `web does Product Viewed {"category":"sofas"}`: any other event, with its properties
//! - `tick`: time passes
//! - `enter vip`, `leave vip`: the customer enters or leaves a segment
//! - `address ada@example.com`, `trait first_name=Ada`, `segment vip`: what is known from here on
//! - `phone +49…`, `refuses sms`: the telephone number; a channel the customer has not agreed to
//! - `undeliverable no such number`, `delivered`: what became of the oldest message that is out
//! - `done {"order":7}`, `refused 409 sold out`, `failed no stock`, `uncertain cut off`: the outcome of the oldest call
//! - `anna takes`, `ben replies On its way`: what staff do with the latest conversation (`desk/script.rs`)
//! - `publish NAME`: the next catalogue version, with the journeys given under that name

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{
    Catalogue, CatalogueFile, Channel, CustomerId, Effect, EffectKind, Event, HeldReason, Namespace, Note,
    OutcomeKind, Purpose, Resend, Seq, SourceId, Stamp, StrandId, Timestamp, Value, ValueKind,
};
use rules::{BehaviourSlot, Environment, FieldSlot, Scope, SegmentSlot, Symbols};

use crate::{Caps, Context, Emitted, Input, Journeys, Ordinals, Progress, Request, Versions, advance};

/// What the script's conditions can see.
struct Profile {
    symbols: Symbols,
    fields: BTreeMap<String, Value>,
    segments: BTreeSet<String>,
    now: Timestamp,
}

impl Environment for Profile {
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value> {
        let path = &self.symbols.fields()[usize::from(slot.0)];
        self.fields.get(&**path).map_or(Cow::Owned(Value::Null), Cow::Borrowed)
    }

    fn behaviour(&self, _: BehaviourSlot) -> Value {
        Value::Int(0)
    }

    fn in_segment(&self, slot: SegmentSlot) -> bool {
        self.segments.contains(&*self.symbols.segments()[usize::from(slot.0)])
    }

    fn now(&self) -> Timestamp {
        self.now
    }
}

pub(crate) struct World {
    profile: Profile,
    scope: Scope,
    pub(crate) versions: Versions,
    pub(crate) progress: Progress,
    caps: Caps,
    address: Option<String>,
    phone: Option<String>,
    /// Channels that the customer has not agreed to.
    refused: BTreeSet<String>,
    /// Messages whose delivery is not settled.
    sent: Vec<Effect>,
    seq: u64,
    calls: Vec<Effect>,
    /// Every line written by the script so far.
    pub(crate) log: RefCell<Vec<String>>,
    show: Show,
    publications: BTreeMap<&'static str, Vec<CatalogueFile>>,
}

/// What the log shows besides messages, calls and events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    /// Endings, refusals, held messages.
    Ends,
    Everything,
}

/// Plays a script with these journeys; the log must read as expected.
pub(crate) fn check(journeys: &[&str], show: Show, script: &str, expected: expect_test::Expect) {
    let mut world = World::new(journeys, show);
    world.run(script);
    expected.assert_eq(&world.text());
}

/// The problems of journeys that must not compile.
pub(crate) fn check_problems(journeys: &[&str], expected: expect_test::Expect) {
    let catalogue = Catalogue { version: 1, files: files(journeys) };
    let problems =
        Journeys::compile(&catalogue, &scope(), &mut Symbols::new()).expect_err("a journey with mistakes");
    let lines: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
    expected.assert_eq(&lines);
}

/// Compiles journeys that are right.
pub(crate) fn compiled(journeys: &[&str]) -> Journeys {
    let catalogue = Catalogue { version: 1, files: files(journeys) };
    Journeys::compile(&catalogue, &scope(), &mut Symbols::new()).expect("journeys without mistakes")
}

/// A journey with these steps, started by `Go`.
pub(crate) fn journey(steps: &str) -> String {
    format!("name: test\ntitle: Test\nentry: {{event: Go}}\n{steps}")
}

pub(crate) fn scope() -> Scope {
    let mut scope = Scope::new();
    for name in [
        "first_name",
        "city",
        "favourite_room",
        "phone",
        "timezone",
        "birthday",
        "preferred_channel",
        "locale",
        "street",
        "postal_code",
        "country",
    ] {
        scope.field(&format!("profile.traits.{name}"), ValueKind::Text);
    }
    let events: [(&str, &[(&str, ValueKind)]); 8] = [
        ("Add-on Requested", &[("item", ValueKind::Text), ("conversation", ValueKind::Text)]),
        ("Add-on Ordered", &[("item", ValueKind::Text)]),
        ("Order Completed", &[("order_id", ValueKind::Text), ("total", ValueKind::Double)]),
        ("Order Delivered", &[("order_id", ValueKind::Text)]),
        ("Delivery Rated", &[("stars", ValueKind::Int)]),
        ("Product Viewed", &[("category", ValueKind::Text), ("name", ValueKind::Text)]),
        ("Go", &[("kind", ValueKind::Text), ("number", ValueKind::Int), ("room", ValueKind::Text)]),
        ("Leave", &[]),
    ];
    for (name, properties) in events {
        scope.event(name, properties.iter().map(|(name, kind)| ((*name).to_owned(), *kind)));
    }
    for segment in ["vip", "sofa-shopper"] {
        scope.segment(segment);
    }
    scope
}

pub(crate) fn files(journeys: &[&str]) -> Vec<CatalogueFile> {
    let file = |(place, text): (usize, &&str)| {
        // Other files name themselves in their first line.
        let path = text.strip_prefix("# ").and_then(|named| named.lines().next());
        let path = path.filter(|path| path.ends_with(".yaml") || path.ends_with(".md"));
        // What is no journey is the list of channels or a content.
        let path = match path {
            Some(path) => path.to_owned(),
            None if text.starts_with("channels:") => "channels.yaml".to_owned(),
            None if text.starts_with("<mjml") => "content/layouts/layout.mjml".to_owned(),
            None if text.starts_with("# content") => format!("content/{place}.yaml"),
            None => format!("journeys/{place}.yaml"),
        };
        // An article begins with its front matter.
        let text =
            if path.ends_with(".md") { text.split_once('\n').map_or("", |(_, rest)| rest) } else { *text };
        CatalogueFile { path, text: text.to_owned() }
    };
    journeys.iter().enumerate().map(file).collect()
}

impl World {
    pub(crate) fn new(journeys: &[&str], show: Show) -> Self {
        let profile = Profile {
            symbols: Symbols::new(),
            fields: BTreeMap::new(),
            segments: BTreeSet::new(),
            now: "2026-03-11T10:00:00Z".parse().unwrap(),
        };
        let mut world = Self {
            profile,
            scope: scope(),
            versions: Versions::new(),
            progress: Progress::default(),
            caps: Caps::default(),
            address: None,
            phone: None,
            refused: BTreeSet::new(),
            sent: Vec::new(),
            seq: 0,
            calls: Vec::new(),
            log: RefCell::default(),
            show,
            publications: BTreeMap::new(),
        };
        world.publish(files(journeys));
        world
    }

    pub(crate) fn later(mut self, name: &'static str, journeys: &[&str]) -> Self {
        self.publications.insert(name, files(journeys));
        self
    }

    fn publish(&mut self, files: Vec<CatalogueFile>) {
        let version = self.versions.current().map_or(0, Journeys::version) + 1;
        let journeys =
            Journeys::compile(&Catalogue { version, files }, &self.scope, &mut self.profile.symbols);
        let journeys = journeys.unwrap_or_else(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("the journeys do not compile:\n{}", lines.join("\n"))
        });
        self.versions.publish(Arc::new(journeys));
    }

    pub(crate) fn run(&mut self, script: &str) {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.line(line);
            let stored: Progress = minicbor::decode(&minicbor::to_vec(&self.progress).unwrap()).unwrap();
            assert_eq!(stored, self.progress, "after `{line}`");
        }
    }

    fn line(&mut self, line: &str) {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        let line = if first.starts_with(|digit: char| digit.is_ascii_digit()) {
            self.profile.now = time(first);
            rest
        } else {
            line
        };
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        match first {
            "tick" => {
                self.step(|progress, versions, ctx| advance(progress, versions, Input::Time, ctx), false)
            }
            "address" => self.address = Some(rest.into()),
            "phone" => self.phone = Some(rest.into()),
            "refuses" => {
                self.refused.insert(rest.into());
            }
            "undeliverable" => {
                let effect = self.sent.remove(0);
                self.settle_effect(&effect, &OutcomeKind::Failed { reason: rest.into() });
            }
            "delivered" => {
                let effect = self.sent.remove(0);
                self.settle_effect(&effect, &OutcomeKind::Done { reference: None, answer: None });
            }
            "segment" => {
                self.profile.segments.insert(rest.into());
            }
            "enter" => self.cross(rest, true),
            "leave" => self.cross(rest, false),
            "trait" => {
                let (name, value) = rest.split_once('=').expect("name=value");
                self.profile.fields.insert(format!("profile.traits.{name}"), Value::text(value));
            }
            "publish" => {
                let files = self.publications.remove(rest).expect("a publication of that name");
                self.publish(files);
                self.step(
                    |progress, versions, ctx| advance(progress, versions, Input::Published, ctx),
                    false,
                );
            }
            "done" => {
                let json = serde_json::from_str(if rest.is_empty() { "null" } else { rest }).unwrap();
                self.settle(&OutcomeKind::Done { reference: None, answer: Some(Value::from_json(&json)) });
            }
            "provided" => {
                let value = Value::from_json(&serde_json::from_str(rest).unwrap());
                let waits =
                    |run: &&crate::Run| matches!(run.waiting_for(), Some(crate::WaitingFor::Provided { .. }));
                let run = self.progress.under_way().find(waits).expect("a run waits for it").id;
                let input = Input::Provided { run, value: &value };
                self.step(|progress, versions, ctx| advance(progress, versions, input, ctx), false);
            }
            "refused" => {
                let (status, reason) = rest.split_once(' ').expect("a status and a reason");
                let status = status.parse().expect("a status");
                self.settle(&OutcomeKind::Refused { status, reason: reason.into() });
            }
            "failed" => self.settle(&OutcomeKind::Failed { reason: rest.into() }),
            "uncertain" => self.settle(&OutcomeKind::Uncertain { reason: rest.into() }),
            agent @ ("anna" | "ben") => {
                let action = crate::desk::script::action(rest);
                let refused = RefCell::new(None);
                self.step(
                    |progress, versions, ctx| {
                        let staff = (agent, &action);
                        let done = crate::desk::script::carry_out(progress, versions, ctx, staff);
                        done.unwrap_or_else(|error| {
                            *refused.borrow_mut() = Some(error);
                            Vec::new()
                        })
                    },
                    false,
                );
                if let Some(error) = refused.into_inner() {
                    let at = self.profile.now.to_string()[11..19].to_owned();
                    self.log.borrow_mut().push(format!("{at} refused: {error}"));
                }
            }
            channel => {
                let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                let (name, properties) = match verb {
                    "says" => (
                        "Message Received",
                        serde_json::json!({"text": rest.replace("\\n", "\n")}).to_string(),
                    ),
                    "does" => {
                        let (name, properties) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
                        (name.trim(), if properties.is_empty() { "{}".into() } else { properties.to_owned() })
                    }
                    _ => panic!("`{line}` is no line of a script"),
                };
                let message_id = format!("m{}", self.seq + 1);
                self.event(channel, name, &properties, &message_id, self.profile.now);
            }
        }
    }

    /// An event; `happened` may lie before now.
    pub(crate) fn event(
        &mut self,
        channel: &str,
        name: &str,
        properties: &str,
        message_id: &str,
        happened: Timestamp,
    ) {
        let body = format!(
            r#"{{"type":"track","event":"{name}","userId":"u1","messageId":"{message_id}","properties":{properties}}}"#
        );
        let stamp = Stamp {
            source: SourceId(1),
            channel: channel.parse().unwrap(),
            time: happened,
            received: self.profile.now,
        };
        let event = Event::parse(body.into_bytes().into(), stamp).unwrap();
        let says_stop = event.property("text").as_text().is_some_and(|text| text.trim() == "STOP");
        let input = |progress: &mut Progress, versions: &Versions, ctx: &Context<'_>| {
            advance(progress, versions, Input::Event { event: &event, strand: StrandId(1) }, ctx)
        };
        self.step(input, says_stop);
    }

    fn cross(&mut self, segment: &str, entered: bool) {
        match entered {
            true => self.profile.segments.insert(segment.into()),
            false => self.profile.segments.remove(segment),
        };
        let input = Input::Crossed { segment, entered, strand: StrandId(1), happened: self.profile.now };
        self.step(|progress, versions, ctx| advance(progress, versions, input, ctx), false);
    }

    fn settle(&mut self, outcome: &OutcomeKind) {
        let effect = self.calls.remove(0);
        self.settle_effect(&effect, outcome);
    }

    fn settle_effect(&mut self, effect: &Effect, outcome: &OutcomeKind) {
        self.step(
            |progress, versions, ctx| advance(progress, versions, Input::Settled { effect, outcome }, ctx),
            false,
        );
    }

    fn step(
        &mut self,
        act: impl FnOnce(&mut Progress, &Versions, &Context<'_>) -> Vec<Request>,
        opted_out: bool,
    ) {
        self.seq += 1;
        let address = |namespace: &Namespace| match namespace {
            Namespace::Email => self.address.as_deref().map(Into::into),
            Namespace::Phone => self.phone.as_deref().map(Into::into),
            _ => None,
        };
        let held = |purpose: Purpose, channel: &Channel| {
            let refused = self.refused.contains(channel.as_str());
            refused.then(|| HeldReason::NoOptIn { purpose, channel: channel.clone() })
        };
        let zone = || {
            let zone = self.profile.fields.get("profile.traits.timezone")?;
            zone.as_text().map(Into::into)
        };
        let ordinals = Ordinals::default();
        let ctx = Context {
            seq: Seq(self.seq),
            now: self.profile.now,
            customer: CustomerId(1),
            environment: &self.profile,
            address: &address,
            held: &held,
            zone: &zone,
            opted_out,
            ordinals: &ordinals,
        };
        let requests = act(&mut self.progress, &self.versions, &ctx);
        for request in requests {
            self.record(request);
        }
        self.open_doors();
    }

    /// Whoever knocks at a journey with a cap is let in, or not.
    fn open_doors(&mut self) {
        let Some(journey) = self.progress.knocks().next().map(|knock| knock.run.journey.clone()) else {
            return;
        };
        let cap = self.versions.current().and_then(|journeys| journeys.cap(&journey));
        let refusal = cap.and_then(|cap| self.caps.refusal(&journey, &cap, self.profile.now));
        self.caps.note(&journey, refusal.is_none(), self.profile.now);
        let input = Input::Admitted { journey: &journey, refusal: refusal.as_ref() };
        self.step(|progress, versions, ctx| advance(progress, versions, input, ctx), false);
    }

    fn record(&mut self, request: Request) {
        let at = self.profile.now.to_string()[11..19].to_owned();
        let line = match request {
            Request::Send(send) => {
                self.sent.push(Effect {
                    id: send.effect,
                    customer: CustomerId(1),
                    strand: send.strand,
                    asked: self.profile.now,
                    run: send.run,
                    purpose: send.purpose,
                    resend: send.resend,
                    kind: send.content.clone(),
                });
                match &send.content {
                    EffectKind::Email(mail) => {
                        assert_eq!(Some(&mail.to), self.address.as_ref());
                        format!("{} e-mail “{}”: {}", send.purpose.as_str(), mail.subject, mail.text)
                    }
                    EffectKind::Chat(chat) if chat.agent.is_some() => {
                        format!("chat from {}: {}", chat.agent.as_deref().unwrap_or_default(), chat.text)
                    }
                    EffectKind::Chat(chat) if chat.choices.is_empty() => format!("chat: {}", chat.text),
                    EffectKind::Chat(chat) => format!("chat: {} [{}]", chat.text, chat.choices.join(" | ")),
                    EffectKind::Sms(sms) => {
                        assert_eq!(Some(&sms.to), self.phone.as_ref());
                        format!("{} SMS: {}", send.purpose.as_str(), sms.text)
                    }
                    EffectKind::Hook(hook) => format!("{} to {}: {}", hook.channel, hook.to, hook.text),
                    EffectKind::Letter(letter) => {
                        format!(
                            "letter to {} “{}”: {}",
                            letter.to.lines().join(", "),
                            letter.subject,
                            letter.text
                        )
                    }
                    EffectKind::Webhook(_) => panic!("a call is no message"),
                }
            }
            Request::Call(call) => {
                let mut line =
                    format!("call {} {} {}", call.call.endpoint, call.call.event, call.call.payload);
                if let Some(key) = &call.call.idempotency_key {
                    line +=
                        &format!(" as {key}, within {:?}", call.call.timeout.map(|span| span.to_string()));
                }
                self.calls.push(Effect {
                    id: call.effect,
                    customer: CustomerId(1),
                    strand: call.strand,
                    asked: self.profile.now,
                    run: Some(call.run),
                    purpose: Purpose::Service,
                    resend: Resend::Always,
                    kind: EffectKind::Webhook(call.call),
                });
                line
            }
            Request::Emit(emit) => {
                let properties = Value::Map(emit.properties.into());
                match emit.what {
                    Emitted::Event(name) => format!("event {name} {properties}"),
                    Emitted::Traits => format!("traits {properties}"),
                }
            }
            Request::Quote(asked) => {
                format!("quote {:?} for {:?}", asked.items, asked.valid.map(|span| span.to_string()))
            }
            Request::Choose(asked) => format!("choose for “{}”", asked.placement),
            Request::Note { note, .. } => {
                let shown = match &note {
                    Note::JourneyEnded { .. } | Note::JourneyNotStarted { .. } | Note::MessageHeld { .. } => {
                        true
                    }
                    Note::MessageDecided { .. } | Note::PickedUp { .. } => self.show == Show::Everything,
                    _ => self.show == Show::Everything || note.conversation().is_some(),
                };
                if !shown {
                    return;
                }
                format!("({})", note.sentence())
            }
        };
        let ids = self.progress.runs().iter().map(|run| (run.id.to_string(), "run".to_owned()));
        let line = ids.fold(line, |line, (id, name)| line.replace(&id, &name));
        self.log.borrow_mut().push(format!("{at} {line}"));
    }

    /// The pages of the e-mails sent and not settled.
    pub(crate) fn pages(&self) -> impl Iterator<Item = &str> {
        self.sent.iter().filter_map(|effect| match &effect.kind {
            EffectKind::Email(mail) => mail.html.as_deref(),
            _ => None,
        })
    }

    pub(crate) fn text(&self) -> String {
        self.log.borrow().iter().map(|line| format!("{line}\n")).collect()
    }
}

pub(crate) fn time(clock: &str) -> Timestamp {
    match clock.split_once('d') {
        // `+3d10:00:00`-like times are written as `3d10:00:00`: days after the first.
        Some((days, clock)) => {
            let day = 11 + days.parse::<u32>().unwrap();
            format!("2026-03-{day:02}T{clock}Z").parse().unwrap()
        }
        None => format!("2026-03-11T{clock}Z").parse().unwrap(),
    }
}
