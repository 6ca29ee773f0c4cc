//! `quote`: has prices promised, so that they hold until a time on whatever channel the customer comes back.

use std::collections::BTreeMap;

use model::{SlotSource, Span, StepReason, Value};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::kinds::{Kind, Move, Step, Target, Wake, Way};
use crate::payload::Payload;
use crate::progress::{Waiting, WaitingFor};
use crate::request::{AskedQuote, Request};
use crate::walk::Walk;

pub(crate) const KIND: Kind =
    Kind { name: "quote", compile, schema: |generator| <Definition as JsonSchema>::json_schema(generator) };

/// Who gave the values that the step saves.
const SOURCE: &str = "the quote";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// The products, and how many of each.
    items: Vec<ItemDefinition>,
    /// How long it shall hold; as the catalogue says unless stated.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    valid: Option<Span>,
    /// Slots to fill, each with a path in the quote: `id`, `total`, `until`, `lines`.
    #[serde(default)]
    save: BTreeMap<String, String>,
    /// Where to go when a product has no price; the next step unless stated.
    #[serde(default)]
    on_failure: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ItemDefinition {
    /// A product of the price book; may be a template, such as `"{{ slots.item }}"`.
    product: Json,
    /// How many; 1 unless stated.
    #[serde(default)]
    quantity: Option<Json>,
}

#[derive(Debug)]
struct QuoteStep {
    items: Vec<(Payload, Option<Payload>)>,
    valid: Option<Span>,
    save: Vec<(Box<str>, Box<str>)>,
    on_failure: Target,
    next: Target,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    if definition.items.is_empty() {
        compiler.problem("items", "there is nothing to quote", "List products, each with `product`");
    }
    if let Some(valid) = definition.valid {
        let path = compiler.at("valid");
        compiler.compiler.positive(&path, valid);
    }
    let mut items = Vec::new();
    for (place, item) in definition.items.iter().enumerate() {
        let product = Payload::compile(&format!("items.{place}.product"), &item.product, compiler)?;
        let quantity = match &item.quantity {
            Some(quantity) => Some(Payload::compile(&format!("items.{place}.quantity"), quantity, compiler)?),
            None => None,
        };
        items.push((product, quantity));
    }
    let mut save = Vec::new();
    for (slot, path) in &definition.save {
        save.push((compiler.slot("save", slot)?, path.as_str().into()));
    }
    let on_failure = compiler.target("on_failure", definition.on_failure.as_ref())?;
    Some(Box::new(QuoteStep { items, valid: definition.valid, save, on_failure, next: compiler.next }))
}

impl Step for QuoteStep {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        let mut items = Vec::with_capacity(self.items.len());
        for (product, quantity) in &self.items {
            let read = product.build(walk).and_then(|product| {
                let quantity =
                    quantity.as_ref().map_or(Ok(Value::Int(1)), |quantity| quantity.build(walk))?;
                Ok((product.plain().as_ref().into(), whole(&quantity)?))
            });
            match read {
                Ok(item) => items.push(item),
                Err(detail) => return self.fail(&detail),
            }
        }
        let (strand, run) = (walk.run.strand, walk.run.id);
        walk.requests.push(Request::Quote(AskedQuote { strand, run, items, valid: self.valid }));
        let for_what = WaitingFor::Provided { what: "a quote".into() };
        Move::Wait(Waiting { for_what, since: walk.ctx.now, due: None })
    }

    fn wake(&self, walk: &mut Walk<'_>, wake: &Wake<'_>) -> Move {
        let Wake::Provided(value) = wake else { return Move::Ignore };
        if let Some(problem) = value.at("problem") {
            return self.fail(&problem.plain());
        }
        save(walk, value, &self.save, SOURCE);
        Move::Go(self.next, StepReason::Quoted)
    }

    fn ways(&self) -> Vec<Way> {
        vec![Way::on(self.next), Way::when("no price", self.on_failure)]
    }

    fn summary(&self) -> String {
        match self.items.len() {
            1 => "Promise the price".into(),
            count => format!("Promise the prices of {count} products"),
        }
    }

    fn fills(&self) -> Vec<&str> {
        self.save.iter().map(|(slot, _)| &**slot).collect()
    }
}

impl QuoteStep {
    fn fail(&self, detail: &str) -> Move {
        Move::Go(self.on_failure, StepReason::NotQuoted { detail: detail.into() })
    }
}

/// Fills slots from what was provided; what is not in it stays unfilled.
pub(super) fn save(walk: &mut Walk<'_>, value: &Value, slots: &[(Box<str>, Box<str>)], by: &str) {
    for (slot, path) in slots {
        if let Some(found) = value.at(path).filter(|found| !found.is_null()) {
            walk.fill(slot, found.clone(), SlotSource::WorkedOut { by: by.into() }, None);
        }
    }
}

fn whole(quantity: &Value) -> Result<u32, String> {
    let number = match quantity {
        Value::Int(int) => u32::try_from(*int).ok(),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| format!("`{}` is no quantity", quantity.plain()))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems, journey};

    const QUOTE: &str = "slots:
  price: {type: text, label: the price}
steps:
  - id: promise
    kind: quote
    items: [{product: sofa, quantity: '{{ entry.properties.number }}'}]
    valid: 7d
    save: {price: total}
    on_failure: sorry
  - {id: tell, kind: message, text: 'It costs {{ slots.price }}', next: end}
  - {id: sorry, kind: message, text: We have no price for that}
";

    #[test]
    fn a_promised_price_can_be_told() {
        check(
            &[&journey(QUOTE)],
            Show::Everything,
            r#"10:00:00 webchat does Go {"number":2}
               provided {"id":"quo_1","total":"1798.00 EUR"}"#,
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “promise” of “test”: the journey begins here.)
                10:00:00 quote [("sofa", 2)] for Some("1w")
                10:00:00 (“price” is known: the quote gave it.)
                10:00:00 (Reached “tell” of “test”: the prices were promised.)
                10:00:00 chat: It costs 1798.00 EUR
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn without_a_price_it_goes_another_way() {
        check(
            &[&journey(QUOTE)],
            Show::Everything,
            r#"10:00:00 webchat does Go {"number":2}
               provided {"problem":"`sofa` has no price now"}
               webchat does Go {"number":-2}"#,
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “promise” of “test”: the journey begins here.)
                10:00:00 quote [("sofa", 2)] for Some("1w")
                10:00:00 (Reached “sorry” of “test”: no price could be promised (`sofa` has no price now).)
                10:00:00 chat: We have no price for that
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “promise” of “test”: the journey begins here.)
                10:00:00 (Reached “sorry” of “test”: no price could be promised (`-2` is no quantity).)
                10:00:00 chat: We have no price for that
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[&journey(
                "steps:
  - {id: a, kind: quote, items: []}
  - {id: b, kind: quote, items: [{product: '{{ slots.x }}'}], valid: 0s}
  - {id: c, kind: quote, items: [{product: sofa}], save: {nothing: total}}
",
            )],
            expect![[r#"
                journeys/0.yaml: steps.a.items: there is nothing to quote. List products, each with `product`
                journeys/0.yaml: steps.b.valid: 0s is no time at all. Write a span such as 20s, 15m, 2h or 30d
                journeys/0.yaml: steps.b.items.0.product (column 1): `slots.x` is not known here. Declare it in the catalogue, or use a name that is known here
                journeys/0.yaml: steps.c.save: there is no slot `nothing`. Declare it under `slots`; declared are: 
            "#]],
        );
    }
}
