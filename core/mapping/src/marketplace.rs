//! `marketplaces/*.yaml`: how a marketplace's own orders become events. The order is then one like any other, on the
//! channel `marketplace/<name>`.

use std::sync::Arc;

use model::{Catalogue, CatalogueFile, Channel, Problem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::MappingError;
use crate::body::{Gathered, body};
use crate::cells::Cells;
use crate::plan::{EventPlan, Names, at, columns_of};
use crate::spec::EventSpec;

const FOLDER: &str = "marketplaces/";

/// Lines of one order at most.
const LINES_MAX: usize = 1_000;

/// A marketplace and its orders.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MarketplaceFile {
    /// Of the channel `marketplace/<name>` and of the address its orders come in at.
    name: String,
    title: String,
    /// Where in the document the list of an order's lines stands; without, the document is one line. A column under this
    /// path is of the line.
    #[serde(default)]
    lines: Option<String>,
    /// What each document becomes, in the language of imports: all whose `when` holds of its first line.
    events: Vec<EventSpec>,
}

/// A marketplace, ready to take orders.
#[derive(Debug, Clone)]
pub struct Marketplace {
    pub name: Box<str>,
    pub title: Box<str>,
    pub channel: Channel,
    lines: Option<String>,
    columns: Vec<String>,
    events: Vec<EventPlan>,
}

/// The catalogue's marketplaces, by name.
#[derive(Debug, Clone, Default)]
pub struct Marketplaces(Arc<[Marketplace]>);

/// Why a document is no order of the marketplace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("`{path}` is no list of lines; the order has nothing in it")]
    NoLines { path: String },
    #[error("`{path}` has {count} lines; at most {LINES_MAX} are taken")]
    TooManyLines { path: String, count: usize },
    #[error("no event of the mapping is for it; look at each `when` in the catalogue's {FOLDER}{name}.yaml")]
    NothingApplies { name: String },
    #[error("line {line}: {reason}")]
    Line { line: usize, reason: String },
    #[error("{0}")]
    Event(String),
}

/// The JSON Schema of the files.
pub fn json_schemas() -> Vec<(&'static str, Value)> {
    vec![(FOLDER, schemars::schema_for!(MarketplaceFile).to_value())]
}

impl Marketplaces {
    /// Compiles `marketplaces/*.yaml`; all mistakes at once.
    pub fn compile(catalogue: &Catalogue) -> Result<Self, Vec<Problem>> {
        let (mut problems, mut known) = (Vec::new(), Vec::<Marketplace>::new());
        for file in catalogue.folder(FOLDER) {
            match Marketplace::compile(file) {
                Ok(own) if known.iter().any(|other| other.name == own.name) => {
                    let message = format!("`{}` is a marketplace already", own.name);
                    problems.push(Problem::new(&file.path, "name", message, "Give it a name of its own."));
                }
                Ok(own) => known.push(own),
                Err(problem) => problems.push(problem),
            }
        }
        known.sort_by(|a, b| a.name.cmp(&b.name));
        if problems.is_empty() { Ok(Self(known.into())) } else { Err(problems) }
    }

    pub fn get(&self, name: &str) -> Option<&Marketplace> {
        self.0.iter().find(|own| *own.name == *name)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Marketplace> {
        self.0.iter()
    }
}

impl Marketplace {
    fn compile(file: &CatalogueFile) -> Result<Self, Problem> {
        let remedy = "Write `name`, `title`, `lines` and `events`, as docs/import.md has it.";
        // The order of its fields is kept.
        let own: MarketplaceFile =
            files::parse(&file.text).map_err(|message| Problem::new(&file.path, "", message, remedy))?;
        let channel = format!("marketplace/{}", own.name).parse::<Channel>().map_err(|_| {
            let message = format!("`{}` cannot name a channel", own.name);
            Problem::new(&file.path, "name", message, "Use lower-case letters, digits and `-`.")
        })?;
        let columns = columns_of(Vec::new(), &own.events);
        let mut names = Names { columns: &columns, place: String::new(), grouped: own.lines.is_some() };
        let events = names.events(&own.events).map_err(|error| {
            let remedy = "docs/import.md tells what a mapping may say.";
            let message = match error {
                MappingError::Wrong { message, .. } | MappingError::Yaml { message, .. } => message,
                MappingError::Unreadable { .. } => error.to_string(),
            };
            Problem::new(&file.path, names.place.clone(), message, remedy)
        })?;
        let (name, title) = (own.name.into(), own.title.into());
        Ok(Self { name, title, channel, lines: own.lines, columns, events })
    }

    /// The events of a document, as their bodies. A document with a line that cannot be read is refused as a whole.
    pub fn events(&self, document: &Value) -> Result<Vec<String>, Refused> {
        let rows = self.rows(document)?;
        let Some(head) = rows.first() else {
            return Err(Refused::NoLines { path: self.lines.clone().unwrap_or_default() });
        };
        let mut bodies = Vec::new();
        for event in self.events.iter().filter(|event| event.applies(head)) {
            let mut gathered = Gathered::default();
            for (place, row) in rows.iter().enumerate() {
                let line = place + 1;
                gathered.add(event, row, line as u64).map_err(|reason| Refused::Line { line, reason })?;
            }
            bodies.push(body(Some(&self.channel), event, head, 1, &gathered).map_err(Refused::Event)?);
        }
        match bodies.is_empty() {
            true => Err(Refused::NothingApplies { name: self.name.to_string() }),
            false => Ok(bodies),
        }
    }

    /// The cells of each line.
    fn rows(&self, document: &Value) -> Result<Vec<Cells>, Refused> {
        let Some(path) = &self.lines else { return Ok(vec![self.row(document, None)]) };
        match at(document, path) {
            Some(Value::Array(lines)) if lines.len() > LINES_MAX => {
                Err(Refused::TooManyLines { path: path.clone(), count: lines.len() })
            }
            Some(Value::Array(lines)) => {
                Ok(lines.iter().map(|line| self.row(document, Some((path, line)))).collect())
            }
            Some(_) | None => Err(Refused::NoLines { path: path.clone() }),
        }
    }

    fn row(&self, document: &Value, line: Option<(&String, &Value)>) -> Cells {
        let mut cells = Cells::default();
        for column in &self.columns {
            let own = line.and_then(|(path, line)| {
                let inner = column.strip_prefix(path.as_str())?.strip_prefix('.')?;
                Some(at(line, inner))
            });
            match own.unwrap_or_else(|| at(document, column)) {
                None | Some(Value::Null) => cells.push_empty(),
                Some(Value::String(text)) => cells.push_text(text),
                Some(other) => cells.push_json(&other.to_string()),
            }
        }
        cells
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const POOLS: &str = "
name: pools
title: Pool World
lines: order.items
events:
  - event: Order Completed
    message_id: 'pools-{order.id}'
    time: {column: order.at, format: rfc3339}
    identifiers: {external/pools: buyer.id, email: buyer.mail}
    properties:
      order_id: order.id
      total: {sum_of: [order.items.price, order.items.count], type: decimal}
      currency: order.currency
      products: {lines: {product_id: order.items.sku, quantity: {column: order.items.count, type: integer}, price: {column: order.items.price, type: decimal}}}
  - when: [{column: buyer.name, empty: false}]
    message_id: 'pools-{order.id}-buyer'
    time: {column: order.at, format: rfc3339}
    identifiers: {external/pools: buyer.id}
    traits: {name: buyer.name}
";

    fn compile(text: &str) -> Result<Marketplaces, Vec<Problem>> {
        let file = CatalogueFile { path: "marketplaces/pools.yaml".into(), text: text.into() };
        Marketplaces::compile(&Catalogue { version: 1, files: vec![file] })
    }

    fn told(document: &str) -> String {
        let pools = compile(POOLS).unwrap();
        match pools.get("pools").unwrap().events(&serde_json::from_str(document).unwrap()) {
            Ok(bodies) => bodies.join("\n"),
            Err(refused) => refused.to_string(),
        }
    }

    #[test]
    fn an_order_of_a_marketplace_becomes_events() {
        expect![[r#"
            {"type":"track","event":"Order Completed","messageId":"pools-P-1","timestamp":"2026-03-01T10:00:00.000Z","channel":"marketplace/pools","identifiers":{"external/pools":"77","email":"ada@example.com"},"properties":{"order_id":"P-1","total":1099.85,"currency":"EUR","products":[{"product_id":"pool-6","quantity":1,"price":999.95},{"product_id":"cover","quantity":2,"price":49.95}]}}
            {"type":"identify","messageId":"pools-P-1-buyer","timestamp":"2026-03-01T10:00:00.000Z","channel":"marketplace/pools","identifiers":{"external/pools":"77"},"traits":{"name":"Ada"}}"#]].assert_eq(&told(
            r#"{"order": {"id": "P-1", "at": "2026-03-01T10:00:00Z", "currency": "EUR", "items": [
                {"sku": "pool-6", "price": "999.95", "count": 1}, {"sku": "cover", "price": 49.95, "count": 2}]},
                "buyer": {"id": 77, "mail": "ada@example.com", "name": "Ada"}}"#,
        ));
    }

    #[test]
    fn what_is_no_order_is_refused_with_its_reason() {
        let refused: String = [
            r#"{"order": {"id": "P-1"}}"#,
            r#"{"order": {"id": "P-1", "items": []}}"#,
            r#"{"order": {"id": "P-1", "at": "yesterday", "items": [{"sku": "x", "price": 1, "count": 1}]}, "buyer": {"id": 1}}"#,
            r#"{"order": {"id": "P-1", "at": "2026-03-01T10:00:00Z", "items": [{"sku": "x", "price": 1, "count": 1}, {"sku": "y", "price": "?", "count": 1}]}}"#,
            r#"{"order": {"at": "2026-03-01T10:00:00Z", "items": [{"sku": "x", "price": 1, "count": 1}]}}"#,
        ]
        .map(|document| format!("{}\n", told(document)))
        .concat();
        expect![[r#"
            `order.items` is no list of lines; the order has nothing in it
            `order.items` is no list of lines; the order has nothing in it
            time `yesterday`: failed to parse four digit integer as year: invalid digit, expected 0-9 but got y
            line 2: `?` is not a number, so it cannot be multiplied
            a column of `message_id` is empty; the event could not be told from others
        "#]].assert_eq(&refused);
    }

    #[test]
    fn mistakes_are_named_when_it_is_published() {
        let wrong = |from: &str, to: &str| compile(&POOLS.replace(from, to)).unwrap_err()[0].to_string();
        let told = [
            wrong("name: pools", "name: Pools!"),
            wrong("format: rfc3339", "format: noon"),
            wrong("{order.id}", "{order.id"),
            wrong("lines: order.items\n", ""),
            wrong("title: Pool World", "colour: blue"),
        ];
        expect![[r#"
            marketplaces/pools.yaml: name: `Pools!` cannot name a channel. Use lower-case letters, digits and `-`.
            marketplaces/pools.yaml: events[0]: `time.format` is `noon` and says no offset, so the same text means different moments; add `zone`, such as `zone: Europe/Berlin`. docs/import.md tells what a mapping may say.
            marketplaces/pools.yaml: events[0]: `message_id` is `pools-{order.id`; a `{` has no `}`. docs/import.md tells what a mapping may say.
            marketplaces/pools.yaml: events[0]: `properties.total` is over the lines of a group; say `group_by` (of a marketplace: `lines`), and use it in `properties`. docs/import.md tells what a mapping may say.
            marketplaces/pools.yaml: unknown field `colour`, expected one of name, title, lines, events at line 3, column 1. Write `name`, `title`, `lines` and `events`, as docs/import.md has it."#]].assert_eq(&told.join("\n"));
    }
}
