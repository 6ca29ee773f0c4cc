//! The hub: which chat windows are open now, for which customer, and who types. Holds nothing durable.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::CustomerId;
use tokio::sync::broadcast;
use tokio::time::Instant;

use super::{SessionId, ShownMessage, Ticket};

/// Messages waiting for one slow browser. Beyond, it reads them from the thread instead.
const WAITING_MAX: usize = 32;

/// Signs of life waiting for one listener; whoever misses some misses nothing.
const SIGNS_WAITING_MAX: usize = 256;
/// Somebody types: told again at most so often.
const TYPING_EVERY: Duration = Duration::from_secs(1);

/// The open windows of one workspace. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hub {
    windows: Arc<Mutex<Windows>>,
    signs: broadcast::Sender<Sign>,
}

#[derive(Debug, Default)]
struct Windows {
    next: u64,
    open: BTreeMap<u64, Window>,
    of_customer: BTreeSet<(CustomerId, u64)>,
    /// Windows that are nobody's yet.
    strangers: BTreeSet<u64>,
    /// When an agent's typing was told to a customer last.
    typed: BTreeMap<CustomerId, Instant>,
}

/// A sign of life in web chat, for staff who look on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    pub customer: CustomerId,
    pub what: SignOf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignOf {
    /// The customer types.
    CustomerTypes,
    /// The agent, as customers know them, types.
    AgentTypes { name: String },
    /// The customer's first window was opened, or the last was closed.
    Windows,
}

#[derive(Debug)]
struct Window {
    ticket: Ticket,
    /// None while nobody has met the visitor.
    customer: Option<CustomerId>,
    waiting: broadcast::Sender<News>,
    /// When the customer's typing was told last.
    typed: Option<Instant>,
}

#[derive(Debug, Clone)]
enum News {
    Message(ShownMessage),
    Typing {
        name: String,
    },
    /// Something may have gone past it.
    Missed,
}

/// A window's place in the hub; it leaves when this is dropped.
#[derive(Debug)]
pub struct Subscription {
    hub: Hub,
    window: u64,
    news: broadcast::Receiver<News>,
}

/// What a window hears next.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Message(ShownMessage),
    /// An agent types.
    Typing {
        name: String,
    },
    /// Something went past, because too much came at once or it was not known whose window it is: read everything after
    /// the last number from the thread.
    FellBehind,
}

impl Hub {
    /// Opens a window on everything delivered to `customer` from now on.
    pub fn open(&self, ticket: Ticket, customer: Option<CustomerId>) -> Subscription {
        let (waiting, news) = broadcast::channel(WAITING_MAX);
        let mut windows = self.lock();
        let window = windows.next;
        windows.next += 1;
        windows.open.insert(window, Window { ticket, customer, waiting, typed: None });
        match customer {
            Some(customer) => drop(windows.of_customer.insert((customer, window))),
            None => drop(windows.strangers.insert(window)),
        }
        drop(windows);
        customer.into_iter().for_each(|customer| self.tell(customer, SignOf::Windows));
        Subscription { hub: self.clone(), window, news }
    }

    /// Shows a message in every open window of the customer and returns how many that are. None is no
    /// loss: the message is in the thread, where the next window finds it.
    ///
    /// Messages of one customer must be delivered in the order of their numbers.
    pub fn deliver(&self, customer: CustomerId, message: &ShownMessage) -> usize {
        let windows = self.lock();
        let reached = windows.of(customer).filter_map(|window| windows.open.get(&window));
        reached.filter(|window| window.waiting.send(News::Message(message.clone())).is_ok()).count()
    }

    /// An agent types: shown in the customer's windows, and to other staff.
    pub fn agent_types(&self, customer: CustomerId, name: &str) {
        let mut windows = self.lock();
        let now = Instant::now();
        windows.typed.retain(|_, at| now.duration_since(*at) < TYPING_EVERY);
        if windows.typed.contains_key(&customer) {
            return;
        }
        windows.typed.insert(customer, now);
        for window in windows.of(customer).filter_map(|window| windows.open.get(&window)) {
            // A window that closes just now needs to know nothing.
            let _ = window.waiting.send(News::Typing { name: name.to_owned() });
        }
        drop(windows);
        self.tell(customer, SignOf::AgentTypes { name: name.to_owned() });
    }

    /// Whether the customer has a window open.
    pub fn is_connected(&self, customer: CustomerId) -> bool {
        self.lock().of(customer).next().is_some()
    }

    /// Signs of life from now on.
    pub fn signs(&self) -> broadcast::Receiver<Sign> {
        self.signs.subscribe()
    }

    fn tell(&self, customer: CustomerId, what: SignOf) {
        // Without listeners there is nobody to tell.
        let _ = self.signs.send(Sign { customer, what });
    }

    /// Follows a merge, or its undoing: the windows of `from` for which `moves` says so become windows of `to`.
    pub fn move_windows(&self, from: CustomerId, to: CustomerId, moves: impl Fn(SessionId) -> bool) {
        let mut windows = self.lock();
        let moving = windows
            .of(from)
            .filter(|window| windows.open.get(window).is_some_and(|open| moves(open.ticket.session)));
        for window in moving.collect::<Vec<_>>() {
            windows.give(window, to);
        }
    }

    /// Tickets of windows that are nobody's yet, at most so many, the newest.
    pub fn strangers(&self, max: usize) -> Vec<Ticket> {
        let windows = self.lock();
        let newest = windows.strangers.iter().rev().take(max);
        newest.filter_map(|window| Some(windows.open.get(window)?.ticket.clone())).collect()
    }

    /// The visitor of a window that was nobody's was met elsewhere, as by the page around it.
    pub fn met(&self, session: SessionId, customer: CustomerId) {
        let mut windows = self.lock();
        let own = |window: &u64| windows.open.get(window).is_some_and(|own| own.ticket.session == session);
        let met: Vec<u64> = windows.strangers.iter().copied().filter(own).collect();
        for window in &met {
            windows.give(*window, customer);
            let open = windows.open.get(window);
            // A window that closes just now needs to know nothing.
            open.into_iter().for_each(|open| drop(open.waiting.send(News::Missed)));
        }
        drop(windows);
        if !met.is_empty() {
            self.tell(customer, SignOf::Windows);
        }
    }

    /// How many windows are open, for the metrics.
    pub fn windows(&self) -> usize {
        self.lock().open.len()
    }

    fn lock(&self) -> MutexGuard<'_, Windows> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self { windows: Arc::default(), signs: broadcast::Sender::new(SIGNS_WAITING_MAX) }
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
        match from {
            Some(from) => drop(self.of_customer.remove(&(from, window))),
            None => drop(self.strangers.remove(&window)),
        }
        self.of_customer.insert((to, window));
        from != Some(to)
    }
}

impl Subscription {
    /// Waits for what comes next. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Heard {
        match self.news.recv().await {
            Ok(News::Message(message)) => Heard::Message(message),
            Ok(News::Typing { name }) => Heard::Typing { name },
            Ok(News::Missed) | Err(broadcast::error::RecvError::Lagged(_)) => Heard::FellBehind,
            Err(broadcast::error::RecvError::Closed) => {
                unreachable!("the hub keeps the sender while the window is open")
            }
        }
    }

    /// Notes whose window this is; `true` if that is new. Messages delivered before went past it.
    pub fn belongs_to(&self, customer: CustomerId) -> bool {
        let is_new = self.hub.lock().give(self.window, customer);
        if is_new {
            self.hub.tell(customer, SignOf::Windows);
        }
        is_new
    }

    /// The customer types here.
    pub fn types(&self) {
        let mut windows = self.hub.lock();
        let Some(window) = windows.open.get_mut(&self.window) else { return };
        let now = Instant::now();
        let lately = window.typed.is_some_and(|at| now.duration_since(at) < TYPING_EVERY);
        let Some(customer) = window.customer.filter(|_| !lately) else { return };
        window.typed = Some(now);
        drop(windows);
        self.hub.tell(customer, SignOf::CustomerTypes);
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut windows = self.hub.lock();
        windows.strangers.remove(&self.window);
        if let Some(Window { customer: Some(customer), .. }) = windows.open.remove(&self.window) {
            windows.of_customer.remove(&(customer, self.window));
            drop(windows);
            self.hub.tell(customer, SignOf::Windows);
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
            article: None,
        }
    }

    fn session(number: u8) -> Ticket {
        Ticket { session: SessionId([number; 16]), anonymous_id: format!("browser-{number}") }
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

    #[tokio::test(start_paused = true)]
    async fn who_types_is_told_once_a_second_and_who_is_there() {
        let hub = Hub::default();
        let mut signs = hub.signs();
        let sign = |what| Sign { customer: ADA, what };
        let mut window = hub.open(session(1), None);
        window.types();
        assert!(signs.try_recv().is_err(), "nobody knows who types");
        assert!(!hub.is_connected(ADA));
        window.belongs_to(ADA);
        assert!(hub.is_connected(ADA));
        window.types();
        window.types();
        hub.agent_types(ADA, "Mara");
        hub.agent_types(ADA, "Mara");
        hub.agent_types(EVE, "Mara");
        assert_eq!(window.next().await, Heard::Typing { name: "Mara".into() });
        tokio::time::advance(TYPING_EVERY).await;
        window.types();
        hub.agent_types(ADA, "Mara");
        assert_eq!(window.next().await, Heard::Typing { name: "Mara".into() });
        drop(window);
        assert!(!hub.is_connected(ADA));
        let agent = || SignOf::AgentTypes { name: "Mara".into() };
        let of_eve = Sign { customer: EVE, what: agent() };
        let expected = [
            sign(SignOf::Windows),
            sign(SignOf::CustomerTypes),
            sign(agent()),
            of_eve,
            sign(SignOf::CustomerTypes),
            sign(agent()),
            sign(SignOf::Windows),
        ];
        for own in expected {
            assert_eq!(signs.try_recv(), Ok(own));
        }
        assert!(signs.try_recv().is_err());
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
    async fn a_stranger_met_elsewhere_hears_what_comes_and_reads_what_went_past() {
        let hub = Hub::default();
        let mut window = hub.open(session(1), None);
        let gone = hub.open(session(2), None);
        let _known = hub.open(session(3), Some(EVE));
        assert_eq!(hub.strangers(9), [session(2), session(1)]);
        drop(gone);
        assert_eq!(hub.deliver(ADA, &message(1)), 0);
        hub.met(session(1).session, ADA);
        hub.met(session(3).session, ADA);
        assert_eq!((hub.strangers(9).len(), hub.deliver(ADA, &message(2))), (0, 1));
        assert_eq!(window.next().await, Heard::FellBehind);
        assert_eq!(window.next().await, Heard::Message(message(2)));
        assert!(!window.belongs_to(ADA));
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
        hub.move_windows(ADA, EVE, |moved| moved == session(1).session);
        assert_eq!((hub.deliver(EVE, &message(4)), hub.deliver(ADA, &message(5))), (1, 1));
    }
}
