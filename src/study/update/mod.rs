//! What reported figures, a new plan and new terms do to a scenario's answer, and why it
//! moved.
//!
//! The scenario is changed step by step, each on the same points as the one before it, so
//! that what a step does is a paired difference and all of them add up to the whole.

mod asked;
mod rolled;
mod stage;
mod weights;

use super::StudyError;
use crate::Error;
use crate::revenue::{Beliefs, InputBelief, News};
use crate::scenario::Scenario;
use crate::simulate::{Cancelled, Measure, Observer, Ordering, Total};
use crate::stats::MeanEstimate;
use crate::study::Base;
use crate::units::{Date, worded};
pub use asked::{PlannedYear, UpdateAsked};
pub use rolled::RollForward;
use stage::{Figures, Stage};
pub use weights::CaseUpdate;
use weights::Weights;

worded! {
    /// Why an answer moved.
    pub enum Why {
        /// The valuation date is later: what is to come is nearer.
        Time = "passing_time",
        /// What was due in between has been paid.
        Payments = "payments_made",
        /// What the figures say.
        News = "news_in_figures",
        /// What the figures say of the cases of a mixture: the probability of each moves
        /// with how well it foresaw them.
        Weights = "weights_of_cases",
        /// The plan, or another key of revenue.
        Plan = "changed_plan",
        /// A key of an agreement.
        Terms = "changed_terms",
        /// How present values are taken, its date left out.
        Valuation = "changed_valuation",
    }
}

impl Why {
    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Time => "Passing time",
            Self::Payments => "Payments made",
            Self::News => "News in the figures",
            Self::Weights => "Weights of the cases",
            Self::Plan => "Changed plan",
            Self::Terms => "Changed terms",
            Self::Valuation => "Changed discounting",
        }
    }
}

/// A scenario updated.
#[derive(Clone, Debug)]
pub struct Update {
    /// The scenario as it was.
    pub before: Scenario,
    /// The scenario as it is now.
    pub after: Scenario,
    /// What makes the one out of the other, as `key=value`.
    pub changes: Vec<String>,
    /// The valuation dates before and after, where there is a valuation.
    pub dates: Option<(Date, Date)>,
    /// Which steps were taken, in their order.
    pub steps: Vec<Why>,
    /// What the figures said, where the model learned from any; `None` of a mixture.
    pub learned: Option<Learned>,
    /// Of a mixture, what they said to each case and of it.
    pub cases: Vec<CaseUpdate>,
    /// Each agreement.
    pub agreements: Vec<Updated>,
    /// Paths of each step.
    pub paths: u64,
}

/// What a model learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// The figures by their first and last day, with what each said; all of them, those
    /// known before too.
    pub figures: Vec<ReportedFigure>,
    /// What is known now.
    pub posterior: Posterior,
}

/// What is known once figures are.
#[derive(Clone, Debug, PartialEq)]
pub enum Posterior {
    /// The errors at the end of the last figure.
    Errors(Beliefs),
    /// Uncertain inputs, and errors of segments, where drawn futures were weighed.
    Inputs {
        /// Those that revenue takes, and the errors at the end of the last figure.
        beliefs: Vec<InputBelief>,
        /// The effective number of futures that the figures leave.
        effective: f64,
    },
}

/// A figure that a scenario has learned from.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportedFigure {
    /// The segment that it is of; `None` for all revenue.
    pub segment: Option<String>,
    /// Its first day.
    pub first_day: Date,
    /// Its last day.
    pub last_day: Date,
    /// The revenue reported, in the scenario's unit.
    pub revenue: f64,
    /// Standard deviation of its relative error.
    pub error: f64,
    /// Whether it came with this update.
    pub is_new: bool,
    /// What it said.
    pub news: News,
}

/// An agreement before and after.
#[derive(Clone, Debug)]
pub struct Updated {
    /// Its name.
    pub name: String,
    /// Its measures.
    pub moved: Vec<Moved>,
    /// From the opening to the closing present value; `None` without a valuation.
    pub rolled: Option<RollForward>,
}

/// A measure before and after, and why it moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// What is measured; of a date, its median, in days from the timeline's start.
    pub measure: Measure,
    /// Before.
    pub before: MeanEstimate,
    /// After.
    pub after: MeanEstimate,
    /// After less before, with the paired error.
    pub change: MeanEstimate,
    /// What each step did: these add up to the change.
    pub why: Vec<(Why, MeanEstimate)>,
}

/// What is measured.
const MEASURES: [Measure; 5] = [
    Measure::PRESENT_VALUE,
    Measure::PAID,
    Measure::Total(Total::Excess),
    Measure::Binding,
    Measure::BindingDate,
];

/// Takes the steps asked for, on the current thread pool; the observer is told the paths
/// of every step.
///
/// # Errors
/// Where a step makes no valid scenario, nothing is asked for, or the observer says to
/// stop.
pub fn update(base: &Base, asked: &UpdateAsked, observer: &dyn Observer) -> Result<Update, Error> {
    let before = base.with(&[])?;
    let steps = asked.steps(&before)?;
    let mut changes: Vec<String> = Vec::new();
    // Between runs too: to order shocks and to lay out lines takes as long as some of these.
    let asked_to_stop = || match observer.cancelled() {
        true => Err(Cancelled),
        false => Ok(()),
    };
    asked_to_stop()?;
    let ordering = Ordering::of(&before.simulation());
    asked_to_stop()?;
    let first = Stage::of(before, None, observer)?;
    // Smooth estimates want the order of their own shocks, and have no noise to cancel;
    // paths that are counted are the same in every step.
    let lent = (!first.is_smooth()).then_some(&ordering);
    let mut stages = vec![(None, first)];
    let mut shifted = Vec::new();
    for (why, own) in &steps {
        asked_to_stop()?;
        changes.extend(own.iter().cloned());
        let mut next = base.with(&changes)?;
        next.settings = stages[0].1.scenario.settings;
        let last = &stages[stages.len() - 1].1.scenario;
        let weights = match why {
            Why::News => Weights::of(last, &next),
            _ => Weights::default(),
        };
        let told = weights::changes(last, &weights);
        let stage = Stage::of(next, lent, observer)?;
        stages.push((Some(*why), stage.shifted(&shifted)));
        if !told.is_empty() {
            changes.extend(told);
            let mut next = base.with(&changes)?;
            next.settings = stages[0].1.scenario.settings;
            shifted = weights.shifted;
            let stage = stages[stages.len() - 1].1.weighed(next);
            stages.push((Some(Why::Weights), stage.shifted(&shifted)));
        }
    }
    let (first, last) = (&stages[0].1, &stages[stages.len() - 1].1);
    let dates = first.scenario.valuation.as_ref().map(|valuation| {
        let closing = last.scenario.valuation.as_ref();
        (valuation.date, closing.map_or(valuation.date, |v| v.date))
    });
    let agreements = (0..first.scenario.contracts.len())
        .map(|at| updated(&stages, at, dates))
        .collect::<Result<_, _>>()?;
    let taken: Vec<Why> = stages.iter().filter_map(|(why, _)| *why).collect();
    let (learned, cases) = match first.scenario.cases.is_empty() {
        true => (learned(&first.scenario, &last.scenario), Vec::new()),
        false => (None, weights::cases(&first.scenario, &last.scenario)),
    };
    Ok(Update {
        dates,
        steps: taken,
        learned,
        cases,
        agreements,
        changes,
        paths: first.scenario.settings.paths(),
        before: first.scenario.clone(),
        after: last.scenario.clone(),
    })
}

fn updated(
    stages: &[(Option<Why>, Stage)],
    at: usize,
    dates: Option<(Date, Date)>,
) -> Result<Updated, StudyError> {
    let first = &stages[0].1;
    let name = first.scenario.contracts[at].agreement.name.clone();
    if stages.iter().any(|(_, s)| s.scenario.contracts.len() <= at) {
        return Err(StudyError::new(
            format!("{name} is no agreement of the scenario as it is now"),
            "an update changes the keys of agreements, not their number",
        ));
    }
    let made: Vec<Figures> = stages
        .iter()
        .map(|(_, stage)| stage.paid_between(at, dates))
        .collect();
    let moved: Vec<Moved> = MEASURES
        .iter()
        .filter_map(|&measure| {
            let figures: Option<Vec<Figures>> = stages
                .iter()
                .map(|(_, stage)| stage.figures(at, measure))
                .collect();
            Some(moved(measure, stages, &figures?, &made))
        })
        .collect();
    let rolled = moved
        .iter()
        .find(|moved| moved.measure == Measure::PRESENT_VALUE)
        .zip(dates)
        .map(|(moved, dates)| RollForward::of(moved, dates));
    Ok(Updated {
        name,
        moved,
        rolled,
    })
}

/// A measure from stage to stage. A present value counts what is paid in between until
/// that is taken out, so that passing time is the unwinding of the discount alone, and
/// news is what the figures did to all that was still due at the opening.
fn moved(
    measure: Measure,
    stages: &[(Option<Why>, Stage)],
    figures: &[Figures],
    made: &[Figures],
) -> Moved {
    let is_value = measure == Measure::PRESENT_VALUE;
    let has_time = stages.iter().any(|(why, _)| *why == Some(Why::Time));
    let mut why = Vec::new();
    let mut standing = figures[0].clone();
    // Payments are taken out once the figures are known: these are what was paid.
    let is_last_of_past = |i: usize| {
        let next = stages.get(i + 1).and_then(|(why, _)| *why);
        has_time && !matches!(next, Some(Why::Time | Why::News | Why::Weights))
    };
    for i in 0..stages.len() {
        if let Some(step) = stages[i].0 {
            let is_past =
                matches!(step, Why::Time | Why::News | Why::Weights) && has_time && is_value;
            let next = match is_past {
                true => figures[i].plus(&made[i]),
                false => figures[i].clone(),
            };
            why.push((step, next.less(&standing)));
            standing = next;
            if is_past && is_last_of_past(i) {
                why.push((Why::Payments, figures[i].less(&standing)));
                standing = figures[i].clone();
            }
        }
    }
    why.sort_by_key(|(why, _)| *why as usize);
    let (before, after) = (&figures[0], &figures[figures.len() - 1]);
    Moved {
        measure,
        before: before.estimate(),
        after: after.estimate(),
        change: after.less(before),
        why,
    }
}

/// What the model now has learned from.
fn learned(before: &Scenario, after: &Scenario) -> Option<Learned> {
    let posterior = match (after.model.beliefs(), after.model.weighed()) {
        (Some(beliefs), _) => Posterior::Errors(beliefs),
        (_, weighed) => weighed.map(|weighed| Posterior::Inputs {
            beliefs: weighed.beliefs().to_vec(),
            effective: weighed.effective(),
        })?,
    };
    let (_, news) = after.model.learned_from();
    let known = asked::reported(before);
    let figures = asked::reported(after)
        .into_iter()
        .zip(news)
        .map(|(said, news)| ReportedFigure {
            is_new: !known.contains(&said),
            segment: said.segment,
            first_day: said.figure.first_day,
            last_day: said.figure.last_day,
            revenue: said.figure.value,
            error: said.figure.error.unwrap_or(0.0),
            news: *news,
        });
    Some(Learned {
        figures: figures.collect(),
        posterior,
    })
}
