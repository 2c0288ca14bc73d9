//! A strip of paths: what is drawn for them, and their revenue.

use super::Simulation;
use super::aligned::AlignedRows;
use super::draws::Draws;
use super::run::Path;
use crate::revenue::Model;
use crate::units::{LANES, Lanes};

/// [`LANES`] paths side by side.
#[derive(Clone, Debug)]
pub struct Strip {
    /// The values of the uncertain inputs.
    pub inputs: Vec<Lanes>,
    /// Shocks, then events.
    draws: AlignedRows,
    revenue: AlignedRows,
    periods: usize,
    replicates: u32,
}

impl Strip {
    /// Room for a simulation's paths.
    pub fn new(simulation: &Simulation<'_>) -> Self {
        let periods = simulation.timeline.periods().len();
        Self {
            inputs: vec![[0.0; LANES]; simulation.inputs.len()],
            draws: AlignedRows::new(simulation.model.draws()),
            revenue: AlignedRows::new(simulation.model.rows(periods)),
            periods,
            replicates: simulation.settings.replicates,
        }
    }

    /// Draws the paths of a replicate from point `first` and generates their
    /// revenue.
    pub fn generate(&mut self, draws: &Draws, model: &Model, replicate: u32, first: u64) {
        let Self {
            inputs,
            draws: drawn,
            revenue,
            replicates,
            ..
        } = self;
        let drawn = drawn.get_mut();
        draws.fill(replicate, first, inputs, drawn);
        model.place((replicate, *replicates), inputs, drawn);
        model.generate(inputs, drawn, revenue.get_mut());
    }

    /// Total revenue of each period, then, with segments, that of each segment.
    pub fn revenue(&self) -> &[Lanes] {
        self.revenue.get()
    }

    /// Total revenue of each period.
    pub fn total(&self) -> &[Lanes] {
        &self.revenue()[..self.periods]
    }

    /// Multiplies the revenue of each period, in every segment.
    pub fn multiply(&mut self, factors: &[f64]) {
        for rows in self.revenue.get_mut().chunks_exact_mut(self.periods) {
            for (row, factor) in rows.iter_mut().zip(factors) {
                row.iter_mut().for_each(|value| *value *= factor);
            }
        }
    }

    /// One path.
    pub fn path(&self, lane: usize) -> Path {
        let column = |rows: &[Lanes]| rows.iter().map(|row| row[lane]).collect();
        Path {
            revenue: column(self.total()),
            segments: column(&self.revenue()[self.periods..]),
            inputs: column(&self.inputs),
        }
    }
}
