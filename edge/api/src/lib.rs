//! The HTTP surface: the ways in for events, the management API with its OpenAPI document, web chat, pages.

pub mod access;
pub mod chat;
pub mod hooks;
pub mod ingest;
mod metrics;
pub mod operation;
pub mod pages;
pub mod problem;
pub mod resources;
mod server;
pub mod state;
pub mod tokens;
mod unsubscribe;

pub use server::{Server, document};
