//! Agreements to settle, in few words.

use capbind::agreement::{
    Agreement, Amounts, Clauses, Contract, PaymentTerms, Settlement, TotalCap,
};
use capbind::units::{Date, Parameter, Step, Timeline};

pub fn day(year: i16, month: i8, day: i8) -> Date {
    Date::new(year, month, day).unwrap()
}

/// Years from 2026 on.
pub fn years(count: usize) -> Timeline {
    grid(count, Step::Year)
}

/// Months from January 2026 on.
pub fn months(count: usize) -> Timeline {
    grid(count, Step::Month)
}

/// Quarters from January 2026 on.
pub fn quarters(count: usize) -> Timeline {
    grid(count, Step::Quarter)
}

fn grid(count: usize, step: Step) -> Timeline {
    let start = day(2026, 1, 1);
    let end = start.add_months(count as i32 * step.months()).add_days(-1);
    Timeline::new(start, end, step).unwrap()
}

pub fn fixed(value: f64) -> Parameter {
    Parameter::Fixed(value)
}

pub fn cap(amount: f64) -> Option<TotalCap> {
    Some(fixed(amount).into())
}

/// The amount of all years.
pub fn lone(amounts: &mut Amounts) -> &mut Parameter {
    match amounts {
        Amounts::Constant(amount) => amount,
        Amounts::ByDate(_) => panic!("these change with a date"),
    }
}

/// A share of a tenth of all revenue, without a cap, paid at once.
pub fn tenth(timeline: &Timeline) -> Agreement {
    Agreement {
        name: "a".into(),
        payer: "p".into(),
        payee: "q".into(),
        share: fixed(0.1).into(),
        cap: None,
        paid_before: fixed(0.0),
        effective: timeline.start(),
        expiry: timeline.end(),
        payment: PaymentTerms::default(),
        clauses: Clauses::default(),
    }
}

pub fn settled(agreement: &Agreement, timeline: &Timeline, revenue: &[f64]) -> Settlement {
    drawn(agreement, timeline, &[], revenue)
}

pub fn drawn(
    agreement: &Agreement,
    timeline: &Timeline,
    inputs: &[f64],
    revenue: &[f64],
) -> Settlement {
    let contract = Contract::new(agreement.clone(), timeline);
    let mut settlement = Settlement::default();
    contract.settle(inputs, revenue, &mut settlement);
    settlement
}

pub fn payments(settlement: &Settlement) -> Vec<f64> {
    settlement.lines.iter().map(|line| line.payment).collect()
}

pub fn accrued(settlement: &Settlement) -> Vec<f64> {
    settlement.lines.iter().map(|line| line.accrued).collect()
}

/// Equal up to the rounding of a few dozen additions.
pub fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}

pub fn assert_close(found: &[f64], wanted: &[f64]) {
    assert_eq!(found.len(), wanted.len());
    for (i, (a, b)) in found.iter().zip(wanted).enumerate() {
        assert!(close(*a, *b), "{i}: {a} is not {b}; {found:?}");
    }
}
