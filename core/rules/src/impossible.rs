//! Conditions that can never hold, found when they are published: what they ask of one value contradicts itself.
//!
//! A condition is taken apart into alternatives, each a list of facts that would all have to be true. One that can be
//! true survives; where none does, the condition is impossible. What is not understood counts as possible, so that a
//! condition which is told to be impossible truly is.

use std::cmp::Ordering;

use model::Value;

use crate::program::{Comparison, Constant, Node, NodeId, Program, Reading};
use crate::{Aggregate, Scope, Symbols};

/// Alternatives that are looked at; a condition of more counts as possible.
const ALTERNATIVES_MAX: usize = 64;

/// Something a condition asks about, such as a field, the same wherever it stands in one catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Subject {
    Field(u16, Reading),
    Behaviour(u16, Reading),
    Segment(u16),
    Now,
}

/// What must be true of it.
#[derive(Debug, Clone, PartialEq)]
enum Asked {
    Is(Comparison, Value),
    Known,
    Unknown,
}

#[derive(Debug, Clone, PartialEq)]
enum Fact {
    Of(Subject, Asked),
    /// It can be true for all we know.
    Open,
    /// It never is.
    Never,
}

/// Alternatives of facts; none where there are too many.
type Alternatives = Option<Vec<Vec<Fact>>>;

impl Program {
    /// Why the condition can never hold, if it cannot.
    pub fn impossible(&self, scope: &Scope, symbols: &Symbols) -> Option<String> {
        let alternatives = self.alternatives(self.root, true)?;
        let mut why = None;
        for facts in &alternatives {
            why = Some(self.contradiction(facts, scope, symbols)?);
        }
        Some(why.unwrap_or_else(|| "it is false whatever is known".into()))
    }

    /// Whether `other` surely holds wherever this condition does. Both must be of one catalogue.
    pub fn implies(&self, other: &Self) -> bool {
        if self.source == other.source {
            return true;
        }
        let (Some(own), Some(others)) =
            (self.alternatives(self.root, true), other.alternatives(other.root, true))
        else {
            return false;
        };
        let follows =
            |facts: &Vec<Fact>| others.iter().any(|wanted| wanted.iter().all(|fact| given(facts, fact)));
        !own.is_empty() && own.iter().all(follows)
    }

    fn node(&self, id: NodeId) -> Node {
        self.nodes[usize::from(id)]
    }

    fn constant_at(&self, id: NodeId) -> Option<&Value> {
        match self.node(id) {
            Node::Constant(place) => self.value_at(place),
            _ => None,
        }
    }

    fn value_at(&self, place: u16) -> Option<&Value> {
        match &self.constants[usize::from(place)] {
            Constant::Value(value) => Some(value),
            Constant::Span(_) => None,
        }
    }

    /// The ways in which a node comes out as `truth`.
    fn alternatives(&self, id: NodeId, truth: bool) -> Alternatives {
        let one = |fact: Fact| Some(vec![vec![fact]]);
        match self.node(id) {
            Node::Not(of) => self.alternatives(of, !truth),
            Node::And(left, right) if truth => {
                both(self.alternatives(left, true)?, self.alternatives(right, true)?)
            }
            Node::And(left, right) => {
                either(self.alternatives(left, false)?, self.alternatives(right, false)?)
            }
            Node::Or(left, right) if truth => {
                either(self.alternatives(left, true)?, self.alternatives(right, true)?)
            }
            Node::Or(left, right) => both(self.alternatives(left, false)?, self.alternatives(right, false)?),
            Node::Choose { condition, then, otherwise } => either(
                both(self.alternatives(condition, true)?, self.alternatives(then, truth)?)?,
                both(self.alternatives(condition, false)?, self.alternatives(otherwise, truth)?)?,
            ),
            Node::Constant(place) => match self.value_at(place) {
                Some(Value::Bool(value)) if *value == truth => one(Fact::Open),
                Some(Value::Bool(_)) => one(Fact::Never),
                _ => one(Fact::Open),
            },
            Node::CompareConstant { comparison, of, constant } => {
                let fixed = self.constant_at(of).zip(self.value_at(constant));
                if let Some(order) = fixed.and_then(|(left, right)| order(left, right)) {
                    return one(if comparison.accepts(order) == truth { Fact::Open } else { Fact::Never });
                }
                one(match (self.subject(of), self.value_at(constant)) {
                    (Some(subject), Some(value)) if is_plain(value) => {
                        let comparison = if truth { comparison } else { opposite(comparison) };
                        Fact::Of(subject, Asked::Is(comparison, value.clone()))
                    }
                    _ => Fact::Open,
                })
            }
            Node::In(element, list) => self.in_list(element, list, truth),
            Node::Known(of) | Node::Unknown(of) => {
                let known = matches!(self.node(id), Node::Known(_)) == truth;
                let asked = if known { Asked::Known } else { Asked::Unknown };
                one(self.subject(of).map_or(Fact::Open, |subject| Fact::Of(subject, asked)))
            }
            Node::Segment(slot) => one(Fact::Of(Subject::Segment(slot.0), is(truth))),
            Node::Field { .. } | Node::Behaviour { .. } => {
                one(self.subject(id).map_or(Fact::Open, |subject| Fact::Of(subject, is(truth))))
            }
            Node::Now
            | Node::Element { .. }
            | Node::Part { .. }
            | Node::Item { .. }
            | Node::List { .. }
            | Node::Compare(..)
            | Node::Search(..)
            | Node::Matches { .. }
            | Node::Loop { .. }
            | Node::Calculate(..)
            | Node::Negate(_)
            | Node::Size(_)
            | Node::Case { .. } => one(Fact::Open),
        }
    }

    fn in_list(&self, element: NodeId, list: NodeId, truth: bool) -> Alternatives {
        let values: Option<Vec<Value>> = match self.node(list) {
            Node::Constant(place) => match self.value_at(place) {
                Some(Value::List(values)) => Some(values.to_vec()),
                _ => None,
            },
            Node::List { first, count } => {
                let elements = &self.elements[usize::from(first)..][..usize::from(count)];
                elements.iter().map(|id| self.constant_at(*id).cloned()).collect()
            }
            _ => None,
        };
        let open = Some(vec![vec![Fact::Open]]);
        let Some(values) = values.filter(|values| values.iter().all(is_plain)) else { return open };
        if values.is_empty() {
            return Some(vec![vec![if truth { Fact::Never } else { Fact::Open }]]);
        }
        let Some(subject) = self.subject(element) else { return open };
        let fact = |comparison| {
            let subject = subject.clone();
            move |value| Fact::Of(subject.clone(), Asked::Is(comparison, value))
        };
        match truth {
            true if values.len() > ALTERNATIVES_MAX => None,
            true => Some(values.into_iter().map(fact(Comparison::Equal)).map(|fact| vec![fact]).collect()),
            false => Some(vec![values.into_iter().map(fact(Comparison::Unequal)).collect()]),
        }
    }

    fn subject(&self, id: NodeId) -> Option<Subject> {
        match self.node(id) {
            Node::Field { slot, reading, .. } => Some(Subject::Field(slot.0, reading)),
            Node::Behaviour { slot, reading, .. } => Some(Subject::Behaviour(slot.0, reading)),
            Node::Now => Some(Subject::Now),
            _ => None,
        }
    }

    /// Why these facts are never true together, if they never are.
    fn contradiction(&self, facts: &[Fact], scope: &Scope, symbols: &Symbols) -> Option<String> {
        for (place, fact) in facts.iter().enumerate() {
            let (subject, asked) = match fact {
                Fact::Never => return Some("a part of it that must be true is false".into()),
                Fact::Open => continue,
                Fact::Of(subject, asked) => (subject, asked),
            };
            let name = || named(subject, symbols);
            if let Some(why) = alone(subject, asked, scope, symbols) {
                return Some(format!("{} {why}", name()));
            }
            for other in &facts[place + 1..] {
                let Fact::Of(same, wanted) = other else { continue };
                if same == subject && excludes(subject, asked, wanted) {
                    return Some(format!(
                        "{} cannot be {} and {}",
                        name(),
                        in_words(asked),
                        in_words(wanted)
                    ));
                }
            }
        }
        None
    }
}

/// Why a single fact is never true.
fn alone(subject: &Subject, asked: &Asked, scope: &Scope, symbols: &Symbols) -> Option<String> {
    let Asked::Is(comparison, value) = asked else { return None };
    match subject {
        Subject::Behaviour(slot, Reading::Total) => {
            let behaviour = symbols.behaviours().get(usize::from(*slot))?;
            let counts = behaviour.aggregate == Aggregate::Count;
            let none = Asked::Is(Comparison::GreaterOrEqual, Value::Int(0));
            (counts && excludes(subject, asked, &none))
                .then(|| format!("is a number of events, never {}", in_words(asked)))
        }
        Subject::Field(slot, Reading::AsIs) => {
            let path = symbols.fields().get(usize::from(*slot))?;
            let choices = scope.choices.get(&**path)?;
            let text = value.as_text().filter(|_| *comparison == Comparison::Equal)?;
            let known = choices.iter().any(|choice| choice == text);
            (!known).then(|| format!("is one of {}, never “{text}”", choices.join(", ")))
        }
        _ => None,
    }
}

/// Whether two facts about one subject are never true together.
fn excludes(subject: &Subject, one: &Asked, other: &Asked) -> bool {
    let (Asked::Is(left, low), Asked::Is(right, high)) = (one, other) else {
        // Nothing can be said of what is missing; a total is never missing, it is 0.
        let total = matches!(subject, Subject::Behaviour(_, Reading::Total));
        return !total && one != other && (*one == Asked::Unknown || *other == Asked::Unknown);
    };
    let Some(order) = order(low, high) else {
        // One value is not equal to two of different kinds; money and 0 are of one kind.
        let money = matches!(low, Value::Money(_)) || matches!(high, Value::Money(_));
        return *left == Comparison::Equal && *right == Comparison::Equal && !money;
    };
    !can_both((*left, *right), order)
}

/// Whether a value can be so to one constant and so to another, where the constants stand to each other like this.
fn can_both((left, right): (Comparison, Comparison), order: Ordering) -> bool {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Unequal};
    match (left, right) {
        // The value is the left constant; then it stands to the right one as that does.
        (Equal, right) => right.accepts(order),
        (left, Equal) => left.accepts(order.reverse()),
        (Unequal, _) | (_, Unequal) => true,
        (Less | LessOrEqual, Less | LessOrEqual) | (Greater | GreaterOrEqual, Greater | GreaterOrEqual) => {
            true
        }
        (LessOrEqual, GreaterOrEqual) => order.is_ge(),
        (GreaterOrEqual, LessOrEqual) => order.is_le(),
        (Less | LessOrEqual, Greater | GreaterOrEqual) => order.is_gt(),
        (Greater | GreaterOrEqual, Less | LessOrEqual) => order.is_lt(),
    }
}

/// Whether a fact is true wherever the others are.
fn given(facts: &[Fact], wanted: &Fact) -> bool {
    let Fact::Of(subject, asked) = wanted else { return false };
    facts.iter().any(|fact| match fact {
        Fact::Of(same, known) if same == subject => match (known, asked) {
            _ if known == asked => true,
            (Asked::Is(..), Asked::Known) => true,
            (Asked::Is(_, value), Asked::Is(comparison, wanted)) => {
                // It follows where its opposite is excluded, and both constants are of one kind.
                order(value, wanted).is_some()
                    && excludes(subject, known, &Asked::Is(opposite(*comparison), wanted.clone()))
            }
            _ => false,
        },
        _ => false,
    })
}

/// The order of constants of one kind.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Double(left), Value::Double(right)) => left.partial_cmp(right),
        (Value::Int(int), Value::Double(double)) => exact(*int)?.partial_cmp(double),
        (Value::Double(double), Value::Int(int)) => double.partial_cmp(&exact(*int)?),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::Time(left), Value::Time(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// A whole number as a double, where it is one exactly.
fn exact(int: i64) -> Option<f64> {
    const EXACT_MAX: i64 = 1 << 53;
    (-EXACT_MAX..=EXACT_MAX).contains(&int).then_some(int as f64)
}

/// Whether a constant is of a kind whose order is understood here.
fn is_plain(value: &Value) -> bool {
    matches!(
        value,
        Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Text(_) | Value::Time(_) | Value::Money(_)
    )
}

fn is(truth: bool) -> Asked {
    Asked::Is(Comparison::Equal, Value::Bool(truth))
}

fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::Unequal,
        Comparison::Unequal => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}

fn both(left: Vec<Vec<Fact>>, right: Vec<Vec<Fact>>) -> Alternatives {
    if left.len() * right.len() > ALTERNATIVES_MAX {
        return None;
    }
    let joined = left.iter().flat_map(|left| right.iter().map(|right| [&left[..], &right[..]].concat()));
    Some(joined.collect())
}

fn either(mut left: Vec<Vec<Fact>>, right: Vec<Vec<Fact>>) -> Alternatives {
    left.extend(right);
    (left.len() <= ALTERNATIVES_MAX).then_some(left)
}

fn named(subject: &Subject, symbols: &Symbols) -> String {
    let name = match subject {
        Subject::Field(slot, _) => symbols.fields().get(usize::from(*slot)).map(ToString::to_string),
        Subject::Behaviour(slot, _) => {
            let behaviour = symbols.behaviours().get(usize::from(*slot));
            behaviour.map(|behaviour| format!("what is asked of “{}”", behaviour.event))
        }
        Subject::Segment(slot) => {
            let name = symbols.segments().get(usize::from(*slot));
            name.map(|name| format!("in_segment({:?})", name.to_string()))
        }
        Subject::Now => Some("now".into()),
    };
    format!("`{}`", name.unwrap_or_default())
}

fn in_words(asked: &Asked) -> String {
    match asked {
        Asked::Is(comparison, Value::Text(text)) => format!("{} \"{text}\"", comparison.symbol()),
        Asked::Is(comparison, value) => format!("{} {}", comparison.symbol(), value.plain()),
        Asked::Known => "known".into(),
        Asked::Unknown => "missing".into(),
    }
}
