//! Performing effects: each only after the frame that asked for it is durable, its beginning noted before the first
//! byte leaves, its outcome brought back as a record. One slow channel does not hold up the others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api::chat::number_of;
use api::state::Workspace;
use channels::email::EmailSender;
use channels::letter::LetterBox;
use channels::links::Links;
use channels::sms::SmsSender;
use channels::webchat::{Author, ShownMessage};
use channels::webhook::{WebhookSender, channel_endpoint};
use knowledge::SearchError;
use model::{
    ARTICLE_SEARCH, ChatMessage, Effect, EffectId, EffectKind, Letter, Outcome, OutcomeKind, Span, Value,
};
use shard::{Order, Refusal};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::config::Config;

/// Performs the effects of one workspace.
pub struct Performer(Arc<Inner>);

struct Inner {
    workspace: Arc<Workspace>,
    email: Option<EmailSender>,
    emails: Semaphore,
    sms: Option<SmsSender>,
    /// As many as the carrier's window has room for: what waits has not begun.
    texts: Semaphore,
    letters: Option<LetterBox>,
    letters_at_once: Semaphore,
    links: Links,
    webhooks: WebhookSender,
    /// Calls at a time, by endpoint.
    calls: BTreeMap<String, Semaphore>,
    unknown_calls: Semaphore,
    /// Attempts begun by this process, for effects that are not settled.
    attempts: Mutex<BTreeMap<EffectId, u16>>,
}

/// How long to wait before telling an outcome again that could not be taken.
const TELL_AGAIN: Duration = Duration::from_millis(500);
/// Mail waits this long for a mail server to be configured.
const NO_MAIL_SERVER_RETRY: Span = Span::HOUR;
/// Text messages likewise for a carrier.
const NO_CARRIER_RETRY: Span = Span::HOUR;
/// Letters likewise for a print shop.
const NO_PRINT_SHOP_RETRY: Span = Span::HOUR;
/// Letters made at a time; each takes a few milliseconds of one core.
const LETTERS_AT_ONCE_MAX: usize = 2;

impl Performer {
    pub fn new(
        workspace: Arc<Workspace>,
        email: Option<EmailSender>,
        sms: Option<SmsSender>,
        letters: Option<LetterBox>,
        webhooks: WebhookSender,
        config: &Config,
    ) -> Self {
        let window = config.sms.as_ref().map_or(1, |sms| sms.window);
        let links = workspace.links.clone();
        let slots = || Semaphore::new(config.limits.webhooks_at_once_max);
        let calls = webhooks.endpoints().map(|(name, _)| (name.to_owned(), slots())).collect();
        Self(Arc::new(Inner {
            workspace,
            email,
            emails: Semaphore::new(config.limits.emails_at_once_max),
            sms,
            texts: Semaphore::new(window),
            letters,
            letters_at_once: Semaphore::new(LETTERS_AT_ONCE_MAX),
            links,
            webhooks,
            calls,
            unknown_calls: slots(),
            attempts: Mutex::default(),
        }))
    }

    /// Performs what an earlier process left, and everything that becomes ready.
    pub async fn run(self, mut ready: UnboundedReceiver<Vec<Effect>>, unfinished: Vec<(Effect, bool)>) {
        for (effect, started) in unfinished {
            match started {
                false => self.perform(effect),
                true => {
                    let reason = "the server stopped while it was on its way".into();
                    let (inner, kind) = (self.0.clone(), OutcomeKind::Uncertain { reason });
                    tokio::spawn(async move { inner.tell(&effect, kind).await });
                }
            }
        }
        while let Some(effects) = ready.recv().await {
            effects.into_iter().for_each(|effect| self.perform(effect));
        }
    }

    fn perform(&self, effect: Effect) {
        let inner = self.0.clone();
        if let EffectKind::Chat(message) = &effect.kind {
            // At once and in order: the numbers of a customer's messages must rise.
            inner.show(&effect, message);
            tokio::spawn(async move {
                inner.tell(&effect, OutcomeKind::Done { reference: None, answer: None }).await
            });
            return;
        }
        tokio::spawn(async move { inner.attempt(&effect).await });
    }
}

impl Inner {
    /// Shows a message in the customer's open windows. The thread keeps it for those opened later.
    fn show(&self, effect: &Effect, message: &ChatMessage) {
        let shown = ShownMessage {
            number: number_of(effect.id),
            from: Author::of(message.agent.as_deref()),
            name: message.agent.clone(),
            text: message.text.clone(),
            choices: message.choices.clone(),
            time: effect.asked,
            id: None,
            article: message.article.clone(),
        };
        self.workspace.hub.deliver(effect.customer, &shown);
    }

    /// Searches the articles for a journey. That it finds other articles when it is done again, because others were
    /// published, does no harm: only the outcome that is told counts.
    async fn search(&self, payload: &Value) -> OutcomeKind {
        let workspace = Arc::clone(&self.workspace);
        let payload = payload.clone();
        let searched = tokio::task::spawn_blocking(move || -> Result<Value, SearchError> {
            workspace.library()?.search_for_journey(&payload)
        });
        match searched.await {
            Ok(Ok(answer)) => OutcomeKind::Done { reference: None, answer: Some(answer) },
            Ok(Err(error)) => OutcomeKind::Failed { reason: error.to_string() },
            Err(error) => OutcomeKind::Failed { reason: format!("the search broke off: {error}") },
        }
    }

    async fn attempt(&self, effect: &Effect) {
        let slots = match &effect.kind {
            EffectKind::Email(_) | EffectKind::Chat(_) => &self.emails,
            EffectKind::Letter(_) => &self.letters_at_once,
            EffectKind::Webhook(call) => self.calls.get(&call.endpoint).unwrap_or(&self.unknown_calls),
            EffectKind::Hook(message) => {
                self.calls.get(&channel_endpoint(&message.channel)).unwrap_or(&self.unknown_calls)
            }
            EffectKind::Sms(_) => &self.texts,
        };
        let _slot = slots.acquire().await.expect("the semaphore is never closed");
        if let (EffectKind::Sms(_), Some(sms)) = (&effect.kind, &self.sms)
            && let Err(reason) = sms.ready().await
        {
            self.tell(effect, OutcomeKind::Retry { reason, after: None }).await;
            return;
        }
        let attempt = {
            let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
            let attempt = attempts.entry(effect.id).or_default();
            *attempt = attempt.saturating_add(1);
            *attempt
        };
        // From here a crash means that nobody knows. Where the beginning cannot be noted, nothing may begin.
        if !self.tell(effect, OutcomeKind::Started { attempt }).await {
            return;
        }
        let outcome = match &effect.kind {
            EffectKind::Email(email) => match &self.email {
                Some(sender) => sender.send(effect, email).await,
                None => OutcomeKind::Retry {
                    reason: "no mail server is configured; set email.host".into(),
                    after: Some(NO_MAIL_SERVER_RETRY),
                },
            },
            EffectKind::Webhook(call) if call.endpoint == ARTICLE_SEARCH => self.search(&call.payload).await,
            EffectKind::Webhook(call) => self.webhooks.send(effect, call).await,
            EffectKind::Chat(_) => OutcomeKind::Done { reference: None, answer: None },
            EffectKind::Sms(message) => match &self.sms {
                Some(sender) => sender.send(effect, message).await,
                None => OutcomeKind::Retry {
                    reason: "no SMS carrier is configured; set sms.host".into(),
                    after: Some(NO_CARRIER_RETRY),
                },
            },
            EffectKind::Letter(letter) => self.post(effect, letter).await,
            EffectKind::Hook(message) => self.webhooks.deliver(effect, message, &self.links).await,
        };
        let over = matches!(
            outcome,
            OutcomeKind::Done { .. }
                | OutcomeKind::Failed { .. }
                | OutcomeKind::Refused { .. }
                | OutcomeKind::Accepted { .. }
        );
        if over {
            self.attempts.lock().unwrap_or_else(PoisonError::into_inner).remove(&effect.id);
        }
        tracing::debug!(effect = %effect.id, attempt, outcome = outcome_name(&outcome), "attempted");
        self.tell(effect, outcome).await;
    }

    /// Hands a letter to the print shop; the disk is waited for on a thread of its own.
    async fn post(&self, effect: &Effect, letter: &Letter) -> OutcomeKind {
        let Some(letters) = self.letters.clone() else {
            let reason = "no print shop is configured; set letters.folder".into();
            return OutcomeKind::Retry { reason, after: Some(NO_PRINT_SHOP_RETRY) };
        };
        let (effect, letter) = (effect.clone(), letter.clone());
        let posted = tokio::task::spawn_blocking(move || letters.send(&effect, &letter)).await;
        posted.unwrap_or_else(|error| OutcomeKind::Uncertain { reason: error.to_string() })
    }

    /// Makes an outcome durable; false when the server stops before that.
    async fn tell(&self, effect: &Effect, kind: OutcomeKind) -> bool {
        let outcome = Outcome { effect: effect.id, customer: effect.customer, kind };
        loop {
            match self.workspace.handle.order(Order::Outcome(outcome.clone())).await {
                Ok(_) => return true,
                Err(Refusal::Overloaded { .. } | Refusal::DiskFull) => tokio::time::sleep(TELL_AGAIN).await,
                Err(Refusal::Stopping | Refusal::Failed(_)) => return false,
                Err(refused) => {
                    tracing::error!(effect = %effect.id, %refused, "an outcome was refused");
                    return false;
                }
            }
        }
    }
}

fn outcome_name(outcome: &OutcomeKind) -> &'static str {
    match outcome {
        OutcomeKind::Started { .. } => "started",
        OutcomeKind::Done { .. } => "done",
        OutcomeKind::Retry { .. } => "retry",
        OutcomeKind::Failed { .. } => "failed",
        OutcomeKind::Refused { .. } => "refused",
        OutcomeKind::Accepted { .. } => "accepted",
        OutcomeKind::Uncertain { .. } => "uncertain",
    }
}
