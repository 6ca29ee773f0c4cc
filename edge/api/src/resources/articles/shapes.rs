//! How articles look from outside: listed with what was found marked, and whole, in every language and for each channel.

use knowledge::{Fragment, Hit};
use model::Catalogue;
use orchestrate::{Article, ArticleText, Articles, Audience, Block, BlockKind, Piece};
use serde::Serialize;
use utoipa::ToSchema;

use super::SHOWN_ON;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArticleAudience {
    Public,
    Staff,
}

/// A run of text; `hit` where it is what was asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ArticleFragment {
    pub text: String,
    pub hit: bool,
}

/// An article in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ArticleItem {
    pub name: String,
    /// The language shown.
    pub language: String,
    pub title: String,
    pub summary: String,
    pub audience: ArticleAudience,
    pub labels: Vec<String>,
    /// Every language it has.
    pub languages: Vec<String>,
    /// How much of what was asked it speaks of, from 0 to 1; none where nothing was asked.
    pub confidence: Option<f64>,
    /// The title in runs, with what was asked for marked.
    pub title_marked: Vec<ArticleFragment>,
    /// The part of it that speaks of what was asked.
    pub snippet: Vec<ArticleFragment>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ArticlePage {
    /// The best first; by name where nothing was asked.
    pub items: Vec<ArticleItem>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleSuggestions {
    /// What the customer wrote last.
    pub query: String,
    /// The customer's language; empty where it is not known.
    pub language: String,
    pub items: Vec<ArticleItem>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArticleBlockKind {
    Heading,
    Paragraph,
    Item,
    Quote,
    Code,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ArticlePiece {
    pub text: String,
    pub strong: bool,
    pub emphasis: bool,
    pub code: bool,
    /// An address, or `article:` with the name of another article.
    pub link: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ArticleBlock {
    pub kind: ArticleBlockKind,
    /// Of a heading: 2 or 3. Of an item: how deep, from 0.
    pub level: u8,
    /// Of an item of a numbered list.
    pub number: Option<u64>,
    pub pieces: Vec<ArticlePiece>,
}

/// The words that go out on a channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleRendition {
    pub channel: String,
    pub text: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleLanguage {
    pub language: String,
    /// For everybody whose language it does not have.
    pub default: bool,
    pub title: String,
    pub summary: String,
    pub blocks: Vec<ArticleBlock>,
    pub renditions: Vec<ArticleRendition>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleDetail {
    pub name: String,
    pub audience: ArticleAudience,
    pub labels: Vec<String>,
    /// The catalogue's version shown.
    pub version: u32,
    /// The catalogue's versions in which it changed, the oldest first.
    pub versions: Vec<u32>,
    pub languages: Vec<ArticleLanguage>,
}

#[derive(Debug, Serialize)]
pub struct PublicArticleItem {
    pub name: String,
    pub language: String,
    pub title: String,
    pub summary: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    pub snippet: Vec<ArticleFragment>,
}

#[derive(Debug, Serialize)]
pub struct PublicArticlePage {
    pub items: Vec<PublicArticleItem>,
}

#[derive(Debug, Serialize)]
pub struct PublicArticle {
    pub name: String,
    pub language: String,
    pub title: String,
    pub summary: String,
    pub blocks: Vec<ArticleBlock>,
}

/// Every article in a reader's language, by name.
pub fn all(articles: &Articles, language: &str, limit: usize) -> Vec<ArticleItem> {
    let one = |article: &Article| {
        let (language, text) = article.text(language);
        let plain = |text: &str| vec![ArticleFragment { text: text.to_owned(), hit: false }];
        item(article, language, text, None, plain(&text.title), plain(&text.summary))
    };
    articles.iter().take(limit).map(one).collect()
}

/// An article that was found.
pub fn listed(articles: &Articles, hit: Hit) -> Option<ArticleItem> {
    let article = articles.get(&hit.name)?;
    let text = article.languages.get(&hit.language)?;
    let marked = |fragments: Vec<Fragment>| {
        fragments.into_iter().map(|own| ArticleFragment { text: own.text, hit: own.hit }).collect()
    };
    let sure = (hit.confidence * 100.0).round() / 100.0;
    Some(item(article, &hit.language, text, Some(sure), marked(hit.title), marked(hit.snippet)))
}

fn item(
    article: &Article,
    language: &str,
    text: &ArticleText,
    confidence: Option<f64>,
    title_marked: Vec<ArticleFragment>,
    snippet: Vec<ArticleFragment>,
) -> ArticleItem {
    ArticleItem {
        name: article.name.to_string(),
        language: language.to_owned(),
        title: text.title.to_string(),
        summary: text.summary.to_string(),
        audience: audience(article),
        labels: article.labels.iter().map(ToString::to_string).collect(),
        languages: article.languages.keys().map(ToString::to_string).collect(),
        confidence,
        title_marked,
        snippet,
    }
}

/// The texts of an article's files in a catalogue, to see whether a version changed it.
pub fn files_of<'a>(catalogue: &'a Catalogue, name: &str) -> Vec<&'a str> {
    let line = format!("name: {name}");
    let of_it =
        catalogue.folder("knowledge/").filter(|file| file.text.lines().any(|own| own.trim_end() == line));
    of_it.map(|file| file.text.as_str()).collect()
}

impl ArticleDetail {
    pub fn of(article: &Article, version: u32, versions: Vec<u32>) -> Self {
        let language = |language: &str, text: &ArticleText| ArticleLanguage {
            language: language.to_string(),
            default: *language == *article.default,
            title: text.title.to_string(),
            summary: text.summary.to_string(),
            blocks: text.blocks.iter().map(block).collect(),
            renditions: SHOWN_ON
                .iter()
                .map(|channel| ArticleRendition { channel: channel.to_string(), text: text.on(channel) })
                .collect(),
        };
        Self {
            name: article.name.to_string(),
            audience: audience(article),
            labels: article.labels.iter().map(ToString::to_string).collect(),
            version,
            versions,
            languages: article.languages.iter().map(|(name, text)| language(name, text)).collect(),
        }
    }
}

impl PublicArticlePage {
    pub fn of(items: Vec<ArticleItem>, limit: usize) -> Self {
        let public = items.into_iter().filter(|item| item.audience == ArticleAudience::Public).take(limit);
        let one = |item: ArticleItem| PublicArticleItem {
            name: item.name,
            language: item.language,
            title: item.title,
            summary: item.summary,
            confidence: item.confidence,
            snippet: item.snippet,
        };
        Self { items: public.map(one).collect() }
    }
}

impl PublicArticle {
    pub fn of(article: &Article, language: &str) -> Self {
        let (language, text) = article.text(language);
        Self {
            name: article.name.to_string(),
            language: language.to_owned(),
            title: text.title.to_string(),
            summary: text.summary.to_string(),
            blocks: text.blocks.iter().map(block).collect(),
        }
    }
}

fn audience(article: &Article) -> ArticleAudience {
    match article.audience {
        Audience::Public => ArticleAudience::Public,
        Audience::Staff => ArticleAudience::Staff,
    }
}

fn block(block: &Block) -> ArticleBlock {
    let (kind, level, number) = match block.kind {
        BlockKind::Heading { level } => (ArticleBlockKind::Heading, level, None),
        BlockKind::Paragraph => (ArticleBlockKind::Paragraph, 0, None),
        BlockKind::Item { depth, number } => (ArticleBlockKind::Item, depth, number),
        BlockKind::Quote => (ArticleBlockKind::Quote, 0, None),
        BlockKind::Code => (ArticleBlockKind::Code, 0, None),
    };
    let piece = |own: &Piece| ArticlePiece {
        text: own.text.clone(),
        strong: own.strong,
        emphasis: own.emphasis,
        code: own.code,
        link: own.link.clone(),
    };
    ArticleBlock { kind, level, number, pieces: block.pieces.iter().map(piece).collect() }
}
