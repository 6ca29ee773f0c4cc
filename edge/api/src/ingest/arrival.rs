//! What a request to a way in says of itself, how much it may carry, and why it is refused.

use model::{Channel, SourceId, Timestamp};

/// Who sent a request and when it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    pub source: SourceId,
    /// The channel of the source, unless the event itself names one.
    pub channel: Channel,
    pub received: Timestamp,
}

/// How much one request may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest event, in bytes; larger ones are quarantined.
    pub event_bytes_max: usize,
    /// The largest request body, in bytes, after decompression; larger ones are refused.
    pub body_bytes_max: usize,
    /// The most events of one request; those beyond are quarantined.
    pub events_max: usize,
}

impl Limits {
    /// What Segment's own API allows (STANDARDS A1).
    pub const SEGMENT: Self =
        Self { event_bytes_max: 32 * 1024, body_bytes_max: 500 * 1024, events_max: 2_500 };
    /// For imports, whose orders may list a thousand lines.
    pub const IMPORT: Self =
        Self { event_bytes_max: 512 * 1024, body_bytes_max: 8 * 1024 * 1024, events_max: 10_000 };
}

/// Why a whole request is refused; nothing of it is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the body is not JSON: {0}; send one JSON object")]
    NotJson(String),
    #[error("`batch` is missing or not a list; send {{\"batch\": [event, …]}}")]
    NoBatch,
    #[error("the body is larger than {0} bytes after decompression; send smaller batches")]
    TooLarge(usize),
    #[error("the body has {count} orders; send {most} at most")]
    TooMany { count: usize, most: usize },
    #[error("the body says gzip but does not decompress: {0}; send it plain or compress it again")]
    Gzip(String),
    #[error("header `{header}` is `{value}`; {remedy}")]
    Header { header: String, value: String, remedy: &'static str },
    #[error("attribute `{0}` is missing; a CloudEvent needs id, source, specversion and type")]
    Attribute(&'static str),
}
