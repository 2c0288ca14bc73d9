//! A store that fails every tenth time it is asked.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use super::kept::{Kept, Posed};
use super::of_run::Run;
use super::{CliError, Parts, Work as _, compute};
use crate::artifacts::run_scenario;
use crate::cli::store::{Patient, Store, open};
use crate::report::RunOptions;
use crate::scenario::{Scenario, shipped};

struct Flaky {
    store: Box<dyn Store>,
    asked: AtomicU64,
    /// Parts that were new.
    new: AtomicU64,
}

impl Flaky {
    fn ask(&self) -> Result<&dyn Store, CliError> {
        match self.asked.fetch_add(1, Ordering::Relaxed) % 10 {
            9 => Err(CliError::Store {
                place: "flaky".to_owned(),
                reason: "try again later".to_owned(),
            }),
            _ => Ok(self.store.as_ref()),
        }
    }
}

impl Store for Flaky {
    fn list(&self, folder: &str) -> Result<BTreeSet<String>, CliError> {
        self.ask()?.list(folder)
    }

    fn has(&self, name: &str) -> Result<bool, CliError> {
        self.ask()?.has(name)
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, CliError> {
        self.ask()?.get(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<bool, CliError> {
        let is_new = self.ask()?.put(name, bytes)?;
        self.new.fetch_add(u64::from(is_new), Ordering::Relaxed);
        Ok(is_new)
    }
}

#[test]
fn a_store_that_fails_every_tenth_time_is_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Patient(Flaky {
        store: open(&folder.path().display().to_string()).unwrap(),
        asked: AtomicU64::new(0),
        new: AtomicU64::new(0),
    });
    let text = shipped("scenarios/textbook-gbm.toml").unwrap().text;
    let few = ["simulation.points=64".to_owned()];
    let scenario = Scenario::parse("a.toml", "a", text, &few).unwrap();
    let options = RunOptions {
        charts: false,
        report: false,
        ..RunOptions::default()
    };
    let kept = Kept::new(vec![Posed::new("run", &scenario, &options, 16)]);
    kept.put(&store).unwrap();
    assert_eq!(Kept::of_store(&store, None).unwrap(), kept);
    let run = Run::new(kept.only().unwrap(), None, &()).unwrap();
    assert_eq!(run.shards(), 16);
    for shard in 0..16 {
        let done = compute(&run, shard, &store, &()).unwrap().parts;
        assert_eq!((done.computed, done.late, done.found), (1, 0, 0));
        // What is finished is found.
        let again = compute(&run, shard, &store, &()).unwrap().parts;
        assert_eq!((again.computed, again.found), (0, 1));
    }
    let simulated = run.simulated(&Parts::of(&store).unwrap(), &()).unwrap();
    let Patient(Flaky { asked, new, .. }) = &store;
    // It failed at the tenth, the twentieth …, and a part was written once.
    assert!(asked.load(Ordering::Relaxed) > 60);
    assert_eq!(new.load(Ordering::Relaxed), 17);
    let mut files = Vec::new();
    let take = &mut |name: &str, bytes: &[u8]| {
        files.push((name.to_owned(), bytes.to_vec()));
        Ok::<(), crate::Error>(())
    };
    simulated.files(&options, &(), take).unwrap();
    let whole = run_scenario(scenario, &options, &()).unwrap();
    assert!(files == whole.files);
}
