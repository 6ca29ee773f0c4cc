//! Equality and order of values.

use std::cmp::Ordering;

use model::{Decimal, Value};

use crate::doubt::{Action, Fault};
use crate::fuel::Fuel;
use crate::program::Comparison;
use crate::view::View;

/// Whether the comparison holds. The most frequent, whole numbers and the equality of texts, take the short way.
#[inline]
pub(crate) fn compare(
    comparison: Comparison,
    left: View<'_>,
    right: View<'_>,
    fuel: &Fuel,
) -> Result<bool, Fault> {
    match (left, right) {
        (View::Int(left), View::Int(right)) => Ok(comparison.accepts(left.cmp(&right))),
        (View::Text(left), View::Text(right)) if comparison == Comparison::Equal => {
            equal_texts(left, right, fuel)
        }
        _ => compare_any(comparison, left, right, fuel),
    }
}

#[inline]
fn equal_texts(left: &str, right: &str, fuel: &Fuel) -> Result<bool, Fault> {
    if left.len() != right.len() {
        return Ok(false);
    }
    fuel.spend_text(left.len())?;
    Ok(left == right)
}

fn compare_any(comparison: Comparison, left: View<'_>, right: View<'_>, fuel: &Fuel) -> Result<bool, Fault> {
    match comparison {
        Comparison::Equal => equal(left, right, fuel),
        Comparison::Unequal => equal(left, right, fuel).map(|equal| !equal),
        Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual => {
            let mismatch = Action::Compare(comparison).mismatch_of_two(left.kind(), right.kind());
            let ordering = order(left, right, fuel)?.ok_or(mismatch)?;
            Ok(comparison.accepts(ordering))
        }
    }
}

/// Values of different kinds are unequal, as in CEL; whole and other numbers compare by amount. Amounts of
/// money in different currencies are neither equal nor unequal; 0, the sum of no events, is 0 in all of them.
pub(crate) fn equal(left: View<'_>, right: View<'_>, fuel: &Fuel) -> Result<bool, Fault> {
    Ok(match (left, right) {
        (View::Null, View::Null) => true,
        (View::Bool(left), View::Bool(right)) => left == right,
        (View::Int(left), View::Int(right)) => left == right,
        (View::Double(left), View::Double(right)) => left == right,
        (View::Int(int), View::Double(double)) | (View::Double(double), View::Int(int)) => {
            int_to_double(int, double) == Some(Ordering::Equal)
        }
        (View::Text(left), View::Text(right)) => equal_texts(left, right, fuel)?,
        (View::Time(left), View::Time(right)) => left == right,
        (View::Span(left), View::Span(right)) => left == right,
        (View::Money(left), View::Money(right)) if left.currency == right.currency => {
            left.amount == right.amount
        }
        (View::Money(left), View::Money(right)) => {
            return Err(Fault::Currency(left.currency, right.currency));
        }
        (View::Money(money), View::Int(0)) | (View::Int(0), View::Money(money)) => money.amount.is_zero(),
        (View::List(left), View::List(right)) => equal_lists(left, right, fuel)?,
        (View::Map(left), View::Map(right)) => equal_maps(left, right, fuel)?,
        _ => false,
    })
}

fn equal_lists(left: &[Value], right: &[Value], fuel: &Fuel) -> Result<bool, Fault> {
    if left.len() != right.len() {
        return Ok(false);
    }
    for (left, right) in left.iter().zip(right) {
        fuel.spend(1)?;
        if !equal(View::of(left), View::of(right), fuel)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn equal_maps(left: &[(Box<str>, Value)], right: &[(Box<str>, Value)], fuel: &Fuel) -> Result<bool, Fault> {
    if left.len() != right.len() {
        return Ok(false);
    }
    for (name, left) in left {
        fuel.spend(1 + right.len())?;
        let Some((_, right)) = right.iter().find(|(other, _)| other == name) else {
            return Ok(false);
        };
        if !equal(View::of(left), View::of(right), fuel)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The order of two values; `None` when they have none.
fn order(left: View<'_>, right: View<'_>, fuel: &Fuel) -> Result<Option<Ordering>, Fault> {
    Ok(match (left, right) {
        (View::Int(left), View::Int(right)) => Some(left.cmp(&right)),
        (View::Double(left), View::Double(right)) => left.partial_cmp(&right),
        (View::Int(int), View::Double(double)) => int_to_double(int, double),
        (View::Double(double), View::Int(int)) => int_to_double(int, double).map(Ordering::reverse),
        (View::Text(left), View::Text(right)) => {
            fuel.spend_text(left.len().min(right.len()))?;
            Some(left.cmp(right))
        }
        (View::Time(left), View::Time(right)) => Some(left.cmp(&right)),
        (View::Span(left), View::Span(right)) => Some(left.cmp(&right)),
        (View::Money(left), View::Money(right)) if left.currency == right.currency => {
            Some(left.amount.cmp(&right.amount))
        }
        (View::Money(left), View::Money(right)) => {
            return Err(Fault::Currency(left.currency, right.currency));
        }
        (View::Money(money), View::Int(0)) => Some(money.amount.cmp(&Decimal::ZERO)),
        (View::Int(0), View::Money(money)) => Some(Decimal::ZERO.cmp(&money.amount)),
        _ => None,
    })
}

/// The order of a whole and another number by amount, exact also where a double cannot hold the integer.
fn int_to_double(int: i64, double: f64) -> Option<Ordering> {
    /// 2^63: the first double above every `i64`; its negative is the least `i64`.
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if double.is_nan() {
        return None;
    }
    if double >= BOUND {
        return Some(Ordering::Less);
    }
    if double < -BOUND {
        return Some(Ordering::Greater);
    }
    let whole = double.trunc();
    #[allow(clippy::cast_possible_truncation)] // within ±2^63, checked above
    let ordering = int.cmp(&(whole as i64));
    Some(ordering.then_with(|| 0.0_f64.total_cmp(&(double - whole + 0.0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_amount_beyond_what_a_double_can_hold() {
        assert_eq!(int_to_double(3, 3.0), Some(Ordering::Equal));
        assert_eq!(int_to_double(3, 3.5), Some(Ordering::Less));
        assert_eq!(int_to_double(-3, -3.5), Some(Ordering::Greater));
        assert_eq!(int_to_double(-3, -2.5), Some(Ordering::Less));
        assert_eq!(int_to_double(0, -0.0), Some(Ordering::Equal));
        assert_eq!(int_to_double(9_007_199_254_740_993, 9_007_199_254_740_992.0), Some(Ordering::Greater));
        assert_eq!(int_to_double(i64::MAX, 9_223_372_036_854_775_808.0), Some(Ordering::Less));
        assert_eq!(int_to_double(i64::MIN, -9_223_372_036_854_775_808.0), Some(Ordering::Equal));
        assert_eq!(int_to_double(0, f64::NAN), None);
        assert_eq!(int_to_double(0, f64::NEG_INFINITY), Some(Ordering::Greater));
    }
}
