//! `capbind explain`

use super::args::Explain;
use super::{CliError, print, print_bytes};
use crate::report::{ledger_csv, ledger_text};
use crate::scenario::Scenario;
use crate::simulate::replay_path;

/// Prints the ledger of one path, agreement by agreement.
pub fn explain(arguments: &Explain) -> Result<(), CliError> {
    let scenario = Scenario::load(&arguments.scenario, &arguments.overrides)?;
    let number = arguments.path;
    let Some(path) = replay_path(&scenario.simulation(), number) else {
        let paths = scenario.settings.paths();
        return Err(CliError::Argument {
            message: format!("there is no path {number}: this scenario has {paths} paths"),
            hint: format!("count from 0 to {}", paths - 1),
        });
    };
    match arguments.csv {
        true => print_bytes(&ledger_csv(&scenario, number, &path)?),
        false => print(&ledger_text(&scenario, number, &path)),
    }
}
