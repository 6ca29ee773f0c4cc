//! Kinds of values, as far as they are known when a condition is checked and when it is evaluated.

use model::ValueKind;

/// The kind of an expression. `Any` is decided by the value at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Any,
    Bool,
    Int,
    Double,
    Text,
    Time,
    Span,
    Money,
    List,
    Map,
}

impl Kind {
    pub(crate) fn of(declared: ValueKind) -> Self {
        match declared {
            ValueKind::Null => Self::Any,
            ValueKind::Bool => Self::Bool,
            ValueKind::Int => Self::Int,
            ValueKind::Double => Self::Double,
            ValueKind::Text => Self::Text,
            ValueKind::Time => Self::Time,
            ValueKind::Money => Self::Money,
            ValueKind::List => Self::List,
            ValueKind::Map => Self::Map,
        }
    }

    /// The kind in words, for sentences.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Bool => "true or false",
            Self::Int => "a whole number",
            Self::Double => "a number",
            Self::Text => "text",
            Self::Time => "a time",
            Self::Span => "a length of time",
            Self::Money => "money",
            Self::List => "a list",
            Self::Map => "a group of fields",
        }
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Double)
    }

    /// Whether a value of this kind may turn out to be one of `other`.
    pub(crate) fn may_be(self, other: Self) -> bool {
        self == Self::Any || other == Self::Any || self == other || (self.is_number() && other.is_number())
    }

    /// Whether `<` and its kin order values of this kind.
    pub(crate) fn is_ordered(self) -> bool {
        match self {
            Self::Any | Self::Int | Self::Double | Self::Text | Self::Time | Self::Span | Self::Money => true,
            Self::Bool | Self::List | Self::Map => false,
        }
    }
}
