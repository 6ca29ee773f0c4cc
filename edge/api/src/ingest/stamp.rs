//! When an event happened, corrected for the client's clock.

use std::borrow::Cow;

use model::{Channel, Stamp, Timestamp};

use super::Arrival;

/// The fields of an event that say when and where it happened, as JSON text.
#[derive(Debug, Default, Clone, Copy)]
pub struct Times<'a> {
    pub timestamp: Option<&'a str>,
    pub original_timestamp: Option<&'a str>,
    pub sent_at: Option<&'a str>,
    pub channel: Option<&'a str>,
}

impl<'a> Times<'a> {
    /// Keeps a field of the event if it is one of these.
    pub fn note(&mut self, name: &str, value: &'a str) {
        match name {
            "timestamp" => self.timestamp = Some(value),
            "originalTimestamp" => self.original_timestamp = Some(value),
            "sentAt" => self.sent_at = Some(value),
            "channel" => self.channel = Some(value),
            _ => {}
        }
    }
}

/// The stamp of one event: `time = received − (sentAt − original)` where the client says both, so that
/// a wrong client clock does no harm; never later than `received`.
pub fn stamp(
    times: &Times<'_>,
    batch_sent_at: Option<Timestamp>,
    arrival: &Arrival,
) -> Result<Stamp, String> {
    let original = match moment("originalTimestamp", times.original_timestamp)? {
        Some(original) => Some(original),
        None => moment("timestamp", times.timestamp)?,
    };
    let sent = match batch_sent_at {
        Some(sent) => Some(sent),
        // A bad `sentAt` only loses the correction.
        None => moment("sentAt", times.sent_at).ok().flatten(),
    };
    let time = match (original, sent) {
        (Some(original), Some(sent)) => arrival.received - sent.since(original),
        (Some(original), None) => original,
        (None, _) => arrival.received,
    };
    let channel = times.channel.and_then(own_channel).unwrap_or_else(|| arrival.channel.clone());
    Ok(Stamp {
        source: arrival.source,
        channel,
        time: time.min(arrival.received),
        received: arrival.received,
    })
}

/// A time field: RFC 3339, or milliseconds since 1970. Null and empty text mean absent.
pub fn moment(field: &'static str, raw: Option<&str>) -> Result<Option<Timestamp>, String> {
    let Some(raw) = raw else { return Ok(None) };
    let wrong = || {
        let shown: String = raw.chars().take(40).collect();
        format!("`{field}` is {shown}; use RFC 3339 with a zone, such as \"2026-03-01T10:00:00Z\"")
    };
    match raw.as_bytes() {
        b"null" | b"\"\"" => Ok(None),
        [b'"', .., b'"'] => raw[1..raw.len() - 1].parse().map(Some).map_err(|_| wrong()),
        _ => raw.parse::<i64>().map(|millis| Some(Timestamp(millis))).map_err(|_| wrong()),
    }
}

/// The channel an event names for itself, where one source speaks for many places.
fn own_channel(raw: &str) -> Option<Channel> {
    let text: Cow<'_, str> = serde_json::from_str(raw).ok()?;
    match &*text {
        // What RudderStack's SDKs send says which SDK it was, not where the customer stood.
        "server" | "browser" | "mobile" => None,
        other => other.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use model::SourceId;

    use super::*;

    const MINUTE_MS: i64 = 60_000;

    fn time_of(timestamp: Option<&str>, sent_at: Option<&str>) -> Result<i64, String> {
        let received = "2026-03-01T12:00:00Z".parse::<Timestamp>().unwrap();
        let arrival = Arrival { source: SourceId(1), channel: Channel::WEB, received };
        let times = Times { timestamp, sent_at, ..Times::default() };
        stamp(&times, None, &arrival).map(|stamp| stamp.time.since(received).0)
    }

    #[test]
    fn a_clock_that_is_wrong_by_years_does_no_harm() {
        let sent = Some("\"1999-01-01T00:10:00Z\"");
        assert_eq!(time_of(Some("\"1999-01-01T00:00:00.000Z\""), sent), Ok(-10 * MINUTE_MS));
        let python = Some("\"2026-03-01T13:59:00.123456+02:00\"");
        assert_eq!(time_of(Some("\"2026-03-01T11:58:00+00:00\""), python), Ok(-MINUTE_MS - 123));
    }

    #[test]
    fn without_both_times_the_one_there_stands() {
        assert_eq!(time_of(Some("\"2026-03-01T11:59:00Z\""), None), Ok(-MINUTE_MS));
        assert_eq!(time_of(None, Some("\"1999-01-01T00:10:00Z\"")), Ok(0));
        assert_eq!(time_of(Some("null"), Some("\"nonsense\"")), Ok(0));
        assert_eq!(time_of(Some("1772366340000"), None), Ok(-MINUTE_MS));
    }

    #[test]
    fn nothing_happens_after_it_was_received_or_at_a_time_that_is_none() {
        assert_eq!(time_of(Some("\"2031-01-01T00:00:00Z\""), None), Ok(0));
        let error = time_of(Some("\"yesterday\""), None).unwrap_err();
        assert!(error.starts_with("`timestamp` is \"yesterday\"; use RFC 3339"), "{error}");
    }
}
