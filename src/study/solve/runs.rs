//! Any other key: a run for each value tried, all on the same draws, so that the
//! statistic is a smooth function of the key.

use super::{Candidate, EXACT, Search, Solution, WINDOW, nudge, ranges};
use crate::Error;
use crate::math::{exp, fma, inverse_normal_cdf, ln};
use crate::simulate::{Measure, Total};
use crate::study::error::StudyError;
use crate::study::measures::flat_share;
use crate::study::root::{Crossing, Tried, crossings, root, towards};
use crate::study::target::Statistic;

/// Steps outwards in search of a bracket.
const WIDENINGS: i32 = 10;
/// Parts that a range is looked at in: the statistic need not rise or fall all along.
const PARTS: usize = 12;
/// Values tried around the one that comes nearest to a target not met.
const MOST_NEARER: usize = 24;
/// A bracket is narrow enough at this part of its larger end.
const NARROW: f64 = 1e-9;
/// Values tried by interpolation until a bracket is looked for instead.
const MOST_TRIED: usize = 10;
/// The longest step, relative to the value.
const LONGEST_STEP: f64 = 1.0;
/// How near to its target, relative to it, a bracket brings a smooth statistic: what is left
/// is less than the order of shocks changes, and the run that checks the answer corrects both.
const NEAR: f64 = 1e-6;
/// The largest error of a smooth statistic, relative to its target.
const LOOSE: f64 = 1e-2;
/// The least part, and its distance from one, that has a probit here.
const LEAST: f64 = 1e-12;
/// Evaluations of a root search.
const MOST_EVALUATIONS: usize = 60;

impl Search<'_> {
    pub(super) fn by_runs(&self, between: Option<(f64, f64)>) -> Result<Solution, Error> {
        let target = self.target.value;
        let mut passes = 0;
        let mut statistic = |value: f64| -> Result<f64, Error> {
            passes += 1;
            let scenario = self.at(value)?;
            let largest_error = LOOSE * target.abs().max(1e-3);
            let found = self
                .estimator
                .of_scenario(&scenario, largest_error, self.observer)?;
            let mean = found.mean;
            if mean.is_finite() {
                return Ok(mean);
            }
            Err(Error::Question(StudyError::new(
                format!(
                    "`{}={}` gives no finite {}",
                    self.key,
                    self.text(value),
                    self.target.statistic
                ),
                "ask for another statistic, or say where to look: --between LOW:HIGH",
            )))
        };
        let is_smooth =
            !self.is_date() && self.estimator.is_smooth(self.scenario, self.observer)?;
        if between.is_none()
            && is_smooth
            && let Some(candidate) = self.by_interpolation()?
        {
            return self.conclude(candidate);
        }
        let range = between.or_else(|| self.is_date().then(|| self.days()));
        let mut tried = match range {
            Some((low, high)) => {
                let part = |i: usize| i as f64 / PARTS as f64;
                let value = |i: usize| fma(high - low, part(i), low);
                let inside = (0..PARTS).map(value).chain([high]);
                let tried: Result<Vec<Tried>, Error> =
                    inside.map(|value| Ok((value, statistic(value)?))).collect();
                tried?
            }
            None => self.widen(&mut statistic)?,
        };
        if crossings(&tried, target).is_empty() {
            towards(&mut tried, target, MOST_NEARER, &mut statistic)?;
        }
        let met = crossings(&tried, target);
        let Some((first, others)) = met.split_first() else {
            return Err(self.unreachable(&tried));
        };
        let ends = match first {
            Crossing::At(value, _) => [*value; 2],
            Crossing::Between(from, to) => {
                let small = if is_smooth { NEAR } else { 1e-3 * EXACT } * target.abs().max(1e-3);
                let settings = (NARROW, small, MOST_EVALUATIONS);
                root(*from, *to, target, settings, &mut statistic)?
            }
        };
        let slope = self.slope(ends[0], &mut statistic)?;
        self.conclude(Candidate {
            sides: ends,
            std_error: None,
            slope,
            slack: self.slack(slope),
            others: ranges(first, others),
            passes,
            found: None,
        })
    }

    /// By inverse interpolation through all values tried, from the one as written, each by the
    /// run that would check it: a smooth statistic takes a few. `None` where they do not settle, or where
    /// their errors are large.
    fn by_interpolation(&self) -> Result<Option<Candidate>, Error> {
        let Some(value) = self.base.number_at(self.key) else {
            return Ok(None);
        };
        let beside = value + nudge(value);
        if self.at(beside).is_err() {
            return Ok(None);
        }
        let target = self.target.value;
        let scale = self.scale(value);
        let aim = scale.of((value, target)).1;
        let size = target.abs().max(1e-3);
        let mut last = (value, self.run(value)?.point.mean);
        // The latest last.
        let mut tried = vec![scale.of(last)];
        let mut at = beside;
        for passes in 2..=MOST_TRIED {
            let found = self.run(at)?;
            if !found.is_smooth || found.point.std_error > LOOSE * size {
                break;
            }
            let here = (at, found.point.mean);
            let slope = (here.1 - last.1) / (here.0 - last.0);
            if !slope.is_finite() || slope == 0.0 {
                break;
            }
            if self.is_exact(&found) {
                return Ok(Some(Candidate {
                    sides: [here; 2],
                    std_error: None,
                    slope,
                    slack: 0.0,
                    others: Vec::new(),
                    passes,
                    found: Some(found),
                }));
            }
            tried.push(scale.of(here));
            let through = inverse(&tried, aim);
            let (secant, all) = (through[0], through[through.len() - 1]);
            let now = scale.of(here).0;
            let agree = (all - secant).abs() <= 0.5 * (secant - now).abs();
            // No step leaves the neighbourhood in which values tried say anything.
            let most = LONGEST_STEP * here.0.abs().max(value.abs());
            let next = scale.value(if agree { all } else { secant });
            let next = next.clamp(here.0 - most, here.0 + most);
            if !next.is_finite() || next == here.0 || self.at(next).is_err() {
                break;
            }
            last = here;
            at = next;
        }
        Ok(None)
    }

    /// The scale on which the statistic is looked at around a value of the key.
    fn scale(&self, value: f64) -> Scale {
        let limit = || flat_share(self.scenario).map_or(f64::INFINITY, |flat| flat.limit());
        let whole = match self.target.statistic {
            Statistic::Probability(..) | Statistic::AtLeast(..) => Some(1.0),
            Statistic::Expected(Measure::Total(Total::Paid | Total::PresentValue)) => Some(limit()),
            Statistic::Expected(_) => None,
        };
        let within = |whole: &f64| whole.is_finite() && (0.0..*whole).contains(&self.target.value);
        Scale {
            is_positive: value > 0.0 && self.at(-value).is_err(),
            whole: whole.filter(within),
        }
    }

    /// The derivative of the statistic at a value; infinite where nothing beside
    /// it is permitted.
    fn slope(
        &self,
        here: Tried,
        statistic: &mut dyn FnMut(f64) -> Result<f64, Error>,
    ) -> Result<f64, Error> {
        let by = match self.is_date() {
            true => WINDOW as f64,
            false => nudge(here.0),
        };
        let mut beside = |value: f64| match statistic(value) {
            Ok(mean) => Ok((value, mean)),
            Err(Error::Cancelled(stopped)) => Err(stopped),
            Err(_) => Ok(here),
        };
        let (below, above) = (beside(here.0 - by)?, beside(here.0 + by)?);
        Ok(match above.0 > below.0 {
            true => (above.1 - below.1) / (above.0 - below.0),
            false => f64::INFINITY,
        })
    }

    /// Steps out from the key's value as written until the statistic crosses its
    /// target or the key permits no more: every value tried, in order.
    fn widen(
        &self,
        statistic: &mut dyn FnMut(f64) -> Result<f64, Error>,
    ) -> Result<Vec<Tried>, Error> {
        let Some(middle) = self.base.number_at(self.key) else {
            // A key that is not known, or takes no number, is a mistake of another kind.
            self.at(1.0)?;
            return Err(Error::Question(StudyError::new(
                format!("`{}` has no number in the scenario to start from", self.key),
                "say where to look: --between LOW:HIGH",
            )));
        };
        let mut tried = vec![(middle, statistic(middle)?)];
        let mut closed = [false; 2];
        let first = (middle.abs() / 4.0).max(0.02);
        for i in 0..WIDENINGS {
            for (side, sign) in [(0, -1.0), (1, 1.0)] {
                if closed[side] {
                    continue;
                }
                let last = tried[side * (tried.len() - 1)].0;
                let mut next = middle + sign * first * f64::from(1_i32 << i);
                if self.at(next).is_err() {
                    closed[side] = true;
                    next = edge(last, next, &|value| self.at(value).is_ok());
                }
                if next != last {
                    tried.insert(side * tried.len(), (next, statistic(next)?));
                }
            }
            if !crossings(&tried, self.target.value).is_empty() || closed == [true; 2] {
                break;
            }
        }
        Ok(tried)
    }
}

/// On which scale a statistic of a key is nearly straight.
struct Scale {
    /// Whether the key has no values below 0: its logarithm.
    is_positive: bool,
    /// What the statistic is a part of, where it is one: the probit of that part.
    whole: Option<f64>,
}

impl Scale {
    fn of(&self, (value, mean): Tried) -> Tried {
        let at = if self.is_positive { ln(value) } else { value };
        match self.whole {
            Some(whole) => {
                let part = mean / whole;
                (at, inverse_normal_cdf(part.clamp(LEAST, 1.0 - LEAST)))
            }
            None => (at, mean),
        }
    }

    fn value(&self, at: f64) -> f64 {
        if self.is_positive { exp(at) } else { at }
    }
}

/// Where the polynomials of the key by the statistic through the last two, three and so on of the values tried
/// meet an aim (Neville).
fn inverse(tried: &[Tried], aim: f64) -> Vec<f64> {
    let mut through: Vec<f64> = tried.iter().map(|tried| tried.0).collect();
    let last = tried.len() - 1;
    let widths = (1..tried.len()).map(|width| {
        for i in (width..tried.len()).rev() {
            let (here, there) = (tried[i].1, tried[i - width].1);
            through[i] += (aim - here) / (here - there) * (through[i] - through[i - 1]);
        }
        through[last]
    });
    widths.collect()
}

/// The last value that is permitted on the way from one that is to one that is not.
fn edge(mut inside: f64, mut outside: f64, permitted: &dyn Fn(f64) -> bool) -> f64 {
    for _ in 0..40 {
        let middle = 0.5 * (inside + outside);
        if permitted(middle) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    inside
}
