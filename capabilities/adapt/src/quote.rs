//! Quotes: prices promised to a customer until a time, on whatever channel it comes back.

use minicbor::{Decode, Encode};
use model::{Decimal, Money, QuoteId, Span, StrandId, Timestamp};
use rules::Environment;
use serde::Serialize;

use crate::adaptation::Adaptation;
use crate::dealings::{Dealings, QUOTES_MAX};
use crate::prices::Priced;

/// Products in one quote, and pieces of one product, at most.
const LINES_MAX: usize = 100;
const QUANTITY_MAX: u32 = 100_000;

/// A promise.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Quote {
    #[n(0)]
    pub id: QuoteId,
    /// The part of the customer's thread it belongs to.
    #[n(1)]
    #[serde(skip)]
    pub strand: StrandId,
    #[n(2)]
    pub lines: Vec<QuoteLine>,
    #[n(3)]
    pub total: Money,
    #[n(4)]
    pub made: Timestamp,
    /// The first moment it does not hold any more.
    #[n(5)]
    pub until: Timestamp,
    /// Of the catalogue it was worked out by.
    #[n(6)]
    pub version: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct QuoteLine {
    #[n(0)]
    pub product: Box<str>,
    #[n(1)]
    pub name: Box<str>,
    /// As many pieces, or fewer, have this price.
    #[n(2)]
    pub quantity: u32,
    #[n(3)]
    pub list: Money,
    #[n(4)]
    pub unit: Money,
}

/// What a quote is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct QuoteRequest {
    /// Products, and how many of each.
    #[n(0)]
    pub items: Vec<(Box<str>, u32)>,
    /// How long it shall hold; as the catalogue says unless stated, and never longer.
    #[n(1)]
    pub valid: Option<Span>,
}

/// Why there is no quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unquotable {
    NoPrice {
        product: Box<str>,
    },
    Quantity {
        product: Box<str>,
        quantity: u32,
    },
    Lines {
        count: usize,
    },
    Currencies,
    /// As many are promised to the customer as are kept.
    Promised,
}

impl std::fmt::Display for Unquotable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoPrice { product } => {
                write!(f, "`{product}` has no price now; name a product of the price book")
            }
            Self::Quantity { product, quantity } => {
                write!(f, "{quantity} of `{product}` cannot be quoted; ask for 1 to {QUANTITY_MAX}")
            }
            Self::Lines { count } => {
                write!(f, "{count} products cannot be quoted at once; name 1 to {LINES_MAX}")
            }
            Self::Currencies => {
                f.write_str("the products have prices in different currencies; quote them apart")
            }
            Self::Promised => write!(
                f,
                "the customer has {QUOTES_MAX} quotes that hold, and none is let go; use one of them, or wait until one ends"
            ),
        }
    }
}

impl Quote {
    /// The bytes that are signed. They hold all that is promised and nothing that may change.
    pub fn canonical(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("encoding into memory cannot fail")
    }
}

impl Adaptation {
    /// What one of a product costs a customer: the rules' price, or that of a quote that is kept where it is lower,
    /// since a promise must not make anybody pay more.
    pub fn price(
        &self,
        person: &dyn Environment,
        dealings: &Dealings,
        product: &str,
        quantity: u32,
    ) -> Option<Priced> {
        let priced = self.book.price(person, product, quantity);
        let currency = priced.as_ref().map(|priced| priced.unit.currency);
        match (priced, dealings.quoted(product, quantity, currency, person.now())) {
            (Some(priced), Some((quote, line)))
                if line.unit.currency != priced.unit.currency || line.unit.amount < priced.unit.amount =>
            {
                Some(Priced { unit: line.unit, quote: Some((quote.id, quote.until)), ..priced })
            }
            // What is sold no more is still promised.
            (None, Some((quote, line))) => Some(Priced {
                product: line.product.clone(),
                name: line.name.clone(),
                quantity,
                list: line.list,
                unit: line.unit,
                applied: Vec::new(),
                quote: Some((quote.id, quote.until)),
            }),
            (priced, _) => priced,
        }
    }

    /// The promise that a request comes to. An earlier one that is kept is kept in it.
    pub fn quote(
        &self,
        person: &dyn Environment,
        dealings: &Dealings,
        request: &QuoteRequest,
        (id, strand): (QuoteId, StrandId),
    ) -> Result<Quote, Unquotable> {
        if request.items.is_empty() || request.items.len() > LINES_MAX {
            return Err(Unquotable::Lines { count: request.items.len() });
        }
        if !dealings.has_room_for_quote(person.now()) {
            return Err(Unquotable::Promised);
        }
        let mut lines: Vec<QuoteLine> = Vec::with_capacity(request.items.len());
        let mut total: Option<Money> = None;
        for (product, quantity) in &request.items {
            if !(1..=QUANTITY_MAX).contains(quantity) {
                return Err(Unquotable::Quantity { product: product.clone(), quantity: *quantity });
            }
            let priced = self
                .price(person, dealings, product, *quantity)
                .ok_or_else(|| Unquotable::NoPrice { product: product.clone() })?;
            let own = priced.total();
            let sum = total.map_or(Decimal::ZERO, |total| total.amount).saturating_add(own.amount);
            if total.is_some_and(|total| total.currency != own.currency) {
                return Err(Unquotable::Currencies);
            }
            total = Some(Money { amount: sum, currency: own.currency });
            let Priced { product, name, quantity, list, unit, .. } = priced;
            lines.push(QuoteLine { product, name, quantity, list, unit });
        }
        let total = total.ok_or(Unquotable::Lines { count: 0 })?;
        let valid = self.quote_valid();
        let valid = request.valid.filter(|asked| asked.0 > 0).map_or(valid, |asked| asked.min(valid));
        let made = person.now();
        Ok(Quote { id, strand, lines, total, made, until: made + valid, version: self.version })
    }
}
