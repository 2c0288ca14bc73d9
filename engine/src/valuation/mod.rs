//! What payments are worth: discounting, returns, and the prices at which risk
//! is transferred. Pure: it knows dates and amounts, no agreement and no paths.

mod curve;
mod returns;

pub use curve::Curve;
pub use returns::{Flows, Investment};

use serde::{Deserialize, Serialize};

use crate::math::exp;
use crate::units::{Date, worded};

/// How present values are taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Valuation {
    /// Payments due before this date are left out; later ones are discounted to it.
    pub date: Date,
    /// The rates of discount.
    pub curve: Curve,
    /// From which moment a payment is discounted.
    pub convention: Convention,
    /// Paid for the agreement on the valuation date, if anything is.
    pub invested: Option<f64>,
    /// How its price is found where risk has one, if that is asked for.
    pub risk_neutral: Option<RiskNeutral>,
}

worded! {
    /// From which moment a payment is discounted.
    #[derive(Serialize, Deserialize)]
    pub enum Convention {
        /// The close of the day it is made on.
        PaymentDate = "payment-date",
        /// The middle of the days it accrues on, as if it were paid evenly over them; the
        /// valuation date where that has passed and the payment is still due.
        MidPeriod = "mid-period",
    }
}

impl Valuation {
    /// What one unit paid at the close of `date` is worth at the valuation date:
    /// (1 + rate)^−years; 0 for a payment before it, which is no longer due.
    pub fn discount_factor(&self, date: Date) -> f64 {
        if date < self.date {
            return 0.0;
        }
        self.curve.factor(self.years_to_close(date))
    }

    /// What one unit that accrues evenly from `first` to `last` and is paid at the
    /// close of `paid` is worth at the valuation date, by the convention; 0 where it
    /// is paid before it, which no convention changes.
    pub fn factor(&self, first: Date, last: Date, paid: Date) -> f64 {
        self.factor_of_days(first, f64::from(last.days_since(first) + 1), paid)
    }

    /// The same for accrual over `days` days from `first` on, the last of which may
    /// count in part.
    pub fn factor_of_days(&self, first: Date, days: f64, paid: Date) -> f64 {
        match self.convention {
            Convention::PaymentDate => self.discount_factor(paid),
            Convention::MidPeriod if paid < self.date => 0.0,
            Convention::MidPeriod => self
                .curve
                .factor(self.years_to_middle(first, days).max(0.0)),
        }
    }

    /// Whether a payment counts in full: under the convention of the middle of the
    /// period, one that is still due while that has passed.
    pub fn is_undiscounted(&self, first: Date, last: Date, paid: Date) -> bool {
        let days = f64::from(last.days_since(first) + 1);
        self.convention == Convention::MidPeriod
            && paid >= self.date
            && self.years_to_middle(first, days) < 0.0
    }

    /// Years from the valuation date to the close of a day.
    pub fn years_to_close(&self, date: Date) -> f64 {
        date.add_days(1).years_since(self.date)
    }

    /// Years from the valuation date to the middle of `days` days from `first` on;
    /// negative where it has passed.
    fn years_to_middle(&self, first: Date, days: f64) -> f64 {
        0.5 * (first.years_since(self.date) + first.years_after(days, self.date))
    }
}

/// The prices of risk for a valuation that is not a forecast.
///
/// Under the probabilities that price risk, revenue is expected to grow by
/// `revenue_risk_premium` less a year than it is forecast to. For every model in
/// which the logarithm of revenue has a drift that is taken down by the premium,
/// that is the factor exp(−premium · t) on the revenue of a time t ahead, before
/// any clause is applied; the payments are then discounted at the risk-free rate
/// and the payer's credit spread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RiskNeutral {
    /// Taken off the drift of revenue, per year, continuously.
    pub revenue_risk_premium: f64,
    /// Risk-free rates.
    pub risk_free: Curve,
    /// Added to the risk-free rate, per year, effective.
    pub credit_spread: f64,
}

impl RiskNeutral {
    /// The factor on the revenue of the days from `first` to `last`, seen from
    /// `valuation`'s date: that of their middle, 1 for the past.
    pub fn revenue_factor(&self, valuation: &Valuation, first: Date, last: Date) -> f64 {
        if last < valuation.date {
            return 1.0;
        }
        let days = f64::from(last.days_since(first) + 1);
        exp(-self.revenue_risk_premium * valuation.years_to_middle(first, days).max(0.0))
    }

    /// The valuation that discounts at the risk-free rate and the credit spread,
    /// from payment dates.
    pub fn discounting(&self, valuation: &Valuation) -> Valuation {
        Valuation {
            date: valuation.date,
            curve: self.risk_free.plus(self.credit_spread),
            convention: Convention::PaymentDate,
            invested: None,
            risk_neutral: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i16, month: i8, day: i8) -> Date {
        Date::new(year, month, day).unwrap()
    }

    /// At one rate, from payment dates.
    fn at_rate(date: Date, discount_rate: f64) -> Valuation {
        Valuation {
            date,
            curve: Curve::flat(discount_rate),
            convention: Convention::PaymentDate,
            invested: None,
            risk_neutral: None,
        }
    }

    #[test]
    fn a_payment_is_discounted_from_its_day_or_from_the_middle_of_its_period() {
        let mut valuation = at_rate(day(2026, 1, 1), 0.21);
        let (first, last, paid) = (day(2026, 1, 1), day(2026, 12, 31), day(2027, 12, 31));
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-15, "{a} {b}");
        close(valuation.factor(first, last, paid), 1.21f64.powi(-2));
        valuation.convention = Convention::MidPeriod;
        close(valuation.factor(first, last, paid), 1.0 / 1.1);
        // From the middle of a part of the period: of its first 73 days.
        let part = valuation.factor_of_days(first, 73.0, paid);
        close(part, valuation.factor(first, day(2026, 3, 14), paid));
        assert!(1.0 / 1.1 < part && part < 1.0);
        assert!(!valuation.is_undiscounted(first, last, paid));
        // Whether it counts is up to the day on which it is due, not to its middle.
        for date in [day(2026, 7, 3), day(2027, 1, 1), paid] {
            valuation.date = date;
            assert_eq!(valuation.factor(first, last, paid), 1.0);
            assert!(valuation.is_undiscounted(first, last, paid));
        }
        valuation.date = paid.add_days(1);
        assert_eq!(valuation.factor(first, last, paid), 0.0);
        assert!(!valuation.is_undiscounted(first, last, paid));
        valuation.date = day(2027, 1, 1);
        valuation.convention = Convention::PaymentDate;
        close(valuation.factor(first, last, paid), 1.0 / 1.21);
        assert_eq!(valuation.factor(first, last, last), 0.0);
    }

    #[test]
    fn risk_takes_growth_off_what_lies_ahead() {
        let valuation = at_rate(day(2027, 1, 1), 0.09);
        let prices = RiskNeutral {
            revenue_risk_premium: 0.05,
            risk_free: Curve::flat(0.03),
            credit_spread: 0.02,
        };
        let factor = |year| prices.revenue_factor(&valuation, day(year, 1, 1), day(year, 12, 31));
        assert_eq!(factor(2026), 1.0);
        assert!((factor(2027) - (-0.025f64).exp()).abs() < 1e-15);
        assert!((factor(2029) - (-0.125f64).exp()).abs() < 1e-15);
        let discounting = prices.discounting(&valuation);
        let one = discounting.discount_factor(day(2027, 12, 31));
        assert!((one - 1.0 / 1.05).abs() < 1e-15);
    }
}
