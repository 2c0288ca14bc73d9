//! A deal made ready, and a strip of its paths.

use super::super::Simulation;
use super::super::eligible::Eligible;
use super::super::settle::{Ledger, PeriodTerms, period_terms};
use super::Deal;
use super::factors::{Factors, Moment};
use super::pass::Axis;
use crate::agreement::{Contract, FlatTerms, Settled, Sum};
use crate::math::{fma, kernel};
use crate::revenue::Shock;
use crate::simulate::parts::question::Question;
use crate::simulate::record::clauses::flows::Worth;
use crate::simulate::sample::aligned::AlignedRows;
use crate::simulate::sample::draws::Draws;
use crate::simulate::sample::streams::Streams;
use crate::units::{Date, LANES, Lanes, Parameter};

/// What is paid for a deal, by day: what its valuation says, else upfront. `None` where
/// nothing is, or where that depends on revenue, or what it has brought in before the
/// timeline is known in sum only.
pub fn invested(question: &Question) -> Option<Vec<(Date, f64)>> {
    let valuation = question.valuation.as_ref();
    if let Some((amount, date)) = valuation.and_then(|v| Some((v.invested?, v.date))) {
        return Some(vec![(date, amount)]);
    }
    let agreement = &question.contracts.first()?.agreement;
    let start = question.timeline.start();
    let tranches = agreement.clauses.upfront.iter();
    let dated =
        tranches.map(|tranche| (tranche.date.unwrap_or(agreement.effective), tranche.amount));
    let dated: Vec<(Date, f64)> = dated.collect();
    let whole = agreement.paid_before == Parameter::Fixed(0.0);
    let known = whole || dated.iter().all(|(date, _)| *date >= start);
    (known && !dated.is_empty() && agreement.clauses.advances.is_empty()).then_some(dated)
}

/// A deal and what is the same on all its paths.
#[derive(Debug)]
pub struct Ready<'a> {
    simulation: Simulation<'a>,
    contract: &'a Contract,
    draws: Draws,
    eligible: Eligible,
    worth: Option<Worth<'a>>,
    loadings: &'a [f64],
    /// What is left for the deal's own shocks.
    own: f64,
    /// What each shock moves; none where it loads on no factor.
    kinds: Vec<Shock>,
    /// For each shock, the first rows of the moments it is made of: see
    /// [`Factors::position`].
    tied: Vec<Vec<usize>>,
    /// For each cash date, the quarter of the portfolio.
    quarters: Vec<usize>,
    /// Its numbers where it is a flat share of all revenue.
    flat: Option<Flat>,
    /// What is paid for it, where that is known.
    pub invested: Option<Vec<(Date, f64)>>,
}

/// A flat share of all revenue, to be settled by the rule alone.
#[derive(Debug)]
pub struct Flat {
    terms: FlatTerms,
    periods: Vec<PeriodTerms>,
    /// For each period, the quarter in which it is paid.
    quarters: Vec<usize>,
}

impl<'a> Ready<'a> {
    /// A deal of a run with a master seed.
    pub fn new(deal: &'a Deal, seed: u64) -> Self {
        let simulation = deal.question.simulation();
        let contract = simulation.primary();
        let common: f64 = deal.loadings.iter().map(|loading| loading * loading).sum();
        let model = simulation.model;
        let kinds = match common > 0.0 {
            true => model.kinds_of_shocks().unwrap_or_default(),
            false => Vec::new(),
        };
        // Its own streams, whatever else is drawn.
        let own_seed = Streams::new(seed).key(&format!("deal {}", deal.id));
        let eligible = Eligible::new(model, contract);
        let flat = contract
            .agreement
            .flat()
            .filter(|_| eligible == Eligible::All);
        Self {
            draws: Draws::pseudo_random(own_seed, simulation.inputs, model.shocks()),
            eligible,
            flat: flat.map(|terms| Flat {
                terms,
                periods: period_terms(&simulation),
                quarters: Vec::new(),
            }),
            worth: Worth::new(&simulation, contract),
            loadings: &deal.loadings,
            own: (1.0 - common).max(0.0).sqrt(),
            kinds,
            tied: Vec::new(),
            quarters: Vec::new(),
            invested: invested(&deal.question),
            contract,
            simulation,
        }
    }

    /// What of the factors moves it.
    pub fn moments(&self) -> impl Iterator<Item = Moment> {
        let timeline = self.simulation.timeline;
        self.kinds
            .iter()
            .flat_map(|kind| Moment::of(*kind, timeline))
    }

    /// Finds its places among the rows of the factors and the quarters of the portfolio.
    pub fn place(&mut self, factors: &Factors, axis: &Axis) {
        let timeline = self.simulation.timeline;
        let tied = self.kinds.iter().map(|kind| {
            let moments = Moment::of(*kind, timeline).into_iter();
            moments.map(|moment| factors.position(moment)).collect()
        });
        self.tied = tied.collect();
        let dates = self.contract.schedule.cash_dates().iter();
        self.quarters = dates.map(|date| axis.quarter(*date)).collect();
        if let Some(flat) = &mut self.flat {
            let periods = self.contract.schedule.periods().iter();
            flat.quarters = periods
                .map(|period| axis.quarter(period.payment_date))
                .collect();
        }
    }

    /// How many periods it has.
    fn periods(&self) -> usize {
        self.simulation.timeline.periods().len()
    }

    /// The days on which it may bring in cash: the first and the last.
    pub fn cash_days(&self) -> (Date, Date) {
        let dates = self.contract.schedule.cash_dates();
        let clauses = &self.contract.agreement.clauses;
        let start = self.simulation.timeline.start();
        let lag = clauses
            .default
            .as_ref()
            .map_or(0, |default| default.lag_months);
        let last = dates.last().copied().unwrap_or(start);
        let last_of_all = last.max(self.contract.agreement.expiry).add_months(lag);
        let last = if lag > 0 || clauses.default.is_some() {
            last_of_all
        } else {
            last
        };
        (dates.first().copied().unwrap_or(start), last)
    }

    /// Whether it has a total cap.
    pub fn is_capped(&self) -> bool {
        self.contract.agreement.cap.is_some()
    }

    /// Whether it has a valuation.
    pub fn is_valued(&self) -> bool {
        self.worth.is_some()
    }

    /// The date of its valuation.
    pub fn valued_on(&self) -> Option<Date> {
        self.simulation.valuation.map(|valuation| valuation.date)
    }
}

/// Room for a strip of any of some deals.
#[derive(Debug)]
pub struct Room {
    inputs: Vec<Lanes>,
    draws: AlignedRows,
    revenue: AlignedRows,
    counted: Vec<Lanes>,
    settled: Settled<LANES>,
}

/// A strip of paths, as all deals share it.
#[derive(Clone, Copy, Debug)]
pub struct Shared<'a> {
    /// The numbers of its paths.
    pub paths: &'a [u64; LANES],
    /// How many of them are in use.
    pub lanes: usize,
    /// The factors: for each moment, a row of each.
    pub factors: &'a [Lanes],
    /// The quarters of the portfolio.
    pub axis: Axis,
}

/// What a strip of a deal comes to.
#[derive(Debug)]
pub struct Brought {
    /// All its cash.
    pub total: Lanes,
    /// Its present value, 0 without a valuation.
    pub value: Lanes,
    /// The paths on which its total cap is reached, one bit each.
    pub reached: u64,
    /// Its cash in each year of the portfolio, added up over the paths in use.
    pub years: Vec<f64>,
}

impl Brought {
    /// Nothing yet, over so many years.
    pub fn new(years: usize) -> Self {
        Self {
            total: [0.0; LANES],
            value: [0.0; LANES],
            reached: 0,
            years: vec![0.0; years],
        }
    }
}

impl Room {
    /// For all these deals.
    pub fn new(deals: &[Ready<'_>]) -> Self {
        let most = |of: &dyn Fn(&Ready<'_>) -> usize| deals.iter().map(of).max().unwrap_or(0);
        let periods = |deal: &Ready<'_>| deal.periods();
        let rows = |deal: &Ready<'_>| deal.simulation.model.rows(deal.periods());
        Self {
            inputs: vec![[0.0; LANES]; most(&|deal| deal.simulation.inputs.len())],
            draws: AlignedRows::new(most(&|deal| deal.simulation.model.draws())),
            revenue: AlignedRows::new(most(&rows)),
            counted: vec![[0.0; LANES]; most(&periods)],
            settled: Settled::new(most(&periods), 0),
        }
    }
}

/// Simulates a strip of a deal: adds its cash to the quarters of the portfolio and says what
/// it comes to.
pub fn simulate(
    deal: &Ready<'_>,
    shared: &Shared<'_>,
    room: &mut Room,
    quarters: &mut [Lanes],
    brought: &mut Brought,
) {
    draw(deal, shared, room);
    brought.years.fill(0.0);
    match &deal.flat {
        Some(flat) => settle_flat(deal, flat, shared, room, quarters, brought),
        None => settle_under_clauses(deal, shared, room, quarters, brought),
    }
}

/// Draws a strip of a deal and generates its revenue.
fn draw(deal: &Ready<'_>, shared: &Shared<'_>, room: &mut Room) {
    let simulation = &deal.simulation;
    let model = simulation.model;
    let inputs = &mut room.inputs[..simulation.inputs.len()];
    let draws = &mut room.draws.get_mut()[..model.draws()];
    deal.draws.fill_any(shared.paths, inputs, draws);
    tie(deal, shared.factors, draws);
    // Paths of a portfolio belong to no replicate.
    model.place((0, 1), inputs, draws);
    let revenue = &mut room.revenue.get_mut()[..model.rows(deal.periods())];
    model.generate(inputs, draws, revenue);
}

kernel! {
    /// Settles a strip of a flat share of all revenue.
    fn settle_flat(
        deal: &Ready<'_>,
        flat: &Flat,
        shared: &Shared<'_>,
        room: &Room,
        quarters: &mut [Lanes],
        brought: &mut Brought,
    ) {
        let inputs = &room.inputs[..deal.simulation.inputs.len()];
        let revenue = &room.revenue.get()[..deal.periods()];
        let mut ledger = Ledger::new(&flat.terms, inputs);
        let mut total = [0.0; LANES];
        let mut reached = 0;
        let periods = flat.periods.iter().zip(&flat.quarters);
        for ((terms, quarter), revenue) in periods.zip(revenue) {
            let at_cap = ledger.settle(revenue, terms);
            // Outside the agreement's dates no cap is reached.
            reached |= if terms.days > 0.0 { at_cap } else { 0 };
            let payment = &ledger.rows.payment;
            let row = &mut quarters[*quarter];
            for l in 0..LANES {
                total[l] += payment[l];
                row[l] += payment[l];
            }
            brought.years[Axis::year(*quarter)] += sum(&payment[..shared.lanes]);
        }
        brought.total = total;
        brought.value = ledger.rows.sums[Sum::Worth];
        brought.reached = reached;
    }
}

kernel! {
    /// Settles a strip of any agreement.
    fn settle_under_clauses(
        deal: &Ready<'_>,
        shared: &Shared<'_>,
        room: &mut Room,
        quarters: &mut [Lanes],
        brought: &mut Brought,
    ) {
        let simulation = &deal.simulation;
        let periods = deal.periods();
        let inputs = &room.inputs[..simulation.inputs.len()];
        let revenue = &room.revenue.get()[..simulation.model.rows(periods)];
        let counted = &mut room.counted[..periods];
        let revenue = deal.eligible.rows(inputs, revenue, counted);
        let settled = &mut room.settled;
        settled.fit_periods(periods);
        settled.fit(deal.quarters.len());
        deal.contract.settle_row(inputs, revenue, settled);
        let lanes = shared.lanes;
        let mut total = [0.0; LANES];
        for (amounts, quarter) in settled.cash.iter().zip(&deal.quarters) {
            let row = &mut quarters[*quarter];
            for l in 0..LANES {
                total[l] += amounts[l];
                row[l] += amounts[l];
            }
            brought.years[Axis::year(*quarter)] += sum(&amounts[..lanes]);
        }
        for (l, cash) in settled.recovered.iter().enumerate() {
            if let Some(cash) = cash {
                let quarter = shared.axis.quarter(cash.date);
                total[l] += cash.amount;
                quarters[quarter][l] += cash.amount;
                if l < lanes {
                    brought.years[Axis::year(quarter)] += cash.amount;
                }
            }
        }
        brought.total = total;
        brought.value = match &deal.worth {
            Some(worth) => worth.present_values(settled),
            None => [0.0; LANES],
        };
        brought.reached = settled.reached;
    }
}

kernel! {
    /// Ties shocks to the factors.
    fn tie(deal: &Ready<'_>, factors: &[Lanes], shocks: &mut [Lanes]) {
        for (row, tied) in shocks.iter_mut().zip(&deal.tied) {
            let each = 1.0 / (tied.len() as f64).sqrt();
            let mut sum = [0.0; LANES];
            for l in 0..LANES {
                sum[l] = deal.own * row[l];
            }
            for first in tied {
                for (loading, factor) in deal.loadings.iter().zip(&factors[*first..]) {
                    let weight = loading * each;
                    for l in 0..LANES {
                        sum[l] = fma(weight, factor[l], sum[l]);
                    }
                }
            }
            *row = sum;
        }
    }
}

/// A sum in eight parts, as vectors add up.
#[inline(always)]
fn sum(values: &[f64]) -> f64 {
    let (chunks, rest) = values.as_chunks::<8>();
    let mut parts = [0.0; 8];
    for chunk in chunks {
        for l in 0..8 {
            parts[l] += chunk[l];
        }
    }
    parts.iter().sum::<f64>() + rest.iter().sum::<f64>()
}
