//! What a reader should know before quoting a result: values, not prints.

use std::fmt;

use super::probability::{LEVEL, bound, is_all, is_none};
use super::text::{grouped, two_digits};
use super::{Part, parts};
use crate::agreement::{AccrualPeriod, Agreement, Claim, Schedule, Settlement, Share, When};
use crate::scenario::{Doubt, Scenario};
use crate::simulate::{ConvergenceStep, FAR_APART, Quantity, Results, Slot, expected_counted};
use crate::stats::MeanEstimate;
use crate::units::percent_digits;

/// Something about a run that changes how its numbers read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// The paths asked for do not fill replicates of a power of two.
    PathsRoundedUp {
        /// Asked for.
        asked: u64,
        /// Simulated.
        used: u64,
    },
    /// A rate that was probably written as a percentage.
    Percentage(Doubt),
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
    /// The cap binds on every path.
    AlwaysBinds {
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
    /// Payments that are still due while the middle of their period has passed,
    /// which present values count in full.
    Undiscounted {
        /// Their expected sum, as printed.
        amount: String,
        /// The valuation date, as printed.
        date: String,
    },
    /// Known payments above the total cap.
    PaidAboveCap {
        /// By how much they are, as printed.
        amount: String,
    },
    /// A clause that changes nothing, whatever happens.
    NoEffect {
        /// Its dotted key.
        key: String,
        /// Why.
        why: String,
        /// What to try.
        hint: &'static str,
    },
    /// The two estimators of a number do not agree.
    TwoOpinions {
        /// The number's name in the result files.
        measure: &'static str,
        /// The smooth estimate.
        smooth: MeanEstimate,
        /// The counted one.
        counted: MeanEstimate,
        /// How many standard errors of both together they lie apart.
        apart: f64,
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
    for (part, written) in parts(scenario, results).zip(&scenario.agreements) {
        let name = || part.contract.agreement.name.clone();
        warnings.extend(of_agreement(&part, written).into_iter().map(|warning| {
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

fn of_agreement(part: &Part<'_>, written: &Agreement) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let (agreement, outcomes) = (&part.contract.agreement, part.outcomes);
    if let Some(cap) = &agreement.cap {
        let used_up = match (cap.fixed(), agreement.paid_before.fixed()) {
            (Some(cap), Some(before)) => before >= cap && part.scenario.cases.is_empty(),
            _ => false,
        };
        let paths = outcomes.paths();
        let reached = outcomes.reached().mean;
        let hits = (reached * paths as f64).round() as u64;
        // A smooth estimate needs no path to say how rarely, and when.
        let is_counted = outcomes.counting().is_some();
        if used_up {
            warnings.push(Warning::UsedUpBefore);
        } else if is_none(reached) {
            warnings.push(Warning::NeverBinds { paths });
        } else if hits < FEW_PATHS && is_counted {
            warnings.push(Warning::RarelyBinds { hits, paths });
        } else if is_all(reached) {
            warnings.push(Warning::AlwaysBinds { paths });
        }
    }
    let opinions = outcomes.opinions().into_iter();
    let differing = opinions.filter(|opinion| opinion.apart() > FAR_APART);
    warnings.extend(differing.map(|opinion| Warning::TwoOpinions {
        measure: opinion.measure.name(),
        smooth: opinion.smooth,
        counted: opinion.counted,
        apart: opinion.apart(),
    }));
    warnings.extend(paid_above_cap(part));
    warnings.extend(no_effects(part.scenario, written));
    warnings.extend(paid_before_valuation(part));
    warnings.extend(undiscounted(part));
    warnings
}

fn paid_before_valuation(part: &Part<'_>) -> Option<Warning> {
    let valuation = part.scenario.valuation.as_ref()?;
    let amount = expected(part, |period| period.payment_date < valuation.date)?;
    let date = valuation.date.to_string();
    Some(Warning::PaidBeforeValuation { amount, date })
}

fn undiscounted(part: &Part<'_>) -> Option<Warning> {
    let valuation = part.scenario.valuation.as_ref()?;
    let amount = expected(part, |period| {
        let last = period.first_day.add_days(period.days - 1);
        valuation.is_undiscounted(period.first_day, last, period.payment_date)
    })?;
    let date = valuation.date.to_string();
    Some(Warning::Undiscounted { amount, date })
}

/// The expected payments for some of the periods that earn share, if there are any.
fn expected(part: &Part<'_>, of: impl Fn(&AccrualPeriod) -> bool) -> Option<String> {
    let periods = part.contract.schedule.periods().iter().enumerate();
    let some = periods.filter(|(_, period)| period.days > 0 && of(period));
    let payments = some.filter_map(|(k, _)| {
        let measured = part.outcomes.quantity(Quantity::Payment, Slot::Period(k));
        Some(measured?.estimate.mean)
    });
    let sum: f64 = payments.sum();
    (sum > 0.0).then(|| part.scenario.money.format_suited(sum))
}

fn paid_above_cap(part: &Part<'_>) -> Option<Warning> {
    let Part {
        scenario, contract, ..
    } = part;
    if contract.agreement.clauses.paid_so_far.is_empty() {
        return None;
    }
    let medians: Vec<f64> = scenario
        .inputs
        .iter()
        .map(|input| input.distribution.median())
        .collect();
    let revenue = expected_counted(&scenario.model, contract, &medians);
    let mut path = Settlement::default();
    contract.settle(&medians, &revenue, &mut path);
    (path.above_cap > 0.0).then(|| Warning::PaidAboveCap {
        amount: scenario.money.format_suited(path.above_cap),
    })
}

/// What an agreement says that no outcome can make matter.
fn no_effects(scenario: &Scenario, agreement: &Agreement) -> Vec<Warning> {
    let clauses = &agreement.clauses;
    let timeline = &scenario.timeline;
    let mut warnings = Vec::new();
    let mut note = |key: &str, why: String, hint: &'static str| {
        let key = format!("agreement.{key}");
        warnings.push(Warning::NoEffect { key, why, hint });
    };
    let (first, last) = (agreement.effective.max(timeline.start()), agreement.expiry);
    // What happens at the close of the last day or later ends nothing.
    let end = timeline.years_to(last.add_days(1));
    let happens = |when: When| when.earliest(&scenario.inputs) < end;
    let too_late = |when: When| match when {
        When::Hazard { .. } => "its hazard is 0".to_owned(),
        When::Revenue(_) | When::Payments(_) => String::new(),
        When::Years(_) => {
            format!("it does not come before {last}, the last day of sharing, is over")
        }
    };
    for event in clauses.events.iter().filter(|event| !happens(event.when)) {
        let key = match clauses.events.as_slice() {
            [_] => "event".to_owned(),
            _ => format!("event.{}", event.name),
        };
        note(
            &key,
            too_late(event.when),
            "try an earlier time, or leave it out",
        );
    }
    if let Some(default) = clauses.default.filter(|default| !happens(default.when)) {
        let years = default.when.earliest(&scenario.inputs);
        let schedule = Schedule::new(agreement, timeline);
        let is_due_later = years < f64::INFINITY
            && schedule
                .cash_dates()
                .last()
                .is_some_and(|due| timeline.years_to(due.add_days(1)) > years);
        let why = too_late(default.when);
        let hint = "try an earlier time, or leave it out";
        match (is_due_later, default.claim) {
            (true, Claim::Accrued) => {}
            // Of what is still due it takes its part all the same.
            (true, Claim::Cap) => note("default.claim", why, hint),
            (false, _) => note(
                "default",
                format!("{why}, and nothing is due after it"),
                hint,
            ),
        }
    }
    let within = format!("sharing runs from {first} to {last}");
    let hint = "move the date, or leave it out";
    if let Share::ByDate(rates) = &agreement.share {
        let ends = rates
            .iter()
            .skip(1)
            .map(|next| Some(next.from))
            .chain([None]);
        for (rate, until) in rates.iter().zip(ends) {
            if rate.from > last || until.is_some_and(|next| next <= first) {
                note(
                    "share.from",
                    format!("the rate from {} never applies: {within}", rate.from),
                    hint,
                );
            }
        }
    }
    for until in agreement
        .cap
        .iter()
        .flat_map(|cap| &cap.steps)
        .filter_map(|step| step.until)
    {
        if until < first {
            note(
                "cap.until",
                format!("the cap until {until} never applies: {within}"),
                hint,
            );
        } else if until >= last {
            note(
                "cap.until",
                format!("no cap after {until} applies: {within}"),
                hint,
            );
        }
    }
    for by in clauses
        .milestones
        .iter()
        .filter_map(|milestone| milestone.by)
    {
        if by < first {
            note(
                "milestone.by",
                format!("nothing is reached by {by}: {within}"),
                hint,
            );
        }
    }
    for by in clauses.advances.iter().filter_map(|advance| advance.by) {
        if by < first {
            note(
                "upfront.by",
                format!("nothing is reached by {by}: {within}"),
                hint,
            );
        }
    }
    warnings
}

/// `its probability is at most 0.0046 % with 95 % confidence`.
fn bounded(probability: f64, paths: u64) -> String {
    let bound = bound(probability, paths as f64).unwrap_or_default();
    format!(
        "its probability is {bound} with {}\u{a0}% confidence",
        100.0 * LEVEL
    )
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percentage(doubt) => doubt.fmt(f),
            Self::PathsRoundedUp { asked, used } => write!(
                f,
                "{} paths instead of {}: replicates are of equal size, Sobol's a power of two",
                grouped(*used),
                grouped(*asked)
            ),
            Self::NotPrecise {
                wanted,
                reached,
                points,
            } => write!(
                f,
                "a precision of {} % was wanted, {} % reached with {} points; \
                 raise simulation.max_points",
                percent_digits(*wanted),
                two_digits(100.0 * reached),
                grouped(*points)
            ),
            Self::NeverBinds { paths } => {
                write!(
                    f,
                    "the cap binds on none of {} paths: {}",
                    grouped(*paths),
                    bounded(0.0, *paths)
                )
            }
            Self::AlwaysBinds { paths } => {
                write!(
                    f,
                    "the cap binds on all of {} paths: {}",
                    grouped(*paths),
                    bounded(1.0, *paths)
                )
            }
            Self::RarelyBinds { hits, paths } => write!(
                f,
                "the cap binds on only {hits} of {} paths: its date is hardly known, take more points",
                grouped(*paths)
            ),
            Self::UsedUpBefore => {
                f.write_str("what was paid before already uses up the cap: nothing is left to pay")
            }
            Self::PaidBeforeValuation { amount, date } => write!(
                f,
                "present values leave out {amount} of expected payments due before {date}"
            ),
            Self::Undiscounted { amount, date } => write!(
                f,
                "present values count {amount} of expected payments in full: \
                 the middle of their periods lies before {date}, they are due after it"
            ),
            Self::PaidAboveCap { amount } => write!(
                f,
                "the payments reported are {amount} above the cap: they stand as reported, \
                 and nothing is left to pay"
            ),
            Self::NoEffect { key, why, hint } => {
                write!(f, "`{key}` changes nothing: {why}; {hint}")
            }
            Self::TwoOpinions {
                measure,
                smooth,
                counted,
                apart,
            } => write!(
                f,
                "the two estimates of {measure} lie {apart:.1} standard errors apart: smooth {} \
                 \u{b1}{}, counted {} \u{b1}{}; try another seed, and if they differ there too, \
                 trust the counted one and report it",
                smooth.mean, smooth.std_error, counted.mean, counted.std_error
            ),
            Self::Of { agreement, warning } => write!(f, "{agreement}: {warning}"),
            Self::StraddlingYears => f.write_str(
                "some periods straddle two reporting years and count in each by their days",
            ),
        }
    }
}
