//! Scrambled Sobol points.
//!
//! Direction numbers: Joe and Kuo (2008), the set `new-joe-kuo-6`. Scrambling:
//! Owen's nested uniform scrambling by hashing, after Laine and Karras (2011,
//! *Stratified sampling for stochastic transparency*) and Burley (2020,
//! *Practical hash-based Owen scrambling*), with the hash constants of Vegdahl
//! (2022). The first 32 bits are scrambled Sobol digits; no two points of a
//! replicate agree in all of them, so the digits after them are independent
//! random bits in Owen's scrambling too, and here come from a hash of the first.

use std::sync::LazyLock;

use crate::units::LANES;

const BITS: usize = 32;
const JOE_KUO: &str = include_str!("joe_kuo/new-joe-kuo-6.1300");

/// The most dimensions a point may have.
pub const MAX_DIMENSIONS: usize = 1300;
/// The most points of a replicate.
pub const MAX_POINTS: u64 = 1 << 31;

/// The generator matrices of the first dimensions of the sequence.
#[derive(Clone, Debug)]
pub struct Sobol {
    /// Column *b* of each matrix, bits reversed: least significant first.
    columns: Vec<[u32; BITS]>,
    /// The digits each lane adds to those of a row's first point, bits reversed.
    lanes: Vec<[u32; LANES]>,
}

impl Sobol {
    /// The sequence in `dimensions` dimensions, at most [`MAX_DIMENSIONS`].
    pub fn new(dimensions: usize) -> Self {
        static COLUMNS: LazyLock<Vec<[u32; BITS]>> = LazyLock::new(parse_joe_kuo);
        let columns = COLUMNS[..dimensions].to_vec();
        let lanes = columns.iter().map(lane_digits).collect();
        Self { columns, lanes }
    }

    /// Fills `row` with the scrambled coordinates of dimension `dimension` at up to
    /// [`LANES`] consecutive points from `first`, a multiple of their number, which is a
    /// power of two: the 64 bits of a number in [0, 1), in the form of a number with these
    /// bits.
    ///
    /// Numbers of 32 bits in one loop, as many at a time as a register holds of them, and
    /// of 64 in the next.
    #[inline(always)]
    pub fn fill<const N: usize>(
        &self,
        dimension: usize,
        first: u32,
        scramble: Scramble,
        row: &mut [f64; N],
    ) {
        let base = digits(&self.columns[dimension], first);
        let lanes = &self.lanes[dimension];
        let (mut leading, mut trailing) = ([0; N], [0; N]);
        for l in 0..N {
            leading[l] = scramble.digits(base ^ lanes[l]);
            trailing[l] = scramble.trailing(leading[l]);
        }
        for l in 0..N {
            row[l] = f64::from_bits(u64::from(leading[l]) << 32 | u64::from(trailing[l]));
        }
    }
}

/// The digits of the first points, bits reversed: each has those of one before it, and a
/// column.
fn lane_digits(columns: &[u32; BITS]) -> [u32; LANES] {
    let mut all = [0; LANES];
    for lane in 1..LANES {
        all[lane] = all[lane & (lane - 1)] ^ columns[lane.trailing_zeros() as usize];
    }
    all
}

/// The digits of point `index`, bits reversed.
#[inline(always)]
fn digits(columns: &[u32; BITS], mut index: u32) -> u32 {
    let mut digits = 0;
    while index != 0 {
        digits ^= columns[index.trailing_zeros() as usize];
        index &= index - 1;
    }
    digits
}

/// One random scrambling of one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scramble {
    digits: u32,
    trailing: u32,
}

impl Scramble {
    /// The scrambling of 64 random bits.
    pub fn new(bits: u64) -> Self {
        Self {
            digits: bits as u32,
            trailing: (bits >> 32) as u32,
        }
    }

    /// Scrambles digits given in reversed order: each bit may be flipped
    /// depending on the bits more significant than it.
    #[inline(always)]
    fn digits(self, reversed: u32) -> u32 {
        let mut x = reversed;
        x ^= x.wrapping_mul(0x3d20_adea);
        x = x.wrapping_add(self.digits);
        x = x.wrapping_mul((self.digits >> 16) | 1);
        x ^= x.wrapping_mul(0x0552_6c56);
        x ^= x.wrapping_mul(0x53a2_2864);
        x.reverse_bits()
    }

    /// The bits after the digits: multiplicative hashing of these, shifted at random.
    #[inline(always)]
    fn trailing(self, digits: u32) -> u32 {
        digits.wrapping_add(self.trailing).wrapping_mul(0x9e37_79b9)
    }
}

/// Generator matrices from primitive polynomials and initial numbers: one line
/// `d s a m₁ … mₛ` for each dimension from the second.
fn parse_joe_kuo() -> Vec<[u32; BITS]> {
    let first = std::array::from_fn(|b| 1 << b);
    let rest = JOE_KUO.lines().skip(1).map(|line| {
        let mut numbers = line
            .split_ascii_whitespace()
            .map(|word| word.parse::<u32>().expect("the table holds numbers"));
        let mut next = || numbers.next().expect("every line has its numbers");
        let _dimension = next();
        let degree = next() as usize;
        let polynomial = next();
        let mut columns = [0; BITS];
        for (b, column) in columns.iter_mut().enumerate().take(degree) {
            *column = next() << (BITS - 1 - b);
        }
        for b in degree..BITS {
            let mut column = columns[b - degree] ^ (columns[b - degree] >> degree);
            for i in 1..degree {
                let coefficient = polynomial >> (degree - 1 - i) & 1;
                column ^= coefficient * columns[b - i];
            }
            columns[b] = column;
        }
        columns.map(u32::reverse_bits)
    });
    std::iter::once(first).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Coordinate of an unscrambled point as a fraction.
    fn plain(sobol: &Sobol, dimension: usize, index: u32) -> f64 {
        let reversed = digits(&sobol.columns[dimension], index);
        f64::from(reversed.reverse_bits()) / 2f64.powi(32)
    }

    fn row(sobol: &Sobol, dimension: usize, first: u32, scramble: Scramble) -> [u64; LANES] {
        let mut row = [0.0; LANES];
        sobol.fill(dimension, first, scramble, &mut row);
        row.map(f64::to_bits)
    }

    #[test]
    fn points_are_those_of_the_published_sequence() {
        let sobol = Sobol::new(5);
        let point = |i| [0, 1, 2, 3, 4].map(|d| plain(&sobol, d, i));
        assert_eq!(point(0), [0.0; 5]);
        assert_eq!(point(1), [0.5; 5]);
        // Points 2 and 3 in binary order are points 3 and 2 of the Gray-code order.
        assert_eq!(point(3), [0.75, 0.25, 0.25, 0.25, 0.75]);
        assert_eq!(point(2), [0.25, 0.75, 0.75, 0.75, 0.25]);
    }

    #[test]
    fn every_dimension_has_one_point_in_each_interval() {
        let sobol = Sobol::new(MAX_DIMENSIONS);
        for dimension in [0, 1, 2, 17, 59, 255, 1023, MAX_DIMENSIONS - 1] {
            for seed in [0, 1, 0xdead_beef_0123_4567] {
                let mut seen = [false; 4096];
                for first in (0..4096).step_by(LANES) {
                    for x in row(&sobol, dimension, first, Scramble::new(seed)) {
                        seen[(x >> 52) as usize] = true;
                    }
                }
                assert!(seen.iter().all(|s| *s));
            }
        }
    }

    #[test]
    fn pairs_of_leading_dimensions_fill_the_square() {
        // The first two dimensions are a (0, 2)-sequence: one point in every elementary box.
        let sobol = Sobol::new(2);
        let (a, b) = (Scramble::new(3), Scramble::new(99));
        for bits in 0..=10 {
            let mut seen = vec![false; 1024];
            for first in (0..1024).step_by(LANES) {
                let (x, y) = (row(&sobol, 0, first, a), row(&sobol, 1, first, b));
                for l in 0..LANES {
                    let column = (x[l] as u128) << bits >> 64;
                    let row = (y[l] as u128) << (10 - bits) >> 64;
                    seen[(column << (10 - bits) | row) as usize] = true;
                }
            }
            assert!(seen.iter().all(|s| *s));
        }
    }
}
