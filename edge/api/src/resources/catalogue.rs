//! The catalogue: read, checked and published as a whole.

use axum::Json;
use model::Timestamp;
use serde::{Deserialize, Serialize};
use shard::{Done, Order};
use utoipa::ToSchema;

use crate::access::{Needs, ReadCatalogue, WriteCatalogue};
use crate::operation::{Operation, Operations};
use crate::problem::{CatalogueProblem, Problem};

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CatalogueFile {
    pub path: String,
    pub text: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Catalogue {
    pub version: u32,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published: Option<Timestamp>,
    pub by: Option<String>,
    pub files: Vec<CatalogueFile>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct CatalogueDraft {
    pub files: Vec<CatalogueFile>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CataloguePublished {
    pub version: u32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CatalogueCheck {
    pub problems: Vec<CatalogueProblem>,
}

pub fn add(operations: Operations) -> Operations {
    let get = Operation::get("/api/v1/catalogue", "get_catalogue", "catalogue");
    let publish = Operation::post("/api/v1/catalogue", "publish_catalogue", "catalogue");
    let check = Operation::post("/api/v1/catalogue/check", "check_catalogue", "catalogue");
    operations
        .add(get.answers::<Catalogue>(), get_catalogue)
        .add(
            publish.takes::<CatalogueDraft>().answers::<CataloguePublished>().fails(&[422]),
            publish_catalogue,
        )
        .add(check.takes::<CatalogueDraft>().answers::<CatalogueCheck>(), check_catalogue)
}

async fn get_catalogue(caller: Needs<ReadCatalogue>) -> Result<Json<Catalogue>, Problem> {
    let read = caller.workspace.handle.view(|view| view.catalogues());
    let current = read.await??.pop().unwrap_or_default();
    let files =
        current.files.into_iter().map(|file| CatalogueFile { path: file.path, text: file.text }).collect();
    Ok(Json(Catalogue { version: current.version, published: None, by: None, files }))
}

async fn publish_catalogue(
    caller: Needs<WriteCatalogue>,
    Json(draft): Json<CatalogueDraft>,
) -> Result<Json<CataloguePublished>, Problem> {
    let order = Order::Publish { by: caller.token.name.clone(), catalogue: draft.into_catalogue() };
    match caller.workspace.handle.order(order).await? {
        Done::Published { version } => {
            caller.workspace.prepare_search();
            Ok(Json(CataloguePublished { version }))
        }
        _ => Err(Problem::conflict("the catalogue was not published")),
    }
}

async fn check_catalogue(
    caller: Needs<ReadCatalogue>,
    Json(draft): Json<CatalogueDraft>,
) -> Result<Json<CatalogueCheck>, Problem> {
    let (catalogue, engine) = (draft.into_catalogue(), caller.workspace.handle.engine());
    let checked = tokio::task::spawn_blocking(move || engine.check_next(&catalogue)).await;
    let problems = match checked.map_err(|error| Problem::internal(&error))? {
        Ok(()) => Vec::new(),
        Err(problems) => problems.into_iter().map(Into::into).collect(),
    };
    Ok(Json(CatalogueCheck { problems }))
}

impl CatalogueDraft {
    /// The files sorted; the shard gives the version.
    pub(crate) fn into_catalogue(self) -> model::Catalogue {
        let mut files: Vec<model::CatalogueFile> = self
            .files
            .into_iter()
            .map(|file| model::CatalogueFile { path: file.path, text: file.text })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        model::Catalogue { version: 0, files }
    }
}
