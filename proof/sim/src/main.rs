//! `sim --seeds N [--from S] [--steps K]` runs many worlds, `sim --seed S [--trace]` one.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use sim::{Breach, Ended, Plan, run};

const USAGE: &str = "usage: sim --seeds N [--from S] [--steps K]\n       sim --seed S [--steps K] [--trace]";
/// Worlds run at the same time.
const THREADS: u64 = 2;

struct Arguments {
    from: u64,
    seeds: u64,
    steps: Option<u32>,
    trace: bool,
}

fn main() -> ExitCode {
    let Some(arguments) = read(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    if arguments.seeds == 1 { one(&arguments) } else { many(&arguments) }
}

fn read(mut arguments: impl Iterator<Item = String>) -> Option<Arguments> {
    let mut read = Arguments { from: 0, seeds: 0, steps: None, trace: false };
    while let Some(name) = arguments.next() {
        match name.as_str() {
            "--trace" => read.trace = true,
            "--seeds" => read.seeds = arguments.next()?.parse().ok()?,
            "--from" => read.from = arguments.next()?.parse().ok()?,
            "--steps" => read.steps = Some(arguments.next()?.parse().ok()?),
            "--seed" => (read.from, read.seeds) = (arguments.next()?.parse().ok()?, 1),
            _ => return None,
        }
    }
    (read.seeds > 0).then_some(read)
}

fn one(arguments: &Arguments) -> ExitCode {
    let plan = Plan { seed: arguments.from, steps: arguments.steps, print: arguments.trace };
    match run(plan) {
        Ok(Ended { trace, state, .. }) => {
            println!("seed {} kept every promise: trace {trace:016x}, state {state}", plan.seed);
            ExitCode::SUCCESS
        }
        Err(breach) => {
            report(plan, &breach);
            ExitCode::FAILURE
        }
    }
}

fn many(arguments: &Arguments) -> ExitCode {
    let next = AtomicU64::new(0);
    let failed = AtomicU64::new(0);
    let totals = Mutex::new(Ended::default());
    let worker = || {
        let mut own = Ended::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= arguments.seeds {
                break;
            }
            let plan = Plan { seed: arguments.from + number, steps: arguments.steps, print: false };
            match run(plan) {
                Ok(ended) => own.add(&ended),
                Err(breach) => {
                    failed.fetch_add(1, Ordering::Relaxed);
                    report(plan, &breach);
                }
            }
        }
        totals.lock().expect("no holder of this lock panics").add(&own);
    };
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(worker);
        }
    });
    let failed = failed.into_inner();
    let totals = totals.into_inner().expect("no holder of this lock panics");
    println!("{totals}");
    println!("{} passed, {failed} failed", arguments.seeds - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn report(plan: Plan, breach: &Breach) {
    let steps = plan.steps.map_or(String::new(), |steps| format!(" --steps {steps}"));
    eprintln!("seed {} broke a promise: {breach}", plan.seed);
    eprintln!("  again: cargo run -p sim -- --seed {}{steps} --trace", plan.seed);
}
