//! Calendar dates and the one measure of time used everywhere.

use std::fmt;

use crate::math::fma;
use jiff::civil;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

/// A calendar date (proleptic Gregorian), written and read as `2026-04-27`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Date(civil::Date);

impl Date {
    /// The date, or `None` where the calendar has no such day (`2026-02-30`).
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        civil::Date::new(year, month, day).ok().map(Self)
    }

    /// The date a text of the form `2026-04-27` names; `None` for any other.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let mut digits = |count: usize| {
            let part = parts.next()?;
            let plain = part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| part.parse().ok()).flatten()
        };
        let (year, month, day): (i16, i16, i16) = (digits(4)?, digits(2)?, digits(2)?);
        Self::new(year, month as i8, day as i8)
    }

    /// Calendar year.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// Month of the year, 1 to 12.
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// Day of the month, 1 to 31.
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// Number of days in this date's month.
    pub fn days_in_month(self) -> i8 {
        self.0.days_in_month()
    }

    /// The same day of the month `months` later (earlier if negative); where the
    /// month is shorter, its last day.
    ///
    /// # Panics
    /// Where the result leaves the calendar (years −9999 to 9999).
    pub fn add_months(self, months: i32) -> Self {
        self.shift(months.months())
    }

    /// The date `days` later (earlier if negative).
    ///
    /// # Panics
    /// Where the result leaves the calendar (years −9999 to 9999).
    pub fn add_days(self, days: i32) -> Self {
        self.shift(days.days())
    }

    fn shift(self, span: Span) -> Self {
        Self(
            self.0
                .checked_add(span)
                .expect("dates of a scenario are validated to lie between 1900 and 2300"),
        )
    }

    /// The last day of this date's month.
    pub fn last_of_month(self) -> Self {
        Self(self.0.last_of_month())
    }

    /// The first day of this date's month.
    pub fn first_of_month(self) -> Self {
        Self(self.0.first_of_month())
    }

    /// Days from `earlier` to this date; negative if it is the later one.
    pub fn days_since(self, earlier: Self) -> i32 {
        earlier
            .0
            .until((jiff::Unit::Day, self.0))
            .expect("two dates of the calendar differ by a number of days")
            .get_days()
    }

    /// Years from `earlier` to this date: whole months count 1/12 each, the days
    /// left over count as a fraction of the month they lie in. A month is a
    /// twelfth of a year whatever its length, so equal steps of the grid are
    /// equal in model time, and a payment at the end of the first year of a
    /// timeline is exactly one year away.
    pub fn years_since(self, earlier: Self) -> f64 {
        if self < earlier {
            return -earlier.years_since(self);
        }
        let mut months = (i32::from(self.year()) - i32::from(earlier.year())) * 12
            + i32::from(self.month())
            - i32::from(earlier.month());
        let mut anchor = earlier.add_months(months);
        if anchor > self {
            months -= 1;
            anchor = earlier.add_months(months);
        }
        let rest = self.days_since(anchor);
        let month_length = earlier.add_months(months + 1).days_since(anchor);
        (f64::from(months) + f64::from(rest) / f64::from(month_length)) / 12.0
    }

    /// Years from `origin` to the moment `days` days after the start of this date,
    /// even within a day.
    pub fn years_after(self, days: f64, origin: Self) -> f64 {
        let day = self.add_days(days.floor() as i32);
        let years = day.years_since(origin);
        match days.fract() {
            0.0 => years,
            part => fma(part, day.add_days(1).years_since(origin) - years, years),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: i16, month: i8, day: i8) -> Date {
        Date::new(year, month, day).unwrap()
    }

    #[test]
    fn months_are_counted_from_the_same_day_and_clipped_to_the_month() {
        assert_eq!(date(2024, 1, 31).add_months(1), date(2024, 2, 29));
        assert_eq!(date(2025, 1, 31).add_months(1), date(2025, 2, 28));
        assert_eq!(date(2025, 1, 31).add_months(2), date(2025, 3, 31));
        assert_eq!(date(2026, 3, 31).add_months(-1), date(2026, 2, 28));
    }

    #[test]
    fn dates_are_read_as_they_are_written() {
        let day = date(2026, 4, 27);
        assert_eq!(Date::parse(&day.to_string()), Some(day));
        for text in [
            "2026-02-30",
            "2026-4-27",
            "26-04-27",
            "2026-04-27T00:00",
            "",
            "+026-04-27",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn whole_months_are_twelfths_whatever_their_length() {
        let start = date(2026, 1, 1);
        assert_eq!(date(2026, 2, 1).years_since(start), 1.0 / 12.0);
        assert_eq!(date(2027, 1, 1).years_since(start), 1.0);
        assert_eq!(date(2036, 1, 1).years_since(start), 10.0);
        assert_eq!(start.years_since(date(2027, 1, 1)), -1.0);
        assert_eq!(
            date(2028, 2, 15).years_since(date(2028, 2, 1)),
            14.0 / 29.0 / 12.0
        );
        assert_eq!(start.years_since(start), 0.0);
    }
}
