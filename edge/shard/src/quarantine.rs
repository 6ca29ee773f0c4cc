//! What could not be taken: kept sealed with its reason, to be looked at, sent again or discarded.

use model::record::QuarantineRecord;
use model::{SourceId, Timestamp};
use state::{StateError, Table};

use crate::rows::BODY_AAD;
use crate::world::World;

/// One item of the quarantine, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    pub number: u64,
    pub source: SourceId,
    pub time: Timestamp,
    pub reason: String,
    pub body: Vec<u8>,
}

/// A stored item: the record and when it came.
#[derive(minicbor::Encode, minicbor::Decode)]
struct Row {
    #[n(0)]
    time: Timestamp,
    #[n(1)]
    item: QuarantineRecord,
}

impl World {
    pub fn put_quarantine(&mut self, item: &QuarantineRecord) {
        let row = Row { time: self.time, item: item.clone() };
        let bytes = minicbor::to_vec(&row).expect("encoding into memory cannot fail");
        self.quarantine_changes.insert(item.number, Some(bytes));
    }

    /// Takes an item out: replayed, it is counted where it went; discarded, it counts as rejected.
    pub fn settle_quarantine(&mut self, number: u64, replayed: bool) -> Result<(), StateError> {
        let Some(item) = self.quarantined(number)? else { return Ok(()) };
        let account = self.books.account(item.source);
        account.quarantined -= 1;
        if replayed {
            account.accepted -= 1;
        } else {
            account.rejected += 1;
        }
        self.quarantine_changes.insert(number, None);
        Ok(())
    }

    pub fn quarantined(&self, number: u64) -> Result<Option<Quarantined>, StateError> {
        let unwritten =
            self.quarantine_changes.get(&number).or_else(|| self.quarantine_committing.get(&number));
        let row = match unwritten {
            Some(row) => row.clone(),
            None => self.store.get(Table::Quarantine, &number.to_be_bytes())?,
        };
        row.map(|row| self.open_quarantined(&row)).transpose()
    }

    /// Items numbered below `before`, newest first.
    pub fn quarantine_page(&self, before: u64, limit: usize) -> Result<Vec<Quarantined>, StateError> {
        let mut rows: std::collections::BTreeMap<u64, Vec<u8>> = std::collections::BTreeMap::new();
        let Some(last) = before.checked_sub(1) else { return Ok(Vec::new()) };
        let mut unwritten = self.quarantine_committing.clone();
        unwritten.extend(self.quarantine_changes.clone());
        self.store.scan(Table::Quarantine, &[0; 8], &last.to_be_bytes(), true, &mut |key, row| {
            if let Ok(key) = key.try_into() {
                let number = u64::from_be_bytes(key);
                if !unwritten.contains_key(&number) {
                    rows.insert(number, row.to_vec());
                }
            }
            rows.len() < limit
        })?;
        rows.extend(unwritten.range(..before).filter_map(|(number, row)| Some((*number, row.clone()?))));
        rows.values().rev().take(limit).map(|row| self.open_quarantined(row)).collect()
    }

    fn open_quarantined(&self, row: &[u8]) -> Result<Quarantined, StateError> {
        let damaged = |cause: String| StateError::Row { table: Table::Quarantine, key: "item".into(), cause };
        let Row { time, item } = minicbor::decode(row).map_err(|error| damaged(error.to_string()))?;
        let body = self.unseal(&item.body, BODY_AAD)?.unwrap_or_default();
        Ok(Quarantined { number: item.number, source: item.source, time, reason: item.reason, body })
    }
}
