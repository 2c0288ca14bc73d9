//! What is advanced where revenue reaches a level, and one cap of several agreements.

use capbind::agreement::{Cash, EndReason, Settlement};
use capbind::report::clauses;
use capbind::scenario::Scenario;
use capbind::simulate::{self, Total, replay};

use super::build::*;
use super::exact::exact;

/// The revenue of the examples, certain, under an agreement of a tenth.
fn of_examples(agreement: &str) -> Scenario {
    let rows: String = (0..3)
        .map(|k| format!("20{0}-01-01,20{0}-12-31,{1}\n", 26 + k, 100 * (k + 1)))
        .collect();
    let text = format!(
        "timeline = {{ start = 2026-01-01, end = 2029-12-31, step = \"year\" }}\n\
         simulation = {{ points = 64, replicates = 4 }}\n\
         revenue.gbm = {{ initial = 400, growth = 0, volatility = 0 }}\n\
         [actuals]\ncsv = '''\nperiod_start,period_end,revenue\n{rows}'''\n\
         [[agreement]]\nshare = 0.1\n{agreement}\n"
    );
    Scenario::parse("a.toml", "a", &text, &[]).unwrap()
}

#[test]
fn more_is_advanced_where_revenue_reaches_a_level() {
    // 250 to date is reached in 2027, so that 1.65 × 20 is 1.65 × 40 from 2028 on.
    let of = |tranche: &str, rest: &str| {
        let scenario = of_examples(&format!(
            "upfront = [{{ date = 2026-01-01, amount = 20 }}, {tranche}]\n{rest}"
        ));
        let mut path = Settlement::default();
        let revenue = scenario.model.expected(&[]);
        scenario.primary().settle(&[], &revenue, &mut path);
        let results = simulate::run(&scenario.simulation(), &()).unwrap();
        let paid = results.primary().total(Total::Paid).unwrap().estimate.mean;
        assert_close(&[paid], &[path.total_paid()]);
        let returns = results.primary().returns().unwrap();
        let rate = returns.internal_rate.as_ref().unwrap().estimate.mean;
        (
            payments(&path),
            path.advanced,
            rate,
            returns.multiple().estimate.mean,
        )
    };
    let cap = "cap = { multiple = 1.65 }";
    let on_revenue = of("{ revenue_reaches = 250, amount = 20 }", cap);
    let dated = of("{ date = 2028-01-01, amount = 20 }", cap);
    assert_close(&on_revenue.0, &[10.0, 20.0, 30.0, 6.0]);
    assert_eq!((&on_revenue.0, on_revenue.2), (&dated.0, dated.2));
    assert!(close(on_revenue.3, 66.0 / 40.0));
    let advanced = Cash {
        date: day(2028, 1, 1),
        amount: 20.0,
    };
    assert_eq!((on_revenue.1, dated.1), (vec![advanced], vec![]));
    // Of 2028 alone, with the first day of 2029: by then the first cap is reached.
    for never in ["year = 2028", "by = 2027-06-30", "year = 2026"] {
        let found = of(
            &format!("{{ revenue_reaches = 250, {never}, amount = 20 }}"),
            cap,
        );
        assert_close(&found.0, &[10.0, 20.0, 3.0, 0.0]);
        assert_eq!((found.1, found.3), (vec![], 33.0 / 20.0));
    }
    let by = of(
        "{ revenue_reaches = 250, by = 2027-12-31, amount = 20 }",
        cap,
    );
    assert_close(&by.0, &[10.0, 20.0, 30.0, 6.0]);
    // A floor and what an event makes due are of what has been advanced by then, too.
    let tranche = "{ revenue_reaches = 250, amount = 20 }";
    let floor = of(
        tranche,
        "floor = [{ by = 2027-12-31, multiple = 2 }, { multiple = 3 }]",
    );
    assert_close(&floor.0, &[10.0, 30.0, 30.0, 50.0]);
    let put = of(
        tranche,
        "event = { date = 2028-12-31, pays = [{ multiple = 2 }] }",
    );
    assert_close(&put.0, &[10.0, 20.0, 50.0, 0.0]);
    // At any rate of return a cap grows with it, at none by the amount itself.
    let first = "{ revenue_reaches = 100, amount = 20 }";
    let of_rate = |rate: &str| of(first, &format!("cap = {{ irr = {rate} }}"));
    assert_close(&of_rate("0").0, &[10.0, 20.0, 10.0, 0.0]);
    assert!((of_rate("0.08").2 - 0.08).abs() < 1e-9);
}

#[test]
fn several_agreements_have_one_cap() {
    let first = "name = \"A\"\npayer = \"p\"\npayee = \"q\"\ncap = 50";
    let second = "[[agreement]]\nname = \"B\"\npayer = \"p\"\npayee = \"r\"\nshare = 0.2\n\
        cap = { of = \"A\" }";
    let scenario = of_examples(&format!("{first}\n{second}"));
    let path = replay(&scenario.simulation(), 1, &()).unwrap().remove(0);
    let settled = path.settle_all(&scenario.model, &scenario.contracts);
    // 30 of 50 in 2026; 20 of the 60 that are due in 2027, after a third of its days.
    let part = |due: i128| exact(due, 3).value();
    assert_close(&payments(&settled[0]), &[10.0, part(20), 0.0, 0.0]);
    assert_close(&payments(&settled[1]), &[20.0, part(40), 0.0, 0.0]);
    for path in &settled {
        assert_eq!(
            (path.end.reason, path.end.date),
            (EndReason::Cap, day(2027, 5, 2))
        );
        assert_eq!((path.reached.unwrap().period, path.binds), (1, Some(1)));
        let headroom: Vec<f64> = path.lines.iter().map(|line| line.headroom_after).collect();
        assert_close(&headroom, &[20.0, 0.0, 0.0, 0.0]);
    }
    // The run says the same.
    let results = simulate::run(&scenario.simulation(), &()).unwrap();
    for (outcomes, path) in results.agreements.iter().zip(&settled) {
        let paid = outcomes.total(Total::Paid).unwrap().estimate.mean;
        assert_close(&[paid], &[path.total_paid()]);
        assert_eq!(outcomes.ends().of(EndReason::Cap).mean, 1.0);
    }
    let words = clauses(&scenario, &scenario.agreements[1]);
    let cap = words.iter().find(|(label, _)| *label == "cap").unwrap();
    assert!(cap.1.contains("for this and A together"), "{}", cap.1);
}
