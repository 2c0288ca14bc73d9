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
