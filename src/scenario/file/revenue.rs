//! The revenue tables as written.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::super::placed::Spanned;
use super::{Distribution, Scalar, TomlDate};

/// `[revenue.MODEL]`, or one segment of several, `[[revenue]]` with a name:
/// exactly one model.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revenue {
    pub name: Option<Spanned<String>>,
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
    pub revenue_risk_price: Option<Spanned<Scalar>>,
    pub growth_risk_price: Option<Spanned<Scalar>>,
    pub observe: Option<Spanned<String>>,
}

/// `[revenue.forecast]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forecast {
    pub annual: Spanned<BTreeMap<Spanned<String>, Spanned<f64>>>,
    #[serde(default)]
    pub observed: Vec<Spanned<Observed>>,
    pub volatility: Spanned<Stepped>,
    pub persistence: Option<Spanned<Scalar>>,
    pub growth_uncertainty: Option<Spanned<Scalar>>,
    pub level_uncertainty: Option<Spanned<Scalar>>,
    pub annual_uncertainty: Option<Spanned<Scalar>>,
    pub preserve: Option<Spanned<String>>,
    pub observe: Option<Spanned<String>>,
}

/// `[revenue.logistic]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Logistic {
    pub capacity: Spanned<Scalar>,
    pub steepness: Spanned<Scalar>,
    pub midpoint: Spanned<Scalar>,
    pub volatility: Option<Spanned<Stepped>>,
    pub persistence: Option<Spanned<Scalar>>,
    pub growth_uncertainty: Option<Spanned<Scalar>>,
    pub level_uncertainty: Option<Spanned<Scalar>>,
    pub annual_uncertainty: Option<Spanned<Scalar>>,
    pub preserve: Option<Spanned<String>>,
    pub observe: Option<Spanned<String>>,
}

/// `[revenue.bass]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bass {
    pub market: Spanned<Scalar>,
    pub innovation: Spanned<Scalar>,
    pub imitation: Spanned<Scalar>,
    pub launch: Option<Spanned<Scalar>>,
    pub volatility: Option<Spanned<Stepped>>,
    pub persistence: Option<Spanned<Scalar>>,
    pub growth_uncertainty: Option<Spanned<Scalar>>,
    pub level_uncertainty: Option<Spanned<Scalar>>,
    pub annual_uncertainty: Option<Spanned<Scalar>>,
    pub preserve: Option<Spanned<String>>,
    pub observe: Option<Spanned<String>>,
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

impl<'de> Deserialize<'de> for Companies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CompaniesVisitor)
    }
}

struct CompaniesVisitor;

impl<'de> Visitor<'de> for CompaniesVisitor {
    type Value = Companies;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of companies or the name of a CSV file")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Companies, E> {
        Ok(Companies::Csv(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Companies, A::Error> {
        CompanyTable::deserialize(MapAccessDeserializer::new(map)).map(Companies::Table)
    }
}

/// One entry of `observed`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    pub start: Spanned<TomlDate>,
    pub end: Spanned<TomlDate>,
    pub revenue: Spanned<f64>,
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

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Stepped<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SteppedVisitor(PhantomData))
    }
}

struct SteppedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SteppedVisitor<T> {
    type Value = Stepped<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a distribution or a list of values by date")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Stepped<T>, E> {
        Ok(Stepped::Scalar(Scalar::Number(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Stepped<T>, E> {
        Ok(Stepped::Scalar(Scalar::Number(value as f64)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Stepped<T>, A::Error> {
        let table = Distribution::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Stepped::Scalar(Scalar::Distribution(Box::new(table))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Stepped<T>, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Stepped::Steps)
    }
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
