//! Runs of a scenario: one, or those of its cases on common random numbers.

use super::error::StudyError;
use crate::scenario::Scenario;
use crate::simulate::{Cancelled, Observer, Ordering, Results, Simulation};

/// The results of a scenario, each of whose runs is made by `run`: of one with cases,
/// their mixture. Path *i* draws alike in every case: the same points, the same inputs in
/// the same places, and the shocks in one order, `ordering` or else that of the first.
///
/// # Errors
/// Where the observer says to stop.
pub fn run_scenario(
    scenario: &Scenario,
    ordering: Option<&Ordering>,
    observer: &dyn Observer,
    run: impl Fn(&Simulation<'_>, &dyn Observer) -> Result<Results, Cancelled>,
) -> Result<Results, Cancelled> {
    let simulations = scenario.simulations();
    let own = (ordering.is_none() && simulations.len() > 1).then(|| Ordering::of(&simulations[0]));
    let results = simulations.into_iter().map(|simulation| {
        let lent = Simulation {
            ordering: ordering.or(own.as_ref()),
            ..simulation
        };
        run(&lent, observer)
    });
    Ok(scenario.mixed(results.collect::<Result<_, _>>()?))
}

/// Refuses what is asked of a scenario with cases where it is a matter of one of them.
///
/// # Errors
/// Where the scenario has cases: why, and how to take one.
pub fn of_one_case(scenario: &Scenario, asked: &str, why: &str) -> Result<(), StudyError> {
    let names = scenario.cases.iter().map(|case| case.name.as_str());
    let names: Vec<&str> = names.collect();
    let Some(first) = names.first() else {
        return Ok(());
    };
    Err(StudyError::new(
        format!("{asked} is not for a mixture of cases: {why}"),
        format!(
            "take one of them: --set 'case={first}'; there are {}",
            names.join(", ")
        ),
    ))
}
