//! `decide`: has an offer of a placement chosen for the customer, by the same rules as everywhere.

use std::collections::BTreeMap;

use model::StepReason;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::quote::save;
use crate::compiler::StepCompiler;
use crate::kinds::{Kind, Move, Step, Target, Wake, Way};
use crate::progress::{Waiting, WaitingFor};
use crate::request::{AskedChoice, Request};
use crate::walk::Walk;

pub(crate) const KIND: Kind =
    Kind { name: "decide", compile, schema: |generator| <Definition as JsonSchema>::json_schema(generator) };

/// Who gave the values that the step saves.
const SOURCE: &str = "the offer";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// The placement whose offers are weighed.
    placement: String,
    /// Slots to fill, each with a path: `offer`, `title`, `decision`, or a name under `content`.
    #[serde(default)]
    save: BTreeMap<String, String>,
    /// Where to go when no offer may be made; the next step unless stated.
    #[serde(default)]
    on_none: Option<String>,
}

#[derive(Debug)]
struct DecideStep {
    placement: Box<str>,
    save: Vec<(Box<str>, Box<str>)>,
    on_none: Target,
    next: Target,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    if definition.placement.is_empty() || !definition.placement.bytes().all(legal) {
        let message = format!("`{}` is not a placement", definition.placement);
        compiler.problem("placement", message, "Name one that offers name, such as `chat`");
    }
    let mut save = Vec::new();
    for (slot, path) in &definition.save {
        save.push((compiler.slot("save", slot)?, path.as_str().into()));
    }
    let on_none = compiler.target("on_none", definition.on_none.as_ref())?;
    let placement = definition.placement.into();
    Some(Box::new(DecideStep { placement, save, on_none, next: compiler.next }))
}

impl Step for DecideStep {
    /// The choice is the shard's, because what is left of a limited offer is shared: it follows in a record of its own.
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        let (strand, run) = (walk.run.strand, walk.run.id);
        walk.requests.push(Request::Choose(AskedChoice { strand, run, placement: self.placement.clone() }));
        let for_what = WaitingFor::Provided { what: "an offer".into() };
        Move::Wait(Waiting { for_what, since: walk.ctx.now, due: None })
    }

    fn wake(&self, walk: &mut Walk<'_>, wake: &Wake<'_>) -> Move {
        let Wake::Provided(value) = wake else { return Move::Ignore };
        match value.at("offer").and_then(model::Value::as_text) {
            None => Move::Go(self.on_none, StepReason::NoOffer),
            Some(offer) => {
                save(walk, value, &self.save, SOURCE);
                Move::Go(self.next, StepReason::OfferChosen { offer: offer.into() })
            }
        }
    }

    fn ways(&self) -> Vec<Way> {
        vec![Way::on(self.next), Way::when("no offer", self.on_none)]
    }

    fn summary(&self) -> String {
        format!("Choose an offer for “{}”", self.placement)
    }

    fn waits(&self) -> bool {
        // A record lies between, but no time.
        false
    }

    fn fills(&self) -> Vec<&str> {
        self.save.iter().map(|(slot, _)| &**slot).collect()
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems, journey};

    const DECIDE: &str = "slots:
  headline: {type: text, label: the headline}
steps:
  - {id: choose, kind: decide, placement: chat, save: {headline: content.headline}, on_none: plain}
  - {id: tell, kind: message, text: '{{ slots.headline }}', next: end}
  - {id: plain, kind: message, text: Good day}
";

    #[test]
    fn the_chosen_offer_is_told_and_without_one_it_goes_another_way() {
        check(
            &[&journey(DECIDE)],
            Show::Everything,
            r#"10:00:00 webchat does Go
               provided {"offer":"care","content":{"headline":"Care for a year"}}
               webchat does Go
               provided {"offer":null}"#,
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “choose” of “test”: the journey begins here.)
                10:00:00 choose for “chat”
                10:00:00 (“headline” is known: the offer gave it.)
                10:00:00 (Reached “tell” of “test”: the offer “care” was chosen.)
                10:00:00 chat: Care for a year
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “choose” of “test”: the journey begins here.)
                10:00:00 choose for “chat”
                10:00:00 (Reached “plain” of “test”: no offer may be made.)
                10:00:00 chat: Good day
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[&journey("steps:\n  - {id: a, kind: decide, placement: No Such, on_none: b}\n")],
            expect![[r#"
                journeys/0.yaml: steps.a.placement: `No Such` is not a placement. Name one that offers name, such as `chat`
                journeys/0.yaml: steps.a.on_none: there is no step `b`. Name one of: a, end
            "#]],
        );
    }
}
