//! Rows: one number on each path, its moments and its counts.

use super::plan::Plan;
use crate::agreement::rule::TIE;
use crate::math::kernel;
use crate::simulate::record::block::STRIPS;
use crate::simulate::record::blocks::{DayCounts, Outlines};
use crate::simulate::record::count::KeyRow;
use crate::simulate::sample::aligned::AlignedRows;
use crate::stats::{Axis, Counter, Running, SignedCounter, SignedOutline};
use crate::units::{LANES, Lanes};

/// What kind of numbers a row holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Row {
    /// Numbers of zero or more.
    Amount,
    /// Numbers from zero to a limit, which the rule reaches exactly.
    UpTo(f64),
    /// Numbers of either sign, counted at this position among such rows.
    Signed(usize),
}

impl Row {
    /// The cells that its numbers are counted in.
    pub fn axis(self) -> Axis {
        match self {
            Self::UpTo(limit) => Axis::TwoSided { limit },
            Self::Amount | Self::Signed(_) => Axis::Log,
        }
    }

    /// Its position among rows of either sign.
    pub fn signed(self) -> Option<usize> {
        match self {
            Self::Signed(i) => Some(i),
            Self::Amount | Self::UpTo(_) => None,
        }
    }
}

/// The rows of one worker: a strip of numbers, and what is kept of all strips.
///
/// Moments and keys are taken strip by strip; the keys of a block are counted together,
/// row by row, so that a table of counts is fetched once for many paths.
#[derive(Debug)]
pub struct Recorder {
    rows: Vec<Row>,
    values: AlignedRows,
    running: Vec<Running>,
    /// For each row, the keys of its numbers; of those of either sign, of their sizes. None
    /// where rows are not counted.
    keys: Vec<KeyRow>,
    /// For each row of either sign, the lanes of each strip that are below zero.
    negative: Vec<[u64; STRIPS]>,
    /// The lanes of each strip in use.
    lanes: [u64; STRIPS],
    strips: usize,
    /// The rows that have no number on some paths, with the lanes that have.
    partial: Vec<(usize, [u64; STRIPS])>,
    counters: Vec<Counter>,
    signed: Vec<SignedCounter>,
    /// The rows whose replicates are told apart.
    outlined: Vec<usize>,
    outlines: Outlines,
    /// Days of each count of paths by day.
    of_days: Vec<usize>,
    days: DayCounts,
    /// The replicate of the block.
    replicate: u32,
}

/// What a recorder has counted.
pub struct Counts {
    /// Of each row.
    pub rows: Vec<Counter>,
    /// Of each row of either sign.
    pub signed: Vec<SignedCounter>,
    /// Of each outlined row, replicate by replicate.
    pub outlines: Outlines,
    /// Paths by day, replicate by replicate.
    pub days: DayCounts,
}

impl Recorder {
    /// Nothing recorded of a plan.
    pub fn of(plan: &Plan) -> Self {
        let signed = plan.signed.len();
        let recorder = Self::new(
            &plan.rows,
            signed,
            &plan.outlined,
            &plan.partial,
            &plan.days,
        );
        match plan.counts {
            true => recorder,
            false => Self {
                keys: Vec::new(),
                ..recorder
            },
        }
    }

    /// Nothing recorded of rows of amounts, of which those at the positions in `outlined`,
    /// in order, have their replicates told apart, and of counts of so many `days`.
    pub fn of_rows(rows: &[Row], outlined: &[usize], days: &[usize]) -> Self {
        Self::new(rows, 0, outlined, &[], days)
    }

    /// Nothing recorded; `signed` rows are of either sign, of those at the positions in
    /// `outlined` the replicates are told apart, and those in `partial`, both in order,
    /// may be NaN.
    fn new(
        rows: &[Row],
        signed: usize,
        outlined: &[usize],
        partial: &[usize],
        days: &[usize],
    ) -> Self {
        Self {
            values: AlignedRows::new(rows.len()),
            running: vec![Running::default(); rows.len()],
            keys: rows.iter().map(|row| KeyRow::new(row.axis())).collect(),
            negative: vec![[0; STRIPS]; signed],
            lanes: [0; STRIPS],
            strips: 0,
            partial: partial.iter().map(|row| (*row, [0; STRIPS])).collect(),
            counters: vec![Counter::new(); rows.len()],
            signed: vec![SignedCounter::default(); signed],
            outlined: outlined.to_vec(),
            outlines: Outlines::default(),
            of_days: days.to_vec(),
            days: DayCounts::default(),
            replicate: 0,
            rows: rows.to_vec(),
        }
    }

    /// Bytes for each row.
    pub const fn bytes_of_row() -> usize {
        size_of::<Lanes>() + size_of::<Running>() + KeyRow::BYTES
    }

    /// The rows of the strip, to be filled.
    pub fn values(&mut self) -> &mut [Lanes] {
        self.values.get_mut()
    }

    /// Begins a block of a replicate: moments are those of a block.
    pub fn begin(&mut self, replicate: u32) {
        self.replicate = replicate;
        self.running.fill(Running::default());
        self.strips = 0;
    }

    /// The counts of paths by day, of the replicate of the block.
    pub fn days(&mut self) -> &mut [Vec<u64>] {
        let of_days = &self.of_days;
        let nothing = || of_days.iter().map(|days| vec![0; *days]).collect();
        self.days.of(self.replicate, nothing)
    }

    /// Takes in the first `lanes` paths of the strip.
    pub fn take(&mut self, lanes: usize) {
        self.lanes[self.strips] = in_use(lanes);
        take(self, lanes);
        self.strips += 1;
    }

    /// Counts the block; the moments of each of its rows.
    pub fn end(&mut self) -> impl Iterator<Item = &Running> {
        count(self);
        self.keys.iter_mut().for_each(KeyRow::clear);
        for ((running, counter), row) in self.running.iter().zip(&mut self.counters).zip(&self.rows)
        {
            let (min, max) = running.range();
            match row {
                _ if min > max => {}
                Row::Signed(at) => self.signed[*at].see(min, max),
                _ => counter.see(min, max),
            }
        }
        self.running.iter()
    }

    /// See [`Counter::spill`].
    pub fn spill(&mut self) {
        self.counters.iter_mut().for_each(Counter::spill);
        self.signed.iter_mut().for_each(SignedCounter::spill);
    }

    /// All that is counted.
    pub fn into_counts(self) -> Counts {
        Counts {
            rows: self.counters,
            signed: self.signed,
            outlines: self.outlines,
            days: self.days,
        }
    }
}

/// The first `lanes` paths, one bit each.
fn in_use(lanes: usize) -> u64 {
    u64::MAX.checked_shr((LANES - lanes) as u32).unwrap_or(0)
}

kernel! {
    /// Takes the moments and the keys of a strip.
    fn take(recorder: &mut Recorder, lanes: usize) {
        let strip = recorder.strips;
        let mut partial = recorder.partial.iter_mut().peekable();
        let values = recorder.values.get_mut().iter_mut().zip(&recorder.rows);
        let mut keys = recorder.keys.iter_mut();
        for (i, ((values, row), running)) in values.zip(&mut recorder.running).enumerate() {
            let mut count = lanes;
            if let Some((_, there)) = partial.next_if(|(row, _)| *row == i) {
                count = pack(values, lanes);
                there[strip] = in_use(count);
            }
            if let Row::UpTo(limit) = row {
                snap(values, *limit);
            }
            if count == LANES {
                running.add(values);
            } else {
                running.add(&values[..count]);
            }
            if let Row::Signed(at) = row {
                recorder.negative[*at][strip] = unsigned(values);
            }
            if let Some(keys) = keys.next() {
                keys.record(strip, values);
            }
        }
    }
}

kernel! {
    /// Counts the keys of a block.
    fn count(recorder: &mut Recorder) {
        let strips = recorder.strips;
        let nothing = || vec![SignedOutline::default(); recorder.outlined.len()];
        let outlines = recorder.outlines.of(recorder.replicate, nothing);
        let mut outlines = recorder.outlined.iter().zip(outlines).peekable();
        let mut partial = recorder.partial.iter().peekable();
        for (i, (row, keys)) in recorder.rows.iter().zip(&recorder.keys).enumerate() {
            let partial = partial.next_if(|(row, _)| *row == i);
            let lanes = partial.map_or(&recorder.lanes, |(_, there)| there);
            let outline = outlines.next_if(|(outlined, _)| **outlined == i);
            match row {
                Row::Signed(at) => {
                    let negative = &recorder.negative[*at];
                    keys.count_signed(strips, lanes, negative, &mut recorder.signed[*at]);
                    if let Some((_, outline)) = outline {
                        keys.outline_signed(strips, lanes, negative, outline);
                    }
                }
                _ => {
                    keys.count(strips, lanes, &mut recorder.counters[i]);
                    if let Some((_, outline)) = outline {
                        keys.outline(strips, lanes, outline.amounts());
                    }
                }
            }
        }
    }
}

/// Takes the signs off numbers; those below zero, one bit each.
#[inline(always)]
fn unsigned(values: &mut Lanes) -> u64 {
    let mut negative = 0;
    for l in 0..LANES {
        negative |= u64::from(values[l] < 0.0) << l;
        values[l] = values[l].abs();
    }
    negative
}

/// Moves the numbers that are some to the front, in order, and counts them; zeros follow.
#[inline(always)]
fn pack(values: &mut Lanes, lanes: usize) -> usize {
    let mut count = 0;
    for lane in 0..lanes {
        let value = values[lane];
        values[count] = value;
        count += usize::from(!value.is_nan());
    }
    values[count..].fill(0.0);
    count
}

/// Puts what the rule counts as the limit exactly there.
#[inline(always)]
fn snap(values: &mut Lanes, limit: f64) {
    let least = limit - TIE * limit;
    for value in values {
        *value = if *value >= least { limit } else { *value };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{SignedSketch, Sketch};

    #[test]
    fn numbers_that_are_none_are_left_out() {
        let rows = [Row::Amount, Row::Signed(0), Row::UpTo(8.0)];
        let mut recorder = Recorder::new(&rows, 1, &[1], &[0, 1], &[]);
        recorder.begin(0);
        for lane in 0..4 {
            let value = lane as f64;
            let values = recorder.values();
            values[0][lane] = if lane == 1 { f64::NAN } else { value };
            values[1][lane] = if lane == 0 { f64::NAN } else { -value };
            values[2][lane] = 8.0 - value * 1e-13;
        }
        recorder.take(4);
        let moments: Vec<_> = recorder.end().map(Running::moments).collect();
        assert_eq!(moments[0].count(), 3.0);
        assert!((moments[0].mean() - 5.0 / 3.0).abs() < 1e-15);
        assert_eq!((moments[1].count(), moments[1].mean()), (3.0, -2.0));
        assert_eq!((moments[2].mean(), moments[2].variance()), (8.0, 0.0));
        let counts = recorder.into_counts();
        let [signed] = counts.signed.as_slice() else {
            panic!("there is one row of either sign");
        };
        let sketch = SignedSketch::new(vec![signed.clone()]);
        assert_eq!(sketch.count(), 3);
        assert_eq!(sketch.quantile(0.1), Some(-3.0));
    }

    #[test]
    fn zeros_before_the_first_amount_are_zeros() {
        for row in [Row::UpTo(8.0), Row::Amount] {
            let mut recorder = Recorder::new(&[row], 0, &[], &[], &[]);
            recorder.begin(0);
            recorder.take(LANES);
            recorder.values()[0][5] = 3.0;
            recorder.take(LANES);
            recorder.end().for_each(drop);
            let counts = recorder.into_counts().rows;
            let sketch = Sketch::new(row.axis(), counts, &[]);
            assert_eq!(sketch.count(), 2 * LANES as u64);
            assert_eq!(sketch.quantile(0.9), Some(0.0));
            assert_eq!(sketch.quantile(1.0), Some(3.0));
        }
    }
}
