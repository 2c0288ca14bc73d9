//! The valuation a file asks for.

use super::checked::{Bounds, Checked};
use super::diagnostics::Problem;
use super::file;
use super::keys::{LARGEST_RATE, LONGEST_CURVE};
use super::placed::Spanned;
use crate::agreement::Agreement;
use crate::units::{Date, Timeline};
use crate::valuation::{Convention, Curve, RiskNeutral, Valuation};

const RATE: Bounds = Bounds::Above(-1.0, LARGEST_RATE);

/// How present values are taken, if the file says; `None` without a timeline.
pub fn valuation(
    checked: &mut Checked<'_>,
    file: Option<&Spanned<file::Valuation>>,
    timeline: Option<&Timeline>,
    agreements: Option<&[Agreement]>,
) -> Option<Valuation> {
    let (table, file) = (file?, file?.get_ref());
    let before = checked.problems.len();
    let date = file
        .date
        .as_ref()
        .map(|written| checked.date("valuation.date", written));
    let start = timeline.map(Timeline::start);
    let day = date.or(start).filter(|_| checked.problems.len() == before);
    let rates = Rates {
        keys: ("valuation.discount_rate", "valuation.curve"),
        rate: file.discount_rate.as_ref(),
        curve: file.curve.as_ref(),
    };
    let curve = rates.read(checked, table, day);
    let convention = file.convention.as_ref().map(|written| {
        let convention = checked.choice::<Convention>("valuation.convention", written);
        let defers = |a: &Agreement| a.clauses.deferral.is_some();
        if convention == Convention::MidPeriod
            && agreements.is_some_and(|all| all.iter().any(defers))
        {
            let message = "`valuation.convention` does not suit a deferral".to_owned();
            let label = "deferred parts are discounted from the day they are paid on".to_owned();
            let hint = "leave the key out, or take the deferral out".to_owned();
            checked.refuse_with(written.span(), "valuation.convention", message, label, hint);
        }
        convention
    });
    let invested = file.invested.as_ref().map(|written| {
        let key = "valuation.invested";
        let amount = checked.number(key, written, Bounds::DIVISOR);
        if agreements.is_some_and(|all| all.len() > 1) {
            let message = format!("`{key}` leaves open which of several agreements it buys");
            let label = "there are several agreements".to_owned();
            let hint = "say in each agreement what is paid for it: upfront = 100".to_owned();
            checked.refuse_with(written.span(), key, message, label, hint);
        }
        amount
    });
    let risk_neutral = file.risk_neutral.as_ref();
    let risk_neutral = risk_neutral.map(|written| risk_neutral_of(checked, written, day));
    let date = date.or_else(|| Some(checked.filled("valuation.date", start?, start?)))?;
    Some(Valuation {
        date,
        curve: curve?,
        convention: convention.unwrap_or(Convention::PaymentDate),
        invested,
        risk_neutral: match risk_neutral {
            Some(prices) => Some(prices?),
            None => None,
        },
    })
}

fn risk_neutral_of(
    checked: &mut Checked<'_>,
    table: &Spanned<file::RiskNeutral>,
    day: Option<Date>,
) -> Option<RiskNeutral> {
    let file = table.get_ref();
    let key = "valuation.risk_neutral.revenue_risk_premium";
    let premium = Bounds::Closed(-1.0, 1.0);
    let revenue_risk_premium = checked.number(key, &file.revenue_risk_premium, premium);
    let rates = Rates {
        keys: (
            "valuation.risk_neutral.risk_free",
            "valuation.risk_neutral.risk_free_curve",
        ),
        rate: file.risk_free.as_ref(),
        curve: file.risk_free_curve.as_ref(),
    };
    let risk_free = rates.read(checked, table, day);
    let key = "valuation.risk_neutral.credit_spread";
    let credit_spread = match &file.credit_spread {
        Some(written) => checked.number(key, written, Bounds::Closed(0.0, 1.0)),
        None => checked.filled(key, 0, 0.0),
    };
    Some(RiskNeutral {
        revenue_risk_premium,
        risk_free: risk_free?,
        credit_spread,
    })
}

/// Rates of discount: one rate, or a curve.
struct Rates<'f> {
    keys: (&'static str, &'static str),
    rate: Option<&'f Spanned<f64>>,
    curve: Option<&'f Spanned<Vec<Spanned<file::CurvePoint>>>>,
}

impl Rates<'_> {
    /// The rates; exactly one of the two keys is given.
    fn read<T>(
        &self,
        checked: &mut Checked<'_>,
        table: &Spanned<T>,
        day: Option<Date>,
    ) -> Option<Curve> {
        let (rate_key, curve_key) = self.keys;
        match (self.rate, self.curve) {
            (Some(rate), None) => Some(Curve::flat(checked.number(rate_key, rate, RATE))),
            (None, Some(curve)) => self.points(checked, curve, day),
            (Some(_), Some(curve)) => {
                let message = format!("`{rate_key}` and `{curve_key}` exclude each other");
                let label = "there is a single rate beside it".to_owned();
                checked.refuse(curve.span(), curve_key, message, label);
                None
            }
            (None, None) => {
                let name = rate_key.rsplit('.').next().unwrap_or(rate_key);
                let message = format!("missing key `{rate_key}`");
                let label = format!("this table has no `{name}`");
                checked.refuse(table.span(), rate_key, message, label);
                None
            }
        }
    }

    fn points(
        &self,
        checked: &mut Checked<'_>,
        written: &Spanned<Vec<Spanned<file::CurvePoint>>>,
        day: Option<Date>,
    ) -> Option<Curve> {
        let key = self.keys.1;
        let list = written.get_ref();
        if list.is_empty() || list.len() > LONGEST_CURVE {
            let noted = |p: &Problem| p.key.join(".") == key;
            // A list may be empty because what stood in it was refused.
            if !checked.problems.iter().any(noted) {
                let label = format!("this is a list of {}", list.len());
                let message = format!("`{key}` holds no point, or too many");
                checked.refuse(written.span(), key, message, label);
            }
            return None;
        }
        let before = checked.problems.len();
        let mut points: Vec<(f64, f64)> = Vec::new();
        for item in list {
            let point = item.get_ref();
            let rate = checked.number(&format!("{key}.rate"), &point.rate, RATE);
            let Some((years, span)) = ahead(checked, key, item, day) else {
                continue;
            };
            if points.last().is_some_and(|last| last.0 >= years) {
                let message = format!("the points of `{key}` must ascend");
                let label = "this comes no later than the one before it".to_owned();
                checked.refuse(span, key, message, label);
            }
            points.push((years, rate));
        }
        (checked.problems.len() == before)
            .then(|| Curve::new(points))
            .flatten()
    }
}

/// How many years ahead a point of a curve lies, and where that stands; `None`
/// for a date without a day to count from.
fn ahead(
    checked: &mut Checked<'_>,
    key: &str,
    item: &Spanned<file::CurvePoint>,
    day: Option<Date>,
) -> Option<(f64, std::ops::Range<usize>)> {
    let point = item.get_ref();
    match (&point.years, &point.date) {
        (Some(years), None) => {
            let bounds = Bounds::Closed(0.0, 400.0);
            let value = checked.number(&format!("{key}.years"), years, bounds);
            Some((value, years.span()))
        }
        (None, Some(date)) => {
            let before = checked.problems.len();
            let value = checked.date(&format!("{key}.date"), date);
            let day = day.filter(|_| checked.problems.len() == before)?;
            if value < day {
                let key = format!("{key}.date");
                let message = format!("`{key}` lies before the valuation");
                let label = format!("values are for {day}");
                checked.refuse(date.span(), &key, message, label);
            }
            Some((value.years_since(day), date.span()))
        }
        _ => {
            let message = format!("a point of `{key}` lies at years or at a date");
            let label = "say one of the two".to_owned();
            checked.refuse(item.span(), key, message, label);
            None
        }
    }
}
