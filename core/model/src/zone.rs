//! Clocks on walls: time zones, times of day and days of the week. Zones come from the database that is compiled in,
//! never from the machine's, so that a ledger replays alike everywhere.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Deserializer};

use crate::Timestamp;

/// The text names no zone, no time of day, no date or no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClock {
    #[error("`{0}` is no time zone; use an IANA name, such as `Europe/Berlin`")]
    Zone(String),
    #[error("`{0}` is no time of day; use hours and minutes, such as `09:00`")]
    TimeOfDay(String),
    #[error("`{0}` is no date and time; use `2026-12-01T09:00`, without a zone")]
    LocalTime(String),
    #[error("`{0}` is no day of the week; use monday, tuesday, …")]
    Weekday(String),
}

/// A time zone of the IANA database.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The instant of a wall-clock time. One that a clock jumps over is as much later; of one that comes twice it is
    /// the first.
    pub fn instant(&self, local: LocalTime) -> Option<Timestamp> {
        let zoned = self.0.to_ambiguous_zoned(local.0).compatible().ok()?;
        Some(Timestamp(zoned.timestamp().as_millisecond()))
    }

    /// The day it is at `time`.
    pub fn day(&self, time: Timestamp) -> Option<Day> {
        let instant = jiff::Timestamp::from_millisecond(time.0).ok()?;
        Some(Day(self.0.to_datetime(instant).date()))
    }

    /// The first instant after `after` at which the clock shows `at` on a day that `fits`; within two years.
    pub fn next(&self, after: Timestamp, at: TimeOfDay, fits: impl Fn(Day) -> bool) -> Option<Timestamp> {
        const DAYS_MAX: usize = 731;
        let mut day = self.day(after)?.before()?;
        for _ in 0..DAYS_MAX {
            let instant = if fits(day) { self.instant(day.at(at)) } else { None };
            if let Some(instant) = instant.filter(|instant| *instant > after) {
                return Some(instant);
            }
            day = day.after()?;
        }
        None
    }
}

impl FromStr for Zone {
    type Err = InvalidClock;

    fn from_str(name: &str) -> Result<Self, InvalidClock> {
        /// The longest name of the database has 32 bytes.
        const NAME_BYTES_MAX: usize = 64;
        if name.len() > NAME_BYTES_MAX {
            return Err(InvalidClock::Zone(name.chars().take(NAME_BYTES_MAX).collect()));
        }
        let database = TimeZoneDatabase::bundled();
        database.get(name).map(Self).map_err(|_| InvalidClock::Zone(name.into()))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({self})")
    }
}

/// Hours and minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(Time);

impl FromStr for TimeOfDay {
    type Err = InvalidClock;

    fn from_str(text: &str) -> Result<Self, InvalidClock> {
        let wrong = || InvalidClock::TimeOfDay(text.into());
        let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
        if hours.len() > 2 || minutes.len() != 2 {
            return Err(wrong());
        }
        let (hours, minutes) = (hours.parse().map_err(|_| wrong())?, minutes.parse().map_err(|_| wrong())?);
        Time::new(hours, minutes, 0, 0).map(Self).map_err(|_| wrong())
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

/// A date and a time of day on some clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalTime(DateTime);

impl FromStr for LocalTime {
    type Err = InvalidClock;

    fn from_str(text: &str) -> Result<Self, InvalidClock> {
        // jiff reads over a zone that the text ends in; here it would be taken for the clock's own.
        let plain =
            !text.ends_with(['Z', 'z', ']']) && !text.get(10..).unwrap_or_default().contains(['+', '-']);
        let parsed = text.parse().ok().filter(|_| plain && text.len() > 10);
        parsed.map(Self).ok_or_else(|| InvalidClock::LocalTime(text.into()))
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:02}:{:02}", self.0.date(), self.0.hour(), self.0.minute())
    }
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

impl Day {
    pub fn at(self, time: TimeOfDay) -> LocalTime {
        LocalTime(self.0.to_datetime(time.0))
    }

    pub fn before(self) -> Option<Self> {
        self.0.yesterday().ok().map(Self)
    }

    pub fn after(self) -> Option<Self> {
        self.0.tomorrow().ok().map(Self)
    }

    pub fn plus_days(self, days: i64) -> Option<Self> {
        self.0.checked_add(jiff::Span::new().try_days(days).ok()?).ok().map(Self)
    }

    pub fn weekday(self) -> Weekday {
        Weekday::ALL[self.0.weekday().to_monday_zero_offset().unsigned_abs() as usize]
    }

    /// Whether it is this day of its month; months that are shorter have it on their last.
    pub fn is_day_of_month(self, day: u8) -> bool {
        let wanted = i16::from(day).min(i16::from(self.0.days_in_month()));
        i16::from(self.0.day()) == wanted
    }
}

impl FromStr for Day {
    type Err = InvalidClock;

    /// `2026-12-01`, also with a time behind it, which does not count.
    fn from_str(text: &str) -> Result<Self, InvalidClock> {
        let date = text.get(..10).and_then(|date| date.parse().ok());
        date.map(Self).ok_or_else(|| InvalidClock::LocalTime(text.into()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Weekday {
    #[n(0)]
    Monday,
    #[n(1)]
    Tuesday,
    #[n(2)]
    Wednesday,
    #[n(3)]
    Thursday,
    #[n(4)]
    Friday,
    #[n(5)]
    Saturday,
    #[n(6)]
    Sunday,
}

impl Weekday {
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }
}

impl FromStr for Weekday {
    type Err = InvalidClock;

    fn from_str(text: &str) -> Result<Self, InvalidClock> {
        let found = Self::ALL.into_iter().find(|day| day.as_str() == text);
        found.ok_or_else(|| InvalidClock::Weekday(text.into()))
    }
}

/// Reads a value from its text.
fn from_text<'de, T: FromStr<Err = InvalidClock>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

impl<'de> Deserialize<'de> for LocalTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

impl<'de> Deserialize<'de> for Weekday {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_next_nine_o_clock_is_never_early_late_or_twice_in_any_zone() {
        let at: [TimeOfDay; 5] =
            ["00:00", "02:30", "03:00", "09:00", "23:59"].map(|text| text.parse().unwrap());
        let mut zones = 0;
        for name in TimeZoneDatabase::bundled().available() {
            let zone: Zone = name.as_str().parse().unwrap();
            zones += 1;
            for at in at {
                let mut day: Day = "2026-01-01".parse().unwrap();
                let mut before = Timestamp(zone.instant(day.at(at)).unwrap().0 - 1);
                for _ in 0..400 {
                    let wanted = zone.instant(day.at(at)).unwrap();
                    let late = wanted.since(before);
                    assert!(late.0 > 0 && late.0 <= 26 * 3_600_000, "{name} {at} {day}");
                    assert_eq!(zone.next(before, at, |_| true), Some(wanted), "{name} {at} {day}");
                    assert_eq!(zone.next(Timestamp(wanted.0 - 1), at, |_| true), Some(wanted), "{name} {at}");
                    (before, day) = (wanted, day.after().unwrap());
                }
            }
        }
        assert!(zones > 400, "{zones} zones");
    }

    #[test]
    fn what_a_clock_jumps_over_is_as_much_later_and_what_comes_twice_is_the_first() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let instant = |text: &str| berlin.instant(text.parse().unwrap()).unwrap().to_string();
        assert_eq!(instant("2026-03-29T02:30"), "2026-03-29T01:30:00.000Z");
        assert_eq!(instant("2026-10-25T02:30"), "2026-10-25T00:30:00.000Z");
        assert_eq!(instant("2026-07-01T09:00"), "2026-07-01T07:00:00.000Z");
    }

    #[test]
    fn days_fit_by_weekday_and_by_day_of_the_month() {
        let utc = Zone::UTC;
        let at = "09:00".parse().unwrap();
        let friday = utc.next(time("2026-03-11T10:00:00Z"), at, |day| day.weekday() == Weekday::Friday);
        assert_eq!(friday, Some(time("2026-03-13T09:00:00Z")));
        let last = utc.next(time("2026-02-01T00:00:00Z"), at, |day| day.is_day_of_month(31));
        assert_eq!(last, Some(time("2026-02-28T09:00:00Z")));
    }

    #[test]
    fn mistakes_name_the_value_and_the_remedy() {
        let zone = "Europe/Berln".parse::<Zone>().unwrap_err().to_string();
        assert_eq!(zone, "`Europe/Berln` is no time zone; use an IANA name, such as `Europe/Berlin`");
        for text in ["9", "25:00", "09:60", "09:0", "-1:00"] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
        for text in ["2026-12-01", "2026-12-01T09:00Z", "2026-12-01T09:00+02:00", "soon"] {
            assert!(text.parse::<LocalTime>().is_err(), "{text}");
        }
        assert!("fri".parse::<Weekday>().is_err());
    }
}
