//! What ends sharing before its time: events, the payer's default.

use super::clauses::{When, WithRevenue};
use super::rows::{Row, Settled, row};
use super::{Agreement, EndReason, Schedule};
use crate::math::{exp, ln};

/// When and why sharing stops before its expiry, in days from the timeline's
/// start; infinite where it does not.
pub(super) struct Stop<const N: usize> {
    pub at: Row<N>,
    /// The earliest of all paths.
    pub first: f64,
    pub reasons: [EndReason; N],
    /// The day of the payer's default; infinite where there is none while anything is
    /// due.
    pub default: Row<N>,
}

impl<const N: usize> Stop<N> {
    /// Nothing stops it.
    #[inline(always)]
    pub fn none() -> Self {
        Self {
            at: [f64::INFINITY; N],
            first: f64::INFINITY,
            reasons: [EndReason::Expiry; N],
            default: [f64::INFINITY; N],
        }
    }

    /// Draws what stops it.
    #[inline(always)]
    pub fn draw(
        &mut self,
        agreement: &Agreement,
        schedule: &Schedule,
        inputs: &[[f64; N]],
        revenue: &[[f64; N]],
    ) {
        let clauses = &agreement.clauses;
        let events = clauses.events.iter().enumerate();
        let events = events.map(|(i, event)| (EndReason::Event(i), event.when));
        let default = clauses.default.iter();
        let default = default.map(|default| (EndReason::Default, default.when));
        for (reason, when) in events.chain(default) {
            let moments = moments(when, schedule, inputs, revenue);
            self.put(reason, &moments);
            if reason == EndReason::Default {
                for l in 0..N {
                    if moments[l] < f64::INFINITY {
                        self.default[l] = f64::from(day_within(moments[l]));
                    }
                }
            }
        }
    }

    /// One path of the row.
    pub fn one(&self, l: usize) -> Stop<1> {
        Stop {
            at: [self.at[l]],
            first: self.at[l],
            reasons: [self.reasons[l]],
            default: [self.default[l]],
        }
    }

    /// Stops sharing at a moment, in days, on paths on which nothing does before.
    #[inline(always)]
    pub fn put(&mut self, reason: EndReason, at: &Row<N>) {
        for l in 0..N {
            if at[l] < self.at[l] {
                self.at[l] = at[l];
                self.reasons[l] = reason;
                self.first = self.first.min(at[l]);
            }
        }
    }

    /// Notes why and when sharing ends on every path.
    #[inline(always)]
    pub fn end(&self, schedule: &Schedule, out: &mut Settled<N>) {
        let expiry = schedule.expiry().days_since(schedule.start());
        for l in 0..N {
            // Where the cap is reached, its day stands there.
            if out.reached >> l & 1 == 1 {
                out.reasons[l] = EndReason::Cap;
            } else if self.at[l] < f64::from(expiry + 1) {
                out.reasons[l] = self.reasons[l];
                out.last_days[l] = day_within(self.at[l]);
            } else {
                out.reasons[l] = EndReason::Expiry;
                out.last_days[l] = expiry;
            }
        }
    }
}

/// When something happens on each path, in days from the timeline's start; infinite for
/// never, and for what only settling tells.
#[inline(always)]
pub(super) fn moments<const N: usize>(
    when: When,
    schedule: &Schedule,
    inputs: &[[f64; N]],
    revenue: &[[f64; N]],
) -> Row<N> {
    match when {
        When::Years(years) => {
            let years = years.lanes(inputs);
            row(|l| schedule.day(years[l]))
        }
        When::Hazard {
            rate,
            unit_wait,
            with,
        } => {
            let (rate, wait) = (rate.lanes(inputs), unit_wait.lanes(inputs));
            match with {
                None => row(|l| schedule.day(schedule.past_years() + wait[l] / rate[l])),
                Some(with) => waits(with, (&rate, &wait), schedule, inputs, revenue),
            }
        }
        When::Revenue(_) | When::Payments(_) => [f64::INFINITY; N],
    }
}

/// Where a hazard that moves with revenue adds up to the waiting time at one per year.
/// It is even within a period, and after the last one stays as it was.
#[inline(always)]
fn waits<const N: usize>(
    with: WithRevenue,
    (rate, wait): (&Row<N>, &Row<N>),
    schedule: &Schedule,
    inputs: &[[f64; N]],
    revenue: &[[f64; N]],
) -> Row<N> {
    let (level, elasticity) = (with.at.lanes(inputs), with.elasticity.lanes(inputs));
    let (mut at, mut left) = ([f64::INFINITY; N], *wait);
    let periods = schedule.years().len();
    for (k, (revenue, (start, length))) in revenue.iter().zip(schedule.years()).enumerate() {
        if *start < schedule.past_years() - 1e-9 {
            continue;
        }
        let most = if k + 1 == periods {
            f64::INFINITY
        } else {
            *length
        };
        for l in 0..N {
            let hazard = rate[l] * exp(elasticity[l] * ln(revenue[l] / (length * level[l])));
            let years = left[l] / hazard;
            let is_now = (years < most) & (at[l] == f64::INFINITY);
            at[l] = if is_now { start + years } else { at[l] };
            left[l] -= hazard * length;
        }
    }
    row(|l| schedule.day(at[l]))
}

/// The day, counted from 0, that contains a moment in days; an instant at
/// midnight belongs to the day that ends.
#[inline(always)]
pub(super) fn day_within(moment: f64) -> i32 {
    ((moment - 1e-9).ceil() - 1.0).max(0.0) as i32
}
