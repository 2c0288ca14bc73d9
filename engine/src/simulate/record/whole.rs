//! The results of a run from what all its blocks have counted.

use std::mem;

use rayon::prelude::*;

use super::recording::Recording;
use super::rows::PaymentCount;
use crate::simulate::Simulation;
use crate::simulate::estimates::cells::{Rows, Signed};
use crate::simulate::estimates::outcomes::Outcomes;
use crate::simulate::estimates::results::{Net, Results};
use crate::simulate::estimates::returns::{Payback, Returns};
use crate::simulate::parts::shards::Counted;
use crate::stats::{Axis, Counter, SignedOutline, SignedSketch, Sketch};

/// The results of a run from what all its blocks have counted.
pub fn whole(simulation: &Simulation<'_>, recording: &Recording, mut counted: Counted) -> Results {
    let replicates = counted.take_replicates();
    let mut days = counted.days.by_count();
    let mut on = |count: usize| mem::take(&mut days[count]);
    let mut sketches = sketches(recording, counted.counters);
    let mut signed: Vec<SignedSketch> = counted
        .signed
        .into_par_iter()
        .map(SignedSketch::new)
        .collect();
    for (row, outlines) in recording.outlined.iter().zip(counted.outlines.by_count()) {
        match recording.rows[*row].signed() {
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
        let i = recording.rows[row].signed()?;
        rows.signed(row, signed[i].clone(), is_mirrored)
    };
    let agreements = recording.agreements.iter().enumerate().map(|(i, of)| {
        let layout = recording.layout.clone();
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
    let net = recording.parties.iter().map(|party| {
        let signed = |row: usize| signed(row, party.is_mirrored);
        Net {
            party: party.name.clone(),
            layout: recording.layout.clone(),
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

/// The distribution of each row from the counts of all workers.
fn sketches(recording: &Recording, mut counters: Vec<Vec<Counter>>) -> Vec<Sketch> {
    // Payments first: some need the counts of other rows, which are used up below.
    let payments: Vec<(PaymentCount, Vec<Counter>)> = recording
        .rows
        .iter()
        .zip(&mut counters)
        .filter_map(|(row, counters)| Some((row.payment()?, mem::take(counters))))
        .collect();
    let mut payments = payments
        .into_par_iter()
        .map(|(payment, of_payment)| {
            let base: Vec<&Counter> = match payment.takes_out {
                true => counters[payment.base].iter().collect(),
                false => Vec::new(),
            };
            Sketch::new(Axis::Log, of_payment, &base).read_in_units_of(payment.unit)
        })
        .collect::<Vec<Sketch>>()
        .into_iter();
    let others: Vec<Option<Sketch>> = counters
        .into_par_iter()
        .zip(&recording.rows)
        .map(|(counters, row)| {
            let own = || Sketch::new(row.axis(), counters, &[]);
            row.payment().is_none().then(own)
        })
        .collect();
    let either = others
        .into_iter()
        .map(|other| other.or_else(|| payments.next()));
    either.flatten().collect()
}
