//! An agreement without the clauses that change nothing, whatever happens.
//!
//! What a clause does decides what it costs, not whether it is written: a minimum of
//! nothing, a deferral of no part, an event that cannot come before sharing is over.

use super::{
    Agreement, CapStep, Clauses, DatedRate, DeferredTo, Indexation, MilestoneOver,
    MilestonePayment, Schedule, Share, StepUp, StepUpTest, Tier, TotalCap, When, YearlyRate,
};
use crate::units::{Date, Input, Parameter, Timeline};

const NOTHING: Parameter = Parameter::Fixed(0.0);
const ALL: Parameter = Parameter::Fixed(1.0);

/// The days on which revenue may earn share, and what is drawn.
struct Around<'a> {
    first: Date,
    last: Date,
    timeline: &'a Timeline,
    inputs: &'a [Input],
}

impl When {
    /// The earliest that it may be, in years from the timeline's start; infinite for
    /// never.
    pub fn earliest(self, inputs: &[Input]) -> f64 {
        let range = |parameter: Parameter| match parameter {
            Parameter::Fixed(value) => (value, value),
            Parameter::Uncertain(i) => inputs[i].distribution.range(),
        };
        match self {
            Self::Years(years) => range(years).0,
            Self::Revenue(_) | Self::Payments(_) => 0.0,
            Self::Hazard { rate, .. } if range(rate).1 > 0.0 => 0.0,
            Self::Hazard { .. } => f64::INFINITY,
        }
    }
}

impl Agreement {
    /// The same agreement without what changes nothing on any path, where revenue earns
    /// share up to a day, `last`, and `inputs` are what is drawn. What it pays and when
    /// is the same, up to the rounding of sums taken in another order.
    #[must_use]
    pub fn simplified(&self, last: Date, timeline: &Timeline, inputs: &[Input]) -> Self {
        let around = Around {
            first: self.effective.max(timeline.start()),
            last,
            timeline,
            inputs,
        };
        let share = around.share(&self.share);
        let mut simplified = Self {
            cap: self.cap.as_ref().map(|cap| around.cap(cap, &self.clauses)),
            clauses: around.clauses(&self.clauses, &share),
            share,
            ..self.clone()
        };
        if let Some(default) = self.clauses.default
            && !around.happens(default.when)
            && !around.is_due_after(&simplified, default.when)
        {
            simplified.clauses.default = None;
        }
        simplified
    }
}

impl Around<'_> {
    fn share(&self, share: &Share) -> Share {
        match share {
            Share::Flat(_) => share.clone(),
            Share::ByDate(rates) => self.by_date(rates),
            Share::ByAnnualRevenue { tiers, basis } => {
                let tiers = told_apart(tiers);
                match tiers.as_slice() {
                    [one] => Share::Flat(one.rate),
                    _ => Share::ByAnnualRevenue {
                        tiers,
                        basis: *basis,
                    },
                }
            }
            Share::ByAnnualRevenueFrom { .. } => share.clone(),
            Share::ByTotalRevenue(tiers) => {
                let tiers = told_apart(tiers);
                match tiers.as_slice() {
                    [one] => Share::Flat(one.rate),
                    _ => Share::ByTotalRevenue(tiers),
                }
            }
            Share::ByPaid(tiers) => {
                let tiers = told_apart(tiers);
                match tiers.as_slice() {
                    [one] => Share::Flat(one.rate),
                    _ => Share::ByPaid(tiers),
                }
            }
        }
    }

    fn by_date(&self, rates: &[DatedRate]) -> Share {
        let until = |i: usize| rates.get(i + 1).map(|next| next.from);
        let applies = |(i, rate): &(usize, &DatedRate)| {
            rate.from <= self.last && until(*i).is_none_or(|next| next > self.first)
        };
        let applying = rates.iter().enumerate().filter(applies);
        let mut applying: Vec<DatedRate> = applying.map(|(_, rate)| *rate).collect();
        applying.dedup_by_key(|rate| rate.rate);
        match applying.as_slice() {
            // Nothing is shared as long as there is no rate.
            [] => Share::Flat(NOTHING),
            [one] if one.from <= self.first => Share::Flat(one.rate),
            _ => Share::ByDate(applying),
        }
    }

    fn cap(&self, cap: &TotalCap, clauses: &Clauses) -> TotalCap {
        let mut steps: Vec<CapStep> = Vec::new();
        for step in &cap.steps {
            let is_over = step.until.is_some_and(|until| until < self.first);
            if steps.last().is_some_and(|last| last.until.is_none()) {
                break;
            }
            let until = step.until.filter(|until| *until < self.last);
            let step = CapStep { until, ..*step };
            match steps.last_mut() {
                _ if is_over => {}
                Some(before)
                    if (before.amount, before.multiple_of) == (step.amount, step.multiple_of) =>
                {
                    *before = step;
                }
                _ => steps.push(step),
            }
        }
        if steps.is_empty() {
            steps.extend(cap.steps.last());
        }
        // The last has no end, whatever it says.
        if let Some(last) = steps.last_mut() {
            last.until = None;
        }
        TotalCap {
            steps,
            indexation: match &cap.indexation {
                // At any rate, it grows with what is advanced.
                kept @ Indexation::Return { .. } if !clauses.advances.is_empty() => kept.clone(),
                indexation => self.indexation(indexation),
            },
        }
    }

    fn indexation(&self, indexation: &Indexation) -> Indexation {
        let is_nothing = |rate: &YearlyRate| match rate {
            YearlyRate::Constant(rate) => *rate == NOTHING,
            YearlyRate::ByDate(rates) => rates.iter().all(|rate| rate.rate == NOTHING),
        };
        match indexation {
            Indexation::Escalating { rate, from }
                if is_nothing(rate) || from.add_months(12) > self.last =>
            {
                Indexation::None
            }
            Indexation::Real { inflation, .. } if is_nothing(inflation) => Indexation::None,
            Indexation::Return { rate, .. } if *rate == NOTHING => Indexation::None,
            other => other.clone(),
        }
    }

    /// Whether it may come while revenue earns share: what happens at the close of the
    /// last day or later ends nothing.
    fn happens(&self, when: When) -> bool {
        when.earliest(self.inputs) < self.timeline.years_to(self.last.add_days(1))
    }

    /// Whether anything may be due after it: of that a default takes its part.
    fn is_due_after(&self, agreement: &Agreement, when: When) -> bool {
        let years = when.earliest(self.inputs);
        let until = Agreement {
            expiry: self.last,
            ..agreement.clone()
        };
        let schedule = Schedule::new(&until, self.timeline);
        let last = schedule.cash_dates().last();
        last.is_some_and(|due| self.timeline.years_to(due.add_days(1)) > years)
    }

    fn clauses(&self, clauses: &Clauses, share: &Share) -> Clauses {
        let clauses = clauses.clone();
        let mut eligible = clauses.eligible;
        if eligible.iter().all(|(_, fraction)| *fraction == ALL) {
            eligible.clear();
        }
        let mut step_ups = clauses.step_ups;
        step_ups.retain(|step_up| step_up.adds != NOTHING);
        let by_year = |milestone: &MilestonePayment| milestone.over != MilestoneOver::Total;
        let is_yearly = |step_up: &StepUp| matches!(step_up.test, StepUpTest::Revenue { .. });
        let counts_years = share.annual(None).is_some()
            || clauses.milestones.iter().any(by_year)
            || clauses
                .advances
                .iter()
                .any(|advance| advance.year.is_some())
            || step_ups.iter().any(is_yearly);
        let mut milestones = clauses.milestones;
        milestones.retain(|milestone| {
            milestone.amount != NOTHING && milestone.by.is_none_or(|by| by >= self.first)
        });
        let mut floors = clauses.floors;
        floors
            .retain(|floor| floor.amount != NOTHING && floor.by.is_none_or(|by| by >= self.first));
        let mut advances = clauses.advances;
        advances.retain(|advance| advance.by.is_none_or(|by| by >= self.first));
        let mut events = clauses.events;
        for event in &mut events {
            event
                .pays
                .take_if(|pays| pays.steps.iter().all(|step| step.amount == NOTHING));
        }
        // Those before one that may happen keep their positions, by which they are known.
        while events.pop_if(|event| !self.happens(event.when)).is_some() {}
        Clauses {
            eligible,
            floors,
            step_ups,
            year_to_date: clauses.year_to_date.filter(|_| counts_years),
            milestones,
            advances,
            events,
            threshold: clauses.threshold.filter(|threshold| *threshold != NOTHING),
            revenue_floor: clauses.revenue_floor.filter(|floor| *floor != NOTHING),
            turn: clauses.turn.filter(|turn| self.happens(turn.when)),
            on_account: clauses
                .on_account
                .filter(|rate| share.flat() != Some(*rate)),
            minimum: clauses.minimum.filter(|minimum| !minimum.are_all(NOTHING)),
            period_minimum: clauses
                .period_minimum
                .filter(|minimum| !minimum.amount.are_all(NOTHING)),
            least_payment: clauses.least_payment.filter(|least| *least != NOTHING),
            deferral: clauses.deferral.filter(|deferral| {
                let is_later = match deferral.to {
                    DeferredTo::Months(months) => months > 0,
                    DeferredTo::Date(until) => until > self.first,
                };
                deferral.fraction != NOTHING && is_later
            }),
            ..clauses
        }
    }
}

/// Tiers of which no two neighbours have one rate.
fn told_apart(tiers: &[Tier]) -> Vec<Tier> {
    let mut tiers = tiers.to_vec();
    tiers.dedup_by_key(|tier| tier.rate);
    tiers
}
