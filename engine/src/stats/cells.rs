//! The counts of many counters together.

use super::counter::{CELLS, Counter};

/// How many values have each key.
#[derive(Debug)]
pub(super) struct Cells {
    counts: Counts,
    total: u64,
}

#[derive(Debug)]
enum Counts {
    Table(Table),
    /// The keys that have values, ascending, and for each the values up to it.
    Few {
        keys: Vec<u32>,
        through: Vec<u64>,
    },
}

/// Counts by cell, from a first key upwards.
#[derive(Debug)]
struct Table {
    /// Key of the first cell.
    first: u32,
    counts: Width,
    /// For each stretch of [`STRETCH`] cells, the values before it; then all.
    before: Vec<u64>,
}

/// Cells added up one by one where a sum up to one of them is asked for.
const STRETCH: usize = 64;

/// Narrow where every count fits, which spares memory, and mostly a copy.
#[derive(Debug)]
enum Width {
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

/// Where the value of some rank stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ranked {
    /// Its key.
    pub key: u32,
    /// Values with lesser keys.
    pub below: u64,
    /// Values with this key.
    pub count: u64,
}

/// A table of more cells than this, of keys far from each other, is mostly empty.
const LONGEST_TABLE: u32 = 64 * CELLS;

impl Cells {
    /// The counts of `counters` and of `base` added up. The table of the first
    /// counter becomes that of the cells where it can.
    pub fn new(counters: Vec<Counter>, base: &[&Counter]) -> Self {
        let all = || counters.iter().chain(base.iter().copied());
        let extent = all()
            .filter_map(Counter::extent)
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let (first, last) = extent.unwrap_or((1, 0));
        let long = last.saturating_sub(first) >= LONGEST_TABLE;
        if long || !all().any(Counter::has_table) {
            return Self::few(all());
        }
        let length = (last - first + 1) as usize;
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
            Width::Narrow(narrow)
        } else {
            let mut wide = vec![0; length];
            all().for_each(|counter| counter.add_wide(first, &mut wide));
            Width::Wide(wide.into_iter().map(counted).collect())
        };
        let mut total = 0;
        let through = counts.sums(STRETCH).into_iter().map(|sum| {
            total += sum;
            total
        });
        let before = std::iter::once(0).chain(through).collect();
        let table = Table {
            first,
            counts,
            before,
        };
        Self {
            counts: Counts::Table(table),
            total,
        }
    }

    /// The same, key by key.
    fn few<'c>(counters: impl Iterator<Item = &'c Counter>) -> Self {
        let mut counts: Vec<(u32, i64)> = Vec::new();
        for counter in counters {
            counter.each(|key, count| counts.push((key, count)));
        }
        counts.sort_unstable_by_key(|(key, _)| *key);
        counts.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            kept.1 += if is_same { next.1 } else { 0 };
            is_same
        });
        counts.retain(|(_, count)| *count != 0);
        let mut total = 0;
        let through = counts.iter().map(|(_, count)| {
            total += counted(*count);
            total
        });
        let through = through.collect();
        Self {
            counts: Counts::Few {
                keys: counts.into_iter().map(|(key, _)| key).collect(),
                through,
            },
            total,
        }
    }

    /// How many values have a key.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Every key that has values with how many, in order.
    pub fn filled(&self) -> impl Iterator<Item = (u32, u64)> {
        let (first, table): (u32, Option<&Width>) = match &self.counts {
            Counts::Table(table) => (table.first, Some(&table.counts)),
            Counts::Few { .. } => (0, None),
        };
        let (keys, through): (&[u32], &[u64]) = match &self.counts {
            Counts::Table(_) => (&[], &[]),
            Counts::Few { keys, through } => (keys, through),
        };
        let in_table = (first..).zip(table.into_iter().flat_map(|counts| counts.from(0)));
        let below = std::iter::once(&0).chain(through);
        let counts = through
            .iter()
            .zip(below)
            .map(|(through, below)| through - below);
        in_table
            .chain(keys.iter().copied().zip(counts))
            .filter(|(_, count)| *count > 0)
    }

    /// How many values have lesser keys than one, and how many have that.
    pub fn below(&self, key: u32) -> (u64, u64) {
        match &self.counts {
            Counts::Table(table) => table.below(key),
            Counts::Few { keys, through } => {
                let at = keys.partition_point(|own| *own < key);
                let below = at.checked_sub(1).map_or(0, |before| through[before]);
                let here = match keys.get(at) {
                    Some(own) if *own == key => through[at] - below,
                    _ => 0,
                };
                (below, here)
            }
        }
    }

    /// Where the value of a rank stands, 1 for the least that has a key; `None`
    /// beyond the greatest.
    pub fn ranked(&self, rank: u64) -> Option<Ranked> {
        if rank > self.total {
            return None;
        }
        match &self.counts {
            Counts::Table(table) => table.ranked(rank),
            Counts::Few { keys, through } => {
                let at = through.partition_point(|through| *through < rank);
                let below = at.checked_sub(1).map_or(0, |before| through[before]);
                Some(Ranked {
                    key: keys[at],
                    below,
                    count: through[at] - below,
                })
            }
        }
    }
}

impl Table {
    fn below(&self, key: u32) -> (u64, u64) {
        let Some(cell) = key.checked_sub(self.first) else {
            return (0, 0);
        };
        let cell = (cell as usize).min(self.counts.len());
        let stretch = cell / STRETCH;
        let mut from = self.counts.from(stretch * STRETCH);
        let within = from.by_ref().take(cell % STRETCH).sum::<u64>();
        (self.before[stretch] + within, from.next().unwrap_or(0))
    }

    fn ranked(&self, rank: u64) -> Option<Ranked> {
        let stretch = self.before.partition_point(|before| *before < rank) - 1;
        let start = stretch * STRETCH;
        let mut below = self.before[stretch];
        for (cell, count) in (start..).zip(self.counts.from(start)) {
            if rank <= below + count {
                let key = self.first + cell as u32;
                return Some(Ranked { key, below, count });
            }
            below += count;
        }
        None
    }
}

fn counted(count: i64) -> u64 {
    u64::try_from(count).expect("nothing is taken out that was not counted")
}

impl Width {
    fn len(&self) -> usize {
        match self {
            Self::Narrow(counts) => counts.len(),
            Self::Wide(counts) => counts.len(),
        }
    }

    /// The counts from a position on, in order.
    fn from(&self, start: usize) -> impl Iterator<Item = u64> {
        let (narrow, wide): (&[u32], &[u64]) = match self {
            Self::Narrow(counts) => (&counts[start..], &[]),
            Self::Wide(counts) => (&[], &counts[start..]),
        };
        let narrow = narrow.iter().map(|count| u64::from(*count));
        narrow.chain(wide.iter().copied())
    }

    /// Sums of `size` cells each, in order.
    fn sums(&self, size: usize) -> Vec<u64> {
        match self {
            Self::Narrow(counts) => {
                let sum = |cells: &[u32]| cells.iter().map(|count| u64::from(*count)).sum();
                counts.chunks(size).map(sum).collect()
            }
            Self::Wide(counts) => counts
                .chunks(size)
                .map(|cells| cells.iter().sum())
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Axis;

    /// Values spread over two thousand powers of two.
    fn far_apart(count: u32) -> Vec<f64> {
        let power = |i: u32| 2f64.powi((i.wrapping_mul(7919) % 1600) as i32 - 800);
        (0..count)
            .map(|i| power(i) * (1.0 + f64::from(i) / 4096.0))
            .collect()
    }

    #[test]
    fn few_keys_and_a_table_rank_alike() {
        let values: Vec<f64> = (0..2000).map(|i| 100.0 + f64::from(i % 300)).collect();
        let mut together = Counter::new();
        let mut apart: Vec<Counter> = Vec::new();
        for chunk in values.chunks(50) {
            together.add_values(Axis::Log, chunk);
            let mut few = Counter::new();
            few.add_values(Axis::Log, chunk);
            apart.push(few);
        }
        assert!(together.has_table() && !apart.iter().any(Counter::has_table));
        let table = Cells::new(vec![together], &[]);
        let few = Cells::new(apart, &[]);
        assert!(matches!(table.counts, Counts::Table(_)));
        assert!(matches!(few.counts, Counts::Few { .. }));
        assert_eq!((table.total(), few.total()), (2000, 2000));
        assert!(table.filled().eq(few.filled()));
        for rank in 1..=2000 {
            assert_eq!(table.ranked(rank), few.ranked(rank));
        }
        assert_eq!((table.ranked(2001), few.ranked(2001)), (None, None));
    }

    #[test]
    fn values_far_apart_take_memory_for_themselves_alone() {
        let values = far_apart(3000);
        let mut counter = Counter::new();
        for chunk in values.chunks(60) {
            counter.add_values(Axis::Log, chunk);
        }
        let cells = Cells::new(vec![counter], &[]);
        let Counts::Few { keys, .. } = &cells.counts else {
            panic!("a table from the least to the greatest key");
        };
        assert!(keys.len() <= 3000);
        assert_eq!(cells.total(), 3000);
        let mut sorted: Vec<u32> = values.iter().map(|x| Axis::log_key(*x)).collect();
        sorted.sort_unstable();
        for (i, key) in sorted.iter().enumerate() {
            assert_eq!(cells.ranked(i as u64 + 1).unwrap().key, *key);
        }
    }
}
