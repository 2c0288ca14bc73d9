//! The same number from every command. Scenarios are drawn from all keys of an
//! agreement, a valuation and a simulation; what `run` counts, or says, of each is held against
//! `sweep` (as written and in a case), `compare`, `sensitivity`, the ledgers that
//! `explain` prints of its paths, and `solve` with the value it found put back.

use capbind::Error;
use std::collections::BTreeSet;

use capbind::agreement::{EndReason, Settlement};
use capbind::scenario::Scenario;
use capbind::simulate::{Estimator, Measure, Outcomes, Results, Sampler, Total, replay, run};
use capbind::stats::MeanEstimate;
use capbind::study::{
    Axis, Base, CaseOutcome, CaseQuantity, CaseRow, Cases, Entry, SensitivityOptions, Statistic,
    Sweep, Target, compare, sensitivity, solve,
};

/// Scenarios drawn, and how many of them are solved for a key.
const DRAWN: u64 = 160;
const SOLVED: u64 = 60;

/// Draws that are the same on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// True once in `many`.
    fn one_in(&mut self, many: u64) -> bool {
        self.next().is_multiple_of(many)
    }

    fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[(self.next() % items.len() as u64) as usize]
    }
}

/// A scenario as text; not every one is valid.
fn draw(seed: u64) -> String {
    let mut dice = Dice(seed);
    let mut text = String::new();
    let mut line = |words: String| {
        text.push_str(&words);
        text.push('\n');
    };
    let is_flat = dice.one_in(2);
    // A clause of a flat share is one that such a share may have beside its terms.
    let clause = |dice: &mut Dice| !is_flat && dice.one_in(5);
    line("unit = \"million\"\n[timeline]".to_owned());
    line(format!(
        "start = {}",
        dice.of(&["2026-01-01", "2026-01-31", "2026-02-15"])
    ));
    line(format!("end = {}", dice.of(&["2028-12-31", "2029-06-30"])));
    line(format!(
        "step = \"{}\"",
        dice.of(&["month", "quarter", "year"])
    ));
    let segments = !is_flat && dice.one_in(4);
    let growth = dice.of(&["0.2", "{ uniform = [0.1, 0.4] }", "-0.1"]);
    let volatility = dice.of(&["0.3", "0.3", "0.0", "{ uniform = [0.1, 0.4] }"]);
    for name in ["north", "south"].iter().take(if segments { 2 } else { 1 }) {
        if segments {
            line(format!("[[revenue]]\nname = \"{name}\""));
        }
        line(format!(
            "[revenue.gbm]\ninitial = 100\ngrowth = {growth}\nvolatility = {volatility}"
        ));
    }
    line("[agreement]\nname = \"royalty\"\npayer = \"A\"\npayee = \"B\"".to_owned());
    let shares = [
        "{ by_annual_revenue = [{ rate = 0.1 }, { above = 80, rate = 0.2 }] }",
        "{ by_annual_revenue = [{ rate = 0.1 }, { above = 80, rate = 0.2 }], basis = \"retroactive\" }",
        "{ by_paid = [{ rate = 0.2 }, { above = 15, rate = 0.05 }] }",
        "[{ from = 2026-01-01, rate = 0.2 }, { from = 2027-03-10, rate = 0.1 }]",
        "{ uniform = [0.1, 0.2] }",
    ];
    line(match clause(&mut dice) {
        true => format!("share = {}", dice.of(&shares)),
        false => format!("share = {}", dice.of(&["0.2", "0.05", "0.9", "0", "1"])),
    });
    let caps = [
        "{ uniform = [20, 60] }",
        "{ amount = 30, escalation = 0.1, from = 2027-01-01 }",
        "{ amount = 30, inflation = 0.05, prices_of = 2027-07-01 }",
        "[{ until = 2027-06-30, amount = 20 }, { amount = 45 }]",
    ];
    match dice.next() % 4 {
        0 if !is_flat => line(format!("cap = {}", dice.of(&caps))),
        0 => {}
        _ => line(format!(
            "cap = {}",
            dice.of(&["30", "12.5", "60", "0", "1e6"])
        )),
    }
    if dice.one_in(3) {
        line(format!(
            "paid_before = {}",
            dice.of(&["4", "0", "29.75", "100"])
        ));
    }
    if dice.one_in(3) {
        line(format!(
            "effective = {}",
            dice.of(&["2026-02-10", "2026-06-01", "2025-03-01"])
        ));
    }
    if dice.one_in(2) {
        line(format!(
            "expiry = {}",
            dice.of(&["2028-03-31", "2028-05-17", "2027-12-31"])
        ));
    }
    if dice.one_in(2) {
        let every = dice.of(&["month", "quarter", "year"]);
        let first = dice.of(&["", "", ", first = 2026-11-30"]);
        let rounding = if clause(&mut dice) {
            ", rounding = \"cent\""
        } else {
            ""
        };
        let lag = dice.next() % 4;
        line(format!(
            "payment = {{ every = \"{every}\", lag_months = {lag}{first}{rounding} }}"
        ));
    }
    if segments && dice.one_in(2) {
        line("eligible = { north = 1, south = 0.5 }".to_owned());
    }
    for key in [
        "threshold = 20",
        "on_account = 0.02",
        "annual_cap = 9",
        "annual_cap = { amount = 12, carry_forward = \"excess\" }",
        "annual_minimum = 6",
        "annual_minimum = 0",
        "minimum = { every = \"quarter\", amount = 2 }",
        "revenue_floor = 90",
        "year_to_date = 40",
        "floor = [{ by = 2027-12-31, amount = 15 }]",
        "step_up = [{ year = 2027, revenue_below = 110, adds = 0.05 }]",
        "year_ends = \"june\"",
        "deferral = { fraction = 0.3, months = 4, interest = 0.05 }",
        "event = { name = \"sale\", hazard = 0.2 }",
        "event = { name = \"sale\", date = 2027-05-20 }",
        "default = { hazard = 0.1, recovery = 0.4, lag_months = 3 }",
        "default = { hazard = 0.1, recovery = 0.4, claim = \"cap\" }",
    ] {
        if clause(&mut dice) {
            line(key.to_owned());
        }
    }
    if dice.one_in(6) {
        line("upfront = 10".to_owned());
    }
    if clause(&mut dice) {
        line("[[agreement.milestone]]\nreaches = 150\namount = 5".to_owned());
    }
    let sampler = dice.of(&["sobol", "sobol", "random"]);
    line(format!(
        "[simulation]\npoints = 64\nreplicates = 4\nsampler = \"{sampler}\"\nseed = {}",
        dice.next() % 1000
    ));
    if dice.one_in(8) {
        line("precision = 0.01\nmax_points = 256".to_owned());
    }
    if !dice.one_in(5) {
        line("[valuation]".to_owned());
        line(match dice.one_in(3) {
            true => "curve = [{ years = 1, rate = 0.03 }, { years = 3, rate = 0.08 }]".to_owned(),
            false => format!("discount_rate = {}", dice.of(&["0.09", "0", "0.25"])),
        });
        if dice.one_in(2) {
            line(format!(
                "date = {}",
                dice.of(&["2026-05-20", "2025-12-31", "2027-02-01"])
            ));
        }
        if dice.one_in(2) {
            line("convention = \"mid-period\"".to_owned());
        }
        if dice.one_in(6) {
            line("invested = 8".to_owned());
        }
        if dice.one_in(6) {
            line(
                "risk_neutral = { revenue_risk_premium = 0.05, risk_free = 0.02, \
                 credit_spread = 0.01 }"
                    .to_owned(),
            );
        }
    }
    text
}

/// Every valid scenario among those drawn.
fn drawn() -> Vec<(u64, String, Scenario)> {
    let all = (0..DRAWN).filter_map(|seed| {
        let text = draw(seed);
        let scenario = Scenario::parse("case.toml", "case", &text, &[]).ok()?;
        Some((seed, text, scenario))
    });
    all.collect()
}

const TOTALS: [Measure; 4] = [
    Measure::PAID,
    Measure::PRESENT_VALUE,
    Measure::Total(Total::Uncapped),
    Measure::Total(Total::Excess),
];

/// What is compared, with where it comes from.
struct Held<'a> {
    command: &'a str,
    text: &'a str,
}

impl Held<'_> {
    /// Two means that are the same but for the rounding of sums of a size.
    #[track_caller]
    fn same(&self, what: &str, found: f64, wanted: f64, size: f64) {
        assert!(
            (found - wanted).abs() <= 1e-10 * size.abs().max(wanted.abs()).max(1e-3),
            "{} {what}: {found} where run has {wanted}\n{}",
            self.command,
            self.text
        );
    }

    /// Two estimates from lines that are laid out otherwise.
    #[track_caller]
    fn near(&self, what: &str, found: MeanEstimate, wanted: (f64, f64), size: f64) {
        let error = found.std_error.hypot(wanted.1);
        assert!(
            (found.mean - wanted.0).abs() <= 8.0 * error + 2e-8 * size.max(1.0),
            "{} {what}: {found:?} where run has {wanted:?}\n{}",
            self.command,
            self.text
        );
    }

    /// Two estimates; `errors` says whether both take them from the same.
    #[track_caller]
    fn both(&self, what: &str, found: MeanEstimate, wanted: (f64, f64), size: f64, errors: bool) {
        self.same(what, found.mean, wanted.0, size);
        if errors {
            self.same(&format!("\u{b1}{what}"), found.std_error, wanted.1, size);
        }
    }
}

/// A mean and its standard error as a run counts it.
fn of_run(outcomes: &Outcomes, measure: Measure) -> Option<(f64, f64)> {
    let estimate = match measure {
        Measure::Total(total) => {
            let opinions = outcomes.total(total)?;
            opinions.counted.unwrap_or(opinions.estimate)
        }
        Measure::Binding => return Some(reached(outcomes)),
        _ => outcomes.get(measure)?.estimate?,
    };
    Some((estimate.mean, estimate.std_error))
}

/// A mean and its standard error as a run says them.
fn best(outcomes: &Outcomes, measure: Measure) -> Option<(f64, f64)> {
    let estimate = outcomes.get(measure)?.estimate?;
    Some((estimate.mean, estimate.std_error))
}

/// How often the cap is reached as a run counts it.
fn reached(outcomes: &Outcomes) -> (f64, f64) {
    let estimate = outcomes.ends().counted().of(EndReason::Cap);
    (estimate.mean, estimate.std_error)
}

fn size(outcomes: &Outcomes) -> f64 {
    of_run(outcomes, Measure::Total(Total::Uncapped)).map_or(0.0, |(mean, _)| mean)
}

fn ran(scenario: &Scenario) -> Results {
    run(&scenario.simulation(), &()).unwrap()
}

/// One case of a sweep against a run of it: the same numbers, or within their errors where
/// the lines of several contracts are laid out together.
fn hold_case(held: &Held<'_>, case: &CaseOutcome, scenario: &Scenario, together: bool) {
    let results = ran(scenario);
    let outcomes = results.primary();
    let errors = scenario.settings.sampler == Sampler::Sobol;
    let row = |quantity| {
        let mut rows = case.agreements[0].rows.iter();
        rows.find(|row| row.quantity == quantity).unwrap()
    };
    let smooth = |row: &CaseRow| row.estimator == Some(Estimator::Smooth);
    for measure in TOTALS {
        let own = row(CaseQuantity::Expected(measure));
        let found = own.estimate;
        let wanted = match smooth(own) {
            true => best(outcomes, measure),
            false => of_run(outcomes, measure),
        };
        assert_eq!(found.is_some(), wanted.is_some(), "{}", held.text);
        if let Some((found, wanted)) = found.zip(wanted) {
            let size = size(outcomes);
            match smooth(own) && together {
                true => held.near(measure.name(), found, wanted, size),
                false => held.both(measure.name(), found, wanted, size, errors),
            }
        }
    }
    let own = row(CaseQuantity::Expected(Measure::Binding));
    let found = own.estimate.unwrap();
    let wanted = match smooth(own) {
        true => best(outcomes, Measure::Binding).unwrap(),
        false => reached(outcomes),
    };
    let together = smooth(own) && together;
    match together {
        true => held.near("binding_probability", found, wanted, 1.0),
        false => held.both("binding_probability", found, wanted, 1.0, errors),
    }
    for percent in &scenario.report.percentiles {
        let of_date = row(CaseQuantity::Percentile(Measure::BindingDate, *percent));
        let found = of_date.date;
        let ends = match smooth(own) {
            true => outcomes.ends().clone(),
            false => outcomes.ends().counted(),
        };
        let wanted = ends.quantile(EndReason::Cap, percent / 100.0, false);
        match (found, wanted) {
            (Some(found), Some(wanted)) if together => {
                let days = f64::from(found.days_since(wanted)).abs();
                let error = of_date.estimate.unwrap().std_error;
                assert!(days <= 1.0 + 5.0 * error, "{} p{percent}", held.command);
            }
            // Which of them is reached may hang on the last digits.
            _ if together => {}
            _ => assert_eq!(found, wanted, "{} p{percent}\n{}", held.command, held.text),
        }
    }
}

/// The keys a scenario sets in a table.
fn keys_of(text: &str, table: &str) -> BTreeSet<String> {
    let document: toml::Table = text.parse().unwrap();
    let table = document.get(table).and_then(toml::Value::as_table);
    table.map_or_else(BTreeSet::new, |table| table.keys().cloned().collect())
}

#[test]
fn every_key_is_drawn() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../docs/scenario.schema.json")).unwrap();
    let properties = &schema["properties"];
    let all = drawn();
    assert!(
        all.len() as u64 * 10 >= DRAWN * 6,
        "{} are valid",
        all.len()
    );
    for (table, of) in [
        ("agreement", &properties["agreement"]["anyOf"][0]),
        ("valuation", &properties["valuation"]),
        ("simulation", &properties["simulation"]),
    ] {
        let known = of["properties"].as_object().unwrap().keys().cloned();
        let known: BTreeSet<String> = known.collect();
        let set = all.iter().flat_map(|(_, text, _)| keys_of(text, table));
        assert_eq!(set.collect::<BTreeSet<String>>(), known, "[{table}]");
    }
}

/// A key and two values that any scenario takes, and whether revenue knows nothing of
/// it: then a case is drawn in the order of shocks of a run of its own.
const CASES: [(&str, [&str; 2]); 5] = [
    ("agreement.share", ["0.15", "0.3"]),
    ("agreement.cap", ["25", "7.5"]),
    ("agreement.paid_before", ["3", "24"]),
    ("agreement.expiry", ["2027-09-30", "2028-02-11"]),
    ("simulation.seed", ["3", "4"]),
];

#[test]
fn sweep_has_the_numbers_of_run() {
    for (seed, text, scenario) in drawn() {
        let (key, values) = CASES[(seed % 5) as usize];
        let base = Base::new("case.toml", "case", &text, &[]);
        let axis = Axis::listed(key, &values.map(str::to_owned));
        let sweep = Sweep::new(base, Cases::grid(&[axis]).unwrap()).unwrap();
        let mut cases = Vec::new();
        let taken: Result<(), capbind::Error> = sweep.run(&BTreeSet::new(), &(), |some| {
            cases.extend(some);
            Ok(())
        });
        taken.unwrap();
        assert!(!cases.is_empty());
        for case in &cases {
            let command = format!("sweep {key}, case {}, seed {seed}", case.case);
            let together = key.starts_with("agreement.");
            let held = Held {
                command: &command,
                text: &text,
            };
            match case.case {
                0 => hold_case(&held, case, &scenario, together),
                number => hold_case(&held, case, &sweep.scenario(number).unwrap(), together),
            }
        }
    }
}

#[test]
fn compare_has_the_numbers_of_run() {
    for (seed, text, scenario) in drawn().into_iter().step_by(2) {
        let overrides = ["agreement.cap=25".to_owned()];
        let Ok(other) = Scenario::parse("case.toml", "case", &text, &overrides) else {
            continue;
        };
        // An input of one alone would move those of the other.
        if scenario.inputs != other.inputs {
            continue;
        }
        let results = [&scenario, &other].map(ran);
        let entries = [("as it is", scenario), ("other", other)].map(|(name, scenario)| Entry {
            name: name.to_owned(),
            scenario,
        });
        let errors = entries[0].scenario.settings.sampler == Sampler::Sobol;
        let found = compare(entries.to_vec(), &()).unwrap();
        for (compared, results) in found.scenarios.iter().zip(&results) {
            let command = format!("compare, seed {seed}");
            let held = Held {
                command: &command,
                text: &text,
            };
            let outcomes = results.primary();
            for measure in TOTALS {
                let mut values = compared.parts[0].totals.iter();
                let found = values.find(|value| value.measure == measure);
                let wanted = best(outcomes, measure);
                assert_eq!(found.is_some(), wanted.is_some(), "{text}");
                if let Some((found, wanted)) = found.zip(wanted) {
                    held.both(measure.name(), found.value, wanted, size(outcomes), errors);
                }
            }
        }
    }
}

#[test]
fn sensitivity_stands_on_the_numbers_of_run() {
    let mut studied = 0;
    for (seed, text, scenario) in drawn() {
        let Ok(found) = sensitivity(&scenario, &SensitivityOptions::default(), &()) else {
            continue;
        };
        studied += 1;
        let results = ran(&scenario);
        let outcomes = results.primary();
        let errors = scenario.settings.sampler == Sampler::Sobol;
        let command = format!("sensitivity, seed {seed}");
        let held = Held {
            command: &command,
            text: &text,
        };
        for of in &found.quantities {
            let wanted = of_run(outcomes, of.quantity).unwrap();
            let size = match of.quantity {
                Measure::Binding => 1.0,
                _ => size(outcomes),
            };
            held.both(of.quantity.name(), of.expected, wanted, size, errors);
        }
    }
    assert!(studied > 30, "{studied}");
}

#[test]
fn the_ledgers_of_all_paths_add_up_to_run() {
    for (seed, text, scenario) in drawn().into_iter().step_by(2) {
        let results = ran(&scenario);
        let outcomes = results.primary();
        let simulation = scenario.simulation();
        let paths = replay(&simulation, scenario.settings.paths(), &()).unwrap();
        let mut sums = [0.0; 3];
        let mut settlement = Settlement::default();
        for path in &paths {
            path.settle(&scenario.model, scenario.primary(), &mut settlement);
            let lines = &settlement.lines;
            let paid: f64 = lines.iter().map(|line| line.payment).sum();
            sums[0] += paid;
            sums[1] += lines.iter().map(|line| line.excess).sum::<f64>();
            sums[2] += f64::from(u8::from(settlement.end_reason() == EndReason::Cap));
        }
        let [paid, excess, reached] = sums.map(|sum| sum / paths.len() as f64);
        let command = format!("explain, seed {seed}");
        let held = Held {
            command: &command,
            text: &text,
        };
        let mean = |total| of_run(outcomes, total).unwrap().0;
        held.same("total_paid", paid, mean(Measure::PAID), size(outcomes));
        held.same(
            "excess_over_cap",
            excess,
            mean(Measure::Total(Total::Excess)),
            size(outcomes),
        );
        let wanted = self::reached(outcomes).0;
        held.same("binding_probability", reached, wanted, 1.0);
    }
}

#[test]
fn solve_says_what_run_says_of_the_value_it_found() {
    let mut found = 0;
    for (seed, text, scenario) in drawn().into_iter().take(SOLVED as usize) {
        let (key, other) = [
            ("agreement.share", "0.15"),
            ("agreement.cap", "25"),
            ("agreement.paid_before", "3"),
            ("agreement.expiry", "2027-09-30"),
            ("revenue.gbm.volatility", "0.25"),
        ][(seed % 5) as usize];
        // A target that is met at another value of the key.
        let at = |value: &str| {
            let assignment = [format!("{key}={value}")];
            Scenario::parse("case.toml", "case", &text, &assignment)
        };
        let Ok(there) = at(other) else {
            continue;
        };
        let results = ran(&there);
        let outcomes = results.primary();
        let targets = [
            ("expected total_paid", best(outcomes, Measure::PAID)),
            (
                "expected total_paid_pv",
                best(outcomes, Measure::PRESENT_VALUE),
            ),
            ("binding_probability", Some((outcomes.reached().mean, 0.0))),
        ];
        let (name, wanted) = targets[(seed / 5 % 3) as usize];
        let Some((wanted, _)) = wanted else {
            continue;
        };
        let target = Target::parse(&format!("{name}={wanted}")).unwrap();
        let base = Base::new("case.toml", "case", &text, &[]);
        let solution = match solve(&base, key, &target, None, &()) {
            Ok(solution) => solution,
            // No key of a part of revenue, or nothing to start from, or clauses.
            Err(Error::Question(_) | Error::Invalid(_)) => continue,
            // What is wanted is there to be found, but for a lone value between steps or on
            // a hill that no value tried stands on.
            Err(error) => {
                // Amounts paid before mean nothing where there is no cap.
                let is_idle = key == "agreement.paid_before" && !text.contains("\ncap =");
                let lone = matches!(error, Error::SteppedOver(_));
                assert!(
                    lone || is_idle
                        || !scenario.primary().agreement.is_flat()
                        || matches!(target.statistic, Statistic::Probability(..)),
                    "{key} {name}={wanted}, seed {seed}: {error}\n{text}"
                );
                continue;
            }
        };
        found += 1;
        assert!(solution.number.is_finite() && solution.reached.mean.is_finite());
        let back = at(&solution.value).unwrap();
        let results = ran(&back);
        let outcomes = results.primary();
        let run = match target.statistic {
            Statistic::Expected(measure) => best(outcomes, measure).unwrap().0,
            _ => outcomes.reached().mean,
        };
        let command = format!("solve {key} {name}={wanted}, seed {seed}");
        let held = Held {
            command: &command,
            text: &text,
        };
        held.same(name, solution.reached.mean, run, size(outcomes));
        let off = (run - wanted).abs();
        let tolerance = match target.statistic {
            Statistic::Expected(_) => 1e-6 * wanted.abs(),
            _ => 2.0 / 64.0,
        };
        let tolerance = tolerance.max(3.0 * solution.reached.std_error);
        let a_day = match key {
            "agreement.expiry" => 3.0 * solution.slope.abs(),
            _ => 0.0,
        };
        assert!(
            off <= tolerance.max(a_day),
            "{command}: {solution:?}\n{text}"
        );
    }
    assert!(found > 20, "{found}");
}
