//! A price table: a decision table whose rows change a price, and what is proved about it.

use std::str::FromStr;

use model::{Decimal, Money, Value};
use rules::{
    CellSource, ColumnSource, Environment, Fold, Gap, Hit, Overlap, ROWS_MAX, Scope, Symbols, Table,
};
use serde::Serialize;
use serde_json::Value as Json;

use super::file::{EffectFile, HitFile, RowFile, TableFile};
use crate::blind::Sight;
use crate::files::{Place, is_name, misplaced};

/// Overlaps named at once.
const OVERLAPS_MAX: usize = 10;

#[derive(Debug, Clone)]
pub(crate) struct PriceTable {
    pub name: Box<str>,
    title: Box<str>,
    table: Table,
    rows: Vec<Row>,
    otherwise: Option<Change>,
    hit: HitFile,
    columns: Vec<String>,
    unproved: Vec<String>,
}

#[derive(Debug, Clone)]
struct Row {
    change: Change,
    because: Box<str>,
    /// Its cells as their authors wrote them.
    cells: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Change {
    None,
    Percent(Decimal),
    Amount(Money),
    Price(Money),
}

/// A rule that applied to a price.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Applied {
    pub table: Box<str>,
    pub title: Box<str>,
    /// The rows that counted, from 1; none for what applies otherwise.
    pub rows: Vec<usize>,
    pub because: Vec<Box<str>>,
    /// Such as `-10 %`.
    pub change: String,
    pub before: Money,
    pub after: Money,
}

/// A table as people look it up.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableView {
    pub name: Box<str>,
    pub title: Box<str>,
    pub hit: HitFile,
    /// What each column is about.
    pub columns: Vec<String>,
    pub rows: Vec<RowView>,
    /// What applies when no row does, such as `unchanged`; absent where that cannot be.
    pub otherwise: Option<String>,
    /// What could not be proved about it; empty for most.
    pub unproved: Vec<String>,
}

/// A row of a table: its cells, and what it changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RowView {
    /// One for each column, as it is written; `-` is anything.
    pub cells: Vec<String>,
    /// Such as `-10 %`.
    pub change: String,
    pub because: Box<str>,
}

impl PriceTable {
    pub fn compile(
        file: TableFile,
        scope: &Scope,
        symbols: &mut Symbols,
        at: &mut Place<'_>,
    ) -> Option<Self> {
        let before = at.problems.len();
        if !is_name(&file.name) {
            let remedy = "Use 1 to 60 lower-case letters, digits, `-` and `_`.";
            at.problem("name", format!("`{}` is not a table name", file.name), remedy);
        }
        if file.rows.is_empty() || file.rows.len() > ROWS_MAX {
            let message = format!("it has {} rows", file.rows.len());
            at.problem("rows", message, &format!("Write 1 to {ROWS_MAX} rows; split a longer table."));
            return None;
        }
        let rows = compile_rows(&file, at);
        let otherwise = file.otherwise.as_ref().and_then(|effect| change(effect, "otherwise", at));
        check_collected(&file, &rows, at);
        if at.problems.len() > before {
            return None;
        }
        let table = compile_table(&file, scope, symbols, at)?;
        let mut own = Self {
            name: file.name.into(),
            title: file.title.into(),
            table,
            rows,
            otherwise,
            hit: file.hit,
            columns: file.columns,
            unproved: Vec::new(),
        };
        own.prove(at);
        (at.problems.len() == before).then_some(own)
    }

    pub fn view(&self) -> TableView {
        let (name, title) = (self.name.clone(), self.title.clone());
        let row = |row: &Row| RowView {
            cells: row.cells.clone(),
            change: row.change.text(),
            because: row.because.clone(),
        };
        TableView {
            name,
            title,
            hit: self.hit,
            columns: self.columns.clone(),
            rows: self.rows.iter().map(row).collect(),
            otherwise: self.otherwise.map(Change::text),
            unproved: self.unproved.clone(),
        }
    }

    /// Changes the price by what the rows say that count.
    pub fn apply(&self, sight: &Sight<'_>, unit: &mut Money) -> Option<Applied> {
        let rows = self.table.decide(sight as &dyn Environment);
        let change = match (rows.as_slice(), self.table.hit()) {
            ([], _) => self.otherwise?,
            ([first, ..], Hit::First | Hit::Unique) => self.rows[*first].change,
            (rows, Hit::Collect(fold)) => self.fold(fold, rows)?,
        };
        let before = *unit;
        let after = change.on(before)?;
        *unit = after;
        Some(Applied {
            table: self.name.clone(),
            title: self.title.clone(),
            because: rows
                .iter()
                .map(|&row| self.rows[row].because.clone())
                .filter(|why| !why.is_empty())
                .collect(),
            rows: rows.into_iter().map(|row| row + 1).collect(),
            change: change.text(),
            before,
            after,
        })
    }

    /// What several rows come to: all of them change the price in the same way, which the check saw to.
    fn fold(&self, fold: Fold, rows: &[usize]) -> Option<Change> {
        let amounts = rows.iter().map(|&row| match self.rows[row].change {
            Change::None => Decimal::ZERO,
            Change::Percent(percent) => percent,
            Change::Amount(money) | Change::Price(money) => money.amount,
        });
        let amount = fold.of(amounts)?;
        Some(match self.rows[*rows.first()?].change {
            Change::None => Change::None,
            Change::Percent(_) => Change::Percent(amount),
            Change::Amount(money) => Change::Amount(Money { amount, ..money }),
            Change::Price(money) => Change::Price(Money { amount, ..money }),
        })
    }

    fn prove(&mut self, at: &mut Place<'_>) {
        if !matches!(self.table.hit(), Hit::Collect(_)) && self.otherwise.is_none() {
            match self.table.gap() {
                Gap::None => {}
                Gap::At(example) => at.problem(
                    "rows",
                    format!("no row applies to {example}"),
                    "Add a row for it, or say with `otherwise: {}` that the price stays as it is.",
                ),
                Gap::Unproved(why) => self.unproved.push(format!("that some row always applies: {why}")),
            }
        }
        if self.table.hit() != Hit::Unique {
            return;
        }
        for overlap in self.table.overlaps().into_iter().take(OVERLAPS_MAX) {
            match overlap {
                Overlap::At { rows: (first, second), example } => at.problem(
                    &format!("rows.{second}"),
                    format!("rows {} and {} both apply to {example}", first + 1, second + 1),
                    "Make their cells exclude each other, or let the first that applies count with `hit: first`.",
                ),
                Overlap::Unproved { rows: (first, second) } => self
                    .unproved
                    .push(format!("that rows {} and {} never apply at once", first + 1, second + 1)),
            }
        }
    }
}

fn compile_rows(file: &TableFile, at: &mut Place<'_>) -> Vec<Row> {
    let mut rows = Vec::with_capacity(file.rows.len());
    for (place, row) in file.rows.iter().enumerate() {
        let RowFile { when, because, percent, amount, price } = row;
        if when.len() != file.columns.len() {
            let message = format!("it has {} cells for {} columns", when.len(), file.columns.len());
            at.problem(
                &format!("rows.{place}.when"),
                message,
                "Write one cell for each column; `-` is anything.",
            );
        }
        let effect = EffectFile { percent: *percent, amount: amount.clone(), price: price.clone() };
        if let Some(change) = change(&effect, &format!("rows.{place}"), at) {
            let cells = when.iter().map(written).collect();
            rows.push(Row { change, because: because.as_str().into(), cells });
        }
    }
    rows
}

/// Rows that are taken together must change the price in the same way.
fn check_collected(file: &TableFile, rows: &[Row], at: &mut Place<'_>) {
    if matches!(file.hit, HitFile::First | HitFile::Unique) {
        return;
    }
    let sort = |row: &Row| match row.change {
        Change::None => (0, None),
        Change::Percent(_) => (1, None),
        Change::Amount(money) => (2, Some(money.currency)),
        Change::Price(money) => (3, Some(money.currency)),
    };
    let Some(first) = rows.first().map(sort) else { return };
    if let Some(other) = rows.iter().position(|row| sort(row) != first) {
        let message = "rows that are collected change the price in different ways".to_owned();
        at.problem(
            &format!("rows.{other}"),
            message,
            "Let all rows have a percent, an amount or a price, of one currency.",
        );
    }
}

fn compile_table(
    file: &TableFile,
    scope: &Scope,
    symbols: &mut Symbols,
    at: &mut Place<'_>,
) -> Option<Table> {
    let hit = match file.hit {
        HitFile::First => Hit::First,
        HitFile::Unique => Hit::Unique,
        HitFile::CollectMin => Hit::Collect(Fold::Min),
        HitFile::CollectMax => Hit::Collect(Fold::Max),
        HitFile::CollectSum => Hit::Collect(Fold::Sum),
    };
    let always = |of: &String| matches!(of.trim(), "item.product" | "item.quantity" | "item.list_price");
    let columns: Vec<ColumnSource> =
        file.columns.iter().map(|of| ColumnSource { of: of.clone(), always: always(of) }).collect();
    let cells: Vec<Vec<CellSource>> =
        file.rows.iter().map(|row| row.when.iter().map(cell).collect()).collect();
    let found = match Table::compile(hit, &columns, &cells, scope, symbols) {
        Ok(table) => return Some(table),
        Err(found) => found,
    };
    for mistake in found {
        let path = match mistake.row {
            None => format!("{}.columns.{}", at.path, mistake.column),
            Some(row) => format!("{}.rows.{row}.when.{}", at.path, mistake.column),
        };
        at.problems.extend(misplaced(at.file, &path, vec![mistake.mistake]));
    }
    None
}

/// A cell as its author wrote it.
fn written(json: &Json) -> String {
    match json {
        Json::Null => "-".into(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn cell(json: &Json) -> CellSource {
    match json {
        Json::Null => CellSource::Any,
        Json::String(text) => CellSource::from_text(text),
        other => CellSource::Literal(Value::from_json(other)),
    }
}

fn change(effect: &EffectFile, field: &str, at: &mut Place<'_>) -> Option<Change> {
    match (effect.percent, &effect.amount, &effect.price) {
        (None, None, None) => Some(Change::None),
        (Some(percent), None, None) => match Decimal::from_str(&percent.to_string()) {
            Ok(percent) if percent >= Decimal::from(-100) => Some(Change::Percent(percent)),
            Ok(_) | Err(_) => {
                let remedy = "Write a number of -100 or more.";
                at.problem(
                    &format!("{field}.percent"),
                    format!("`{percent}` is no change of a price"),
                    remedy,
                );
                None
            }
        },
        (None, Some(amount), None) => at.money(&format!("{field}.amount"), amount).map(Change::Amount),
        (None, None, Some(price)) => at.money(&format!("{field}.price"), price).map(Change::Price),
        _ => {
            at.problem(
                field,
                "it changes the price in two ways",
                "Keep one of `percent`, `amount` and `price`.",
            );
            None
        }
    }
}

impl Change {
    /// The price after it, rounded and never below nothing. A change in another currency does not apply.
    fn on(self, before: Money) -> Option<Money> {
        let hundred = Decimal::ONE_HUNDRED;
        let amount = match self {
            Self::None => return None,
            Self::Percent(percent) => {
                before.amount.checked_mul(hundred.checked_add(percent)?)?.checked_div(hundred)?
            }
            Self::Amount(change) if change.currency == before.currency => {
                before.amount.checked_add(change.amount)?
            }
            Self::Price(price) if price.currency == before.currency => price.amount,
            Self::Amount(_) | Self::Price(_) => return None,
        };
        Some(Money { amount: amount.max(Decimal::ZERO), currency: before.currency }.rounded())
    }

    fn text(self) -> String {
        match self {
            Self::None => "unchanged".into(),
            Self::Percent(percent) => format!("{percent:+} %"),
            Self::Amount(money) => format!("{:+} {}", money.amount, money.currency.as_str()),
            Self::Price(money) => format!("is {money}"),
        }
    }
}
