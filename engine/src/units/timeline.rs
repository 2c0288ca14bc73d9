//! The grid of periods a scenario is simulated on.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Date, worded};

worded! {
    /// The length of one period of the grid.
    #[derive(Serialize, Deserialize)]
    pub enum Step {
        /// One calendar month.
        Month = "month",
        /// Three calendar months.
        Quarter = "quarter",
        /// Twelve calendar months.
        Year = "year",
    }
}

impl Step {
    /// Calendar months in the step.
    pub fn months(self) -> i32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }

    /// Length in years: 1/12, 1/4 or 1, whatever the number of days.
    pub fn years(self) -> f64 {
        f64::from(self.months()) / 12.0
    }
}

/// One period of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Period {
    /// First day.
    pub first_day: Date,
    /// Last day, inclusive.
    pub last_day: Date,
    /// Model time at which it starts, in years from the timeline's start.
    pub start_years: f64,
    /// Its length in years: the step's, or less for a last period cut short.
    pub length_years: f64,
}

impl Period {
    /// Days from the first to the last, both counted.
    pub fn days(&self) -> i32 {
        self.last_day.days_since(self.first_day) + 1
    }

    /// Days of this period that lie within `from` to `to`, both inclusive.
    pub fn days_within(&self, from: Date, to: Date) -> i32 {
        let first = self.first_day.max(from);
        let last = self.last_day.min(to);
        (last.days_since(first) + 1).max(0)
    }
}

/// Consecutive periods from a first to a last day.
///
/// Period *k* starts *k* steps after the first day, counted from that day (a
/// monthly grid from 31 January has periods from 28 February and 31 March).
/// Where the last day does not end a step, the last period is cut short: its
/// length in years is the step's times the fraction of its days that remain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    step: Step,
    /// The day that months are counted from, and how many have gone by since at the
    /// first period's start.
    origin: (Date, i32),
    periods: Vec<Period>,
}

/// Why a timeline cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TimelineError {
    /// The end lies before the start.
    #[error("the timeline ends before it starts")]
    EndBeforeStart,
    /// A date outside the years 1900 to 2300.
    #[error("the timeline leaves the years 1900 to 2300")]
    OutOfCalendar,
    /// More than [`Timeline::MAX_PERIODS`] periods.
    #[error("the timeline has more than {} periods", Timeline::MAX_PERIODS)]
    TooLong,
}

impl Timeline {
    /// The most periods a timeline may have: a century of months.
    pub const MAX_PERIODS: usize = 1200;

    /// The grid from `start` to `end` (inclusive) in steps.
    ///
    /// # Errors
    /// See [`TimelineError`].
    pub fn new(start: Date, end: Date, step: Step) -> Result<Self, TimelineError> {
        if end < start {
            return Err(TimelineError::EndBeforeStart);
        }
        if start.year() < 1900 || end.year() > 2300 {
            return Err(TimelineError::OutOfCalendar);
        }
        let mut periods = Vec::new();
        let mut first_day = start;
        while first_day <= end {
            if periods.len() == Self::MAX_PERIODS {
                return Err(TimelineError::TooLong);
            }
            let k = periods.len() as i32;
            let next = start.add_months((k + 1) * step.months());
            let full_days = next.days_since(first_day);
            let last_day = next.add_days(-1).min(end);
            let days = last_day.days_since(first_day) + 1;
            periods.push(Period {
                first_day,
                last_day,
                start_years: f64::from(k * step.months()) / 12.0,
                length_years: step.years() * f64::from(days) / f64::from(full_days),
            });
            first_day = next;
        }
        Ok(Self {
            step,
            origin: (start, 0),
            periods,
        })
    }

    /// What is left of the grid after its first `count` periods: the same periods,
    /// with model time counted from the start of the first of them.
    ///
    /// # Panics
    /// If nothing is left.
    pub fn after(&self, count: usize) -> Self {
        let mut periods = self.periods[count..].to_vec();
        for (k, period) in (0..).zip(&mut periods) {
            period.start_years = f64::from(k * self.step.months()) / 12.0;
        }
        let (day, gone) = self.origin;
        let start = periods[0].first_day;
        let origin = match start.day() == day.day() {
            true => (start, 0),
            // In a month that is too short for its day the grid keeps to that day.
            false => (day, gone + count as i32 * self.step.months()),
        };
        Self {
            step: self.step,
            origin,
            periods,
        }
    }

    /// The step of the grid.
    pub fn step(&self) -> Step {
        self.step
    }

    /// The periods in order; never empty.
    pub fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// First day.
    pub fn start(&self) -> Date {
        self.periods[0].first_day
    }

    /// Last day, inclusive.
    pub fn end(&self) -> Date {
        self.periods[self.periods.len() - 1].last_day
    }

    /// Days from the first to the last, both counted.
    pub fn days(&self) -> i32 {
        self.end().days_since(self.start()) + 1
    }

    /// The day that contains a moment in years from the timeline's start, whole
    /// months being twelfths; midnight belongs to the day that ends.
    pub fn day_at(&self, years: f64) -> Date {
        let months = years * 12.0;
        let whole = months.floor() as i32;
        let (day, gone) = self.origin;
        let [from, to] = [whole, whole + 1].map(|months| day.add_months(gone + months));
        let days = (months - f64::from(whole)) * f64::from(to.days_since(from));
        from.add_days((days - 1e-9).ceil() as i32 - 1)
    }

    /// Model time of the start of `date`, in years from the timeline's start.
    pub fn years_to(&self, date: Date) -> f64 {
        match self.origin {
            (start, 0) => date.years_since(start),
            (day, gone) => date.years_since(day) - f64::from(gone) / 12.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: i16, month: i8, day: i8) -> Date {
        Date::new(year, month, day).unwrap()
    }

    #[test]
    fn sixty_months_of_equal_model_length() {
        let timeline = Timeline::new(date(2026, 1, 1), date(2030, 12, 31), Step::Month).unwrap();
        assert_eq!(timeline.periods().len(), 60);
        assert_eq!(timeline.periods()[25].first_day, date(2028, 2, 1));
        assert_eq!(timeline.periods()[25].last_day, date(2028, 2, 29));
        assert!(
            timeline
                .periods()
                .iter()
                .all(|p| p.length_years == 1.0 / 12.0)
        );
        assert_eq!(timeline.periods()[12].start_years, 1.0);
    }

    #[test]
    fn a_moment_belongs_to_its_day() {
        let timeline = Timeline::new(date(2026, 1, 31), date(2030, 12, 31), Step::Month).unwrap();
        for day in [date(2026, 2, 1), date(2027, 12, 31), date(2028, 2, 29)] {
            let close = timeline.years_to(day.add_days(1));
            assert_eq!(timeline.day_at(close), day);
            assert_eq!(timeline.day_at(close - 1e-4), day);
            assert_eq!(timeline.day_at(close + 1e-4), day.add_days(1));
        }
    }

    #[test]
    fn periods_are_counted_from_the_start_and_the_last_may_be_cut_short() {
        let timeline = Timeline::new(date(2026, 1, 31), date(2026, 4, 14), Step::Month).unwrap();
        let days: Vec<_> = timeline
            .periods()
            .iter()
            .map(|p| (p.first_day, p.last_day))
            .collect();
        assert_eq!(
            days,
            [
                (date(2026, 1, 31), date(2026, 2, 27)),
                (date(2026, 2, 28), date(2026, 3, 30)),
                (date(2026, 3, 31), date(2026, 4, 14)),
            ]
        );
        assert_eq!(timeline.periods()[2].length_years, 0.5 / 12.0);
    }

    #[test]
    fn what_is_left_of_a_grid_keeps_its_days() {
        let whole = Timeline::new(date(2026, 1, 31), date(2026, 6, 14), Step::Month).unwrap();
        for count in 1..5 {
            let rest = whole.after(count);
            let days = |t: &Timeline| -> Vec<(Date, Date)> {
                let periods = t.periods().iter();
                periods.map(|p| (p.first_day, p.last_day)).collect()
            };
            assert_eq!(days(&rest), days(&whole)[count..]);
            for (k, period) in rest.periods().iter().enumerate() {
                let years = k as f64 / 12.0;
                assert_eq!(period.start_years, years);
                assert!((rest.years_to(period.first_day) - years).abs() < 1e-15);
                assert_eq!(rest.day_at(years), period.first_day.add_days(-1));
                let of_whole = whole.periods()[count + k].length_years;
                assert_eq!(period.length_years, of_whole);
            }
        }
        // From the first of a month it is the grid that starts there.
        let (start, end) = (date(2026, 1, 1), date(2028, 3, 9));
        let whole = Timeline::new(start, end, Step::Quarter).unwrap();
        let later = Timeline::new(date(2026, 7, 1), end, Step::Quarter).unwrap();
        assert_eq!(whole.after(2), later);
    }

    #[test]
    fn impossible_timelines_are_refused() {
        let new = Timeline::new;
        let (a, b) = (date(2026, 1, 1), date(2025, 12, 31));
        assert_eq!(new(a, b, Step::Year), Err(TimelineError::EndBeforeStart));
        let far = date(2200, 1, 1);
        assert_eq!(new(a, far, Step::Month), Err(TimelineError::TooLong));
        let beyond = date(2301, 1, 1);
        assert_eq!(
            new(a, beyond, Step::Year),
            Err(TimelineError::OutOfCalendar)
        );
    }
}
