//! The shapes of questions and answers about a customer's context.

use std::collections::BTreeMap;

use model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::orders::CustomerOrders;

#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ContextQuery {
    /// Who is there, as events name them: `user_id`, `email`, `anonymous_id`, `external/<system>`, …
    pub identifiers: BTreeMap<String, String>,
    /// Where the customer is; prices and offers do not depend on it.
    pub channel: String,
    /// Places to fill with offers.
    #[serde(default)]
    pub placements: Vec<String>,
    /// Products whose prices are wanted.
    #[serde(default)]
    pub products: Vec<ProductAsked>,
    /// Whether the products' prices are to be promised.
    #[serde(default)]
    pub quote: bool,
    /// Whether the offers are recorded as decided; without, limited offers are not held back.
    #[serde(default = "yes")]
    pub record: bool,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ProductAsked {
    pub product: String,
    #[serde(default = "one")]
    pub quantity: u32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Context {
    /// Absent for somebody nothing is known of.
    pub customer: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    /// The catalogue by which it was worked out.
    pub catalogue_version: u32,
    /// Needs `customers_read`; absent without.
    pub profile: Option<ContextProfile>,
    pub segments: Vec<String>,
    pub journeys: Vec<ContextJourney>,
    pub conversations: Vec<ContextConversation>,
    /// One for each placement.
    pub offers: Vec<ContextOffer>,
    /// One for each product.
    pub prices: Vec<ContextPrice>,
    /// Orders, tickets, complaints and notes of every channel. Needs `customers_read`; absent without.
    pub service: Option<CustomerOrders>,
    /// The promises that are kept now.
    pub quotes: Vec<QuoteView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ContextProfile {
    pub name: Option<String>,
    pub identifiers: Vec<super::super::customers::Identifier>,
    pub traits: BTreeMap<String, serde_json::Value>,
    pub computed: BTreeMap<String, serde_json::Value>,
}

/// A journey under way: where it stands, and how to go on here.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContextJourney {
    pub run: String,
    pub journey: String,
    pub title: String,
    pub version: u32,
    pub step: String,
    pub step_kind: Option<String>,
    /// What it waits for, such as `the answer to “which plan you would like”`.
    pub waiting: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// What is known so far, by slot.
    pub slots: BTreeMap<String, serde_json::Value>,
    /// Slots that are still to be filled.
    pub missing: Vec<String>,
    /// There while a question is open: answer it by `POST /v1/context/answer`, on any channel.
    pub question: Option<ContextQuestion>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ContextQuestion {
    pub slot: String,
    /// What it is called, such as `what it is worth`.
    pub label: String,
    /// The question in words for this customer.
    pub text: String,
    /// What an answer is: `text`, `int`, `bool`, `choice`, `email`, `phone` or `date`. It is answered in words, as on any
    /// channel: a choice by its label, and `yes` or `no`.
    pub kind: String,
    /// The answers of a `choice`.
    pub choices: Vec<ContextChoice>,
    /// Where it was asked last.
    pub asked_on: String,
    /// Name it in the answer, so that the answer is to this question.
    pub conversation: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ContextChoice {
    /// What the slot holds then.
    pub value: String,
    /// What the customer reads.
    pub label: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ContextConversation {
    pub id: String,
    pub subject: String,
    pub channels: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    pub last: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ContextOffer {
    pub placement: String,
    /// Name it in `Offer Shown`, `Offer Clicked`, `Offer Accepted` and `Offer Declined`; absent where it was not
    /// recorded.
    pub decision: Option<String>,
    /// Absent where none may be made.
    pub offer: Option<String>,
    pub title: Option<String>,
    pub content: BTreeMap<String, String>,
    /// How probable the choice was, from 0 to 1.
    pub probability: f64,
    /// The customer is in the control group.
    pub control: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ContextPrice {
    pub product: String,
    /// Whether it has a price now; the rest is absent without.
    pub known: bool,
    pub name: Option<String>,
    pub quantity: u32,
    /// The list price of one, such as `899.00 EUR`.
    pub list: Option<String>,
    /// What one costs this customer.
    pub unit: Option<String>,
    pub total: Option<String>,
    /// The rules that applied, in order.
    pub because: Vec<AppliedRule>,
    /// The promise by which it has this price.
    pub quote: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AppliedRule {
    pub table: String,
    pub title: String,
    /// The rows that counted, from 1.
    pub rows: Vec<u32>,
    pub because: Vec<String>,
    /// Such as `-10 %`.
    pub change: String,
    pub before: String,
    pub after: String,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct QuoteQuery {
    pub identifiers: BTreeMap<String, String>,
    pub items: Vec<ProductAsked>,
    /// How long it shall hold, such as `7d`; never longer than the catalogue says.
    pub valid: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct QuoteView {
    pub id: String,
    pub lines: Vec<QuotedLine>,
    pub total: String,
    #[schema(value_type = String, format = DateTime)]
    pub made: Timestamp,
    /// The first moment it does not hold any more.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    pub catalogue_version: u32,
    /// HMAC-SHA-256 under the workspace's own key; `POST /v1/quotes/check` checks it.
    pub signature: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct QuotedLine {
    pub product: String,
    pub name: String,
    pub quantity: u32,
    pub list: String,
    pub unit: String,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct QuoteCheck {
    pub identifiers: BTreeMap<String, String>,
    pub quote: String,
    pub signature: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct QuoteChecked {
    /// Whether the signature is of this quote, unchanged.
    pub genuine: bool,
    /// Whether it holds now.
    pub kept: bool,
    pub quote: QuoteView,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ContextAnswer {
    pub identifiers: BTreeMap<String, String>,
    /// Where the customer said it.
    pub channel: String,
    pub text: String,
    /// Of the question; without, the latest conversation of the channel.
    pub conversation: Option<String>,
    /// The same again is taken once.
    pub message_id: String,
}

/// What staff write down: at the till, on the phone, at the door.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ContextNote {
    /// Who is there; a loyalty card read at the counter joins who it belongs to.
    pub identifiers: BTreeMap<String, String>,
    pub channel: String,
    pub text: String,
    /// The number of the order it is about.
    pub order: Option<String>,
    /// The same again is taken once.
    pub message_id: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NoteTaken {
    pub customer: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Answered {
    pub customer: String,
    /// Where the journeys stand now.
    pub journeys: Vec<ContextJourney>,
}

fn yes() -> bool {
    true
}

fn one() -> u32 {
    1
}
