//! Building the body of an event from the cells of a row.

use std::str::FromStr;

use model::Channel;
use rust_decimal::Decimal;

use crate::cells::{Cell, Cells};
use crate::plan::{EventPlan, Source, ValuePlan};
use crate::spec::Kind;

/// What the lines of a group have come to so far, in the order the event's properties name them.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Sum(Decimal),
    /// Objects with commas between them.
    List(String),
}

/// The properties of an event that are gathered over lines.
fn gathering(event: &EventPlan) -> impl Iterator<Item = &ValuePlan> {
    let gathered = |value: &&ValuePlan| matches!(value.source, Source::SumOf(_) | Source::Lines(_));
    event.properties.iter().map(|(_, value)| value).filter(gathered)
}

impl Gathered {
    /// Adds a line; the error is a reason to show.
    pub fn add(&mut self, event: &EventPlan, cells: &Cells, row: u64) -> Result<(), String> {
        let first = self.parts.is_empty();
        for (number, value) in gathering(event).enumerate() {
            let part = match &value.source {
                Source::Lines(fields) => {
                    let mut object = String::with_capacity(128);
                    write_object(&mut object, fields, cells, row, &Gathered::default())?;
                    Part::List(object)
                }
                Source::SumOf(columns) => Part::Sum(product(columns, cells)?),
                Source::Column(_) | Source::Template(_) | Source::Fixed(_) | Source::Product(_) => continue,
            };
            match (self.parts.get_mut(number), part) {
                (Some(Part::Sum(sum)), Part::Sum(more)) => {
                    *sum = sum.checked_add(more).ok_or("a sum is too large")?
                }
                (Some(Part::List(list)), Part::List(object)) => {
                    list.push(',');
                    list.push_str(&object);
                }
                (_, part) => {
                    debug_assert!(first, "every line has the same parts");
                    self.parts.push(part);
                }
            }
        }
        Ok(())
    }
}

/// The event's body; the error is a reason to show.
pub fn body(
    channel: Option<&Channel>,
    event: &EventPlan,
    cells: &Cells,
    row: u64,
    gathered: &Gathered,
) -> Result<String, String> {
    let message_id = event
        .message_id
        .fill(cells, row)
        .ok_or("a column of `message_id` is empty; the event could not be told from others")?;
    let time = event.time.read(cells.get(event.time_column).text())?;
    let mut body = String::with_capacity(512);
    match &event.name {
        Some(name) => body.push_str(&format!("{{\"type\":\"track\",\"event\":{}", quoted(name))),
        None => body.push_str("{\"type\":\"identify\""),
    }
    body.push_str(&format!(",\"messageId\":{},\"timestamp\":\"{time}\"", quoted(&message_id)));
    if let Some(channel) = channel {
        body.push_str(&format!(",\"channel\":\"{channel}\""));
    }
    body.push_str(",\"identifiers\":{");
    let mut first = true;
    for (namespace, value) in event.identifiers.iter().filter(|(_, value)| applies(value, cells)) {
        if let Some(text) = text_of(value, cells, row) {
            body.push_str(&format!("{}\"{namespace}\":{}", if first { "" } else { "," }, quoted(&text)));
            first = false;
        }
    }
    body.push('}');
    for (name, fields) in [("properties", &event.properties), ("traits", &event.traits)] {
        if !fields.is_empty() {
            body.push_str(&format!(",\"{name}\":"));
            write_object(&mut body, fields, cells, row, gathered)?;
        }
    }
    body.push('}');
    Ok(body)
}

fn write_object(
    out: &mut String,
    fields: &[(String, ValuePlan)],
    cells: &Cells,
    row: u64,
    gathered: &Gathered,
) -> Result<(), String> {
    let mut parts = gathered.parts.iter();
    let mut separator = '{';
    for (name, value) in fields {
        let part = match value.source {
            Source::SumOf(_) | Source::Lines(_) => parts.next(),
            _ => None,
        };
        if !applies(value, cells) {
            continue;
        }
        if let Some(json) = json_of(name, value, cells, row, part)? {
            out.push(separator);
            out.push_str(&quoted(name));
            out.push(':');
            out.push_str(&json);
            separator = ',';
        }
    }
    out.push_str(if separator == '{' { "{}" } else { "}" });
    Ok(())
}

fn applies(value: &ValuePlan, cells: &Cells) -> bool {
    value.when.iter().all(|test| test.holds(cells))
}

/// The value as JSON text; `None` where its cell is empty.
fn json_of(
    name: &str,
    value: &ValuePlan,
    cells: &Cells,
    row: u64,
    part: Option<&Part>,
) -> Result<Option<String>, String> {
    let json = match (&value.source, part) {
        (Source::Fixed(json), _) => json.clone(),
        (Source::SumOf(_), Some(Part::Sum(sum))) => sum.normalize().to_string(),
        (Source::Lines(_), Some(Part::List(list))) => format!("[{list}]"),
        (Source::SumOf(_) | Source::Lines(_), _) => return Ok(None),
        (Source::Product(columns), _) => product(columns, cells)?.normalize().to_string(),
        (Source::Column(column), _) => match (cells.get(*column), value.kind) {
            (Cell::Json(json), Kind::Text) => json.to_owned(),
            _ => match text_of(value, cells, row) {
                None => return Ok(None),
                Some(text) => typed(name, &text, value.kind)?,
            },
        },
        (Source::Template(_), _) => match text_of(value, cells, row) {
            None => return Ok(None),
            Some(text) => typed(name, &text, value.kind)?,
        },
    };
    Ok(Some(json))
}

fn typed(name: &str, text: &str, kind: Kind) -> Result<String, String> {
    let wrong = |expected: &str| format!("`{name}` is `{text}`, which is not {expected}");
    match kind {
        Kind::Text => Ok(quoted(text)),
        Kind::Integer => {
            // Spreadsheets write whole numbers as `17850.0`.
            let whole = text.strip_suffix(".0").unwrap_or(text);
            whole.parse::<i64>().map(|number| number.to_string()).map_err(|_| wrong("a whole number"))
        }
        Kind::Decimal => decimal(text).map(|number| number.to_string()).ok_or_else(|| wrong("a number")),
        Kind::Bool => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "y" | "1" => Ok("true".into()),
            "false" | "no" | "n" | "0" => Ok("false".into()),
            _ => Err(wrong("true or false")),
        },
    }
}

fn text_of(value: &ValuePlan, cells: &Cells, row: u64) -> Option<String> {
    let text = match &value.source {
        Source::Column(column) => match cells.get(*column) {
            Cell::Empty => return None,
            cell => cell.text().to_owned(),
        },
        Source::Template(template) => template.fill(cells, row)?,
        Source::Fixed(json) => serde_json::from_str::<String>(json).unwrap_or_else(|_| json.clone()),
        Source::Product(_) | Source::SumOf(_) | Source::Lines(_) => return None,
    };
    let text =
        value.strip_prefix.as_ref().and_then(|prefix| text.strip_prefix(prefix.as_str())).unwrap_or(&text);
    let text =
        value.strip_suffix.as_ref().and_then(|suffix| text.strip_suffix(suffix.as_str())).unwrap_or(text);
    (!text.is_empty()).then(|| text.to_owned())
}

fn product(columns: &[usize], cells: &Cells) -> Result<Decimal, String> {
    let mut product = Decimal::ONE;
    for column in columns {
        let text = cells.get(*column).text();
        let factor =
            decimal(text).ok_or_else(|| format!("`{text}` is not a number, so it cannot be multiplied"))?;
        product = product.checked_mul(factor).ok_or("a product is too large")?;
    }
    Ok(product)
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text)
        .or_else(|_| Decimal::from_scientific(text))
        .or_else(|_| Decimal::from_str(text))
        .ok()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
