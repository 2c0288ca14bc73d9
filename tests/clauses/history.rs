//! Reported revenue and payments in the place of the first periods.

use capbind::Error;
use capbind::agreement::Settlement;
use capbind::scenario::Scenario;
use capbind::simulate::{self, Estimator, Ordering, Quantity, Simulation, Slot, Total, replay};

use super::build::*;

const ROWS: &str = "period_start,period_end,revenue,payment\n\
    2026-01-01,2026-01-31,1.5,0.1\n\
    2026-02-01,2026-02-28,2.5,0.3\n\
    2026-03-01,2026-03-31,1.7,0.2\n";

const SCENARIO: &str = r#"
    unit = "million"
    [timeline]
    start = 2026-01-01
    end = 2027-12-31
    step = "month"
    [revenue.forecast]
    annual = { 2026 = 28, 2027 = 46 }
    volatility = 0.3
    [agreement]
    share = 0.1
    cap = 4
    event = { hazard = 0.5 }
    [simulation]
    points = 64
    [actuals]
    file = "history.csv"
    "#;

fn loaded(text: &str, rows: &str) -> Result<Scenario, Error> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("history.csv"), rows).unwrap();
    let path = folder.path().join("a.toml");
    std::fs::write(&path, text).unwrap();
    Scenario::load(&path, &[])
}

#[test]
fn the_simulation_starts_where_history_ends() {
    let scenario = loaded(SCENARIO, ROWS).unwrap();
    // What is left of the year's figure is spread over its other months.
    let expected = scenario.model.expected(&[1.0]);
    assert_eq!(expected[..3], [1.5, 2.5, 1.7]);
    assert_close(&[expected[..12].iter().sum()], &[28.0]);
    let contract = scenario.primary();
    let mut settlement = Settlement::default();
    for path in replay(&scenario.simulation(), 64, &()).unwrap() {
        assert_eq!(path.revenue[..3], [1.5, 2.5, 1.7]);
        assert_ne!(path.revenue[3], expected[3]);
        path.settle(&scenario.model, contract, &mut settlement);
        assert_close(&payments(&settlement)[..3], &[0.1, 0.3, 0.2]);
        assert!(settlement.end.date > day(2026, 3, 31));
        assert!(close(settlement.lines[2].headroom_after, 3.4));
    }
    // Everything is certain before that, and counts.
    let results = simulate::run(&scenario.simulation(), &()).unwrap();
    let paid = results.primary().total(Total::Paid).unwrap().estimate;
    assert!(paid.mean > 0.6 && paid.mean <= 4.0);
}

#[test]
fn without_payments_the_contract_says_them() {
    let rows: String = ROWS
        .lines()
        .map(|line| line.rsplit_once(',').unwrap().0.to_owned() + "\n")
        .collect();
    let text = SCENARIO.replace("event = { hazard = 0.5 }", "");
    let scenario = loaded(&text, &rows).unwrap();
    assert!(scenario.primary().agreement.is_flat());
    let path = replay(&scenario.simulation(), 1, &()).unwrap().remove(0);
    let mut settlement = Settlement::default();
    path.settle(&scenario.model, scenario.primary(), &mut settlement);
    assert_close(&payments(&settlement)[..3], &[0.15, 0.25, 0.17]);
    simulate::run(&scenario.simulation(), &()).unwrap();
}

#[test]
fn the_rows_are_part_of_the_scenario() {
    let scenario = loaded(SCENARIO, ROWS).unwrap();
    let again = Scenario::read(
        "a.toml",
        "a",
        &scenario.text,
        &scenario.overrides,
        &scenario.attached,
    )
    .unwrap();
    let paths = |scenario: &Scenario| replay(&scenario.simulation(), 8, &()).unwrap();
    assert_eq!(paths(&scenario), paths(&again));
    let inline = SCENARIO.replace("file = \"history.csv\"", &format!("csv = '''\n{ROWS}'''"));
    let inline = Scenario::parse("a.toml", "a", &inline, &[]).unwrap();
    assert_eq!(paths(&scenario), paths(&inline));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.toml");
    std::fs::write(&path, SCENARIO).unwrap();
    let error = Scenario::load(&path, &[]).unwrap_err();
    let Error::Invalid(problems) = error else {
        panic!("{error}");
    };
    let text = problems.render(false);
    assert!(text.contains("a.toml:17:12"), "{text}");
    assert!(text.contains("there is no such file"), "{text}");
}

const SEGMENTS: &str = r#"
    unit = "million"
    [timeline]
    start = 2026-01-01
    end = 2027-12-31
    step = "month"
    [[revenue]]
    name = "azure"
    [revenue.forecast]
    annual = { 2026 = 130, 2027 = 150 }
    volatility = 0.3
    [[revenue]]
    name = "devices"
    [revenue.gbm]
    initial = 48
    growth = 0.1
    volatility = 0.2
    [correlation]
    segments = [["azure", "devices", 0.5]]
    [agreement]
    share = 0.1
    cap = 4
    eligible = { azure = 1.0, devices = 0.5 }
    [simulation]
    points = 64
    [actuals]
    file = "history.csv"
    "#;

/// Accrued from the two months by hand: 10 % of (10 + ½ · 4) and of (12 + ½ · 6).
#[test]
fn each_segment_has_a_history_of_its_own() {
    let rows = "period_start,period_end,revenue,revenue.devices,revenue.azure\n\
        2026-01-01,2026-01-31,14,4,10\n\
        2026-02-01,2026-02-28,18,6,12\n";
    let scenario = loaded(SEGMENTS, rows).unwrap();
    let expected = scenario.model.expected_by_segment(&[]);
    assert_eq!(expected[0][..2], [10.0, 12.0]);
    assert_eq!(expected[1][..2], [4.0, 6.0]);
    let counted = simulate::expected_counted(&scenario.model, scenario.primary(), &[]);
    assert_close(&counted[..2], &[12.0, 15.0]);
    // The plan of a segment includes what has been reported of it.
    assert_close(&[expected[0][..12].iter().sum()], &[130.0]);
    let mut settlement = Settlement::default();
    let paths = replay(&scenario.simulation(), 64, &()).unwrap();
    for path in &paths {
        assert_eq!(path.revenue[..2], [14.0, 18.0]);
        assert_eq!(path.segments[..2], [10.0, 12.0]);
        assert_eq!(path.segments[24..26], [4.0, 6.0]);
        path.settle(&scenario.model, scenario.primary(), &mut settlement);
        assert_close(&payments(&settlement)[..2], &[1.2, 1.5]);
        assert!(close(settlement.lines[1].headroom_after, 1.3));
        let third = 0.1 * (path.segments[2] + 0.5 * path.segments[26]);
        assert_close(&payments(&settlement)[2..3], &[third.min(1.3)]);
    }
    assert_ne!(paths[0].segments[2], paths[1].segments[2]);
    let results = simulate::run(&scenario.simulation(), &()).unwrap();
    let paid = results.primary().total(Total::Paid).unwrap().estimate;
    assert!(paid.mean > 2.7 && paid.mean <= 4.0);
    // The total is only a check: without it everything is the same.
    let parts = "period_start,period_end,revenue.azure,revenue.devices\n\
        2026-01-01,2026-01-31,10,4\n2026-02-01,2026-02-28,12,6\n";
    let again = loaded(SEGMENTS, parts).unwrap();
    assert_eq!(replay(&again.simulation(), 64, &()).unwrap(), paths);
}

/// The shocks after a history are those of a timeline that starts then.
#[test]
fn segments_after_a_history_move_as_segments_without_one() {
    let rows = "period_start,period_end,revenue.azure,revenue.devices\n\
        2026-01-01,2026-01-31,10,4\n";
    // Quasi-random shocks are ordered by what they move, which a history changes.
    let random = SEGMENTS.replace("points = 64", "sampler = \"random\"\npoints = 64");
    let with = loaded(&random, rows).unwrap();
    let later = random
        .replace("start = 2026-01-01", "start = 2026-02-01")
        .replace(
            "annual = { 2026 = 130, 2027 = 150 }",
            "annual = { 2026 = 120, 2027 = 150 }",
        );
    let later = later.split("[actuals]").next().unwrap();
    let without = Scenario::parse("a.toml", "a", later, &[]).unwrap();
    let (with, without) = (
        replay(&with.simulation(), 16, &()).unwrap(),
        replay(&without.simulation(), 16, &()).unwrap(),
    );
    for (a, b) in with.iter().zip(&without) {
        // The second segment has no plan that a history could change.
        let ratio = |k: usize| a.segments[24 + 1 + k] / b.segments[23 + k];
        for k in 0..23 {
            assert!((ratio(k) - 1.0).abs() < 1e-9, "{k}: {}", ratio(k));
        }
    }
}

#[test]
fn payments_above_the_caps_agree_in_every_result() {
    // 20 were paid where 12.5 a year are the most, and 15 in all.
    for (cap, total) in [("annual_cap = 12.5", 32.5), ("cap = 15", 20.0)] {
        let text = format!(
            r#"
            unit = "million"
            [timeline]
            start = 2026-01-01
            end = 2027-12-31
            step = "quarter"
            [revenue.gbm]
            initial = 400
            growth = 0
            volatility = 0
            [agreement]
            share = 0.05
            {cap}
            [simulation]
            points = 64
            replicates = 4
            [actuals]
            file = "history.csv"
            "#
        );
        let rows = "period_start,period_end,revenue,payment\n2026-01-01,2026-03-31,100,20\n";
        let scenario = loaded(&text, rows).unwrap();
        let results = simulate::run(&scenario.simulation(), &()).unwrap();
        let outcomes = results.primary();
        let mean = |quantity, k| {
            let measured = outcomes.quantity(quantity, Slot::Period(k)).unwrap();
            measured.estimate.mean
        };
        let by_period: Vec<f64> = (0..8).map(|k| mean(Quantity::Payment, k)).collect();
        let path = replay(&scenario.simulation(), 1, &()).unwrap().remove(0);
        let mut settlement = Settlement::default();
        path.settle(&scenario.model, scenario.primary(), &mut settlement);
        assert_close(&by_period, &payments(&settlement));
        assert!(by_period.iter().all(|amount| *amount >= 0.0));
        let cash: f64 = outcomes.cash().map(|(_, cash)| cash.estimate.mean).sum();
        let paid = outcomes.total(Total::Paid).unwrap().estimate.mean;
        let last = mean(Quantity::CumulativePaid, 7);
        assert_close(&[by_period.iter().sum(), cash, paid, last], &[total; 4]);
    }
}

/// Months counted from the 31st stay those of the grid after a history, the last part
/// of one too.
#[test]
fn a_grid_from_the_end_of_a_month_stays_where_it_is() {
    let text = r#"
        [timeline]
        start = 2026-01-31
        end = 2026-04-14
        step = "month"
        [revenue.gbm]
        initial = 3000
        growth = 0
        volatility = 0
        [agreement]
        share = 0.1
        [simulation]
        points = 64
        [actuals]
        file = "history.csv"
        "#;
    let first = "period_start,period_end,revenue\n2026-01-31,2026-02-27,250\n";
    let both = format!("{first}2026-02-28,2026-03-30,250\n");
    for rows in [first, both.as_str()] {
        let scenario = loaded(text, rows).unwrap();
        assert_close(&scenario.model.expected(&[]), &[250.0, 250.0, 125.0]);
    }
}

#[test]
fn what_is_left_of_refunds_is_taken_off_what_follows() {
    let rows = |feb: &str, mar: &str| {
        format!(
            "period_start,period_end,revenue\n2026-01-01,2026-01-31,10\n\
             2026-02-01,2026-02-28,{feb}\n2026-03-01,2026-03-31,{mar}\n"
        )
    };
    let text = SCENARIO
        .replace("forecast]", "gbm]\ninitial = 120\ngrowth = 0")
        .replace("annual = { 2026 = 28, 2027 = 46 }", "")
        .replace("event = { hazard = 0.5 }", "")
        .replace("cap = 4", "");
    // 12 + 5 more was refunded than sold: April's 10 and 7 of May's.
    let certain = text.replace("volatility = 0.3", "volatility = 0");
    let scenario = loaded(&certain, &rows("-12", "-5")).unwrap();
    let mut settlement = Settlement::default();
    let path = replay(&scenario.simulation(), 1, &()).unwrap().remove(0);
    assert_close(&path.revenue[..6], &[10.0, 0.0, 0.0, 0.0, 3.0, 10.0]);
    path.settle(&scenario.model, scenario.primary(), &mut settlement);
    assert_close(&payments(&settlement)[..6], &[1.0, 0.0, 0.0, 0.0, 0.3, 1.0]);
    assert_close(&scenario.model.expected(&[])[..6], &path.revenue[..6]);
    // On every path, whatever is sold, as on the same draws without refunds.
    let plain = loaded(&text, &rows("0", "0")).unwrap();
    let ordering = Ordering::of(&plain.simulation());
    let [with, without] = [("-12", "-5"), ("0", "0")].map(|(feb, mar)| {
        let scenario = loaded(&text, &rows(feb, mar)).unwrap();
        let results = simulate::run(&scenario.simulation(), &()).unwrap();
        let paid = results.primary().total(Total::Paid).unwrap();
        assert_eq!(paid.estimator() == Estimator::Smooth, feb == "0");
        let simulation = Simulation {
            ordering: Some(&ordering),
            ..scenario.simulation()
        };
        replay(&simulation, 64, &()).unwrap()
    });
    for (with, without) in with.iter().zip(&without) {
        let mut left = 17.0;
        for (net, sold) in with.revenue.iter().zip(&without.revenue).skip(3) {
            let wanted = (sold - left).max(0.0);
            left = (left - sold).max(0.0);
            assert!(close(*net, wanted), "{net} {wanted}");
        }
    }
}
