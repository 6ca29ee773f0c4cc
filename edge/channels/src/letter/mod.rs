//! Letters on paper: a page for each, handed to a print shop through a folder, and what became of it.
//!
//! A letter becomes a PDF with the address in the window of a DIN 5008 envelope. Where it goes is a folder that the
//! print shop empties; nothing is handed over twice, and nothing half.

mod folder;
mod font;
mod layout;
mod pdf;

pub use folder::{InvalidLetters, LetterBox, LetterConfig, Report};
