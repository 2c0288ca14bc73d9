//! `[valuation]`, as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::keys::{DATE, Rules, rules};
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

const RATE: &str = "more than -1, at most 10";
const CURVE: &str = "1 to 100 points { years, rate } or { date, rate }, ascending";
const CURVE_HINT: &str =
    "for example [{ years = 1, rate = 0.04 }, { years = 5, rate = 0.045 }]; linear between points";

/// What may stand at each of these keys.
pub const RULES: &[Rules] = rules! {
    "valuation": Table => "a table with discount_rate or curve and, where they are wanted, date, convention, invested and risk_neutral",
        "for example [valuation] and below it discount_rate = 0.09";
    "valuation.date" => DATE,
        "the day that present values are for, such as 2026-01-01; timeline.start if left out";
    "valuation.discount_rate" or "0" => RATE, "effective rate per year as a fraction: 9 % is 0.09";
    "valuation.curve": List or "[{ years = 1, rate = 0 }]" => CURVE, CURVE_HINT;
    "valuation.curve.years" => "0 to 400, more than that of the point before",
        "years from valuation.date to the payment";
    "valuation.curve.date" => "a date from valuation.date on, later than that of the point before",
        "the day of the payment that the rate is for";
    "valuation.curve.rate" or "0" => RATE, "effective rate per year as a fraction: 4 % is 0.04";
    "valuation.convention" => "\"payment-date\" or \"mid-period\"",
        "from which moment a payment is discounted: its own day, or the middle of the days it accrues on";
    "valuation.invested" => "1e-9 to 1e15",
        "paid for the agreement on valuation.date, in the file's unit; what is paid when it takes effect is agreement.upfront";
    "valuation.risk_neutral": Table => "a table with revenue_risk_premium, risk_free or risk_free_curve and, where there is one, credit_spread",
        "for example risk_neutral = { revenue_risk_premium = 0.05, risk_free = 0.03, credit_spread = 0.01 }";
    "valuation.risk_neutral.revenue_risk_premium" or "0" => "-1 to 1",
        "taken off the expected growth of revenue, per year, continuously: 5 % is 0.05";
    "valuation.risk_neutral.risk_free" or "0" => RATE,
        "effective rate per year as a fraction: 3 % is 0.03";
    "valuation.risk_neutral.risk_free_curve": List or "[{ years = 1, rate = 0 }]" => CURVE, CURVE_HINT;
    "valuation.risk_neutral.risk_free_curve.years" => "0 to 400, more than that of the point before",
        "years from valuation.date to the payment";
    "valuation.risk_neutral.risk_free_curve.date" => "a date from valuation.date on, later than that of the point before",
        "the day of the payment that the rate is for";
    "valuation.risk_neutral.risk_free_curve.rate" or "0" => RATE,
        "effective rate per year as a fraction: 3 % is 0.03";
    "valuation.risk_neutral.credit_spread" => "0 to 1",
        "added to the risk-free rate for the payer's credit: 1 % is 0.01";
};
