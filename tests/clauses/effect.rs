//! Every key of an agreement does what it is there for: with it a path is paid otherwise than
//! without.

use capbind::scenario::{Scenario, schema};
use capbind::study::replay_scenario;

/// Each key, terms beside a share of a fifth, and the same with the key.
const KEYS: [(&str, &str, &str); 22] = [
    ("share", "", "share = 0.3"),
    ("cap", "", "cap = 7"),
    ("paid_before", "cap = 7", "cap = 7, paid_before = 3"),
    ("effective", "", "effective = 2026-05-01"),
    ("expiry", "", "expiry = 2027-05-01"),
    ("payment", "", "payment = { lag_months = 2 }"),
    ("eligible", "", "eligible = { a = 0.5, b = 1 }"),
    ("threshold", "", "threshold = 20"),
    ("revenue_floor", "", "revenue_floor = 1000"),
    ("on_account", "", "on_account = 0.1"),
    (
        "year_to_date",
        "milestone = [{ reaches = 60, amount = 5, each_year = true }]",
        "milestone = [{ reaches = 60, amount = 5, each_year = true }], year_to_date = 50",
    ),
    (
        "step_up",
        "",
        "step_up = [{ year = 2026, revenue_below = 1000, adds = 0.1 }]",
    ),
    (
        "milestone",
        "",
        "milestone = [{ reaches = 10, amount = 5 }]",
    ),
    ("annual_cap", "", "annual_cap = 3"),
    ("annual_minimum", "", "annual_minimum = 30"),
    (
        "minimum",
        "",
        "minimum = { every = \"quarter\", amount = 9 }",
    ),
    (
        "year_ends",
        "annual_cap = 3",
        "annual_cap = 3, year_ends = \"june\"",
    ),
    ("upfront", "", "upfront = 5, cap = { multiple = 1.2 }"),
    ("floor", "", "floor = [{ by = 2026-12-31, amount = 30 }]"),
    ("deferral", "", "deferral = { fraction = 0.5, months = 3 }"),
    ("event", "", "event = { date = 2027-02-03 }"),
    (
        "default",
        "",
        "default = { date = 2027-02-03, recovery = 0.4 }",
    ),
];

/// What is paid on one path, and when.
fn paid(terms: &str) -> String {
    let share = match terms.starts_with("share") {
        true => "",
        false => "share = 0.2, ",
    };
    let text = format!(
        "timeline = {{ start = 2026-01-01, end = 2028-12-31, step = \"month\" }}\n\
         agreement = {{ {share}{terms} }}\n\
         [[revenue]]\nname = \"a\"\ngbm = {{ initial = 50, growth = 0.2, volatility = 0.3 }}\n\
         [[revenue]]\nname = \"b\"\ngbm = {{ initial = 10, growth = 0.2, volatility = 0.3 }}\n"
    );
    let scenario = match Scenario::parse("a.toml", "a", &text, &[]) {
        Ok(scenario) => scenario,
        Err(error) => panic!("{error:?}\n{text}"),
    };
    let paths = replay_scenario(&scenario, 0).unwrap();
    let settled = paths[0].settle_all(&scenario.model, &scenario.contracts);
    let schedule = &scenario.contracts[0].schedule;
    format!("{settled:?} {:?}", schedule.cash_dates())
}

#[test]
fn every_key_changes_what_is_paid() {
    let schema = schema();
    let keys = schema.pointer("/properties/agreement/anyOf/0/properties");
    for key in keys.and_then(|keys| keys.as_object()).unwrap().keys() {
        let known = KEYS.iter().find(|(name, ..)| name == key);
        match known {
            Some((_, without, with)) => {
                assert_ne!(paid(without), paid(with), "{key} does nothing");
            }
            None => assert!(
                ["name", "payer", "payee"].contains(&key.as_str()),
                "no agreement here shows what {key} does"
            ),
        }
    }
}
