//! What the operating system and the server do after a failure: begin again from what is on the disk.

use model::{Outcome, OutcomeKind};
use shard::Order;

use crate::any_order;
use crate::promises::Breach;
use crate::sent::Told;
use crate::world::{Halt, World};

/// Openings tried while faults go on; after that the disk behaves.
const FAULTY_OPENINGS_MAX: u32 = 3;

impl World {
    /// Opens the shard anew where the step failed.
    pub fn survive(&mut self, result: Result<(), Halt>) -> Result<(), Breach> {
        match result {
            Ok(()) => Ok(()),
            Err(Halt::Promise(breach)) => Err(breach),
            Err(Halt::Failed(cause)) => {
                let now = self.now;
                self.note("crashes", format_args!("{now} failed: {cause}"));
                self.shard = None;
                if self.machine.disk.is_dead() || self.random.chance(60) {
                    self.machine.crash(|| self.random.next());
                    self.trace.line(format_args!("the power was cut"));
                }
                self.open()
            }
        }
    }

    /// A graceful stop and start, or one that a supervisor forces.
    pub fn restart(&mut self) -> Result<(), Halt> {
        if self.random.chance(50) && !self.shard().is_stalled() {
            self.shard().checkpoint()?;
            self.release()?;
        }
        Err(Halt::Failed("asked to stop".into()))
    }

    pub fn open(&mut self) -> Result<(), Breach> {
        for opening in 0.. {
            match self.try_open() {
                Ok(()) => break,
                Err(Halt::Promise(breach)) => return Err(breach),
                Err(Halt::Failed(cause)) => {
                    self.note("failed openings", format_args!("opening failed: {cause}"));
                    self.shard = None;
                    if opening > FAULTY_OPENINGS_MAX {
                        return Err(Breach::new("a shard opens on a sound disk", cause));
                    }
                    self.machine.crash(|| self.random.next());
                    if opening == FAULTY_OPENINGS_MAX {
                        self.calm();
                    }
                }
            }
        }
        Ok(())
    }

    fn try_open(&mut self) -> Result<(), Halt> {
        self.outer.restart();
        self.unreleased.clear();
        let now = self.now;
        self.shard = Some(self.machine.open(now)?);
        let seq = self.shard().view().last_seq();
        self.note("openings", format_args!("{now} open at record {}", seq.0));
        self.settle_erasure()?;
        self.look_for_late_choices();
        for (effect, started) in self.shard().unfinished()? {
            if started {
                let kind = OutcomeKind::Uncertain { reason: "the server stopped".into() };
                let outcome = Outcome { effect: effect.id, customer: effect.customer, kind };
                if self.order(Order::Outcome(outcome.clone()))?.is_none() {
                    self.outer.unreported.push(outcome);
                }
            } else {
                self.outer.queue.push_back(effect);
            }
        }
        self.all_kept()?;
        self.deals_are_kept()
    }
}

/// Steps that settle what is open at the end: more than any chain of effects and retries needs.
const LAST_STEPS_MAX: u32 = 400;

impl World {
    /// The faults end, everything comes to rest, and all promises are looked at: the hashes of trace and state.
    pub fn end(&mut self) -> Result<(u64, String), Breach> {
        self.trace.line(format_args!("the end begins"));
        self.calm();
        if self.machine.disk.is_dead() {
            self.survive(Err(Halt::Failed("the power was cut".into())))?;
        }
        let result = self.come_to_rest();
        self.survive(result)?;
        let result = self.come_to_rest().and_then(|()| self.all_kept()).and_then(|()| self.deals_are_kept());
        match result {
            Ok(()) => {}
            Err(Halt::Promise(breach)) => return Err(breach),
            Err(Halt::Failed(cause)) => return Err(Breach::new("a sound machine goes on", cause)),
        }
        self.balanced()?;
        self.limits_hold()?;
        self.rehearsal_agrees()?;
        let state = self.replay_agrees()?;
        let performed = self.outer.performed();
        self.trace.line(format_args!("{performed} effects performed, the state is {state}"));
        any_order::check(&mut self.random, &self.sent, self.now)?;
        Ok((self.trace.hash(), state))
    }

    /// Clients send what was not acknowledged, and effects are attempted until none is open.
    fn come_to_rest(&mut self) -> Result<(), Halt> {
        self.turn()?;
        self.release()?;
        let untold: Vec<usize> =
            (0..self.sent.len()).filter(|&pick| self.sent[pick].state == Told::Nothing).collect();
        let picks: Vec<usize> =
            untold.into_iter().filter(|&pick| self.sent[pick].is_fresh(self.now)).collect();
        self.send(&picks)?;
        self.release()?;
        for _ in 0..LAST_STEPS_MAX {
            if self.outer.queue.is_empty() && self.outer.unreported.is_empty() {
                break;
            }
            self.attempt()?;
            self.turn()?;
            self.release()?;
        }
        match self.shard().unfinished()?.first() {
            Some((effect, started)) if self.outer.queue.is_empty() => {
                let detail = format!("{} was asked for and nobody was told (started: {started})", effect.id);
                Err(Breach::new("every effect is attempted", detail).into())
            }
            Some(_) | None => Ok(()),
        }
    }
}
