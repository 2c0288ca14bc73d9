//! What ends sharing before its time: events, the payer's default.

use super::super::clauses::When;
use super::super::{Agreement, End, EndReason, Reached, Schedule};
use crate::units::Date;

/// When and why sharing stops before its expiry, in days from the timeline's
/// start; infinite where it does not.
pub struct Stop {
    pub at: f64,
    reason: EndReason,
    /// When the payer defaults.
    default: f64,
}

impl Stop {
    pub fn drawn(agreement: &Agreement, schedule: &Schedule, inputs: &[f64]) -> Self {
        let clauses = &agreement.clauses;
        let moment = |when: When| match when {
            When::Years(years) => schedule.day(years.at(inputs)),
            When::Hazard { rate, unit_wait } => {
                let wait = unit_wait.at(inputs) / rate.at(inputs);
                schedule.day(schedule.past_years() + wait)
            }
        };
        let mut stop = (f64::INFINITY, EndReason::Event(0));
        for (i, event) in clauses.events.iter().enumerate() {
            let at = moment(event.when);
            if at < stop.0 {
                stop = (at, EndReason::Event(i));
            }
        }
        let default = clauses
            .default
            .map_or(f64::INFINITY, |default| moment(default.when));
        if default < stop.0 {
            stop = (default, EndReason::Default);
        }
        Self {
            at: stop.0,
            reason: stop.1,
            default,
        }
    }

    pub fn end(&self, schedule: &Schedule, reached: Option<Reached>) -> End {
        let expiry = schedule.expiry();
        let after = f64::from(expiry.days_since(schedule.start()) + 1);
        let (reason, date) = match reached {
            Some(reached) => (EndReason::Cap, reached.date),
            None if self.at < after => {
                let date = schedule.start().add_days(day_within(self.at));
                (self.reason, date)
            }
            None => (EndReason::Expiry, expiry),
        };
        End { reason, date }
    }

    /// The day of the payer's default, if there is one while anything is due.
    pub fn default(&self, schedule: &Schedule) -> Option<Date> {
        let happens = self.default < f64::INFINITY;
        happens.then(|| schedule.start().add_days(day_within(self.default)))
    }
}

/// The day, counted from 0, that contains a moment in days; an instant at
/// midnight belongs to the day that ends.
pub fn day_within(moment: f64) -> i32 {
    ((moment - 1e-9).ceil() - 1.0).max(0.0) as i32
}
