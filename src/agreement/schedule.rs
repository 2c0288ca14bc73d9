//! When revenue earns share, and when that share is paid: two schedules that
//! are not the same.

use super::Agreement;
use crate::units::{Date, Step, Timeline};

/// When accrued share is paid.
///
/// The share of all accrual periods that end in one calendar month, quarter or
/// year is paid together, `lag_months` after that month, quarter or year ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentTerms {
    /// How often payments are made; `None`: after each accrual period.
    pub every: Option<Step>,
    /// Whole months from the end of the payment period to the payment.
    pub lag_months: i32,
}

impl PaymentTerms {
    /// The last day of the payment period that `accrual_end` falls into.
    fn period_end(&self, accrual_end: Date) -> Date {
        let Some(step) = self.every else {
            return accrual_end;
        };
        let month = i32::from(accrual_end.month());
        let to_go = (step.months() - month % step.months()) % step.months();
        accrual_end
            .first_of_month()
            .add_months(to_go)
            .last_of_month()
    }

    /// The day on which share accrued in a period ending on `accrual_end` is
    /// paid. A lag counted from the end of a month leads to the end of a month.
    pub fn date(&self, accrual_end: Date) -> Date {
        // The payment falls due at the close of a day, which is the start of the next one:
        // counting from there keeps 31 March + 3 months at 30 June, and 30 June + 3 at 30 September.
        self.period_end(accrual_end)
            .add_days(1)
            .add_months(self.lag_months)
            .add_days(-1)
    }
}

/// One accrual period `[first_day, last_day]` of an agreement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AccrualPeriod {
    /// Days on which revenue earns share; 0 outside the agreement's dates.
    pub days: i32,
    /// The first of those days.
    pub first_day: Date,
    /// The part of the period's revenue that earns share: those days over all
    /// days of the period, revenue being even within a period.
    pub eligible: f64,
    /// When the share is paid.
    pub payment_date: Date,
}

/// The accrual periods of an agreement, one for each period of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule(Vec<AccrualPeriod>);

impl Schedule {
    /// The schedule of an agreement on a timeline.
    pub fn new(agreement: &Agreement, timeline: &Timeline) -> Self {
        let periods = timeline.periods().iter().map(|period| {
            let days = period.days_within(agreement.effective, agreement.expiry);
            let last_day = period.last_day.min(agreement.expiry);
            AccrualPeriod {
                days,
                first_day: period.first_day.max(agreement.effective),
                eligible: f64::from(days) / f64::from(period.days()),
                payment_date: agreement.payment.date(last_day),
            }
        });
        Self(periods.collect())
    }

    /// The accrual periods in order.
    pub fn periods(&self) -> &[AccrualPeriod] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Parameter;

    fn date(year: i16, month: i8, day: i8) -> Date {
        Date::new(year, month, day).unwrap()
    }

    #[test]
    fn payments_are_made_at_the_end_of_months() {
        let quarterly = PaymentTerms {
            every: Some(Step::Quarter),
            lag_months: 3,
        };
        assert_eq!(quarterly.date(date(2026, 1, 31)), date(2026, 6, 30));
        assert_eq!(quarterly.date(date(2026, 4, 30)), date(2026, 9, 30));
        assert_eq!(quarterly.date(date(2026, 12, 31)), date(2027, 3, 31));
        let at_once = PaymentTerms {
            every: None,
            lag_months: 0,
        };
        assert_eq!(at_once.date(date(2028, 2, 29)), date(2028, 2, 29));
        let two_months = PaymentTerms {
            every: None,
            lag_months: 2,
        };
        assert_eq!(two_months.date(date(2027, 12, 31)), date(2028, 2, 29));
        let yearly = PaymentTerms {
            every: Some(Step::Year),
            lag_months: 0,
        };
        assert_eq!(yearly.date(date(2027, 3, 14)), date(2027, 12, 31));
    }

    #[test]
    fn a_period_partly_inside_the_agreement_earns_share_by_its_days() {
        let timeline = Timeline::new(date(2026, 4, 1), date(2026, 7, 31), Step::Month).unwrap();
        let agreement = Agreement {
            name: "a".into(),
            payer: "p".into(),
            payee: "q".into(),
            share: Parameter::Fixed(0.2),
            cap: None,
            paid_before: Parameter::Fixed(0.0),
            effective: date(2026, 4, 27),
            expiry: date(2026, 6, 15),
            payment: PaymentTerms {
                every: None,
                lag_months: 0,
            },
        };
        let schedule = Schedule::new(&agreement, &timeline);
        let eligible: Vec<f64> = schedule.periods().iter().map(|p| p.eligible).collect();
        assert_eq!(eligible, [4.0 / 30.0, 1.0, 0.5, 0.0]);
        assert_eq!(schedule.periods()[0].first_day, date(2026, 4, 27));
        assert_eq!(schedule.periods()[2].payment_date, date(2026, 6, 15));
    }
}
