//! The customer's telephones: text messages that came by SMPP, and what is typed on them.

use std::sync::{MutexGuard, PoisonError};

use axum::Json;
use axum::extract::State;
use model::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use utoipa::ToSchema;

use super::super::thread_item::Direction;
use super::{Devices, Stir, push};
use crate::access::{AnyToken, Needs};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::Api;

/// A text message on a telephone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TextMessage {
    pub id: String,
    /// `in`: to the customer; `out`: typed by the customer.
    pub direction: Direction,
    /// The customer's number.
    pub number: String,
    /// The business's number or name.
    pub business: String,
    pub text: String,
    /// `gsm7`, `latin1` or `ucs2`.
    pub encoding: String,
    /// Parts it was carried in.
    pub parts: usize,
    /// Whether the other side has been told: it has the delivery receipts of a message in, and the message out itself.
    pub confirmed: bool,
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TelephonePage {
    /// Newest first, of all numbers.
    pub items: Vec<TextMessage>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct TextDraft {
    /// The telephone's number, with plus and country code.
    pub number: String,
    pub text: String,
}

/// A text message that the customer types, on its way to the message centre.
#[derive(Debug)]
pub struct Calling {
    pub number: String,
    pub text: String,
    pub sent: oneshot::Sender<Result<TextMessage, String>>,
}

/// The longest text taken; the carrier's own bound on parts is below it.
const TEXT_CHARS_MAX: usize = 2_000;
/// ITU-T E.164, and the shortest number that is no short code.
const NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

impl Devices {
    /// A message arrived on a telephone, or was sent from it.
    pub fn ring(&self, message: TextMessage) {
        let number = message.number.clone();
        push(&mut self.texts(), message);
        self.tell(Stir::Telephone(number));
    }

    /// The business has taken the delivery receipts of a message.
    pub fn confirm_text(&self, id: &str) {
        let mut texts = self.texts();
        let Some(message) = texts.iter_mut().rev().find(|message| message.id == id) else { return };
        message.confirmed = true;
        let number = message.number.clone();
        drop(texts);
        self.tell(Stir::Telephone(number));
    }

    fn texts(&self) -> MutexGuard<'_, Vec<TextMessage>> {
        self.0.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn add(operations: Operations) -> Operations {
    let telephone = Operation::get("/api/v1/demo/telephone", "get_telephone", "demo");
    let send = Operation::post("/api/v1/demo/telephone", "send_text", "demo");
    operations
        .add(telephone.answers::<TelephonePage>().fails(&[404]), get_telephone)
        .add(send.takes::<TextDraft>().answers::<TextMessage>().fails(&[404, 409, 422]), send_text)
}

async fn get_telephone(_: Needs<AnyToken>, State(api): State<Api>) -> Result<Json<TelephonePage>, Problem> {
    let devices = api.demo().ok_or_else(|| Problem::not_found("demo", "telephone"))?;
    let items = devices.texts().iter().rev().cloned().collect();
    Ok(Json(TelephonePage { items }))
}

async fn send_text(
    _: Needs<AnyToken>,
    State(api): State<Api>,
    Json(draft): Json<TextDraft>,
) -> Result<Json<TextMessage>, Problem> {
    let devices = api.demo().ok_or_else(|| Problem::not_found("demo", "telephone"))?;
    let digits = draft.number.strip_prefix('+').unwrap_or_default();
    if !NUMBER_DIGITS.contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let detail = format!("`{}` is no telephone number", draft.number);
        return Err(Problem::invalid(
            "number",
            detail,
            "Write plus, country code and digits, such as +4915112345678.",
        ));
    }
    let text = draft.text.trim().to_owned();
    if text.is_empty() || text.chars().count() > TEXT_CHARS_MAX {
        let detail = format!("the text has {} characters", text.chars().count());
        return Err(Problem::invalid("text", detail, "Write 1 to 2000 characters."));
    }
    let (sent, answer) = oneshot::channel();
    let calling = Calling { number: draft.number, text, sent };
    devices.0.ways.calls.send(calling).await.map_err(|_| Problem::stopping())?;
    let message = answer.await.map_err(|_| Problem::stopping())?;
    message.map(Json).map_err(Problem::conflict)
}
