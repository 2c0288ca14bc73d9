//! Paths of models that have learned, for the tests of those.

use super::Random;
use crate::math::inverse_normal_cdf_from_bits;
use crate::revenue::{Model, Reported};
use crate::units::{Date, LANES, Lanes, Step, Timeline};

/// The years of the timeline.
pub const PERIODS: usize = 3;

pub fn timeline() -> Timeline {
    let day = |year, month, day| Date::new(year, month, day).unwrap();
    Timeline::new(day(2026, 1, 1), day(2028, 12, 31), Step::Year).unwrap()
}

pub fn figure(segment: Option<usize>, period: usize, revenue: f64, error: f64) -> Reported {
    Reported {
        periods: period..period + 1,
        revenue,
        error,
        segment,
    }
}

/// All rows of revenue on paths of a model that takes so many inputs, each 0; its last event
/// even over the futures.
pub fn paths(model: &Model, inputs: usize, strips: usize) -> Vec<Vec<f64>> {
    let mut random = Random(7);
    let mut revenue = vec![[0.0; LANES]; model.rows(PERIODS)];
    let mut all = vec![Vec::new(); PERIODS * (1 + model.segments().len())];
    for _ in 0..strips {
        let mut draws: Vec<Lanes> = vec![[0.0; LANES]; model.draws()];
        for (i, row) in draws.iter_mut().enumerate() {
            for value in row {
                *value = match i < model.shocks() {
                    true => inverse_normal_cdf_from_bits(random.bits()),
                    false => random.next(),
                };
            }
        }
        model.generate(&vec![[0.0; LANES]; inputs], &draws, &mut revenue);
        for (all, row) in all.iter_mut().zip(&revenue) {
            all.extend_from_slice(row);
        }
    }
    all
}

/// Mean and deviation of numbers.
pub fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let square = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
    (mean, (square / count).sqrt())
}
