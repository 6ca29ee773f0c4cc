//! Decision tables: rows whose cells are conditions about the columns' values, indexed so that a decision looks at
//! no row that cannot apply.
//!
//! A cell is the tail of a condition (`>= 3`, `in ["sofa", "bed"]`) or a literal to be equal to; `-` is anything. Each
//! becomes a program of the condition language. Cells that compare with literals are known region by region, which
//! makes the index and the proofs of [`Table::gap`] and [`Table::overlaps`]; any other is evaluated row by row.

mod bits;
mod cell;
mod index;
mod proof;

use model::{Decimal, ValueKind};

pub use bits::ROWS_MAX;
pub use cell::CellSource;
pub use proof::{Gap, Overlap};

use crate::program::{Node, Reading};
use crate::{Environment, FieldSlot, Mistake, Program, Scope, Symbols, Wanted, compile};
use bits::Bits;
use cell::Cell;
use index::Index;

/// Which of the rows that apply count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// The first.
    First,
    /// The only one. Where that cannot be proved and several apply, the first.
    Unique,
    /// All of them, taken together.
    Collect(Fold),
}

/// How the outcomes of several rows become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    Min,
    Max,
    Sum,
}

/// A column as its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSource {
    /// An expression.
    pub of: String,
    /// Whether it has a value whatever is asked.
    pub always: bool,
}

/// A mistake in a table: in the column, or in a cell of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableMistake {
    pub column: usize,
    pub row: Option<usize>,
    pub mistake: Mistake,
}

/// A compiled table. Outcomes are the caller's, by the place of their row.
#[derive(Debug, Clone)]
pub struct Table {
    hit: Hit,
    columns: Vec<Column>,
    rows: usize,
}

#[derive(Debug, Clone)]
struct Column {
    of: Box<str>,
    /// Where the column is nothing but a field, which then need not be copied.
    field: Option<FieldSlot>,
    program: Program,
    kind: ValueKind,
    always: bool,
    cells: Vec<Cell>,
    index: Index,
}

impl Fold {
    /// The amounts as one; nothing of nothing.
    pub fn of(self, amounts: impl Iterator<Item = Decimal>) -> Option<Decimal> {
        match self {
            Self::Min => amounts.min(),
            Self::Max => amounts.max(),
            Self::Sum => amounts.reduce(|sum, amount| sum.saturating_add(amount)),
        }
    }
}

impl Table {
    /// Compiles columns and rows; each row has one cell for each column. All mistakes at once.
    pub fn compile(
        hit: Hit,
        columns: &[ColumnSource],
        rows: &[Vec<CellSource>],
        scope: &Scope,
        symbols: &mut Symbols,
    ) -> Result<Self, Vec<TableMistake>> {
        assert!(rows.len() <= ROWS_MAX, "callers refuse longer tables");
        let mut mistakes = Vec::new();
        let mut compiled = Vec::with_capacity(columns.len());
        for (place, source) in columns.iter().enumerate() {
            let program = match compile(&source.of, scope, symbols, Wanted::Any) {
                Ok(program) => program,
                Err(found) => {
                    let own = |mistake| TableMistake { column: place, row: None, mistake };
                    mistakes.extend(found.into_iter().map(own));
                    continue;
                }
            };
            let mut cells = Vec::with_capacity(rows.len());
            for (row, sources) in rows.iter().enumerate() {
                match Cell::compile(&source.of, &sources[place], scope, symbols) {
                    Ok(cell) => cells.push(cell),
                    Err(found) => {
                        let own = |mistake| TableMistake { column: place, row: Some(row), mistake };
                        mistakes.extend(found.into_iter().map(own));
                    }
                }
            }
            if cells.len() == rows.len() {
                compiled.push(Column {
                    of: source.of.as_str().into(),
                    field: plain_field(&program),
                    kind: scope.fields.get(source.of.trim()).copied().unwrap_or(ValueKind::Null),
                    always: source.always,
                    index: Index::new(&cells),
                    program,
                    cells,
                });
            }
        }
        match mistakes.is_empty() {
            true => Ok(Self { hit, columns: compiled, rows: rows.len() }),
            false => Err(mistakes),
        }
    }

    pub fn hit(&self) -> Hit {
        self.hit
    }

    /// Every program of the table: what it reads is what they read.
    pub fn programs(&self) -> impl Iterator<Item = &Program> {
        self.columns.iter().flat_map(|column| {
            [&column.program].into_iter().chain(column.cells.iter().filter_map(Cell::program))
        })
    }

    /// The places of the rows that count, in order.
    pub fn decide<E: Environment + ?Sized>(&self, env: &E) -> Vec<usize> {
        let hits = self.candidates(env).iter().filter(|&row| self.holds(row, env));
        match self.hit {
            Hit::First | Hit::Unique => hits.take(1).collect(),
            Hit::Collect(_) => hits.collect(),
        }
    }

    /// The first row that counts: what a table that does not collect comes to, without a list.
    pub fn first<E: Environment + ?Sized>(&self, env: &E) -> Option<usize> {
        self.candidates(env).iter().find(|&row| self.holds(row, env))
    }

    /// The rows that the index does not rule out.
    fn candidates<E: Environment + ?Sized>(&self, env: &E) -> Bits {
        let mut candidates = Bits::first(self.rows);
        for column in &self.columns {
            let admitted = match column.field {
                Some(slot) => column.index.admits(&env.field(slot)),
                None => column.index.admits(&column.program.value(env).unwrap_or_default()),
            };
            match admitted {
                Some(admitted) => candidates.keep(admitted),
                None => candidates.retain(|row| column.cells[row].holds(env)),
            }
            if candidates.is_empty() {
                break;
            }
        }
        candidates
    }

    /// Whether the cells hold that no index knows.
    fn holds<E: Environment + ?Sized>(&self, row: usize, env: &E) -> bool {
        let opaque = self.columns.iter().filter(|column| column.index.is_opaque(row));
        opaque.into_iter().all(|column| column.cells[row].holds(env))
    }
}

fn plain_field(program: &Program) -> Option<FieldSlot> {
    match program.nodes[usize::from(program.root)] {
        Node::Field { slot, reading: Reading::AsIs, .. } => Some(slot),
        _ => None,
    }
}
