//! Growth that is itself uncertain and returns to a long-run rate.

use serde::{Deserialize, Serialize};

use super::shocks::Shock;
use super::{Observe, Response};
use crate::math::{exp, fma, growth_factor, ln};
use crate::units::{LANES, Lanes, Parameter, Timeline};

/// What the growth model is made of. Growth rates are simple annual ones, more
/// than −1; half-lives are in years, above 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrowthTerms {
    /// Run rate per year at the timeline's start, above 0.
    pub initial: Parameter,
    /// Expected growth at the start.
    pub growth: Parameter,
    /// Expected growth it tends to.
    pub long_run_growth: Parameter,
    /// Years in which half of the distance between the two is gone.
    pub half_life: Parameter,
    /// Volatility of revenue at the start, per square root of a year.
    pub volatility: Parameter,
    /// Volatility it tends to.
    pub long_run_volatility: Parameter,
    /// Years in which half of that distance is gone.
    pub volatility_half_life: Parameter,
    /// Volatility of expected log growth at the start, per year and square root of a year.
    pub growth_volatility: Parameter,
    /// Years in which it halves, on its way to 0.
    pub growth_volatility_half_life: Parameter,
    /// Correlation between the shocks of revenue and of growth over the same step,
    /// -1 to 1.
    pub shock_correlation: Parameter,
    /// Market price of revenue risk: taken off the drift once for each unit of volatility.
    pub revenue_risk_price: Parameter,
    /// Market price of growth risk: lowers the growth tended to by this times
    /// growth volatility over the speed of reversion.
    pub growth_risk_price: Parameter,
}

/// The discretised model of Schwartz and Moon (2000, *Rational pricing of internet
/// companies*, Financial Analysts Journal 56(3)).
///
/// From one observation to the next, *h* years later, with standard normals *e₁* and
/// *e₂* of correlation ρ:
///
/// ```text
/// R' = R · exp((μ − λ₁σ − ½σ²)·h + σ·√h·e₁)
/// μ' = e^(−κh)·μ + (1 − e^(−κh))·(μ̄ − λ₂·η/κ) + √((1 − e^(−2κh)) / 2κ)·η·e₂
/// σ(t) = σ₀·e^(−κ₁t) + σ̄·(1 − e^(−κ₁t)),   η(t) = η₀·e^(−κ₂t)
/// ```
///
/// with σ and η at the earlier one, μ the logarithm of 1 + expected growth, and
/// each κ = ln 2 / half-life. The revenue of a period is the run rate at its
/// observation time times its length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    terms: GrowthTerms,
    /// Years between observations.
    steps: Vec<f64>,
    lengths: Vec<f64>,
}

/// What changes from one observation to the next, for a row of paths.
#[derive(Clone, Copy)]
struct State {
    log_revenue: Lanes,
    growth: Lanes,
    volatility: Lanes,
    growth_volatility: Lanes,
}

/// Factors of one step that depend on its length alone.
#[derive(Clone, Copy)]
struct Decay {
    growth: Lanes,
    volatility: Lanes,
    growth_volatility: Lanes,
    /// √((1 − e^(−2κh)) / 2κ).
    deviation: Lanes,
}

/// Parameters as the step rule uses them.
struct Rates {
    long_run: Lanes,
    long_run_volatility: Lanes,
    reversion: Lanes,
    volatility_reversion: Lanes,
    growth_volatility_reversion: Lanes,
    revenue_risk: Lanes,
    growth_risk: Lanes,
    /// Weights of the revenue shock and of an independent one in the growth shock.
    mixing: [Lanes; 2],
}

impl Growth {
    /// The model on a timeline.
    pub fn new(terms: GrowthTerms, observe: Observe, timeline: &Timeline) -> Self {
        let mut before = 0.0;
        let step = |time: &f64| {
            let step: f64 = time - before;
            before = *time;
            step.max(0.0)
        };
        Self {
            terms,
            steps: observe.times(timeline).iter().map(step).collect(),
            lengths: timeline.periods().iter().map(|p| p.length_years).collect(),
        }
    }

    /// Two for each step that is not zero: revenue's, then growth's, except after the last.
    pub(super) fn shocks(&self) -> usize {
        self.shock_kinds().len()
    }

    pub(super) fn shock_kinds(&self) -> Vec<Shock> {
        let periods: Vec<usize> = (0..self.steps.len())
            .filter(|&k| self.steps[k] > 0.0)
            .collect();
        let path = periods.iter().map(|&k| Shock::Path(k));
        // What growth does after the last step moves no revenue.
        let moving = periods.split_last().map_or(&[][..], |(_, earlier)| earlier);
        path.chain(moving.iter().map(|&k| Shock::Growth(k)))
            .collect()
    }

    fn start(&self, inputs: &[Lanes]) -> (State, Rates) {
        let t = &self.terms;
        let log_growth = |growth: Parameter| growth.lanes(inputs).map(|g| ln(1.0 + g));
        let speed = |half_life: Parameter| half_life.lanes(inputs).map(|h| LN_2 / h);
        let state = State {
            log_revenue: [0.0; LANES],
            growth: log_growth(t.growth),
            volatility: t.volatility.lanes(inputs),
            growth_volatility: t.growth_volatility.lanes(inputs),
        };
        let correlation = t.shock_correlation.lanes(inputs);
        let rates = Rates {
            long_run: log_growth(t.long_run_growth),
            long_run_volatility: t.long_run_volatility.lanes(inputs),
            reversion: speed(t.half_life),
            volatility_reversion: speed(t.volatility_half_life),
            growth_volatility_reversion: speed(t.growth_volatility_half_life),
            revenue_risk: t.revenue_risk_price.lanes(inputs),
            growth_risk: t.growth_risk_price.lanes(inputs),
            mixing: [
                correlation,
                correlation.map(|c| (1.0 - c * c).max(0.0).sqrt()),
            ],
        };
        (state, rates)
    }

    #[inline(always)]
    pub(super) fn generate(&self, inputs: &[Lanes], shocks: &[Lanes], revenue: &mut [Lanes]) {
        let initial = self.terms.initial.lanes(inputs);
        let (mut state, rates) = self.start(inputs);
        let (path, growth) = shocks.split_at(self.steps.iter().filter(|h| **h > 0.0).count());
        let mut rows = path.iter().zip(growth.iter().chain([&[0.0; LANES]]));
        let mut decay = rates.decay(0.0);
        let mut decay_of = 0.0;
        for (k, row) in revenue.iter_mut().enumerate() {
            let step = self.steps[k];
            if step > 0.0
                && let Some((path, growth)) = rows.next()
            {
                if step != decay_of {
                    decay = rates.decay(step);
                    decay_of = step;
                }
                state.advance(&rates, &decay, step, path, growth);
            }
            let length = self.lengths[k];
            for l in 0..LANES {
                row[l] = initial[l] * length * growth_factor(state.log_revenue[l]);
            }
        }
    }

    /// Log run rate relative to the start on the path without shocks, and its
    /// derivative by each shock; for each period.
    fn central(&self, inputs: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let lanes: Vec<Lanes> = inputs.iter().map(|x| [*x; LANES]).collect();
        let (mut state, rates) = self.start(&lanes);
        let count = self.shocks();
        let steps = self.steps.iter().filter(|h| **h > 0.0).count();
        let mut by_revenue = vec![0.0; count];
        let mut by_growth = vec![0.0; count];
        let mut next = 0;
        let (mut logs, mut rows) = (Vec::new(), Vec::new());
        for &step in &self.steps {
            if step > 0.0 {
                let decay = rates.decay(step);
                for j in 0..count {
                    by_revenue[j] += step * by_growth[j];
                    by_growth[j] *= decay.growth[0];
                }
                by_revenue[next] += state.volatility[0] * step.sqrt();
                let deviation = decay.deviation[0] * state.growth_volatility[0];
                by_growth[next] += deviation * rates.mixing[0][0];
                if let Some(own) = by_growth.get_mut(steps + next) {
                    *own += deviation * rates.mixing[1][0];
                }
                next += 1;
                state.advance(&rates, &decay, step, &[0.0; LANES], &[0.0; LANES]);
            }
            logs.push(state.log_revenue[0]);
            rows.push(by_revenue.clone());
        }
        (logs, rows)
    }

    fn levels(&self, inputs: &[f64], logs: impl Iterator<Item = f64>) -> Vec<f64> {
        let initial = self.terms.initial.at(inputs);
        let level = |(log, length): (f64, &f64)| initial * length * exp(log);
        logs.zip(&self.lengths).map(level).collect()
    }

    pub(super) fn expected(&self, inputs: &[f64]) -> Vec<f64> {
        let (logs, by_shock) = self.central(inputs);
        let variance = |row: &Vec<f64>| row.iter().map(|x| x * x).sum::<f64>();
        let means = logs.iter().zip(&by_shock);
        self.levels(inputs, means.map(|(log, row)| log + 0.5 * variance(row)))
    }

    pub(super) fn response(&self, inputs: &[f64]) -> Response {
        let (logs, by_shock) = self.central(inputs);
        Response {
            revenue: self.levels(inputs, logs.into_iter()),
            by_shock,
        }
    }
}

const LN_2: f64 = std::f64::consts::LN_2;

impl Rates {
    #[inline(always)]
    fn decay(&self, step: f64) -> Decay {
        let mut decay = Decay {
            growth: [0.0; LANES],
            volatility: [0.0; LANES],
            growth_volatility: [0.0; LANES],
            deviation: [0.0; LANES],
        };
        for l in 0..LANES {
            let reversion = self.reversion[l];
            let kept = exp(-reversion * step);
            decay.growth[l] = kept;
            decay.deviation[l] = ((1.0 - kept * kept) / (2.0 * reversion)).sqrt();
            decay.volatility[l] = exp(-self.volatility_reversion[l] * step);
            decay.growth_volatility[l] = exp(-self.growth_volatility_reversion[l] * step);
        }
        decay
    }
}

impl State {
    /// One step of the rule.
    #[inline(always)]
    fn advance(
        &mut self,
        rates: &Rates,
        decay: &Decay,
        step: f64,
        path_shock: &Lanes,
        growth_shock: &Lanes,
    ) {
        let root = step.sqrt();
        for l in 0..LANES {
            let (volatility, noise) = (self.volatility[l], self.growth_volatility[l]);
            let drift =
                self.growth[l] - rates.revenue_risk[l] * volatility - 0.5 * volatility * volatility;
            let moved = fma(drift, step, volatility * root * path_shock[l]);
            self.log_revenue[l] += moved;
            let target = rates.long_run[l] - rates.growth_risk[l] * noise / rates.reversion[l];
            let kept = decay.growth[l] * (self.growth[l] - target);
            let shock = fma(
                rates.mixing[0][l],
                path_shock[l],
                rates.mixing[1][l] * growth_shock[l],
            );
            self.growth[l] = target + fma(decay.deviation[l] * noise, shock, kept);
            let distance = volatility - rates.long_run_volatility[l];
            self.volatility[l] = rates.long_run_volatility[l] + decay.volatility[l] * distance;
            self.growth_volatility[l] = decay.growth_volatility[l] * noise;
        }
    }
}
