//! Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw
//! (2011, *Parallel random numbers: as easy as 1, 2, 3*): every number is a
//! function of key and counter alone, so any draw of any path can be had at once
//! and in any order.

use crate::units::LANES;

const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
const KEY_STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;
const LOW: u64 = 0xFFFF_FFFF;

/// [`LANES`] consecutive paths from `first`.
#[inline(always)]
pub fn consecutive(first: u64) -> [u64; LANES] {
    let mut paths = [0; LANES];
    for (l, path) in paths.iter_mut().enumerate() {
        *path = first.wrapping_add(l as u64);
    }
    paths
}

/// The two 64-bit numbers at counter `(path, index)` for each of some paths: numbers
/// 2·index and 2·index + 1 of its stream.
#[inline(always)]
pub fn pair(key: u64, paths: &[u64; LANES], index: u64) -> [[u64; LANES]; 2] {
    // Words live in 64-bit lanes so that the 32 × 32 → 64 products vectorise.
    let mut x0 = [0; LANES];
    let mut x1 = [0; LANES];
    let mut x2 = [index & LOW; LANES];
    let mut x3 = [index >> 32; LANES];
    for l in 0..LANES {
        x0[l] = paths[l] & LOW;
        x1[l] = paths[l] >> 32;
    }
    let mut key = [key as u32, (key >> 32) as u32];
    for _ in 0..ROUNDS {
        let (k0, k1) = (u64::from(key[0]), u64::from(key[1]));
        for l in 0..LANES {
            let p0 = MULTIPLIERS[0] * x0[l];
            let p1 = MULTIPLIERS[1] * x2[l];
            (x0[l], x1[l], x2[l], x3[l]) = (
                (p1 >> 32) ^ x1[l] ^ k0,
                p1 & LOW,
                (p0 >> 32) ^ x3[l] ^ k1,
                p0 & LOW,
            );
        }
        key[0] = key[0].wrapping_add(KEY_STEPS[0]);
        key[1] = key[1].wrapping_add(KEY_STEPS[1]);
    }
    let mut out = [[0; LANES]; 2];
    for l in 0..LANES {
        out[0][l] = x0[l] | x1[l] << 32;
        out[1][l] = x2[l] | x3[l] << 32;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_published_known_answers() {
        // Random123, kat_vectors, philox4x32 10.
        let cases = [
            (0, 0, 0, 0xe169_c58d_6627_e8d5, 0x9b00_dbd8_bc57_ac4c),
            (
                u64::MAX,
                u64::MAX,
                u64::MAX,
                0x41c8_3b0e_408f_276d,
                0x6d54_51fd_a20b_c7c6,
            ),
            (
                0x299f_31d0_a409_3822,
                0x85a3_08d3_243f_6a88,
                0x0370_7344_1319_8a2e,
                0x94fd_cceb_d16c_fe09,
                0x2412_6ea1_5001_e420,
            ),
        ];
        for (key, path, index, first, second) in cases {
            let [low, high] = pair(key, &consecutive(path), index);
            assert_eq!((low[0], high[0]), (first, second));
        }
    }
}
