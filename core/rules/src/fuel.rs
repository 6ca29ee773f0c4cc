//! Fuel: the bounded work of one evaluation.

use std::cell::Cell;

use crate::doubt::Fault;
use crate::view::View;

/// The work one evaluation may do, in units of about one node. A condition without loops over lists or long
/// texts cannot use it up; the whole of it is spent within a few milliseconds.
pub(crate) const FUEL: u32 = 100_000;

pub(crate) struct Fuel(Cell<u32>);

impl Fuel {
    pub(crate) fn new() -> Self {
        Self(Cell::new(FUEL))
    }

    /// Takes `units`; once there is not enough left, nothing more can be spent.
    #[inline]
    pub(crate) fn spend(&self, units: usize) -> Result<(), Fault> {
        let left = u32::try_from(units).ok().and_then(|units| self.0.get().checked_sub(units));
        self.0.set(left.unwrap_or(0));
        left.map(drop).ok_or(Fault::TooMuchWork)
    }

    /// Takes what reading `bytes` of text costs.
    #[inline]
    pub(crate) fn spend_text(&self, bytes: usize) -> Result<(), Fault> {
        if bytes < 64 { Ok(()) } else { self.spend(bytes / 64) }
    }

    /// Takes what copying the whole of a value costs.
    pub(crate) fn spend_copy(&self, view: View<'_>) -> Result<(), Fault> {
        match view {
            View::Text(text) => self.spend_text(text.len()),
            View::List(items) => {
                self.spend(items.len())?;
                items.iter().try_for_each(|item| self.spend_copy(View::of(item)))
            }
            View::Map(fields) => {
                self.spend(fields.len())?;
                fields.iter().try_for_each(|(_, value)| self.spend_copy(View::of(value)))
            }
            View::Null
            | View::Bool(_)
            | View::Int(_)
            | View::Double(_)
            | View::Time(_)
            | View::Span(_)
            | View::Money(_) => Ok(()),
        }
    }
}
