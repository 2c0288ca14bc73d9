//! The counts of many counters in one table.

use super::counter::Counter;

/// Counts by cell, from a first key upwards.
#[derive(Debug)]
pub(super) struct Cells {
    /// Key of the first cell.
    pub first: u32,
    counts: Counts,
}

/// Narrow where every count fits, which spares memory, and mostly a copy.
#[derive(Debug)]
enum Counts {
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

impl Cells {
    /// The counts of `counters` and of `base` added up. The table of the first
    /// counter becomes that of the cells where it can.
    pub fn new(counters: Vec<Counter>, base: &[&Counter]) -> Self {
        let extents = counters.iter().chain(base.iter().copied());
        let extent = extents
            .filter_map(Counter::extent)
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let Some((first, last)) = extent else {
            return Self {
                first: 0,
                counts: Counts::Narrow(Vec::new()),
            };
        };
        let length = (last - first + 1) as usize;
        let all = || counters.iter().chain(base.iter().copied());
        // A counter that was never spilled has counted less than 2³¹ values.
        let few = all().count() <= 2 || all().map(Counter::most).sum::<u64>() <= u32::MAX.into();
        let counts = if few && !all().any(Counter::is_spilled) {
            let mut counters = counters.into_iter();
            let mut narrow = match counters.next() {
                Some(counter) => counter.into_narrow(first, length),
                None => vec![0; length],
            };
            counters.for_each(|counter| counter.add_narrow(first, &mut narrow));
            base.iter()
                .for_each(|counter| counter.add_narrow(first, &mut narrow));
            Counts::Narrow(narrow)
        } else {
            let mut wide = vec![0; length];
            all().for_each(|counter| counter.add_wide(first, &mut wide));
            let counted = |count: i64| {
                u64::try_from(count).expect("nothing is taken out that was not counted")
            };
            Counts::Wide(wide.into_iter().map(counted).collect())
        };
        Self { first, counts }
    }

    /// The counts, in order.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        self.from(0)
    }

    /// The counts from a position on, in order.
    pub fn from(&self, start: usize) -> impl Iterator<Item = u64> {
        let (narrow, wide): (&[u32], &[u64]) = match &self.counts {
            Counts::Narrow(counts) => (&counts[start..], &[]),
            Counts::Wide(counts) => (&[], &counts[start..]),
        };
        let narrow = narrow.iter().map(|count| u64::from(*count));
        narrow.chain(wide.iter().copied())
    }

    /// Sums of `size` cells each, in order.
    pub fn sums(&self, size: usize) -> Vec<u64> {
        match &self.counts {
            Counts::Narrow(counts) => {
                let sum = |cells: &[u32]| cells.iter().map(|count| u64::from(*count)).sum();
                counts.chunks(size).map(sum).collect()
            }
            Counts::Wide(counts) => counts
                .chunks(size)
                .map(|cells| cells.iter().sum())
                .collect(),
        }
    }
}
