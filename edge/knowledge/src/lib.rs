//! Full-text search over the articles of a catalogue: one index for each language, built in memory when a version is
//! published, with stemming, tolerance for typing mistakes and completion of the last word.
//!
//! [tantivy] finds and scores (BM25, titles before labels before summaries before bodies). How sure one can be that an
//! article answers a question is said by [`Hit::confidence`], which, other than a score, means the same for every
//! question and catalogue; so it ranks, and the score decides among equals. Nothing here is part of the recorded state: what a journey uses of a search comes back to
//! it as a recorded outcome.

mod coverage;
mod error;
mod index;
mod language;
mod snippet;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use model::Value;
use orchestrate::{Articles, Audience, FoundArticle};

pub use error::SearchError;
pub use snippet::Fragment;

use index::LanguageIndex;

/// Characters of a question that are looked at; the rest says nothing new.
const QUERY_CHARS_MAX: usize = 500;
/// Articles that a journey hears of.
const JOURNEY_ARTICLES_MAX: usize = 10;

/// Confidences are told apart by hundredths, as they are shown.
const CONFIDENCE_STEPS: f64 = 100.0;

/// The articles of one catalogue version, to be searched.
pub struct Library {
    articles: Arc<Articles>,
    languages: BTreeMap<Box<str>, LanguageIndex>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub text: &'a str,
    /// Such as `de-AT`; articles that have it not are found in their default language.
    pub language: &'a str,
    /// Whether articles for staff may be found.
    pub staff: bool,
    pub limit: usize,
}

/// An article that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub name: Box<str>,
    /// The language it was found in.
    pub language: Box<str>,
    /// Comparable within one search only.
    pub score: f32,
    /// How much of what was asked it speaks of, from 0 to 1: rare words count more than frequent ones.
    pub confidence: f64,
    /// The title, and the part of the article that speaks of it, with what was asked marked.
    pub title: Vec<Fragment>,
    pub snippet: Vec<Fragment>,
}

impl Library {
    pub fn new(articles: Arc<Articles>) -> Result<Self, SearchError> {
        let mut languages: BTreeMap<Box<str>, Vec<index::Entry<'_>>> = BTreeMap::new();
        for article in articles.iter() {
            for (language, text) in &article.languages {
                languages.entry(language.clone()).or_default().push(index::Entry { article, text });
            }
        }
        let languages = languages
            .into_iter()
            .map(|(language, entries)| Ok((language.clone(), LanguageIndex::build(&language, &entries)?)))
            .collect::<Result<_, SearchError>>()?;
        Ok(Self { articles, languages })
    }

    pub fn articles(&self) -> &Arc<Articles> {
        &self.articles
    }

    /// The articles that answer the question best, the best first. Each is found once, in the words of the
    /// language that its reader gets.
    pub fn search(&self, question: Question<'_>) -> Result<Vec<Hit>, SearchError> {
        let text: String = question.text.chars().take(QUERY_CHARS_MAX).collect();
        let readable = |name: &str, language: &str| {
            let article = self.articles.get(name);
            article.is_some_and(|article| {
                (question.staff || article.audience == Audience::Public)
                    && article.text(question.language).0 == language
            })
        };
        let mut hits = Vec::new();
        for (language, index) in &self.languages {
            let found = index.search(&text, |name| readable(name, language))?;
            hits.push(found);
        }
        let mut hits: Vec<Hit> = hits.into_iter().flat_map(comparable).collect();
        hits.sort_by(order);
        hits.truncate(question.limit);
        Ok(hits)
    }

    /// Answers the search of a journey: articles for customers only.
    pub fn search_for_journey(&self, payload: &Value) -> Result<Value, SearchError> {
        let text = |name: &str| payload.at(name).and_then(Value::as_text).unwrap_or_default();
        let (text, language) = (text("query"), text("language"));
        let hits = self.search(Question { text, language, staff: false, limit: JOURNEY_ARTICLES_MAX })?;
        let found = hits.into_iter().map(|hit| FoundArticle { name: hit.name, confidence: hit.confidence });
        Ok(FoundArticle::answer(&found.collect::<Vec<_>>()))
    }
}

/// Whoever speaks of more of the question comes first: a score puts an article with one common word in its title above the
/// one whose text has the rare word that was asked for. Among those that speak of as much, the score tells.
fn order(one: &Hit, other: &Hit) -> Ordering {
    let sure = |hit: &Hit| (hit.confidence * CONFIDENCE_STEPS).round();
    let by_confidence = sure(other).total_cmp(&sure(one));
    by_confidence.then_with(|| other.score.total_cmp(&one.score)).then_with(|| one.name.cmp(&other.name))
}

/// Scores of one language say nothing about those of another. The best of each becomes as good as it is sure.
fn comparable(mut hits: Vec<Hit>) -> Vec<Hit> {
    if let Some((best, sure)) = hits.first().map(|first| (first.score, first.confidence as f32)) {
        hits.iter_mut().for_each(|hit| hit.score = hit.score / best.max(f32::MIN_POSITIVE) * sure);
    }
    hits
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Library({} articles)", self.articles.iter().count())
    }
}
