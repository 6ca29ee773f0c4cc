//! Sums that come out to the penny in any order: whole numbers of millionths.
//!
//! A double is rounded to millionths once, as it comes in; from there on everything is integer arithmetic.
//! Doubles of 10³⁰ and beyond are no amounts and do not count.

use model::{Currency, Decimal, Money, Value};

use super::AmountCell;

const MILLIONTHS: f64 = 1e6;
const DOUBLE_MAX: f64 = 1e30;
const SCALE: u32 = 6;

/// The amount in millionths and its currency, zeros for a plain number; `None` where the value is no amount.
pub fn amount(value: &Value) -> Option<(i128, [u8; 3])> {
    match value {
        Value::Int(int) => Some((i128::from(*int) * 1_000_000, [0; 3])),
        Value::Double(double) if double.abs() < DOUBLE_MAX => {
            Some(((double * MILLIONTHS).round() as i128, [0; 3]))
        }
        Value::Money(money) => {
            let mut amount = money.amount.round_dp(SCALE);
            amount.rescale(SCALE);
            let exact = amount.scale() == SCALE;
            let currency = money.currency.as_str().as_bytes().try_into().ok()?;
            exact.then(|| (amount.mantissa(), currency))
        }
        Value::Double(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Text(_)
        | Value::Time(_)
        | Value::List(_)
        | Value::Map(_) => None,
    }
}

/// Cells added up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Total {
    sum: i128,
    count: u64,
    currency: Option<[u8; 3]>,
    mixed: bool,
}

impl Total {
    pub fn take(&mut self, cell: &AmountCell) {
        self.sum = self.sum.wrapping_add(cell.sum());
        self.count += u64::from(cell.count);
        self.mixed |= *self.currency.get_or_insert(cell.currency) != cell.currency;
    }

    /// The sum; 0 of no events, nothing of amounts in different currencies.
    pub fn sum(&self) -> Value {
        self.value(self.sum, 1)
    }

    /// The average; nothing of no events.
    pub fn average(&self) -> Value {
        if self.count == 0 { Value::Null } else { self.value(self.sum, self.count) }
    }

    fn value(&self, sum: i128, count: u64) -> Value {
        match self.currency.unwrap_or_default() {
            _ if self.mixed => Value::Null,
            [0, 0, 0] if count == 1 => Value::Double(sum as f64 / MILLIONTHS),
            [0, 0, 0] => Value::Double(sum as f64 / (MILLIONTHS * count as f64)),
            code => money(sum, count, code).map_or(Value::Null, Value::Money),
        }
    }
}

fn money(sum: i128, count: u64, code: [u8; 3]) -> Option<Money> {
    let currency: Currency = std::str::from_utf8(&code).ok()?.parse().ok()?;
    let sum = Decimal::try_from_i128_with_scale(sum, SCALE).ok()?;
    let amount = sum.checked_div(Decimal::from(count))?.round_dp(SCALE).normalize();
    Some(Money { amount, currency })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(values: &[Value]) -> Total {
        let mut total = Total::default();
        for value in values {
            let (amount, currency) = amount(value).unwrap();
            let mut cell = super::super::cells::Cell::new((0, 0, currency));
            AmountCell::add(&mut cell, amount);
            total.take(&cell);
        }
        total
    }

    #[test]
    fn pennies_add_up_in_any_order() {
        let mut prices: Vec<Value> = (0..1_000).map(|n| Value::Double(f64::from(n) * 0.1 - 17.03)).collect();
        let forwards = total(&prices).sum();
        prices.reverse();
        assert_eq!(total(&prices).sum(), forwards);
        assert_eq!(forwards, Value::Double(49_950.0 - 17_030.0));
        assert_eq!(total(&[Value::Double(0.1), Value::Double(0.2)]).sum(), Value::Double(0.3));
        assert_eq!(total(&[Value::Int(1), Value::Double(0.5)]).average(), Value::Double(0.75));
    }

    #[test]
    fn money_keeps_to_its_currency() {
        let money = |text: &str| Value::Money(text.parse().unwrap());
        assert_eq!(total(&[money("19.90 EUR"), money("0.10 EUR")]).sum().to_string(), "\"20 EUR\"");
        assert_eq!(total(&[money("10 EUR"), money("5.01 EUR")]).average().to_string(), "\"7.505 EUR\"");
        assert_eq!(total(&[money("10 EUR"), money("5 USD")]).sum(), Value::Null);
        assert_eq!(total(&[]).sum(), Value::Double(0.0));
        assert_eq!(total(&[]).average(), Value::Null);
    }

    #[test]
    fn what_is_no_amount_does_not_count() {
        for value in [Value::Null, Value::text("12"), Value::Double(1e31), Value::Double(f64::NAN)] {
            assert_eq!(amount(&value), None);
        }
    }
}
