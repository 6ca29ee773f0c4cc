//! The catalogue's offers with how each is doing, and the decisions each took part in.

mod decisions;
mod shapes;
mod shown;

use adapt::Budget;
use axum::Json;
use axum::extract::Path;

use self::decisions::recent_decisions;
use self::shapes::{Offer, OfferDecisions};
use self::shown::shown;
use crate::access::{Needs, ReadCatalogue, ReadCustomers};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::now;

pub fn add(operations: Operations) -> Operations {
    let offers = Operation::get("/api/v1/offers", "list_offers", "adapt");
    let offer = Operation::get("/api/v1/offers/{name}", "get_offer", "adapt");
    let decisions = Operation::get("/api/v1/offers/{name}/decisions", "list_offer_decisions", "adapt");
    operations
        .add(offers.lists::<Offer>(), list_offers)
        .add(offer.answers::<Offer>().fails(&[404]), get_offer)
        .add(decisions.answers::<OfferDecisions>().fails(&[404]), list_offer_decisions)
}

async fn list_offers(caller: Needs<ReadCatalogue>) -> Result<Json<Vec<Offer>>, Problem> {
    let read = caller.workspace.handle.view(|view| {
        let (time, nothing) = (view.time().max(now()), Budget::default());
        let budgets = &view.books().budgets;
        let adaptation = view.engine().adaptation();
        let (control_percent, _) = adaptation.shares();
        let own = |offer| shown((offer, control_percent), budgets, &nothing, time);
        adaptation.offers().iter().map(own).collect::<Vec<_>>()
    });
    Ok(Json(read.await?))
}

async fn get_offer(caller: Needs<ReadCatalogue>, Path(name): Path<String>) -> Result<Json<Offer>, Problem> {
    let read = caller.workspace.handle.view(move |view| {
        let (time, nothing) = (view.time().max(now()), Budget::default());
        let adaptation = view.engine().adaptation();
        let offer = adaptation.offer(&name).ok_or_else(|| Problem::not_found("offer", &name))?;
        Ok(shown((offer, adaptation.shares().0), &view.books().budgets, &nothing, time))
    });
    read.await?.map(Json)
}

async fn list_offer_decisions(
    caller: Needs<ReadCustomers>,
    Path(name): Path<String>,
) -> Result<Json<OfferDecisions>, Problem> {
    recent_decisions(&caller.workspace, name).await.map(Json)
}
