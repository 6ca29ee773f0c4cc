//! Who is asking, and how the workspace is doing.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{AnyToken, Needs, Permission, ReadCustomers};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::{Api, Workspace};

#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    pub workspace: String,
    /// The token's name.
    pub name: String,
    pub permissions: Vec<Permission>,
    /// Whether the demo routes exist.
    pub demo: bool,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Overview {
    pub customers: u64,
    pub events: u64,
    pub events_per_second: f64,
    pub runs_active: u64,
    pub quarantined: u64,
    pub effects_uncertain: u64,
    pub catalogue_version: u32,
    pub channels: Vec<ChannelCount>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelCount {
    pub channel: String,
    pub events: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last: Option<model::Timestamp>,
}

pub fn add(operations: Operations) -> Operations {
    operations.add(Operation::get("/api/v1/me", "get_me", "session").answers::<Me>(), me).add(
        Operation::get("/api/v1/overview", "get_overview", "session").answers::<Overview>(),
        get_overview,
    )
}

async fn me(caller: Needs<AnyToken>, State(api): State<Api>) -> Json<Me> {
    let Needs { workspace, token, .. } = caller;
    let permissions = token.permissions.into_iter().collect();
    Json(Me {
        workspace: workspace.name.to_string(),
        name: token.name,
        permissions,
        demo: api.demo().is_some(),
    })
}

async fn get_overview(caller: Needs<ReadCustomers>) -> Result<Json<Overview>, Problem> {
    overview(&caller.workspace).await.map(Json)
}

/// Unsettled effects looked at for the count of uncertain ones.
const EFFECTS_LOOKED_AT_MAX: usize = 10_000;

/// The workspace's figures now.
pub async fn overview(workspace: &Workspace) -> Result<Overview, Problem> {
    let mut overview = workspace
        .handle
        .view(|view| {
            let pending = view.effects(None, EFFECTS_LOOKED_AT_MAX)?;
            let uncertain =
                pending.iter().filter(|pending| matches!(pending.stage, engine::Stage::Uncertain { .. }));
            let books = view.books();
            let waiting = books.journeys.values().flat_map(|journey| journey.waiting.values());
            Ok::<_, Problem>(Overview {
                customers: books.customers,
                events: books.events,
                events_per_second: 0.0,
                runs_active: waiting.map(|count| (*count).max(0).unsigned_abs()).sum(),
                quarantined: books.accounts().map(|(_, account)| account.quarantined).sum(),
                effects_uncertain: uncertain.count() as u64,
                catalogue_version: view.engine().version(),
                channels: books
                    .channels
                    .iter()
                    .map(|(channel, events)| ChannelCount {
                        channel: channel.clone(),
                        events: *events,
                        last: None,
                    })
                    .collect(),
            })
        })
        .await??;
    overview.events_per_second = workspace.events_per_second(overview.events);
    Ok(overview)
}
