//! The articles of one language, indexed.

use std::collections::BTreeSet;

use orchestrate::{Article, ArticleText};
use tantivy::collector::TopDocs;
use tantivy::directory::RamDirectory;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, TokenStream, TokenizerManager};
use tantivy::{Index, IndexReader, TantivyDocument, Term};

use crate::Hit;
use crate::coverage::{Asked, Vocabulary, coverage};
use crate::error::SearchError;
use crate::language::analyzer;
use crate::snippet::{marked, snippet};

/// The name under which the index knows the language's analyzer.
const ANALYZER: &str = "words";
/// Memory for building an index; articles are small.
const MEMORY_BYTES: usize = 15_000_000;
/// Articles ranked for one question.
const RANKED_MAX: usize = 1_000;
/// The parts of an article, and how much a word counts there.
const PARTS: [(&str, f32); 4] = [("title", 4.0), ("labels", 3.0), ("summary", 2.0), ("body", 1.0)];

/// An article in one language.
pub(crate) struct Entry<'a> {
    pub article: &'a Article,
    pub text: &'a ArticleText,
}

pub(crate) struct LanguageIndex {
    language: Box<str>,
    fields: [Field; PARTS.len()],
    reader: IndexReader,
    analyzer: TextAnalyzer,
    vocabulary: Vocabulary,
    /// By their number in the index.
    documents: Vec<Document>,
}

struct Document {
    name: Box<str>,
    title: Box<str>,
    /// Summary and body, one line for each block.
    text: String,
    words: BTreeSet<String>,
}

/// An article that was found.
pub(crate) struct Found<'a> {
    document: &'a Document,
    analyzer: TextAnalyzer,
    asked: &'a [Asked],
    score: f32,
    confidence: f64,
}

impl LanguageIndex {
    pub fn build(language: &str, entries: &[Entry<'_>]) -> Result<Self, SearchError> {
        let failed = SearchError::of(language);
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(ANALYZER)
            .set_index_option(IndexRecordOption::WithFreqs);
        let options = TextOptions::default().set_indexing_options(indexing);
        let fields = PARTS.map(|(name, _)| schema.add_text_field(name, options.clone()));
        let schema = schema.build();
        let mut words = analyzer(language);
        let tokenizers = TokenizerManager::default();
        tokenizers.register(ANALYZER, words.clone());
        let builder = Index::builder().schema(schema).tokenizers(tokenizers);
        let mut writer = builder
            .single_segment_index_writer::<TantivyDocument>(RamDirectory::create(), MEMORY_BYTES)
            .map_err(&failed)?;
        let (mut documents, mut vocabulary) = (Vec::with_capacity(entries.len()), Vocabulary::default());
        for Entry { article, text } in entries {
            let parts =
                [text.title.to_string(), article.labels.join(" "), text.summary.to_string(), text.words()];
            let mut document = TantivyDocument::default();
            let mut known = BTreeSet::new();
            for (field, part) in fields.iter().zip(&parts) {
                document.add_text(*field, part);
                known.extend(cut(&mut words, part).into_iter().map(|(word, _)| word));
            }
            writer.add_document(document).map_err(&failed)?;
            vocabulary.add(&known);
            let [_, _, summary, body] = parts;
            let text_lines = format!("{summary}\n{body}");
            documents.push(Document {
                name: article.name.clone(),
                title: text.title.clone(),
                text: text_lines,
                words: known,
            });
        }
        let index = writer.finalize().map_err(&failed)?;
        let reader = index.reader().map_err(&failed)?;
        Ok(Self { language: language.into(), fields, reader, analyzer: words, vocabulary, documents })
    }

    /// Every article that has something of the question and for which `readable` holds, the best first.
    pub fn search(&self, question: &str, readable: impl Fn(&str) -> bool) -> Result<Vec<Hit>, SearchError> {
        let failed = SearchError::of(&self.language);
        let asked = self.understand(question);
        let query = self.query(&asked);
        let searcher = self.reader.searcher();
        let ranked = TopDocs::with_limit(RANKED_MAX).order_by_score();
        let ranked = searcher.search(&query, &ranked).map_err(failed)?;
        let documents = ranked.into_iter().filter_map(|(score, at)| {
            let document = self.documents.get(at.doc_id as usize)?;
            readable(&document.name).then_some((score, document))
        });
        let hit = |(score, document): (f32, &Document)| {
            let confidence = coverage(&asked, &document.words);
            let analyzer = self.analyzer.clone();
            Found { document, analyzer, asked: &asked, score, confidence }.hit(&self.language)
        };
        Ok(documents.map(hit).collect())
    }

    /// The words of a question, each once, with what they mean. The last is unfinished while nothing follows it.
    fn understand(&self, question: &str) -> Vec<Asked> {
        let mut seen = BTreeSet::new();
        let words = cut(&mut self.analyzer.clone(), question);
        let new = words.into_iter().filter(|(word, _)| seen.insert(word.clone()));
        new.map(|(word, end)| self.vocabulary.meaning(&word, end == question.len())).collect()
    }

    fn query(&self, asked: &[Asked]) -> BooleanQuery {
        let mut parts: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for (word, sure) in asked.iter().flat_map(|own| &own.means) {
            for (field, (_, weight)) in self.fields.iter().zip(PARTS) {
                let term = TermQuery::new(Term::from_field_text(*field, word), IndexRecordOption::WithFreqs);
                parts.push((Occur::Should, Box::new(BoostQuery::new(Box::new(term), weight * sure))));
            }
        }
        BooleanQuery::new(parts)
    }
}

impl Found<'_> {
    fn hit(mut self, language: &str) -> Hit {
        let words: BTreeSet<&str> =
            self.asked.iter().flat_map(|own| &own.means).map(|(word, _)| word.as_str()).collect();
        Hit {
            name: self.document.name.clone(),
            language: language.into(),
            score: self.score,
            confidence: self.confidence,
            title: marked(&self.document.title, &mut self.analyzer, &words),
            snippet: snippet(&self.document.text, &mut self.analyzer, &words),
        }
    }
}

/// The words of a text that say something, each with where it ends.
fn cut(analyzer: &mut TextAnalyzer, text: &str) -> Vec<(String, usize)> {
    let mut words = Vec::new();
    let mut tokens = analyzer.token_stream(text);
    while let Some(token) = tokens.next() {
        words.push((token.text.clone(), token.offset_to));
    }
    words
}
