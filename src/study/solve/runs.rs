//! Any other key: a run for each value tried, all on the same draws, so that the
//! statistic is a smooth function of the key.

use super::{Search, Solution, SolveError, nudge};
use crate::scenario::{Scenario, ScenarioError};
use crate::study::error::StudyError;
use crate::study::root::root;

/// Steps outwards in search of a bracket.
const WIDENINGS: i32 = 10;
/// Evaluations of a root search.
const MOST_EVALUATIONS: usize = 60;

/// Two values between which the statistic crosses its target, each with what it
/// exceeds it by.
type Bracket = ((f64, f64), (f64, f64));

impl Search<'_> {
    pub(super) fn by_runs(&self, between: Option<(f64, f64)>) -> Result<Solution, SolveError> {
        let mut passes = 0;
        let at = |value: f64| self.base.with(&[format!("{}={value}", self.key)]);
        let mut excess = |value: f64| -> Result<f64, ScenarioError> {
            passes += 1;
            let point = self.estimator.of_scenario(&at(value)?, self.progress);
            Ok(point.mean - self.target.value)
        };
        let bracket = match between {
            Some((low, high)) => {
                let (from, to) = ((low, excess(low)?), (high, excess(high)?));
                ((from.0, from.1), (to.0, to.1))
            }
            None => self.widen(&at, &mut excess)?,
        };
        let (from, to) = bracket;
        if (from.1 > 0.0) == (to.1 > 0.0) && from.1 != 0.0 && to.1 != 0.0 {
            let values = [from, to].map(|(value, off)| (value, off + self.target.value));
            return Err(self.unreachable(values.to_vec()));
        }
        let small = 1e-12 * self.target.value.abs().max(1e-3);
        let settings = (1e-9, small, MOST_EVALUATIONS);
        let value = match (from.1 == 0.0, to.1 == 0.0) {
            (true, _) => from.0,
            (_, true) => to.0,
            _ => root(from, to, settings, &mut excess)?,
        };
        let reached = self.estimator.of_scenario(&at(value)?, self.progress);
        let near = |value: f64| {
            let scenario = at(value).ok()?;
            Some((
                value,
                self.estimator.of_scenario(&scenario, self.progress).mean,
            ))
        };
        let here = (value, reached.mean);
        let below = near(value - nudge(value)).unwrap_or(here);
        let above = near(value + nudge(value)).unwrap_or(here);
        let slope = (above.1 - below.1) / (above.0 - below.0);
        Ok(Solution {
            passes: passes + 3,
            ..self.solution(value.to_string(), value, reached, slope)
        })
    }

    /// Steps out from the key's value as written until the statistic crosses its
    /// target or the key permits no more.
    fn widen(
        &self,
        at: &dyn Fn(f64) -> Result<Scenario, ScenarioError>,
        excess: &mut dyn FnMut(f64) -> Result<f64, ScenarioError>,
    ) -> Result<Bracket, SolveError> {
        let Some(middle) = self.base.number_at(self.key) else {
            // A key that is not known is a mistake of another kind.
            if let Err(ScenarioError::Invalid(problems)) = at(1.0)
                && problems
                    .problems
                    .iter()
                    .any(|p| p.message.starts_with("unknown"))
            {
                return Err(ScenarioError::Invalid(problems).into());
            }
            return Err(SolveError::Question(StudyError::new(
                format!("`{}` has no number in the scenario to start from", self.key),
                "say where to look: --between LOW:HIGH",
            )));
        };
        let off = excess(middle)?;
        let mut ends = [(middle, off); 2];
        let mut closed = [false; 2];
        let first = (middle.abs() / 4.0).max(0.02);
        for i in 0..WIDENINGS {
            for (side, sign) in [(0, -1.0), (1, 1.0)] {
                if closed[side] {
                    continue;
                }
                let before = ends[side];
                let mut next = middle + sign * first * f64::from(1_i32 << i);
                if at(next).is_err() {
                    closed[side] = true;
                    next = edge(before.0, next, &|value| at(value).is_ok());
                }
                let next = (next, excess(next)?);
                if (next.1 > 0.0) != (off > 0.0) || next.1 == 0.0 {
                    return Ok((before, next));
                }
                ends[side] = next;
            }
        }
        Ok((ends[0], ends[1]))
    }
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
