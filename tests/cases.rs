//! Named cases with probabilities: their mixture against closed forms, against single runs,
//! and as the studies see it.

mod common;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use capbind::RunOptions;
use capbind::artifacts::run_scenario;
use capbind::math::{ln, normal_cdf};
use capbind::report::{ledger_table, ledger_text};
use capbind::scenario::Scenario;
use capbind::simulate::{
    Measure, Observer, Quantity, Results, Simulation, Slot, Total, run, run_each, run_totals,
    run_totals_each,
};
use capbind::stats::MeanEstimate;
use capbind::study::{
    Axis, Base, Cases, Entry, Sensitivity, SensitivityOptions, Sweep, Target, common_ordering,
    compare, replay_scenario, run_scenario as simulated, runs, sensitivity, solve,
};
use common::{number, table};

const ROYALTY: &str = r#"
title = "A royalty"
unit = "million"
timeline = { start = 2026-01-01, end = 2028-12-31, step = "month" }
revenue.gbm = { initial = 10, growth = 0.25, volatility = 0.30 }
agreement = { share = 0.2, cap = 8 }
valuation.discount_rate = 0.08
simulation.points = 512
"#;

/// A year of log-normal revenue.
const YEAR: &str = r#"
timeline = { start = 2026-01-01, end = 2026-12-31, step = "year" }
revenue.gbm = { initial = 100, growth = 0.1, volatility = 0.3 }
agreement = { share = 0.2, cap = 24 }
"#;

fn scenario(text: &str, changes: &[&str]) -> Scenario {
    let changes: Vec<String> = changes.iter().map(|change| (*change).to_owned()).collect();
    Scenario::parse("royalty.toml", "royalty", text, &changes).unwrap()
}

fn found(scenario: &Scenario) -> Results {
    simulated(scenario, None, &(), run_each).unwrap()
}

fn tables(scenario: Scenario) -> Vec<(String, Vec<u8>)> {
    let options = RunOptions {
        charts: false,
        report: false,
        ..RunOptions::default()
    };
    let files = run_scenario(scenario, &options, &()).unwrap().files;
    let is_table = |(name, _): &(String, Vec<u8>)| name.ends_with(".csv") && name != "cases.csv";
    files.into_iter().filter(is_table).collect()
}

fn two(text: &str, first: (f64, &str), second: (f64, &str)) -> String {
    let case = |name: &str, (probability, set): (f64, &str)| {
        format!("\n[[case]]\nname = \"{name}\"\nprobability = {probability}\nset = {{ {set} }}\n")
    };
    format!("{text}{}{}", case("one", first), case("two", second))
}

fn close(a: f64, b: f64, part: f64) -> bool {
    (a - b).abs() <= part * a.abs().max(b.abs())
}

#[test]
fn a_mixture_of_one_case_is_the_run_to_the_byte() {
    let one = "\n[[case]]\nname = \"only\"\nprobability = 1\nset = { agreement.cap = 9 }\n";
    let mixture = scenario(&format!("{ROYALTY}{one}"), &[]);
    let alone = scenario(ROYALTY, &["agreement.cap=9"]);
    assert_eq!(tables(mixture), tables(alone));
}

#[test]
fn cases_that_are_alike_are_one() {
    for changes in [&["simulation.sampler=random"][..], &[]] {
        let alone = tables(scenario(ROYALTY, changes));
        let alike = two(ROYALTY, (0.3, ""), (0.7, "agreement.cap = 8"));
        let mixture = tables(scenario(&alike, changes));
        for ((name, alone), (_, mixture)) in alone.iter().zip(&mixture) {
            let lines = table(alone).into_iter().zip(table(mixture));
            for (alone, mixture) in lines {
                for (column, value) in &alone {
                    let (Ok(a), Ok(b)) = (value.parse::<f64>(), mixture[column].parse::<f64>())
                    else {
                        // Dates are the same to the day that holds the moment.
                        assert_eq!(*value, mixture[column], "{name} {column}");
                        continue;
                    };
                    // The mean is exact; a quantile is where the parts of two cells meet, and
                    // the density of an error is taken over another window.
                    let near = match column.as_str() {
                        "mean" | "std_error" | "probability" | "cumulative_probability" => 1e-9,
                        c if c.ends_with("_std_error") || c.contains("95") => 0.3,
                        _ => 2e-3,
                    };
                    let least = 1e-9;
                    assert!(
                        close(a, b, near) || (a - b).abs() < least || column.contains("std_err"),
                        "{name} {column}: {a} {b}"
                    );
                }
            }
        }
    }
}

/// Counts the paths it is told of.
#[derive(Default)]
struct Counting(AtomicU64);

impl Observer for Counting {
    fn progress(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }
}

/// What a run says, every digit.
fn said(results: &Results, of: &Simulation<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for outcomes in results.agreements.iter().chain(&results.risk_neutral) {
        for measure in outcomes.measures() {
            let found = outcomes.get(measure);
            let at = |q| {
                let found = found.as_ref()?;
                Some((found.quantile(q)?, found.quantile_error(q)))
            };
            let of_mean = found
                .as_ref()
                .map(|own| (own.estimate, own.counted, own.means.to_vec()));
            all.push(format!(
                "{measure:?} {of_mean:?} {:?}",
                [0.05, 0.5, 0.95].map(at)
            ));
        }
        for k in 0..of.timeline.periods().len() {
            for quantity in [Quantity::Revenue, Quantity::Payment, Quantity::CapHeadroom] {
                let found = outcomes.quantity(quantity, Slot::Period(k));
                let found = found.map(|own| {
                    let quantiles = [0.05, 0.5, 0.95].map(|q| own.distribution.quantile(q));
                    (own.estimate, own.means.to_vec(), quantiles)
                });
                all.push(format!("{k} {found:?}"));
            }
        }
    }
    all
}

#[test]
fn runs_on_common_draws_are_each_the_run_alone() {
    let set = [
        "",
        "revenue.gbm.growth = 0.6",
        "revenue.gbm.volatility = 0.1",
        "agreement = { share = 0.2, cap = 8, annual_minimum = 0.1 }",
        "agreement = { share = 0.1, annual_minimum = 0.2 }",
        "agreement.cap = { uniform = [5, 9] }",
        "agreement.cap = { uniform = [5, 9] }, revenue.gbm.growth = { uniform = [0.1, 0.3] }",
    ];
    let case = |(i, set): (usize, &&str)| {
        let probability = if i == 0 { 0.4 } else { 0.1 };
        format!("\n[[case]]\nname = \"c{i}\"\nprobability = {probability}\nset = {{ {set} }}\n")
    };
    let cases: String = set.iter().enumerate().map(case).collect();
    let priced = "valuation.risk_neutral={ revenue_risk_premium = 0.05, risk_free = 0.03 }";
    for changes in [
        &["simulation.points=8192", "simulation.replicates=4"][..],
        &["simulation.sampler=random", "simulation.points=100", priced],
    ] {
        let scenario = scenario(&format!("{ROYALTY}{cases}"), changes);
        let ordering = common_ordering(&scenario);
        let runs = runs(&scenario, ordering.as_ref());
        let told = Counting::default();
        let together = run_each(&runs, &told).unwrap();
        assert_eq!(
            told.0.into_inner(),
            runs.len() as u64 * scenario.settings.paths()
        );
        let totals = run_totals_each(&runs, &()).unwrap();
        for ((own, together), totals) in runs.iter().zip(together).zip(totals) {
            let alone = [run(own, &()), run_totals(own, &())].map(Result::unwrap);
            assert_eq!(said(&together, own), said(&alone[0], own));
            assert_eq!(said(&totals, own), said(&alone[1], own));
        }
    }
}

#[test]
fn two_points_by_hand() {
    let text = two(
        YEAR,
        (
            0.25,
            "revenue.gbm = { initial = 50, growth = 0, volatility = 0 }",
        ),
        (
            0.75,
            "revenue.gbm = { initial = 150, growth = 0, volatility = 0 }",
        ),
    );
    let results = found(&scenario(&text, &[]));
    let outcomes = results.primary();
    // 10 is paid of 50, and of 150 the cap of 24 for certain.
    let paid = outcomes.total(Total::Paid).unwrap();
    assert!((paid.estimate.mean - (0.25 * 10.0 + 0.75 * 24.0)).abs() < 1e-12);
    assert!((paid.estimate.std_dev - 14.0 * (0.25_f64 * 0.75).sqrt()).abs() < 1e-9);
    assert_eq!(paid.estimate.std_error, 0.0);
    assert_eq!(paid.distribution.quantile(0.24), Some(10.0));
    assert_eq!(paid.distribution.quantile(0.26), Some(24.0));
    assert!((outcomes.reached().mean - 0.75).abs() < 1e-15);
    // 24 of 30 in the year: at four fifths of its days.
    let date = outcomes.date_quantile(0.5).unwrap();
    assert!((date.days - 0.8 * 365.0).abs() <= 1.0, "{}", date.days);
    assert_eq!(outcomes.date_quantile(0.76), None);
    let saved = outcomes.total(Total::Excess).unwrap();
    assert!((saved.estimate.mean - 0.75 * 6.0).abs() < 1e-12);
}

/// The log-normal share of a year: its median and the deviation of its logarithm.
fn share(growth: f64, volatility: f64) -> (f64, f64) {
    let variance = 0.5 * volatility * volatility;
    (
        20.0 * (1.0 + growth).sqrt() * (-0.5 * variance).exp(),
        variance.sqrt(),
    )
}

#[test]
fn the_distribution_is_that_of_the_closed_form() {
    let text = two(
        YEAR,
        (
            0.35,
            "revenue.gbm.growth = 0.6, revenue.gbm.volatility = 0.2",
        ),
        (0.65, "agreement.share = 0.25, revenue.gbm.volatility = 0.4"),
    );
    let parts = [
        (0.35, share(0.6, 0.2)),
        (0.65, {
            let (median, sd) = share(0.1, 0.4);
            (1.25 * median, sd)
        }),
    ];
    let below = |x: f64| -> f64 {
        let part = |(weight, (median, sd)): &(f64, (f64, f64))| {
            weight * normal_cdf((ln(x) - ln(*median)) / sd)
        };
        parts.iter().map(part).sum()
    };
    let results = found(&scenario(&text, &["simulation.points=2048"]));
    let outcomes = results.primary();
    let mean = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        parts
            .iter()
            .map(|(w, (median, sd))| w * f(*median, *sd))
            .sum()
    };
    let uncapped = outcomes.total(Total::Uncapped).unwrap();
    let exact = mean(&|median, sd| median * (0.5 * sd * sd).exp());
    assert!((uncapped.estimate.mean - exact).abs() <= 4.0 * uncapped.estimate.std_error + 1e-9);
    assert!(uncapped.estimate.std_error < 1e-3);
    for q in [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] {
        let found = uncapped.distribution.estimate(q).unwrap();
        // What the closed form has below it is the part asked for.
        let density = (below(found.value * 1.001) - below(found.value / 1.001))
            / (found.value * 1.001 - found.value / 1.001);
        let off = (below(found.value) - q).abs();
        let cell = density * found.value / 1024.0;
        assert!(off <= 4.0 * found.std_error * density + cell, "{q}: {off}");
        assert!(
            found.std_error < 0.01 * found.value,
            "{q}: {}",
            found.std_error
        );
    }
    let binds = outcomes.reached();
    assert!((binds.mean - (1.0 - below(24.0))).abs() <= 4.0 * binds.std_error + 1e-6);
    assert!(binds.std_error < 1e-4);
    // The paid total has a mass at the cap.
    let paid = outcomes.total(Total::Paid).unwrap();
    assert_eq!(paid.distribution.quantile(0.99), Some(24.0));
    assert!((paid.distribution.part_below(24.0) - below(24.0)).abs() < 1e-3);
}

#[test]
fn every_number_is_linear_in_the_probabilities() {
    let sets = "revenue.gbm.growth = 0.6, agreement.cap = 6";
    let at = |p: f64| found(&scenario(&two(ROYALTY, (p, sets), (1.0 - p, "")), &[]));
    let [none, half, most, all] = [0.0, 0.5, 0.8, 1.0].map(at);
    for measure in [Measure::PAID, Measure::PRESENT_VALUE, Measure::Binding] {
        let means = |results: &Results| results.primary().get(measure).unwrap().means.into_owned();
        let (none, all) = (means(&none), means(&all));
        for (p, between) in [(0.5, means(&half)), (0.8, means(&most))] {
            for ((a, b), found) in none.iter().zip(&all).zip(between) {
                assert!(((1.0 - p) * a + p * b - found).abs() < 1e-12 * b.abs().max(1.0));
            }
        }
    }
    // The probabilities of dates are, too.
    let day = capbind::units::Date::new(2027, 9, 30).unwrap();
    let by = |results: &Results| results.primary().reached_by(day).mean;
    assert!((0.2 * by(&none) + 0.8 * by(&all) - by(&most)).abs() < 1e-12);
}

#[test]
fn standard_errors_cover_the_closed_form() {
    const RUNS: usize = 40;
    let text = two(
        YEAR,
        (
            0.35,
            "revenue.gbm.growth = 0.6, revenue.gbm.volatility = 0.2",
        ),
        (0.65, "revenue.gbm.volatility = 0.4"),
    );
    let parts = [(0.35, share(0.6, 0.2)), (0.65, share(0.1, 0.4))];
    let below = |x: f64| -> f64 {
        let part = |(weight, (median, sd)): &(f64, (f64, f64))| {
            weight * normal_cdf((ln(x) - ln(*median)) / sd)
        };
        parts.iter().map(part).sum()
    };
    let exact: f64 = parts
        .iter()
        .map(|(w, (m, sd))| w * m * (0.5 * sd * sd).exp())
        .sum();
    let mut squares = [0.0; 3];
    for seed in 0..RUNS {
        let seed = format!("simulation.seed={seed}");
        let changes = ["simulation.sampler=random", "simulation.points=128", &seed];
        let results = found(&scenario(&text, &changes));
        let outcomes = results.primary();
        let uncapped = outcomes.total(Total::Uncapped).unwrap();
        let mean = uncapped.estimate;
        let median = uncapped.distribution.estimate(0.5).unwrap();
        let density = (below(1.01 * median.value) - below(median.value / 1.01))
            / (1.01 * median.value - median.value / 1.01);
        let binds = outcomes.reached();
        let scores = [
            (mean.mean - exact) / mean.std_error,
            (below(median.value) - 0.5) / (density * median.std_error),
            (binds.mean - (1.0 - below(24.0))) / binds.std_error,
        ];
        squares
            .iter_mut()
            .zip(scores)
            .for_each(|(sum, z)| *sum += z * z);
    }
    for sum in squares {
        // Of Student's t with 15 degrees of freedom the variance is 15/13.
        let rms = (sum / RUNS as f64).sqrt();
        assert!((0.75..1.4).contains(&rms), "{rms}");
    }
}

const TWO: (&str, &str) = ("revenue.gbm.growth = 0.5", "revenue.gbm.growth = 0.05");

fn mixture() -> String {
    two(ROYALTY, (0.4, TWO.0), (0.6, TWO.1))
}

#[test]
fn one_case_can_be_taken_and_given_another_probability() {
    let text = mixture();
    let alone = scenario(&text, &["case=one"]);
    assert!(alone.cases.is_empty());
    let same = scenario(ROYALTY, &["revenue.gbm.growth=0.5"]);
    assert_eq!(tables(alone), tables(same));
    // What is given beside the file holds in every case.
    let given = scenario(&text, &["agreement.cap=5", "revenue.gbm.growth=0.3"]);
    let same = scenario(ROYALTY, &["agreement.cap=5", "revenue.gbm.growth=0.3"]);
    let paid = |scenario: &Scenario| {
        found(scenario)
            .primary()
            .total(Total::Paid)
            .unwrap()
            .estimate
    };
    assert!(close(paid(&given).mean, paid(&same).mean, 1e-12));
    let rest = text.replace("probability = 0.6\n", "");
    let changed = scenario(&rest, &["case.one.probability=0.1"]);
    assert!((changed.cases[1].probability - 0.9).abs() < 1e-15);
    let refused = Scenario::parse("r.toml", "r", &text, &["case=other".to_owned()]);
    let said = refused.unwrap_err().to_string();
    assert!(
        said.contains("there is no case") && said.contains("one, two"),
        "{said}"
    );
    // A dotted key in quotes is what it is after --set.
    let quoted = text.replace("revenue.gbm.growth = 0.5", "\"revenue.gbm.growth\" = 0.5");
    assert_eq!(tables(scenario(&quoted, &[])), tables(scenario(&text, &[])));
}

#[test]
fn an_input_of_one_case_moves_no_draw_of_another() {
    let uncertain = "agreement.cap = { uniform = [6, 9] }";
    let with = found(&scenario(&two(ROYALTY, (0.0, uncertain), (1.0, "")), &[]));
    let own = two(ROYALTY, (0.5, uncertain), (0.5, "agreement.cap = 8"));
    let other = found(&scenario(&own, &[]));
    let paid = |results: &Results| {
        let case = &results.cases[1].results;
        case.primary().replicates(Total::Paid).unwrap().to_vec()
    };
    assert_eq!(paid(&with), paid(&other));
}

#[test]
fn studies_take_a_mixture_as_a_run_does() {
    let text = mixture();
    let whole = scenario(&text, &[]);
    let paid = found(&whole).primary().total(Total::Paid).unwrap().estimate;
    let base = Base::new("royalty.toml", "royalty", &text, &[]);
    // A sweep, over a key and over the cases themselves.
    for (axis, last) in [("agreement.cap=7,8", paid.mean), ("case=one,two", f64::NAN)] {
        let cases = Cases::grid(&[Axis::parse(axis).unwrap()]).unwrap();
        let sweep = Sweep::new(base.clone(), cases).unwrap();
        let mut means = Vec::new();
        let keep = |outcomes: Vec<capbind::study::CaseOutcome>| {
            for outcome in outcomes {
                means.push(outcome.agreements[0].rows[0].estimate.unwrap());
            }
            Ok::<(), capbind::Error>(())
        };
        sweep.run(&BTreeSet::new(), &(), keep).unwrap();
        assert!((means[0].mean - paid.mean).abs() <= 4.0 * means[0].std_error);
        if last.is_nan() {
            let mixed = 0.4 * means[1].mean + 0.6 * means[2].mean;
            // One case alone is counted, a mixture smooth.
            let error: f64 = means.iter().map(|mean| mean.std_error).sum();
            let off = (mixed - means[0].mean).abs();
            assert!(off <= 4.0 * error && error < 1e-3, "{off} {error}");
        } else {
            assert!((means[2].mean - last).abs() <= 4.0 * means[2].std_error);
        }
    }
    // A value that meets a target, and the probability that does.
    let target = Target::parse("binding_probability=0.5").unwrap();
    let solved = solve(&base, "agreement.cap", &target, None, &()).unwrap();
    let cap = format!("agreement.cap={}", solved.number);
    let reached = found(&scenario(&text, &[&cap])).primary().reached();
    assert!(
        (reached.mean - 0.5).abs() <= 4.0 * reached.std_error + 1e-6,
        "{}",
        reached.mean
    );
    let rest = text.replace("probability = 0.6\n", "");
    let base = Base::new("royalty.toml", "royalty", &rest, &[]);
    let expected = Target::parse(&format!("expected total_paid={}", paid.mean)).unwrap();
    let solved = solve(&base, "case.one.probability", &expected, None, &()).unwrap();
    assert!((solved.number - 0.4).abs() < 1e-3, "{}", solved.number);
    // Against one of its cases.
    let entry = |name: &str, scenario: Scenario| Entry {
        name: name.to_owned(),
        scenario,
    };
    let entries = vec![
        entry("all", whole),
        entry("one", scenario(&text, &["case=one"])),
    ];
    let compared = compare(entries, &()).unwrap();
    let part = &compared.scenarios[1].parts[0];
    let more = part.totals[0].difference.unwrap();
    assert!(close(
        more.mean,
        part.totals[0].value.mean - paid.mean,
        1e-9
    ));
    assert!(more.mean > 0.0 && more.std_error < 1e-3);
    assert!(close(
        compared.scenarios[0].parts[0].totals[0].value.mean,
        paid.mean,
        1e-9
    ));
}

#[test]
fn drivers_of_a_mixture_are_moved_within_its_cases() {
    let uncertain = "revenue.gbm.growth = { uniform = [0.05, 0.3] }";
    let text = two(ROYALTY, (0.4, uncertain), (0.6, "agreement.cap = 9"));
    let whole = scenario(&text, &["agreement.share={ uniform = [0.1, 0.2] }"]);
    let mixed = sensitivity(&whole, &SensitivityOptions::default(), &()).unwrap();
    let names: Vec<&str> = mixed.drivers.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(
        names[..3],
        ["case", "revenue.gbm.growth", "agreement.share"]
    );
    let alone = ["one", "two"].map(|case| {
        let case = format!("case={case}");
        let own = scenario(&text, &["agreement.share={ uniform = [0.1, 0.2] }", &case]);
        sensitivity(&own, &SensitivityOptions::default(), &()).unwrap()
    });
    let paid = &mixed.quantities[0];
    let run = found(&whole);
    let total = run.primary().total(Total::Paid).unwrap().estimate;
    let near = |a: MeanEstimate, mean: f64, error: f64| {
        let off = (a.mean - mean).abs();
        assert!(off <= 4.0 * (a.std_error + error), "{a:?} {mean}");
        assert!(a.std_error + error < 0.05, "{a:?}");
    };
    near(paid.expected, total.mean, total.std_error);
    // What a case does not have moves nothing in it.
    let swing = |of: &Sensitivity, name: &str| {
        let at = of.drivers.iter().position(|driver| driver.name == name)?;
        let mut swings = of.quantities[0].swings.iter();
        Some(swings.find(|swing| swing.driver == at)?.swing)
    };
    for name in ["revenue.gbm.growth", "agreement.share"] {
        let own = [0, 1].map(|case| {
            swing(&alone[case], name).unwrap_or(swing(&mixed, name).unwrap().scaled(0.0))
        });
        let mean = 0.4 * own[0].mean + 0.6 * own[1].mean;
        near(
            swing(&mixed, name).unwrap(),
            mean,
            own[0].std_error + own[1].std_error,
        );
    }
    // The variance is what lies within the cases and between them.
    let means = [0, 1].map(|case| alone[case].quantities[0].expected);
    let within = [0, 1].map(|case| {
        let own = alone[case].quantities[0].decomposition.as_ref();
        own.unwrap().variance.mean
    });
    let between = 0.24 * (means[0].mean - means[1].mean).powi(2);
    let variance = 0.4 * within[0] + 0.6 * within[1] + between;
    let found = paid.decomposition.as_ref().unwrap();
    assert!(
        (found.variance.mean / variance - 1.0).abs() < 0.02,
        "{found:?} {variance}"
    );
    let case = found.groups[0];
    assert!(
        (case.first_order.mean - between / variance).abs() < 0.01,
        "{case:?}"
    );
    assert!(case.total.mean > case.first_order.mean, "{case:?}");
    // With interactions a driver explains what it does in each case.
    for (i, driver) in mixed.drivers.iter().enumerate().skip(1) {
        let in_case = |case: usize| {
            let drivers = &alone[case].drivers;
            let Some(at) = drivers.iter().position(|own| own.name == driver.name) else {
                return 0.0;
            };
            let own = alone[case].quantities[0].decomposition.as_ref().unwrap();
            own.groups[at].total.mean * own.variance.mean
        };
        let wanted = (0.4 * in_case(0) + 0.6 * in_case(1)) / variance;
        let total = found.groups[i].total;
        assert!(
            (total.mean - wanted).abs() < 0.01,
            "{driver:?} {total:?} {wanted}"
        );
        let alone = found.groups[i].first_order;
        assert!(
            alone.mean <= total.mean + 3.0 * total.std_error,
            "{driver:?}"
        );
    }
    let sum: f64 = found.groups.iter().map(|own| own.first_order.mean).sum();
    assert!((sum + found.interactions.mean - 1.0).abs() < 1e-9);
    let apart = swing(&mixed, "case").unwrap();
    near(
        apart,
        (means[0].mean - means[1].mean).abs(),
        means[0].std_error + means[1].std_error,
    );
}

#[test]
fn a_path_of_a_mixture_is_one_of_every_case() {
    let text = mixture();
    let whole = scenario(&text, &[]);
    let paths = replay_scenario(&whole, 5).unwrap();
    assert_eq!(paths.len(), 2);
    let ledger = ledger_table(&whole, 5, &paths);
    let csv = String::from_utf8(ledger.to_csv().unwrap()).unwrap();
    let cases: Vec<&str> = csv
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(1))
        .collect();
    let periods = whole.timeline.periods().len();
    assert_eq!(cases.len(), 2 * periods);
    assert!(cases[..periods].iter().all(|case| *case == "one"));
    assert!(cases[periods..].iter().all(|case| *case == "two"));
    // The first case alone has the same path: it lends the order of its shocks.
    let one = scenario(&text, &["case=one"]);
    assert_eq!(
        replay_scenario(&one, 5).unwrap()[0].revenue,
        paths[0].revenue
    );
    let said = ledger_text(&whole, 5, &paths);
    assert!(said.contains("Case one, probability 40"), "{said}");
    assert!(replay_scenario(&whole, u64::MAX).is_none());
}

#[test]
fn the_table_of_cases_says_how_the_answer_moves() {
    let options = RunOptions {
        charts: false,
        report: false,
        ..RunOptions::default()
    };
    let made = run_scenario(scenario(&mixture(), &[]), &options, &()).unwrap();
    let cases = table(made.get("cases.csv").unwrap());
    let summary = table(made.get("summary.csv").unwrap());
    let paid = |case: &str| {
        let is_it = |line: &&std::collections::HashMap<String, String>| {
            line["case"] == case && line["quantity"] == "total_paid"
        };
        cases.iter().find(is_it).unwrap()
    };
    let (one, two) = (paid("one"), paid("two"));
    let all = number(&summary[0], "mean");
    let mixed = 0.4 * number(one, "mean") + 0.6 * number(two, "mean");
    assert!(close(mixed, all, 1e-12));
    let slope = number(one, "slope");
    assert!(close(
        slope,
        number(one, "mean") - number(two, "mean"),
        1e-9
    ));
    assert!(close(
        number(one, "without_case"),
        number(two, "mean"),
        1e-12
    ));
    assert!(number(one, "slope_std_error") > 0.0);
    assert!(made.said.text.contains("2 cases") && made.said.text.contains("10 points more"));
}
