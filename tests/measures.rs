//! Every measure that a run reports, in every study: one registry, the same numbers.

use capbind::Error;
use std::collections::BTreeSet;

use capbind::agreement::EndReason;
use capbind::scenario::Scenario;
use capbind::simulate::{Address, Kind, Measure, Outcomes, Return, Slot, Subject, Total, run};
use capbind::stats::MeanEstimate;
use capbind::study::{
    Axis, Base, CaseQuantity, Cases, Entry, SensitivityOptions, StudyError, Sweep, Target, compare,
    measures, sensitivity, solve,
};

/// An agreement with clauses of every kind, bought on the first day.
const BOUGHT: &str = r#"
    timeline = { start = 2026-01-01, end = 2031-12-31, step = "quarter" }
    revenue.gbm = { initial = 100, growth = { uniform = [0.0, 0.2] }, volatility = 0.4 }
    valuation = { discount_rate = 0.09, date = 2026-01-01, invested = 12 }
    [agreement]
    share = 0.06
    cap = 24
    annual_minimum = 3
    deferral = { fraction = 0.25, months = 12, interest = 0.05 }
    event = [{ name = "sale", hazard = 0.05 }, { name = "exit", hazard = 0.03 }]
    default = { hazard = 0.04, recovery = 0.4, lag_months = 12 }
    [simulation]
    points = 512
    replicates = 8
    "#;

/// A flat share that is bought.
const FLAT: &str = r#"
    timeline = { start = 2026-01-01, end = 2031-12-31, step = "quarter" }
    revenue.gbm = { initial = 100, growth = 0.1, volatility = 0.3 }
    valuation = { discount_rate = 0.09, date = 2026-01-01, invested = 12 }
    agreement = { share = 0.05, cap = 24 }
    simulation = { points = 512, replicates = 8 }
    "#;

fn scenario(text: &str, overrides: &[String]) -> Scenario {
    Scenario::parse("bought.toml", "bought", text, overrides).unwrap()
}

fn question(why: Error) -> StudyError {
    match why {
        Error::Question(error) => error,
        other => panic!("{other}"),
    }
}

fn outcomes(scenario: &Scenario) -> Outcomes {
    let mut results = run(&scenario.simulation(), &()).unwrap();
    results.agreements.remove(0)
}

/// What has an expected value, with it and its error.
fn expected(outcomes: &Outcomes) -> Vec<(Measure, f64, f64)> {
    let all = outcomes.measures().into_iter();
    let found = all.filter_map(|measure| {
        let estimate = outcomes.get(measure)?.estimate?;
        Some((measure, estimate.mean, estimate.std_error))
    });
    found.collect()
}

#[track_caller]
fn same(what: Measure, found: f64, wanted: f64) {
    let tolerance = 1e-9 * wanted.abs().max(1e-3);
    assert!(
        (found - wanted).abs() <= tolerance,
        "{what:?}: {found}, of a run {wanted}"
    );
}

/// An estimate over paths is that of a run, or what the run counts beside a smooth one.
#[track_caller]
fn same_as(run: &Outcomes, measure: Measure, found: MeanEstimate) {
    let of_run = run.get(measure).unwrap();
    let best = of_run.estimate.unwrap();
    let counted = of_run.counted.unwrap_or(best);
    let nearer = match (found.mean - best.mean).abs() < (found.mean - counted.mean).abs() {
        true => best,
        false => counted,
    };
    same(measure, found.mean, nearer.mean);
    same(measure, found.std_error, nearer.std_error);
}

#[test]
fn every_measure_is_found_under_its_name() {
    let scenario = scenario(BOUGHT, &[]);
    let agreement = Some(&scenario.primary().agreement);
    let found = outcomes(&scenario);
    // An agreement with every clause and an investment has every measure there is.
    assert_eq!(found.measures(), Measure::all(agreement));
    for measure in Measure::all(agreement) {
        let name = measure.name_of(agreement);
        assert_eq!(Measure::named(&name, agreement), Some(measure));
        let own = found.get(measure);
        assert!(own.is_some(), "{name}: no engine fills it");
        let own = own.unwrap();
        match measure.kind() {
            Kind::Date => assert!(own.date(0.01).is_some(), "{name}"),
            _ => assert!(
                own.estimate.unwrap().mean > 0.0,
                "{name}: nothing comes of it"
            ),
        }
        assert_eq!(
            own.means.len(),
            if measure.kind() == Kind::Date { 0 } else { 8 }
        );
    }
    let names: BTreeSet<_> = Measure::all(agreement)
        .iter()
        .map(|measure| measure.name_of(agreement))
        .collect();
    assert_eq!(names.len(), Measure::all(agreement).len());
    for name in [
        "ended_by_event.sale",
        "end_date_by_event.exit",
        "irr",
        "total_paid",
    ] {
        assert!(names.contains(name), "{name}");
    }
}

#[test]
fn an_address_leads_to_the_number() {
    let scenario = scenario(BOUGHT, &[]);
    let results = run(&scenario.simulation(), &()).unwrap();
    let at = |measure, slot| {
        results.get(Address {
            of: Subject::Agreement(0),
            measure,
            slot,
        })
    };
    for (measure, mean, _) in expected(results.primary()) {
        same(
            measure,
            at(measure, None).unwrap().estimate.unwrap().mean,
            mean,
        );
    }
    let paid = Measure::Quantity(capbind::simulate::Quantity::Payment);
    let periods = 0..scenario.timeline.periods().len();
    let sum: f64 = periods
        .map(|k| {
            at(paid, Some(Slot::Period(k)))
                .unwrap()
                .estimate
                .unwrap()
                .mean
        })
        .sum();
    same(
        paid,
        sum,
        at(Measure::PAID, None).unwrap().estimate.unwrap().mean,
    );
    assert!(at(paid, None).is_none() && at(Measure::PAID, Some(Slot::Period(0))).is_none());
}

#[test]
fn sensitivity_expects_what_a_run_does_of_every_measure() {
    for text in [
        BOUGHT,
        &FLAT.replace("cap = 24", "cap = { uniform = [20, 28] }"),
    ] {
        let scenario = scenario(text, &[]);
        let of_run = outcomes(&scenario);
        let wanted = expected(&of_run);
        let options = SensitivityOptions {
            measures: wanted.iter().map(|(measure, ..)| *measure).collect(),
            ..SensitivityOptions::default()
        };
        let found = sensitivity(&scenario, &options, &()).unwrap();
        assert_eq!(found.quantities.len(), wanted.len());
        // What is looked for before the study is what it draws.
        #[cfg(feature = "charts")]
        {
            let names = capbind::report::sensitivity_charts(&scenario, &options.measures);
            for (name, _) in capbind::report::sensitivity_figures(&scenario, &found) {
                assert!(names.contains(&name), "{name}");
            }
        }
        for (measure, ..) in wanted {
            let mut all = found.quantities.iter();
            let own = all.find(|own| own.quantity == measure);
            let own = own.unwrap_or_else(|| panic!("no sensitivity of {measure:?}"));
            same_as(&of_run, measure, own.expected);
            // What only some paths have is swung, not decomposed.
            let partial = [Return::InternalRate, Return::Life].map(Measure::Return);
            let exists = of_run.get(Measure::Return(Return::RateExists));
            let always = exists.unwrap().estimate.unwrap().mean == 1.0;
            assert_eq!(
                own.is_whole,
                always || !partial.contains(&measure),
                "{measure:?}"
            );
            assert!(own.is_whole || own.decomposition.is_none());
        }
    }
    let scenario = scenario(BOUGHT, &[]);
    let options = SensitivityOptions {
        measures: vec![Measure::Return(Return::PaybackDate)],
        ..SensitivityOptions::default()
    };
    let refused = question(sensitivity(&scenario, &options, &()).unwrap_err());
    assert_eq!(
        refused.message,
        "payback_date has no expected value: it may not come"
    );
}

#[test]
fn every_case_of_a_sweep_has_every_measure_of_its_run() {
    for (text, axis) in [
        (BOUGHT, "agreement.cap=18,24"),
        (FLAT, "valuation.invested=10,14"),
    ] {
        let cases = Cases::grid(&[Axis::parse(axis).unwrap()]).unwrap();
        let reference = scenario(text, &[]);
        let all = Measure::all(Some(&reference.primary().agreement));
        let defined: Vec<Measure> = outcomes(&reference).measures();
        let asked: Vec<Measure> = all.into_iter().filter(|m| defined.contains(m)).collect();
        let base = Base::new("bought.toml", "bought", text, &[]);
        let sweep = Sweep::new(base, cases)
            .unwrap()
            .with_measures(&asked)
            .unwrap();
        let mut cases = 0;
        sweep
            .run(&BTreeSet::new(), &(), |found| {
                for case in found {
                    cases += 1;
                    let scenario = sweep.scenario(case.case).unwrap();
                    let outcomes = outcomes(&scenario);
                    let rows = &case.agreements[0].rows;
                    let row = |quantity| {
                        let mut found = rows.iter().filter(|row| row.quantity == quantity);
                        let first = found.next().unwrap_or_else(|| panic!("no {quantity:?}"));
                        assert!(found.next().is_none(), "{quantity:?} twice");
                        first
                    };
                    for (measure, ..) in expected(&outcomes) {
                        let own = row(CaseQuantity::Expected(measure)).estimate.unwrap();
                        same_as(&outcomes, measure, own);
                    }
                    for measure in asked.iter().filter(|m| m.kind() == Kind::Date) {
                        for p in &scenario.report.percentiles {
                            let own = row(CaseQuantity::Percentile(*measure, *p)).date;
                            let wanted = outcomes.get(*measure).unwrap().date(p / 100.0);
                            let counted = outcomes.ends().counted();
                            let counted = counted.quantile(EndReason::Cap, p / 100.0, false);
                            assert!(
                                own == wanted.map(|found| found.date)
                                    || (*measure == Measure::BindingDate && own == counted),
                                "{measure:?} p{p}"
                            );
                        }
                    }
                }
                Ok::<(), capbind::Error>(())
            })
            .unwrap();
        assert_eq!(cases, 3);
    }
}

#[test]
fn a_comparison_has_every_measure_of_both_runs() {
    let entry = |name: &str, overrides: &[String]| Entry {
        name: name.to_owned(),
        scenario: scenario(BOUGHT, overrides),
    };
    let cheaper = ["valuation.invested=10".to_owned()];
    let found = compare(vec![entry("a", &[]), entry("b", &cheaper)], &()).unwrap();
    let price = found.scenarios[1].parts[0].totals.iter();
    let price = price.map(|value| value.measure).collect::<Vec<_>>();
    let wanted = expected(&outcomes(&scenario(BOUGHT, &cheaper)));
    assert_eq!(price, wanted.iter().map(|(m, ..)| *m).collect::<Vec<_>>());
    for (value, (measure, mean, error)) in found.scenarios[1].parts[0].totals.iter().zip(wanted) {
        same(measure, value.value.mean, mean);
        same(measure, value.value.std_error, error);
        let difference = value.difference.unwrap();
        match measure {
            // Two less to pay, on every path.
            Measure::Return(Return::NetPresentValue) => {
                assert!((difference.mean - 2.0).abs() < 1e-12 && difference.std_error < 1e-12);
            }
            Measure::Return(Return::InternalRate | Return::Multiple) => {
                assert!(difference.mean > 10.0 * difference.std_error);
            }
            Measure::Return(Return::PaidBack) => assert!(difference.mean > 0.0),
            _ => assert_eq!(difference.mean, 0.0, "{measure:?}"),
        }
    }
}

#[test]
fn a_price_is_found_for_any_measure_of_what_it_brings() {
    let found = |text: &str, key: &str, target: &str| {
        let own = scenario(text, &[]);
        let target = Target::of(target, &own.primary().agreement).unwrap();
        let base = Base::new("bought.toml", "bought", text, &[]);
        let found = solve(&base, key, &target, None, &()).unwrap();
        let at = scenario(text, &[format!("{key}={}", found.value)]);
        (found.number, outcomes(&at))
    };
    let price = "valuation.invested";
    for text in [BOUGHT, FLAT] {
        let own = outcomes(&scenario(text, &[]));
        let mean = |total| own.total(total).unwrap().estimate.mean;
        // What it is worth is the price at which nothing is gained.
        let (number, _) = found(text, price, "expected net_present_value=0");
        let worth = mean(Total::PresentValue);
        assert!((number / worth - 1.0).abs() < 1e-6, "{number} {worth}");
        // All its cash is 1.25 times the price.
        let (number, at) = found(text, price, "money_multiple=1.25");
        let cash = mean(Total::Paid) + mean_or_nothing(&own, Total::Interest);
        assert!((1.25 * number / cash - 1.0).abs() < 1e-6, "{number} {cash}");
        assert!((at.returns().unwrap().multiple().estimate.mean - 1.25).abs() < 1e-6);
        let (_, at) = found(text, price, "expected irr=0.12");
        let rate = at.returns().unwrap().internal_rate.as_ref().unwrap();
        assert!((rate.estimate.mean - 0.12).abs() < 1e-6);
        let (_, at) = found(text, price, "p10 irr=0.05");
        let rate = at.get(Measure::Return(Return::InternalRate)).unwrap();
        let tenth = rate.quantile(0.1).unwrap();
        assert!((tenth - 0.05).abs() < 1e-3, "{tenth}");
        let (_, at) = found(text, price, "median payback_date=2029-06-30");
        let date = "2029-06-30".parse().ok();
        let median = at
            .get(Measure::Return(Return::PaybackDate))
            .unwrap()
            .date(0.5);
        let date: Option<String> = date;
        // Payments fall on the last days of quarters.
        assert_eq!(median.map(|found| found.date.to_string()), date);
    }
    let (_, at) = found(
        BOUGHT,
        "agreement.default.hazard",
        "ended_by_default@2028-12-31=0.2",
    );
    let default = Measure::named("ended_by_default", None).unwrap();
    let by = at.by(default, capbind::units::Date::new(2028, 12, 31).unwrap());
    assert!((by.unwrap().mean - 0.2).abs() < 2e-3);
}

fn mean_or_nothing(outcomes: &Outcomes, total: Total) -> f64 {
    outcomes
        .total(total)
        .map_or(0.0, |measured| measured.estimate.mean)
}

#[test]
fn what_a_scenario_does_not_have_is_refused_with_what_to_do() {
    let plain = FLAT.replace(", invested = 12", "");
    let own = scenario(&plain, &[]);
    let refused = |name: &str| -> StudyError {
        let asked = measures(&[name.to_owned()], &own);
        let options = SensitivityOptions {
            measures: match asked {
                Ok(asked) => asked,
                Err(error) => return error,
            },
            ..SensitivityOptions::default()
        };
        let uncertain = scenario(&plain, &["agreement.cap={ uniform = [20, 28] }".to_owned()]);
        question(sensitivity(&uncertain, &options, &()).unwrap_err())
    };
    let irr = refused("irr");
    assert_eq!(irr.message, "there is no irr without an investment");
    assert!(irr.hint.contains("valuation.invested"), "{}", irr.hint);
    let loss = refused("default_loss");
    assert_eq!(loss.message, "there is no default_loss of a flat share");
    let unknown = refused("profit");
    assert_eq!(unknown.message, "there is no measure `profit`");
    assert!(
        unknown.hint.contains("total_paid, total_paid_pv"),
        "{}",
        unknown.hint
    );
    // No event or default can end it.
    assert!(refused("ended_by_default").hint.contains("ended_by_cap"));
}
