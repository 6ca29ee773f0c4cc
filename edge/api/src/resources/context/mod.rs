//! One call for every touchpoint: who is this, what is under way, what to offer and at what price.
//!
//! A page, a till, an agent's tool or an IVR asks `POST /v1/context` and has all of it in one round trip; it answers a
//! journey's question by `POST /v1/context/answer` and has prices promised by `POST /v1/quotes`. The channel tells
//! where an answer came from; prices and offers are worked out without it.

mod answer;
mod ask;
mod note;
mod quotes;
mod shapes;
mod who;

use crate::operation::{Operation, Operations};

use shapes::{
    Answered, Context, ContextAnswer, ContextNote, ContextQuery, NoteTaken, QuoteCheck, QuoteChecked,
    QuoteQuery, QuoteView,
};

pub fn add(operations: Operations) -> Operations {
    let ask = Operation::post("/v1/context", "get_context", "adapt");
    let answer = Operation::post("/v1/context/answer", "answer_in_context", "adapt");
    let note = Operation::post("/v1/context/note", "note_in_context", "adapt");
    let quote = Operation::post("/v1/quotes", "make_quote", "adapt");
    let check = Operation::post("/v1/quotes/check", "check_quote", "adapt");
    operations
        .add(ask.takes::<ContextQuery>().answers::<Context>().fails(&[400]), ask::get_context)
        .add(answer.takes::<ContextAnswer>().answers::<Answered>().fails(&[400]), answer::answer_in_context)
        .add(note.takes::<ContextNote>().answers::<NoteTaken>().fails(&[400]), note::note_in_context)
        .add(quote.takes::<QuoteQuery>().answers::<QuoteView>().fails(&[400, 404, 409]), quotes::make_quote)
        .add(check.takes::<QuoteCheck>().answers::<QuoteChecked>().fails(&[400, 404]), quotes::check_quote)
}
