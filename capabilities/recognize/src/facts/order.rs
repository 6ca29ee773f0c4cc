//! Values brought to their declared kind, and a total order over values for the least and the greatest.

use std::cmp::Ordering;

use model::{Value, ValueKind};

/// The value as the kind that the schema declares, where it can be read as one; as it came otherwise.
pub fn coerced(value: Value, kind: ValueKind) -> Value {
    let read = match (kind, &value) {
        (ValueKind::Time, Value::Text(text)) => text.parse().ok().map(Value::Time),
        (ValueKind::Money, Value::Text(text)) => text.parse().ok().map(Value::Money),
        (ValueKind::Double, Value::Int(int)) => Some(Value::Double(*int as f64)),
        (ValueKind::Int, Value::Double(double)) if double.fract() == 0.0 && double.abs() < 9e15 => {
            Some(Value::Int(*double as i64))
        }
        _ => None,
    };
    read.unwrap_or(value)
}

/// A total order: numbers by size, texts by code points, times by time, money by currency and amount;
/// kinds that cannot be compared stand in a fixed order, so that the least of a mixture is still one value.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Time(a), Value::Time(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Money(a), Value::Money(b)) => a.currency.cmp(&b.currency).then(a.amount.cmp(&b.amount)),
        _ => match (number(a), number(b)) {
            (Some(x), Some(y)) => x.total_cmp(&y).then(a.kind().cmp(&b.kind())),
            _ => a.kind().cmp(&b.kind()).then_with(|| a.to_string().cmp(&b.to_string())),
        },
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(int) => Some(*int as f64),
        Value::Double(double) => Some(*double),
        _ => None,
    }
}
