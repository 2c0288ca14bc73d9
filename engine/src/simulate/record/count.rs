//! The keys of a block and their counting, row by row.

use std::mem;

use super::block::STRIPS;
use super::rows::PaymentCount;
use crate::stats::{Axis, Counter, Keyed, Offsets, Outline, SignedCounter, SignedOutline};
use crate::units::{LANES, Lanes};

/// The keys of one row of a block.
#[derive(Clone, Debug)]
pub struct KeyRow {
    axis: Axis,
    /// What offsets are counted from; 0 as long as there is no telling.
    base: u32,
    /// Those of each strip of a block, as many as the longest so far had.
    offsets: Vec<Offsets>,
    /// What became of the lanes of each strip.
    keyed: Vec<Keyed>,
    /// Strips, in order, whose keys are too far apart for offsets.
    far: Vec<FarStrip>,
}

/// The memory of the keys of a block.
#[derive(Clone, Debug, Default)]
pub struct KeyMemory {
    offsets: Vec<Offsets>,
    keyed: Vec<Keyed>,
}

/// The keys of a strip in full, 0 for none.
#[derive(Clone, Debug)]
struct FarStrip {
    strip: usize,
    keys: [u32; LANES],
}

/// The last payment of each path of a strip.
#[derive(Clone, Copy, Debug)]
pub struct LastPayments {
    /// Its key, in units of its period's payments.
    pub keys: [u32; LANES],
}

impl LastPayments {
    /// No payment yet.
    pub const NONE: Self = Self { keys: [0; LANES] };
}

/// Below the least accrued share of a block, a last payment is counted nearby
/// within a factor of 2⁶.
const BELOW: u16 = 6 << 10;

impl KeyRow {
    /// What one takes, with the keys of a whole block.
    pub const BYTES: usize =
        size_of::<Self>() + STRIPS * (size_of::<Offsets>() + size_of::<Keyed>());

    /// No keys yet.
    pub fn new(axis: Axis) -> Self {
        // On an axis of two sides it is known.
        let base = match axis {
            Axis::TwoSided { .. } => axis.base(0.0).unwrap_or(0),
            Axis::Log => 0,
        };
        Self {
            axis,
            base,
            offsets: Vec::new(),
            keyed: Vec::new(),
            far: Vec::new(),
        }
    }

    /// Exchanges the memory of the keys of a block for another's: of several runs each
    /// counts in turn in the same, which stays in the cache.
    pub fn exchange(&mut self, other: &mut KeyMemory) {
        mem::swap(&mut self.offsets, &mut other.offsets);
        mem::swap(&mut self.keyed, &mut other.keyed);
    }

    /// Makes ready for the next block.
    pub fn clear(&mut self) {
        self.far.clear();
    }

    /// Makes room for one more strip.
    #[cold]
    #[inline(never)]
    fn lengthen(&mut self) {
        self.offsets.push([0; LANES]);
        self.keyed.push(Keyed::NONE);
    }

    /// Records the keys of a strip, the first or the one after those recorded before.
    #[inline(always)]
    pub fn record(&mut self, strip: usize, values: &Lanes) {
        if strip == self.offsets.len() {
            self.lengthen();
        }
        let keyed = self
            .axis
            .offsets(self.base, values, &mut self.offsets[strip]);
        self.keyed[strip] = keyed;
        if !keyed.near {
            self.record_far(strip, values);
        }
    }

    #[cold]
    #[inline(never)]
    fn record_far(&mut self, strip: usize, values: &Lanes) {
        let offsets = &mut self.offsets[strip];
        if self.base == 0
            && let Some(base) = values.iter().find_map(|value| self.axis.base(*value))
        {
            self.base = base;
            if self.axis.offsets(base, values, offsets).near {
                self.keyed[strip].near = true;
                return;
            }
        }
        *offsets = [Axis::MIDDLE; LANES];
        let keys = values.map(|value| self.axis.key(value).unwrap_or(0));
        self.far.push(FarStrip { strip, keys });
    }

    /// The least and the greatest offset of some strips.
    #[inline(always)]
    fn range(&self, strips: usize) -> (u16, u16) {
        let (mut least, mut greatest) = (u16::MAX, 0);
        for offset in self.offsets[..strips].as_flattened() {
            least = least.min(*offset);
            greatest = greatest.max(*offset);
        }
        (least, greatest)
    }

    /// Of some lanes of a strip those that have a key, those that are zero, and those at the
    /// limit.
    #[inline(always)]
    fn parted(&self, strip: usize, lanes: u64) -> (u64, u64, u64) {
        let Keyed { inside, zero, .. } = self.keyed[strip];
        (lanes & inside, lanes & zero, lanes & !(inside | zero))
    }

    /// The keys of a strip in full, where they are.
    fn far(&self, strip: usize) -> Option<&[u32; LANES]> {
        if self.keyed[strip].near {
            return None;
        }
        let found = self.far.binary_search_by_key(&strip, |far| far.strip);
        Some(&self.far[found.ok()?].keys)
    }

    /// Adds `by` at the key of each of some lanes.
    #[inline(always)]
    fn add(&self, strip: usize, lanes: u64, by: i32, counter: &mut Counter) {
        if let Some(keys) = self.far(strip) {
            each(lanes, |lane| counter.add(keys[lane], by));
        } else if !counter.has_table() {
            let offsets = &self.offsets[strip];
            each(lanes, |lane| {
                counter.add(self.base + u32::from(offsets[lane]), by);
            });
        } else if lanes == u64::MAX && by == 1 {
            counter.add_all(&self.offsets[strip]);
        } else {
            counter.add_some(&self.offsets[strip], lanes, by);
        }
    }

    /// Makes a counter ready for some values of some strips, and of `below` cells below.
    #[inline(always)]
    fn prepare(&self, strips: usize, values: usize, below: u16, counter: &mut Counter) {
        if counter.keeps_few(self.base, values) {
            return;
        }
        let (least, greatest) = self.range(strips);
        counter.cover(self.base, least, greatest, below);
        counter.fetch(least, greatest);
    }

    /// Counts the keys of the lanes given of some strips.
    #[inline(always)]
    pub fn count(&self, strips: usize, lanes: &[u64; STRIPS], counter: &mut Counter) {
        self.prepare(strips, count_of(&lanes[..strips]), 0, counter);
        for strip in 0..strips {
            let (inside, zeros, others) = self.parted(strip, lanes[strip]);
            self.add(strip, inside, 1, counter);
            counter.add_zeros(zeros.count_ones().into());
            counter.add_at_limit(others.count_ones().into());
        }
    }

    /// Counts the keys of some strips, those of sizes of numbers of either sign: of the
    /// lanes in `negative` below zero, of the others above.
    #[inline(always)]
    pub fn count_signed(
        &self,
        strips: usize,
        lanes: &[u64; STRIPS],
        negative: &[u64; STRIPS],
        counter: &mut SignedCounter,
    ) {
        let mut negatives = 0;
        let [above, below] = counter.parts();
        for counter in [&mut *above, &mut *below] {
            self.prepare(strips, count_of(&lanes[..strips]), 0, counter);
        }
        for strip in 0..strips {
            let inside = lanes[strip] & self.keyed[strip].inside;
            let (under, over) = (inside & negative[strip], inside & !negative[strip]);
            for (counter, own) in [(&mut *above, over), (&mut *below, under)] {
                self.add(strip, own, 1, counter);
                counter.add_zeros(i64::from((lanes[strip] & !own).count_ones()));
            }
            negatives += u64::from(under.count_ones());
        }
        counter.add_negatives(negatives);
    }

    /// Counts the keys of some strips in outline, those of sizes of numbers of either
    /// sign.
    pub fn outline_signed(
        &self,
        strips: usize,
        lanes: &[u64; STRIPS],
        negative: &[u64; STRIPS],
        outline: &mut SignedOutline,
    ) {
        let mut signs = [*lanes, *lanes];
        for strip in 0..strips {
            let inside = lanes[strip] & self.keyed[strip].inside;
            signs[0][strip] = inside & !negative[strip];
            signs[1][strip] = inside & negative[strip];
        }
        let parts = outline.parts();
        for (own, part) in signs.iter().zip(parts) {
            self.outline(strips, own, part);
            let others = (0..strips).map(|strip| (lanes[strip] & !own[strip]).count_ones());
            part.add_zeros(others.map(u64::from).sum());
        }
    }

    /// Counts the keys of some strips in outline.
    pub fn outline(&self, strips: usize, lanes: &[u64; STRIPS], outline: &mut Outline) {
        for strip in 0..strips {
            let (inside, zeros, others) = self.parted(strip, lanes[strip]);
            match self.far(strip) {
                Some(keys) => each(inside, |lane| outline.add(keys[lane])),
                None => {
                    let offsets = &self.offsets[strip];
                    each(inside, |lane| {
                        outline.add(self.base + u32::from(offsets[lane]))
                    });
                }
            }
            outline.add_zeros(zeros.count_ones().into());
            outline.add_at_end(self.axis, others.count_ones().into());
        }
    }

    /// Counts the payments of a period, where the keys are those of what accrued; `unreached`
    /// are, for each period, the lanes that have not reached the cap before it, and the first
    /// of them all lanes in use.
    #[inline(always)]
    pub fn count_payments(
        &self,
        payment: PaymentCount,
        unreached: &[[u64; STRIPS]],
        last: &[LastPayments],
        counter: &mut Counter,
    ) {
        // Each path at most once with its share and once with its last payment.
        let values = 2 * count_of(&unreached[0][..last.len()]);
        self.prepare(last.len(), values, BELOW, counter);
        for (strip, last) in last.iter().enumerate() {
            let [all, before, after] =
                [0, payment.period, payment.period + 1].map(|k| unreached[k][strip]);
            counter.add_zeros(i64::from((all ^ before).count_ones()));
            let (lanes, by) = if payment.takes_out {
                (all ^ after, -1)
            } else {
                (after, 1)
            };
            let inside = self.keyed[strip].inside;
            self.add(strip, lanes & inside, by, counter);
            counter.add_zeros(i64::from(by) * i64::from((lanes & !inside).count_ones()));
            each(before ^ after, |lane| counter.add(last.keys[lane], 1));
        }
    }
}

/// How many lanes of some strips there are.
#[inline(always)]
fn count_of(lanes: &[u64]) -> usize {
    lanes.iter().map(|own| own.count_ones() as usize).sum()
}

#[inline(always)]
fn each(mut lanes: u64, mut take: impl FnMut(usize)) {
    while lanes != 0 {
        take(lanes.trailing_zeros() as usize);
        lanes &= lanes - 1;
    }
}
