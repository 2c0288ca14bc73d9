//! How likely a covenant is missed: that less than an amount has been paid by a day.
//!
//! A flat share has paid *A* by a day where a cap of *A* would have been reached by then,
//! so a covenant is a question after another cap, which smooth estimates answer. Of any
//! other agreement the paths whose payments fall short are counted.

use crate::agreement::rule::Cap;
use crate::agreement::{Agreement, Contract, TotalCap};
use crate::scenario::{Covenant, Scenario};
use crate::simulate::{
    Cancelled, Estimator, Observer, Ordering, Quantity, Results, Simulation, Slot, Unheard, mixed,
    run_smooth,
};
use crate::stats::MeanEstimate;
use crate::units::{Date, Parameter};

/// How likely an agreement falls short of a covenant on a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shortfall {
    /// Position of the agreement.
    pub agreement: usize,
    /// The covenant.
    pub covenant: Covenant,
    /// The close of a quarter up to the covenant's day, and that day.
    pub date: Date,
    /// The probability that less than its amount has been paid by then.
    pub probability: MeanEstimate,
    /// How it was estimated.
    pub estimator: Estimator,
}

/// The shortfalls of every agreement from every covenant of a scenario that has been run,
/// at the end of every quarter up to the covenant's day. Payments count on the day they
/// are due.
///
/// # Errors
/// Where the observer says to stop.
pub fn shortfalls(
    scenario: &Scenario,
    results: &Results,
    observer: &dyn Observer,
) -> Result<Vec<Shortfall>, Cancelled> {
    let mut all = Vec::new();
    for agreement in 0..scenario.contracts.len() {
        for covenant in &scenario.report.covenants {
            let dates = quarters(scenario.timeline.start(), covenant.by);
            let smooth = smooth(scenario, agreement, *covenant, &dates, &Unheard(observer))?;
            let is_smooth = smooth.is_some();
            let chances = smooth.unwrap_or_else(|| {
                let chance = |date: &Date| counted(scenario, results, agreement, *covenant, *date);
                dates.iter().map(chance).collect()
            });
            all.extend(
                dates
                    .iter()
                    .zip(chances)
                    .map(|(date, probability)| Shortfall {
                        agreement,
                        covenant: *covenant,
                        date: *date,
                        probability,
                        estimator: match is_smooth {
                            true => Estimator::Smooth,
                            false => Estimator::Counted,
                        },
                    }),
            );
        }
    }
    Ok(all)
}

/// The ends of quarters from one day to another, and that day.
fn quarters(start: Date, last: Date) -> Vec<Date> {
    let mut dates = Vec::new();
    let mut first = start;
    while first <= last {
        let to_go = (3 - i32::from(first.month()) % 3) % 3;
        let end = first.first_of_month().add_months(to_go).last_of_month();
        dates.push(end.min(last));
        first = end.add_days(1);
    }
    dates
}

/// The last period whose share is due by a day; `None` where none is.
fn last_due(contract: &Contract, date: Date) -> Option<usize> {
    let periods = contract.schedule.periods();
    periods
        .iter()
        .rposition(|period| period.payment_date <= date)
}

/// As counted on the paths of the run, with the error that independent ones would have:
/// more than that of Sobol points.
fn counted(
    scenario: &Scenario,
    results: &Results,
    agreement: usize,
    covenant: Covenant,
    date: Date,
) -> MeanEstimate {
    let outcomes = &results.agreements[agreement];
    let paid = last_due(&scenario.contracts[agreement], date)
        .and_then(|period| outcomes.quantity(Quantity::CumulativePaid, Slot::Period(period)));
    let short = paid.map_or(1.0, |paid| paid.distribution.part_below(covenant.paid));
    let variance = (short * (1.0 - short)).max(0.0) / outcomes.paths() as f64;
    MeanEstimate {
        mean: short,
        std_error: variance.sqrt(),
        skewness: 0.0,
        degrees: f64::from(scenario.settings.replicates) - 1.0,
    }
}

/// As smooth estimates of a cap of the covenant's amount; `None` where there are none.
fn smooth(
    scenario: &Scenario,
    agreement: usize,
    covenant: Covenant,
    dates: &[Date],
    observer: &dyn Observer,
) -> Result<Option<Vec<MeanEstimate>>, Cancelled> {
    let simulations = scenario.simulations();
    let ordering = Ordering::of(&simulations[0]);
    let mut cases: Vec<(f64, Vec<Vec<f64>>)> = Vec::new();
    for (i, simulation) in simulations.into_iter().enumerate() {
        let weight = scenario.cases.get(i).map_or(1.0, |case| case.probability);
        let contract = &simulation.contracts[agreement];
        let Some(limit) = limit(&contract.agreement) else {
            return Ok(None);
        };
        let replicates = simulation.settings.replicates as usize;
        let means: Vec<Vec<f64>> = if limit < covenant.paid {
            // No outcome pays so much.
            vec![vec![1.0; replicates]; dates.len()]
        } else {
            let asked = Contract::new(
                up_to(&contract.agreement, covenant.paid),
                simulation.timeline,
            );
            let lone = Simulation {
                contracts: std::slice::from_ref(&asked),
                ordering: Some(&ordering),
                ..simulation
            };
            let found = run_smooth(&lone, observer)?;
            let Some(smooth) = found.and_then(|all| all.into_iter().next()) else {
                return Ok(None);
            };
            let of = |date: &Date| match last_due(contract, *date) {
                Some(period) => {
                    let day = simulation.timeline.periods()[period].last_day;
                    smooth
                        .reached_means(day)
                        .iter()
                        .map(|met| 1.0 - met)
                        .collect()
                }
                None => vec![1.0; replicates],
            };
            dates.iter().map(of).collect()
        };
        cases.push((weight, means));
    }
    let on = |at: usize| {
        let parts = cases.iter();
        let means = mixed(parts.map(|(weight, means)| (*weight, means[at].clone())));
        MeanEstimate::of(&means)
    };
    Ok(Some((0..dates.len()).map(on).collect()))
}

/// What a flat share pays at most, infinite without a cap; `None` where that differs
/// between paths, and of any other agreement.
fn limit(agreement: &Agreement) -> Option<f64> {
    let flat = agreement.flat().filter(|_| agreement.is_flat())?;
    let before = flat.paid_before.fixed()?;
    match flat.cap {
        Some(cap) => Some(Cap::new(cap.fixed()?, before).limit()),
        None => Some(f64::INFINITY),
    }
}

/// An agreement whose cap is used up as an amount has been paid.
fn up_to(agreement: &Agreement, paid: f64) -> Agreement {
    Agreement {
        cap: Some(TotalCap::from(Parameter::Fixed(paid))),
        paid_before: Parameter::Fixed(0.0),
        ..agreement.clone()
    }
}
