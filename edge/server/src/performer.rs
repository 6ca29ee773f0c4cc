//! The performer: takes durable effects to their channels and brings outcomes back as records.
//!
//! Each channel has its own queue and its own bound on attempts under way, so a slow one holds up nobody else. That an
//! attempt begins is made durable before its first byte leaves; what a crash left open is told apart by that.

use std::sync::Arc;
use std::time::Duration;

use api::chat::number_of;
use api::state::Workspace;
use channels::email::EmailSender;
use channels::webchat::{Author, ShownMessage};
use channels::webhook::WebhookSender;
use model::{ChatMessage, Effect, EffectKind, Outcome, OutcomeKind, Resend};
use shard::{Order, Refusal};
use tokio::sync::{Semaphore, mpsc};

/// E-mails on their way at once.
const EMAILS_MAX: usize = 16;
/// Webhook calls under way at once.
const CALLS_MAX: usize = 32;
/// How long to wait before telling the shard again what it could not take.
const TELL_AGAIN: Duration = Duration::from_millis(500);

/// The ways out of one workspace.
pub struct Ways {
    pub workspace: Arc<Workspace>,
    pub email: Option<EmailSender>,
    pub webhooks: WebhookSender,
}

/// What an attempt came to before it was made.
enum Permission {
    Go,
    /// The shard is stopping; the effect waits in the outbox for the next start.
    Leave,
}

/// Performs what a start found unfinished, then what comes, until the shard stops.
pub async fn perform(ways: Ways, unfinished: Vec<(Effect, bool)>, mut ready: mpsc::UnboundedReceiver<Vec<Effect>>) {
    let ways = Arc::new(ways);
    let (emails, calls) = (Arc::new(Semaphore::new(EMAILS_MAX)), Arc::new(Semaphore::new(CALLS_MAX)));
    let spawn = |effect: Effect| {
        let ways = Arc::clone(&ways);
        let room = match &effect.kind {
            EffectKind::Email(_) => Some(Arc::clone(&emails)),
            EffectKind::Webhook(_) => Some(Arc::clone(&calls)),
            EffectKind::Chat(_) => None,
        };
        match room {
            Some(room) => {
                tokio::spawn(async move {
                    let _place = room.acquire_owned().await.expect("the semaphore is never closed");
                    ways.attempt(&effect).await;
                });
            }
            None => {
                tokio::spawn(async move { ways.attempt(&effect).await });
            }
        }
    };
    for (effect, started) in unfinished {
        if started && effect.resend == Resend::Never {
            let reason = "the server stopped during the attempt".to_owned();
            ways.tell(&effect, OutcomeKind::Uncertain { reason }).await;
        } else {
            spawn(effect);
        }
    }
    while let Some(effects) = ready.recv().await {
        effects.into_iter().for_each(spawn);
    }
}

impl Ways {
    async fn attempt(&self, effect: &Effect) {
        if let EffectKind::Chat(message) = &effect.kind {
            self.show(effect, message);
            self.tell(effect, OutcomeKind::Done { reference: None, answer: None }).await;
            return;
        }
        match self.tell(effect, OutcomeKind::Started { attempt: 1 }).await {
            Permission::Leave => return,
            Permission::Go => {}
        }
        let outcome = match (&effect.kind, &self.email) {
            (EffectKind::Email(email), Some(sender)) => sender.send(effect, email).await,
            (EffectKind::Email(_), None) => OutcomeKind::Failed {
                reason: "no mail server is configured; set [smtp] in the configuration".into(),
            },
            (EffectKind::Webhook(call), _) => self.webhooks.send(effect, call).await,
            (EffectKind::Chat(_), _) => return,
        };
        self.tell(effect, outcome).await;
    }

    fn show(&self, effect: &Effect, message: &ChatMessage) {
        let shown = ShownMessage {
            number: number_of(effect.id),
            from: Author::Bot,
            text: message.text.clone(),
            choices: message.choices.clone(),
            time: effect.asked,
            id: None,
        };
        self.workspace.hub.deliver(effect.customer, &shown);
    }

    /// Records an outcome; waits out a full disk or queue, because an outcome that is lost makes an effect uncertain.
    async fn tell(&self, effect: &Effect, kind: OutcomeKind) -> Permission {
        let outcome = Outcome { effect: effect.id, customer: effect.customer, kind };
        loop {
            match self.workspace.handle.order(Order::Outcome(outcome.clone())).await {
                Ok(_) => return Permission::Go,
                Err(Refusal::Overloaded { .. } | Refusal::DiskFull) => tokio::time::sleep(TELL_AGAIN).await,
                Err(
                    Refusal::Stopping
                    | Refusal::Failed(_)
                    | Refusal::NoCustomer(_)
                    | Refusal::Invalid(_)
                    | Refusal::Problems(_),
                ) => return Permission::Leave,
            }
        }
    }
}
