//! Counting values into the cells of a sketch: the hot half of it.

/// Counts of values by key, in one worker's memory.
///
/// A key names a cell of an [`Axis`](super::Axis); 0 stands for the value zero.
/// Counts are 32 bits wide so that more of them stay in the cache, and are to be
/// read as signed: values may be taken out that another counter counts in.
#[derive(Clone, Debug, Default)]
pub struct Counter {
    /// Key of the first of `counts`.
    first: u32,
    counts: Vec<u32>,
    /// Counts moved out of `counts` before they overflow, by the same keys.
    wide: Vec<i64>,
    zeros: u64,
    top: u64,
    min: f64,
    max: f64,
}

/// Cells for each power of two.
pub(super) const CELLS: u32 = 1 << CELL_BITS;
const CELL_BITS: u32 = 10;
/// How far a number's bits are shifted to leave its cell: the exponent and the
/// leading [`CELL_BITS`] of the fraction.
pub(super) const SHIFT: u32 = 52 - CELL_BITS;
/// The key of 2⁻⁸³¹ ≈ 10⁻²⁵⁰: far below any amount, above the subnormals. What
/// lies below counts as zero.
const TINY: u32 = 192 << CELL_BITS;
/// Cells made room for at first: sixteen powers of two, and so many more that the
/// middles of counters that follow each other in memory do not compete for one
/// part of the cache.
const ROOM: u32 = 16 * CELLS + 528;
/// Values a counter may take between two calls of [`Counter::spill`].
pub const SPILL_AFTER: u64 = i32::MAX as u64;

impl Counter {
    /// Nothing counted.
    pub fn new() -> Self {
        Self {
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            ..Self::default()
        }
    }

    /// Counts every key in.
    #[inline(always)]
    pub fn add_all(&mut self, keys: &[u32; 64]) {
        if keys[0] == keys[1] && keys.iter().all(|key| *key == keys[0]) {
            // One counter taken again and again would wait for the memory each time.
            self.add(keys[0], 64);
            return;
        }
        let (first, counts) = (self.first, &mut self.counts[..]);
        // What has no cell yet is set aside: the loop is free of calls.
        let mut outside = 0;
        for (i, key) in keys.iter().enumerate() {
            match counts.get_mut(key.wrapping_sub(first) as usize) {
                Some(count) => *count = count.wrapping_add(1),
                None => outside |= 1 << i,
            }
        }
        self.add_one_by_one(keys, outside, 1);
    }

    /// Adds `by` at each key whose bit is set in `lanes`: 1, or −1 to take out.
    #[inline(always)]
    pub fn add_some(&mut self, keys: &[u32; 64], mut lanes: u64, by: i32) {
        let (first, counts) = (self.first, &mut self.counts[..]);
        let mut outside = 0;
        while lanes != 0 {
            let i = lanes.trailing_zeros();
            match counts.get_mut(keys[i as usize % 64].wrapping_sub(first) as usize) {
                Some(count) => *count = count.wrapping_add(by as u32),
                None => outside |= 1 << i,
            }
            lanes &= lanes - 1;
        }
        self.add_one_by_one(keys, outside, by);
    }

    #[inline(always)]
    fn add_one_by_one(&mut self, keys: &[u32; 64], mut lanes: u64, by: i32) {
        while lanes != 0 {
            self.add(keys[lanes.trailing_zeros() as usize % 64], by as u32);
            lanes &= lanes - 1;
        }
    }

    /// Adds `by` at a key.
    #[inline(always)]
    pub fn add(&mut self, key: u32, by: u32) {
        match self.counts.get_mut(key.wrapping_sub(self.first) as usize) {
            Some(count) => *count = count.wrapping_add(by),
            None => self.add_outside(key, by),
        }
    }

    #[cold]
    #[inline(never)]
    fn add_outside(&mut self, key: u32, by: u32) {
        if key < TINY {
            self.zeros = self.zeros.wrapping_add_signed(i64::from(by as i32));
            return;
        }
        if key.wrapping_sub(self.first) as usize >= self.counts.len() {
            self.cover(key);
        }
        self.counts[(key - self.first) as usize] = by;
    }

    /// Makes room for a key and for many about it: memory that is not touched
    /// costs nothing, making room again does.
    fn cover(&mut self, key: u32) {
        if self.counts.is_empty() {
            self.first = key.saturating_sub(ROOM / 2);
            self.counts = vec![0; ROOM as usize];
        } else if key < self.first {
            let low = key.saturating_sub(ROOM / 2);
            let missing = (self.first - low) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, missing));
            if !self.wide.is_empty() {
                self.wide.splice(0..0, std::iter::repeat_n(0, missing));
            }
            self.first = low;
        } else {
            let length = (key - self.first + ROOM / 2) as usize;
            self.counts.resize(length, 0);
        }
    }

    /// Counts values that are zero without their keys.
    pub fn add_zeros(&mut self, count: u64) {
        self.zeros += count;
    }

    /// Counts values that stand at the limit of a two-sided axis.
    pub fn add_at_limit(&mut self, count: u64) {
        self.top += count;
    }

    /// Takes note of the least and the greatest of some values counted.
    pub fn see(&mut self, min: f64, max: f64) {
        self.min = self.min.min(min);
        self.max = self.max.max(max);
    }

    /// Moves the counts to where they cannot overflow; to be called before more
    /// than [`SPILL_AFTER`] values have been counted since the last call.
    pub fn spill(&mut self) {
        self.wide.resize(self.counts.len(), 0);
        for (wide, count) in self.wide.iter_mut().zip(&mut self.counts) {
            *wide += i64::from(*count as i32);
            *count = 0;
        }
    }

    /// The first and the last key counted.
    pub(super) fn extent(&self) -> Option<(u32, u32)> {
        let filled = |i: usize| self.counts[i] != 0 || self.wide.get(i).is_some_and(|w| *w != 0);
        let first = (0..self.counts.len()).find(|i| filled(*i))?;
        let last = (0..self.counts.len()).rfind(|i| filled(*i))?;
        Some((self.first + first as u32, self.first + last as u32))
    }

    /// Adds the counts to `cells`, whose first key is `first` and which cover all
    /// keys counted.
    pub(super) fn add_to(&self, first: u32, cells: &mut [i64]) {
        let before = first.saturating_sub(self.first) as usize;
        let cells = &mut cells[self.first.saturating_sub(first) as usize..];
        let counts = self.counts.iter().skip(before);
        for (cell, count) in cells.iter_mut().zip(counts) {
            *cell += i64::from(*count as i32);
        }
        for (cell, count) in cells.iter_mut().zip(self.wide.iter().skip(before)) {
            *cell += count;
        }
    }

    pub(super) fn zeros(&self) -> u64 {
        self.zeros
    }

    pub(super) fn at_limit(&self) -> u64 {
        self.top
    }

    pub(super) fn range(&self) -> (f64, f64) {
        (self.min, self.max)
    }
}
