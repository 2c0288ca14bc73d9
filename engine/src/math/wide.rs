//! Numbers side by side, where a compiler does not put them so by itself.
//!
//! A loop over lanes becomes vector code wherever the processor multiplies and adds in one
//! instruction on single numbers, too. WebAssembly has that instruction for two numbers only,
//! and compilers do not make one of two. So hot loops step by [`Wide::WIDTH`], over [`lanes`]:
//! a [`Wide`] is two numbers there, and one everywhere else.

use std::ops::{Add, BitAnd, Div, Mul, Neg, Sub};

use super::fused::fma;

/// A number, or several side by side, each with the operations of one to the last bit.
pub trait Real:
    Copy
    + From<f64>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// What a comparison gives.
    type Mask: Copy + BitAnd<Output = Self::Mask>;
    /// How many numbers it is.
    const WIDTH: usize;

    /// Those that stand in a row from a place on.
    fn load<const N: usize>(row: &[f64; N], at: usize) -> Self;

    /// Puts them there.
    fn store<const N: usize>(self, row: &mut [f64; N], at: usize);

    /// `self · factor + term`, rounded once.
    #[must_use]
    fn fma(self, factor: Self, term: Self) -> Self;

    /// Whether it is greater than another.
    fn above(self, other: Self) -> Self::Mask;

    /// Whether it is another or greater.
    fn at_least(self, other: Self) -> Self::Mask;

    /// One number or another.
    fn choose(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// Its size.
    #[must_use]
    fn size(self) -> Self;

    /// The number of other bits.
    #[must_use]
    fn map_bits(self, map: impl Fn(u64) -> u64) -> Self;
}

impl Real for f64 {
    type Mask = bool;
    const WIDTH: usize = 1;

    #[inline(always)]
    fn load<const N: usize>(row: &[f64; N], at: usize) -> Self {
        row[at]
    }

    #[inline(always)]
    fn store<const N: usize>(self, row: &mut [f64; N], at: usize) {
        row[at] = self;
    }

    #[inline(always)]
    fn fma(self, factor: Self, term: Self) -> Self {
        fma(self, factor, term)
    }

    #[inline(always)]
    fn above(self, other: Self) -> bool {
        self > other
    }

    #[inline(always)]
    fn at_least(self, other: Self) -> bool {
        self >= other
    }

    #[inline(always)]
    fn choose(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }

    #[inline(always)]
    fn size(self) -> Self {
        self.abs()
    }

    #[inline(always)]
    fn map_bits(self, map: impl Fn(u64) -> u64) -> Self {
        Self::from_bits(map(self.to_bits()))
    }
}

/// What hot loops over lanes work on.
#[cfg(not(all(target_arch = "wasm32", target_feature = "relaxed-simd")))]
pub type Wide = f64;

/// The first of each group of lanes that are worked on together.
#[cfg(not(all(target_arch = "wasm32", target_feature = "relaxed-simd")))]
#[inline(always)]
pub fn lanes(count: usize) -> impl Iterator<Item = usize> {
    0..count
}

#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
pub use pair::{Pair as Wide, lanes};

#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
mod pair {
    use std::arch::wasm32::{
        f64x2, f64x2_abs, f64x2_add, f64x2_div, f64x2_extract_lane as lane, f64x2_ge, f64x2_gt,
        f64x2_mul, f64x2_neg, f64x2_relaxed_madd, f64x2_splat, f64x2_sub, u64x2,
        u64x2_extract_lane as bits, v128, v128_and, v128_bitselect,
    };
    use std::ops::{Add, BitAnd, Div, Mul, Neg, Sub};

    use super::Real;

    /// Two numbers.
    #[derive(Clone, Copy, Debug)]
    pub struct Pair(v128);

    /// What a comparison of two gives, all bits of each or none.
    #[derive(Clone, Copy, Debug)]
    pub struct Mask(v128);

    /// The first of each two lanes; there is an even number.
    #[inline(always)]
    pub fn lanes(count: usize) -> impl Iterator<Item = usize> {
        (0..count).step_by(Pair::WIDTH)
    }

    impl From<f64> for Pair {
        #[inline(always)]
        fn from(number: f64) -> Self {
            Self(f64x2_splat(number))
        }
    }

    impl BitAnd for Mask {
        type Output = Self;

        #[inline(always)]
        fn bitand(self, other: Self) -> Self {
            Self(v128_and(self.0, other.0))
        }
    }

    macro_rules! operator {
        ($($name:ident $method:ident $instruction:ident;)*) => {$(
            impl $name for Pair {
                type Output = Self;

                #[inline(always)]
                fn $method(self, other: Self) -> Self {
                    Self($instruction(self.0, other.0))
                }
            }
        )*};
    }

    operator! {
        Add add f64x2_add;
        Sub sub f64x2_sub;
        Mul mul f64x2_mul;
        Div div f64x2_div;
    }

    impl Neg for Pair {
        type Output = Self;

        #[inline(always)]
        fn neg(self) -> Self {
            Self(f64x2_neg(self.0))
        }
    }

    impl Real for Pair {
        type Mask = Mask;
        const WIDTH: usize = 2;

        #[inline(always)]
        fn load<const N: usize>(row: &[f64; N], at: usize) -> Self {
            Self(f64x2(row[at], row[at + 1]))
        }

        #[inline(always)]
        fn store<const N: usize>(self, row: &mut [f64; N], at: usize) {
            row[at] = lane::<0>(self.0);
            row[at + 1] = lane::<1>(self.0);
        }

        #[inline(always)]
        fn fma(self, factor: Self, term: Self) -> Self {
            Self(f64x2_relaxed_madd(self.0, factor.0, term.0))
        }

        #[inline(always)]
        fn above(self, other: Self) -> Mask {
            Mask(f64x2_gt(self.0, other.0))
        }

        #[inline(always)]
        fn at_least(self, other: Self) -> Mask {
            Mask(f64x2_ge(self.0, other.0))
        }

        #[inline(always)]
        fn choose(mask: Mask, yes: Self, no: Self) -> Self {
            Self(v128_bitselect(yes.0, no.0, mask.0))
        }

        #[inline(always)]
        fn size(self) -> Self {
            Self(f64x2_abs(self.0))
        }

        #[inline(always)]
        fn map_bits(self, map: impl Fn(u64) -> u64) -> Self {
            Self(u64x2(map(bits::<0>(self.0)), map(bits::<1>(self.0))))
        }
    }
}
