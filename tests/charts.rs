//! What the charts show, as values.
#![cfg(feature = "charts")]

use capbind::report::figure::{Binding, Fan, Figure, Total, render};
use capbind::report::{Report, Warning, answer, figures, summary_json, summary_text};
use capbind::scenario::Scenario;
use capbind::scenario::Style;
use capbind::simulate::{self, Results};
use capbind::units::Step;

const SCENARIO: &str = r#"
    title = "A plan with a cap"
    currency = "EUR"
    unit = "million"
    source = ["term sheet", "board plan"]
    [timeline]
    start = 2026-01-01
    end = 2029-12-31
    step = "month"
    [revenue.forecast]
    annual = { 2026 = 100, 2027 = 140, 2028 = 190, 2029 = 240 }
    volatility = 0.2
    growth_uncertainty = 0.1
    [agreement]
    share = 0.1
    cap = 50
    paid_before = 2
    [simulation]
    points = 1024
    [[report.milestone]]
    date = 2028-06-30
    label = "review"
    "#;

fn run(overrides: &[&str]) -> (Scenario, Results) {
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    let scenario = Scenario::parse("plan.toml", "plan", SCENARIO, &overrides).unwrap();
    let results = simulate::run(&scenario.simulation(), &()).unwrap();
    (scenario, results)
}

struct Charts {
    revenue: Fan,
    cumulative: Fan,
    binding: Binding,
    total: Total,
}

/// The words of a picture's texts, in the order in which they are set.
fn words(svg: &str) -> Vec<String> {
    let texts = svg.split("<text ").skip(1);
    let said = texts.map(|text| {
        let text = &text[text.find('>').unwrap() + 1..text.find("</text>").unwrap()];
        // Lines of one text stand in elements of their own.
        text.split('<')
            .map(|part| part.rsplit('>').next().unwrap())
            .collect::<Vec<_>>()
            .join(" ")
    });
    let said: Vec<String> = said.collect();
    said.join(" ")
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

/// Both pictures of a figure hold what it says: every word of its title and of its
/// sources, and ink on paper.
#[track_caller]
fn assert_drawn(figure: &Figure) {
    let drawn = render(figure, Style::default()).unwrap();
    let words = words(&drawn.svg.replace("&#160;", " "));
    let frame = figure.frame();
    for text in [&frame.title, &frame.sources] {
        for word in text.split_whitespace() {
            assert!(words.iter().any(|found| found == word), "{word} of {text}");
        }
    }
    let picture = tiny_skia::Pixmap::decode_png(&drawn.png).unwrap();
    let ground = picture.pixels()[0];
    let ink = picture.pixels().iter().filter(|pixel| **pixel != ground);
    let part = ink.count() as f64 / picture.pixels().len() as f64;
    assert!(part > 0.01, "{part} of the picture is drawn on");
}

fn charts(report: &Report<'_>) -> Charts {
    let mut all = figures(report, false).into_iter();
    let mut next = |name: &str| {
        let (given, figure) = all.next().unwrap();
        assert_eq!(given, name);
        assert_drawn(&figure);
        figure
    };
    match (
        next("revenue"),
        next("cumulative"),
        next("binding"),
        next("total"),
    ) {
        (
            Figure::Fan(revenue),
            Figure::Fan(cumulative),
            Figure::Binding(binding),
            Figure::Total(total),
        ) => Charts {
            revenue,
            cumulative,
            binding,
            total,
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn fans_are_ordered_and_begin_where_the_timeline_does() {
    let (scenario, results) = run(&[]);
    let report = Report::new(&scenario, &results, &[], Vec::new());
    let charts = charts(&report);
    for fan in [&charts.revenue, &charts.cumulative] {
        for pair in fan.percentiles.windows(2) {
            assert!(
                pair[0]
                    .values
                    .iter()
                    .zip(&pair[1].values)
                    .all(|(a, b)| a <= b)
            );
        }
        assert!(fan.dates.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(fan.milestones[0].label, "review");
        let scope = "A plan with a cap. January 2026 to December 2029.";
        assert_eq!(fan.frame.subtitle, scope);
        assert_eq!(fan.frame.sources, "Sources: term sheet; board plan.");
        assert!(fan.frame.run.starts_with("capbind "));
    }
    let starts = [
        (&charts.revenue, "Median revenue per month grows to €"),
        (
            &charts.cumulative,
            "Half of all outcomes have used up the cap of €50\u{a0}m by ",
        ),
    ];
    for (fan, start) in starts {
        assert!(fan.frame.title.starts_with(start), "{}", fan.frame.title);
    }
    assert_eq!(charts.revenue.dates.len(), 48);
    assert_eq!(charts.revenue.quantity, "Revenue per month");
    let plan: f64 = charts.revenue.reference.unwrap().values.iter().sum();
    assert!((plan - 670.0).abs() < 1e-9);
    let paid = &charts.cumulative;
    assert_eq!(paid.dates[0], scenario.timeline.start());
    let level = paid.level.as_ref().unwrap();
    assert_eq!(
        (level.value, level.label.as_str()),
        (50.0, "Cap €50\u{a0}m")
    );
    for curve in &paid.percentiles {
        assert_eq!(curve.values[0], 2.0);
        assert!(curve.values.iter().all(|v| *v <= 50.0));
    }
}

#[test]
fn every_chart_states_a_finding_of_its_own() {
    let cases: [&[&str]; 4] = [
        &[],
        &["agreement.cap=1e6"],
        &["agreement.cap=1"],
        &["revenue.forecast.volatility=0", "timeline.end=2026-01-31"],
    ];
    for overrides in cases {
        let (scenario, results) = run(overrides);
        let report = Report::new(&scenario, &results, &[], Vec::new());
        let titles: Vec<String> = figures(&report, false)
            .iter()
            .map(|(_, figure)| figure.frame().title.clone())
            .collect();
        for (i, title) in titles.iter().enumerate() {
            assert!(title.ends_with('.'), "{title}");
            assert!(!titles[..i].contains(title), "{title}");
            assert!(
                title.chars().next().is_some_and(char::is_uppercase)
                    || title.starts_with(|c: char| c.is_ascii_digit())
            );
        }
    }
}

#[test]
fn what_was_reported_stands_before_the_fan() {
    let reported = [
        "report.history=[{ start = 2025-01-01, end = 2025-12-31, revenue = 84 }]",
        "revenue.forecast.observed=[{ start = 2026-01-01, end = 2026-03-31, revenue = 21 }]",
    ];
    let (scenario, results) = run(&reported);
    let report = Report::new(&scenario, &results, &[], Vec::new());
    let fan = charts(&report).revenue;
    let values: Vec<f64> = fan.reported.iter().map(|stretch| stretch.value).collect();
    assert_eq!(values, [7.0, 7.0]);
    assert_eq!(fan.reported[0].first_day.year(), 2025);
    let (scenario, results) = run(&["timeline.step=quarter", reported[0]]);
    let report = Report::new(&scenario, &results, &[], Vec::new());
    assert_eq!(charts(&report).revenue.reported[0].value, 21.0);
}

#[test]
fn bars_and_not_reached_add_up_to_one() {
    let (scenario, results) = run(&[]);
    let binding = charts(&Report::new(&scenario, &results, &[], Vec::new())).binding;
    assert_eq!(binding.bars.len(), 16);
    assert_eq!(binding.bar_span, Step::Quarter);
    let sum: f64 = binding.bars.iter().map(|bar| bar.probability).sum();
    assert!((sum + binding.not_reached - 1.0).abs() < 1e-12);
    let last = binding.bars.last().unwrap();
    assert!((last.cumulative + binding.not_reached - 1.0).abs() < 1e-12);
    for (percent, date) in &binding.quantiles {
        assert_eq!(date.is_some(), percent / 100.0 <= last.cumulative);
    }
}

#[test]
fn bins_and_the_mass_at_the_cap_add_up_to_one() {
    let (scenario, results) = run(&[]);
    let total = charts(&Report::new(&scenario, &results, &[], Vec::new())).total;
    let at_cap = total.at_cap.unwrap();
    assert_eq!(at_cap.value, 48.0);
    let bins: f64 = total.bins.iter().map(|bin| bin.probability).sum();
    // A cell of the histogram that holds the limit is divided evenly.
    assert!((bins + at_cap.probability - 1.0).abs() < 2e-3);
    assert_eq!(total.bins.last().unwrap().high, 48.0);
    let (without, results) = run(&["agreement.cap=1e6"]);
    let total = charts(&Report::new(&without, &results, &[], Vec::new())).total;
    assert_eq!(total.at_cap.unwrap().probability, 0.0);
    assert!(
        total.bins.len() > 10,
        "a far cap leaves the axis to the totals"
    );
}

#[test]
fn answers_and_warnings_of_the_extremes() {
    let (scenario, results) = run(&["agreement.cap=1e6"]);
    let report = Report::new(&scenario, &results, &[], Vec::new());
    assert_eq!(
        answer(&report.primary()),
        "The cap binds in no simulated outcome; sharing ends by date, on 31 December 2029."
    );
    assert_eq!(report.warnings, [Warning::NeverBinds { paths: 16384 }]);

    let (scenario, results) = run(&["agreement.cap=1"]);
    let report = Report::new(&scenario, &results, &[], Vec::new());
    assert_eq!(
        answer(&report.primary()),
        "The cap binds in every simulated outcome; median date January 2026."
    );
    assert_eq!(report.warnings, [Warning::UsedUpBefore]);
    charts(&report);

    let quiet = [
        "revenue.forecast.volatility=0",
        "revenue.forecast.growth_uncertainty=0",
    ];
    let (scenario, results) = run(&quiet);
    let report = Report::new(&scenario, &results, &[], Vec::new());
    let text = summary_text(&report);
    assert!(
        text.contains(
            "in every simulated outcome (at least 99.982\u{a0}% with 95\u{a0}% confidence), median"
        ),
        "{text}"
    );
    assert_eq!(report.warnings, [Warning::AlwaysBinds { paths: 16384 }]);
    assert_eq!(
        report.warnings[0].to_string(),
        "the cap binds on all of 16,384 paths: its probability is at least 99.982\u{a0}% with \
         95\u{a0}% confidence"
    );
    let json = summary_json(&report);
    let interval = &json["quantities"]["binding_probability"]["interval_95"];
    // Three in the number of paths, nearly: 1 − 0.05^(1/16384).
    let low = interval[0].as_f64().unwrap();
    assert!((1.0 - low - 1.828_283e-4).abs() < 1e-9, "{interval}");
    assert_eq!(interval[1], 1.0);
    charts(&report);

    let (scenario, results) = run(&["timeline.step=year", "report.fiscal_year_ends=june"]);
    let report = Report::new(&scenario, &results, &[], Vec::new());
    assert_eq!(report.warnings, [Warning::StraddlingYears]);
}

#[test]
fn payments_before_the_valuation_are_left_out_and_said_so() {
    let valued = ["valuation={ date = 2027-01-01, discount_rate = 0 }"];
    let (scenario, results) = run(&valued);
    let report = Report::new(&scenario, &results, &[], Vec::new());
    let [Warning::PaidBeforeValuation { amount, date }] = report.warnings.as_slice() else {
        panic!("{:?}", report.warnings);
    };
    assert_eq!(
        (amount.as_str(), date.as_str()),
        ("€10\u{a0}m", "2027-01-01")
    );
    let paid = results
        .primary()
        .total(simulate::Total::Paid)
        .unwrap()
        .estimate
        .mean;
    let value = results
        .primary()
        .total(simulate::Total::PresentValue)
        .unwrap()
        .estimate
        .mean;
    assert!((paid - value - 10.0).abs() < 0.01);
}
