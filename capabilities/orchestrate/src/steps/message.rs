//! `message`: says something to the customer.

use model::{HeldReason, Purpose, StepReason};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::kinds::{Kind, Move, Step, Target, Way};
use crate::text::Text;
use crate::walk::{Message, Outlet, Walk};

pub(crate) const KIND: Kind =
    Kind { name: "message", compile, schema: |generator| <Definition as JsonSchema>::json_schema(generator) };

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// `here` (where the customer last was), `best`, `webchat` or `email`.
    #[serde(default)]
    channel: Outlet,
    /// What the message is for; the journey's purpose unless stated.
    #[serde(default)]
    #[schemars(schema_with = "crate::definition::purpose_schema")]
    purpose: Option<Purpose>,
    /// For e-mail; the conversation's subject unless stated.
    #[serde(default)]
    subject: Option<String>,
    text: String,
}

#[derive(Debug)]
struct MessageStep {
    channel: Outlet,
    purpose: Option<Purpose>,
    subject: Option<Text>,
    text: Text,
    next: Target,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    let subject = compiler.optional_text("subject", definition.subject.as_ref());
    let text = compiler.text("text", &definition.text);
    let (channel, purpose) = (definition.channel, definition.purpose);
    Some(Box::new(MessageStep { channel, purpose, subject: subject?, text: text?, next: compiler.next }))
}

impl Step for MessageStep {
    /// A message that cannot be written is held with what it lacks; the run goes on.
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        let channel = walk.channel(&self.channel);
        let purpose = self.purpose.unwrap_or(walk.journey.purpose);
        let written = walk.write(&self.text).and_then(|text| {
            let subject = self.subject.as_ref().map(|subject| walk.write(subject)).transpose()?;
            Ok((text, subject))
        });
        match written {
            Ok((text, subject)) => {
                walk.say(Message { channel, purpose, subject, text, choices: Vec::new() });
            }
            Err(detail) => walk.held(&channel, purpose, HeldReason::TextIncomplete { detail: detail.into() }),
        }
        Move::Go(self.next, StepReason::Continued)
    }

    fn ways(&self) -> Vec<Way> {
        vec![Way::on(self.next)]
    }

    fn summary(&self) -> String {
        format!("Say something {}", self.channel.summary())
    }
}
