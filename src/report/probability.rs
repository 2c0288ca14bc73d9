//! How probabilities are written, and how far they are known: what happened on every
//! path, or on none, is said so and bounded, never called certain.

use super::text::error_text;
use crate::stats::{Estimate, MeanEstimate};
use crate::units::decimals_for;

/// Confidence level of every interval and bound.
pub(super) const LEVEL: f64 = 0.95;

/// Probabilities are sums of shares: this close to 0 or 1 they are that.
const ROUNDING: f64 = 1e-12;

/// Beyond these a probability is told apart from 0 and 1 and no more.
const TOLD: (f64, f64) = (0.001, 0.999);

/// Whether a probability is that of no path, or of all of them.
pub(super) fn is_none(probability: f64) -> bool {
    probability <= ROUNDING
}

/// The same of all paths.
pub(super) fn is_all(probability: f64) -> bool {
    probability >= 1.0 - ROUNDING
}

/// A probability in words that never claim certainty for less: `86 %`, `0.3 %`,
/// `< 0.1 %`, `> 99.9 %`. A scenario's judgements are not worth more digits.
pub(super) fn rounded(probability: f64) -> String {
    // Probabilities are sums of floating-point shares.
    const ROUNDING: f64 = 1e-9;
    let p = if probability.is_nan() {
        0.0
    } else {
        probability
    };
    let text = if p <= ROUNDING {
        "0".to_owned()
    } else if p >= 1.0 - ROUNDING {
        "100".to_owned()
    } else if p < TOLD.0 {
        "<\u{a0}0.1".to_owned()
    } else if p > TOLD.1 {
        ">\u{a0}99.9".to_owned()
    } else {
        format!("{:.*}", rounded_decimals(p), p * 100.0)
    };
    format!("{text}\u{a0}%")
}

/// The decimals that [`rounded`] gives a percentage.
fn rounded_decimals(p: f64) -> usize {
    usize::from(!(0.0995..0.995).contains(&p))
}

/// The same of simulated outcomes: what all of them agree on is not certain, nor
/// impossible what none has.
pub(super) fn of_outcomes(probability: f64) -> String {
    if probability.is_nan() || is_none(probability) {
        "none".to_owned()
    } else if is_all(probability) {
        "all".to_owned()
    } else if probability < 0.5 {
        rounded(probability.max(1e-8))
    } else {
        rounded(probability.min(1.0 - 1e-8))
    }
}

/// The same in a column: `86.0 %`, and words where it would be 0 or 100.
#[cfg(feature = "charts")]
pub(super) fn of_outcomes_in_a_column(probability: f64) -> String {
    match (TOLD.0..=TOLD.1).contains(&probability) {
        true => format!("{:.1}\u{a0}%", 100.0 * probability),
        false => of_outcomes(probability),
    }
}

/// A probability in a sentence: `86 %`, `more than 99.9 %`.
pub(super) fn in_words(probability: f64) -> String {
    let text = rounded(probability);
    let text = text.replacen("<\u{a0}", "less than ", 1);
    text.replacen(">\u{a0}", "more than ", 1)
}

/// `86 % of simulated outcomes`, `more than 99.9 % of simulated outcomes`, `no simulated outcome`, `every simulated outcome`.
pub(super) fn share_of_outcomes(probability: f64) -> String {
    match probability {
        p if is_none(p) => "no simulated outcome".to_owned(),
        p if is_all(p) => "every simulated outcome".to_owned(),
        p => format!(
            "{} of simulated outcomes",
            in_words(p.clamp(1e-8, 1.0 - 1e-8))
        ),
    }
}

/// A probability in percent: `86.0 %`, `0.31 %`, `99.98 %`, `< 0.001 %`; `none` and `all` of
/// the paths where it is that.
pub(super) fn percent(probability: f64) -> String {
    /// What is nearer to 0 or 1 is told apart from it and no more.
    const LEAST: f64 = 1e-5;
    if probability < LEAST && !is_none(probability) {
        return "<\u{a0}0.001\u{a0}%".to_owned();
    }
    if probability > 1.0 - LEAST && !is_all(probability) {
        return ">\u{a0}99.999\u{a0}%".to_owned();
    }
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

/// The same where it shows in the probability as it is rounded for sentences: of what
/// happened on some paths, only if one standard error could change its last digit.
pub(super) fn known_if_it_shows(estimate: &Estimate) -> Option<String> {
    let certain = is_none(estimate.mean) || is_all(estimate.mean);
    let last_digit = 0.01 * 10_f64.powi(-(rounded_decimals(estimate.mean) as i32));
    (certain || estimate.std_error >= 0.5 * last_digit).then(|| known(estimate))
}

/// `at least 99.995 %` of what happened on all of `paths` paths, `at most 0.0046 %` of
/// what happened on none; else `None`.
pub(super) fn bound(probability: f64, paths: f64) -> Option<String> {
    let (low, high) = interval(probability, paths);
    // A bound on what is nearer to 0 or 1 than is told apart is that end itself.
    let bare = |text: String| text.trim_start_matches(['<', '>', '\u{a0}']).to_owned();
    if is_none(probability) {
        Some(format!("at most {}", bare(percent(high))))
    } else if is_all(probability) {
        Some(format!("at least {}", bare(percent(low))))
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
            (1.0 - 7.6e-5, "99.9924\u{a0}%"),
            (1.0 - 7.6e-7, ">\u{a0}99.999\u{a0}%"),
            (1e-9, "<\u{a0}0.001\u{a0}%"),
            (1.0 - f64::EPSILON, "all"),
            (1.0, "all"),
            (0.0, "none"),
        ] {
            assert_eq!(percent(probability), text);
        }
    }

    #[test]
    fn sentences_never_overstate() {
        assert_eq!(rounded(0.86), "86\u{a0}%");
        assert_eq!(rounded(0.0), "0\u{a0}%");
        assert_eq!(rounded(1.0), "100\u{a0}%");
        assert_eq!(rounded(0.9999), ">\u{a0}99.9\u{a0}%");
        assert_eq!(rounded(0.0001), "<\u{a0}0.1\u{a0}%");
        assert_eq!(rounded(0.034), "3.4\u{a0}%");
        assert_eq!(rounded(0.997), "99.7\u{a0}%");
        assert_eq!(of_outcomes(0.0), "none");
        assert_eq!(of_outcomes(1.0), "all");
        assert_eq!(of_outcomes(1e-10), "<\u{a0}0.1\u{a0}%");
        assert_eq!(of_outcomes(1.0 - 1e-10), ">\u{a0}99.9\u{a0}%");
        assert_eq!(of_outcomes(0.86), "86\u{a0}%");
    }

    #[test]
    fn errors_stand_in_sentences_only_where_they_show() {
        let of = |hits: u64, std_error: f64| Estimate {
            std_error,
            ..Estimate::of_probability([hits; 16].into_iter(), 4096)
        };
        assert_eq!(known_if_it_shows(&of(3500, 0.0002)), None);
        let shows = known_if_it_shows(&of(3500, 0.006));
        assert_eq!(shows.as_deref(), Some("\u{b1}0.6\u{a0}pts"));
        assert!(known_if_it_shows(&of(4096, 0.0)).is_some());
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
        assert_eq!(bound(1.0, 1e7).unwrap(), "at least 99.999\u{a0}%");
        assert_eq!(bound(0.0, 1e7).unwrap(), "at most 0.001\u{a0}%");
        assert_eq!(error_in_percent(1.0, 0.0, 65536.0), "<0.005");
    }
}
