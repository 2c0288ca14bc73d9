//! Agreements of any kind, on one set of paths.
//!
//! Paths are drawn as those of a lone flat share are, strip by strip; then every
//! agreement is settled by the pure function of the agreement room, and what it says is
//! recorded in rows: under any clause, how each path ends, and what the parties net.

mod flows;
mod plan;
mod rows;
mod worker;

use std::mem;
use std::ops::Range;

use rayon::prelude::*;

use super::Simulation;
use super::observer::{Cancelled, Observer};
use crate::simulate::estimates::cells::{Rows, Signed};
use crate::simulate::estimates::outcomes::Outcomes;
use crate::simulate::estimates::results::{Net, Results};
use crate::simulate::estimates::returns::{Payback, Returns};
use crate::simulate::parts::shards::Counted;
use crate::simulate::record::blocks::{Blocks, by_row, in_blocks};
use crate::simulate::record::plan::Detail;
use crate::simulate::sample::draws::Draws;
use crate::stats::{SignedOutline, SignedSketch, Sketch};
use crate::valuation::Valuation;
pub use flows::{Returning, Worth, investment};
pub use plan::Plan;
pub use rows::{Counts, Recorder, Row};
pub use worker::Reading;
use worker::{Job, Worker};

/// Some blocks of simulations that [draw alike](Simulation::draws_like): the paths are
/// drawn once, and revenue of one model after another is made of them once. What each has
/// counted, in order.
pub fn part(
    readings: Vec<Reading<'_>>,
    range: Range<u64>,
    observer: &dyn Observer,
) -> Result<Vec<Counted>, Cancelled> {
    let first = &readings[0].simulation;
    let (settings, draws) = (first.settings, Draws::of(first));
    let job = Job { draws, readings };
    let (mut stretches, workers) = in_blocks(
        Blocks::of(settings),
        range,
        job.rows(),
        &|| Worker::new(&job),
        &|worker: &mut Worker, id| worker.run(&job, id),
        observer,
    )?;
    let mut workers: Vec<_> = workers.into_iter().map(Worker::into_counts).collect();
    let of_reading = |reading: &Reading<'_>| {
        let plan = &reading.plan;
        let mut counted = Counted::first_of(&mut stretches, plan.rows.len());
        let (mut rows, mut signed) = (Vec::new(), Vec::new());
        for worker in workers.iter_mut().filter_map(Iterator::next) {
            rows.push(worker.rows);
            signed.push(worker.signed);
            counted.outlines.add(worker.outlines);
            counted.days.add(worker.days);
        }
        counted.counters = by_row(rows, plan.rows.len());
        counted.signed = by_row(signed, plan.signed.len());
        counted
    };
    Ok(job.readings.iter().map(of_reading).collect())
}

impl<'a> Reading<'a> {
    /// What a run of a simulation asks.
    pub fn of(simulation: Simulation<'a>, detail: Detail) -> Self {
        Self {
            plan: Plan::new(&simulation, detail),
            simulation,
            factors: None,
        }
    }
}

/// The results of a run from what all its blocks have counted.
pub fn whole(simulation: &Simulation<'_>, detail: Detail, mut counted: Counted) -> Results {
    let plan = &Plan::new(simulation, detail);
    let replicates = counted.take_replicates();
    let mut days = counted.days.by_count();
    let mut on = |count: usize| mem::take(&mut days[count]);
    let mut sketches: Vec<Sketch> = counted
        .counters
        .into_par_iter()
        .zip(&plan.rows)
        .map(|(counters, row)| Sketch::new(row.axis(), counters, &[]))
        .collect();
    let mut signed: Vec<SignedSketch> = counted
        .signed
        .into_par_iter()
        .map(SignedSketch::new)
        .collect();
    for (row, outlines) in plan.outlined.iter().zip(counted.outlines.by_count()) {
        match plan.rows[*row].signed() {
            Some(i) => signed[i].tell_apart(outlines),
            None => {
                let outlines = outlines.into_iter().map(SignedOutline::into_amounts);
                sketches[*row].tell_apart(outlines.collect());
            }
        }
    }
    let rows = Rows {
        settings: simulation.settings,
        replicates: &replicates,
        sketches: &sketches,
    };
    let signed = |row: usize, is_mirrored: bool| -> Option<Signed> {
        let i = plan.rows[row].signed()?;
        rows.signed(row, signed[i].clone(), is_mirrored)
    };
    let agreements = plan.agreements.iter().enumerate().map(|(i, of)| {
        let layout = plan.layout.clone();
        let ends = of
            .counts
            .iter()
            .map(|count| count.map_or(Vec::new(), &mut on));
        let ends = ends.collect();
        let mut outcomes = Outcomes::new(simulation, i, layout, &of.sources, &rows, ends);
        let dates = simulation.contracts[i].schedule.cash_dates();
        let cash = dates.iter().zip(&of.cash);
        outcomes.cash = cash
            .filter_map(|(date, source)| Some((*date, rows.cell(*source)?)))
            .collect();
        outcomes.returns = of.returns.as_ref().and_then(|returns| {
            let start = simulation.timeline.start();
            Some(Returns {
                investment: returns.returning.investment(),
                internal_rate: signed(returns.rate, false),
                rate_exists: rows.defined(returns.rate),
                rate_means: rows.parts_defined(returns.rate),
                net_present_value: returns.net_present_value.and_then(|row| signed(row, false)),
                multiple: rows.cell(returns.multiple)?,
                life: rows.cell(returns.life),
                payback: Payback::new(start, simulation.settings, on(returns.payback)),
            })
        });
        outcomes
    });
    let net = plan.parties.iter().map(|party| {
        let signed = |row: usize| signed(row, party.is_mirrored);
        Net {
            party: party.name.clone(),
            layout: plan.layout.clone(),
            cells: party.cells.iter().map(|row| signed(*row)).collect(),
            totals: party.totals.map(|row| row.and_then(signed)),
        }
    });
    Results {
        agreements: agreements.collect(),
        net: net.collect(),
        risk_neutral: Vec::new(),
        cases: Vec::new(),
    }
}

/// A valuation with the price of risk taken off the growth of revenue, discounted at
/// the risk-free rate and the credit spread.
#[derive(Debug)]
pub struct Prices {
    valuation: Valuation,
    /// What the revenue of each period is multiplied by.
    factors: Vec<f64>,
}

impl Prices {
    /// That of a simulation; `None` where none is asked for.
    pub fn of(simulation: &Simulation<'_>) -> Option<Self> {
        let valuation = simulation.valuation?;
        let prices = valuation.risk_neutral.as_ref()?;
        let periods = simulation.timeline.periods().iter();
        Some(Self {
            valuation: prices.discounting(valuation),
            factors: periods
                .map(|period| prices.revenue_factor(valuation, period.first_day, period.last_day))
                .collect(),
        })
    }

    fn priced<'a>(&'a self, simulation: &Simulation<'a>) -> Simulation<'a> {
        Simulation {
            valuation: Some(&self.valuation),
            ..*simulation
        }
    }

    /// The totals of every agreement, to be read of the paths of the run itself.
    pub fn reading<'a>(&'a self, simulation: &Simulation<'a>) -> Reading<'a> {
        Reading {
            factors: Some(&self.factors),
            ..Reading::of(self.priced(simulation), Detail::Totals)
        }
    }

    /// The totals of every agreement from what all blocks have counted.
    pub fn whole(&self, simulation: &Simulation<'_>, counted: Counted) -> Vec<Outcomes> {
        whole(&self.priced(simulation), Detail::Totals, counted).agreements
    }
}
