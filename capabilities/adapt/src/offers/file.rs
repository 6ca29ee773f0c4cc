//! `offers/*.yaml`: one offer each.

use std::collections::BTreeMap;

use model::Span;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::funnel::Goal;

/// Something we may propose.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferFile {
    pub name: String,
    pub title: String,
    /// Where it may be shown: names that touchpoints ask for, and journeys.
    pub placements: Vec<String>,
    /// The products it is about: it is not made to a customer with an open complaint about one of them.
    #[serde(default)]
    pub products: Vec<String>,
    /// Whether it is left out while any complaint of the customer is open; yes unless stated.
    #[serde(default = "yes")]
    pub promotional: bool,
    /// What a touchpoint shows.
    #[serde(default)]
    pub content: BTreeMap<String, String>,
    /// Who may have it at all: conditions, which all must hold.
    #[serde(default)]
    pub eligibility: Vec<String>,
    /// When it makes sense.
    #[serde(default)]
    pub applicability: Vec<String>,
    /// When it is good for the customer.
    #[serde(default)]
    pub suitability: Vec<String>,
    #[serde(default)]
    pub valid: ValidFile,
    #[serde(default)]
    pub limits: LimitsFile,
    /// How likely the customer is to accept: a number, or an expression of one.
    #[serde(default = "one")]
    pub propensity: Json,
    /// What an acceptance is worth: a number, or an expression of one.
    #[serde(default = "one")]
    pub value: Json,
    /// What it is to lead to; as `decisions.yaml` says unless stated.
    #[serde(default)]
    pub goal: Option<Goal>,
    /// How much the business wants it pushed.
    #[serde(default = "one_lever")]
    pub lever: f64,
}

/// Days or moments; `to` is the first it does not hold any more.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValidFile {
    #[serde(default)]
    pub from: Option<String>,
    #[serde(default)]
    pub to: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsFile {
    #[serde(default)]
    pub per_customer: Option<PerCustomer>,
    /// How many there are for all customers together.
    #[serde(default)]
    pub total: Option<u64>,
    /// How long one of them is held back for whoever it was chosen for; 30 minutes unless stated.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub hold: Option<Span>,
}

/// How often one customer may have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerCustomer {
    pub times: u32,
    /// In this last stretch of time; ever unless stated.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub within: Option<Span>,
    #[serde(default)]
    pub counting: Counting,
}

/// What is counted against a customer's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    Decided,
    Shown,
    #[default]
    Accepted,
}

fn yes() -> bool {
    true
}

fn one() -> Json {
    Json::from(1)
}

fn one_lever() -> f64 {
    1.0
}
