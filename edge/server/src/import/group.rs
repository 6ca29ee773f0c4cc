//! Gathering the lines of a group, such as those of an order, into one event.

use std::collections::{HashMap, HashSet};

use mapping::{Cells, EventPlan, Gathered, body};

use super::plan::Plan;

/// An event's body, or why a row gave none.
#[derive(Debug)]
pub struct Made {
    /// The first row it came from; a resumed import begins no later than here.
    pub row: u64,
    pub result: Result<String, String>,
}

/// Groups whose lines are still coming.
pub struct Groups {
    column: usize,
    within_rows: u64,
    open: HashMap<Box<str>, Group>,
    /// Keys of groups that were closed, to notice a line that comes too late.
    closed: HashSet<Box<str>>,
    last_sweep: u64,
}

struct Group {
    first_row: u64,
    last_row: u64,
    /// The cells of the first line stand for the group.
    head: Cells,
    /// One for each event of the plan; `None` where the event does not apply. An order with a line that
    /// cannot be read is no order: the event is then refused with the reason of its first bad line.
    gathered: Vec<Option<Result<Gathered, String>>>,
}

impl Groups {
    pub fn new(column: usize, within_rows: u64) -> Self {
        Self { column, within_rows, open: HashMap::new(), closed: HashSet::new(), last_sweep: 0 }
    }

    /// Takes a line; what is made goes to `out`.
    pub fn add(&mut self, plan: &Plan, cells: &Cells, row: u64, out: &mut Vec<Made>) {
        let key = cells.get(self.column).text();
        let refuse = |reason: String| Made { row, result: Err(reason) };
        if key.is_empty() {
            return out.push(refuse("the column of `group_by` is empty".into()));
        }
        if !self.open.contains_key(key) {
            if self.closed.contains(key) {
                return out.push(refuse(format!(
                    "its group was complete {} rows ago; sort the file or raise `group_by.within_rows`",
                    self.within_rows
                )));
            }
            let applies = |event: &EventPlan| event.applies(cells);
            let gathered =
                plan.events.iter().map(|event| applies(event).then(|| Ok(Gathered::default()))).collect();
            self.open
                .insert(key.into(), Group { first_row: row, last_row: row, head: cells.clone(), gathered });
        }
        let group = self.open.get_mut(key).expect("it was there or has just been added");
        group.last_row = row;
        for (event, part) in plan.events.iter().zip(&mut group.gathered) {
            if let Some(Ok(gathered)) = part
                && let Err(reason) = gathered.add(event, cells, row)
            {
                *part = Some(Err(format!("line in row {row}: {reason}")));
            }
        }
        if row - self.last_sweep >= self.within_rows {
            self.last_sweep = row;
            self.close(plan, Some(row), out);
        }
    }

    /// Closes every group that paused too long before `row`, or all at the end, in the order they began.
    pub fn close(&mut self, plan: &Plan, row: Option<u64>, out: &mut Vec<Made>) {
        let over = |group: &Group| row.is_none_or(|row| row - group.last_row >= self.within_rows);
        let mut closing: Vec<(u64, Box<str>)> = self
            .open
            .iter()
            .filter(|(_, group)| over(group))
            .map(|(key, group)| (group.first_row, key.clone()))
            .collect();
        closing.sort();
        for (_, key) in closing {
            let group = self.open.remove(&key).expect("it was just seen");
            self.closed.insert(key);
            for (event, gathered) in plan.events.iter().zip(&group.gathered) {
                let result = match gathered {
                    None => continue,
                    Some(Err(reason)) => Err(reason.clone()),
                    Some(Ok(gathered)) => {
                        body(plan.channel.as_ref(), event, &group.head, group.first_row, gathered)
                    }
                };
                out.push(Made { row: group.first_row, result });
            }
        }
    }

    /// The first row that is still needed.
    pub fn oldest(&self) -> Option<u64> {
        self.open.values().map(|group| group.first_row).min()
    }
}
