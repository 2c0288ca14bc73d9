//! The random numbers of each path: uncertain inputs, standard normal shocks and
//! the uniform numbers of events.

use std::slice;

use rand::Rng;

use super::events;
use super::ordering::Rotation;
use super::philox;
use super::sobol::{MAX_DIMENSIONS, Scramble, Sobol};
use super::streams::Streams;
use super::xoshiro;
use crate::math::{kernel, standard_normals};
use crate::simulate::Simulation;
use crate::simulate::settings::{Sampler, Settings};
use crate::units::{Input, LANES, Lanes, unit_interval};

/// The name of the shocks' stream; an input's is its key in the scenario.
const SHOCKS: &str = "revenue shocks";
/// The name of the events' stream.
const EVENTS: &str = "revenue events";
/// Bits of a pseudo-random path's number that count the points of a replicate.
const REPLICATE_SHIFT: u32 = 40;

/// The lanes that are always consecutive points of one replicate.
pub const TOGETHER: usize = 16;

/// A point of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The replicate.
    pub replicate: u32,
    /// Its number there.
    pub number: u64,
}

/// Draws paths of one run, any of them at any time.
#[derive(Debug)]
pub struct Draws {
    inputs: Vec<Input>,
    /// Keys of the counter-based streams: one for each input, then the shocks'.
    keys: Vec<u64>,
    quasi: Option<Quasi>,
    shocks: usize,
    /// Coordinates between the inputs and the shocks.
    ahead: usize,
    events: u64,
}

/// The leading dimensions of a quasi-random run.
#[derive(Debug)]
struct Quasi {
    sobol: Sobol,
    /// For each replicate, one for each dimension.
    scrambles: Vec<Vec<Scramble>>,
    dimensions: usize,
    rotation: Rotation,
}

impl Draws {
    /// Those of a simulation, its shocks in its own order.
    pub fn of(simulation: &Simulation<'_>) -> Self {
        Self::new(
            simulation.settings,
            simulation.inputs,
            simulation.model.shocks(),
            simulation.own_ordering().rotation,
        )
    }

    /// The draws of `inputs`, then `shocks` standard normals, for each path.
    ///
    /// Quasi-random points take the inputs in their leading dimensions and the
    /// shocks, rotated, in those after them. Shocks beyond the dimensions
    /// available are pseudo-random.
    pub fn new(settings: Settings, inputs: &[Input], shocks: usize, rotation: Rotation) -> Self {
        Self::with_ahead(settings, inputs, (0, shocks), rotation)
    }

    /// The same with so many quasi-random coordinates [ahead](Self::fill_ahead) of the
    /// shocks.
    pub fn with_ahead(
        settings: Settings,
        inputs: &[Input],
        (ahead, shocks): (usize, usize),
        rotation: Rotation,
    ) -> Self {
        let streams = Streams::new(settings.seed);
        let names = inputs.iter().map(|input| input.name.as_str());
        let keys = names
            .chain([SHOCKS])
            .map(|name| streams.key(name))
            .collect();
        let quasi = (settings.sampler == Sampler::Sobol).then(|| {
            let dimensions = (inputs.len() + ahead + shocks).min(MAX_DIMENSIONS);
            let replicate = |r| {
                let mut generator = streams.generator("sobol scrambling", r);
                let scramble = |_| Scramble::new(generator.next_u64());
                (0..dimensions).map(scramble).collect()
            };
            Quasi {
                sobol: Sobol::new(dimensions),
                scrambles: (0..u64::from(settings.replicates)).map(replicate).collect(),
                dimensions,
                rotation,
            }
        });
        Self {
            inputs: inputs.to_vec(),
            keys,
            quasi,
            shocks,
            ahead,
            events: streams.key(EVENTS),
        }
    }

    /// Draws of [any paths](Self::fill_any), pseudo-random.
    pub fn pseudo_random(seed: u64, inputs: &[Input], shocks: usize) -> Self {
        let streams = Streams::new(seed);
        let names = inputs.iter().map(|input| input.name.as_str());
        let keys = names.chain([SHOCKS]).map(|name| streams.key(name));
        Self {
            inputs: inputs.to_vec(),
            keys: keys.collect(),
            quasi: None,
            shocks,
            ahead: 0,
            events: streams.key(EVENTS),
        }
    }

    /// The number of a path: replicates have numbers of their own, so that more points
    /// add paths and change none.
    #[inline(always)]
    pub fn path(replicate: u32, point: u64) -> u64 {
        u64::from(replicate) << REPLICATE_SHIFT | point
    }

    /// Draws paths by their [numbers](Self::path), which need not follow one another, of
    /// pseudo-random draws.
    pub fn fill_any(&self, paths: &[u64; LANES], inputs: &mut [Lanes], draws: &mut [Lanes]) {
        fill_any(self, paths, inputs, draws);
    }

    /// Draws [`LANES`] consecutive paths of a replicate from point `first`, a
    /// multiple of [`LANES`]. Rows after those of the shocks are events: uniform
    /// numbers in (0, 1), always pseudo-random.
    pub fn fill(&self, replicate: u32, first: u64, inputs: &mut [Lanes], draws: &mut [Lanes]) {
        let first = Point {
            replicate,
            number: first,
        };
        self.fill_unrotated(&[first], inputs, draws);
        let shocks = self.shocks.min(draws.len());
        self.rotate(&mut draws[..shocks]);
    }

    /// The same with the independent normals that shocks are made of, the most important
    /// first, in their place. The paths are those from one point on, or [`TOGETHER`] from
    /// each of several, multiples of so many.
    pub fn fill_unrotated(&self, from: &[Point], inputs: &mut [Lanes], draws: &mut [Lanes]) {
        fill_unrotated(self, from, inputs, draws);
    }

    /// The coordinates between inputs and shocks: uniform numbers in (0, 1).
    pub fn fill_ahead(&self, from: &[Point], ahead: &mut [Lanes]) {
        fill_ahead(self, from, ahead);
    }

    /// Makes shocks of the normals that they are made of.
    pub fn rotate(&self, shocks: &mut [Lanes]) {
        if let Some(quasi) = &self.quasi {
            quasi.rotation.apply(shocks);
        }
    }

    /// The bits of a quasi-random coordinate, if there is one.
    #[inline(always)]
    fn quasi_row(&self, from: &[Point], dimension: usize, row: &mut Lanes) -> bool {
        let Some(quasi) = &self.quasi else {
            return false;
        };
        if dimension >= quasi.dimensions {
            return false;
        }
        if let [first] = from {
            quasi.fill(*first, dimension, row);
            return true;
        }
        for (row, first) in row.as_chunks_mut::<TOGETHER>().0.iter_mut().zip(from) {
            quasi.fill(*first, dimension, row);
        }
        true
    }
}

impl Quasi {
    #[inline(always)]
    fn fill<const N: usize>(&self, first: Point, dimension: usize, row: &mut [f64; N]) {
        let scramble = self.scrambles[first.replicate as usize][dimension];
        self.sobol
            .fill(dimension, first.number as u32, scramble, row);
    }
}

/// The numbers of paths.
#[inline(always)]
fn paths_of(from: &[Point]) -> [u64; LANES] {
    let first = |point: &Point| Draws::path(point.replicate, point.number);
    let mut paths = philox::consecutive(from.first().map_or(0, first));
    if from.len() > 1 {
        for (paths, point) in paths.as_chunks_mut::<TOGETHER>().0.iter_mut().zip(from) {
            let first = Draws::path(point.replicate, point.number);
            for (l, path) in paths.iter_mut().enumerate() {
                *path = first + l as u64;
            }
        }
    }
    paths
}

kernel! {
    fn fill_any(draws: &Draws, paths: &[u64; LANES], inputs: &mut [Lanes], drawn: &mut [Lanes]) {
        let (shocks, events) = drawn.split_at_mut(draws.shocks.min(drawn.len()));
        for ((input, row), key) in draws.inputs.iter().zip(&mut *inputs).zip(&draws.keys) {
            *row = philox::pair(*key, paths, 0)[0].map(f64::from_bits);
            of_bits(input, row);
        }
        events::correlate(&draws.inputs, inputs);
        events::fill(draws.events, paths, events);
        xoshiro::fill(draws.keys[draws.inputs.len()], paths, shocks);
        standard_normals(shocks);
    }
}

kernel! {
    fn fill_unrotated(
        draws: &Draws,
        from: &[Point],
        inputs: &mut [Lanes],
        drawn: &mut [Lanes],
    ) {
        let (shocks, events) = drawn.split_at_mut(draws.shocks.min(drawn.len()));
        let paths = paths_of(from);
        for (i, (input, row)) in draws.inputs.iter().zip(&mut *inputs).enumerate() {
            // By inversion with either sampler: an input is a coordinate, which studies
            // fix at a percentile, hold within two or tie to others.
            if !draws.quasi_row(from, i, row) {
                *row = philox::pair(draws.keys[i], &paths, 0)[0].map(f64::from_bits);
            }
            of_bits(input, row);
        }
        events::correlate(&draws.inputs, inputs);
        events::fill(draws.events, &paths, events);
        let offset = draws.inputs.len() + draws.ahead;
        let quasi = draws.quasi.as_ref();
        let quasi = quasi.map_or(0, |q| q.dimensions.saturating_sub(offset));
        let (leading, rest) = shocks.split_at_mut(quasi.min(shocks.len()));
        for (j, row) in leading.iter_mut().enumerate() {
            draws.quasi_row(from, offset + j, row);
        }
        if !rest.is_empty() {
            xoshiro::fill(draws.keys[draws.inputs.len()], &paths, rest);
        }
        standard_normals(shocks);
    }
}

kernel! {
    fn fill_ahead(draws: &Draws, from: &[Point], ahead: &mut [Lanes]) {
        for (i, row) in ahead.iter_mut().enumerate() {
            draws.quasi_row(from, draws.inputs.len() + i, row);
            for number in row {
                *number = unit_interval(number.to_bits());
            }
        }
    }
}

/// What an input takes for the bits of its row: its value, or the normal of which its
/// score is made.
#[inline(always)]
fn of_bits(input: &Input, row: &mut Lanes) {
    if input.loadings.is_empty() {
        input.distribution.draw_each(row);
    } else {
        standard_normals(slice::from_mut(row));
    }
}
