//! `sim --seeds N` runs many worlds, `sim --seed S [--trace]` one; `sim stories CATALOGUE` plays journey tests.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use sim::{Breach, Ended, Plan, Stories, run};

const USAGE: &str = "usage: sim --seeds N [--from S] [--steps K]
       sim --seed S [--steps K] [--trace]
       sim stories CATALOGUE --seeds N [--from S] [--only tests/FILE.yaml]
       sim stories CATALOGUE --seed S --only tests/FILE.yaml";
/// Worlds run at the same time.
const THREADS: u64 = 2;

#[derive(Default)]
struct Arguments {
    /// The catalogue whose stories are played, in place of worlds.
    stories: Option<PathBuf>,
    only: Option<String>,
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
    match &arguments.stories {
        Some(folder) => match Stories::read(folder, arguments.only.as_deref()) {
            Ok(stories) => play(&stories, &arguments),
            Err(reason) => {
                eprintln!("{reason}");
                ExitCode::FAILURE
            }
        },
        None if arguments.seeds == 1 => one(&arguments),
        None => worlds(&arguments),
    }
}

fn read(mut arguments: impl Iterator<Item = String>) -> Option<Arguments> {
    let mut read = Arguments::default();
    while let Some(name) = arguments.next() {
        match name.as_str() {
            "stories" => read.stories = Some(arguments.next()?.into()),
            "--only" => read.only = Some(arguments.next()?),
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

fn worlds(arguments: &Arguments) -> ExitCode {
    many(arguments.seeds, |number| {
        let plan = Plan { seed: arguments.from + number, steps: arguments.steps, print: false };
        run(plan).map_err(|breach| report(plan, &breach))
    })
}

/// Every story with every seed.
fn play(stories: &Stories, arguments: &Arguments) -> ExitCode {
    let count = stories.len() as u64;
    many(arguments.seeds * count, |number| {
        let (seed, story) = (arguments.from + number / count, (number % count) as usize);
        stories.play(story, seed).map_err(|breach| {
            let (file, folder) = (stories.file(story), arguments.stories.as_deref());
            let folder = folder.unwrap_or("catalogue".as_ref()).display();
            eprintln!("{file} with seed {seed} broke a promise: {breach}");
            eprintln!("  again: cargo run -p sim -- stories {folder} --seed {seed} --only {file}");
        })
    })
}

/// Runs `work` for each number below `count` on all threads, and adds up.
fn many(count: u64, work: impl Fn(u64) -> Result<Ended, ()> + Sync) -> ExitCode {
    let next = AtomicU64::new(0);
    let failed = AtomicU64::new(0);
    let totals = Mutex::new(Ended::default());
    let worker = || {
        let mut own = Ended::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                break;
            }
            match work(number) {
                Ok(ended) => own.add(&ended),
                Err(()) => _ = failed.fetch_add(1, Ordering::Relaxed),
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
    println!("{} passed, {failed} failed", count - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn report(plan: Plan, breach: &Breach) {
    let steps = plan.steps.map_or(String::new(), |steps| format!(" --steps {steps}"));
    eprintln!("seed {} broke a promise: {breach}", plan.seed);
    eprintln!("  again: cargo run -p sim -- --seed {}{steps} --trace", plan.seed);
}
