//! The program's own settlement of a contract, and where it differs.

use capbind::Error;
use std::collections::BTreeSet;

use capbind::agreement::{EndReason, Settlement};
use capbind::scenario::Scenario;
use capbind::simulate::replay_path;

use super::calendar::Day;
use super::engine;
use super::number::{Exact, float, zero};
use super::settle::{Ledger, Reason};
use super::terms::{Source, Terms};

/// Of the largest amount of a case: what sums of binary numbers may be off by.
const TOLERANCE: f64 = 1e-9;
/// Days: what a moment near midnight may be off by.
pub const MIDNIGHT: f64 = 1e-6;

pub fn scenario(terms: &Terms) -> Result<Scenario, String> {
    let text = terms.scenario();
    Scenario::parse("case.toml", "case", &text, &[]).map_err(|error| match error {
        Error::Invalid(problems) => problems.render(false),
        other => other.to_string(),
    })
}

/// What the program says otherwise, in words; nothing where both agree.
pub fn differences(terms: &Terms, exact: &Ledger) -> Vec<String> {
    let scenario = match scenario(terms) {
        Ok(scenario) => scenario,
        Err(message) => return vec![format!("refused: {message}")],
    };
    let mut path = replay_path(&scenario.simulation(), 0).unwrap();
    if terms.source == Source::Given {
        path.segments.clear();
        for k in 0..path.revenue.len() {
            path.revenue[k] = terms
                .segments
                .iter()
                .map(|segment| segment.written[k].float())
                .sum();
        }
        if terms.segments.len() > 1 {
            for segment in &terms.segments {
                path.segments
                    .extend(segment.written.iter().map(|amount| amount.float()));
            }
        }
    }
    let mut found = Settlement::default();
    path.settle(&scenario.model, scenario.primary(), &mut found);
    let mut said = Compared::new(terms, exact);
    for (k, (line, wanted)) in found.lines.iter().zip(&exact.lines).enumerate() {
        let end = scenario.timeline.periods()[k].last_day;
        said.amount(&format!("{end} revenue"), line.revenue, &wanted.revenue);
        said.amount(&format!("{end} accrued"), line.accrued, &wanted.accrued);
        said.amount(&format!("{end} added"), line.added, &wanted.added);
        said.amount(&format!("{end} payment"), line.payment, &wanted.payment);
        said.amount(&format!("{end} loss"), line.loss, &wanted.loss);
        for amount in [
            line.accrued,
            line.added,
            line.payment,
            line.excess,
            line.loss,
        ] {
            if amount < 0.0 {
                said.differ(format!("{end}: an amount is negative: {line:?}"));
            }
        }
    }
    said.same("periods", found.lines.len(), exact.lines.len());
    let reached = found
        .reached
        .map(|reached| (reached.period, reached.date.to_string()));
    let wanted = exact
        .reached
        .as_ref()
        .map(|reached| (reached.period, reached.day.to_string()));
    let told = exact
        .reached
        .as_ref()
        .is_none_or(|reached| reached.margin > MIDNIGHT);
    if told {
        said.same("reached", reached, wanted);
        let end = (exact.end.0, exact.end.1.to_string());
        said.same(
            "end",
            (reason(found.end.reason), found.end.date.to_string()),
            end,
        );
    }
    said.same("binds", found.binds, exact.binds);
    said.amount("interest", found.interest, &exact.interest);
    let dates = scenario.primary().schedule.cash_dates();
    let paid = dates
        .iter()
        .zip(&found.cash)
        .map(|(date, amount)| (date.to_string(), *amount));
    let paid: std::collections::BTreeMap<String, f64> = paid.collect();
    let exact_cash = exact
        .cash
        .iter()
        .map(|(day, amount)| (day.to_string(), amount.clone()));
    let exact_cash: std::collections::BTreeMap<String, Exact> = exact_cash.collect();
    for day in paid
        .keys()
        .chain(exact_cash.keys())
        .collect::<BTreeSet<_>>()
    {
        let wanted = exact_cash.get(day).cloned().unwrap_or_else(zero);
        said.amount(
            &format!("cash {day}"),
            paid.get(day).copied().unwrap_or(0.0),
            &wanted,
        );
    }
    let day = |day: &Day| day.to_string();
    let recovered = exact
        .recovered
        .as_ref()
        .filter(|(_, amount)| *amount > zero());
    let found_recovered = found.recovered.filter(|cash| cash.amount > 0.0);
    said.same(
        "recovery date",
        found_recovered.map(|cash| cash.date.to_string()),
        recovered.map(|(date, _)| day(date)),
    );
    if let (Some(cash), Some((_, amount))) = (found_recovered, recovered) {
        said.amount("recovered", cash.amount, amount);
    }
    // A run's revenue is that of its text, so it is asked where the text says it all.
    if said.differences.is_empty()
        && terms.source != Source::Given
        && terms.number.is_multiple_of(4)
    {
        return engine::differences(terms, &scenario, exact);
    }
    said.differences
}

pub fn reason(of: EndReason) -> Reason {
    match of {
        EndReason::Cap => Reason::Cap,
        EndReason::Expiry => Reason::Expiry,
        EndReason::Event(i) => Reason::Event(i),
        EndReason::Default => Reason::Default,
    }
}

/// What differs so far.
pub struct Compared {
    scale: f64,
    pub differences: Vec<String>,
}

impl Compared {
    pub fn new(terms: &Terms, exact: &Ledger) -> Self {
        let amounts = exact
            .lines
            .iter()
            .map(|line| float(&line.revenue).max(float(&line.payment)));
        let largest = amounts.fold(0.0, f64::max);
        // Rounded amounts agree to the cent: to far less than one.
        let scale = if terms.rounding {
            largest.min(1.0)
        } else {
            largest
        };
        Self {
            scale: scale.max(1e-3),
            differences: Vec::new(),
        }
    }

    fn differ(&mut self, what: String) {
        self.differences.push(what);
    }

    pub fn amount(&mut self, what: &str, found: f64, wanted: &Exact) {
        let wanted = float(wanted);
        if (found - wanted).abs() > TOLERANCE * self.scale.max(wanted.abs()) {
            self.differ(format!("{what}: {found}, exactly {wanted}"));
        }
    }

    pub fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: T, wanted: T) {
        if found != wanted {
            self.differ(format!("{what}: {found:?}, exactly {wanted:?}"));
        }
    }
}
