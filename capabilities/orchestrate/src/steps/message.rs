//! `message`: says something to the customer.

use model::{Channel, HeldReason, Purpose, StepReason};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::content::Written;
use crate::kinds::{Kind, Move, Step, Target, Undelivered, Way};
use crate::outlet::{Choice, Outlet};
use crate::walk::{Message, Walk};
use crate::wording::{Wording, WordingFields};

pub(crate) const KIND: Kind =
    Kind { name: "message", compile, schema: |generator| <Definition as JsonSchema>::json_schema(generator) };

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// `here` (where the customer last was), `best`, a channel, or a list of channels in the order they are tried.
    #[serde(default)]
    channel: Outlet,
    /// What the message is for; the journey's purpose unless stated.
    #[serde(default)]
    #[schemars(schema_with = "crate::definition::purpose_schema")]
    purpose: Option<Purpose>,
    /// For e-mail; the conversation's subject unless stated.
    #[serde(default)]
    subject: Option<String>,
    /// What it says, on every channel; or name a `content`.
    #[serde(default)]
    text: Option<String>,
    /// The content of the catalogue that has the words of each channel and language.
    #[serde(default)]
    content: Option<String>,
}

#[derive(Debug)]
struct MessageStep {
    channel: Outlet,
    purpose: Option<Purpose>,
    wording: Wording,
    next: Target,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    let words = WordingFields {
        subject: definition.subject.as_deref(),
        text: definition.text.as_deref(),
        content: definition.content.as_deref(),
    };
    let place = compiler.path.clone();
    let wording = compiler.compiler.wording(&place, words, &definition.channel);
    compiler.outlet("channel", &definition.channel);
    let (channel, purpose) = (definition.channel, definition.purpose);
    Some(Box::new(MessageStep { channel, purpose, wording: wording?, next: compiler.next }))
}

impl MessageStep {
    fn write(&self, walk: &Walk<'_>, channel: &Channel) -> Result<Written, String> {
        self.wording.write(walk, channel, &walk.facts())
    }
}

impl Step for MessageStep {
    /// A message that cannot be written for a channel is held with what it lacks; the next channel may do, and the run
    /// goes on.
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        let purpose = self.purpose.unwrap_or(walk.journey.purpose);
        let mut choice = walk.choose(&self.channel, purpose);
        while let Some(Choice { channel, rest }) = choice {
            match self.write(walk, &channel) {
                Ok(written) => {
                    let message = Message { channel, purpose, written, choices: Vec::new() };
                    if let Some(effect) = walk.send(message) {
                        walk.fall_back(effect, rest);
                    }
                    break;
                }
                Err(detail) => {
                    let reason = HeldReason::TextIncomplete { detail: detail.into() };
                    walk.held(&channel, purpose, reason);
                    choice = walk.first_usable(&rest, purpose, true);
                }
            }
        }
        Move::Go(self.next, StepReason::Continued)
    }

    fn undelivered(&self, walk: &mut Walk<'_>, channel: &Channel) -> Undelivered {
        let written = self.write(walk, channel).ok();
        written.map_or(Undelivered::AsItWas, |written| Undelivered::Say(written, Vec::new()))
    }

    fn ways(&self) -> Vec<Way> {
        vec![Way::on(self.next)]
    }

    fn summary(&self) -> String {
        format!("Say something {}", self.channel.summary())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems, journey};

    const HELLO: &str = "
slots:
  room: {type: text, from: [profile.traits.favourite_room, event.properties.room]}
steps:
  - {id: hello, kind: message, text: \"Hello {{ profile.traits.first_name|default('there') }}{% if slots.room %}, {{ slots.room }}{% endif %}!\"}
  - {id: mail, kind: message, channel: email, purpose: marketing, subject: \"On {{ journey.title }}\", text: 'From {{ entry.properties.kind }}'}
  - {id: best, kind: message, channel: best, text: Goodbye}
";

    #[test]
    fn messages_go_where_they_should_or_are_held_with_the_reason() {
        check(
            &[&journey(HELLO)],
            Show::Ends,
            "10:00:00 web does Go
             trait first_name=Ada
             address ada@example.com
             web does Go {\"kind\":\"a test\"}
             store does Go {\"kind\":\"a test\"}",
            expect![[r#"
                10:00:00 chat: Hello there!
                10:00:00 (Held a marketing message by e-mail: the text could not be completed (`entry.properties.kind` has no value).)
                10:00:00 chat: Goodbye
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 chat: Hello Ada!
                10:00:00 marketing e-mail “On Test”: From a test
                10:00:00 chat: Goodbye
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 service e-mail “Test”: Hello Ada!
                10:00:00 marketing e-mail “On Test”: From a test
                10:00:00 service e-mail “Re: Test”: Goodbye
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[&journey(
                "steps:
  - {id: a, kind: message, channel: fax, text: hello}
  - {id: b, kind: message, text: '{{ slots.rom }} {{ profile.traits.first_nam }}'}
  - {id: c, kind: message, text: '{{ profile.traits.first_name'}
  - {id: d, kind: message, txt: hello}
  - {id: e, kind: message, subject: '{{ nothing }}', text: '{{ event.properties.kind }}'}
",
            )],
            expect![[r#"
                journeys/0.yaml: steps.a.channel: messages cannot be sent by `fax`. Use here, best, email, sms, webchat, or declare it in channels.yaml
                journeys/0.yaml: steps.b.text (column 1): `profile.traits.first_nam` is not known here. Did you mean `profile.traits.first_name`?
                journeys/0.yaml: steps.b.text (column 1): `slots.rom` is not known here. Did you mean `entry.properties.room`?
                journeys/0.yaml: steps.c.text: unexpected end of input, expected end of variable block (line 1). Write it as a Jinja template, such as `Hello {{ profile.traits.first_name }}`
                journeys/0.yaml: steps.d.txt: unknown field `txt`, expected one of `channel`, `purpose`, `subject`, `text`, `content`. Compare with the journey schema
                journeys/0.yaml: steps.e.subject (column 1): `nothing` is not known here. Declare it in the catalogue, or use a name that is known here
                journeys/0.yaml: steps.e.text (column 1): `event.properties.kind` is not known here. Did you mean `entry.properties.kind`?
            "#]],
        );
    }
}
