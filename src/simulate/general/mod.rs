//! Agreements of any kind, on one set of paths.
//!
//! Paths are drawn as those of a lone flat share are, strip by strip; then every
//! agreement is settled path by path by the pure function of the agreement room,
//! and what it says is recorded in rows. Slower than settling rows of paths, and
//! it knows every clause, how each path ends, and what the parties net.

mod flows;
mod plan;
mod rows;
mod worker;

use rayon::prelude::*;

use super::Simulation;
use super::blocks::{by_row, in_blocks};
use super::cells::{Rows, Signed};
use super::outcomes::Outcomes;
use super::plan::Detail;
use super::results::{Net, Results};
use super::returns::{Payback, Returns};
use super::run::draws;
use crate::stats::{SignedSketch, Sketch};
pub use flows::Worth;
use plan::Plan;
use worker::{Job, Worker};

/// Runs a simulation; `factors`, where given, multiply the revenue of each period.
pub fn run(
    simulation: &Simulation<'_>,
    detail: Detail,
    factors: Option<&[f64]>,
    progress: &(dyn Fn(u64) + Sync),
) -> Results {
    let job = Job {
        simulation,
        draws: draws(simulation),
        plan: Plan::new(simulation, detail),
        factors,
    };
    let (replicates, workers) = in_blocks(
        simulation,
        &|| Worker::new(&job),
        &|worker: &mut Worker, id| worker.run(&job, id),
        progress,
    );
    let plan = &job.plan;
    let (amounts, signed): (Vec<_>, Vec<_>) =
        workers.into_iter().map(Worker::into_counters).unzip();
    let sketches: Vec<Sketch> = by_row(amounts, plan.rows.len())
        .into_par_iter()
        .zip(&plan.rows)
        .map(|(counters, row)| Sketch::new(row.axis(), counters, &[]))
        .collect();
    let signed: Vec<SignedSketch> = by_row(signed, plan.signed.len())
        .into_par_iter()
        .map(SignedSketch::new)
        .collect();
    let rows = Rows {
        settings: simulation.settings,
        replicates: &replicates,
        sketches: &sketches,
    };
    let signed = |row: usize| -> Option<Signed> {
        let i = plan.rows[row].signed()?;
        rows.signed(row, signed[i].clone())
    };
    let agreements = plan.agreements.iter().enumerate().map(|(i, of)| {
        let layout = plan.layout.clone();
        let mut outcomes = Outcomes::new(simulation, i, layout, &of.sources, &rows, &of.counts);
        let dates = simulation.contracts[i].schedule.cash_dates();
        let cash = dates.iter().zip(&of.cash);
        outcomes.cash = cash
            .filter_map(|(date, source)| Some((*date, rows.cell(*source)?)))
            .collect();
        outcomes.returns = of.returns.as_ref().and_then(|returns| {
            let start = simulation.timeline.start();
            Some(Returns {
                investment: returns.investment,
                internal_rate: signed(returns.rate),
                rate_exists: rows.defined(returns.rate),
                net_present_value: returns.net_present_value.and_then(signed),
                multiple: rows.cell(returns.multiple)?,
                life: rows.cell(returns.life),
                payback: Payback::new(start, simulation.settings, &replicates, returns.payback),
            })
        });
        outcomes
    });
    let net = plan.parties.iter().map(|party| Net {
        party: party.name.clone(),
        layout: plan.layout.clone(),
        cells: party.cells.iter().map(|row| signed(*row)).collect(),
        totals: party.totals.map(|row| row.and_then(signed)),
    });
    Results {
        agreements: agreements.collect(),
        net: net.collect(),
        risk_neutral: Vec::new(),
    }
}

/// The totals of every agreement on the same draws with the price of risk taken
/// off the growth of revenue, discounted at the risk-free rate and the credit
/// spread; nothing where no such valuation is asked for.
pub fn risk_neutral(simulation: &Simulation<'_>) -> Vec<Outcomes> {
    let Some((valuation, prices)) = simulation
        .valuation
        .and_then(|valuation| Some((valuation, valuation.risk_neutral.as_ref()?)))
    else {
        return Vec::new();
    };
    let periods = simulation.timeline.periods().iter();
    let factors: Vec<f64> = periods
        .map(|period| prices.revenue_factor(valuation, period.first_day, period.last_day))
        .collect();
    let priced = Simulation {
        valuation: Some(&prices.discounting(valuation)),
        ..*simulation
    };
    run(&priced, Detail::Totals, Some(&factors), &|_| ()).agreements
}
