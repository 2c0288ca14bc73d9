//! Whether what is asked for fits into memory, said before anything is simulated.

use std::fs;
use std::num::NonZero;
use std::thread::available_parallelism;

use super::{CliError, eprint_line};
use crate::scenario::Scenario;
use crate::simulate::{Memory, Simulation};

/// Above this much a warning is given.
const MUCH: u64 = 2_000_000_000;
/// What is taken to be available where the system does not say.
const STATED: u64 = 16_000_000_000;
/// A period of a path that is written: its line as text.
const LINE: u64 = 150;

/// The threads that a command works on.
pub fn threads(asked: Option<u16>) -> usize {
    asked.map_or_else(
        || available_parallelism().map_or(1, NonZero::get),
        usize::from,
    )
}

/// Refuses what does not fit and warns of what is much: a run of a scenario that
/// writes `kept` paths one by one.
pub fn admit(scenario: &Scenario, kept: u64, threads: usize, quiet: bool) -> Result<(), CliError> {
    say(admitted(scenario, kept, threads)?, quiet);
    Ok(())
}

/// The same of so many bytes on so many threads.
pub fn admit_bytes(needed: u64, threads: usize, quiet: bool) -> Result<(), CliError> {
    say(fit(needed, threads, available())?, quiet);
    Ok(())
}

/// Refuses a run that does not fit; what there is to warn of where it takes much.
pub fn admitted(
    scenario: &Scenario,
    kept: u64,
    threads: usize,
) -> Result<Option<String>, CliError> {
    let run = Memory::of_each(&scenario.simulations()).on(threads);
    let needed = run.saturating_add(written(&scenario.simulation(), kept));
    fit(needed, threads, available())
}

fn say(warning: Option<String>, quiet: bool) {
    if let Some(words) = warning.filter(|_| !quiet) {
        eprint_line(&format!("warning: {words}"));
    }
}

/// What a run takes, in words.
pub fn said(scenario: &Scenario) -> String {
    let Memory {
        shared, per_thread, ..
    } = Memory::of_each(&scenario.simulations());
    let (shared, per_thread) = (shown(shared), shown(per_thread));
    format!("about {shared}, and {per_thread} for each thread")
}

/// What to warn of where it is much; what is available is the number and how it is known.
fn fit(
    needed: u64,
    threads: usize,
    (available, how): (u64, &str),
) -> Result<Option<String>, CliError> {
    if needed <= available {
        let words = || {
            let needed = shown(needed);
            format!("this takes about {needed} of memory on {threads} threads")
        };
        return Ok((needed > MUCH).then(words));
    }
    Err(CliError::Argument {
        message: format!(
            "this would take about {} of memory, and {} {how}",
            shown(needed),
            shown(available)
        ),
        hint: "take fewer --threads, fewer --keep-paths, a longer step, an earlier end, or fewer \
               agreements, segments or deals; or a machine with more memory"
            .to_owned(),
    })
}

/// What paths kept take: their numbers and their lines.
fn written(simulation: &Simulation<'_>, kept: u64) -> u64 {
    let kept = kept.min(simulation.settings.paths());
    let periods = simulation.timeline.periods().len() as u64;
    let numbers =
        periods * (1 + simulation.model.segments().len() as u64) + simulation.inputs.len() as u64;
    let lines = periods * simulation.contracts.len() as u64;
    kept.saturating_mul(8 * numbers + LINE * lines)
}

/// The memory that can be had, in bytes, and how it is known: what Linux says of the
/// machine and of the group of processes.
fn available() -> (u64, &'static str) {
    let number = |file: &str| fs::read_to_string(file).ok()?.trim().parse::<u64>().ok();
    let machine = fs::read_to_string("/proc/meminfo").ok();
    let machine = machine.as_deref().and_then(free_of_machine);
    let group = number("/sys/fs/cgroup/memory.max");
    match machine.into_iter().chain(group).min() {
        Some(bytes) => (bytes, "are available"),
        None => (
            STATED,
            "are taken to be available, as this system does not say",
        ),
    }
}

/// The line `MemAvailable: N kB`.
fn free_of_machine(meminfo: &str) -> Option<u64> {
    let mut lines = meminfo.lines();
    let rest = lines.find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = rest.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Bytes in two digits.
fn shown(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes >= 1000.0 {
        return format!("{:.1} GB", megabytes / 1000.0);
    }
    let step = if megabytes >= 100.0 { 10.0 } else { 1.0 };
    format!("{:.0} MB", (megabytes / step).ceil() * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_the_numbers() {
        let here = |bytes| (bytes, "are available");
        assert_eq!(fit(MUCH, 2, here(MUCH)).unwrap(), None);
        let words = fit(MUCH + 1, 2, here(2 * MUCH)).unwrap().unwrap();
        assert_eq!(words, "this takes about 2.0 GB of memory on 2 threads");
        let refused = fit(31_400_000_000, 2, here(8_000_000_000)).unwrap_err();
        let CliError::Argument { message, hint } = refused else {
            panic!("it is a matter of what is asked for");
        };
        assert_eq!(
            message,
            "this would take about 31.4 GB of memory, and 8.0 GB are available"
        );
        assert!(hint.contains("--threads"));
    }

    #[test]
    fn the_system_is_asked() {
        let text = "MemTotal:       24641684 kB\nMemFree:   1 kB\nMemAvailable:   23000000 kB\n";
        assert_eq!(free_of_machine(text), Some(23_552_000_000));
        assert_eq!(free_of_machine("MemTotal: 5 kB\n"), None);
        assert!(available().0 > 0);
    }

    #[test]
    fn bytes_are_shown_in_two_digits() {
        let all = [12_300_000, 123_400_000, 999_900_000, 5_240_000_000].map(shown);
        assert_eq!(all, ["13 MB", "130 MB", "1000 MB", "5.2 GB"]);
    }
}
