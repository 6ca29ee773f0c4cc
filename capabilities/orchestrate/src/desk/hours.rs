//! Business hours: when a queue is served, in its own time zone, and spans of time counted in such hours.

use std::collections::BTreeSet;

use model::{Day, Span, TimeOfDay, Timestamp, Weekday, Zone};

/// Days looked ahead for open hours at most.
const DAYS_MAX: usize = 400;

/// When a queue is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hours {
    pub zone: Zone,
    /// Sorted by day and beginning. One that does not end after it begins ends on the next day.
    pub open: Vec<(Weekday, TimeOfDay, TimeOfDay)>,
    pub holidays: BTreeSet<Day>,
}

impl Hours {
    pub fn is_open(&self, time: Timestamp) -> bool {
        self.from(time).next().is_some_and(|(opens, _)| opens <= time)
    }

    /// When `span` of open time will have passed since `start`; never, where the queue does not open for so long.
    pub fn after(&self, start: Timestamp, span: Span) -> Option<Timestamp> {
        let mut left = span;
        let mut counted = start;
        for (opens, closes) in self.from(start) {
            // Hours that overlap count once.
            let begin = opens.max(counted);
            if closes <= begin {
                continue;
            }
            let length = closes.since(begin);
            if left <= length {
                return Some(begin + left);
            }
            left = Span(left.0 - length.0);
            counted = closes;
        }
        None
    }

    /// The open times that end after `start`, in order.
    fn from(&self, start: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        // Hours of the evening before may last into the day.
        let first = self.zone.day(start).and_then(Day::before);
        let days = std::iter::successors(first, |day| day.after()).take(DAYS_MAX);
        days.flat_map(|day| self.of_day(day)).filter(move |(_, closes)| *closes > start)
    }

    fn of_day(&self, day: Day) -> Vec<(Timestamp, Timestamp)> {
        if self.holidays.contains(&day) {
            return Vec::new();
        }
        let instants = |(_, from, to): &(Weekday, TimeOfDay, TimeOfDay)| {
            let end = if to > from { day } else { day.after()? };
            let (opens, closes) = (self.zone.instant(day.at(*from))?, self.zone.instant(end.at(*to))?);
            (opens < closes).then_some((opens, closes))
        };
        self.open.iter().filter(|(weekday, ..)| *weekday == day.weekday()).filter_map(instants).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(zone: &str, open: &[(Weekday, &str, &str)], holidays: &[&str]) -> Hours {
        let open = open.iter().map(|(day, from, to)| (*day, from.parse().unwrap(), to.parse().unwrap()));
        Hours {
            zone: zone.parse().unwrap(),
            open: open.collect(),
            holidays: holidays.iter().map(|day| day.parse().unwrap()).collect(),
        }
    }

    fn after(hours: &Hours, start: &str, span: &str) -> String {
        let end = hours.after(start.parse().unwrap(), span.parse().unwrap());
        end.map(|end| end.to_string()).unwrap_or_default()
    }

    fn week() -> Vec<(Weekday, &'static str, &'static str)> {
        Weekday::ALL[..5].iter().map(|day| (*day, "09:00", "17:00")).collect()
    }

    #[test]
    fn only_open_time_counts() {
        let berlin = hours("Europe/Berlin", &week(), &["2026-03-13"]);
        // Wednesday 15:00 in Berlin is 14:00 UTC.
        assert_eq!(after(&berlin, "2026-03-11T14:00:00Z", "1h"), "2026-03-11T15:00:00.000Z");
        assert_eq!(after(&berlin, "2026-03-11T14:00:00Z", "2h"), "2026-03-11T16:00:00.000Z");
        assert_eq!(after(&berlin, "2026-03-11T14:00:00Z", "3h"), "2026-03-12T09:00:00.000Z");
        // Friday is a holiday, then comes the weekend.
        assert_eq!(after(&berlin, "2026-03-12T15:30:00Z", "1h"), "2026-03-16T08:30:00.000Z");
        assert!(berlin.is_open("2026-03-11T08:00:00Z".parse().unwrap()));
        assert!(!berlin.is_open("2026-03-11T07:59:59Z".parse().unwrap()));
        assert!(!berlin.is_open("2026-03-11T16:00:00Z".parse().unwrap()));
        assert!(!berlin.is_open("2026-03-13T10:00:00Z".parse().unwrap()));
    }

    #[test]
    fn clocks_that_are_put_forward_and_back_change_nothing_that_was_not_on_them() {
        // Clocks in Berlin go forward on Sunday 2026-03-29 at 02:00, and back on 2026-10-25 at 03:00.
        let berlin = hours("Europe/Berlin", &week(), &[]);
        assert_eq!(after(&berlin, "2026-03-27T15:00:00Z", "2h"), "2026-03-30T08:00:00.000Z");
        let night = hours("Europe/Berlin", &[(Weekday::Saturday, "22:00", "06:00")], &[]);
        // Eight hours on the clock are seven when it jumps, and nine when it goes back.
        assert_eq!(after(&night, "2026-03-28T21:00:00Z", "7h"), "2026-03-29T04:00:00.000Z");
        assert_eq!(after(&night, "2026-03-28T21:00:00Z", "8h"), "2026-04-04T21:00:00.000Z");
        assert_eq!(after(&night, "2026-10-24T20:00:00Z", "9h"), "2026-10-25T05:00:00.000Z");
    }

    #[test]
    fn hours_may_overlap_and_a_queue_may_never_open() {
        let monday = Weekday::Monday;
        let twice = hours("UTC", &[(monday, "09:00", "12:00"), (monday, "11:00", "13:00")], &[]);
        assert_eq!(after(&twice, "2026-03-09T09:00:00Z", "4h"), "2026-03-09T13:00:00.000Z");
        let never = hours("UTC", &[], &[]);
        assert_eq!(after(&never, "2026-03-09T09:00:00Z", "1m"), "");
        assert!(!never.is_open("2026-03-09T09:00:00Z".parse().unwrap()));
    }
}
