//! Compiling a catalogue as a whole, and the versions that runs are pinned to.

use std::sync::Arc;

use adapt::Adaptation;
use mapping::{Marketplace, Marketplaces};
use model::{Catalogue, Event, Problem};
use orchestrate::{Desk, Journeys, Versions};
use protect::Policy;
use recognize::Recognition;
use rules::Symbols;

use crate::environment::Sources;

/// The definitions in force, and the journeys of earlier versions that runs may be pinned to.
#[derive(Debug, Clone)]
pub struct Engine {
    version: u32,
    recognition: Arc<Recognition>,
    policy: Policy,
    adaptation: Arc<Adaptation>,
    marketplaces: Marketplaces,
    versions: Versions,
    /// Every name that conditions of any version use. Shared by all versions, because runs keep the conditions of
    /// their own while fields and behaviours are kept once.
    symbols: Symbols,
    /// Where each field that conditions name comes from.
    pub(crate) sources: Sources,
}

/// What a publication changed that the shard must act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// Behaviour is kept that was not before, or events tell of orders otherwise: facts must be gathered anew from the ledger.
    pub behaviours: bool,
}

/// One catalogue, compiled.
struct Compiled {
    recognition: Recognition,
    policy: Policy,
    adaptation: Adaptation,
    marketplaces: Marketplaces,
    journeys: Journeys,
    symbols: Symbols,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// An engine with the empty catalogue of a new workspace.
    pub fn new() -> Self {
        let Compiled { recognition, policy, adaptation, symbols, .. } =
            Compiled::from(&Catalogue::default(), Symbols::new())
                .expect("the empty catalogue has no problems");
        Self {
            version: 0,
            recognition: Arc::new(recognition),
            policy,
            adaptation: Arc::new(adaptation),
            marketplaces: Marketplaces::default(),
            versions: Versions::new(),
            sources: Sources::of(&symbols),
            symbols,
        }
    }

    /// Compiles a catalogue without putting it into force; all its problems at once.
    pub fn check(catalogue: &Catalogue) -> Result<(), Vec<Problem>> {
        Compiled::from(catalogue, Symbols::new()).map(|_| ())
    }

    /// The same for the one that is to follow the one in force, whose runs under way it may want to take over.
    pub fn check_next(&self, catalogue: &Catalogue) -> Result<(), Vec<Problem>> {
        let compiled = Compiled::from(catalogue, Symbols::new())?;
        let before = self.versions.current();
        let problems = before.map(|before| compiled.journeys.check_migration(before)).unwrap_or_default();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Keeps what a later catalogue will ask for from now on, so that its publication finds it gathered.
    pub fn foresee(&mut self, catalogue: &Catalogue) -> Result<(), Vec<Problem>> {
        let symbols = Compiled::from(catalogue, self.symbols.clone())?.symbols;
        let mut recognition = Recognition::clone(&self.recognition);
        recognition.bind(&symbols);
        self.recognition = Arc::new(recognition);
        self.sources = Sources::of(&symbols);
        self.symbols = symbols;
        Ok(())
    }

    /// Puts a catalogue into force. Runs under way keep the journeys of their own version.
    pub fn publish(&mut self, catalogue: &Catalogue) -> Result<Changed, Vec<Problem>> {
        let kept = self.symbols.behaviours().len();
        let compiled = Compiled::from(catalogue, self.symbols.clone())?;
        let behaviours = compiled.symbols.behaviours().len() > kept
            || compiled.recognition.hears_otherwise(&self.recognition);
        self.version = catalogue.version;
        self.sources = Sources::of(&compiled.symbols);
        self.symbols = compiled.symbols;
        self.recognition = Arc::new(compiled.recognition);
        self.policy = compiled.policy;
        self.adaptation = Arc::new(compiled.adaptation);
        self.marketplaces = compiled.marketplaces;
        self.versions.publish(Arc::new(compiled.journeys));
        Ok(Changed { behaviours })
    }

    /// The version of the catalogue in force; 0 before the first.
    pub fn version(&self) -> u32 {
        self.version
    }

    pub fn recognition(&self) -> &Recognition {
        &self.recognition
    }

    /// The same, for callers that change the shard while they use it.
    pub fn recognition_handle(&self) -> Arc<Recognition> {
        Arc::clone(&self.recognition)
    }

    pub(crate) fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    pub fn adaptation(&self) -> &Adaptation {
        &self.adaptation
    }

    /// A marketplace whose orders are taken, by name.
    pub fn marketplace(&self, name: &str) -> Option<&Marketplace> {
        self.marketplaces.get(name)
    }

    pub fn marketplaces(&self) -> &Marketplaces {
        &self.marketplaces
    }

    /// Queues, agents and the way to a person, as they are in force.
    pub fn desk(&self) -> Option<&Desk> {
        self.versions.current().map(orchestrate::Journeys::desk)
    }

    pub fn versions(&self) -> &Versions {
        &self.versions
    }

    /// The properties of an event that its catalogue declares impersonal, as a JSON object; they stay readable
    /// in the ledger after an erasure.
    pub fn impersonal(&self, event: &Event) -> Option<Vec<u8>> {
        let declared = self.recognition.impersonal(&event.name);
        if declared.is_empty() {
            return None;
        }
        let fields: Vec<(Box<str>, model::Value)> = declared
            .iter()
            .map(|name| (name.clone(), event.property(name)))
            .filter(|(_, value)| !value.is_null())
            .collect();
        (!fields.is_empty()).then(|| model::Value::Map(fields.into()).to_json().to_string().into_bytes())
    }
}

impl Compiled {
    fn from(catalogue: &Catalogue, mut symbols: Symbols) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut keep = |found: Vec<Problem>| problems.extend(found);
        let recognition = Recognition::compile(catalogue, &mut symbols).map_err(&mut keep).ok();
        let policy = Policy::compile(catalogue).map_err(&mut keep).ok();
        let journeys = recognition.as_ref().and_then(|recognition| {
            Journeys::compile(catalogue, recognition.scope(), &mut symbols).map_err(&mut keep).ok()
        });
        let adaptation = recognition.as_ref().and_then(|recognition| {
            Adaptation::compile(catalogue, recognition.scope(), &mut symbols).map_err(&mut keep).ok()
        });
        let marketplaces = Marketplaces::compile(catalogue).map_err(&mut keep).ok();
        match (recognition, policy, journeys, adaptation, marketplaces) {
            (Some(mut recognition), Some(policy), Some(journeys), Some(adaptation), Some(marketplaces)) => {
                recognition.bind(&symbols);
                Ok(Self { recognition, policy, adaptation, marketplaces, journeys, symbols })
            }
            _ => Err(problems),
        }
    }
}
