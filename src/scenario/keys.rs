//! What may stand at each key: the permitted range and a remedy, as errors say
//! them.

mod agreement;
mod revenue;
mod valuation;

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
/// The smallest amount that others are divided by, in its unit.
pub const SMALLEST_DIVISOR: f64 = 1e-9;
/// The largest volatility or growth uncertainty, per (root) year.
pub const LARGEST_VOLATILITY: f64 = 5.0;
/// The longest half-life, in years.
pub const LONGEST_HALF_LIFE: f64 = 1e4;
/// The most jumps expected in a year.
pub const MOST_JUMPS: f64 = 50.0;
/// The largest growth, per year: a hundredfold.
pub const LARGEST_GROWTH: f64 = 100.0;
/// The largest discount rate, per year.
pub const LARGEST_RATE: f64 = 10.0;
/// The most points of a curve.
pub const LONGEST_CURVE: usize = 100;
/// The coarsest precision that can be asked for.
pub const LARGEST_PRECISION: f64 = 0.1;
/// The longest payment lag, in months.
pub const LONGEST_LAG: i64 = 120;
/// The same in days.
pub const LONGEST_LAG_DAYS: i64 = 3650;
/// The most cases of a scenario.
pub const MOST_CASES: usize = 64;
/// The most percentiles of a report.
pub const MOST_PERCENTILES: usize = 99;
/// The longest title, name or label, in characters.
pub const LONGEST_TEXT: usize = 200;

const DATE: &str = "a date in the years 1900 to 2300";
/// What to try where something else stands than a date.
pub const DATE_HINT: &str = "write dates without quotes and without a time: 2026-01-31";
/// What to try where a distribution is not one.
pub const DISTRIBUTION_HINT: &str = "write { uniform = [low, high] }, { triangular = [low, most likely, high] }, \
     { pert = [low, most likely, high] }, { normal = { mean, sd } }, { lognormal = { p5, p95 } } (each by mean and sd \
     or any two percentiles, cut by low and high where it has bounds), { exponential = { hazard } }, \
     { discrete = { values, weights } } or { mixture = [{ weight, uniform = [low, high] }, …] }";
/// What to try where a volatility is neither a number nor values by date.
pub const STEPS_HINT: &str = "write a number, a distribution such as { uniform = [0.1, 0.3] }, or values by date: \
     [{ from = 2026-01-01, value = 0.3 }, { from = 2028-01-01, value = 0.2 }]";
/// What to try where a rate per year is neither a number nor rates by date.
pub const RATES_HINT: &str = "write a number, a distribution such as { uniform = [0.01, 0.03] }, or rates by date: \
     [{ from = 2024-01-01, rate = 0.03 }, { from = 2026-01-01, rate = 0.02 }]";
/// What to try where a correlation is not one.
pub const PAIR_HINT: &str = "write each pair as [\"one\", \"other\", 0.5]";
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
        "actuals",
        "a table with file: a CSV file with period_start, period_end, revenue (revenue.NAME of each segment) and, where known, payment",
        "for example [actuals] and below it file = \"history.csv\", with a row for each period from timeline.start on",
    ),
    rules(
        "actuals.file",
        "the name of a CSV file, relative to the scenario's own folder",
        "for example file = \"history.csv\"",
    ),
    rules(
        "actuals.csv",
        "the rows of such a file",
        "leave it out and name the file",
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
        "case",
        "up to 64 [[case]] tables with name, probability and set",
        "put each case in a table of its own; the scenario is then their mixture",
    ),
    rules(
        "case.name",
        TEXT,
        "what results call the case, in a word or two",
    ),
    rules(
        "case.probability",
        "0 to 1; those of all cases add up to 1",
        "how likely the case is; left out of one case, it is what the others leave",
    ),
    rules(
        "case.set",
        "a table of keys of the file with the values they have in the case",
        "for example set = { agreement.cap = 40 }, or [case.set.revenue.forecast] below the case",
    ),
    rules(
        "report",
        "a table with percentiles, fiscal_year_ends, theme, size, dpi, charts, chart_title, chart_subtitle, chart_data, covenant, history and milestone, or some of them",
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
        "report.charts",
        "a list of the charts to draw, by their file names without extension",
        "for example [\"binding\", \"total\"]; without it all are drawn",
    ),
    rules(
        "report.chart_title",
        "a text in one line",
        "stands in the place of the chart's own title",
    ),
    rules(
        "report.chart_subtitle",
        "a text in one line",
        "stands in the place of the chart's own subtitle",
    ),
    rules(
        "report.chart_data",
        "true or false",
        "true writes the numbers behind each chart as CSV beside it",
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
        "report.covenant",
        "[[report.covenant]] tables with by and paid",
        "for example { by = 2027-12-31, paid = 5 }: how likely less than 5 has been paid by then",
    ),
    rules(
        "report.covenant.by",
        DATE,
        "the day by which the amount is to have been paid, such as 2027-12-31",
    ),
    rules(
        "report.covenant.paid",
        "more than 0, at most 1e15",
        "the least that is to have been paid since the timeline's start, in the file's unit",
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
pub fn all() -> impl Iterator<Item = &'static Rules> {
    RULES
        .iter()
        .chain(agreement::RULES)
        .chain(revenue::RULES)
        .chain(valuation::RULES)
}

/// The keys of other tables that have a name: `agreement.cap` for `cap`.
pub fn named(name: &str) -> Vec<&'static str> {
    let is_it = |key: &&str| key.rsplit_once('.').is_some_and(|(_, last)| last == name);
    let found: Vec<_> = all().map(|rules| rules.key).filter(is_it).collect();
    let depth = |key: &str| key.split('.').count();
    let least = found.iter().map(|key| depth(key)).min();
    let shortest = |key: &&str| Some(depth(key)) == least;
    found.into_iter().filter(shortest).collect()
}

const fn rules(key: &'static str, permitted: &'static str, hint: &'static str) -> Rules {
    Rules {
        key,
        permitted,
        hint,
    }
}

/// Keys that hold tables, or lists of tables, of other keys.
const TABLES: [&str; 23] = [
    "actuals",
    "timeline",
    "revenue.gbm",
    "revenue.forecast",
    "revenue.forecast.annual",
    "revenue.forecast.launch",
    "revenue.growth",
    "revenue.jump",
    "revenue.logistic",
    "revenue.bass",
    "revenue.bootstrap",
    "revenue.bootstrap.companies",
    "correlation",
    "agreement.payment",
    "agreement.minimum",
    "agreement.eligible",
    "agreement.deferral",
    "agreement.default",
    "simulation",
    "valuation",
    "valuation.risk_neutral",
    "report",
    "sweep",
];
/// Keys that hold lists of tables.
const LISTS: [&str; 16] = [
    "agreement",
    "agreement.event",
    "agreement.event.pays",
    "agreement.floor",
    "agreement.milestone",
    "agreement.step_up",
    "case",
    "revenue",
    "revenue.forecast.observed",
    "revenue.forecast.plan",
    "revenue.reported",
    "report.covenant",
    "report.history",
    "report.milestone",
    "valuation.curve",
    "valuation.risk_neutral.risk_free_curve",
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
        "sweep.vary" => "[]",
        "revenue.gbm.initial"
        | "revenue.forecast.observed.revenue"
        | "revenue.forecast.plan.revenue"
        | "report.history.revenue"
        | "report.covenant.paid"
        | "agreement.milestone.reaches"
        | "revenue.growth.initial"
        | "revenue.growth.half_life"
        | "revenue.jump.initial"
        | "revenue.logistic.capacity"
        | "revenue.logistic.steepness"
        | "revenue.bass.market"
        | "revenue.bass.innovation"
        | "revenue.bootstrap.initial" => "1",
        "revenue.gbm.growth"
        | "revenue.gbm.volatility"
        | "revenue.forecast.volatility"
        | "revenue.growth.growth"
        | "revenue.growth.long_run_growth"
        | "revenue.growth.volatility"
        | "revenue.jump.growth"
        | "revenue.jump.volatility"
        | "revenue.jump.jumps_per_year"
        | "revenue.jump.jump_mean"
        | "revenue.logistic.midpoint"
        | "revenue.bass.imitation"
        | "agreement.share"
        | "agreement.deferral.fraction"
        | "agreement.default.recovery"
        | "agreement.milestone.amount"
        | "agreement.minimum.amount"
        | "valuation.discount_rate"
        | "valuation.curve.rate"
        | "valuation.risk_neutral.revenue_risk_premium"
        | "valuation.risk_neutral.risk_free"
        | "valuation.risk_neutral.risk_free_curve.rate" => "0",
        "valuation.curve" | "valuation.risk_neutral.risk_free_curve" => "[{ years = 1, rate = 0 }]",
        "timeline.step" | "agreement.minimum.every" => "'month'",
        "simulation.sampler" => "'random'",
        "revenue.name" => "'a segment'",
        "report.milestone.label" => "'a milestone'",
        "case.name" => "'a case'",
        key if key.starts_with("revenue.forecast.annual.") => "1",
        key if key.ends_with(".start") || key.ends_with(".end") => "2026-01-01",
        "report.milestone.date" | "report.covenant.by" => "2026-01-01",
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
    const EITHER: [&str; 13] = [
        "agreement.share",
        "agreement.share.by_annual_revenue",
        "agreement.share.by_paid",
        "agreement.share.by_total_revenue",
        "agreement.upfront",
        "agreement.cap",
        "agreement.cap.escalation",
        "agreement.cap.inflation",
        "agreement.cap.discount_rate",
        "agreement.annual_cap",
        "agreement.annual_cap.amount",
        "agreement.annual_minimum",
        "agreement.minimum.amount",
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
