//! Control variates of lines: linear and quadratic functions of the leading coordinates
//! that are left, whose mean is known to be 0.
//!
//! What a line contributes is smooth, and in the leading coordinates nearly quadratic.
//! Scrambled points integrate just such functions less well than bounded ones, because
//! the outermost points stand for unbounded tails; so how far a replicate's means of the
//! functions are from 0 is known and taken off. The coefficients are differences of the
//! contributions of a few lines around the centre. They are constants: whatever they are,
//! estimates stay unbiased.

use std::ops::Range;

use crate::math::kernel;
use crate::units::Lanes;

/// The most coordinates.
pub const COORDINATES: usize = 6;

/// How far from the centre lines lie: the nodes of Gauss and Hermite's rule of three.
const DISTANCE: f64 = 1.732_050_807_568_877_2;

/// Coordinates of the lines around the centre: the centre, a step either way along each
/// of `count` coordinates, then the four corners of each pair of them.
pub fn around_centre(count: usize) -> Vec<[f64; COORDINATES]> {
    let at = |moved: &[(usize, f64)]| {
        let mut line = [0.0; COORDINATES];
        for (coordinate, side) in moved {
            line[*coordinate] = side * DISTANCE;
        }
        line
    };
    let mut lines = vec![at(&[])];
    for i in 0..count {
        lines.extend([1.0, -1.0].map(|side| at(&[(i, side)])));
    }
    for (i, j) in pairs(count) {
        let corners = [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)];
        lines.extend(corners.map(|(a, b)| at(&[(i, a), (j, b)])));
    }
    lines
}

/// How many they are.
pub fn lines_around(count: usize) -> usize {
    1 + 2 * count * count
}

kernel! {
    /// Adds what lines contribute by their weights; what has no bound, as what may be paid
    /// without a cap, does not differ between lines.
    pub fn add_finite(lines: &[Vec<f64>], weights: &[f64], means: &mut [f64]) {
        for (line, weight) in lines.iter().zip(weights) {
            for (mean, value) in means.iter_mut().zip(line) {
                let more = weight * value;
                *mean += if value.is_finite() { more } else { 0.0 };
            }
        }
    }
}

fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |i| (i + 1..count).map(move |j| (i, j)))
}

/// Sums of the leading coordinates of a replicate's points, of their squares and of
/// their products.
#[derive(Clone, Debug)]
pub struct Moments {
    count: usize,
    first: [f64; COORDINATES],
    second: [[f64; COORDINATES]; COORDINATES],
}

impl Moments {
    /// Those of no points, of so many coordinates.
    pub fn new(count: usize) -> Self {
        Self {
            count,
            first: [0.0; COORDINATES],
            second: [[0.0; COORDINATES]; COORDINATES],
        }
    }

    /// Adds the points of some lanes.
    pub fn add(&mut self, leading: &[Lanes; COORDINATES], lanes: Range<usize>) {
        for i in 0..self.count {
            let a = &leading[i][lanes.clone()];
            self.first[i] += a.iter().sum::<f64>();
            for (j, other) in leading.iter().enumerate().take(i + 1) {
                let products = a.iter().zip(&other[lanes.clone()]).map(|(a, b)| a * b);
                self.second[j][i] += products.sum::<f64>();
            }
        }
    }

    /// The weights of the [lines around the centre](around_centre) in what is to be added
    /// to the means over so many points.
    pub fn weights(&self, points: f64) -> Vec<f64> {
        let square = DISTANCE * DISTANCE;
        let mut weights = vec![0.0];
        for i in 0..self.count {
            let along = self.first[i] / points / (2.0 * DISTANCE);
            let beyond = (self.second[i][i] / points - 1.0) / (2.0 * square);
            weights[0] += 2.0 * beyond;
            weights.extend([-beyond - along, -beyond + along]);
        }
        for (i, j) in pairs(self.count) {
            let product = self.second[i][j] / points / (4.0 * square);
            weights.extend([-product, product, product, -product]);
        }
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::LANES;

    /// Of a quadratic function nothing is left of what the points get wrong.
    #[test]
    fn quadratic_functions_are_integrated_exactly() {
        let function = |x: &[f64; COORDINATES]| {
            let [a, b, c, ..] = *x;
            3.0 + a - 2.0 * b + 0.5 * a * a - 1.5 * c * c + 0.7 * a * b - 0.2 * b * c
        };
        let mean = 3.0 + 0.5 - 1.5;
        let mut leading = [[0.0; LANES]; COORDINATES];
        for (i, row) in leading.iter_mut().enumerate() {
            for (l, x) in row.iter_mut().enumerate() {
                *x = ((i + 2) * (l + 1) % 17) as f64 / 8.0 - 1.1;
            }
        }
        let used = 50;
        let mut moments = Moments::new(3);
        moments.add(&leading, 0..used);
        let point = |l: usize| std::array::from_fn(|i| leading[i][l]);
        let plain: f64 = (0..used).map(|l| function(&point(l))).sum::<f64>() / used as f64;
        let lines = around_centre(3);
        let weights = moments.weights(used as f64);
        assert_eq!((lines.len(), weights.len()), (lines_around(3), 19));
        let added: f64 = lines
            .iter()
            .zip(weights)
            .map(|(x, w)| w * function(x))
            .sum();
        assert!((plain - mean).abs() > 0.1);
        assert!((plain + added - mean).abs() < 1e-12, "{}", plain + added);
    }
}
