//! Points spread evenly over a unit cube: designs of many uncertain keys.

use rand::Rng;

use crate::simulate::sample::sobol::{MAX_DIMENSIONS, Scramble, Sobol};
use crate::simulate::sample::streams::Streams;
use crate::units::{LANES, worded};

worded! {
    /// How the points of a design are spread: a Latin hypercube has, in every dimension, one
    /// point in each of as many equal strips as there are points, at random within it (McKay,
    /// Beckman and Conover 1979); Sobol points are even in all dimensions together as well.
    pub enum Spread {
        /// One case in each of N equal strips of every range
        LatinHypercube = "latin-hypercube",
        /// Scrambled Sobol points
        Sobol = "sobol",
    }
}

impl Spread {
    /// The most dimensions of a design.
    pub const MOST_DIMENSIONS: usize = MAX_DIMENSIONS;

    /// `count` points, each with `dimensions` coordinates in [0, 1); the same for
    /// the same seed.
    ///
    /// # Panics
    /// Beyond [`MOST_DIMENSIONS`](Self::MOST_DIMENSIONS) or 2³¹ points.
    ///
    /// ```
    /// use capbind_engine::simulate::Spread;
    ///
    /// let points = Spread::LatinHypercube.points(10, 3, 1);
    /// let mut first: Vec<f64> = points.iter().map(|point| point[0]).collect();
    /// first.sort_by(f64::total_cmp);
    /// // One point in each tenth.
    /// assert!(first.iter().enumerate().all(|(i, x)| (x * 10.0) as usize == i));
    /// ```
    pub fn points(self, count: usize, dimensions: usize, seed: u64) -> Vec<Vec<f64>> {
        let streams = Streams::new(seed);
        let columns: Vec<Vec<f64>> = match self {
            Self::LatinHypercube => (0..dimensions as u64)
                .map(|d| latin(count, &mut streams.generator("latin hypercube", d)))
                .collect(),
            Self::Sobol => {
                let sobol = Sobol::new(dimensions);
                let mut generator = streams.generator("sobol design", 0);
                (0..dimensions)
                    .map(|d| {
                        let scramble = Scramble::new(generator.next_u64());
                        let rows = (0..count).step_by(LANES).flat_map(|first| {
                            let mut row = [0.0; LANES];
                            sobol.fill(d, first as u32, scramble, &mut row);
                            row.map(f64::to_bits)
                        });
                        rows.take(count).map(unit).collect()
                    })
                    .collect()
            }
        };
        let point = |i: usize| columns.iter().map(|column| column[i]).collect();
        (0..count).map(point).collect()
    }
}

fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// A random number in each of `count` strips, in random order.
fn latin(count: usize, generator: &mut impl Rng) -> Vec<f64> {
    let mut strips: Vec<usize> = (0..count).collect();
    for i in (1..count).rev() {
        let wide = u128::from(generator.next_u64()) * (i as u128 + 1);
        strips.swap(i, (wide >> 64) as usize);
    }
    let place = |strip: usize, bits| ((strip as f64 + unit(bits)) / count as f64).min(1.0 - 1e-16);
    strips
        .into_iter()
        .map(|strip| place(strip, generator.next_u64()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strip_of_every_dimension_holds_a_point() {
        for (design, count) in [(Spread::LatinHypercube, 37), (Spread::Sobol, 64)] {
            let points = design.points(count, 5, 3);
            assert_eq!(points.len(), count);
            for d in 0..5 {
                let mut strips: Vec<usize> = points
                    .iter()
                    .map(|p| (p[d] * count as f64) as usize)
                    .collect();
                strips.sort_unstable();
                assert!(strips.iter().enumerate().all(|(i, strip)| i == *strip));
            }
            assert_eq!(points, design.points(count, 5, 3));
            assert_ne!(points, design.points(count, 5, 4));
        }
    }
}
