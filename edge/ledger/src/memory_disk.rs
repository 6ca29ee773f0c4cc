//! A disk in memory that forgets, tears and fills up the way real ones do, by a seed.
//!
//! What is written is seen at once and durable after a sync. A crash keeps of each file what was durable and
//! a part of what came later, chosen by the seed: nothing, all, a beginning cut at any byte, or any subset
//! of sectors. Names made or removed since the last sync of the folder may be lost, too. After a failed sync
//! the bytes stay visible but no later sync makes them durable, as Linux does it.

mod stored;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::disk::{Disk, File};
use stored::{ChangeKind, Random, Stored};

/// A handle to one simulated disk; clones are handles to the same one.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk(Arc<Mutex<World>>);

#[derive(Debug, Default)]
struct World {
    files: Vec<Stored>,
    /// Names as they are seen, and as they survive a crash.
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    locks: BTreeSet<String>,
    /// Counts crashes; handles from before one are dead.
    life: u32,
    dead: bool,
    changes: u64,
    space: Option<u64>,
    sync_fails_in: Option<u32>,
    dies_in: Option<u32>,
}

impl MemoryDisk {
    pub fn new() -> Self {
        Self::default()
    }

    /// A disk that holds `files`, durable.
    pub fn with(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let disk = Self::new();
        for (name, bytes) in files {
            disk.put(&name, bytes);
        }
        disk
    }

    /// Cuts the power: every open file and lock is gone, and of what was not durable `seed` chooses a part.
    /// The disk can be used again at once, by files opened from now on.
    pub fn crash(&self, seed: u64) {
        let mut world = self.world();
        let mut random = Random(seed);
        for file in &mut world.files {
            file.lose(&mut random);
        }
        let (durable, seen) = (world.durable_names.clone(), world.names.clone());
        let kept = |random: &mut Random, name: &String| match (durable.get(name), seen.get(name)) {
            (Some(id), Some(_)) => Some(*id),
            (Some(id), None) | (None, Some(id)) => random.coin().then_some(*id),
            (None, None) => None,
        };
        let all: BTreeSet<&String> = durable.keys().chain(seen.keys()).collect();
        world.names =
            all.into_iter().filter_map(|name| Some((name.clone(), kept(&mut random, name)?))).collect();
        world.durable_names = world.names.clone();
        world.locks.clear();
        world.life += 1;
        (world.dead, world.dies_in, world.sync_fails_in) = (false, None, None);
    }

    /// Cuts the power in the middle of the `changes`-th write, sync, truncation or change of names from now;
    /// 1 is the next. Everything fails from there until [`Self::crash`].
    pub fn die_in(&self, changes: u32) {
        self.world().dies_in = Some(changes);
    }

    /// Whether the power is cut.
    pub fn is_dead(&self) -> bool {
        self.world().dead
    }

    /// How many changes [`Self::die_in`] would have counted so far.
    pub fn changes(&self) -> u64 {
        self.world().changes
    }

    /// Lets the `calls`-th sync of a file or the folder from now fail; 1 is the next.
    pub fn fail_sync_in(&self, calls: u32) {
        self.world().sync_fails_in = Some(calls);
    }

    /// Bounds the sum of all files; `None` lifts the bound.
    pub fn set_space(&self, bytes: Option<u64>) {
        self.world().space = bytes;
    }

    /// The sum of all files.
    pub fn used(&self) -> u64 {
        self.world().used()
    }

    /// All files as they are seen.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let world = self.world();
        world.names.iter().map(|(name, id)| (name.clone(), world.files[*id].seen.clone())).collect()
    }

    /// Replaces a file behind the ledger's back, durable.
    pub fn put(&self, name: &str, bytes: Vec<u8>) {
        let mut world = self.world();
        let id = world.files.len();
        world.files.push(Stored::durable(bytes));
        world.names.insert(name.into(), id);
        world.durable_names.insert(name.into(), id);
    }

    /// Flips the bits of `mask` in one byte, durable.
    pub fn damage(&self, name: &str, offset: usize, mask: u8) {
        let mut bytes = self.files().remove(name).expect("the test names a file that exists");
        bytes[offset] ^= mask;
        self.put(name, bytes);
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().expect("no holder of this lock panics")
    }

    fn file(&self, id: usize) -> MemoryFile {
        MemoryFile { disk: self.clone(), id, life: self.world().life }
    }
}

impl World {
    fn used(&self) -> u64 {
        self.names.values().map(|id| self.files[*id].seen.len() as u64).sum()
    }

    fn alive(&self) -> io::Result<()> {
        if self.dead { Err(io::Error::other("simulated power cut")) } else { Ok(()) }
    }

    /// Counts a change; true when the power is cut in the middle of it.
    fn change(&mut self) -> io::Result<bool> {
        self.alive()?;
        self.changes += 1;
        if let Some(left) = &mut self.dies_in {
            *left -= 1;
            self.dead = *left == 0;
        }
        Ok(self.dead)
    }

    /// Counts a sync; true when it is the one to fail.
    fn sync_fails(&mut self) -> bool {
        let fails = self.sync_fails_in.as_mut().is_some_and(|left| {
            *left -= 1;
            *left == 0
        });
        if fails {
            self.sync_fails_in = None;
        }
        fails
    }

    fn finish(&self, cut: bool) -> io::Result<()> {
        if cut { self.alive() } else { Ok(()) }
    }
}

impl Disk for MemoryDisk {
    type File = MemoryFile;
    type Lock = MemoryLock;

    fn list(&self) -> io::Result<Vec<String>> {
        let world = self.world();
        world.alive()?;
        Ok(world.names.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<MemoryFile> {
        let id = {
            let world = self.world();
            world.alive()?;
            world.names.get(name).copied().ok_or(io::ErrorKind::NotFound)?
        };
        Ok(self.file(id))
    }

    fn create(&self, name: &str) -> io::Result<MemoryFile> {
        let id = {
            let mut world = self.world();
            let cut = world.change()?;
            if world.names.contains_key(name) {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            if world.space.is_some_and(|space| world.used() >= space) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let id = world.files.len();
            world.files.push(Stored::default());
            world.names.insert(name.into(), id);
            world.finish(cut)?;
            id
        };
        Ok(self.file(id))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut world = self.world();
        let cut = world.change()?;
        world.names.remove(name).ok_or(io::ErrorKind::NotFound)?;
        world.finish(cut)
    }

    fn sync_folder(&self) -> io::Result<()> {
        let mut world = self.world();
        let cut = world.change()?;
        world.finish(cut)?;
        if world.sync_fails() {
            return Err(io::Error::other("simulated sync error"));
        }
        world.durable_names = world.names.clone();
        Ok(())
    }

    fn lock(&self, name: &str) -> io::Result<Option<MemoryLock>> {
        let mut world = self.world();
        world.alive()?;
        let life = world.life;
        let taken = !world.locks.insert(name.into());
        Ok((!taken).then(|| MemoryLock { disk: self.clone(), name: name.into(), life }))
    }
}

/// A lock of a [`MemoryDisk`]; given back when dropped.
#[derive(Debug)]
pub struct MemoryLock {
    disk: MemoryDisk,
    name: String,
    life: u32,
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        let mut world = self.disk.world();
        // A lock from before a crash must not free the one taken after it.
        if world.life == self.life {
            world.locks.remove(&self.name);
        }
    }
}

/// An open file of a [`MemoryDisk`].
#[derive(Debug)]
pub struct MemoryFile {
    disk: MemoryDisk,
    id: usize,
    life: u32,
}

impl MemoryFile {
    fn world(&self) -> io::Result<MutexGuard<'_, World>> {
        let world = self.disk.world();
        world.alive()?;
        if world.life == self.life { Ok(world) } else { Err(io::Error::other("opened before a power cut")) }
    }
}

impl File for MemoryFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.world()?.files[self.id].seen.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let world = self.world()?;
        let seen = &world.files[self.id].seen;
        let begin = (offset as usize).min(seen.len());
        let count = buffer.len().min(seen.len() - begin);
        buffer[..count].copy_from_slice(&seen[begin..begin + count]);
        Ok(count)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut world = self.world()?;
        let cut = world.change()?;
        let begin = offset as usize;
        let held = world.files[self.id].seen.len();
        let room = world.space.map_or(usize::MAX, |space| space.saturating_sub(world.used()) as usize);
        let growth = (begin + bytes.len()).saturating_sub(held);
        let fits = bytes.len() - growth.saturating_sub(room).min(bytes.len());
        world.files[self.id].apply(ChangeKind::Write(begin, bytes[..fits].to_vec()));
        world.finish(cut)?;
        if fits < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        let mut world = self.world()?;
        let cut = world.change()?;
        world.files[self.id].apply(ChangeKind::Truncate(len as usize));
        world.finish(cut)
    }

    fn sync(&self) -> io::Result<()> {
        let mut world = self.world()?;
        let cut = world.change()?;
        world.finish(cut)?;
        let fails = world.sync_fails();
        let file = &mut world.files[self.id];
        if !fails {
            file.make_durable();
            return Ok(());
        }
        file.give_up();
        Err(io::Error::other("simulated sync error"))
    }
}
