//! Search over names and identifiers, in memory: personal text rests nowhere in the clear.
//!
//! Each customer has one line of lower-case text; a query is looked for in all lines at the speed of memory.
//! Lines stand in blocks that never change once full, so a search reads them without holding up the writer.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use foldhash::fast::FixedState;
use memchr::memmem;
use model::CustomerId;

/// Bytes in a block.
const BLOCK_BYTES: usize = 1 << 20;
/// Customers a search looks at before it ranks what it found.
const CANDIDATES_MAX: usize = 2_000;
/// The longest line kept, in bytes.
const LINE_BYTES_MAX: usize = 512;
/// Stale lines are cleared away when they are more than half of at least this many.
const LINES_BEFORE_CLEARING: usize = 10_000;

#[derive(Default, Clone)]
struct Block {
    text: Vec<u8>,
    /// Where each line begins, and whose it is.
    lines: Vec<(u32, CustomerId)>,
}

#[derive(Default)]
struct Inner {
    full: Vec<Arc<Block>>,
    last: Block,
    /// Whose current line is which: the number of the line counted over all blocks.
    current: HashMap<CustomerId, u32, FixedState>,
    lines: u32,
    complete: bool,
}

/// The index; clones share it.
#[derive(Clone, Default)]
pub struct Search(Arc<RwLock<Inner>>);

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Best first.
    pub customers: Vec<CustomerId>,
    /// Whether every customer has been looked at: not so in the first seconds after a start, and where more
    /// matched than are ranked.
    pub complete: bool,
}

impl Search {
    /// Sets the customer's text; nothing when it is empty.
    pub fn put(&self, customer: CustomerId, text: &str) {
        let mut inner = self.0.write().expect("no holder of the lock panics");
        inner.put(customer, text);
        let stale = (inner.lines as usize).saturating_sub(inner.current.len());
        if stale > inner.current.len() && stale > LINES_BEFORE_CLEARING {
            inner.clear_stale();
        }
    }

    /// Forgets the customer; its text is overwritten, not only hidden.
    pub fn remove(&self, customer: CustomerId) {
        let mut inner = self.0.write().expect("no holder of the lock panics");
        if inner.current.remove(&customer).is_some() {
            inner.clear_stale();
        }
    }

    /// Hides a customer that was merged into another.
    pub fn hide(&self, customer: CustomerId) {
        self.0.write().expect("no holder of the lock panics").current.remove(&customer);
    }

    pub fn knows(&self, customer: CustomerId) -> bool {
        self.0.read().expect("no holder of the lock panics").current.contains_key(&customer)
    }

    pub fn is_complete(&self) -> bool {
        self.0.read().expect("no holder of the lock panics").complete
    }

    pub fn set_complete(&self) {
        self.0.write().expect("no holder of the lock panics").complete = true;
    }

    /// Customers whose text holds every word of `query`; those with a word that begins like it come first.
    pub fn find(&self, query: &str, limit: usize) -> Found {
        let query = query.trim().to_lowercase();
        let words: Vec<&str> = query.split_whitespace().collect();
        let Some((longest, rest)) = longest_first(&words) else {
            return Found { customers: Vec::new(), complete: true };
        };
        let (blocks, last, mut complete) = {
            let inner = self.0.read().expect("no holder of the lock panics");
            (inner.full.clone(), inner.last.clone(), inner.complete)
        };
        let finder = memmem::Finder::new(longest);
        let mut hits = Vec::new();
        let mut before = 0;
        for block in blocks.iter().map(AsRef::as_ref).chain([&last]) {
            block.search(&finder, &rest, before, &mut hits);
            before += block.lines.len() as u32;
            if hits.len() >= CANDIDATES_MAX {
                complete = false;
                break;
            }
        }
        let inner = self.0.read().expect("no holder of the lock panics");
        hits.retain(|hit| inner.current.get(&hit.customer) == Some(&hit.line));
        hits.sort_by_key(|hit| (hit.rank, hit.customer));
        complete &= hits.len() <= limit;
        Found { customers: hits.iter().take(limit).map(|hit| hit.customer).collect(), complete }
    }
}

struct Hit {
    rank: u8,
    customer: CustomerId,
    line: u32,
}

impl Inner {
    fn put(&mut self, customer: CustomerId, text: &str) {
        if text.is_empty() {
            self.current.remove(&customer);
            return;
        }
        let mut text = text.to_lowercase().replace('\n', " ");
        while text.len() > LINE_BYTES_MAX {
            text.pop();
        }
        if self.last.text.len() + text.len() + 1 > BLOCK_BYTES {
            self.full.push(Arc::new(std::mem::take(&mut self.last)));
        }
        self.last.lines.push((self.last.text.len() as u32, customer));
        self.last.text.extend_from_slice(text.as_bytes());
        self.last.text.push(b'\n');
        self.current.insert(customer, self.lines);
        self.lines += 1;
    }

    /// Writes all current lines anew and drops the old blocks.
    fn clear_stale(&mut self) {
        let mut blocks = std::mem::take(&mut self.full);
        blocks.push(Arc::new(std::mem::take(&mut self.last)));
        let current = std::mem::take(&mut self.current);
        let mut number = 0;
        self.lines = 0;
        for block in blocks {
            for (index, &(_, customer)) in block.lines.iter().enumerate() {
                if current.get(&customer) == Some(&number) {
                    self.put(customer, &String::from_utf8_lossy(block.line(index)));
                }
                number += 1;
            }
        }
    }
}

impl Block {
    fn line(&self, index: usize) -> &[u8] {
        let start = self.lines[index].0 as usize;
        let end = self.lines.get(index + 1).map_or(self.text.len(), |(next, _)| *next as usize);
        &self.text[start..end - 1]
    }

    fn search(&self, finder: &memmem::Finder<'_>, rest: &[&str], before: u32, hits: &mut Vec<Hit>) {
        let mut from = 0;
        while let Some(found) = finder.find(&self.text[from..]) {
            let at = from + found;
            let index = self.lines.partition_point(|(start, _)| *start as usize <= at) - 1;
            let line = self.line(index);
            from = self.lines.get(index + 1).map_or(self.text.len(), |(next, _)| *next as usize);
            if rest.iter().all(|word| memmem::find(line, word.as_bytes()).is_some()) {
                let begins_word = at == 0 || !self.text[at - 1].is_ascii_alphanumeric();
                let line_start = self.lines[index].0 as usize == at;
                let rank = if line_start {
                    0
                } else if begins_word {
                    1
                } else {
                    2
                };
                hits.push(Hit { rank, customer: self.lines[index].1, line: before + index as u32 });
            }
            if hits.len() >= CANDIDATES_MAX {
                return;
            }
        }
    }
}

/// The longest word, which narrows most, and the others.
fn longest_first<'a>(words: &[&'a str]) -> Option<(&'a str, Vec<&'a str>)> {
    let longest = words.iter().copied().max_by_key(|word| word.len())?;
    let mut rest = words.to_vec();
    rest.retain(|word| *word != longest);
    Some((longest, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_part_of_a_name_or_identifier_finds_the_customer() {
        let search = Search::default();
        search.put(CustomerId(1), "Ada Lovelace ada@example.com u-17");
        search.put(CustomerId(2), "Grace Hopper grace@example.com");
        search.put(CustomerId(3), "Adamant Rust");
        let find = |query: &str| search.find(query, 10).customers;
        assert_eq!(find("LOVE"), [CustomerId(1)]);
        assert_eq!(find("ada"), [CustomerId(1), CustomerId(3)]);
        assert_eq!(find("example.com gra"), [CustomerId(2)]);
        assert_eq!(find("nobody"), []);
        assert_eq!(find(" "), []);
    }

    #[test]
    fn a_new_text_replaces_the_old_and_an_erased_one_leaves_no_trace() {
        let search = Search::default();
        search.put(CustomerId(1), "Ada Byron");
        search.put(CustomerId(1), "Ada Lovelace");
        search.put(CustomerId(2), "Grace");
        assert_eq!(search.find("byron", 10).customers, []);
        search.remove(CustomerId(1));
        assert_eq!(search.find("lovelace", 10).customers, []);
        assert_eq!(search.find("grace", 10).customers, [CustomerId(2)]);
        let inner = search.0.read().unwrap();
        assert!(memmem::find(&inner.last.text, b"lovelace").is_none() && inner.full.is_empty());
    }

    #[test]
    fn many_customers_are_found_over_block_borders() {
        let search = Search::default();
        for number in 0..60_000 {
            search.put(CustomerId(number), &format!("customer number-{number:06} of the shop"));
        }
        assert_eq!(search.find("number-059999", 10).customers, [CustomerId(59_999)]);
        assert_eq!(search.find("number-000000", 10).customers, [CustomerId(0)]);
        assert!(!search.find("shop", 10).complete);
    }
}
