//! What may stand at each key: the permitted range and a remedy, as errors say
//! them.

/// A key's rules in words.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The dotted key; `*` stands for any name.
    key: &'static str,
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
/// The longest payment lag, in months.
pub const LONGEST_LAG: i64 = 120;
/// The most percentiles of a report.
pub const MOST_PERCENTILES: usize = 99;
/// The longest title, name or label, in characters.
pub const LONGEST_TEXT: usize = 200;

const DATE: &str = "a date in the years 1900 to 2300";
const DATE_HINT: &str = "write dates without quotes: 2026-01-01";
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
    rules("timeline.start", DATE, DATE_HINT),
    rules(
        "timeline.end",
        "a date from timeline.start to the year 2300",
        DATE_HINT,
    ),
    rules(
        "timeline.step",
        "\"month\", \"quarter\" or \"year\"",
        "a shorter step dates the binding more exactly; at most 1,200 periods",
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
        DATE_HINT,
    ),
    rules(
        "revenue.forecast.observed.end",
        "the last day of a month, in the year of its start",
        DATE_HINT,
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
        "agreement.name",
        TEXT,
        "what the results call the agreement",
    ),
    rules("agreement.payer", TEXT, "who pays"),
    rules("agreement.payee", TEXT, "who receives"),
    rules(
        "agreement.share",
        "0 to 1, or a distribution within that",
        "write a percentage as a fraction: 20 % is 0.20",
    ),
    rules(
        "agreement.cap",
        AMOUNT_OR_DISTRIBUTION,
        "leave the key out for an agreement without a cap",
    ),
    rules(
        "agreement.paid_before",
        AMOUNT_OR_DISTRIBUTION,
        "what was paid before timeline.start and counts against the cap",
    ),
    rules(
        "agreement.effective",
        "a date before the end of the timeline",
        DATE_HINT,
    ),
    rules(
        "agreement.expiry",
        "a date within the timeline, not before agreement.effective",
        "to look further, move timeline.end",
    ),
    rules(
        "agreement.payment.every",
        "\"month\", \"quarter\" or \"year\", not shorter than timeline.step",
        "leave it out to pay after every period",
    ),
    rules(
        "agreement.payment.lag_months",
        "a whole number from 0 to 120",
        "months from the end of the payment period to the payment",
    ),
    rules(
        "simulation.points",
        "a power of two from 64 to 2147483648 for \"sobol\", any whole number from 64 for \"random\"",
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
        "any number; the same seed gives the same results",
    ),
    rules("valuation.date", DATE, DATE_HINT),
    rules(
        "valuation.discount_rate",
        "more than -1, at most 10",
        "effective rate per year as a fraction: 9 % is 0.09",
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
        "report.milestone",
        "[[report.milestone]] tables with date and label",
        "put each milestone in a table of its own",
    ),
    rules("report.milestone.date", DATE, DATE_HINT),
    rules(
        "report.milestone.label",
        TEXT,
        "what happens on that date, in a few words",
    ),
];

const fn rules(key: &'static str, permitted: &'static str, hint: &'static str) -> Rules {
    Rules {
        key,
        permitted,
        hint,
    }
}

/// The rules of a dotted key, or of the nearest key around it.
pub fn rules_for(path: &[String]) -> Option<&'static Rules> {
    (1..=path.len()).rev().find_map(|depth| {
        let path = &path[..depth];
        RULES.iter().find(|rules| {
            let names: Vec<&str> = rules.key.split('.').collect();
            let same = |(name, part): (&&str, &String)| *name == "*" || **name == **part;
            names.len() == path.len() && names.iter().zip(path).all(same)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(find("agreement.capp"), None);
    }
}
