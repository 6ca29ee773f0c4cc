//! What the outside sent in, and what it was told became of it.

use model::{Channel, Event, Identifier, SourceId, Span, Stamp, Timestamp};

/// Message ids are remembered for 30 days; later the same event counts as another, as documented.
const RESEND_WITHIN: Span = Span(28 * Span::DAY.0);

/// One thing a client sends, as often as it takes until it is acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub body: String,
    pub source: SourceId,
    pub channel: Channel,
    pub time: Timestamp,
    /// When a client first tried.
    pub tried: Option<Timestamp>,
    pub state: Told,
    /// The message hash and the identifier whose strand it belongs to, once it was prepared.
    pub known: Option<(u128, Identifier)>,
    pub consent: Option<Said>,
}

/// What the client was told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Nothing,
    /// Taken, or taken before.
    Taken,
    Quarantined {
        number: u64,
    },
    /// Staff discards it from quarantine.
    Discarding,
    /// The customer was erased afterwards.
    Erased,
}

/// What an event says about marketing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub granted: bool,
    /// None for every channel.
    pub channel: Option<Channel>,
}

impl Said {
    pub fn concerns(&self, channel: &Channel) -> bool {
        self.channel.as_ref().is_none_or(|own| own == channel)
    }
}

impl Sent {
    /// Whether sending it again now is sending the same.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.tried.is_none_or(|tried| now.since(tried) < RESEND_WITHIN)
    }

    /// The event, if the body is one.
    pub fn event(&self, received: Timestamp) -> Result<Event, String> {
        let (source, channel, time) = (self.source, self.channel.clone(), self.time);
        let stamp = Stamp { source, channel, time, received };
        Event::parse(self.body.as_bytes().into(), stamp).map_err(|error| error.to_string())
    }
}
