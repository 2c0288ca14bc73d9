//! Elementary functions, the normal distribution, eigenvectors, Cholesky factors and linear
//! systems, with the same bits everywhere.
//!
//! | function | largest error | form |
//! |---|---|---|
//! | [`fma`] | exactly rounded | vector loops |
//! | [`exp`] | 1 ulp | vector loops |
//! | [`growth_factor`] | 5e-14, relative | vector loops |
//! | [`ln`] | 0.8 ulp | vector loops |
//! | [`inverse_normal_cdf_from_bits`] | 6e-15, relative | vector loops |
//! | [`standard_normals`] | 4e-11, relative | vector loops |
//! | [`inverse_normal_cdf`] | 1e-15, relative | scalar |
//! | [`normal_cdf`] | 1e-15, relative | scalar |
//! | [`Beta`] | 1e-14, relative, below the median | scalar |
//! | [`symmetric_eigen`] | 1e-14 of the largest eigenvalue | vector loops of its own |
//! | [`Cholesky`], [`solve`] | backward stable | scalar |
//!
//! The standard library is not used for `exp`, `ln` and their like: it calls the system's
//! mathematics library, which rounds differently from machine to machine and cannot be vectorised.
//! Here everything is built from operations that IEEE 754 defines to the last bit (+ - * /, square
//! root, fused multiply-add), and Rust neither reorders nor contracts them.
//!
//! "Vector loops" means: a loop over an array that calls the function becomes AVX2 or AVX-512 code
//! inside a function compiled for these (with FMA). Without FMA the results are the same, but each
//! [`fma`] is a call to a routine that emulates it, some thirty times slower.

mod beta;
#[cfg(test)]
mod check;
mod cholesky;
mod elementary;
mod fused;
mod kernels;
mod linear;
mod normal;
mod normal_row;
mod tables;
mod wide;

pub use beta::Beta;
pub use cholesky::{Cholesky, dot};
pub use elementary::{exp, growth_factor, ln};
pub use fused::fma;
#[cfg(target_arch = "wasm32")]
pub use fused::fma_in_software;
#[cfg(feature = "force-instruction-set")]
pub use kernels::forced;
pub(crate) use kernels::kernel;
pub use linear::{solve, symmetric_eigen};
pub use normal::{inverse_normal_cdf, inverse_normal_cdf_from_bits, normal_cdf};
pub use normal_row::{MAX_ROW, standard_normals};
pub use wide::{Real, Wide, lanes};
