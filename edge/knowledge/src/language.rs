//! How the words of each language are cut, and which of them say nothing.

use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter,
    TextAnalyzer,
};

/// Longer words are no words.
const WORD_BYTES_MAX: usize = 60;

/// Words of questions, by which nothing is found; the usual lists only have articles and the like.
const ASKING_ENGLISH: &[&str] = &[
    "about",
    "am",
    "any",
    "anyone",
    "been",
    "can",
    "cannot",
    "could",
    "did",
    "do",
    "does",
    "doing",
    "don",
    "from",
    "get",
    "getting",
    "give",
    "go",
    "got",
    "had",
    "has",
    "have",
    "hello",
    "help",
    "hey",
    "hi",
    "how",
    "i",
    "im",
    "just",
    "know",
    "let",
    "like",
    "long",
    "m",
    "many",
    "may",
    "me",
    "much",
    "my",
    "need",
    "now",
    "one",
    "our",
    "please",
    "possible",
    "s",
    "should",
    "so",
    "some",
    "something",
    "t",
    "tell",
    "thank",
    "thanks",
    "to",
    "us",
    "ve",
    "very",
    "want",
    "wanted",
    "we",
    "were",
    "what",
    "when",
    "where",
    "which",
    "who",
    "why",
    "would",
    "you",
    "your",
];
const ASKING_GERMAN: &[&str] = &[
    "bekomme", "bitte", "brauche", "danke", "darf", "etwas", "geben", "geht", "gern", "gerne", "gibt",
    "guten", "habe", "haben", "hallo", "hat", "hätte", "hi", "hilfe", "ich", "ihr", "ihre", "kann", "kannst",
    "können", "könnte", "könnten", "lang", "lange", "man", "mein", "meine", "meinem", "meinen", "meiner",
    "mir", "möchte", "morgen", "muss", "müssen", "sagen", "sie", "sind", "soll", "tag", "uns", "viel",
    "wann", "warum", "was", "welche", "welcher", "wer", "wie", "will", "wir", "wissen", "wo", "würde",
];

/// Cuts texts of a language into what is compared: words in lower case, without those that say nothing, by their
/// stem, without accents. A language that is not known is cut into words only.
pub(crate) fn analyzer(tag: &str) -> TextAnalyzer {
    let words = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(WORD_BYTES_MAX))
        .filter(LowerCaser)
        .dynamic();
    let Some((language, asking)) = known(tag) else {
        return words.filter_dynamic(AsciiFoldingFilter).build();
    };
    let asking = StopWordFilter::remove(asking.iter().map(|word| (*word).to_owned()));
    let words = match StopWordFilter::new(language) {
        Some(usual) => words.filter_dynamic(usual),
        None => words,
    };
    words
        .filter_dynamic(asking)
        .filter_dynamic(Stemmer::new(language))
        .filter_dynamic(AsciiFoldingFilter)
        .build()
}

fn known(tag: &str) -> Option<(Language, &'static [&'static str])> {
    let language = tag.split('-').next().unwrap_or_default();
    Some(match language {
        "ar" => (Language::Arabic, &[]),
        "da" => (Language::Danish, &[]),
        "de" => (Language::German, ASKING_GERMAN),
        "el" => (Language::Greek, &[]),
        "en" => (Language::English, ASKING_ENGLISH),
        "es" => (Language::Spanish, &[]),
        "fi" => (Language::Finnish, &[]),
        "fr" => (Language::French, &[]),
        "hu" => (Language::Hungarian, &[]),
        "it" => (Language::Italian, &[]),
        "nb" | "nn" | "no" => (Language::Norwegian, &[]),
        "nl" => (Language::Dutch, &[]),
        "pt" => (Language::Portuguese, &[]),
        "ro" => (Language::Romanian, &[]),
        "ru" => (Language::Russian, &[]),
        "sv" => (Language::Swedish, &[]),
        "ta" => (Language::Tamil, &[]),
        "tr" => (Language::Turkish, &[]),
        _ => return None,
    })
}
