//! Remarks: what staff wrote down about a customer, at the till, on the phone or anywhere else.

use minicbor::{Decode, Encode};

use super::Service;
use super::register::Moment;

/// Remarks of one strand at most; the latest stay.
const REMARKS_MAX: usize = 20;

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Remark {
    #[n(0)]
    pub at: Moment,
    #[n(1)]
    pub text: Box<str>,
    #[n(2)]
    pub by: Option<Box<str>>,
    /// The number of the order it is about.
    #[n(3)]
    pub order: Option<Box<str>>,
}

impl Service {
    /// Takes a remark in; each is there once, by its moment.
    pub fn remark(&mut self, remark: Remark) {
        if let Err(place) = self.remarks.binary_search_by(|own| own.at.cmp(&remark.at)) {
            self.remarks.insert(place, remark);
            let surplus = self.remarks.len().saturating_sub(REMARKS_MAX);
            self.remarks.drain(..surplus);
        }
    }
}
