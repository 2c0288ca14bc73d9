//! What ends sharing before its time: events, the payer's default.

use super::clauses::When;
use super::rows::{Row, Settled};
use super::{Agreement, EndReason, Schedule};

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
    #[inline(always)]
    pub fn drawn(agreement: &Agreement, schedule: &Schedule, inputs: &[[f64; N]]) -> Self {
        let clauses = &agreement.clauses;
        let mut stop = Self {
            at: [f64::INFINITY; N],
            first: f64::INFINITY,
            reasons: [EndReason::Expiry; N],
            default: [f64::INFINITY; N],
        };
        let events = clauses.events.iter().enumerate();
        let events = events.map(|(i, event)| (EndReason::Event(i), event.when));
        let default = clauses.default.iter();
        let default = default.map(|default| (EndReason::Default, default.when));
        for (reason, when) in events.chain(default) {
            for l in 0..N {
                let at = match when {
                    When::Years(years) => schedule.day(years.lane(inputs, l)),
                    When::Hazard { rate, unit_wait } => {
                        let wait = unit_wait.lane(inputs, l) / rate.lane(inputs, l);
                        schedule.day(schedule.past_years() + wait)
                    }
                };
                if at < stop.at[l] {
                    stop.at[l] = at;
                    stop.reasons[l] = reason;
                    stop.first = stop.first.min(at);
                }
                if reason == EndReason::Default && at < f64::INFINITY {
                    stop.default[l] = f64::from(day_within(at));
                }
            }
        }
        stop
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

/// The day, counted from 0, that contains a moment in days; an instant at
/// midnight belongs to the day that ends.
#[inline(always)]
pub(super) fn day_within(moment: f64) -> i32 {
    ((moment - 1e-9).ceil() - 1.0).max(0.0) as i32
}
