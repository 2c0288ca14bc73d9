//! Runs read once more where risk has a price.

use super::recording::Recording;
use super::rows::Detail;
use super::whole::whole;
use super::worker::Reading;
use crate::simulate::Simulation;
use crate::simulate::estimates::outcomes::Outcomes;
use crate::simulate::parts::shards::Counted;
use crate::valuation::Valuation;

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
        let priced = self.priced(simulation);
        Reading {
            recording: Recording::of_clauses(&priced, Detail::Totals),
            simulation: priced,
            factors: Some(&self.factors),
        }
    }

    /// The totals of every agreement from what all blocks have counted.
    pub fn whole(&self, simulation: &Simulation<'_>, counted: Counted) -> Vec<Outcomes> {
        let priced = self.priced(simulation);
        let recording = Recording::of_clauses(&priced, Detail::Totals);
        whole(&priced, &recording, counted).agreements
    }
}
