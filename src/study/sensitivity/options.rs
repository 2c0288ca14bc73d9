//! What is asked of a sensitivity study.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::drivers::{GROWTH_ERROR, PATH_NOISE};
use super::{Driver, StudyError};
use crate::simulate::{Measure, Source};

const STRESS_HINT: &str = "write KEY=FROM:TO in percentiles, such as agreement.cap=90:100";

/// What a study moves and how far.
#[derive(Clone, Debug, PartialEq)]
pub struct SensitivityOptions {
    /// The low percentile of swings, in percent, above 0.
    pub low: f64,
    /// The high percentile of swings, in percent, below 100.
    pub high: f64,
    /// Stresses to compare with the unconditional run.
    pub stresses: Vec<Stress>,
    /// What is reported besides total paid, its present value and whether the cap binds.
    pub measures: Vec<Measure>,
}

impl SensitivityOptions {
    /// What is always reported, where the scenario has it.
    pub const ALWAYS: [Measure; 3] = [Measure::PAID, Measure::PRESENT_VALUE, Measure::Binding];
}

impl Default for SensitivityOptions {
    fn default() -> Self {
        Self {
            low: 10.0,
            high: 90.0,
            stresses: Vec::new(),
            measures: Vec::new(),
        }
    }
}

/// Drivers forced into bands of percentiles together: serialised as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Stress {
    /// One for each driver forced; at least one.
    pub bands: Vec<Band>,
}

/// A driver forced between two percentiles of its distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// The driver's name.
    pub driver: String,
    /// Lower end, in percent.
    pub from: f64,
    /// Upper end, in percent, above the lower one.
    pub to: f64,
}

impl SensitivityOptions {
    /// Points evaluated in each replicate, in all: what progress adds up to.
    pub fn points(&self, settings: &crate::simulate::Settings) -> u64 {
        2 * settings.paths()
    }

    /// Which drivers are moved under each stress, and where to.
    pub(super) fn moved(&self, drivers: &[Driver]) -> Result<Vec<Vec<(&str, Source)>>, StudyError> {
        let of_stress = |stress: &'_ Stress| {
            let of_band = |band: &Band| {
                let at = find(&band.driver, drivers)?;
                Ok((at, Source::Within(band.from / 100.0, band.to / 100.0)))
            };
            stress.bands.iter().map(of_band).collect()
        };
        let all: Result<Vec<Vec<(usize, Source)>>, StudyError> =
            self.stresses.iter().map(of_stress).collect();
        let all = all?;
        let named = self.stresses.iter().zip(all).map(|(stress, moved)| {
            let bands = stress.bands.iter().zip(moved);
            bands
                .map(|(band, (_, source))| (band.driver.as_str(), source))
                .collect()
        });
        Ok(named.collect())
    }
}

/// The driver of a name.
fn find(name: &str, drivers: &[Driver]) -> Result<usize, StudyError> {
    if name == PATH_NOISE {
        return Err(StudyError::new(
            "path_noise is many numbers on each path and has no percentiles",
            format!("stress {GROWTH_ERROR}, or an input"),
        ));
    }
    drivers
        .iter()
        .position(|driver| driver.name == name && driver.is_scalar())
        .ok_or_else(|| {
            let scalar = drivers.iter().filter(|driver| driver.is_scalar());
            let known: Vec<&str> = scalar.map(|driver| driver.name.as_str()).collect();
            StudyError::new(
                format!("`{name}` is not uncertain in this scenario"),
                format!("what can be stressed here: {}", known.join(", ")),
            )
        })
}

impl FromStr for Stress {
    type Err = StudyError;

    /// Reads `KEY=FROM:TO`, or several of them separated by commas.
    fn from_str(text: &str) -> Result<Self, StudyError> {
        let bands: Result<Vec<Band>, StudyError> = text.split(',').map(str::parse).collect();
        let bands = bands?;
        for (i, band) in bands.iter().enumerate() {
            if bands[..i].iter().any(|other| other.driver == band.driver) {
                let message = format!("`{}` is stressed twice", band.driver);
                return Err(StudyError::new(message, "give each key one band"));
            }
        }
        Ok(Self { bands })
    }
}

impl TryFrom<String> for Stress {
    type Error = StudyError;

    fn try_from(text: String) -> Result<Self, StudyError> {
        text.parse()
    }
}

impl From<Stress> for String {
    fn from(stress: Stress) -> Self {
        stress.to_string()
    }
}

impl FromStr for Band {
    type Err = StudyError;

    fn from_str(text: &str) -> Result<Self, StudyError> {
        let refuse = |what: &str| StudyError::new(format!("`{text}`: {what}"), STRESS_HINT);
        let (driver, band) = text
            .split_once('=')
            .ok_or_else(|| refuse("no band of percentiles follows the key"))?;
        let (from, to) = band
            .split_once(':')
            .ok_or_else(|| refuse("two percentiles with a colon between them are wanted"))?;
        let percent = |text: &str| {
            let text = text.trim();
            let digits = text.strip_suffix('%').unwrap_or(text).trim_end();
            let number = digits.parse::<f64>().ok();
            number.filter(|p| (0.0..=100.0).contains(p))
        };
        let (Some(from), Some(to)) = (percent(from), percent(to)) else {
            return Err(refuse("percentiles are numbers from 0 to 100"));
        };
        if from >= to {
            return Err(refuse("the first percentile must be less than the second"));
        }
        Ok(Self {
            driver: driver.trim().to_owned(),
            from,
            to,
        })
    }
}

impl std::fmt::Display for Stress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, band) in self.bands.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            write!(f, "{comma}{}={}:{}", band.driver, band.from, band.to)?;
        }
        Ok(())
    }
}
