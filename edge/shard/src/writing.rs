//! From an open frame to the ledger and to the customers: sealing, appending, stepping.

use ledger::{Appended, Disk, FrameBuilder, LedgerError};
use model::record::{Command, CommandRecord, QUARANTINE_STRAND, QuarantineRecord, Record, Sealed};
use model::{FrameSeq, Position, Seq, SourceId, StrandId, Timestamp};
use rayon::prelude::*;
use state::StateError;

use crate::frames::{self, Encoder, OpenFrame};
use crate::items::{Identified, Item};
use crate::rows::BODY_AAD;
use crate::shard::{Broken, Shard, TAKES};
use crate::submission::Consequences;

/// Events that a thread seals at once.
const SEALED_AT_ONCE: usize = 64;

/// Fewer events than this are sealed on the shard's own thread, and stepped after they are written.
const PARALLEL_MIN: usize = 128;

impl<D: Disk> Shard<D> {
    /// Writes the frame and steps its customers. A frame that finds the disk full is kept: what the resolver did
    /// for it stands, and it is written when there is space again.
    pub(crate) fn close(
        &mut self,
        frame: &mut OpenFrame,
        now: Timestamp,
        urgent: bool,
        consequences: &mut Consequences,
    ) -> Result<(), Broken> {
        let frame = std::mem::take(frame);
        if frame.is_empty() {
            return Ok(());
        }
        let commands = match self.build(&frame, now) {
            Ok(commands) => commands,
            Err(broken) => return Err(self.stall(frame, broken)),
        };
        let first = self.world.last_seq.next();
        if frame.items.len() >= PARALLEL_MIN && self.has_room()? {
            let positions = self.writer().positions(&self.builder);
            let items = placed(frame.items, first, &positions, now);
            self.write_and_step(items, now, consequences)?;
        } else {
            let appended = match self.append_built(now, urgent) {
                Ok(appended) => appended,
                Err(error) => return Err(self.stall(frame, error.into())),
            };
            assert_eq!(appended.first_seq, first, "records are numbered without holes");
            let items = placed(frame.items, first, &appended.positions, now);
            self.world.step_items(items, consequences)?;
        }
        commands.iter().try_for_each(|command| self.world.note_command(command))?;
        Ok(())
    }

    /// Keeps a frame for which there was no space.
    fn stall(&mut self, frame: OpenFrame, broken: Broken) -> Broken {
        if broken.is_full() {
            self.stalled = Some(frame);
        }
        broken
    }

    fn has_room(&mut self) -> Result<bool, LedgerError> {
        let writer = self.writer.as_mut().expect(TAKES);
        writer.has_room_for(&self.builder)
    }

    /// Writes a frame that is sure to find space while its customers are stepped. A failure leaves them ahead of the
    /// ledger, and the shard to be opened anew.
    fn write_and_step(
        &mut self,
        items: Vec<Item>,
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<(), Broken> {
        let (world, builder) = (&mut self.world, &mut self.builder);
        let writer = self.writer.as_mut().expect(TAKES);
        let last = world.last_frame;
        world.last_frame = FrameSeq(last.0 + 1);
        world.last_seq.0 += builder.len() as u64;
        let (stepped, appended) = rayon::join(
            || world.step_items(items, consequences),
            || writer.append_urgent(last, now, builder),
        );
        stepped?;
        match appended {
            Ok(appended) => {
                assert_eq!(appended.frame, self.world.last_frame, "frames are numbered without holes");
                Ok(())
            }
            Err(LedgerError::Full) => {
                Err(StateError::Store("the disk lost the space that the ledger's reserve held".into()).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the frame's bytes, and the keys they are sealed under. The commands among its records.
    fn build(&mut self, frame: &OpenFrame, now: Timestamp) -> Result<Vec<Command>, Broken> {
        let mut new_strands: Vec<StrandId> = frame.items.iter().flat_map(Identified::new_strands).collect();
        if !frame.quarantined.is_empty() {
            new_strands.push(QUARANTINE_STRAND);
        }
        if !new_strands.is_empty() {
            self.keys_ahead.provide(&self.world.keys, new_strands, self.world.next_strand)?;
        }
        let first = self.world.last_seq.next();
        self.encode_items(&frame.items, first.0)?;
        let mut commands = Vec::with_capacity(frame.quarantined.len() + frame.duplicates.len());
        for (source, reason, body) in &frame.quarantined {
            let counter = first.0 + (frame.items.len() + commands.len()) as u64;
            let number = self.world.books.quarantine_last + 1 + commands.len() as u64;
            let body = self.seal(QUARANTINE_STRAND, counter, BODY_AAD, body)?;
            let (source, reason) = (*source, reason.clone());
            commands.push(Command::Quarantine { item: QuarantineRecord { number, source, reason, body } });
        }
        let repeated = |&(source, duplicates): &(SourceId, u64)| Command::CountRejected {
            source,
            duplicates,
            rejected: 0,
        };
        commands.extend(frame.duplicates.iter().map(repeated));
        for command in &commands {
            let record = CommandRecord { received: now, by: "ingest".into(), command: command.clone() };
            self.builder.record(|buffer| Record::Command(record).encode_into(buffer));
        }
        Ok(commands)
    }

    /// Begins the frame's bytes with each event's record, sealed.
    fn encode_items(&mut self, items: &[Identified], first: u64) -> Result<(), keys::KeysError> {
        let epoch = self.writer().epoch();
        let encoder = Encoder { keys: &self.world.keys, engine: &self.world.engine, epoch };
        let builder = &mut self.builder;
        builder.clear();
        if items.len() < PARALLEL_MIN {
            return items.iter().zip(first..).try_for_each(|(item, seq)| encoder.record(item, seq, builder));
        }
        let parts: Result<Vec<FrameBuilder>, keys::KeysError> = items
            .par_chunks(SEALED_AT_ONCE)
            .enumerate()
            .map(|(part, items)| encoder.records(items, first + (part * SEALED_AT_ONCE) as u64))
            .collect();
        parts?.iter().for_each(|part| builder.append(part));
        Ok(())
    }

    pub(crate) fn seal(
        &self,
        strand: StrandId,
        counter: u64,
        aad: &[u8],
        plain: &[u8],
    ) -> Result<Sealed, keys::KeysError> {
        frames::seal(&self.world.keys, self.writer().epoch(), (strand, counter), aad, plain)
    }

    /// Appends a frame of one record.
    pub(crate) fn append_one(
        &mut self,
        record: &Record,
        now: Timestamp,
        urgent: bool,
    ) -> Result<(model::Seq, model::Position), Broken> {
        self.builder.clear();
        self.builder.record(|buffer| record.encode_into(buffer));
        let appended = self.append_built(now, urgent)?;
        Ok((appended.first_seq, appended.positions[0]))
    }

    fn append_built(&mut self, now: Timestamp, urgent: bool) -> Result<Appended, LedgerError> {
        let last = self.world.last_frame;
        let writer = self.writer.as_mut().expect(TAKES);
        let appended = match urgent {
            true => writer.append_urgent(last, now, &mut self.builder)?,
            false => writer.append(last, now, &mut self.builder)?,
        };
        self.world.last_frame = appended.frame;
        self.world.last_seq.0 += self.builder.len() as u64;
        Ok(appended)
    }
}

/// The items of a frame whose first record is `first`, at their places in the ledger.
fn placed(items: Vec<Identified>, first: Seq, positions: &[Position], now: Timestamp) -> Vec<Item> {
    let items = items.into_iter().zip(positions).zip(first.0..);
    items.map(|((item, &position), seq)| item.at(seq, position, now)).collect()
}
