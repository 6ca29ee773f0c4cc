//! Dates as people write them, in English and German.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use model::Timestamp;

const MONTHS: [[&str; 2]; 12] = [
    ["january", "januar"],
    ["february", "februar"],
    ["march", "märz"],
    ["april", "april"],
    ["may", "mai"],
    ["june", "juni"],
    ["july", "juli"],
    ["august", "august"],
    ["september", "september"],
    ["october", "oktober"],
    ["november", "november"],
    ["december", "dezember"],
];
const WEEKDAYS: [(&[&str], Weekday); 7] = [
    (&["monday", "mon", "montag"], Weekday::Monday),
    (&["tuesday", "tue", "dienstag"], Weekday::Tuesday),
    (&["wednesday", "wed", "mittwoch"], Weekday::Wednesday),
    (&["thursday", "thu", "donnerstag"], Weekday::Thursday),
    (&["friday", "fri", "freitag"], Weekday::Friday),
    (&["saturday", "sat", "samstag", "sonnabend"], Weekday::Saturday),
    (&["sunday", "sun", "sonntag"], Weekday::Sunday),
];

/// The day a text names, as `2026-03-14`, if it lies between `min` and `max` days from today (UTC). A day
/// without its year is the next one.
pub(crate) fn read(text: &str, now: Timestamp, min: i64, max: i64) -> Option<String> {
    let today = jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned(TimeZone::UTC).date();
    let day = iso(text)
        .or_else(|| named(text, today))
        .or_else(|| numbers(text, today))
        .or_else(|| with_month(text, today))?;
    let days = i64::from((day - today).get_days());
    (min..=max).contains(&days).then(|| day.to_string())
}

fn iso(text: &str) -> Option<Date> {
    text.split_whitespace().find_map(|word| word.trim_matches([',', '.']).get(..10)?.parse().ok())
}

/// Today, tomorrow, a weekday.
fn named(text: &str, today: Date) -> Option<Date> {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
    if has(&["today", "heute"]) {
        return Some(today);
    }
    if has(&["übermorgen"]) {
        return today.tomorrow().ok()?.tomorrow().ok();
    }
    if has(&["tomorrow", "morgen"]) {
        let day = today.tomorrow().ok()?;
        return if has(&["after"]) { day.tomorrow().ok() } else { Some(day) };
    }
    let (_, weekday) = WEEKDAYS.iter().find(|(names, _)| has(names))?;
    today.nth_weekday(1, *weekday).ok()
}

/// `14.3.2026`, `14.3.`, `14/3`: the day first, as nearly everywhere; the month first only where it must be.
fn numbers(text: &str, today: Date) -> Option<Date> {
    let parts: Vec<&str> = text.trim().trim_end_matches('.').split(['.', '/']).map(str::trim).collect();
    let numbers: Vec<i16> = parts.iter().map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (first, second) = (*numbers.first()?, *numbers.get(1)?);
    let (day, month) = if second > 12 { (second, first) } else { (first, second) };
    match numbers.get(2) {
        Some(year) if *year < 100 => date(2000 + year, month, day),
        Some(year) => date(*year, month, day),
        None => next(month, day, today),
    }
}

/// `14 March 2026`, `March 14th`, `14. März`.
fn with_month(text: &str, today: Date) -> Option<Date> {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    // Whole or cut short: `september`, `sept`, `sep`.
    let names = |word: &str, names: &[&str; 2]| {
        word.chars().count() >= 3 && names.iter().any(|name| name.starts_with(word))
    };
    let is_month = |word: &&str| MONTHS.iter().position(|month| names(word, month));
    let month = words.iter().find_map(is_month)? as i16 + 1;
    let number =
        |word: &&str| word.trim_end_matches(|letter: char| letter.is_alphabetic()).parse::<i16>().ok();
    let numbers: Vec<i16> = words.iter().filter_map(number).collect();
    let day = *numbers.iter().find(|number| **number <= 31)?;
    match numbers.iter().find(|number| **number > 1900) {
        Some(year) => date(*year, month, day),
        None => next(month, day, today),
    }
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn next(month: i16, day: i16, today: Date) -> Option<Date> {
    let this_year = date(today.year(), month, day).filter(|day| *day >= today);
    this_year.or_else(|| date(today.year() + 1, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_people_write_them() {
        // A Wednesday.
        let now = "2026-03-11T10:00:00Z".parse().unwrap();
        for (text, day) in [
            ("2026-03-14", "2026-03-14"),
            ("on 2026-03-14, please", "2026-03-14"),
            ("tomorrow", "2026-03-12"),
            ("übermorgen", "2026-03-13"),
            ("the day after tomorrow", "2026-03-13"),
            ("Friday", "2026-03-13"),
            ("next wednesday", "2026-03-18"),
            ("14.3.", "2026-03-14"),
            ("14.3.26", "2026-03-14"),
            ("3/14/2026", "2026-03-14"),
            ("1.3.", "2027-03-01"),
            ("March 14th", "2026-03-14"),
            ("14. März 2027", "2027-03-14"),
            ("Samstag!", "2026-03-14"),
        ] {
            assert_eq!(read(text, now, i64::MIN, i64::MAX).as_deref(), Some(day), "{text}");
        }
        for text in ["soon", "5 maybe", "31.2.2026", "", "14", "5 of them"] {
            assert_eq!(read(text, now, i64::MIN, i64::MAX), None, "{text}");
        }
        assert_eq!(read("today", now, 1, 30), None);
        assert_eq!(read("30.5.", now, 1, 30), None);
    }
}
