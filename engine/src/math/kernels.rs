//! Code for each instruction set: the list of them, and the one way to write a
//! function that is compiled for all.

/// Compiles a function for every instruction set of the list. Where it is called, the
/// best that the processor has is taken; all give the same bits. Arguments are plain
/// names. What every processor of an architecture has needs no entry: NEON is such a
/// set. Tests and benchmarks can hold kernels to one ([`forced`]).
macro_rules! kernel {
    // The list, once.
    ($(#[$meta:meta])* $visible:vis fn $($rest:tt)*) => {
        $crate::math::kernel! {
            @targets
            "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma+bmi1+bmi2+lzcnt+popcnt",
            "x86_64+avx2+fma+bmi1+bmi2+lzcnt+popcnt";
            $(#[$meta])* $visible fn $($rest)*
        }
    };
    (
        @targets $avx512:tt, $avx2:tt;
        $(#[$meta:meta])*
        $visible:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $out:ty)? $body:block
    ) => {
        #[cfg(not(feature = "force-instruction-set"))]
        #[multiversion::multiversion(targets($avx512, $avx2))]
        $(#[$meta])*
        $visible fn $name($($argument: $type),*) $(-> $out)? $body

        #[cfg(feature = "force-instruction-set")]
        $(#[$meta])*
        $visible fn $name($($argument: $type),*) $(-> $out)? {
            use $crate::math::forced;

            #[multiversion::multiversion(targets($avx512))]
            $(#[$meta])*
            fn avx512($($argument: $type),*) $(-> $out)? {
                multiversion::target::match_target! {
                    $avx512 => $body,
                    _ => baseline($($argument),*)
                }
            }

            #[multiversion::multiversion(targets($avx2))]
            $(#[$meta])*
            fn avx2($($argument: $type),*) $(-> $out)? {
                multiversion::target::match_target! {
                    $avx2 => $body,
                    _ => baseline($($argument),*)
                }
            }

            // What a processor that lacks a set would run is compiled once.
            #[inline(never)]
            $(#[$meta])*
            fn baseline($($argument: $type),*) $(-> $out)? $body

            match forced::level(concat!(module_path!(), "::", stringify!($name))) {
                forced::InstructionSet::Baseline => baseline($($argument),*),
                forced::InstructionSet::Avx2 => avx2($($argument),*),
                forced::InstructionSet::Avx512 => avx512($($argument),*),
            }
        }
    };
}

pub(crate) use kernel;

/// The instruction sets that kernels can be held to.
#[cfg(feature = "force-instruction-set")]
pub mod forced {
    use std::collections::BTreeSet;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU8, Ordering};

    /// An instruction set that kernels are compiled for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    #[repr(u8)]
    pub enum InstructionSet {
        /// What every processor of the architecture has: SSE2, NEON.
        Baseline,
        /// AVX2 and FMA.
        Avx2,
        /// AVX-512.
        Avx512,
    }

    impl InstructionSet {
        const ALL: [Self; 3] = [Self::Baseline, Self::Avx2, Self::Avx512];

        /// The best that this processor has: what kernels take unless held to another.
        pub fn best() -> Self {
            #[cfg(target_arch = "x86_64")]
            {
                let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
                let words = is_x86_feature_detected!("avx512bw");
                let short = is_x86_feature_detected!("avx512vl");
                if avx2 && words && short && is_x86_feature_detected!("avx512dq") {
                    return Self::Avx512;
                }
                if avx2 {
                    return Self::Avx2;
                }
            }
            Self::Baseline
        }

        /// Those that this processor has.
        pub fn available() -> impl Iterator<Item = Self> {
            let best = Self::best();
            Self::ALL.into_iter().filter(move |set| *set <= best)
        }

        /// Its name.
        pub fn name(self) -> &'static str {
            match self {
                Self::Baseline if cfg!(target_arch = "aarch64") => "NEON",
                Self::Baseline => "baseline",
                Self::Avx2 => "AVX2",
                Self::Avx512 => "AVX-512",
            }
        }
    }

    const NONE: u8 = u8::MAX;
    static LEVEL: AtomicU8 = AtomicU8::new(NONE);
    static CALLED: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());

    /// The level of a kernel that is called, noted while one is forced.
    #[inline]
    pub(crate) fn level(kernel: &'static str) -> InstructionSet {
        let level = LEVEL.load(Ordering::Relaxed);
        if level != NONE {
            CALLED.lock().unwrap().insert(kernel);
        }
        match level {
            0 => InstructionSet::Baseline,
            1 => InstructionSet::Avx2,
            2 => InstructionSet::Avx512,
            _ => InstructionSet::best(),
        }
    }

    /// What something comes to where all kernels of the process keep to one of the
    /// processor's instruction sets.
    pub fn at<T>(forced: InstructionSet, what: impl FnOnce() -> T) -> T {
        LEVEL.store(forced as u8, Ordering::Relaxed);
        let result = what();
        LEVEL.store(NONE, Ordering::Relaxed);
        result
    }

    /// The kernels called while a level was forced.
    pub fn called() -> Vec<&'static str> {
        CALLED.lock().unwrap().iter().copied().collect()
    }
}
