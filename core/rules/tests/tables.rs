//! Decision tables: the same rows as their conditions one by one, and proofs that name what they found.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod support;

use std::borrow::Cow;

use expect_test::{Expect, expect};
use model::{Decimal, Timestamp, Value, ValueKind};
use rules::{
    BehaviourSlot, CellSource, ColumnSource, Environment, FieldSlot, Fold, Gap, Hit, Overlap, Scope,
    SegmentSlot, Symbols, Table, Wanted, compile,
};

/// Values by the place of their field.
struct Values(Vec<Value>);

impl Environment for Values {
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value> {
        Cow::Borrowed(&self.0[usize::from(slot.0)])
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

const FIELDS: [(&str, ValueKind); 4] = [
    ("level", ValueKind::Text),
    ("quantity", ValueKind::Int),
    ("weight", ValueKind::Double),
    ("member", ValueKind::Bool),
];

fn scope() -> (Scope, Symbols) {
    let (mut scope, mut symbols) = (Scope::new(), Symbols::new());
    for (name, kind) in FIELDS {
        scope.field(name, kind);
        symbols.field(name);
    }
    (scope, symbols)
}

fn columns(always: bool) -> Vec<ColumnSource> {
    FIELDS.iter().map(|(name, _)| ColumnSource { of: (*name).into(), always }).collect()
}

/// Rows of cells as a file has them, between `|`.
fn rows(text: &str) -> Vec<Vec<CellSource>> {
    let cell = |text: &str| match text.trim() {
        "true" => CellSource::Literal(Value::Bool(true)),
        "false" => CellSource::Literal(Value::Bool(false)),
        number if number.parse::<i64>().is_ok() => CellSource::Literal(Value::Int(number.parse().unwrap())),
        text => CellSource::from_text(text),
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.split('|').map(cell).collect()).collect()
}

fn table(hit: Hit, always: bool, text: &str) -> Table {
    let (scope, mut symbols) = scope();
    Table::compile(hit, &columns(always), &rows(text), &scope, &mut symbols).unwrap()
}

fn prove(hit: Hit, always: bool, text: &str, expected: Expect) {
    let table = table(hit, always, text);
    let mut told = match table.gap() {
        Gap::None => "no gap\n".to_owned(),
        Gap::At(example) => format!("gap at {example}\n"),
        Gap::Unproved(why) => format!("gaps cannot be ruled out: {why}\n"),
    };
    for overlap in table.overlaps() {
        told += &match overlap {
            Overlap::At { rows, example } => format!("{rows:?} overlap at {example}\n"),
            Overlap::Unproved { rows } => format!("{rows:?} may overlap\n"),
        };
    }
    expected.assert_eq(&told);
}

#[test]
fn a_table_without_holes_is_proved_to_have_none() {
    prove(
        Hit::Unique,
        true,
        r#"gold | -  | - | -
           != "gold" | < 10 | - | -
           != "gold" | >= 10 | - | -"#,
        expect![[r#"
            no gap
        "#]],
    );
}

#[test]
fn gaps_and_overlaps_are_named_with_an_example() {
    prove(
        Hit::Unique,
        true,
        r#"gold | <= 3 | - | -
           gold | > 4  | - | -
           in ["gold", "silver"] | > 7 && < 9 | - | -
           != "gold" | - | - | true"#,
        expect![[r#"
            gap at level == "gold", quantity == 4
            (1, 2) overlap at level == "gold", 7 < quantity < 9, weight of any amount, member == false
            (2, 3) overlap at level == "silver", 7 < quantity < 9, weight of any amount, member == true
        "#]],
    );
}

#[test]
fn between_neighbouring_whole_numbers_there_is_nothing_and_a_missing_value_is_a_gap() {
    let quantities = "- | <= 3 | - | -\n - | >= 4 | - | -";
    prove(
        Hit::First,
        true,
        quantities,
        expect![[r#"
        no gap
    "#]],
    );
    prove(
        Hit::First,
        false,
        quantities,
        expect![[r#"
        gap at level of any other text, quantity missing
    "#]],
    );
    prove(
        Hit::First,
        true,
        "- | - | <= 3 | -\n - | - | >= 4 | -",
        expect![[r#"
        gap at level of any other text, quantity of any amount, 3 < weight < 4
    "#]],
    );
}

#[test]
fn what_cannot_be_decided_is_said_to_be_unproved_and_nothing_else_is() {
    prove(
        Hit::Unique,
        true,
        r#"-    | < quantity + 3 | - | -
           gold | - | - | true
           silver | - | - | -"#,
        expect![[r#"
            gaps cannot be ruled out: `(quantity) < quantity + 3` is more than a comparison with literals
            (0, 1) may overlap
            (0, 2) may overlap
        "#]],
    );
}

#[test]
fn mistakes_name_their_cell() {
    let (scope, mut symbols) = scope();
    let mut sources = columns(true);
    sources[3].of = "event.channel".into();
    let rows = rows("gold | >= \"many\" | - | true\n >= ) | - | - | -");
    let mistakes = Table::compile(Hit::First, &sources, &rows, &scope, &mut symbols).unwrap_err();
    let told: Vec<String> = mistakes
        .iter()
        .map(|found| format!("column {} row {:?}: {}", found.column, found.row, found.mistake.message))
        .collect();
    expect![[r#"
        column 0 row Some(1): `)` cannot stand here
        column 1 row Some(0): `>=` compares a whole number with text
        column 3 row None: `event.channel` is not known here
    "#]]
    .assert_eq(&(told.join("\n") + "\n"));
}

#[test]
fn several_outcomes_become_one() {
    let amounts = || [10, -20, 5].into_iter().map(Decimal::from);
    assert_eq!(Fold::Min.of(amounts()), Some(Decimal::from(-20)));
    assert_eq!(Fold::Max.of(amounts()), Some(Decimal::from(10)));
    assert_eq!(Fold::Sum.of(amounts()), Some(Decimal::from(-5)));
    assert_eq!(Fold::Sum.of(std::iter::empty()), None);
}

/// The index finds the rows that their conditions find one by one, whatever the values are.
#[test]
fn the_index_agrees_with_the_conditions() {
    let mut random = Random(7);
    for _ in 0..300 {
        let (scope, mut symbols) = scope();
        let rows: Vec<Vec<CellSource>> = (0..1 + random.below(90)).map(|_| random.row()).collect();
        let table =
            Table::compile(Hit::Collect(Fold::Sum), &columns(false), &rows, &scope, &mut symbols).unwrap();
        let conditions: Vec<Vec<_>> = rows
            .iter()
            .map(|row| {
                let cells = row.iter().zip(FIELDS).filter_map(|(cell, (name, _))| condition(name, cell));
                cells.map(|text| compile(&text, &scope, &mut symbols, Wanted::Bool).unwrap()).collect()
            })
            .collect();
        for _ in 0..60 {
            let values = Values((0..FIELDS.len()).map(|_| random.value()).collect());
            let holds =
                |row: &usize| conditions[*row].iter().all(|cell: &rules::Program| cell.is_true(&values));
            let expected: Vec<usize> = (0..rows.len()).filter(holds).collect();
            assert_eq!(table.decide(&values), expected, "{rows:?} with {:?}", values.0);
            assert_eq!(table.first(&values), expected.first().copied());
        }
    }
}

fn condition(name: &str, cell: &CellSource) -> Option<String> {
    match cell {
        CellSource::Any => None,
        CellSource::Literal(value) => Some(format!("{name} == {}", value.to_json())),
        CellSource::Tail(tail) => {
            let parts: Vec<String> = tail.split("&&").map(|part| format!("{name} {}", part.trim())).collect();
            Some(parts.join(" && "))
        }
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    fn row(&mut self) -> Vec<CellSource> {
        let level =
            ["-", "gold", "!= \"gold\"", "in [\"gold\", 'silver']", "< \"gold\"", "== \"bronze\"", "-"];
        let amount = [
            "-",
            "< 3",
            ">= 3",
            "> 3 && <= 10",
            "!= 5",
            "== 5",
            "in [1, 2, 7]",
            "< quantity + 2",
            ">= 2.5",
            "-",
        ];
        let truth = ["-", "== true", "!= true", "== false", "-"];
        [self.pick(&level), self.pick(&amount), self.pick(&amount), self.pick(&truth)]
            .map(CellSource::from_text)
            .into()
    }

    /// Mostly of the declared kinds, and anything else that may come.
    fn value(&mut self) -> Value {
        match self.below(9) {
            0 => Value::Null,
            1 => Value::Bool(self.below(2) == 1),
            2 | 3 => Value::text(self.pick(&["gold", "silver", "bronze", "copper", "zinc", ""])),
            4 | 5 => Value::Int(self.below(14) as i64 - 1),
            6 => Value::Double(self.below(40) as f64 / 4.0),
            7 => Value::Money("3.00 EUR".parse().unwrap()),
            _ => Value::Int(i64::MAX - self.below(3) as i64),
        }
    }
}
