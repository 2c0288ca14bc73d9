//! Solved values against closed forms, and against the statistic they are to meet.

mod truth;

use capbind::Error;
use std::sync::atomic::{AtomicU64, Ordering};

use capbind::math::{exp, inverse_normal_cdf, ln, normal_cdf};
use capbind::scenario::{Scenario, shipped};
use capbind::simulate::{Measure, Observer, Total, run};
use capbind::study::{Base, Solution, Statistic, Target, as_written, frontier, solve};

/// One year of log-normal revenue.
const YEAR: &str = r#"
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
    cap = 25
    paid_before = 3
    [simulation]
    points = 16384
    "#;

const MONTHS: &str = r#"
    [timeline]
    start = 2026-01-01
    end = 2029-12-31
    step = "month"
    [revenue.gbm]
    initial = 20
    growth = 0.4
    volatility = 0.3
    [agreement]
    share = 0.2
    cap = 18
    payment = { every = "quarter", lag_months = 3 }
    [simulation]
    points = 1024
    replicates = 8
    [valuation]
    discount_rate = 0.09
    "#;

fn ask(text: &str, key: &str, target: &str) -> Result<Solution, Error> {
    counted(text, key, target).0
}

/// The answer, and how many paths it took.
fn counted(text: &str, key: &str, target: &str) -> (Result<Solution, Error>, u64) {
    let base = Base::new("case.toml", "case", text, &[]);
    let target = Target::parse(target).unwrap();
    let paths = Count(AtomicU64::new(0));
    let found = solve(&base, key, &target, None, &paths);
    (found, paths.0.into_inner())
}

/// Counts paths.
struct Count(AtomicU64);

impl Observer for Count {
    fn progress(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }
}

/// The share's median and the deviation of its logarithm.
const SD: f64 = 0.4;

fn median() -> f64 {
    20.0 * exp(ln(1.1) - 0.08)
}

#[test]
fn solving_inverts_the_exact_distribution() {
    // P(share ≥ cap − 3) = 0.3.
    let quantile = median() * exp(SD * inverse_normal_cdf(0.7));
    let lower = median() * exp(SD * inverse_normal_cdf(0.05));
    for (key, target, wanted) in [
        ("agreement.cap", "binding_probability=0.3", quantile + 3.0),
        (
            "agreement.paid_before",
            "binding_probability=0.4",
            25.0 - median() * exp(SD * inverse_normal_cdf(0.6)),
        ),
        (
            "agreement.share",
            "binding_probability=0.3",
            0.2 * 22.0 / quantile,
        ),
        ("agreement.share", "p5 total_paid=10", 0.2 * 10.0 / lower),
        (
            "agreement.share",
            "p95 excess_over_cap=10",
            0.2 * 32.0 / (median() * exp(SD * inverse_normal_cdf(0.95))),
        ),
        ("agreement.cap", "p5 total_paid=5", 8.0),
        (
            "revenue.gbm.initial",
            "binding_probability=0.3",
            100.0 * 22.0 / quantile,
        ),
    ] {
        let found = ask(YEAR, key, target).unwrap();
        let off = (found.number - wanted).abs();
        // A count of points is known to one in 16384.
        let count = (1.0 / 16384.0 / found.slope).abs();
        assert!(
            off <= 4.0 * found.std_error + count + 1e-9 * wanted,
            "{key} {target}: {found:?} {wanted}"
        );
        assert!(
            found.std_error <= 2e-3 * wanted,
            "{key} {target}: {found:?}"
        );
    }
    // E[min(share, limit)] is known too.
    let limit = 15.0;
    let d = ln(limit / median()) / SD;
    let paid = 22.0 * normal_cdf(d - SD) + limit * normal_cdf(-d);
    let found = ask(YEAR, "agreement.cap", &format!("total_paid={paid}")).unwrap();
    let off = (found.number - limit - 3.0).abs();
    // Beside the error, what integration leaves open.
    assert!(off <= 4.0 * found.std_error + 5e-8, "{found:?}");
    assert!(found.std_error < 1e-3);
}

/// The statistic of a run at the value found.
fn check(key: &str, target: &str, statistic: impl Fn(&Scenario) -> f64, wanted: f64) {
    let found = ask(MONTHS, key, target).unwrap();
    let assignment = format!("{key}={}", found.value);
    let scenario = Scenario::parse("case.toml", "case", MONTHS, &[assignment]).unwrap();
    let reached = statistic(&scenario);
    // Revenue keys have the reference's order of shocks.
    let tolerance = 5.0 * found.reached.std_error + 1e-6 * wanted.abs() + 2.0 / 8192.0;
    assert!(
        (reached - wanted).abs() <= tolerance,
        "{key} {target}: {reached} {found:?}"
    );
}

#[test]
fn the_value_found_meets_the_target() {
    let total = |total: Total| {
        move |scenario: &Scenario| {
            let results = run(&scenario.simulation(), &()).unwrap();
            results.primary().total(total).unwrap().estimate.mean
        }
    };
    for key in [
        "agreement.cap",
        "agreement.share",
        "revenue.gbm.growth",
        "revenue.gbm.volatility",
    ] {
        check(key, "expected total_paid=15", total(Total::Paid), 15.0);
    }
    check(
        "agreement.cap",
        "total_paid_pv=12",
        total(Total::PresentValue),
        12.0,
    );
    check(
        "agreement.paid_before",
        "excess_over_cap=20",
        total(Total::Excess),
        20.0,
    );
    check(
        "valuation.discount_rate",
        "total_paid_pv=14",
        total(Total::PresentValue),
        14.0,
    );
    let by = |scenario: &Scenario| {
        let results = run(&scenario.simulation(), &()).unwrap();
        results
            .primary()
            .reached_by(capbind::units::Date::parse("2028-12-31").unwrap())
            .mean
    };
    for key in ["agreement.cap", "revenue.gbm.growth"] {
        check(key, "median binding_date=2028-12-31", by, 0.5);
    }
}

#[test]
fn a_date_is_the_first_that_meets_the_target() {
    let found = ask(MONTHS, "agreement.expiry", "total_paid=14").unwrap();
    let paid = |date: &str| {
        let assignment = format!("agreement.expiry={date}");
        let scenario = Scenario::parse("case.toml", "case", MONTHS, &[assignment]).unwrap();
        let results = run(&scenario.simulation(), &()).unwrap();
        results.primary().total(Total::Paid).unwrap().estimate.mean
    };
    let date = capbind::units::Date::parse(&found.value).unwrap();
    assert!(paid(&found.value) >= 14.0);
    assert!(paid(&date.add_days(-1).to_string()) < 14.0);
    assert!(found.std_error > 0.0 && found.std_error < 5.0, "{found:?}");
}

#[test]
fn clauses_and_uncertain_terms_are_solved_by_runs() {
    let uncertain = MONTHS.replace("cap = 18", "cap = { uniform = [16, 20] }");
    let found = ask(&uncertain, "agreement.share", "total_paid=15").unwrap();
    let assignment = format!("agreement.share={}", found.value);
    let scenario = Scenario::parse("case.toml", "case", &uncertain, &[assignment]).unwrap();
    let results = run(&scenario.simulation(), &()).unwrap();
    let paid = results.primary().total(Total::Paid).unwrap().estimate.mean;
    assert!((paid - 15.0).abs() < 1e-6);
    let error = ask(&uncertain, "agreement.cap", "total_paid=15").unwrap_err();
    assert!(
        error.to_string().contains("has no number in the scenario"),
        "{error}"
    );
}

#[test]
fn a_target_out_of_reach_gets_the_range() {
    let error = ask(YEAR, "agreement.cap", "total_paid=30").unwrap_err();
    let Error::Unreachable(range) = &error else {
        panic!("{error:?}");
    };
    let most: f64 = range.most.1.parse().unwrap();
    assert!((most - 22.0).abs() < 0.01, "{error}");
    assert!(ask(MONTHS, "revenue.gbm.volatility", "total_paid=100").is_err());
}

#[test]
fn a_term_of_a_named_agreement_is_found() {
    let text = MONTHS.replace(
        "[agreement]",
        "[[agreement]]\n    name = \"licence\"\n    share = 0.05\n    cap = 4\n    [[agreement]]\n    name = \"royalty\"",
    );
    // Statistics are those of the first agreement.
    let found = ask(&text, "agreement.licence.share", "total_paid=3").unwrap();
    let assignment = format!("agreement.licence.share={}", found.value);
    let scenario = Scenario::parse("case.toml", "case", &text, &[assignment]).unwrap();
    let results = run(&scenario.simulation(), &()).unwrap();
    let paid = results.primary().total(Total::Paid).unwrap().estimate.mean;
    assert!((paid - 3.0).abs() < 1e-6, "{paid}");
}

#[test]
fn published_contracts_are_found_from_what_they_bring_about() {
    // Not the very first periods: next to nothing is certain there.
    for (id, period) in [("E-BT1-ran", 7), ("E-BT3-det", 47), ("E-BT7-ran", 30)] {
        let case = truth::case(id);
        let text = truth::gbm_scenario(&case);
        let at = |metric| {
            let (values, _) = truth::expected(&case, metric).remove(0);
            truth::f(&values[period])
        };
        let (bound, paid) = (at("P_bind_by_period"), at("E_cum_paid_by_period"));
        let scenario = Scenario::parse("case.toml", "case", &text, &[]).unwrap();
        let day = scenario.timeline.periods()[period].last_day;
        let contract = &case["contract"];
        let wanted = |name: &str| truth::f(&contract[name]);
        for (key, value) in [
            ("agreement.cap", wanted("cap")),
            ("agreement.share", wanted("rate")),
            ("agreement.paid_before", wanted("paid_to_date")),
        ] {
            let target = format!("binding_probability@{day}={bound}");
            // What was paid before cannot be less than nothing.
            let Ok(found) = ask(&text, key, &target) else {
                assert_eq!(value, 0.0, "{id} {key}");
                continue;
            };
            let off = (found.number - value).abs();
            let size = match key {
                "agreement.share" => value,
                _ => wanted("cap"),
            };
            // One path of each replicate, where all have as many.
            let count = (1.0 / 16384.0 / found.slope).abs();
            assert!(
                off <= 4.0 * found.std_error + count,
                "{id} {key}: {found:?}"
            );
            assert!(found.std_error <= 3e-3 * size, "{id} {key}: {found:?}");
        }
        let ends = text.replace("[simulation]", &format!("expiry = {day}\n[simulation]"));
        let found = ask(&ends, "agreement.cap", &format!("total_paid={paid}")).unwrap();
        let off = (found.number - wanted("cap")).abs();
        assert!(off <= 4.0 * found.std_error + 1e-9, "{id}: {found:?}");
        assert!(found.std_error <= 2e-3 * found.number, "{id}: {found:?}");
        let found = ask(&text, "agreement.expiry", &format!("total_paid={paid}")).unwrap();
        let last = f64::from(day.days_since(scenario.timeline.start()));
        let off = (found.number - last).abs();
        assert!(off <= 1.0 + 4.0 * found.std_error, "{id}: {found:?} {day}");
        assert!(found.std_error < 1.0, "{id}: {found:?}");
    }
}

/// Terms of a flat share, from how many passes before the run that checks the answer.
const ASKED: [(&str, &str, u64); 13] = [
    ("agreement.cap", "binding_probability@2028-12-31=0.4", 1),
    ("agreement.cap", "expected total_paid=15", 1),
    ("agreement.cap", "p5 total_paid=10", 1),
    ("agreement.cap", "p50 excess_over_cap=2", 1),
    ("agreement.cap", "cap_headroom_at_end=3", 1),
    ("agreement.share", "median binding_date=2029-01-31", 1),
    ("agreement.share", "uncapped_share=25", 1),
    ("agreement.share", "p60 cap_headroom_at_end=1", 1),
    ("agreement.paid_before", "excess_over_cap=20", 1),
    ("agreement.expiry", "binding_probability=0.3", 1),
    ("agreement.expiry", "total_paid_pv=9", 1),
    ("agreement.cap", "total_paid_pv=12", 2),
    ("agreement.share", "total_paid_pv=12", 2),
];

#[test]
fn one_pass_is_enough_but_for_present_values() {
    for (key, target, passes) in ASKED {
        let (found, paths) = counted(MONTHS, key, target);
        // What a smooth estimate answers is checked, and corrected, without a path.
        let most = passes + 1;
        assert!(
            [passes, most].contains(&(paths / (1024 * 8))) && paths % (1024 * 8) == 0,
            "{key} {target}: {paths}"
        );
        let took = found.unwrap().passes as u64;
        assert!((most..most + 5).contains(&took), "{key} {target}: {took}");
    }
}

#[test]
fn the_statistic_at_the_value_found_is_that_of_a_run() {
    for (key, target, _) in ASKED {
        let found = ask(MONTHS, key, target).unwrap();
        let assignment = format!("{key}={}", found.value);
        let scenario = Scenario::parse("case.toml", "case", MONTHS, &[assignment]).unwrap();
        let results = run(&scenario.simulation(), &()).unwrap();
        let outcomes = results.primary();
        let reached = match found.target.statistic {
            Statistic::Probability(measure, Some(date)) => outcomes.by(measure, date).unwrap().mean,
            Statistic::Probability(measure, None) | Statistic::Expected(measure) => {
                outcomes.get(measure).unwrap().estimate.unwrap().mean
            }
            Statistic::AtLeast(measure, amount) => outcomes
                .get(measure)
                .unwrap()
                .part_at_least(amount)
                .unwrap(),
        };
        // Distributions of a run are known to a thousandth of each value.
        let tolerance = match found.target.statistic {
            Statistic::AtLeast(..) => 2e-3,
            Statistic::Probability(..) => 1.0 / 8192.0,
            Statistic::Expected(_) => 1e-9 * reached.abs(),
        };
        let off = (reached - found.reached.mean).abs();
        assert!(off <= tolerance, "{key} {target}: {reached} {found:?}");
        if key != "agreement.expiry" {
            let off = (found.reached.mean - found.target.value).abs();
            let least = matches!(found.target.statistic, Statistic::AtLeast(Measure::PAID, _));
            assert!(off <= tolerance || least, "{key} {target}: {found:?}");
        }
    }
}

#[test]
fn threads_do_not_matter() {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        pool.install(|| ASKED.map(|(key, target, _)| ask(MONTHS, key, target).unwrap()))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn a_value_is_looked_for_between_two_that_are_permitted() {
    let base = Base::new("case.toml", "case", MONTHS, &[]);
    let target = Target::parse("total_paid=15").unwrap();
    let between = |key, ends| solve(&base, key, &target, Some(ends), &());
    let found = between("agreement.cap", (10.0, 30.0)).unwrap();
    assert_eq!(
        found,
        ask(MONTHS, "agreement.cap", "total_paid=15").unwrap()
    );
    let error = between("agreement.cap", (20.0, 30.0)).unwrap_err();
    assert!(error.to_string().contains("from 20 to 30"), "{error}");
    let error = between("agreement.share", (0.1, 20.0)).unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error}");
    // Days 700 to 800 are in 2027 and 2028.
    let error = between("agreement.expiry", (700.0, 800.0)).unwrap_err();
    assert!(error.to_string().contains("from 2027-12-02"), "{error}");
}

/// One certain path: 24 a month from mid-November, 168 to the middle of June.
const CERTAIN: &str = include_str!("../scenarios/worked-example.toml");

#[test]
fn a_target_that_is_stepped_over_gets_the_step() {
    let stepped = |text: &str, key: &str, target: &str| {
        let error = ask(text, key, target).unwrap_err();
        assert!(matches!(error, Error::SteppedOver(_)), "{error}");
        error.to_string()
    };
    // 168 accrue, 30 were paid before: every path reaches a cap of 198 and no greater.
    assert_eq!(
        stepped(CERTAIN, "agreement.cap", "binding_probability=0.5"),
        "no `agreement.cap` brings binding_probability to 0.5: it steps over it, from 1 at 198 \
         to 0 just above"
    );
    // The cap of 100 is reached on 13 February 2028.
    assert_eq!(
        stepped(CERTAIN, "agreement.expiry", "binding_probability=0.5"),
        "no `agreement.expiry` brings binding_probability to 0.5: it steps over it, from 0 at \
         2028-02-12 to 1 at 2028-02-13"
    );
    let drawn = CERTAIN.replace("cap   = 100", "cap = 100\nannual_minimum = 0");
    let said = stepped(&drawn, "agreement.cap", "binding_probability=0.5");
    assert!(said.ends_with("from 1 at 198 to 0 just above"), "{said}");
    // A percentile of one certain amount, or its date, is met where the probability steps.
    let found = ask(CERTAIN, "agreement.cap", "p50 total_paid=50").unwrap();
    let percentile = found.percentile.unwrap();
    assert!(
        found.value == "80" && (percentile - 50.0).abs() < 0.05,
        "{found:?}"
    );
    let found = ask(CERTAIN, "agreement.share", "p50 total_paid=42").unwrap();
    assert!((found.number - 0.05).abs() < 1e-9, "{found:?}");
    let found = ask(CERTAIN, "agreement.cap", "median binding_date=2028-02-13").unwrap();
    assert!((99.0..101.0).contains(&found.number), "{found:?}");
}

#[test]
fn answers_are_finite_and_permitted() {
    let uncapped = MONTHS.replace("cap = 18", "");
    for (text, key, target) in [
        (
            uncapped.as_str(),
            "agreement.paid_before",
            "total_paid_pv=12",
        ),
        (
            uncapped.as_str(),
            "agreement.paid_before",
            "binding_probability=0.5",
        ),
        (uncapped.as_str(), "agreement.paid_before", "total_paid=5"),
        (MONTHS, "agreement.cap", "total_paid=1e9"),
        (MONTHS, "agreement.cap", "total_paid_pv=1e9"),
        (MONTHS, "agreement.share", "total_paid=1e9"),
    ] {
        let error = ask(text, key, target).unwrap_err();
        let Error::Unreachable(range) = &error else {
            panic!("{error:?}");
        };
        for (value, _) in [&range.least, &range.most] {
            let value: f64 = value.parse().unwrap();
            assert!(value.is_finite(), "{error}");
        }
        let said = error.to_string();
        assert!(!said.contains("inf") && !said.contains("NaN"), "{said}");
    }
    let error = ask(&uncapped, "agreement.share", "cap_headroom_at_end=3").unwrap_err();
    assert!(error.to_string().contains("without a cap"), "{error}");
    // A cap that is certain to be reached: the least is nothing, and there are more.
    let found = ask(CERTAIN, "agreement.cap", "binding_probability=1").unwrap();
    assert_eq!(found.value, "0");
    assert_eq!(found.others, [("0".to_owned(), "198".to_owned())]);
}

/// The share beyond which twice the money takes the place of 1.65 times: more share
/// then pays less, and between two ends that both pay too little there is enough.
#[test]
fn what_lies_between_two_ends_is_looked_at() {
    let text = include_str!("../scenarios/royalty-time-tiered-cap.toml");
    let base = Base::new(
        "case.toml",
        "case",
        text,
        &["simulation.points=512".to_owned()],
    );
    let look = |target: &str, ends| {
        let target = Target::parse(target).unwrap();
        solve(&base, "agreement.share", &target, Some(ends), &())
    };
    let found = look("expected total_paid=264", (0.01, 0.04)).unwrap();
    assert!((0.02..0.03).contains(&found.number), "{found:?}");
    assert!((found.reached.mean - 264.0).abs() < 1e-6);
    assert_eq!(found.others.len(), 1, "{found:?}");
    // The top of the hill is in what is said of a target beyond it.
    let error = look("expected total_paid=300", (0.01, 0.04)).unwrap_err();
    let Error::Unreachable(range) = &error else {
        panic!("{error:?}");
    };
    let [at, most]: [f64; 2] = [&range.most.0, &range.most.1].map(|text| text.parse().unwrap());
    assert!((0.02..0.035).contains(&at) && most > 264.0, "{error}");
    let ends = (range.between.0.as_str(), range.between.1.as_str());
    assert_eq!(ends, ("0.01", "0.04"));
}

#[test]
fn a_last_day_of_an_agreement_with_clauses_is_found_too() {
    let text = MONTHS.replace("cap = 18", "cap = 18\nannual_minimum = 0");
    let found = ask(&text, "agreement.expiry", "total_paid=14").unwrap();
    let flat = ask(MONTHS, "agreement.expiry", "total_paid=14").unwrap();
    assert_eq!(found.value, flat.value);
    assert!((found.reached.mean - flat.reached.mean).abs() < 1e-9);
}

#[test]
fn pairs_of_a_frontier_meet_the_closed_form() {
    // With the cap out of reach the expected total is share × expected revenue: any share
    // that meets it is the same; with a cap it lies on the curve of the closed form.
    let few = ["simulation.points=1024".to_owned()];
    let base = Base::new("case.toml", "case", YEAR, &few);
    let expected = |share: f64, limit: f64| {
        // E[min(share·S, limit)] of the log-normal S with mean 110.
        let sd = 0.4_f64;
        let (mean, mu) = (share * 110.0, ln(share * 110.0) - 0.5 * sd * sd);
        let d = (ln(limit) - mu) / sd;
        mean * normal_cdf(d - sd) + limit * normal_cdf(-d)
    };
    let target = Target::parse("expected total_paid=18").unwrap();
    let found = frontier(
        &base,
        "agreement.cap=23:43:10",
        "agreement.share",
        &target,
        &(),
    )
    .unwrap();
    assert_eq!(found.keys, ["agreement.cap", "agreement.share"]);
    assert_eq!(found.pairs.len(), 3);
    let mut before = f64::INFINITY;
    for pair in &found.pairs {
        let cap: f64 = pair.first.parse().unwrap();
        let share = pair.second.as_ref().unwrap();
        // A higher cap goes with a lower share.
        assert!(share.number < before);
        before = share.number;
        let off = expected(share.number, cap - 3.0) - 18.0;
        let (slope, error) = (share.slope, share.std_error);
        assert!((off / slope).abs() <= 4.0 * error + 1e-6, "{cap}: {off}");
        assert!(error < 1e-3 * share.number);
        let worth = pair.worth.as_ref().unwrap();
        let (_, paid) = worth
            .expected
            .iter()
            .find(|(m, _)| *m == Measure::PAID)
            .unwrap();
        assert!((paid.mean - 18.0).abs() <= 4.0 * paid.std_error + 1e-5);
    }
    // A target that small caps cannot reach leaves a gap, and says why.
    let target = Target::parse("expected total_paid=19").unwrap();
    let gap = frontier(
        &base,
        "agreement.cap=13,43",
        "agreement.share",
        &target,
        &(),
    )
    .unwrap();
    assert!(gap.pairs[0].second.is_none() && gap.pairs[0].worth.is_none());
    assert!(
        gap.pairs[0]
            .why_none
            .as_ref()
            .unwrap()
            .contains("agreement.share")
    );
    assert!(gap.pairs[1].second.is_some());
    let none = frontier(&base, "agreement.cap=5,6", "agreement.share", &target, &()).unwrap_err();
    assert!(none.to_string().contains("no pair"), "{none}");
    // What the scenario as written is worth is met by itself.
    let own = as_written(&base, &()).unwrap();
    let found = frontier(&base, "agreement.cap=25,26", "agreement.share", &own, &()).unwrap();
    let share = found.pairs[0].second.as_ref().unwrap();
    assert!((share.number - 0.2).abs() < 1e-6, "{}", share.number);
    // Without values: from eight tenths of the key's own to sixteen.
    let found = frontier(&base, "agreement.cap", "agreement.share", &own, &()).unwrap();
    assert_eq!(
        (found.pairs.len(), found.pairs[8].first.as_str()),
        (9, "40")
    );
}

/// A smooth statistic of a revenue key: each value tried is a run, the last is the answer.
#[test]
fn revenue_keys_take_few_evaluations() {
    for (key, target, most) in [
        ("revenue.gbm.growth", "binding_probability=0.6", 6),
        ("revenue.gbm.initial", "binding_probability=0.2", 6),
        ("revenue.gbm.initial", "expected total_paid=15", 6),
        // From 40 % a year down to −7 %.
        ("revenue.gbm.growth", "expected total_paid_pv=11", 8),
        ("revenue.gbm.volatility", "expected total_paid=14.5", 6),
        ("revenue.gbm.initial", "median binding_date=2029-06-30", 5),
    ] {
        let found = ask(MONTHS, key, target).unwrap();
        assert!(found.passes <= most, "{key} {target}: {found:?}");
    }
    let plan = shipped("scenarios/openai-microsoft.toml").unwrap().text;
    for (key, target, wanted) in [
        (
            "revenue.forecast.volatility",
            "binding_probability=0.9",
            0.9,
        ),
        (
            "revenue.forecast.growth_uncertainty",
            "binding_probability@2029-12-31=0.6",
            0.6,
        ),
    ] {
        let found = ask(plan, key, target).unwrap();
        assert!(found.passes <= 6, "{key} {target}: {found:?}");
        assert!((found.reached.mean - wanted).abs() < 1e-8, "{found:?}");
    }
}
