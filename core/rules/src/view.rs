//! Values while a condition is evaluated: looked at where they are, owned only where they were made.

use std::borrow::Cow;

use model::{Money, Span, Timestamp, Value};

use crate::kind::Kind;

/// A look at a value. Spans of time exist only here: no field holds one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum View<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(&'a str),
    Time(Timestamp),
    Span(Span),
    Money(Money),
    List(&'a [Value]),
    Map(&'a [(Box<str>, Value)]),
}

/// A value during evaluation.
#[derive(Debug)]
pub(crate) enum Operand<'a> {
    Seen(View<'a>),
    Made(Value),
}

impl<'a> View<'a> {
    #[inline]
    pub(crate) fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(bool) => Self::Bool(*bool),
            Value::Int(int) => Self::Int(*int),
            Value::Double(double) => Self::Double(*double),
            Value::Text(text) => Self::Text(text),
            Value::Time(time) => Self::Time(*time),
            Value::Money(money) => Self::Money(*money),
            Value::List(items) => Self::List(items),
            Value::Map(fields) => Self::Map(fields),
        }
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Null => Kind::Any,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Double(_) => Kind::Double,
            Self::Text(_) => Kind::Text,
            Self::Time(_) => Kind::Time,
            Self::Span(_) => Kind::Span,
            Self::Money(_) => Kind::Money,
            Self::List(_) => Kind::List,
            Self::Map(_) => Kind::Map,
        }
    }

    /// The value itself; `None` for a span of time, which no record can carry.
    fn to_value(self) -> Option<Value> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Bool(bool) => Value::Bool(bool),
            Self::Int(int) => Value::Int(int),
            Self::Double(double) => Value::Double(double),
            Self::Text(text) => Value::text(text),
            Self::Time(time) => Value::Time(time),
            Self::Span(_) => return None,
            Self::Money(money) => Value::Money(money),
            Self::List(items) => Value::List(items.into()),
            Self::Map(fields) => Value::Map(fields.into()),
        })
    }
}

impl<'a> Operand<'a> {
    #[inline]
    pub(crate) fn of(value: Cow<'a, Value>) -> Self {
        match value {
            Cow::Borrowed(value) => Self::Seen(View::of(value)),
            Cow::Owned(value) => Self::Made(value),
        }
    }

    #[inline]
    pub(crate) fn view(&self) -> View<'_> {
        match self {
            Self::Seen(view) => *view,
            Self::Made(value) => View::of(value),
        }
    }

    pub(crate) fn into_value(self) -> Option<Value> {
        match self {
            Self::Seen(view) => view.to_value(),
            Self::Made(value) => Some(value),
        }
    }
}
