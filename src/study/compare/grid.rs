//! The spans of time on which scenarios with unlike timelines can be compared.

use crate::units::{Date, Timeline};

/// Days from a first to a last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First day.
    pub first_day: Date,
    /// Last day.
    pub last_day: Date,
}

/// The finest spans from the first to the last day of all timelines that divide no
/// period of any: a month and a quarter meet in the quarter, and outside a timeline
/// any day will do.
pub fn common_spans(timelines: &[&Timeline]) -> Vec<Span> {
    let before = |timeline: &Timeline| timeline.start().add_days(-1);
    let mut ends: Vec<Date> = timelines
        .iter()
        .flat_map(|timeline| {
            let ends = timeline.periods().iter().map(|period| period.last_day);
            ends.chain([before(timeline)])
        })
        .collect();
    ends.sort_unstable();
    ends.dedup();
    let divides_none = |end: &Date| {
        timelines.iter().all(|timeline| {
            let inside = before(timeline) < *end && *end < timeline.end();
            let periods = timeline.periods();
            !inside
                || periods
                    .binary_search_by_key(end, |period| period.last_day)
                    .is_ok()
        })
    };
    ends.retain(divides_none);
    let pairs = ends.windows(2);
    pairs
        .map(|pair| Span {
            first_day: pair[0].add_days(1),
            last_day: pair[1],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Step;

    fn day(year: i16, month: i8, day: i8) -> Date {
        Date::new(year, month, day).unwrap()
    }

    fn ends(timelines: &[&Timeline]) -> Vec<Date> {
        common_spans(timelines).iter().map(|s| s.last_day).collect()
    }

    #[test]
    fn unlike_steps_meet_in_the_longer() {
        let months = Timeline::new(day(2026, 1, 1), day(2026, 12, 31), Step::Month).unwrap();
        let quarters = Timeline::new(day(2026, 1, 1), day(2026, 6, 30), Step::Quarter).unwrap();
        assert_eq!(ends(&[&months]).len(), 12);
        // Quarters as far as both go, then months.
        let found = ends(&[&months, &quarters]);
        assert_eq!(found.len(), 8);
        assert_eq!(
            found[..3],
            [day(2026, 3, 31), day(2026, 6, 30), day(2026, 7, 31)]
        );
    }

    #[test]
    fn what_lies_before_a_later_start_has_spans_too() {
        let early = Timeline::new(day(2025, 11, 1), day(2026, 2, 28), Step::Month).unwrap();
        let late = Timeline::new(day(2026, 1, 1), day(2026, 3, 31), Step::Month).unwrap();
        let found = common_spans(&[&early, &late]);
        assert_eq!(found.len(), 5);
        assert_eq!(found[0].first_day, day(2025, 11, 1));
        assert_eq!(found[4].last_day, day(2026, 3, 31));
        assert!(
            found
                .array_windows()
                .all(|[a, b]| a.last_day.add_days(1) == b.first_day)
        );
    }

    #[test]
    fn a_year_that_begins_in_july_meets_months_only_there() {
        let months = Timeline::new(day(2026, 1, 1), day(2027, 12, 31), Step::Month).unwrap();
        let years = Timeline::new(day(2026, 7, 1), day(2028, 6, 30), Step::Year).unwrap();
        let found = ends(&[&months, &years]);
        assert_eq!(
            found[5..],
            [day(2026, 6, 30), day(2027, 6, 30), day(2028, 6, 30)]
        );
    }
}
