//! Counting values into the cells of a sketch: the hot half of it.

use std::collections::BTreeMap;
use std::hint::black_box;

use serde::{Deserialize, Serialize};

use super::axis::{Axis, Offsets, ROW};

/// Counts of values by key, in one worker's memory.
///
/// A key names a cell of an [`Axis`](super::Axis). Keys within some powers of two
/// of a base are counted in a table that covers those that occur, others one by
/// one elsewhere. Counts are 32 bits wide so that more of them stay in the cache,
/// and are to be read as signed: values may be taken out that another counter
/// counts in.
#[derive(Clone, Debug, Default)]
pub struct Counter {
    /// The key that offsets are counted from.
    base: u32,
    /// Offset of the first of `counts`.
    first: u16,
    counts: Vec<u32>,
    /// Counts moved out of `counts` before they overflow, by the same offsets.
    wide: Vec<i64>,
    /// Counts of keys that have no offset.
    far: BTreeMap<u32, i64>,
    /// Keys one by one, each with what it adds, as long as there are few and no table.
    few: Vec<(u32, i32)>,
    zeros: u64,
    top: u64,
    min: f64,
    max: f64,
}

/// What some counters count together, in the form in which it is written: the same
/// however the values were shared out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackedCounter {
    /// Key of the first cell.
    first: u32,
    /// Counts from there to the last that is not 0.
    cells: Vec<i64>,
    zeros: u64,
    top: u64,
    min: f64,
    max: f64,
}

impl From<PackedCounter> for Counter {
    fn from(packed: PackedCounter) -> Self {
        Self {
            base: packed.first,
            first: 0,
            counts: vec![0; packed.cells.len()],
            wide: packed.cells,
            far: BTreeMap::new(),
            few: Vec::new(),
            zeros: packed.zeros,
            top: packed.top,
            min: packed.min,
            max: packed.max,
        }
    }
}

/// Cells for each power of two.
pub(super) const CELLS: u32 = 1 << CELL_BITS;
const CELL_BITS: u32 = 10;
/// How far a number's bits are shifted to leave its cell: the exponent and the
/// leading [`CELL_BITS`] of the fraction.
pub(super) const SHIFT: u32 = 52 - CELL_BITS;
/// The key of 2⁻⁸³¹ ≈ 10⁻²⁵⁰: far below any amount, above the subnormals. What
/// lies below counts as zero.
pub(super) const TINY: u32 = 192 << CELL_BITS;
/// The table grows by so many cells more than needed, to grow seldom.
const ROOM: u16 = CELLS as u16 / 4;
/// Counts in what a processor fetches from memory at a time, on most of them.
const COUNTS_FETCHED: usize = 64 / size_of::<u32>();
/// Keys that are kept one by one before a table is made, in no more memory than the
/// least table.
const FEW: usize = ROOM as usize;
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

    /// Makes room for the least and the greatest of some offsets from `base`, which
    /// stays the same once it is not 0, and for `below` cells below them.
    pub fn cover(&mut self, base: u32, least: u16, greatest: u16, below: u16) {
        self.base = base;
        let room = below.saturating_add(ROOM);
        if self.counts.is_empty() {
            self.first = least.saturating_sub(room);
        } else if least.saturating_sub(below) < self.first {
            let first = least.saturating_sub(room);
            let missing = usize::from(self.first - first);
            lengthen(&mut self.counts, missing);
            if !self.wide.is_empty() {
                lengthen(&mut self.wide, missing);
            }
            self.first = first;
        }
        let needed = usize::from(greatest - self.first) + 1;
        if needed > self.counts.len() {
            self.counts.resize(needed + usize::from(ROOM), 0);
        }
    }

    /// Fetches the counts of a range of offsets into the cache: side by side here,
    /// where counting would wait for one after the other.
    pub fn fetch(&self, least: u16, greatest: u16) {
        let [begin, end] = [least, greatest].map(|offset| usize::from(offset - self.first));
        for count in self.counts[begin..=end].iter().step_by(COUNTS_FETCHED) {
            black_box(*count);
        }
    }

    /// Counts values, at most [`ROW`], each finite and not negative. Rows of a whole
    /// block are better keyed first and counted then.
    pub fn add_values(&mut self, axis: Axis, values: &[f64]) {
        let mut row = [values.last().copied().unwrap_or(0.0); ROW];
        row[..values.len()].copy_from_slice(values);
        if self.base == 0 {
            self.base = values.iter().find_map(|x| axis.base(*x)).unwrap_or(0);
        }
        if self.counts.is_empty() {
            if self.few.len() + values.len() <= FEW {
                return self.keep_few(axis, values);
            }
            self.tabulate_few();
        }
        let mut offsets = [0; ROW];
        let keyed = axis.offsets(self.base, &row, &mut offsets);
        let lanes = u64::MAX.checked_shr((ROW - values.len()) as u32);
        let [inside, zeros] = [keyed.inside, keyed.zero].map(|own| own & lanes.unwrap_or(0));
        if keyed.near {
            let (mut least, mut greatest) = (u16::MAX, 0);
            for offset in offsets {
                least = least.min(offset);
                greatest = greatest.max(offset);
            }
            self.cover(self.base, least, greatest, 0);
            self.add_some(&offsets, inside, 1);
        } else {
            values
                .iter()
                .filter(|value| **value > 0.0)
                .filter_map(|value| axis.key(*value))
                .for_each(|key| self.add(key, 1));
        }
        self.add_zeros(zeros.count_ones().into());
        self.add_at_limit(values.len() as u64 - u64::from((inside | zeros).count_ones()));
    }

    /// Counts values that stand at the axis' end.
    fn add_at_end(&mut self, axis: Axis, count: u64) {
        match axis {
            Axis::Log => self.zeros = self.zeros.wrapping_add(count),
            Axis::TwoSided { .. } => self.top += count,
        }
    }

    fn keep_few(&mut self, axis: Axis, values: &[f64]) {
        for value in values {
            match axis.key(*value) {
                Some(key) if key < TINY => self.add_zeros(1),
                Some(key) => self.few.push((key, 1)),
                None => self.add_at_end(axis, 1),
            }
        }
    }

    /// Whether there is no table yet and none is needed for so many more values; where
    /// one is, it is made of what has been kept so far, by offsets from `base`.
    pub fn keeps_few(&mut self, base: u32, values: usize) -> bool {
        if self.has_table() {
            return false;
        }
        let fits = self.few.len() + values <= FEW;
        if !fits {
            self.base = base;
            self.tabulate_few();
        }
        fits
    }

    /// Moves the keys kept one by one into a table.
    fn tabulate_few(&mut self) {
        let few = std::mem::take(&mut self.few);
        let offset = |(key, _): &(u32, i32)| {
            let offset = key.checked_sub(self.base)?;
            u16::try_from(offset)
                .ok()
                .filter(|offset| *offset < Axis::REACH)
        };
        let near = || few.iter().filter_map(offset);
        if let (Some(least), Some(greatest)) = (near().min(), near().max()) {
            self.cover(self.base, least, greatest, 0);
        }
        few.iter().for_each(|(key, by)| self.add(*key, *by));
    }

    /// Counts in every key, given by its offset; all are covered.
    #[inline(always)]
    pub fn add_all(&mut self, offsets: &Offsets) {
        if offsets[0] == offsets[1] && offsets.iter().all(|offset| *offset == offsets[0]) {
            // One count taken again and again would wait for the memory each time.
            let count = &mut self.counts[usize::from(offsets[0] - self.first)];
            *count = count.wrapping_add(offsets.len() as u32);
            return;
        }
        let (first, counts) = (self.first, &mut self.counts[..]);
        for offset in offsets {
            let count = &mut counts[usize::from(offset - first)];
            *count = count.wrapping_add(1);
        }
    }

    /// Adds `by` at each key whose bit is set in `lanes`: 1, or −1 to take out.
    #[inline(always)]
    pub fn add_some(&mut self, offsets: &Offsets, mut lanes: u64, by: i32) {
        let (first, counts) = (self.first, &mut self.counts[..]);
        while lanes != 0 {
            let offset = offsets[lanes.trailing_zeros() as usize % offsets.len()];
            let count = &mut counts[usize::from(offset - first)];
            *count = count.wrapping_add(by as u32);
            lanes &= lanes - 1;
        }
    }

    /// Adds `by` at a key.
    pub fn add(&mut self, key: u32, by: i32) {
        let offset = key.wrapping_sub(self.base + u32::from(self.first));
        let has_room = !self.has_table() && self.few.len() < FEW;
        match self.counts.get_mut(offset as usize) {
            Some(count) => *count = count.wrapping_add(by as u32),
            None if key < TINY => self.zeros = self.zeros.wrapping_add_signed(i64::from(by)),
            None if has_room => self.few.push((key, by)),
            None => *self.far.entry(key).or_default() += i64::from(by),
        }
    }

    /// Adds `by` values that are zero without their keys.
    pub fn add_zeros(&mut self, by: i64) {
        self.zeros = self.zeros.wrapping_add_signed(by);
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

    /// What some counters of one axis count together.
    pub fn pack(counters: &[Self]) -> PackedCounter {
        let extent = counters
            .iter()
            .filter_map(Self::extent)
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let (start, length) =
            extent.map_or((0, 0), |(first, last)| (first, (last - first + 1) as usize));
        let mut cells = vec![0; length];
        let mut range = Self::new();
        for counter in counters {
            counter.add_wide(start, &mut cells);
            range.see(counter.min, counter.max);
        }
        let begin = cells.iter().position(|count| *count != 0);
        let end = cells.iter().rposition(|count| *count != 0);
        let (first, cells) = match begin.zip(end) {
            Some((begin, end)) => (start + begin as u32, cells[begin..=end].to_vec()),
            None => (0, Vec::new()),
        };
        PackedCounter {
            first,
            cells,
            zeros: counters.iter().fold(0, |sum, c| sum.wrapping_add(c.zeros)),
            top: counters.iter().map(|counter| counter.top).sum(),
            min: range.min,
            max: range.max,
        }
    }

    /// The first and the last key for which there may be counts.
    pub(super) fn extent(&self) -> Option<(u32, u32)> {
        let start = self.start();
        let last = (start + self.counts.len() as u32).checked_sub(1);
        let near = (!self.counts.is_empty()).then_some(start).zip(last);
        let far = |entry: Option<(&u32, &i64)>| entry.map(|(key, _)| *key);
        let far = far(self.far.first_key_value()).zip(far(self.far.last_key_value()));
        let few = self.few.iter().map(|(key, _)| (*key, *key));
        near.into_iter()
            .chain(far)
            .chain(few)
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// The key of the first count of the table.
    fn start(&self) -> u32 {
        self.base + u32::from(self.first)
    }

    /// Whether counts have been moved out of the table.
    pub(super) fn is_spilled(&self) -> bool {
        !self.wide.is_empty()
    }

    /// No sum of counts exceeds this.
    pub(super) fn most(&self) -> u64 {
        let near = self
            .counts
            .iter()
            .map(|count| (*count as i32).unsigned_abs());
        let far = self.far.values().map(|count| count.unsigned_abs());
        near.map(u64::from).chain(far).sum::<u64>() + self.few.len() as u64
    }

    /// Whether there is a table of counts.
    pub fn has_table(&self) -> bool {
        !self.counts.is_empty()
    }

    /// Every key counted with its count, some of them several times.
    pub(super) fn each(&self, mut add: impl FnMut(u32, i64)) {
        let keys = self.start()..;
        for (key, count) in keys
            .clone()
            .zip(&self.counts)
            .filter(|(_, count)| **count != 0)
        {
            add(key, i64::from(*count as i32));
        }
        for (key, count) in keys.zip(&self.wide).filter(|(_, count)| **count != 0) {
            add(key, *count);
        }
        self.each_single(add);
    }

    /// The counts that stand in no table.
    fn each_single(&self, mut add: impl FnMut(u32, i64)) {
        self.far.iter().for_each(|(key, count)| add(*key, *count));
        let few = self.few.iter();
        few.for_each(|(key, count)| add(*key, i64::from(*count)));
    }

    /// The table, from key `first` and of `length` cells, which cover all keys
    /// counted. Nothing has been spilled.
    pub(super) fn into_narrow(mut self, first: u32, length: usize) -> Vec<u32> {
        let before = self.start().saturating_sub(first) as usize;
        let mut cells = std::mem::take(&mut self.counts);
        if cells.is_empty() {
            cells = vec![0; length];
        } else {
            if before > 0 {
                let mut moved = Vec::with_capacity(length);
                moved.resize(before, 0);
                moved.extend_from_slice(&cells);
                cells = moved;
            }
            cells.resize(length, 0);
        }
        self.each_single(|key, count| {
            let cell = &mut cells[(key - first) as usize];
            *cell = cell.wrapping_add(count as u32);
        });
        cells
    }

    /// Adds the counts to `cells`, whose first key is `first` and which cover all
    /// keys counted. Nothing has been spilled.
    pub(super) fn add_narrow(&self, first: u32, cells: &mut [u32]) {
        let start = self.start().saturating_sub(first) as usize;
        let own = cells.get_mut(start..).unwrap_or_default();
        for (cell, count) in own.iter_mut().zip(&self.counts) {
            *cell = cell.wrapping_add(*count);
        }
        self.each_single(|key, count| {
            let cell = &mut cells[(key - first) as usize];
            *cell = cell.wrapping_add(count as u32);
        });
    }

    /// As [`Self::add_narrow`], with all that has been spilled.
    pub(super) fn add_wide(&self, first: u32, cells: &mut [i64]) {
        let start = self.start().saturating_sub(first) as usize;
        for (cell, count) in cells.iter_mut().skip(start).zip(&self.counts) {
            *cell += i64::from(*count as i32);
        }
        for (cell, count) in cells.iter_mut().skip(start).zip(&self.wide) {
            *cell += count;
        }
        self.each_single(|key, count| cells[(key - first) as usize] += count);
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

/// Puts so many zeros before what stands in a table.
fn lengthen<T: Copy + Default>(table: &mut Vec<T>, by: usize) {
    let before = table.len();
    table.resize(before + by, T::default());
    table.copy_within(..before, by);
    table[..by].fill(T::default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_does_not_depend_on_who_counted() {
        let values = [0.0, 1.0, 1.5, 1e9, 2e-7, 1.0];
        let counted = |values: &[f64]| {
            let mut counter = Counter::new();
            counter.add_values(Axis::Log, values);
            values.iter().for_each(|x| counter.see(*x, *x));
            counter
        };
        let one = Counter::pack(&[counted(&values)]);
        let mut shared = [counted(&values[..2]), Counter::new(), counted(&values[2..])];
        shared[0].spill();
        assert_eq!(Counter::pack(&shared), one);
        let again = [Counter::from(one.clone()), Counter::new()];
        assert_eq!(Counter::pack(&again), one);
        let twice = Counter::pack(&[again[0].clone(), counted(&values)]);
        assert_eq!((twice.zeros, twice.cells[0]), (2, 2));
        assert_eq!(Counter::pack(&[]).cells, Vec::<i64>::new());
    }

    #[test]
    fn near_and_far_keys_are_counted_alike() {
        let mut counter = Counter::new();
        let base = 1_000_000;
        let offsets: Offsets = std::array::from_fn(|i| 5_000 + 40 * (i as u16 / 2));
        let all: Offsets = [5_000; 64];
        counter.cover(base, 5_000, 6_240, 0);
        counter.add_all(&offsets);
        counter.add_all(&all);
        counter.add_some(&offsets, 0b111, -1);
        counter.spill();
        counter.cover(base, 4_000, 7_000, 500);
        counter.add_all(&[4_000; 64]);
        counter.add(base + 4_000, 2);
        counter.add(base + 900_000, 3);
        counter.add(base - 700_000, 4);
        counter.add(1, 5);
        assert_eq!(counter.zeros(), 5);
        let (first, last) = counter.extent().unwrap();
        assert_eq!((first, last), (base - 700_000, base + 900_000));
        let mut cells = vec![0; (last - first + 1) as usize];
        counter.add_wide(first, &mut cells);
        let at = |key: u32| cells[(key - first) as usize];
        assert_eq!(at(base + 4_000), 66);
        assert_eq!(at(base + 5_000), 64);
        assert_eq!(at(base + 5_040), 1);
        assert_eq!(at(base + 5_080), 2);
        assert_eq!((at(first), at(last)), (4, 3));
        assert_eq!(cells.iter().sum::<i64>(), 64 + 64 - 3 + 64 + 2 + 3 + 4);
    }
}
