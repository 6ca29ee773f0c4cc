//! Effects that are not settled: waiting, to be tried again, or uncertain.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Query;
use engine::{Pending, Stage};
use model::{EffectId, EffectKind as Kind, RunId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Paging;
use crate::access::{Needs, ReadEffects};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    Email,
    Chat,
    Webhook,
    Sms,
    Hook,
    Letter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EffectState {
    Pending,
    Retrying,
    Uncertain,
    Failed,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct EffectItem {
    pub id: String,
    pub kind: EffectKind,
    pub customer: String,
    pub run: Option<String>,
    pub journey: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub asked: Timestamp,
    pub state: EffectState,
    pub reason: Option<String>,
    pub purpose: String,
    /// To whom and about what: `e-mail to a…@example.com: Your add-on`, `add_on.ordered to backoffice`.
    pub summary: String,
    pub attempts: u32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct EffectPage {
    pub items: Vec<EffectItem>,
    pub next: Option<String>,
    pub total: u64,
}

#[derive(Debug, Deserialize, IntoParams)]
struct EffectQuery {
    #[param(inline = false)]
    state: Option<EffectState>,
    cursor: Option<String>,
    #[param(maximum = 200)]
    limit: Option<u32>,
}

pub fn add(operations: Operations) -> Operations {
    let list = Operation::get("/api/v1/effects", "list_effects", "protect");
    operations.add(list.query::<EffectQuery>().answers::<EffectPage>(), list_effects)
}

/// Effects looked at for one page.
const LOOKED_AT_MAX: usize = 10_000;

async fn list_effects(
    caller: Needs<ReadEffects>,
    Query(query): Query<EffectQuery>,
) -> Result<Json<EffectPage>, Problem> {
    let EffectQuery { state, cursor, limit } = query;
    let paging = Paging { cursor, limit };
    let (limit, after) = (paging.limit(), paging.cursor::<EffectId>()?);
    let read = caller.workspace.handle.view(move |view| {
        let pending = view.effects(after, LOOKED_AT_MAX)?;
        let total = view.gauges().get("effects_unsettled").copied().unwrap_or(0);
        let mut journeys: BTreeMap<RunId, String> = BTreeMap::new();
        let wanted: Vec<Pending> = pending
            .into_iter()
            .filter(|pending| state.is_none_or(|state| state_of(pending).0 == state))
            .take(limit + 1)
            .collect();
        for effect in &wanted {
            if let (Some(run), Some(customer)) = (effect.effect.run, view.customer(effect.effect.customer)?) {
                let found = customer.progress.runs().iter().find(|own| own.id == run);
                journeys.extend(found.map(|own| (run, own.journey.to_string())));
            }
        }
        Ok::<_, Problem>((wanted, journeys, total))
    });
    let (mut wanted, journeys, total) = read.await??;
    let more = wanted.len() > limit;
    wanted.truncate(limit);
    let next = wanted.last().filter(|_| more).map(|last| last.effect.id.to_string());
    let items = wanted.iter().map(|pending| item(pending, &journeys)).collect();
    Ok(Json(EffectPage { items, next, total }))
}

fn state_of(pending: &Pending) -> (EffectState, Option<String>) {
    match &pending.stage {
        Stage::Ready | Stage::Started => (EffectState::Pending, None),
        Stage::Waiting { reason, .. } => (EffectState::Retrying, Some(reason.clone())),
        Stage::Accepted { .. } => {
            (EffectState::Pending, Some("taken by the receiver, whose report of delivery is awaited".into()))
        }
        Stage::Uncertain { reason } => (EffectState::Uncertain, Some(reason.clone())),
    }
}

fn item(pending: &Pending, journeys: &BTreeMap<RunId, String>) -> EffectItem {
    let effect = &pending.effect;
    let (state, reason) = state_of(pending);
    let begun = u32::from(!matches!(pending.stage, Stage::Ready | Stage::Waiting { .. }));
    EffectItem {
        id: effect.id.to_string(),
        kind: match effect.kind {
            Kind::Email(_) => EffectKind::Email,
            Kind::Chat(_) => EffectKind::Chat,
            Kind::Webhook(_) => EffectKind::Webhook,
            Kind::Sms(_) => EffectKind::Sms,
            Kind::Hook(_) => EffectKind::Hook,
            Kind::Letter(_) => EffectKind::Letter,
        },
        customer: effect.customer.to_string(),
        run: effect.run.map(|run| run.to_string()),
        journey: effect.run.and_then(|run| journeys.get(&run).cloned()),
        asked: effect.asked,
        state,
        reason,
        purpose: effect.purpose.as_str().into(),
        summary: summary(&effect.kind),
        attempts: u32::from(pending.failures) + begun,
    }
}

fn summary(kind: &Kind) -> String {
    match kind {
        Kind::Email(email) => format!("e-mail to {}: {}", masked(&email.to), email.subject),
        Kind::Chat(message) => format!("chat: {}", message.text.chars().take(60).collect::<String>()),
        Kind::Webhook(call) => format!("{} to {}", call.event, call.endpoint),
        Kind::Sms(sms) => format!("SMS to {}", masked_number(&sms.to)),
        Kind::Hook(message) => format!("{} to {}", message.channel, masked_number(&message.to)),
        Kind::Letter(letter) => format!("letter to {}: {}", letter.to.city, letter.subject),
    }
}

/// A number or name on a channel by its last characters.
fn masked_number(number: &str) -> String {
    /// Shown of a number; less than half of any.
    const SHOWN: usize = 3;
    let hidden = number.chars().count().saturating_sub(SHOWN);
    format!("…{}", number.chars().skip(hidden).collect::<String>())
}

/// An address whose owner recognises it and others do not.
fn masked(address: &str) -> String {
    match address.split_once('@') {
        Some((local, domain)) => format!("{}…@{domain}", local.chars().next().unwrap_or('…')),
        None => "…".into(),
    }
}
