//! A mapping compiled against the columns of an input: names become positions, mistakes become messages.

use model::Namespace;

use serde_json::Value;

use crate::MappingError;
use crate::cells::{Cell, Cells};
use crate::spec::{Condition, Conditions, EventSpec, Fields, Kind, ValueSpec};
use crate::time::TimeReader;

/// One event, ready to be built.
#[derive(Debug, Clone)]
pub struct EventPlan {
    /// `None` for an `identify` call.
    pub name: Option<String>,
    pub when: Vec<Test>,
    pub message_id: Template,
    pub time_column: usize,
    pub time: TimeReader,
    pub identifiers: Vec<(Namespace, ValuePlan)>,
    pub properties: Vec<(String, ValuePlan)>,
    pub traits: Vec<(String, ValuePlan)>,
}

/// Where a value comes from.
#[derive(Debug, Clone)]
pub struct ValuePlan {
    pub source: Source,
    pub kind: Kind,
    pub strip_prefix: Option<String>,
    pub strip_suffix: Option<String>,
    pub when: Vec<Test>,
}

#[derive(Debug, Clone)]
pub enum Source {
    Column(usize),
    Template(Template),
    /// JSON text.
    Fixed(String),
    Product(Vec<usize>),
    SumOf(Vec<usize>),
    Lines(Vec<(String, ValuePlan)>),
}

/// Text with cells in it.
#[derive(Debug, Clone)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Column(usize),
    Row,
}

/// One comparison with a cell.
#[derive(Debug, Clone)]
pub struct Test {
    column: usize,
    condition: Condition,
}

impl EventPlan {
    /// Whether a row gives this event.
    pub fn applies(&self, cells: &Cells) -> bool {
        self.when.iter().all(|test| test.holds(cells))
    }
}

impl Test {
    pub fn holds(&self, cells: &Cells) -> bool {
        let cell = cells.get(self.column);
        let text = cell.text();
        let Condition { column: _, is, is_not, one_of, starts_with, starts_with_digit, empty } =
            &self.condition;
        is.as_ref().is_none_or(|value| value == text)
            && is_not.as_ref().is_none_or(|value| value != text)
            && one_of.as_ref().is_none_or(|values| values.iter().any(|value| value == text))
            && starts_with.as_ref().is_none_or(|start| text.starts_with(start.as_str()))
            && starts_with_digit.is_none_or(|digit| text.starts_with(|c: char| c.is_ascii_digit()) == digit)
            && empty.is_none_or(|empty| (cell == Cell::Empty) == empty)
    }
}

impl Template {
    /// The text for a row; `None` where a cell it needs is empty.
    pub fn fill(&self, cells: &Cells, row: u64) -> Option<String> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(fixed) => text.push_str(fixed),
                Part::Row => text.push_str(&row.to_string()),
                Part::Column(column) => match cells.get(*column) {
                    Cell::Empty => return None,
                    cell => text.push_str(cell.text()),
                },
            }
        }
        Some(text)
    }
}

/// Names resolved against an input's columns.
pub struct Names<'a> {
    pub columns: &'a [String],
    /// Where in the mapping it stands, for messages.
    pub place: String,
    /// Whether an event is made of several lines.
    pub grouped: bool,
}

/// The columns that events name, after others that are needed, each once: for rows that have no fixed set of them.
pub fn columns_of(others: Vec<String>, events: &[EventSpec]) -> Vec<String> {
    let mut found = others;
    for event in events {
        found.push(event.time.column.clone());
        found.extend(event.when.0.iter().map(|condition| condition.column.clone()));
        found.extend(placeholders(&event.message_id).map(str::to_owned));
        for fields in [&event.identifiers, &event.properties, &event.traits] {
            collect(fields, &mut found);
        }
    }
    let mut unique: Vec<String> = Vec::new();
    found.retain(|name| name != "row");
    found.into_iter().for_each(|name| {
        if !unique.contains(&name) {
            unique.push(name)
        }
    });
    unique
}

/// The value at a dotted path; a name with dots in it is found first.
pub fn at<'a>(row: &'a Value, path: &str) -> Option<&'a Value> {
    row.get(path).or_else(|| path.split('.').try_fold(row, |value, name| value.get(name)))
}

fn collect(fields: &Fields<ValueSpec>, found: &mut Vec<String>) {
    for (_, spec) in &fields.0 {
        found.extend(spec.column.clone());
        found.extend(spec.template.iter().flat_map(|text| placeholders(text)).map(str::to_owned));
        found.extend(spec.product.iter().chain(&spec.sum_of).flatten().cloned());
        found.extend(spec.when.0.iter().map(|condition| condition.column.clone()));
        spec.lines.iter().for_each(|lines| collect(lines, found));
    }
}

fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

impl Names<'_> {
    pub fn wrong(&self, message: String) -> MappingError {
        MappingError::Wrong { place: self.place.clone(), message }
    }

    pub fn column(&self, field: &str, name: &str) -> Result<usize, MappingError> {
        self.columns.iter().position(|column| column == name).ok_or_else(|| {
            let known: Vec<String> = self.columns.iter().map(|column| format!("`{column}`")).collect();
            self.wrong(format!("`{field}` names the column `{name}`; the input has {}", known.join(", ")))
        })
    }

    /// The same names where only one line is in view.
    fn single(&self) -> Self {
        Self { columns: self.columns, place: self.place.clone(), grouped: false }
    }

    /// Every event of a mapping.
    pub fn events(&mut self, specs: &[EventSpec]) -> Result<Vec<EventPlan>, MappingError> {
        if specs.is_empty() {
            return Err(self.wrong("`events` is empty; describe at least one".into()));
        }
        let mut events = Vec::new();
        for (number, spec) in specs.iter().enumerate() {
            self.place = format!("events[{number}]");
            events.push(self.event(spec)?);
        }
        Ok(events)
    }

    fn event(&self, spec: &EventSpec) -> Result<EventPlan, MappingError> {
        if spec.identifiers.0.is_empty() {
            return Err(self.wrong("`identifiers` is empty; an event must say whose it is".into()));
        }
        let mut identifiers = Vec::new();
        for (name, value) in &spec.identifiers.0 {
            let namespace =
                name.parse::<Namespace>().map_err(|error| self.wrong(format!("`identifiers`: {error}")))?;
            identifiers.push((namespace, self.single().value(&format!("identifiers.{name}"), value)?));
        }
        Ok(EventPlan {
            name: spec.event.clone(),
            when: self.tests("when", &spec.when)?,
            message_id: self.template("message_id", &spec.message_id)?,
            time_column: self.column("time.column", &spec.time.column)?,
            time: TimeReader::compile(&spec.time).map_err(|message| self.wrong(message))?,
            identifiers,
            properties: self.values("properties", &spec.properties)?,
            traits: self.single().values("traits", &spec.traits)?,
        })
    }

    fn values(
        &self,
        field: &str,
        fields: &Fields<ValueSpec>,
    ) -> Result<Vec<(String, ValuePlan)>, MappingError> {
        let value = |(name, spec): &(String, ValueSpec)| {
            Ok((name.clone(), self.value(&format!("{field}.{name}"), spec)?))
        };
        fields.0.iter().map(value).collect()
    }

    fn value(&self, field: &str, spec: &ValueSpec) -> Result<ValuePlan, MappingError> {
        let over_lines = spec.sum_of.is_some() || spec.lines.is_some();
        if over_lines && !self.grouped {
            return Err(self.wrong(format!(
                "`{field}` is over the lines of a group; say `group_by` (of a marketplace: `lines`), and use it in `properties`"
            )));
        }
        let columns = |names: &[String]| {
            names.iter().map(|name| self.column(field, name)).collect::<Result<Vec<_>, _>>()
        };
        let mut sources = Vec::new();
        if let Some(name) = &spec.column {
            sources.push(Source::Column(self.column(field, name)?));
        }
        if let Some(text) = &spec.template {
            sources.push(Source::Template(self.template(field, text)?));
        }
        if let Some(value) = &spec.value {
            sources.push(Source::Fixed(value.to_string()));
        }
        if let Some(names) = &spec.product {
            sources.push(Source::Product(columns(names)?));
        }
        if let Some(names) = &spec.sum_of {
            sources.push(Source::SumOf(columns(names)?));
        }
        if let Some(lines) = &spec.lines {
            sources.push(Source::Lines(self.single().values(&format!("{field}.lines"), lines)?));
        }
        let (Some(source), true) = (sources.pop(), sources.is_empty()) else {
            return Err(self.wrong(format!(
                "`{field}` needs exactly one of column, template, value, product, sum_of, lines"
            )));
        };
        let when = self.tests(field, &spec.when)?;
        let (strip_prefix, strip_suffix) = (spec.strip_prefix.clone(), spec.strip_suffix.clone());
        Ok(ValuePlan { source, kind: spec.kind, strip_prefix, strip_suffix, when })
    }

    fn tests(&self, field: &str, conditions: &Conditions) -> Result<Vec<Test>, MappingError> {
        let test = |condition: &Condition| {
            Ok(Test { column: self.column(field, &condition.column)?, condition: condition.clone() })
        };
        conditions.0.iter().map(test).collect()
    }

    fn template(&self, field: &str, text: &str) -> Result<Template, MappingError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((fixed, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                return Err(self.wrong(format!("`{field}` is `{text}`; a `{{` has no `}}`")));
            };
            parts.push(Part::Text(fixed.to_owned()));
            parts.push(if name == "row" { Part::Row } else { Part::Column(self.column(field, name)?) });
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Template(parts))
    }
}
