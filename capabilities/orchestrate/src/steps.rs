//! The step kinds: each file holds one kind's fields, its check, what it does, and its tests.

use crate::kinds::Kind;

macro_rules! step_kinds {
    ($($kind:ident,)*) => {
        $(pub(crate) mod $kind;)*

        pub(crate) const KINDS: &[Kind] = &[$($kind::KIND,)*];
    };
}

// Every step kind: the name of its file. Rustfmt does not see files that a macro names; the gate shows them to it.
step_kinds! {
    message,
    ask,
    wait,
    branch,
    split,
    parallel,
    sub_journey,
    call,
    quote,
    decide,
    suggest,
    hand_over,
    profile,
    emit,
    goal,
    exit,
}
