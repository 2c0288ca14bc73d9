//! Fused multiply-add, the same bits on every target.
#![allow(
    clippy::disallowed_methods,
    reason = "here is the one place for the standard library's own"
)]

/// `a · b + c`, rounded once. All multiply-adds of the program go through it.
///
/// Processors have an instruction for it. WebAssembly has one with relaxed SIMD, fused where
/// the processor below can (a program that needs the bits tries it on one known triple); without
/// it, `software` gives the same bits in software.
#[inline(always)]
pub fn fma(a: f64, b: f64, c: f64) -> f64 {
    #[cfg(not(target_arch = "wasm32"))]
    {
        f64::mul_add(a, b, c)
    }
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    {
        use std::arch::wasm32::{f64x2_extract_lane, f64x2_relaxed_madd, f64x2_splat};
        f64x2_extract_lane::<0>(f64x2_relaxed_madd(
            f64x2_splat(a),
            f64x2_splat(b),
            f64x2_splat(c),
        ))
    }
    #[cfg(all(target_arch = "wasm32", not(target_feature = "relaxed-simd")))]
    {
        software::fma(a, b, c)
    }
}

/// The same in software: what a WebAssembly module does where its processor or browser has
/// no such instruction.
#[cfg(target_arch = "wasm32")]
pub use software::fma as fma_in_software;

#[cfg(any(test, target_arch = "wasm32"))]
mod software;
