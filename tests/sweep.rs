//! Sweeps against closed forms, against runs of their own, and against themselves
//! in other orders and parts.

mod truth;

use std::collections::BTreeSet;

use capbind::math::{exp, ln, normal_cdf};
use capbind::scenario::Scenario;
use capbind::simulate::{Estimator, Measure, Total, run, run_totals};
use capbind::study::{Axis, Base, CaseOutcome, CaseQuantity, CaseRow, Cases, Sweep};

const SCENARIO: &str = r#"
    unit = "million"
    [timeline]
    start = 2026-01-01
    end = 2030-12-31
    step = "month"
    [revenue.gbm]
    initial = 20
    growth = 0.4
    volatility = 0.3
    [agreement]
    share = 0.2
    cap = 30
    effective = 2026-02-10
    payment = { every = "quarter", lag_months = 3 }
    [simulation]
    points = 1024
    replicates = 8
    seed = 3
    [valuation]
    date = 2027-03-01
    discount_rate = 0.09
    "#;

fn base(text: &str, overrides: &[&str]) -> Base {
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    Base::new("case.toml", "case", text, &overrides)
}

fn grid(axes: &[&str]) -> Cases {
    let axes: Vec<Axis> = axes.iter().map(|text| Axis::parse(text).unwrap()).collect();
    Cases::grid(&axes).unwrap()
}

fn sweep(text: &str, overrides: &[&str], cases: Cases) -> Sweep {
    Sweep::new(base(text, overrides), cases).unwrap()
}

/// Every case in the order of their numbers, the reference first.
fn all(sweep: &Sweep) -> Vec<CaseOutcome> {
    left(sweep, &BTreeSet::new())
}

fn left(sweep: &Sweep, done: &BTreeSet<u64>) -> Vec<CaseOutcome> {
    let mut outcomes = Vec::new();
    let taken: Result<(), capbind::Error> = sweep.run(done, &(), |cases| {
        outcomes.extend(cases);
        Ok(())
    });
    taken.unwrap();
    outcomes.sort_by_key(|outcome| outcome.case);
    outcomes
}

fn row(outcome: &CaseOutcome, quantity: CaseQuantity) -> &CaseRow {
    let mut rows = outcome.agreements[0].rows.iter();
    rows.find(|row| row.quantity == quantity).unwrap()
}

fn close(found: f64, wanted: f64, tolerance: f64) -> bool {
    (found - wanted).abs() <= tolerance * (1.0 + wanted.abs())
}

/// One year of log-normal revenue: both answers are known for every cap.
#[test]
fn a_sweep_over_caps_is_the_exact_distribution() {
    let text = r#"
        [timeline]
        start = 2026-01-01
        end = 2026-12-31
        step = "year"
        [revenue.gbm]
        initial = 100
        growth = 0.1
        volatility = 0.4
        observe = "end"
        [agreement]
        share = 0.2
        [simulation]
        points = 4096
        "#;
    let sweep = sweep(text, &[], grid(&["agreement.cap=10:40:1.5"]));
    let outcomes = all(&sweep);
    assert_eq!(outcomes.len(), 22);
    for outcome in &outcomes[1..] {
        let cap: f64 = outcome.values[0].parse().unwrap();
        let (median, sd) = (20.0 * exp(ln(1.1) - 0.08), 0.4);
        let d = ln(cap / median) / sd;
        let probability = normal_cdf(-d);
        let paid = 22.0 * normal_cdf(d - sd) + cap * probability;
        // Points that are this even give every replicate the same.
        for (quantity, wanted, error, count) in [
            (
                CaseQuantity::Expected(Measure::Binding),
                probability,
                1e-4,
                2e-8,
            ),
            (CaseQuantity::Expected(Measure::PAID), paid, 1e-3, 2e-8),
        ] {
            let found = row(outcome, quantity).estimate.unwrap();
            let off = (found.mean - wanted).abs();
            assert!(
                off <= 4.0 * found.std_error + count,
                "{cap}: {found:?} {wanted}"
            );
            assert!(found.std_error < error, "{found:?}");
        }
    }
}

/// A published distribution of the binding period, asked for by end date.
#[test]
fn a_sweep_over_expiries_is_the_distribution_of_the_binding_date() {
    let case = truth::case("E-BT3-det");
    let (by_period, _) = truth::expected(&case, "P_bind_by_period").remove(0);
    let by_period = by_period.as_array().unwrap();
    let text = truth::gbm_scenario(&case);
    let months = grid(&["agreement.expiry=2026-01-31:2031-12-31:1m"]);
    let outcomes = all(&sweep(&text, &[], months));
    assert_eq!(outcomes.len(), 73);
    for (outcome, wanted) in outcomes[1..].iter().zip(by_period) {
        let found = row(outcome, CaseQuantity::Expected(Measure::Binding))
            .estimate
            .unwrap();
        let off = (found.mean - wanted.as_f64().unwrap()).abs();
        // Five paths in all: fewer say little.
        assert!(off <= 4.0 * found.std_error + 2e-5, "{outcome:?} {wanted}");
        assert!(found.std_error < 5e-4);
    }
}

#[test]
fn every_case_is_what_a_run_of_its_own_gives() {
    let cases = grid(&["revenue.gbm.volatility=0.1,0.3", "agreement.cap=20,45"]);
    let sweep = sweep(SCENARIO, &[], cases);
    for outcome in all(&sweep) {
        let case = outcome.case;
        let scenario = sweep.scenario(case).unwrap();
        let outcomes = run(&scenario.simulation(), &()).unwrap();
        let outcomes = outcomes.primary();
        for (quantity, total) in [
            (CaseQuantity::Expected(Measure::PAID), Total::Paid),
            (
                CaseQuantity::Expected(Measure::PRESENT_VALUE),
                Total::PresentValue,
            ),
            (
                CaseQuantity::Expected(Measure::Total(Total::Uncapped)),
                Total::Uncapped,
            ),
            (
                CaseQuantity::Expected(Measure::Total(Total::Excess)),
                Total::Excess,
            ),
        ] {
            let found = row(&outcome, quantity).estimate.unwrap();
            let wanted = outcomes.total(total).unwrap().estimate;
            let off = (found.mean - wanted.mean).abs();
            let error = found.std_error.hypot(wanted.std_error);
            assert!(
                off <= 5.0 * error + 1e-9 * wanted.mean && error < 1e-4 * wanted.mean,
                "{case} {quantity:?} {found:?} {wanted:?}"
            );
        }
        let found = row(&outcome, CaseQuantity::Expected(Measure::Binding));
        assert_eq!(found.estimator, Some(Estimator::Smooth));
        let (found, wanted) = (found.estimate.unwrap(), outcomes.reached());
        let error = found.std_error.hypot(wanted.std_error);
        assert!((found.mean - wanted.mean).abs() <= 5.0 * error + 1e-8);
        let median = row(
            &outcome,
            CaseQuantity::Percentile(Measure::BindingDate, 50.0),
        );
        let days = median.estimate.map(|found| found.mean);
        let wanted = outcomes.date_quantile(0.5).map(|found| found.days);
        assert_eq!(days.is_some(), wanted.is_some());
        assert!((days.unwrap_or(0.0) - wanted.unwrap_or(0.0)).abs() < 0.1);
    }
}

#[test]
fn differences_are_paired_and_those_of_equal_cases_nothing() {
    let cases = grid(&["agreement.cap=30,30.3", "revenue.gbm.growth=0.4,0.41"]);
    let outcomes = all(&sweep(SCENARIO, &["simulation.sampler=random"], cases));
    for row in &outcomes[0].agreements[0].rows {
        assert!(
            row.difference
                .is_none_or(|d| (d.mean, d.std_error) == (0.0, 0.0))
        );
    }
    for row in &outcomes[1].agreements[0].rows {
        assert!(
            row.difference
                .is_none_or(|d| (d.mean, d.std_error) == (0.0, 0.0))
        );
    }
    // One per cent more cap; one point more growth.
    for (case, sharper) in [(3, 20.0), (2, 10.0)] {
        let row = row(&outcomes[case], CaseQuantity::Expected(Measure::PAID));
        let reference = self::row(&outcomes[0], CaseQuantity::Expected(Measure::PAID));
        let (own, other) = (row.estimate.unwrap(), reference.estimate.unwrap());
        let unpaired = own.std_error.hypot(other.std_error);
        let paired = row.difference.unwrap();
        assert!(close(paired.mean, own.mean - other.mean, 1e-12));
        assert!(paired.mean > 0.0);
        assert!(
            sharper * paired.std_error < unpaired,
            "{paired:?} {unpaired}"
        );
    }
}

#[test]
fn order_parts_and_threads_change_nothing() {
    let axes = [
        "revenue.gbm.volatility=0.1:0.4:0.1",
        "agreement.cap=20,25,30",
    ];
    let whole = sweep(SCENARIO, &[], grid(&axes));
    let outcomes = all(&whole);
    // Any part of it, whatever is done already.
    for done in [
        vec![0, 3, 4],
        vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        vec![2, 9],
    ] {
        let done: BTreeSet<u64> = done.into_iter().collect();
        let rest = left(&whole, &done);
        assert_eq!(rest.len(), outcomes.len() - done.len());
        for outcome in rest {
            assert_eq!(outcome, outcomes[outcome.case as usize]);
        }
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    assert_eq!(pool.unwrap().install(|| all(&whole)), outcomes);
    // The axes the other way round.
    let turned = sweep(SCENARIO, &[], grid(&[axes[1], axes[0]]));
    for outcome in all(&turned) {
        let values: Vec<String> = outcome.values.iter().rev().cloned().collect();
        let same = outcomes
            .iter()
            .find(|other| other.values == values)
            .unwrap();
        assert_eq!(outcome.agreements, same.agreements);
    }
    // One of the revenues alone.
    let alone = sweep(
        SCENARIO,
        &[],
        grid(&["revenue.gbm.volatility=0.2", axes[1]]),
    );
    for outcome in &all(&alone)[1..] {
        let same = outcomes.iter().find(|other| other.values == outcome.values);
        assert_eq!(outcome.agreements, same.unwrap().agreements);
    }
}

#[test]
fn agreements_that_are_no_flat_share_have_runs_of_their_own() {
    let uncertain = ["agreement.cap={ uniform = [25, 35] }"];
    let sweep = sweep(SCENARIO, &uncertain, grid(&["agreement.share=0.1,0.2"]));
    for outcome in all(&sweep) {
        let scenario: Scenario = sweep.scenario(outcome.case).unwrap();
        let outcomes = run(&scenario.simulation(), &()).unwrap();
        let wanted = outcomes.primary().total(Total::Paid).unwrap().estimate;
        let found = row(&outcome, CaseQuantity::Expected(Measure::PAID))
            .estimate
            .unwrap();
        assert!(
            close(found.mean, wanted.mean, 1e-12),
            "{found:?} {wanted:?}"
        );
        let median = row(
            &outcome,
            CaseQuantity::Percentile(Measure::BindingDate, 50.0),
        )
        .date;
        assert_eq!(median, outcomes.primary().reached_quantile(0.5));
    }
}

#[test]
fn cases_under_clauses_that_read_the_same_paths_give_what_runs_of_their_own_do() {
    let minimum = ["agreement.annual_minimum=2.5"];
    let sweep = sweep(SCENARIO, &minimum, grid(&["agreement.share=0.1,0.15,0.2"]));
    for outcome in all(&sweep) {
        let scenario: Scenario = sweep.scenario(outcome.case).unwrap();
        let results = run_totals(&scenario.simulation(), &()).unwrap();
        for total in [Total::Paid, Total::PresentValue, Total::Excess] {
            let wanted = results.primary().total(total).unwrap().estimate.mean;
            let quantity = CaseQuantity::Expected(Measure::Total(total));
            let found = row(&outcome, quantity).estimate.unwrap().mean;
            assert!(close(found, wanted, 1e-14), "{total:?} {found} {wanted}");
        }
        let date = CaseQuantity::Percentile(Measure::BindingDate, 50.0);
        let median = results.primary().reached_quantile(0.5);
        assert_eq!(row(&outcome, date).date, median);
    }
}

#[test]
fn bad_cases_are_named_and_the_others_evaluated() {
    let cases = grid(&[
        "agreement.share=0.2,1.2",
        "agreement.expiry=2026-01-15,2030-12-31",
    ]);
    let shares = sweep(SCENARIO, &[], cases);
    let bad = shares.check();
    let numbers: Vec<u64> = bad.iter().map(|bad| bad.case).collect();
    // An end before the first day of sharing, and a share above one.
    assert_eq!(numbers, [1, 3, 4]);
    assert_eq!(
        bad[2].problem,
        "`agreement.share` is outside its permitted range: 1.2 is more than 1"
    );
    assert_eq!(
        bad[2].assignments,
        ["agreement.share=1.2", "agreement.expiry=2030-12-31"]
    );
    let numbers: Vec<u64> = all(&shares).iter().map(|outcome| outcome.case).collect();
    assert_eq!(numbers, [0, 2]);
    let volatilities = sweep(SCENARIO, &[], grid(&["revenue.gbm.volatility=-1,0.1,x"]));
    let bad: Vec<u64> = volatilities.check().iter().map(|bad| bad.case).collect();
    assert_eq!(bad, [1, 3]);
    let numbers: Vec<u64> = all(&volatilities)
        .iter()
        .map(|outcome| outcome.case)
        .collect();
    assert_eq!(numbers, [0, 2]);
}

#[test]
fn several_agreements_have_a_row_each_and_names_of_their_own() {
    let text = SCENARIO.replace(
        "[agreement]",
        "[[agreement]]\n    name = \"licence\"\n    share = 0.05\n    cap = 6\n    [[agreement]]\n    name = \"royalty\"",
    );
    let sweep = sweep(
        &text,
        &[],
        grid(&["agreement.royalty.cap=25,30", "revenue.gbm.growth=0.3,0.4"]),
    );
    assert!(sweep.check().is_empty());
    let outcomes = all(&sweep);
    assert_eq!(outcomes.len(), 5);
    for outcome in &outcomes {
        let names: Vec<&str> = outcome
            .agreements
            .iter()
            .map(|own| own.name.as_str())
            .collect();
        assert_eq!(names, ["licence", "royalty"]);
    }
    // Case 4 is the scenario as written; case 2 changes only the other agreement.
    for (case, agreement) in [(4, 0), (4, 1), (2, 0)] {
        let own = &outcomes[case].agreements[agreement];
        assert_eq!(
            own.rows[0].difference.unwrap().mean,
            0.0,
            "{case} {agreement}"
        );
    }
    let royalty = &outcomes[2].agreements[1].rows[0];
    let (own, paired) = (royalty.estimate.unwrap(), royalty.difference.unwrap());
    assert!(paired.mean < 0.0 && paired.std_error < own.std_error * 3.0);
    let scenario = sweep.scenario(2).unwrap();
    let results = run(&scenario.simulation(), &()).unwrap();
    // Each case has its own revenue: a few lines of it are enough.
    assert_eq!(royalty.estimator, Some(Estimator::Smooth));
    let wanted = results.agreements[1].total(Total::Paid).unwrap().estimate;
    let error = own.std_error.hypot(wanted.std_error);
    assert!(
        (own.mean - wanted.mean).abs() <= 5.0 * error,
        "{own:?} {wanted:?}"
    );
    assert!(error < 1e-3 * wanted.mean);
}
