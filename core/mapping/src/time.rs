//! Times of rows: read by a format in a zone, and refused where they do not name one moment.

use jiff::civil::{DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::spec::{Ambiguous, TimeSpec};

/// A compiled [`TimeSpec`] without its column.
#[derive(Debug, Clone)]
pub struct TimeReader {
    format: TimeFormat,
    ambiguous: Ambiguous,
}

#[derive(Debug, Clone)]
enum TimeFormat {
    Rfc3339,
    UnixSeconds,
    UnixMillis,
    /// The pattern says the offset.
    Absolute(String),
    Local {
        pattern: String,
        zone: TimeZone,
        time_of_day: Option<Time>,
    },
}

impl TimeReader {
    /// Checks the spec; the error names the field and the remedy.
    pub fn compile(spec: &TimeSpec) -> Result<Self, String> {
        let format = match spec.format.as_str() {
            "rfc3339" => TimeFormat::Rfc3339,
            "unix" => TimeFormat::UnixSeconds,
            "unix_ms" => TimeFormat::UnixMillis,
            pattern if has_offset(pattern) => TimeFormat::Absolute(pattern.to_owned()),
            pattern => local(spec, pattern)?,
        };
        Ok(Self { format, ambiguous: spec.ambiguous })
    }

    /// The moment a cell names, in RFC 3339; the error is a reason to show.
    pub fn read(&self, text: &str) -> Result<String, String> {
        let wrong = |why: String| format!("time `{text}`: {why}");
        let out_of_range = |error: jiff::Error| wrong(error.to_string());
        let moment = match &self.format {
            TimeFormat::Rfc3339 => text.parse::<jiff::Timestamp>().map_err(out_of_range)?,
            TimeFormat::UnixSeconds => {
                let seconds: f64 = text.parse().map_err(|_| wrong("not a number of seconds".into()))?;
                jiff::Timestamp::from_millisecond((seconds * 1000.0).round() as i64).map_err(out_of_range)?
            }
            TimeFormat::UnixMillis => {
                let millis = text.parse().map_err(|_| wrong("not a number of milliseconds".into()))?;
                jiff::Timestamp::from_millisecond(millis).map_err(out_of_range)?
            }
            TimeFormat::Absolute(pattern) => BrokenDownTime::parse(pattern, text)
                .and_then(|time| time.to_timestamp())
                .map_err(out_of_range)?,
            TimeFormat::Local { pattern, zone, time_of_day } => {
                let parsed = BrokenDownTime::parse(pattern, text).map_err(out_of_range)?;
                let civil = match time_of_day {
                    Some(time) => parsed.to_date().map_err(out_of_range)?.to_datetime(*time),
                    None => parsed.to_datetime().map_err(out_of_range)?,
                };
                self.place(civil, zone).map_err(wrong)?
            }
        };
        Ok(format!("{moment:.3}"))
    }

    /// The moment a local time names in its zone.
    fn place(&self, civil: DateTime, zone: &TimeZone) -> Result<jiff::Timestamp, String> {
        let name = zone.iana_name().unwrap_or("the zone").to_owned();
        let found = zone.to_ambiguous_timestamp(civil);
        let refusal = match (found.offset(), self.ambiguous) {
            (AmbiguousOffset::Gap { .. }, Ambiguous::Refuse) => "does not exist",
            (AmbiguousOffset::Fold { .. }, Ambiguous::Refuse) => "happens twice",
            (_, Ambiguous::Later) => return found.later().map_err(|error| error.to_string()),
            (_, Ambiguous::Earlier | Ambiguous::Refuse) => {
                return found.earlier().map_err(|error| error.to_string());
            }
        };
        Err(format!("it {refusal} in {name} because clocks change; say `ambiguous: earlier` or `later`"))
    }
}

fn has_offset(pattern: &str) -> bool {
    ["%z", "%:z", "%Q", "%:Q", "%s", "%Z"].iter().any(|directive| pattern.contains(directive))
}

fn local(spec: &TimeSpec, pattern: &str) -> Result<TimeFormat, String> {
    let Some(zone) = &spec.zone else {
        return Err(format!(
            "`time.format` is `{pattern}` and says no offset, so the same text means different moments; add `zone`, such as `zone: Europe/Berlin`"
        ));
    };
    let zone = TimeZone::get(zone).map_err(|_| {
        format!("`time.zone` is `{zone}`, which is no IANA time zone; use one such as `Europe/Berlin`")
    })?;
    let dated_only =
        !["%H", "%I", "%k", "%l", "%T", "%R", "%c", "%X", "%r", "%F %T"].iter().any(|d| pattern.contains(d));
    let time_of_day = match &spec.time_of_day {
        Some(text) => Some(
            text.parse().map_err(|_| format!("`time.time_of_day` is `{text}`; use one such as `12:00`"))?,
        ),
        None if dated_only => {
            return Err(format!(
                "`time.format` is `{pattern}` and has no time of day; add `time_of_day`, such as `12:00`"
            ));
        }
        None => None,
    };
    Ok(TimeFormat::Local { pattern: pattern.to_owned(), zone, time_of_day })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(
        format: &str,
        zone: Option<&str>,
        time_of_day: Option<&str>,
        ambiguous: Ambiguous,
    ) -> Result<TimeReader, String> {
        TimeReader::compile(&TimeSpec {
            column: "t".into(),
            format: format.into(),
            zone: zone.map(Into::into),
            time_of_day: time_of_day.map(Into::into),
            ambiguous,
        })
    }

    fn read(format: &str, zone: &str, text: &str) -> Result<String, String> {
        reader(format, Some(zone), None, Ambiguous::Refuse).unwrap().read(text)
    }

    #[test]
    fn local_times_are_placed_in_their_zone() {
        let format = "%Y-%m-%d %H:%M:%S";
        assert_eq!(read(format, "Europe/London", "2010-12-01 08:26:00").unwrap(), "2010-12-01T08:26:00.000Z");
        assert_eq!(read(format, "Europe/London", "2011-06-01 08:26:00").unwrap(), "2011-06-01T07:26:00.000Z");
        assert!(read(format, "Europe/London", "2011-02-30 08:26:00").is_err());
    }

    #[test]
    fn times_that_name_no_moment_or_two_are_refused_unless_told() {
        let format = "%Y-%m-%d %H:%M";
        assert!(read(format, "Europe/Berlin", "2026-03-29 02:30").unwrap_err().contains("does not exist"));
        assert!(read(format, "Europe/Berlin", "2026-10-25 02:30").unwrap_err().contains("happens twice"));
        let told = |ambiguous| {
            reader(format, Some("Europe/Berlin"), None, ambiguous).unwrap().read("2026-10-25 02:30")
        };
        assert_eq!(told(Ambiguous::Earlier).unwrap(), "2026-10-25T00:30:00.000Z");
        assert_eq!(told(Ambiguous::Later).unwrap(), "2026-10-25T01:30:00.000Z");
    }

    #[test]
    fn a_zone_and_a_time_of_day_must_be_known() {
        let error = |zone, time| reader("%Y%m%d", zone, time, Ambiguous::Refuse).unwrap_err();
        assert!(error(None, None).contains("add `zone`"));
        assert!(error(Some("Mars/Base"), None).contains("no IANA time zone"));
        assert!(error(Some("America/New_York"), None).contains("add `time_of_day`"));
        let noon = reader("%Y%m%d", Some("America/New_York"), Some("12:00"), Ambiguous::Refuse).unwrap();
        assert_eq!(noon.read("19970101").unwrap(), "1997-01-01T17:00:00.000Z");
    }

    #[test]
    fn absolute_times_need_no_zone() {
        let absolute = |format: &str, text: &str| {
            reader(format, None, None, Ambiguous::Refuse).unwrap().read(text).unwrap()
        };
        assert_eq!(absolute("rfc3339", "2026-03-01T10:00:00+02:00"), "2026-03-01T08:00:00.000Z");
        assert_eq!(absolute("unix", "1772359200.5"), "2026-03-01T10:00:00.500Z");
        assert_eq!(absolute("unix_ms", "1772359200250"), "2026-03-01T10:00:00.250Z");
        assert_eq!(absolute("%Y-%m-%d %H:%M %z", "2026-03-01 10:00 -0500"), "2026-03-01T15:00:00.000Z");
    }
}
