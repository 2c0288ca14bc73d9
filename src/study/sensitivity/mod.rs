//! What drives the outcome: swings of one input at a time, variance-based
//! indices, and stressed inputs, each parameter under its key.

mod cases;
mod drivers;
mod options;
mod variance;

use cases::Runs;
pub use drivers::{Driver, DriverKind};
pub use options::{Band, SensitivityOptions, Stress};
pub use variance::variance_indices;

use super::StudyError;
use super::measures::check;
use crate::Error;
use crate::math::inverse_normal_cdf;
use crate::scenario::Scenario;
use crate::simulate::{Cancelled, Design, Group, Measure, Observer, Simulation, Source, mixed};
use crate::stats::{Decomposition, MeanEstimate, Moments, Running};
use crate::units::LANES;

/// What drives the outcome of a scenario.
#[derive(Clone, Debug)]
pub struct Sensitivity {
    /// Everything uncertain, in the order of the results below.
    pub drivers: Vec<Driver>,
    /// What was asked.
    pub options: SensitivityOptions,
    /// Paths of each evaluation.
    pub paths: u64,
    /// One for each quantity that is defined.
    pub quantities: Vec<QuantitySensitivity>,
}

/// What drives one quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantitySensitivity {
    /// The quantity.
    pub quantity: Measure,
    /// Its expected value with everything drawn: that of a run.
    pub expected: MeanEstimate,
    /// One for each driver that is a single number, in their order.
    pub swings: Vec<Swing>,
    /// Variance and indices, one for each of the first drivers: inputs that depend
    /// on each other have one together, and none of their own after it. `None` where
    /// the quantity is the same on every path, or some paths have none, or inputs depend
    /// on each other in some cases of a mixture alone.
    pub decomposition: Option<Decomposition>,
    /// Of a mixture of cases, the mean in each of them, by name.
    pub in_cases: Option<Vec<(String, MeanEstimate)>>,
    /// Whether every path has a value.
    pub is_whole: bool,
    /// One for each stress asked for.
    pub stresses: Vec<StressOutcome>,
}

/// The expected quantity with one driver at a low and at a high percentile and
/// everything else drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Swing {
    /// Position of the driver.
    pub driver: usize,
    /// The driver's value at the low and at the high percentile; standard
    /// deviations for the growth error, `None` for the case: low is the case with the
    /// lowest mean, high that with the highest.
    pub ends: Option<(f64, f64)>,
    /// The quantity at the low percentile.
    pub low: MeanEstimate,
    /// The quantity at the high percentile.
    pub high: MeanEstimate,
    /// The second less the first, with its paired error.
    pub swing: MeanEstimate,
}

/// The expected quantity under a stress.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StressOutcome {
    /// The quantity under the stress.
    pub stressed: MeanEstimate,
    /// By how much it exceeds the expected value, with its paired error.
    pub difference: MeanEstimate,
}

/// Finds what drives a scenario's total paid, its present value and whether the
/// cap binds. Of a scenario with cases its mixture: each case's drivers are moved within it,
/// by name, and the case is a driver too. `progress` is told the points done, of
/// [`SensitivityOptions::points`].
///
/// # Errors
/// Where nothing but path noise is uncertain, a stress names no driver, or the scenario
/// does not have a measure that is asked for.
///
/// ```
/// use capbind::scenario::Scenario;
/// use capbind::study::{SensitivityOptions, sensitivity};
///
/// let text = r#"
///     [timeline]
///     start = 2026-01-01
///     end = 2028-12-31
///     step = "quarter"
///     [revenue.gbm]
///     initial = 100
///     growth = { uniform = [0.1, 0.3] }
///     volatility = 0.30
///     [agreement]
///     share = { uniform = [0.04, 0.06] }
///     cap = 20
///     [simulation]
///     points = 1024
/// "#;
/// let scenario = Scenario::parse("royalty.toml", "royalty", text, &[])?;
/// let found = sensitivity(&scenario, &SensitivityOptions::default(), &())?;
/// let names: Vec<&str> = found.drivers.iter().map(|d| d.name.as_str()).collect();
/// assert_eq!(names, ["revenue.gbm.growth", "agreement.share", "path_noise"]);
/// let paid = &found.quantities[0];
/// let indices = paid.decomposition.as_ref().unwrap();
/// let share = indices.groups[1].total;
/// assert!(share.mean > 0.1 && share.std_error < 0.02);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sensitivity(
    scenario: &Scenario,
    options: &SensitivityOptions,
    observer: &dyn Observer,
) -> Result<Sensitivity, Error> {
    let runs = Runs::of(scenario);
    let is_tied = |run| runs.scenario(run).model.weighed().is_some();
    if (0..runs.len()).any(is_tied) {
        return Err(StudyError::new(
            "reported figures have tied what is uncertain of revenue together: nothing moves alone",
            "leave out the figures: --set 'revenue.reported=[]', of segments --set 'reported=[]'",
        )
        .into());
    }
    let drivers = runs.drivers();
    let is_something = |driver: &Driver| driver.is_scalar() || driver.kind == DriverKind::Case;
    if !drivers.iter().any(is_something) {
        return Err(StudyError::new(
            "no key of this scenario is uncertain: there is nothing to compare",
            "make one a distribution, as in cap = { triangular = [35, 38, 41] }, or say on the \
             command line --vary agreement.cap=35:41",
        )
        .into());
    }
    let stresses = options.moved(&drivers)?;
    let measures = measures(scenario, options)?;
    let scalars: Vec<usize> = (0..drivers.len())
        .filter(|i| drivers[*i].is_scalar())
        .collect();
    let (low, high) = (options.low / 100.0, options.high / 100.0);
    let mut variants = vec![Vec::new()];
    for &driver in &scalars {
        let name = drivers[driver].name.as_str();
        variants.push(vec![(name, Source::At(low))]);
        variants.push(vec![(name, Source::At(high))]);
    }
    variants.extend(stresses);
    let (means, each) = runs.means(&variants, &measures, observer)?;
    let decompositions = runs.decompositions(&drivers, &measures, observer)?;
    let first_stress = 1 + 2 * scalars.len();
    let is_whole = |quantity: usize| decompositions[quantity].1;
    // The mean over paths that have a value is not linear in the cases' weights.
    if let Some(partial) = (0..measures.len()).find(|i| runs.len() > 1 && !is_whole(*i)) {
        return Err(StudyError::new(
            format!("some paths have no {}", measures[partial].name()),
            "of a mixture of cases ask for what every path has, or take one of them: \
             --set 'case=NAME'",
        )
        .into());
    }
    let has_value = |i: &usize| means.of_variant(0, *i).iter().all(|mean| mean.is_finite());
    let found = (0..measures.len()).filter(has_value);
    let quantities = found.map(|quantity| {
        let of_cases: Vec<&[f64]> = each.iter().map(|own| own.of_variant(0, quantity)).collect();
        let moved = scalars.iter().enumerate().map(|(i, &driver)| {
            let [low, high] = [1, 2].map(|side| means.of_variant(2 * i + side, quantity));
            Swing {
                driver,
                ends: Some(ends(&runs, &drivers[driver], options)),
                low: MeanEstimate::of(low),
                high: MeanEstimate::of(high),
                swing: MeanEstimate::of_difference(high, low),
            }
        });
        let of_case = (runs.len() > 1).then(|| Swing::of_cases(&of_cases));
        QuantitySensitivity {
            quantity: measures[quantity],
            expected: MeanEstimate::of(means.of_variant(0, quantity)),
            swings: of_case.into_iter().chain(moved).collect(),
            in_cases: runs.in_cases(&of_cases),
            decomposition: decompositions[quantity].0.clone(),
            is_whole: is_whole(quantity),
            stresses: (first_stress..variants.len())
                .map(|variant| {
                    let stressed = means.of_variant(variant, quantity);
                    let expected = means.of_variant(0, quantity);
                    StressOutcome {
                        stressed: MeanEstimate::of(stressed),
                        difference: MeanEstimate::of_difference(stressed, expected),
                    }
                })
                .collect(),
        }
    });
    Ok(Sensitivity {
        quantities: quantities.collect(),
        paths: scenario.settings.paths(),
        options: options.clone(),
        drivers,
    })
}

/// What is reported: what is asked for besides last.
fn measures(scenario: &Scenario, options: &SensitivityOptions) -> Result<Vec<Measure>, StudyError> {
    let is_defined = |measure: &Measure| match *measure {
        Measure::PRESENT_VALUE => scenario.valuation.is_some(),
        Measure::Binding => scenario.primary().agreement.cap.is_some(),
        _ => true,
    };
    let mut measures: Vec<Measure> = SensitivityOptions::ALWAYS
        .into_iter()
        .filter(is_defined)
        .collect();
    for &measure in &options.measures {
        check(scenario, measure)?;
        if let Some(chance) = measure.chance() {
            let agreement = &scenario.primary().agreement;
            return Err(StudyError::new(
                format!(
                    "{} has no expected value: it may not come",
                    measure.name_in(agreement)
                ),
                format!(
                    "ask for the probability that it does, {}",
                    chance.name_in(agreement)
                ),
            ));
        }
        if !measures.contains(&measure) {
            measures.push(measure);
        }
    }
    Ok(measures)
}

/// The values of a driver at the low and the high percentile: of cases in which it is
/// distributed in different ways, the lowest and the highest.
fn ends(runs: &Runs<'_>, driver: &Driver, options: &SensitivityOptions) -> (f64, f64) {
    let in_run = |run: usize| {
        let own = runs.drivers_of(run).iter();
        let own = own.clone().find(|own| own.name == driver.name)?;
        let at = |percent: f64| match own.kind {
            DriverKind::Input(i) => {
                let input = &runs.scenario(run).inputs[i];
                input.distribution.quantile(percent / 100.0)
            }
            _ => inverse_normal_cdf(percent / 100.0),
        };
        Some((at(options.low), at(options.high)))
    };
    let all = (0..runs.len()).filter_map(in_run);
    all.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        .unwrap_or((f64::NAN, f64::NAN))
}

impl Swing {
    /// From the case with the lowest mean to that with the highest, from the means of each
    /// replicate.
    fn of_cases(each: &[&[f64]]) -> Self {
        let mean = |own: &&&[f64]| MeanEstimate::of(own).mean;
        let by_mean = |a: &&&[f64], b: &&&[f64]| mean(a).total_cmp(&mean(b));
        let low = each.iter().min_by(by_mean).copied().unwrap_or_default();
        let high = each.iter().max_by(by_mean).copied().unwrap_or_default();
        Self {
            driver: 0,
            ends: None,
            low: MeanEstimate::of(low),
            high: MeanEstimate::of(high),
            swing: MeanEstimate::of_difference(high, low),
        }
    }
}

/// The mean of every quantity of every variant, replicate by replicate.
struct Means {
    /// For each variant and quantity.
    means: Vec<Vec<f64>>,
    quantities: usize,
}

impl Means {
    fn of(
        simulation: &Simulation<'_>,
        groups: &[Group],
        variants: &[Vec<Source>],
        measures: &[Measure],
        observer: &dyn Observer,
    ) -> Result<Self, Cancelled> {
        let rows = variants.len() * measures.len();
        let replicates = Design::new(simulation, groups, variants, measures).evaluate(
            || vec![Running::default(); rows],
            |running, out, lanes| {
                for (running, values) in running.iter_mut().zip(out) {
                    add(running, &values[..lanes]);
                }
            },
            observer,
        )?;
        let means = |row: usize| Moments::means(replicates.iter().map(|own| own[row].moments()));
        Ok(Self {
            means: (0..rows).map(means).collect(),
            quantities: measures.len(),
        })
    }

    /// Those of runs, each with its weight.
    fn mix(weights: &[f64], each: &[Self]) -> Self {
        let row = |row: usize| {
            let own = weights.iter().zip(each);
            mixed(own.map(|(weight, own)| (*weight, own.means[row].clone())))
        };
        Self {
            means: (0..each[0].means.len()).map(row).collect(),
            quantities: each[0].quantities,
        }
    }

    fn of_variant(&self, variant: usize, quantity: usize) -> &[f64] {
        &self.means[variant * self.quantities + quantity]
    }
}

/// Adds the values of the paths that have one.
fn add(running: &mut Running, values: &[f64]) {
    if values.iter().all(|value| value.is_finite()) {
        return running.add(values);
    }
    let mut defined = [0.0; LANES];
    let mut count = 0;
    for value in values.iter().filter(|value| value.is_finite()) {
        defined[count] = *value;
        count += 1;
    }
    running.add(&defined[..count]);
}
