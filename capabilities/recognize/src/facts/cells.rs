//! Cells: what one series of a behaviour holds for one stretch of time.

use minicbor::{Decode, Encode};
use model::{Timestamp, Value};

/// A cell by its place: series, then bucket, then currency.
pub trait Cell {
    type Key: Ord + Copy;

    fn key(&self) -> Self::Key;
    fn new(key: Self::Key) -> Self;
    fn series(&self) -> u32;
    fn bucket(&self) -> u32;
}

/// How many events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct CountCell {
    #[n(0)]
    pub series: u32,
    #[n(1)]
    pub bucket: u32,
    #[n(2)]
    pub count: u32,
}

/// The sum of a property, in millionths, and of how many events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct AmountCell {
    #[n(0)]
    pub series: u32,
    #[n(1)]
    pub bucket: u32,
    /// An ISO 4217 code for money; zeros for plain numbers.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub currency: [u8; 3],
    #[n(3)]
    pub count: u32,
    /// The high and the low half of the sum: an `i128` would be aligned to 16 bytes.
    #[n(4)]
    high: i64,
    #[n(5)]
    low: u64,
}

/// The one value that won: the first, the last, the least, the greatest.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Mark {
    #[n(0)]
    pub series: u32,
    #[n(1)]
    pub bucket: u32,
    /// The winning event's; zero where the value alone decides.
    #[n(2)]
    pub time: Timestamp,
    #[n(3)]
    pub tie: u64,
    #[n(4)]
    pub value: Value,
}

impl AmountCell {
    pub fn sum(&self) -> i128 {
        i128::from(self.high) << 64 | i128::from(self.low)
    }

    pub fn add(&mut self, amount: i128) {
        let sum = self.sum().wrapping_add(amount);
        (self.high, self.low) = ((sum >> 64) as i64, sum as u64);
        self.count = self.count.saturating_add(1);
    }
}

impl Cell for CountCell {
    type Key = (u32, u32);

    fn key(&self) -> (u32, u32) {
        (self.series, self.bucket)
    }

    fn new((series, bucket): (u32, u32)) -> Self {
        Self { series, bucket, count: 0 }
    }

    fn series(&self) -> u32 {
        self.series
    }

    fn bucket(&self) -> u32 {
        self.bucket
    }
}

impl Cell for AmountCell {
    type Key = (u32, u32, [u8; 3]);

    fn key(&self) -> Self::Key {
        (self.series, self.bucket, self.currency)
    }

    fn new((series, bucket, currency): Self::Key) -> Self {
        Self { series, bucket, currency, count: 0, high: 0, low: 0 }
    }

    fn series(&self) -> u32 {
        self.series
    }

    fn bucket(&self) -> u32 {
        self.bucket
    }
}

impl Cell for Mark {
    type Key = (u32, u32);

    fn key(&self) -> (u32, u32) {
        (self.series, self.bucket)
    }

    fn new((series, bucket): (u32, u32)) -> Self {
        Self { series, bucket, time: Timestamp::MIN, tie: 0, value: Value::Null }
    }

    fn series(&self) -> u32 {
        self.series
    }

    fn bucket(&self) -> u32 {
        self.bucket
    }
}

/// The cell of `key`, made where there is none yet; `true` when it is new.
pub fn cell<T: Cell>(cells: &mut Box<[T]>, key: T::Key) -> (&mut T, bool) {
    match cells.binary_search_by_key(&key, T::key) {
        Ok(place) => (&mut cells[place], false),
        Err(place) => {
            let mut list = std::mem::take(cells).into_vec();
            list.reserve_exact(1);
            list.insert(place, T::new(key));
            *cells = list.into_boxed_slice();
            (&mut cells[place], true)
        }
    }
}

/// The cells of a series whose bucket is `first` or later.
pub fn in_window<T: Cell>(cells: &[T], series: u32, first: u32) -> impl Iterator<Item = &T> {
    let start = cells.partition_point(|cell| (cell.series(), cell.bucket()) < (series, first));
    cells[start..].iter().take_while(move |cell| cell.series() == series)
}

/// Adds the cells of `before` whose series has none here.
pub fn keep_unfound<T: Cell>(cells: &mut Box<[T]>, before: Box<[T]>) {
    let found = |series| cells.binary_search_by_key(&series, T::series).is_ok();
    let mut kept: Vec<T> = before.into_iter().filter(|cell| !found(cell.series())).collect();
    if !kept.is_empty() {
        kept.extend(std::mem::take(cells));
        kept.sort_unstable_by_key(T::key);
        *cells = kept.into_boxed_slice();
    }
}

/// Keeps the cells that `first` still wants: it gives the first bucket to keep of a series, or `None` for a
/// series that nothing reads any more.
pub fn prune<T: Cell>(cells: &mut Box<[T]>, first: impl Fn(u32) -> Option<u32>) {
    let mut series = None;
    let mut keeps = |cell: &T| {
        let (_, first) = match series {
            Some(known) if matches!(known, (number, _) if number == cell.series()) => known,
            _ => *series.insert((cell.series(), first(cell.series()))),
        };
        first.is_some_and(|first| cell.bucket() >= first)
    };
    if !cells.iter().all(&mut keeps) {
        let mut list = std::mem::take(cells).into_vec();
        list.retain(keeps);
        *cells = list.into_boxed_slice();
    }
}
