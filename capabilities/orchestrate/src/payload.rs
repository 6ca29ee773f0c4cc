//! What is handed to a called system or put into an event: JSON whose texts may name values.

use std::collections::BTreeMap;

use model::Value;
use rules::Program;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::request::{Emit, Emitted, Request};
use crate::text::Text;
use crate::walk::Walk;

#[derive(Debug)]
pub(crate) enum Payload {
    /// A value as it is: numbers, booleans, texts without names.
    Literal(Value),
    /// `"{{ slots.seats }}"` alone: the value with its kind, so that a number stays one.
    Value(Program),
    Text(Text),
    List(Vec<Payload>),
    Map(Vec<(Box<str>, Payload)>),
}

impl Payload {
    pub fn compile(field: &str, json: &Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Self> {
        match json {
            Json::Null | Json::Bool(_) | Json::Number(_) => Some(Self::Literal(Value::from_json(json))),
            Json::String(text) => match only_name(text) {
                Some(name) => {
                    let path = compiler.at(field);
                    compiler.compiler.expression(&path, name, None).map(Self::Value)
                }
                None if text.contains("{{") || text.contains("{%") => {
                    compiler.text(field, text).map(Self::Text)
                }
                None => Some(Self::Literal(Value::text(text.as_str()))),
            },
            Json::Array(items) => {
                let items = items.iter().enumerate();
                let items =
                    items.map(|(place, item)| Self::compile(&format!("{field}.{place}"), item, compiler));
                items.collect::<Option<_>>().map(Self::List)
            }
            Json::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| {
                    Some((name.as_str().into(), Self::compile(&format!("{field}.{name}"), value, compiler)?))
                });
                fields.collect::<Option<_>>().map(Self::Map)
            }
        }
    }

    /// The payload for one run; on failure, what a text lacks.
    pub fn build(&self, walk: &Walk<'_>) -> Result<Value, String> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Value(program) => Ok(walk.value(program)),
            Self::Text(text) => walk.write(text).map(Value::text),
            Self::List(items) => {
                items.iter().map(|item| item.build(walk)).collect::<Result<_, _>>().map(Value::List)
            }
            Self::Map(fields) => {
                let fields = fields.iter().map(|(name, value)| Ok((name.clone(), value.build(walk)?)));
                fields.collect::<Result<_, String>>().map(Value::Map)
            }
        }
    }
}

/// Something a journey says has happened: an event, or what became known of the customer.
#[derive(Debug)]
pub(crate) struct Announcement {
    what: Emitted,
    properties: Payload,
}

impl Announcement {
    pub fn event(
        name: String,
        properties: BTreeMap<String, Json>,
        compiler: &mut StepCompiler<'_, '_>,
    ) -> Option<Self> {
        let path = compiler.at("event");
        compiler.compiler.event(&path, &name);
        let properties = Json::Object(properties.into_iter().collect());
        let properties = Payload::compile("properties", &properties, compiler)?;
        Some(Self { what: Emitted::Event(name.into()), properties })
    }

    pub fn traits(traits: BTreeMap<String, Json>, compiler: &mut StepCompiler<'_, '_>) -> Option<Self> {
        let traits = Json::Object(traits.into_iter().collect());
        Some(Self { what: Emitted::Traits, properties: Payload::compile("traits", &traits, compiler)? })
    }

    /// A property without a value is left out; where a text lacks something all are, but that it happened still counts.
    pub fn make(&self, walk: &mut Walk<'_>) {
        let properties = match self.properties.build(walk) {
            Ok(Value::Map(properties)) => properties.into_vec(),
            Ok(_) | Err(_) => Vec::new(),
        };
        let properties = properties.into_iter().filter(|(_, value)| !value.is_null()).collect();
        let (run, strand, channel) = (walk.run.id, walk.run.strand, walk.run.channel.clone());
        walk.requests.push(Request::Emit(Emit { strand, run, channel, what: self.what.clone(), properties }));
    }

    pub fn summary(&self) -> String {
        match &self.what {
            Emitted::Event(name) => name.to_string(),
            Emitted::Traits => "the profile changed".into(),
        }
    }
}

/// The name in a text that is nothing but `{{ name }}`.
fn only_name(text: &str) -> Option<&str> {
    let name = text.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
    (!name.is_empty() && name.bytes().all(legal)).then_some(name)
}
