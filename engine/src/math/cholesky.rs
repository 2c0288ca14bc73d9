//! Cholesky factors of symmetric positive definite matrices.

use super::ln;

/// The lower factor *L* of a matrix *A = L Lᵀ*.
#[derive(Clone, Debug, PartialEq)]
pub struct Cholesky {
    order: usize,
    /// Row by row; above the diagonal nothing is read.
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factors the symmetric matrix of order `n` in `a`, row by row, of which only the
    /// lower triangle is read; `None` where it is not positive definite to working
    /// precision.
    ///
    /// # Panics
    /// If `a` does not have n² elements.
    pub fn new(n: usize, a: &[f64]) -> Option<Self> {
        assert_eq!(
            a.len(),
            n * n,
            "a matrix of order {n} has {} elements",
            n * n
        );
        let mut lower = a.to_vec();
        for i in 0..n {
            let (above, rest) = lower.split_at_mut(i * n);
            let row = &mut rest[..n];
            for j in 0..i {
                let other = &above[j * n..j * n + j + 1];
                row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
            }
            let square = row[i] - dot(&row[..i], &row[..i]);
            // What cancellation leaves of a singular matrix is no pivot.
            if square.is_nan() || square <= 1e-14 * a[i * n + i] || square.is_infinite() {
                return None;
            }
            row[i] = square.sqrt();
        }
        Some(Self { order: n, lower })
    }

    fn row(&self, i: usize) -> &[f64] {
        &self.lower[i * self.order..i * self.order + i + 1]
    }

    /// *L⁻¹ b* in the place of `b`.
    pub fn half_solve(&self, b: &mut [f64]) {
        for i in 0..self.order {
            let row = self.row(i);
            b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
        }
    }

    /// *A⁻¹ b* in the place of `b`.
    pub fn solve(&self, b: &mut [f64]) {
        self.half_solve(b);
        for i in (0..self.order).rev() {
            let row = self.row(i);
            b[i] /= row[i];
            let found = b[i];
            for (b, l) in b[..i].iter_mut().zip(row) {
                *b -= l * found;
            }
        }
    }

    /// ln det *A*.
    pub fn ln_determinant(&self) -> f64 {
        (0..self.order).map(|i| 2.0 * ln(self.row(i)[i])).sum()
    }

    /// The diagonal of *A⁻¹*.
    pub fn inverse_diagonal(&self) -> Vec<f64> {
        let unit = |i: usize| {
            let mut column = vec![0.0; self.order];
            column[i] = 1.0;
            self.half_solve(&mut column);
            dot(&column, &column)
        };
        (0..self.order).map(unit).collect()
    }

    /// *L z*: of independent standard normals, normals with the covariance *A*.
    pub fn times(&self, z: &[f64]) -> Vec<f64> {
        let row = |i: usize| dot(self.row(i), &z[..=i]);
        (0..self.order).map(row).collect()
    }
}

/// The sum of the products of elements side by side.
pub fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_covariance_of_a_brownian_motion_is_solved() {
        let n = 40;
        let a: Vec<f64> = (0..n * n)
            .map(|k| (1 + (k / n).min(k % n)) as f64)
            .collect();
        let factor = Cholesky::new(n, &a).unwrap();
        // Its determinant is 1, its inverse the second differences.
        assert!(factor.ln_determinant().abs() < 1e-12);
        let mut x: Vec<f64> = (0..n).map(|i| (i * i) as f64).collect();
        let b: Vec<f64> = (0..n).map(|i| dot(&a[i * n..(i + 1) * n], &x)).collect();
        let mut solved = b.clone();
        factor.solve(&mut solved);
        for (found, wanted) in solved.iter().zip(&x) {
            assert!((found - wanted).abs() < 1e-8, "{found} {wanted}");
        }
        let diagonal = factor.inverse_diagonal();
        assert!((diagonal[0] - 2.0).abs() < 1e-12 && (diagonal[n - 1] - 1.0).abs() < 1e-12);
        let z = {
            factor.half_solve(&mut x);
            factor.times(&x)
        };
        assert!((z[5] - 25.0).abs() < 1e-10);
    }

    #[test]
    fn a_singular_matrix_has_no_factor() {
        assert_eq!(Cholesky::new(2, &[1.0, 1.0, 1.0, 1.0]), None);
        assert_eq!(Cholesky::new(1, &[f64::NAN]), None);
        assert!(Cholesky::new(0, &[]).is_some());
    }
}
