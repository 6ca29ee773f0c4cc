//! The demo's back office: it can be out of order, so that what a business does then can be seen.

use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Devices;
use crate::access::{AnyToken, Needs};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::Api;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BackOffice {
    /// Whether it answers; out of order, it refuses every call.
    pub works: bool,
}

impl Devices {
    pub fn office_works(&self) -> bool {
        self.0.office_works.load(Ordering::Relaxed)
    }
}

pub(super) fn add(operations: Operations) -> Operations {
    let get = Operation::get("/api/v1/demo/office", "get_back_office", "demo");
    let put = Operation::post("/api/v1/demo/office", "set_back_office", "demo");
    operations
        .add(get.answers::<BackOffice>().fails(&[404]), get_back_office)
        .add(put.takes::<BackOffice>().answers::<BackOffice>().fails(&[404]), set_back_office)
}

async fn get_back_office(_: Needs<AnyToken>, State(api): State<Api>) -> Result<Json<BackOffice>, Problem> {
    let devices = api.demo().ok_or_else(|| Problem::not_found("demo", "office"))?;
    Ok(Json(BackOffice { works: devices.office_works() }))
}

async fn set_back_office(
    _: Needs<AnyToken>,
    State(api): State<Api>,
    Json(office): Json<BackOffice>,
) -> Result<Json<BackOffice>, Problem> {
    let devices = api.demo().ok_or_else(|| Problem::not_found("demo", "office"))?;
    devices.0.office_works.store(office.works, Ordering::Relaxed);
    Ok(Json(office))
}
