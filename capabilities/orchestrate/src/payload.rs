//! What is handed to a called system or put into an event: JSON whose texts may name values.

use model::Value;
use rules::Program;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
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

/// The name in a text that is nothing but `{{ name }}`.
fn only_name(text: &str) -> Option<&str> {
    let name = text.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
    (!name.is_empty() && name.bytes().all(legal)).then_some(name)
}
