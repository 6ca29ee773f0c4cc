//! A catalogue's definitions of who customers are, compiled: guards, schema, computed traits, segments.

use std::collections::BTreeMap;

use model::{Catalogue, Problem, ValueKind};
use rules::{Behaviour, Program, Scope, Symbols, Wanted, compile};

use crate::definitions::{Schema, misplaced, read_computed, read_identity, read_schema, read_segments};
use crate::facts::Plan;
use crate::identity::IdentityRules;
use crate::segments::{Dependencies, Segment, in_order};
use crate::service::{FIELDS, Words, read_service};
use crate::view::Fields;

/// What runs: compiled at publish time, and again from the same files in every replay.
#[derive(Debug, Clone)]
pub struct Recognition {
    version: u32,
    identity: IdentityRules,
    schema: Schema,
    words: Words,
    scope: Scope,
    computed: Vec<Computed>,
    segments: Vec<Segment>,
    bound: Bound,
}

/// A computed trait.
#[derive(Debug, Clone)]
pub(crate) struct Computed {
    pub name: Box<str>,
    pub program: Program,
}

/// What depends on every name that any condition of the catalogue uses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bound {
    pub plan: Plan,
    pub fields: Fields,
    pub dependencies: Dependencies,
}

impl Recognition {
    /// Compiles `identity.yaml`, `schema.yaml`, `service.yaml`, `computed.yaml` and `segments/*.yaml`; each may be
    /// absent.
    pub fn compile(catalogue: &Catalogue, symbols: &mut Symbols) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let identity = read_identity(catalogue, &mut problems);
        let schema = read_schema(catalogue, &mut problems);
        let words = read_service(catalogue, &mut problems);
        let mut scope = base_scope(&schema, &words);
        let computed = compile_computed(catalogue, &mut scope, symbols, &mut problems);
        let segments = compile_segments(catalogue, &mut scope, symbols, &mut problems);
        let segments = in_order(segments, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let version = catalogue.version;
        let bound = Bound::default();
        let mut recognition = Self { version, identity, schema, words, scope, computed, segments, bound };
        recognition.bind(symbols);
        Ok(recognition)
    }

    /// Takes in every name that the rest of the catalogue uses, so that behaviours which only journeys read are
    /// kept as well. To be called once all conditions of the catalogue are compiled with the same symbols.
    pub fn bind(&mut self, symbols: &Symbols) {
        let kind = |event: &str, property: &str| {
            let properties = self.schema.events.get(event);
            properties.and_then(|properties| properties.get(property)).copied().unwrap_or(ValueKind::Null)
        };
        let plan = Plan::new(symbols.behaviours(), kind);
        let fields = Fields::new(symbols, &self.computed);
        let dependencies =
            Dependencies::new(&self.segments, &self.computed, &fields, &plan, symbols, &self.words);
        self.bound = Bound { plan, fields, dependencies };
    }

    /// The catalogue version this was compiled from.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The guards of identifiers.
    pub fn identity(&self) -> &IdentityRules {
        &self.identity
    }

    /// What a condition about a customer may name; others extend a copy of it.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Every behaviour that is kept of each customer, in the order of slots.
    pub fn behaviours<'a>(&self, symbols: &'a Symbols) -> &'a [Behaviour] {
        symbols.behaviours()
    }

    /// The properties of an event that are not personal.
    pub fn impersonal(&self, event: &str) -> &[Box<str>] {
        self.schema.impersonal.get(event).map_or(&[], Vec::as_slice)
    }

    /// The segments, each after those its condition names.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The rank the schema gives a source.
    pub fn source_priority(&self, source: &str) -> Option<u8> {
        self.schema.sources.get(source).copied()
    }

    /// Whether events tell of orders, tickets and complaints otherwise than by `other`.
    pub fn hears_otherwise(&self, other: &Self) -> bool {
        self.words.differ(&other.words)
    }

    pub(crate) fn words(&self) -> &Words {
        &self.words
    }

    pub(crate) fn trait_kind(&self, name: &str) -> ValueKind {
        self.schema.traits.get(name).copied().unwrap_or(ValueKind::Null)
    }

    pub(crate) fn computed(&self) -> &[Computed] {
        &self.computed
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.bound.plan
    }

    pub(crate) fn bound(&self) -> &Bound {
        &self.bound
    }
}

fn base_scope(schema: &Schema, words: &Words) -> Scope {
    let mut scope = Scope::new();
    scope.field("profile.first_seen", ValueKind::Time);
    scope.field("profile.last_seen", ValueKind::Time);
    for (name, kind) in &schema.traits {
        scope.field(&format!("profile.traits.{name}"), *kind);
    }
    for (path, kind, _) in FIELDS {
        scope.field(path, *kind);
    }
    for name in words.events() {
        scope.event(name, words.properties(name).map(|path| (path.to_owned(), ValueKind::Null)));
    }
    for (name, properties) in &schema.events {
        scope.event(name, properties.iter().map(|(name, kind)| (name.clone(), *kind)));
    }
    scope
}

/// Compiles computed traits against traits and behaviour only, and then declares them: they do not build on
/// each other.
fn compile_computed(
    catalogue: &Catalogue,
    scope: &mut Scope,
    symbols: &mut Symbols,
    problems: &mut Vec<Problem>,
) -> Vec<Computed> {
    let sources: BTreeMap<String, String> = read_computed(catalogue, problems);
    let mut computed = Vec::with_capacity(sources.len());
    for (name, source) in &sources {
        match compile(source, scope, symbols, Wanted::Any) {
            Ok(program) => computed.push(Computed { name: name.as_str().into(), program }),
            Err(mistakes) => problems.extend(misplaced("computed.yaml", name, mistakes)),
        }
    }
    for name in sources.keys() {
        scope.field(&format!("profile.computed.{name}"), ValueKind::Null);
    }
    computed
}

fn compile_segments(
    catalogue: &Catalogue,
    scope: &mut Scope,
    symbols: &mut Symbols,
    problems: &mut Vec<Problem>,
) -> Vec<(String, Segment)> {
    let files = read_segments(catalogue, problems);
    files.iter().for_each(|(_, file)| scope.segment(&file.name));
    let mut segments = Vec::with_capacity(files.len());
    for (path, file) in files {
        match compile(&file.when, scope, symbols, Wanted::Bool) {
            Ok(program) => {
                if let Some(why) = program.impossible(scope, symbols) {
                    let remedy = "Correct it, or take the segment out";
                    problems.push(Problem::new(&path, "when", format!("it can never hold: {why}"), remedy));
                }
                let slot = symbols.segment(&file.name);
                segments.push((path, Segment::new(file, program, slot)));
            }
            Err(mistakes) => problems.extend(misplaced(&path, "when", mistakes)),
        }
    }
    segments
}
