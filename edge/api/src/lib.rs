//! The HTTP surface: the ways in for events, the management API and its OpenAPI document.

pub mod ingest;
