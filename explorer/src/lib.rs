//! The engine as a WebAssembly module, for the explorer's page and for whoever runs one: a
//! request as JSON goes in, an answer as JSON comes out. The module imports nothing: no
//! clock, no file, no thread, no random number; so its answers are those of the program.
//!
//! ```text
//! at = request(length)      where the bytes of a request go, in the module's memory
//! length = answer_request() answers it
//! at = answer_at()          where the bytes of the answer are
//! ```
//!
//! [`Request`] says what can be asked. A scenario is opened once; what is asked of it then
//! names the changes.

use std::cell::RefCell;

pub use capbind::artifacts::explorer::{Draw, Pin, Request, Session, answer};

/// What the module keeps between two calls.
#[derive(Default)]
struct Memory {
    session: Session,
    request: Vec<u8>,
    answer: String,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// Makes room for a request of so many bytes and says where.
#[unsafe(no_mangle)]
pub extern "C" fn request(length: usize) -> *mut u8 {
    MEMORY.with_borrow_mut(|memory| {
        memory.request.clear();
        memory.request.resize(length, 0);
        memory.request.as_mut_ptr()
    })
}

/// Answers the request; how many bytes the answer has.
#[unsafe(no_mangle)]
pub extern "C" fn answer_request() -> usize {
    MEMORY.with_borrow_mut(|memory| {
        memory.answer = answer(&mut memory.session, &memory.request);
        memory.answer.len()
    })
}

/// Where the answer is, until the next request.
#[unsafe(no_mangle)]
pub extern "C" fn answer_at() -> *const u8 {
    MEMORY.with_borrow(|memory| memory.answer.as_ptr())
}

/// The relaxed multiply-add in software: a page without that instruction has calls of this
/// in its places, with the same bits.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[allow(
    improper_ctypes_definitions,
    reason = "only the module itself calls it, by value"
)]
#[unsafe(no_mangle)]
pub extern "C" fn fused_in_software(
    a: std::arch::wasm32::v128,
    b: std::arch::wasm32::v128,
    c: std::arch::wasm32::v128,
) -> std::arch::wasm32::v128 {
    use std::arch::wasm32::{f64x2, f64x2_extract_lane as lane};
    let fma = capbind::math::fma_in_software;
    f64x2(
        fma(lane::<0>(a), lane::<0>(b), lane::<0>(c)),
        fma(lane::<1>(a), lane::<1>(b), lane::<1>(c)),
    )
}

/// `a · b + c` of one triple whose fused result differs from the unfused one: whether this
/// processor gives the program's bits. The products are the caller's, so that no compiler
/// knows the answer.
#[unsafe(no_mangle)]
pub extern "C" fn fused(a: f64, b: f64, c: f64) -> f64 {
    capbind::math::fma(a, b, c)
}
