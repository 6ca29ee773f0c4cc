//! Knowledge: the articles in force and of earlier versions, found by staff, by the brand's own site, and for a
//! conversation by what the customer wrote last.

mod shapes;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, HeaderName, HeaderValue};
use knowledge::{Library, Question};
use model::{Channel, ConversationId, Timestamp};
use orchestrate::{Articles, Audience};
use serde::Deserialize;
use shard::{ItemKind, ThreadItem};
use utoipa::IntoParams;

use crate::access::{Needs, ReadConversations};
use crate::ingest::credential;
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::{Api, Workspace, now};
use shapes::{ArticleDetail, ArticlePage, ArticleSuggestions, PublicArticle, PublicArticlePage, listed};

const LIMIT: usize = 10;
const LIMIT_MAX: usize = 100;
/// Of the customer's messages in a conversation, how many say what it is about.
const MESSAGES: usize = 3;
/// Less sure suggestions are none.
const CONFIDENCE_MIN: f64 = 0.25;
/// How much a suggestion counts that only earlier messages ask for.
const EARLIER: f64 = 0.8;

#[derive(Debug, Deserialize, IntoParams)]
struct ArticleQuery {
    /// What is looked for, as people ask; every article without it.
    q: Option<String>,
    /// The reader's language, such as `de-AT`.
    language: Option<String>,
    #[param(maximum = 100)]
    limit: Option<u32>,
}

#[derive(Debug, Deserialize, IntoParams)]
struct VersionQuery {
    /// A version of the catalogue; the one in force unless stated.
    version: Option<u32>,
}

#[derive(Debug, Deserialize, IntoParams)]
struct SuggestionQuery {
    #[param(maximum = 100)]
    limit: Option<u32>,
}

/// What the brand's own site asks, by a source's write key.
#[derive(Debug, Deserialize)]
pub struct PublicQuery {
    #[serde(default)]
    q: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    limit: Option<u32>,
    #[serde(default)]
    write_key: Option<String>,
}

pub fn add(operations: Operations) -> Operations {
    let list = Operation::get("/api/v1/articles", "list_articles", "orchestrate");
    let get = Operation::get("/api/v1/articles/{name}", "get_article", "orchestrate");
    let suggest = Operation::get("/api/v1/conversations/{id}/suggestions", "list_suggestions", "orchestrate");
    operations
        .add(list.query::<ArticleQuery>().answers::<ArticlePage>(), list_articles)
        .add(get.query::<VersionQuery>().answers::<ArticleDetail>().fails(&[404]), get_article)
        .add(
            suggest.query::<SuggestionQuery>().answers::<ArticleSuggestions>().fails(&[400, 404]),
            list_suggestions,
        )
}

async fn list_articles(
    caller: Needs<ReadConversations>,
    Query(query): Query<ArticleQuery>,
) -> Result<Json<ArticlePage>, Problem> {
    let limit = limit(query.limit, LIMIT_MAX);
    let language = query.language.unwrap_or_default();
    let text = query.q.filter(|text| !text.trim().is_empty());
    let page = with_library(&caller.workspace, move |library| match text {
        None => Ok(ArticlePage { items: shapes::all(library.articles(), &language, limit) }),
        Some(text) => {
            let question = Question { text: &text, language: &language, staff: true, limit };
            let hits = library.search(question).map_err(|error| Problem::internal(&error))?;
            Ok(ArticlePage {
                items: hits.into_iter().filter_map(|hit| listed(library.articles(), hit)).collect(),
            })
        }
    });
    page.await.map(Json)
}

async fn get_article(
    caller: Needs<ReadConversations>,
    Path(name): Path<String>,
    Query(query): Query<VersionQuery>,
) -> Result<Json<ArticleDetail>, Problem> {
    let catalogues = caller.workspace.handle.view(|view| view.catalogues()).await??;
    let read = tokio::task::spawn_blocking(move || {
        let wanted = query.version.or_else(|| catalogues.last().map(|own| own.version)).unwrap_or(0);
        let mut shown = None;
        let mut versions = Vec::new();
        let mut before: Option<Vec<&str>> = None;
        for catalogue in &catalogues {
            let own: Vec<&str> = shapes::files_of(catalogue, &name);
            // Only the versions in which its words changed are worth listing.
            if !own.is_empty() && before.as_ref() != Some(&own) {
                versions.push(catalogue.version);
            }
            before = Some(own);
            if catalogue.version == wanted {
                shown = Articles::of(catalogue).get(&name).cloned();
            }
        }
        let article = shown.ok_or_else(|| Problem::not_found("article", &name))?;
        Ok(ArticleDetail::of(&article, wanted, versions))
    });
    read.await.map_err(|error| Problem::internal(&error))?.map(Json)
}

async fn list_suggestions(
    caller: Needs<ReadConversations>,
    Path(id): Path<String>,
    Query(query): Query<SuggestionQuery>,
) -> Result<Json<ArticleSuggestions>, Problem> {
    let conversation: ConversationId = id.parse().map_err(|error: model::InvalidId| {
        Problem::invalid("id", error.to_string(), "use an id that the API gave")
    })?;
    let limit = limit(query.limit, LIMIT);
    let Spoken { messages, language } = spoken(&caller.workspace, conversation).await?;
    let page = with_library(&caller.workspace, move |library| {
        let ask = |text: &str| {
            let question = Question { text, language: &language, staff: true, limit };
            library.search(question).map_err(|error| Problem::internal(&error))
        };
        let newest = messages.first().cloned().unwrap_or_default();
        let all = messages.join(" ");
        let mut hits = ask(&newest)?;
        for mut hit in ask(&all)? {
            hit.confidence *= EARLIER;
            if hits.iter().all(|own| own.name != hit.name) {
                hits.push(hit);
            }
        }
        hits.retain(|hit| hit.confidence >= CONFIDENCE_MIN);
        hits.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
        hits.truncate(limit);
        let items = hits.into_iter().filter_map(|hit| listed(library.articles(), hit)).collect();
        Ok(ArticleSuggestions { query: newest, language, items })
    });
    page.await.map(Json)
}

/// What a customer wrote in a conversation, the last first, and their language.
struct Spoken {
    messages: Vec<String>,
    language: String,
}

async fn spoken(workspace: &Workspace, conversation: ConversationId) -> Result<Spoken, Problem> {
    let read = workspace.handle.view(move |view| {
        // Suggestions are for agents, so that conversations at the desk are looked at.
        let at_desk = view.desk().entries().find(|(_, entry)| entry.conversation == conversation);
        let customer = at_desk.map(|(customer, _)| customer);
        let customer = customer.ok_or_else(|| Problem::not_found("conversation", conversation))?;
        let engine = view.engine().clone();
        let Some(held) = view.customer(customer)? else {
            return Err(Problem::not_found("conversation", conversation));
        };
        let opened =
            held.progress.conversations().iter().find(|own| own.id == conversation).map(|own| own.opened);
        let opened = opened.ok_or_else(|| Problem::not_found("conversation", conversation))?;
        let language = engine.language(held, now());
        Ok((view.thread(customer)?, opened, language))
    });
    let (reader, opened, language) = read.await??;
    let Some(reader) = reader else { return Ok(Spoken { messages: Vec::new(), language }) };
    let page = tokio::task::spawn_blocking(move || reader.page(None, MESSAGES, is_written));
    let page =
        page.await.map_err(|error| Problem::internal(&error))?.map_err(|error| Problem::internal(&error))?;
    let messages = page.items.iter().filter_map(|item| text_of(item, opened)).collect();
    Ok(Spoken { messages, language })
}

fn is_written(item: &ThreadItem) -> bool {
    matches!(&item.what, ItemKind::Event(opened) if &*opened.record.name == "Message Received")
}

fn text_of(item: &ThreadItem, since: Timestamp) -> Option<String> {
    let ItemKind::Event(opened) = &item.what else { return None };
    // The message that opened the conversation is a moment older than it.
    const BEFORE_MS: i64 = 60_000;
    let event = opened.event.as_ref().filter(|_| item.at.time.0 >= since.0 - BEFORE_MS)?;
    event.property("text").as_text().map(str::to_owned)
}

/// Runs a search where it may take its time.
async fn with_library<T: Send + 'static>(
    workspace: &Arc<Workspace>,
    ask: impl FnOnce(&Library) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let workspace = Arc::clone(workspace);
    let asked = tokio::task::spawn_blocking(move || {
        let library = workspace.library().map_err(|error| Problem::internal(&error))?;
        ask(&library)
    });
    asked.await.map_err(|error| Problem::internal(&error))?
}

fn limit(asked: Option<u32>, usual: usize) -> usize {
    asked.map_or(usual, |limit| (limit as usize).clamp(1, LIMIT_MAX))
}

/// `GET /v1/articles?q=…`: public articles for the brand's own site.
pub async fn list_public(
    State(api): State<Api>,
    Query(query): Query<PublicQuery>,
    headers: HeaderMap,
) -> Result<Open<PublicArticlePage>, Problem> {
    let workspace = entered(&api, &query, &headers)?;
    let limit = limit(query.limit, LIMIT);
    let language = query.language.unwrap_or_default();
    let text = query.q.filter(|text| !text.trim().is_empty());
    let page = with_library(&workspace, move |library| {
        let items = match text {
            None => shapes::all(library.articles(), &language, LIMIT_MAX),
            Some(text) => {
                let question = Question { text: &text, language: &language, staff: false, limit };
                let hits = library.search(question).map_err(|error| Problem::internal(&error))?;
                hits.into_iter().filter_map(|hit| listed(library.articles(), hit)).collect()
            }
        };
        Ok(PublicArticlePage::of(items, limit))
    });
    page.await.map(open)
}

/// `GET /v1/articles/{name}`: one of them, whole.
pub async fn get_public(
    State(api): State<Api>,
    Path(name): Path<String>,
    Query(query): Query<PublicQuery>,
    headers: HeaderMap,
) -> Result<Open<PublicArticle>, Problem> {
    let articles = entered(&api, &query, &headers)?.handle.engine().articles();
    let article = articles.get(&name).filter(|article| article.audience == Audience::Public);
    let article = article.ok_or_else(|| Problem::not_found("article", &name))?;
    Ok(open(PublicArticle::of(article, query.language.as_deref().unwrap_or_default())))
}

/// A body that pages of every origin may read: the articles are public.
pub type Open<T> = ([(HeaderName, HeaderValue); 1], Json<T>);

fn open<T>(body: T) -> Open<T> {
    ([(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"))], Json(body))
}

/// The workspace of the write key, wherever clients put it.
fn entered(api: &Api, query: &PublicQuery, headers: &HeaderMap) -> Result<Arc<Workspace>, Problem> {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = credential::from_header(header).or_else(|| query.write_key.clone()).unwrap_or_default();
    let way = api.way(&key).ok_or_else(Problem::unknown_write_key)?;
    Ok(way.workspace)
}

/// The channels whose words are shown beside an article.
const SHOWN_ON: [Channel; 3] = [Channel::WEBCHAT, Channel::EMAIL, Channel::SMS];
