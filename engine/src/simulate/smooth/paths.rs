//! The paths that lines begin from.

use super::super::Simulation;
use super::control::COORDINATES;
use super::terms::Terms;
use crate::simulate::sample::draws::{Draws, Point};
use crate::units::{LANES, Lanes};

/// A strip of paths at one coordinate of their lines.
pub struct Paths {
    inputs: Vec<Lanes>,
    /// What events are made of, where they have coordinates.
    ahead: Vec<Lanes>,
    drawn: Vec<Lanes>,
    /// The rows of the model's revenue.
    pub revenue: Vec<Lanes>,
    /// What makes revenue accrued share.
    pub factors: Vec<Lanes>,
    /// What may be paid at most.
    pub limit: Box<Lanes>,
    /// Their coordinates from the second on.
    pub leading: Box<[Lanes; COORDINATES]>,
}

impl Paths {
    /// Memory for paths.
    pub fn new(simulation: &Simulation<'_>, terms: &Terms) -> Self {
        let periods = simulation.timeline.periods().len();
        Self {
            inputs: vec![[0.0; LANES]; simulation.inputs.len()],
            ahead: vec![[0.0; LANES]; simulation.model.event_coordinates()],
            drawn: vec![[0.0; LANES]; simulation.model.draws()],
            revenue: vec![[0.0; LANES]; simulation.model.rows(periods)],
            factors: vec![[0.0; LANES]; terms.factors()],
            limit: Box::new([0.0; LANES]),
            leading: Box::new([[0.0; LANES]; COORDINATES]),
        }
    }

    /// Those from [some points](Draws::fill_unrotated) on, with their first coordinates.
    pub fn draw(
        &mut self,
        simulation: &Simulation<'_>,
        draws: &Draws,
        terms: &Terms,
        from: &[Point],
        x: &Lanes,
    ) {
        let (inputs, drawn) = (&mut self.inputs, &mut self.drawn);
        draws.fill_unrotated(from, inputs, drawn);
        drawn[0] = *x;
        for (kept, row) in self.leading.iter_mut().zip(&drawn[1..]) {
            *kept = *row;
        }
        if !self.ahead.is_empty() {
            let events = &mut drawn[simulation.model.shocks()..];
            draws.fill_ahead(from, &mut self.ahead);
            simulation.model.place_events(inputs, &self.ahead, events);
        }
        self.finish(simulation, draws, terms);
    }

    /// Those at the medians of inputs and given leading coordinates, the first and all
    /// others 0.
    pub fn place(
        &mut self,
        simulation: &Simulation<'_>,
        draws: &Draws,
        terms: &Terms,
        lines: &[[f64; COORDINATES]],
    ) {
        for (row, median) in self.inputs.iter_mut().zip(simulation.medians()) {
            row.fill(median);
        }
        let (shocks, events) = self.drawn.split_at_mut(simulation.model.shocks());
        events.fill([0.5; LANES]);
        // What was drawn before has been rotated in its place.
        shocks.fill([0.0; LANES]);
        for (i, row) in shocks.iter_mut().skip(1).take(COORDINATES).enumerate() {
            for (value, line) in row.iter_mut().zip(lines) {
                *value = line[i];
            }
        }
        self.finish(simulation, draws, terms);
    }

    fn finish(&mut self, simulation: &Simulation<'_>, draws: &Draws, terms: &Terms) {
        let (inputs, drawn, model) = (&self.inputs, &mut self.drawn, simulation.model);
        draws.rotate(&mut drawn[..model.shocks()]);
        model.generate(inputs, drawn, &mut self.revenue);
        terms.fill(inputs, &mut self.factors, &mut self.limit);
    }
}
