//! A journey as a graph for the studio, without places: the studio lays it out.

use serde::Serialize;

use crate::journeys::Journeys;
use crate::kinds::Target;
use crate::trigger::Entry;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Graph {
    pub name: String,
    pub title: String,
    pub description: Option<String>,
    pub version: u32,
    /// What starts a run, in a few words each.
    pub entry: Vec<String>,
    pub steps: Vec<GraphStep>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GraphStep {
    pub id: String,
    pub kind: &'static str,
    pub title: Option<String>,
    pub summary: String,
    pub next: Vec<GraphWay>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GraphWay {
    /// The id of a step; `None` is the end.
    pub to: Option<String>,
    /// When the way is taken; empty for the ordinary one.
    pub label: String,
}

impl Journeys {
    pub fn graph(&self, name: &str) -> Option<Graph> {
        let journey = self.get(name)?;
        let way = |target: Target, label: String| match target {
            Target::Step(place) => GraphWay { to: Some(journey.steps[place].id.to_string()), label },
            Target::End => GraphWay { to: None, label },
        };
        let steps = journey.steps.iter().map(|step| GraphStep {
            id: step.id.to_string(),
            kind: step.kind,
            title: step.title.as_deref().map(str::to_owned),
            summary: step.step.summary(),
            next: step.step.ways().into_iter().map(|own| way(own.to, own.label)).collect(),
        });
        Some(Graph {
            name: journey.name.to_string(),
            title: journey.title.to_string(),
            description: journey.description.as_deref().map(str::to_owned),
            version: self.version,
            entry: journey.entries.iter().map(Entry::sentence).collect(),
            steps: steps.collect(),
        })
    }
}
