//! Scenarios made alike: the reference's settings, the union of all inputs in one
//! order; and what remains unlike.

use super::{Entry, StudyError};
use crate::Error;
use crate::simulate::Settings;

/// The scenarios with the reference's settings and the union of all inputs, or why
/// they cannot be compared.
pub fn alike(entries: Vec<Entry>, warnings: &mut Vec<String>) -> Result<Vec<Entry>, Error> {
    let [reference, others @ ..] = entries.as_slice() else {
        return Err(few().into());
    };
    if others.is_empty() {
        return Err(few().into());
    }
    let settings = reference.scenario.settings;
    let mut names: Vec<String> = Vec::new();
    for (i, entry) in entries.iter().enumerate() {
        if entries[..i].iter().any(|other| other.name == entry.name) {
            return Err(StudyError::new(
                format!("two scenarios are called `{}`", entry.name),
                "give each a name of its own",
            )
            .into());
        }
        let (mine, theirs) = (&reference.scenario.money, &entry.scenario.money);
        if mine.currency() != theirs.currency() {
            return Err(StudyError::new(
                format!(
                    "`{}` is in {}, `{}` in {}: amounts of two currencies cannot be compared",
                    reference.name,
                    mine.currency(),
                    entry.name,
                    theirs.currency()
                ),
                "state both in one currency, at a rate of your choice",
            )
            .into());
        }
        let simulations = entry.scenario.simulations();
        for input in simulations.iter().flat_map(|simulation| simulation.inputs) {
            if !names.contains(&input.name) {
                names.push(input.name.clone());
            }
        }
    }
    for entry in others {
        let own = entry.scenario.settings;
        if own != settings {
            warnings.push(format!(
                "{}: simulated with the reference's {}",
                entry.name,
                differing(&own, &settings)
            ));
        }
    }
    let again = |entry: Entry| {
        let mut scenario = entry.scenario.on_inputs(&names)?;
        scenario.settings = settings;
        Ok(Entry { scenario, ..entry })
    };
    entries.into_iter().map(again).collect()
}

fn few() -> StudyError {
    StudyError::new(
        "a comparison takes two scenarios or more",
        "name another file, or vary the first: --variant agreement.cap=40",
    )
}

/// The settings in which two differ, with the second's values.
fn differing(own: &Settings, used: &Settings) -> String {
    let mut words = Vec::new();
    if own.sampler != used.sampler {
        words.push(format!("sampler {}", used.sampler.word()));
    }
    if own.points != used.points {
        words.push(format!("points {}", used.points));
    }
    if own.replicates != used.replicates {
        words.push(format!("replicates {}", used.replicates));
    }
    if own.seed != used.seed {
        words.push(format!("seed {}", used.seed));
    }
    words.join(", ")
}

/// What readers should know of scenarios that do not match.
pub fn notes(entries: &[Entry], warnings: &mut Vec<String>) {
    let reference = &entries[0];
    let (first, shocks) = (
        &reference.scenario.timeline,
        reference.scenario.model.shocks(),
    );
    for entry in &entries[1..] {
        let (name, timeline) = (&entry.name, &entry.scenario.timeline);
        if (timeline.start(), timeline.end()) != (first.start(), first.end()) {
            warnings.push(format!(
                "{name}: {} to {} against {} to {}; outside its own dates a scenario pays nothing",
                timeline.start(),
                timeline.end(),
                first.start(),
                first.end()
            ));
        }
        if entry.scenario.model.shocks() != shocks {
            warnings.push(format!(
                "{name}: its revenue takes {} shocks, the reference's {shocks}: futures match in \
                 part only, and differences are less sharp",
                entry.scenario.model.shocks()
            ));
        }
        if entry.scenario.money.unit() != reference.scenario.money.unit() {
            warnings.push(format!(
                "{name}: amounts are converted to {}",
                reference.scenario.money.label()
            ));
        }
    }
}
