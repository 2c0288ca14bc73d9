//! Both estimators of a run: what is smooth, why the rest is counted, and that they agree.

mod common;

use capbind::agreement::EndReason;
use capbind::report::{Report, Warning};
use capbind::scenario::Scenario;
use capbind::simulate::{
    Counting, Estimator, FAR_APART, Measure, NetQuantity, Outcomes, Quantity, Results, Slot, Total,
    run, run_smooth,
};
use common::scenarios;

fn base(overrides: &[&str]) -> Scenario {
    let path = common::project().join("scenarios/openai-microsoft.toml");
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    Scenario::load(&path, &overrides).unwrap()
}

fn found(scenario: &Scenario) -> Results {
    run(&scenario.simulation(), &()).unwrap()
}

#[test]
fn no_shipped_scenario_has_two_opinions() {
    let mut smooth = 0;
    for path in scenarios() {
        let mut scenario = Scenario::load(&path, &["simulation.points=4096".to_owned()]).unwrap();
        scenario.precision = None;
        let results = found(&scenario);
        for outcomes in &results.agreements {
            smooth += usize::from(outcomes.smooth().is_ok());
            for opinion in outcomes.opinions() {
                assert!(
                    opinion.apart() < FAR_APART,
                    "{}: {opinion:?}",
                    path.display()
                );
            }
        }
        let report = Report::new(&scenario, &results, &[], Vec::new());
        let differ = |warning: &Warning| matches!(warning, Warning::TwoOpinions { .. });
        assert!(!report.warnings.iter().any(differ), "{:?}", report.warnings);
    }
    assert!(smooth >= 8, "{smooth} agreements with smooth estimates");
}

/// Every number that is smooth, with what it was before.
fn both(outcomes: &Outcomes, scenario: &Scenario) -> Vec<(f64, f64, f64)> {
    let periods = 0..scenario.timeline.periods().len();
    let years = scenario.calendars().iter().enumerate();
    let years = years.flat_map(|(calendar, years)| {
        (0..years.len()).map(move |year| Slot::Year { calendar, year })
    });
    let slots: Vec<Slot> = periods.map(Slot::Period).chain(years).collect();
    let of_slots = slots.iter().flat_map(|slot| {
        let of = |quantity| outcomes.quantity(quantity, *slot);
        Quantity::ALL.into_iter().filter_map(of)
    });
    let totals = Total::ALL
        .into_iter()
        .filter_map(|total| outcomes.total(total));
    let measured = of_slots.chain(totals).filter_map(|measured| {
        let counted = measured.counted?;
        let error = measured.estimate.std_error.hypot(counted.std_error);
        Some((measured.estimate.mean, counted.mean, error))
    });
    let counted = outcomes.ends().counted();
    let start = scenario.timeline.start();
    let by = scenario.timeline.periods().iter().map(|period| {
        let of = |ends: &capbind::simulate::Ends| {
            ends.within(EndReason::Cap, period.first_day, period.last_day)
        };
        let (own, other) = (of(outcomes.ends()), of(&counted));
        (own.mean, other.mean, own.std_error.hypot(other.std_error))
    });
    let all = outcomes.reached_by(scenario.timeline.end());
    let within = outcomes.reached_within(start, scenario.timeline.end());
    assert_eq!(all, within);
    measured.chain(by).collect()
}

#[test]
fn every_smooth_number_is_the_counted_one_within_its_error() {
    // With reporting years that straddle periods, and a last day inside one.
    for change in [
        "agreement.expiry=2029-10-15",
        "agreement.cap={ triangular = [35, 38, 41] }",
    ] {
        let scenario = base(&[change, "agreement.paid_before=3", "simulation.points=4096"]);
        let results = found(&scenario);
        let outcomes = results.primary();
        assert_eq!(outcomes.smooth().err(), None, "{change}");
        let all = both(outcomes, &scenario);
        assert!(all.len() > 300, "{}", all.len());
        for (smooth, counted, error) in all {
            let off = (smooth - counted).abs();
            let path = 3.0 / scenario.settings.paths() as f64;
            assert!(
                off <= 6.0 * error + path,
                "{change}: {smooth} {counted} ± {error}"
            );
        }
        // What is left at the end is what was not paid of the limit.
        let mean = |total| outcomes.total(total).unwrap().estimate.mean;
        let last = Slot::Period(scenario.timeline.periods().len() - 1);
        let level = outcomes.quantity(Quantity::CumulativePaid, last).unwrap();
        assert!((level.estimate.mean / mean(Total::Paid) - 1.0).abs() < 1e-12);
        let saved = mean(Total::Uncapped) - mean(Total::Paid);
        assert!((saved / mean(Total::Excess) - 1.0).abs() < 1e-9);
    }
}

#[test]
fn a_run_without_paths_gives_the_bits_of_one_with_them() {
    let scenario = base(&["simulation.points=1024"]);
    let results = found(&scenario);
    let alone = run_smooth(&scenario.simulation(), &()).unwrap().unwrap();
    let own = results.primary().total(Total::Paid).unwrap();
    assert_eq!(own.means, alone[0].total_means(Total::Paid).unwrap());
    let end = scenario.timeline.end();
    assert_eq!(
        results.primary().reached_means(end),
        alone[0].reached_means(end)
    );
}

/// What parties net, and what is paid on each day, add up to what agreements pay.
#[test]
fn what_parties_net_is_smooth_where_their_agreements_are() {
    let text = "timeline = { start = 2026-01-01, end = 2029-12-31, step = \"month\" }\n\
        revenue.gbm = { initial = 24, growth = 0.5, volatility = 0.3 }\n\
        valuation = { date = 2026-01-01, discount_rate = 0.1 }\n\
        simulation = { points = 1024, replicates = 16 }\n\
        [[agreement]]\nname = \"a\"\npayer = \"c\"\npayee = \"i\"\nshare = 0.2\ncap = 20\n\
        payment = { every = \"quarter\", lag_months = 2 }\n\
        [[agreement]]\nname = \"b\"\npayer = \"i\"\npayee = \"k\"\nshare = 0.05\ncap = 4\n";
    let clause = "[[agreement]]\nname = \"d\"\npayer = \"k\"\npayee = \"l\"\nshare = 0.01\nannual_minimum = 0.1\n";
    let scenario = Scenario::parse("a.toml", "a", &format!("{text}{clause}"), &[]).unwrap();
    let results = found(&scenario);
    let names: Vec<&str> = results.net.iter().map(|net| net.party.as_str()).collect();
    assert_eq!(names, ["c", "i", "k", "l"]);
    let means = |i: usize, total| results.agreements[i].total(total).unwrap().means.to_vec();
    for (total, net) in [
        (Total::Paid, NetQuantity::Total),
        (Total::PresentValue, NetQuantity::PresentValue),
    ] {
        let of = |party: usize| results.net[party].total(net).unwrap();
        let wanted = means(0, total).into_iter().zip(means(1, total));
        for (own, wanted) in of(1).means.iter().zip(wanted.map(|(a, b)| a - b)) {
            assert!((own - wanted).abs() < 1e-12 * wanted.abs());
        }
        for (party, estimator) in [(1, Estimator::Smooth), (2, Estimator::Counted)] {
            assert_eq!(of(party).estimator(), estimator);
        }
        let (own, counted) = (of(1).estimate, of(1).counted.unwrap());
        let error = own.std_error.hypot(counted.std_error);
        assert!((own.mean - counted.mean).abs() < FAR_APART * error);
        assert!(own.std_error < 0.1 * counted.std_error);
    }
    let last = Slot::Period(scenario.timeline.periods().len() - 1);
    let level = results.net[1].quantity(NetQuantity::Cumulative, last);
    let total = results.net[1]
        .total(NetQuantity::Total)
        .unwrap()
        .estimate
        .mean;
    assert!((level.unwrap().estimate.mean / total - 1.0).abs() < 1e-12);
    let mut cash = 0.0;
    for (date, paid) in results.agreements[0].cash() {
        let error = paid
            .counted
            .unwrap()
            .std_error
            .hypot(paid.estimate.std_error);
        let off = (paid.estimate.mean - paid.counted.unwrap().mean).abs();
        assert!(off <= FAR_APART * error + 1e-9, "{date}");
        cash += paid.estimate.mean;
    }
    let paid = results.agreements[0]
        .total(Total::Paid)
        .unwrap()
        .estimate
        .mean;
    assert!((cash / paid - 1.0).abs() < 1e-12, "{cash} {paid}");
}

#[test]
fn what_is_counted_says_why() {
    for (change, why) in [
        ("simulation.sampler=random", Counting::PseudoRandom),
        ("agreement.annual_minimum=0.1", Counting::Clauses),
        (
            "revenue.forecast.volatility={ uniform = [0.1, 0.3] }",
            Counting::Varying,
        ),
    ] {
        let scenario = base(&[change, "simulation.points=256"]);
        let results = found(&scenario);
        assert_eq!(results.primary().smooth().err(), Some(why), "{change}");
        assert!(results.primary().opinions().is_empty());
        let paid = results.primary().get(Measure::PAID).unwrap();
        assert_eq!(paid.estimator(), Estimator::Counted);
        assert_eq!(paid.counted, None);
        assert!(run_smooth(&scenario.simulation(), &()).unwrap().is_none());
    }
}

#[test]
fn a_rare_event_needs_no_path() {
    // One outcome in some 100,000.
    let scenario = base(&["agreement.cap=300", "simulation.points=1024"]);
    let results = found(&scenario);
    let reached = results.primary().reached();
    assert!(
        (1e-7..1e-3).contains(&reached.mean) && reached.std_error < 0.05 * reached.mean,
        "{reached:?}"
    );
    let (low, high) = reached.probability_interval(0.95);
    assert!(0.5 * reached.mean < low && high < 2.0 * reached.mean);
    let report = Report::new(&scenario, &results, &[], Vec::new());
    let rare = |warning: &Warning| {
        matches!(
            warning,
            Warning::RarelyBinds { .. } | Warning::NeverBinds { .. }
        )
    };
    assert!(!report.warnings.iter().any(rare), "{:?}", report.warnings);
}
