//! What may stand at each key: the permitted range and a remedy, as errors say
//! them.

use std::ops::RangeInclusive;

use toml::de::DeValue;

use super::file;

/// A table of rules: each key with what is permitted and what to try.
macro_rules! rules {
    ($($key:literal => $permitted:expr, $hint:expr;)*) => {
        &[$(Rules { key: $key, permitted: $permitted, hint: $hint },)*]
    };
}

pub(super) use rules;

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

/// A date.
pub const DATE: &str = "a date in the years 1900 to 2300";
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
/// An amount, perhaps uncertain.
pub const AMOUNT_OR_DISTRIBUTION: &str = "0 to 1e15, or a distribution within that";
/// A name or title.
pub const TEXT: &str = "one line of 1 to 200 characters in quotes";

/// Every rule: each stands with the type of its key, in `file`.
pub fn all() -> impl Iterator<Item = &'static Rules> {
    file::RULES.iter().flat_map(|rules| rules.iter())
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
const LISTS: [&str; 17] = [
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
    "reported",
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
