//! The thread that owns a shard.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use ledger::Disk;
use model::Timestamp;

use crate::handle::{Answer, Job, Shared, Working};
use crate::orders::OrderError;
use crate::release::{Release, Reply};
use crate::shard::{Broken, Committed, Shard};
use crate::submission::{Accepted, Consequences, Done, Intake, Order, Refusal};
use crate::turn::Turn;

/// Events taken in one turn: few enough that they are still in the processor's cache when they are sealed, written and
/// stepped. Measured: with 16,000 events under way instead of 2,000 a third more time is spent for each.
const TURN_EVENTS_MAX: usize = 1_024;
/// How long the core thread sleeps at most: the precision of timers.
const IDLE: Duration = Duration::from_millis(200);
/// While a checkpoint is being made or a frame waits for space.
const BUSY: Duration = Duration::from_millis(2);
const STALLED: Duration = Duration::from_millis(500);

/// The one owner of a shard.
pub(crate) struct Core<D: Disk> {
    pub shard: Shard<D>,
    pub clock: Box<dyn Fn() -> Timestamp + Send>,
    pub releases: SyncSender<Release>,
    pub shared: Arc<Shared>,
}

impl<D: Disk> Core<D> {
    /// Works until it is told to stop, nobody is left to tell, or the shard breaks.
    pub fn run(mut self, jobs: &Receiver<Job<D>>) {
        let mut waiting = None;
        loop {
            let job = match waiting.take() {
                Some(job) => Some(job),
                None => match jobs.recv_timeout(self.patience()) {
                    Ok(job) => Some(job),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => break,
                },
            };
            if matches!(job, Some(Job::Stop)) {
                break;
            }
            match self.turn(job, jobs) {
                Ok(left) => waiting = left,
                Err(broken) => return self.fail(&broken),
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

    /// Does one job, and what is due besides; a job that was taken from the queue on the way is returned.
    fn turn(&mut self, job: Option<Job<D>>, jobs: &Receiver<Job<D>>) -> Result<Option<Job<D>>, Broken> {
        let now = (self.clock)();
        if self.shard.is_stalled() {
            match self.shard.retry_stalled(now) {
                Ok(Some(consequences)) => self.release(Vec::new(), consequences)?,
                Ok(None) => {}
                Err(broken) if broken.is_full() => {}
                Err(broken) => return Err(broken),
            }
        }
        let mut left = None;
        let idle = job.is_none();
        match job {
            Some(Job::Ingest(intake, answer)) => left = self.ingest(intake, answer, jobs, now)?,
            Some(Job::Order(order, answer)) => self.order(*order, answer, now)?,
            Some(Job::View(read)) => read(Ok(&mut self.shard.view())),
            Some(Job::Turn(work)) => self.serve(work, now)?,
            Some(Job::Stop) => {}
            None => self.pass_time(now)?,
        }
        self.shard.warm_search()?;
        if idle {
            self.shard.turn()?
        } else {
            self.shard.turn_after_job()?
        }
        Ok(left)
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
    ) -> Result<Option<Job<D>>, Broken> {
        let mut parts = vec![(intake.len(), answer)];
        let mut all = intake;
        let mut left = None;
        while all.len() < TURN_EVENTS_MAX {
            match jobs.try_recv() {
                Ok(Job::Ingest(intake, answer)) => {
                    parts.push((intake.len(), answer));
                    all.extend(intake);
                }
                Ok(other) => {
                    left = Some(other);
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
        Ok(left)
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
            }) as Reply
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

    fn serve(&mut self, work: Working<D>, now: Timestamp) -> Result<(), Broken> {
        let mut turn = Turn::new(&mut self.shard, now);
        let reply = work(&mut turn);
        match turn.end() {
            Ok(Some(consequences)) => self.release(vec![reply], consequences),
            Ok(None) => {
                reply(Ok(()));
                Ok(())
            }
            Err(broken) => {
                reply(Err(Refusal::Failed(broken.to_string())));
                Err(broken)
            }
        }
    }

    fn release(&self, answers: Vec<Reply>, consequences: Consequences) -> Result<(), Broken> {
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
