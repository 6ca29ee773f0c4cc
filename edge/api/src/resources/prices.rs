//! The price book: products with their prices over time, and the tables that change them.

use adapt::{HitPolicy, Product, TableView};
use axum::Json;
use model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Needs, ReadCatalogue};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::now;

/// Channels of every kind: what is asked in the name of each must be answered the same.
pub const DOORS: [&str; 13] = [
    "web",
    "app",
    "store",
    "phone",
    "email",
    "sms",
    "webchat",
    "whatsapp",
    "push",
    "letter",
    "marketplace/parity",
    "device",
    "server",
];

#[derive(Debug, Serialize, ToSchema)]
pub struct PriceList {
    /// Products with a list price now.
    pub products: Vec<PricedProduct>,
    /// Prices that begin later or have ended.
    pub other_times: Vec<PricedProduct>,
    /// The tables that change prices, in order.
    pub tables: Vec<PriceTable>,
    /// How long a quote holds, such as `14d`.
    pub quote_valid: String,
    /// The channels in whose name a comparison asks `POST /v1/context`.
    pub doors: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PricedProduct {
    pub product: String,
    pub name: String,
    pub category: Option<String>,
    pub price: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// The first moment it does not hold any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PriceTable {
    pub name: String,
    pub title: String,
    pub hit: HitRule,
    /// What each column is about.
    pub columns: Vec<String>,
    pub rows: Vec<PriceTableRow>,
    /// What applies when no row does, such as `unchanged`; absent where that cannot be.
    pub otherwise: Option<String>,
    /// What could not be proved about it; empty for most.
    pub unproved: Vec<String>,
}

/// Which rows count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HitRule {
    First,
    Unique,
    CollectMin,
    CollectMax,
    CollectSum,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PriceTableRow {
    /// One for each column; `-` is anything.
    pub cells: Vec<String>,
    /// Such as `-10 %`.
    pub change: String,
    pub because: String,
}

pub fn add(operations: Operations) -> Operations {
    let prices = Operation::get("/api/v1/prices", "get_prices", "adapt");
    operations.add(prices.answers::<PriceList>(), get_prices)
}

async fn get_prices(caller: Needs<ReadCatalogue>) -> Result<Json<PriceList>, Problem> {
    let engine = caller.workspace.handle.engine();
    let (adaptation, time) = (engine.adaptation(), now());
    let (current, other): (Vec<&Product>, Vec<&Product>) =
        adaptation.all_prices().partition(|product| product.from <= time && time < product.to);
    Ok(Json(PriceList {
        products: current.into_iter().map(product).collect(),
        other_times: other.into_iter().map(product).collect(),
        tables: adaptation.price_tables().into_iter().map(table).collect(),
        quote_valid: adaptation.quote_valid().to_string(),
        doors: DOORS.map(Into::into).into(),
    }))
}

fn product(product: &Product) -> PricedProduct {
    PricedProduct {
        product: product.id.to_string(),
        name: product.name.to_string(),
        category: product.category.as_ref().map(ToString::to_string),
        price: product.price.to_string(),
        from: Some(product.from).filter(|from| *from != Timestamp::MIN),
        to: Some(product.to).filter(|to| *to != Timestamp::MAX),
    }
}

fn table(table: TableView) -> PriceTable {
    let rows = table.rows.into_iter().map(|row| PriceTableRow {
        cells: row.cells,
        change: row.change,
        because: row.because.into(),
    });
    PriceTable {
        name: table.name.into(),
        title: table.title.into(),
        hit: match table.hit {
            HitPolicy::First => HitRule::First,
            HitPolicy::Unique => HitRule::Unique,
            HitPolicy::CollectMin => HitRule::CollectMin,
            HitPolicy::CollectMax => HitRule::CollectMax,
            HitPolicy::CollectSum => HitRule::CollectSum,
        },
        columns: table.columns,
        rows: rows.collect(),
        otherwise: table.otherwise,
        unproved: table.unproved,
    }
}
