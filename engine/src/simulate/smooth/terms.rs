//! What an agreement shares of each period's revenue, where a line can tell it.

use super::super::Simulation;
use crate::agreement::rule::Cap;
use crate::agreement::{Agreement, Clauses, Share};
use crate::units::{Date, Lanes, Parameter};

/// A period's days of sharing, or those of them under one rate.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    /// The period.
    pub period: usize,
    /// The first of the days, counted from the timeline's start.
    pub first_day: f64,
    /// How many there are.
    pub days: f64,
    /// The part of the period's revenue that is of these days.
    pub part: f64,
    /// Position of the rate.
    rate: usize,
}

/// A share of revenue, or of segments of it, at one rate or at rates by date, up to one
/// cap and one day.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The pieces in order.
    pub pieces: Vec<Piece>,
    rates: Vec<Parameter>,
    /// What counts of each segment; `None` where all revenue does.
    fractions: Option<Vec<Parameter>>,
    cap: Parameter,
    paid_before: Parameter,
}

impl Terms {
    /// The primary agreement's, in pieces that end on each of some days besides; `None`
    /// where it has other clauses.
    pub fn new(simulation: &Simulation<'_>, ends: &[Date]) -> Option<Self> {
        let contract = simulation.primary();
        let agreement = &contract.agreement;
        let eligible = &agreement.clauses.eligible;
        let flat = Agreement {
            share: Parameter::Fixed(0.0).into(),
            clauses: Clauses {
                eligible: Vec::new(),
                ..agreement.clauses.clone()
            },
            ..agreement.clone()
        };
        let flat = flat.flat()?;
        let start = simulation.timeline.start();
        let (dates, rates) = match &agreement.share {
            Share::Flat(rate) => (vec![start.min(agreement.effective)], vec![*rate]),
            Share::ByDate(rates) => rates.iter().map(|dated| (dated.from, dated.rate)).unzip(),
            Share::ByAnnualRevenue { .. }
            | Share::ByAnnualRevenueFrom { .. }
            | Share::ByTotalRevenue(_)
            | Share::ByPaid(_) => return None,
        };
        let mut cuts: Vec<Date> = dates.clone();
        cuts.extend(ends.iter().map(|end| end.add_days(1)));
        cuts.sort_unstable();
        cuts.dedup();
        let mut pieces = Vec::new();
        for (period, accrual) in contract.schedule.periods().iter().enumerate() {
            if accrual.days <= 0 {
                continue;
            }
            let last = accrual.last_day();
            let mut first_day = accrual.first_day;
            while first_day <= last {
                let next = cuts.partition_point(|cut| *cut <= first_day);
                let next = cuts.get(next).map_or(last.add_days(1), |cut| *cut);
                let next = next.min(last.add_days(1));
                let days = next.days_since(first_day);
                let begun = dates.partition_point(|from| *from <= first_day);
                // Before the first rate nothing is shared.
                if let Some(rate) = begun.checked_sub(1) {
                    pieces.push(Piece {
                        period,
                        first_day: f64::from(first_day.days_since(start)),
                        days: f64::from(days),
                        part: accrual.eligible * f64::from(days) / f64::from(accrual.days),
                        rate,
                    });
                }
                first_day = next;
            }
        }
        let fraction = |segment: &String| {
            let named = eligible.iter().find(|(name, _)| name == segment);
            named.map_or(Parameter::Fixed(0.0), |(_, fraction)| *fraction)
        };
        let segments = simulation.model.segments();
        Some(Self {
            pieces,
            rates,
            fractions: (!eligible.is_empty()).then(|| segments.iter().map(fraction).collect()),
            cap: flat.cap.unwrap_or(Parameter::Fixed(f64::INFINITY)),
            paid_before: flat.paid_before,
        })
    }

    fn fractions(&self) -> &[Parameter] {
        self.fractions
            .as_deref()
            .unwrap_or(&[Parameter::Fixed(1.0)])
    }

    /// The number of [factors](Self::fill).
    pub fn factors(&self) -> usize {
        self.rates.len() * self.fractions().len()
    }

    /// Fills rows of what makes revenue accrued share, and the limits.
    pub fn fill(&self, inputs: &[Lanes], factors: &mut [Lanes], limit: &mut Lanes) {
        let fractions = self.fractions();
        for (rate, factors) in self.rates.iter().zip(factors.chunks_mut(fractions.len())) {
            let rate = rate.lanes(inputs);
            for (factor, fraction) in factors.iter_mut().zip(fractions) {
                let fraction = fraction.lanes(inputs);
                *factor = std::array::from_fn(|l| rate[l] * fraction[l]);
            }
        }
        let cap = self.cap.lanes(inputs);
        let before = self.paid_before.lanes(inputs);
        *limit = std::array::from_fn(|l: usize| Cap::new(cap[l], before[l]).limit());
    }

    /// The rows of the model's revenue that count in a piece, each with its factor, where
    /// there are so many periods and segments.
    pub fn rows(&self, piece: &Piece, periods: usize, segments: usize) -> Vec<(usize, usize)> {
        let fractions = self.fractions();
        let first = piece.rate * fractions.len();
        let row = |segment: usize| (1 + segment) * periods + piece.period;
        match &self.fractions {
            Some(fractions) => {
                let counts = |s: &usize| fractions[*s] != Parameter::Fixed(0.0);
                let all = (0..segments).filter(counts);
                all.map(|s| (row(s), first + s)).collect()
            }
            None if segments == 0 => vec![(piece.period, first)],
            None => (0..segments).map(|s| (row(s), first)).collect(),
        }
    }
}
