//! Named random streams: one master seed, one independent stream for each name
//! and index, whatever else the run draws.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// The source of every random number of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// The streams of a master seed. Every seed is as good as any other, 0
    /// included, and neighbouring seeds share nothing.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A ChaCha8 generator for `name` at `index`. Its key is the SHA-256 of seed
    /// and name, its stream number the index, so adding a name or an index
    /// changes no other draw.
    pub fn generator(&self, name: &str, index: u64) -> ChaCha8Rng {
        let mut hash = Sha256::new();
        hash.update(b"capbind");
        hash.update(self.seed.to_le_bytes());
        hash.update(name.as_bytes());
        let mut generator = ChaCha8Rng::from_seed(hash.finalize().into());
        generator.set_stream(index);
        generator
    }

    /// A key for a counter-based generator of its own.
    pub fn key(&self, name: &str) -> u64 {
        self.generator(name, 0).next_u64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_indices_and_seeds_separate_streams() {
        let first = |seed, name, index| Streams::new(seed).generator(name, index).next_u64();
        let all = [
            first(0, "a", 0),
            first(0, "a", 1),
            first(0, "b", 0),
            first(1, "a", 0),
        ];
        for (i, a) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|b| a != b));
        }
        assert_eq!(first(0, "a", 0), all[0]);
    }
}
