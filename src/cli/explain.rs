//! `capbind explain`

use super::args::Explain;
use super::terminal::print_answer;
use super::{CliError, print_bytes, print_json};
use crate::report::{ledger_table, ledger_text};
use crate::scenario::Scenario;
use crate::study::replay_scenario;

/// Prints the ledger of one path, agreement by agreement.
pub fn explain(arguments: &Explain) -> Result<(), CliError> {
    let scenario = Scenario::load(&arguments.scenario, &arguments.overrides)?;
    let number = arguments.path;
    let Some(paths) = replay_scenario(&scenario, number) else {
        let paths = scenario.settings.paths();
        return Err(CliError::Argument {
            message: format!("there is no path {number}: this scenario has {paths} paths"),
            hint: format!("count from 0 to {}", paths - 1),
        });
    };
    let table = || ledger_table(&scenario, number, &paths);
    match (arguments.csv, arguments.json) {
        (true, _) => print_bytes(&table().to_csv()?),
        (_, true) => print_json(&table().to_json()),
        _ => print_answer(&ledger_text(&scenario, number, &paths)),
    }
}
