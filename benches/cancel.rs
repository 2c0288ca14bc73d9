//! How long after it is stopped every long operation of the library returns:
//! `cargo bench --bench cancel`, or `-- NAME` for some. The slowest of some moments, in
//! milliseconds.

#[path = "../tests/common/operations.rs"]
mod operations;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use capbind::simulate::Observer;
use operations::{Size, operations};

/// Twenty years of months, and tables as long as they may be.
const SIZE: Size = Size {
    changes: &[
        "timeline.end=2045-12-31",
        "timeline.step=\"month\"",
        "simulation.points=65536",
        "simulation.replicates=16",
    ],
    of_studies: &[
        "timeline.end=2045-12-31",
        "timeline.step=\"month\"",
        "simulation.points=16384",
        "simulation.replicates=16",
    ],
    lines: 10_000,
};
/// Moments at which each is stopped, in milliseconds after it has begun.
const MOMENTS: [u64; 6] = [0, 30, 80, 150, 300, 700];

#[derive(Default)]
struct Stop(AtomicBool);

impl Observer for Stop {
    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let asked: Vec<&String> = asked.iter().filter(|word| !word.starts_with('-')).collect();
    println!("{:26} {:>9} {:>7}", "operation", "slowest", "stopped");
    for (what, work) in operations(SIZE) {
        if !asked.is_empty() && !asked.iter().any(|word| what.contains(word.as_str())) {
            continue;
        }
        let (mut slowest, mut stopped) = (Duration::ZERO, 0);
        for moment in MOMENTS {
            let stop = Stop::default();
            let late = thread::scope(|scope| {
                let work = scope.spawn(|| (work(&stop), Instant::now()));
                thread::sleep(Duration::from_millis(moment));
                let told = Instant::now();
                stop.0.store(true, Ordering::Relaxed);
                let (done, returned) = work.join().expect("it does not panic");
                done.is_err().then(|| returned.duration_since(told))
            });
            stopped += u32::from(late.is_some());
            slowest = slowest.max(late.unwrap_or_default());
        }
        let slowest = slowest.as_secs_f64() * 1e3;
        println!(
            "{what:26} {slowest:>6.0} ms {stopped:>3} of {}",
            MOMENTS.len()
        );
    }
}
