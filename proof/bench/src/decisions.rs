//! Decisions of a table with a hundred rules, on one core.

use std::borrow::Cow;
use std::hint::black_box;
use std::time::Instant;

use clap::Args;
use model::{Timestamp, Value, ValueKind};
use rules::{
    BehaviourSlot, CellSource, ColumnSource, Environment, FieldSlot, Hit, Scope, SegmentSlot, Symbols, Table,
};

use crate::events::Random;

#[derive(Args)]
pub struct Settings {
    #[arg(long, default_value_t = 5_000_000)]
    decisions: u64,
}

const CATEGORIES: [&str; 5] = ["sofa", "table", "bed", "lamp", "chair"];
const LEVELS: [&str; 4] = ["bronze", "silver", "gold", "platinum"];

/// A customer and a product, as far as the table asks.
struct Sight {
    fields: Vec<(FieldSlot, Value)>,
}

impl Environment for Sight {
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value> {
        let found = self.fields.iter().find(|(own, _)| *own == slot);
        found.map_or(Cow::Owned(Value::Null), |(_, value)| Cow::Borrowed(value))
    }

    fn behaviour(&self, _: BehaviourSlot) -> Value {
        Value::Null
    }

    fn in_segment(&self, _: SegmentSlot) -> bool {
        false
    }

    fn now(&self) -> Timestamp {
        Timestamp(0)
    }
}

pub fn run(settings: &Settings) {
    let fields = [
        ("item.category", ValueKind::Text),
        ("profile.traits.level", ValueKind::Text),
        ("item.quantity", ValueKind::Int),
    ];
    let (mut scope, mut symbols) = (Scope::new(), Symbols::default());
    fields.iter().for_each(|(path, kind)| scope.field(path, *kind));
    let columns = fields.map(|(path, _)| ColumnSource { of: path.into(), always: true });
    let rows = rows();
    let table =
        Table::compile(Hit::First, &columns, &rows, &scope, &mut symbols).expect("the table is valid");
    let slots = fields.map(|(path, _)| symbols.field(path));
    let mut random = Random(11);
    let sights: Vec<Sight> = (0..4_096).map(|_| sight(slots, &mut random)).collect();
    let begun = Instant::now();
    let mut hits = 0u64;
    for number in 0..settings.decisions {
        let sight = &sights[(number % sights.len() as u64) as usize];
        hits += u64::from(black_box(table.first(black_box(sight))).is_some());
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "a table of {} rules over 3 columns: {:.2} M decisions/s on one core, {:.0} % of which found a rule",
        rows.len(),
        settings.decisions as f64 / seconds / 1e6,
        100.0 * hits as f64 / settings.decisions as f64
    );
}

/// Every category at every level for five ranges of quantities.
fn rows() -> Vec<Vec<CellSource>> {
    let ranges = [">= 50", "in [10, 11, 12]", ">= 20", ">= 6", ">= 2"];
    let mut rows = Vec::new();
    for category in CATEGORIES {
        for level in LEVELS {
            for range in ranges {
                rows.push([category, level, range].map(CellSource::from_text).into());
            }
        }
    }
    rows
}

fn sight(slots: [FieldSlot; 3], random: &mut Random) -> Sight {
    let drawn = random.next();
    let category = CATEGORIES[(drawn % 5) as usize];
    let level = LEVELS[(drawn >> 8) as usize % 4];
    let quantity = (drawn >> 16) % 60;
    let values = [Value::text(category), Value::text(level), Value::Int(quantity as i64)];
    Sight { fields: slots.into_iter().zip(values).collect() }
}
