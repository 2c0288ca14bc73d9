//! How sharing ends, in words. Whatever says what ends an agreement and when, a
//! headline, a chart, a page, says it with these.

use std::borrow::Cow;

use super::Part;
use super::answer::day_month_year;
use super::probability::{is_none, of_outcomes, share_of_outcomes};
use crate::agreement::{Agreement, EndReason};
use crate::simulate::Ends;
use crate::stats::Estimate;
use crate::units::Date;

/// Reasons named in a sentence, the most likely ones; the others are summed up.
const MOST_NAMED: usize = 3;

/// The ends of an agreement with their probabilities, the most likely first.
pub(super) struct Ending<'a> {
    agreement: &'a Agreement,
    ends: &'a Ends,
    reasons: Vec<(EndReason, Estimate)>,
}

impl<'a> Ending<'a> {
    /// The ends of an agreement of a run.
    pub(super) fn of(part: &Part<'a>) -> Self {
        let outcomes = part.outcomes;
        Self::new(
            &part.contract.agreement,
            outcomes.reasons(),
            outcomes.ends(),
        )
    }

    /// The ends of an agreement from the reasons that may be and the ends of all paths.
    pub(super) fn new(agreement: &'a Agreement, reasons: &[EndReason], ends: &'a Ends) -> Self {
        let mut reasons: Vec<_> = reasons.iter().map(|&r| (r, ends.of(r))).collect();
        reasons.sort_by(|a, b| b.1.mean.total_cmp(&a.1.mean));
        Self {
            agreement,
            ends,
            reasons,
        }
    }

    /// Whether more than the cap and the expiry can end it: an event, a default.
    pub(super) fn has_others(&self) -> bool {
        let other = |reason: EndReason| matches!(reason, EndReason::Event(_) | EndReason::Default);
        self.reasons.iter().any(|(reason, _)| other(*reason))
    }

    /// The day on or before which sharing has ended in half of all outcomes.
    pub(super) fn median(&self) -> Date {
        self.ends.end_quantile(0.5)
    }

    /// Every end with its probability, the most likely first.
    pub(super) fn reasons(&self) -> &[(EndReason, Estimate)] {
        &self.reasons
    }

    /// `in the median outcome on 4 May 2028`; of the expiry, `in the median outcome by
    /// date, on …`.
    pub(super) fn median_words(&self) -> String {
        let date = self.median();
        let by = match date == self.agreement.expiry {
            true => "by date, ",
            false => "",
        };
        format!("in the median outcome {by}on {}", day_month_year(date))
    }

    /// The most likely end: `by default (87.0 % of outcomes)`.
    pub(super) fn most_often(&self) -> String {
        let likely = self.reasons.first();
        likely.map_or_else(String::new, |(reason, estimate)| {
            let share = share_of_outcomes(estimate.mean);
            format!("by {} ({share})", name(self.agreement, *reason))
        })
    }

    /// The most likely end and the median one, in a few words: `by default (87 % of
    /// simulated outcomes; median end 4 May 2028)`.
    pub(super) fn in_short(&self) -> String {
        let Some((reason, estimate)) = self.reasons.first() else {
            return String::new();
        };
        format!(
            "by {} ({}; median end {})",
            name(self.agreement, *reason),
            share_of_outcomes(estimate.mean),
            day_month_year(self.median())
        )
    }

    /// `Sharing ends by default in 87.0 % of outcomes, by the cap in 10.2 %, by date in
    /// 2.8 %`, after each probability what `known` says of it in brackets.
    pub(super) fn statement(&self, known: impl Fn(&Estimate) -> Option<String>) -> String {
        let said = |estimate: &Estimate| match known(estimate) {
            Some(known) => format!(" ({known})"),
            None => String::new(),
        };
        let mut named = Vec::new();
        let mut others = 0.0;
        for (i, (reason, estimate)) in self.reasons.iter().enumerate() {
            let probability = estimate.mean;
            let share = match i {
                0 => share_of_outcomes(probability),
                _ => of_outcomes(probability),
            };
            let name = name(self.agreement, *reason);
            if i < MOST_NAMED && !is_none(probability) || *reason == EndReason::Cap {
                named.push(format!("by {name} in {share}{}", said(estimate)));
            } else {
                others += probability;
            }
        }
        if !is_none(others) {
            named.push(format!("otherwise in {}", of_outcomes(others)));
        }
        format!("Sharing ends {}", named.join(", "))
    }
}

/// How a sentence calls what ends an agreement: events as their author does.
pub(super) fn name(agreement: &Agreement, reason: EndReason) -> Cow<'static, str> {
    match reason {
        EndReason::Cap => "the cap".into(),
        EndReason::Expiry => "date".into(),
        EndReason::Event(i) => format!("“{}”", agreement.clauses.events[i].name).into(),
        EndReason::Default => "default".into(),
    }
}
