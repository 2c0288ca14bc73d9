//! A statistic of a contract or a scenario, with its standard error.

use super::error::StudyError;
use super::measures::flat_share;
use super::target::{Statistic, Target};
use crate::scenario::Scenario;
use crate::simulate::{
    ContractQuantity, FlatShare, Ordering, Outcomes, Total, World, evaluate_worlds, run_totals,
};
use crate::stats::MeanEstimate;

/// An estimate of a statistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The estimate.
    pub mean: f64,
    /// Its standard error.
    pub std_error: f64,
}

/// Estimates one statistic of many contracts and scenarios, all on the draws of
/// the first scenario.
#[derive(Debug)]
pub struct Estimator {
    statistic: Statistic,
    ordering: Ordering,
}

impl Estimator {
    /// An estimator of the statistic of a target.
    ///
    /// # Errors
    /// Where the scenario does not have it.
    pub fn new(scenario: &Scenario, target: &Target) -> Result<Self, StudyError> {
        let total = match target.statistic {
            Statistic::Expected(total) | Statistic::AtLeast(total, _) => Some(total),
            Statistic::Probability(_) => None,
        };
        if total == Some(Total::PresentValue) && scenario.valuation.is_none() {
            return Err(StudyError::new(
                format!(
                    "there is no {} without a valuation",
                    Total::PresentValue.name()
                ),
                "add [valuation] with discount_rate, or --set valuation.discount_rate=0.09",
            ));
        }
        if let Some(total) = total
            && total.is_of_clauses()
            && scenario.primary().agreement.is_flat()
        {
            return Err(StudyError::new(
                format!("there is no {} of a flat share", total.name()),
                "it comes from minimums, defaults and deferrals; ask for another statistic",
            ));
        }
        let timeline = &scenario.timeline;
        if let Statistic::Probability(Some(date)) = target.statistic
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
            ordering: Ordering::of(&scenario.simulation()),
        })
    }

    /// Whether it can be had of many contracts in one pass.
    pub fn takes_contracts(&self) -> bool {
        match self.statistic {
            Statistic::Probability(_) => true,
            Statistic::Expected(total) => !total.is_of_clauses(),
            Statistic::AtLeast(total, _) => total != Total::PresentValue && !total.is_of_clauses(),
        }
    }

    /// The statistic of each contract on a scenario's revenue, in one pass.
    pub fn of_contracts(&self, scenario: &Scenario, contracts: &[FlatShare]) -> Vec<Point> {
        let means = |change: &dyn Fn(&FlatShare) -> FlatShare, quantity| {
            let changed: Vec<FlatShare> = contracts.iter().map(change).collect();
            self.means(scenario, &changed, quantity)
        };
        let same = |own: &FlatShare| *own;
        match self.statistic {
            Statistic::Probability(by) => {
                let until = |own: &FlatShare| FlatShare {
                    expiry: by.map_or(own.expiry, |by| by.min(own.expiry)),
                    ..*own
                };
                means(&until, ContractQuantity::Binds)
            }
            Statistic::Expected(Total::Uncapped) => means(&uncapped, ContractQuantity::TotalPaid),
            Statistic::Expected(Total::PresentValue) => {
                means(&same, ContractQuantity::PresentValue)
            }
            Statistic::Expected(Total::Excess) => means(&same, ContractQuantity::Excess),
            Statistic::Expected(Total::Headroom) => {
                let paid = means(&same, ContractQuantity::TotalPaid);
                let left = paid.into_iter().zip(contracts);
                left.map(|(paid, own)| Point {
                    mean: limit(own) - paid.mean,
                    ..paid
                })
                .collect()
            }
            // Clauses are not asked of contracts: see `takes_contracts`.
            Statistic::Expected(_) => means(&same, ContractQuantity::TotalPaid),
            Statistic::AtLeast(total, amount) => {
                // What a contract without a cap pays reaches an amount as often as a
                // cap of that amount binds.
                let binds = |own: &FlatShare| FlatShare {
                    cap: accrued_for(total, amount, own).max(0.0),
                    paid_before: 0.0,
                    ..*own
                };
                let bound = means(&binds, ContractQuantity::Binds);
                let points = bound.into_iter().zip(contracts);
                points
                    .map(|(bound, own)| at_least(total, amount, own, bound))
                    .collect()
            }
        }
    }

    /// What a contract would be expected to pay without its cap.
    pub fn uncapped(&self, scenario: &Scenario, contract: &FlatShare) -> f64 {
        let contracts = [uncapped(contract)];
        self.means(scenario, &contracts, ContractQuantity::TotalPaid)[0].mean
    }

    fn means(
        &self,
        scenario: &Scenario,
        contracts: &[FlatShare],
        quantity: ContractQuantity,
    ) -> Vec<Point> {
        let mut simulation = scenario.simulation();
        simulation.ordering = Some(&self.ordering);
        let world = World {
            simulation,
            contracts,
        };
        let all = evaluate_worlds(&[world], &[]).remove(0);
        let point = |i| {
            let MeanEstimate {
                mean, std_error, ..
            } = all.estimate(i, quantity);
            Point { mean, std_error }
        };
        (0..contracts.len()).map(point).collect()
    }

    /// The statistic of a scenario's primary agreement.
    pub fn of_scenario(&self, scenario: &Scenario) -> Point {
        if self.takes_contracts()
            && let Some(contract) = flat_share(scenario)
        {
            return self.of_contracts(scenario, &[contract])[0];
        }
        let mut simulation = scenario.simulation();
        simulation.ordering = Some(&self.ordering);
        let results = run_totals(&simulation, &|_| ());
        self.of_outcomes(results.primary())
    }

    fn of_outcomes(&self, outcomes: &Outcomes) -> Point {
        let estimate = match self.statistic {
            Statistic::Probability(None) => Some(outcomes.reached()),
            Statistic::Probability(Some(date)) => Some(outcomes.reached_by(date)),
            Statistic::Expected(total) => outcomes.total(total).map(|m| m.estimate),
            Statistic::AtLeast(total, amount) => {
                let part = outcomes.total(total).map_or(0.0, |measured| {
                    let all = measured.distribution;
                    1.0 - all.count_below(amount) / all.count() as f64
                });
                // Of independent paths: more than the error of Sobol points.
                let variance = part * (1.0 - part) / outcomes.paths() as f64;
                return Point {
                    mean: part,
                    std_error: variance.max(0.0).sqrt(),
                };
            }
        };
        estimate.map_or(
            Point {
                mean: 0.0,
                std_error: 0.0,
            },
            |estimate| Point {
                mean: estimate.mean,
                std_error: estimate.std_error,
            },
        )
    }
}

fn uncapped(contract: &FlatShare) -> FlatShare {
    FlatShare {
        cap: f64::INFINITY,
        ..*contract
    }
}

fn limit(contract: &FlatShare) -> f64 {
    (contract.cap - contract.paid_before).max(0.0)
}

/// The accrued share at which a total comes to an amount.
fn accrued_for(total: Total, amount: f64, contract: &FlatShare) -> f64 {
    match total {
        Total::Excess => limit(contract) + amount,
        Total::Headroom => limit(contract) - amount,
        _ => amount,
    }
}

/// The probability that a total comes to at least an amount, from that of accruing
/// as much as that takes.
fn at_least(total: Total, amount: f64, contract: &FlatShare, accrues: Point) -> Point {
    let certain = |mean| Point {
        mean,
        std_error: 0.0,
    };
    match total {
        Total::Headroom if amount <= 0.0 || limit(contract).is_infinite() => certain(1.0),
        Total::Headroom if limit(contract) < amount => certain(0.0),
        Total::Headroom => Point {
            mean: 1.0 - accrues.mean,
            ..accrues
        },
        _ if amount <= 0.0 => certain(1.0),
        Total::Paid if limit(contract) < amount => certain(0.0),
        _ => accrues,
    }
}
