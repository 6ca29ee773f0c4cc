//! Prices and offers by their files: what they come to, what is refused, and that no channel can be named.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::borrow::Cow;
use std::collections::BTreeMap;

use adapt::{Adaptation, Asked, Budgets, Dealings, Decided, Decision, Quote, QuoteLine, QuoteRequest};
use expect_test::{Expect, expect};
use model::{
    Catalogue, CatalogueFile, CustomerId, DecisionId, Money, OfferResponse, QuoteId, Seq, Span, StrandId,
    Timestamp, Value, ValueKind,
};
use rules::{BehaviourSlot, Environment, FieldSlot, Scope, SegmentSlot, Symbols};

/// A customer by the names that conditions use.
struct Person {
    fields: BTreeMap<String, Value>,
    segments: Vec<String>,
    symbols: Symbols,
    now: Timestamp,
}

impl Environment for Person {
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value> {
        let path = &self.symbols.fields()[usize::from(slot.0)];
        Cow::Owned(self.fields.get(&**path).cloned().unwrap_or_default())
    }

    fn behaviour(&self, _: BehaviourSlot) -> Value {
        Value::Int(0)
    }

    fn in_segment(&self, slot: SegmentSlot) -> bool {
        self.segments.contains(&self.symbols.segments()[usize::from(slot.0)].to_string())
    }

    fn now(&self) -> Timestamp {
        self.now
    }
}

struct World {
    adaptation: Adaptation,
    person: Person,
    dealings: Dealings,
    budgets: Budgets,
    complaints: Vec<model::OpenComplaint>,
}

fn scope() -> Scope {
    let mut scope = Scope::new();
    for (name, kind) in [
        ("profile.traits.level", ValueKind::Text),
        ("profile.traits.age", ValueKind::Int),
        ("profile.traits.channel", ValueKind::Text),
        ("profile.traits.preferred_channel", ValueKind::Text),
        ("profile.first_seen", ValueKind::Time),
        ("event.channel", ValueKind::Text),
    ] {
        scope.field(name, kind);
    }
    let properties = [("total", ValueKind::Double), ("channel", ValueKind::Text)];
    scope.event("Order Completed", properties.map(|(name, kind)| (name.to_owned(), kind)));
    scope.segment("vip");
    scope
}

fn compile(files: &[(&str, &str)], symbols: &mut Symbols) -> Result<Adaptation, Vec<model::Problem>> {
    let mut files: Vec<CatalogueFile> = files
        .iter()
        .map(|(path, text)| CatalogueFile { path: (*path).into(), text: (*text).into() })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Adaptation::compile(&Catalogue { version: 1, files }, &scope(), symbols)
}

impl World {
    fn new(files: &[(&str, &str)]) -> Self {
        let mut symbols = Symbols::new();
        let adaptation = compile(files, &mut symbols).unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(|problem| format!("{problem}\n")).collect::<String>())
        });
        let now = "2026-03-11T10:00:00Z".parse().unwrap();
        let person = Person { fields: BTreeMap::new(), segments: Vec::new(), symbols, now };
        let (dealings, budgets) = (Dealings::default(), Budgets::default());
        Self { adaptation, person, dealings, budgets, complaints: Vec::new() }
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.person.fields.insert(format!("profile.traits.{name}"), value);
        self
    }

    fn price(&self, product: &str, quantity: u32) -> String {
        let Some(priced) = self.adaptation.price(&self.person, &self.dealings, product, quantity) else {
            return "no price\n".into();
        };
        let mut text = format!("{} {} of {}\n", priced.unit, priced.quantity, priced.list);
        for applied in &priced.applied {
            text += &format!(
                "  {} rows {:?}: {} ({})\n",
                applied.table,
                applied.rows,
                applied.change,
                applied.because.join(", ")
            );
        }
        text
    }

    fn decide(&self, customer: u64, seq: u64) -> Decision {
        let asked = Asked { placements: vec!["home".into()], run: None };
        let who = (CustomerId(customer), Seq(seq));
        let complaints = &self.complaints;
        self.adaptation.decide(who, &self.person, &self.dealings, &self.budgets, complaints, &asked).remove(0)
    }

    fn decision(&self) -> String {
        let decision = self.decide(1, 1);
        let mut text = format!("{:?} with {} of a million\n", decision.chosen, decision.probability);
        for candidate in &decision.candidates {
            let fell = candidate.fell.as_ref().map(|fell| format!("{}: {}", fell.stage.name(), fell.reason));
            text += &format!("  {} {:?} {}\n", candidate.offer, candidate.score, fell.unwrap_or_default());
        }
        text
    }
}

fn refused(files: &[(&str, &str)], expected: Expect) {
    let problems = compile(files, &mut Symbols::new()).err().unwrap_or_default();
    expected.assert_eq(&problems.iter().map(|problem| format!("{problem}\n")).collect::<String>());
}

const PRICES: &str = "products:
  - {product: sofa, name: Sofa, category: seats, price: 899.90 EUR, to: 2026-06-01}
  - {product: sofa, name: Sofa, category: seats, price: 949.00 EUR, from: 2026-06-01}
  - {product: chair, name: Chair, category: seats, price: 49.99 EUR}
tables:
  - name: volume
    title: More for less
    columns: [item.category, item.quantity]
    rows:
      - {when: [seats, '>= 10'], percent: -15, because: Ten or more}
      - {when: [seats, '>= 4'], percent: -7.5, because: Four or more}
    otherwise: {}
  - name: thanks
    title: Thank you
    hit: collect_sum
    columns: [profile.traits.level, 'in_segment(\"vip\")']
    rows:
      - {when: [gold, '-'], amount: -5.00 EUR, because: Gold}
      - {when: ['-', true], amount: -3.00 EUR, because: VIP}
";

#[test]
fn a_price_says_which_rules_applied() {
    let mut world = World::new(&[("prices/all.yaml", PRICES)]).with("level", Value::text("gold"));
    world.person.segments.push("vip".into());
    let mut told = world.price("sofa", 1)
        + &world.price("chair", 4)
        + &world.price("chair", 12)
        + &world.price("boat", 1);
    world.person.fields.clear();
    world.person.segments.clear();
    told += &world.price("chair", 1);
    world.person.now = "2026-06-01T00:00:00Z".parse().unwrap();
    told += &world.price("sofa", 1);
    expect![[r#"
        891.90 EUR 1 of 899.90 EUR
          thanks rows [1, 2]: -8.00 EUR (Gold, VIP)
        38.24 EUR 4 of 49.99 EUR
          volume rows [2]: -7.5 % (Four or more)
          thanks rows [1, 2]: -8.00 EUR (Gold, VIP)
        34.49 EUR 12 of 49.99 EUR
          volume rows [1]: -15 % (Ten or more)
          thanks rows [1, 2]: -8.00 EUR (Gold, VIP)
        no price
        49.99 EUR 1 of 49.99 EUR
        949.00 EUR 1 of 949.00 EUR
    "#]]
    .assert_eq(&told);
}

#[test]
fn no_rule_of_prices_or_offers_can_name_a_channel() {
    let table = |column: &str| {
        format!(
            "tables: [{{name: t, title: T, columns: ['{column}'], rows: [{{when: [web], percent: -10}}], otherwise: {{}}}}]\n"
        )
    };
    let offer = |condition: &str| {
        format!(
            "name: o\ntitle: O\nplacements: [home]\neligibility: ['{condition} == \"web\"']\npropensity: 'size({condition})'\n"
        )
    };
    for name in [
        "event.channel",
        "event.name",
        "profile.traits.channel",
        "profile.traits.preferred_channel",
        "item.channel",
        "channel",
        "last(\"Order Completed\").channel",
    ] {
        for (path, text) in [("prices/t.yaml", table(name)), ("offers/o.yaml", offer(name))] {
            let problems = compile(&[(path, &text)], &mut Symbols::new()).err().unwrap_or_default();
            let unknown = |problem: &model::Problem| {
                problem.message.contains("known") || problem.message.contains("no property")
            };
            assert!(problems.iter().any(unknown), "`{name}` in {path}: {problems:?}");
        }
    }
    for (path, text) in
        [("prices/t.yaml", table("profile.traits.level")), ("offers/o.yaml", offer("profile.traits.level"))]
    {
        assert!(compile(&[(path, &text)], &mut Symbols::new()).is_ok(), "{text}");
    }
}

#[test]
fn mistakes_in_prices_are_named_with_their_remedy() {
    refused(
        &[(
            "prices/all.yaml",
            "products:
  - {product: sofa, name: Sofa, price: '12'}
  - {product: bed, name: Bed, price: 1.999 EUR, from: soon}
  - {product: lamp, name: Lamp, price: 5.00 EUR, to: 2026-06-01}
  - {product: lamp, name: Lamp, price: 6.00 EUR, from: 2026-05-01}
tables:
  - name: volume
    title: V
    hit: unique
    columns: [item.quantity]
    rows:
      - {when: ['< 5'], percent: -5}
      - {when: ['> 3 && < 9'], percent: -10}
      - {when: ['> 10'], percent: -10}
  - name: Wrong
    title: W
    hit: collect_max
    columns: [item.quantty, item.category]
    rows:
      - {when: ['> 5', a], percent: -5}
      - {when: [1], amount: 2.00 EUR}
      - {when: [1, b], percent: -500}
      - {when: [1, b], percent: -5, price: 2.00 EUR}
",
        )],
        expect![[r#"
            prices/all.yaml: products.0.price: `12` is not an amount of money; write the amount and an ISO 4217 code, such as `19.90 EUR`. Write it like that.
            prices/all.yaml: products.1.from: `soon` is not a time; use RFC 3339 with a zone, such as `2026-03-01T10:00:00Z`. Write a time with a zone, or a day such as `2026-03-01`.
            prices/all.yaml: products.3: `lamp` has two prices at one time. Let one end with `to` where the other begins with `from`.
            prices/all.yaml: tables.0.rows: no row applies to item.quantity == 9. Add a row for it, or say with `otherwise: {}` that the price stays as it is.
            prices/all.yaml: tables.0.rows.1: rows 1 and 2 both apply to 3 < item.quantity < 5. Make their cells exclude each other, or let the first that applies count with `hit: first`.
            prices/all.yaml: tables.1.name: `Wrong` is not a table name. Use 1 to 60 lower-case letters, digits, `-` and `_`.
            prices/all.yaml: tables.1.rows.1.when: it has 1 cells for 2 columns. Write one cell for each column; `-` is anything.
            prices/all.yaml: tables.1.rows.2.percent: `-500` is no change of a price. Write a number of -100 or more.
            prices/all.yaml: tables.1.rows.3: it changes the price in two ways. Keep one of `percent`, `amount` and `price`.
            prices/all.yaml: tables.1.rows.1: rows that are collected change the price in different ways. Let all rows have a percent, an amount or a price, of one currency.
        "#]],
    );
}

#[test]
fn what_cannot_be_proved_is_said_and_refused_by_nobody() {
    let table = "tables: [{name: t, title: T, hit: unique, columns: [item.quantity, profile.traits.age],
      rows: [{when: ['< 5 + 1', '-'], percent: -5}, {when: ['>= 6', '-'], percent: -1}]}]\n";
    let world = World::new(&[("prices/t.yaml", table)]);
    expect![[r#"
        [
            "that some row always applies: `(item.quantity) < 5 + 1` is more than a comparison with literals",
            "that rows 1 and 2 never apply at once",
        ]
    "#]]
    .assert_eq(&format!("{:#?}\n", world.adaptation.price_tables()[0].unproved));
}

const OFFERS: [(&str, &str); 5] = [
    ("offers/a.yaml", "name: a\ntitle: A\nplacements: [home]\nvalue: 30\npropensity: 0.5\nlever: 2\n"),
    (
        "offers/b.yaml",
        "name: b\ntitle: B\nplacements: [home]\nvalue: 30\npropensity: 'profile.traits.age / 100.0'\n",
    ),
    (
        "offers/c.yaml",
        "name: c\ntitle: C\nplacements: [home, checkout]\neligibility: ['profile.traits.level == \"gold\"']\nvalue: 900\n",
    ),
    (
        "offers/d.yaml",
        "name: d\ntitle: D\nplacements: [home]\nvalue: 30\nvalid: {from: 2026-04-01}\nlimits: {total: 1}\n",
    ),
    (
        "offers/e.yaml",
        "name: e\ntitle: E\nplacements: [home]\nvalue: 15\nlever: 2\nlimits: {per_customer: {times: 1, within: 30d}}\n",
    ),
];

#[test]
fn every_candidate_says_where_it_fell_out_and_equals_go_by_the_alphabet() {
    let mut world = World::new(&OFFERS).with("age", Value::Int(40));
    let mut told = world.decision();
    let decided = Decided {
        decision: DecisionId(9),
        strand: StrandId(1),
        offer: "e".into(),
        placement: "home".into(),
        time: world.person.now,
        responses: vec![(OfferResponse::Accepted, world.person.now)],
        taken: None,
    };
    world.dealings.decide(decided);
    world.person.fields.clear();
    told += &world.decision();
    expect![[r#"
        Some("a") with 1000000 of a million
          a Some(30.0) 
          e Some(30.0) 
          b Some(12.0) 
          c None eligibility: `profile.traits.level == "gold"` does not hold (`profile.traits.level` is not known)
          d None validity: it begins at 2026-04-01T00:00:00.000Z
        Some("a") with 1000000 of a million
          a Some(30.0) 
          b None ranking: its propensity or value cannot be worked out
          c None eligibility: `profile.traits.level == "gold"` does not hold (`profile.traits.level` is not known)
          d None validity: it begins at 2026-04-01T00:00:00.000Z
          e None per_customer: the customer had it 1 of 1 times within 30d
    "#]].assert_eq(&told);
}

#[test]
fn offers_that_share_conditions_are_weighed_each_by_its_own() {
    let offer = |name: &str, eligibility: &str, suitability: &str| {
        format!(
            "name: {name}\ntitle: {name}\nplacements: [home]\nvalue: 1\neligibility: ['{eligibility}']\nsuitability: ['{suitability}']\n"
        )
    };
    let (adult, gold) = ("profile.traits.age >= 18", "profile.traits.level == \"gold\"");
    let files = [
        ("offers/a.yaml", offer("a", adult, gold)),
        ("offers/b.yaml", offer("b", gold, adult)),
        ("offers/c.yaml", offer("c", adult, adult)),
        ("offers/d.yaml", offer("d", gold, gold)),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let mut world = World::new(&files).with("age", Value::Int(40)).with("level", Value::text("silver"));
    let mut told = world.decision();
    world.person.fields.insert("profile.traits.age".into(), Value::Int(12));
    world.person.fields.insert("profile.traits.level".into(), Value::text("gold"));
    told += &world.decision();
    expect![[r#"
        Some("c") with 1000000 of a million
          c Some(1.0) 
          a None suitability: `profile.traits.level == "gold"` does not hold
          b None eligibility: `profile.traits.level == "gold"` does not hold
          d None eligibility: `profile.traits.level == "gold"` does not hold
        Some("d") with 1000000 of a million
          d Some(1.0) 
          a None eligibility: `profile.traits.age >= 18` does not hold
          b None suitability: `profile.traits.age >= 18` does not hold
          c None eligibility: `profile.traits.age >= 18` does not hold
    "#]]
    .assert_eq(&told);
}

#[test]
fn exploration_and_control_are_as_frequent_as_they_say_and_always_the_same() {
    let policy = ("decisions.yaml", "control_percent: 10\nexplore_percent: 20\n");
    let files: Vec<_> = OFFERS.into_iter().chain([policy]).collect();
    let world = World::new(&files).with("age", Value::Int(40));
    let (mut control, mut explored, mut rates) = (0, 0, BTreeMap::new());
    for customer in 0..20_000 {
        let decision = world.decide(customer, 77 + customer);
        assert_eq!(decision.chosen, world.decide(customer, 77 + customer).chosen);
        control += u32::from(decision.control);
        explored += u32::from(decision.explored);
        if !decision.control {
            *rates.entry(decision.probability).or_insert(0) += 1;
        }
    }
    assert!((1_800..2_200).contains(&control), "{control} of 20000");
    // Of three that may be made, two thirds of what is explored is not the best.
    assert!((2_200..2_600).contains(&explored), "{explored} of 18000");
    // The best is chosen for its rank, or explored to be it.
    assert_eq!(rates.keys().copied().collect::<Vec<u32>>(), [66_666, 866_668]);
}

#[test]
fn a_quote_holds_for_fewer_and_not_for_more() {
    let mut world = World::new(&[("prices/all.yaml", PRICES)]);
    let request = QuoteRequest { items: vec![("chair".into(), 4)], valid: None };
    let made: Quote =
        world.adaptation.quote(&world.person, &world.dealings, &request, (QuoteId(5), StrandId(1))).unwrap();
    assert_eq!(made.total.to_string(), "184.96 EUR");
    world.dealings.promise(made);
    assert!(world.price("chair", 3).starts_with("46.24 EUR"), "{}", world.price("chair", 3));
    assert!(world.price("chair", 5).starts_with("46.24 EUR"));
    assert!(world.price("chair", 12).starts_with("42.49 EUR"));
    let stored: Dealings = minicbor::decode(&minicbor::to_vec(&world.dealings).unwrap()).unwrap();
    assert_eq!(stored, world.dealings);
}

#[test]
fn promises_in_todays_currency_come_before_those_in_others() {
    let mut world = World::new(&[("prices/all.yaml", PRICES)]);
    let now = world.person.now.0;
    let promised = |id: u64, amount: &str, currency: &str| {
        let unit: Money = format!("{amount} {currency}").parse().unwrap();
        let line = QuoteLine { product: "chair".into(), name: "Chair".into(), quantity: 4, list: unit, unit };
        let made = Timestamp(now - 10 + id as i64);
        let until = made + Span::DAY;
        Quote {
            id: QuoteId(id),
            strand: StrandId(1),
            lines: vec![line],
            total: unit,
            made,
            until,
            version: 1,
        }
    };
    world.dealings.promise(promised(1, "900.00", "SEK"));
    world.dealings.promise(promised(2, "50.00", "GBP"));
    assert!(
        world.price("chair", 1).starts_with("50.00 GBP"),
        "of others the last: {}",
        world.price("chair", 1)
    );
    world.dealings.promise(promised(3, "40.00", "EUR"));
    world.dealings.promise(promised(4, "30.00", "GBP"));
    assert!(world.price("chair", 1).starts_with("40.00 EUR"), "{}", world.price("chair", 1));
    world.dealings.promise(promised(5, "90.00", "EUR"));
    assert!(world.price("chair", 1).starts_with("40.00 EUR"), "{}", world.price("chair", 1));
}

#[test]
fn mistakes_in_offers_are_named_with_their_remedy() {
    refused(
        &[
            (
                "offers/x.yaml",
                "name: X y\ntitle: X\nplacements: []\nvalue: -3\nlever: -1\nlimits: {hold: 0s}\nvalid: {to: later}\n",
            ),
            (
                "offers/y.yaml",
                "name: other\ntitle: Other\nplacements: [Home]\neligibility: ['profile.traits.lvl == 3']\n",
            ),
            ("decisions.yaml", "control_percent: 120\n"),
        ],
        expect![[r#"
            decisions.yaml: control_percent: `120` is not a percentage. Write a number from 0 to 100.
            offers/x.yaml: name: `X y` is not an offer name. Use 1 to 60 lower-case letters, digits, `-` and `_`.
            offers/x.yaml: placements: it has no place. Name the places it may be shown at, such as `home`.
            offers/x.yaml: valid.to: `later` is not a time; use RFC 3339 with a zone, such as `2026-03-01T10:00:00Z`. Write a time with a zone, or a day such as `2026-03-01`.
            offers/x.yaml: limits.hold: that is no time at all. Write a span such as 30m or 30d.
            offers/x.yaml: lever: `-1` is no lever. Write a number of 0 or more.
            offers/x.yaml: value: `-3` is not a number of 0 or more. Write one, or an expression of one.
            offers/y.yaml: placements.0: `Home` is not a placement. Use 1 to 60 lower-case letters, digits, `-` and `_`.
            offers/y.yaml: eligibility.0 (column 1): `profile.traits.lvl` is not known here. Did you mean `profile.traits.level`?
        "#]],
    );
}

#[test]
fn what_is_complained_about_is_not_offered_and_nothing_is_promoted() {
    let offer =
        |name: &str, more: &str| format!("{{name: {name}, title: {name}, placements: [home], {more}}}");
    let files = [
        ("offers/a.yaml", offer("apology", "promotional: false, lever: 1")),
        ("offers/b.yaml", offer("care", "promotional: false, products: [sofa], lever: 3")),
        ("offers/c.yaml", offer("sale", "lever: 2")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let mut world = World::new(&files);
    expect![[r#"
        Some("care") with 1000000 of a million
          care Some(3.0) 
          sale Some(2.0) 
          apology Some(1.0) 
    "#]]
    .assert_eq(&world.decision());
    world.complaints.push(model::OpenComplaint {
        reference: "C1".into(),
        since: model::Timestamp(0),
        until: model::Timestamp::MAX,
        products: Box::new(["sofa".into()]),
    });
    expect![[r#"
        Some("apology") with 1000000 of a million
          apology Some(1.0) 
          care None complaints: complaint C1 is about it
          sale None complaints: it is promotional, and complaint C1 is open
    "#]]
    .assert_eq(&world.decision());
}
