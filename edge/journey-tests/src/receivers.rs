//! Those whom messages and calls reach: they answer as the test says, and remember what they were asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use knowledge::Library;
use model::{ARTICLE_SEARCH, Effect, EffectId, EffectKind, OutcomeKind, Resend, Timestamp, Value};
use orchestrate::Articles;

use crate::error::PlayError;
use crate::file::Answer;

/// The HTTP status of a refusal: the request was understood and is not done.
const REFUSED: u16 = 422;

/// Everybody outside.
#[derive(Debug, Default)]
pub struct Receivers {
    /// The last that fits counts.
    pub answers: Vec<Answer>,
    /// How often each effect was tried.
    attempts: BTreeMap<EffectId, u16>,
    /// What was asked of the world, in order.
    pub performed: Vec<Performed>,
    /// Messages of which the server does not know whether they left, and which did not.
    pub lost: Vec<EffectId>,
}

/// An effect, and how it went.
#[derive(Debug, Clone)]
pub struct Performed {
    pub time: Timestamp,
    pub effect: Effect,
    /// Why not, where it did not succeed.
    pub failure: Option<String>,
    /// Whether it is over with this attempt.
    pub settled: bool,
}

impl Receivers {
    /// The number of this attempt, from 1.
    pub fn attempt(&mut self, effect: &Effect) -> u16 {
        let attempt = self.attempts.entry(effect.id).or_default();
        *attempt += 1;
        *attempt
    }

    /// The server was killed after it had begun with it, and will not send it again.
    pub fn in_doubt(&mut self, effect: &Effect) {
        if effect.resend == Resend::Never && !self.has(effect) {
            self.lost.push(effect.id);
        }
    }

    /// It arrives. What knows its id acts once, and answers again as before.
    pub fn receive(
        &mut self,
        effect: &Effect,
        attempt: u16,
        now: Timestamp,
        articles: Arc<Articles>,
    ) -> Result<OutcomeKind, PlayError> {
        let (kind, failure) = self.answer(&effect.kind, attempt, articles);
        match (self.has(effect), effect.resend) {
            (true, Resend::Never) => return Err(PlayError::Twice(effect.id)),
            (true, Resend::Always) => {}
            (false, _) => {
                let settled = !matches!(kind, OutcomeKind::Retry { .. });
                self.performed.push(Performed { time: now, effect: effect.clone(), failure, settled });
            }
        }
        Ok(kind)
    }

    fn has(&self, effect: &Effect) -> bool {
        self.performed.iter().any(|own| own.effect.id == effect.id && own.settled)
    }

    /// How an attempt goes: as the last answer says that fits it, else well.
    fn answer(
        &self,
        kind: &EffectKind,
        attempt: u16,
        articles: Arc<Articles>,
    ) -> (OutcomeKind, Option<String>) {
        let fits = |answer: &&Answer| match kind {
            EffectKind::Webhook(call) => answer.call.as_deref() == Some(&*call.event),
            EffectKind::Email(_)
            | EffectKind::Chat(_)
            | EffectKind::Sms(_)
            | EffectKind::Hook(_)
            | EffectKind::Letter(_) => answer.send.is_some() && answer.send == kind.channel(),
        };
        let Some(answer) = self.answers.iter().rev().find(fits) else {
            return match kind {
                EffectKind::Webhook(call) if call.endpoint == ARTICLE_SEARCH => {
                    search(articles, &call.payload)
                }
                _ => (OutcomeKind::Done { reference: None, answer: None }, None),
            };
        };
        let failure = |reason: &String| Some(reason.clone());
        match (&answer.refuses, &answer.fails) {
            _ if answer.unreachable.is_some_and(|attempts| attempt <= attempts) => {
                let reason = "could not connect".to_owned();
                (OutcomeKind::Retry { reason: reason.clone(), after: None }, Some(reason))
            }
            (Some(reason), _) => {
                (OutcomeKind::Refused { status: REFUSED, reason: reason.clone() }, failure(reason))
            }
            (None, Some(reason)) => (OutcomeKind::Failed { reason: reason.clone() }, failure(reason)),
            (None, None) => {
                let returned = answer.returns.as_ref().map(Value::from_json);
                (OutcomeKind::Done { reference: None, answer: returned }, None)
            }
        }
    }
}

/// A search among the articles is done as in earnest, unless the test says how it goes.
fn search(articles: Arc<Articles>, payload: &Value) -> (OutcomeKind, Option<String>) {
    match Library::new(articles).and_then(|library| library.search_for_journey(payload)) {
        Ok(answer) => (OutcomeKind::Done { reference: None, answer: Some(answer) }, None),
        Err(error) => (OutcomeKind::Failed { reason: error.to_string() }, Some(error.to_string())),
    }
}
