//! Eigenvalues and eigenvectors of small dense symmetric matrices, and linear systems.

use super::kernel;

/// Numbers worked on side by side.
const SIDE: usize = 16;
type Side = [f64; SIDE];

/// The eigenvalues of the symmetric matrix `a` (`n` rows of `n` numbers), in descending order, and
/// the orthonormal eigenvectors of the `count` largest of them, one after the other in the same
/// order.
///
/// Only the upper triangle of `a` is read. Each eigenvector has the sign that makes its largest
/// component positive; among components of equal size, to one part in 10^6, the first counts, so
/// rounding does not decide the sign of a symmetric vector. Eigenvalues are accurate to about
/// 1e-14 times the largest of them in magnitude, eigenvectors are orthonormal to about 3e-14
/// (both measured up to n = 400). The directions within the space of a repeated eigenvalue are
/// arbitrary. Only + - * / and square roots are used, in a fixed order, so every machine
/// returns the same bits.
///
/// Method: reduction to tridiagonal form by Householder reflections, then the implicit QL
/// iteration of `tql2` in EISPACK (Bowdler, Martin, Reinsch and Wilkinson, "The QR and QL
/// algorithms for symmetric matrices", Numerische Mathematik 11, 1968). Its rotations are kept and
/// applied backwards to those vectors that are asked for, which takes about 4 n³ / 3 multiply-adds
/// and 7 n² for each vector.
///
/// # Panics
///
/// If `a` does not have `n * n` elements, or if one of them is not finite. (Or if the iteration does
/// not converge in 200 steps for one eigenvalue; two are usual, and no such matrix is known.)
pub fn symmetric_eigen(n: usize, a: &[f64], count: usize) -> (Vec<f64>, Vec<f64>) {
    assert_eq!(
        a.len(),
        n * n,
        "a symmetric matrix of order {n} has {} elements",
        n * n
    );
    let upper = || (0..n).flat_map(|i| &a[i * n + i..(i + 1) * n]);
    assert!(
        upper().all(|v| v.is_finite()),
        "a symmetric matrix has finite elements"
    );
    // A power of two, so that the division is exact: products of several elements occur below, and
    // must neither overflow nor underflow.
    let largest = upper().fold(0.0_f64, |m, v| m.max(v.abs()));
    let unit = f64::from_bits(largest.to_bits() & f64::INFINITY.to_bits());
    let unit = if unit == 0.0 { 1.0 } else { unit };
    // Rows that end in zeros.
    let width = n.next_multiple_of(SIDE);
    let mut work = vec![[0.0; SIDE]; n * width / SIDE];
    let whole = work.as_flattened_mut();
    for i in 0..n {
        for j in i..n {
            let value = a[i * n + j] / unit;
            (whole[i * width + j], whole[j * width + i]) = (value, value);
        }
    }
    let reduced = decompose(n, &mut work);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| reduced.values[j].total_cmp(&reduced.values[i]));
    let values = order.iter().map(|&i| reduced.values[i] * unit).collect();
    let mut rows = Vec::with_capacity(count.min(n) * n);
    for wanted in order[..count.min(n)].chunks(SIDE) {
        let vectors = vectors_of(n, &work, &reduced, wanted);
        for i in 0..wanted.len() {
            let from = rows.len();
            rows.extend(vectors.iter().map(|components| components[i]));
            let row = &mut rows[from..];
            if sign_is_negative(row) {
                row.iter_mut().for_each(|v| *v = -*v);
            }
        }
    }
    (values, rows)
}

/// A symmetric matrix taken apart: beside it the scales of the reflections that are left in it.
struct Reduced {
    scales: Vec<f64>,
    rotations: Vec<Rotation>,
    /// The eigenvalues, in no order.
    values: Vec<f64>,
}

/// A rotation in the plane of coordinate `first` and the next.
struct Rotation {
    first: usize,
    cosine: f64,
    sine: f64,
}

kernel! {
    /// The eigenvalues of a symmetric matrix, which is used up, and what they were found by.
    fn decompose(n: usize, a: &mut [Side]) -> Reduced {
        let (mut diagonal, mut off_diagonal, scales) = tridiagonalise(n, a);
        let rotations = diagonalise(&mut diagonal, &mut off_diagonal);
        Reduced { scales, rotations, values: diagonal }
    }
}

kernel! {
    /// For each coordinate that of the eigenvectors at some positions, at most [`SIDE`]:
    /// unit vectors rotated and then reflected, the last first.
    fn vectors_of(n: usize, a: &[Side], reduced: &Reduced, wanted: &[usize]) -> Vec<Side> {
        let (a, width) = (a.as_flattened(), n.next_multiple_of(SIDE));
        let mut vectors = vec![[0.0; SIDE]; n];
        for (i, position) in wanted.iter().enumerate() {
            vectors[*position][i] = 1.0;
        }
        // One coordinate is in the plane of each rotation and of the next.
        let mut shared = reduced.rotations.last().map_or(0, |last| last.first);
        let mut x = vectors[shared];
        for Rotation { first, cosine, sine } in reduced.rotations.iter().rev() {
            if *first != shared {
                vectors[shared] = x;
                x = vectors[*first];
            }
            shared = first + 1;
            let y = vectors[shared];
            let mut turned = [x, y];
            for i in 0..SIDE {
                turned[0][i] = cosine * x[i] + sine * y[i];
                turned[1][i] = cosine * y[i] - sine * x[i];
            }
            [vectors[*first], x] = turned;
        }
        vectors[shared] = x;
        // Reflection k meets only the coordinates after k.
        for k in (0..n.saturating_sub(2)).rev() {
            let scale = reduced.scales[k];
            if scale == 0.0 {
                continue;
            }
            let (v, vectors) = (&a[k * width + k + 1..], &mut vectors[k + 1..]);
            let mut along = [[0.0; SIDE]];
            for (row, v) in vectors.iter().zip(v) {
                add_scaled(&mut along, scale * v, &[*row]);
            }
            for (row, v) in vectors.iter_mut().zip(v) {
                let mut reflected = [*row];
                add_scaled(&mut reflected, -v, &along);
                [*row] = reflected;
            }
        }
        vectors
    }
}

/// Whether the first of the largest components of `row` is negative.
fn sign_is_negative(row: &[f64]) -> bool {
    let largest = row.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    row.iter()
        .find(|v| v.abs() >= largest * (1.0 - 1e-6))
        .is_some_and(|v| *v < 0.0)
}

/// Adds `factor` times `x` to `y`. Sums stand by themselves until all are made, here and below:
/// where they might overwrite what is still to be read, none would be vectors.
#[inline(always)]
fn add_scaled(y: &mut [Side], factor: f64, x: &[Side]) {
    for (y, x) in y.iter_mut().zip(x) {
        let mut sum = *y;
        for i in 0..SIDE {
            sum[i] += factor * x[i];
        }
        *y = sum;
    }
}

/// The sum of products.
#[inline(always)]
fn product(x: &[Side], y: &[Side]) -> f64 {
    let mut sums = [0.0; SIDE];
    for (x, y) in x.iter().zip(y) {
        for i in 0..SIDE {
            sums[i] += x[i] * y[i];
        }
    }
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
    }
    sums[0]
}

/// Reduces a symmetric matrix, whose rows end in zeros, to tridiagonal form, and returns its
/// diagonal, its off-diagonal (element i couples i and i + 1; the last is 0) and the scales of the
/// reflections.
///
/// Reflection k is I - scale_k v vᵀ; v is left in row k of `a`, to the right of the diagonal.
#[inline(always)]
fn tridiagonalise(n: usize, a: &mut [Side]) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut diagonal = vec![0.0; n];
    let mut off_diagonal = vec![0.0; n];
    let mut scales = vec![0.0; n];
    let sides = n.div_ceil(SIDE);
    let mut w = vec![[0.0; SIDE]; sides];
    for k in 0..n {
        let (upper, rest) = a.split_at_mut((k + 1) * sides);
        let row = &mut upper[k * sides..];
        diagonal[k] = row[k / SIDE][k % SIDE];
        if k + 1 == n {
            break;
        }
        // What is before the first component that counts is 0 from here on.
        let (from, first) = ((k + 1) / SIDE, (k + 1) % SIDE);
        let (v, w) = (&mut row[from..], &mut w[from..]);
        v[0][..first].fill(0.0);
        // Scaled so that the squares of a tiny remainder do not underflow.
        let head = v[0][first];
        v[0][first] = 0.0;
        let mut largest = [0.0; SIDE];
        for side in v.iter() {
            for i in 0..SIDE {
                let size = side[i].abs();
                largest[i] = if size > largest[i] { size } else { largest[i] };
            }
        }
        let size = largest.iter().fold(0.0_f64, |m, x| m.max(*x));
        v[0][first] = head;
        if size == 0.0 {
            off_diagonal[k] = head;
            continue;
        }
        let size = size.max(head.abs());
        for side in v.iter_mut() {
            *side = side.map(|x| x / size);
        }
        let norm = product(v, v).sqrt();
        let head = v[0][first];
        let image = if head > 0.0 { -norm } else { norm };
        off_diagonal[k] = image * size;
        let scale = 1.0 / (norm * (norm + head.abs()));
        scales[k] = scale;
        v[0][first] -= image;

        // With p = scale A v and w = p - (scale/2)(pᵀv) v, the reflected matrix is A - v wᵀ - w vᵀ.
        // Rows are columns here, so both loops run along contiguous memory.
        w.fill([0.0; SIDE]);
        for (row, vi) in rest.chunks_exact(sides).zip(&v.as_flattened()[first..]) {
            add_scaled(w, scale * vi, &row[from..]);
        }
        w[0][..first].fill(0.0);
        let overlap = product(w, v);
        add_scaled(w, -0.5 * scale * overlap, v);
        let both = v.as_flattened()[first..]
            .iter()
            .zip(&w.as_flattened()[first..]);
        for (row, (vi, wi)) in rest.chunks_exact_mut(sides).zip(both) {
            for ((x, v), w) in row[from..].iter_mut().zip(v.iter()).zip(w.iter()) {
                let mut rest = *x;
                for i in 0..SIDE {
                    rest[i] -= vi * w[i] + wi * v[i];
                }
                *x = rest;
            }
        }
    }
    (diagonal, off_diagonal, scales)
}

/// √(a² + b²) without overflow; `f64::hypot` is the system's and differs between machines.
#[inline(always)]
fn hypotenuse(a: f64, b: f64) -> f64 {
    let plain = (a * a + b * b).sqrt();
    if plain > 1e-140 && plain < 1e140 {
        return plain;
    }
    let large = a.abs().max(b.abs());
    if large == 0.0 {
        return 0.0;
    }
    let (a, b) = (a / large, b / large);
    large * (a * a + b * b).sqrt()
}

/// Turns `d`, the diagonal of a tridiagonal matrix with off-diagonal `e`, into its eigenvalues,
/// by rotations in the order in which they are returned. The names are those of `tql2`.
#[inline(always)]
fn diagonalise(d: &mut [f64], e: &mut [f64]) -> Vec<Rotation> {
    const MOST_ITERATIONS: usize = 200;
    let mut rotations = Vec::new();
    let n = d.len();
    let mut shift = 0.0;
    let mut largest = 0.0_f64;
    for l in 0..n {
        largest = largest.max(d[l].abs() + e[l].abs());
        let negligible = f64::EPSILON * largest;
        // The last element of e is zero, so there always is such an m.
        let m = (l..n).find(|&m| e[m].abs() <= negligible).unwrap_or(n - 1);
        let mut iterations = 0;
        while m > l && e[l].abs() > negligible {
            iterations += 1;
            assert!(
                iterations <= MOST_ITERATIONS,
                "the QL iteration did not converge"
            );
            let g = d[l];
            let p = (d[l + 1] - g) / (2.0 * e[l]);
            let r = if p < 0.0 {
                -hypotenuse(p, 1.0)
            } else {
                hypotenuse(p, 1.0)
            };
            d[l] = e[l] / (p + r);
            d[l + 1] = e[l] * (p + r);
            let next = d[l + 1];
            let h = g - d[l];
            d[l + 2..].iter_mut().for_each(|x| *x -= h);
            shift += h;

            let mut p = d[m];
            let (mut c, mut c2, mut c3) = (1.0, 1.0, 1.0);
            let (mut s, mut s2) = (0.0, 0.0);
            let el1 = e[l + 1];
            for i in (l..m).rev() {
                (c3, c2, s2) = (c2, c, s);
                let g = c * e[i];
                let h = c * p;
                let r = hypotenuse(p, e[i]);
                e[i + 1] = s * r;
                s = e[i] / r;
                c = p / r;
                p = c * d[i] - s * g;
                d[i + 1] = h + s * (c * g + s * d[i]);
                rotations.push(Rotation {
                    first: i,
                    cosine: c,
                    sine: s,
                });
            }
            p = -s * s2 * c3 * el1 * e[l] / next;
            e[l] = s * p;
            d[l] = c * p;
        }
        d[l] += shift;
        e[l] = 0.0;
    }
    rotations
}

/// Solves `a·x = b` for a square matrix `a` given row by row: `b` becomes *x*, and the
/// determinant of `a`, whose elements are used up, is returned. `None` where `a` is singular
/// or not finite.
///
/// Method: elimination with the largest element of each column as its pivot.
///
/// # Panics
///
/// If `a` does not have the square of `b`'s elements.
pub fn solve(a: &mut [f64], b: &mut [f64]) -> Option<f64> {
    let n = b.len();
    assert_eq!(a.len(), n * n, "a square matrix of order {n}");
    let mut determinant = 1.0;
    for k in 0..n {
        let at = |i: usize| a[i * n + k].abs();
        let pivot = (k..n).fold(k, |best, i| if at(i) > at(best) { i } else { best });
        let size = at(pivot);
        if !(size > 0.0 && size.is_finite()) {
            return None;
        }
        if pivot != k {
            (0..n).for_each(|j| a.swap(k * n + j, pivot * n + j));
            b.swap(k, pivot);
            determinant = -determinant;
        }
        determinant *= a[k * n + k];
        for i in k + 1..n {
            let factor = a[i * n + k] / a[k * n + k];
            for j in k..n {
                a[i * n + j] -= factor * a[k * n + j];
            }
            b[i] -= factor * b[k];
        }
    }
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| a[k * n + j] * b[j]).sum();
        b[k] = (b[k] - known) / a[k * n + k];
    }
    Some(determinant)
}

#[cfg(test)]
mod tests {
    use super::symmetric_eigen;

    /// The covariance of a Brownian motion at times 1 to n.
    fn brownian(n: usize) -> Vec<f64> {
        (0..n * n)
            .map(|k| (1 + (k / n).min(k % n)) as f64)
            .collect()
    }

    /// A symmetric matrix without structure, its elements in (-1/2, 1/2).
    fn arbitrary(n: usize) -> Vec<f64> {
        let element = |i: usize, j: usize| {
            let mixed = ((i * 1_009 + j) as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (mixed >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        };
        (0..n * n)
            .map(|k| element((k / n).min(k % n), (k / n).max(k % n)))
            .collect()
    }

    fn dot(x: &[f64], y: &[f64]) -> f64 {
        x.iter().zip(y).map(|(x, y)| x * y).sum()
    }

    /// Checks order, orthonormality, signs and the reconstruction of `a`.
    fn check(n: usize, a: &[f64]) -> Vec<f64> {
        let (values, vectors) = symmetric_eigen(n, a, n);
        assert!(values.is_sorted_by(|x, y| x >= y));
        let row = |i: usize| &vectors[i * n..(i + 1) * n];
        let size = values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        for i in 0..n {
            let largest = row(i).iter().fold(0.0_f64, |m, v| m.max(v.abs()));
            assert!(
                row(i).iter().any(|v| *v >= largest * (1.0 - 1e-6)),
                "sign of vector {i}"
            );
            for j in 0..n {
                let expected = if i == j { 1.0 } else { 0.0 };
                let error = (dot(row(i), row(j)) - expected).abs();
                assert!(error < 2e-14, "vectors {i} and {j}: {error:e}");
                let rebuilt: f64 = (0..n).map(|k| values[k] * row(k)[i] * row(k)[j]).sum();
                let error = (rebuilt - a[i * n + j]).abs();
                assert!(error <= 2e-14 * size, "element {i}, {j}: {error:e}");
            }
        }
        values
    }

    #[test]
    fn brownian_eigenvalues_have_their_closed_form() {
        for n in [1, 2, 3, 12, 56, 120] {
            let values = check(n, &brownian(n));
            for (k, value) in values.iter().enumerate() {
                let angle = (2 * k + 1) as f64 * std::f64::consts::PI / (2 * (2 * n + 1)) as f64;
                let expected = 1.0 / (4.0 * angle.sin().powi(2));
                let error = (value - expected).abs() / values[0];
                assert!(error < 1e-14, "n = {n}, k = {k}: {error:e}");
            }
        }
    }

    #[test]
    fn unstructured_matrices_are_rebuilt() {
        for n in [1, 2, 3, 4, 7, 40, 100] {
            check(n, &arbitrary(n));
        }
    }

    #[test]
    fn extreme_scales_are_rebuilt() {
        for factor in [1e-200, 1e150] {
            let scaled: Vec<f64> = arbitrary(20).iter().map(|v| v * factor).collect();
            check(20, &scaled);
        }
    }

    #[test]
    fn repeated_and_zero_eigenvalues_are_handled() {
        assert_eq!(symmetric_eigen(0, &[], 0), (vec![], vec![]));
        assert_eq!(check(3, &[0.0; 9]), [0.0; 3]);
        assert_eq!(
            check(3, &[2.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0, 2.0]),
            [5.0, 2.0, 2.0]
        );
        let ones = check(30, &[1.0; 900]);
        assert!((ones[0] - 30.0).abs() < 1e-13 && ones[1].abs() < 1e-13);
    }

    #[test]
    fn some_vectors_are_the_first_of_all() {
        let a = arbitrary(40);
        let (values, all) = symmetric_eigen(40, &a, 40);
        for count in [0, 1, 16, 17, 60] {
            let (own, vectors) = symmetric_eigen(40, &a, count);
            assert_eq!(own, values);
            assert_eq!(vectors, all[..count.min(40) * 40]);
        }
    }

    #[test]
    fn only_the_upper_triangle_is_read() {
        let mut a = arbitrary(9);
        let expected = symmetric_eigen(9, &a, 9);
        a[8 * 9 + 2] = f64::NAN;
        assert_eq!(symmetric_eigen(9, &a, 9), expected);
    }

    #[test]
    #[should_panic(expected = "order 2 has 4 elements")]
    fn a_wrong_length_is_refused() {
        symmetric_eigen(2, &[1.0; 3], 2);
    }

    #[test]
    fn a_system_whose_first_pivot_is_none_is_solved() {
        let a = [0.0, 2.0, 1.0, 1.0, 1.0, 1.0, 3.0, 0.0, -1.0];
        let wanted = [1.0, -2.0, 0.5];
        let mut b: Vec<f64> = a
            .chunks(3)
            .map(|row| row.iter().zip(wanted).map(|(a, x)| a * x).sum())
            .collect();
        // By the rule of Sarrus.
        let determinant = super::solve(&mut a.clone(), &mut b).unwrap();
        assert!((determinant - 5.0).abs() < 1e-14, "{determinant}");
        for (x, wanted) in b.iter().zip(wanted) {
            assert!((x - wanted).abs() < 1e-14, "{b:?}");
        }
        assert_eq!(
            super::solve(&mut [1.0, 2.0, 2.0, 4.0], &mut [1.0, 2.0]),
            None
        );
        assert_eq!(super::solve(&mut [f64::NAN], &mut [1.0]), None);
    }
}
