//! Which way the leading coordinates of a quasi-random point move a path.
//!
//! Any rotation of independent standard normals is again independent standard
//! normals, so the shocks may be taken in any rotated order. Quasi-random points
//! are most even in their leading coordinates; rotated so that those carry what
//! matters most, the error falls by orders of magnitude (Imai and Tan 2006;
//! Irrgeher and Leobacher 2015 for the product of reflections).

use crate::math::symmetric_eigen;
use crate::revenue::Response;
use crate::units::{LANES, Lanes};

/// A rotation as a product of Householder reflections: the first coordinates go
/// to the chosen directions, the others to some basis of what is left.
#[derive(Clone, Debug, Default)]
pub struct Rotation {
    /// Vectors *u* with |u|² = 2, so that a reflection is x − u(u·x).
    reflections: Vec<Vec<f64>>,
}

/// Leading directions that are matched; the rest of the variance is negligible
/// and costs as much again to order.
const DIRECTIONS: usize = 24;

impl Rotation {
    /// The rotation for a revenue model's response to its shocks: the gradient of
    /// total eligible revenue first, then the principal components of log revenue
    /// in what is orthogonal to it.
    pub fn new(response: &Response, eligible: &[f64]) -> Self {
        let dimensions = response.by_shock.first().map_or(0, Vec::len);
        let gradient = (0..dimensions)
            .map(|j| {
                let terms = response.by_shock.iter().zip(&response.revenue);
                terms.zip(eligible).map(|((r, v), e)| r[j] * v * e).sum()
            })
            .collect();
        let mut directions = Vec::new();
        push_orthonormal(&mut directions, gradient);
        let mut gram = vec![0.0; dimensions * dimensions];
        for row in &response.by_shock {
            let row = without(row, &directions);
            for (i, a) in row.iter().enumerate() {
                for (j, b) in row.iter().enumerate() {
                    gram[i * dimensions + j] += a * b;
                }
            }
        }
        let (values, vectors) = symmetric_eigen(dimensions, &gram);
        let significant = values.iter().zip(vectors.chunks_exact(dimensions.max(1)));
        for (value, vector) in significant {
            if directions.len() == DIRECTIONS || *value <= 1e-12 * values[0] {
                break;
            }
            push_orthonormal(&mut directions, vector.to_vec());
        }
        Self::onto(&directions)
    }

    /// The rotation that takes coordinate *i* to `directions[i]`, orthonormal.
    fn onto(directions: &[Vec<f64>]) -> Self {
        let mut rotation = Self::default();
        for (i, direction) in directions.iter().enumerate() {
            let mut target = direction.clone();
            for u in &rotation.reflections {
                reflect(u, &mut target);
            }
            let mut u = target;
            u.iter_mut().for_each(|x| *x = -*x);
            u[i] += 1.0;
            let length = dot(&u, &u);
            if length > 1e-20 {
                let scale = (2.0 / length).sqrt();
                u.iter_mut().for_each(|x| *x *= scale);
            } else {
                u.iter_mut().for_each(|x| *x = 0.0);
            }
            rotation.reflections.push(u);
        }
        rotation
    }

    /// Rotates one point per lane in place.
    #[inline(always)]
    pub fn apply(&self, point: &mut [Lanes]) {
        for u in self.reflections.iter().rev() {
            let mut along = [0.0; LANES];
            for (x, &c) in point.iter().zip(u) {
                for l in 0..LANES {
                    along[l] = c.mul_add(x[l], along[l]);
                }
            }
            for (x, &c) in point.iter_mut().zip(u) {
                for l in 0..LANES {
                    x[l] = (-c).mul_add(along[l], x[l]);
                }
            }
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn reflect(u: &[f64], x: &mut [f64]) {
    let along = dot(u, x);
    x.iter_mut().zip(u).for_each(|(x, u)| *x -= along * u);
}

/// `vector` less its parts along orthonormal `directions`.
fn without(vector: &[f64], directions: &[Vec<f64>]) -> Vec<f64> {
    let mut rest = vector.to_vec();
    for direction in directions {
        let along = dot(&rest, direction);
        rest.iter_mut()
            .zip(direction)
            .for_each(|(x, d)| *x -= along * d);
    }
    rest
}

/// Adds the part of `vector` that is new, at unit length, if there is any.
fn push_orthonormal(directions: &mut Vec<Vec<f64>>, vector: Vec<f64>) {
    let length = dot(&vector, &vector).sqrt();
    // Twice is enough (Parlett): the second pass removes what rounding left of the first.
    let mut rest = without(&without(&vector, directions), directions);
    let new = dot(&rest, &rest).sqrt();
    if new > 1e-6 * length {
        rest.iter_mut().for_each(|x| *x /= new);
        directions.push(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_coordinates_go_to_the_directions_and_lengths_stay() {
        let response = Response {
            revenue: vec![1.0, 2.0, 4.0, 8.0],
            by_shock: (0..4)
                .map(|k| (0..4).map(|j| f64::from(u8::from(j <= k))).collect())
                .collect(),
        };
        let rotation = Rotation::new(&response, &[1.0; 4]);
        let mut point = vec![[0.0; LANES]; 4];
        point[0][0] = 1.0;
        for l in 1..4 {
            point[l][l] = 1.0;
        }
        rotation.apply(&mut point);
        let column = |l: usize| -> Vec<f64> { point.iter().map(|x| x[l]).collect() };
        // Gradient of the total: 15, 14, 12, 8 at unit length.
        let scale = (15.0_f64 * 15.0 + 14.0 * 14.0 + 12.0 * 12.0 + 64.0).sqrt();
        for (x, g) in column(0).iter().zip([15.0, 14.0, 12.0, 8.0]) {
            assert!((x - g / scale).abs() < 1e-12);
        }
        for a in 0..4 {
            for b in 0..4 {
                let expected = f64::from(u8::from(a == b));
                assert!((dot(&column(a), &column(b)) - expected).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn nothing_to_rotate_is_no_rotation() {
        let response = Response {
            revenue: vec![1.0],
            by_shock: vec![vec![]],
        };
        let mut point: Vec<Lanes> = Vec::new();
        Rotation::new(&response, &[1.0]).apply(&mut point);
        assert!(point.is_empty());
    }
}
