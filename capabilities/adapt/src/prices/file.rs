//! `prices/*.yaml`: products with their list prices, and the tables that change them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Products and price tables.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PricesFile {
    #[serde(default)]
    pub products: Vec<ProductFile>,
    /// In the order in which they apply, each to what the one before it came to.
    #[serde(default)]
    pub tables: Vec<TableFile>,
}

/// A product's list price, for all time or a stretch of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductFile {
    /// As events call it, such as their `product_id`.
    pub product: String,
    pub name: String,
    #[serde(default)]
    pub category: Option<String>,
    /// An exact amount and its currency, such as `899.00 EUR`.
    pub price: String,
    /// The day or moment it begins.
    #[serde(default)]
    pub from: Option<String>,
    /// The day or moment it does not hold any more.
    #[serde(default)]
    pub to: Option<String>,
}

/// A decision table whose outcome changes a price.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableFile {
    pub name: String,
    pub title: String,
    #[serde(default)]
    pub hit: HitFile,
    /// Expressions about the customer (`profile.…`) and the product (`item.product`, `item.category`,
    /// `item.quantity`, `item.list_price`).
    pub columns: Vec<String>,
    pub rows: Vec<RowFile>,
    /// What applies when no row does; `{}` leaves the price as it is.
    #[serde(default)]
    pub otherwise: Option<EffectFile>,
}

/// Which rows count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HitFile {
    /// The first that applies.
    #[default]
    First,
    /// One at most applies, which is proved at publish where it can be.
    Unique,
    /// All that apply: their least, greatest, or sum.
    CollectMin,
    CollectMax,
    CollectSum,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowFile {
    /// One cell for each column: a literal to be equal to, the tail of a condition (`>= 3`), or `-` for anything.
    pub when: Vec<Json>,
    /// What the customer may be told.
    #[serde(default)]
    pub because: String,
    #[serde(default)]
    pub percent: Option<f64>,
    #[serde(default)]
    pub amount: Option<String>,
    #[serde(default)]
    pub price: Option<String>,
}

/// One change of a price.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EffectFile {
    /// Hundredths to add; a discount is negative.
    #[serde(default)]
    pub percent: Option<f64>,
    /// An amount to add; a discount is negative.
    #[serde(default)]
    pub amount: Option<String>,
    /// The price itself.
    #[serde(default)]
    pub price: Option<String>,
}
