//! What to keep of each event: the behaviours that conditions read, laid onto shared series of cells.

use model::{Span, Timestamp, ValueKind};
use rules::{Aggregate, Behaviour};

use super::cells::Cell;

/// A series' buckets: how long each is, and how many the widest window of the series spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grid {
    /// The length of a bucket. In 32 bits, because every event is divided by it several times.
    pub minutes: u32,
    pub buckets: u32,
}

/// How the events of one bucket become one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fold {
    Count,
    /// Sums and averages.
    Amount,
    Least,
    Greatest,
    First,
    Last,
}

/// A series: the cells that all behaviours over one property of one event, at one resolution, share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    pub key: u32,
    /// `None` for one cell over all time.
    pub grid: Option<Grid>,
    pub fold: Fold,
    pub property: Box<str>,
    /// The same for series over the same property of the event; 0 for those that read none.
    pub property_number: u16,
    pub kind: ValueKind,
}

/// The series that events of one name go into, by property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPlan {
    pub event: Box<str>,
    pub series: Vec<Series>,
}

/// How a behaviour is read: from which series, over which window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub series: u32,
    pub aggregate: Aggregate,
    pub window: Option<Grid>,
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// By event, ascending.
    events: Vec<EventPlan>,
    /// In the order of the behaviours' slots.
    pub kept: Vec<Kept>,
    /// By series, ascending; `None` keeps a series for ever.
    retention: Vec<(u32, Option<Grid>)>,
}

/// Buckets of every resolution begin and end together with those of the finest, so cells only grow old when
/// one of these ends.
pub const FINEST: Span = Span::MINUTE;

impl Grid {
    /// The grid of a window. A window is as exact as its length deserves, so that no series has more than
    /// about 750 cells; from some years on a cell is a longer stretch of days.
    pub fn of(window: Span) -> Self {
        const BUCKETS_MAX: i64 = 750;
        let days = |count: i64| Span(Span::DAY.0 * count);
        let resolution = match window {
            w if w <= Span::HOUR => Span::MINUTE,
            w if w <= days(1) => Span(Span::MINUTE.0 * 5),
            w if w <= days(31) => Span::HOUR,
            w if w <= days(92) => Span(Span::HOUR.0 * 6),
            w if w <= days(BUCKETS_MAX) => days(1),
            w => days(parts(w.0, Span::DAY.0 * BUCKETS_MAX)),
        };
        let buckets = parts(window.0.max(1), resolution.0);
        let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        Self { minutes: small(resolution.0 / FINEST.0), buckets: small(buckets) }
    }

    /// The bucket of a time; times before 1970 are of the first.
    pub fn bucket(&self, time: Timestamp) -> u32 {
        u32::try_from(time.0.max(0) / FINEST.0).unwrap_or(u32::MAX) / self.minutes
    }

    /// The first bucket that counts at `now`.
    pub fn first(&self, now: Timestamp) -> u32 {
        (self.bucket(now) + 1).saturating_sub(self.buckets)
    }

    /// When a bucket ceases to count.
    pub fn end_of(&self, bucket: u32) -> Timestamp {
        let minutes = (i64::from(bucket) + i64::from(self.buckets)) * i64::from(self.minutes);
        minutes.checked_mul(FINEST.0).map_or(Timestamp::MAX, Timestamp)
    }
}

impl Plan {
    pub fn new(behaviours: &[Behaviour], kind: impl Fn(&str, &str) -> ValueKind) -> Self {
        let mut plan = Self::default();
        for behaviour in behaviours {
            let (fold, property) = folded(&behaviour.aggregate);
            let window = behaviour.window.map(Grid::of);
            // The last of a window is the last of all, or too old.
            let grid = window.filter(|_| fold != Fold::Last);
            let series = plan.series(&behaviour.event, fold, property, grid, &kind);
            plan.kept.push(Kept { series, aggregate: behaviour.aggregate.clone(), window });
        }
        for event in &mut plan.events {
            event.series.sort_by(|a, b| (&a.property, a.fold, a.key).cmp(&(&b.property, b.fold, b.key)));
            event.number_properties();
            plan.retention.extend(event.series.iter().map(|series| (series.key, series.grid)));
        }
        plan.retention.sort_unstable();
        plan
    }

    pub fn event(&self, name: &str) -> Option<&EventPlan> {
        let place = self.events.binary_search_by(|plan| (*plan.event).cmp(name)).ok()?;
        Some(&self.events[place])
    }

    /// The first bucket of a series to keep when the last event was at `last`; `None` when nothing reads it.
    pub fn first_kept(&self, series: u32, last: Timestamp) -> Option<u32> {
        let place = self.retention.binary_search_by_key(&series, |entry| entry.0).ok()?;
        Some(self.retention[place].1.map_or(0, |grid| grid.first(last)))
    }

    fn series(
        &mut self,
        event: &str,
        fold: Fold,
        property: &str,
        grid: Option<Grid>,
        kind: &impl Fn(&str, &str) -> ValueKind,
    ) -> u32 {
        let mut key = hash(event, fold, property, grid);
        let place = match self.events.binary_search_by(|plan| (*plan.event).cmp(event)) {
            Ok(place) => place,
            Err(place) => {
                self.events.insert(place, EventPlan { event: event.into(), series: Vec::new() });
                place
            }
        };
        let minutes = |grid: Option<Grid>| grid.map(|grid| grid.minutes);
        let same = |series: &&mut Series| {
            (series.fold, &*series.property, minutes(series.grid)) == (fold, property, minutes(grid))
        };
        if let Some(series) = self.events[place].series.iter_mut().find(same) {
            series.grid = series.grid.max(grid);
            return series.key;
        }
        while self.events.iter().flat_map(|event| &event.series).any(|other| other.key == key) {
            key = key.wrapping_add(1);
        }
        let kind = kind(event, property);
        let series = Series { key, grid, fold, property: property.into(), property_number: 0, kind };
        self.events[place].series.push(series);
        key
    }
}

impl EventPlan {
    fn number_properties(&mut self) {
        let mut last = (0, Box::<str>::default());
        for series in &mut self.series {
            if series.property != last.1 {
                last = (last.0 + 1, series.property.clone());
            }
            series.property_number = last.0;
        }
    }
}

/// How many parts of `size` cover `whole`.
const fn parts(whole: i64, size: i64) -> i64 {
    (whole + size - 1) / size
}

fn folded(aggregate: &Aggregate) -> (Fold, &str) {
    match aggregate {
        Aggregate::Count => (Fold::Count, ""),
        Aggregate::Sum(property) | Aggregate::Average(property) => (Fold::Amount, property),
        Aggregate::Min(property) => (Fold::Least, property),
        Aggregate::Max(property) => (Fold::Greatest, property),
        Aggregate::First(property) => (Fold::First, property),
        Aggregate::Last(property) => (Fold::Last, property),
    }
}

/// FNV-1a of what a series is, so that it keeps its cells from one catalogue version to the next.
fn hash(event: &str, fold: Fold, property: &str, grid: Option<Grid>) -> u32 {
    let minutes = grid.map_or(0, |grid| grid.minutes);
    let text = format!("{event}\0{fold:?}\0{property}\0{minutes}");
    fnv(&text)
}

/// FNV-1a, 32 bits.
pub fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Drops the cells that are older than every window over them.
pub fn prune<T: Cell>(cells: &mut Box<[T]>, plan: &Plan, last: Timestamp) {
    super::cells::prune(cells, |series| plan.first_kept(series, last));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_have_the_resolution_they_deserve() {
        for (window, resolution, buckets) in [
            ("90s", "1m", 2),
            ("1h", "1m", 60),
            ("2h", "5m", 24),
            ("7d", "1h", 168),
            ("31d", "1h", 744),
            ("90d", "6h", 360),
            ("365d", "1d", 365),
            ("3650d", "5d", 730),
        ] {
            let grid = Grid::of(window.parse().unwrap());
            let minutes = resolution.parse::<Span>().unwrap().0 / FINEST.0;
            assert_eq!((i64::from(grid.minutes), grid.buckets), (minutes, buckets), "{window}");
        }
    }

    #[test]
    fn windows_of_one_resolution_share_their_cells() {
        let behaviour = |window: Option<&str>| Behaviour {
            event: "Product Viewed".into(),
            aggregate: Aggregate::Count,
            window: window.map(|text| text.parse().unwrap()),
        };
        let plan = Plan::new(&[behaviour(Some("7d")), behaviour(Some("30d")), behaviour(None)], |_, _| {
            ValueKind::Null
        });
        assert_eq!(plan.kept[0].series, plan.kept[1].series);
        assert_ne!(plan.kept[0].series, plan.kept[2].series);
        let series = &plan.event("Product Viewed").unwrap().series;
        assert_eq!(series.len(), 2);
        assert!(series.iter().any(|series| series.grid.is_some_and(|grid| grid.buckets == 720)));
    }

    #[test]
    fn a_bucket_counts_until_its_window_has_passed() {
        let grid = Grid::of("7d".parse().unwrap());
        let bucket = grid.bucket(Timestamp(1_000 * Span::HOUR.0 + 5));
        let end = grid.end_of(bucket);
        assert_eq!(grid.first(Timestamp(end.0 - 1)), bucket);
        assert_eq!(grid.first(end), bucket + 1);
    }
}
