//! A shard on threads: one that owns it, one that makes frames durable and only then lets answers go.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use engine::Engine;
use keys::Keys;
use ledger::{Disk, RealDisk};
use model::{CustomerId, Effect, Event, MessageHash, Namespace, Timestamp};
use recognize::{Claim, InvalidIdentifier};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::core_thread::Core;
use crate::items::claims;
use crate::release::{Reply, herald, release_durable};
use crate::search::Search;
use crate::shard::Shard;
use crate::submission::{Accepted, Done, Intake, Order, Prepared, Refusal, Submission};
use crate::thread::ThreadReader;
use crate::turn::Turn;
use crate::view::View;

/// Events waiting to be taken at most; more are refused at once.
const QUEUED_EVENTS_MAX: usize = 65_536;
/// Jobs waiting at most.
const QUEUED_JOBS_MAX: usize = 16_384;
/// Frames written and not yet durable at most; then the core thread waits for the disk.
const UNSYNCED_MAX: usize = 64;
/// Changes a slow listener may lag behind before it is told that it missed some.
const CHANGES_KEPT: usize = 4_096;
/// How long a refused sender should wait.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A customer's state or thread changed; the change is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub customer: CustomerId,
    pub time: Timestamp,
}

pub(crate) type Answer<T> = oneshot::Sender<Result<T, Refusal>>;
pub(crate) type Reading<D> = Box<dyn FnOnce(Result<&mut View<'_, D>, Refusal>) + Send>;
pub(crate) type Working<D> = Box<dyn FnOnce(&mut Turn<'_, D>) -> Reply + Send>;

pub(crate) enum Job<D: Disk> {
    Ingest(Vec<Intake>, Answer<Vec<Accepted>>),
    Order(Box<Order>, Answer<Done>),
    View(Reading<D>),
    Turn(Working<D>),
    Stop,
}

pub(crate) struct Shared {
    pub queued: AtomicUsize,
    pub failed: AtomicBool,
    pub engine: RwLock<Arc<Engine>>,
    pub keys: Arc<Keys>,
    search: Search,
    pub changes: broadcast::Sender<Change>,
}

/// The way to a shard from any thread. Clones lead to the same shard.
pub struct Handle<D: Disk> {
    jobs: SyncSender<Job<D>>,
    shared: Arc<Shared>,
}

/// The handle of a shard on the local disk.
pub type LocalHandle = Handle<RealDisk>;
/// A thread of such a shard.
pub type LocalThread = ThreadReader<RealDisk>;

/// The threads of a shard; joined when it stops.
pub struct Driver {
    core: JoinHandle<()>,
    release: JoinHandle<()>,
}

/// Runs `work` as one of as many threads as there are cores, so that what it shares out it does itself, too: asking
/// others and sleeping until they are done costs more than many a share.
fn with_helpers(work: impl FnOnce() + Send) {
    let pool = rayon::ThreadPoolBuilder::new().use_current_thread().thread_name(|_| "helper".into()).build();
    pool.expect("the system can start a thread").install(work);
}

impl<D: Disk> Clone for Handle<D> {
    fn clone(&self) -> Self {
        Self { jobs: self.jobs.clone(), shared: Arc::clone(&self.shared) }
    }
}

impl<D: Disk> Handle<D> {
    /// Starts the shard's threads. Effects that are durable and ready come out of the receiver. Within an async
    /// runtime, answers are given on it.
    pub fn start(
        shard: Shard<D>,
        clock: impl Fn() -> Timestamp + Send + 'static,
    ) -> (Self, Driver, mpsc::UnboundedReceiver<Vec<Effect>>) {
        let (jobs, job_queue) = sync_channel(QUEUED_JOBS_MAX);
        let (releases, release_queue) = sync_channel(UNSYNCED_MAX);
        let (ready, effects) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            queued: AtomicUsize::new(0),
            failed: AtomicBool::new(false),
            engine: RwLock::new(Arc::new(shard.world.engine.clone())),
            keys: Arc::clone(shard.keys()),
            search: shard.world.search.clone(),
            changes: broadcast::channel(CHANGES_KEPT).0,
        });
        let syncer = shard.syncer();
        let release = {
            let shared = Arc::clone(&shared);
            let herald = herald(&shared);
            std::thread::Builder::new()
                .name("release".into())
                .spawn(move || release_durable(&release_queue, &syncer, &shared, &ready, &herald))
                .expect("the system can start a thread")
        };
        let core = {
            let shared = Arc::clone(&shared);
            let core = Core { shard, clock: Box::new(clock), releases, shared };
            std::thread::Builder::new()
                .name("core".into())
                .spawn(move || with_helpers(move || core.run(&job_queue)))
                .expect("the system can start a thread")
        };
        (Self { jobs, shared }, Driver { core, release }, effects)
    }

    /// Takes events in; answers when they are durable, in their order.
    pub async fn ingest(&self, submissions: Vec<Submission>) -> Result<Vec<Accepted>, Refusal> {
        self.submit(submissions)?.await.unwrap_or(Err(Refusal::Stopping))
    }

    /// The same for callers without an async runtime; the receiver gets the answer.
    pub fn submit(
        &self,
        submissions: Vec<Submission>,
    ) -> Result<oneshot::Receiver<Result<Vec<Accepted>, Refusal>>, Refusal> {
        let count = submissions.len();
        if self.shared.failed.load(Ordering::Relaxed) {
            return Err(Refusal::Stopping);
        }
        if self.shared.queued.fetch_add(count, Ordering::Relaxed) > QUEUED_EVENTS_MAX {
            self.shared.queued.fetch_sub(count, Ordering::Relaxed);
            return Err(Refusal::Overloaded { retry_after: RETRY_AFTER });
        }
        let engine = self.engine();
        let intake = submissions.into_iter().map(|submission| self.prepare(submission, &engine)).collect();
        let (answer, answered) = oneshot::channel();
        self.jobs.try_send(Job::Ingest(intake, answer)).map_err(|_| {
            self.shared.queued.fetch_sub(count, Ordering::Relaxed);
            Refusal::Overloaded { retry_after: RETRY_AFTER }
        })?;
        Ok(answered)
    }

    /// Carries an order out; answers when it is durable.
    pub async fn order(&self, order: Order) -> Result<Done, Refusal> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Order(Box::new(order), answer))?;
        answered.await.unwrap_or(Err(Refusal::Stopping))
    }

    /// Runs `read` on the shard's thread between batches.
    pub async fn view<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut View<'_, D>) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let (answer, answered) = oneshot::channel();
        let job = move |view: Result<&mut View<'_, D>, Refusal>| {
            // Whoever asked may have gone away; then nobody needs the answer.
            let _ = answer.send(view.map(read));
        };
        self.send(Job::View(Box::new(job)))?;
        answered.await.unwrap_or(Err(Refusal::Stopping))
    }

    /// Reads and gives orders on the shard's thread between batches; answers when what the orders did is durable.
    pub async fn turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Turn<'_, D>) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let (answer, answered) = oneshot::channel();
        let job = move |turn: &mut Turn<'_, D>| {
            let done = work(turn);
            Box::new(move |durable: Result<(), Refusal>| {
                // As in `view`.
                let _ = answer.send(durable.map(|()| done));
            }) as Reply
        };
        self.send(Job::Turn(Box::new(job)))?;
        answered.await.unwrap_or(Err(Refusal::Stopping))
    }

    /// Identifiers as they came, normalised, the strongest first; and those that are none, with the reason.
    pub fn claims(&self, identifiers: &[(Namespace, Box<str>)]) -> (Vec<Claim>, Vec<InvalidIdentifier>) {
        claims(identifiers, &self.engine(), &self.shared.keys)
    }

    /// The definitions in force.
    pub fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.shared.engine.read().expect("no holder of the lock panics"))
    }

    pub fn search(&self) -> &Search {
        &self.shared.search
    }

    pub fn keys(&self) -> &Arc<Keys> {
        &self.shared.keys
    }

    /// Durable changes as they happen.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.shared.changes.subscribe()
    }

    /// Whether the shard has failed and takes nothing more.
    pub fn has_failed(&self) -> bool {
        self.shared.failed.load(Ordering::Relaxed)
    }

    /// Takes what is queued, makes a checkpoint and ends the threads; [`Driver::join`] waits for that.
    pub fn stop(&self) {
        // A shard that is gone already needs no telling.
        let _ = self.jobs.send(Job::Stop);
    }

    fn send(&self, job: Job<D>) -> Result<(), Refusal> {
        self.jobs.try_send(job).map_err(|_| Refusal::Overloaded { retry_after: RETRY_AFTER })
    }

    fn prepare(&self, submission: Submission, engine: &Engine) -> Intake {
        match submission {
            Submission::Malformed { source, reason, body } => Intake::Malformed { source, reason, body },
            Submission::Event(event) => {
                let message = message_hash(&event, &self.shared.keys);
                Intake::Event(Arc::new(Prepared::new(event, message, engine, &self.shared.keys)))
            }
        }
    }
}

/// The hash of an event's message id. Ways in give every event one; without, it counts as never seen before.
fn message_hash(event: &Event, keys: &Keys) -> MessageHash {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    match &event.message_id {
        Some(id) => keys.message_hash(event.stamp.source, id),
        None => {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            keys.message_hash(event.stamp.source, &format!("\u{0}{}/{number}", event.stamp.received))
        }
    }
}

impl Driver {
    /// Waits until the shard has stopped.
    pub fn join(self) {
        let ended = [self.core.join(), self.release.join()];
        assert!(ended.iter().all(Result::is_ok), "a shard's thread panicked");
    }
}
