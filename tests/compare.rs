//! Scenarios side by side: what must not differ does not, what must does, and
//! differences are sharp.

use capbind::Error;
#[cfg(feature = "charts")]
use capbind::report::{comparison_figures, figure::Figure};
use capbind::scenario::Scenario;
use capbind::simulate::{
    ContractQuantity, FlatShare, Measure, Quantity, Total, evaluate, run_totals,
};
use capbind::stats::Moments;
use capbind::study::{ComparedPart, ComparedValue, Comparison, Entry, StudyError, compare};

const ROYALTY: &str = r#"
    unit = "million"
    [timeline]
    start = 2026-01-01
    end = 2030-12-31
    step = "quarter"
    [revenue.gbm]
    initial = 100
    growth = 0.20
    volatility = 0.30
    [agreement]
    share = 0.05
    cap = 30
    [valuation]
    discount_rate = 0.08
    [simulation]
    points = 1024
    seed = 3
"#;

fn entry(name: &str, text: &str, overrides: &[&str]) -> Entry {
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    Entry {
        name: name.to_owned(),
        scenario: Scenario::parse(name, name, text, &overrides).unwrap(),
    }
}

fn against(overrides: &[&str], other: &[&str]) -> Comparison {
    let entries = vec![entry("a", ROYALTY, overrides), entry("b", ROYALTY, other)];
    compare(entries, &()).unwrap()
}

fn part(comparison: &Comparison) -> &ComparedPart {
    &comparison.scenarios[1].parts[0]
}

fn total(part: &ComparedPart, quantity: &str) -> ComparedValue {
    *part
        .totals
        .iter()
        .find(|value| value.measure.name() == quantity)
        .unwrap()
}

/// Every value of a part but those by year.
fn values(part: &ComparedPart) -> impl Iterator<Item = &ComparedValue> {
    part.totals.iter().chain(part.periods.iter().flatten())
}

#[test]
fn a_scenario_does_not_differ_from_itself() {
    let found = against(&[], &[]);
    let all: Vec<&ComparedValue> = values(part(&found)).collect();
    assert!(all.len() > 100);
    for difference in all.into_iter().map(|value| value.difference.unwrap()) {
        assert_eq!((difference.mean, difference.std_error), (0.0, 0.0));
    }
    let date = part(&found).dates[0];
    assert_eq!(date.difference.unwrap().mean, 0.0);
    assert!(part(&found).futures.is_none() && found.warnings.is_empty());
    assert!(
        found.scenarios[0].parts[0]
            .totals
            .iter()
            .all(|value| value.difference.is_none())
    );
}

#[test]
fn a_higher_cap_costs_what_one_path_set_says() {
    let found = against(&[], &["agreement.cap=30.3"]);
    let scenario = entry("a", ROYALTY, &[]).scenario;
    let contract = |cap| FlatShare {
        share: 0.05,
        cap,
        paid_before: 0.0,
        expiry: scenario.timeline.end(),
    };
    let exact = evaluate(
        &scenario.simulation(),
        &[contract(30.0), contract(30.3)],
        &(),
    )
    .unwrap();
    for (name, quantity) in [
        ("total_paid", ContractQuantity::TotalPaid),
        ("total_paid_pv", ContractQuantity::PresentValue),
        ("binding_probability", ContractQuantity::Binds),
    ] {
        let exact = exact.difference(1, 0, quantity);
        let found = total(part(&found), name).difference.unwrap();
        // Smooth differences on the points of the counted ones.
        let error = found.std_error.hypot(exact.std_error);
        assert!((found.mean - exact.mean).abs() < 5.0 * error, "{name}");
        assert!(found.std_error < 0.3 * exact.std_error, "{name}");
    }
    let futures = part(&found).futures.as_ref().unwrap();
    assert_eq!(futures.futures, 16_384);
    for (_, values) in &futures.percentiles {
        // No future pays more than the difference of the caps, none less.
        let last = values.last().unwrap();
        assert!((-1e-9..=0.3 + 1e-9).contains(last), "{last}");
    }
}

#[test]
fn a_paired_difference_is_far_sharper_than_an_unpaired_one() {
    // The error of two runs of other seeds, and the paired one.
    let errors = |sampler: &str| {
        let found = against(&[sampler], &[sampler, "agreement.cap=30.3"]);
        let paid = total(part(&found), "total_paid");
        let reference = total(&found.scenarios[0].parts[0], "total_paid");
        let unpaired = paid.value.std_error.hypot(reference.value.std_error);
        (unpaired, paid.difference.unwrap().std_error)
    };
    let (unpaired, random) = errors("simulation.sampler=random");
    assert!(unpaired >= 20.0 * random, "{unpaired} {random}");
    // Scrambled points leave little noise for pairing to take away.
    let (unpaired, sobol) = errors("simulation.sampler=sobol");
    assert!(unpaired >= 2.0 * sobol, "{unpaired} {sobol}");
    assert!(sobol < 0.5 * random, "{sobol} {random}");
}

/// What counts as unpaired is what runs of other seeds scatter by.
#[test]
fn two_runs_of_other_seeds_differ_by_their_errors() {
    for sampler in ["random", "sobol"] {
        let run = |seed: u32, cap: &str| {
            let overrides = [
                format!("simulation.sampler={sampler}"),
                format!("simulation.seed={seed}"),
                format!("agreement.cap={cap}"),
            ];
            let scenario = Scenario::parse("a", "a", ROYALTY, &overrides).unwrap();
            let results = run_totals(&scenario.simulation(), &()).unwrap();
            let paid = results.primary().total(Total::Paid).unwrap();
            (paid.estimate.mean, paid.estimate.std_error)
        };
        let (mut differences, mut variances) = (Vec::new(), Vec::new());
        for seed in 0..32 {
            let (low, high) = (run(2 * seed, "30"), run(2 * seed + 1, "30.3"));
            differences.push(high.0 - low.0);
            variances.push(high.1.powi(2) + low.1.powi(2));
        }
        let ratio = Moments::of(&differences).variance() / Moments::of(&variances).mean();
        // 32 differences know their variance to about a quarter.
        assert!((0.4..2.0).contains(&ratio), "{sampler}: {ratio}");
    }
}

#[test]
fn uncertain_inputs_of_one_scenario_leave_the_futures_of_the_other_alone() {
    for (a, b) in [
        (&[][..], &["agreement.cap={ uniform = [29, 31] }"][..]),
        (
            &["agreement.cap={ uniform = [29, 31] }"],
            &["agreement.share={ uniform = [0.04, 0.06] }"],
        ),
    ] {
        let found = against(a, b);
        let revenue = values(part(&found))
            .filter(|value| value.measure == Measure::Quantity(Quantity::Revenue));
        for value in revenue {
            let difference = value.difference.unwrap();
            assert_eq!((difference.mean, difference.std_error), (0.0, 0.0));
        }
        assert!(
            total(part(&found), "total_paid")
                .difference
                .unwrap()
                .std_error
                > 0.0
        );
    }
}

#[test]
fn unlike_horizons_are_aligned_by_date() {
    // Pseudo-random shocks are drawn in time: the longer world is the shorter and more.
    let random = "simulation.sampler=random";
    let longer = ["timeline.end=2032-12-31", "agreement.expiry=2030-12-31"];
    let found = against(&[random], &[&[random], &longer[..]].concat());
    assert_eq!(found.spans.len(), 28);
    let part = part(&found);
    let paid = total(part, "total_paid").difference.unwrap();
    assert!(
        paid.mean.abs() < 1e-12 && paid.std_error < 1e-12,
        "{paid:?}"
    );
    // Of revenue beyond the reference's end nothing is known to compare with.
    let beyond = part.periods.last().unwrap();
    let of = |quantity: &str| beyond.iter().find(|value| value.measure.name() == quantity);
    assert_eq!(of("revenue").unwrap().difference, None);
    assert_eq!(of("payment").unwrap().value.mean, 0.0);
    let cumulative = of("cumulative_paid").unwrap().difference.unwrap();
    assert!(cumulative.mean.abs() < 1e-12);
    assert_eq!(
        part.years.iter().map(|year| year.year).collect::<Vec<_>>(),
        [2026, 2027, 2028, 2029, 2030, 2031, 2032]
    );
    assert!(
        found
            .warnings
            .iter()
            .any(|w| w.contains("outside its own dates a scenario pays nothing"))
    );
    // The other way round the shorter pays nothing once it has ended.
    let found = against(&[&[random], &longer[..1]].concat(), &[random]);
    let last = found.scenarios[1].parts[0].periods.last().unwrap();
    let payment = last
        .iter()
        .find(|value| value.measure == Measure::Quantity(Quantity::Payment))
        .unwrap();
    assert_eq!(payment.value.mean, 0.0);
    assert!(payment.difference.unwrap().mean < 0.0);
    assert!(
        last.iter()
            .all(|value| value.measure != Measure::Quantity(Quantity::Revenue))
    );
}

#[test]
fn years_add_up_to_the_totals() {
    let found = against(&[], &["agreement.share=0.06"]);
    let part = part(&found);
    let sum = |of: &dyn Fn(&ComparedValue) -> f64| {
        let payments = part.years.iter().flat_map(|year| &year.values);
        payments
            .filter(|v| v.measure == Measure::Quantity(Quantity::Payment))
            .map(of)
            .sum::<f64>()
    };
    let paid = total(part, "total_paid");
    assert!((sum(&|v| v.value.mean) - paid.value.mean).abs() < 1e-9);
    let difference = paid.difference.unwrap().mean;
    assert!((sum(&|v| v.difference.unwrap().mean) - difference).abs() < 1e-9);
    assert!(difference > 0.0);
    // More share, an earlier cap.
    assert!(part.dates[0].difference.unwrap().mean < 0.0);
}

#[test]
fn months_and_quarters_meet_in_quarters() {
    let found = against(&[], &["timeline.step=month"]);
    assert_eq!(found.spans.len(), 20);
    let part = part(&found);
    let flows = part
        .periods
        .iter()
        .flatten()
        .filter(|v| v.measure == Measure::Quantity(Quantity::Payment));
    let sum: f64 = flows.map(|value| value.value.mean).sum();
    assert!((sum - total(part, "total_paid").value.mean).abs() < 1e-9);
}

#[test]
fn amounts_in_another_unit_are_converted() {
    let thousands = [
        "unit=thousand",
        "revenue.gbm.initial=100000",
        "agreement.cap=30000",
    ];
    let found = against(&[], &thousands);
    for value in values(part(&found)) {
        let difference = value.difference.unwrap();
        assert!(difference.mean.abs() < 1e-9, "{value:?}");
    }
    assert!(
        found.warnings[0].contains("converted to USD million"),
        "{:?}",
        found.warnings
    );
}

#[cfg(feature = "charts")]
#[test]
fn a_scenario_has_one_colour_in_every_panel() {
    let entries = vec![
        entry("a", ROYALTY, &[]),
        entry("b", ROYALTY, &["agreement.cap=20"]),
        entry("c", ROYALTY, &["agreement.cap=40"]),
    ];
    let found = compare(entries, &()).unwrap();
    let figures = comparison_figures(&found);
    let [(_, Figure::Lines(lines))] = figures.as_slice() else {
        panic!("one chart of curves");
    };
    assert!(lines.frame.title.ends_with('.') && lines.frame.subtitle.ends_with('.'));
    let styles = |panel: usize| -> Vec<(&str, usize)> {
        let series = lines.panels[panel].series.iter();
        series
            .map(|series| (series.label.as_str(), series.style))
            .collect()
    };
    assert_eq!(styles(0), [("a", 0), ("b", 1), ("c", 2)]);
    assert_eq!(styles(1), [("b", 1), ("c", 2)]);
}

#[cfg(feature = "charts")]
#[test]
fn the_chart_says_what_is_compared_with_what() {
    let subtitle = |titles: &[&str]| {
        let scenarios = titles.iter().enumerate().map(|(i, title)| {
            let title = format!("title={title:?}");
            entry(&i.to_string(), ROYALTY, &[&title])
        });
        let found = compare(scenarios.collect(), &()).unwrap();
        let (_, figure) = comparison_figures(&found).remove(0);
        figure.frame().subtitle.clone()
    };
    assert_eq!(
        subtitle(&["A licence", "A licence"]),
        "Reference: A licence."
    );
    assert_eq!(subtitle(&["Old.", "New"]), "New. Against: Old.");
    assert_eq!(subtitle(&["Old", "New", "Newer"]), "Against: Old.");
}

#[test]
fn settings_are_those_of_the_reference() {
    let found = against(&[], &["simulation.points=64", "simulation.seed=9"]);
    let difference = total(part(&found), "total_paid").difference.unwrap();
    assert_eq!((difference.mean, difference.std_error), (0.0, 0.0));
    assert_eq!(
        found.warnings,
        ["b: simulated with the reference's points 1024, seed 3"]
    );
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let refused = |entries| -> StudyError {
        match compare(entries, &()).unwrap_err() {
            Error::Question(error) => error,
            other => panic!("{other}"),
        }
    };
    let error = refused(vec![entry("a", ROYALTY, &[])]);
    assert!(error.hint.contains("--variant"), "{error:?}");
    let error = refused(vec![entry("a", ROYALTY, &[]), entry("a", ROYALTY, &[])]);
    assert!(error.message.contains("two scenarios are called `a`"));
    let error = refused(vec![
        entry("a", ROYALTY, &[]),
        entry("b", ROYALTY, &["currency=EUR"]),
    ]);
    assert!(
        error
            .message
            .contains("amounts of two currencies cannot be compared")
    );
}
