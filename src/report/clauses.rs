//! An agreement's clauses in words, in the order in which they apply.

use crate::agreement::{
    Advance, Agreement, Amounts, AnnualCap, CapStep, CarryForward, Claim, Clauses, DatedRate,
    DeferredTo, Deflation, Indexation, MilestoneOver, PaymentPeriod, PaymentTerms, Share, StepUp,
    StepUpLasts, StepUpTest, Tier, TierBasis, TotalCap, Tranche, When, YearlyRate,
};
use crate::scenario::Scenario;
use crate::units::{Month, Parameter, Rounding, percent_digits};

/// A label and what the agreement says under it.
pub type Clause = (&'static str, String);

/// Everything an agreement says, in words; uncertain numbers by their medians.
pub fn clauses(scenario: &Scenario, agreement: &Agreement) -> Vec<Clause> {
    let words = Words {
        scenario,
        medians: medians(scenario),
        advances: !agreement.clauses.advances.is_empty(),
    };
    let mut said = vec![
        (
            "agreement",
            format!(
                "{} pays {} {}, {} to {}",
                agreement.payer,
                agreement.payee,
                words.share(&agreement.share),
                agreement.effective,
                agreement.expiry
            ),
        ),
        (
            "cap",
            match &agreement.cap {
                Some(cap) => words.cap(cap) + &words.together(agreement),
                None => "none".to_owned(),
            },
        ),
    ];
    if agreement.paid_before != Parameter::Fixed(0.0) {
        said.push(("paid before", words.amount(agreement.paid_before)));
    }
    said.extend(words.break_even(agreement));
    said.extend(words.beside(agreement));
    said
}

/// Who pays whom what at most, in a few words: `OpenAI pays Microsoft 20 % of revenue,
/// cap $38 bn`.
#[cfg(feature = "charts")]
pub(super) fn terms(scenario: &Scenario, agreement: &Agreement) -> String {
    let words = Words {
        scenario,
        medians: medians(scenario),
        advances: !agreement.clauses.advances.is_empty(),
    };
    let cap = match &agreement.cap {
        Some(cap) => format!("cap {}", words.cap(cap)),
        None => "no cap".to_owned(),
    };
    let share = words.share(&agreement.share);
    format!(
        "{} pays {} {share}, {cap}",
        agreement.payer, agreement.payee
    )
    .replace(" %", "\u{a0}%")
}

fn medians(scenario: &Scenario) -> Vec<f64> {
    let inputs = scenario.inputs.iter();
    inputs.map(|input| input.distribution.median()).collect()
}

struct Words<'a> {
    scenario: &'a Scenario,
    medians: Vec<f64>,
    /// Whether what a multiple is of grows where revenue reaches a level.
    advances: bool,
}

impl Words<'_> {
    /// A number, or the median of one that is uncertain.
    fn number(&self, parameter: Parameter, text: impl Fn(f64) -> String) -> String {
        let text = text(parameter.at(&self.medians));
        match parameter {
            Parameter::Fixed(_) => text,
            Parameter::Uncertain(_) => format!("uncertain, median {text}"),
        }
    }

    fn money(&self, amount: f64) -> String {
        self.scenario.money.format_exact(amount)
    }

    fn amount(&self, parameter: Parameter) -> String {
        self.number(parameter, |amount| self.money(amount))
    }

    fn percent(&self, parameter: Parameter) -> String {
        self.number(parameter, |rate| format!("{} %", percent_digits(rate)))
    }

    fn share(&self, share: &Share) -> String {
        match share {
            // A lone number reads better without the word, and the list of inputs has it.
            Share::Flat(rate) => {
                let rate = percent_digits(rate.at(&self.medians));
                format!("{rate} % of revenue")
            }
            Share::ByDate(rates) => {
                let rates = rates.iter().enumerate().map(|(i, rate)| {
                    let of = if i == 0 { " of revenue" } else { "" };
                    format!("{}{of} from {}", self.percent(rate.rate), rate.from)
                });
                joined(rates)
            }
            Share::ByAnnualRevenue { tiers, basis } => {
                format!("{} ({})", self.annual(tiers), of_basis(*basis))
            }
            Share::ByAnnualRevenueFrom { sets, basis } => {
                let sets = sets.iter().map(|set| {
                    let tiers = self.annual(&set.tiers);
                    let from = set.from.map(|from| format!(" from {from}"));
                    format!("{tiers}{}", from.unwrap_or_default())
                });
                let sets: Vec<String> = sets.collect();
                format!("{} ({})", sets.join("; "), of_basis(*basis))
            }
            Share::ByTotalRevenue(tiers) => {
                self.tiers(tiers, |above| format!("above {above} to date"))
            }
            Share::ByPaid(tiers) => self.tiers(tiers, |above| format!("once {above} is paid")),
        }
    }

    fn annual(&self, tiers: &[Tier]) -> String {
        self.tiers(tiers, |above| format!("above {above} a year"))
    }

    fn tiers(&self, tiers: &[Tier], from: impl Fn(String) -> String) -> String {
        joined(tiers.iter().map(|tier| {
            let rate = self.percent(tier.rate);
            match tier.above {
                0.0 => format!("{rate} of revenue"),
                above => format!("{rate} {}", from(self.money(above))),
            }
        }))
    }

    fn step_up(&self, step_up: &StepUp) -> String {
        let adds = self.percent(step_up.adds);
        let (test, figure) = match step_up.test {
            StepUpTest::Revenue { year, below } => {
                let of = year.map_or("a year".to_owned(), |year| year.to_string());
                let below = self.amount(below);
                (
                    format!("revenue of {of} is below {below}"),
                    "a year reaches it",
                )
            }
            StepUpTest::Paid { on, below } => {
                let below = self.amount(below);
                (format!("less than {below} is paid by {on}"), "it is paid")
            }
        };
        let lasts = match step_up.lasts {
            StepUpLasts::End => String::new(),
            StepUpLasts::Reached => format!(", until {figure}"),
            StepUpLasts::Year => ", for the year after".to_owned(),
        };
        format!("{adds} more where {test}{lasts}")
    }

    fn advance(&self, advance: &Advance) -> String {
        let (amount, level) = (self.money(advance.amount), self.amount(advance.reaches));
        let of = match advance.year {
            Some(year) => format!("revenue of {year}"),
            None => "revenue to date".to_owned(),
        };
        let by = advance.by.map(|by| format!(" by {by}"));
        let by = by.unwrap_or_default();
        format!("{amount} with the first period after {of} reaches {level}{by}")
    }

    fn step(&self, step: &CapStep) -> String {
        let Some(upfront) = step.multiple_of else {
            return self.amount(step.amount);
        };
        let multiple = self.number(step.amount, |multiple| format!("{multiple}"));
        let amount = self.money(step.at(&self.medians));
        let more = match self.advances {
            true => " and what is advanced by revenue",
            false => "",
        };
        format!("{amount} ({multiple} × {}{more})", self.money(upfront))
    }

    /// The other agreements whose payments count against the cap.
    fn together(&self, agreement: &Agreement) -> String {
        let Some(owner) = agreement.clauses.cap_of else {
            return String::new();
        };
        let others = self.scenario.agreements.iter();
        let others = others
            .filter(|other| other.clauses.cap_of == Some(owner) && other.name != agreement.name);
        let others = joined(others.map(|other| other.name.clone()));
        format!(" for this and {others} together, pro rata to what is due when it is reached")
    }

    fn cap(&self, cap: &TotalCap) -> String {
        let steps = cap.steps.iter().map(|step| match step.until {
            Some(until) => format!("{} if reached by {until}", self.step(step)),
            None => self.step(step),
        });
        let steps: Vec<String> = steps.collect();
        let steps = steps.join(", else ");
        match &cap.indexation {
            Indexation::None => steps,
            Indexation::Escalating { rate, from } => match rate {
                YearlyRate::Constant(rate) => {
                    let rate = self.percent(*rate);
                    format!("{steps}, growing by {rate} a year from {from}")
                }
                YearlyRate::ByDate(rates) => {
                    let rates = self.rates(rates);
                    format!("{steps}, growing on each anniversary of {from} by {rates}")
                }
            },
            Indexation::Return { rate, from } => {
                let rate = self.percent(*rate);
                format!(
                    "what returns {rate} a year on the upfront payment, by payment dates (worth {steps} on {from})"
                )
            }
            Indexation::Real {
                inflation,
                prices_of,
                of: Deflation::Interest,
            } => match inflation {
                YearlyRate::Constant(rate) => {
                    let rate = self.percent(*rate);
                    format!("a present value of {steps} on {prices_of}, at {rate} a year")
                }
                YearlyRate::ByDate(rates) => {
                    let rates = self.rates(rates);
                    format!("a present value of {steps} on {prices_of}, at {rates} a year")
                }
            },
            Indexation::Real {
                inflation,
                prices_of,
                of: Deflation::Prices,
            } => match inflation {
                YearlyRate::Constant(rate) => {
                    let rate = self.percent(*rate);
                    format!("{steps} in prices of {prices_of}, at {rate} inflation a year")
                }
                YearlyRate::ByDate(rates) => {
                    let rates = self.rates(rates);
                    format!("{steps} in prices of {prices_of}; inflation a year {rates}")
                }
            },
        }
    }

    /// `5 % from 2024-01-01, then 2 % from 2026-01-01`.
    fn rates(&self, rates: &[DatedRate]) -> String {
        let rate = |r: &DatedRate| format!("{} from {}", self.percent(r.rate), r.from);
        let rates: Vec<String> = rates.iter().map(rate).collect();
        rates.join(", then ")
    }

    /// The eligible revenue that uses up the cap of a flat share.
    fn break_even(&self, agreement: &Agreement) -> Option<Clause> {
        let flat = agreement.flat()?;
        let share = flat.share.at(&self.medians);
        let left = flat.cap?.at(&self.medians) - flat.paid_before.at(&self.medians);
        let revenue = Some(left.max(0.0) / share).filter(|revenue| revenue.is_finite())?;
        let revenue = self.money(revenue);
        let text =
            format!("the cap binds if eligible revenue reaches {revenue} (cap left / share)");
        Some(("break-even", text))
    }

    /// Every clause beside share, cap and dates.
    fn beside(&self, agreement: &Agreement) -> Vec<Clause> {
        let clauses = &agreement.clauses;
        // By name, so that one that is added does not compile until it is said here.
        let Clauses {
            eligible: _,
            threshold: _,
            revenue_floor: _,
            on_account: _,
            step_ups: _,
            year_to_date: _,
            milestones: _,
            annual_cap: _,
            minimum: _,
            period_minimum: _,
            floors: _,
            year_ends: _,
            upfront: _,
            advances: _,
            cap_of: _,
            first_payment: _,
            least_payment: _,
            deferral: _,
            cents_per_unit: _,
            events: _,
            turn: _,
            default: _,
            paid_so_far: _,
            past_periods: _,
        } = clauses;
        let mut said: Vec<Clause> = Vec::new();
        if !clauses.eligible.is_empty() {
            let segments = clauses.eligible.iter();
            let counts =
                segments.map(|(name, fraction)| format!("{} of {name}", self.percent(*fraction)));
            said.push(("what counts", joined(counts)));
        }
        if let Some(threshold) = clauses.threshold {
            let free = self.amount(threshold);
            said.push((
                "threshold",
                format!("revenue up to {free} in total is not shared"),
            ));
        }
        if let Some(floor) = clauses.revenue_floor {
            let floor = self.amount(floor);
            said.push((
                "revenue floor",
                format!("a period whose revenue is below {floor} a year earns no share"),
            ));
        }
        if let Some(rate) = clauses.on_account {
            let rate = self.percent(rate);
            let text = format!("{rate} during the year, trued up with its last period");
            said.push(("on account", text));
        }
        if let Some(earlier) = clauses.year_to_date {
            let text = match earlier {
                Parameter::Fixed(0.0) => "count from their first day".to_owned(),
                earlier => format!(
                    "count from their first day, the first with {} before",
                    self.amount(earlier)
                ),
            };
            said.push(("years", text));
        }
        let step_ups = clauses.step_ups.iter();
        said.extend(step_ups.map(|step_up| ("step-up", self.step_up(step_up))));
        for milestone in &clauses.milestones {
            let (amount, level) = (
                self.amount(milestone.amount),
                self.amount(milestone.reaches),
            );
            let over = match milestone.over {
                MilestoneOver::Total => "revenue to date".to_owned(),
                MilestoneOver::EachYear => "revenue of any year".to_owned(),
                MilestoneOver::Year(year) => format!("revenue of {year}"),
            };
            let by = milestone
                .by
                .map_or_else(String::new, |by| format!(" by {by}"));
            said.push((
                "milestone",
                format!("{amount} when {over} reaches {level}{by}"),
            ));
        }
        let annual_cap = clauses.annual_cap.as_ref();
        said.extend(annual_cap.map(|cap| ("annual cap", self.annual_cap(cap))));
        if let Some(minimum) = &clauses.period_minimum {
            let every = minimum.every.word();
            let amount = self.amounts(&minimum.amount);
            said.push(("minimum", format!("{amount} each {every}")));
        }
        if let Some(minimum) = &clauses.minimum {
            said.push(("annual minimum", self.amounts(minimum)));
        }
        if agreement.counts_by_year() && clauses.year_ends != 12 {
            let month = Month::numbered(clauses.year_ends).name();
            said.push(("years", format!("end with {month}")));
        }
        if let Some(parts) = clauses.cents_per_unit {
            let money = &self.scenario.money;
            let is = |rounding| money.parts(rounding) == Some(parts);
            let to = match () {
                () if is(Rounding::Unit) => "a whole amount of the currency",
                () if is(Rounding::Cent) => "the cent",
                _ => "the smallest amount of the currency",
            };
            said.push(("rounding", format!("each period's payment to {to}")));
        }
        for floor in &clauses.floors {
            let step = CapStep {
                until: None,
                amount: floor.amount,
                multiple_of: floor.multiple_of,
            };
            let by = floor.by.map_or("the end".to_owned(), |by| by.to_string());
            let text = format!(
                "{} is paid by {by}, or the difference is due",
                self.step(&step)
            );
            said.push(("floor", text));
        }
        if !clauses.upfront.is_empty() {
            let tranche = |tranche: &Tranche| {
                let date = tranche.date.map(|date| format!(" on {date}"));
                format!("{}{}", self.money(tranche.amount), date.unwrap_or_default())
            };
            let dated = clauses.upfront.iter().map(tranche);
            let advances = clauses.advances.iter().map(|advance| self.advance(advance));
            said.push(("upfront", joined(dated.chain(advances))));
        }
        said.extend(payment(&agreement.payment).map(|text| ("paid", text)));
        if let Some(first) = clauses.first_payment {
            said.push(("first payment", format!("not before {first}")));
        }
        if let Some(least) = clauses.least_payment {
            let text = format!(
                "at least {}; less is carried to the next",
                self.amount(least)
            );
            said.push(("a payment", text));
        }
        if let Some(deferral) = clauses.deferral {
            let to = match deferral.to {
                DeferredTo::Months(months) => format!("{months} months later"),
                DeferredTo::Date(date) => format!("on {date}"),
            };
            let interest = match deferral.interest {
                Parameter::Fixed(0.0) => "without interest".to_owned(),
                rate => format!("with {} interest a year", self.percent(rate)),
            };
            let part = self.percent(deferral.fraction);
            said.push((
                "deferral",
                format!("{part} of every payment {to}, {interest}"),
            ));
        }
        for event in &clauses.events {
            let mut text = format!("{}: {}", event.name, self.when(event.when));
            if let Some(pays) = &event.pays {
                let steps = pays.steps.iter().map(|step| match step.until {
                    Some(until) => format!("{} until {until}", self.step(step)),
                    None => self.step(step),
                });
                let less = if pays.less_paid {
                    ", less what has been paid"
                } else {
                    ""
                };
                text.push_str(&format!("; it makes due {}{less}", joined(steps)));
            }
            said.push(("ending event", text));
        }
        if let Some(turn) = &clauses.turn {
            let (when, rate) = (self.when(turn.when), self.percent(turn.rate));
            let text = format!("{}: {when}; the share is {rate} from then on", turn.name);
            said.push(("event", text));
        }
        if let Some(default) = clauses.default {
            let claim = match default.claim {
                Claim::Accrued => "what is owed",
                Claim::Cap => "what the cap still allows",
            };
            let text = format!(
                "{}; {} of {claim} recovered after {} months",
                self.when(default.when),
                self.percent(default.recovery),
                default.lag_months
            );
            said.push(("default", text));
        }
        if clauses.past_periods > 0 {
            let periods = self.scenario.timeline.periods();
            let last = periods[clauses.past_periods - 1].last_day;
            said.push(("actuals", format!("history to {last}")));
        }
        said
    }

    /// One amount, or `$5 from 2026-01-01, then $8 from 2028-01-01`.
    fn amounts(&self, amounts: &Amounts) -> String {
        match amounts {
            Amounts::Constant(amount) => self.amount(*amount),
            Amounts::ByDate(amounts) => {
                let said = amounts.iter();
                let said = said.map(|a| format!("{} from {}", self.amount(a.amount), a.from));
                said.collect::<Vec<_>>().join(", then ")
            }
        }
    }

    fn annual_cap(&self, cap: &AnnualCap) -> String {
        let mut amount = self.amounts(&cap.amount);
        if cap.prorated {
            amount.push_str(", by days for a part of a year");
        }
        match cap.carry {
            CarryForward::None => amount,
            CarryForward::Excess => format!("{amount}; what it cuts is paid in later years"),
            CarryForward::Room => format!("{amount}, raised by what earlier years left"),
        }
    }

    fn when(&self, when: When) -> String {
        match when {
            When::Years(years) => {
                let date = |years| self.scenario.timeline.day_at(years).to_string();
                self.number(years, date)
            }
            When::Hazard { rate, with, .. } => {
                let rate = self.number(rate, |rate| format!("{rate}"));
                let Some(with) = with else {
                    return format!("hazard {rate} a year");
                };
                let (at, power) = (
                    self.amount(with.at),
                    self.number(with.elasticity, |elasticity| format!("{elasticity}")),
                );
                format!("hazard {rate} a year × (revenue a year / {at})^{power}")
            }
            When::Revenue(level) => {
                format!("when revenue to date reaches {}", self.amount(level))
            }
            When::Payments(count) => {
                format!("with the last day of the period that has payment {count}")
            }
        }
    }
}

fn of_basis(basis: TierBasis) -> &'static str {
    match basis {
        TierBasis::Marginal => "each rate for the revenue within its tier",
        TierBasis::Retroactive => "the rate reached for all of the year's revenue",
    }
}

/// When payments are made, where it is not at the end of each accrual period.
fn payment(terms: &PaymentTerms) -> Option<String> {
    if *terms == PaymentTerms::default() {
        return None;
    }
    let every = terms.every.map_or("accrual period", PaymentPeriod::word);
    let fiscal = match terms.every {
        None | Some(PaymentPeriod::Month) => String::new(),
        Some(_) if terms.year_ends == 12 => String::new(),
        Some(_) => format!(
            " of years that end with {}",
            Month::numbered(terms.year_ends).name()
        ),
    };
    let count = |n: i32, word: &str| match n {
        0 => None,
        1 => Some(format!("1 {word}")),
        n => Some(format!("{n} {word}s")),
    };
    let lag = [
        count(terms.lag_months, "month"),
        count(terms.lag_days, "day"),
    ];
    let lag: Vec<String> = lag.into_iter().flatten().collect();
    let after = match lag.as_slice() {
        [] => "at the end".to_owned(),
        lag => format!("{} after the end", lag.join(" and ")),
    };
    Some(format!("{after} of each {every}{fiscal}"))
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
