//! How fast the headline numbers of a scenario move with each of its numbers.
//!
//! Smooth estimates are smooth in every key too, so a difference between two nearby
//! values on the same points is a slope, and its spread over replicates the error.

use rayon::prelude::*;

use super::StudyError;
use super::base::Base;
use super::measures::{CaseQuantity, Measured, Measures};
use super::mixture::{common_ordering, runs};
use crate::Error;
use crate::scenario::Scenario;
use crate::simulate::{Cancelled, Measure, Observer, Ordering, Settings, Unheard, run_smooth};
use crate::stats::MeanEstimate;

/// Points of each replicate: they give the probability to some 1e-5.
const POINTS: u64 = 256;
/// How far a key is moved to either side, relative to its value.
const STEP: f64 = 1e-3;
/// The same of a key whose value is 0.
const STEP_FROM_ZERO: f64 = 1e-4;

/// Slopes of a scenario's headline numbers in its keys.
#[derive(Clone, Debug)]
pub struct Local {
    /// The numbers: the probability that the cap is reached, the expected total, its
    /// present value where there is a valuation, and the median date where there is one.
    pub quantities: Vec<(CaseQuantity, Measured)>,
    /// The keys that may be moved, in the order of the scenario.
    pub keys: Vec<LocalKey>,
    /// The points it took.
    pub settings: Settings,
}

/// A key with the slopes in it.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalKey {
    /// The dotted key.
    pub key: String,
    /// Its value.
    pub value: f64,
    /// One for each quantity; `None` where it is not defined at the values beside.
    pub slopes: Vec<Option<Slope>>,
}

/// How fast a quantity moves with a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// By how much for one unit of the key; of a date in days.
    pub slope: MeanEstimate,
    /// By how many percent for each percent of the key; `None` for a date, and where the
    /// quantity is 0.
    pub elasticity: Option<MeanEstimate>,
    /// By how much where the key is one percent larger than it is, along the slope.
    pub one_percent: MeanEstimate,
}

/// Slope and elasticity of the headline numbers of a scenario's primary agreement, of cases
/// their mixture, in
/// every number of the scenario, by paired central differences on the same points; at an
/// end of what a key permits, from one side. Left out are keys that take whole numbers
/// alone, tables of numbers, and those of the run itself. The observer may stop it.
///
/// # Errors
/// Where an agreement can only be counted, so that there is no slope, or the observer
/// stops it.
///
/// ```
/// use capbind::scenario::Scenario;
/// use capbind::study::local;
///
/// let text = r#"
///     timeline = { start = 2026-01-01, end = 2026-12-31, step = "year" }
///     revenue.gbm = { initial = 100, growth = 0.1, volatility = 0.3 }
///     agreement = { share = 0.2, cap = 18 }
/// "#;
/// let scenario = Scenario::parse("royalty.toml", "royalty", text, &[])?;
/// let found = local(&scenario, &())?;
/// let share = found.keys.iter().find(|key| key.key == "agreement.share").unwrap();
/// // Twice the share for half the cap: the elasticities differ by their signs.
/// let cap = found.keys.iter().find(|key| key.key == "agreement.cap").unwrap();
/// let [of_share, of_cap] = [share, cap].map(|key| key.slopes[0].unwrap().elasticity.unwrap());
/// assert!((of_share.mean + of_cap.mean).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn local(scenario: &Scenario, observer: &dyn Observer) -> Result<Local, Error> {
    let base = Base::of(&scenario.stem, scenario);
    let own = common_ordering(scenario);
    let ordering = own.unwrap_or_else(|| Ordering::of(&scenario.simulation()));
    let quantities = [
        CaseQuantity::Expected(Measure::Binding),
        CaseQuantity::Expected(Measure::PAID),
        CaseQuantity::Expected(Measure::PRESENT_VALUE),
        CaseQuantity::Percentile(Measure::BindingDate, 50.0),
    ];
    let case = Case {
        base: &base,
        ordering: &ordering,
        quantities: &quantities,
        observer,
    };
    let Some(centre) = case.measure(scenario)? else {
        return Err(counted(scenario, observer)?.into());
    };
    let defined = |measures: &Measures| -> Vec<(CaseQuantity, Measured)> {
        let all = measures.quantities.iter().cloned();
        all.filter_map(|(quantity, found)| Some((quantity, found?)))
            .collect()
    };
    let found = defined(&centre);
    let keys: Vec<(String, f64)> = base.numbers();
    let keys: Vec<Option<LocalKey>> = keys
        .into_par_iter()
        .map(|(key, value)| {
            let slopes = case.slopes(&key, value, &found)?;
            Ok(slopes.map(|slopes| LocalKey { key, value, slopes }))
        })
        .collect::<Result<_, Cancelled>>()?;
    Ok(Local {
        quantities: found,
        keys: keys.into_iter().flatten().collect(),
        settings: case.settings(scenario),
    })
}

/// Why an agreement has no slopes.
fn counted(scenario: &Scenario, observer: &dyn Observer) -> Result<StudyError, Cancelled> {
    let mut why = String::new();
    for mut simulation in runs(scenario, None) {
        simulation.settings.points = simulation.settings.points.min(64);
        let results = crate::simulate::run_totals(&simulation, &Unheard(observer))?;
        let reasons = results.agreements.iter().map(|own| own.smooth().err());
        if let Some(reason) = reasons.flatten().next() {
            why = format!(": {reason}");
            break;
        }
    }
    Ok(StudyError::new(
        format!("there is no slope of estimates that are counted{why}"),
        "move the key instead: capbind sweep SCENARIO.toml --vary KEY=START:STOP:STEP",
    ))
}

struct Case<'a> {
    base: &'a Base,
    ordering: &'a Ordering,
    quantities: &'a [CaseQuantity],
    observer: &'a dyn Observer,
}

impl Case<'_> {
    fn settings(&self, scenario: &Scenario) -> Settings {
        let mut settings = scenario.settings;
        settings.points = settings.points.min(POINTS);
        settings
    }

    /// The quantities of the primary agreement; `None` where it can only be counted.
    fn measure(&self, scenario: &Scenario) -> Result<Option<Measures>, Cancelled> {
        let mut each = Vec::new();
        for mut simulation in runs(scenario, Some(self.ordering)) {
            simulation.settings = self.settings(scenario);
            let found = run_smooth(&simulation, &Unheard(self.observer))?;
            let Some(primary) = found.and_then(|all| all.into_iter().next()) else {
                return Ok(None);
            };
            each.push(primary);
        }
        Ok(Measures::of_smooth_runs(
            scenario,
            0,
            &each,
            self.quantities,
        ))
    }

    /// The slopes in a key; `None` where nothing beside its value is permitted.
    fn slopes(
        &self,
        key: &str,
        value: f64,
        centre: &[(CaseQuantity, Measured)],
    ) -> Result<Option<Vec<Option<Slope>>>, Cancelled> {
        let step = match value == 0.0 {
            true => STEP_FROM_ZERO,
            false => STEP * value.abs(),
        };
        let at = |steps: f64| {
            let value = value + steps * step;
            self.base.with(&[format!("{key}={value}")]).ok()
        };
        // Weights of a first derivative: central, or of second order from one side.
        let central = [(-1.0, -0.5), (1.0, 0.5)];
        let forward = [(1.0, 2.0), (2.0, -0.5)];
        let backward = [(-1.0, -2.0), (-2.0, 0.5)];
        for (stencil, own) in [(central, 0.0), (forward, -1.5), (backward, 1.5)] {
            let [Some(first), Some(second)] = stencil.map(|(steps, _)| at(steps)) else {
                continue;
            };
            let (Some(first), Some(second)) = (self.measure(&first)?, self.measure(&second)?)
            else {
                return Ok(None);
            };
            let slope = |(quantity, centre): &(CaseQuantity, Measured)| {
                let terms = [
                    (stencil[0].1, first.get(*quantity)?),
                    (stencil[1].1, second.get(*quantity)?),
                    (own, centre),
                ];
                Some(Slope::new(terms, step, (value, centre)))
            };
            return Ok(Some(centre.iter().map(slope).collect()));
        }
        Ok(None)
    }
}

impl Slope {
    /// From weights and what was measured, of a key that moves by `step`.
    fn new(terms: [(f64, &Measured); 3], step: f64, (value, centre): (f64, &Measured)) -> Self {
        let sum = |of: &dyn Fn(&Measured) -> f64| -> f64 {
            let terms = terms.iter().map(|(weight, found)| weight * of(found));
            terms.sum::<f64>() / step
        };
        let replicates: Vec<f64> = (0..centre.replicates.len())
            .map(|i| sum(&|found| found.replicates[i]))
            .collect();
        let slope = MeanEstimate {
            mean: sum(&|found| found.mean),
            ..MeanEstimate::of(&replicates)
        };
        let is_amount = centre.date.is_none() && centre.mean != 0.0;
        let elasticity = is_amount.then(|| {
            let moved: Vec<f64> = replicates.iter().map(|slope| slope * value).collect();
            MeanEstimate::of_ratio(&moved, &centre.replicates)
        });
        Self {
            slope,
            elasticity,
            one_percent: slope.scaled(value / 100.0),
        }
    }
}
