//! Cumulative revenue by one date, on every path.
//!
//! A flat share with a cap pays *r · min(C, X)* in all, with cumulative eligible
//! revenue *C* by its last day and the threshold *X* = (cap − paid before) / *r*.
//! Once *C* is known of every path and sorted, any contract that ends on that day
//! is answered by looking *X* up: P(C ≥ X) is the part of the paths above it, and
//! E[min(C, X)] is the sum of those below plus *X* times the part above.

use rayon::prelude::*;

use crate::simulate::Simulation;
use crate::simulate::contracts::{ContractQuantity, FlatShare, last_horizon, whole_periods};
use crate::simulate::observer::{Cancelled, ExpiryError, Observer};
use crate::simulate::record::cumulative::{BLOCK, Drawn, Rows};
use crate::simulate::sample::draws::Draws;
use crate::stats::MeanEstimate;
use crate::units::Date;

/// Values between two sums that are kept.
const RUN: usize = 64;

/// Cumulative eligible revenue by a date on every path of a simulation.
#[derive(Clone, Debug)]
pub struct RevenueBy {
    /// Whether sharing has begun by then: before, not even a cap of nothing is reached.
    begun: bool,
    replicates: Vec<Sorted>,
}

/// Of one replicate.
#[derive(Clone, Debug)]
struct Sorted {
    /// In ascending order.
    values: Vec<f64>,
    /// The sum of all values before each run of them, and of all.
    sums: Vec<f64>,
}

impl RevenueBy {
    /// The most paths that are kept: 256 MiB of them.
    pub const MOST_PATHS: u64 = 1 << 25;

    /// Simulates the paths once, on the current thread pool; the observer is
    /// told the number of paths each time some are done. The primary
    /// contract gives the first day of sharing.
    ///
    /// Memory: 8 bytes for each path.
    ///
    /// # Errors
    /// [`ExpiryError::OffTimeline`] where the date lies outside the timeline,
    /// [`ExpiryError::Cancelled`] where the observer says to stop.
    pub fn simulate(
        simulation: &Simulation<'_>,
        date: Date,
        observer: &dyn Observer,
    ) -> Result<Self, ExpiryError> {
        let (last, _) = last_horizon(simulation, date)?;
        let mut horizons = whole_periods(simulation);
        horizons.truncate(last.period);
        horizons.push(last);
        let model = simulation.model;
        let revenue = model.rows(simulation.timeline.periods().len());
        let draws = Draws::of(simulation);
        let points = simulation.settings.points;
        let replicate = |replicate| {
            let mut drawn = Drawn::new(simulation);
            let mut rows = Rows::new(revenue, horizons.len());
            let mut values = Vec::with_capacity(points as usize);
            for first in (0..points).step_by(BLOCK) {
                if observer.cancelled() {
                    return Err(Cancelled);
                }
                let paths = (points - first).min(BLOCK as u64) as usize;
                drawn.draw(&draws, replicate, first, paths);
                rows.fill(model, revenue, &drawn, &horizons, paths);
                values.extend_from_slice(rows.row(last.period, paths));
                observer.progress(paths as u64);
            }
            Ok(Sorted::new(values))
        };
        let replicates = (0..simulation.settings.replicates).into_par_iter();
        Ok(Self {
            begun: simulation.primary().agreement.effective <= date,
            replicates: replicates.map(replicate).collect::<Result<_, _>>()?,
        })
    }

    /// A quantity of a contract that ends on the date, whatever its own expiry;
    /// `None` of present values, which take more than the revenue by one date.
    pub fn estimate(
        &self,
        contract: &FlatShare,
        quantity: ContractQuantity,
    ) -> Option<MeanEstimate> {
        let threshold = contract.threshold();
        let least = contract.least();
        let of = |replicate: &Sorted| {
            let below = match self.begun {
                true => replicate.values.partition_point(|x| *x < least),
                false => replicate.values.len(),
            };
            let paths = replicate.values.len() as f64;
            let reached = (paths - below as f64) / paths;
            let sum = replicate.sum_of_first(below);
            let rest = match reached > 0.0 {
                true => reached * threshold,
                false => 0.0,
            };
            let paid = sum / paths + rest;
            Some(match quantity {
                ContractQuantity::TotalPaid => contract.share * paid,
                ContractQuantity::Excess => contract.share * (replicate.mean() - paid),
                ContractQuantity::Binds => reached,
                ContractQuantity::PresentValue | ContractQuantity::ValueByCap => return None,
            })
        };
        let replicates: Option<Vec<f64>> = self.replicates.iter().map(of).collect();
        Some(MeanEstimate::of(&replicates?))
    }
}

impl Sorted {
    fn new(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let mut sum = 0.0;
        let mut sums = vec![sum];
        for run in values.chunks(RUN) {
            sum += run.iter().sum::<f64>();
            sums.push(sum);
        }
        Self { values, sums }
    }

    fn sum_of_first(&self, count: usize) -> f64 {
        let whole = count / RUN;
        self.sums[whole] + self.values[whole * RUN..count].iter().sum::<f64>()
    }

    fn mean(&self) -> f64 {
        self.sum_of_first(self.values.len()) / self.values.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_least_values() {
        let values: Vec<f64> = (0..777).map(|i| f64::from(i * 38 % 777)).collect();
        let sorted = Sorted::new(values);
        for count in [0, 1, 63, 64, 65, 640, 776, 777] {
            let sum = (count * count) as f64 / 2.0 - count as f64 / 2.0;
            assert_eq!(sorted.sum_of_first(count), sum);
        }
        assert_eq!(sorted.mean(), 388.0);
    }
}
