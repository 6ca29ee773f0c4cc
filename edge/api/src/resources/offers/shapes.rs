//! The shapes of offers: what each asks for, and what became of it.

use std::collections::BTreeMap;

use model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// An offer, what it asks for, and what became of it so far.
#[derive(Debug, Serialize, ToSchema)]
pub struct Offer {
    pub name: String,
    pub title: String,
    pub placements: Vec<String>,
    /// The products it is about.
    pub products: Vec<String>,
    /// Left out while a complaint of the customer is open.
    pub promotional: bool,
    pub content: BTreeMap<String, String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// The first moment it is not valid any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
    pub validity: OfferValidity,
    /// How likely an acceptance is: a number, or an expression of one.
    pub propensity: String,
    /// What an acceptance is worth: a number, or an expression of one.
    pub value: String,
    pub lever: f64,
    /// The conditions of each stage.
    pub conditions: Vec<OfferConditions>,
    /// What one customer may have, in words.
    pub per_customer: Option<String>,
    pub total: Option<u64>,
    /// Neither taken nor held back; there for limited offers.
    pub left: Option<u64>,
    /// Held back for customers it was chosen for.
    pub held: u64,
    /// How long one is held back, such as `30m`.
    pub hold: String,
    pub taken: u64,
    pub decided: u64,
    pub shown: u64,
    pub clicked: u64,
    pub accepted: u64,
    pub declined: u64,
    /// Accepted when none was left.
    pub missed: u64,
    /// How often it was ranked best for a customer of the control group, and so was not made.
    pub held_out: u64,
    /// How often it fell out, by stage.
    pub fell: BTreeMap<String, u64>,
    /// How far it came: every stage in order, with what fell out there; the last is that it was chosen.
    pub funnel: Vec<OfferStage>,
    /// Shown of those decided; clicked, accepted and declined of those shown. What was never shown, because a
    /// touchpoint reports none, counts of those decided.
    pub rates: OfferRates,
    pub goal: Option<OfferGoal>,
    /// Those it was made to beside those of the control group; there where it has a goal.
    pub comparison: Option<OfferComparison>,
}

/// Whether the time is that of the offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OfferValidity {
    Valid,
    Upcoming,
    Ended,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OfferConditions {
    pub stage: String,
    pub conditions: Vec<String>,
}

/// What fell out at a stage.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferStage {
    pub stage: String,
    /// Decisions in which it fell out here, or was chosen.
    pub decisions: u64,
    /// Customers with whom it came this far and never further.
    pub customers: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OfferRates {
    pub shown: Option<OfferRate>,
    pub clicked: Option<OfferRate>,
    pub accepted: Option<OfferRate>,
    pub declined: Option<OfferRate>,
}

/// A part of a whole with its 95 % interval, by Wilson's score.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferRate {
    pub part: u64,
    pub whole: u64,
    /// What the whole is: `decided` or `shown`, or `customers` of a comparison.
    pub of: String,
    /// From 0 to 1.
    pub rate: f64,
    pub low: f64,
    pub high: f64,
}

/// What an offer is to lead to.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferGoal {
    pub event: String,
    /// Such as `30d`.
    pub within: String,
}

/// Customers for whom it was ranked best, each once: those it was made to, and those of the control group.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferComparison {
    /// Hundredths of all customers who are in the control group.
    pub control_percent: f64,
    pub treated: OfferGroup,
    pub held_out: OfferGroup,
    /// Absent while one of the groups is empty.
    pub difference: Option<OfferDifference>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OfferGroup {
    pub customers: u64,
    /// How many of them reached the goal in time.
    pub reached: u64,
    /// Absent while there are none.
    pub rate: Option<OfferRate>,
}

/// The rate of the treated less that of those held out, with its 95 % interval by Newcombe's hybrid score.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferDifference {
    pub difference: f64,
    pub low: f64,
    pub high: f64,
}

/// The last decisions an offer took part in, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferDecisions {
    pub items: Vec<OfferDecision>,
    /// Those of customers who were erased since are not told.
    pub erased: u32,
}

/// A decision an offer took part in.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferDecision {
    pub decision: String,
    pub customer: String,
    /// Absent for an anonymous customer.
    pub name: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    pub placement: String,
    /// Where it fell out, or `chosen`.
    pub stage: String,
    /// Why it fell out, in words.
    pub reason: String,
    /// What it was ranked by, where it came that far.
    pub score: Option<f64>,
    /// What was chosen instead, where anything was.
    pub instead: Option<String>,
    /// How probable the choice was, from 0 to 1.
    pub probability: f64,
    pub control: bool,
    /// Chosen to learn, not for its rank.
    pub explored: bool,
}
