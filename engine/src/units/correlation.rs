//! Correlation matrices: whether they are possible, and how to draw from them.

use thiserror::Error;

use crate::math::symmetric_eigen;

/// How far a pivot may fall below 0 by rounding alone.
const ROUNDING: f64 = 1e-12;

/// Correlations between several standard normals.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlation {
    size: usize,
    /// Row by row.
    matrix: Vec<f64>,
}

/// No joint distribution has these correlations.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum CorrelationError {
    /// One pair's is out of the range the others leave it.
    #[error("the others leave this pair the range {low} to {high}")]
    Pair {
        /// The pair, as a position among those given.
        pair: usize,
        /// The least value possible beside the others.
        low: f64,
        /// The greatest value possible beside the others.
        high: f64,
    },
    /// No change to one pair alone helps.
    #[error("the correlations are possible together if all are multiplied by {factor}")]
    Several {
        /// The strongest pair, as a position among those given.
        pair: usize,
        /// The largest factor that makes all of them possible together.
        factor: f64,
    },
}

impl Correlation {
    /// The correlations of `size` normals: `pairs` of members with a value from −1
    /// to 1 each, every other pair independent.
    ///
    /// # Errors
    /// Where the matrix is not positive semidefinite: see [`CorrelationError`].
    pub fn new(size: usize, pairs: &[(usize, usize, f64)]) -> Result<Self, CorrelationError> {
        let mut matrix = vec![0.0; size * size];
        for i in 0..size {
            matrix[i * size + i] = 1.0;
        }
        for &(i, j, value) in pairs {
            matrix[i * size + j] = value;
            matrix[j * size + i] = value;
        }
        let correlation = Self { size, matrix };
        let all: Vec<usize> = (0..size).collect();
        if correlation.factor(&all).is_some() {
            return Ok(correlation);
        }
        Err(correlation.diagnose(pairs))
    }

    /// The number of members.
    pub fn size(&self) -> usize {
        self.size
    }

    /// For each of some members, in the order given, its value as a sum of
    /// independent normals: the position of each among these members and its
    /// weight, its own last. Weights of 0 are left out.
    pub fn loadings(&self, members: &[usize]) -> Vec<Vec<(usize, f64)>> {
        let factor = self
            .factor(members)
            .expect("a part of a possible matrix is possible");
        factor
            .chunks_exact(members.len().max(1))
            .enumerate()
            .map(|(i, row)| {
                let weights = row[..=i].iter().copied().enumerate();
                weights.filter(|(j, w)| *w != 0.0 || *j == i).collect()
            })
            .collect()
    }

    /// The lower triangular factor of Cholesky, row by row; `None` where the
    /// matrix is not positive semidefinite.
    fn factor(&self, members: &[usize]) -> Option<Vec<f64>> {
        let n = members.len();
        let at = |i: usize, j: usize| self.matrix[members[i] * self.size + members[j]];
        // Left of a row's first number the factor has none either.
        let first: Vec<usize> = (0..n)
            .map(|i| (0..i).find(|&j| at(i, j) != 0.0).unwrap_or(i))
            .collect();
        let mut factor = vec![0.0; n * n];
        for i in 0..n {
            for j in first[i]..=i {
                let mut rest = at(i, j);
                for k in first[i].max(first[j])..j {
                    rest -= factor[i * n + k] * factor[j * n + k];
                }
                factor[i * n + j] = if i == j {
                    if rest < -ROUNDING {
                        return None;
                    }
                    rest.max(0.0).sqrt()
                } else if factor[j * n + j] > ROUNDING.sqrt() {
                    rest / factor[j * n + j]
                } else if rest.abs() <= ROUNDING.sqrt() {
                    0.0
                } else {
                    return None;
                };
            }
        }
        Some(factor)
    }

    /// The pair whose smallest change makes the matrix possible.
    fn diagnose(&self, pairs: &[(usize, usize, f64)]) -> CorrelationError {
        let distance = |(_, low, high): &(usize, f64, f64), value: f64| {
            (low - value).max(value - high).max(0.0)
        };
        let ranges = pairs.iter().enumerate().filter_map(|(at, &(i, j, _))| {
            let (low, high) = self.range(i, j)?;
            Some((at, low, high))
        });
        let nearest = ranges.min_by(|a, b| {
            let of = |range: &(usize, f64, f64)| distance(range, pairs[range.0].2);
            of(a).total_cmp(&of(b))
        });
        if let Some((pair, low, high)) = nearest {
            return CorrelationError::Pair { pair, low, high };
        }
        let (values, _) = symmetric_eigen(self.size, &self.matrix, 0);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let strongest = |a: &usize, b: &usize| pairs[*a].2.abs().total_cmp(&pairs[*b].2.abs());
        CorrelationError::Several {
            pair: (0..pairs.len()).max_by(strongest).unwrap_or_default(),
            factor: 1.0 / (1.0 - least),
        }
    }

    /// The correlations members *i* and *j* can have beside all others; `None`
    /// where the others are impossible whatever these two have.
    ///
    /// Given the other members, what is left of the two has variances *a* and *b*
    /// and covariance value − *c*; it is possible where (value − c)² ≤ a·b.
    fn range(&self, i: usize, j: usize) -> Option<(f64, f64)> {
        let others = (0..self.size).filter(|k| *k != i && *k != j);
        let with = |last: usize| -> Vec<usize> { others.clone().chain([last]).collect() };
        let (rows_i, rows_j) = (self.factor(&with(i))?, self.factor(&with(j))?);
        let n = self.size - 1;
        let (row_i, row_j) = (&rows_i[(n - 1) * n..], &rows_j[(n - 1) * n..]);
        let shared: f64 = row_i[..n - 1].iter().zip(row_j).map(|(a, b)| a * b).sum();
        let spread = row_i[n - 1] * row_j[n - 1];
        Some((shared - spread, shared + spread))
    }
}

/// The correlation of two normals whose values have this rank correlation
/// (Spearman's): 2 sin(π·rank/6), Pearson 1907.
pub fn normal_correlation(rank: f64) -> f64 {
    // The series of the sine, to the last bit on [−π/6, π/6].
    let x = rank * std::f64::consts::FRAC_PI_6;
    let square = x * x;
    let mut term = x;
    let mut sum = x;
    for n in 1..12 {
        let n = f64::from(n);
        term *= -square / (2.0 * n * (2.0 * n + 1.0));
        sum += term;
    }
    (2.0 * sum).clamp(-1.0, 1.0)
}

/// The rank correlation of two values whose normal scores have this correlation.
pub fn rank_correlation(normal: f64) -> f64 {
    (0.5 * normal).asin() / std::f64::consts::FRAC_PI_6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loadings_reproduce_the_correlations() {
        let pairs = [(0, 1, 0.5), (0, 2, -0.3), (1, 2, 0.2)];
        let correlation = Correlation::new(4, &pairs).unwrap();
        let rows = correlation.loadings(&[2, 0, 1]);
        let dense = |row: &Vec<(usize, f64)>| {
            let mut dense = [0.0; 3];
            row.iter().for_each(|(j, w)| dense[*j] = *w);
            dense
        };
        let dot = |a: usize, b: usize| -> f64 {
            let (a, b) = (dense(&rows[a]), dense(&rows[b]));
            a.iter().zip(b).map(|(x, y)| x * y).sum()
        };
        for (a, b, value) in [(0, 1, -0.3), (1, 2, 0.5), (0, 2, 0.2), (1, 1, 1.0)] {
            assert!((dot(a, b) - value).abs() < 1e-12);
        }
        assert_eq!(correlation.loadings(&[3, 0])[1], [(1, 1.0)]);
    }

    #[test]
    fn an_impossible_pair_is_named_with_its_range() {
        let pairs = [(0, 1, 0.9), (1, 2, 0.9), (0, 2, 0.1)];
        let Err(CorrelationError::Pair { pair, low, high }) = Correlation::new(3, &pairs) else {
            panic!("0.9, 0.9 and 0.1 are impossible");
        };
        // From 0.9 down to 0.09 + √(0.19 · 0.99) is less of a change than from 0.1 up to 0.62.
        assert_eq!(pair, 0);
        let spread = (0.19_f64 * 0.99).sqrt();
        assert!((low - (0.09 - spread)).abs() < 1e-12);
        assert!((high - (0.09 + spread)).abs() < 1e-12);
        let mended = [(0, 1, high - 1e-9), (1, 2, 0.9), (0, 2, 0.1)];
        assert!(Correlation::new(3, &mended).is_ok());
    }

    #[test]
    fn where_no_pair_alone_helps_all_are_shrunk() {
        let pairs: Vec<_> = (0..4)
            .flat_map(|i| (0..i).map(move |j| (i, j, -0.9)))
            .collect();
        let Err(CorrelationError::Several { factor, .. }) = Correlation::new(4, &pairs) else {
            panic!("four members cannot all oppose each other");
        };
        let shrink = |(i, j, value): &(usize, usize, f64)| (*i, *j, value * factor * (1.0 - 1e-9));
        let shrunk: Vec<_> = pairs.iter().map(shrink).collect();
        assert!(Correlation::new(4, &shrunk).is_ok());
        assert!((factor - 1.0 / 2.7).abs() < 1e-9);
    }

    #[test]
    fn perfect_correlation_is_possible() {
        let correlation = Correlation::new(2, &[(0, 1, 1.0)]).unwrap();
        assert_eq!(correlation.loadings(&[0, 1])[1], [(0, 1.0), (1, 0.0)]);
        assert!(Correlation::new(3, &[(0, 1, 1.0), (1, 2, 1.0), (0, 2, 0.5)]).is_err());
    }

    #[test]
    fn rank_correlations_and_back() {
        for rank in [-1.0, -0.6, 0.0, 0.3, 1.0] {
            let normal = normal_correlation(rank);
            let exact = 2.0 * (rank * std::f64::consts::FRAC_PI_6).sin();
            assert!((normal - exact).abs() < 1e-15);
            assert!((rank_correlation(normal) - rank).abs() < 1e-12);
        }
    }
}
