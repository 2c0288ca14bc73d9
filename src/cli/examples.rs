//! What the help of each command shows as typed.

pub const RUN: &str = "\
Examples:
  capbind run deal.toml
  capbind run deal.toml --set agreement.cap=45 --format xlsx
  cat deal.toml | capbind run - --json";

pub const EXPLORE: &str = "\
Examples:
  capbind explore deal.toml
  capbind explore deal.toml amended.toml --out deal.html
  capbind explore deal.toml --set agreement.cap=45";

pub const CHECK: &str = "\
Examples:
  capbind check deal.toml
  capbind check deal.toml --set revenue.gbm.growth=0.1
  capbind check deal.toml --json";

pub const COMPARE: &str = "\
Examples:
  capbind compare before.toml after.toml
  capbind compare deal.toml --variant 'Higher cap: agreement.cap=45'
  capbind compare deal.toml --variant 'agreement.cap=45; agreement.share=0.1' --json";

pub const SWEEP: &str = "\
Examples:
  capbind sweep deal.toml --vary agreement.cap=20:80:5
  capbind sweep deal.toml --vary agreement.cap=20:80 --design sobol --cases 200
  capbind sweep deal.toml --cases cases.csv --measure irr";

pub const SOLVE: &str = "\
Examples:
  capbind solve deal.toml --for agreement.cap --so-that binding_probability@2028-12-31=0.5
  capbind solve deal.toml --for agreement.share --so-that 'expected irr=0.12'
  capbind solve deal.toml --for agreement.cap --so-that 'p5 total_paid=20' --json
  capbind solve deal.toml --frontier agreement.cap=20:60:5 agreement.share";

pub const SENSITIVITY: &str = "\
Examples:
  capbind sensitivity deal.toml
  capbind sensitivity deal.toml --vary agreement.cap=35:41 --measure irr
  capbind sensitivity deal.toml --stress growth_error=0:10";

pub const PORTFOLIO: &str = "\
Examples:
  capbind portfolio deals.csv --scenario deal.toml
  capbind portfolio deals.csv --multiples 1,1.5,2 --tail 1%
  capbind portfolio deals.csv --paths 1e6 --json";

pub const UPDATE: &str = "\
Examples:
  capbind update deal.toml --observed 2026-04-01..2026-06-30=6.4
  capbind update deal.toml --observed reported.csv --as-of 2027-02-01 --plan 2027=50,2028=75
  capbind update deal.toml --observed 2026-04-01..2026-06-30=6.4+-2% --set agreement.cap=40";

pub const BACKTEST: &str = "\
Examples:
  capbind backtest forecasts.csv
  capbind backtest forecasts.csv --scenario deal.toml
  capbind backtest forecasts.csv --scenario deal.toml --set revenue.forecast.volatility=0.2";

pub const CALIBRATE: &str = "\
Examples:
  capbind calibrate revenue.csv --unit 'USD million'
  capbind calibrate revenue.csv --from 2023-08-01 --model growth --uncertain
  capbind calibrate revenue.csv --forecasts forecasts.csv";

pub const EXPLAIN: &str = "\
Examples:
  capbind explain deal.toml --path 0
  capbind explain deal.toml --path 17 --set agreement.cap=45
  capbind explain deal.toml --path 17 --csv";

pub const PLAN: &str = "\
Examples:
  capbind plan deal.toml --shards 32 --store /shared/deal
  capbind plan deal.toml --cases cases.csv --shard-size 100 --store /shared/deal
  capbind plan fund.csv --store s3://bucket/fund
  capbind plan --store /shared/deal";

pub const SHARD: &str = "\
Examples:
  capbind shard --store /shared/deal --index 3
  srun --array=0-31 capbind shard --store /shared/deal
  capbind shard deal.toml --shards 32 --store /shared/deal --index 3";

pub const MERGE: &str = "\
Examples:
  capbind merge --store /shared/deal --out output/deal
  capbind merge --store /shared/deal --json";

pub const VERIFY: &str = "\
Examples:
  capbind verify output/deal
  capbind verify output/deal output/deal-sweep --threads 4
  capbind verify output/deal --scenario deal.toml";

pub const NEW: &str = "\
Examples:
  capbind new deal
  capbind new deal --template royalty
  capbind new fund --template portfolio";

pub const SCHEMA: &str = "\
Examples:
  capbind schema > capbind.schema.json
  capbind schema | less";

pub const COMPLETIONS: &str = "\
Examples:
  capbind completions bash > ~/.local/share/bash-completion/completions/capbind
  capbind completions zsh > ~/.zfunc/_capbind";

pub const MAN: &str = "\
Examples:
  capbind man > capbind.1
  capbind man | man -l -";

/// What every command may end with.
pub const EXIT_STATUS: [(&str, &str); 4] = [
    ("0", "All is done, or what was asked for is printed."),
    (
        "1",
        "A run failed: a file cannot be read or written, a target cannot be met, cases of a \
         sweep are no valid scenarios, shards to be put together are missing, results made again differ. Nothing is left half written.",
    ),
    (
        "2",
        "An argument or a scenario is not valid; nothing was simulated.",
    ),
    (
        "130",
        "Interrupted; a sweep keeps the cases that are finished for --resume.",
    ),
];

/// What the commands write.
pub const FILES: [(&str, &str); 7] = [
    (
        "output/NAME/",
        "The results of run: summary.csv, periods.csv, years.csv, binding.csv, ends.csv, where \
         they apply cash.csv, net.csv and risk_neutral.csv, charts/, report.html, \
         explore.html on --interactive, SCENARIO.xlsx on --format xlsx, and manifest.json. NAME \
         is the scenario's, with what is changed of it.",
    ),
    (
        "explore.html",
        "The page of explore: scenarios and the engine in one file.",
    ),
    (
        "output/NAME-STUDY/",
        "The results of compare, sweep, solve, sensitivity, portfolio, update and backtest: their \
         tables, charts/, report.html on --report, a workbook on --format xlsx, and \
         manifest.json.",
    ),
    (
        "output/calibrate-NAME/",
        "calibration.csv, fit.csv, or with --forecasts structures.csv and changes.csv; \
         revenue.toml, charts/ and manifest.json.",
    ),
    (
        "STORE/",
        "What plan and shard keep, each by a name that says what it is: questions, and parts/.",
    ),
    (
        "NAME.toml, capbind.schema.json",
        "What new writes, into the folder of NAME; NAME.csv with --template portfolio.",
    ),
    (
        "manifest.json",
        "Version, scenarios, overrides, what was asked for, seed, and the SHA-256 of every file: \
         capbind verify makes them again.",
    ),
];

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::super::args::Arguments;

    /// The words of a line as a shell parts them; what is behind a pipe or `>` is left out.
    fn words(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut quoted = false;
        for c in line.chars() {
            match c {
                '\'' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                _ => words.last_mut().unwrap().push(c),
            }
        }
        let begin = words.iter().position(|word| word == "capbind").unwrap();
        let words = words.split_off(begin);
        let ours = words
            .into_iter()
            .take_while(|word| !["|", ">"].contains(&word.as_str()));
        ours.collect()
    }

    #[test]
    fn every_command_has_examples_that_it_understands() {
        let program = Arguments::command();
        for command in program.get_subcommands() {
            let name = command.get_name();
            let help = command.get_after_help().unwrap_or_else(|| panic!("{name}"));
            let help = help.to_string();
            let examples: Vec<&str> = help.lines().skip(1).collect();
            assert!((2..=4).contains(&examples.len()), "{name}");
            for example in examples {
                let words = words(example);
                assert_eq!(words[1], name, "{example}");
                Arguments::try_parse_from(words).unwrap_or_else(|e| panic!("{example}: {e}"));
            }
        }
    }
}
