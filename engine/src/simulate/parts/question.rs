//! What a run answers, owned and ready to be sent elsewhere.

use serde::{Deserialize, Serialize};

use super::sealed::{SealError, seal, unseal};
use crate::agreement::Contract;
use crate::revenue::Model;
use crate::simulate::Simulation;
use crate::simulate::sample::ordering::Ordering;
use crate::simulate::settings::Settings;
use crate::units::{Input, ReportingYear, Timeline};
use crate::valuation::Valuation;

/// A resolved question: everything a run needs and nothing of how it was written.
/// It holds no text and no file, and its bytes are the same wherever it was
/// resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Question {
    /// The grid.
    pub timeline: Timeline,
    /// The revenue model on that grid.
    pub model: Model,
    /// Scalars drawn once per path.
    pub inputs: Vec<Input>,
    /// The contracts, at least one; the first is the primary one.
    pub contracts: Vec<Contract>,
    /// How present values are taken, if at all.
    pub valuation: Option<Valuation>,
    /// Reporting years: for each calendar, its years on the grid.
    pub calendars: Vec<Vec<ReportingYear>>,
    /// Paths, sampler and seed.
    pub settings: Settings,
    /// The order of the shocks, where it is that of another question.
    pub ordering: Option<Ordering>,
}

const WHAT: &str = "question";

impl Question {
    /// The question as the engine takes it.
    pub fn simulation(&self) -> Simulation<'_> {
        Simulation {
            timeline: &self.timeline,
            model: &self.model,
            inputs: &self.inputs,
            contracts: &self.contracts,
            valuation: self.valuation.as_ref(),
            calendars: &self.calendars,
            settings: self.settings,
            ordering: self.ordering.as_ref(),
        }
    }

    /// The question as bytes, with the version and a check sum.
    pub fn to_bytes(&self) -> Vec<u8> {
        seal(WHAT, self)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// Where it did not, or another version did, or the bytes have changed since.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        unseal(WHAT, bytes)
    }
}

impl Simulation<'_> {
    /// The question of which this is a view.
    pub fn question(&self) -> Question {
        Question {
            timeline: self.timeline.clone(),
            model: self.model.clone(),
            inputs: self.inputs.to_vec(),
            contracts: self.contracts.to_vec(),
            valuation: self.valuation.cloned(),
            calendars: self.calendars.to_vec(),
            settings: self.settings,
            ordering: self.ordering.cloned(),
        }
    }
}
