//! The customer's letter box: letters that the print shop has printed and the post has brought.

use std::path::PathBuf;
use std::sync::{MutexGuard, PoisonError};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use model::{EffectId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Devices, Stir, push};
use crate::access::{AnyToken, Needs};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::Api;

/// A letter in the letter box.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LetterMessage {
    pub id: String,
    /// The address on the envelope, line by line.
    pub to: Vec<String>,
    pub subject: String,
    pub text: String,
    pub pages: usize,
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    /// Where the PDF can be opened. Who has this address needs no token, so that any viewer can.
    pub document: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LetterBoxPage {
    /// Newest first.
    pub items: Vec<LetterMessage>,
}

/// A letter that the post has brought.
#[derive(Debug, Clone)]
pub struct Delivered {
    pub id: EffectId,
    pub to: Vec<String>,
    pub subject: String,
    pub text: String,
    pub pages: usize,
    pub time: Timestamp,
    pub file: PathBuf,
    /// What the address of the document ends in; nobody can guess it.
    pub secret: String,
}

impl Devices {
    /// The post has brought a letter.
    pub fn post(&self, letter: Delivered) {
        push(&mut self.letters(), letter);
        self.tell(Stir::LetterBox);
    }

    fn letters(&self) -> MutexGuard<'_, Vec<Delivered>> {
        self.0.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn add(operations: Operations) -> Operations {
    let letters = Operation::get("/api/v1/demo/letters", "get_letter_box", "demo");
    operations.add(letters.answers::<LetterBoxPage>().fails(&[404]), get_letter_box)
}

async fn get_letter_box(_: Needs<AnyToken>, State(api): State<Api>) -> Result<Json<LetterBoxPage>, Problem> {
    let devices = api.demo().ok_or_else(|| Problem::not_found("demo", "letters"))?;
    let shown = |letter: &Delivered| LetterMessage {
        id: letter.id.to_string(),
        to: letter.to.clone(),
        subject: letter.subject.clone(),
        text: letter.text.clone(),
        pages: letter.pages,
        time: letter.time,
        document: format!("/api/v1/demo/letters/{}", letter.secret),
    };
    let items = devices.letters().iter().rev().map(shown).collect();
    Ok(Json(LetterBoxPage { items }))
}

/// The PDF of a letter, for whoever was told its address.
pub async fn document(State(api): State<Api>, Path(secret): Path<String>) -> Result<Response, Problem> {
    let none = || Problem::not_found("letter", &secret);
    let devices = api.demo().ok_or_else(none)?;
    let file = devices.letters().iter().find(|letter| letter.secret == secret).map(|own| own.file.clone());
    let file = file.ok_or_else(none)?;
    // A file of some kilobytes on the local disk, in the demo only.
    let bytes = tokio::task::spawn_blocking(move || std::fs::read(file)).await;
    let bytes =
        bytes.map_err(|error| Problem::internal(&error))?.map_err(|error| Problem::internal(&error))?;
    let headers =
        [(CONTENT_TYPE, "application/pdf"), (CONTENT_DISPOSITION, "inline; filename=\"letter.pdf\"")];
    Ok((headers, bytes).into_response())
}
