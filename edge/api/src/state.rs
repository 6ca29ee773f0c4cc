//! What the handlers share: the workspaces of this server, their tokens and write keys.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use channels::links::Links;
use channels::webchat::{Hub, Tickets};
use knowledge::{Library, SearchError};
use model::record::SourceRecord;
use model::{Channel, CustomerId, SourceId, Timestamp, WorkspaceName};
use shard::LocalHandle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::access::{Token, hash};
use crate::hooks::HookChannels;
use crate::ingest::Limits;
use crate::metrics::Metrics;
use crate::resources::demo::Devices;
use crate::resources::rehearsals::Rehearsals;
use crate::tokens::Tokens;

/// One brand's data, and what its channels need.
pub struct Workspace {
    pub name: WorkspaceName,
    pub handle: LocalHandle,
    pub hub: Hub,
    pub tickets: Tickets,
    pub links: Links,
    /// The source of what customers write in web chat and behind links.
    pub chat_source: SourceId,
    /// Channels that providers serve.
    pub hooks: HookChannels,
    pub rehearsals: Rehearsals,
    rate: Mutex<Option<(Instant, u64, f64)>>,
    recent: Mutex<Vec<CustomerId>>,
    chatting: Mutex<BTreeSet<CustomerId>>,
    /// The articles in force, to be searched, with their version.
    library: Mutex<Option<(u32, Arc<Library>)>>,
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Workspace({})", self.name)
    }
}

/// Customers kept as seen last, for the first page of the list.
const RECENT_MAX: usize = 200;
/// Customers with chat windows that are watched for merges.
const CHATTING_MAX: usize = 10_000;

impl Workspace {
    pub fn new(
        name: WorkspaceName,
        handle: LocalHandle,
        tickets: Tickets,
        links: Links,
        chat_source: SourceId,
        hooks: HookChannels,
    ) -> Self {
        let (rate, recent, chatting) = (Mutex::default(), Mutex::default(), Mutex::default());
        let library = Mutex::default();
        Self {
            name,
            handle,
            hub: Hub::default(),
            tickets,
            links,
            chat_source,
            hooks,
            rehearsals: Rehearsals::default(),
            rate,
            recent,
            chatting,
            library,
        }
    }

    /// Events per second since the last time somebody asked, at least a second ago.
    pub fn events_per_second(&self, events: u64) -> f64 {
        let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, before, last) = rate.unwrap_or((Instant::now(), events, 0.0));
        let seconds = since.elapsed().as_secs_f64();
        if rate.is_some() && seconds < 1.0 {
            return last;
        }
        let now = if seconds > 0.0 { events.saturating_sub(before) as f64 / seconds } else { 0.0 };
        *rate = Some((Instant::now(), events, now));
        now
    }

    /// Remembers that something happened to these customers, the last of them last.
    pub fn saw(&self, customers: &[CustomerId]) {
        let mut latest: Vec<CustomerId> = Vec::new();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        for customer in customers.iter().rev().chain(recent.iter()) {
            if latest.len() == RECENT_MAX {
                break;
            }
            if !latest.contains(customer) {
                latest.push(*customer);
            }
        }
        *recent = latest;
    }

    /// A chat window of this customer is open.
    pub fn chats_with(&self, customer: CustomerId) {
        self.chatting.lock().unwrap_or_else(PoisonError::into_inner).insert(customer);
    }

    /// Customers with chat windows, some of which may have been closed.
    pub fn chatting(&self) -> BTreeSet<CustomerId> {
        let mut chatting = self.chatting.lock().unwrap_or_else(PoisonError::into_inner);
        // Forgetting them all is enough housekeeping: those still there come again with what they say.
        if self.hub.windows() == 0 || chatting.len() > CHATTING_MAX {
            chatting.clear();
        }
        chatting.clone()
    }

    /// Builds the index of the articles in force on a thread of its own, so that nobody's first search waits for it: when
    /// a workspace is opened, and when a catalogue is published.
    pub fn prepare_search(self: &Arc<Self>) -> JoinHandle<()> {
        let workspace = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = workspace.library() {
                tracing::error!(workspace = %workspace.name, %error, "the articles cannot be searched");
            }
        })
    }

    /// Whether the articles in force can be searched without waiting.
    pub fn is_search_ready(&self) -> bool {
        let version = self.handle.engine().version();
        let kept = self.library.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().is_some_and(|(own, _)| *own == version)
    }

    /// The articles in force. Their index is there unless the version has been published this moment; callers are on a
    /// thread that may wait for it.
    pub fn library(&self) -> Result<Arc<Library>, SearchError> {
        let engine = self.handle.engine();
        let mut kept = self.library.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((version, library)) if *version == engine.version() => Ok(Arc::clone(library)),
            Some(_) | None => {
                let library = Arc::new(Library::new(engine.articles())?);
                *kept = Some((engine.version(), Arc::clone(&library)));
                Ok(library)
            }
        }
    }

    /// Customers something happened to, the last first.
    pub fn recent(&self) -> Vec<CustomerId> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Where the events of one write key go.
#[derive(Clone)]
pub struct Way {
    pub workspace: Arc<Workspace>,
    pub source: SourceId,
    pub channel: Channel,
}

/// The server as its handlers see it. Cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    workspaces: Vec<Arc<Workspace>>,
    tokens: Tokens,
    ways: RwLock<HashMap<[u8; 32], Way>>,
    limits: Limits,
    metrics: Metrics,
    demo: Option<Devices>,
    stopping: watch::Sender<bool>,
}

impl Api {
    pub fn new(
        workspaces: Vec<Arc<Workspace>>,
        tokens: Tokens,
        limits: Limits,
        demo: Option<Devices>,
    ) -> Self {
        let (ways, metrics) = (RwLock::default(), Metrics::default());
        Self(Arc::new(Inner {
            workspaces,
            tokens,
            ways,
            limits,
            metrics,
            demo,
            stopping: watch::Sender::new(false),
        }))
    }

    pub fn workspaces(&self) -> &[Arc<Workspace>] {
        &self.0.workspaces
    }

    pub fn workspace(&self, name: &str) -> Option<Arc<Workspace>> {
        self.0.workspaces.iter().find(|workspace| workspace.name.as_str() == name).cloned()
    }

    pub fn token(&self, sha256: &str) -> Option<Token> {
        self.0.tokens.find(sha256, Instant::now())
    }

    /// Lets a source's write key in.
    pub fn add_source(&self, workspace: &Arc<Workspace>, source: &SourceRecord) {
        let Ok(hash) = <[u8; 32]>::try_from(source.write_key_hash.as_slice()) else { return };
        let way = Way { workspace: workspace.clone(), source: source.id, channel: source.channel.clone() };
        self.0.ways.write().unwrap_or_else(PoisonError::into_inner).insert(hash, way);
    }

    /// The way behind a write key.
    pub fn way(&self, write_key: &str) -> Option<Way> {
        self.0.ways.read().unwrap_or_else(PoisonError::into_inner).get(&hash(write_key)).cloned()
    }

    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Tells everything that waits for news that there will be none.
    pub fn stop(&self) {
        self.0.stopping.send_replace(true);
    }

    /// Resolves when the server stops.
    pub async fn stopped(&self) {
        let mut stopping = self.0.stopping.subscribe();
        // The sender lives as long as `self`.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }

    pub fn demo(&self) -> Option<&Devices> {
        self.0.demo.as_ref()
    }
}

/// The time on this machine.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
