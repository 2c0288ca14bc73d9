//! When accrued share is paid.

use serde::{Deserialize, Serialize};

use crate::units::{Date, worded};

worded! {
    /// How often payments are made.
    #[derive(Serialize, Deserialize)]
    pub enum PaymentPeriod {
        /// One month.
        Month = "month",
        /// Three months.
        Quarter = "quarter",
        /// Six months.
        HalfYear = "half-year",
        /// Twelve months.
        Year = "year",
    }
}

impl PaymentPeriod {
    /// Its months.
    pub fn months(self) -> i32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::HalfYear => 6,
            Self::Year => 12,
        }
    }

    /// The last day of the period that a day falls into, of years that end with a month.
    pub(super) fn end(self, day: Date, year_ends: i8) -> Date {
        let into = i32::from(day.month()) - i32::from(year_ends);
        let to_go = (-into).rem_euclid(self.months());
        day.first_of_month().add_months(to_go).last_of_month()
    }
}

/// When accrued share is paid.
///
/// The share of all accrual periods that end in one month, quarter, half-year or year
/// is paid together, `lag_months` and then `lag_days` after that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentTerms {
    /// How often payments are made; `None`: after each accrual period.
    pub every: Option<PaymentPeriod>,
    /// Whole months from the end of the payment period to the payment, 0 or more.
    pub lag_months: i32,
    /// Days beyond those months, 0 or more.
    pub lag_days: i32,
    /// The last month, 1 to 12, of the years that quarters and half-years are parts of.
    pub year_ends: i8,
}

impl Default for PaymentTerms {
    /// At the close of each accrual period.
    fn default() -> Self {
        Self {
            every: None,
            lag_months: 0,
            lag_days: 0,
            year_ends: 12,
        }
    }
}

impl PaymentTerms {
    /// The last day of the payment period that `accrual_end` falls into.
    fn period_end(&self, accrual_end: Date) -> Date {
        match self.every {
            Some(every) => every.end(accrual_end, self.year_ends),
            None => accrual_end,
        }
    }

    /// The day on which share accrued in a period ending on `accrual_end` is
    /// paid. A lag in months counted from the end of a month leads to the end of a month.
    pub fn date(&self, accrual_end: Date) -> Date {
        // The payment falls due at the close of a day, which is the start of the next one:
        // counting from there keeps 31 March + 3 months at 30 June, and 30 June + 3 at 30 September.
        self.period_end(accrual_end)
            .add_days(1)
            .add_months(self.lag_months)
            .add_days(self.lag_days - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: i16, month: i8, day: i8) -> Date {
        Date::new(year, month, day).unwrap()
    }

    fn terms(every: Option<PaymentPeriod>, lag_months: i32) -> PaymentTerms {
        PaymentTerms {
            every,
            lag_months,
            ..PaymentTerms::default()
        }
    }

    #[test]
    fn payments_are_made_at_the_end_of_months() {
        let quarterly = terms(Some(PaymentPeriod::Quarter), 3);
        assert_eq!(quarterly.date(date(2026, 1, 31)), date(2026, 6, 30));
        assert_eq!(quarterly.date(date(2026, 4, 30)), date(2026, 9, 30));
        assert_eq!(quarterly.date(date(2026, 12, 31)), date(2027, 3, 31));
        assert_eq!(terms(None, 0).date(date(2028, 2, 29)), date(2028, 2, 29));
        assert_eq!(terms(None, 2).date(date(2027, 12, 31)), date(2028, 2, 29));
        let yearly = terms(Some(PaymentPeriod::Year), 0);
        assert_eq!(yearly.date(date(2027, 3, 14)), date(2027, 12, 31));
    }

    #[test]
    fn days_follow_the_end_of_a_half_year_of_any_fiscal_year() {
        let mut half = terms(Some(PaymentPeriod::HalfYear), 0);
        half.lag_days = 45;
        assert_eq!(half.date(date(2026, 2, 28)), date(2026, 8, 14));
        assert_eq!(half.date(date(2026, 7, 31)), date(2027, 2, 14));
        half.year_ends = 3;
        assert_eq!(half.date(date(2026, 2, 28)), date(2026, 5, 15));
        assert_eq!(half.date(date(2026, 4, 1)), date(2026, 11, 14));
        let mut year = terms(Some(PaymentPeriod::Year), 3);
        year.year_ends = 6;
        assert_eq!(year.date(date(2026, 6, 30)), date(2026, 9, 30));
        assert_eq!(year.date(date(2026, 7, 1)), date(2027, 9, 30));
        let mut quarter = terms(Some(PaymentPeriod::Quarter), 0);
        quarter.year_ends = 11;
        assert_eq!(quarter.date(date(2026, 12, 1)), date(2027, 2, 28));
    }
}
