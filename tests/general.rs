//! Agreements with clauses: what a run reports is what the ledgers of its paths
//! say, at any number of threads. This tests recording, not settlement: both sides
//! settle with the same function. Whether it settles rightly is asked in `tests/exact/`,
//! against a settlement of its own, and in `tests/clauses/`.

use capbind::agreement::{
    Claim, Contract, Deferral, DeferredTo, Event, PayerDefault, Settlement, Tranche, When,
};
use capbind::report::Report;
use capbind::scenario::Scenario;
use capbind::simulate::{
    self, Measured, NetQuantity, Outcomes, Path, Quantity, Results, Signed, Slot, Total,
};
use capbind::units::{Date, Distribution, Input, Parameter};

const SCENARIO: &str = r#"
    [timeline]
    start = 2026-01-16
    end = 2028-12-31
    step = "month"
    [revenue.gbm]
    initial = 20
    growth = 0.4
    volatility = 0.3
    [[agreement]]
    name = "share"
    payer = "A"
    payee = "B"
    share = 0.2
    cap = 10
    payment = { every = "quarter", lag_months = 2 }
    [[agreement]]
    name = "royalty"
    payer = "B"
    payee = "C"
    share = { uniform = [0.05, 0.1] }
    [simulation]
    points = 64
    replicates = 4
    sampler = "random"
    [valuation]
    date = 2026-03-01
    discount_rate = 0.09
    [report]
    fiscal_year_ends = "june"
    "#;

fn date(year: i16, month: i8, day: i8) -> Date {
    Date::new(year, month, day).unwrap()
}

/// The scenario with an event and a default in the share, a minimum, deferral and
/// an upfront payment in the royalty.
fn scenario() -> Scenario {
    let mut scenario = Scenario::parse("case.toml", "case", SCENARIO, &[]).unwrap();
    let mut drawn = |name: &str, low: f64, high: f64| {
        let distribution = Distribution::uniform(low, high).unwrap();
        scenario
            .inputs
            .push(Input::new(name.to_owned(), distribution));
        Parameter::Uncertain(scenario.inputs.len() - 1)
    };
    let event = When::Years(drawn("event", 0.0, 6.0));
    let default = When::Years(drawn("default", 0.0, 9.0));
    let recovery = drawn("recovery", 0.2, 0.6);
    let share = &mut scenario.contracts[0].agreement.clauses;
    share.events.push(Event {
        name: "change of control".to_owned(),
        when: event,
        pays: None,
    });
    share.default = Some(PayerDefault {
        when: default,
        recovery,
        lag_months: 5,
        claim: Claim::Cap,
    });
    let royalty = &mut scenario.contracts[1].agreement.clauses;
    royalty.minimum = Some(Parameter::Fixed(2.0).into());
    royalty.upfront = vec![Tranche {
        date: None,
        amount: 4.0,
    }];
    royalty.deferral = Some(Deferral {
        fraction: Parameter::Fixed(0.25),
        to: DeferredTo::Date(date(2029, 3, 31)),
        interest: Parameter::Fixed(0.04),
    });
    for contract in &mut scenario.contracts {
        *contract = Contract::new(contract.agreement.clone(), &scenario.timeline);
    }
    scenario
}

fn run(scenario: &Scenario) -> Results {
    simulate::run(&scenario.simulation(), &()).unwrap()
}

/// The ledgers of every path of an agreement.
fn ledgers(scenario: &Scenario, paths: &[Path], agreement: usize) -> Vec<Settlement> {
    let settled = |path: &Path| {
        let mut settlement = Settlement::default();
        let contract = &scenario.contracts[agreement];
        path.settle(&scenario.model, contract, &mut settlement);
        settlement
    };
    paths.iter().map(settled).collect()
}

fn near(found: f64, values: &[f64], what: &str) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let by = 1e-11 * (1.0 + mean.abs());
    assert!((found - mean).abs() <= by, "{what}: {found} {mean}");
}

fn check(measured: Measured<'_>, values: &[f64], what: &str) {
    near(measured.estimate.mean, values, what);
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    for q in [0.05, 0.5, 0.95] {
        let exact = sorted[(q * values.len() as f64).ceil() as usize - 1];
        let found = measured.distribution.quantile(q).unwrap();
        let by = 1e-9 + exact.abs() / 1000.0;
        assert!(
            (found - exact).abs() <= by,
            "{what} at {q}: {found} {exact}"
        );
    }
}

fn check_signed(signed: &Signed, values: &[f64], what: &str) {
    near(signed.estimate.mean, values, what);
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let exact = sorted[values.len().div_ceil(2) - 1];
    let found = signed.distribution.quantile(0.5).unwrap();
    let by = 1e-9 + exact.abs() / 1000.0;
    assert!((found - exact).abs() <= by, "{what}: {found} {exact}");
}

#[test]
fn every_row_is_that_of_the_ledgers() {
    let scenario = scenario();
    let results = run(&scenario);
    let paths = simulate::replay(&scenario.simulation(), u64::MAX, &()).unwrap();
    assert_eq!(paths.len() as u64, results.paths());
    for total in Total::ALL {
        let mut of_each = results.agreements.iter().map(|own| own.total(total));
        assert!(
            of_each.any(|own| own.is_some()),
            "none has {}",
            total.name()
        );
    }
    for (i, outcomes) in results.agreements.iter().enumerate() {
        let ledgers = ledgers(&scenario, &paths, i);
        periods_agree(&scenario, outcomes, &ledgers, &paths);
        totals_agree(&scenario, outcomes, &ledgers);
        let cash: Vec<(Date, Measured<'_>)> = outcomes.cash().collect();
        let dates: Vec<Date> = cash.iter().map(|(date, _)| *date).collect();
        assert_eq!(dates, scenario.contracts[i].schedule.cash_dates());
        for (j, (date, cash)) in cash.into_iter().enumerate() {
            let values: Vec<f64> = ledgers.iter().map(|ledger| ledger.cash[j]).collect();
            check(cash, &values, &format!("cash on {date}"));
        }
    }
}

#[test]
fn totals_of_clauses_are_kept_where_there_are_such_clauses() {
    let scenario = Scenario::parse("case.toml", "case", SCENARIO, &[]).unwrap();
    for own in run(&scenario).agreements {
        for total in Total::ALL {
            let is_kept = own.total(total).is_some();
            assert!(!is_kept || !total.is_of_clauses(), "{}", total.name());
        }
    }
}

fn periods_agree(scenario: &Scenario, outcomes: &Outcomes, ledgers: &[Settlement], paths: &[Path]) {
    for k in 0..scenario.timeline.periods().len() {
        let revenue: Vec<f64> = paths.iter().map(|path| path.revenue[k]).collect();
        let measured = |quantity| outcomes.quantity(quantity, Slot::Period(k)).unwrap();
        check(measured(Quantity::Revenue), &revenue, "revenue");
        let of = |f: fn(&capbind::agreement::LedgerLine) -> f64| -> Vec<f64> {
            ledgers.iter().map(|ledger| f(&ledger.lines[k])).collect()
        };
        check(
            measured(Quantity::AccruedShare),
            &of(|l| l.accrued),
            "accrued",
        );
        check(measured(Quantity::Payment), &of(|l| l.payment), "payment");
        check(
            measured(Quantity::CumulativePaid),
            &of(|l| l.cumulative_paid),
            "paid",
        );
        if outcomes
            .quantity(Quantity::CapHeadroom, Slot::Period(k))
            .is_some()
        {
            check(
                measured(Quantity::CapHeadroom),
                &of(|l| l.headroom_after),
                "headroom",
            );
        }
    }
    for (calendar, years) in scenario.calendars().iter().enumerate() {
        for (year, reporting) in years.iter().enumerate() {
            let paid = |ledger: &Settlement| {
                let parts = reporting.parts.iter();
                parts.map(|(k, part)| part * ledger.lines[*k].payment).sum()
            };
            let values: Vec<f64> = ledgers.iter().map(paid).collect();
            let slot = Slot::Year { calendar, year };
            let measured = outcomes.quantity(Quantity::Payment, slot).unwrap();
            near(measured.estimate.mean, &values, "payment of a year");
        }
    }
}

fn totals_agree(scenario: &Scenario, outcomes: &Outcomes, ledgers: &[Settlement]) {
    let sum = |f: fn(&capbind::agreement::LedgerLine) -> f64| -> Vec<f64> {
        ledgers
            .iter()
            .map(|l| l.lines.iter().map(f).sum())
            .collect()
    };
    let of = |f: fn(&Settlement) -> f64| -> Vec<f64> { ledgers.iter().map(f).collect() };
    for total in Total::ALL {
        let values = match total {
            Total::Paid => sum(|l| l.payment),
            Total::Uncapped => sum(|l| l.accrued),
            Total::Excess => sum(|l| l.excess),
            Total::Headroom => of(|l| l.lines.last().map_or(0.0, |line| line.headroom_after)),
            Total::Added => sum(|l| l.added),
            Total::Loss => sum(|l| l.loss),
            Total::Interest => of(|l| l.interest),
            // The present values of a party's are held to those of its cash.
            Total::PresentValue => continue,
        };
        match outcomes.total(total) {
            Some(measured) => check(measured, &values, total.name()),
            None => assert!(total.is_of_clauses() || total == Total::Headroom),
        }
    }
    let count = ledgers.len() as f64;
    for &reason in outcomes.reasons() {
        let word = reason.word();
        let ended: Vec<&Settlement> = ledgers.iter().filter(|l| l.end.reason == reason).collect();
        let probability = outcomes.ends().of(reason).mean;
        assert!(
            (probability - ended.len() as f64 / count).abs() < 1e-12,
            "{word}"
        );
        let within = |last: Date| ended.iter().filter(|l| l.end.date <= last).count() as f64;
        for period in scenario.timeline.periods() {
            let first = scenario.timeline.start();
            let found = outcomes.ends().within(reason, first, period.last_day).mean;
            assert!(
                (found - within(period.last_day) / count).abs() < 1e-12,
                "{word}"
            );
        }
    }
    let reasons = outcomes.reasons().len();
    assert!(reasons == 4 || reasons == 1);
}

#[test]
fn what_a_party_nets_is_what_it_receives_less_what_it_pays() {
    let scenario = scenario();
    let results = run(&scenario);
    let paths = simulate::replay(&scenario.simulation(), u64::MAX, &()).unwrap();
    let [share, royalty] = [0, 1].map(|i| ledgers(&scenario, &paths, i));
    let names: Vec<&str> = results.net.iter().map(|net| net.party.as_str()).collect();
    assert_eq!(names, ["A", "B", "C"]);
    let signs = [(-1.0, 0.0), (1.0, -1.0), (0.0, 1.0)];
    for (net, (of_share, of_royalty)) in results.net.iter().zip(signs) {
        for k in 0..scenario.timeline.periods().len() {
            let both = share.iter().zip(&royalty);
            let values: Vec<f64> = both
                .map(|(s, r)| of_share * s.lines[k].payment + of_royalty * r.lines[k].payment)
                .collect();
            let signed = net.quantity(NetQuantity::Payment, Slot::Period(k)).unwrap();
            check_signed(signed, &values, &net.party);
        }
    }
    let mean = |i: usize, quantity| results.net[i].total(quantity).unwrap().estimate.mean;
    for quantity in NetQuantity::TOTALS {
        let all: f64 = (0..3).map(|i| mean(i, quantity)).sum();
        assert!(all.abs() < 1e-9, "what one receives another pays: {all}");
    }
    let total = |i: usize, total| results.agreements[i].total(total).unwrap().estimate.mean;
    let between = |t| total(0, t) - total(1, t);
    assert!((mean(1, NetQuantity::Total) - between(Total::Paid)).abs() < 1e-9);
    let value = mean(1, NetQuantity::PresentValue);
    assert!((value - between(Total::PresentValue)).abs() < 1e-9);
}

#[test]
fn returns_are_those_of_the_cash() {
    let scenario = scenario();
    let results = run(&scenario);
    assert!(results.agreements[0].returns().is_none());
    let returns = results.agreements[1].returns().unwrap();
    let (invested, start) = (returns.investment.amount, returns.investment.date);
    assert_eq!((invested, start), (4.0, scenario.timeline.start()));
    let paths = simulate::replay(&scenario.simulation(), u64::MAX, &()).unwrap();
    let dates = scenario.contracts[1].schedule.cash_dates();
    let years: Vec<f64> = dates
        .iter()
        .map(|d| d.add_days(1).years_since(start))
        .collect();
    let (mut rates, mut multiples, mut lives, mut back) = (vec![], vec![], vec![], 0);
    for ledger in ledgers(&scenario, &paths, 1) {
        let cash: f64 = ledger.cash.iter().sum();
        multiples.push(cash / invested);
        let weighted: f64 = ledger.cash.iter().zip(&years).map(|(c, t)| c * t).sum();
        lives.push(weighted / cash);
        back += u32::from(cash >= invested);
        // The rate by bisection.
        let (mut low, mut high): (f64, f64) = (-0.9999, 100.0);
        for _ in 0..200 {
            let rate = 0.5 * (low + high);
            let flows = ledger.cash.iter().zip(&years);
            let value: f64 = flows.map(|(c, t)| c * (1.0 + rate).powf(-t)).sum();
            if value > invested {
                low = rate;
            } else {
                high = rate;
            }
        }
        rates.push(low);
    }
    check_signed(returns.internal_rate.as_ref().unwrap(), &rates, "rate");
    check(returns.multiple(), &multiples, "multiple");
    check(returns.life().unwrap(), &lives, "life");
    assert_eq!(returns.rate_exists.mean, 1.0);
    let probability = returns.payback().probability().mean;
    assert!((probability - f64::from(back) / paths.len() as f64).abs() < 1e-12);
    let median = returns.payback().quantile(0.5).unwrap();
    assert!(dates.contains(&median));
    let value = returns.net_present_value.as_ref().unwrap().estimate.mean;
    // The upfront payment lies before the valuation: it is spent.
    let all = results.agreements[1].total(Total::PresentValue).unwrap();
    assert!((value - all.estimate.mean).abs() < 1e-9);
}

#[test]
fn every_table_is_the_same_at_any_number_of_threads() {
    let tables = |threads: usize| {
        let mut scenario = scenario();
        scenario.settings.points = 1100;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let results = pool.build().unwrap().install(|| run(&scenario));
        let report = Report::new(&scenario, &results, &[], Vec::new());
        report.csv_files(&report.tables(false), &[]).unwrap()
    };
    let one = tables(1);
    let names: Vec<&str> = one.iter().map(|(name, _)| name.as_str()).collect();
    for name in ["ends.csv", "cash.csv", "net.csv"] {
        assert!(names.contains(&name), "{name} is missing");
    }
    assert_eq!(one, tables(3));
}
