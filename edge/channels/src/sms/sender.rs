//! SMS out: one effect becomes one message of one or more parts, each handed to the carrier once.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::{Effect, OutcomeKind, Sms, Span};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use super::awaited::{Awaited, Reported};
use super::config::Joining;
use super::link::{Answer, Link, Submission, Timing};
use super::pdu::{ESM_HEADER, Number, ShortMessage, number, tag};
use super::{InboundSms, InvalidSmsConfig, SmsConfig};
use crate::links::Links;
use model::sms::{PARTS_MAX, write};

/// How long a message waits for the connection to be bound before it is put off.
const BOUND_TIMEOUT: Duration = Duration::from_secs(20);
/// Times a packet is submitted that never left because the connection broke before.
const SUBMISSIONS_MAX: u32 = 5;
/// Put off for so long when the carrier stays busy.
const BUSY_RETRY: Span = Span(60_000);

/// What comes from the carrier. It is acknowledged when the answer to it is true: durable.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    Message(InboundSms),
    Report(Reported),
}

/// Takes what comes in.
pub(super) type Take = Arc<dyn Fn(Incoming) -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// Whether messages can be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// Not connected, and why.
    Down(String),
    Bound,
}

/// Sends messages over one carrier's connection.
#[derive(Debug, Clone)]
pub struct SmsSender {
    config: Arc<SmsConfig>,
    links: Links,
    queue: mpsc::Sender<Submission>,
    state: watch::Receiver<LinkState>,
    closing: watch::Sender<bool>,
    awaited: Arc<Mutex<Awaited>>,
}

impl SmsSender {
    /// A sender, and the connection it needs: to be run beside it, for as long as messages are to flow.
    pub fn new<T, F>(
        config: SmsConfig,
        links: Links,
        take: T,
    ) -> Result<(Self, impl Future<Output = ()> + Send + 'static), InvalidSmsConfig>
    where
        T: Fn(Incoming) -> F + Send + Sync + 'static,
        F: Future<Output = bool> + Send + 'static,
    {
        Self::with_timing(config, links, take, Timing::default())
    }

    pub(super) fn with_timing<T, F>(
        config: SmsConfig,
        links: Links,
        take: T,
        timing: Timing,
    ) -> Result<(Self, impl Future<Output = ()> + Send + 'static), InvalidSmsConfig>
    where
        T: Fn(Incoming) -> F + Send + Sync + 'static,
        F: Future<Output = bool> + Send + 'static,
    {
        config.check()?;
        let config = Arc::new(config);
        let wait = Span(i64::from(config.receipt_hours) * Span::HOUR.0);
        let awaited = Arc::new(Mutex::new(Awaited::new(config.message_ids, wait)));
        let (queue, submissions) = mpsc::channel(config.window);
        let (state, watched) = watch::channel(LinkState::Down("it is being connected".into()));
        let (closing, close) = watch::channel(false);
        let take: Take = Arc::new(move |incoming| Box::pin(take(incoming)));
        let link = Link::new(config.clone(), timing, submissions, state, close, awaited.clone(), take)?;
        Ok((Self { config, links, queue, state: watched, closing, awaited }, link.run()))
    }

    /// Takes up a message that an earlier process sent and that is not reported on yet.
    pub fn resume(&self, effect: &Effect, references: &[String], awaited: &[String]) {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner).add(effect, references, awaited);
    }

    /// The connection, to be watched.
    pub fn state(&self) -> watch::Receiver<LinkState> {
        self.state.clone()
    }

    /// Waits until messages can be sent; why not, when that takes long.
    pub async fn ready(&self) -> Result<(), String> {
        let mut state = self.state.clone();
        let bound = timeout(BOUND_TIMEOUT, state.wait_for(|state| *state == LinkState::Bound)).await;
        match (bound, &*self.state.borrow()) {
            (Ok(Ok(_)), _) => Ok(()),
            (_, LinkState::Down(reason)) => Err(format!("the carrier is not connected: {reason}")),
            (_, LinkState::Bound) => Ok(()),
        }
    }

    /// Lets what is on its way be answered, then says good-bye to the carrier.
    pub async fn close(&self) {
        // Without a receiver the connection has ended already.
        let _ = self.closing.send(true);
        self.queue.closed().await;
    }

    /// Hands a message to the carrier. `Uncertain` means that the connection broke before the carrier answered.
    pub async fn send(&self, effect: &Effect, sms: &Sms) -> OutcomeKind {
        let to = Number::parse(&sms.to);
        if to.kind != number::INTERNATIONAL {
            let reason = "the number is not one that text messages can be sent to".into();
            return OutcomeKind::Failed { reason };
        }
        let written = write(&self.links.in_text(&sms.text, effect, sms.conversation), self.config.alphabet);
        let total = written.parts.len();
        if total > PARTS_MAX {
            let reason = format!("the text makes {total} parts; at most {PARTS_MAX} are sent");
            return OutcomeKind::Failed { reason };
        }
        let mut references = Vec::new();
        for (place, octets) in written.parts.into_iter().enumerate() {
            let mut message = ShortMessage {
                from: Number::parse(&self.config.source),
                to: to.clone(),
                esm_class: 0,
                registered_delivery: 1,
                data_coding: written.encoding.data_coding(),
                message: octets,
                parameters: Vec::new(),
            };
            if total > 1 {
                self.join(&mut message, effect, total, place + 1);
            }
            match self.submit(message.body()).await {
                Answer::Taken(reference) => references.push(reference),
                other => return not_taken(other, place, total),
            }
        }
        if references.iter().any(String::is_empty) {
            // Without ids no receipt can be told from another.
            return OutcomeKind::Done { reference: None, answer: None };
        }
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner).add(effect, &references, &references)
    }

    /// Marks a packet as one part of several.
    fn join(&self, message: &mut ShortMessage, effect: &Effect, total: usize, part: usize) {
        let byte = |number: usize| u8::try_from(number).expect("there are at most ten parts");
        let mixed = effect.id.0 ^ effect.id.0 >> 64;
        let [.., high, low] = (mixed ^ mixed >> 32 ^ mixed >> 16).to_be_bytes();
        match self.config.joining {
            Joining::Udh => {
                message.esm_class |= ESM_HEADER;
                let header = [5, 0, 3, low, byte(total), byte(part)];
                message.message.splice(..0, header);
            }
            Joining::Sar => {
                message.parameters = vec![
                    (tag::SAR_REFERENCE, vec![high, low]),
                    (tag::SAR_TOTAL, vec![byte(total)]),
                    (tag::SAR_NUMBER, vec![byte(part)]),
                ];
            }
        }
    }

    /// Submits one packet; one that never left is submitted again when the connection is back.
    async fn submit(&self, body: Vec<u8>) -> Answer {
        for _ in 0..SUBMISSIONS_MAX {
            let (answer, answered) = oneshot::channel();
            if self.queue.send(Submission { body: body.clone(), answer, throttled: 0 }).await.is_err() {
                return Answer::Unsent;
            }
            // The connection's task answers everything it took unless it is killed.
            match answered.await.unwrap_or(Answer::Broken) {
                Answer::Unsent if self.ready().await.is_ok() => {}
                other => return other,
            }
        }
        Answer::Unsent
    }
}

/// What becomes of a message when one of its parts was not taken. The first part decides whether anything went out.
fn not_taken(answer: Answer, place: usize, total: usize) -> OutcomeKind {
    let part = if total > 1 { format!(" part {} of {total}", place + 1) } else { String::new() };
    match answer {
        Answer::Broken => OutcomeKind::Uncertain {
            reason: format!("the connection to the carrier broke before it answered{part}"),
        },
        Answer::Refused(status) => {
            OutcomeKind::Failed { reason: format!("the carrier refused{part} with status {}", name(status)) }
        }
        // Some parts are out: to begin again would send them twice.
        Answer::Unsent | Answer::Busy if place > 0 => {
            OutcomeKind::Uncertain { reason: format!("only {place} of {total} parts were sent") }
        }
        Answer::Unsent => OutcomeKind::Retry {
            reason: "the connection to the carrier was lost before it was sent".into(),
            after: None,
        },
        Answer::Busy => {
            OutcomeKind::Retry { reason: "the carrier cannot take it now".into(), after: Some(BUSY_RETRY) }
        }
        Answer::Taken(_) => unreachable!("that is no refusal"),
    }
}

/// A status as the specification names it, where it is one that carriers send.
fn name(status: u32) -> String {
    let name = match status {
        0x0a => " (invalid source address)",
        0x0b => " (invalid destination address)",
        0x0f => " (invalid system id)",
        0x11 => " (cancel failed)",
        0x33 => " (invalid number of destinations)",
        0x45 => " (submission failed)",
        0x61 => " (invalid scheduled delivery time)",
        0x62 => " (invalid validity period)",
        _ => "",
    };
    format!("0x{status:08x}{name}")
}
