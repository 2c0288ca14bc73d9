//! One path settled, line by line.

use super::rule::{Cap, day_reached};
use super::{Schedule, Terms};
use crate::units::Date;

/// One accrual period of a settled path. Amounts in the scenario's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LedgerLine {
    /// Revenue of the period, eligible or not.
    pub revenue: f64,
    /// Share rate × eligible revenue, before the cap.
    pub accrued: f64,
    /// Headroom before the payment; infinite without a cap.
    pub headroom_before: f64,
    /// min(accrued, headroom).
    pub payment: f64,
    /// Accrued less payment.
    pub excess: f64,
    /// Headroom after the payment.
    pub headroom_after: f64,
    /// Total paid, this payment included, what was paid before left out.
    pub cumulative_paid: f64,
}

/// Where a path reaches the cap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reached {
    /// The period, 0 for the first.
    pub period: usize,
    /// How far through the period's accrual days, 0 to 1; 0 where nothing was
    /// left to pay at its start.
    pub fraction: f64,
    /// The day.
    pub date: Date,
}

/// What ends an agreement on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The cap was reached first.
    Cap,
    /// The end date came first.
    Expiry,
}

/// All payments of one path.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// One line for each period.
    pub lines: Vec<LedgerLine>,
    /// Where headroom first is zero; `None` if it never is.
    pub reached: Option<Reached>,
    /// The first period in which an accrual is cut; `None` if none is.
    pub binds: Option<usize>,
}

impl Settlement {
    /// What ended the agreement.
    pub fn end_reason(&self) -> EndReason {
        match self.reached {
            Some(_) => EndReason::Cap,
            None => EndReason::Expiry,
        }
    }

    /// Total paid over the path, what was paid before left out.
    pub fn total_paid(&self) -> f64 {
        self.lines.last().map_or(0.0, |line| line.cumulative_paid)
    }
}

/// Settles one path: the share of each period's revenue until the cap is reached
/// or the schedule ends. Formula, signs and ties: [`rule`](super::rule).
///
/// `revenue` holds one amount, 0 or more, for each period of the schedule.
///
/// # Panics
/// If `revenue` and `schedule` differ in length.
///
/// ```
/// use capbind::agreement::{Agreement, PaymentTerms, Schedule, Terms, settle};
/// use capbind::units::{Date, Parameter, Step, Timeline};
///
/// let day = |y, m, d| Date::new(y, m, d).unwrap();
/// let timeline = Timeline::new(day(2026, 1, 1), day(2028, 12, 31), Step::Year).unwrap();
/// let agreement = Agreement {
///     name: "royalty".into(),
///     payer: "company".into(),
///     payee: "investor".into(),
///     share: Parameter::Fixed(0.05),
///     cap: Some(Parameter::Fixed(12.0)),
///     paid_before: Parameter::Fixed(0.0),
///     effective: timeline.start(),
///     expiry: timeline.end(),
///     payment: PaymentTerms { every: None, lag_months: 0 },
/// };
/// let schedule = Schedule::new(&agreement, &timeline);
/// let terms = Terms { share: 0.05, cap: 12.0, paid_before: 0.0 };
/// let path = settle(&schedule, &terms, &[100.0, 100.0, 80.0]);
/// assert_eq!(path.total_paid(), 12.0);
/// // 5 + 5 paid in two years; the third year's 4 reach the cap half-way through.
/// assert_eq!(path.reached.unwrap().date, day(2028, 7, 1));
/// assert_eq!(path.lines[2].excess, 2.0);
/// ```
pub fn settle(schedule: &Schedule, terms: &Terms, revenue: &[f64]) -> Settlement {
    assert_eq!(schedule.periods().len(), revenue.len());
    let cap = Cap::new(terms.cap, terms.paid_before);
    let mut settlement = Settlement {
        lines: Vec::with_capacity(revenue.len()),
        reached: None,
        binds: None,
    };
    let mut paid = 0.0;
    for (k, (period, &revenue)) in schedule.periods().iter().zip(revenue).enumerate() {
        let accrued = terms.share * period.eligible * revenue;
        let headroom_before = cap.limit() - paid;
        let payment = cap.pay(paid, accrued);
        if payment.reached && period.days > 0 && settlement.reached.is_none() {
            let days = f64::from(period.days);
            let day = day_reached(headroom_before, accrued, days);
            settlement.reached = Some(Reached {
                period: k,
                fraction: (headroom_before / accrued).clamp(0.0, 1.0).max(0.0),
                date: period.first_day.add_days(day as i32),
            });
        }
        if payment.excess > 0.0 && settlement.binds.is_none() {
            settlement.binds = Some(k);
        }
        paid = payment.paid;
        settlement.lines.push(LedgerLine {
            revenue,
            accrued,
            headroom_before,
            payment: payment.amount,
            excess: payment.excess,
            headroom_after: cap.limit() - paid,
            cumulative_paid: paid,
        });
    }
    settlement
}
