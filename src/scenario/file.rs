//! The scenario file as written: one type for each table, unknown keys refused,
//! nothing judged yet. Every value keeps its place in the text.

/// Gives the one list of distributions to a macro: name, what it is written as, and
/// whether that is a list or a table.
macro_rules! with_distributions {
    ($then:ident $($rest:tt)*) => {
        $then! {
            [
                uniform: [f64; 2], list;
                triangular: [f64; 3], list;
                pert: [f64; 3], list;
                normal: Shape, table;
                lognormal: Shape, table;
                exponential: Shape, table;
                discrete: Discrete, table;
                mixture: Vec<Part>, list;
            ]
            $($rest)*
        }
    };
}

mod either;
mod revenue;
mod terms;
mod valuation;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::keys::{DATE, Rules, TEXT, rules};
use super::placed::Spanned;
use super::{agreement, clauses, ends};
use crate::units::Date;
use either::either;

pub use super::agreement::Payment;
pub use super::clauses::{Agreement, Floor, Minimum};
pub use revenue::*;
pub use terms::{
    AnnualCap, Cap, CapStep, CapTable, DatedAmount, DatedRate, Form, Share, ShareTable, Tier,
    Tranche, Upfront,
};
pub use valuation::{CurvePoint, RiskNeutral, Valuation};

/// A whole scenario file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    pub title: Option<Spanned<String>>,
    pub source: Option<Spanned<Sources>>,
    pub currency: Option<Spanned<String>>,
    pub unit: Option<Spanned<String>>,
    pub timeline: Timeline,
    pub revenue: Spanned<Vec<Spanned<Revenue>>>,
    #[serde(default)]
    pub reported: Vec<Spanned<ReportedOf>>,
    pub actuals: Option<Spanned<Actuals>>,
    pub correlation: Option<Correlation>,
    pub agreement: Spanned<Vec<Spanned<Agreement>>>,
    #[serde(default)]
    pub simulation: Simulation,
    pub valuation: Option<Spanned<Valuation>>,
    #[serde(default)]
    pub report: Report,
    pub sweep: Option<Sweep>,
    pub case: Option<Spanned<Vec<Spanned<Case>>>>,
}

/// `[[case]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: Spanned<String>,
    pub probability: Option<Spanned<f64>>,
    #[expect(dead_code, reason = "read where it is put")]
    pub set: Option<Changes>,
}

/// `case.set`: keys of the file with other values, which are read where they are put.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[expect(dead_code, reason = "describes what is read where it is put")]
pub struct Changes(#[schemars(with = "BTreeMap<String, serde_json::Value>")] pub toml::Table);

/// `[sweep]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    pub vary: Spanned<Vec<Spanned<String>>>,
    pub design: Option<Spanned<String>>,
    pub cases: Option<Spanned<i64>>,
}

/// `[actuals]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Actuals {
    pub file: Option<Spanned<String>>,
    pub csv: Option<Spanned<String>>,
}

/// `[timeline]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    pub start: Spanned<TomlDate>,
    pub end: Spanned<TomlDate>,
    pub step: Spanned<String>,
}

/// `[simulation]`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    pub points: Option<Spanned<i64>>,
    pub replicates: Option<Spanned<i64>>,
    pub sampler: Option<Spanned<String>>,
    pub seed: Option<Spanned<i64>>,
    pub precision: Option<Spanned<f64>>,
    pub max_points: Option<Spanned<i64>>,
}

/// `[report]`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub percentiles: Option<Spanned<Vec<Spanned<f64>>>>,
    pub fiscal_year_ends: Option<Spanned<String>>,
    pub theme: Option<Spanned<String>>,
    pub size: Option<Spanned<String>>,
    pub dpi: Option<Spanned<i64>>,
    pub charts: Option<Spanned<Vec<Spanned<String>>>>,
    pub chart_title: Option<Spanned<String>>,
    pub chart_subtitle: Option<Spanned<String>>,
    pub chart_data: Option<Spanned<bool>>,
    #[serde(default)]
    pub history: Vec<Observed>,
    #[serde(default)]
    pub milestone: Vec<Milestone>,
    #[serde(default)]
    pub covenant: Vec<Covenant>,
}

/// `[[report.covenant]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Covenant {
    pub by: Spanned<TomlDate>,
    pub paid: Spanned<f64>,
}

/// `[[report.milestone]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Milestone {
    pub date: Spanned<TomlDate>,
    pub label: Spanned<String>,
}

/// A scalar that is a number or, where it is a judgement, a distribution.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Scalar {
    Number(f64),
    Distribution(Box<Distribution>),
}

macro_rules! distributions {
    ([$($form:ident: $of:ty, $written:ident;)*]) => {
        /// The distributions a scalar may have: exactly one.
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct Distribution {
            $(pub $form: Option<$of>,)*
        }

        /// One of `mixture = [{ weight, DISTRIBUTION }, …]`
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct Part {
            pub weight: f64,
            $(pub $form: Option<$of>,)*
        }

        impl Part {
            /// Its distribution alone.
            pub fn distribution(&self) -> Distribution {
                Distribution { $($form: self.$form.clone(),)* }
            }
        }

        impl Distribution {
            /// Their names, and whether one is written as a list or as a table.
            const FORMS: &'static [(&'static str, &'static str)] =
                &[$((stringify!($form), stringify!($written))),*];
        }
    };
}
with_distributions!(distributions);

/// What to try where a distribution is not one.
pub const DISTRIBUTION_HINT: &str = "write { uniform = [low, high] }, { triangular = [low, most likely, high] }, \
     { pert = [low, most likely, high] }, { normal = { mean, sd } }, { lognormal = { p5, p95 } } (each by mean and sd \
     or any two percentiles, cut by low and high where it has bounds), { exponential = { hazard } }, \
     { discrete = { values, weights } } or { mixture = [{ weight, uniform = [low, high] }, …] }";

impl Distribution {
    /// Whether a key names one.
    pub fn is_named(key: &str) -> bool {
        Self::FORMS.iter().any(|(name, _)| *name == key)
    }

    /// Whether a key names one that is written as a table.
    pub fn is_table(key: &str) -> bool {
        Self::FORMS.contains(&(key, "table"))
    }
}

/// The named numbers of a distribution that can be given in several ways:
/// `{ mean, sd }`, `{ p5, p95 }`, `{ hazard }`, with `low`, `high` and `shift` where it has them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Shape(pub BTreeMap<String, f64>);

/// `discrete = { values, weights }`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Discrete {
    pub values: Vec<f64>,
    pub weights: Vec<f64>,
}

either! {
    Scalar, "a number or a distribution";
    number Scalar::Number;
    table |table| Ok(Scalar::Distribution(Box::new(table)));
}

/// A TOML date without a time.
#[derive(Clone, Copy, Debug, JsonSchema)]
#[schemars(inline)]
pub struct TomlDate(#[schemars(with = "String", extend("format" = "date"))] pub Date);

impl<'de> Deserialize<'de> for TomlDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let datetime = toml::value::Datetime::deserialize(deserializer)?;
        let date = match (datetime.date, datetime.time, datetime.offset) {
            (Some(date), None, None) => date,
            _ => return Err(D::Error::custom("a date without a time")),
        };
        i16::try_from(date.year)
            .ok()
            .and_then(|year| Date::new(year, date.month as i8, date.day as i8))
            .map(Self)
            .ok_or_else(|| D::Error::custom("a date of the calendar"))
    }
}

/// `source`: one text or a list of them.
#[derive(Debug, Default, JsonSchema)]
pub struct Sources(#[schemars(with = "OneOrMore")] pub Vec<String>);

/// What a list of texts may be written as.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only describes the file")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

either! {
    Sources, "a text or a list of texts";
    text |text| Sources(vec![text]);
    list Sources;
}

/// What may stand at each key.
pub const RULES: [&[Rules]; 7] = [
    OWN,
    terms::RULES,
    clauses::RULES,
    agreement::RULES,
    ends::RULES,
    revenue::RULES,
    valuation::RULES,
];

const OWN: &[Rules] = rules! {
    "title" => TEXT, "say what the scenario shows";
    "source" => "a text or a list of texts in quotes", "name where the figures come from";
    "currency" => "three capital letters (ISO 4217)", "for example \"USD\" or \"EUR\"";
    "unit" => "\"one\", \"thousand\", \"million\", \"billion\" or \"trillion\"",
        "the unit of every amount in the file and in the results";
    "actuals": Table => "a table with file: a CSV file with period_start, period_end, revenue (revenue.NAME of each segment) and, where known, payment",
        "for example [actuals] and below it file = \"history.csv\", with a row for each period from timeline.start on";
    "actuals.file" => "the name of a CSV file, relative to the scenario's own folder",
        "for example file = \"history.csv\"";
    "actuals.csv" => "the rows of such a file", "leave it out and name the file";
    "timeline": Table or "{ start = 2026-01-01, end = 2026-12-31, step = 'month' }" => "a table with start, end and step",
        "for example [timeline] and below it start = 2026-01-01, end = 2030-12-31 and step = \"month\", a line each";
    "timeline.start" or "2026-01-01" => DATE, "the first day that is simulated, such as 2026-01-01";
    "timeline.end" or "2026-01-01" => "a date from timeline.start to the year 2300",
        "the last day that is simulated, such as 2030-12-31";
    "timeline.step" or "'month'" => "\"month\", \"quarter\" or \"year\"",
        "the length of a period: a shorter one dates the binding more exactly";
    "simulation": Table => "a table with points, replicates, sampler, seed, precision and max_points, or some of them",
        "for example [simulation] and below it points = 65536";
    "simulation.points" => "a power of two from 16 to 2147483648 for \"sobol\", any whole number in that range for \"random\"",
        "for example 4096 for a quick look, 65536 for a report";
    "simulation.replicates" => "a whole number from 4 to 1024",
        "16 is a good choice: the standard errors rest on them";
    "simulation.sampler" or "'random'" => "\"sobol\" or \"random\"",
        "\"sobol\" is far more accurate at the same cost";
    "simulation.seed" => "a whole number from 0 to 9223372036854775807",
        "any number does: the same seed gives the same results";
    "simulation.precision" => "more than 0, at most 0.1",
        "standard error wanted, of amounts relative to them, of probabilities as such: 0.1 % is 0.001";
    "simulation.max_points" => "a power of two from 256 to 2147483648",
        "points per replicate at which the search for precision ends";
    "case": List => "up to 64 [[case]] tables with name, probability and set",
        "put each case in a table of its own; the scenario is then their mixture";
    "case.name" or "'a case'" => TEXT, "what results call the case, in a word or two";
    "case.probability" => "0 to 1; those of all cases add up to 1",
        "how likely the case is; left out of one case, it is what the others leave";
    "case.set" => "a table of keys of the file with the values they have in the case",
        "for example set = { agreement.cap = 40 }, or [case.set.revenue.forecast] below the case";
    "report": Table => "a table with percentiles, fiscal_year_ends, theme, size, dpi, charts, chart_title, chart_subtitle, chart_data, covenant, history and milestone, or some of them",
        "for example [report] and below it percentiles = [5, 50, 95]";
    "sweep": Table => "a table with vary and, for a design, design and cases",
        "for example [sweep] and below it vary = [\"agreement.cap=20:80:5\"]";
    "sweep.vary" or "[]" => "a list of texts KEY=VALUES, one for each key",
        "for example [\"agreement.cap=20:80:5\", \"agreement.share=0.15,0.20\"]";
    "sweep.design" => "\"latin-hypercube\" or \"sobol\"", "leave it out for a grid";
    "sweep.cases" => "a whole number from 1 to 1000000",
        "how many cases the design spreads over the ranges";
    "report.percentiles" => "1 to 99 numbers above 0 and below 100, ascending",
        "for example [5, 25, 50, 75, 95]";
    "report.fiscal_year_ends" => "the name of a month",
        "for example \"june\" for years ending on 30 June";
    "report.theme" => "\"light\" or \"dark\"",
        "\"light\" for paper, \"dark\" for slides with a dark ground";
    "report.size" => "\"slide\", \"page\" or \"column\"",
        "\"page\" is as wide as the text of a page, \"column\" as a newspaper's column";
    "report.dpi" => "a whole number from 48 to 600",
        "pixels of PNG charts per inch: 192 for screens, 300 for print";
    "report.charts" => "a list of the charts to draw, by their file names without extension",
        "for example [\"binding\", \"total\"]; without it all are drawn";
    "report.chart_title" => "a text in one line", "stands in the place of the chart's own title";
    "report.chart_subtitle" => "a text in one line",
        "stands in the place of the chart's own subtitle";
    "report.chart_data" => "true or false",
        "true writes the numbers behind each chart as CSV beside it";
    "report.history": List => "a list of tables with start, end and revenue, all before the timeline",
        "for example history = [{ start = 2025-01-01, end = 2025-12-31, revenue = 13.1 }]";
    "report.history.start" or "2026-01-01" => DATE, "the first day of what was reported, such as 2025-01-01";
    "report.history.end" or "2026-01-01" => DATE, "the last day of what was reported, such as 2025-12-31";
    "report.history.revenue" or "1" => "0 to 1e15", "reported revenue of these days in the file's unit";
    "report.covenant": List => "[[report.covenant]] tables with by and paid",
        "for example { by = 2027-12-31, paid = 5 }: how likely less than 5 has been paid by then";
    "report.covenant.by" or "2026-01-01" => DATE,
        "the day by which the amount is to have been paid, such as 2027-12-31";
    "report.covenant.paid" or "1" => "more than 0, at most 1e15",
        "the least that is to have been paid since the timeline's start, in the file's unit";
    "report.milestone": List => "[[report.milestone]] tables with date and label",
        "put each milestone in a table of its own";
    "report.milestone.date" or "2026-01-01" => DATE, "the day to mark, such as 2030-12-31";
    "report.milestone.label" or "'a milestone'" => TEXT, "what happens on that date, in a few words";
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_names_every_distribution() {
        for (name, _) in Distribution::FORMS {
            assert!(
                DISTRIBUTION_HINT.contains(&format!("{{ {name} = ")),
                "{name}"
            );
        }
    }
}
