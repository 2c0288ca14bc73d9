//! What makes the paths of a scenario differ.

use crate::scenario::Scenario;
use crate::simulate::Group;
use crate::units::Input;

/// The name of the persistent growth error.
pub const GROWTH_ERROR: &str = "growth_error";
/// The name of the choice among cases.
pub const CASE: &str = "case";
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
    /// Inputs that depend on each other, by their positions: what they explain can
    /// only be told for all of them together.
    Correlated(Vec<usize>),
    /// The revenue model's persistent error in growth, one standard normal for
    /// each path, by its position among the shocks.
    GrowthError(usize),
    /// All other shocks of the revenue model.
    PathNoise(Vec<usize>),
    /// Which of the scenario's cases comes.
    Case,
}

impl Driver {
    /// Which case comes.
    pub(super) fn case() -> Self {
        Self {
            name: CASE.to_owned(),
            kind: DriverKind::Case,
        }
    }

    /// Every driver of a scenario, first those whose share of the variance can be
    /// told: independent inputs in the order of their keys, inputs that depend on
    /// each other together, the growth error where there is one, the path noise
    /// where there is any. Then, for swings alone, each input that depends on others.
    pub fn all(scenario: &Scenario) -> Vec<Self> {
        let inputs = &scenario.inputs;
        let sets = dependent_sets(inputs);
        let input = |i: usize| Self {
            name: inputs[i].name.clone(),
            kind: DriverKind::Input(i),
        };
        let is_dependent = |i: &usize| sets.iter().flatten().any(|member| member == i);
        let (dependent, alone): (Vec<usize>, Vec<usize>) =
            (0..inputs.len()).partition(is_dependent);
        let together = sets.iter().map(|set| Self {
            name: set
                .iter()
                .map(|&i| inputs[i].name.as_str())
                .collect::<Vec<&str>>()
                .join(" + "),
            kind: DriverKind::Correlated(set.clone()),
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
        let alone = alone.into_iter().map(input);
        let decomposed = alone.chain(together).chain(persistent).chain(noise);
        decomposed.chain(dependent.into_iter().map(input)).collect()
    }

    /// Whether its share of the variance can be told.
    pub(super) fn is_decomposed(&self, scenario: &Scenario) -> bool {
        match self.kind {
            DriverKind::Input(i) => !dependent_sets(&scenario.inputs)
                .iter()
                .flatten()
                .any(|member| *member == i),
            _ => true,
        }
    }

    /// Whether it is one number on each path, which can be moved to a percentile.
    pub fn is_scalar(&self) -> bool {
        matches!(self.kind, DriverKind::Input(_) | DriverKind::GrowthError(_))
    }

    /// Its coordinates.
    pub(super) fn group(&self) -> Group {
        match &self.kind {
            DriverKind::Input(i) => Group {
                inputs: vec![*i],
                shocks: Vec::new(),
            },
            DriverKind::Correlated(set) => Group {
                inputs: set.clone(),
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
            DriverKind::Case => Group {
                inputs: Vec::new(),
                shocks: Vec::new(),
            },
        }
    }
}

/// The sets of inputs that depend on each other, each in order.
fn dependent_sets(inputs: &[Input]) -> Vec<Vec<usize>> {
    let mut sets: Vec<Vec<usize>> = Vec::new();
    for (i, input) in inputs.iter().enumerate() {
        let partners = input.loadings.iter().map(|(j, _)| *j);
        let mut joined: Vec<usize> = partners.filter(|j| *j != i).chain([i]).collect();
        if joined.len() < 2 {
            continue;
        }
        let touches = |set: &Vec<usize>| set.iter().any(|member| joined.contains(member));
        let (touched, apart): (Vec<_>, Vec<_>) = sets.into_iter().partition(touches);
        joined.extend(touched.into_iter().flatten());
        joined.sort_unstable();
        joined.dedup();
        sets = apart;
        sets.push(joined);
    }
    sets
}
