//! Where a statistic meets a target: among values tried, and between two of them in
//! few evaluations.

use crate::math::fma;
use crate::stats::beyond_rounding;

/// A value tried, with the statistic there.
pub type Tried = (f64, f64);

/// Where the target is met on the way through values tried in their order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Crossing {
    /// At values tried: the first and the last of neighbours that all meet it.
    At(Tried, Tried),
    /// Between two neighbours on either side of it.
    Between(Tried, Tried),
}

impl Crossing {
    /// The values that all meet it, where there is more than one.
    pub fn stays(&self) -> Option<(f64, f64)> {
        let (from, to) = self.range();
        (matches!(self, Self::At(..)) && from < to).then_some((from, to))
    }

    /// The values between which it lies.
    pub fn range(&self) -> (f64, f64) {
        let (Self::At(from, to) | Self::Between(from, to)) = self;
        (from.0, to.0)
    }
}

/// By how much a statistic exceeds a target; 0 where rounding may be all of it.
pub fn excess(mean: f64, target: f64) -> f64 {
    beyond_rounding(mean - target, target)
}

/// Every crossing of a target, in order.
pub fn crossings(tried: &[Tried], target: f64) -> Vec<Crossing> {
    let mut found: Vec<Crossing> = Vec::new();
    let mut before: Option<Tried> = None;
    for &here in tried {
        let off = excess(here.1, target);
        let off_before = before.map(|before| excess(before.1, target));
        match (before, off_before, found.last_mut()) {
            (_, Some(0.0), Some(Crossing::At(_, last))) if off == 0.0 => *last = here,
            _ if off == 0.0 => found.push(Crossing::At(here, here)),
            (Some(before), Some(other), _) if other * off < 0.0 => {
                found.push(Crossing::Between(before, here));
            }
            _ => {}
        }
        before = Some(here);
    }
    found
}

/// Tries up to `most` values more around the one that comes nearest to a target
/// from the side on which all of them lie, until one meets or passes it: the
/// golden section between its neighbours. All values tried stay in order.
///
/// # Errors
/// The first error of the statistic.
pub fn towards<E>(
    tried: &mut Vec<Tried>,
    target: f64,
    most: usize,
    mut statistic: impl FnMut(f64) -> Result<f64, E>,
) -> Result<(), E> {
    const GOLDEN: f64 = 0.381_966_011_250_105_1;
    let off = |tried: &Tried| (tried.1 - target).abs();
    let by_off = |a: &&Tried, b: &&Tried| off(a).total_cmp(&off(b));
    let farthest = tried.iter().max_by(by_off).map_or(0.0, off);
    for _ in 0..most {
        let nearest = (0..tried.len()).min_by(|&a, &b| off(&tried[a]).total_cmp(&off(&tried[b])));
        // Where it is the same all along nothing comes nearer.
        let Some(i) = nearest.filter(|&i| off(&tried[i]) < farthest) else {
            return Ok(());
        };
        let here = tried[i].0;
        let below = i.checked_sub(1).map_or(here, |below| tried[below].0);
        let above = tried.get(i + 1).map_or(here, |above| above.0);
        let (at, end) = match here - below > above - here {
            true => (i, below),
            false => (i + 1, above),
        };
        let next = fma(GOLDEN, end - here, here);
        if next == here || next == end {
            return Ok(());
        }
        tried.insert(at, (next, statistic(next)?));
        if !crossings(tried, target).is_empty() {
            return Ok(());
        }
    }
    Ok(())
}

/// Where a statistic known at two points crosses a target between them, by the
/// method of Chandrupatla (1997, *Advances in Engineering Software* 28): inverse
/// quadratic interpolation where that is safe, halving where it is not. Ends when
/// the bracket is narrower than `width` of the larger end, the statistic is no
/// farther than `small` from the target, or after `most` evaluations; gives the two
/// ends of the bracket, the nearer one to the target first.
///
/// # Errors
/// The first error of the statistic.
pub fn root<E>(
    from: Tried,
    to: Tried,
    target: f64,
    (width, small, most): (f64, f64, usize),
    mut statistic: impl FnMut(f64) -> Result<f64, E>,
) -> Result<[Tried; 2], E> {
    let (mut a, mut fa) = (to.0, to.1 - target);
    let (mut b, mut fb) = (from.0, from.1 - target);
    let mut part = 0.5;
    for _ in 0..most {
        let x = a + part * (b - a);
        let fx = statistic(x)? - target;
        let (c, fc);
        if (fx > 0.0) == (fa > 0.0) {
            (c, fc) = (a, fa);
        } else {
            (c, fc) = (b, fb);
            (b, fb) = (a, fa);
        }
        (a, fa) = (x, fx);
        let tolerance = width * a.abs().max(b.abs());
        if fx.abs() <= small || (b - a).abs() <= tolerance {
            break;
        }
        let xi = (a - b) / (c - b);
        let phi = (fa - fb) / (fc - fb);
        let interpolates = phi * phi < xi && (1.0 - phi) * (1.0 - phi) < 1.0 - xi;
        let quadratic =
            fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb);
        let edge = 0.5 * tolerance / (b - a).abs();
        part = match interpolates {
            true => quadratic.clamp(edge, 1.0 - edge),
            false => 0.5,
        };
    }
    let (a, b) = ((a, fa + target), (b, fb + target));
    Ok(match fa.abs() <= fb.abs() {
        true => [a, b],
        false => [b, a],
    })
}

/// The least number between two, 0 or more, at which a condition holds that from
/// there on holds for good; the upper one if it does not hold before. To the last
/// bit, in at most 64 evaluations.
pub fn least(low: f64, high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    // The bits of such numbers are in their order; a negative zero becomes one.
    let (mut low, mut high) = ((low + 0.0).to_bits(), (high + 0.0).to_bits());
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(f64::from_bits(middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    f64::from_bits(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_number_is_found_to_the_last_bit() {
        assert_eq!(least(0.0, f64::INFINITY, |x| x >= 0.3), 0.3);
        assert_eq!(least(0.0, 1.0, |x| x * x > 2.0), 1.0);
        assert_eq!(least(0.5, 1.0, |x| x >= 0.3), 0.5);
    }

    #[test]
    fn every_crossing_is_found_in_order() {
        let tried = |means: &[f64]| -> Vec<Tried> {
            let values = means.iter().enumerate();
            values.map(|(i, mean)| (i as f64, *mean)).collect()
        };
        let ranges = |means: &[f64], target| -> Vec<(f64, f64)> {
            let found = crossings(&tried(means), target);
            found.iter().map(Crossing::range).collect()
        };
        assert_eq!(ranges(&[0.0, 1.0, 2.0, 1.0], 1.5), [(1.0, 2.0), (2.0, 3.0)]);
        assert_eq!(ranges(&[0.0, 1.0, 1.0, 2.0], 1.0), [(1.0, 2.0)]);
        assert_eq!(ranges(&[3.0, 2.0, 0.0, 3.0], 3.0), [(0.0, 0.0), (3.0, 3.0)]);
        assert_eq!(ranges(&[3.0, 2.0, 0.0], 4.0), []);
    }

    #[test]
    fn what_lies_between_values_tried_is_looked_for() {
        // Above 0.9 from 0.684 to 1.316 of 0 to 2 only; the values tried are below.
        let hill = |x: f64| 1.0 - (x - 1.0) * (x - 1.0);
        let mut tried: Vec<Tried> = [0.0, 0.6, 1.4, 2.0].map(|x| (x, hill(x))).to_vec();
        towards(&mut tried, 0.9, 24, |x| Ok::<_, ()>(hill(x))).unwrap();
        assert_eq!(crossings(&tried, 0.9).len(), 2);
        assert!(tried.is_sorted_by(|a, b| a.0 < b.0));
        // A top that falls short is found to some digits.
        towards(&mut tried, 1.1, 24, |x| Ok::<_, ()>(hill(x))).unwrap();
        assert!(crossings(&tried, 1.1).is_empty());
        assert!(tried.iter().any(|(_, mean)| (mean - 1.0).abs() < 1e-4));
        let mut flat = vec![(0.0, 1.0), (1.0, 1.0)];
        towards(&mut flat, 2.0, 24, |_| Err(())).unwrap();
    }

    #[test]
    fn smooth_and_stepped_functions_are_solved() {
        let settings = |width| (width, 0.0, 60);
        let mut calls = 0;
        let found = root((0.0, 0.0), (4.0, 64.0), 2.0, settings(1e-12), |x| {
            calls += 1;
            Ok::<_, ()>(x * x * x)
        });
        assert!((found.unwrap()[0].0 - 2.0_f64.cbrt()).abs() < 1e-11);
        assert!(calls < 15, "{calls}");
        let step = |x: f64| if x < 0.3 { -1.0 } else { 1.5 };
        let found = root((0.0, -1.0), (1.0, 1.5), 0.0, settings(1e-9), |x| {
            Ok::<_, ()>(step(x))
        });
        let [below, above] = found.unwrap();
        assert_eq!((below.1, above.1), (-1.0, 1.5));
        assert!((below.0 - 0.3).abs() < 1e-8 && (above.0 - 0.3).abs() < 1e-8);
        let failed = root((0.0, -1.0), (1.0, 1.0), 0.0, settings(1e-9), |_| Err(()));
        assert!(failed.is_err());
    }
}
