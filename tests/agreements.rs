//! Several agreements on one set of paths.

use capbind::Error;
use capbind::agreement::{EndReason, Settlement};
#[cfg(feature = "charts")]
use capbind::report::figures;
use capbind::report::{Report, summary_json, summary_text, warnings};
use capbind::scenario::Scenario;
use capbind::simulate::{self, Measured, Outcomes, Quantity, Slot, Total};

const REVENUE: &str = r#"
    [timeline]
    start = 2026-01-01
    end = 2028-12-31
    step = "month"
    [revenue.gbm]
    initial = 20
    growth = 0.4
    volatility = 0.3
    [simulation]
    points = 256
    replicates = 4
    [valuation]
    discount_rate = 0.09
    "#;
const SHARE: &str = "payer = \"A\"\npayee = \"B\"\nshare = 0.2\ncap = 10\n";
const REFUND: &str = "payer = \"B\"\npayee = \"A\"\nshare = 0.05\nexpiry = 2027-06-15\n";

fn parse(text: &str, overrides: &[&str]) -> Result<Scenario, Error> {
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    Scenario::parse("case.toml", "case", text, &overrides)
}

fn both(overrides: &[&str]) -> Scenario {
    let text = format!(
        "{REVENUE}\n[[agreement]]\nname = \"share\"\n{SHARE}\n[[agreement]]\nname = \"the refund\"\n{REFUND}"
    );
    parse(&text, overrides).unwrap()
}

/// Means and errors to rounding, quantiles to a cell of their sketch.
fn assert_same(one: Option<Measured<'_>>, other: Option<Measured<'_>>, what: &str) {
    let (Some(one), Some(other)) = (one, other) else {
        assert!(one.is_none() && other.is_none(), "{what} is defined once");
        return;
    };
    let close = |a: f64, b: f64, by: f64| {
        assert!((a - b).abs() <= by * (1e-3 + b.abs()), "{what}: {a} {b}");
    };
    close(one.estimate.mean, other.estimate.mean, 1e-12);
    close(one.estimate.std_error, other.estimate.std_error, 1e-9);
    close(one.estimate.std_dev, other.estimate.std_dev, 1e-9);
    for q in [0.05, 0.5, 0.95, 1.0] {
        let quantile = |m: Measured<'_>| m.distribution.quantile(q).unwrap();
        close(quantile(one), quantile(other), 1.0 / 512.0);
    }
}

#[test]
fn each_agreement_is_settled_as_if_it_were_alone() {
    for more in [
        "",
        "report.fiscal_year_ends=june",
        "timeline.start=2026-01-16",
    ] {
        let more: Vec<&str> = [more].into_iter().filter(|m| !m.is_empty()).collect();
        let scenario = both(&more);
        assert!(!scenario.simulation().is_flat());
        let results = simulate::run(&scenario.simulation(), &()).unwrap();
        for (outcomes, alone) in results.agreements.iter().zip([SHARE, REFUND]) {
            let scenario = parse(&format!("{REVENUE}\n[agreement]\n{alone}"), &more).unwrap();
            assert!(scenario.simulation().is_flat());
            let own = simulate::run(&scenario.simulation(), &()).unwrap();
            same_outcomes(&scenario, outcomes, own.primary());
        }
    }
}

fn same_outcomes(scenario: &Scenario, outcomes: &Outcomes, own: &Outcomes) {
    for total in Total::ALL {
        let what = format!("{total:?}");
        assert_same(outcomes.total(total), own.total(total), &what);
    }
    let periods = scenario.timeline.periods();
    let mut slots: Vec<Slot> = (0..periods.len()).map(Slot::Period).collect();
    for (calendar, years) in scenario.calendars().iter().enumerate() {
        slots.extend((0..years.len()).map(|year| Slot::Year { calendar, year }));
    }
    for slot in slots {
        for quantity in Quantity::ALL {
            let of = |o: &'_ Outcomes| format!("{quantity:?} in {slot:?} of {}", o.paths());
            let (one, other) = (
                outcomes.quantity(quantity, slot),
                own.quantity(quantity, slot),
            );
            assert_same(one, other, &of(own));
        }
    }
    for period in periods {
        let day = period.last_day;
        assert_eq!(outcomes.reached_by(day), own.reached_by(day));
    }
    for q in [0.05, 0.5, 0.95] {
        assert_eq!(outcomes.reached_quantile(q), own.reached_quantile(q));
    }
    for &reason in outcomes.reasons() {
        let (one, other) = (outcomes.ends(), own.ends());
        assert_eq!(one.of(reason), other.of(reason), "{reason:?}");
        assert_eq!(one.paths(reason), other.paths(reason));
    }
}

#[test]
fn overrides_name_one_of_several() {
    let caps = |overrides: &[&str]| -> Vec<Option<f64>> {
        let scenario = both(overrides);
        let cap =
            |contract: &capbind::agreement::Contract| contract.agreement.cap.as_ref()?.fixed();
        scenario.contracts.iter().map(cap).collect()
    };
    assert_eq!(caps(&[]), [Some(10.0), None]);
    assert_eq!(caps(&["agreement.share.cap=12"]), [Some(12.0), None]);
    assert_eq!(caps(&["agreement.1.cap=3"]), [Some(10.0), Some(3.0)]);
    let quoted = "agreement.\"the refund\".cap=4";
    assert_eq!(caps(&[quoted]), [Some(10.0), Some(4.0)]);
    let one = format!("{REVENUE}\n[[agreement]]\n{SHARE}");
    let one = parse(&one, &["agreement.cap=7"]).unwrap();
    assert_eq!(one.primary().agreement.name, "agreement");
    assert_eq!(
        one.primary().agreement.cap.as_ref().unwrap().fixed(),
        Some(7.0)
    );
}

#[test]
fn uncertain_terms_are_known_by_the_agreement_s_name() {
    let scenario = both(&["agreement.share.cap={ uniform = [5, 10] }"]);
    assert_eq!(scenario.inputs[0].name, "agreement.share.cap");
    let defaults: Vec<&str> = scenario.defaults.iter().map(|(k, _)| k.as_str()).collect();
    assert!(defaults.contains(&"agreement.\"the refund\".effective"));
    assert!(!defaults.contains(&"agreement.\"the refund\".expiry"));
}

#[test]
fn every_report_holds_every_agreement() {
    let scenario = both(&["agreement.share.cap=1e6"]);
    let results = simulate::run(&scenario.simulation(), &()).unwrap();
    let report = Report::new(&scenario, &results, &[], Vec::new());
    let paths = simulate::replay(&scenario.simulation(), 2, &()).unwrap();
    for (name, bytes) in report.csv_files(&report.tables(false), &paths).unwrap() {
        let text = String::from_utf8(bytes).unwrap();
        for agreement in ["share", "the refund"] {
            let named = |line: &str| line.split(',').any(|cell| cell == agreement);
            let lines = text.lines().filter(|line| named(line)).count();
            let least = match name.as_str() {
                "ends.csv" => 1,
                "net.csv" => 0,
                _ => 7,
            };
            assert!(lines >= least, "{name} has {lines} lines of {agreement}");
        }
    }
    let text = summary_text(&report);
    assert!(text.contains("\nthe refund: There is no cap: "));
    assert!(text.contains("\nthe refund: B pays A\n"));
    let json = summary_json(&report);
    assert_eq!(json["agreements"][1]["payer"], "B");
    assert_eq!(json["payer"], "A");
    #[cfg(feature = "charts")]
    {
        let names = figures(&report, false).into_iter().map(|figure| figure.0);
        let names: Vec<String> = names.collect();
        for chart in ["cumulative", "binding", "total"] {
            for (agreement, has_cap) in [("share", true), ("the-refund", false)] {
                let name = format!("{chart}-{agreement}");
                let drawn = has_cap || chart != "binding";
                assert_eq!(names.contains(&name), drawn, "{name} among {names:?}");
            }
        }
    }
    let said: Vec<String> = warnings(&scenario, &results)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(said[0].starts_with("share: the cap binds on none"));
    assert_eq!(said.len(), 1);
}

/// Of two hazards h and k, the first comes first within t years with probability
/// h / (h + k) · (1 − e^(−(h + k)·t)).
#[test]
fn of_several_events_each_has_its_own_probability() {
    let text = format!(
        "{REVENUE}\n[agreement]\nshare = 0.1\n\
         event = [{{ name = \"sale\", hazard = 0.2 }}, {{ name = \"loss\", hazard = 0.1 }}]\n"
    );
    let more = ["simulation.points=4096", "simulation.replicates=16"].map(str::to_owned);
    let scenario = Scenario::parse("a.toml", "a", &text, &more).unwrap();
    let results = simulate::run(&scenario.simulation(), &()).unwrap();
    let outcomes = &results.agreements[0];
    let [EndReason::Expiry, sale, loss] = outcomes.reasons() else {
        panic!("{:?}", outcomes.reasons());
    };
    let within = 1.0 - (-0.3_f64 * 3.0).exp();
    for (reason, part) in [(sale, 2.0 / 3.0), (loss, 1.0 / 3.0)] {
        let estimate = outcomes.ends().of(*reason);
        let error = (estimate.mean - part * within).abs();
        assert!(estimate.std_error <= 2e-3, "{}", estimate.std_error);
        // Days are whole: that moves a hazard's probability by a thousandth at most.
        assert!(error <= 4.0 * estimate.std_error, "{reason:?}: {error}");
    }
    let report = Report::new(&scenario, &results, &[], Vec::new());
    let json = summary_json(&report).to_string();
    for name in [
        "ended_by_event.sale",
        "end_date_by_event.loss",
        "ended_by_expiry",
    ] {
        assert!(json.contains(&format!("\"{name}\"")), "{name} in {json}");
    }
    let text = summary_text(&report);
    assert!(text.contains("Sharing ends by: date in "), "{text}");
    assert!(text.contains(", “sale” in "), "{text}");
    // No cap can bind; by the end of 2027, two years in, 1 − e^(−0.6) have ended.
    assert!(!text.contains("cap binds"), "{text}");
    assert!(text.contains("ends by then"), "{text}");
    let line = text.lines().find(|line| line.starts_with("2027")).unwrap();
    assert!(line.ends_with("45.1\u{a0}%"), "{line}");
    let dated = scenario.text.replace("event = [", "# event = [");
    let dated = Scenario::parse("a.toml", "a", &dated, &more).unwrap();
    let results = simulate::run(&dated.simulation(), &()).unwrap();
    let text = summary_text(&Report::new(&dated, &results, &[], Vec::new()));
    assert!(!text.contains("by then"), "{text}");
}

/// A payer that defaults does so on all it owes.
#[test]
fn one_default_may_end_several_agreements() {
    let text = format!(
        "{REVENUE}\n[[agreement]]\nname = \"loan\"\npayer = \"A\"\nshare = 0.1\n\
         default = {{ hazard = 0.2, recovery = 0.4 }}\n\
         [[agreement]]\nname = \"royalty\"\npayer = \"A\"\nshare = 0.05\n\
         default = {{ of = \"loan\", recovery = 0.1 }}\n"
    );
    let scenario = Scenario::parse("a.toml", "a", &text, &[]).unwrap();
    let mut ended = 0;
    let (mut loan, mut royalty) = (Settlement::default(), Settlement::default());
    for path in simulate::replay(&scenario.simulation(), 512, &()).unwrap() {
        path.settle(&scenario.model, &scenario.contracts[0], &mut loan);
        path.settle(&scenario.model, &scenario.contracts[1], &mut royalty);
        assert_eq!(loan.end, royalty.end);
        ended += usize::from(loan.end.reason == EndReason::Default);
    }
    // 1 − e^(−0.6) of 512 is 231.
    assert!((200..260).contains(&ended), "{ended}");
}
