//! Draws beside the main ones: uniform numbers for events, and inputs tied
//! together by a Gaussian copula.
//!
//! A number here is a coordinate of its path, not the next of a stream: whoever needs a
//! count of jumps, a day or a choice inverts its distribution at it. So a path can be drawn
//! again alone, keeps its luck when a parameter moves (an intensity a little higher brings
//! the same jumps and perhaps one more, where a sampler by rejection would bring others),
//! and paired differences stay small. What only needs a stream is drawn with `rand_distr`.

use crate::math::fma;
use crate::simulate::sample::philox;
use crate::units::{Input, LANES, Lanes, unit_interval};

/// Fills rows with uniform numbers in (0, 1) for each of some paths.
#[inline(always)]
pub fn fill(key: u64, paths: &[u64; LANES], events: &mut [Lanes]) {
    for (index, rows) in events.chunks_mut(2).enumerate() {
        let pair = philox::pair(key, paths, index as u64);
        for (bits, row) in pair.iter().zip(rows) {
            for l in 0..LANES {
                row[l] = unit_interval(bits[l]);
            }
        }
    }
}

/// Turns the independent normals that stand in the rows of correlated inputs into
/// the inputs' values.
#[inline(always)]
pub fn correlate(inputs: &[Input], rows: &mut [Lanes]) {
    // From the last to the first: an input takes the normals of those before it.
    for (i, input) in inputs.iter().enumerate().rev() {
        if input.loadings.is_empty() {
            continue;
        }
        let mut score = [0.0; LANES];
        for (j, weight) in &input.loadings {
            for l in 0..LANES {
                score[l] = fma(*weight, rows[*j][l], score[l]);
            }
        }
        for l in 0..LANES {
            rows[i][l] = input.distribution.at_normal(score[l]);
        }
    }
}
