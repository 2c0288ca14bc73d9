//! Code for each instruction set: the list of them, and the one way to write a
//! function that is compiled for all.

/// Compiles a function for every instruction set of the list. Where it is called, the
/// best that the processor has is taken; all give the same bits. Arguments are plain
/// names. In tests a level can be forced.
macro_rules! kernel {
    (
        $(#[$meta:meta])*
        $visible:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $out:ty)? $body:block
    ) => {
        #[cfg(not(test))]
        #[multiversion::multiversion(targets(
            "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma+bmi1+bmi2+lzcnt+popcnt",
            "x86_64+avx2+fma+bmi1+bmi2+lzcnt+popcnt"
        ))]
        $(#[$meta])*
        $visible fn $name($($argument: $type),*) $(-> $out)? $body

        #[cfg(test)]
        $(#[$meta])*
        $visible fn $name($($argument: $type),*) $(-> $out)? {
            use $crate::simulate::kernels::forced;

            #[multiversion::multiversion(targets(
                "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma+bmi1+bmi2+lzcnt+popcnt"
            ))]
            $(#[$meta])*
            fn avx512($($argument: $type),*) $(-> $out)? $body

            #[multiversion::multiversion(targets("x86_64+avx2+fma+bmi1+bmi2+lzcnt+popcnt"))]
            $(#[$meta])*
            fn avx2($($argument: $type),*) $(-> $out)? $body

            $(#[$meta])*
            fn baseline($($argument: $type),*) $(-> $out)? $body

            match forced::level(concat!(module_path!(), "::", stringify!($name))) {
                forced::BASELINE => baseline($($argument),*),
                forced::AVX2 => avx2($($argument),*),
                _ => avx512($($argument),*),
            }
        }
    };
}

pub(super) use kernel;

/// The instruction sets that kernels are held to, in tests.
#[cfg(test)]
pub mod forced {
    use std::collections::BTreeSet;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU8, Ordering};

    /// What every processor has.
    pub const BASELINE: u8 = 0;
    /// AVX2, where the processor has it.
    pub const AVX2: u8 = 1;
    /// AVX-512, where the processor has it.
    pub const AVX512: u8 = 2;
    /// No level is forced: any will do.
    const ANY: u8 = 3;

    static LEVEL: AtomicU8 = AtomicU8::new(ANY);
    static CALLED: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());

    /// The level of a kernel that is called; notes the call while one is forced.
    pub fn level(kernel: &'static str) -> u8 {
        let level = LEVEL.load(Ordering::Relaxed);
        if level != ANY {
            CALLED.lock().unwrap().insert(kernel);
        }
        level
    }

    /// What something comes to where all kernels keep to a level. Other tests may run
    /// on it meanwhile: it makes no difference to them.
    pub fn at<T>(forced: u8, what: impl FnOnce() -> T) -> T {
        LEVEL.store(forced, Ordering::Relaxed);
        let result = what();
        LEVEL.store(ANY, Ordering::Relaxed);
        result
    }

    /// The kernels called while a level was forced.
    pub fn called() -> Vec<&'static str> {
        CALLED.lock().unwrap().iter().copied().collect()
    }
}
