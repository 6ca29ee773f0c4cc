//! The thread that makes frames durable, and only then lets go what depends on them.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;

use ledger::{Disk, Syncer};
use model::{CustomerId, Effect, FrameSeq, Timestamp};
use tokio::runtime;
use tokio::sync::mpsc;

use crate::handle::{Change, Shared};
use crate::submission::{Consequences, Refusal};

/// Answers whoever asked, once it is known whether what it depends on is durable.
pub(crate) type Reply = Box<dyn FnOnce(Result<(), Refusal>) + Send>;

/// What may leave once a frame is durable.
pub(crate) struct Release {
    pub frame: FrameSeq,
    pub answers: Vec<Reply>,
    pub consequences: Consequences,
}

/// What many wait for.
pub(crate) struct News {
    answers: Vec<Reply>,
    durable: Result<(), Refusal>,
    touched: Vec<(CustomerId, Timestamp)>,
}

impl News {
    fn tell(self, shared: &Shared) {
        self.answers.into_iter().for_each(|answer| answer(self.durable.clone()));
        if shared.changes.receiver_count() > 0 {
            for (customer, time) in self.touched {
                let _ = shared.changes.send(Change { customer, time });
            }
        }
    }
}

/// The way to a task of the async runtime that tells news, if there is a runtime. Those who wait are tasks on it, too:
/// told from outside, each of them would have the system wake a thread and put this one aside.
pub(crate) fn herald(shared: &Arc<Shared>) -> Option<mpsc::UnboundedSender<News>> {
    let runtime = runtime::Handle::try_current().ok()?;
    let (herald, mut news) = mpsc::unbounded_channel::<News>();
    let shared = Arc::clone(shared);
    runtime.spawn(async move {
        while let Some(news) = news.recv().await {
            news.tell(&shared);
        }
    });
    Some(herald)
}

/// Makes frames durable, as many at once as are waiting, and lets what depends on them go. After an error nothing
/// more is ever released.
pub(crate) fn release_durable<D: Disk>(
    queue: &Receiver<Release>,
    syncer: &Syncer<D>,
    shared: &Shared,
    ready: &mpsc::UnboundedSender<Vec<Effect>>,
    herald: &Option<mpsc::UnboundedSender<News>>,
) {
    while let Ok(first) = queue.recv() {
        let mut waiting = vec![first];
        waiting.extend(queue.try_iter());
        let last = waiting.last().map_or(FrameSeq(0), |release| release.frame);
        let durable =
            shared.keys.sync().map_err(|error| Refusal::Failed(error.to_string())).and_then(|()| {
                syncer.sync(last).map(|_| ()).map_err(|error| Refusal::Failed(error.to_string()))
            });
        let failed = durable.is_err();
        let mut news = News { answers: Vec::new(), durable, touched: Vec::new() };
        for release in waiting {
            news.answers.extend(release.answers);
            if failed {
                continue;
            }
            let Consequences { ready: effects, touched, time } = release.consequences;
            if !effects.is_empty() {
                // Without a performer the effects stay in the outbox for the next start.
                let _ = ready.send(effects);
            }
            news.touched.extend(touched.into_iter().map(|customer| (customer, time)));
        }
        shared.failed.fetch_or(failed, Ordering::Relaxed);
        match herald {
            // A runtime that has ended has nobody left who waits.
            Some(herald) => drop(herald.send(news)),
            None => news.tell(shared),
        }
        if failed {
            return;
        }
    }
}
