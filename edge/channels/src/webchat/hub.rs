//! The hub: which chat windows are open now, and for which customer. Holds nothing durable.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::CustomerId;
use tokio::sync::broadcast;

use super::{SessionId, ShownMessage};

/// Messages waiting for one slow browser. Beyond, it reads them from the thread instead.
const WAITING_MAX: usize = 32;

/// The open windows of one workspace. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Hub(Arc<Mutex<Windows>>);

#[derive(Debug, Default)]
struct Windows {
    next: u64,
    open: BTreeMap<u64, Window>,
    of_customer: BTreeSet<(CustomerId, u64)>,
}

#[derive(Debug)]
struct Window {
    session: SessionId,
    /// None until the first message of a visitor nobody has met before.
    customer: Option<CustomerId>,
    waiting: broadcast::Sender<ShownMessage>,
}

/// A window's place in the hub; it leaves when this is dropped.
#[derive(Debug)]
pub struct Subscription {
    hub: Hub,
    window: u64,
    messages: broadcast::Receiver<ShownMessage>,
}

/// What a window hears next.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Message(ShownMessage),
    /// Too much came at once: read everything after the last number from the thread.
    FellBehind,
}

impl Hub {
    /// Opens a window on everything delivered to `customer` from now on.
    pub fn open(&self, session: SessionId, customer: Option<CustomerId>) -> Subscription {
        let (waiting, messages) = broadcast::channel(WAITING_MAX);
        let mut windows = self.lock();
        let window = windows.next;
        windows.next += 1;
        windows.open.insert(window, Window { session, customer, waiting });
        windows.of_customer.extend(customer.map(|customer| (customer, window)));
        Subscription { hub: self.clone(), window, messages }
    }

    /// Shows a message in every open window of the customer and returns how many that are. None is no
    /// loss: the message is in the thread, where the next window finds it.
    ///
    /// Messages of one customer must be delivered in the order of their numbers.
    pub fn deliver(&self, customer: CustomerId, message: &ShownMessage) -> usize {
        let windows = self.lock();
        let reached = windows.of(customer).filter_map(|window| windows.open.get(&window));
        reached.filter(|window| window.waiting.send(message.clone()).is_ok()).count()
    }

    /// Follows a merge, or its undoing: the windows of `from` for which `moves` says so become windows of `to`.
    pub fn move_windows(&self, from: CustomerId, to: CustomerId, moves: impl Fn(SessionId) -> bool) {
        let mut windows = self.lock();
        let moving = windows
            .of(from)
            .filter(|window| windows.open.get(window).is_some_and(|open| moves(open.session)));
        for window in moving.collect::<Vec<_>>() {
            windows.give(window, to);
        }
    }

    /// How many windows are open, for the metrics.
    pub fn windows(&self) -> usize {
        self.lock().open.len()
    }

    fn lock(&self) -> MutexGuard<'_, Windows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Windows {
    fn of(&self, customer: CustomerId) -> impl Iterator<Item = u64> {
        self.of_customer.range((customer, 0)..=(customer, u64::MAX)).map(|(_, window)| *window)
    }

    /// Gives the window to a customer; `true` if it was not theirs already.
    fn give(&mut self, window: u64, to: CustomerId) -> bool {
        let Some(open) = self.open.get_mut(&window) else { return false };
        let from = open.customer.replace(to);
        if let Some(from) = from {
            self.of_customer.remove(&(from, window));
        }
        self.of_customer.insert((to, window));
        from != Some(to)
    }
}

impl Subscription {
    /// Waits for what comes next. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Heard {
        match self.messages.recv().await {
            Ok(message) => Heard::Message(message),
            Err(broadcast::error::RecvError::Lagged(_)) => Heard::FellBehind,
            Err(broadcast::error::RecvError::Closed) => {
                unreachable!("the hub keeps the sender while the window is open")
            }
        }
    }

    /// Notes whose window this is; `true` if that is new. Messages delivered before went past it.
    pub fn belongs_to(&self, customer: CustomerId) -> bool {
        self.hub.lock().give(self.window, customer)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut windows = self.hub.lock();
        if let Some(Window { customer: Some(customer), .. }) = windows.open.remove(&self.window) {
            windows.of_customer.remove(&(customer, self.window));
        }
    }
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::super::Author;
    use super::*;

    const ADA: CustomerId = CustomerId(1);
    const EVE: CustomerId = CustomerId(2);

    fn message(number: u64) -> ShownMessage {
        let text = format!("message {number}");
        ShownMessage {
            number,
            from: Author::Bot,
            name: None,
            text,
            choices: vec![],
            time: Timestamp(0),
            id: None,
        }
    }

    fn session(number: u8) -> SessionId {
        SessionId([number; 16])
    }

    #[tokio::test]
    async fn a_message_reaches_every_window_of_its_customer_and_no_other() {
        let hub = Hub::default();
        let mut first = hub.open(session(1), Some(ADA));
        let mut second = hub.open(session(2), Some(ADA));
        let mut other = hub.open(session(3), Some(EVE));
        assert_eq!(hub.deliver(ADA, &message(1)), 2);
        assert_eq!(hub.deliver(EVE, &message(2)), 1);
        assert_eq!(first.next().await, Heard::Message(message(1)));
        assert_eq!(second.next().await, Heard::Message(message(1)));
        assert_eq!(other.next().await, Heard::Message(message(2)));
        drop((first, second));
        assert_eq!((hub.deliver(ADA, &message(3)), hub.windows()), (0, 1));
    }

    #[tokio::test]
    async fn a_slow_window_is_told_that_it_fell_behind() {
        let hub = Hub::default();
        let mut window = hub.open(session(1), Some(ADA));
        for number in 0..WAITING_MAX as u64 + 5 {
            hub.deliver(ADA, &message(number));
        }
        assert_eq!(window.next().await, Heard::FellBehind);
        assert_eq!(window.next().await, Heard::Message(message(5)));
    }

    #[tokio::test]
    async fn windows_follow_their_customer_through_merge_and_unmerge() {
        let hub = Hub::default();
        let mut visitor = hub.open(session(1), None);
        assert_eq!(hub.deliver(EVE, &message(1)), 0);
        assert!(visitor.belongs_to(EVE));
        assert!(!visitor.belongs_to(EVE));
        hub.move_windows(EVE, ADA, |_| true);
        assert_eq!((hub.deliver(EVE, &message(2)), hub.deliver(ADA, &message(3))), (0, 1));
        assert_eq!(visitor.next().await, Heard::Message(message(3)));
        let _stays = hub.open(session(2), Some(ADA));
        hub.move_windows(ADA, EVE, |moved| moved == session(1));
        assert_eq!((hub.deliver(EVE, &message(4)), hub.deliver(ADA, &message(5))), (1, 1));
    }
}
