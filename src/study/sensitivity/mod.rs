//! What drives the outcome: swings of one input at a time, variance-based
//! indices, and stressed inputs, each parameter under its key.

mod drivers;
mod options;
mod variance;

pub use drivers::{Driver, DriverKind};
pub use options::{Band, SensitivityOptions, Stress};
pub use variance::variance_indices;

use super::StudyError;
use crate::math::inverse_normal_cdf;
use crate::scenario::Scenario;
use crate::simulate::{Design, Group, Simulation, Source, StripTotals, Watched};
use crate::stats::{Decomposition, IndexSums, MeanEstimate, Running};
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
    pub quantity: Watched,
    /// Its expected value with everything drawn: that of a run.
    pub expected: MeanEstimate,
    /// One for each driver that is a single number, in their order.
    pub swings: Vec<Swing>,
    /// Variance and indices, one for each of the first drivers: inputs that depend
    /// on each other have one together, and none of their own after it. `None` where
    /// the quantity is the same on every path.
    pub decomposition: Option<Decomposition>,
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
    /// deviations for the growth error.
    pub ends: (f64, f64),
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

/// The quantities of a path, in the order of [`StripTotals`].
const QUANTITIES: [Watched; 3] = [Watched::Paid, Watched::PresentValue, Watched::Probability];

/// Finds what drives a scenario's total paid, its present value and whether the
/// cap binds; `progress` is told the points done, of
/// [`SensitivityOptions::points`].
///
/// # Errors
/// Where nothing but path noise is uncertain, or a stress names no driver.
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
/// let found = sensitivity(&scenario, &SensitivityOptions::default(), &|_| ())?;
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
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Sensitivity, StudyError> {
    let drivers = Driver::all(scenario);
    if !drivers.iter().any(Driver::is_scalar) {
        return Err(StudyError::new(
            "no key of this scenario is uncertain: there is nothing to compare",
            "make one a distribution, as in cap = { triangular = [35, 38, 41] }, or say on the \
             command line --vary agreement.cap=35:41",
        ));
    }
    let stresses = options.sources(&drivers)?;
    let simulation = scenario.simulation();
    let groups: Vec<Group> = drivers.iter().map(Driver::group).collect();
    let scalars: Vec<usize> = (0..drivers.len())
        .filter(|i| drivers[*i].is_scalar())
        .collect();
    let (low, high) = (options.low / 100.0, options.high / 100.0);
    let moved = |driver: usize, source: Source| {
        let mut sources = vec![Source::First; drivers.len()];
        sources[driver] = source;
        sources
    };
    let mut variants = vec![vec![Source::First; drivers.len()]];
    for &driver in &scalars {
        variants.push(moved(driver, Source::At(low)));
        variants.push(moved(driver, Source::At(high)));
    }
    variants.extend(stresses);
    let means = Means::of(&simulation, &groups, &variants, progress);
    let decomposed = drivers
        .iter()
        .filter(|driver| driver.is_decomposed(scenario));
    let decomposed = &groups[..decomposed.count()];
    let decompositions = variance::decompose(&simulation, decomposed, progress);
    let first_stress = 1 + 2 * scalars.len();
    let quantities = defined(scenario).map(|quantity| QuantitySensitivity {
        quantity,
        expected: MeanEstimate::of(means.of_variant(0, quantity)),
        swings: scalars
            .iter()
            .enumerate()
            .map(|(i, &driver)| {
                let [low, high] = [1, 2].map(|side| means.of_variant(2 * i + side, quantity));
                Swing {
                    driver,
                    ends: ends(scenario, &drivers[driver], options),
                    low: MeanEstimate::of(low),
                    high: MeanEstimate::of(high),
                    swing: MeanEstimate::of_difference(high, low),
                }
            })
            .collect(),
        decomposition: decompositions[quantity as usize].clone(),
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
    });
    Ok(Sensitivity {
        quantities: quantities.collect(),
        paths: simulation.settings.paths(),
        options: options.clone(),
        drivers,
    })
}

/// The quantities that mean something in a scenario.
fn defined(scenario: &Scenario) -> impl Iterator<Item = Watched> {
    let valued = scenario.valuation.is_some();
    let capped = scenario.primary().agreement.cap.is_some();
    QUANTITIES
        .into_iter()
        .filter(move |quantity| match quantity {
            Watched::Paid => true,
            Watched::PresentValue => valued,
            Watched::Probability => capped,
        })
}

/// The values of a driver at the low and the high percentile.
fn ends(scenario: &Scenario, driver: &Driver, options: &SensitivityOptions) -> (f64, f64) {
    let at = |percent: f64| match driver.kind {
        DriverKind::Input(i) => scenario.inputs[i].distribution.quantile(percent / 100.0),
        _ => inverse_normal_cdf(percent / 100.0),
    };
    (at(options.low), at(options.high))
}

/// The mean of every quantity of every variant, replicate by replicate.
struct Means {
    /// For each variant and quantity.
    means: Vec<Vec<f64>>,
}

impl Means {
    fn of(
        simulation: &Simulation<'_>,
        groups: &[Group],
        variants: &[Vec<Source>],
        progress: &(dyn Fn(u64) + Sync),
    ) -> Self {
        let rows = variants.len() * QUANTITIES.len();
        let replicates = Design::new(simulation, groups, variants).evaluate(
            || vec![Running::default(); rows],
            |running, totals, lanes| {
                let outputs = totals.iter().flat_map(outputs);
                for (running, values) in running.iter_mut().zip(outputs) {
                    running.add(&values[..lanes]);
                }
            },
            progress,
        );
        let mean = |row: usize| {
            let of_replicates = replicates.iter();
            of_replicates.map(move |running| running[row].moments().mean())
        };
        Self {
            means: (0..rows).map(|row| mean(row).collect()).collect(),
        }
    }

    fn of_variant(&self, variant: usize, quantity: Watched) -> &[f64] {
        &self.means[variant * QUANTITIES.len() + quantity as usize]
    }
}

/// The outputs of a strip, one for each quantity.
fn outputs(totals: &StripTotals) -> [&[f64; LANES]; 3] {
    [&totals.paid, &totals.present_value, &totals.reached]
}

/// Sums of every quantity.
fn sums(groups: usize) -> Vec<IndexSums> {
    vec![IndexSums::new(groups); QUANTITIES.len()]
}
