//! When revenue earns share, and when that share is paid: two schedules that
//! are not the same.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Agreement;
use super::amounts::Amounts;
use super::clauses::{DeferredTo, StepUpTest};
use super::indexation::Growth;
use crate::math::fma;
use crate::units::{Date, Timeline, year_of};

/// One accrual period `[first_day, last_day]` of an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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

impl AccrualPeriod {
    /// The last day on which revenue earns share; the first where there is none.
    pub fn last_day(&self) -> Date {
        self.first_day.add_days((self.days - 1).max(0))
    }
}

/// A stretch of days in which no term of the agreement changes: an accrual
/// period, or a part of one between two dates at which a rate, a cap or a year
/// changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Piece {
    /// Position of its period.
    pub period: usize,
    /// Days on which revenue earns share; 0 outside the agreement's dates.
    pub days: i32,
    /// The first of those days.
    pub first_day: Date,
    /// The first of those days, counted from the timeline's start.
    pub offset: f64,
    /// Those days over all days of the period.
    pub fraction: f64,
    /// The part of the period's revenue on days before the agreement that its year
    /// counts all the same; such a piece has no days.
    pub earlier: f64,
    /// All days of the period.
    pub period_days: f64,
    /// Whether it is the first and the last piece of its period.
    pub bounds: (bool, bool),
    /// The rate in force, for a share by date; none before the first.
    pub rate: Option<usize>,
    /// The step of the cap in force.
    pub cap_step: usize,
    /// Whole years for which the cap has grown.
    pub cap_years: i32,
    /// How the cap has grown, or prices since the date of those of a real cap.
    pub growth: Growth,
    /// The year it belongs to, named after the calendar year in which that ends.
    pub year: i16,
    /// Days of that year.
    pub year_days: f64,
    /// The part of that year's days that lie between the agreement's dates.
    pub year_part: f64,
    /// Whether no later piece of that year has days.
    pub closes_year: bool,
    /// The length of its period in years.
    pub period_years: f64,
    /// Which annual cap and which annual minimum the year has.
    pub of_year: (Option<usize>, Option<usize>),
    /// The part of the year that has a minimum of its own.
    pub part: Part,
}

/// A month, quarter or half of a year that has a minimum of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Part {
    /// Whether a piece is its first, and the last with days.
    pub begins: bool,
    pub closes: bool,
    /// All its days.
    pub days: f64,
    /// Which minimum it has.
    pub minimum: Option<usize>,
}

/// When the payment for a period is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Due {
    /// Position, among the cash dates, of the payment.
    pub at: usize,
    /// Position of the part that is deferred.
    pub deferred: usize,
    /// Years between the two.
    pub deferred_years: f64,
    /// The days of both, counted from the timeline's start.
    pub days: (f64, f64),
}

/// The accrual periods of an agreement, one for each period of the timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    periods: Vec<AccrualPeriod>,
    pieces: Vec<Piece>,
    due: Vec<Due>,
    cash_dates: Vec<Date>,
    start: Date,
    /// Days from the timeline's start to the first day of each month of model
    /// time; as long as anything is paid.
    months: Vec<f64>,
    /// Years from the timeline's start to each period, and its length.
    years: Vec<(f64, f64)>,
    /// Days, and years, from the timeline's start that are history.
    past: (f64, f64),
    expiry: Date,
}

impl Schedule {
    /// The schedule of an agreement on a timeline.
    pub fn new(agreement: &Agreement, timeline: &Timeline) -> Self {
        let periods: Vec<AccrualPeriod> = timeline
            .periods()
            .iter()
            .map(|period| {
                let days = period.days_within(agreement.effective, agreement.expiry);
                let last_day = period.last_day.min(agreement.expiry);
                AccrualPeriod {
                    days,
                    first_day: period.first_day.max(agreement.effective),
                    eligible: f64::from(days) / f64::from(period.days()),
                    payment_date: payment_date(agreement, last_day),
                }
            })
            .collect();
        let start = timeline.start();
        let (cash_dates, due) = cash(agreement, start, &periods);
        let last = cash_dates.last().copied().unwrap_or(start);
        // Up to the first month that begins after the last payment.
        let count = (0..).take_while(|m| start.add_months(*m) <= last).count();
        let days = |m| f64::from(start.add_months(m).days_since(start));
        let months = (0..=count as i32).map(days).collect();
        let past = agreement.clauses.past_periods.checked_sub(1);
        let past = past.map_or((0.0, 0.0), |k| {
            let end = timeline.periods()[k].last_day.add_days(1);
            (f64::from(end.days_since(start)), timeline.years_to(end))
        });
        Self {
            pieces: pieces(agreement, timeline),
            periods,
            due,
            cash_dates,
            start,
            months,
            years: timeline
                .periods()
                .iter()
                .map(|period| (period.start_years, period.length_years))
                .collect(),
            past,
            expiry: agreement.expiry,
        }
    }

    /// The accrual periods in order.
    pub fn periods(&self) -> &[AccrualPeriod] {
        &self.periods
    }

    /// The days on which payments are due, ascending: the dates of
    /// [`Settlement::cash`](super::Settlement::cash).
    pub fn cash_dates(&self) -> &[Date] {
        &self.cash_dates
    }

    #[inline(always)]
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    pub(super) fn due(&self) -> &[Due] {
        &self.due
    }

    /// First day of the timeline.
    pub(crate) fn start(&self) -> Date {
        self.start
    }

    /// Days from the timeline's start to a moment in years from it, whole months
    /// being twelfths; infinite beyond the last payment. Never within history.
    #[inline(always)]
    pub(super) fn day(&self, years: f64) -> f64 {
        let months = (years * 12.0).max(0.0);
        let whole = months.floor();
        // The conversion keeps to the largest number there is.
        match self.months.get(whole as usize..) {
            Some([from, to, ..]) => fma(months - whole, to - from, *from).max(self.past.0),
            _ => f64::INFINITY,
        }
    }

    /// Years from the timeline's start to each period, and its length.
    #[inline(always)]
    pub(super) fn years(&self) -> &[(f64, f64)] {
        &self.years
    }

    /// Days from the timeline's start at which history ends.
    pub(super) fn past_days(&self) -> f64 {
        self.past.0
    }

    /// Years from the timeline's start at which history ends.
    pub(super) fn past_years(&self) -> f64 {
        self.past.1
    }

    /// The last day of sharing.
    pub(super) fn expiry(&self) -> Date {
        self.expiry
    }
}

/// When what accrues up to a day is paid.
fn payment_date(agreement: &Agreement, last_day: Date) -> Date {
    let date = agreement.payment.date(last_day);
    date.max(agreement.clauses.first_payment.unwrap_or(date))
}

/// The cash dates, ascending, and where the payment for each period falls.
fn cash(agreement: &Agreement, start: Date, periods: &[AccrualPeriod]) -> (Vec<Date>, Vec<Due>) {
    let later = |date: Date| match agreement.clauses.deferral.map(|deferral| deferral.to) {
        // From the close of the day, as payment dates are.
        Some(DeferredTo::Months(months)) => date.add_days(1).add_months(months).add_days(-1),
        Some(DeferredTo::Date(until)) => date.max(until),
        None => date,
    };
    let mut dates: Vec<Date> = periods
        .iter()
        .flat_map(|period| [period.payment_date, later(period.payment_date)])
        .collect();
    dates.sort_unstable();
    dates.dedup();
    let position = |date: Date| dates.binary_search(&date).expect("every date is listed");
    let due = periods.iter().map(|period| {
        let deferred = later(period.payment_date);
        let day = |date: Date| f64::from(date.days_since(start));
        Due {
            at: position(period.payment_date),
            deferred: position(deferred),
            deferred_years: deferred
                .add_days(1)
                .years_since(period.payment_date.add_days(1)),
            days: (day(period.payment_date), day(deferred)),
        }
    });
    let due = due.collect();
    (dates, due)
}

/// The pieces of every period, in order; one without days for a period outside
/// the agreement.
fn pieces(agreement: &Agreement, timeline: &Timeline) -> Vec<Piece> {
    let clauses = &agreement.clauses;
    let (start, end) = (timeline.start(), timeline.end());
    let mut changes: Vec<Date> = agreement.share.dates();
    changes.extend(agreement.cap.iter().flat_map(|cap| cap.dates(start, end)));
    let last_days = clauses
        .milestones
        .iter()
        .filter_map(|milestone| milestone.by);
    changes.extend(last_days.map(|day| day.add_days(1)));
    let tests = clauses
        .step_ups
        .iter()
        .filter_map(|step_up| match step_up.test {
            StepUpTest::Paid { on, .. } => Some(on.add_days(1)),
            StepUpTest::Revenue { .. } => None,
        });
    changes.extend(tests);
    changes.extend(
        clauses
            .floors
            .iter()
            .filter_map(|floor| Some(floor.by?.add_days(1))),
    );
    let last_days = clauses.advances.iter().filter_map(|advance| advance.by);
    changes.extend(last_days.map(|day| day.add_days(1)));
    let ends = clauses.events.iter().flat_map(|event| &event.pays);
    let steps = ends.flat_map(|pays| pays.steps.iter().filter_map(|step| step.until));
    changes.extend(steps.map(|until| until.add_days(1)));
    if agreement.counts_by_year() {
        let last_of = |day| year_of(day, clauses.year_ends).1;
        let year_ends =
            std::iter::successors(Some(last_of(start)), |end| Some(last_of(end.add_days(1))));
        changes.extend(
            year_ends
                .take_while(|day| *day < end)
                .map(|day| day.add_days(1)),
        );
    }
    let part_end = |day: Date| {
        let minimum = clauses.period_minimum.as_ref();
        minimum.map_or(end, |minimum| minimum.every.end(day, clauses.year_ends))
    };
    let part_ends =
        std::iter::successors(Some(part_end(start)), |end| Some(part_end(end.add_days(1))));
    changes.extend(
        part_ends
            .take_while(|day| *day < end)
            .map(|day| day.add_days(1)),
    );
    changes.sort_unstable();
    changes.dedup();
    let first_of_all = agreement.effective.max(start);
    let last_of_all = agreement.expiry.min(end);
    let mut pieces: Vec<Piece> = Vec::new();
    for (k, period) in timeline.periods().iter().enumerate() {
        let first = period.first_day.max(agreement.effective);
        let last = period.last_day.min(agreement.expiry);
        let starts = |first: Date, last: Date| {
            let inside = changes.iter().filter(|day| first < **day && **day <= last);
            std::iter::once(first)
                .chain(inside.copied())
                .collect::<Vec<Date>>()
        };
        let paid = payment_date(agreement, last);
        let before = period.last_day.min(agreement.effective.add_days(-1));
        let mut parts = Vec::new();
        if clauses.year_to_date.is_some() && period.first_day <= before {
            parts.push((starts(period.first_day, before), before, true));
        }
        if parts.is_empty() || first <= last {
            parts.push((starts(first, last), last, false));
        }
        let of_parts = parts.iter().flat_map(|(starts, last, is_earlier)| {
            let of_part = starts.iter().enumerate().map(|(i, &first_day)| {
                let last_day = starts.get(i + 1).map_or(*last, |next| next.add_days(-1));
                (first_day, last_day, *is_earlier)
            });
            of_part.collect::<Vec<_>>()
        });
        let count = parts.iter().map(|(starts, ..)| starts.len()).sum::<usize>();
        for (i, (first_day, last_day, is_earlier)) in of_parts.enumerate() {
            let all = (last_day.days_since(first_day) + 1).max(0);
            let days = if is_earlier { 0 } else { all };
            let period_days = f64::from(period.days());
            let (year, year_end) = year_of(first_day, clauses.year_ends);
            let year_days = year_end.days_since(year_end.add_days(1).add_months(-12).add_days(-1));
            let cap = agreement.cap.as_ref();
            let (cap_years, growth) = cap.map_or((0, Growth::default()), |cap| {
                cap.indexation.growth(first_day, last_day, paid)
            });
            pieces.push(Piece {
                period: k,
                days,
                first_day,
                offset: f64::from(first_day.days_since(start)),
                fraction: f64::from(days) / period_days,
                earlier: f64::from(all - days) / period_days,
                period_days,
                bounds: (i == 0, i + 1 == count),
                rate: agreement.share.in_force(first_day),
                cap_step: cap.map_or(0, |cap| cap.in_force(first_day)),
                cap_years,
                growth,
                year,
                year_days: f64::from(year_days),
                year_part: 0.0,
                closes_year: false,
                period_years: period.length_years,
                of_year: {
                    let begins = year_end.add_days(1).add_months(-12).max(first_of_all);
                    let in_force = |amounts: &Amounts| amounts.in_force(begins);
                    let cap = clauses.annual_cap.as_ref();
                    (
                        cap.and_then(|cap| in_force(&cap.amount)),
                        clauses.minimum.as_ref().and_then(in_force),
                    )
                },
                part: clauses
                    .period_minimum
                    .as_ref()
                    .map_or_else(Part::default, |minimum| {
                        let part_end = part_end(first_day);
                        let begins = part_end.add_days(1).add_months(-minimum.every.months());
                        Part {
                            begins: pieces
                                .last()
                                .is_none_or(|before| before.first_day < begins || before.days == 0),
                            closes: last_day == part_end || last_day == last_of_all,
                            days: f64::from(part_end.days_since(begins) + 1),
                            minimum: minimum.amount.in_force(begins.max(first_of_all)),
                        }
                    }),
            });
        }
    }
    let mut of_years: BTreeMap<i16, i32> = BTreeMap::new();
    for piece in &pieces {
        *of_years.entry(piece.year).or_default() += piece.days;
    }
    for piece in &mut pieces {
        piece.year_part = f64::from(of_years[&piece.year]) / piece.year_days;
    }
    let mut closed = None;
    for piece in pieces.iter_mut().rev().filter(|piece| piece.days > 0) {
        piece.closes_year = closed != Some(piece.year);
        closed = Some(piece.year);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agreement::{Clauses, PaymentTerms};
    use crate::units::{Parameter, Step};

    fn date(year: i16, month: i8, day: i8) -> Date {
        Date::new(year, month, day).unwrap()
    }

    #[test]
    fn a_period_partly_inside_the_agreement_earns_share_by_its_days() {
        let timeline = Timeline::new(date(2026, 4, 1), date(2026, 7, 31), Step::Month).unwrap();
        let agreement = Agreement {
            name: "a".into(),
            payer: "p".into(),
            payee: "q".into(),
            share: Parameter::Fixed(0.2).into(),
            cap: None,
            paid_before: Parameter::Fixed(0.0),
            effective: date(2026, 4, 27),
            expiry: date(2026, 6, 15),
            payment: PaymentTerms::default(),
            clauses: Clauses::default(),
        };
        let schedule = Schedule::new(&agreement, &timeline);
        let eligible: Vec<f64> = schedule.periods().iter().map(|p| p.eligible).collect();
        assert_eq!(eligible, [4.0 / 30.0, 1.0, 0.5, 0.0]);
        assert_eq!(schedule.periods()[0].first_day, date(2026, 4, 27));
        assert_eq!(schedule.periods()[2].payment_date, date(2026, 6, 15));
    }
}
