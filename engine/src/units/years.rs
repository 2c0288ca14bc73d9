//! Calendar and fiscal years of a timeline.

use serde::{Deserialize, Serialize};

use super::{Date, Timeline};

/// A reporting year and the parts of the timeline's periods that fall into it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportingYear {
    /// The calendar year in which it ends.
    pub year: i16,
    /// Position of a period and the part of its days, above 0 and at most 1, in
    /// order of time.
    pub parts: Vec<(usize, f64)>,
}

impl ReportingYear {
    /// The years ending with `last_month` (1 to 12) that a timeline touches. A
    /// period that straddles two of them counts in each by its days.
    pub fn of(timeline: &Timeline, last_month: i8) -> Vec<Self> {
        let mut years: Vec<Self> = Vec::new();
        for (k, period) in timeline.periods().iter().enumerate() {
            let mut first = period.first_day;
            while first <= period.last_day {
                let (year, year_end) = year_of(first, last_month);
                let last = year_end.min(period.last_day);
                let days = last.days_since(first) + 1;
                let part = f64::from(days) / f64::from(period.days());
                match years.last_mut() {
                    Some(current) if current.year == year => current.parts.push((k, part)),
                    _ => years.push(Self {
                        year,
                        parts: vec![(k, part)],
                    }),
                }
                first = last.add_days(1);
            }
        }
        years
    }
}

/// The year, ending with a month, that a date falls into, named after the calendar year in
/// which it ends, and its last day.
pub(crate) fn year_of(date: Date, last_month: i8) -> (i16, Date) {
    let year = date.year() + i16::from(date.month() > last_month);
    let end = Date::new(year, last_month, 1).expect("a month of a year of the timeline");
    (year, end.last_of_month())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Step;

    fn timeline(step: Step) -> Timeline {
        let start = Date::new(2026, 1, 1).unwrap();
        Timeline::new(start, Date::new(2027, 12, 31).unwrap(), step).unwrap()
    }

    #[test]
    fn fiscal_years_end_in_their_month() {
        let years = ReportingYear::of(&timeline(Step::Month), 6);
        let spans: Vec<_> = years
            .iter()
            .map(|y| (y.year, y.parts[0].0, y.parts.len()))
            .collect();
        assert_eq!(spans, [(2026, 0, 6), (2027, 6, 12), (2028, 18, 6)]);
        let calendar = ReportingYear::of(&timeline(Step::Quarter), 12);
        assert_eq!(calendar.len(), 2);
        assert!(
            calendar
                .iter()
                .all(|y| y.parts.iter().all(|(_, p)| *p == 1.0))
        );
    }

    #[test]
    fn a_straddling_period_is_split_by_days() {
        let years = ReportingYear::of(&timeline(Step::Year), 6);
        assert_eq!(years[0].parts, [(0, 181.0 / 365.0)]);
        assert_eq!(years[1].parts, [(0, 184.0 / 365.0), (1, 181.0 / 365.0)]);
    }
}
