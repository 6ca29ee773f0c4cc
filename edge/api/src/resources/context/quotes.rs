//! `POST /v1/quotes`: prices promised, and whether a promise that is shown is ours.

use adapt::{Quote, QuoteLine, QuoteRequest};
use axum::Json;
use channels::links::Links;
use model::{QuoteId, Span};
use shard::{Done, Order};

use super::shapes::{QuoteCheck, QuoteChecked, QuoteQuery, QuoteView, QuotedLine};
use super::who::Who;
use crate::access::{Engage, Needs};
use crate::problem::Problem;
use crate::state::now;

pub async fn make_quote(
    caller: Needs<Engage>,
    Json(query): Json<QuoteQuery>,
) -> Result<Json<QuoteView>, Problem> {
    let customer = Who { workspace: &caller.workspace, identifiers: &query.identifiers }.known().await?;
    let wrong =
        |error: model::InvalidTime| Problem::invalid("valid", error.to_string(), "write a span such as `7d`");
    let valid = query.valid.as_ref().map(|text| text.parse::<Span>()).transpose().map_err(wrong)?;
    let items = query.items.iter().map(|item| (item.product.as_str().into(), item.quantity)).collect();
    let (by, request) = (caller.token.name.clone(), QuoteRequest { items, valid });
    match caller.workspace.handle.order(Order::Quote { by, customer, request }).await? {
        Done::Quoted(quote) => Ok(Json(quote_view(&quote, &caller.workspace.links))),
        _ => Err(Problem::conflict("nothing was promised")),
    }
}

pub async fn check_quote(
    caller: Needs<Engage>,
    Json(query): Json<QuoteCheck>,
) -> Result<Json<QuoteChecked>, Problem> {
    let wrong =
        |error: model::InvalidId| Problem::invalid("quote", error.to_string(), "use the id of the quote");
    let id: QuoteId = query.quote.parse().map_err(wrong)?;
    let customer = Who { workspace: &caller.workspace, identifiers: &query.identifiers }.known().await?;
    let links = caller.workspace.links.clone();
    let read = caller.workspace.handle.view(move |view| {
        let time = view.time().max(now());
        let held = view.customer(customer)?;
        let quote = held.and_then(|held| held.dealings.quotes().iter().find(|quote| quote.id == id));
        let quote = quote.ok_or_else(|| Problem::not_found("quote", id))?;
        let genuine = links.is_quote_signature(&quote.canonical(), &query.signature);
        Ok(QuoteChecked { genuine, kept: genuine && time < quote.until, quote: quote_view(quote, &links) })
    });
    read.await?.map(Json)
}

/// A quote with its signature, which follows from the quote and the workspace's key.
pub fn quote_view(quote: &Quote, links: &Links) -> QuoteView {
    let line = |line: &QuoteLine| QuotedLine {
        product: line.product.to_string(),
        name: line.name.to_string(),
        quantity: line.quantity,
        list: line.list.to_string(),
        unit: line.unit.to_string(),
    };
    QuoteView {
        id: quote.id.to_string(),
        lines: quote.lines.iter().map(line).collect(),
        total: quote.total.to_string(),
        made: quote.made,
        until: quote.until,
        catalogue_version: quote.version,
        signature: links.sign_quote(&quote.canonical()),
    }
}
