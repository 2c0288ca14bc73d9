//! Volatility that is one number, or changes at given dates.

use serde::{Deserialize, Serialize};

use crate::units::Parameter;

/// Volatility of log revenue, per square root of a year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Volatility {
    /// The same throughout.
    Constant(Parameter),
    /// Changes at times in years from the timeline's start, ascending; the first
    /// value also holds before its time. Never empty.
    Steps(Vec<(f64, f64)>),
}

impl From<Parameter> for Volatility {
    fn from(constant: Parameter) -> Self {
        Self::Constant(constant)
    }
}

impl Volatility {
    /// The factor that is the same at all times: the volatility itself where it
    /// is constant, 1 where it has steps.
    pub(super) fn scale(&self) -> Parameter {
        match self {
            Self::Constant(volatility) => *volatility,
            Self::Steps(_) => Parameter::Fixed(1.0),
        }
    }

    /// The mean square of what [`scale`](Self::scale) leaves, from time `from` to
    /// `to`: 1 where the volatility is constant.
    pub(super) fn mean_square(&self, from: f64, to: f64) -> f64 {
        let Self::Steps(steps) = self else {
            return 1.0;
        };
        let ends = steps[1..].iter().map(|(start, _)| *start);
        let mut begin = f64::NEG_INFINITY;
        let mut integral = 0.0;
        for ((_, volatility), end) in steps.iter().zip(ends.chain([f64::INFINITY])) {
            let overlap = (end.min(to) - begin.max(from)).max(0.0);
            integral += volatility * volatility * overlap;
            begin = end;
        }
        if to > from {
            integral / (to - from)
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_averaged_over_the_stretch() {
        let steps = Volatility::Steps(vec![(0.0, 0.1), (1.0, 0.2), (2.0, 0.4)]);
        let close = |a: f64, b: f64| (a - b).abs() < 1e-15;
        assert!(close(steps.mean_square(-1.0, 1.0), 0.01));
        assert!(close(steps.mean_square(0.5, 1.5), 0.5 * 0.01 + 0.5 * 0.04));
        assert!(close(steps.mean_square(3.0, 5.0), 0.16));
        assert_eq!(steps.mean_square(1.0, 1.0), 0.0);
        let constant = Volatility::Constant(Parameter::Fixed(0.3));
        assert_eq!(constant.mean_square(0.2, 0.7), 1.0);
    }
}
