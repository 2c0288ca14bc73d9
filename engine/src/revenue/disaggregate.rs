//! From annual figures to months: the smoothest growth that adds up.
//!
//! The monthly path *yₘ = exp(xₘ)* minimises the sum of squared second
//! differences of its logarithms,
//!
//! ```text
//! Σ (xₘ₊₁ − 2xₘ + xₘ₋₁)² + 10⁻⁶ Σ (xₘ₊₁ − xₘ)²
//! subject to  Σ yₘ = total  for each year and each observed stretch.
//! ```
//!
//! This is the second-difference method of Boot, Feibes and Lisman (1967,
//! *Further methods of derivation of quarterly figures from annual data*, Applied
//! Statistics 16) with logarithms in place of levels, as in the growth-rate
//! preserving variant of Denton's method (Causey and Trager 1981; Di Fonzo and
//! Marini 2013). Proportional Denton without an indicator smooths levels and
//! breaks growth at the ends of a fast-growing plan; here a plan with constant
//! growth comes out with constant monthly growth, and the path is always
//! positive. The small first-difference term only decides what second
//! differences leave open: a single year becomes flat.

use std::ops::Range;

use thiserror::Error;

use crate::math::{exp, ln};

/// A known total of consecutive months.
#[derive(Clone, Debug, PartialEq)]
pub struct Total {
    /// Positions of the months, 0 for the first.
    pub months: Range<usize>,
    /// Their sum, 0 or more.
    pub sum: f64,
}

/// The totals have no smooth monthly path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no positive monthly path adds up to these figures")]
pub struct DisaggregateError;

const FIRST_DIFFERENCE_WEIGHT: f64 = 1e-6;
/// Across a break: it decides only what the totals leave open there.
const BREAK_WEIGHT: f64 = 1e-9;
const MAX_ITERATIONS: usize = 500;
const CONVERGED: f64 = 1e-11;
/// Units in the last place by which a month may give way.
const ROUNDING_STEPS: usize = 64;

/// Monthly amounts that add up to every total, with the smoothest growth.
///
/// Totals may lie inside one another (an observed quarter in its year) but not
/// cover the same months. Added up in order, the months of each total give its
/// sum to the last bit, unless a total inside it ends on the same month.
///
/// # Errors
/// Where the totals contradict each other or the search does not settle.
pub fn smooth_months(months: usize, totals: &[Total]) -> Result<Vec<f64>, DisaggregateError> {
    smooth_between(months, totals, &[], &vec![1.0; months])
}

/// The same where growth may break: no smoothness is assumed from the month before each
/// of `breaks` to that month, nor into or out of months whose total is 0, which have
/// nothing. Each month is its factor of `seasons`, above 0, times a smooth level.
///
/// # Errors
/// As [`smooth_months`].
pub fn smooth_between(
    months: usize,
    totals: &[Total],
    breaks: &[usize],
    seasons: &[f64],
) -> Result<Vec<f64>, DisaggregateError> {
    let mut is_open = vec![true; months];
    for total in totals.iter().filter(|total| total.sum == 0.0) {
        is_open[total.months.clone()].fill(false);
    }
    // A break inside a total leaves both sides tied by their sum.
    let parts = |month: usize| {
        let is_tied = |total: &Total| total.months.start < month && month < total.months.end;
        let is_break = breaks.contains(&month) && !totals.iter().any(is_tied);
        is_break || is_open[month - 1] != is_open[month]
    };
    let starts: Vec<usize> = (1..months).filter(|month| parts(*month)).collect();
    let ends = starts.iter().copied().chain([months]);
    let mut amounts = Vec::with_capacity(months);
    for (start, end) in [0].into_iter().chain(starts.iter().copied()).zip(ends) {
        let within = |total: &&Total| start <= total.months.start && total.months.end <= end;
        let totals: Vec<Total> = totals
            .iter()
            .filter(within)
            .map(|total| Total {
                months: total.months.start - start..total.months.end - start,
                sum: total.sum,
            })
            .collect();
        if !is_open[start] {
            if totals.iter().any(|total| total.sum > 0.0) {
                return Err(DisaggregateError);
            }
            amounts.resize(end, 0.0);
            continue;
        }
        let breaks = breaks.iter().filter(|at| start < **at && **at < end);
        let breaks: Vec<usize> = breaks.map(|at| at - start).collect();
        amounts.extend(Run::of(&totals, &breaks, &seasons[start..end]).solve()?);
    }
    Ok(amounts)
}

/// Months in a row, none of them without revenue.
struct Run<'a> {
    totals: &'a [Total],
    breaks: &'a [usize],
    seasons: &'a [f64],
}

impl<'a> Run<'a> {
    fn of(totals: &'a [Total], breaks: &'a [usize], seasons: &'a [f64]) -> Self {
        Self {
            totals,
            breaks,
            seasons,
        }
    }

    fn solve(&self) -> Result<Vec<f64>, DisaggregateError> {
        let mut logs = vec![0.0; self.seasons.len()];
        for total in self.totals {
            let mean = total.sum / total.months.len() as f64;
            for log in &mut logs[total.months.clone()] {
                *log = ln(mean);
            }
        }
        for _ in 0..MAX_ITERATIONS {
            let step = self.newton_step(&logs).ok_or(DisaggregateError)?;
            let largest = step.iter().fold(0.0_f64, |max, s| max.max(s.abs()));
            if !largest.is_finite() {
                return Err(DisaggregateError);
            }
            // A factor of e per step keeps a wild plan from overshooting.
            let damping = (1.0 / largest).min(1.0);
            for (log, step) in logs.iter_mut().zip(&step) {
                *log += damping * step;
            }
            if largest < CONVERGED {
                return add_up(self.amounts(&logs), self.totals);
            }
        }
        Err(DisaggregateError)
    }

    fn amounts(&self, logs: &[f64]) -> Vec<f64> {
        let months = logs.iter().zip(self.seasons);
        months.map(|(log, season)| season * exp(*log)).collect()
    }

    /// One step of sequential quadratic programming: the exact minimum of the
    /// objective under the totals' logarithms linearised at `logs`.
    fn newton_step(&self, logs: &[f64]) -> Option<Vec<f64>> {
        let (month_at, total_at, size) = positions(logs.len(), self.totals);
        let mut entries = Vec::new();
        let mut right = vec![0.0; size];
        let mut penalise = |stencil: &[(usize, f64)], weight: f64, right: &mut [f64]| {
            let value: f64 = stencil.iter().map(|(m, c)| c * logs[*m]).sum();
            for (m, c) in stencil {
                right[month_at[*m]] -= weight * c * value;
                for (n, d) in stencil {
                    entries.push((month_at[*m], month_at[*n], weight * c * d));
                }
            }
        };
        for m in 1..logs.len() {
            let breaks = |month: &usize| self.breaks.contains(month);
            let weight = if breaks(&m) {
                BREAK_WEIGHT
            } else {
                FIRST_DIFFERENCE_WEIGHT
            };
            penalise(&[(m - 1, -1.0), (m, 1.0)], weight, &mut right);
            if m + 1 < logs.len() && !breaks(&m) && !breaks(&(m + 1)) {
                penalise(&[(m - 1, 1.0), (m, -2.0), (m + 1, 1.0)], 1.0, &mut right);
            }
        }
        let amounts = self.amounts(logs);
        for (total, &at) in self.totals.iter().zip(&total_at) {
            let sum: f64 = total.months.clone().map(|m| amounts[m]).sum();
            right[at] = ln(total.sum) - ln(sum);
            for m in total.months.clone() {
                let weight = amounts[m] / sum;
                entries.push((at, month_at[m], weight));
                entries.push((month_at[m], at, weight));
            }
        }
        let solution = solve_banded(size, &entries, right)?;
        Some(month_at.iter().map(|&at| solution[at]).collect())
    }
}

/// Puts the rounding error of each sum on its last month; inner totals first, so
/// that the year around them absorbs theirs.
fn add_up(mut amounts: Vec<f64>, totals: &[Total]) -> Result<Vec<f64>, DisaggregateError> {
    let mut by_length: Vec<&Total> = totals.iter().collect();
    by_length.sort_by_key(|total| total.months.len());
    for total in by_length {
        let months = &mut amounts[total.months.clone()];
        let last = months.len() - 1;
        let rest = total.sum - months[..last].iter().sum::<f64>();
        let plausible = (rest - months[last]).abs() <= 1e-6 * total.sum;
        if !plausible || rest <= 0.0 {
            return Err(DisaggregateError);
        }
        months[last] = rest;
        // Where the last month is most of the sum, rounding may still be off by a bit
        // and one of the months before it has to give way.
        for _ in 0..ROUNDING_STEPS {
            if months.iter().sum::<f64>() == total.sum {
                break;
            }
            let before = last.saturating_sub(1);
            months[before] = months[before].next_up();
            months[last] = total.sum - months[..last].iter().sum::<f64>();
        }
    }
    Ok(amounts)
}

/// Where months and totals stand among the unknowns: each total right after its
/// last month, so that the system has a narrow band.
fn positions(months: usize, totals: &[Total]) -> (Vec<usize>, Vec<usize>, usize) {
    let mut month_at = Vec::with_capacity(months);
    let mut total_at = vec![0; totals.len()];
    let mut next = 0;
    for month in 0..months {
        month_at.push(next);
        next += 1;
        for (total, at) in totals.iter().zip(&mut total_at) {
            if total.months.end == month + 1 {
                *at = next;
                next += 1;
            }
        }
    }
    (month_at, total_at, next)
}

/// Gaussian elimination with partial pivoting inside the band; entries at the
/// same place add up. `None` where the matrix is singular.
fn solve_banded(
    size: usize,
    entries: &[(usize, usize, f64)],
    mut right: Vec<f64>,
) -> Option<Vec<f64>> {
    let band = entries.iter().map(|(r, c, _)| r.abs_diff(*c)).max()?;
    // Row r holds the columns from r − band; row exchanges widen the upper part to twice the band.
    let width = 3 * band + 1;
    let mut rows = vec![vec![0.0; width]; size];
    for &(r, c, value) in entries {
        rows[r][c + band - r] += value;
    }
    for pivot in 0..size {
        let below = pivot..(pivot + band + 1).min(size);
        let magnitude = |r: usize, rows: &[Vec<f64>]| rows[r][pivot + band - r].abs();
        let best = below
            .clone()
            .max_by(|a, b| magnitude(*a, &rows).total_cmp(&magnitude(*b, &rows)))?;
        if magnitude(best, &rows) < f64::MIN_POSITIVE {
            return None;
        }
        let columns = pivot..(pivot + 2 * band + 1).min(size);
        if best != pivot {
            for c in columns.clone() {
                let swapped = rows[best][c + band - best];
                rows[best][c + band - best] = rows[pivot][c + band - pivot];
                rows[pivot][c + band - pivot] = swapped;
            }
            right.swap(best, pivot);
        }
        let (above, rest) = rows.split_at_mut(pivot + 1);
        let pivot_row = &above[pivot];
        for r in below.skip(1) {
            let row = &mut rest[r - pivot - 1];
            let factor = row[pivot + band - r] / pivot_row[band];
            if factor != 0.0 {
                for c in columns.clone() {
                    row[c + band - r] -= factor * pivot_row[c + band - pivot];
                }
                right[r] -= factor * right[pivot];
            }
        }
    }
    for r in (0..size).rev() {
        let columns = r + 1..(r + 2 * band + 1).min(size);
        let known: f64 = columns.map(|c| rows[r][c + band - r] * right[c]).sum();
        right[r] = (right[r] - known) / rows[r][band];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn years(sums: &[f64]) -> Vec<Total> {
        let total = |(i, &sum): (usize, &f64)| Total {
            months: i * 12..(i + 1) * 12,
            sum,
        };
        sums.iter().enumerate().map(total).collect()
    }

    #[test]
    fn years_add_up_to_the_last_bit() {
        let sums = [28.0, 46.0, 69.0, 96.0, 127.0];
        let months = smooth_months(60, &years(&sums)).unwrap();
        for (year, sum) in months.chunks(12).zip(sums) {
            assert_eq!(year.iter().sum::<f64>(), sum);
        }
    }

    #[test]
    fn growth_is_smooth_across_year_ends() {
        let months = smooth_months(60, &years(&[28.0, 46.0, 69.0, 96.0, 127.0])).unwrap();
        let growth: Vec<f64> = months.windows(2).map(|w| ln(w[1] / w[0])).collect();
        let largest_change = growth
            .windows(2)
            .map(|w| (w[1] - w[0]).abs())
            .fold(0.0, f64::max);
        // From 4.4 % a month to 2.1 % over five years: no step larger than a tenth of a point.
        assert!(largest_change < 0.001, "{largest_change}");
        assert!(growth.iter().all(|g| *g > 0.0));
    }

    #[test]
    fn constant_growth_stays_constant() {
        let sums: Vec<f64> = (0..6).map(|i| 100.0 * 1.5_f64.powi(i)).collect();
        let months = smooth_months(72, &years(&sums)).unwrap();
        let monthly = 1.5_f64.powf(1.0 / 12.0);
        for pair in months.windows(2) {
            assert!((pair[1] / pair[0] - monthly).abs() < 1e-4);
        }
    }

    #[test]
    fn one_year_is_flat_and_a_known_quarter_is_met() {
        let flat = smooth_months(12, &years(&[12.0])).unwrap();
        assert!(flat.iter().all(|m| (m - 1.0).abs() < 1e-9));
        let mut totals = years(&[28.0, 46.0]);
        totals.push(Total {
            months: 0..3,
            sum: 5.7,
        });
        let months = smooth_months(24, &totals).unwrap();
        assert_eq!(months[..3].iter().sum::<f64>(), 5.7);
        assert_eq!(months[..12].iter().sum::<f64>(), 28.0);
        assert_eq!(months[12..].iter().sum::<f64>(), 46.0);
    }

    #[test]
    fn wild_plans_have_positive_months() {
        for sums in [[1.0, 1000.0, 1.0], [1e-6, 1.0, 1e6], [1e9, 1.0, 1e9]] {
            let months = smooth_months(36, &years(&sums)).unwrap();
            assert!(months.iter().all(|m| *m > 0.0));
        }
    }

    #[test]
    fn years_without_revenue_stay_so_and_bend_nothing() {
        let launched = smooth_months(48, &years(&[0.0, 0.0, 50.0, 150.0])).unwrap();
        assert!(launched[..24].iter().all(|m| *m == 0.0));
        let alone = smooth_months(24, &years(&[50.0, 150.0])).unwrap();
        assert_eq!(launched[24..], alone);
    }

    #[test]
    fn growth_may_break_at_a_stated_month() {
        // A cliff between two years: nothing of it is spread over the year before.
        let sums = years(&[200.0, 190.0, 40.0]);
        let flat = [1.0; 36];
        let cliff = smooth_between(36, &sums, &[24], &flat).unwrap();
        let before = smooth_months(24, &years(&[200.0, 190.0])).unwrap();
        assert_eq!(cliff[..24], before);
        assert!(cliff[24..].iter().all(|m| (m - 40.0 / 12.0).abs() < 1e-9));
        // In the middle of a year, which has 5 a month before it and 1 a month after.
        let sums = years(&[60.0, 60.0, 36.0, 12.0, 12.0]);
        let cliff = smooth_between(60, &sums, &[30], &[1.0; 60]).unwrap();
        assert!(
            cliff[..30].iter().all(|m| (m - 5.0).abs() < 1e-3),
            "{cliff:?}"
        );
        assert!(cliff[30..].iter().all(|m| (m - 1.0).abs() < 1e-3));
    }

    #[test]
    fn seasons_come_on_top_of_a_smooth_level() {
        let season: Vec<f64> = (0..12).map(|m| if m == 11 { 3.0 } else { 1.0 }).collect();
        let seasons = [season.clone(), season].concat();
        let sums = years(&[28.0, 46.0]);
        let months = smooth_between(24, &sums, &[], &seasons).unwrap();
        assert_eq!(months[..12].iter().sum::<f64>(), 28.0);
        let level: Vec<f64> = months.iter().zip(&seasons).map(|(m, s)| m / s).collect();
        let growth: Vec<f64> = level.windows(2).map(|w| ln(w[1] / w[0])).collect();
        let change = growth.windows(2).map(|w| (w[1] - w[0]).abs());
        assert!(change.fold(0.0, f64::max) < 0.001);
    }

    #[test]
    fn contradictions_are_refused() {
        let mut totals = years(&[10.0]);
        totals.push(Total {
            months: 0..12,
            sum: 11.0,
        });
        assert_eq!(smooth_months(12, &totals), Err(DisaggregateError));
    }
}
