//! What may stand at each key: the permitted range and a remedy, as errors say
//! them.

mod agreement;

use std::ops::RangeInclusive;

use toml::de::DeValue;

/// A key's rules in words.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The dotted key; `*` stands for any name.
    pub key: &'static str,
    /// What is permitted.
    pub permitted: &'static str,
    /// What to try.
    pub hint: &'static str,
}

/// The largest amount a scenario may hold, in its unit.
pub const LARGEST_AMOUNT: f64 = 1e15;
/// The largest volatility or growth uncertainty, per (root) year.
pub const LARGEST_VOLATILITY: f64 = 5.0;
/// The largest growth, per year: a hundredfold.
pub const LARGEST_GROWTH: f64 = 100.0;
/// The largest discount rate, per year.
pub const LARGEST_RATE: f64 = 10.0;
/// The coarsest precision that can be asked for.
pub const LARGEST_PRECISION: f64 = 0.1;
/// The longest payment lag, in months.
pub const LONGEST_LAG: i64 = 120;
/// The most percentiles of a report.
pub const MOST_PERCENTILES: usize = 99;
/// The longest title, name or label, in characters.
pub const LONGEST_TEXT: usize = 200;

const DATE: &str = "a date in the years 1900 to 2300";
/// What to try where something else stands than a date.
pub const DATE_HINT: &str = "write dates without quotes and without a time: 2026-01-31";
/// What to try where a distribution is not one.
pub const DISTRIBUTION_HINT: &str = "write { uniform = [low, high] }, { triangular = [low, most likely, high] }, \
     { normal = { mean, sd } }, { lognormal = { p5, p95 } } (each by mean and sd or any two percentiles), \
     { exponential = { hazard } } or { discrete = { values, weights } }";
const AMOUNT_OR_DISTRIBUTION: &str = "0 to 1e15, or a distribution within that";
const TEXT: &str = "one line of 1 to 200 characters in quotes";

const RULES: &[Rules] = &[
    rules("title", TEXT, "say what the scenario shows"),
    rules(
        "source",
        "a text or a list of texts in quotes",
        "name where the figures come from",
    ),
    rules(
        "currency",
        "three capital letters (ISO 4217)",
        "for example \"USD\" or \"EUR\"",
    ),
    rules(
        "unit",
        "\"one\", \"thousand\", \"million\", \"billion\" or \"trillion\"",
        "the unit of every amount in the file and in the results",
    ),
    rules(
        "timeline",
        "a table with start, end and step",
        "for example [timeline] and below it start = 2026-01-01, end = 2030-12-31 and step = \"month\", a line each",
    ),
    rules(
        "timeline.start",
        DATE,
        "the first day that is simulated, such as 2026-01-01",
    ),
    rules(
        "timeline.end",
        "a date from timeline.start to the year 2300",
        "the last day that is simulated, such as 2030-12-31",
    ),
    rules(
        "timeline.step",
        "\"month\", \"quarter\" or \"year\"",
        "the length of a period: a shorter one dates the binding more exactly",
    ),
    rules(
        "revenue",
        "exactly one model: [revenue.forecast] or [revenue.gbm]",
        "name the model in the table's header, as in [revenue.forecast]",
    ),
    rules(
        "revenue.gbm.initial",
        "more than 0, at most 1e15",
        "the run rate per year at timeline.start",
    ),
    rules(
        "revenue.gbm.growth",
        "more than -1, at most 100",
        "expected simple growth per year as a fraction: 25 % is 0.25",
    ),
    rules(
        "revenue.gbm.volatility",
        "0 to 5",
        "annualised, of log revenue, as a fraction: 30 % is 0.30",
    ),
    rules(
        "revenue.gbm.observe",
        "\"start\", \"mid\" or \"end\"",
        "where in each period the run rate is taken",
    ),
    rules(
        "revenue.forecast.annual",
        "a figure for every calendar year from the first to the last, such as { 2026 = 28, 2027 = 46 }",
        "every year of the timeline needs one; years before and after it may be given too",
    ),
    rules(
        "revenue.forecast.annual.*",
        "more than 0, at most 1e15",
        "the year's planned revenue in the file's unit",
    ),
    rules(
        "revenue.forecast.observed",
        "whole months within one calendar year, in order, leaving at least one month of the year open",
        "for example observed = [{ start = 2026-01-01, end = 2026-03-31, revenue = 5.7 }]",
    ),
    rules(
        "revenue.forecast.observed.start",
        "the first day of a month, on or after timeline.start",
        "what is known is whole months: a start such as 2026-01-01",
    ),
    rules(
        "revenue.forecast.observed.end",
        "the last day of a month, in the year of its start",
        "what is known is whole months: an end such as 2026-03-31",
    ),
    rules(
        "revenue.forecast.observed.revenue",
        "more than 0 and less than the rest of its year's figure",
        "reported revenue of these months in the file's unit",
    ),
    rules(
        "revenue.forecast.volatility",
        "0 to 5",
        "annualised, of log revenue around the plan: 20 % is 0.20",
    ),
    rules(
        "revenue.forecast.growth_uncertainty",
        "0 to 5",
        "standard deviation of a persistent error in annual log growth: 12 % is 0.12",
    ),
    rules(
        "revenue.forecast.observe",
        "\"start\", \"mid\" or \"end\"",
        "where in each period the deviation from the plan is taken",
    ),
    rules(
        "revenue.gbm",
        "a table with initial, growth and volatility",
        "name the model in the table's header: [revenue.gbm]",
    ),
    rules(
        "revenue.forecast",
        "a table with annual and volatility",
        "name the model in the table's header: [revenue.forecast]",
    ),
    rules(
        "simulation",
        "a table with points, replicates, sampler, seed, precision and max_points, or some of them",
        "for example [simulation] and below it points = 65536",
    ),
    rules(
        "simulation.points",
        "a power of two from 64 to 2147483648 for \"sobol\", any whole number in that range for \"random\"",
        "for example 4096 for a quick look, 65536 for a report",
    ),
    rules(
        "simulation.replicates",
        "a whole number from 4 to 1024",
        "16 is a good choice: the standard errors rest on them",
    ),
    rules(
        "simulation.sampler",
        "\"sobol\" or \"random\"",
        "\"sobol\" is far more accurate at the same cost",
    ),
    rules(
        "simulation.seed",
        "a whole number from 0 to 9223372036854775807",
        "any number does: the same seed gives the same results",
    ),
    rules(
        "simulation.precision",
        "more than 0, at most 0.1",
        "standard error wanted, of amounts relative to them, of probabilities as such: 0.1 % is 0.001",
    ),
    rules(
        "simulation.max_points",
        "a power of two from 256 to 2147483648",
        "points per replicate at which the search for precision ends",
    ),
    rules(
        "valuation",
        "a table with discount_rate and, where it is not timeline.start, date",
        "for example [valuation] and below it discount_rate = 0.09",
    ),
    rules(
        "valuation.date",
        DATE,
        "the day that present values are for, such as 2026-01-01",
    ),
    rules(
        "valuation.discount_rate",
        "more than -1, at most 10",
        "effective rate per year as a fraction: 9 % is 0.09",
    ),
    rules(
        "report",
        "a table with percentiles, fiscal_year_ends, theme, size, dpi, history and milestone, or some of them",
        "for example [report] and below it percentiles = [5, 50, 95]",
    ),
    rules(
        "sweep",
        "a table with vary and, for a design, design and cases",
        "for example [sweep] and below it vary = [\"agreement.cap=20:80:5\"]",
    ),
    rules(
        "sweep.vary",
        "a list of texts KEY=VALUES, one for each key",
        "for example [\"agreement.cap=20:80:5\", \"agreement.share=0.15,0.20\"]",
    ),
    rules(
        "sweep.design",
        "\"latin-hypercube\" or \"sobol\"",
        "leave it out for a grid",
    ),
    rules(
        "sweep.cases",
        "a whole number from 1 to 1000000",
        "how many cases the design spreads over the ranges",
    ),
    rules(
        "report.percentiles",
        "1 to 99 numbers above 0 and below 100, ascending",
        "for example [5, 25, 50, 75, 95]",
    ),
    rules(
        "report.fiscal_year_ends",
        "the name of a month",
        "for example \"june\" for years ending on 30 June",
    ),
    rules(
        "report.theme",
        "\"light\" or \"dark\"",
        "\"light\" for paper, \"dark\" for slides with a dark ground",
    ),
    rules(
        "report.size",
        "\"slide\", \"page\" or \"column\"",
        "\"page\" is as wide as the text of a page, \"column\" as a newspaper's column",
    ),
    rules(
        "report.dpi",
        "a whole number from 48 to 600",
        "pixels of PNG charts per inch: 192 for screens, 300 for print",
    ),
    rules(
        "report.history",
        "a list of tables with start, end and revenue, all before the timeline",
        "for example history = [{ start = 2025-01-01, end = 2025-12-31, revenue = 13.1 }]",
    ),
    rules(
        "report.history.start",
        DATE,
        "the first day of what was reported, such as 2025-01-01",
    ),
    rules(
        "report.history.end",
        DATE,
        "the last day of what was reported, such as 2025-12-31",
    ),
    rules(
        "report.history.revenue",
        "0 to 1e15",
        "reported revenue of these days in the file's unit",
    ),
    rules(
        "report.milestone",
        "[[report.milestone]] tables with date and label",
        "put each milestone in a table of its own",
    ),
    rules(
        "report.milestone.date",
        DATE,
        "the day to mark, such as 2030-12-31",
    ),
    rules(
        "report.milestone.label",
        TEXT,
        "what happens on that date, in a few words",
    ),
];

/// Every rule.
fn all() -> impl Iterator<Item = &'static Rules> {
    RULES.iter().chain(agreement::RULES)
}

const fn rules(key: &'static str, permitted: &'static str, hint: &'static str) -> Rules {
    Rules {
        key,
        permitted,
        hint,
    }
}

/// Keys that hold tables, or lists of tables, of other keys.
const TABLES: [&str; 14] = [
    "timeline",
    "revenue",
    "revenue.gbm",
    "revenue.forecast",
    "revenue.forecast.annual",
    "agreement.payment",
    "agreement.eligible",
    "agreement.deferral",
    "agreement.event",
    "agreement.default",
    "simulation",
    "valuation",
    "report",
    "sweep",
];
/// Keys that hold lists of tables.
const LISTS: [&str; 5] = [
    "agreement",
    "agreement.milestone",
    "revenue.forecast.observed",
    "report.history",
    "report.milestone",
];

/// Whether a key holds other keys.
pub fn is_table(path: &[String]) -> bool {
    let key = path.join(".");
    TABLES.contains(&key.as_str()) || is_list(path)
}

/// Whether a key holds a list of tables of other keys.
pub fn is_list(path: &[String]) -> bool {
    LISTS.contains(&path.join(".").as_str())
}

/// A value nobody objects to for a key that a scenario must have.
pub fn stand_in(key: &str) -> Option<DeValue<'static>> {
    let text = match key {
        "timeline" => "{ start = 2026-01-01, end = 2026-12-31, step = 'month' }",
        "agreement" => "{ share = 0 }",
        "revenue" | "revenue.forecast.annual" => "{}",
        "revenue.gbm.initial"
        | "revenue.forecast.observed.revenue"
        | "report.history.revenue"
        | "agreement.milestone.reaches" => "1",
        "revenue.gbm.growth"
        | "revenue.gbm.volatility"
        | "revenue.forecast.volatility"
        | "agreement.share"
        | "agreement.deferral.fraction"
        | "agreement.default.recovery"
        | "agreement.milestone.amount"
        | "valuation.discount_rate" => "0",
        "timeline.step" => "'month'",
        "simulation.sampler" => "'random'",
        "report.milestone.label" => "'a milestone'",
        key if key.starts_with("revenue.forecast.annual.") => "1",
        key if key.ends_with(".start") || key.ends_with(".end") => "2026-01-01",
        "report.milestone.date" => "2026-01-01",
        _ => return None,
    };
    DeValue::parse(text).ok().map(toml::Spanned::into_inner)
}

/// The numbers that may stand at a term of a flat share: its dotted key; `None`
/// for any other key.
pub fn permitted(key: &str) -> Option<RangeInclusive<f64>> {
    match key {
        "agreement.share" => Some(0.0..=1.0),
        "agreement.cap" | "agreement.paid_before" => Some(0.0..=LARGEST_AMOUNT),
        _ => None,
    }
}

/// The rules of a dotted key, or of the nearest key around it.
pub fn rules_for(path: &[String]) -> Option<&'static Rules> {
    (1..=path.len()).rev().find_map(|depth| {
        let path = &path[..depth];
        all().find(|rules| {
            let names: Vec<&str> = rules.key.split('.').collect();
            let same = |(name, part): (&&str, &String)| *name == "*" || **name == **part;
            names.len() == path.len() && names.iter().zip(path).all(same)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys of values of one piece that may also be written as tables or lists:
    /// a mistake in one of these is a mistake in the value.
    const EITHER: [&str; 5] = [
        "agreement.share",
        "agreement.share.by_annual_revenue",
        "agreement.share.by_paid",
        "agreement.cap",
        "agreement.annual_cap",
    ];

    #[test]
    fn every_table_and_no_other_key_has_rules_below_it() {
        for rules in all() {
            let path: Vec<String> = rules.key.split('.').map(str::to_owned).collect();
            let below = format!("{}.", rules.key);
            let holds_keys = all().any(|other| other.key.starts_with(&below));
            assert_eq!(
                is_table(&path) || EITHER.contains(&rules.key),
                holds_keys,
                "{}",
                rules.key
            );
        }
    }

    #[test]
    fn keys_find_their_rules_or_those_around_them() {
        let find = |key: &str| {
            let path: Vec<String> = key.split('.').map(str::to_owned).collect();
            rules_for(&path).map(|rules| rules.key)
        };
        assert_eq!(find("agreement.share"), Some("agreement.share"));
        assert_eq!(
            find("revenue.forecast.annual.2027"),
            Some("revenue.forecast.annual.*")
        );
        assert_eq!(find("agreement.cap.triangular"), Some("agreement.cap"));
        assert_eq!(find("agreement.capp"), Some("agreement"));
        assert_eq!(find("capp"), None);
    }
}
