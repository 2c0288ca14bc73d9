//! Paths at chosen coordinates: what studies of sensitivity ask of the engine.
//!
//! A path's coordinates (uncertain inputs, shocks) fall into groups. A variant
//! says for each group where its coordinates come from: as a run draws them, from
//! a second independent sample, fixed at a percentile, or drawn within a band of
//! percentiles. All variants share one set of points, so differences between them
//! are sharp.

use rayon::prelude::*;

use super::Simulation;
use super::observer::{Cancelled, Observer};
use super::settings::Settings;
use crate::math::{fma, inverse_normal_cdf_from_bits, normal_cdf};
use crate::simulate::estimates::measure::Measure;
use crate::simulate::record::totals::{Room, Settling};
use crate::simulate::sample::draws::Draws;
use crate::simulate::sample::events;
use crate::simulate::sample::ordering::Rotation;
use crate::units::{Distribution, Input, LANES, Lanes};

/// Points that a thread evaluates at a time.
const BLOCK: u64 = 512;
/// Blocks of a replicate that are evaluated before they are added up.
const WAVE: usize = 8;

/// Coordinates that move together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Uncertain inputs, by position.
    pub inputs: Vec<usize>,
    /// Shocks of the revenue model, by position, then its events.
    pub shocks: Vec<usize>,
}

/// Where the coordinates of a group come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// As drawn; in a design without a second sample, as [`run`](super::run) draws
    /// them.
    First,
    /// From a second sample, independent of the first.
    Second,
    /// Fixed at a probability, from 0 to 1, of each coordinate's distribution.
    At(f64),
    /// As drawn, but within two probabilities of each coordinate's distribution.
    Within(f64, f64),
}

/// A simulation's paths, evaluated in variants.
#[derive(Debug)]
pub struct Design<'a> {
    simulation: &'a Simulation<'a>,
    groups: &'a [Group],
    variants: &'a [Vec<Source>],
    measures: usize,
    pairs: Pairs,
    settling: Settling<'a>,
}

impl<'a> Design<'a> {
    /// A design for measures of the primary agreement as a whole; each variant has one
    /// source for each group. Coordinates in no group are as drawn.
    ///
    /// # Panics
    /// If a variant has another number of sources than there are groups.
    pub fn new(
        simulation: &'a Simulation<'a>,
        groups: &'a [Group],
        variants: &'a [Vec<Source>],
        measures: &[Measure],
    ) -> Self {
        assert!(variants.iter().all(|v| v.len() == groups.len()));
        let paired = variants.iter().flatten().any(|s| *s == Source::Second);
        Self {
            pairs: Pairs::of_paths(simulation, paired),
            settling: Settling::new(simulation, measures),
            measures: measures.len(),
            simulation,
            groups,
            variants,
        }
    }

    /// Evaluates every variant on the current thread pool and gives one state for
    /// each replicate: `add` is told, strip by strip, for each variant a row for each
    /// measure, and how many of the lanes are paths; the observer, how many points
    /// are done. Of a probability a path has 1 or 0; what a path does not have is not a
    /// number.
    ///
    /// # Errors
    /// Where the observer says to stop.
    pub fn evaluate<S: Send>(
        &self,
        start: impl Fn() -> S + Sync,
        add: impl Fn(&mut S, &[Lanes], usize) + Sync,
        observer: &dyn Observer,
    ) -> Result<Vec<S>, Cancelled> {
        let add = |state: &mut S, out: &[Vec<Lanes>], lanes| add(state, &out[0], lanes);
        Self::evaluate_together(std::slice::from_ref(self), start, add, observer)
    }

    /// The same of several designs with as many points, strip by strip side by side: those
    /// of runs that draw alike.
    ///
    /// # Errors
    /// Where the observer says to stop.
    ///
    /// # Panics
    /// Where there is none.
    pub fn evaluate_together<S: Send>(
        designs: &[Self],
        start: impl Fn() -> S + Sync,
        add: impl Fn(&mut S, &[Vec<Lanes>], usize) + Sync,
        observer: &dyn Observer,
    ) -> Result<Vec<S>, Cancelled> {
        let settings = designs[0].simulation.settings;
        let replicates = 0..settings.replicates;
        let blocks = settings.points.div_ceil(BLOCK);
        replicates
            .into_par_iter()
            .map(|replicate| {
                let mut state = start();
                // Evaluated in any order, added in that of the points.
                for wave in (0..blocks).step_by(WAVE) {
                    let wave = wave..blocks.min(wave + WAVE as u64);
                    let evaluated = wave
                        .into_par_iter()
                        .map_init(
                            || designs.iter().map(VariantStrip::new).collect::<Vec<_>>(),
                            |strips, block| {
                                evaluate_block(designs, strips, (replicate, block), observer)
                            },
                        )
                        .collect::<Result<Vec<_>, Cancelled>>()?;
                    for (out, lanes) in evaluated.iter().flatten() {
                        add(&mut state, out, *lanes);
                    }
                }
                Ok(state)
            })
            .collect()
    }
}

/// Evaluates a function of independent uniform numbers at pairs of points *A* and
/// *B*: `add` is told, strip by strip, the coordinates of both (one row for each
/// dimension) and how many of the lanes are points. One state for each replicate. The
/// observer is asked before each strip and told its points.
///
/// # Errors
/// Where the observer says to stop.
pub fn sample_pairs<S: Send>(
    settings: Settings,
    dimensions: usize,
    start: impl Fn() -> S + Sync,
    add: impl Fn(&mut S, &[Lanes], &[Lanes], usize) + Sync,
    observer: &dyn Observer,
) -> Result<Vec<S>, Cancelled> {
    let names = (0..dimensions).map(|i| format!("coordinate {i}"));
    let pairs = Pairs::new(settings, names.collect(), 0, Rotation::default(), true);
    let replicates = 0..settings.replicates;
    replicates
        .into_par_iter()
        .map(|replicate| {
            let mut state = start();
            let mut drawn = BothSamples::new(&pairs);
            for first in (0..settings.points).step_by(LANES) {
                if observer.cancelled() {
                    return Err(Cancelled);
                }
                let lanes = (settings.points - first).min(LANES as u64);
                pairs.fill(replicate, first, &mut drawn);
                add(
                    &mut state,
                    &drawn.a.uniforms,
                    &drawn.b.uniforms,
                    lanes as usize,
                );
                observer.progress(lanes);
            }
            Ok(state)
        })
        .collect()
}

/// Coordinates of a strip of paths: inputs as uniform numbers, shocks as normals.
#[derive(Clone, Debug)]
struct Point {
    uniforms: Vec<Lanes>,
    shocks: Vec<Lanes>,
}

/// One sample of all coordinates, or two that are independent.
#[derive(Debug)]
struct Pairs {
    draws: Draws,
    inputs: usize,
    shocks: usize,
    /// Uniform numbers that follow the shocks in their rows.
    events: usize,
    /// Of each sample's shocks; a single sample is rotated as it is drawn.
    rotation: Option<Rotation>,
}

impl Pairs {
    fn of_paths(simulation: &Simulation<'_>, paired: bool) -> Self {
        let names = simulation.inputs.iter().map(|input| input.name.clone());
        let shocks = simulation.model.shocks();
        let rotation = simulation.own_ordering().rotation;
        Self::new(
            simulation.settings,
            names.collect(),
            shocks,
            rotation,
            paired,
        )
        .with_events(simulation.model.events())
    }

    fn with_events(mut self, events: usize) -> Self {
        self.events = events;
        self
    }

    /// Two samples take the inputs of both in the leading dimensions of one point
    /// and alternate in the shocks, so that both have their share of the even ones.
    fn new(
        settings: Settings,
        mut names: Vec<String>,
        shocks: usize,
        rotation: Rotation,
        paired: bool,
    ) -> Self {
        let inputs = names.len();
        if paired {
            let second: Vec<String> = names.iter().map(|n| format!("{n}, second")).collect();
            names.extend(second);
        }
        let uniform = Distribution::uniform(0.0, 1.0).expect("0 is less than 1");
        let uniforms: Vec<Input> = names
            .into_iter()
            .map(|name| Input::new(name, uniform.clone()))
            .collect();
        let (drawn, rotation) = if paired {
            let drawn = Draws::new(settings, &uniforms, 2 * shocks, Rotation::default());
            (drawn, Some(rotation))
        } else {
            (Draws::new(settings, &uniforms, shocks, rotation), None)
        };
        Self {
            draws: drawn,
            inputs,
            shocks,
            events: 0,
            rotation,
        }
    }

    fn point(&self) -> Point {
        Point {
            uniforms: vec![[0.0; LANES]; self.inputs],
            shocks: vec![[0.0; LANES]; self.shocks + self.events],
        }
    }

    fn fill(&self, replicate: u32, first: u64, drawn: &mut BothSamples) {
        let BothSamples { a, b, both } = drawn;
        let Some(rotation) = &self.rotation else {
            self.draws
                .fill(replicate, first, &mut a.uniforms, &mut a.shocks);
            return;
        };
        self.draws
            .fill(replicate, first, &mut both.uniforms, &mut both.shocks);
        let (first, second) = both.uniforms.split_at(self.inputs);
        a.uniforms.copy_from_slice(first);
        b.uniforms.copy_from_slice(second);
        for (j, pair) in both.shocks.chunks_exact(2).enumerate() {
            a.shocks[j] = pair[0];
            b.shocks[j] = pair[1];
        }
        rotation.apply(&mut a.shocks[..self.shocks]);
        rotation.apply(&mut b.shocks[..self.shocks]);
    }
}

/// A strip of both samples, and room to draw them in.
struct BothSamples {
    a: Point,
    b: Point,
    both: Point,
}

impl BothSamples {
    fn new(pairs: &Pairs) -> Self {
        let one = pairs.point();
        let twice = |rows: &[Lanes]| vec![[0.0; LANES]; 2 * rows.len()];
        Self {
            both: Point {
                uniforms: twice(&one.uniforms),
                shocks: twice(&one.shocks),
            },
            b: one.clone(),
            a: one,
        }
    }
}

/// The memory of one replicate.
struct VariantStrip {
    drawn: BothSamples,
    inputs: Vec<Lanes>,
    shocks: Vec<Lanes>,
    revenue: Vec<Lanes>,
    room: Room,
    /// For each variant, a row for each measure.
    out: Vec<Lanes>,
}

impl VariantStrip {
    fn new(design: &Design<'_>) -> Self {
        let drawn = BothSamples::new(&design.pairs);
        let model = design.simulation.model;
        let periods = design.simulation.timeline.periods().len();
        Self {
            inputs: drawn.a.uniforms.clone(),
            shocks: drawn.a.shocks.clone(),
            revenue: vec![[0.0; LANES]; model.rows(periods)],
            room: Room::new(design.simulation),
            out: vec![[0.0; LANES]; design.variants.len() * design.measures],
            drawn,
        }
    }

    fn evaluate(&mut self, design: &Design<'_>, replicate: u32, first: u64) {
        design.pairs.fill(replicate, first, &mut self.drawn);
        for (variant, sources) in design.variants.iter().enumerate() {
            self.place(design, sources);
            let simulation = design.simulation;
            let model = simulation.model;
            model.generate(&self.inputs, &self.shocks, &mut self.revenue);
            let out = &mut self.out[variant * design.measures..][..design.measures];
            let (inputs, revenue, room) = (&self.inputs, &self.revenue, &mut self.room);
            design
                .settling
                .settle(simulation, inputs, revenue, room, out);
        }
    }

    /// Puts the coordinates of a variant in place.
    fn place(&mut self, design: &Design<'_>, sources: &[Source]) {
        let BothSamples { a, b, .. } = &self.drawn;
        self.inputs.copy_from_slice(&a.uniforms);
        self.shocks.copy_from_slice(&a.shocks);
        let inputs = design.simulation.inputs;
        // An input tied to others is moved on its own, once its value stands.
        let mut moved: Vec<(usize, Source)> = Vec::new();
        for (group, source) in design.groups.iter().zip(sources) {
            for &i in &group.inputs {
                let row = &mut self.inputs[i];
                match *source {
                    Source::First => {}
                    Source::Second => *row = b.uniforms[i],
                    _ if !inputs[i].loadings.is_empty() => moved.push((i, *source)),
                    Source::At(p) => row.fill(p),
                    Source::Within(low, high) => {
                        row.iter_mut().for_each(|u| *u = within(*u, low, high));
                    }
                }
            }
            for &j in &group.shocks {
                let row = &mut self.shocks[j];
                match *source {
                    Source::At(p) if j >= design.pairs.shocks => row.fill(p),
                    Source::Within(low, high) if j >= design.pairs.shocks => {
                        row.iter_mut().for_each(|u| *u = within(*u, low, high));
                    }
                    Source::First => {}
                    Source::Second => *row = b.shocks[j],
                    Source::At(p) => row.fill(inverse_normal_cdf_from_bits(bits(p))),
                    Source::Within(low, high) => row.iter_mut().for_each(|z| {
                        *z = inverse_normal_cdf_from_bits(bits(within(normal_cdf(*z), low, high)));
                    }),
                }
            }
        }
        for (row, input) in self.inputs.iter_mut().zip(inputs) {
            row.iter_mut().for_each(|u| {
                *u = if input.loadings.is_empty() {
                    input.distribution.quantile(*u)
                } else {
                    inverse_normal_cdf_from_bits(bits(*u))
                };
            });
        }
        let values: Vec<Lanes> = moved
            .iter()
            .map(|(i, source)| moved_alone(&inputs[*i], *source, &self.inputs))
            .collect();
        events::correlate(inputs, &mut self.inputs);
        for ((i, _), values) in moved.iter().zip(values) {
            self.inputs[*i] = values;
        }
    }
}

/// The rows of each design on one strip, and how many of their lanes are paths.
type Evaluated = (Vec<Vec<Lanes>>, usize);

/// What each strip of a block gives.
fn evaluate_block(
    designs: &[Design<'_>],
    strips: &mut [VariantStrip],
    (replicate, block): (u32, u64),
    observer: &dyn Observer,
) -> Result<Vec<Evaluated>, Cancelled> {
    let points = designs[0].simulation.settings.points;
    let end = points.min((block + 1) * BLOCK);
    let mut rows = Vec::new();
    for first in (block * BLOCK..end).step_by(LANES) {
        if observer.cancelled() {
            return Err(Cancelled);
        }
        let lanes = (end - first).min(LANES as u64);
        for (design, strip) in designs.iter().zip(strips.iter_mut()) {
            strip.evaluate(design, replicate, first);
            observer.progress(lanes);
        }
        let out = strips.iter().map(|strip| strip.out.clone());
        rows.push((out.collect(), lanes as usize));
    }
    Ok(rows)
}

/// The values of an input tied to others, moved while the others stay as drawn;
/// `normals` are the independent normals behind them.
fn moved_alone(input: &Input, source: Source, normals: &[Lanes]) -> Lanes {
    std::array::from_fn(|lane| {
        let terms = input.loadings.iter();
        let score: f64 = terms.map(|(j, weight)| weight * normals[*j][lane]).sum();
        input.distribution.quantile(match source {
            Source::At(p) => p,
            Source::Within(low, high) => within(normal_cdf(score), low, high),
            Source::First | Source::Second => normal_cdf(score),
        })
    })
}

fn within(u: f64, low: f64, high: f64) -> f64 {
    fma(high - low, u, low)
}

/// The bits that stand for a probability from 0 to 1.
fn bits(p: f64) -> u64 {
    // Conversion saturates: 1 becomes the largest.
    (p * 2f64.powi(64)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_keep_drawn_probabilities() {
        for u in [0.5f64.powi(53), 0.25, 0.5, 0.75, 1.0 - 0.5f64.powi(53)] {
            assert_eq!(bits(u) as f64 / 2f64.powi(64), u);
        }
        assert_eq!((bits(0.0), bits(1.0)), (0, u64::MAX));
    }
}
