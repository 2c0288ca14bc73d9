//! Scalars of a model that are either known or drawn once per path.

use serde::{Deserialize, Serialize};

use super::Distribution;

/// Paths that are computed side by side: the width of one row of the engine.
pub const LANES: usize = 64;

/// One number for each of [`LANES`] paths.
pub type Lanes = [f64; LANES];

/// An uncertain input: a named scalar drawn once per path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// The key it stands at in the scenario, which also names its random stream.
    pub name: String,
    /// Its distribution.
    pub distribution: Distribution,
    /// How it depends on the inputs before it, by a Gaussian copula: its normal
    /// score is the sum of these weights times the independent normals of the
    /// inputs at these positions, its own last. Empty for an independent input.
    pub loadings: Vec<(usize, f64)>,
}

impl Input {
    /// An input independent of all others.
    pub fn new(name: String, distribution: Distribution) -> Self {
        Self {
            name,
            distribution,
            loadings: Vec::new(),
        }
    }
}

/// A scalar parameter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Parameter {
    /// The same on every path.
    Fixed(f64),
    /// Drawn once per path: the position among the scenario's inputs.
    Uncertain(usize),
}

impl Parameter {
    /// Its value on each path of a row, given the drawn inputs.
    #[inline(always)]
    pub fn lanes<const N: usize>(self, inputs: &[[f64; N]]) -> [f64; N] {
        match self {
            Self::Fixed(value) => [value; N],
            Self::Uncertain(i) => inputs[i],
        }
    }

    /// Its value on one path of a row.
    #[inline(always)]
    pub fn lane<const N: usize>(self, inputs: &[[f64; N]], lane: usize) -> f64 {
        match self {
            Self::Fixed(value) => value,
            Self::Uncertain(i) => inputs[i][lane],
        }
    }

    /// Its value where every input takes the value given.
    pub fn at(self, inputs: &[f64]) -> f64 {
        match self {
            Self::Fixed(value) => value,
            Self::Uncertain(i) => inputs[i],
        }
    }

    /// The number, if it is the same on every path.
    pub fn fixed(self) -> Option<f64> {
        match self {
            Self::Fixed(value) => Some(value),
            Self::Uncertain(_) => None,
        }
    }
}
