//! One customer's profile, now or as it was known at a time.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::{Path, Query};
use engine::CustomerView;
use model::{HeldReason, Proof, SourceId, Timestamp};
use protect::ConsentState as Judged;
use serde::{Deserialize, Serialize};
use shard::{ItemKind, ThreadItem};
use utoipa::{IntoParams, ToSchema};

use super::customer_id;
use super::customers::Identifier;
use super::session::ChannelCount;
use crate::access::{Needs, ReadCustomers};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::now;

#[derive(Debug, Serialize, ToSchema)]
pub struct Trait {
    pub value: serde_json::Value,
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    /// The source's name.
    pub source: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ComputedTrait {
    pub value: serde_json::Value,
    pub title: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentMembership {
    pub name: String,
    pub title: String,
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    Granted,
    Denied,
    Unset,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Consent {
    pub purpose: String,
    /// Absent: for every channel.
    pub channel: Option<String>,
    pub state: ConsentState,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// A sentence: which event said so.
    pub why: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct InvalidIdentifier {
    pub namespace: String,
    pub value: String,
    pub reason: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub time: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerProfile {
    /// The id asked for.
    pub id: String,
    /// Set when the id was merged away: everything else is of this customer.
    pub forwarded_to: Option<String>,
    pub name: Option<String>,
    /// Set when `as_of` was asked for.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
    pub traits: BTreeMap<String, Trait>,
    pub computed: BTreeMap<String, ComputedTrait>,
    pub segments: Vec<SegmentMembership>,
    pub consents: Vec<Consent>,
    pub identifiers: Vec<Identifier>,
    pub invalid_identifiers: Vec<InvalidIdentifier>,
    pub channels: Vec<ChannelCount>,
    pub events: u64,
    #[schema(value_type = String, format = DateTime)]
    pub first_seen: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub last_seen: Timestamp,
    pub last_channel: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
struct AsOf {
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<String>,
}

pub fn add(operations: Operations) -> Operations {
    let get = Operation::get("/api/v1/customers/{id}", "get_customer", "recognize");
    operations.add(get.query::<AsOf>().answers::<CustomerProfile>().fails(&[400, 404]), get_customer)
}

/// The newest events that are counted by channel.
const COUNTED_MAX: usize = 500;

async fn get_customer(
    caller: Needs<ReadCustomers>,
    Path(id): Path<String>,
    Query(query): Query<AsOf>,
) -> Result<Json<CustomerProfile>, Problem> {
    let asked = customer_id(&id)?;
    let as_of = query
        .as_of
        .map(|text| text.parse::<Timestamp>())
        .transpose()
        .map_err(|error| Problem::invalid("as_of", error.to_string(), "write a time in RFC 3339"))?;
    let handle = &caller.workspace.handle;
    let found = handle.view(move |view| {
        let sources: BTreeMap<SourceId, String> =
            view.books().sources().map(|source| (source.id, source.name.clone())).collect();
        let priorities: BTreeMap<SourceId, u8> =
            view.books().sources().map(|source| (source.id, source.priority)).collect();
        let engine = view.engine().clone();
        let Some(customer) = view.customer(asked)? else { return Err(Problem::not_found("customer", asked)) };
        let (holder, described, name) =
            (customer.id, engine.describe(customer, now()), engine.name(customer));
        Ok((holder, described, name, sources, priorities, view.thread(asked)?))
    });
    let (holder, mut described, mut name, sources, priorities, thread) = found.await??;
    let Some(thread) = thread else { return Err(Problem::not_found("customer", asked)) };
    let (engine, keys) = (handle.engine(), handle.keys().clone());
    let read = tokio::task::spawn_blocking(move || {
        let page = thread.page(None, COUNTED_MAX, |item| matches!(item.what, ItemKind::Event(_)))?;
        let priority = |source| priorities.get(&source).copied().unwrap_or(0);
        let past = |at| {
            shard::as_of(&engine, &keys, &thread, holder, at, priority)
                .map_err(|error| Problem::internal(&error))
        };
        let past = as_of.map(past).transpose()?;
        Ok::<_, Problem>((page.items, past))
    });
    let (events, past) = read.await.map_err(|error| Problem::internal(&error))??;
    if let Some(past) = past {
        described = past.ok_or_else(|| Problem::not_found("customer known by then", asked))?;
        name = name_of(&described);
    }
    let channels = by_channel(&events, as_of);
    let forwarded_to = (holder != asked).then(|| holder.to_string());
    let mut profile = profile(described, name, &sources, channels);
    (profile.id, profile.forwarded_to, profile.as_of) = (asked.to_string(), forwarded_to, as_of);
    Ok(Json(profile))
}

/// The name as the traits of a view tell it.
fn name_of(view: &CustomerView) -> Option<String> {
    let text =
        |name: &str| view.profile.traits.get(name).and_then(|own| own.value.as_text().map(str::to_owned));
    let parts = |first: &str, last: &str| {
        let parts: Vec<String> = [text(first), text(last)].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    text("name").or_else(|| parts("first_name", "last_name")).or_else(|| parts("firstName", "lastName"))
}

fn by_channel(events: &[ThreadItem], as_of: Option<Timestamp>) -> Vec<ChannelCount> {
    let mut counts: BTreeMap<String, ChannelCount> = BTreeMap::new();
    for item in events {
        let ItemKind::Event(opened) = &item.what else { continue };
        if as_of.is_some_and(|at| opened.record.received > at) {
            continue;
        }
        let channel = opened.record.channel.to_string();
        let count = counts.entry(channel.clone()).or_insert(ChannelCount { channel, events: 0, last: None });
        count.events += 1;
        count.last = count.last.max(Some(opened.record.time));
    }
    counts.into_values().collect()
}

fn profile(
    view: CustomerView,
    name: Option<String>,
    sources: &BTreeMap<SourceId, String>,
    channels: Vec<ChannelCount>,
) -> CustomerProfile {
    let source_name = |id: SourceId| sources.get(&id).cloned().unwrap_or_else(|| format!("source {}", id.0));
    let recognize::Profile {
        first_seen,
        last_seen,
        identifiers,
        traits,
        computed,
        segments,
        invalid_identifiers,
    } = view.profile;
    CustomerProfile {
        id: String::new(),
        forwarded_to: None,
        name,
        as_of: None,
        traits: traits
            .into_iter()
            .map(|(name, own)| {
                let value = own.value.to_json();
                (name.into(), Trait { value, time: own.time, source: source_name(own.source) })
            })
            .collect(),
        computed: computed
            .into_iter()
            .map(|(name, value)| (name.into(), ComputedTrait { value: value.to_json(), title: None }))
            .collect(),
        segments: segments
            .into_iter()
            .map(|own| SegmentMembership { name: own.name.into(), title: own.title.into(), since: own.since })
            .collect(),
        consents: consents(view.consents),
        identifiers: identifiers
            .into_iter()
            .map(|own| Identifier { namespace: own.namespace.to_string(), value: own.value.into() })
            .collect(),
        invalid_identifiers: invalid_identifiers
            .into_iter()
            .map(|own| InvalidIdentifier {
                namespace: own.namespace.to_string(),
                value: own.raw.into(),
                reason: own.reason.into(),
                time: Some(own.time),
            })
            .collect(),
        channels,
        events: view.events,
        first_seen: first_seen.unwrap_or_default(),
        last_seen: last_seen.unwrap_or_default(),
        last_channel: view.last_channel.map(|channel| channel.to_string()),
    }
}

/// Consents as people read them: one line for each purpose, and for each channel where it differs.
fn consents(views: Vec<protect::ConsentView>) -> Vec<Consent> {
    let line = |view: &protect::ConsentView| match &view.state {
        Judged::Allowed { by, sentence } => (granted(by), granted_at(by), sentence.clone()),
        Judged::Held { why, sentence } => {
            let (state, since) = held(why);
            (state, since, sentence.clone())
        }
    };
    let purposes: BTreeSet<model::Purpose> = views.iter().map(|view| view.purpose).collect();
    let mut consents = Vec::new();
    for purpose in purposes {
        let own: Vec<&protect::ConsentView> = views.iter().filter(|view| view.purpose == purpose).collect();
        let same = own.windows(2).all(|pair| line(pair[0]) == line(pair[1]));
        for view in own.iter().take(if same { 1 } else { own.len() }) {
            let (state, since, why) = line(view);
            let channel = (!same).then(|| view.channel.to_string());
            consents.push(Consent { purpose: purpose.as_str().into(), channel, state, since, why });
        }
    }
    consents
}

fn granted(proof: &Proof) -> ConsentState {
    match proof {
        Proof::NotObjected => ConsentState::Unset,
        Proof::Granted { .. } => ConsentState::Granted,
    }
}

fn granted_at(proof: &Proof) -> Option<Timestamp> {
    match proof {
        Proof::NotObjected => None,
        Proof::Granted { time, .. } => Some(*time),
    }
}

fn held(reason: &HeldReason) -> (ConsentState, Option<Timestamp>) {
    match reason {
        HeldReason::Revoked { time, .. } => (ConsentState::Denied, Some(*time)),
        HeldReason::NoOptIn { .. }
        | HeldReason::NoAddress { .. }
        | HeldReason::TextIncomplete { .. }
        | HeldReason::ComplaintOpen { .. } => (ConsentState::Unset, None),
    }
}
