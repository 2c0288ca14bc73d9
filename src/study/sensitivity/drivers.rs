//! What makes the paths of a scenario differ.

use crate::scenario::Scenario;
use crate::simulate::Group;

/// The name of the persistent growth error.
pub const GROWTH_ERROR: &str = "growth_error";
/// The name of all other shocks together.
pub const PATH_NOISE: &str = "path_noise";

/// Something uncertain, under one name: a parameter, never a single draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Driver {
    /// The scenario's key of an uncertain input, `growth_error` or `path_noise`.
    pub name: String,
    /// What it is.
    pub kind: DriverKind,
}

/// What a driver is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DriverKind {
    /// An uncertain input, by its position in the scenario.
    Input(usize),
    /// The revenue model's persistent error in growth, one standard normal for
    /// each path, by its position among the shocks.
    GrowthError(usize),
    /// All other shocks of the revenue model.
    PathNoise(Vec<usize>),
}

impl Driver {
    /// Every driver of a scenario: its uncertain inputs in the order of their
    /// keys, the growth error where there is one, the path noise where there is
    /// any.
    pub fn all(scenario: &Scenario) -> Vec<Self> {
        let inputs = scenario.inputs.iter().enumerate().map(|(i, input)| Self {
            name: input.name.clone(),
            kind: DriverKind::Input(i),
        });
        let growth_error = scenario.model.growth_error();
        let persistent = growth_error.map(|shock| Self {
            name: GROWTH_ERROR.to_owned(),
            kind: DriverKind::GrowthError(shock),
        });
        let noise: Vec<usize> = (0..scenario.model.draws())
            .filter(|shock| Some(*shock) != growth_error)
            .collect();
        let noise = (!noise.is_empty()).then(|| Self {
            name: PATH_NOISE.to_owned(),
            kind: DriverKind::PathNoise(noise),
        });
        inputs.chain(persistent).chain(noise).collect()
    }

    /// Whether it is one number on each path, which can be moved to a percentile.
    pub fn is_scalar(&self) -> bool {
        !matches!(self.kind, DriverKind::PathNoise(_))
    }

    /// Its coordinates.
    pub(super) fn group(&self) -> Group {
        match &self.kind {
            DriverKind::Input(i) => Group {
                inputs: vec![*i],
                shocks: Vec::new(),
            },
            DriverKind::GrowthError(shock) => Group {
                inputs: Vec::new(),
                shocks: vec![*shock],
            },
            DriverKind::PathNoise(shocks) => Group {
                inputs: Vec::new(),
                shocks: shocks.clone(),
            },
        }
    }
}
