//! Numerics.

mod elementary;
mod linear;
mod normal;

pub use elementary::{exp, ln};
pub use linear::symmetric_eigen;
pub use normal::{inverse_normal_cdf, inverse_normal_cdf_from_bits, normal_cdf};
