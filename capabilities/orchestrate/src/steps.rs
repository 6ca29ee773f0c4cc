//! The step kinds: each file holds one kind's fields, its check, what it does, and its tests.

pub(crate) mod ask;
pub(crate) mod branch;
pub(crate) mod call;
pub(crate) mod exit;
pub(crate) mod goal;
pub(crate) mod message;
pub(crate) mod wait;
