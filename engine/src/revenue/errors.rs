//! Log-normal errors around an expected path of revenue.

use serde::{Deserialize, Serialize};

use super::shocks::Shock;
use super::{Volatility, increment_deviations};
use crate::math::{Real, Wide, exp, fma, growth_factor, lanes, ln};
use crate::units::{LANES, Lanes, Parameter, Timeline, worded};

worded! {
    /// Which figure of an uncertain revenue its plan is.
    #[derive(Serialize, Deserialize)]
    pub enum Preserve {
        /// The plan is the expected revenue; the median lies below it.
        Mean = "mean",
        /// The plan is the median revenue; the expected revenue lies above it.
        Median = "median",
    }
}

/// How revenue may deviate from its plan. Each part is independent of the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorTerms {
    /// Deviations that come as time goes by, if any: a random walk, per square root
    /// of a year.
    pub volatility: Option<Volatility>,
    /// What is left of such a deviation after a year, more than 0, at most 1:
    /// 1 for a random walk, less for AR(1).
    pub persistence: Parameter,
    /// Standard deviation of a persistent error in annual log growth.
    pub growth_uncertainty: Parameter,
    /// Standard deviation of one log error common to all periods.
    pub level_uncertainty: Parameter,
    /// Standard deviation of a log error of each calendar year alone.
    pub annual_uncertainty: Parameter,
    /// Which figure the plan is.
    pub preserve: Preserve,
}

impl Default for ErrorTerms {
    /// No error at all.
    fn default() -> Self {
        Self {
            volatility: None,
            persistence: Parameter::Fixed(1.0),
            growth_uncertainty: Parameter::Fixed(0.0),
            level_uncertainty: Parameter::Fixed(0.0),
            annual_uncertainty: Parameter::Fixed(0.0),
            preserve: Preserve::Mean,
        }
    }
}

/// A part of the errors around a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorPart {
    /// The log deviation that has come by a period.
    Deviation,
    /// The persistent error in annual log growth.
    Growth,
    /// The log error common to all periods.
    Level,
    /// The log error of one calendar year.
    Year(i16),
}

impl ErrorPart {
    /// Its word in the result files.
    pub fn word(self) -> String {
        match self {
            Self::Deviation => "deviation".to_owned(),
            Self::Growth => "growth_error".to_owned(),
            Self::Level => "level_error".to_owned(),
            Self::Year(year) => format!("error_of_{year}"),
        }
    }
}

/// Log errors `xₖ + growth_uncertainty·s·G + level_uncertainty·L +
/// annual_uncertainty·Y` at *s* years, with independent standard normals *G* and
/// *L* for each path and *Y* for each calendar year, and
///
/// ```text
/// xₖ = φ^h · xₖ₋₁ + volatility · √((1 − φ^2h) / (1 − φ²)) · Zₖ,   h = sₖ − sₖ₋₁
/// ```
///
/// with φ the persistence: on an annual grid an AR(1) of innovations
/// `volatility`, at φ = 1 a Brownian motion. Nothing is uncertain at *s* = 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Errors {
    terms: ErrorTerms,
    scale: Parameter,
    /// Years to each period's observation, from the day to which all is known.
    times: Vec<f64>,
    /// Years from the observation before.
    steps: Vec<f64>,
    /// Root mean square of the volatility's steps since then; 1 without steps.
    relative: Vec<f64>,
    /// Where persistence is a number: what is left of the last deviation, the
    /// standard deviation of the new one at a volatility of 1, and the variance.
    decays: Vec<f64>,
    deviations: Vec<f64>,
    clock: Vec<f64>,
    /// For each period, the position of its year's error.
    years: Vec<usize>,
    first_year: i16,
}

impl Errors {
    /// `known` years from the timeline's start nothing is uncertain.
    pub(super) fn new(terms: ErrorTerms, known: f64, times: &[f64], timeline: &Timeline) -> Self {
        let times: Vec<f64> = times.iter().map(|time| (time - known).max(0.0)).collect();
        let none = Volatility::Constant(Parameter::Fixed(0.0));
        let volatility = terms.volatility.as_ref().unwrap_or(&none);
        let mut before = 0.0;
        let (mut steps, mut relative) = (Vec::new(), Vec::new());
        for &time in &times {
            steps.push(time - before);
            let square = volatility.mean_square(known + before, known + time);
            relative.push(square.sqrt());
            before = time;
        }
        let persistence = terms.persistence.fixed().unwrap_or(1.0);
        let mut errors = Self {
            scale: volatility.scale(),
            decays: vec![1.0; times.len()],
            deviations: match terms.volatility {
                Some(_) => increment_deviations(&times),
                None => vec![0.0; times.len()],
            },
            clock: times.clone(),
            years: Vec::new(),
            first_year: timeline.start().year(),
            terms,
            times,
            steps,
            relative,
        };
        // A plain random walk keeps its numbers to the last bit.
        if errors.terms.volatility.is_some() && (persistence < 1.0 || errors.has_steps()) {
            let mut variance = 0.0;
            for k in 0..errors.times.len() {
                let (decay, new) = innovation(persistence, errors.steps[k]);
                let deviation = errors.relative[k] * new.sqrt();
                variance = decay * decay * variance + deviation * deviation;
                errors.decays[k] = decay;
                errors.deviations[k] = deviation;
                errors.clock[k] = variance;
            }
        }
        errors.years = errors.years_of(timeline);
        errors
    }

    /// The position of each period's year among those with an uncertain period.
    fn years_of(&mut self, timeline: &Timeline) -> Vec<usize> {
        let year = |k: usize| timeline.periods()[k].first_day.year();
        let first = self.times.iter().position(|time| *time > 0.0);
        self.first_year = first.map_or(self.first_year, year);
        let position = |k: usize| usize::from((year(k) - self.first_year).max(0).unsigned_abs());
        (0..self.times.len()).map(position).collect()
    }

    fn has(parameter: Parameter) -> bool {
        parameter != Parameter::Fixed(0.0)
    }

    fn has_steps(&self) -> bool {
        matches!(self.terms.volatility, Some(Volatility::Steps(_)))
    }

    fn increments(&self) -> usize {
        self.deviations.iter().filter(|d| **d > 0.0).count()
    }

    fn annual_errors(&self) -> usize {
        let uncertain = self.times.iter().rposition(|time| *time > 0.0);
        match uncertain {
            Some(last) if Self::has(self.terms.annual_uncertainty) => self.years[last] + 1,
            _ => 0,
        }
    }

    pub(super) fn preserve(&self) -> Preserve {
        self.terms.preserve
    }

    pub(super) fn shocks(&self) -> usize {
        self.increments()
            + usize::from(Self::has(self.terms.growth_uncertainty))
            + usize::from(Self::has(self.terms.level_uncertainty))
            + self.annual_errors()
    }

    pub(super) fn shock_kinds(&self) -> Vec<Shock> {
        let mut kinds = Shock::path(&self.deviations);
        if Self::has(self.terms.growth_uncertainty) {
            kinds.push(Shock::GrowthError);
        }
        if Self::has(self.terms.level_uncertainty) {
            kinds.push(Shock::Level);
        }
        let years = 0..self.annual_errors() as i16;
        kinds.extend(years.map(|year| Shock::Year(self.first_year + year)));
        kinds
    }

    /// Gives `revenue[k]` the value `base(k, x)` times the errors' factor, *x*
    /// being what stands there.
    #[inline(always)]
    pub(super) fn apply(
        &self,
        inputs: &[Lanes],
        shocks: &[Lanes],
        revenue: &mut [Lanes],
        base: impl Fn(usize, f64) -> f64,
    ) {
        let fixed = (self.scale.fixed(), self.terms.growth_uncertainty.fixed());
        if let (Some(volatility), Some(growth_uncertainty)) = fixed
            && self.is_plain()
        {
            self.apply_plain((volatility, growth_uncertainty), shocks, revenue, base);
            return;
        }
        let volatility = self.scale.lanes(inputs);
        let growth_uncertainty = self.terms.growth_uncertainty.lanes(inputs);
        let level = self.terms.level_uncertainty.lanes(inputs);
        let annual = self.terms.annual_uncertainty.lanes(inputs);
        let (increments, rest) = shocks.split_at(self.increments());
        let (growth_error, rest) = taken(rest, Self::has(self.terms.growth_uncertainty));
        let (level_error, annual_errors) = taken(rest, Self::has(self.terms.level_uncertainty));
        let mut increments = increments.iter();
        let mut walk = [0.0; LANES];
        let mut clock = [0.0; LANES];
        for (k, row) in revenue.iter_mut().enumerate() {
            let shock = if self.deviations[k] > 0.0 {
                increments.next().unwrap_or(&ZEROS)
            } else {
                &ZEROS
            };
            self.advance(k, inputs, shock, &mut walk, &mut clock);
            let time = self.times[k];
            let year = annual_errors.get(self.years[k]).filter(|_| time > 0.0);
            let keeps_mean = self.terms.preserve == Preserve::Mean;
            for l in 0..LANES {
                let spread = growth_uncertainty[l] * time;
                let mut variance = fma(volatility[l], volatility[l] * clock[l], spread * spread);
                let mut extra = 0.0;
                if let (Some(error), true) = (level_error, time > 0.0) {
                    variance += level[l] * level[l];
                    extra += level[l] * error[l];
                }
                if let Some(error) = year {
                    variance += annual[l] * annual[l];
                    extra += annual[l] * error[l];
                }
                let drift = if keeps_mean { -0.5 * variance } else { 0.0 };
                let persistent = match growth_error {
                    Some(error) => fma(spread, error[l], drift),
                    None => drift,
                };
                row[l] = base(k, row[l])
                    * growth_factor(fma(volatility[l], walk[l], persistent + extra));
            }
        }
    }

    /// A random walk and a persistent growth error, both of known size: the form
    /// of most scenarios.
    #[inline(always)]
    fn apply_plain(
        &self,
        (volatility, growth_uncertainty): (f64, f64),
        shocks: &[Lanes],
        revenue: &mut [Lanes],
        base: impl Fn(usize, f64) -> f64,
    ) {
        let (increments, last) = shocks.split_at(self.increments());
        let growth_error = last.first().unwrap_or(&ZEROS);
        let mut increments = increments.iter();
        let mut brownian = [0.0; LANES];
        for (k, row) in revenue.iter_mut().enumerate() {
            let deviation = self.deviations[k];
            if deviation > 0.0
                && let Some(shock) = increments.next()
            {
                for l in lanes(LANES) {
                    let step = Wide::from(deviation);
                    let moved = step.fma(Wide::load(shock, l), Wide::load(&brownian, l));
                    moved.store(&mut brownian, l);
                }
            }
            let spread = growth_uncertainty * self.times[k];
            let variance = fma(volatility, volatility * self.times[k], spread * spread);
            let drift = -0.5 * variance;
            row.iter_mut().for_each(|value| *value = base(k, *value));
            let [spread, drift, volatility] = [spread, drift, volatility].map(Wide::from);
            for l in lanes(LANES) {
                let error = spread.fma(Wide::load(growth_error, l), drift);
                let log = volatility.fma(Wide::load(&brownian, l), error);
                (Wide::load(row, l) * growth_factor(log)).store(row, l);
            }
        }
    }

    fn is_plain(&self) -> bool {
        self.terms.persistence == Parameter::Fixed(1.0)
            && !self.has_steps()
            && !Self::has(self.terms.level_uncertainty)
            && !Self::has(self.terms.annual_uncertainty)
            && self.terms.preserve == Preserve::Mean
    }

    /// Brings the deviation at a volatility of 1 and its variance to period *k*.
    #[inline(always)]
    fn advance(
        &self,
        k: usize,
        inputs: &[Lanes],
        shock: &Lanes,
        walk: &mut Lanes,
        clock: &mut Lanes,
    ) {
        let Parameter::Uncertain(i) = self.terms.persistence else {
            let (decay, deviation) = (self.decays[k], self.deviations[k]);
            for l in 0..LANES {
                walk[l] = fma(deviation, shock[l], decay * walk[l]);
                clock[l] = self.clock[k];
            }
            return;
        };
        for l in 0..LANES {
            let (decay, new) = innovation(inputs[i][l], self.steps[k]);
            let deviation = self.relative[k] * new.sqrt();
            walk[l] = fma(deviation, shock[l], decay * walk[l]);
            clock[l] = fma(decay * decay, clock[l], deviation * deviation);
        }
    }

    /// The variance of each period's log error where every input takes the value given.
    fn variances(&self, inputs: &[f64]) -> Vec<f64> {
        let square = |row: &Vec<f64>| row.iter().map(|x| x * x).sum();
        self.by_shock(inputs).iter().map(square).collect()
    }

    /// What the errors make of the expected revenue of each period: 1, or more
    /// where the plan is the median.
    pub(super) fn mean_factors(&self, inputs: &[f64]) -> Vec<f64> {
        match self.terms.preserve {
            Preserve::Mean => vec![1.0; self.times.len()],
            Preserve::Median => {
                let variances = self.variances(inputs);
                variances.iter().map(|v| exp(0.5 * v)).collect()
            }
        }
    }

    /// The parts of the errors as sums of shocks, given as their weights: the deviation of
    /// a period, the growth error per year, the common error and that of the period's year.
    pub(super) fn parts(&self, period: usize) -> Vec<(ErrorPart, Vec<f64>)> {
        let row = &self.by_shock(&[])[period];
        let walks = self.increments();
        let mut at = walks;
        let alone = |place: usize, weight: f64| {
            let mut alone = vec![0.0; row.len()];
            alone[place] = weight;
            alone
        };
        let mut parts = Vec::new();
        if walks > 0 {
            let mut walk = row.clone();
            walk[walks..].fill(0.0);
            parts.push((ErrorPart::Deviation, walk));
        }
        if Self::has(self.terms.growth_uncertainty) {
            let size = self.terms.growth_uncertainty.at(&[]);
            parts.push((ErrorPart::Growth, alone(at, size)));
            at += 1;
        }
        if Self::has(self.terms.level_uncertainty) {
            let size = self.terms.level_uncertainty.at(&[]);
            parts.push((ErrorPart::Level, alone(at, size)));
            at += 1;
        }
        if self.annual_errors() > 0 {
            let own = at + self.years[period];
            let year = self.first_year + self.years[period] as i16;
            parts.push((ErrorPart::Year(year), alone(own, row[own])));
        }
        parts
    }

    /// For each period, the derivative of log revenue by each shock.
    pub(super) fn by_shock(&self, inputs: &[f64]) -> Vec<Vec<f64>> {
        let volatility = self.scale.at(inputs);
        let persistence = self.terms.persistence.at(inputs);
        let growth_uncertainty = self.terms.growth_uncertainty.at(inputs);
        let count = self.increments();
        let mut walk = vec![0.0; count];
        let mut next = 0;
        let mut rows = Vec::with_capacity(self.times.len());
        for (k, &time) in self.times.iter().enumerate() {
            let (decay, deviation) = match self.terms.persistence {
                Parameter::Fixed(_) => (self.decays[k], self.deviations[k]),
                Parameter::Uncertain(_) => {
                    let (decay, new) = innovation(persistence, self.steps[k]);
                    (decay, self.relative[k] * new.sqrt())
                }
            };
            walk.iter_mut().for_each(|x| *x *= decay);
            if self.deviations[k] > 0.0 {
                walk[next] = deviation;
                next += 1;
            }
            let mut row: Vec<f64> = walk.iter().map(|x| volatility * x).collect();
            if Self::has(self.terms.growth_uncertainty) {
                row.push(growth_uncertainty * time);
            }
            let certain = if time > 0.0 { 1.0 } else { 0.0 };
            if Self::has(self.terms.level_uncertainty) {
                row.push(certain * self.terms.level_uncertainty.at(inputs));
            }
            let annual = certain * self.terms.annual_uncertainty.at(inputs);
            let own = |year: usize| if year == self.years[k] { annual } else { 0.0 };
            row.extend((0..self.annual_errors()).map(own));
            rows.push(row);
        }
        rows
    }
}

const ZEROS: Lanes = [0.0; LANES];

/// What is left after `step` years of a deviation of which `persistence` is left
/// after one, and the variance of what is new, in units of a year's.
#[inline(always)]
fn innovation(persistence: f64, step: f64) -> (f64, f64) {
    // So near 1 that the difference to a random walk is less than its rounding.
    let is_walk = persistence > 1.0 - 1e-9;
    let rate = ln(if is_walk { 0.5 } else { persistence });
    let decay = exp(rate * step);
    let year = exp(rate);
    let new = (1.0 - decay * decay) / (1.0 - year * year);
    if is_walk { (1.0, step) } else { (decay, new) }
}

/// The first of some rows where it is wanted, and the others.
fn taken(rows: &[Lanes], wanted: bool) -> (Option<&Lanes>, &[Lanes]) {
    match rows.split_first() {
        Some((first, rest)) if wanted => (Some(first), rest),
        _ => (None, rows),
    }
}
