//! How probabilities are written, and how far they are known: what happened on every
//! path, or on none, is said so and bounded, never called certain.

use super::text::error_text;
use crate::stats::{Estimate, MeanEstimate};
use crate::units::decimals_for;

/// Confidence level of every interval and bound.
pub(super) const LEVEL: f64 = 0.95;

/// Probabilities are sums of shares: this close to 0 or 1 they are that.
const ROUNDING: f64 = 1e-12;

/// Whether a probability is that of no path, or of all of them.
pub(super) fn is_none(probability: f64) -> bool {
    probability <= ROUNDING
}

/// The same of all paths.
pub(super) fn is_all(probability: f64) -> bool {
    probability >= 1.0 - ROUNDING
}

/// `86.0 % of futures`, with as many digits as keep it apart from none and all.
pub(super) fn share_of_futures(probability: f64) -> String {
    match probability {
        p if is_none(p) => "no simulated future".to_owned(),
        p if is_all(p) => "every simulated future".to_owned(),
        p => format!("{} of futures", percent(p)),
    }
}

/// A probability in percent: `86.0 %`, `0.31 %`, `99.98 %`; `none` and `all` of the
/// paths where it is that.
pub(super) fn percent(probability: f64) -> String {
    match digits(probability, 1) {
        Some(digits) => format!("{digits}\u{a0}%"),
        None if is_none(probability) => "none".to_owned(),
        None => "all".to_owned(),
    }
}

/// The digits of a probability in percent, at least so many decimals of them and
/// enough to keep it apart from 0 and 100; `None` where it is 0 or 1.
pub(super) fn digits(probability: f64, least: usize) -> Option<String> {
    if is_none(probability) || is_all(probability) {
        return None;
    }
    let nearest_end = probability.min(1.0 - probability) * 100.0;
    let decimals = decimals_for(nearest_end, 2).clamp(least, 10);
    Some(format!("{:.decimals$}", probability * 100.0))
}

/// How far a probability is known: `±0.12 pts`; of what happened on every path or on
/// none, a bound: `at least 99.995 % with 95 % confidence`.
pub(super) fn known(estimate: &Estimate) -> String {
    match bound(estimate.mean, estimate.count) {
        Some(bound) => format!("{bound} with {}\u{a0}% confidence", 100.0 * LEVEL),
        None => format!("\u{b1}{}", points(estimate.std_error)),
    }
}

/// `at least 99.995 %` of what happened on all of `paths` paths, `at most 0.0046 %` of
/// what happened on none; else `None`.
pub(super) fn bound(probability: f64, paths: f64) -> Option<String> {
    let (low, high) = interval(probability, paths);
    if is_none(probability) {
        Some(format!("at most {}", percent(high)))
    } else if is_all(probability) {
        Some(format!("at least {}", percent(low)))
    } else {
        None
    }
}

/// The error of a probability in percent, for a column of its own: `0.12`; of what
/// happened on every path or on none, how far from there it may be: `<0.0046`.
pub(super) fn error_in_percent(probability: f64, std_error: f64, paths: f64) -> String {
    if is_none(probability) || is_all(probability) {
        let (low, high) = interval(probability, paths);
        format!("<{}", error_text(100.0 * (high - low)))
    } else {
        error_text(100.0 * std_error)
    }
}

/// The interval of what happened on every path, or on none.
fn interval(probability: f64, paths: f64) -> (f64, f64) {
    let exact = MeanEstimate {
        mean: probability,
        std_error: 0.0,
        skewness: 0.0,
        degrees: f64::INFINITY,
    };
    exact.probability_interval(paths, LEVEL)
}

/// A standard error of a probability in percentage points.
pub(super) fn points(error: f64) -> String {
    format!("{}\u{a0}pts", error_text(error * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_rounds_to_certainty() {
        for (probability, text) in [
            (0.86, "86.0\u{a0}%"),
            (0.0031, "0.31\u{a0}%"),
            (1.0 - 7.6e-7, "99.999924\u{a0}%"),
            (1.0 - 1e-9, "99.999999900\u{a0}%"),
            (1e-9, "0.00000010\u{a0}%"),
            (1.0 - f64::EPSILON, "all"),
            (1.0, "all"),
            (0.0, "none"),
        ] {
            assert_eq!(percent(probability), text);
        }
    }

    #[test]
    fn what_every_path_says_has_a_bound() {
        let of = |hits: u64| {
            let replicates = [hits; 16].into_iter();
            Estimate::of_probability(replicates, 4096)
        };
        let (all, none) = (known(&of(4096)), known(&of(0)));
        assert_eq!(all, "at least 99.9954\u{a0}% with 95\u{a0}% confidence");
        assert_eq!(none, "at most 0.0046\u{a0}% with 95\u{a0}% confidence");
        assert_eq!(error_in_percent(1.0, 0.0, 65536.0), "<0.005");
    }
}
