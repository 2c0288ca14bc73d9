//! `[valuation]`, as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::placed::Spanned;
use super::TomlDate;

/// `[valuation]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Valuation {
    pub date: Option<Spanned<TomlDate>>,
    pub discount_rate: Option<Spanned<f64>>,
    pub curve: Option<Spanned<Vec<Spanned<CurvePoint>>>>,
    pub convention: Option<Spanned<String>>,
    pub invested: Option<Spanned<f64>>,
    pub risk_neutral: Option<Spanned<RiskNeutral>>,
}

/// One entry of a curve: `{ years, rate }` or `{ date, rate }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    pub years: Option<Spanned<f64>>,
    pub date: Option<Spanned<TomlDate>>,
    pub rate: Spanned<f64>,
}

/// `[valuation.risk_neutral]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskNeutral {
    pub revenue_risk_premium: Spanned<f64>,
    pub risk_free: Option<Spanned<f64>>,
    pub risk_free_curve: Option<Spanned<Vec<Spanned<CurvePoint>>>>,
    pub credit_spread: Option<Spanned<f64>>,
}
