//! How far a probability is known when an event happened on hardly any path, or on
//! nearly all: replicates then scatter too little to tell.

use crate::math::{exp, ln};

/// With at least as many hits, and as many misses, the scatter tells.
const FEW: f64 = 10.0;
/// Halvings that settle a probability to the last bit that matters.
const HALVINGS: usize = 200;

/// The probabilities that few hits, or few misses, among `count` paths leave open
/// at a level (Clopper and Pearson): each side is wrong with half of what the level
/// leaves; where nothing or everything hit, the one side that is open with all of it,
/// at 95 % three in `count` ("rule of three"). `None` where neither is few.
///
/// `mean` in 0 to 1, `count` at least 1, `level` in (0, 1).
pub fn few(mean: f64, count: f64, level: f64) -> Option<(f64, f64)> {
    let hits = (mean * count).round().clamp(0.0, count);
    let misses = count - hits;
    if hits <= misses && hits < FEW {
        Some(of_hits(hits, count, level))
    } else if misses < FEW {
        let (low, high) = of_hits(misses, count, level);
        Some((1.0 - high, 1.0 - low))
    } else {
        None
    }
}

fn of_hits(hits: f64, count: f64, level: f64) -> (f64, f64) {
    let wrong = 1.0 - level;
    if hits == 0.0 {
        return (0.0, greatest(0.0, count, wrong));
    }
    let low = greatest(hits - 1.0, count, 1.0 - wrong / 2.0);
    (low, greatest(hits, count, wrong / 2.0))
}

/// The greatest probability under which at most `hits` of `count` happen with a
/// chance of `chance` or more; 1 where everything hit.
fn greatest(hits: f64, count: f64, chance: f64) -> f64 {
    if hits >= count {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if at_most(hits, count, middle) >= chance {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The chance of at most `hits` in `count` trials of probability `p`.
fn at_most(hits: f64, count: f64, p: f64) -> f64 {
    let odds = p / (1.0 - p);
    let mut term = 1.0;
    let mut sum = term;
    for i in 0..hits as u64 {
        let i = i as f64;
        term *= (count - i) / (i + 1.0) * odds;
        sum += term;
    }
    // ln(1 − p) of a small p from its series: 1 − p would round it.
    let none = if p < 1e-5 {
        -p * (1.0 + p * (0.5 + p / 3.0))
    } else {
        ln(1.0 - p)
    };
    exp(count * none) * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clopper and Pearson's limits by another program, one-sided where there is no hit.
    #[test]
    fn limits_are_those_of_clopper_and_pearson() {
        for (hits, count, level, low, high) in [
            (0.0, 1000.0, 0.95, 0.0, 0.002_991_249_545_1),
            (0.0, 1_310_720.0, 0.95, 0.0, 2.285_559_730_6e-6),
            (1.0, 100.0, 0.95, 2.531_460_330e-4, 0.054_459_385_4),
            (3.0, 50.0, 0.99, 0.006_872_485_3, 0.202_706_269_5),
        ] {
            let (l, h) = few(hits / count, count, level).unwrap();
            assert!((l - low).abs() <= 1e-10, "{hits} of {count}: {l}");
            assert!((h - high).abs() <= 1e-10, "{hits} of {count}: {h}");
            let (l, h) = few(1.0 - hits / count, count, level).unwrap();
            assert!((l - (1.0 - high)).abs() <= 1e-10 && (h - (1.0 - low)).abs() <= 1e-10);
        }
    }

    #[test]
    fn where_neither_is_few_the_scatter_decides() {
        assert_eq!(few(0.5, 1000.0, 0.95), None);
        assert!(few(0.009, 1000.0, 0.95).is_some());
        assert_eq!(few(0.01, 1000.0, 0.95), None);
        assert_eq!(few(1.0, 1.0, 0.95).map(|(_, high)| high), Some(1.0));
    }
}
