//! What can go wrong while an index is built or searched; all of it in memory.

/// The index could not be built or searched.
#[derive(Debug, thiserror::Error)]
#[error("the index of articles in `{language}` does not work: {source}")]
pub struct SearchError {
    pub language: Box<str>,
    #[source]
    pub source: Box<tantivy::TantivyError>,
}

impl SearchError {
    pub(crate) fn of(language: &str) -> impl Fn(tantivy::TantivyError) -> Self {
        let language: Box<str> = language.into();
        move |source| Self { language: language.clone(), source: Box::new(source) }
    }
}
