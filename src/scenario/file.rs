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

mod agreement;
mod revenue;
mod valuation;

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::placed::Spanned;
use crate::units::Date;

pub use agreement::{
    Agreement, AnnualCap, Cap, CapStep, CapTable, DatedAmount, DatedRate, Deferral, Event, Floor,
    Form, MilestonePayment, Minimum, PayerDefault, Payment, Share, ShareTable, StepUp, Tier,
    Tranche, Upfront,
};
pub use valuation::{CurvePoint, RiskNeutral, Valuation};

pub use revenue::*;

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

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a distribution")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value as f64))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Scalar, A::Error> {
        let table = Distribution::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Scalar::Distribution(Box::new(table)))
    }
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

impl<'de> Deserialize<'de> for Sources {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SourcesVisitor)
    }
}

struct SourcesVisitor;

impl<'de> Visitor<'de> for SourcesVisitor {
    type Value = Sources;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Sources, E> {
        Ok(Sources(vec![text.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Sources, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Sources)
    }
}
