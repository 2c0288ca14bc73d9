//! Cumulative eligible revenue of blocks of paths, of several worlds on the same
//! draws.

use crate::math::kernel;
use crate::revenue::Model;
use crate::simulate::Simulation;
use crate::simulate::sample::draws::Draws;
use crate::units::{LANES, Lanes};

/// Paths whose cumulative revenue is counted in one go.
pub const BLOCK: usize = 1024;

/// A cumulative revenue that is counted: after a whole period, or at an expiry
/// inside one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Horizon {
    /// The period.
    pub period: usize,
    /// The part of the period's revenue that is included.
    pub eligible: f64,
}

/// The inputs and shocks of one block of paths.
pub struct Drawn {
    inputs: Vec<Lanes>,
    shocks: Vec<Lanes>,
    input_rows: usize,
    shock_rows: usize,
    /// The replicate drawn, and of how many it is.
    replicate: (u32, u32),
}

impl Drawn {
    /// Room for the draws of a simulation.
    pub fn new(simulation: &Simulation<'_>) -> Self {
        let (input_rows, shock_rows) = (simulation.inputs.len(), simulation.model.draws());
        let strips = BLOCK / LANES;
        Self {
            inputs: vec![[0.0; LANES]; input_rows * strips],
            shocks: vec![[0.0; LANES]; shock_rows * strips],
            input_rows,
            shock_rows,
            replicate: (0, simulation.settings.replicates),
        }
    }

    /// Draws `count` paths of a replicate from point `first`.
    pub fn draw(&mut self, draws: &Draws, replicate: u32, first: u64, count: usize) {
        self.replicate.0 = replicate;
        for (strip, offset) in (0..count).step_by(LANES).enumerate() {
            draws.fill(
                replicate,
                first + offset as u64,
                &mut self.inputs[strip * self.input_rows..][..self.input_rows],
                &mut self.shocks[strip * self.shock_rows..][..self.shock_rows],
            );
        }
    }

    fn strip(&self, strip: usize) -> (&[Lanes], &[Lanes]) {
        (
            &self.inputs[strip * self.input_rows..][..self.input_rows],
            &self.shocks[strip * self.shock_rows..][..self.shock_rows],
        )
    }
}

/// The draws of a strip, with what figures say of them in their place.
#[derive(Default)]
struct Placed {
    inputs: Vec<Lanes>,
    shocks: Vec<Lanes>,
}

impl Placed {
    /// Revenue of what was drawn, which other worlds take as it is.
    fn generate(
        &mut self,
        model: &Model,
        of: (u32, u32),
        (inputs, shocks): (&[Lanes], &[Lanes]),
        revenue: &mut [Lanes],
    ) {
        if model.weighed().is_none() {
            return model.generate(inputs, shocks, revenue);
        }
        self.inputs.clear();
        self.inputs.extend_from_slice(inputs);
        self.shocks.clear();
        self.shocks.extend_from_slice(shocks);
        model.place(of, &mut self.inputs, &mut self.shocks);
        model.generate(&self.inputs, &self.shocks, revenue);
    }
}

/// Cumulative eligible revenue of a block of paths at every horizon.
pub struct Rows {
    revenue: Vec<Lanes>,
    placed: Placed,
    /// Horizons × paths.
    rows: Vec<f64>,
}

impl Rows {
    /// Room for `horizons` rows of models of up to `revenue` rows.
    pub fn new(revenue: usize, horizons: usize) -> Self {
        Self {
            revenue: vec![[0.0; LANES]; revenue],
            placed: Placed::default(),
            rows: vec![0.0; horizons * BLOCK],
        }
    }

    /// Generates the block's revenue by a model of `revenue` rows and adds it up. Whole periods come
    /// first among the horizons, so that an expiry inside a period finds the total
    /// before it.
    pub fn fill(
        &mut self,
        model: &Model,
        revenue: usize,
        drawn: &Drawn,
        horizons: &[Horizon],
        count: usize,
    ) {
        let revenue = &mut self.revenue[..revenue];
        for (strip, offset) in (0..count).step_by(LANES).enumerate() {
            let (of, strip) = (drawn.replicate, drawn.strip(strip));
            self.placed.generate(model, of, strip, revenue);
            accumulate(revenue, horizons, offset, &mut self.rows);
        }
    }

    /// The row of a horizon.
    pub fn row(&self, horizon: usize, count: usize) -> &[f64] {
        &self.rows[horizon * BLOCK..][..count]
    }

    /// What path `path` has earned before period `k`, and after it.
    pub fn around(&self, k: usize, path: usize) -> (f64, f64) {
        let before = k
            .checked_sub(1)
            .map_or(0.0, |before| self.rows[before * BLOCK + path]);
        (before, self.rows[k * BLOCK + path])
    }
}

kernel! {
    fn accumulate(revenue: &[Lanes], horizons: &[Horizon], offset: usize, rows: &mut [f64]) {
        for (i, horizon) in horizons.iter().enumerate() {
            let mut total = [0.0; LANES];
            if let Some(before) = horizon.period.checked_sub(1) {
                total.copy_from_slice(&rows[before * BLOCK + offset..][..LANES]);
            }
            for (total, revenue) in total.iter_mut().zip(&revenue[horizon.period]) {
                *total += horizon.eligible * revenue;
            }
            rows[i * BLOCK + offset..][..LANES].copy_from_slice(&total);
        }
    }
}
