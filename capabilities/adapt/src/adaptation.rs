//! A catalogue's prices and offers, compiled.

use std::collections::BTreeSet;

use model::{Catalogue, Problem, Span, Timestamp};
use rules::{Scope, Symbols};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::blind::Blind;
use crate::files::{Place, read};
use crate::funnel::Goal;
use crate::offers::{self, Offer};
use crate::prices::{self, PriceBook, PriceTable, Product, TableView};

const DECISIONS: &str = "decisions.yaml";

/// How long a quote holds, and a limited offer is held back, unless stated.
const QUOTE_VALID: Span = Span(14 * Span::DAY.0);

/// What runs: compiled at publish time, and again from the same files in every replay.
#[derive(Debug, Clone)]
pub struct Adaptation {
    pub(crate) version: u32,
    pub(crate) book: PriceBook,
    /// By name.
    pub(crate) offers: Vec<Offer>,
    /// How many different conditions they have.
    pub(crate) conditions: usize,
    pub(crate) policy: Policy,
    /// The events that are goals of offers.
    goals: BTreeSet<Box<str>>,
}

/// `decisions.yaml`: how offers are chosen.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    /// Hundredths of customers who get no offers, to compare with; always the same customers.
    #[serde(default)]
    pub control_percent: f64,
    /// Hundredths of decisions that choose any of the offers that may be made, to learn how they do.
    #[serde(default)]
    pub explore_percent: f64,
    /// How long a quote holds; 14 days unless stated.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub quote_valid: Option<Span>,
    /// What offers are to lead to that say nothing of their own.
    #[serde(default)]
    pub goal: Option<Goal>,
}

/// The JSON Schema of each kind of file, by its path or folder.
pub fn json_schemas() -> Vec<(&'static str, serde_json::Value)> {
    vec![
        (DECISIONS, schemars::schema_for!(Policy).to_value()),
        ("prices/", schemars::schema_for!(prices::PricesFile).to_value()),
        ("offers/", schemars::schema_for!(offers::OfferFile).to_value()),
    ]
}

impl Adaptation {
    /// Compiles the files; each may be absent. `scope` is what conditions about a customer may name.
    pub fn compile(
        catalogue: &Catalogue,
        scope: &Scope,
        symbols: &mut Symbols,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let policy =
            catalogue.file(DECISIONS).map(|file| read::<Policy>(file, &mut problems)).unwrap_or_default();
        for (field, percent) in
            [("control_percent", policy.control_percent), ("explore_percent", policy.explore_percent)]
        {
            if !(0.0..=100.0).contains(&percent) {
                let message = format!("`{percent}` is not a percentage");
                problems.push(Problem::new(DECISIONS, field, message, "Write a number from 0 to 100."));
            }
        }
        let mut at = Place { file: DECISIONS, path: String::new(), problems: &mut problems };
        offers::check_goal(policy.goal.as_ref(), &mut at);
        let blind = Blind::new(scope);
        let book = PriceBook::compile(catalogue, &blind, symbols, &mut problems);
        let (offers, conditions) =
            offers::compile(catalogue, policy.goal.as_ref(), &blind, symbols, &mut problems);
        match problems.is_empty() {
            true => {
                let goals = offers
                    .iter()
                    .filter_map(|offer| Some(offer.goal.as_ref()?.event.as_str().into()))
                    .collect();
                Ok(Self { version: catalogue.version, book, offers, conditions, policy, goals })
            }
            false => Err(problems),
        }
    }

    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    pub fn offer(&self, name: &str) -> Option<&Offer> {
        let place = self.offers.binary_search_by(|offer| (*offer.name).cmp(name)).ok()?;
        self.offers.get(place)
    }

    /// Whether an event may be the goal of an offer.
    pub fn is_goal(&self, event: &str) -> bool {
        self.goals.contains(event)
    }

    /// Hundredths of customers who get no offers, and of decisions that are made to learn.
    pub fn shares(&self) -> (f64, f64) {
        (self.policy.control_percent, self.policy.explore_percent)
    }

    /// Every price of every product, those of the past and those to come too, by product and time.
    pub fn all_prices(&self) -> impl Iterator<Item = &Product> {
        self.book.all()
    }

    /// Every product that has a list price at a time.
    pub fn products(&self, now: Timestamp) -> impl Iterator<Item = &Product> {
        self.book.products(now)
    }

    pub fn price_tables(&self) -> Vec<TableView> {
        self.book.tables().iter().map(PriceTable::view).collect()
    }

    /// How long a quote holds unless less is asked for.
    pub fn quote_valid(&self) -> Span {
        self.policy.quote_valid.unwrap_or(QUOTE_VALID)
    }
}

impl Default for Adaptation {
    fn default() -> Self {
        let offers = Vec::new();
        let goals = BTreeSet::new();
        Self {
            version: 0,
            book: PriceBook::default(),
            offers,
            conditions: 0,
            policy: Policy::default(),
            goals,
        }
    }
}
