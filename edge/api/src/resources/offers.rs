//! The catalogue's offers with how each is doing, and its price book.

use std::collections::BTreeMap;

use adapt::{Budget, Counting, Offer as Defined};
use axum::Json;
use model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Needs, ReadCatalogue};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::now;

/// An offer, what it asks for, and what became of it so far.
#[derive(Debug, Serialize, ToSchema)]
pub struct Offer {
    pub name: String,
    pub title: String,
    pub placements: Vec<String>,
    pub content: BTreeMap<String, String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
    /// The conditions of each stage.
    pub conditions: Vec<OfferConditions>,
    /// What one customer may have, in words.
    pub per_customer: Option<String>,
    pub total: Option<u64>,
    /// Neither taken nor held back; there for limited offers.
    pub left: Option<u64>,
    /// Held back for customers it was chosen for.
    pub held: u64,
    pub taken: u64,
    pub decided: u64,
    pub shown: u64,
    pub clicked: u64,
    pub accepted: u64,
    pub declined: u64,
    /// Accepted when none was left.
    pub missed: u64,
    /// How often it fell out, by stage.
    pub fell: BTreeMap<String, u64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OfferConditions {
    pub stage: String,
    pub conditions: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PriceList {
    /// Products with a list price now.
    pub products: Vec<PricedProduct>,
    /// The tables that change prices, in order.
    pub tables: Vec<PriceTable>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PricedProduct {
    pub product: String,
    pub name: String,
    pub category: Option<String>,
    pub price: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PriceTable {
    pub name: String,
    pub title: String,
    pub rows: u32,
    /// What could not be proved about it; empty for most.
    pub unproved: Vec<String>,
}

pub fn add(operations: Operations) -> Operations {
    let offers = Operation::get("/api/v1/offers", "list_offers", "adapt");
    let prices = Operation::get("/api/v1/prices", "get_prices", "adapt");
    operations.add(offers.lists::<Offer>(), list_offers).add(prices.answers::<PriceList>(), get_prices)
}

async fn list_offers(caller: Needs<ReadCatalogue>) -> Result<Json<Vec<Offer>>, Problem> {
    let read = caller.workspace.handle.view(|view| {
        let time = view.time().max(now());
        let nothing = Budget::default();
        let budgets = &view.books().budgets;
        let own = |offer: &Defined| {
            let left = offer.total.map(|total| budgets.left(&offer.name, total, time, &[]));
            shown(offer, budgets.of(&offer.name).unwrap_or(&nothing), left, time)
        };
        view.engine().adaptation().offers().iter().map(own).collect::<Vec<_>>()
    });
    Ok(Json(read.await?))
}

fn shown(offer: &Defined, budget: &Budget, left: Option<u64>, time: Timestamp) -> Offer {
    let conditions = offer.conditions().into_iter().map(|(stage, conditions)| OfferConditions {
        stage: stage.into(),
        conditions: conditions.into_iter().map(Into::into).collect(),
    });
    let per_customer = offer.per_customer.map(|limit| {
        let counted = match limit.counting {
            Counting::Decided => "chosen",
            Counting::Shown => "shown",
            Counting::Accepted => "accepted",
        };
        let within = limit.within.map(|within| format!(" within {within}")).unwrap_or_default();
        format!("{counted} {} times at most{within}", limit.times)
    });
    Offer {
        name: offer.name.to_string(),
        title: offer.title.to_string(),
        placements: offer.placements.iter().map(ToString::to_string).collect(),
        content: offer.content.clone(),
        from: Some(offer.from).filter(|from| *from != Timestamp::MIN),
        to: Some(offer.to).filter(|to| *to != Timestamp::MAX),
        conditions: conditions.collect(),
        per_customer,
        total: offer.total,
        left,
        held: budget.held(time),
        taken: budget.taken,
        decided: budget.decided,
        shown: budget.shown,
        clicked: budget.clicked,
        accepted: budget.accepted,
        declined: budget.declined,
        missed: budget.missed,
        fell: budget.fell.iter().map(|(stage, count)| (stage.to_string(), *count)).collect(),
    }
}

async fn get_prices(caller: Needs<ReadCatalogue>) -> Result<Json<PriceList>, Problem> {
    let engine = caller.workspace.handle.engine();
    let product = |product: &adapt::Product| PricedProduct {
        product: product.id.to_string(),
        name: product.name.to_string(),
        category: product.category.as_ref().map(ToString::to_string),
        price: product.price.to_string(),
    };
    let table = |table: adapt::TableView| PriceTable {
        name: table.name.into(),
        title: table.title.into(),
        rows: table.rows as u32,
        unproved: table.unproved,
    };
    let adaptation = engine.adaptation();
    Ok(Json(PriceList {
        products: adaptation.products(now()).map(product).collect(),
        tables: adaptation.price_tables().into_iter().map(table).collect(),
    }))
}
