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

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rayon::prelude::*;
use serde::Serialize;

use super::Simulation;
use super::observer::{Cancelled, ExpiryError, Observer};
use crate::agreement::rule::Cap;
use crate::agreement::{AccrualPeriod, Agreement, Schedule};
use crate::simulate::estimates::date_quantile::DateQuantile;
use crate::simulate::record::cumulative::{BLOCK, Drawn, Horizon, Rows};
use crate::simulate::record::reaching::{Calendar, Reached, ReachedDates};
use crate::simulate::record::thresholds::{Bin, Bound, Tail, Thresholds};
use crate::simulate::sample::draws::Draws;
use crate::stats::MeanEstimate;
use crate::units::Date;

/// A flat share of revenue with a total cap and an end date.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
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

impl FlatShare {
    /// What is paid at most; infinite without a cap.
    pub fn limit(&self) -> f64 {
        Cap::new(self.cap, self.paid_before).limit()
    }

    /// The cumulative eligible revenue at which the cap is reached; infinite for
    /// never.
    pub(super) fn threshold(&self) -> f64 {
        let limit = self.limit();
        // A share of nothing never uses up a cap that leaves something to pay.
        match (limit == 0.0, self.share == 0.0) {
            (true, _) => 0.0,
            (false, true) => f64::INFINITY,
            (false, false) => limit / self.share,
        }
    }

    /// The least cumulative eligible revenue at which it counts as reached: ties in
    /// decimal count as the rule counts them.
    pub(super) fn least(&self) -> f64 {
        let reached_at = Cap::new(self.cap, self.paid_before).reached_at();
        match (reached_at == 0.0, self.share == 0.0) {
            (true, _) => 0.0,
            (false, true) => f64::INFINITY,
            (false, false) => reached_at / self.share,
        }
    }

    /// Both.
    pub(super) fn bound(&self) -> Bound {
        Bound {
            least: self.least(),
            threshold: self.threshold(),
        }
    }
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

/// Contracts on the revenue of one simulation.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// The revenue, the first day of sharing and the payment dates.
    pub simulation: Simulation<'a>,
    /// Its contracts.
    pub contracts: &'a [FlatShare],
}

/// The quantities of many contracts, replicate by replicate.
#[derive(Clone, Debug)]
pub struct Contracts {
    cases: usize,
    /// For each case and quantity, the mean of each replicate.
    means: Vec<Vec<f64>>,
    /// For each case, one for each quantile of the binding date asked for.
    dates: Vec<Vec<Option<DateQuantile>>>,
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

    /// The mean of a quantity in each replicate.
    pub fn replicates(&self, case: usize, quantity: ContractQuantity) -> &[f64] {
        &self.means[case * QUANTITIES + quantity as usize]
    }

    /// Quantiles of the binding date, one for each asked for; `None` where that
    /// part of the paths does not reach the cap by the contract's expiry.
    pub fn binding_dates(&self, case: usize) -> &[Option<DateQuantile>] {
        &self.dates[case]
    }
}

/// Evaluates every contract on the simulation's paths, on the current thread
/// pool. The simulation's primary contract gives the first day of sharing and the
/// payment dates; its share, cap and expiry are those of `cases` instead.
///
/// Memory: per thread, 16 bytes for each period and distinct threshold. The observer is
/// asked before each block of paths, and told the number of paths.
///
/// # Errors
/// [`ExpiryError::OffTimeline`] where an expiry lies outside the timeline,
/// [`ExpiryError::Cancelled`] where the observer says to stop.
pub fn evaluate(
    simulation: &Simulation<'_>,
    cases: &[FlatShare],
    observer: &dyn Observer,
) -> Result<Contracts, ExpiryError> {
    let world = World {
        simulation: *simulation,
        contracts: cases,
    };
    Ok(evaluate_worlds(&[world], &[], observer)?.remove(0))
}

/// Evaluates the contracts of several worlds, each as [`evaluate`] does, with
/// `quantiles` (above 0, below 1) of the binding date besides. Worlds that follow
/// each other and take the same inputs, number of shocks and settings are given
/// the same draws, made once; so that they all are, let their simulations have
/// the [`ordering`](Simulation::ordering) of one of them.
///
/// # Errors
/// [`ExpiryError::OffTimeline`] where an expiry lies outside its timeline,
/// [`ExpiryError::Cancelled`] where the observer says to stop.
pub fn evaluate_worlds(
    worlds: &[World<'_>],
    quantiles: &[f64],
    observer: &dyn Observer,
) -> Result<Vec<Contracts>, ExpiryError> {
    let mut all = Vec::with_capacity(worlds.len());
    for group in worlds.chunk_by(|a, b| a.shares_draws_with(b)) {
        all.extend(evaluate_group(group, quantiles, observer)?);
    }
    Ok(all)
}

impl World<'_> {
    fn shares_draws_with(&self, other: &World<'_>) -> bool {
        let (mine, other) = (&self.simulation, &other.simulation);
        mine.settings == other.settings
            && mine.inputs == other.inputs
            && mine.model.shocks() == other.model.shocks()
            && mine.model.events() == other.model.events()
            && mine.ordering.is_some()
            && other.ordering.is_some()
    }
}

/// Worlds on the same draws.
fn evaluate_group(
    worlds: &[World<'_>],
    quantiles: &[f64],
    observer: &dyn Observer,
) -> Result<Vec<Contracts>, ExpiryError> {
    let Some(first) = worlds.first().map(|world| world.simulation) else {
        return Ok(Vec::new());
    };
    let draws = Draws::of(&first);
    let dated = !quantiles.is_empty();
    let evaluations: Vec<Evaluation<'_>> = worlds
        .iter()
        .map(|world| Evaluation::new(world, dated))
        .collect::<Result<_, _>>()?;
    let mut by_replicate: Vec<Vec<OfReplicate>> = (0..first.settings.replicates)
        .into_par_iter()
        .map(|replicate| count(&draws, &evaluations, replicate, observer))
        .collect::<Result<_, Cancelled>>()?;
    let of_each = |(i, own): (usize, Evaluation<'_>)| {
        let taken = by_replicate.iter_mut();
        let counted: Vec<OfReplicate> = taken
            .map(|evaluations| std::mem::take(&mut evaluations[i]))
            .collect();
        own.finish(counted, quantiles)
    };
    Ok(evaluations.into_iter().enumerate().map(of_each).collect())
}

/// What one replicate gives for one world.
#[derive(Default)]
struct OfReplicate {
    /// For each case and quantity, the mean.
    means: Vec<f64>,
    reached: Option<Reached>,
}

/// Counts one replicate of every evaluation on the same draws.
fn count(
    draws: &Draws,
    evaluations: &[Evaluation<'_>],
    replicate: u32,
    observer: &dyn Observer,
) -> Result<Vec<OfReplicate>, Cancelled> {
    let simulation = evaluations[0].simulation;
    let points = simulation.settings.points;
    let mut drawn = Drawn::new(&simulation);
    let mut counts: Vec<Counting> = evaluations.iter().map(Evaluation::begin).collect();
    let revenue = evaluations.iter().map(Evaluation::revenue_rows).max();
    let horizons = evaluations.iter().map(|own| own.horizons.len()).max();
    let mut rows = Rows::new(revenue.unwrap_or(0), horizons.unwrap_or(0));
    for first in (0..points).step_by(BLOCK) {
        if observer.cancelled() {
            return Err(Cancelled);
        }
        let paths = (points - first).min(BLOCK as u64) as usize;
        drawn.draw(draws, replicate, first, paths);
        for (own, counting) in evaluations.iter().zip(&mut counts) {
            let model = own.simulation.model;
            rows.fill(model, own.revenue_rows(), &drawn, &own.horizons, paths);
            own.count(&rows, paths, counting);
        }
        observer.progress(paths as u64);
    }
    let finished = evaluations.iter().zip(counts);
    Ok(finished
        .map(|(own, counting)| OfReplicate {
            means: own.means(&counting.tables, points),
            reached: counting.reached,
        })
        .collect())
}

/// The memory of one replicate of an evaluation.
struct Counting {
    /// Horizons × bins.
    tables: Vec<Bin>,
    reached: Option<Reached>,
}

struct Case {
    contract: FlatShare,
    bound: Bound,
    /// Position among the thresholds; none for an infinite one.
    rank: Option<usize>,
    /// The horizon of its expiry.
    end: usize,
    /// Payments of whole periods before it.
    whole_periods: usize,
    /// Discount factor of the last payment.
    last_factor: f64,
}

struct Evaluation<'a> {
    simulation: Simulation<'a>,
    thresholds: Thresholds,
    /// The whole periods in order, then the expiries inside a period.
    horizons: Vec<Horizon>,
    /// Discount factor of each whole period's payment.
    factors: Vec<f64>,
    cases: Vec<Case>,
    /// The days thresholds are reached on, where they are asked for.
    calendar: Option<Calendar>,
}

impl<'a> Evaluation<'a> {
    fn new(world: &World<'a>, dated: bool) -> Result<Self, ExpiryError> {
        let (simulation, contracts) = (&world.simulation, world.contracts);
        let open_ended = schedule(simulation, simulation.timeline.end());
        let mut horizons = whole_periods(simulation);
        let factors = open_ended.periods().iter();
        let factors = factors.map(|p| simulation.discount_factor(p)).collect();
        let bounds: Vec<Bound> = contracts.iter().map(FlatShare::bound).collect();
        let ranks = Thresholds::new(bounds.iter().copied());
        let mut cases = Vec::with_capacity(contracts.len());
        // Laying a schedule out costs more than an answer: once for each expiry.
        let mut ends: BTreeMap<Date, (usize, usize, f64)> = BTreeMap::new();
        for (&contract, &bound) in contracts.iter().zip(&bounds) {
            let (end, whole_periods, last_factor) = match ends.entry(contract.expiry) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    let (at_end, accrual) = last_horizon(simulation, contract.expiry)?;
                    let known = horizons.iter().position(|horizon| *horizon == at_end);
                    let end = known.unwrap_or_else(|| {
                        horizons.push(at_end);
                        horizons.len() - 1
                    });
                    *new.insert((end, at_end.period, simulation.discount_factor(&accrual)))
                }
            };
            cases.push(Case {
                contract,
                bound,
                rank: ranks.rank(bound),
                end,
                whole_periods,
                last_factor,
            });
        }
        Ok(Self {
            simulation: *simulation,
            calendar: dated.then(|| Calendar::new(simulation.timeline, &open_ended)),
            thresholds: ranks,
            horizons,
            factors,
            cases,
        })
    }

    fn revenue_rows(&self) -> usize {
        self.simulation.model.rows(self.factors.len())
    }

    fn begin(&self) -> Counting {
        let calendar = self.calendar.as_ref();
        let reached = calendar.map(|calendar| match self.thresholds.are_few() {
            true => Reached::days(self.thresholds.len(), calendar),
            false => Reached::levels(calendar),
        });
        Counting {
            tables: vec![Bin::default(); self.horizons.len() * self.thresholds.bins()],
            reached,
        }
    }

    /// Counts a block of paths.
    fn count(&self, rows: &Rows, paths: usize, counting: &mut Counting) {
        let tables = counting.tables.chunks_exact_mut(self.thresholds.bins());
        for (horizon, table) in tables.enumerate() {
            self.thresholds.count(rows.row(horizon, paths), table);
        }
        if let (Some(calendar), Some(reached)) = (&self.calendar, &mut counting.reached) {
            reached.note(calendar, self.thresholds.bounds(), rows, paths);
        }
    }

    /// The mean of every quantity of every case over one replicate.
    fn means(&self, tables: &[Bin], points: u64) -> Vec<f64> {
        let tables: Vec<Tail> = tables
            .chunks_exact(self.thresholds.bins())
            .map(|table| self.thresholds.tail(table, points as f64))
            .collect();
        let cases = self.cases.iter();
        cases
            .flat_map(|case| self.quantities(case, &tables))
            .collect()
    }

    /// The contracts' quantities from all replicates.
    fn finish(self, counted: Vec<OfReplicate>, quantiles: &[f64]) -> Contracts {
        let cases = self.cases.len();
        let of_replicates = |i: usize| counted.iter().map(|counted| counted.means[i]).collect();
        let means = (0..cases * QUANTITIES).map(of_replicates).collect();
        let reached: Vec<Reached> = counted.into_iter().filter_map(|c| c.reached).collect();
        let points = self.simulation.settings.points;
        let dates = self
            .calendar
            .map(|calendar| ReachedDates::new(calendar, quantiles, reached, points));
        let of_case = |case: &Case| match (&dates, case.rank) {
            (Some(dates), Some(rank)) => dates.of(rank, case.bound, case.contract.expiry),
            _ => vec![None; quantiles.len()],
        };
        Contracts {
            cases,
            means,
            dates: self.cases.iter().map(of_case).collect(),
        }
    }

    fn quantities(&self, case: &Case, tables: &[Tail]) -> [f64; QUANTITIES] {
        let share = case.contract.share;
        let effective = self.simulation.primary().agreement.effective;
        if case.contract.expiry < effective {
            return [0.0; QUANTITIES];
        }
        let at = |horizon: usize| tables[horizon].at(case.rank, case.bound.threshold);
        let (paid, reached) = at(case.end);
        let (mut value, mut by_cap) = (0.0, 0.0);
        let (mut paid_before, mut reached_before) = (0.0, 0.0);
        // Before the first day of sharing not even a cap of nothing is reached.
        let periods = self.simulation.timeline.periods();
        let first = periods.partition_point(|period| period.last_day < effective);
        let whole = (first..case.whole_periods).map(|k| (k, self.factors[k]));
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

/// Every whole period of a simulation, in order.
pub fn whole_periods(simulation: &Simulation<'_>) -> Vec<Horizon> {
    let open_ended = schedule(simulation, simulation.timeline.end());
    let periods = open_ended.periods().iter().enumerate();
    periods
        .map(|(period, accrual)| Horizon {
            period,
            eligible: accrual.eligible,
        })
        .collect()
}

/// The period that an expiry ends or cuts, and what of it accrues.
///
/// # Errors
/// Where the expiry lies outside the timeline.
pub fn last_horizon(
    simulation: &Simulation<'_>,
    expiry: Date,
) -> Result<(Horizon, AccrualPeriod), ExpiryError> {
    let timeline = simulation.timeline;
    let mut within = timeline.periods().iter();
    let period = within.position(|p| p.first_day <= expiry && expiry <= p.last_day);
    let period = period.ok_or_else(|| ExpiryError::OffTimeline {
        date: expiry,
        first: timeline.start(),
        last: timeline.end(),
    })?;
    let accrual = schedule(simulation, expiry).periods()[period];
    let horizon = Horizon {
        period,
        eligible: accrual.eligible,
    };
    Ok((horizon, accrual))
}

/// The simulation's schedule with another expiry.
fn schedule(simulation: &Simulation<'_>, expiry: Date) -> Schedule {
    let agreement = Agreement {
        expiry,
        ..simulation.primary().agreement.clone()
    };
    Schedule::new(&agreement, simulation.timeline)
}
