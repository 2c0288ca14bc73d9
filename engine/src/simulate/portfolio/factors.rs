//! The common factors: which numbers they have, and of what.

use std::collections::BTreeSet;

use super::deal::Ready;
use crate::math::{kernel, standard_normals};
use crate::revenue::Shock;
use crate::simulate::sample::aligned::AlignedRows;
use crate::simulate::sample::philox;
use crate::simulate::sample::streams::Streams;
use crate::units::{LANES, Lanes, Timeline};

/// What one standard normal of a factor moves: deals that load on the factor move together
/// in it, whatever their timelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// Revenue over a calendar month, counted from the year 0.
    Path(i32),
    /// Expected growth over a calendar month.
    Growth(i32),
    /// A persistent error in growth.
    GrowthError,
    /// An error in the level of all revenue.
    Level,
    /// An error of one calendar year alone.
    Year(i16),
}

impl Moment {
    /// Its place in a factor's stream.
    fn number(self) -> u64 {
        let (kind, at): (u64, i32) = match self {
            Self::Path(month) => (0, month),
            Self::Growth(month) => (1, month),
            Self::GrowthError => (2, 0),
            Self::Level => (3, 0),
            Self::Year(year) => (4, i32::from(year)),
        };
        kind << 32 | u64::from(at.cast_unsigned())
    }

    /// What a shock of a model on a timeline moves. A shock of a longer period is made of
    /// the months that begin with it and end before the next one's.
    pub fn of(shock: Shock, timeline: &Timeline) -> Vec<Self> {
        let months = |k: usize| {
            let periods = timeline.periods();
            let month =
                |day: crate::units::Date| i32::from(day.year()) * 12 + i32::from(day.month());
            let first = month(periods[k].first_day);
            let next = periods.get(k + 1).map(|next| month(next.first_day));
            let next = next.unwrap_or_else(|| month(periods[k].last_day.add_days(1)));
            first..next.max(first + 1)
        };
        match shock {
            Shock::Path(k) => months(k).map(Self::Path).collect(),
            Shock::Growth(k) => months(k).map(Self::Growth).collect(),
            Shock::GrowthError => vec![Self::GrowthError],
            Shock::Level => vec![Self::Level],
            Shock::Year(year) => vec![Self::Year(year)],
        }
    }
}

/// The factors of a portfolio.
#[derive(Debug)]
pub struct Factors {
    /// The key of each factor's stream.
    keys: Vec<u64>,
    /// What is drawn, in order.
    moments: Vec<Moment>,
}

impl Factors {
    /// Those of some names, as far as the deals are moved by them.
    pub fn new(seed: u64, names: &[String], deals: &[Ready<'_>]) -> Self {
        let streams = Streams::new(seed);
        let names = names.iter();
        let moments: BTreeSet<Moment> = deals.iter().flat_map(Ready::moments).collect();
        Self {
            keys: names
                .map(|name| streams.key(&format!("factor {name}")))
                .collect(),
            moments: moments.into_iter().collect(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Where a moment's rows begin among those that [`draw`](Self::draw) fills.
    pub fn position(&self, moment: Moment) -> usize {
        let found = self.moments.binary_search(&moment);
        found.expect("every moment of a deal is listed") * self.len()
    }

    /// Room for a strip: for each moment, a row of each factor.
    pub fn room(&self) -> AlignedRows {
        AlignedRows::new(self.moments.len() * self.len())
    }

    /// Draws the factors of some paths.
    pub fn draw(&self, paths: &[u64; LANES], rows: &mut AlignedRows) {
        let rows = rows.get_mut();
        draw(self, paths, rows);
    }
}

kernel! {
    /// Draws the factors of a strip.
    fn draw(factors: &Factors, paths: &[u64; LANES], rows: &mut [Lanes]) {
        let of_moments = rows.chunks_exact_mut(factors.len().max(1));
        for (moment, rows) in factors.moments.iter().zip(of_moments) {
            for (key, row) in factors.keys.iter().zip(rows.iter_mut()) {
                *row = philox::pair(*key, paths, moment.number())[0].map(f64::from_bits);
            }
            standard_normals(rows);
        }
    }
}
