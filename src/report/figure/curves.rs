//! The numbers of a fan, made fit to draw.

use super::calendar::Calendar;
use super::data::{Fan, Stands};
use super::sheet::{Panel, Rect};

/// Values beyond this magnitude are drawn as this.
const LARGEST: f64 = 1e100;

/// The curves of a fan over one axis of days: all of one length, all finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// Where the points lie: two for each date where curves are steps.
    pub days: Vec<f64>,
    /// Points for each date.
    each: usize,
    /// Percentile and values, ascending.
    pub percentiles: Vec<(f64, Vec<f64>)>,
    /// The mean.
    pub mean: Vec<f64>,
    /// The reference curve.
    pub reference: Option<Vec<f64>>,
    /// What was reported: first and last day, and the figure.
    pub reported: Vec<(f64, f64, f64)>,
}

impl Curves {
    /// The curves of a fan and their axis; `None` without dates.
    pub fn new(fan: &Fan) -> Option<(Calendar, Self)> {
        let reported = fan.reported.iter();
        let reported = reported.filter(|stretch| stretch.value.is_finite());
        let earliest = reported.clone().map(|stretch| stretch.first_day).min();
        let last = fan.dates.last()?;
        let simulated = Calendar::new(fan.start, (*last).max(fan.start));
        let calendar = earliest.map_or(simulated, |day| simulated.begun_on(day));
        let mut days: Vec<f64> = fan
            .dates
            .iter()
            .map(|&date| calendar.end_of(date))
            .collect();
        let count = days.len();
        // A single point has no line: it is drawn as its whole period.
        let each = match fan.stands {
            Stands::OverAll => 2,
            _ if count == 1 => 2,
            _ => 1,
        };
        let starts = std::iter::once(calendar.days() - simulated.days()).chain(days.clone());
        let stretches = starts.zip(&days);
        days = match (each, fan.stands) {
            (2, _) => stretches.flat_map(|(from, to)| [from, *to]).collect(),
            (_, Stands::InMiddle) => stretches
                .map(|(from, to)| f64::midpoint(from, *to))
                .collect(),
            _ => days,
        };
        let fit = |values: &[f64]| -> Vec<f64> {
            let fitted = finite(values, count).into_iter();
            fitted.flat_map(|value| vec![value; each]).collect()
        };
        let mut percentiles: Vec<(f64, Vec<f64>)> = fan
            .percentiles
            .iter()
            .map(|curve| (curve.percentile, fit(&curve.values)))
            .collect();
        percentiles.sort_by(|a, b| a.0.total_cmp(&b.0));
        let curves = Self {
            days,
            each,
            percentiles,
            mean: fit(&fan.mean),
            reference: fan.reference.as_ref().map(|curve| fit(&curve.values)),
            reported: reported
                .map(|stretch| {
                    (
                        calendar.start_of(stretch.first_day),
                        calendar.end_of(stretch.last_day),
                        stretch.value.clamp(-LARGEST, LARGEST),
                    )
                })
                .collect(),
        };
        Some((calendar, curves))
    }

    /// The day in whose place a point's value is shown: a step's middle.
    pub fn middle(&self, point: usize) -> f64 {
        let first = point - point % self.each;
        f64::midpoint(self.days[first], self.days[first + self.each - 1])
    }

    /// The point of a date, and where the days begin that it alone is for, if they do.
    pub fn of_date(&self, date: usize) -> (usize, Option<f64>) {
        let last = self.each * (date + 1) - 1;
        (last, (self.each == 2).then(|| self.days[last - 1]))
    }

    /// Every value.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        let percentiles = self.percentiles.iter().flat_map(|(_, values)| values);
        let reference = self.reference.iter().flatten();
        let reported = self.reported.iter().map(|(_, _, value)| value);
        let curves = percentiles.chain(&self.mean).chain(reference);
        curves.chain(reported).copied()
    }

    /// The largest magnitude.
    pub fn largest(&self) -> f64 {
        self.values()
            .fold(0.0, |largest, value| largest.max(value.abs()))
    }

    /// All values times a factor.
    pub fn scaled(mut self, factor: f64) -> Self {
        let percentiles = self.percentiles.iter_mut().flat_map(|(_, values)| values);
        let reference = self.reference.iter_mut().flatten();
        let reported = self.reported.iter_mut().map(|(_, _, value)| value);
        let curves = percentiles.chain(&mut self.mean).chain(reference);
        for value in curves.chain(reported) {
            *value *= factor;
        }
        self
    }

    /// The median, if asked for.
    pub fn median(&self) -> Option<&[f64]> {
        self.percentiles
            .iter()
            .find(|(percentile, _)| *percentile == 50.0)
            .map(|(_, values)| values.as_slice())
    }

    /// Pairs of percentiles symmetric about the median, from the outermost in.
    pub fn bands(&self) -> Vec<(&[f64], &[f64])> {
        let percentiles: Vec<f64> = self.percentiles.iter().map(|(p, _)| *p).collect();
        let curve = |at: usize| self.percentiles[at].1.as_slice();
        let pairs = pairs(&percentiles).into_iter();
        pairs
            .map(|(lower, upper)| (curve(lower), curve(upper)))
            .collect()
    }

    /// A curve as points of the panel.
    pub fn points<'c>(&'c self, values: &'c [f64]) -> impl Iterator<Item = (f64, f64)> + 'c {
        self.days.iter().copied().zip(values.iter().copied())
    }

    /// Whether neither a curve nor the band between the outermost ones enters a
    /// rectangle of the sheet.
    pub fn leave_free(&self, panel: &Panel<'_>, rect: Rect) -> bool {
        let all: Vec<&[f64]> = self
            .percentiles
            .iter()
            .map(|(_, values)| values.as_slice())
            .collect();
        let band = all.iter().flat_map(|values| values.iter().enumerate());
        let mut extremes: Vec<Option<(f64, f64)>> = vec![None; self.days.len()];
        for (i, &value) in band {
            let (low, high) = extremes[i].unwrap_or((value, value));
            extremes[i] = Some((low.min(value), high.max(value)));
        }
        let single = |values: &[f64]| values.iter().map(|&value| Some((value, value))).collect();
        let mean: Vec<_> = single(&self.mean);
        let reference: Vec<_> = self.reference.as_deref().map(single).unwrap_or_default();
        [extremes, mean, reference].iter().all(|shape| {
            let points: Vec<(f64, f64, f64)> = self
                .days
                .iter()
                .zip(shape)
                .filter_map(|(&day, extent)| {
                    let (low, high) = (*extent)?;
                    let (x, bottom) = panel.place((day, low));
                    Some((x, bottom, panel.y(high)))
                })
                .collect();
            let touches = |&[a, b]: &[(f64, f64, f64); 2]| {
                let beside = b.0 < rect.left || a.0 > rect.right;
                let below = a.2.min(b.2) > rect.bottom;
                let above = a.1.max(b.1) < rect.top;
                !(beside || below || above)
            };
            !points.array_windows().any(touches)
        })
    }
}

/// Positions of percentiles, ascending, that lie symmetric about the median, from the
/// outermost pair in.
pub fn pairs(percentiles: &[f64]) -> Vec<(usize, usize)> {
    const SAME: f64 = 1e-9;
    let lower = percentiles.iter().enumerate();
    lower
        .filter(|(_, percentile)| **percentile < 50.0)
        .filter_map(|(lower, percentile)| {
            let opposite = |other: &f64| (other - (100.0 - percentile)).abs() < SAME;
            Some((lower, percentiles.iter().position(opposite)?))
        })
        .collect()
}

/// As many values as dates, each finite: a gap repeats the value before it.
fn finite(values: &[f64], count: usize) -> Vec<f64> {
    let mut last = 0.0;
    (0..count)
        .map(|i| {
            if let Some(value) = values.get(i).filter(|value| !value.is_nan()) {
                last = value.clamp(-LARGEST, LARGEST);
            }
            last
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_and_missing_values_are_filled() {
        assert_eq!(
            finite(&[1.0, f64::NAN, f64::INFINITY], 5),
            [1.0, 1.0, LARGEST, LARGEST, LARGEST]
        );
        assert_eq!(finite(&[], 2), [0.0, 0.0]);
    }

    #[test]
    fn bands_pair_symmetric_percentiles_only() {
        let curves = Curves {
            days: vec![1.0],
            each: 1,
            percentiles: [2.5, 10.0, 50.0, 90.0, 95.0]
                .map(|percentile| (percentile, vec![percentile]))
                .to_vec(),
            mean: vec![50.0],
            reference: None,
            reported: Vec::new(),
        };
        assert_eq!(curves.bands(), [([10.0].as_slice(), [90.0].as_slice())]);
        assert_eq!(curves.median(), Some([50.0].as_slice()));
    }
}
