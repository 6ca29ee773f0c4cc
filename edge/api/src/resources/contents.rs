//! Contents: the list of them, and each as it reads for a customer, or with sample values, on any channel.

use axum::Json;
use channels::links::Links;
use engine::{Customer, Engine};
use model::{Channel, CustomerId};
use orchestrate::{ContentTitle, PreviewAsk, PreviewRefusal};
use serde::{Deserialize, Serialize};
use shard::Refusal;
use utoipa::ToSchema;

use super::catalogue::CatalogueFile;
use super::customer_id;
use crate::access::{Needs, ReadCatalogue, ReadCustomers};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::now;

#[derive(Debug, Serialize, ToSchema)]
pub struct Content {
    pub name: String,
    pub title: String,
    pub languages: Vec<String>,
    /// For customers whose own language is not among them.
    pub default_language: String,
    /// Whether its e-mails are pages.
    pub page: bool,
    /// Its file in the catalogue.
    pub path: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ContentList {
    pub contents: Vec<Content>,
    /// The channels that messages can be sent by, from the cheapest to the dearest.
    pub channels: Vec<ContentChannel>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ContentChannel {
    pub channel: String,
    /// Of a message, or of each part of a text message, in the brand's own measure.
    pub cost: f64,
    pub max_chars: Option<u32>,
    pub max_parts: Option<u32>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct PreviewDraft {
    /// The content's name.
    pub content: String,
    pub channel: String,
    /// Its file as it would be published, to look at it before.
    pub draft: Option<CatalogueFile>,
    /// For whom it is written; nobody in particular unless stated.
    pub customer: Option<String>,
    /// The customer's own unless stated.
    pub language: Option<String>,
    /// Values by their names, such as `entry.properties.day`; they go before what is known.
    pub values: Option<std::collections::BTreeMap<String, serde_json::Value>>,
    /// Whether the content's sample values stand for what is not known; true unless stated.
    pub sample: Option<bool>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    /// The language whose words it has.
    pub language: String,
    /// Where the channel has one.
    pub subject: Option<String>,
    /// Links lead where a customer's would, and continue nothing.
    pub text: String,
    /// The page of an e-mail.
    pub html: Option<String>,
    pub characters: u32,
    /// How a text message is written: `gsm7`, `latin1` or `ucs2`.
    pub encoding: Option<String>,
    pub parts: Option<u32>,
    /// In the brand's own measure.
    pub cost: Option<f64>,
    /// Names without a value, which would hold the message back.
    pub missing: Vec<MissingValue>,
    /// Why the channel would not take it.
    pub too_long: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MissingValue {
    /// `subject`, `text` or `page`.
    pub place: String,
    pub name: String,
}

pub fn add(operations: Operations) -> Operations {
    let list = Operation::get("/api/v1/contents", "list_contents", "orchestrate");
    let preview = Operation::post("/api/v1/previews", "preview_content", "orchestrate");
    operations
        .add(list.answers::<ContentList>(), list_contents)
        .add(preview.takes::<PreviewDraft>().answers::<Preview>().fails(&[404, 422]), preview_content)
}

async fn list_contents(caller: Needs<ReadCatalogue>) -> Result<Json<ContentList>, Problem> {
    let engine = caller.workspace.handle.engine();
    let nothing = ContentList { contents: Vec::new(), channels: Vec::new() };
    let Some(journeys) = engine.versions().current() else { return Ok(Json(nothing)) };
    let content = |own: ContentTitle| Content {
        name: own.name,
        title: own.title,
        languages: own.languages,
        default_language: own.default,
        page: own.page,
        path: own.path,
    };
    let channel = |own: &orchestrate::MessagingChannel| ContentChannel {
        channel: own.channel.to_string(),
        cost: own.cost,
        max_chars: own.max_chars,
        max_parts: own.max_parts.map(u32::from),
    };
    Ok(Json(ContentList {
        contents: journeys.contents().into_iter().map(content).collect(),
        channels: journeys.channels().iter().map(channel).collect(),
    }))
}

async fn preview_content(
    caller: Needs<ReadCustomers>,
    Json(asked): Json<PreviewDraft>,
) -> Result<Json<Preview>, Problem> {
    let channel: Channel = asked.channel.parse().map_err(|error: model::InvalidChannel| {
        Problem::invalid("channel", error.to_string(), "use a channel that messages can be sent by")
    })?;
    let whom = asked.customer.as_deref().map(customer_id).transpose()?;
    let read = caller.workspace.handle.view(move |view| {
        let customer = match whom {
            Some(whom) => {
                view.customer(whom)?.cloned().ok_or_else(|| Problem::not_found("customer", whom))?
            }
            None => Customer::new(CustomerId(0)),
        };
        let draft = asked.draft.is_some();
        let catalogue = draft.then(|| view.catalogues()).transpose()?.and_then(|mut all| all.pop());
        Ok::<_, Problem>((view.engine().clone(), customer, catalogue, asked))
    });
    let (engine, customer, catalogue, asked) = read.await??;
    // A draft is compiled with everything else, which is too long for the thread that answers.
    let links = caller.workspace.links.clone();
    let shown = tokio::task::spawn_blocking(move || {
        let engine = match &asked.draft {
            Some(draft) => with_draft(engine, catalogue.unwrap_or_default(), draft)?,
            None => engine,
        };
        let values = asked.values.map(|values| values.into_iter().collect()).unwrap_or_default();
        let ask = PreviewAsk {
            content: &asked.content,
            channel: &channel,
            language: asked.language.as_deref(),
            values: &serde_json::Value::Object(values),
            sample: asked.sample.unwrap_or(true),
        };
        engine.preview(&customer, now(), &ask).map_err(refused).map(|own| shape(own, &links))
    });
    shown.await.map_err(|error| Problem::internal(&error))?.map(Json)
}

/// The engine as it would be with the draft published.
fn with_draft(
    mut engine: Engine,
    mut catalogue: model::Catalogue,
    draft: &CatalogueFile,
) -> Result<Engine, Problem> {
    catalogue.files.retain(|file| file.path != draft.path);
    catalogue.files.push(model::CatalogueFile { path: draft.path.clone(), text: draft.text.clone() });
    catalogue.files.sort_by(|a, b| a.path.cmp(&b.path));
    catalogue.version += 1;
    engine.publish(&catalogue).map_err(Refusal::Problems)?;
    Ok(engine)
}

fn refused(refusal: PreviewRefusal) -> Problem {
    match &refusal {
        PreviewRefusal::UnknownContent(name) => Problem::not_found("content", name),
        PreviewRefusal::UnknownChannel(..) => {
            Problem::invalid("channel", refusal.to_string(), "use a channel that messages can be sent by")
        }
        PreviewRefusal::NoWords(_) => {
            Problem::invalid("channel", refusal.to_string(), "write words for it in the content's file")
        }
    }
}

fn shape(own: orchestrate::Preview, links: &Links) -> Preview {
    let encoding = own.encoding.and_then(|encoding| serde_json::to_value(encoding).ok());
    Preview {
        language: own.language,
        subject: own.subject,
        text: links.in_preview(&own.text),
        html: own.html.map(|page| links.in_page_preview(&page)),
        characters: own.characters,
        encoding: encoding.and_then(|encoding| encoding.as_str().map(str::to_owned)),
        parts: own.parts.map(u32::from),
        cost: own.cost,
        missing: own
            .missing
            .into_iter()
            .map(|missing| MissingValue { place: missing.place.into(), name: missing.name })
            .collect(),
        too_long: own.too_long,
    }
}
