//! What the scenario language makes of each clause.

use capbind::agreement::{
    Agreement, AnnualCap, CapStep, CarryForward, Claim, DatedRate, Deferral, DeferredTo, Deflation,
    Event, Indexation, MilestoneOver, MilestonePayment, PayerDefault, Share, Tier, TierBasis,
    TotalCap, When, YearlyRate,
};
use capbind::scenario::Scenario;
use capbind::units::Parameter;

use super::build::*;

fn scenario(agreement: &str) -> Scenario {
    let text = format!(
        "unit = \"million\"\n[timeline]\nstart = 2026-01-01\nend = 2030-12-31\nstep = \"month\"\n\
         [revenue.gbm]\ninitial = 10\ngrowth = 0.1\nvolatility = 0.2\n[agreement]\n{agreement}\n"
    );
    Scenario::parse("a.toml", "a", &text, &[]).unwrap_or_else(|e| panic!("{e:?}"))
}

fn written(agreement: &str) -> Agreement {
    scenario(agreement).contracts.remove(0).agreement
}

fn tier(above: f64, rate: f64) -> Tier {
    Tier {
        above,
        rate: fixed(rate),
    }
}

#[test]
fn a_multiple_is_of_what_has_been_advanced() {
    let tranches =
        "upfront = [{ date = 2026-01-01, amount = 20 }, { date = 2028-01-01, amount = 30 }]";
    let step = |until, multiple, of| CapStep {
        until,
        amount: fixed(multiple),
        multiple_of: Some(of),
    };
    let agreement = |rest: &str| written(&format!("share = 0.1\n{tranches}\n{rest}"));
    let last = Some(day(2027, 12, 31));
    let lone = agreement("cap = { multiple = 2 }");
    assert_eq!(
        lone.cap.unwrap().steps,
        [step(last, 2.0, 20.0), step(None, 2.0, 50.0)]
    );
    // A step that ends while the first tranche is all, and one that goes on after it.
    let until = Some(day(2027, 6, 30));
    let both = agreement("cap = [{ until = 2027-06-30, multiple = 1.5 }, { multiple = 2 }]");
    assert_eq!(
        both.cap.unwrap().steps,
        [
            step(until, 1.5, 20.0),
            step(last, 2.0, 20.0),
            step(None, 2.0, 50.0)
        ]
    );
    let late = agreement("floor = [{ multiple = 1 }, { by = 2027-12-31, multiple = 1 }]");
    let of: Vec<_> = late.clauses.floors.iter().map(|f| f.multiple_of).collect();
    assert_eq!(of, [Some(50.0), Some(20.0)]);
    assert!(lone.clauses.upfront.len() == 2);
}

#[test]
fn shares() {
    let dated = "share = [{ from = 2026-01-01, rate = 0.2 }, { from = 2028-07-01, rate = 0.15 }]";
    let rate = |from, rate| DatedRate {
        from,
        rate: fixed(rate),
    };
    let wanted = vec![rate(day(2026, 1, 1), 0.2), rate(day(2028, 7, 1), 0.15)];
    assert_eq!(written(dated).share, Share::ByDate(wanted));
    let annual = "share = { by_annual_revenue = [{ rate = 0.05 }, { above = 100, rate = 0.08 }] }";
    let tiers = vec![tier(0.0, 0.05), tier(100.0, 0.08)];
    let wanted = |basis| Share::ByAnnualRevenue {
        tiers: tiers.clone(),
        basis,
    };
    assert_eq!(written(annual).share, wanted(TierBasis::Marginal));
    let annual = annual.replace(" }] }", " }], basis = \"retroactive\" }");
    assert_eq!(written(&annual).share, wanted(TierBasis::Retroactive));
    let paid = "share = { by_paid = [{ above = 0, rate = 0.05 }, { above = 1.0, rate = 0.02 }] }";
    let wanted = vec![tier(0.0, 0.05), tier(1.0, 0.02)];
    assert_eq!(written(paid).share, Share::ByPaid(wanted));
    let uncertain = scenario("share = [{ from = 2026-01-01, rate = { uniform = [0.1, 0.2] } }]");
    assert_eq!(uncertain.inputs[0].name, "agreement.share.0.rate");
}

#[test]
fn caps() {
    let step = |until, amount, multiple_of| CapStep {
        until,
        amount: fixed(amount),
        multiple_of,
    };
    let tiered = "share = 0.1\nupfront = 100\ncap = [{ until = 2029-12-31, multiple = 1.65 }, { multiple = 2.0 }]";
    let wanted = TotalCap {
        steps: vec![
            step(Some(day(2029, 12, 31)), 1.65, Some(100.0)),
            step(None, 2.0, Some(100.0)),
        ],
        indexation: Indexation::None,
    };
    assert_eq!(written(tiered).cap, Some(wanted));
    let multiple = written("share = 0.1\nupfront = 100\ncap = { multiple = 1.65 }");
    assert_eq!(multiple.flat().unwrap().cap, Some(fixed(165.0)));
    assert_eq!(multiple.clauses.upfront[0].amount, 100.0);
    let grows =
        written("share = 0.1\neffective = 2026-03-01\ncap = { amount = 38, escalation = 0.02 }");
    let wanted = Indexation::Escalating {
        rate: fixed(0.02).into(),
        from: day(2026, 3, 1),
    };
    assert_eq!(grows.cap.unwrap().indexation, wanted);
    let real = "share = 0.1\ncap = { amount = 38, inflation = 0.03, prices_of = 2025-07-01 }";
    let wanted = Indexation::Real {
        inflation: fixed(0.03).into(),
        prices_of: day(2025, 7, 1),
        of: Deflation::Prices,
    };
    assert_eq!(written(real).cap.unwrap().indexation, wanted);
    let rates = "[{ from = 2024-01-01, rate = 0.05 }, { from = 2026-01-01, rate = { uniform = [0.01, 0.03] } }]";
    for (key, date) in [("inflation", "prices_of"), ("escalation", "from")] {
        let text =
            format!("share = 0.1\ncap = {{ amount = 38, {key} = {rates}, {date} = 2026-01-01 }}");
        let scenario = scenario(&text);
        assert_eq!(
            scenario.inputs[0].name,
            format!("agreement.cap.{key}.1.rate")
        );
        let rate = |year, rate| DatedRate {
            from: day(year, 1, 1),
            rate,
        };
        let rates = [rate(2024, fixed(0.05)), rate(2026, Parameter::Uncertain(0))];
        let wanted = YearlyRate::ByDate(rates.to_vec());
        let cap = scenario.primary().agreement.cap.as_ref().unwrap();
        let (Indexation::Real {
            inflation: found, ..
        }
        | Indexation::Escalating { rate: found, .. }) = &cap.indexation
        else {
            panic!("{key} is lost");
        };
        assert_eq!(*found, wanted);
    }
    let uncertain =
        scenario("share = 0.1\nupfront = 10\ncap = { multiple = { uniform = [1.5, 2] } }");
    assert_eq!(uncertain.inputs[0].name, "agreement.cap.multiple");
    let annual = |text: &str| {
        written(&format!("share = 0.1\nannual_cap = {text}"))
            .clauses
            .annual_cap
    };
    let wanted = |carry| {
        Some(AnnualCap {
            amount: fixed(25.0).into(),
            carry,
            prorated: false,
        })
    };
    assert_eq!(annual("25"), wanted(CarryForward::None));
    assert_eq!(
        annual("{ amount = 25, carry_forward = \"excess\" }"),
        wanted(CarryForward::Excess)
    );
    assert_eq!(
        annual("{ amount = 25, carry_forward = \"room\" }"),
        wanted(CarryForward::Room)
    );
}

#[test]
fn a_present_value_is_a_cap_in_prices() {
    let indexation = |cap: &str| {
        let cap = written(&format!("share = 0.1\n{cap}")).cap.unwrap();
        (cap.steps, cap.indexation)
    };
    let (steps, prices) = indexation("cap = { amount = 50, inflation = 0.1 }");
    let worth = indexation("cap = { amount = 50, discount_rate = 0.1, valued_on = 2026-01-01 }");
    let Indexation::Real {
        inflation,
        prices_of,
        of: Deflation::Prices,
    } = prices
    else {
        panic!("{prices:?}");
    };
    let of = Deflation::Interest;
    let same = Indexation::Real {
        inflation,
        prices_of,
        of,
    };
    assert_eq!(worth, (steps, same));
}

#[test]
fn a_return_is_on_all_that_is_paid_upfront() {
    let cap = |upfront: &str| {
        let text = format!("share = 0.1\nupfront = {upfront}\ncap = {{ irr = 0.1 }}");
        written(&text).cap.unwrap()
    };
    let of = |from| Indexation::Return {
        rate: fixed(0.1),
        from,
    };
    let lone = cap("40");
    assert_eq!(
        (lone.steps.len(), lone.indexation),
        (1, of(day(2026, 1, 1)))
    );
    let two = cap("[{ date = 2025-07-01, amount = 20 }, { date = 2027-07-01, amount = 24.2 }]");
    assert_eq!(two.indexation, of(day(2025, 7, 1)));
    let steps: Vec<_> = two.steps.iter().map(|step| step.until).collect();
    assert_eq!(steps, [Some(day(2027, 6, 30)), None]);
    // 24.2 two years later is worth 20.
    let worth: Vec<f64> = two.steps.iter().map(|step| step.at(&[])).collect();
    assert_close(&worth, &[20.0, 40.0]);
}

#[test]
fn the_rest() {
    let clauses = written(
        r#"share = 0.1
        cap = 40
        threshold = 50
        on_account = 0.04
        annual_minimum = 2
        year_ends = "june"
        payment = { every = "quarter", lag_months = 1, first = 2026-09-30, rounding = "cent" }
        deferral = { fraction = 0.35, until = 2032-12-31, interest = 0.05 }
        event = { name = "AGI declared", date = 2028-06-30 }
        default = { between = [2027-01-01, 2029-12-31], recovery = 0.4, lag_months = 12, claim = "cap" }
        milestone = [
            { reaches = 20, amount = 1 },
            { reaches = 30, amount = 2, each_year = true },
            { reaches = 40, amount = 3, year = 2028, by = 2028-06-30 },
        ]"#,
    )
    .clauses;
    assert_eq!(clauses.threshold, Some(fixed(50.0)));
    assert_eq!(clauses.on_account, Some(fixed(0.04)));
    assert_eq!(clauses.minimum, Some(fixed(2.0).into()));
    assert_eq!(clauses.year_ends, 6);
    assert_eq!(clauses.first_payment, Some(day(2026, 9, 30)));
    assert_eq!(clauses.cents_per_unit, Some(1e8));
    let deferral = Deferral {
        fraction: fixed(0.35),
        to: DeferredTo::Date(day(2032, 12, 31)),
        interest: fixed(0.05),
    };
    assert_eq!(clauses.deferral, Some(deferral));
    let event = Event {
        name: "AGI declared".into(),
        when: When::Years(fixed(2.5)),
        pays: None,
    };
    assert_eq!(clauses.events, [event]);
    let default = PayerDefault {
        when: When::Years(Parameter::Uncertain(0)),
        recovery: fixed(0.4),
        lag_months: 12,
        claim: Claim::Cap,
    };
    assert_eq!(clauses.default, Some(default));
    let milestone = |reaches, amount, over, by| MilestonePayment {
        reaches: fixed(reaches),
        amount: fixed(amount),
        over,
        by,
    };
    let by = Some(day(2028, 6, 30));
    let wanted = [
        milestone(20.0, 1.0, MilestoneOver::Total, None),
        milestone(30.0, 2.0, MilestoneOver::EachYear, None),
        milestone(40.0, 3.0, MilestoneOver::Year(2028), by),
    ];
    assert_eq!(clauses.milestones, wanted);
}

#[test]
fn moments() {
    let hazard = scenario("share = 0.1\nevent = { hazard = 0.1 }");
    let when = hazard.contracts[0].agreement.clauses.events[0].when;
    let wanted = When::Hazard {
        rate: fixed(0.1),
        unit_wait: Parameter::Uncertain(0),
        with: None,
    };
    assert_eq!(when, wanted);
    assert_eq!(hazard.inputs[0].name, "agreement.event.wait");
    // Half of the waiting times at a rate of one are shorter than ln 2.
    let median = hazard.inputs[0].distribution.median();
    assert!((median - std::f64::consts::LN_2).abs() < 1e-12);
    let between =
        scenario("share = 0.1\nevent = { between = [2026-12-31, 2027-06-30, 2028-12-31] }");
    // The closes of these days: one, one and a half and three years from the start.
    assert_eq!(between.inputs[0].distribution.range().0.round(), 1.0);
    assert_eq!(between.inputs[0].distribution.range().1.round(), 3.0);
    let after =
        scenario("share = 0.1\nevent = { after_years = { exponential = { hazard = 0.5 } } }");
    assert_eq!(after.inputs[0].name, "agreement.event.after_years");
}

#[test]
fn an_event_of_another_agreement_is_the_same_draw() {
    let text = "[timeline]\nstart = 2026-01-01\nend = 2030-12-31\nstep = \"month\"\n\
        [revenue.gbm]\ninitial = 10\ngrowth = 0.1\nvolatility = 0.2\n\
        [[agreement]]\nname = \"one\"\nshare = 0.1\nevent = { of = \"two\" }\n\
        [[agreement]]\nname = \"two\"\nshare = 0.2\nevent = { hazard = 0.1 }\n";
    let scenario = Scenario::parse("a.toml", "a", text, &[]).unwrap();
    assert_eq!(scenario.inputs.len(), 1);
    let events = |i: usize| scenario.contracts[i].agreement.clauses.events.clone();
    assert_eq!(events(0), events(1));
    assert_eq!(events(0).len(), 1);
}

#[test]
fn several_events_have_a_name_and_inputs_each() {
    let several = "share = 0.1\nevent = [{ name = \"sale\", hazard = 0.1 }, \
        { name = \"patent ends\", between = [2027-01-01, 2029-12-31] }]";
    let scenario = scenario(several);
    let events = &scenario.contracts[0].agreement.clauses.events;
    let names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["sale", "patent ends"]);
    let inputs: Vec<&str> = scenario.inputs.iter().map(|i| i.name.as_str()).collect();
    assert_eq!(
        inputs,
        [
            "agreement.event.sale.wait",
            "agreement.event.patent ends.between"
        ]
    );
    // A change names one of them as its inputs do.
    let changed = ["agreement.event.sale.hazard=0.3".to_owned()];
    let changed = Scenario::parse("a.toml", "a", &scenario.text, &changed).unwrap();
    let When::Hazard { rate, .. } = changed.contracts[0].agreement.clauses.events[0].when else {
        panic!("the first is no hazard");
    };
    assert_eq!(rate, fixed(0.3));
}

#[test]
fn events_of_others_come_after_the_own() {
    let text = "[timeline]\nstart = 2026-01-01\nend = 2030-12-31\nstep = \"month\"\n\
        [revenue.gbm]\ninitial = 10\ngrowth = 0.1\nvolatility = 0.2\n\
        [[agreement]]\nname = \"one\"\nshare = 0.1\n\
        event = [{ of = \"two\" }, { name = \"sale\", hazard = 0.2 }]\n\
        [[agreement]]\nname = \"two\"\nshare = 0.2\nevent = { hazard = 0.1 }\n";
    let scenario = Scenario::parse("a.toml", "a", text, &[]).unwrap();
    let names = |i: usize| -> Vec<String> {
        let events = scenario.contracts[i].agreement.clauses.events.iter();
        events.map(|event| event.name.clone()).collect()
    };
    assert_eq!(names(0), ["sale", "event"]);
    assert_eq!(names(1), ["event"]);
    assert_eq!(scenario.inputs.len(), 2);
}

#[test]
fn a_default_of_another_agreement_has_its_date() {
    let text = "[timeline]\nstart = 2026-01-01\nend = 2030-12-31\nstep = \"month\"\n\
        [revenue.gbm]\ninitial = 10\ngrowth = 0.1\nvolatility = 0.2\n\
        [[agreement]]\nname = \"one\"\npayer = \"A\"\nshare = 0.1\n\
        default = { of = \"two\", recovery = 0.4, lag_months = 6 }\n\
        [[agreement]]\nname = \"two\"\npayer = \"A\"\nshare = 0.2\n\
        default = { hazard = 0.1, recovery = 0.2 }\n";
    let scenario = Scenario::parse("a.toml", "a", text, &[]).unwrap();
    let default = |i: usize| scenario.contracts[i].agreement.clauses.default.unwrap();
    assert_eq!(default(0).when, default(1).when);
    let terms = |i: usize| (default(i).recovery, default(i).lag_months);
    assert_eq!((terms(0), terms(1)), ((fixed(0.4), 6), (fixed(0.2), 0)));
    assert_eq!(scenario.inputs.len(), 1);
}
