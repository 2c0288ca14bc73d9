//! Rows that start on a line of the cache.

use crate::units::{LANES, Lanes};

/// Bytes of a line of the cache, and of the widest vector.
const LINE: usize = 64;
const SPARE: usize = LINE / size_of::<f64>();

/// Some rows of numbers, each of which starts on a line of the cache, so that no
/// vector lies across two.
#[derive(Clone, Debug)]
pub struct AlignedRows {
    numbers: Vec<f64>,
    rows: usize,
}

impl AlignedRows {
    /// Rows of zeros.
    pub fn new(rows: usize) -> Self {
        Self {
            numbers: vec![0.0; rows * LANES + SPARE],
            rows,
        }
    }

    /// The rows.
    pub fn get(&self) -> &[Lanes] {
        let start = self.start();
        self.numbers[start..][..self.rows * LANES].as_chunks().0
    }

    /// The rows, to be changed.
    pub fn get_mut(&mut self) -> &mut [Lanes] {
        let start = self.start();
        self.numbers[start..][..self.rows * LANES].as_chunks_mut().0
    }

    /// Where the first line starts; anywhere is right, if slower.
    fn start(&self) -> usize {
        self.numbers.as_ptr().align_offset(LINE).min(SPARE)
    }
}
