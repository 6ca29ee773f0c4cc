//! Lengths of time as literals: our own `30d`, and CEL's `1h30m`, `1.5h`, `250ms`.

use model::Span;

const UNITS: [(&str, i64); 6] =
    [("ms", 1), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];

/// Parts such as `1h`, one after the other, with an optional sign before them. Fractions must come out as
/// whole milliseconds, the precision of every time here.
pub(crate) fn parse_duration(text: &str) -> Option<Span> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let mut total: i64 = 0;
    loop {
        let number_end = rest.find(|character: char| character.is_ascii_alphabetic())?;
        let (number, after) = rest.split_at(number_end);
        let (unit, millis) = UNITS.iter().find(|(unit, _)| after.starts_with(unit))?;
        total = total.checked_add(whole_millis(number, *millis)?)?;
        rest = &after[unit.len()..];
        if rest.is_empty() {
            return Some(Span(sign * total));
        }
    }
}

fn whole_millis(number: &str, unit_millis: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let scale = 10_i64.pow(u32::try_from(fraction.len()).ok()?);
    let part = fraction.parse::<i64>().ok()?.checked_mul(unit_millis)?;
    if part % scale != 0 {
        return None;
    }
    whole.parse::<i64>().ok()?.checked_mul(unit_millis)?.checked_add(part / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_writing_are_read() {
        let millis = |text| parse_duration(text).map(|span| span.0);
        assert_eq!(millis("30d"), Some(30 * 86_400_000));
        assert_eq!(millis("1h30m"), Some(90 * 60_000));
        assert_eq!(millis("1.5h"), Some(90 * 60_000));
        assert_eq!(millis("250ms"), Some(250));
        assert_eq!(millis("-2m"), Some(-120_000));
        for wrong in ["", "30", "d", "1.d", ".5h", "1h 30m", "0.0001s", "99999999999999999w", "3x", "--1h"] {
            assert_eq!(millis(wrong), None, "{wrong}");
        }
    }
}
