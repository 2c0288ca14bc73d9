//! A calendar of its own: days counted from 1 March 2000.

use std::fmt;

use super::number::{Exact, fraction, whole};

/// A day; as an instant, the midnight at which it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

impl Day {
    /// After all others.
    pub const FAR: Self = Self(1_000_000);

    pub fn new(year: i64, month: i64, day: i64) -> Self {
        // Years from March to February: the day that may be missing is the last.
        let (years, months) = ((year - 2000 - i64::from(month < 3)), (month + 9) % 12);
        let leaps = years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
        Self(365 * years + leaps + (153 * months + 2) / 5 + day - 1)
    }

    /// Year, month, day.
    pub fn parts(self) -> (i64, i64, i64) {
        let mut year = 2000 + self.0.div_euclid(366);
        while Self::new(year + 1, 1, 1) <= self {
            year += 1;
        }
        let month = (1..=12)
            .rev()
            .find(|&month| Self::new(year, month, 1) <= self);
        let month = month.unwrap();
        (year, month, self.since(Self::new(year, month, 1)) + 1)
    }

    /// Days from another.
    pub fn since(self, other: Self) -> i64 {
        self.0 - other.0
    }

    pub fn plus(self, days: i64) -> Self {
        Self(self.0 + days)
    }

    /// The same day of a later month, or the last of a shorter one.
    pub fn months_later(self, months: i64) -> Self {
        let (year, month, day) = self.parts();
        let count = year * 12 + month - 1 + months;
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
        Self::new(year, month, day.min(days_in_month(year, month)))
    }

    /// The day whose close is so many months after the close of this one.
    pub fn closing_months_later(self, months: i64) -> Self {
        self.plus(1).months_later(months).plus(-1)
    }

    /// The last day of the month that ends the group of `months` (1, 3, 6 or 12) of a
    /// year that ends with a month.
    pub fn group_end(self, months: i64, last_month: i64) -> Self {
        let (year, month, _) = self.parts();
        let mut first = Self::new(year, month, 1);
        while (first.parts().1 - last_month) % months != 0 {
            first = first.months_later(1);
        }
        first.months_later(1).plus(-1)
    }

    /// The last day of the year that ends with a month.
    pub fn year_end(self, last_month: i64) -> Self {
        let (year, month, _) = self.parts();
        let year = year + i64::from(month > last_month);
        Self::new(year, last_month, days_in_month(year, last_month))
    }

    /// Years from another instant: whole months, and days of the month they lie in.
    pub fn years_since(self, other: Self) -> Exact {
        if self < other {
            return -other.years_since(self);
        }
        let mut months = (self.since(other) / 31).max(0);
        while other.months_later(months + 1) <= self {
            months += 1;
        }
        let (from, to) = (other.months_later(months), other.months_later(months + 1));
        (whole(months) + fraction(self.since(from), to.since(from))) / whole(12)
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let (next_year, next) = if month == 12 {
        (year + 1, 1)
    } else {
        (year, month + 1)
    };
    Day::new(next_year, next, 1).since(Day::new(year, month, 1))
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year}-{month:02}-{day:02}")
    }
}

#[test]
fn days_are_those_of_the_calendar() {
    let mut day = Day::new(2023, 12, 31);
    for (year, days) in [(2024, 366), (2025, 365)] {
        for n in 1..=days {
            day = day.plus(1);
            let (y, month, d) = day.parts();
            assert_eq!((y, Day::new(y, month, d)), (year, day), "{n}");
        }
    }
    assert_eq!(
        Day::new(2028, 1, 31).months_later(1).to_string(),
        "2028-02-29"
    );
    assert_eq!(
        Day::new(2026, 3, 31).closing_months_later(3).to_string(),
        "2026-06-30"
    );
    assert_eq!(Day::new(2026, 7, 2).year_end(6).to_string(), "2027-06-30");
    assert_eq!(
        Day::new(2026, 5, 2).group_end(3, 12).to_string(),
        "2026-06-30"
    );
    assert_eq!(
        Day::new(2026, 7, 2).group_end(6, 2).to_string(),
        "2026-08-31"
    );
    let years = Day::new(2028, 6, 1).years_since(Day::new(2028, 2, 15));
    assert_eq!(years, (whole(3) + fraction(17, 31)) / whole(12));
}
