//! Every long piece of work asks its observer and stops where it is told to.

#[path = "common/operations.rs"]
mod operations;

use std::sync::atomic::{AtomicU64, Ordering};

use capbind::simulate::{Cancelled, Observer};
use operations::{Size, operations};

/// Says stop once it has been asked so often, and counts what is done after that.
#[derive(Debug)]
struct Stopping {
    after: u64,
    asked: AtomicU64,
    late: AtomicU64,
}

impl Stopping {
    fn after(after: u64) -> Self {
        Self {
            after,
            asked: AtomicU64::new(0),
            late: AtomicU64::new(0),
        }
    }
}

impl Observer for Stopping {
    fn progress(&self, _: u64) {
        if self.asked.load(Ordering::Relaxed) > self.after {
            self.late.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn cancelled(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) >= self.after
    }
}

/// Once nobody stops it the work is done, and asks more than a few times; stopped at
/// once, half way or at the last question it is cancelled, and no thread finishes more
/// than what it had in hand.
#[test]
fn every_operation_stops() {
    let threads = 2;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let pool = pool.build().unwrap();
    let size = Size {
        changes: &[],
        of_studies: &["simulation.points=512"],
        lines: 20,
    };
    for (what, work) in operations(size) {
        let whole = Stopping::after(u64::MAX);
        assert_eq!(pool.install(|| work(&whole)), Ok(()), "{what}");
        let asked = whole.asked.into_inner();
        assert!(asked >= 8, "{what} asks {asked} times");
        for after in [0, 1, asked / 2, asked - 1] {
            let stopping = Stopping::after(after);
            let done = pool.install(|| work(&stopping));
            assert_eq!(
                done,
                Err(Cancelled),
                "{what}, stopped after {after} of {asked}"
            );
            let late = stopping.late.into_inner();
            assert!(
                late <= threads as u64,
                "{what}: {late} pieces after the stop"
            );
        }
    }
}
