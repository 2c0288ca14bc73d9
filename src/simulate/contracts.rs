//! One set of paths, any number of flat-share contracts.
//!
//! Revenue knows nothing of the contract, and of a flat share with a cap only
//! the threshold *X = (cap − paid before) / share* matters: with cumulative
//! eligible revenue *Cₖ* through period *k*, the cap is reached by then where *Cₖ
//! ≥ X*, and share × min(Cₖ, X) is paid. So one pass that counts, for every
//! period, the paths and their sum between each two neighbouring thresholds
//! answers every contract exactly: probabilities are counts above the
//! threshold, and E[min(Cₖ, X)] is the sum below it plus X times the count above.
//!
//! The present value is Σ share · dₖ · (E[min(Cₖ, X)] − E[min(Cₖ₋₁, X)]) with the
//! discount factors *dₖ*, and its derivative with respect to the cap is Σ dₖ ·
//! (P(Cₖ ≥ X) − P(Cₖ₋₁ ≥ X)): the expected discount factor at the binding date.

use multiversion::multiversion;
use rayon::prelude::*;

use super::Simulation;
use super::draws::Draws;
use super::run::draws;
use super::thresholds::Thresholds;
use crate::agreement::rule::TIE;
use crate::agreement::{Agreement, Schedule};
use crate::revenue::Model;
use crate::stats::MeanEstimate;
use crate::units::{Date, LANES, Lanes};

/// Paths whose cumulative revenue is counted in one go.
const BLOCK: usize = 1024;

/// A flat share of revenue with a total cap and an end date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlatShare {
    /// Share rate, 0 to 1.
    pub share: f64,
    /// Total cap, 0 or more; infinite for none.
    pub cap: f64,
    /// Paid before the timeline, counted against the cap; 0 or more.
    pub paid_before: f64,
    /// Last day of sharing, within the timeline.
    pub expiry: Date,
}

/// A quantity of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContractQuantity {
    /// All payments, what was paid before left out.
    TotalPaid,
    /// Their present value; 0 without a valuation.
    PresentValue,
    /// Accrued share less payments.
    Excess,
    /// Whether the cap is reached: its mean is the binding probability.
    Binds,
    /// The derivative of the present value with respect to the cap; 0 without a
    /// valuation.
    ValueByCap,
}

const QUANTITIES: usize = 5;

/// The quantities of many contracts, replicate by replicate.
#[derive(Clone, Debug)]
pub struct Contracts {
    cases: usize,
    /// For each case and quantity, the mean of each replicate.
    means: Vec<Vec<f64>>,
}

impl Contracts {
    /// Number of contracts.
    pub fn len(&self) -> usize {
        self.cases
    }

    /// Whether there is no contract.
    pub fn is_empty(&self) -> bool {
        self.cases == 0
    }

    /// A quantity of the contract at position `case`.
    pub fn estimate(&self, case: usize, quantity: ContractQuantity) -> MeanEstimate {
        MeanEstimate::of(self.replicates(case, quantity))
    }

    /// By how much a quantity of one contract exceeds another's on the same
    /// paths, with its paired standard error.
    pub fn difference(
        &self,
        case: usize,
        reference: usize,
        quantity: ContractQuantity,
    ) -> MeanEstimate {
        let (case, reference) = (
            self.replicates(case, quantity),
            self.replicates(reference, quantity),
        );
        MeanEstimate::of_difference(case, reference)
    }

    fn replicates(&self, case: usize, quantity: ContractQuantity) -> &[f64] {
        &self.means[case * QUANTITIES + quantity as usize]
    }
}

/// Evaluates every contract on the simulation's paths, on the current thread
/// pool. The simulation's primary contract gives the first day of sharing and the
/// payment dates; its share, cap and expiry are those of `cases` instead.
///
/// Memory: per thread, 16 bytes for each period and distinct threshold.
///
/// # Panics
/// If an expiry lies outside the timeline.
pub fn evaluate(simulation: &Simulation<'_>, cases: &[FlatShare]) -> Contracts {
    let job = Job::new(simulation, cases);
    let by_replicate: Vec<Vec<f64>> = (0..simulation.settings.replicates)
        .into_par_iter()
        .map(|replicate| job.replicate(replicate))
        .collect();
    let means = (0..cases.len() * QUANTITIES)
        .map(|i| by_replicate.iter().map(|means| means[i]).collect())
        .collect();
    Contracts {
        cases: cases.len(),
        means,
    }
}

/// A cumulative revenue that is counted: after a whole period, or at an expiry
/// inside one.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Horizon {
    period: usize,
    /// The part of the period's revenue that is included.
    eligible: f64,
}

struct Case {
    contract: FlatShare,
    threshold: f64,
    /// Position among the thresholds; none for an infinite one.
    rank: Option<usize>,
    /// The horizon of its expiry.
    end: usize,
    /// Payments of whole periods before it.
    whole_periods: usize,
    /// Discount factor of the last payment.
    last_factor: f64,
}

struct Job<'a> {
    simulation: &'a Simulation<'a>,
    draws: Draws,
    thresholds: Thresholds,
    /// The whole periods in order, then the expiries inside a period.
    horizons: Vec<Horizon>,
    /// Discount factor of each whole period's payment.
    factors: Vec<f64>,
    cases: Vec<Case>,
}

impl<'a> Job<'a> {
    fn new(simulation: &'a Simulation<'a>, contracts: &[FlatShare]) -> Self {
        let periods = simulation.timeline.periods();
        let open_ended = schedule(simulation, simulation.timeline.end());
        let mut horizons: Vec<Horizon> = open_ended
            .periods()
            .iter()
            .enumerate()
            .map(|(period, accrual)| Horizon {
                period,
                eligible: accrual.eligible,
            })
            .collect();
        let factor = |date: Date| {
            let valuation = simulation.valuation;
            valuation.map_or(0.0, |valuation| valuation.discount_factor(date))
        };
        let factors = open_ended.periods().iter();
        let factors = factors
            .map(|accrual| factor(accrual.payment_date))
            .collect();
        let thresholds = contracts.iter().map(|contract| {
            let limit = (contract.cap - contract.paid_before).max(0.0);
            // A share of nothing never uses up a cap that leaves something to pay.
            if contract.share == 0.0 && limit > 0.0 {
                f64::INFINITY
            } else if limit == 0.0 {
                0.0
            } else {
                limit / contract.share
            }
        });
        let thresholds: Vec<f64> = thresholds.collect();
        let ranks = Thresholds::new(thresholds.iter().copied());
        let mut cases = Vec::with_capacity(contracts.len());
        for (&contract, &threshold) in contracts.iter().zip(&thresholds) {
            let mut within = periods.iter();
            let period = within
                .position(|p| p.first_day <= contract.expiry && contract.expiry <= p.last_day)
                .expect("an expiry lies within the timeline");
            let accrual = schedule(simulation, contract.expiry).periods()[period];
            let at_end = Horizon {
                period,
                eligible: accrual.eligible,
            };
            let known = horizons.iter().position(|horizon| *horizon == at_end);
            let end = known.unwrap_or_else(|| {
                horizons.push(at_end);
                horizons.len() - 1
            });
            cases.push(Case {
                contract,
                threshold,
                rank: ranks.rank(threshold),
                end,
                whole_periods: period,
                last_factor: factor(accrual.payment_date),
            });
        }
        Self {
            simulation,
            draws: draws(simulation),
            thresholds: ranks,
            horizons,
            factors,
            cases,
        }
    }

    /// The mean of every quantity of every case over one replicate.
    fn replicate(&self, replicate: u32) -> Vec<f64> {
        let points = self.simulation.settings.points;
        let bins = self.thresholds.bins();
        let mut tables = vec![Bin::default(); self.horizons.len() * bins];
        let mut paths = Paths::new(self);
        for first in (0..points).step_by(BLOCK) {
            let count = (points - first).min(BLOCK as u64) as usize;
            paths.generate(self, replicate, first, count);
            for (row, table) in tables.chunks_exact_mut(bins).enumerate() {
                self.thresholds.count(paths.row(row, count), table);
            }
        }
        let tables: Vec<Tail> = tables
            .chunks_exact(bins)
            .map(|table| Tail::of(table, points as f64))
            .collect();
        let cases = self.cases.iter();
        cases
            .flat_map(|case| self.quantities(case, &tables))
            .collect()
    }

    fn quantities(&self, case: &Case, tables: &[Tail]) -> [f64; QUANTITIES] {
        let share = case.contract.share;
        let at = |horizon: usize| tables[horizon].at(case.rank, case.threshold);
        let (paid, reached) = at(case.end);
        let (mut value, mut by_cap) = (0.0, 0.0);
        let (mut paid_before, mut reached_before) = (0.0, 0.0);
        let whole = (0..case.whole_periods).map(|k| (k, self.factors[k]));
        for (horizon, factor) in whole.chain([(case.end, case.last_factor)]) {
            let (paid, reached) = at(horizon);
            value += factor * share * (paid - paid_before);
            by_cap += factor * (reached - reached_before);
            (paid_before, reached_before) = (paid, reached);
        }
        [
            share * paid,
            value,
            share * (tables[case.end].mean - paid),
            reached,
            by_cap,
        ]
    }
}

/// The simulation's schedule with another expiry.
fn schedule(simulation: &Simulation<'_>, expiry: Date) -> Schedule {
    let agreement = Agreement {
        expiry,
        ..simulation.primary().agreement.clone()
    };
    Schedule::new(&agreement, simulation.timeline)
}

/// Paths between two neighbouring thresholds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bin {
    /// How many.
    pub count: u64,
    /// The sum of their cumulative revenue.
    pub sum: f64,
}

/// A table of bins turned around: per path, how many lie at or above each
/// threshold, and the sum of those below it.
struct Tail {
    above: Vec<f64>,
    sum_below: Vec<f64>,
    mean: f64,
}

impl Tail {
    fn of(table: &[Bin], paths: f64) -> Self {
        let mut below = 0;
        let mut sum = 0.0;
        let mut tail = Self {
            above: Vec::with_capacity(table.len()),
            sum_below: Vec::with_capacity(table.len()),
            mean: 0.0,
        };
        for bin in table {
            below += bin.count;
            sum += bin.sum;
            tail.above.push((paths - below as f64) / paths);
            tail.sum_below.push(sum / paths);
        }
        tail.mean = sum / paths;
        tail
    }

    /// E[min(C, X)] and P(C ≥ X) for the threshold X at a rank.
    fn at(&self, rank: Option<usize>, threshold: f64) -> (f64, f64) {
        match rank {
            Some(rank) => {
                let above = self.above[rank];
                (above.mul_add(threshold, self.sum_below[rank]), above)
            }
            None => (self.mean, 0.0),
        }
    }
}

/// Cumulative eligible revenue of a block of paths at every horizon.
struct Paths {
    inputs: Vec<Lanes>,
    shocks: Vec<Lanes>,
    revenue: Vec<Lanes>,
    /// Horizons × paths.
    rows: Vec<f64>,
}

impl Paths {
    fn new(job: &Job<'_>) -> Self {
        let simulation = job.simulation;
        Self {
            inputs: vec![[0.0; LANES]; simulation.inputs.len()],
            shocks: vec![[0.0; LANES]; simulation.model.shocks()],
            revenue: vec![[0.0; LANES]; simulation.timeline.periods().len()],
            rows: vec![0.0; job.horizons.len() * BLOCK],
        }
    }

    fn generate(&mut self, job: &Job<'_>, replicate: u32, first: u64, count: usize) {
        for offset in (0..count).step_by(LANES) {
            generate_row(
                &job.draws,
                job.simulation.model,
                (replicate, first + offset as u64),
                &mut self.inputs,
                &mut self.shocks,
                &mut self.revenue,
            );
            self.accumulate(job, offset);
        }
    }

    /// Adds up a row of paths at every horizon; whole periods come first, so that
    /// an expiry inside a period finds the total before it.
    fn accumulate(&mut self, job: &Job<'_>, offset: usize) {
        for (i, horizon) in job.horizons.iter().enumerate() {
            let mut total = [0.0; LANES];
            if let Some(before) = horizon.period.checked_sub(1) {
                total.copy_from_slice(&self.rows[before * BLOCK + offset..][..LANES]);
            }
            for (total, revenue) in total.iter_mut().zip(&self.revenue[horizon.period]) {
                *total += horizon.eligible * revenue;
            }
            self.rows[i * BLOCK + offset..][..LANES].copy_from_slice(&total);
        }
    }

    fn row(&self, horizon: usize, count: usize) -> &[f64] {
        &self.rows[horizon * BLOCK..][..count]
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma+bmi2",
    "x86_64+avx2+fma+bmi2"
))]
fn generate_row(
    draws: &Draws,
    model: &Model,
    (replicate, first): (u32, u64),
    inputs: &mut [Lanes],
    shocks: &mut [Lanes],
    revenue: &mut [Lanes],
) {
    draws.fill(replicate, first, inputs, shocks);
    model.generate(inputs, shocks, revenue);
}

/// The least cumulative revenue that reaches a threshold: ties in decimal count
/// as the rule counts them.
pub fn reaching(threshold: f64) -> f64 {
    threshold * (1.0 - TIE)
}
