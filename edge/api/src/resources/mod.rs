//! The management API: one file for each resource, with its shapes, its handlers and their operations.

pub mod articles;
pub mod balance;
pub mod catalogue;
pub mod contents;
pub mod context;
pub mod conversations;
pub mod customers;
pub mod demo;
pub mod desk;
pub mod effects;
pub mod identity;
pub mod journeys;
pub mod live;
pub mod offers;
pub mod orders;
pub mod prices;
pub mod profile;
pub mod quarantine;
pub mod rehearsals;
pub mod runs;
pub mod segments;
pub mod session;
pub mod sources;
pub mod thread;
pub mod thread_item;
pub mod why;
pub mod why_one;

use axum::Router;
use model::CustomerId;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::operation::Operations;
use crate::problem::Problem;
use crate::state::Api;

/// Every operation: its routes and the OpenAPI document.
pub fn operations() -> (Router<Api>, Value) {
    let mut operations = Operations::empty();
    for add in [
        session::add,
        live::add,
        customers::add,
        profile::add,
        identity::add,
        thread::add,
        orders::add,
        runs::add,
        why::add,
        why_one::add,
        journeys::add,
        desk::add,
        conversations::add,
        articles::add,
        segments::add,
        catalogue::add,
        rehearsals::add,
        balance::add,
        sources::add,
        quarantine::add,
        effects::add,
        offers::add,
        prices::add,
        contents::add,
        context::add,
        demo::add,
    ] {
        operations = add(operations);
    }
    operations.finish()
}

/// Which part of a long list is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub struct Paging {
    /// From the page before.
    pub cursor: Option<String>,
    #[param(maximum = 200)]
    pub limit: Option<u32>,
}

/// Items of a page when none are asked for, and at most.
const LIMIT: usize = 50;
const LIMIT_MAX: usize = 200;

impl Paging {
    pub fn limit(&self) -> usize {
        self.limit.map_or(LIMIT, |limit| (limit as usize).clamp(1, LIMIT_MAX))
    }

    /// The cursor as what it stands for.
    pub fn cursor<T: std::str::FromStr>(&self) -> Result<Option<T>, Problem> {
        let wrong = |text: &String| {
            Problem::invalid(
                "cursor",
                format!("`cursor` is `{text}`"),
                "use `next` of the page before, or leave it out",
            )
        };
        self.cursor
            .as_ref()
            .filter(|text| !text.is_empty())
            .map(|text| text.parse().map_err(|_| wrong(text)))
            .transpose()
    }
}

/// A customer id of a path.
pub(crate) fn customer_id(text: &str) -> Result<CustomerId, Problem> {
    text.parse().map_err(|error: model::InvalidId| {
        Problem::invalid("id", error.to_string(), "use an id that the API gave")
    })
}
