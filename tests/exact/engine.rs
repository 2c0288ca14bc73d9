//! The run of a scenario whose revenue is certain: every statistic is that of the one
//! ledger.

use capbind::scenario::Scenario;
use capbind::simulate::{self, Quantity, Slot, Total};

use super::number::zero;
use super::program::{Compared, MIDNIGHT, reason};
use super::settle::Ledger;
use super::terms::Terms;
use super::value::present_value;

/// Where a run says otherwise than the exact ledger.
pub fn differences(terms: &Terms, scenario: &Scenario, exact: &Ledger) -> Vec<String> {
    let results = simulate::run(&scenario.simulation(), &()).unwrap();
    let outcomes = results.primary();
    let mut said = Compared::new(terms, exact);
    let mut cumulative = zero();
    for (k, line) in exact.lines.iter().enumerate() {
        cumulative += &line.payment;
        for (quantity, wanted) in [
            (Quantity::AccruedShare, &line.accrued),
            (Quantity::Payment, &line.payment),
            (Quantity::CumulativePaid, &cumulative),
        ] {
            let found = outcomes.quantity(quantity, Slot::Period(k)).unwrap();
            let what = format!("run: {} of period {k}", quantity.name());
            said.amount(&what, found.estimate.mean, wanted);
        }
    }
    said.amount(
        "run: interest",
        outcomes
            .total(Total::Interest)
            .map_or(0.0, |t| t.estimate.mean),
        &exact.interest,
    );
    let paid = outcomes.total(Total::Paid).unwrap().estimate.mean;
    said.amount("run: total paid", paid, &cumulative);
    if let Some(valuation) = &terms.valuation {
        let found = outcomes.total(Total::PresentValue).unwrap().estimate.mean;
        said.amount(
            "run: present value",
            found,
            &present_value(valuation, exact),
        );
    }
    for (date, cash) in outcomes.cash() {
        let wanted = exact
            .cash
            .iter()
            .find(|(day, _)| day.to_string() == date.to_string());
        let wanted = wanted.map_or(zero(), |(_, amount)| amount.clone());
        said.amount(&format!("run: cash on {date}"), cash.estimate.mean, &wanted);
    }
    if exact
        .reached
        .as_ref()
        .is_none_or(|reached| reached.margin > MIDNIGHT)
    {
        let reached = outcomes.reached_quantile(0.5).map(|date| date.to_string());
        let wanted = exact
            .reached
            .as_ref()
            .map(|reached| reached.day.to_string());
        said.same("run: reached", reached, wanted);
        for of in outcomes.reasons() {
            let wanted = if reason(*of) == exact.end.0 { 1.0 } else { 0.0 };
            let found = outcomes.ends().of(*of).mean;
            said.same(&format!("run: {} ends it", of.word()), found, wanted);
        }
    }
    said.differences
}
