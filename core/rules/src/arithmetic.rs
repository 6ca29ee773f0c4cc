//! Arithmetic: exact or a doubt, never silently wrong.

use model::{Decimal, Money, Span, Timestamp, Value};

use crate::doubt::{Action, Fault};
use crate::fuel::Fuel;
use crate::program::Operation;
use crate::view::{Operand, View};

/// The longest text that `+` may build, in bytes.
const TEXT_BYTES_MAX: usize = 16_384;

pub(crate) fn calculate<'a>(
    operation: Operation,
    left: View<'_>,
    right: View<'_>,
    fuel: &Fuel,
) -> Result<Operand<'a>, Fault> {
    let view = match (left, right) {
        (View::Int(left), View::Int(right)) => View::Int(integers(operation, left, right)?),
        (View::Double(left), View::Double(right)) => doubles(operation, left, right)?,
        (View::Int(left), View::Double(right)) => doubles(operation, left as f64, right)?,
        (View::Double(left), View::Int(right)) => doubles(operation, left, right as f64)?,
        (View::Money(left), View::Money(right)) => View::Money(amounts(operation, left, right)?),
        (View::Money(money), View::Int(times)) | (View::Int(times), View::Money(money))
            if operation == Operation::Multiply =>
        {
            let amount = money.amount.checked_mul(Decimal::from(times)).ok_or(Fault::Overflow)?;
            View::Money(Money { amount, ..money })
        }
        (View::Money(money), View::Int(0)) if matches!(operation, Operation::Add | Operation::Subtract) => {
            View::Money(money)
        }
        (View::Int(0), View::Money(money)) if operation == Operation::Add => View::Money(money),
        (View::Int(0), View::Money(money)) if operation == Operation::Subtract => negate(View::Money(money))?,
        (View::Text(left), View::Text(right)) if operation == Operation::Add => {
            return concatenate(left, right, fuel);
        }
        _ => times(operation, left, right)?,
    };
    Ok(Operand::Seen(view))
}

pub(crate) fn negate<'a>(view: View<'_>) -> Result<View<'a>, Fault> {
    match view {
        View::Int(int) => int.checked_neg().map(View::Int).ok_or(Fault::Overflow),
        View::Double(double) => Ok(View::Double(-double)),
        View::Span(Span(millis)) => {
            millis.checked_neg().map(|millis| View::Span(Span(millis))).ok_or(Fault::Overflow)
        }
        View::Money(money) => Ok(View::Money(Money { amount: -money.amount, ..money })),
        _ => Err(Action::Negate.mismatch(view.kind())),
    }
}

/// Whole numbers: division drops the remainder, as in CEL.
fn integers(operation: Operation, left: i64, right: i64) -> Result<i64, Fault> {
    let result = match operation {
        Operation::Add => left.checked_add(right),
        Operation::Subtract => left.checked_sub(right),
        Operation::Multiply => left.checked_mul(right),
        Operation::Divide | Operation::Remainder if right == 0 => return Err(Fault::DividedByZero),
        Operation::Divide => left.checked_div(right),
        Operation::Remainder => left.checked_rem(right),
    };
    result.ok_or(Fault::Overflow)
}

fn doubles<'a>(operation: Operation, left: f64, right: f64) -> Result<View<'a>, Fault> {
    let result = match operation {
        Operation::Add => left + right,
        Operation::Subtract => left - right,
        Operation::Multiply => left * right,
        Operation::Divide if right == 0.0 => return Err(Fault::DividedByZero),
        Operation::Divide => left / right,
        Operation::Remainder => return mismatch(operation, View::Double(left), View::Double(right)),
    };
    if result.is_finite() { Ok(View::Double(result)) } else { Err(Fault::Overflow) }
}

fn amounts(operation: Operation, left: Money, right: Money) -> Result<Money, Fault> {
    if left.currency != right.currency {
        return Err(Fault::Currency(left.currency, right.currency));
    }
    let amount = match operation {
        Operation::Add => left.amount.checked_add(right.amount),
        Operation::Subtract => left.amount.checked_sub(right.amount),
        Operation::Multiply | Operation::Divide | Operation::Remainder => {
            return mismatch(operation, View::Money(left), View::Money(right));
        }
    };
    Ok(Money { amount: amount.ok_or(Fault::Overflow)?, currency: left.currency })
}

fn times<'a>(operation: Operation, left: View<'_>, right: View<'_>) -> Result<View<'a>, Fault> {
    use Operation::{Add, Subtract};
    let time = |millis: Option<i64>| millis.map(|millis| View::Time(Timestamp(millis)));
    let span = |millis: Option<i64>| millis.map(|millis| View::Span(Span(millis)));
    let result = match (operation, left, right) {
        (Add, View::Time(left), View::Span(right)) => time(left.0.checked_add(right.0)),
        (Add, View::Span(left), View::Time(right)) => time(left.0.checked_add(right.0)),
        (Add, View::Span(left), View::Span(right)) => span(left.0.checked_add(right.0)),
        (Subtract, View::Time(left), View::Span(right)) => time(left.0.checked_sub(right.0)),
        (Subtract, View::Time(left), View::Time(right)) => span(left.0.checked_sub(right.0)),
        (Subtract, View::Span(left), View::Span(right)) => span(left.0.checked_sub(right.0)),
        _ => return mismatch(operation, left, right),
    };
    result.ok_or(Fault::Overflow)
}

fn concatenate<'a>(left: &str, right: &str, fuel: &Fuel) -> Result<Operand<'a>, Fault> {
    let bytes = left.len() + right.len();
    if bytes > TEXT_BYTES_MAX {
        return Err(Fault::TooMuchWork);
    }
    fuel.spend(1)?;
    fuel.spend_text(bytes)?;
    Ok(Operand::Made(Value::text([left, right].concat())))
}

fn mismatch<T>(operation: Operation, left: View<'_>, right: View<'_>) -> Result<T, Fault> {
    Err(Action::Calculate(operation).mismatch_of_two(left.kind(), right.kind()))
}
