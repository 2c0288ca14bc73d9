//! Rows recorded: their moments and their counts.

use super::block::{BlockId, STRIPS};
use super::blocks::{DayCounts, Outlines};
use super::count::{KeyMemory, KeyRow, LastPayments};
use super::recording::Recording;
use super::rows::Row;
use crate::agreement::rule::TIE;
use crate::math::kernel;
use crate::simulate::sample::aligned::AlignedRows;
use crate::stats::{Counter, Moments, Running, SPILL_AFTER, SignedCounter, SignedOutline};
use crate::units::{LANES, Lanes};

/// The rows of one worker: what is kept of all strips.
///
/// Moments and keys are taken strip by strip, of rows one by one as they come or of all that
/// have been [filled](Self::values); the keys of a block are counted together, row by row, so
/// that a table of counts is fetched once for many paths.
#[derive(Debug)]
pub struct Recorder {
    rows: Vec<Row>,
    /// A strip of each row; none where rows are recorded as they come.
    values: AlignedRows,
    running: Vec<Running>,
    /// For each row, the keys of its numbers; of those of either sign, of their sizes. None
    /// where it is not counted by keys of its own.
    keys: Vec<Option<KeyRow>>,
    /// For each row of either sign, the lanes of each strip that are below zero.
    negative: Vec<[u64; STRIPS]>,
    /// The lanes of each strip in use; then, of a lone flat share, for the end of each period
    /// those that have not reached the cap by then.
    pub(super) unreached: Vec<[u64; STRIPS]>,
    /// The last payment of each path of each strip, of a lone flat share.
    pub(super) last_payments: Vec<LastPayments>,
    /// How many strips of the block are recorded.
    strips: usize,
    /// How many lanes of the next are in use.
    in_use: usize,
    /// The rows that have no number on some paths, with the lanes that have.
    partial: Vec<(usize, [u64; STRIPS])>,
    /// The rows whose replicates are told apart.
    outlined: Vec<usize>,
    /// Days of each count of paths by day.
    of_days: Vec<usize>,
    /// The replicate of the block.
    replicate: u32,
    counts: Counts,
    /// Paths counted since counts were last moved to where they cannot overflow.
    counted: u64,
}

/// What a recorder has counted.
#[derive(Debug, Default)]
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
    /// Nothing recorded of what a run is to record.
    pub fn of(recording: &Recording) -> Self {
        let own = Self::of_rows(&recording.rows, &recording.outlined, &recording.days);
        let partial = recording.partial.iter().map(|row| (*row, [0; STRIPS]));
        let (filled, reached, strips) = match &recording.flat {
            Some(periods) => (0, periods.len(), STRIPS),
            None => (recording.rows.len(), 0, 0),
        };
        Self {
            values: AlignedRows::new(filled),
            unreached: vec![[0; STRIPS]; 1 + reached],
            last_payments: vec![LastPayments::NONE; strips],
            partial: partial.collect(),
            keys: match recording.counts() {
                true => own.keys,
                false => vec![None; recording.rows.len()],
            },
            ..own
        }
    }

    /// Nothing recorded of some rows, of which those at the positions in `outlined`,
    /// in order, have their replicates told apart, and of counts of so many `days`.
    pub fn of_rows(rows: &[Row], outlined: &[usize], days: &[usize]) -> Self {
        let signed = rows.iter().filter(|row| row.signed().is_some()).count();
        let keys = |row: &Row| row.has_keys().then(|| KeyRow::new(row.axis()));
        Self {
            values: AlignedRows::new(rows.len()),
            running: vec![Running::default(); rows.len()],
            keys: rows.iter().map(keys).collect(),
            negative: vec![[0; STRIPS]; signed],
            unreached: vec![[0; STRIPS]],
            last_payments: Vec::new(),
            strips: 0,
            in_use: 0,
            partial: Vec::new(),
            outlined: outlined.to_vec(),
            of_days: days.to_vec(),
            replicate: 0,
            counts: Counts {
                rows: vec![Counter::new(); rows.len()],
                signed: vec![SignedCounter::default(); signed],
                ..Counts::default()
            },
            counted: 0,
            rows: rows.to_vec(),
        }
    }

    /// Exchanges the memory of the keys of a block for another's: see
    /// [`KeyRow::exchange`].
    pub fn exchange(&mut self, memory: &mut Vec<KeyMemory>) {
        memory.resize_with(memory.len().max(self.keys.len()), KeyMemory::default);
        for (keys, memory) in self.keys.iter_mut().zip(memory) {
            if let Some(keys) = keys {
                keys.exchange(memory);
            }
        }
    }

    /// The rows of the strip, to be filled.
    pub fn values(&mut self) -> &mut [Lanes] {
        self.values.get_mut()
    }

    /// Begins a block: moments are those of a block.
    pub fn begin(&mut self, id: BlockId) {
        if self.counted + id.count as u64 > SPILL_AFTER {
            self.counts.rows.iter_mut().for_each(Counter::spill);
            self.counts.signed.iter_mut().for_each(SignedCounter::spill);
            self.counted = 0;
        }
        self.counted += id.count as u64;
        self.replicate = id.replicate;
        // Days on which nothing happens are counted, too.
        self.days();
        self.running.fill(Running::default());
        self.strips = 0;
    }

    /// The counts of paths by day, of the replicate of the block.
    pub fn days(&mut self) -> &mut [Vec<u64>] {
        let of_days = &self.of_days;
        let nothing = || of_days.iter().map(|days| vec![0; *days]).collect();
        self.counts.days.of(self.replicate, nothing)
    }

    /// Begins a strip of which the first `lanes` are in use.
    pub fn begin_strip(&mut self, lanes: usize) {
        self.in_use = lanes;
        self.unreached[0][self.strips] = in_use(lanes);
    }

    /// The place in the block of the strip begun.
    #[inline(always)]
    pub fn strip(&self) -> usize {
        self.strips
    }

    /// Records rows of the strip: their moments and their keys.
    #[inline(always)]
    pub fn record<const N: usize>(&mut self, rows: [(Option<usize>, &Lanes); N]) {
        for (row, values) in rows {
            let Some(row) = row else {
                continue;
            };
            if self.in_use == LANES {
                self.running[row].add(values);
            } else {
                self.running[row].add(&values[..self.in_use]);
            }
            if let Some(keys) = &mut self.keys[row] {
                keys.record(self.strips, values);
            }
        }
    }

    /// Ends the strip.
    pub fn end_strip(&mut self) {
        self.strips += 1;
    }

    /// Records the first `lanes` paths of the strip whose rows are filled.
    pub fn take(&mut self, lanes: usize) {
        self.begin_strip(lanes);
        take(self, lanes);
        self.end_strip();
    }

    /// Counts the block; the moments of each of its rows.
    pub fn end(&mut self) -> impl Iterator<Item = Moments> {
        count(self);
        self.keys.iter_mut().flatten().for_each(KeyRow::clear);
        let Counts { rows, signed, .. } = &mut self.counts;
        for ((running, counter), row) in self.running.iter().zip(rows).zip(&self.rows) {
            let (min, max) = running.range();
            match row {
                _ if min > max => {}
                Row::Signed(at) => signed[*at].see(min, max),
                Row::Moments | Row::Amount | Row::UpTo(_) | Row::Payment(_) => {
                    counter.see(min, max);
                }
            }
        }
        self.running.iter().map(Running::moments)
    }

    /// All that is counted.
    pub fn into_counts(self) -> Counts {
        self.counts
    }
}

/// The first `lanes` paths, one bit each.
#[inline(always)]
fn in_use(lanes: usize) -> u64 {
    u64::MAX.checked_shr((LANES - lanes) as u32).unwrap_or(0)
}

kernel! {
    /// Takes the moments and the keys of a strip.
    fn take(recorder: &mut Recorder, lanes: usize) {
        let strip = recorder.strips;
        let mut partial = recorder.partial.iter_mut().peekable();
        let values = recorder.values.get_mut().iter_mut().zip(&recorder.rows);
        let kept = recorder.running.iter_mut().zip(&mut recorder.keys);
        for (i, ((values, row), (running, keys))) in values.zip(kept).enumerate() {
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
            if let Some(keys) = keys {
                keys.record(strip, values);
            }
        }
    }
}

kernel! {
    /// Counts the keys of a block.
    fn count(recorder: &mut Recorder) {
        let Recorder { rows, keys, strips, unreached, last_payments, counts, .. } = recorder;
        let strips = *strips;
        let nothing = || vec![SignedOutline::default(); recorder.outlined.len()];
        let outlines = counts.outlines.of(recorder.replicate, nothing);
        let mut outlines = recorder.outlined.iter().zip(outlines).peekable();
        let mut partial = recorder.partial.iter().peekable();
        for (i, row) in rows.iter().enumerate() {
            if let Row::Payment(payment) = row {
                if let Some(base) = &keys[payment.base] {
                    let last = &last_payments[..strips];
                    base.count_payments(*payment, unreached, last, &mut counts.rows[i]);
                }
                continue;
            }
            let partial = partial.next_if(|(row, _)| *row == i);
            let lanes = partial.map_or(&unreached[0], |(_, there)| there);
            let outline = outlines.next_if(|(outlined, _)| **outlined == i);
            let Some(keys) = &keys[i] else {
                continue;
            };
            if let Row::Signed(at) = row {
                let negative = &recorder.negative[*at];
                keys.count_signed(strips, lanes, negative, &mut counts.signed[*at]);
                if let Some((_, outline)) = outline {
                    keys.outline_signed(strips, lanes, negative, outline);
                }
            } else {
                keys.count(strips, lanes, &mut counts.rows[i]);
                if let Some((_, outline)) = outline {
                    keys.outline(strips, lanes, outline.amounts());
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

    const BLOCK: BlockId = BlockId {
        replicate: 0,
        first: 0,
        count: 2 * LANES,
    };

    #[test]
    fn numbers_that_are_none_are_left_out() {
        let rows = [Row::Amount, Row::Signed(0), Row::UpTo(8.0)];
        let mut recorder = Recorder::of_rows(&rows, &[1], &[]);
        recorder.partial = vec![(0, [0; STRIPS]), (1, [0; STRIPS])];
        recorder.begin(BLOCK);
        for lane in 0..4 {
            let value = lane as f64;
            let values = recorder.values();
            values[0][lane] = if lane == 1 { f64::NAN } else { value };
            values[1][lane] = if lane == 0 { f64::NAN } else { -value };
            values[2][lane] = 8.0 - value * 1e-13;
        }
        recorder.take(4);
        let moments: Vec<_> = recorder.end().collect();
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
            let mut recorder = Recorder::of_rows(&[row], &[], &[]);
            recorder.begin(BLOCK);
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
