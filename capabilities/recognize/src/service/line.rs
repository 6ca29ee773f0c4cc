//! Lines: products with quantity and price, as events list them.

use minicbor::{Decode, Encode};
use model::{Currency, Decimal, Money, Value};

use super::words::Words;

/// Lines of an order, a shipment or a return at most.
pub const LINES_MAX: usize = 200;
/// Characters of a text that is kept.
const TEXT_MAX: usize = 500;
/// A quantity is kept in thousandths: cloth and cable are sold by the metre.
const THOUSANDTHS: u64 = 1_000;

/// One line.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Line {
    #[n(0)]
    pub product: Box<str>,
    #[n(1)]
    pub name: Option<Box<str>>,
    #[n(2)]
    pub thousandths: u64,
    /// Of one.
    #[n(3)]
    pub price: Option<Money>,
}

impl Line {
    /// The line's own total.
    pub fn total(&self) -> Option<Money> {
        let Money { amount, currency } = self.price?;
        let quantity = Decimal::from(self.thousandths).checked_div(Decimal::from(THOUSANDTHS))?;
        Some(in_places(Money { amount: amount.checked_mul(quantity)?, currency }))
    }

    pub fn quantity(&self) -> f64 {
        self.thousandths as f64 / THOUSANDTHS as f64
    }
}

/// What the lines come to; nothing where one has no price, or they have different currencies.
pub fn sum(lines: &[Line]) -> Option<Money> {
    let mut lines = lines.iter();
    let first = lines.next()?.total()?;
    lines.try_fold(first, |sum, line| {
        let next = line.total()?;
        let amount = sum.amount.checked_add(next.amount)?;
        (next.currency == sum.currency).then_some(Money { amount, currency: sum.currency })
    })
}

/// The products a group of properties lists: objects, or their bare names; else the one product it names itself.
pub fn lines(of: &Value, words: &Words, currency: Option<Currency>) -> Option<Box<[Line]>> {
    let read = |value: &Value| match value {
        Value::Map(_) => line(value, words, currency),
        _ => Some(Line { product: text(value)?, name: None, thousandths: THOUSANDTHS, price: None }),
    };
    if let Some(Value::List(items)) = words.property("products").find_map(|name| of.at(name)) {
        let read: Box<[Line]> = items.iter().filter_map(read).take(LINES_MAX).collect();
        return (!read.is_empty()).then_some(read);
    }
    line(of, words, currency).map(|line| Box::new([line]) as Box<[Line]>)
}

fn line(of: &Value, words: &Words, currency: Option<Currency>) -> Option<Line> {
    let product = words.text(of, "product")?;
    let quantity = words.value(of, "quantity").and_then(decimal).unwrap_or(Decimal::ONE);
    let thousandths = quantity.checked_mul(Decimal::from(THOUSANDTHS))?.round();
    let thousandths = u64::try_from(thousandths).unwrap_or(THOUSANDTHS);
    let price = words.value(of, "price").and_then(|price| money(price, currency));
    Some(Line { product, name: words.text(of, "name"), thousandths, price })
}

/// An amount: `19.90 EUR` as text, or a number in the currency of its event.
pub fn money(value: &Value, currency: Option<Currency>) -> Option<Money> {
    let told = value.as_text().and_then(|text| text.trim().parse().ok());
    let counted = || Some(Money { amount: decimal(value)?, currency: currency? });
    told.or_else(counted).map(in_places)
}

/// A number as it was written. A double stands for the shortest decimal that reads as it, which is what was written.
fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Int(int) => Some(Decimal::from(*int)),
        Value::Double(double) => Decimal::from_str_exact(&double.to_string()).ok(),
        Value::Text(text) => Decimal::from_str_exact(text.trim()).ok(),
        Value::Money(money) => Some(money.amount),
        Value::Null | Value::Bool(_) | Value::Time(_) | Value::List(_) | Value::Map(_) => None,
    }
}

/// The amount with its currency's places, where it has no more.
fn in_places(money: Money) -> Money {
    let rounded = money.rounded();
    if rounded.amount == money.amount { rounded } else { money }
}

/// A text as it is kept; a number may stand for one.
pub fn text(value: &Value) -> Option<Box<str>> {
    let text = match value {
        Value::Text(text) => text.trim().chars().take(TEXT_MAX).collect(),
        Value::Int(int) => int.to_string(),
        Value::Null
        | Value::Bool(_)
        | Value::Double(_)
        | Value::Time(_)
        | Value::Money(_)
        | Value::List(_)
        | Value::Map(_) => return None,
    };
    (!text.is_empty()).then(|| text.into())
}
