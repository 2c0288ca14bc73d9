//! The months of a year by name.

use super::{Date, Worded, worded};

worded! {
    /// A month of the year. What each is about is its name, which is printed.
    pub enum Month {
        /// January
        January = "january",
        /// February
        February = "february",
        /// March
        March = "march",
        /// April
        April = "april",
        /// May
        May = "may",
        /// June
        June = "june",
        /// July
        July = "july",
        /// August
        August = "august",
        /// September
        September = "september",
        /// October
        October = "october",
        /// November
        November = "november",
        /// December
        December = "december",
    }
}

impl Month {
    /// The month with a number; the last one where it is none, 1 to 12.
    pub fn numbered(number: i8) -> Self {
        let at = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
        let found = at.and_then(|at| Self::ALL.get(at));
        found.copied().unwrap_or(Self::December)
    }

    /// The month of a day.
    pub fn of_day(day: Date) -> Self {
        Self::numbered(day.month())
    }

    /// Its number, 1 to 12.
    pub const fn number(self) -> i8 {
        self as i8 + 1
    }

    /// `July`
    pub fn name(self) -> &'static str {
        self.about()
    }

    /// `Jul`
    pub fn short(self) -> &'static str {
        &self.name()[..3]
    }
}
