//! Full-text search over the articles of a catalogue.
