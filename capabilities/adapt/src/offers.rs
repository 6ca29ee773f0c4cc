//! Offers: `offers/*.yaml`, compiled.

mod file;

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Catalogue, Problem, Span, Timestamp};
use rules::{Environment, Program, Symbols, Wanted, compile as compile_program};

use crate::blind::Blind;
use crate::files::{Place, is_name, misplaced, read};
use crate::funnel::Goal;
use crate::name::OfferName;

pub(crate) use file::OfferFile;
pub use file::{Counting, PerCustomer};

/// How long one of a limited offer is held back unless stated.
const HOLD: Span = Span(30 * Span::MINUTE.0);

/// Something we may propose.
#[derive(Debug, Clone)]
pub struct Offer {
    pub name: OfferName,
    pub title: Box<str>,
    pub placements: Vec<Box<str>>,
    /// The products it is about.
    pub products: Vec<Box<str>>,
    /// Whether it is left out while a complaint of the customer is open.
    pub promotional: bool,
    /// What a touchpoint shows, by names of its own.
    pub content: BTreeMap<String, String>,
    pub from: Timestamp,
    pub to: Timestamp,
    pub(crate) eligibility: Vec<Condition>,
    pub(crate) applicability: Vec<Condition>,
    pub(crate) suitability: Vec<Condition>,
    pub per_customer: Option<PerCustomer>,
    /// How many there are for all customers together.
    pub total: Option<u64>,
    pub hold: Span,
    propensity: Number,
    value: Number,
    pub lever: f64,
    /// What it is to lead to.
    pub goal: Option<Goal>,
}

/// A condition of a stage.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    program: Program,
    /// The same for all that read the same, whichever offers they are of.
    pub number: usize,
    /// What is said where it does not hold; the same for nearly every customer.
    refusal: Arc<str>,
}

/// A number, or an expression that results in one.
#[derive(Debug, Clone)]
enum Number {
    Fixed(f64),
    Of(Program),
}

impl Offer {
    /// Propensity × value × lever; nothing where the customer's part of it cannot be worked out.
    pub(crate) fn score(&self, person: &dyn Environment) -> Option<f64> {
        let score = self.propensity.value(person)? * self.value.value(person)? * self.lever;
        score.is_finite().then_some(score)
    }

    /// The propensity and the value as their authors wrote them.
    pub fn worth(&self) -> (String, String) {
        (self.propensity.text(), self.value.text())
    }

    /// The conditions of all stages.
    pub fn programs(&self) -> impl Iterator<Item = &Program> {
        let conditions = self.eligibility.iter().chain(&self.applicability).chain(&self.suitability);
        conditions.map(|condition| &condition.program)
    }

    /// The conditions of each stage as their authors wrote them.
    pub fn conditions(&self) -> [(&'static str, Vec<&str>); 3] {
        [
            ("eligibility", self.eligibility.iter().map(Condition::source).collect()),
            ("applicability", self.applicability.iter().map(Condition::source).collect()),
            ("suitability", self.suitability.iter().map(Condition::source).collect()),
        ]
    }
}

impl Condition {
    fn new(program: Program) -> Self {
        let refusal = format!("`{}` does not hold", program.source()).into();
        Self { program, number: 0, refusal }
    }

    fn source(&self) -> &str {
        self.program.source()
    }

    /// Why it does not hold for the customer, with what kept it from being decided.
    pub fn refuses(&self, person: &dyn Environment) -> Option<Arc<str>> {
        let verdict = self.program.holds(person);
        match verdict.doubt {
            _ if verdict.holds => None,
            None => Some(Arc::clone(&self.refusal)),
            Some(doubt) => Some(format!("{} ({doubt})", self.refusal).into()),
        }
    }
}

impl Number {
    fn text(&self) -> String {
        match self {
            Self::Fixed(number) => number.to_string(),
            Self::Of(program) => program.source().to_owned(),
        }
    }

    fn value(&self, person: &dyn Environment) -> Option<f64> {
        match self {
            Self::Fixed(number) => Some(*number),
            Self::Of(program) => match program.value(person).ok()? {
                model::Value::Int(int) => Some(int as f64),
                model::Value::Double(double) => Some(double),
                _ => None,
            },
        }
    }
}

/// The workspace's offers, by name, and how many different conditions they have.
pub(crate) fn compile(
    catalogue: &Catalogue,
    goal: Option<&Goal>,
    blind: &Blind,
    symbols: &mut Symbols,
    problems: &mut Vec<Problem>,
) -> (Vec<Offer>, usize) {
    let mut offers: Vec<Offer> = Vec::new();
    for file in catalogue.folder("offers/") {
        let before = problems.len();
        let read: OfferFile = read(file, problems);
        if problems.len() > before {
            continue;
        }
        let mut at = Place { file: &file.path, path: String::new(), problems };
        if offers.iter().any(|known| *known.name == *read.name) {
            at.problem("name", format!("`{}` is an offer already", read.name), "Give it a name of its own.");
        }
        let compiled = Offer::compile(read, blind, symbols, &mut at);
        offers.extend(compiled.map(|own| Offer { goal: own.goal.or_else(|| goal.cloned()), ..own }));
    }
    offers.sort_by(|a, b| a.name.cmp(&b.name));
    let conditions = number_conditions(&mut offers);
    (offers, conditions)
}

/// Offers share conditions; each is worked out once for a customer. Returns how many there are.
fn number_conditions(offers: &mut [Offer]) -> usize {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    for offer in offers {
        let stages = [&mut offer.eligibility, &mut offer.applicability, &mut offer.suitability];
        for condition in stages.into_iter().flatten() {
            let next = numbers.len();
            condition.number = *numbers.entry(condition.source().to_owned()).or_insert(next);
        }
    }
    numbers.len()
}

impl Offer {
    fn compile(file: OfferFile, blind: &Blind, symbols: &mut Symbols, at: &mut Place<'_>) -> Option<Self> {
        let before = at.problems.len();
        let remedy = "Use 1 to 60 lower-case letters, digits, `-` and `_`.";
        if !is_name(&file.name) {
            at.problem("name", format!("`{}` is not an offer name", file.name), remedy);
        }
        if file.placements.is_empty() {
            at.problem(
                "placements",
                "it has no place",
                "Name the places it may be shown at, such as `home`.",
            );
        }
        for (place, name) in file.placements.iter().enumerate().filter(|(_, name)| !is_name(name)) {
            at.problem(&format!("placements.{place}"), format!("`{name}` is not a placement"), remedy);
        }
        let from = at.time("valid.from", file.valid.from.as_ref(), Timestamp::MIN);
        let to = at.time("valid.to", file.valid.to.as_ref(), Timestamp::MAX);
        let limits = file.limits;
        for (field, span) in [
            ("limits.hold", limits.hold),
            ("limits.per_customer.within", limits.per_customer.and_then(|limit| limit.within)),
        ] {
            if span.is_some_and(|span| span.0 <= 0) {
                at.problem(field, "that is no time at all", "Write a span such as 30m or 30d.");
            }
        }
        check_goal(file.goal.as_ref(), at);
        if !(file.lever.is_finite() && file.lever >= 0.0) {
            at.problem("lever", format!("`{}` is no lever", file.lever), "Write a number of 0 or more.");
        }
        let conditions = |field: &str, sources: &[String], symbols: &mut Symbols, at: &mut Place<'_>| {
            compile_conditions((field, sources), blind, symbols, at)
        };
        let eligibility = conditions("eligibility", &file.eligibility, symbols, at);
        let applicability = conditions("applicability", &file.applicability, symbols, at);
        let suitability = conditions("suitability", &file.suitability, symbols, at);
        let propensity = number("propensity", &file.propensity, blind, symbols, at);
        let value = number("value", &file.value, blind, symbols, at);
        if at.problems.len() > before {
            return None;
        }
        Some(Self {
            name: OfferName::from(&*file.name),
            title: file.title.into(),
            placements: file.placements.into_iter().map(Into::into).collect(),
            products: file.products.into_iter().map(Into::into).collect(),
            promotional: file.promotional,
            content: file.content,
            from: from?,
            to: to?,
            eligibility,
            applicability,
            suitability,
            per_customer: limits.per_customer,
            total: limits.total,
            hold: limits.hold.unwrap_or(HOLD),
            propensity: propensity?,
            value: value?,
            lever: file.lever,
            goal: file.goal,
        })
    }
}

/// A goal names an event and a time for it.
pub(crate) fn check_goal(goal: Option<&Goal>, at: &mut Place<'_>) {
    let Some(goal) = goal else { return };
    if goal.event.trim().is_empty() {
        at.problem("goal.event", "it names no event", "Name one, such as `Order Completed`.");
    }
    if goal.within.0 <= 0 {
        at.problem("goal.within", "that is no time at all", "Write a span such as 30d.");
    }
}

fn compile_conditions(
    (field, sources): (&str, &[String]),
    blind: &Blind,
    symbols: &mut Symbols,
    at: &mut Place<'_>,
) -> Vec<Condition> {
    let mut conditions = Vec::with_capacity(sources.len());
    for (place, source) in sources.iter().enumerate() {
        match compile_program(source, &blind.person, symbols, Wanted::Bool) {
            Ok(program) => {
                if let Some(why) = program.impossible(&blind.person, symbols) {
                    let remedy = "Correct it, or take it out";
                    at.problem(&format!("{field}.{place}"), format!("it can never hold: {why}"), remedy);
                }
                conditions.push(Condition::new(program));
            }
            Err(mistakes) => at.problems.extend(misplaced(at.file, &format!("{field}.{place}"), mistakes)),
        }
    }
    conditions
}

fn number(
    field: &str,
    json: &serde_json::Value,
    blind: &Blind,
    symbols: &mut Symbols,
    at: &mut Place<'_>,
) -> Option<Number> {
    if let Some(number) = json.as_f64().filter(|number| *number >= 0.0) {
        return Some(Number::Fixed(number));
    }
    let Some(source) = json.as_str() else {
        at.problem(
            field,
            format!("`{json}` is not a number of 0 or more"),
            "Write one, or an expression of one.",
        );
        return None;
    };
    match compile_program(source, &blind.person, symbols, Wanted::Any) {
        Ok(program) => Some(Number::Of(program)),
        Err(mistakes) => {
            at.problems.extend(misplaced(at.file, field, mistakes));
            None
        }
    }
}
