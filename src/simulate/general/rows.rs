//! Rows: one number on each path, its moments and its counts.

use super::super::blocks::Outlines;
use crate::agreement::rule::TIE;
use crate::stats::{Axis, Counter, Running, SignedCounter, SignedOutline};
use crate::units::{LANES, Lanes};

/// What kind of numbers a row holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Row {
    /// Numbers of zero or more; NaN on a path on which there is none.
    Amount,
    /// Numbers from zero to a limit, which the rule reaches exactly.
    UpTo(f64),
    /// Numbers of either sign, counted at this position among such rows; NaN on a
    /// path on which there is none.
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
#[derive(Debug)]
pub struct Recorder {
    rows: Vec<Row>,
    values: Vec<Lanes>,
    running: Vec<Running>,
    counters: Vec<Counter>,
    signed: Vec<SignedCounter>,
    /// The rows whose replicates are told apart.
    outlined: Vec<usize>,
    outlines: Outlines,
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
}

impl Recorder {
    /// Nothing recorded; `signed` rows are of either sign, and of those at the
    /// positions in `outlined` the replicates are told apart.
    pub fn new(rows: &[Row], signed: usize, outlined: &[usize]) -> Self {
        Self {
            rows: rows.to_vec(),
            values: vec![[0.0; LANES]; rows.len()],
            running: vec![Running::default(); rows.len()],
            counters: vec![Counter::new(); rows.len()],
            signed: vec![SignedCounter::default(); signed],
            outlined: outlined.to_vec(),
            outlines: Outlines::new(),
            replicate: 0,
        }
    }

    /// Puts down a number of one path of the strip.
    #[inline(always)]
    pub fn put(&mut self, row: usize, lane: usize, value: f64) {
        self.values[row][lane] = value;
    }

    /// The numbers of a row of the strip.
    pub fn row(&mut self, row: usize) -> &mut Lanes {
        &mut self.values[row]
    }

    /// Begins a block of a replicate: moments are those of a block.
    pub fn begin(&mut self, replicate: u32) {
        self.replicate = replicate;
        let rows = self.outlined.len();
        let outlines = self.outlines.entry(replicate);
        outlines.or_insert_with(|| vec![SignedOutline::default(); rows]);
        self.running.fill(Running::default());
    }

    /// Takes in the first `lanes` paths of the strip.
    pub fn take(&mut self, lanes: usize) {
        let outlines = self.outlines.get_mut(&self.replicate).into_iter().flatten();
        let mut outlines = self.outlined.iter().zip(outlines).peekable();
        for (i, row) in self.rows.iter().enumerate() {
            let values = &mut self.values[i];
            let count = match row {
                Row::UpTo(limit) => {
                    snap(&mut values[..lanes], *limit);
                    lanes
                }
                _ => pack(values, lanes),
            };
            let outline = outlines.next_if(|(outlined, _)| **outlined == i);
            if count == 0 {
                continue;
            }
            let values = &values[..count];
            if let Some((_, outline)) = outline {
                match row {
                    Row::Signed(_) => outline.add(values),
                    _ => outline.add_amounts(row.axis(), values),
                }
            }
            self.running[i].add(values);
            match row {
                Row::Signed(at) => self.signed[*at].add(values),
                _ => self.counters[i].add_values(row.axis(), values),
            }
        }
    }

    /// The moments of the block of each row.
    pub fn end(&mut self) -> impl Iterator<Item = &Running> {
        for (running, counter) in self.running.iter().zip(&mut self.counters) {
            let (min, max) = running.range();
            counter.see(min, max);
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
        }
    }
}

/// Moves the numbers that are some to the front, in order, and counts them.
fn pack(values: &mut Lanes, lanes: usize) -> usize {
    let mut count = 0;
    for lane in 0..lanes {
        let value = values[lane];
        values[count] = value;
        count += usize::from(!value.is_nan());
    }
    count
}

/// Puts what the rule counts as the limit exactly there.
fn snap(values: &mut [f64], limit: f64) {
    for value in values {
        if *value >= limit - TIE * limit {
            *value = limit;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_none_are_left_out() {
        let rows = [Row::Amount, Row::Signed(0), Row::UpTo(8.0)];
        let mut recorder = Recorder::new(&rows, 1, &[1]);
        recorder.begin(0);
        for lane in 0..4 {
            let value = lane as f64;
            recorder.put(0, lane, if lane == 1 { f64::NAN } else { value });
            recorder.put(1, lane, if lane == 0 { f64::NAN } else { -value });
            recorder.put(2, lane, 8.0 - value * 1e-13);
        }
        recorder.take(4);
        let moments: Vec<_> = recorder.end().map(Running::moments).collect();
        assert_eq!(moments[0].count(), 3.0);
        assert!((moments[0].mean() - 5.0 / 3.0).abs() < 1e-15);
        assert_eq!((moments[1].count(), moments[1].mean()), (3.0, -2.0));
        assert_eq!((moments[2].mean(), moments[2].variance()), (8.0, 0.0));
    }
}
