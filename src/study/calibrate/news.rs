//! How news moves forecasts: covariances between the changes of forecast figures.

use crate::math::{exp, ln};
use crate::units::Date;

/// Steps of the sums over time in a year.
const STEPS: f64 = 24.0;

/// A change of the figure for a year between two dates.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastChange {
    /// Who forecast.
    pub forecaster: String,
    /// The year forecast.
    pub year: i16,
    /// When the earlier figure was made.
    pub from: Date,
    /// When the later one was made; the end of the year where it is the outcome.
    pub to: Date,
    /// Whether the later figure is what was reported of the year.
    pub is_outcome: bool,
    /// ln(later / earlier).
    pub log: f64,
}

impl ForecastChange {
    /// Years from the earlier figure to the middle of the year forecast.
    pub fn horizon(&self) -> f64 {
        f64::from(self.year) + 0.5 - clock(self.from)
    }
}

/// Years on a clock on which every year begins at its number.
pub fn clock(day: Date) -> f64 {
    let start = Date::new(day.year(), 1, 1).expect("every year has a first day");
    f64::from(day.year()) + day.years_since(start)
}

/// What news at one time does to the log revenue of a later year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum News {
    /// It moves all later revenue alike: a random walk of log revenue.
    Level,
    /// It moves all later growth alike.
    Growth,
    /// It fades: what is left of it after a year.
    Fading(f64),
}

impl News {
    /// The move of the log revenue of a year by news of size 1 at a time. News of the
    /// year itself moves only the part of it that is left.
    fn exposure(self, time: f64, year: f64) -> f64 {
        let gone = (time - year).clamp(0.0, 1.0);
        let left = 1.0 - gone;
        // From the news to the middle of what is left.
        let ahead = (year - time).max(0.0) + 0.5 * left;
        match self {
            Self::Level => left,
            Self::Growth => left * ahead,
            Self::Fading(kept) => left * exp(ln(kept) * ahead),
        }
    }

    /// The covariance of two changes from news of variance 1 a year.
    pub fn covariance(self, a: &ForecastChange, b: &ForecastChange) -> f64 {
        let from = clock(a.from.max(b.from));
        let to = clock(a.to.min(b.to));
        if to <= from {
            return 0.0;
        }
        let steps = ((to - from) * STEPS).ceil();
        let step = (to - from) / steps;
        let (year, other) = (f64::from(a.year), f64::from(b.year));
        (0..steps as usize)
            .map(|k| {
                let time = from + (k as f64 + 0.5) * step;
                self.exposure(time, year) * self.exposure(time, other) * step
            })
            .sum()
    }
}

/// The covariance of two changes from independent errors of variance 1 of each figure
/// forecast (`alone`), or of each set of figures made at one time.
pub fn figure_covariance(a: &ForecastChange, b: &ForecastChange, alone: bool) -> f64 {
    if a.forecaster != b.forecaster || (alone && a.year != b.year) {
        return 0.0;
    }
    let ends = |change: &ForecastChange| {
        let later = (!change.is_outcome).then_some((change.to, 1.0));
        [Some((change.from, -1.0)), later].into_iter().flatten()
    };
    let products = ends(a).flat_map(|(day, sign)| {
        ends(b).map(move |(other, its)| if day == other { sign * its } else { 0.0 })
    });
    products.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(year: i16, from: (i16, i8), to: (i16, i8), is_outcome: bool) -> ForecastChange {
        let day = |(year, month)| Date::new(year, month, 1).unwrap();
        ForecastChange {
            forecaster: String::new(),
            year,
            from: day(from),
            to: day(to),
            is_outcome,
            log: 0.0,
        }
    }

    #[test]
    fn the_variance_of_a_year_is_that_of_its_average() {
        // From the start of the year forecast to its end: ∫(1 − q)² = 1/3.
        let within = change(2026, (2026, 1), (2027, 1), true);
        assert!((News::Level.covariance(&within, &within) - 1.0 / 3.0).abs() < 3e-4);
        // Two years before: two more; of growth ∫(2.5 − u)² over two years.
        let before = change(2026, (2024, 1), (2026, 1), false);
        assert!((News::Level.covariance(&before, &before) - 2.0).abs() < 1e-12);
        let growth = (2.5_f64.powi(3) - 0.5_f64.powi(3)) / 3.0;
        assert!((News::Growth.covariance(&before, &before) - growth).abs() < 1e-3);
        assert_eq!(News::Growth.covariance(&before, &within), 0.0);
        // News that does not fade is a random walk.
        let fading = News::Fading(1.0).covariance(&before, &before);
        assert!((fading - 2.0).abs() < 1e-12);
    }

    #[test]
    fn changes_share_the_figures_between_them() {
        let first = change(2026, (2024, 1), (2025, 1), false);
        let second = change(2026, (2025, 1), (2027, 1), true);
        let other = change(2027, (2024, 1), (2025, 1), false);
        assert_eq!(figure_covariance(&first, &first, true), 2.0);
        assert_eq!(figure_covariance(&first, &second, true), -1.0);
        assert_eq!(figure_covariance(&second, &second, true), 1.0);
        assert_eq!(figure_covariance(&first, &other, true), 0.0);
        assert_eq!(figure_covariance(&first, &other, false), 2.0);
    }
}
