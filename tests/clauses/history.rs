//! Reported revenue and payments in the place of the first periods.

use capbind::agreement::Settlement;
use capbind::scenario::{Scenario, ScenarioError};
use capbind::simulate::{self, Total, replay};

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

fn loaded(text: &str, rows: &str) -> Result<Scenario, ScenarioError> {
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
    for path in replay(&scenario.simulation(), 64) {
        assert_eq!(path.revenue[..3], [1.5, 2.5, 1.7]);
        assert_ne!(path.revenue[3], expected[3]);
        path.settle(&scenario.model, contract, &mut settlement);
        assert_close(&payments(&settlement)[..3], &[0.1, 0.3, 0.2]);
        assert!(settlement.end.date > day(2026, 3, 31));
        assert!(close(settlement.lines[2].headroom_after, 3.4));
    }
    // Everything is certain before that, and counts.
    let results = simulate::run(&scenario.simulation(), &|_| ());
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
    let path = replay(&scenario.simulation(), 1).remove(0);
    let mut settlement = Settlement::default();
    path.settle(&scenario.model, scenario.primary(), &mut settlement);
    assert_close(&payments(&settlement)[..3], &[0.15, 0.25, 0.17]);
    simulate::run(&scenario.simulation(), &|_| ());
}

#[test]
fn the_rows_are_part_of_the_scenario() {
    let scenario = loaded(SCENARIO, ROWS).unwrap();
    let again = Scenario::parse("a.toml", "a", &scenario.text, &scenario.overrides).unwrap();
    let paths = |scenario: &Scenario| replay(&scenario.simulation(), 8);
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
    assert!(
        error
            .to_string()
            .contains("history.csv: there is no such file"),
        "{error}"
    );
}
