//! Statistics of one quantity, from the sums and the counts of a run.

use super::estimator::Estimator;
use super::mixing::{Part, mixed_counted, mixed_estimate};
use crate::simulate::record::rows::Source;
use crate::simulate::settings::Settings;
use crate::stats::{Estimate, Mixture, Moments, SignedSketch, Sketch};

/// The statistics of one quantity that is never negative.
#[derive(Clone, Debug)]
pub struct Cell {
    estimate: Estimate,
    /// The mean of each replicate.
    replicates: Vec<f64>,
    /// The estimate by counting, where the one above is smooth.
    counted: Option<Estimate>,
    /// Whether it is the same number whatever happens.
    is_constant: bool,
    /// The part of each replicate's paths on which it is defined; empty for all.
    defined: Vec<f64>,
    distribution: Mixture<Sketch>,
}

/// One quantity as a run measured it.
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    /// Mean, standard error, standard deviation.
    pub estimate: Estimate,
    /// The same by counting, where the estimate is a smooth one.
    pub counted: Option<Estimate>,
    /// The mean of each replicate, for differences between runs on common random
    /// numbers.
    pub means: &'a [f64],
    /// Its distribution over all paths on which it is defined.
    pub distribution: &'a Mixture<Sketch>,
}

impl Cell {
    /// Takes the means of smooth replicates in the place of counted ones; not of what is
    /// the same whatever happens.
    pub fn set_smooth(&mut self, means: Vec<f64>) {
        if self.is_constant {
            return;
        }
        self.counted = Some(self.estimate);
        self.estimate = Estimate::of_lines(&means, self.estimate.std_dev);
        self.replicates = means;
    }

    /// Nothing on every path of some replicates.
    pub fn nothing(replicates: usize, paths: u64) -> Self {
        let none = Moments::constant(0.0, paths / replicates.max(1) as u64);
        Self {
            estimate: Estimate::new(vec![none; replicates].into_iter()),
            replicates: vec![0.0; replicates],
            counted: None,
            is_constant: true,
            defined: Vec::new(),
            distribution: Sketch::constant(0.0, paths).into(),
        }
    }

    /// The statistics of a mixture of runs, each with its weight.
    pub fn mix(parts: &[(f64, &Self)]) -> Self {
        let each: Vec<Part<'_>> = parts
            .iter()
            .map(|(weight, own)| (*weight, own.estimate, &*own.replicates, &*own.defined))
            .collect();
        let (estimate, replicates, defined) = mixed_estimate(&each);
        let counted = parts.iter().map(|(weight, own)| {
            let exact = own.is_constant.then_some(own.estimate);
            (*weight, own.counted.or(exact))
        });
        let is_smooth = parts.iter().any(|(_, own)| own.counted.is_some());
        let distributions = parts
            .iter()
            .map(|(weight, own)| (*weight, &own.distribution));
        Self {
            counted: mixed_counted(counted).filter(|_| is_smooth),
            is_constant: false,
            distribution: Mixture::of(distributions),
            estimate,
            replicates,
            defined,
        }
    }

    /// The mean of each replicate.
    pub fn replicates(&self) -> &[f64] {
        &self.replicates
    }

    /// What was measured.
    pub fn measured(&self) -> Measured<'_> {
        Measured {
            estimate: self.estimate,
            counted: self.counted,
            means: &self.replicates,
            distribution: &self.distribution,
        }
    }
}

impl Measured<'_> {
    /// How its mean was estimated.
    pub fn estimator(&self) -> Estimator {
        Estimator::of(self.counted.as_ref())
    }
}

/// The statistics of one quantity of either sign.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Mean, standard error, standard deviation.
    pub estimate: Estimate,
    /// The mean of each replicate, for differences between runs on common random
    /// numbers; where only some paths have a value, as far as linear in its deviation
    /// from all.
    pub means: Vec<f64>,
    /// The estimate by counting, where the one above is smooth.
    pub counted: Option<Estimate>,
    /// Its distribution over all paths on which it is defined.
    pub distribution: Mixture<SignedSketch>,
    /// The part of each replicate's paths on which it is defined; empty for all.
    pub(in crate::simulate) defined: Vec<f64>,
}

impl Signed {
    /// The statistics of a mixture of runs, each with its weight.
    pub(in crate::simulate) fn mix(parts: &[(f64, &Self)]) -> Self {
        let each: Vec<Part<'_>> = parts
            .iter()
            .map(|(weight, own)| (*weight, own.estimate, &*own.means, &*own.defined))
            .collect();
        let (estimate, means, defined) = mixed_estimate(&each);
        let counted = parts.iter().map(|(weight, own)| (*weight, own.counted));
        let distributions = parts
            .iter()
            .map(|(weight, own)| (*weight, &own.distribution));
        Self {
            counted: mixed_counted(counted),
            distribution: Mixture::of(distributions),
            estimate,
            means,
            defined,
        }
    }

    /// How its mean was estimated.
    pub fn estimator(&self) -> Estimator {
        Estimator::of(self.counted.as_ref())
    }

    /// Takes the means of smooth replicates in the place of counted ones.
    pub(in crate::simulate) fn set_smooth(&mut self, means: Vec<f64>) {
        self.counted = Some(self.estimate);
        self.estimate = Estimate::of_lines(&means, self.estimate.std_dev);
        self.means = means;
    }
}

/// The rows of a run: for each replicate the moments of each, and their distributions.
pub struct Rows<'a> {
    pub settings: Settings,
    pub replicates: &'a [Vec<Moments>],
    pub sketches: &'a [Sketch],
}

impl Rows<'_> {
    /// The statistics of a quantity; `None` where it is absent or defined on too
    /// few paths for an error.
    pub fn cell(&self, source: Source) -> Option<Cell> {
        let settings = self.settings;
        match source {
            Source::Absent => None,
            Source::Constant(value) => {
                let moments = Moments::constant(value, settings.points);
                let distribution = Sketch::constant(value, settings.paths());
                self.of(|_| moments, distribution).map(|cell| Cell {
                    is_constant: true,
                    ..cell
                })
            }
            Source::Row(row) => self.of(|own| own[row], self.sketches[row].clone()),
            Source::Scaled(row, factor) => self.of(
                |own| own[row].scaled(factor),
                self.sketches[row].scaled(factor),
            ),
            Source::Lacking(row, limit) => {
                self.of(|own| own[row].lacking(limit), self.sketches[row].lacking())
            }
        }
    }

    fn of(&self, moments: impl Fn(&[Moments]) -> Moments, distribution: Sketch) -> Option<Cell> {
        let estimate = self.estimate(&moments)?;
        Some(Cell {
            defined: self.defined_where(&moments),
            replicates: Moments::means(self.replicates.iter().map(|own| moments(own))),
            estimate,
            counted: None,
            is_constant: false,
            distribution: distribution.into(),
        })
    }

    /// The statistics of a row of either sign, or of what is opposite to it on every path.
    pub fn signed(
        &self,
        row: usize,
        distribution: SignedSketch,
        is_mirrored: bool,
    ) -> Option<Signed> {
        let moments = |own: &[Moments]| match is_mirrored {
            false => own[row],
            true => own[row].mirrored(),
        };
        let distribution = match is_mirrored {
            false => distribution,
            true => distribution.mirrored(),
        };
        let estimate = self.estimate(moments)?;
        Some(Signed {
            defined: self.defined_where(&moments),
            means: Moments::means(self.replicates.iter().map(|own| moments(own))),
            estimate,
            counted: None,
            distribution: distribution.into(),
        })
    }

    /// The mean over the paths on which a row is defined.
    fn estimate(&self, moments: impl Fn(&[Moments]) -> Moments) -> Option<Estimate> {
        let moments = self.replicates.iter().map(|own| moments(own));
        let defined: Vec<Moments> = moments.filter(|m| m.count() > 0.0).collect();
        (defined.len() > 1).then(|| Estimate::new(defined.into_iter()))
    }

    /// The part of each replicate's paths on which there is a value; empty for all.
    fn defined_where(&self, moments: &impl Fn(&[Moments]) -> Moments) -> Vec<f64> {
        let points = self.settings.points as f64;
        let counts = self.replicates.iter().map(|own| moments(own).count());
        let parts: Vec<f64> = counts.map(|count| count / points).collect();
        match parts.iter().all(|part| *part == 1.0) {
            true => Vec::new(),
            false => parts,
        }
    }

    /// The part of each replicate's paths on which a row is defined.
    pub fn parts_defined(&self, row: usize) -> Vec<f64> {
        let points = self.settings.points as f64;
        let counts = self.replicates.iter().map(|own| own[row].count());
        counts.map(|count| count / points).collect()
    }

    /// The probability that a row is defined.
    pub fn defined(&self, row: usize) -> Estimate {
        let counts = self.replicates.iter().map(|own| own[row].count());
        Estimate::of_probability(counts.map(|count| count as u64), self.settings.points)
    }
}
