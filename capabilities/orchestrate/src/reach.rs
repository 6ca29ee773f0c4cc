//! Checks of a journey as a whole: every step can be reached, no circle lets a run spin, and every slot is used.

use std::collections::BTreeSet;

use crate::compiler::Compiler;
use crate::journey::CompiledStep;
use crate::kinds::Target;
use crate::slot::Slot;

pub(crate) fn check(steps: &[CompiledStep], slots: &[Slot], compiler: &mut Compiler<'_>) {
    let reached = closure(steps, 0, |_| true);
    for (place, step) in steps.iter().enumerate() {
        if !reached.contains(&place) {
            let message = "no step leads here";
            compiler.problem(&format!("steps.{}", step.id), message, "Name it in a `next`, or delete it");
        }
    }
    for (place, step) in steps.iter().enumerate() {
        let passes = |place: usize| !steps[place].step.waits();
        let comes_back = passes(place)
            && successors(step).any(|next| passes(next) && closure(steps, next, passes).contains(&place));
        if comes_back {
            let message = "a run would go round here without end";
            compiler.problem(
                &format!("steps.{}", step.id),
                message,
                "Put a `wait` or an `ask` into the circle",
            );
        }
    }
    let filled: BTreeSet<&str> = steps.iter().flat_map(|step| step.step.fills()).collect();
    for slot in slots.iter().filter(|slot| slot.from.is_empty() && !filled.contains(&*slot.name)) {
        let message = "nothing gives it a value";
        compiler.problem(
            &format!("slots.{}", slot.name),
            message,
            "Ask for it in an `ask` step, give it a `from`, or delete it",
        );
    }
}

/// The steps reached from `start` through steps that `passes` lets through, `start` included.
fn closure(steps: &[CompiledStep], start: usize, passes: impl Fn(usize) -> bool) -> BTreeSet<usize> {
    let mut reached = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(place) = open.pop() {
        for next in successors(&steps[place]).filter(|next| passes(*next)) {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    reached
}

fn successors(step: &CompiledStep) -> impl Iterator<Item = usize> {
    step.step.ways().into_iter().filter_map(|way| match way.to {
        Target::Step(place) => Some(place),
        Target::End => None,
    })
}
