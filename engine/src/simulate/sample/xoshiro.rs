//! xoshiro256++, the generator of Blackman and Vigna (2021, *Scrambled linear
//! pseudorandom number generators*), one for each path, side by side.
//!
//! A path's generator starts from 256 bits of the counter-based generator at its
//! number, so any path can be drawn again without the others.

use super::philox;
use crate::units::{LANES, Lanes};

/// Paths whose generators are kept in registers at a time.
const GROUP: usize = 8;

/// Fills `rows` with 64 random bits for each of some paths, in the form of numbers with
/// these bits: the first numbers of each path's generator, in order.
#[inline(always)]
pub fn fill(key: u64, paths: &[u64; LANES], rows: &mut [Lanes]) {
    let [a, b] = philox::pair(key, paths, 0);
    let [c, d] = philox::pair(key, paths, 1);
    for lane in (0..LANES).step_by(GROUP) {
        let part =
            |words: &[u64; LANES]| -> [u64; GROUP] { std::array::from_fn(|l| words[lane + l]) };
        let mut generators = Generators([part(&a), part(&b), part(&c), part(&d)]);
        for row in rows.iter_mut() {
            let row: &mut [f64; GROUP] = row[lane..].first_chunk_mut().expect("a whole group");
            *row = generators.next().map(f64::from_bits);
        }
    }
}

/// The states of some generators, word by word.
struct Generators([[u64; GROUP]; 4]);

impl Generators {
    #[inline(always)]
    fn next(&mut self) -> [u64; GROUP] {
        let [a, b, c, d] = &mut self.0;
        let mut out = [0; GROUP];
        for l in 0..GROUP {
            let sum = a[l].wrapping_add(d[l]);
            out[l] = sum.rotate_left(23).wrapping_add(a[l]);
            let shifted = b[l] << 17;
            c[l] ^= a[l];
            d[l] ^= b[l];
            b[l] ^= c[l];
            a[l] ^= d[l];
            c[l] ^= shifted;
            d[l] = d[l].rotate_left(45);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_reference_implementation() {
        // The authors' xoshiro256plusplus.c from the state 1, 2, 3, 4.
        let mut generators = Generators([1, 2, 3, 4].map(|word| [word; GROUP]));
        for expected in [
            41_943_041,
            58_720_359,
            3_588_806_011_781_223,
            3_591_011_842_654_386,
            9_228_616_714_210_784_205,
            9_973_669_472_204_895_162,
            14_011_001_112_246_962_877,
            12_406_186_145_184_390_807,
            15_849_039_046_786_891_736,
            10_450_023_813_501_588_000,
        ] {
            assert_eq!(generators.next(), [expected; GROUP]);
        }
    }

    #[test]
    fn a_path_has_its_numbers_whatever_is_drawn_with_it() {
        let mut early = [[0.0; LANES]; 3];
        let mut late = [[0.0; LANES]; 5];
        fill(7, &philox::consecutive(0), &mut early);
        fill(7, &philox::consecutive(40), &mut late);
        for (early, late) in early.iter().zip(&late) {
            for l in 40..LANES {
                assert_eq!(early[l].to_bits(), late[l - 40].to_bits());
            }
        }
    }
}
