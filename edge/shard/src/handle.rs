//! A shard on threads: one that owns it, one that makes frames durable and only then lets answers go.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use engine::Engine;
use keys::Keys;
use ledger::{Disk, RealDisk, Syncer};
use model::{CustomerId, Effect, Event, FrameSeq, MessageHash, Timestamp};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::orders::OrderError;
use crate::search::Search;
use crate::shard::{Broken, Committed, Shard};
use crate::submission::{Accepted, Consequences, Done, Intake, Order, Prepared, Refusal, Submission};
use crate::view::View;

/// Events waiting to be taken at most; more are refused at once.
const QUEUED_EVENTS_MAX: usize = 65_536;
/// Jobs waiting at most.
const QUEUED_JOBS_MAX: usize = 16_384;
/// Events taken in one turn of the core thread.
const TURN_EVENTS_MAX: usize = 8_192;
/// Frames written and not yet durable at most; then the core thread waits for the disk.
const UNSYNCED_MAX: usize = 64;
/// Changes a slow listener may lag behind before it is told that it missed some.
const CHANGES_KEPT: usize = 4_096;
/// How long the core thread sleeps at most: the precision of timers.
const IDLE: Duration = Duration::from_millis(200);
/// While a checkpoint is being made or a frame waits for space.
const BUSY: Duration = Duration::from_millis(2);
const STALLED: Duration = Duration::from_millis(500);
/// How long a refused sender should wait.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A customer's state or thread changed; the change is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub customer: CustomerId,
    pub time: Timestamp,
}

type Answer<T> = oneshot::Sender<Result<T, Refusal>>;
type Reading<D> = Box<dyn FnOnce(Result<&mut View<'_, D>, Refusal>) + Send>;

enum Job<D: Disk> {
    Ingest(Vec<Intake>, Answer<Vec<Accepted>>),
    Order(Box<Order>, Answer<Done>),
    View(Reading<D>),
    Stop,
}

/// What may leave once a frame is durable.
struct Release {
    frame: FrameSeq,
    answers: Vec<Box<dyn FnOnce(Result<(), Refusal>) + Send>>,
    consequences: Consequences,
}

struct Shared {
    queued: AtomicUsize,
    failed: AtomicBool,
    engine: RwLock<Arc<Engine>>,
    keys: Arc<Keys>,
    search: Search,
    changes: broadcast::Sender<Change>,
}

/// The way to a shard from any thread. Clones lead to the same shard.
pub struct Handle<D: Disk> {
    jobs: SyncSender<Job<D>>,
    shared: Arc<Shared>,
}

/// The handle of a shard on the local disk.
pub type LocalHandle = Handle<RealDisk>;

/// The threads of a shard; joined when it stops.
pub struct Driver {
    core: JoinHandle<()>,
    release: JoinHandle<()>,
}

impl<D: Disk> Clone for Handle<D> {
    fn clone(&self) -> Self {
        Self { jobs: self.jobs.clone(), shared: Arc::clone(&self.shared) }
    }
}

impl<D: Disk> Handle<D> {
    /// Starts the shard's threads. Effects that are durable and ready come out of the receiver.
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
            std::thread::Builder::new()
                .name("release".into())
                .spawn(move || release_durable(&release_queue, &syncer, &shared, &ready))
                .expect("the system can start a thread")
        };
        let core = {
            let shared = Arc::clone(&shared);
            let core = Core { shard, clock: Box::new(clock), releases, shared };
            std::thread::Builder::new()
                .name("core".into())
                .spawn(move || core.run(&job_queue))
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
                Intake::Event(Box::new(Prepared::new(event, message, engine, &self.shared.keys)))
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

struct Core<D: Disk> {
    shard: Shard<D>,
    clock: Box<dyn Fn() -> Timestamp + Send>,
    releases: SyncSender<Release>,
    shared: Arc<Shared>,
}

impl<D: Disk> Core<D> {
    fn run(mut self, jobs: &Receiver<Job<D>>) {
        loop {
            let job = match jobs.recv_timeout(self.patience()) {
                Ok(job) => Some(job),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let stop = matches!(job, Some(Job::Stop));
            let result = self.turn(job, jobs);
            if let Err(broken) = result {
                self.fail(&broken);
                return;
            }
            if stop {
                break;
            }
        }
        if let Err(error) = self.shard.checkpoint() {
            self.fail(&Broken::State(error));
        }
    }

    /// How long to wait for a job.
    fn patience(&self) -> Duration {
        if self.shard.is_stalled() {
            return STALLED;
        }
        if self.shard.is_busy() {
            return BUSY;
        }
        let until_due = self.shard.next_due().map(|due| due.since((self.clock)()).0.max(0).unsigned_abs());
        until_due.map_or(IDLE, |ms| Duration::from_millis(ms).min(IDLE))
    }

    fn turn(&mut self, job: Option<Job<D>>, jobs: &Receiver<Job<D>>) -> Result<(), Broken> {
        let now = (self.clock)();
        if self.shard.is_stalled() {
            match self.shard.retry_stalled(now) {
                Ok(Some(consequences)) => self.release(Vec::new(), consequences)?,
                Ok(None) => {}
                Err(broken) if broken.is_full() => {}
                Err(broken) => return Err(broken),
            }
        }
        match job {
            Some(Job::Ingest(intake, answer)) => self.ingest(intake, answer, jobs, now)?,
            Some(Job::Order(order, answer)) => self.order(*order, answer, now)?,
            Some(Job::View(read)) => read(Ok(&mut self.shard.view())),
            Some(Job::Stop) => {}
            None => self.pass_time(now)?,
        }
        self.shard.warm_search()?;
        Ok(self.shard.turn()?)
    }

    fn pass_time(&mut self, now: Timestamp) -> Result<(), Broken> {
        if self.shard.is_stalled() || self.shard.next_due().is_none_or(|due| due > now) {
            return Ok(());
        }
        match self.shard.order(Order::Tick, now) {
            Ok(committed) => self.release(Vec::new(), committed.consequences),
            Err(OrderError::Refused(_)) => Ok(()),
            Err(OrderError::Broken(broken)) if broken.is_full() => Ok(()),
            Err(OrderError::Broken(broken)) => Err(broken),
        }
    }

    /// Takes one batch and those that wait behind it, into one group of frames.
    fn ingest(
        &mut self,
        intake: Vec<Intake>,
        answer: Answer<Vec<Accepted>>,
        jobs: &Receiver<Job<D>>,
        now: Timestamp,
    ) -> Result<(), Broken> {
        let mut parts = vec![(intake.len(), answer)];
        let mut all = intake;
        let mut next = None;
        while all.len() < TURN_EVENTS_MAX {
            match jobs.try_recv() {
                Ok(Job::Ingest(intake, answer)) => {
                    parts.push((intake.len(), answer));
                    all.extend(intake);
                }
                Ok(other) => {
                    next = Some(other);
                    break;
                }
                Err(_) => break,
            }
        }
        self.shared.queued.fetch_sub(all.len(), Ordering::Relaxed);
        if self.shard.is_stalled() {
            refuse(parts, &Refusal::DiskFull);
        } else {
            match self.shard.ingest(all, now) {
                Ok(committed) => self.answer(parts, committed)?,
                Err(broken) if broken.is_full() => refuse(parts, &Refusal::DiskFull),
                Err(broken) => {
                    refuse(parts, &Refusal::Failed(broken.to_string()));
                    return Err(broken);
                }
            }
        }
        match next {
            Some(Job::Order(order, answer)) => self.order(*order, answer, (self.clock)()),
            Some(Job::View(read)) => {
                read(Ok(&mut self.shard.view()));
                Ok(())
            }
            Some(Job::Stop) => {
                self.shared.failed.store(true, Ordering::Relaxed);
                Ok(())
            }
            Some(Job::Ingest(..)) | None => Ok(()),
        }
    }

    fn answer(
        &self,
        parts: Vec<(usize, Answer<Vec<Accepted>>)>,
        committed: Committed<Vec<Accepted>>,
    ) -> Result<(), Broken> {
        let mut accepted = committed.answer.into_iter();
        let answers = parts.into_iter().map(|(count, answer)| {
            let own: Vec<Accepted> = accepted.by_ref().take(count).collect();
            Box::new(move |durable: Result<(), Refusal>| {
                // A client that hung up gets no answer; its events are taken all the same.
                let _ = answer.send(durable.map(|()| own));
            }) as Box<dyn FnOnce(Result<(), Refusal>) + Send>
        });
        let answers = answers.collect();
        self.release(answers, committed.consequences)
    }

    fn order(&mut self, order: Order, answer: Answer<Done>, now: Timestamp) -> Result<(), Broken> {
        let publishes = matches!(order, Order::Publish { .. });
        match self.shard.order(order, now) {
            Ok(committed) => {
                if publishes {
                    let engine = Arc::new(self.shard.world.engine.clone());
                    *self.shared.engine.write().expect("no holder of the lock panics") = engine;
                }
                let done = committed.answer;
                let reply = Box::new(move |durable: Result<(), Refusal>| {
                    let _ = answer.send(durable.map(|()| done));
                });
                self.release(vec![reply], committed.consequences)
            }
            Err(OrderError::Refused(refusal)) => {
                let _ = answer.send(Err(refusal));
                Ok(())
            }
            Err(OrderError::Broken(broken)) => {
                let full = broken.is_full();
                let _ = answer.send(Err(if full {
                    Refusal::DiskFull
                } else {
                    Refusal::Failed(broken.to_string())
                }));
                if full { Ok(()) } else { Err(broken) }
            }
        }
    }

    fn release(
        &self,
        answers: Vec<Box<dyn FnOnce(Result<(), Refusal>) + Send>>,
        consequences: Consequences,
    ) -> Result<(), Broken> {
        let release = Release { frame: self.shard.last_frame(), answers, consequences };
        self.releases
            .send(release)
            .map_err(|_| Broken::State(state::StateError::Store("the release thread ended".into())))
    }

    fn fail(&self, broken: &Broken) {
        self.shared.failed.store(true, Ordering::Relaxed);
        eprintln!("the shard stopped: {broken}");
    }
}

fn refuse(parts: Vec<(usize, Answer<Vec<Accepted>>)>, refusal: &Refusal) {
    for (_, answer) in parts {
        // Whoever hung up needs no refusal.
        let _ = answer.send(Err(refusal.clone()));
    }
}

/// Makes frames durable, as many at once as are waiting, and lets what depends on them go. After an error nothing
/// more is ever released.
fn release_durable<D: Disk>(
    queue: &Receiver<Release>,
    syncer: &Syncer<D>,
    shared: &Shared,
    ready: &mpsc::UnboundedSender<Vec<Effect>>,
) {
    while let Ok(first) = queue.recv() {
        let mut waiting = vec![first];
        waiting.extend(queue.try_iter());
        let last = waiting.last().map_or(FrameSeq(0), |release| release.frame);
        let durable =
            shared.keys.sync().map_err(|error| Refusal::Failed(error.to_string())).and_then(|()| {
                syncer.sync(last).map(|_| ()).map_err(|error| Refusal::Failed(error.to_string()))
            });
        for release in waiting {
            release.answers.into_iter().for_each(|answer| answer(durable.clone()));
            if durable.is_err() {
                continue;
            }
            let Consequences { ready: effects, touched, time } = release.consequences;
            if !effects.is_empty() {
                // Without a performer the effects stay in the outbox for the next start.
                let _ = ready.send(effects);
            }
            if shared.changes.receiver_count() > 0 {
                for customer in touched {
                    let _ = shared.changes.send(Change { customer, time });
                }
            }
        }
        if durable.is_err() {
            shared.failed.store(true, Ordering::Relaxed);
            return;
        }
    }
}
