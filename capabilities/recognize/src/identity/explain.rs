//! The graph as a person reads it: every identifier, every link with its reason, what was dropped and why.

use model::{CustomerId, Namespace, Seq, SourceId, StrandId, Timestamp};
use serde::Serialize;

use super::STAFF;
use super::graph::{DropReason, IdentityGraph, Lineage};
use super::rules::is_known;

/// A customer's identity graph with reasons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    pub customer: CustomerId,
    pub nodes: Vec<Node>,
    pub links: Vec<LinkReason>,
    pub dropped: Vec<DroppedLink>,
    pub lineage: Vec<LineageEntry>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Node {
    pub strand: StrandId,
    pub namespace: Namespace,
    /// Absent when its key is destroyed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Box<str>>,
    pub first_seen: Timestamp,
    /// Whether it makes the customer known by name.
    pub known: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LinkReason {
    pub a: StrandId,
    pub b: StrandId,
    pub time: Timestamp,
    /// Absent when a member of staff made the link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DroppedLink {
    /// This customer's strand.
    pub strand: StrandId,
    /// The other customer's.
    pub other: StrandId,
    pub other_namespace: Namespace,
    pub time: Timestamp,
    pub source: SourceId,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LineageEntry {
    /// The record that caused it.
    pub seq: Seq,
    pub time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    pub from: CustomerId,
    pub to: CustomerId,
    pub strands: u16,
    pub reason: String,
}

/// Explains the graph of `customer`.
pub fn explain(customer: CustomerId, graph: &IdentityGraph) -> Explanation {
    let nodes = graph.strands.iter().map(|strand| Node {
        strand: strand.id,
        namespace: strand.namespace(),
        value: strand.identifier().map(|identifier| identifier.value),
        first_seen: graph.first_seen(strand),
        known: is_known(&strand.namespace()),
    });
    let dropped = graph.dropped().iter().map(|link| DroppedLink {
        strand: link.near,
        other: link.far,
        other_namespace: link.far_namespace.clone(),
        time: link.time,
        source: link.source,
        reason: why_dropped(&link.reason),
    });
    Explanation {
        customer,
        nodes: nodes.collect(),
        links: graph.links.iter().map(|link| kept(graph, link)).collect(),
        dropped: dropped.collect(),
        lineage: graph.lineage().iter().map(lineage).collect(),
    }
}

fn kept(graph: &IdentityGraph, link: &super::graph::Link) -> LinkReason {
    let strand = |place: u16| &graph.strands[usize::from(place)];
    let (a, b) = (strand(link.a), strand(link.b));
    let reason = if link.source == STAFF {
        "A member of staff kept these two together while folding others apart.".into()
    } else {
        format!("One event named both, this {} and this {}.", a.namespace(), b.namespace())
    };
    LinkReason { a: a.id, b: b.id, time: link.time, source: by(link.source), reason }
}

fn why_dropped(reason: &DropReason) -> String {
    match reason {
        DropReason::Guard { namespace, max: 1 } => {
            format!("Each of the two has its own `{namespace}`, which is unique per customer.")
        }
        DropReason::Guard { namespace, max } => {
            format!("Together they would have more than {max} different values of `{namespace}`.")
        }
        DropReason::Apart => "A member of staff folded them apart.".into(),
        DropReason::TooMany => "Together they would have more identifiers than one customer may have.".into(),
        DropReason::EarlierRules => "It was decided under earlier rules.".into(),
    }
}

fn lineage(entry: &Lineage) -> LineageEntry {
    let all = if entry.whole { "all strands" } else { "some strands" };
    let reason = match &entry.link {
        Some((a, b)) => {
            format!("One event named both, {a} and {b}; {all} of {} are {}'s since.", entry.from, entry.to)
        }
        None => format!(
            "A member of staff folded customers apart; {all} of {} are {}'s since.",
            entry.from, entry.to
        ),
    };
    LineageEntry {
        seq: entry.seq,
        time: entry.time,
        source: by(entry.source),
        from: entry.from,
        to: entry.to,
        strands: entry.strands,
        reason,
    }
}

fn by(source: SourceId) -> Option<SourceId> {
    (source != STAFF).then_some(source)
}
