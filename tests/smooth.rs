//! Smooth estimates against closed forms, density recursions and counting.

mod truth;

use capbind::math::{exp, ln, normal_cdf};
use capbind::scenario::Scenario;
use capbind::simulate::{
    Counting, ExpiryError, FlatShare, Outcomes, Smooth, SmoothContracts, Total, revenue_fan,
    run_smooth, run_totals, smooth, smooth_each,
};
use capbind::stats::MeanEstimate;
use rayon::prelude::*;
use serde_json::Value;
use truth::{case, expected, f, gbm_scenario};

fn scenario(text: &str) -> Scenario {
    match Scenario::parse("a.toml", "a", text, &[]) {
        Ok(scenario) => scenario,
        Err(error) => panic!("{error:?}\n{text}"),
    }
}

/// One log-normal period: everything in closed form, by day too.
#[test]
fn one_period_is_exact() {
    let text = "timeline = { start = 2026-01-01, end = 2026-12-31, step = \"year\" }\n\
        revenue.gbm = { initial = 100, growth = 0.2, volatility = 0.4, observe = \"end\" }\n\
        agreement = { share = 0.1, cap = 9 }\n\
        simulation = { points = 64, replicates = 4, seed = 1 }\n";
    let scenario = scenario(text);
    let smooth = smooth(&scenario.simulation(), &()).unwrap().unwrap();
    // Accrued share is 12·exp(0.4 z − 0.08).
    let root = |limit: f64| (ln(limit / 12.0) + 0.08) / 0.4;
    let paid = 12.0 * normal_cdf(root(9.0) - 0.4) + 9.0 * normal_cdf(-root(9.0));
    assert!((smooth.total(Total::Paid).unwrap().mean - paid).abs() < 1e-8);
    assert!((smooth.total(Total::Uncapped).unwrap().mean - 12.0).abs() < 1e-9);
    for day in [1, 60, 180, 200, 300, 365] {
        let part = f64::from(day) / 365.0;
        let exact = normal_cdf(-root(9.0 / part));
        let found = smooth.reached_by(scenario.timeline.start().add_days(day - 1));
        assert!(
            (found.mean - exact).abs() < 1e-8,
            "{day}: {found:?} {exact}"
        );
    }
    let median = smooth.date_quantile(0.5).unwrap().estimate();
    assert!((median.mean - 365.0 * 9.0 / (12.0 * exp(-0.08))).abs() < 1e-4);
    assert!(median.std_error < 1e-6);
}

const MONTHS: &str = "timeline = { start = 2026-01-01, end = 2030-12-31, step = \"month\" }\n\
    simulation = { points = 4096, replicates = 16, seed = 3 }\n\
    valuation = { date = 2026-01-01, discount_rate = 0.1 }\n";

/// Both estimates of an agreement are within five standard errors of each other.
fn assert_agree(scenario: &Scenario, smooth: &Smooth, counted: &Outcomes, what: &str) {
    let agree = |name: &str, smooth: MeanEstimate, counted: MeanEstimate| {
        let error = smooth.std_error.hypot(counted.std_error);
        let off = (smooth.mean - counted.mean).abs();
        let slack = 1e-9 * counted.mean.abs();
        assert!(
            off <= 5.0 * error + slack,
            "{name}: {smooth:?} {counted:?}\n{what}"
        );
    };
    for total in [
        Total::Paid,
        Total::PresentValue,
        Total::Uncapped,
        Total::Excess,
    ] {
        let counted = counted.total(total).unwrap().estimate.of_mean();
        agree(total.name(), smooth.total(total).unwrap(), counted);
    }
    for months in [30, 36, 42, 48, 54, 60] {
        let date = scenario.timeline.start().add_months(months).add_days(-9);
        let counted = counted.reached_by(date).of_mean();
        agree("reached", smooth.reached_by(date), counted);
    }
    let [own, other] = [smooth.date_quantile(0.3), counted.date_quantile(0.3)];
    if let (Some(own), Some(other)) = (own, other) {
        agree("p30", own.estimate(), other.estimate());
    }
}

const TWO: &str = "[[revenue]]\nname = \"a\"\ngbm = { initial = 10, growth = 0.5, volatility = 0.3 }\n\
     [[revenue]]\nname = \"b\"\ngbm = { initial = 14, growth = 0.4, volatility = 0.1 }";

/// The counted estimate of the same points is a second opinion.
#[test]
fn smooth_and_counted_estimates_agree() {
    let gbm = "revenue.gbm = { initial = 24, growth = 0.5, volatility = 0.3 }";
    let growth = "revenue.growth = { initial = 24, growth = 0.5, long_run_growth = 0.1, \
        half_life = 1.3, volatility = 0.1, growth_volatility = 0.3, shock_correlation = 0.4 }";
    let forecast = "revenue.forecast = { annual = { 2026 = 28, 2027 = 46, 2028 = 69, 2029 = 96, 2030 = 127 }, \
         volatility = 0.2, persistence = 0.7, growth_uncertainty = 0.1, level_uncertainty = 0.1, \
         annual_uncertainty = 0.05 }";
    let uncertain = "agreement = { share = 0.2, cap = { triangular = [35, 38, 41] }, \
        paid_before = 1.4, expiry = 2030-10-15 }";
    let all_uncertain = "agreement = { share = { uniform = [0.18, 0.22] }, \
        cap = { triangular = [35, 38, 41] }, paid_before = { uniform = [1, 2] }, \
        effective = 2026-03-10 }";
    let dated = "agreement = { share = [{ from = 2026-02-10, rate = 0.25 }, \
        { from = 2028-09-17, rate = { uniform = [0.1, 0.2] } }, { from = 2030-01-01, rate = 0.3 }], \
        cap = 38, payment = { every = \"quarter\", lag_months = 2 } }";
    let parts =
        "agreement = { share = 0.25, cap = 36, eligible = { a = 1, b = { uniform = [0.6, 1] } } }";
    let one_part = "agreement = { share = 0.3, cap = 21, eligible = { a = 1, b = 0 } }";
    for (agreement, revenue) in [
        (uncertain, gbm),
        (uncertain, forecast),
        (uncertain, TWO),
        (all_uncertain, growth),
        (dated, gbm),
        (parts, TWO),
        (one_part, TWO),
    ] {
        let scenario = scenario(&format!("{agreement}\n{MONTHS}{revenue}\n"));
        let simulation = scenario.simulation();
        let smooth = smooth(&simulation, &()).unwrap().unwrap();
        let counted = run_totals(&simulation, &()).unwrap();
        let what = format!("{agreement}\n{revenue}");
        assert_agree(&scenario, &smooth, counted.primary(), &what);
        let end = smooth.reached_by(scenario.timeline.end()).std_error;
        assert!(end < 2e-5, "{end}\n{what}");
        // Everything that is paid is paid on some day.
        let cash: f64 = smooth.cash().iter().map(|(_, amount)| amount.mean).sum();
        let paid = smooth.total(Total::Paid).unwrap().mean;
        assert!((cash / paid - 1.0).abs() < 1e-12, "{cash} {paid}\n{what}");
    }
}

/// Jumps shift a line. Their coordinates are worth a tenth of the error that counting has.
#[test]
fn lines_with_jumps_agree_with_paths() {
    let text = format!(
        "agreement = {{ share = 0.2, cap = 38 }}\n{MONTHS}revenue.jump = {{ initial = 24, growth = 0.5, \
         volatility = 0.2, jumps_per_year = {{ uniform = [0.3, 0.7] }}, jump_mean = -0.1, \
         jump_sd = 0.2 }}\n"
    );
    let scenario = scenario(&text);
    let simulation = scenario.simulation();
    let smooth = run_smooth(&simulation, &()).unwrap().expect("lines tell");
    let counted = run_totals(&simulation, &()).unwrap();
    assert_agree(&scenario, &smooth[0], counted.primary(), &text);
    let end = scenario.timeline.end();
    let counted = counted.primary().ends().counted();
    let counted = counted.of(capbind::agreement::EndReason::Cap).std_error;
    let own = smooth[0].reached_by(end).std_error;
    assert!(own < 0.3 * counted, "{own} {counted}");
    // More jumps than there are coordinates for.
    let many = text.replace("uniform = [0.3, 0.7]", "uniform = [3, 20]");
    let many = self::scenario(&many);
    assert!(run_smooth(&many.simulation(), &()).unwrap().is_none());
}

#[test]
fn each_of_several_agreements_has_its_own_estimates() {
    let text = format!(
        "{MONTHS}{TWO}\n\
         [[agreement]]\nname = \"first\"\npayer = \"c\"\npayee = \"i\"\nshare = 0.2\ncap = 38\n\
         [[agreement]]\nname = \"second\"\npayer = \"c\"\npayee = \"j\"\nshare = 0.1\ncap = 12\n\
         eligible = {{ a = 1, b = 0 }}\nexpiry = 2030-07-20\n\
         [[agreement]]\nname = \"third\"\npayer = \"i\"\npayee = \"k\"\nshare = 0.1\ncap = 12\nthreshold = 30\n"
    );
    let scenario = scenario(&text);
    let simulation = scenario.simulation();
    let counted = run_totals(&simulation, &()).unwrap();
    let [first, second, third] = &smooth_each(&simulation, &()).unwrap()[..] else {
        panic!("three agreements");
    };
    for (smooth, counted) in [first, second].into_iter().zip(&counted.agreements) {
        assert_agree(&scenario, smooth.as_ref().unwrap(), counted, &text);
    }
    assert_eq!(third.as_ref().unwrap_err(), &Counting::Clauses);
}

/// Many contracts on the same lines, each threshold integrated or interpolated between
/// others, are what each is alone.
#[test]
fn many_contracts_are_what_each_is_alone() {
    let text = format!(
        "agreement = {{ share = 0.2, cap = 38, effective = 2026-02-10, \
         payment = {{ every = \"quarter\", lag_months = 2 }} }}\n{MONTHS}\
         revenue.gbm = {{ initial = 24, growth = 0.5, volatility = 0.3 }}\n"
    );
    let changes = ["simulation.points=64".to_owned()];
    let whole = Scenario::parse("a.toml", "a", &text, &changes).unwrap();
    let end = whole.timeline.end();
    let flat = |share: f64, cap: f64, paid_before: f64, expiry: &str| FlatShare {
        share,
        cap,
        paid_before,
        expiry: capbind::units::Date::parse(expiry).unwrap(),
    };
    let shown = [
        flat(0.2, 38.0, 0.0, "2030-12-31"),
        flat(0.25, 30.0, 4.0, "2030-12-31"),
        flat(0.2, 20.0, 0.0, "2029-04-17"),
        flat(0.2, 5.0, 0.0, "2028-02-29"),
        flat(0.1, f64::INFINITY, 0.0, "2030-07-01"),
        flat(0.2, 3.0, 3.0, "2030-12-31"),
        flat(0.3, 4.0, 0.0, "2026-02-09"),
    ];
    for more in [0, 700] {
        let mut contracts = shown.to_vec();
        contracts.extend((0..more).map(|i| FlatShare {
            cap: 2.0 + 0.1 * f64::from(i),
            expiry: end,
            ..shown[0]
        }));
        let all = SmoothContracts::new(&whole.simulation(), &contracts, &());
        let all = all.unwrap().expect("lines tell");
        let others = (0..more as usize).step_by(97).map(|i| shown.len() + i);
        for i in (0..shown.len()).chain(others) {
            let own = contracts[i];
            let mut changes = vec![
                "simulation.points=64".to_owned(),
                format!("agreement.share={}", own.share),
                format!("agreement.paid_before={}", own.paid_before),
                format!("agreement.expiry={}", own.expiry),
                format!("agreement.cap={}", own.cap),
            ];
            if own.cap.is_infinite() {
                changes.pop();
                changes.push("agreement.cap=1e15".to_owned());
            }
            if own.expiry < capbind::units::Date::new(2026, 2, 10).unwrap() {
                assert_eq!(all.contract(i).total(Total::Paid).unwrap().mean, 0.0);
                assert_eq!(all.contract(i).reached_by(end).mean, 0.0);
                continue;
            }
            let alone = Scenario::parse("a.toml", "a", &text, &changes).unwrap();
            let (alone, found) = (
                smooth(&alone.simulation(), &()).unwrap().unwrap(),
                all.contract(i),
            );
            // Far from the others a threshold has lines laid out for them: another estimate.
            let apart = if i < shown.len() { 0.0 } else { 5.0 };
            let close = |name: &str, a: MeanEstimate, b: MeanEstimate, slack: f64| {
                let off = (a.mean - b.mean)
                    .abs()
                    .max((a.std_error - b.std_error).abs());
                let slack = slack + apart * a.std_error.hypot(b.std_error);
                assert!(off <= slack, "{name}, {more}: {a:?} {b:?}\n{own:?}");
            };
            for total in [Total::Paid, Total::PresentValue, Total::Excess] {
                let [a, b] = [&alone, &found].map(|s| s.total(total).unwrap());
                close(total.name(), a, b, 4e-8 * a.mean.max(10.0));
            }
            let [a, b] = [&alone, &found].map(|s| s.by_cap(Total::PresentValue).unwrap());
            close("by cap", a, b, 3e-8);
            for day in (0..whole.timeline.days()).step_by(41) {
                let date = whole.timeline.start().add_days(day);
                let [a, b] = [&alone, &found].map(|s| s.reached_by(date));
                close("reached", a, b, 2e-8);
            }
            let [a, b] = [&alone, &found].map(|s| s.date_quantile(0.4));
            assert_eq!(a.is_some(), b.is_some());
            if let (Some(a), Some(b)) = (a, b) {
                close("p40", a.estimate(), b.estimate(), 1e-3);
            }
        }
    }
    let off = [FlatShare {
        expiry: end.add_days(1),
        ..shown[0]
    }];
    let refused = SmoothContracts::new(&whole.simulation(), &off, &());
    assert!(matches!(refused, Err(ExpiryError::OffTimeline { .. })));
}

/// Density, day by day and by the cap, is the derivative that it is said to be.
#[test]
fn derivatives_are_those_of_the_estimates() {
    let with = |cap: f64| {
        let text = format!(
            "agreement = {{ share = 0.2, cap = {cap}, expiry = 2030-10-15 }}\n{MONTHS}\
             revenue.gbm = {{ initial = 24, growth = 0.5, volatility = 0.3 }}\n"
        );
        let changes = ["simulation.points=64".to_owned()];
        let scenario = Scenario::parse("a.toml", "a", &text, &changes).unwrap();
        smooth(&scenario.simulation(), &()).unwrap().unwrap()
    };
    let (below, here, above) = (with(37.999), with(38.0), with(38.001));
    for total in [
        Total::Paid,
        Total::PresentValue,
        Total::Excess,
        Total::Headroom,
    ] {
        let [low, high] = [&below, &above].map(|s| s.total(total).unwrap().mean);
        let slope = here.by_cap(total).unwrap();
        let off = slope.mean - (high - low) / 0.002;
        assert!(off.abs() < 1e-6, "{}: {off:e}", total.name());
        assert!(slope.std_error < 1e-3);
    }
    let day = capbind::units::Date::new(2029, 5, 20).unwrap();
    let on = here.reached_within(day, day);
    let ends = [day.add_days(-1), day].map(|day| here.density(day).mean);
    assert!(
        (on.mean - 0.5 * (ends[0] + ends[1])).abs() < 1e-8,
        "{on:?} {ends:?}"
    );
    let within = here.reached_within(day.add_days(-30), day.add_days(30));
    let days: f64 = (-30..=30)
        .map(|i| here.reached_within(day.add_days(i), day.add_days(i)).mean)
        .sum();
    assert!((within.mean - days).abs() < 1e-12);
}

#[test]
fn revenue_of_a_period_is_log_normal() {
    let gbm = "revenue.gbm = { initial = 24, growth = 0.5, volatility = 0.3 }";
    let agreement = "agreement = { share = { uniform = [0.1, 0.3] }, cap = 38 }\n";
    let fan = |revenue: &str| {
        let scenario = scenario(&format!("{agreement}{MONTHS}{revenue}\n"));
        revenue_fan(&scenario.simulation())
    };
    let months = fan(gbm).unwrap();
    // Observed in the middle of the 60th month.
    let years = 59.5 / 12.0;
    let last = months[59];
    assert!((last.mean() / (2.0 * exp(years * ln(1.5))) - 1.0).abs() < 1e-12);
    assert!((last.log_sd - 0.3 * years.sqrt()).abs() < 1e-12);
    assert!((ln(last.quantile(0.5)) - last.log_mean).abs() < 1e-12);
    let uncertain =
        "revenue.gbm = { initial = 24, growth = { uniform = [0.1, 0.5] }, volatility = 0.3 }";
    for revenue in [uncertain, TWO] {
        assert_eq!(fan(revenue), Err(Counting::Varying));
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(f).collect()
}

/// Within five standard errors and what the reference leaves open, and the error small.
fn assert_true(what: &str, found: MeanEstimate, truth: f64, slack: f64, largest: f64) {
    let off = (found.mean - truth).abs();
    let allowed = 5.0 * found.std_error + slack;
    assert!(off <= allowed, "{what}: {found:?}, exactly {truth}");
    assert!(found.std_error <= largest, "{what}: {found:?}");
}

/// Reference values of others, to a hundredth of the errors that counting has.
#[test]
fn reference_values_agree_in_every_period() {
    for id in [
        "A-LEVY-t0-n12",
        "A-LEVY-t1-n12",
        "D-QL-SEASONED",
        "E-BT1-ran",
        "E-BT3-det",
        "E-BT7-ran",
    ] {
        let mut case = case(id);
        if id == "D-QL-SEASONED" {
            case["first_period"] = "random".into();
        }
        let text = gbm_scenario(&case);
        let changes = ["simulation.points=1024".to_owned()];
        let scenario = Scenario::parse("a.toml", "a", &text, &changes).unwrap();
        let smooth = smooth(&scenario.simulation(), &()).unwrap().unwrap();
        let has = |metric: &str| {
            let all = case["expected"].as_array().unwrap().iter();
            all.filter(|e| e["metric"] == metric).count() > 0
        };
        let paid = smooth.total(Total::Paid).unwrap();
        for metric in ["E_total_paid", "E_total_paid_new", "E_new_payments"] {
            if has(metric) {
                let (truth, tolerance) = expected(&case, metric).remove(0);
                let truth = f(&truth);
                assert_true(id, paid, truth, tolerance + 1e-8 * truth, 5e-6 * truth);
            }
        }
        if has("PV_end_of_period") {
            let (truth, tolerance) = expected(&case, "PV_end_of_period").remove(0);
            let value = smooth.total(Total::PresentValue).unwrap();
            let truth = f(&truth);
            assert_true(id, value, truth, tolerance + 1e-8 * truth, 5e-6 * truth);
        }
        if has("P_bind_by_end") {
            let (truth, tolerance) = expected(&case, "P_bind_by_end").remove(0);
            let end = smooth.reached_by(scenario.timeline.end());
            assert_true(id, end, f(&truth), tolerance + 1e-8, 1e-5);
        }
        if has("P_bind_by_period") {
            let (truths, tolerance) = expected(&case, "P_bind_by_period").remove(0);
            let (sums, sum_tolerance) = expected(&case, "E_cum_paid_by_period").remove(0);
            let truths = numbers(&truths).into_iter().zip(numbers(&sums));
            let mut parts = Vec::new();
            for (k, (truth, sum)) in truths.enumerate() {
                let what = format!("{id}, period {k}");
                let date = scenario.timeline.periods()[k].last_day;
                let slack = tolerance + 1e-8;
                assert_true(&what, smooth.reached_by(date), truth, slack, 5e-5);
                parts.push((k, 1.0));
                let slack = sum_tolerance + 1e-8 * sum;
                assert_true(&what, smooth.payment_of(&parts), sum, slack, 3e-5 * sum);
            }
        }
    }
}

/// One common error: a line is everything, and nothing is left to chance.
#[test]
fn one_common_error_is_exact_in_every_year() {
    let case = case("I-LOGISTIC");
    let (model, contract) = (&case["model"], &case["contract"]);
    let text = format!(
        "timeline = {{ start = 2026-01-01, end = 2037-12-31, step = \"year\" }}\n\
         revenue.logistic = {{ capacity = {}, steepness = {}, midpoint = {}, observe = \"end\", \
         level_uncertainty = {} }}\n\
         agreement = {{ share = {}, cap = {} }}\n\
         simulation = {{ points = 64, replicates = 4 }}\n",
        model["L"],
        model["k"],
        model["t0"],
        model["common_log_sd"],
        contract["rate"],
        contract["cap"]
    );
    let scenario = scenario(&text);
    let smooth = smooth(&scenario.simulation(), &()).unwrap().unwrap();
    let (truths, _) = expected(&case, "P_bind_by_period_sigma025").remove(0);
    let (sums, _) = expected(&case, "E_cum_paid_by_period_sigma025").remove(0);
    let mut parts = Vec::new();
    for (k, (truth, sum)) in numbers(&truths).into_iter().zip(numbers(&sums)).enumerate() {
        let date = scenario.timeline.periods()[k].last_day;
        let off = smooth.reached_by(date).mean - truth;
        assert!(off.abs() <= 1e-8, "{date}: {off:e}");
        parts.push((k, 1.0));
        let off = smooth.payment_of(&parts).mean / sum - 1.0;
        assert!(off.abs() <= 1e-8, "{date}: {off:e}");
    }
}

/// P(cap reached once a part of a period is over) for a geometric Brownian motion seen at
/// the ends of periods, by recursion of the density of what is left to reach over the run
/// rate: u → u/g − h, with independent growth g and the periods' lengths h.
struct Recursion {
    /// Length of each period in years, mean and deviation of its ln growth.
    periods: Vec<(f64, f64, f64)>,
    left: f64,
    spacing: f64,
}

impl Recursion {
    const LOW: f64 = -9.0;
    const HIGH: f64 = 5.0;

    fn probability(&self, period: usize, part: f64) -> f64 {
        let count = ((Self::HIGH - Self::LOW) / self.spacing) as usize;
        let at = |i: usize| Self::LOW + i as f64 * self.spacing;
        let (length, mean, deviation) = self.periods[period];
        let last = |y: f64| normal_cdf((mean - y + ln(part * length)) / deviation);
        if period == 0 {
            return last(ln(self.left));
        }
        let mut values: Vec<f64> = (0..=count).map(|i| last(at(i))).collect();
        for k in (0..period).rev() {
            let from = |y: f64| self.step(k, y, &values);
            if k == 0 {
                return from(ln(self.left));
            }
            values = (0..=count).into_par_iter().map(|i| from(at(i))).collect();
        }
        unreachable!("the first period returns")
    }

    /// The mean of `values` after a period, by the trapezoidal rule.
    fn step(&self, k: usize, y: f64, values: &[f64]) -> f64 {
        let (length, mean, deviation) = self.periods[k];
        let width = 1.0 / 12.0;
        let nodes = (-8 * 12..=8 * 12).map(|i| f64::from(i) * width);
        let terms = nodes.map(|z| {
            let left = exp(y - mean - deviation * z) - length;
            let value = if left <= 0.0 {
                1.0
            } else {
                self.read(ln(left), values)
            };
            exp(-0.5 * z * z) * value
        });
        terms.sum::<f64>() * width / (2.0 * std::f64::consts::PI).sqrt()
    }

    /// By Lagrange's polynomial through six neighbours, in its barycentric form.
    fn read(&self, y: f64, values: &[f64]) -> f64 {
        let place = (y - Self::LOW) / self.spacing;
        if place < 2.0 {
            return values[0];
        }
        if place > (values.len() - 4) as f64 {
            return 0.0;
        }
        let first = place as usize - 2;
        let t = place - first as f64;
        if t == 2.0 {
            return values[first + 2];
        }
        let [mut sum, mut weights] = [0.0; 2];
        for (i, c) in [-1.0, 5.0, -10.0, 10.0, -5.0, 1.0].into_iter().enumerate() {
            let weight = c / (t - i as f64);
            sum += weight * values[first + i];
            weights += weight;
        }
        sum / weights
    }
}

/// Days inside periods too, against a recursion that no longer changes by 1e-9.
#[test]
fn a_density_recursion_agrees_on_every_day() {
    let text = "timeline = { start = 2026-01-01, end = 2028-12-31, step = \"quarter\" }\n\
        revenue.gbm = { initial = 24, growth = 0.5, volatility = 0.4, observe = \"end\" }\n\
        agreement = { share = 0.2, cap = 17 }\n\
        simulation = { points = 4096, replicates = 16, seed = 1 }\n";
    let scenario = scenario(text);
    let smooth = smooth(&scenario.simulation(), &()).unwrap().unwrap();
    let periods = scenario.timeline.periods();
    let recursion = |spacing| Recursion {
        periods: periods
            .iter()
            .map(|p| {
                let drift = ln(1.5) - 0.5 * 0.16;
                (
                    p.length_years,
                    drift * p.length_years,
                    0.4 * p.length_years.sqrt(),
                )
            })
            .collect(),
        left: 17.0 / 0.2 / 24.0,
        spacing,
    };
    for (period, day) in [(5, 91), (7, 20), (9, 70), (11, 33)] {
        let days = f64::from(periods[period].days());
        let exact = recursion(0.005).probability(period, f64::from(day) / days);
        let coarse = recursion(0.01).probability(period, f64::from(day) / days);
        assert!((exact - coarse).abs() < 1e-9, "{exact} {coarse}");
        let found = smooth.reached_by(periods[period].first_day.add_days(day - 1));
        assert_true("day", found, exact, 1e-8, 5e-6);
    }
}

/// 95 % intervals cover in 93 to 97 % of 1,000 seeds.
#[test]
fn intervals_cover_what_they_say() {
    let text = "timeline = { start = 2026-01-01, end = 2031-12-31, step = \"year\" }\n\
        revenue.gbm = { initial = 24, growth = 0.3, volatility = 0.35 }\n\
        agreement = { share = 0.2, cap = 38 }\n\
        simulation = { points = 64, replicates = 16 }\n";
    let estimates = |points: u64, replicates: u32, seed: u64| {
        let changes = [
            format!("simulation.points={points}"),
            format!("simulation.replicates={replicates}"),
            format!("simulation.seed={seed}"),
        ];
        let scenario = Scenario::parse("a.toml", "a", text, &changes).unwrap();
        let smooth = smooth(&scenario.simulation(), &()).unwrap().unwrap();
        [
            smooth.reached_by(scenario.timeline.end()),
            smooth.total(Total::Paid).unwrap(),
            smooth.date_quantile(0.5).unwrap().estimate(),
        ]
    };
    let truth = estimates(8192, 32, 1_000_000);
    for points in [16, 64, 256] {
        let seeds = (1..=1000).into_par_iter();
        let covered = seeds.map(|seed| {
            let each = estimates(points, 16, seed).into_iter().zip(truth);
            let covers = each.map(|(estimate, truth)| {
                let (low, high) = estimate.interval(0.95);
                u32::from(low <= truth.mean && truth.mean <= high)
            });
            covers.collect::<Vec<u32>>()
        });
        let zero = || vec![0; 3];
        let add = |a: Vec<u32>, b: Vec<u32>| a.iter().zip(b).map(|(a, b)| a + b).collect();
        let covered = covered.reduce(zero, add);
        println!("{points} points: {covered:?}");
        for covered in covered {
            assert!((930..=970).contains(&covered), "{points} points: {covered}");
        }
    }
}

#[test]
fn the_base_job_is_precise() {
    let text = include_str!("../benches/peers/base.toml");
    for (points, most, days) in [
        (16, 1e-4, 0.3),
        (64, 4e-5, 0.1),
        (256, 1e-5, 0.02),
        (4096, 8e-7, 0.002),
    ] {
        let changes = [format!("simulation.points={points}")];
        let scenario = Scenario::parse("a.toml", "a", text, &changes).unwrap();
        let smooth = smooth(&scenario.simulation(), &()).unwrap().unwrap();
        let error = smooth.reached_by(scenario.timeline.end()).std_error;
        assert!(error <= most, "{points} points: {error}");
        let error = smooth.date_quantile(0.5).unwrap().estimate().std_error;
        assert!(error < days, "{points} points: {error} days");
    }
}

#[test]
fn what_can_only_be_counted_says_why() {
    let agreement = "agreement = { share = 0.2, cap = 38 }\n";
    let growth = "revenue.growth = { initial = 24, growth = 0.5, long_run_growth = 0.1, \
        half_life = 1.3, volatility = 0.1, growth_volatility = 0.3, shock_correlation = -0.9 }";
    let segments = "[[revenue]]\nname = \"a\"\ngbm = { initial = 10, growth = 0.5, volatility = 0.3 }\n\
        [[revenue]]\nname = \"b\"\ngbm = { initial = 1, growth = 0.4, volatility = 0.1 }\n\
        [correlation]\nsegments = [[\"a\", \"b\", -0.9]]";
    let varying =
        "revenue.gbm = { initial = 24, growth = 0.5, volatility = { uniform = [0.1, 0.3] } }";
    let certain = "revenue.gbm = { initial = 24, growth = 0.5, volatility = 0 }";
    for (revenue, reason) in [
        (growth, Counting::NegativeLoading),
        (segments, Counting::NegativeLoading),
        (varying, Counting::Varying),
        (certain, Counting::NearlyCertain),
    ] {
        let scenario = scenario(&format!("{agreement}{MONTHS}{revenue}\n"));
        assert_eq!(
            smooth(&scenario.simulation(), &()).unwrap().unwrap_err(),
            reason,
            "{revenue}"
        );
    }
    let gbm = "revenue.gbm = { initial = 24, growth = 0.5, volatility = 0.3 }\n";
    for clause in [
        "threshold = 10",
        "annual_cap = 9",
        "annual_minimum = 2",
        "share = { by_paid = [{ rate = 0.2 }, { above = 20, rate = 0.1 }] }",
        "cap = { amount = 38, escalation = 0.1 }",
    ] {
        let key = clause.split(' ').next().unwrap();
        let others = ["share = 0.2", "cap = 38"].into_iter();
        let others: Vec<&str> = others.filter(|other| !other.starts_with(key)).collect();
        let agreement = format!("agreement = {{ {}, {clause} }}\n", others.join(", "));
        let text = format!("{agreement}{MONTHS}{gbm}");
        let scenario = scenario(&text);
        let reason = smooth(&scenario.simulation(), &()).unwrap().unwrap_err();
        assert_eq!(reason, Counting::Clauses, "{text}");
    }
    let changes = ["simulation.sampler=\"random\"".to_owned()];
    let text = format!("{agreement}{MONTHS}{gbm}");
    let scenario = Scenario::parse("a.toml", "a", &text, &changes).unwrap();
    let reason = smooth(&scenario.simulation(), &()).unwrap().unwrap_err();
    assert_eq!(reason, Counting::PseudoRandom);
}
