//! What prices and offers can see: the customer and the product. There is no channel in it, and no event.
//!
//! [`Blind`] is the scope their conditions are compiled against; [`Sight`] is all that exists when they are
//! evaluated. Neither can be made from an event or with a channel, so no rule of theirs can tell channels apart.

use std::borrow::Cow;

use model::{Money, Timestamp, Value, ValueKind};
use rules::{BehaviourSlot, Environment, FieldSlot, Scope, SegmentSlot, Symbols};

/// The names of the product asked about.
const ITEM: [(&str, ValueKind); 4] = [
    ("item.product", ValueKind::Text),
    ("item.category", ValueKind::Text),
    ("item.quantity", ValueKind::Int),
    ("item.list_price", ValueKind::Money),
];

/// What conditions of prices and offers may name.
#[derive(Debug, Clone)]
pub(crate) struct Blind {
    /// The customer.
    pub person: Scope,
    /// The customer and a product.
    pub priced: Scope,
}

/// A product as price rules see it.
#[derive(Debug, Clone)]
pub(crate) struct Item<'a> {
    pub product: &'a str,
    pub category: Option<&'a str>,
    pub quantity: u32,
    pub list: Money,
}

/// Where the product's names stand among the symbols.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ItemSlots(Option<[FieldSlot; 4]>);

/// What price rules are evaluated against: a customer and a product, and nothing else.
pub(crate) struct Sight<'a> {
    pub person: &'a dyn Environment,
    pub slots: ItemSlots,
    pub item: &'a Item<'a>,
}

impl Blind {
    pub fn new(scope: &Scope) -> Self {
        let person = scope.without(names_a_channel);
        let mut priced = person.clone();
        for (path, kind) in ITEM {
            priced.field(path, kind);
        }
        Self { person, priced }
    }
}

/// Whether a path tells, or would tell, by what channel something came.
fn names_a_channel(path: &str) -> bool {
    path.starts_with("event.") || path.split('.').any(|part| part == "channel" || part.ends_with("_channel"))
}

impl ItemSlots {
    pub fn new(symbols: &mut Symbols) -> Self {
        Self(Some(ITEM.map(|(path, _)| symbols.field(path))))
    }
}

impl Environment for Sight<'_> {
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value> {
        let place = self.slots.0.and_then(|slots| slots.iter().position(|own| *own == slot));
        match place {
            None => self.person.field(slot),
            Some(0) => Cow::Owned(Value::text(self.item.product)),
            Some(1) => Cow::Owned(self.item.category.map_or(Value::Null, Value::text)),
            Some(2) => Cow::Owned(Value::Int(i64::from(self.item.quantity))),
            Some(_) => Cow::Owned(Value::Money(self.item.list)),
        }
    }

    fn behaviour(&self, slot: BehaviourSlot) -> Value {
        self.person.behaviour(slot)
    }

    fn in_segment(&self, slot: SegmentSlot) -> bool {
        self.person.in_segment(slot)
    }

    fn now(&self) -> Timestamp {
        self.person.now()
    }
}
