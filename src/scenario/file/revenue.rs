//! The revenue tables as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::keys::{Rules, TEXT, rules};
use super::super::placed::Spanned;
use super::either::either;
use super::{Scalar, TomlDate};

/// `[revenue.MODEL]`, or one segment of several, `[[revenue]]` with a name:
/// exactly one model.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revenue {
    pub name: Option<Spanned<String>>,
    #[serde(default)]
    pub reported: Vec<Spanned<Reported>>,
    pub forecast: Option<Spanned<Forecast>>,
    pub gbm: Option<Spanned<Gbm>>,
    pub growth: Option<Spanned<Growth>>,
    pub jump: Option<Spanned<Jump>>,
    pub logistic: Option<Spanned<Logistic>>,
    pub bass: Option<Spanned<Bass>>,
    pub bootstrap: Option<Spanned<Bootstrap>>,
}

/// `[revenue.gbm]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gbm {
    pub initial: Spanned<Scalar>,
    pub growth: Spanned<Scalar>,
    pub volatility: Spanned<Stepped>,
    pub observe: Option<Spanned<String>>,
}

/// `[revenue.jump]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Jump {
    pub initial: Spanned<Scalar>,
    pub growth: Spanned<Scalar>,
    pub volatility: Spanned<Stepped>,
    pub jumps_per_year: Spanned<Scalar>,
    pub jump_mean: Spanned<Scalar>,
    pub jump_sd: Option<Spanned<Scalar>>,
    pub observe: Option<Spanned<String>>,
}

/// `[revenue.growth]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    pub initial: Spanned<Scalar>,
    pub growth: Spanned<Scalar>,
    pub long_run_growth: Spanned<Scalar>,
    pub half_life: Spanned<Scalar>,
    pub volatility: Spanned<Scalar>,
    pub long_run_volatility: Option<Spanned<Scalar>>,
    pub volatility_half_life: Option<Spanned<Scalar>>,
    pub growth_volatility: Option<Spanned<Scalar>>,
    pub growth_volatility_half_life: Option<Spanned<Scalar>>,
    pub shock_correlation: Option<Spanned<Scalar>>,
    pub revenue_risk_price: Option<Spanned<Scalar>>,
    pub growth_risk_price: Option<Spanned<Scalar>>,
    pub observe: Option<Spanned<String>>,
}

/// The keys of the errors around a path, as far as they are given.
#[derive(Debug)]
pub struct ErrorKeys<'f> {
    pub volatility: Option<&'f Spanned<Stepped>>,
    pub persistence: Option<&'f Spanned<Scalar>>,
    pub growth_uncertainty: Option<&'f Spanned<Scalar>>,
    pub level_uncertainty: Option<&'f Spanned<Scalar>>,
    pub annual_uncertainty: Option<&'f Spanned<Scalar>>,
    pub preserve: Option<&'f Spanned<String>>,
}

/// A model of a path with errors around it: its own keys, then those of the errors,
/// in one table (a table flattened into another loses the places of its values).
/// Whether there must be a volatility is the type of its key.
macro_rules! path_with_errors {
    ($(#[$doc:meta])* $name:ident, $volatility:ty, {
        $($(#[$attribute:meta])* $key:ident: $type:ty),* $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$attribute])* pub $key: $type,)*
            pub volatility: $volatility,
            pub persistence: Option<Spanned<Scalar>>,
            pub growth_uncertainty: Option<Spanned<Scalar>>,
            pub level_uncertainty: Option<Spanned<Scalar>>,
            pub annual_uncertainty: Option<Spanned<Scalar>>,
            pub preserve: Option<Spanned<String>>,
            pub observe: Option<Spanned<String>>,
        }

        impl $name {
            /// The keys of its errors.
            pub fn errors(&self) -> ErrorKeys<'_> {
                ErrorKeys {
                    volatility: (&self.volatility).into(),
                    persistence: self.persistence.as_ref(),
                    growth_uncertainty: self.growth_uncertainty.as_ref(),
                    level_uncertainty: self.level_uncertainty.as_ref(),
                    annual_uncertainty: self.annual_uncertainty.as_ref(),
                    preserve: self.preserve.as_ref(),
                }
            }
        }
    };
}

path_with_errors! {
    /// `[revenue.forecast]`
    Forecast, Spanned<Stepped>, {
        annual: Option<Spanned<BTreeMap<Spanned<String>, Spanned<f64>>>>,
        #[serde(default)]
        plan: Vec<Spanned<Observed>>,
        #[serde(default)]
        observed: Vec<Spanned<Observed>>,
        #[serde(default)]
        breaks: Vec<Spanned<TomlDate>>,
        seasons: Option<Spanned<Vec<Spanned<f64>>>>,
        launch: Option<Spanned<Launch>>,
    }
}

path_with_errors! {
    /// `[revenue.logistic]`
    Logistic, Option<Spanned<Stepped>>, {
        capacity: Spanned<Scalar>,
        steepness: Spanned<Scalar>,
        midpoint: Spanned<Scalar>,
    }
}

path_with_errors! {
    /// `[revenue.bass]`
    Bass, Option<Spanned<Stepped>>, {
        market: Spanned<Scalar>,
        innovation: Spanned<Scalar>,
        imitation: Spanned<Scalar>,
        launch: Option<Spanned<Scalar>>,
    }
}

/// `[revenue.bootstrap]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bootstrap {
    pub initial: Spanned<Scalar>,
    pub companies: Option<Spanned<Companies>>,
    pub consecutive_years: Option<Spanned<i64>>,
    pub observe: Option<Spanned<String>>,
}

/// Companies, each with its revenue of consecutive years.
pub type CompanyTable = BTreeMap<Spanned<String>, Spanned<Vec<Spanned<f64>>>>;

/// Companies in place, or a CSV file of them: its name, or its rows.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Companies {
    Table(CompanyTable),
    Csv(String),
}

either! {
    Companies, "a table of companies or the name of a CSV file";
    text Companies::Csv;
    table |table| Ok(Companies::Table(table));
}

/// `launch = { date }`, `{ between }` or `{ after_years }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Launch {
    pub date: Option<Spanned<TomlDate>>,
    pub between: Option<Spanned<Vec<Spanned<TomlDate>>>>,
    pub after_years: Option<Spanned<Scalar>>,
}

/// One entry of `plan` or `observed`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    pub start: Spanned<TomlDate>,
    pub end: Spanned<TomlDate>,
    pub revenue: Spanned<f64>,
}

/// One entry of `reported`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reported {
    pub start: Spanned<TomlDate>,
    pub end: Spanned<TomlDate>,
    pub revenue: Spanned<f64>,
    pub error: Option<Spanned<f64>>,
}

/// One entry of `reported` of a file with segments
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedOf {
    pub segment: Option<Spanned<String>>,
    pub start: Spanned<TomlDate>,
    pub end: Spanned<TomlDate>,
    pub revenue: Spanned<f64>,
    pub error: Option<Spanned<f64>>,
}

/// A scalar, or values that change at dates.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Stepped<T = Step> {
    Scalar(Scalar),
    Steps(Vec<Spanned<T>>),
}

/// One entry of a list of values by date.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub from: Spanned<TomlDate>,
    /// The value from that date on, in the unit of a single value.
    pub value: Spanned<f64>,
}

either! {
    Stepped<T> [T: Deserialize<'de>], "a number, a distribution or a list of values by date";
    number |value| Stepped::Scalar(Scalar::Number(value));
    list Stepped::Steps;
    table |table| Ok(Stepped::Scalar(Scalar::Distribution(Box::new(table))));
}

/// `[correlation]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Correlation {
    pub inputs: Option<Spanned<Vec<Spanned<Pair>>>>,
    pub segments: Option<Spanned<Vec<Spanned<Pair>>>>,
}

/// `["one", "other", 0.5]`
pub type Pair = (Spanned<String>, Spanned<String>, Spanned<f64>);

/// What is permitted where a volatility may also change by date.
const VOLATILITY: &str = "0 to 5, a distribution within that, or values by date";
const PERSISTENCE_HINT: &str =
    "what is left of a deviation after a year: 1 for a random walk, 0.7 for AR(1) errors that fade";

/// What may stand at each of these keys.
pub const RULES: &[Rules] = rules! {
    "revenue": List or "{}" => "exactly one model in each table: forecast, gbm, growth, jump, logistic, bass or bootstrap",
        "name the model in the table's header, as in [revenue.forecast]";
    "revenue.name" or "'a segment'" => TEXT, "what the results call the segment; each of several has one of its own";
    "revenue.reported": List => "figures of whole periods of the timeline, no two of the same days",
        "for example reported = [{ start = 2026-04-01, end = 2026-06-30, revenue = 6.4 }]: the model \
         learns from how far each is from what it expected";
    "revenue.reported.start" or "2026-01-01" => "the first day of a period of the timeline",
        "with months as periods, a start such as 2026-04-01";
    "revenue.reported.end" or "2026-01-01" => "the last day of a period of the timeline",
        "with months as periods, an end such as 2026-06-30";
    "revenue.reported.revenue" or "1" => "more than 0, at most 1e15",
        "reported revenue of these days in the file's unit";
    "revenue.reported.error" => "0 to 1",
        "relative standard deviation of the figure: 0.02 where it is good to 2 %; left out, the \
         figure is what payments are made on";
    "reported": List => "figures of whole periods of the timeline, no two of the same days and the same segment",
        "of revenue in segments, above all tables: for example reported = [{ start = 2026-04-01, \
         end = 2026-06-30, revenue = 6.4 }] for all together, which weighs drawn futures, and with \
         segment = \"consumer\" for one of them, which conditions it exactly";
    "reported.segment" => "the name of a segment",
        "the one that the figure is of; left out, it is of all together";
    "reported.start" or "2026-01-01" => "the first day of a period of the timeline",
        "with months as periods, a start such as 2026-04-01";
    "reported.end" or "2026-01-01" => "the last day of a period of the timeline",
        "with months as periods, an end such as 2026-06-30";
    "reported.revenue" or "1" => "more than 0, at most 1e15",
        "reported revenue of these days in the file's unit";
    "reported.error" => "0 to 1",
        "relative standard deviation of the figure: 0.02 where it is good to 2 %; left out, the \
         figure is met exactly";
    "revenue.gbm.initial" or "1" => "more than 0, at most 1e15", "the run rate per year at timeline.start";
    "revenue.gbm.growth" or "0" => "more than -1, at most 100",
        "expected simple growth per year as a fraction: 25 % is 0.25";
    "revenue.gbm.volatility" or "0" => VOLATILITY,
        "annualised, of log revenue, as a fraction: 30 % is 0.30";
    "revenue.gbm.observe" => "\"start\", \"mid\" or \"end\"",
        "where in each period the run rate is taken; mid if left out";
    "revenue.forecast.annual": Table or "{}" => "a figure for every calendar year from the first to the last, such as { 2026 = 28, 2027 = 46 }",
        "each is for its whole calendar year; every year of the timeline needs one, in annual or in plan, others may be given too";
    "revenue.forecast.annual.*" or "1" => "0 to 1e15",
        "the year's planned revenue in the file's unit; 0 for a year without any, as before a launch";
    "revenue.forecast.plan": List => "a list of tables with start, end and revenue, each of whole months, which leave no month out",
        "for example plan = [{ start = 2026-07-01, end = 2027-06-30, revenue = 28 }, …]: budgets by quarter or fiscal year";
    "revenue.forecast.plan.start" or "2026-01-01" => "the first day of a month",
        "the first day of what this is planned for, such as 2026-07-01";
    "revenue.forecast.plan.end" or "2026-01-01" => "the last day of a month, not before its start",
        "the last day of what this is planned for, such as 2027-06-30";
    "revenue.forecast.plan.revenue" or "1" => "0 to 1e15",
        "planned revenue of these months in the file's unit; 0 for none, as before a launch";
    "revenue.forecast.breaks" => "a list of dates, each the first day of a month",
        "for example breaks = [2031-04-01] where a patent expires: months before it say nothing of those from it on";
    "revenue.forecast.seasons" => "twelve numbers from 0.001 to 1000, January first",
        "what each month has of a smooth level: only their ratios count, so 1 and 2 are 0.5 and 1";
    "revenue.forecast.launch": Table => "a table with one of date, between and after_years",
        "for example launch = { between = [2027-04-01, 2028-12-31] }: all of the plan comes as much later as the launch";
    "revenue.forecast.launch.date" => "a date not before the plan's first revenue",
        "the first day with revenue, such as 2027-10-01";
    "revenue.forecast.launch.between" => "two dates that ascend, or three with the most likely one in the middle; none before the plan's first revenue",
        "for example between = [2027-04-01, 2028-12-31]";
    "revenue.forecast.launch.after_years" => "-1000 to 1000, or a distribution within that; not before the plan's first revenue",
        "years from timeline.start to the first day with revenue";
    "revenue.forecast.observed": List => "whole months within one calendar year, in order, leaving at least one month of the year open",
        "for example observed = [{ start = 2026-01-01, end = 2026-03-31, revenue = 5.7 }]";
    "revenue.forecast.observed.start" or "2026-01-01" => "the first day of a month, on or after timeline.start",
        "what is known is whole months: a start such as 2026-01-01";
    "revenue.forecast.observed.end" or "2026-01-01" => "the last day of a month, in the year of its start",
        "what is known is whole months: an end such as 2026-03-31";
    "revenue.forecast.observed.revenue" or "1" => "more than 0 and less than the rest of its year's figure",
        "reported revenue of these months in the file's unit";
    "revenue.forecast.volatility" or "0" => VOLATILITY,
        "annualised, of log revenue around the plan: 20 % is 0.20";
    "revenue.forecast.growth_uncertainty" => "0 to 5",
        "standard deviation of a persistent error in annual log growth: 12 % is 0.12";
    "revenue.forecast.observe" => "\"start\", \"mid\" or \"end\"",
        "where in each period the deviation from the plan is taken; mid if left out";
    "revenue.gbm": Table => "a table with initial, growth and volatility",
        "name the model in the table's header: [revenue.gbm]";
    "revenue.forecast": Table => "a table with annual or plan, and volatility",
        "name the model in the table's header: [revenue.forecast]";
    "revenue.forecast.persistence" => "more than 0, at most 1", PERSISTENCE_HINT;
    "revenue.forecast.level_uncertainty" => "0 to 5",
        "standard deviation of one log error that all periods have in common: 30 % is 0.30";
    "revenue.forecast.annual_uncertainty" => "0 to 5",
        "standard deviation of a log error of each calendar year alone: 5 % is 0.05";
    "revenue.forecast.preserve" => "\"mean\" or \"median\"",
        "which of the two the figures are: the errors are skewed, so the mean lies above the median";
    "revenue.growth": Table => "a table with initial, growth, long_run_growth, half_life and volatility",
        "name the model in the table's header: [revenue.growth]";
    "revenue.growth.initial" or "1" => "more than 0, at most 1e15",
        "the run rate per year at timeline.start";
    "revenue.growth.growth" or "0" => "more than -1, at most 100",
        "expected simple growth per year at the start: 60 % is 0.60";
    "revenue.growth.long_run_growth" or "0" => "more than -1, at most 100",
        "expected simple growth per year that it tends to: 5 % is 0.05";
    "revenue.growth.half_life" or "1" => "more than 0, at most 10000",
        "years in which half of the distance between the two rates is gone";
    "revenue.growth.volatility" or "0" => "0 to 5",
        "annualised, of log revenue at the start: 20 % is 0.20";
    "revenue.growth.long_run_volatility" => "0 to 5",
        "the volatility it tends to; leave it out for a constant one";
    "revenue.growth.volatility_half_life" => "more than 0, at most 10000",
        "in years; leave it out for half_life";
    "revenue.growth.growth_volatility" => "0 to 5",
        "of expected log growth at the start, per year and square root of a year: 0.2 is 20 points";
    "revenue.growth.growth_volatility_half_life" => "more than 0, at most 10000",
        "years in which growth_volatility halves; leave it out for half_life";
    "revenue.growth.shock_correlation" => "-1 to 1, or a distribution within that",
        "between the shocks of revenue and of growth over the same period; leave it out for none";
    "revenue.growth.revenue_risk_price" => "-5 to 5",
        "market price of revenue risk, taken off the drift for each unit of volatility; 0 for a forecast";
    "revenue.growth.growth_risk_price" => "-5 to 5",
        "market price of growth risk; 0 for a forecast";
    "revenue.growth.observe" => "\"start\", \"mid\" or \"end\"",
        "where in each period the run rate is taken; mid if left out";
    "revenue.jump": Table => "a table with initial, growth, volatility, jumps_per_year and jump_mean",
        "name the model in the table's header: [revenue.jump]";
    "revenue.jump.initial" or "1" => "more than 0, at most 1e15",
        "the run rate per year at timeline.start";
    "revenue.jump.growth" or "0" => "more than -1, at most 100",
        "expected simple growth per year, jumps included: 25 % is 0.25";
    "revenue.jump.volatility" or "0" => VOLATILITY,
        "annualised, of log revenue between jumps: 20 % is 0.20";
    "revenue.jump.jumps_per_year" or "0" => "0 to 50",
        "how many jumps are expected in a year: one in four years is 0.25";
    "revenue.jump.jump_mean" or "0" => "-5 to 5",
        "mean of the logarithm of a jump: a loss of a fifth is -0.22";
    "revenue.jump.jump_sd" => "0 to 5",
        "standard deviation of the logarithm of a jump; leave it out for jumps of one size";
    "revenue.jump.observe" => "\"start\", \"mid\" or \"end\"",
        "where in each period the run rate is taken; mid if left out";
    "revenue.logistic": Table => "a table with capacity, steepness and midpoint",
        "name the model in the table's header: [revenue.logistic]";
    "revenue.logistic.capacity" or "1" => "more than 0, at most 1e15",
        "the run rate per year that is approached";
    "revenue.logistic.steepness" or "1" => "more than 0, at most 100",
        "growth per year while the market is empty: 60 % is 0.6";
    "revenue.logistic.midpoint" or "0" => "-400 to 400",
        "years from timeline.start until half of the capacity is reached";
    "revenue.logistic.volatility" => VOLATILITY,
        "annualised, of log revenue around the curve: 20 % is 0.20; leave it out for none";
    "revenue.logistic.growth_uncertainty" => "0 to 5",
        "standard deviation of a persistent error in annual log growth: 12 % is 0.12";
    "revenue.logistic.observe" => "\"start\", \"mid\" or \"end\"",
        "where in each period the curve and its errors are taken; mid if left out";
    "revenue.logistic.persistence" => "more than 0, at most 1", PERSISTENCE_HINT;
    "revenue.logistic.level_uncertainty" => "0 to 5",
        "standard deviation of one log error that all periods have in common: 30 % is 0.30";
    "revenue.logistic.annual_uncertainty" => "0 to 5",
        "standard deviation of a log error of each calendar year alone: 5 % is 0.05";
    "revenue.logistic.preserve" => "\"mean\" or \"median\"",
        "which of the two the figures are: the errors are skewed, so the mean lies above the median";
    "revenue.bass": Table => "a table with market, innovation and imitation",
        "name the model in the table's header: [revenue.bass]";
    "revenue.bass.market" or "1" => "more than 0, at most 1e15",
        "revenue of the whole market over all time";
    "revenue.bass.innovation" or "1" => "more than 0, at most 100",
        "the coefficient p per year, such as 0.01";
    "revenue.bass.imitation" or "0" => "0 to 100", "the coefficient q per year, such as 0.4";
    "revenue.bass.launch" => "-400 to 400",
        "years from timeline.start to the launch; less than 0 if it was before";
    "revenue.bass.volatility" => VOLATILITY,
        "annualised, of log revenue around the curve: 20 % is 0.20; leave it out for none";
    "revenue.bass.growth_uncertainty" => "0 to 5",
        "standard deviation of a persistent error in annual log growth: 12 % is 0.12";
    "revenue.bass.observe" => "\"start\", \"mid\" or \"end\"",
        "where in each period the curve and its errors are taken; mid if left out";
    "revenue.bass.persistence" => "more than 0, at most 1", PERSISTENCE_HINT;
    "revenue.bass.level_uncertainty" => "0 to 5",
        "standard deviation of one log error that all periods have in common: 30 % is 0.30";
    "revenue.bass.annual_uncertainty" => "0 to 5",
        "standard deviation of a log error of each calendar year alone: 5 % is 0.05";
    "revenue.bass.preserve" => "\"mean\" or \"median\"",
        "which of the two the figures are: the errors are skewed, so the mean lies above the median";
    "revenue.bootstrap": Table => "a table with initial and, if they are not those shipped, companies",
        "name the model in the table's header: [revenue.bootstrap]";
    "revenue.bootstrap.initial" or "1" => "more than 0, at most 1e15",
        "the run rate per year at timeline.start";
    "revenue.bootstrap.companies": Table => "a table of companies, each with a list of annual revenues, such as { Alpha = [24, 29, 38] }, or the name of a CSV file with company, year and revenue",
        "leave it out for the reference class that is shipped";
    "revenue.bootstrap.companies.*" => "two or more consecutive annual revenues, each 1e-9 to 1e15",
        "any unit does: only growth from year to year counts";
    "revenue.bootstrap.consecutive_years" => "a whole number from 1 to 50, at most the years of growth of the longest history",
        "years of one company that are drawn together: 1 treats years as independent";
    "revenue.bootstrap.observe" => "\"start\", \"mid\" or \"end\"",
        "where in each period the run rate is taken; mid if left out";
    "correlation": Table => "a table with inputs, segments or both",
        "for example [correlation] and below it inputs = [[\"agreement.cap\", \"revenue.gbm.growth\", 0.5]]";
    "correlation.inputs" => "a list of pairs, each two keys that have a distribution and a rank correlation from -1 to 1",
        "for example inputs = [[\"agreement.cap\", \"revenue.gbm.growth\", 0.5]]";
    "correlation.segments" => "a list of pairs, each two names of segments and a correlation from -1 to 1",
        "for example segments = [[\"consumer\", \"enterprise\", 0.5]]";
};
