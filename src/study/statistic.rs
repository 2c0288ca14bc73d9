//! A statistic of a contract or a scenario, with its standard error.

use std::convert::Infallible;

use rayon::prelude::*;

use super::contract_key::ContractKey;
use super::error::StudyError;
use super::measures::{check, flat_share};
use super::mixture::run_scenario;
use super::target::{Statistic, Target};
use crate::Error;
use crate::scenario::Scenario;
use crate::simulate::{
    ByExpiry, Cancelled, ContractQuantity, FlatShare, Measure, Observer, Ordering, Outcomes,
    RevenueBy, Simulation, Smooth, Total, Unheard, World, evaluate_worlds, mixed, run_smooth,
    run_smooth_totals, run_totals_each,
};
use crate::stats::MeanEstimate;
use crate::units::{Date, Worded as _};

/// Points of each replicate for a rough idea of a size.
const FEW_POINTS: u64 = 256;
/// Standard errors within which a statistic is at its target.
const ERRORS: f64 = 3.0;
/// Paths of each replicate within which a probability is.
const STEPS: f64 = 2.0;
/// The part of an expected value within which it is.
const CLOSE: f64 = 1e-6;
/// The part of a percentile to which a run knows it.
const RESOLUTION: f64 = 1e-3;

/// An estimate of a statistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The estimate.
    pub mean: f64,
    /// Its standard error.
    pub std_error: f64,
}

impl Point {
    /// Nothing, for certain.
    const NONE: Self = Self {
        mean: 0.0,
        std_error: 0.0,
    };
}

/// What a run finds of a target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// The statistic.
    pub point: Point,
    /// The percentile, where the target is one of an amount.
    pub percentile: Option<f64>,
    /// Whether that is what the target wants, as far as a run can tell.
    pub is_met: bool,
    /// Whether it is a smooth estimate.
    pub is_smooth: bool,
    /// By how much the statistic exceeds the target.
    pub misses_by: f64,
}

impl From<MeanEstimate> for Point {
    fn from(estimate: MeanEstimate) -> Self {
        Self {
            mean: estimate.mean,
            std_error: estimate.std_error,
        }
    }
}

/// Means of a quantity of some contracts, one for each.
type MeansOf<'a, E> = dyn Fn(&[FlatShare], ContractQuantity) -> Result<Vec<Point>, E> + 'a;

/// Estimates one statistic of many contracts and scenarios, all on the draws of
/// the first scenario.
#[derive(Debug)]
pub struct Estimator {
    statistic: Statistic,
    /// The same as contracts answer it, where they do.
    of_contracts: Option<OfContracts>,
    ordering: Ordering,
}

/// A statistic that contracts answer without a run.
#[derive(Clone, Copy, Debug)]
enum OfContracts {
    /// Whether the cap is reached, by a day if one is given.
    Binds(Option<Date>),
    /// The expected value of a total.
    Expected(FlatTotal),
    /// The probability that a total comes to at least an amount.
    AtLeast(FlatTotal, f64),
}

/// The totals that follow from the revenue of many contracts at once; any other is had path by
/// path.
#[derive(Clone, Copy, Debug, PartialEq)]
enum FlatTotal {
    Paid,
    PresentValue,
    Uncapped,
    Excess,
    Headroom,
}

impl FlatTotal {
    fn of(measure: Measure) -> Option<Self> {
        let Measure::Total(total) = measure else {
            return None;
        };
        match total {
            Total::Paid => Some(Self::Paid),
            Total::PresentValue => Some(Self::PresentValue),
            Total::Uncapped => Some(Self::Uncapped),
            Total::Excess => Some(Self::Excess),
            Total::Headroom => Some(Self::Headroom),
            _ => None,
        }
    }
}

impl OfContracts {
    fn of(statistic: Statistic) -> Option<Self> {
        match statistic {
            Statistic::Probability(Measure::Binding, by) => Some(Self::Binds(by)),
            Statistic::Probability(..) => None,
            Statistic::Expected(measure) => FlatTotal::of(measure).map(Self::Expected),
            // Payments of several dates do not come from one day's revenue.
            Statistic::AtLeast(measure, amount) => FlatTotal::of(measure)
                .filter(|total| *total != FlatTotal::PresentValue)
                .map(|total| Self::AtLeast(total, amount)),
        }
    }
}

impl Estimator {
    /// An estimator of the statistic of a target, of scenarios that differ in a key.
    ///
    /// # Errors
    /// Where the scenario does not have it.
    pub fn new(scenario: &Scenario, target: &Target, key: &str) -> Result<Self, StudyError> {
        let (Statistic::Expected(measure)
        | Statistic::AtLeast(measure, _)
        | Statistic::Probability(measure, _)) = target.statistic;
        let gives_cap = ContractKey::of(key) == Some(ContractKey::Cap);
        if measure != Measure::Total(Total::Headroom) || !gives_cap {
            check(scenario, measure)?;
        }
        let timeline = &scenario.timeline;
        if let Statistic::Probability(_, Some(date)) = target.statistic
            && !(timeline.start() <= date && date <= timeline.end())
        {
            let (start, end) = (timeline.start(), timeline.end());
            return Err(StudyError::new(
                format!("{date} lies outside the timeline"),
                format!("a date from {start} to {end}"),
            ));
        }
        Ok(Self {
            statistic: target.statistic,
            of_contracts: OfContracts::of(target.statistic),
            ordering: Ordering::of(&scenario.simulation()),
        })
    }

    /// Whether it can be had of many contracts in one pass.
    pub fn takes_contracts(&self) -> bool {
        self.of_contracts.is_some()
    }

    /// The day revenue up to which tells the statistic of a contract; none for a
    /// present value, which takes that of every payment date.
    pub fn day(&self, contract: &FlatShare) -> Option<Date> {
        match self.statistic {
            Statistic::Probability(_, Some(by)) => Some(by.min(contract.expiry)),
            Statistic::Expected(Measure::PRESENT_VALUE) => None,
            _ => Some(contract.expiry),
        }
    }

    /// The statistic of each contract on a scenario's revenue, in one pass.
    pub fn of_contracts(
        &self,
        scenario: &Scenario,
        contracts: &[FlatShare],
        observer: &dyn Observer,
    ) -> Result<Vec<Point>, Error> {
        let means =
            |contracts: &[FlatShare], quantity| self.means(scenario, contracts, quantity, observer);
        self.through(contracts, &means)
    }

    /// The statistic of contracts that end on one day, from one pass: as a
    /// function of the contract, whose own expiry plays no part.
    pub fn by_terms(
        &self,
        scenario: &Scenario,
        day: Date,
        observer: &dyn Observer,
    ) -> Result<impl Fn(&FlatShare) -> Point, Error> {
        let revenue = RevenueBy::simulate(&self.simulation(scenario), day, observer)?;
        Ok(move |contract: &FlatShare| {
            let of = |contracts: &[FlatShare], quantity| {
                let estimates = contracts.iter().map(|own| revenue.estimate(own, quantity));
                Ok(estimates.flatten().map(Point::from).collect())
            };
            let Ok(points) = self.through::<Infallible>(&[*contract], &of);
            points[0]
        })
    }

    /// The statistic of a contract for each last day, from one pass.
    pub fn by_expiry(
        &self,
        scenario: &Scenario,
        contract: &FlatShare,
        days: &[Date],
        observer: &dyn Observer,
    ) -> Result<Vec<Point>, Error> {
        let simulation = self.simulation(scenario);
        // All that is asked for differs in the expiry alone.
        let of = |contracts: &[FlatShare], quantity| {
            let all = ByExpiry::simulate(&simulation, &contracts[0], observer)?;
            // Each last day has a schedule of its own.
            let point = |own: &FlatShare| match observer.cancelled() {
                true => Err(Cancelled.into()),
                false => Ok(Point::from(all.estimate(own.expiry, quantity)?)),
            };
            contracts.par_iter().map(point).collect()
        };
        let ending = days.iter().map(|day| FlatShare {
            expiry: *day,
            ..*contract
        });
        self.through(&ending.collect::<Vec<_>>(), &of)
    }

    /// Roughly what a contract would be expected to pay without its cap, from a
    /// few paths.
    pub fn rough_share(
        &self,
        scenario: &Scenario,
        contract: &FlatShare,
        observer: &dyn Observer,
    ) -> Result<f64, Error> {
        let mut simulation = self.simulation(scenario);
        simulation.settings.points = simulation.settings.points.min(FEW_POINTS);
        let revenue = RevenueBy::simulate(&simulation, contract.expiry, &Unheard(observer))?;
        let paid = revenue.estimate(&uncapped(contract), ContractQuantity::TotalPaid);
        Ok(paid.map_or(0.0, |paid| paid.mean))
    }

    fn simulation<'a>(&'a self, scenario: &'a Scenario) -> Simulation<'a> {
        let mut simulation = scenario.simulation();
        simulation.ordering = Some(&self.ordering);
        simulation
    }

    /// The statistic of each contract from means of their quantities.
    fn through<E>(&self, contracts: &[FlatShare], of: &MeansOf<'_, E>) -> Result<Vec<Point>, E> {
        let means = |change: &dyn Fn(&FlatShare) -> FlatShare, quantity| {
            let changed: Vec<FlatShare> = contracts.iter().map(change).collect();
            of(&changed, quantity)
        };
        let same = |own: &FlatShare| *own;
        // Nothing else is asked of contracts: see `takes_contracts`.
        let Some(asked) = self.of_contracts else {
            return Ok(vec![Point::NONE; contracts.len()]);
        };
        match asked {
            OfContracts::Binds(by) => {
                let until = |own: &FlatShare| FlatShare {
                    expiry: by.map_or(own.expiry, |by| by.min(own.expiry)),
                    ..*own
                };
                means(&until, ContractQuantity::Binds)
            }
            OfContracts::Expected(FlatTotal::Paid) => means(&same, ContractQuantity::TotalPaid),
            OfContracts::Expected(FlatTotal::Uncapped) => {
                means(&uncapped, ContractQuantity::TotalPaid)
            }
            OfContracts::Expected(FlatTotal::PresentValue) => {
                means(&same, ContractQuantity::PresentValue)
            }
            OfContracts::Expected(FlatTotal::Excess) => means(&same, ContractQuantity::Excess),
            OfContracts::Expected(FlatTotal::Headroom) => {
                let paid = means(&same, ContractQuantity::TotalPaid)?;
                let left = paid.into_iter().zip(contracts);
                let left = left.map(|(paid, own)| Point {
                    mean: own.limit() - paid.mean,
                    ..paid
                });
                Ok(left.collect())
            }
            OfContracts::AtLeast(total, amount) => {
                // What a contract without a cap pays reaches an amount as often as a
                // cap of that amount binds.
                let binds = |own: &FlatShare| FlatShare {
                    cap: accrued_for(total, amount, own).max(0.0),
                    paid_before: 0.0,
                    ..*own
                };
                let bound = means(&binds, ContractQuantity::Binds)?;
                let points = bound.into_iter().zip(contracts);
                let points = points.map(|(bound, own)| at_least(total, amount, own, bound));
                Ok(points.collect())
            }
        }
    }

    fn means(
        &self,
        scenario: &Scenario,
        contracts: &[FlatShare],
        quantity: ContractQuantity,
        observer: &dyn Observer,
    ) -> Result<Vec<Point>, Error> {
        let world = World {
            simulation: self.simulation(scenario),
            contracts,
        };
        let all = evaluate_worlds(&[world], &[], observer)?.remove(0);
        let point = |i| Point::from(all.estimate(i, quantity));
        Ok((0..contracts.len()).map(point).collect())
    }

    /// The statistic of a scenario's primary agreement: by counting where a smooth estimate
    /// has a larger error than is asked, as under a volatility of several hundred percent.
    pub fn of_scenario(
        &self,
        scenario: &Scenario,
        largest_error: f64,
        observer: &dyn Observer,
    ) -> Result<Point, Error> {
        let ordering = Some(&self.ordering);
        let smooth = self.smooth(scenario, ordering, u64::MAX, observer)?;
        if let Some((point, _)) = smooth
            && point.std_error <= largest_error
        {
            return Ok(point);
        }
        if self.takes_contracts()
            && let Some(contract) = flat_share(scenario)
        {
            return Ok(self.of_contracts(scenario, &[contract], observer)?[0]);
        }
        let results = run_scenario(scenario, ordering, observer, run_totals_each)?;
        Ok(self.of_outcomes(results.primary()))
    }

    /// Whether a smooth estimate of the primary agreement answers.
    pub fn is_smooth(&self, scenario: &Scenario, observer: &dyn Observer) -> Result<bool, Error> {
        let found = self.smooth(scenario, Some(&self.ordering), FEW_POINTS, observer)?;
        Ok(found.is_some())
    }

    /// The statistic without any path, from so many points of each replicate at most, and
    /// what a probability by a day was read from, of each case; `None` where it takes paths. The shocks stand
    /// in the order that is lent, or else in that of the first case.
    fn smooth(
        &self,
        scenario: &Scenario,
        lent: Option<&Ordering>,
        most_points: u64,
        observer: &dyn Observer,
    ) -> Result<Option<(Point, Vec<Smooth>)>, Error> {
        if matches!(self.statistic, Statistic::AtLeast(..)) {
            return Ok(None);
        }
        let simulations = scenario.simulations();
        let own = (lent.is_none() && simulations.len() > 1).then(|| Ordering::of(&simulations[0]));
        let mut parts: Vec<(f64, Vec<f64>)> = Vec::new();
        let mut all = Vec::new();
        for (i, mut simulation) in simulations.into_iter().enumerate() {
            let weight = scenario.cases.get(i).map_or(1.0, |case| case.probability);
            simulation.settings.points = simulation.settings.points.min(most_points);
            simulation.ordering = lent.or(own.as_ref());
            let whole = || -> Result<_, Error> {
                let found = run_smooth_totals(&simulation, observer)?;
                Ok(found.map(|mut all| all.swap_remove(0)))
            };
            let days = || -> Result<_, Error> {
                let found = run_smooth(&simulation, observer)?;
                Ok(found.map(|mut all| all.swap_remove(0)))
            };
            let means = match self.statistic {
                Statistic::Probability(Measure::Binding, None) => {
                    whole()?.map(|smooth| smooth.reached_means())
                }
                Statistic::Probability(Measure::Binding, Some(by)) => days()?.map(|smooth| {
                    let means = smooth.reached_means(by);
                    all.push(smooth);
                    means
                }),
                Statistic::Expected(Measure::Total(total @ Total::PresentValue)) => {
                    days()?.and_then(|smooth| smooth.total_means(total))
                }
                Statistic::Expected(Measure::Total(total)) => {
                    whole()?.and_then(|smooth| smooth.total_means(total))
                }
                _ => None,
            };
            let Some(means) = means else {
                return Ok(None);
            };
            parts.push((weight, means));
        }
        let means = mixed(parts.into_iter());
        Ok(Some((Point::from(MeanEstimate::of(&means)), all)))
    }

    /// What a run of the scenario reports, on draws of its own.
    pub fn of_run(
        &self,
        scenario: &Scenario,
        target: &Target,
        observer: &dyn Observer,
    ) -> Result<Found, Error> {
        let part = target.percentile.map(|percent| percent / 100.0);
        if let Some((point, smooth)) = self.smooth(scenario, None, u64::MAX, observer)? {
            let misses_by = point.mean - target.value;
            let date = match (self.statistic, part, smooth.as_slice()) {
                (Statistic::Probability(_, Some(wanted)), Some(part), [smooth]) => smooth
                    .date_quantile(part)
                    .is_some_and(|found| found.date == wanted),
                _ => false,
            };
            let tolerance = CLOSE * target.value.abs();
            let is_close = misses_by.abs() <= tolerance.max(ERRORS * point.std_error);
            return Ok(Found {
                point,
                percentile: None,
                is_met: is_close || date,
                is_smooth: true,
                misses_by,
            });
        }
        let results = run_scenario(scenario, None, observer, run_totals_each)?;
        let outcomes = results.primary();
        let point = self.of_outcomes(outcomes);
        let misses_by = point.mean - target.value;
        let amount = match (self.statistic, part) {
            (Statistic::AtLeast(measure, wanted), Some(part)) => outcomes
                .get(measure)
                .and_then(|found| found.quantile(part))
                .map(|found| (found, wanted)),
            _ => None,
        };
        let date = match (self.statistic, part) {
            (Statistic::Probability(measure, Some(wanted)), Some(part)) => outcomes
                .day_of(measure, part)
                .is_some_and(|found| found == wanted),
            _ => false,
        };
        let tolerance = match self.statistic {
            Statistic::Expected(_) => CLOSE * target.value.abs(),
            _ => STEPS / scenario.settings.points as f64,
        };
        let is_close = misses_by.abs() <= tolerance.max(ERRORS * point.std_error);
        let is_percentile = amount.is_some_and(|(found, wanted): (f64, f64)| {
            (found - wanted).abs() <= RESOLUTION * wanted.abs()
        });
        Ok(Found {
            point,
            percentile: amount.map(|(found, _)| found),
            is_met: is_close || is_percentile || date,
            is_smooth: false,
            misses_by,
        })
    }

    fn of_outcomes(&self, outcomes: &Outcomes) -> Point {
        let estimate = match self.statistic {
            Statistic::Probability(measure, Some(date)) => outcomes.by(measure, date),
            Statistic::Probability(measure, None) | Statistic::Expected(measure) => {
                outcomes.get(measure).and_then(|found| found.estimate)
            }
            Statistic::AtLeast(measure, amount) => {
                let found = outcomes.get(measure);
                let part = found.and_then(|found| found.part_at_least(amount));
                let part = part.unwrap_or(0.0);
                // Of independent paths: more than the error of Sobol points.
                let variance = part * (1.0 - part) / outcomes.paths() as f64;
                return Point {
                    mean: part,
                    std_error: variance.max(0.0).sqrt(),
                };
            }
        };
        estimate.map_or(Point::NONE, |estimate| Point {
            mean: estimate.mean,
            std_error: estimate.std_error,
        })
    }
}

fn uncapped(contract: &FlatShare) -> FlatShare {
    FlatShare {
        cap: f64::INFINITY,
        ..*contract
    }
}

/// The accrued share at which a total comes to an amount.
fn accrued_for(total: FlatTotal, amount: f64, contract: &FlatShare) -> f64 {
    match total {
        FlatTotal::Excess => contract.limit() + amount,
        FlatTotal::Headroom => contract.limit() - amount,
        FlatTotal::Paid | FlatTotal::PresentValue | FlatTotal::Uncapped => amount,
    }
}

/// The probability that a total comes to at least an amount, from that of accruing
/// as much as that takes.
fn at_least(total: FlatTotal, amount: f64, contract: &FlatShare, accrues: Point) -> Point {
    let certain = |mean| Point {
        mean,
        std_error: 0.0,
    };
    match total {
        FlatTotal::Headroom if amount <= 0.0 || contract.limit().is_infinite() => certain(1.0),
        FlatTotal::Headroom if contract.limit() < amount => certain(0.0),
        FlatTotal::Headroom => Point {
            mean: 1.0 - accrues.mean,
            ..accrues
        },
        _ if amount <= 0.0 => certain(1.0),
        FlatTotal::Paid if contract.limit() < amount => certain(0.0),
        FlatTotal::Paid | FlatTotal::PresentValue | FlatTotal::Uncapped | FlatTotal::Excess => {
            accrues
        }
    }
}
