//! The price book: what products cost, and what that comes to for a customer.

mod file;
mod table;

use std::collections::BTreeMap;

use model::{Catalogue, Money, Problem, QuoteId, Timestamp};
use rules::{Environment, Symbols};
use serde::Serialize;

use crate::blind::{Blind, Item, ItemSlots, Sight};
use crate::files::{Place, read};

pub use file::HitFile;
pub(crate) use file::PricesFile;
use file::ProductFile;
pub(crate) use table::PriceTable;
pub use table::{Applied, RowView, TableView};

/// All products, each with its prices over time, and the tables that change them.
#[derive(Debug, Clone, Default)]
pub(crate) struct PriceBook {
    products: BTreeMap<Box<str>, Vec<Product>>,
    tables: Vec<PriceTable>,
    slots: ItemSlots,
}

/// A product at the price of a stretch of time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Product {
    pub id: Box<str>,
    pub name: Box<str>,
    pub category: Option<Box<str>>,
    pub price: Money,
    pub from: Timestamp,
    /// The first moment it does not hold any more.
    pub to: Timestamp,
}

/// What one piece of a product costs a customer, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Priced {
    pub product: Box<str>,
    pub name: Box<str>,
    pub quantity: u32,
    /// The list price of one.
    pub list: Money,
    /// What one costs.
    pub unit: Money,
    /// The rules that applied, in order.
    pub applied: Vec<Applied>,
    /// The quote that is kept, where its price is the lower one.
    pub quote: Option<(QuoteId, Timestamp)>,
}

impl Priced {
    /// What all pieces cost.
    pub fn total(&self) -> Money {
        let amount = self.unit.amount.saturating_mul(self.quantity.into());
        Money { amount, currency: self.unit.currency }
    }
}

impl PriceBook {
    pub fn compile(
        catalogue: &Catalogue,
        blind: &Blind,
        symbols: &mut Symbols,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let files: Vec<_> = catalogue.folder("prices/").collect();
        if files.is_empty() {
            return Self::default();
        }
        let mut book = Self { slots: ItemSlots::new(symbols), ..Self::default() };
        for file in files {
            let PricesFile { products, tables } = read(file, problems);
            for (place, product) in products.iter().enumerate() {
                let path = format!("products.{place}");
                book.add(product, &mut Place { file: &file.path, path, problems });
            }
            for (place, table) in tables.into_iter().enumerate() {
                let path = format!("tables.{place}");
                let known = book.tables.iter().any(|known| *known.name == *table.name);
                let mut at = Place { file: &file.path, path, problems };
                if known {
                    at.problem(
                        "name",
                        format!("`{}` is a table already", table.name),
                        "Give it a name of its own.",
                    );
                }
                book.tables.extend(PriceTable::compile(table, &blind.priced, symbols, &mut at));
            }
        }
        book
    }

    fn add(&mut self, file: &ProductFile, at: &mut Place<'_>) {
        let (Some(price), Some(from), Some(to)) = (
            at.money("price", &file.price),
            at.time("from", file.from.as_ref(), Timestamp::MIN),
            at.time("to", file.to.as_ref(), Timestamp::MAX),
        ) else {
            return;
        };
        if file.product.is_empty() || file.product.len() > 100 {
            at.problem("product", format!("`{}` is not a product id", file.product), "Use 1 to 100 bytes.");
        }
        if price.amount.is_sign_negative() {
            at.problem("price", format!("`{price}` is less than nothing"), "Write a price of 0 or more.");
        }
        if price.rounded() != price {
            at.problem("price", format!("`{price}` cannot be paid"), "Write whole pennies.");
        }
        if from >= to {
            at.problem(
                "to",
                "it ends before it begins",
                "Let `to` be after `from`; `to` is the first moment after.",
            );
        }
        let entries = self.products.entry(file.product.as_str().into()).or_default();
        if entries.iter().any(|known| known.from < to && from < known.to) {
            let message = format!("`{}` has two prices at one time", file.product);
            at.problem("", message, "Let one end with `to` where the other begins with `from`.");
        }
        let price = price.rounded();
        let category = file.category.as_deref().map(Into::into);
        let (id, name) = (file.product.as_str().into(), file.name.as_str().into());
        entries.push(Product { id, name, category, price, from, to });
    }

    /// The product with its list price at a time.
    pub fn product(&self, id: &str, now: Timestamp) -> Option<&Product> {
        self.products.get(id)?.iter().find(|product| product.from <= now && now < product.to)
    }

    /// Every product that has a price at a time.
    pub fn products(&self, now: Timestamp) -> impl Iterator<Item = &Product> {
        let current = move |product: &&Product| product.from <= now && now < product.to;
        self.products.values().flatten().filter(current)
    }

    /// All prices of all times.
    pub fn all(&self) -> impl Iterator<Item = &Product> {
        self.products.values().flatten()
    }

    pub fn tables(&self) -> &[PriceTable] {
        &self.tables
    }

    /// What the product costs a customer at the time of `person`; nothing when it has no price then.
    pub fn price(&self, person: &dyn Environment, product: &str, quantity: u32) -> Option<Priced> {
        let product = self.product(product, person.now())?;
        let item = Item {
            product: &product.id,
            category: product.category.as_deref(),
            quantity,
            list: product.price,
        };
        let sight = Sight { person, slots: self.slots, item: &item };
        let mut unit = product.price;
        let mut applied = Vec::new();
        for table in &self.tables {
            applied.extend(table.apply(&sight, &mut unit));
        }
        let (id, name) = (product.id.clone(), product.name.clone());
        Some(Priced { product: id, name, quantity, list: product.price, unit, applied, quote: None })
    }
}
