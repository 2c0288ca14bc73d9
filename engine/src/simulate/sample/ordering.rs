//! Which way the leading coordinates of a quasi-random point move a path.
//!
//! Any rotation of independent standard normals is again independent standard
//! normals, so the shocks may be taken in any rotated order. Quasi-random points
//! are most even in their leading coordinates; rotated so that those carry what
//! matters most, the error falls by orders of magnitude (Imai and Tan 2006;
//! Irrgeher and Leobacher 2015 for the product of reflections).

use serde::{Deserialize, Serialize};

use crate::math::{Real, Wide, fma, kernel, lanes, symmetric_eigen};
use crate::revenue::Response;
use crate::simulate::Simulation;
use crate::simulate::settings::Sampler;
use crate::units::{LANES, Lanes};

/// A rotation as a product of Householder reflections: the first coordinates go
/// to the chosen directions, the others to some basis of what is left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rotation {
    /// Applied last to first.
    blocks: Vec<Reflections>,
}

/// The order of the shocks that suits one simulation, to be lent to others so that
/// all are drawn alike: common random numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ordering {
    pub(in crate::simulate) rotation: Rotation,
    /// The same with more directions: what lines are drawn by, whose smaller errors show
    /// what is left in the order of time.
    pub(in crate::simulate) of_lines: Rotation,
    /// The number of shocks it is made for.
    pub(in crate::simulate) shocks: usize,
}

impl Ordering {
    /// The order that a run of its own would use.
    pub fn of(simulation: &Simulation<'_>) -> Self {
        let directions = match simulation.settings.sampler {
            Sampler::Sobol => {
                let medians = simulation.medians();
                // The paths know nothing of the contract: all revenue of the timeline counts.
                let eligible = vec![1.0; simulation.timeline.periods().len()];
                let response = simulation.model.response(&medians);
                leading_directions(&response, &eligible, DIRECTIONS_OF_LINES)
            }
            Sampler::Random => Vec::new(),
        };
        Self {
            rotation: Rotation::onto(&directions[..directions.len().min(DIRECTIONS)]),
            of_lines: Rotation::onto(&directions),
            shocks: simulation.model.shocks(),
        }
    }
}

/// With more shocks than these, the principal components are found among the
/// periods, which are fewer: the work grows with the shocks, not their cube.
const MOST_DIMENSIONS: usize = 512;

/// Periods that the components of so many shocks are found from.
const MOST_PERIODS: usize = 128;

/// Leading directions that are matched, with the accuracy of matching all: see
/// `docs/method-ordering.md`.
const DIRECTIONS: usize = 6;
/// The same for lines: see `docs/method.md`.
const DIRECTIONS_OF_LINES: usize = 2 * DIRECTIONS;

/// Lanes rotated at a time, so that all sums stay in registers.
const GROUP: usize = 8;

/// Some reflections x − u(u·x), |u|² = 2, to be applied last to first. Their sums
/// u·x are taken in one pass over the point: what one reflection changes for the
/// next follows from the overlaps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Reflections {
    /// For each coordinate, that of each u; zero for fewer reflections.
    vectors: Vec<[f64; DIRECTIONS]>,
    /// Products of each u with those after it.
    overlaps: [[f64; DIRECTIONS]; DIRECTIONS],
}

impl Rotation {
    /// The rotation for a revenue model's response to its shocks: the gradient of
    /// total eligible revenue first, then the principal components of log revenue
    /// in what is orthogonal to it.
    #[cfg(test)]
    pub fn new(response: &Response, eligible: &[f64]) -> Self {
        Self::onto(&leading_directions(response, eligible, DIRECTIONS))
    }

    /// The rotation that takes coordinate *i* to `directions[i]`, orthonormal.
    fn onto(directions: &[Vec<f64>]) -> Self {
        let mut reflections: Vec<Vec<f64>> = Vec::new();
        for (i, direction) in directions.iter().enumerate() {
            let mut u = direction.clone();
            for earlier in &reflections {
                reflect(earlier, &mut u);
            }
            u.iter_mut().for_each(|x| *x = -*x);
            u[i] += 1.0;
            let length = dot(&u, &u);
            if length > 1e-20 {
                let scale = (2.0 / length).sqrt();
                u.iter_mut().for_each(|x| *x *= scale);
            } else {
                u.fill(0.0);
            }
            reflections.push(u);
        }
        Self {
            blocks: reflections
                .chunks(DIRECTIONS)
                .map(Reflections::new)
                .collect(),
        }
    }

    /// Rotates one point per lane in place.
    pub fn apply(&self, point: &mut [Lanes]) {
        apply(self, point);
    }
}

kernel! {
    fn apply(rotation: &Rotation, point: &mut [Lanes]) {
        for block in rotation.blocks.iter().rev() {
            block.apply(point);
        }
    }
}

impl Reflections {
    fn new(vectors: &[Vec<f64>]) -> Self {
        let coordinate =
            |c: usize| std::array::from_fn(|i| vectors.get(i).map_or(0.0, |vector| vector[c]));
        let overlap = |i: usize, j: usize| match (vectors.get(i), vectors.get(j)) {
            (Some(a), Some(b)) => dot(a, b),
            _ => 0.0,
        };
        Self {
            vectors: (0..vectors[0].len()).map(coordinate).collect(),
            overlaps: std::array::from_fn(|i| std::array::from_fn(|j| overlap(i, j))),
        }
    }

    #[inline(always)]
    fn apply(&self, point: &mut [Lanes]) {
        let mut along = [[0.0; LANES]; DIRECTIONS];
        for lane in (0..LANES).step_by(GROUP) {
            let sums = self.sums(point, lane);
            for (along, sums) in along.iter_mut().zip(sums) {
                along[lane..][..GROUP].copy_from_slice(&sums);
            }
        }
        let [a, b, c, d, e, f] = &along;
        for (x, u) in point.iter_mut().zip(&self.vectors) {
            for l in lanes(LANES) {
                let mut rest = Wide::load(x, l);
                for (u, along) in u.iter().zip([a, b, c, d, e, f]) {
                    rest = Wide::from(-u).fma(Wide::load(along, l), rest);
                }
                rest.store(x, l);
            }
        }
    }

    /// The sums of [`GROUP`] lanes along each reflection.
    #[inline(always)]
    fn sums(&self, point: &[Lanes], lane: usize) -> [[f64; GROUP]; DIRECTIONS] {
        let mut along = [[0.0; GROUP]; DIRECTIONS];
        for (x, u) in point.iter().zip(&self.vectors) {
            let x: &[f64; GROUP] = x[lane..].first_chunk().expect("a whole group");
            for (along, u) in along.iter_mut().zip(u) {
                for l in lanes(GROUP) {
                    let sum = Wide::from(*u).fma(Wide::load(x, l), Wide::load(along, l));
                    sum.store(along, l);
                }
            }
        }
        for i in (0..DIRECTIONS).rev() {
            for j in i + 1..DIRECTIONS {
                let overlap = -self.overlaps[i][j];
                for l in 0..GROUP {
                    along[i][l] = fma(overlap, along[j][l], along[i][l]);
                }
            }
        }
        along
    }
}

/// The gradient of total eligible revenue, then the principal components of log
/// revenue in what is orthogonal to it: at most `count` of them, orthonormal.
fn leading_directions(response: &Response, eligible: &[f64], count: usize) -> Vec<Vec<f64>> {
    let dimensions = response.by_shock.first().map_or(0, Vec::len);
    let gradient = (0..dimensions)
        .map(|j| {
            let terms = response.by_shock.iter().zip(&response.revenue);
            terms.zip(eligible).map(|((r, v), e)| r[j] * v * e).sum()
        })
        .collect();
    let mut directions = Vec::new();
    push_orthonormal(&mut directions, gradient);
    let many = dimensions > MOST_DIMENSIONS;
    // What neighbouring periods respond to is nearly the same.
    let most = if many { MOST_PERIODS } else { usize::MAX };
    let rows = spread_out(&response.by_shock, most).map(|row| without(row, &directions));
    let rows: Vec<Vec<f64>> = rows.collect();
    let components: Box<dyn Iterator<Item = Vec<f64>>> = match many {
        true => Box::new(components_by_row(&rows, count)),
        false => Box::new(components(dimensions, &rows, count).into_iter()),
    };
    for component in components {
        if directions.len() >= count {
            break;
        }
        push_orthonormal(&mut directions, component);
    }
    directions
}

/// At most `most` of some rows, spread evenly, the last among them.
fn spread_out(rows: &[Vec<f64>], most: usize) -> impl Iterator<Item = &Vec<f64>> {
    let kept = rows.len().min(most);
    (1..=kept).map(move |i| &rows[i * rows.len() / kept - 1])
}

/// The first `count` principal components of rows of so many numbers; none that rounding
/// made.
fn components(dimensions: usize, rows: &[Vec<f64>], count: usize) -> Vec<Vec<f64>> {
    let mut gram = vec![0.0; dimensions * dimensions];
    let mut padded = rows.to_vec();
    for row in &mut padded {
        row.resize(dimensions.next_multiple_of(SIDE), 0.0);
    }
    add_products(dimensions, &padded, &mut gram);
    leading(dimensions, &gram, count)
}

/// Products added up side by side.
const SIDE: usize = 16;

kernel! {
    /// The sums of the products of the first elements of each row, which are a multiple of [`SIDE`]
    /// long, with each other: at least the upper triangle of a symmetric matrix.
    fn add_products(dimensions: usize, rows: &[Vec<f64>], gram: &mut [f64]) {
        for (i, sums) in gram.chunks_exact_mut(dimensions.max(1)).enumerate() {
            for (from, sums) in sums.chunks_mut(SIDE).enumerate().skip(i / SIDE) {
                let mut sum = [0.0; SIDE];
                for row in rows {
                    let a = row[i];
                    let others = row[from * SIDE..].first_chunk::<SIDE>();
                    for (sum, b) in sum.iter_mut().zip(others.expect("rows are padded")) {
                        *sum += a * b;
                    }
                }
                sums.copy_from_slice(&sum[..sums.len()]);
            }
        }
    }
}

/// The same from the products of the rows with each other, where these are fewer:
/// each component is a mixture of the rows, not of unit length, made when it is asked for.
fn components_by_row(rows: &[Vec<f64>], count: usize) -> impl Iterator<Item = Vec<f64>> {
    let order = rows.len();
    let mut gram = vec![0.0; order * order];
    for i in 0..order {
        for j in 0..=i {
            let product = dot(&rows[i], &rows[j]);
            (gram[i * order + j], gram[j * order + i]) = (product, product);
        }
    }
    leading(order, &gram, count)
        .into_iter()
        .map(move |weights| {
            let mut sum = vec![0.0; rows[0].len()];
            for (row, weight) in rows.iter().zip(weights) {
                sum.iter_mut().zip(row).for_each(|(s, x)| *s += weight * x);
            }
            sum
        })
}

/// The first `count` eigenvectors of a matrix, as far as they count.
fn leading(order: usize, gram: &[f64], count: usize) -> Vec<Vec<f64>> {
    let (values, vectors) = symmetric_eigen(order, gram, count);
    let counts = |value: &&f64| **value > 1e-12 * values[0];
    let above_rounding = values.iter().take_while(counts).count();
    let vectors = vectors.chunks_exact(order.max(1)).take(above_rounding);
    vectors.map(<[f64]>::to_vec).collect()
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

    /// Revenue that follows several Brownian motions of so many steps.
    fn brownian(steps: usize, motions: usize) -> Response {
        let row = |k: usize| {
            let step = |j: usize| f64::from(u8::from(j % steps <= k)) * (1.0 + (j / steps) as f64);
            (0..steps * motions).map(step).collect()
        };
        Response {
            revenue: (0..steps).map(|k| 1.0 + k as f64).collect(),
            by_shock: (0..steps).map(row).collect(),
        }
    }

    #[test]
    fn components_found_among_the_periods_are_those_found_among_the_shocks() {
        let response = brownian(36, 4);
        let among_shocks = components(144, &response.by_shock, DIRECTIONS);
        let among_periods: Vec<Vec<f64>> =
            components_by_row(&response.by_shock, DIRECTIONS).collect();
        for (shocks, periods) in among_shocks.iter().zip(&among_periods) {
            let length = dot(periods, periods).sqrt();
            let along = dot(shocks, periods).abs() / length;
            assert!((along - 1.0).abs() < 1e-9, "{along}");
        }
    }

    /// A company of 100 segments by month, and one that is followed for a century.
    #[test]
    fn thousands_of_shocks_are_ordered_by_what_matters_most() {
        for (steps, motions) in [(72, 100), (1200, 1)] {
            let response = brownian(steps, motions);
            let found = leading_directions(&response, &vec![1.0; steps], DIRECTIONS);
            assert_eq!(found.len(), DIRECTIONS);
            let mut explained = [0.0; DIRECTIONS];
            let mut whole = 0.0;
            for row in &response.by_shock {
                whole += dot(row, row);
                for (explained, direction) in explained.iter_mut().zip(&found) {
                    *explained += dot(row, direction).powi(2);
                }
            }
            // The first six components of a Brownian motion leave Σ 8 / (2k − 1)²π²
            // of its variance over k > 6, 3.4 %; the gradient is nearly one of them.
            let left = 1.0 - explained.iter().sum::<f64>() / whole;
            assert!(
                left < 0.035,
                "{steps} steps, {motions} motions leave {left}"
            );
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

#[cfg(test)]
#[path = "ordering_table.rs"]
mod table;
