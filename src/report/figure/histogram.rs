//! The bins of a distribution, made fit to draw.

use super::bars::Bar;
use super::data::Total;

/// Edges beyond this magnitude are not drawn.
const LARGEST: f64 = 1e100;
/// A distribution of one value is shown with this share of it on either side.
const LONE_MARGIN: f64 = 0.05;
/// The most that may be cut off at an end, in percent of all outcomes.
const TAIL: f64 = 0.5;
/// The least share of the axis that must be gained by cutting.
const WORTH_CUTTING: f64 = 0.25;

/// What is drawn of a distribution, on the axis' scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// The bins, heights in percent; none where all are empty.
    pub bars: Vec<Bar>,
    /// The amounts the axis shows.
    pub domain: (f64, f64),
    /// The probability of the bins cut off because they are a long thin tail,
    /// and the amount below which they lie.
    pub below: Option<(f64, f64)>,
    /// The same, and the amount above which they lie.
    pub above: Option<(f64, f64)>,
}

/// The bins of a distribution that are worth showing.
pub fn shown(total: &Total, factor: f64, cap: Option<f64>) -> Histogram {
    let mut bars = usable(total, factor);
    let above = cut_tail(&mut bars);
    bars.reverse();
    let below = cut_tail(&mut bars).map(|(held, _)| held);
    bars.reverse();
    let below = below.zip(bars.first().map(|bar| bar.from));
    let domain = domain(&bars, cap.map(|cap| cap * factor));
    Histogram {
        bars,
        domain,
        below,
        above,
    }
}

fn usable(total: &Total, factor: f64) -> Vec<Bar> {
    let bars: Vec<Bar> = total
        .bins
        .iter()
        .filter(|bin| bin.low.abs() <= LARGEST && bin.high.abs() <= LARGEST && bin.low <= bin.high)
        .map(|bin| Bar {
            from: bin.low * factor,
            to: bin.high * factor,
            value: if bin.probability.is_nan() {
                0.0
            } else {
                100.0 * bin.probability.clamp(0.0, 1.0)
            },
        })
        .collect();
    if bars.iter().any(|bar| bar.value > 0.0) {
        bars
    } else {
        Vec::new()
    }
}

/// Cuts a thin tail at the end that would squeeze all else, and tells what it held and
/// where it began.
fn cut_tail(bars: &mut Vec<Bar>) -> Option<(f64, f64)> {
    let mut tail = 0.0;
    let thin = bars
        .iter()
        .rev()
        .take_while(|bar| {
            tail += bar.value;
            tail <= TAIL
        })
        .count();
    if (thin as f64) < WORTH_CUTTING * bars.len() as f64 {
        return None;
    }
    let cut = bars.split_off(bars.len() - thin);
    let held: f64 = cut.iter().map(|bar| bar.value).sum();
    let edge = cut.first().map(|bar| bar.from)?;
    (held > 0.0).then_some((held / 100.0, edge))
}

fn domain(bars: &[Bar], cap: Option<f64>) -> (f64, f64) {
    let low = bars
        .iter()
        .map(|bar| bar.from)
        .fold(f64::INFINITY, f64::min);
    let high = bars
        .iter()
        .map(|bar| bar.to)
        .fold(f64::NEG_INFINITY, f64::max);
    if low < high {
        return (low, high);
    }
    let middle = if low.is_finite() {
        low
    } else {
        cap.unwrap_or(0.0)
    };
    let margin = middle.abs() * LONE_MARGIN;
    if margin > 0.0 && margin <= LARGEST {
        (middle - margin, middle + margin)
    } else {
        (-1.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(values: &[f64]) -> Vec<Bar> {
        values
            .iter()
            .enumerate()
            .map(|(i, &value)| Bar {
                from: i as f64,
                to: (i + 1) as f64,
                value,
            })
            .collect()
    }

    #[test]
    fn only_a_long_thin_tail_is_cut() {
        let mut long = bars(&[50.0, 49.75, 0.125, 0.125]);
        assert_eq!(cut_tail(&mut long), Some((0.0025, 2.0)));
        assert_eq!(long.len(), 2);
        let mut empty_tail = bars(&[50.0, 50.0, 0.0]);
        assert_eq!(cut_tail(&mut empty_tail), None);
        assert_eq!(empty_tail.len(), 2);
        let mut thick = bars(&[50.0, 40.0, 10.0]);
        assert_eq!(cut_tail(&mut thick), None);
        assert_eq!(thick.len(), 3);
        assert_eq!(cut_tail(&mut Vec::new()), None);
    }

    #[test]
    fn every_distribution_has_an_axis() {
        assert_eq!(domain(&bars(&[1.0, 2.0]), None), (0.0, 2.0));
        assert_eq!(domain(&[], None), (-1.0, 1.0));
        let (low, high) = domain(&[], Some(38.0));
        assert!(low < 38.0 && high > 38.0);
    }
}
