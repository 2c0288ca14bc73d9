//! What a reader should know before quoting a result: values, not prints.

use std::fmt;

use super::{Part, parts};
use crate::scenario::Scenario;
use crate::simulate::{ConvergenceStep, Quantity, Results, Slot};
use crate::units::percent_digits;

/// Something about a run that changes how its numbers read.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// The paths asked for do not fill replicates of a power of two.
    PathsRoundedUp {
        /// Asked for.
        asked: u64,
        /// Simulated.
        used: u64,
    },
    /// The search for a precision ended before it was reached.
    NotPrecise {
        /// The precision wanted.
        wanted: f64,
        /// The largest standard error at the end, on the same scale.
        reached: f64,
        /// Points per replicate at the end.
        points: u64,
    },
    /// The cap binds on no path.
    NeverBinds {
        /// Paths simulated.
        paths: u64,
    },
    /// The cap binds on so few paths that its date is hardly known.
    RarelyBinds {
        /// Paths on which it binds.
        hits: u64,
        /// Paths simulated.
        paths: u64,
    },
    /// The cap is used up by what was paid before.
    UsedUpBefore,
    /// Payments due before the valuation date, which present values leave out.
    PaidBeforeValuation {
        /// Their expected sum, as printed.
        amount: String,
        /// The valuation date, as printed.
        date: String,
    },
    /// Periods that straddle two reporting years.
    StraddlingYears,
    /// A warning about one of several agreements.
    Of {
        /// Its name.
        agreement: String,
        /// The warning.
        warning: Box<Self>,
    },
}

/// Fewer paths than this say little about when a cap binds.
const FEW_PATHS: u64 = 100;

/// Whether the search for a precision ended before it was reached.
pub fn not_precise(scenario: &Scenario, steps: &[ConvergenceStep]) -> Option<Warning> {
    let wanted = scenario.precision?.wanted;
    let last = steps.last()?;
    let reached = last.error();
    (reached > wanted).then_some(Warning::NotPrecise {
        wanted,
        reached,
        points: last.points,
    })
}

/// The warnings of a run.
pub fn warnings(scenario: &Scenario, results: &Results) -> Vec<Warning> {
    let several = scenario.contracts.len() > 1;
    let mut warnings = Vec::new();
    for part in parts(scenario, results) {
        let name = || part.contract.agreement.name.clone();
        warnings.extend(of_agreement(&part).into_iter().map(|warning| {
            if several {
                let agreement = name();
                let warning = Box::new(warning);
                Warning::Of { agreement, warning }
            } else {
                warning
            }
        }));
    }
    let whole = |part: &(usize, f64)| part.1 == 1.0;
    let mut years = scenario.calendars().iter().flatten();
    if !years.all(|year| year.parts.iter().all(whole)) {
        warnings.push(Warning::StraddlingYears);
    }
    warnings
}

fn of_agreement(part: &Part<'_>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let (agreement, outcomes) = (&part.contract.agreement, part.outcomes);
    if let Some(cap) = &agreement.cap {
        let used_up = match (cap.fixed(), agreement.paid_before.fixed()) {
            (Some(cap), Some(before)) => before >= cap,
            _ => false,
        };
        let paths = outcomes.paths();
        let hits = (outcomes.reached().mean * paths as f64).round() as u64;
        if used_up {
            warnings.push(Warning::UsedUpBefore);
        } else if hits == 0 {
            warnings.push(Warning::NeverBinds { paths });
        } else if hits < FEW_PATHS {
            warnings.push(Warning::RarelyBinds { hits, paths });
        }
    }
    warnings.extend(paid_before_valuation(part));
    warnings
}

fn paid_before_valuation(part: &Part<'_>) -> Option<Warning> {
    let Part {
        scenario,
        contract,
        outcomes,
    } = part;
    let date = scenario.valuation.as_ref()?.date;
    let periods = contract.schedule.periods().iter().enumerate();
    let earlier = periods.filter(|(_, period)| period.payment_date < date && period.days > 0);
    let payments =
        earlier.filter_map(|(k, _)| outcomes.quantity(Quantity::Payment, Slot::Period(k)));
    let sum: f64 = payments.map(|m| m.estimate.mean).sum();
    (sum > 0.0).then(|| Warning::PaidBeforeValuation {
        amount: scenario.money.format_short(sum),
        date: date.to_string(),
    })
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PathsRoundedUp { asked, used } => write!(
                f,
                "{used} paths instead of {asked}: replicates are of equal size, Sobol's a power of two"
            ),
            Self::NotPrecise {
                wanted,
                reached,
                points,
            } => write!(
                f,
                "a precision of {} % was wanted, {:.1e} % reached with {points} points; \
                 raise simulation.max_points",
                percent_digits(*wanted),
                100.0 * reached
            ),
            Self::NeverBinds { paths } => write!(
                f,
                "the cap binds on none of {paths} paths: its probability is at most about {:.1e}",
                3.0 / *paths as f64
            ),
            Self::RarelyBinds { hits, paths } => write!(
                f,
                "the cap binds on only {hits} of {paths} paths: its date is hardly known, take more points"
            ),
            Self::UsedUpBefore => {
                f.write_str("what was paid before already uses up the cap: nothing is left to pay")
            }
            Self::PaidBeforeValuation { amount, date } => write!(
                f,
                "present values leave out {amount} of expected payments due before {date}"
            ),
            Self::Of { agreement, warning } => write!(f, "{agreement}: {warning}"),
            Self::StraddlingYears => f.write_str(
                "some periods straddle two reporting years and count in each by their days",
            ),
        }
    }
}
