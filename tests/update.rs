//! What a reported figure does to a scenario: calibration of what is learned, steps that
//! add up, and updates that come to the same in any order.

use capbind::math::{ln, normal_cdf};
use capbind::revenue::{Conditioned, Model, Reported};
use capbind::scenario::Scenario;
use capbind::simulate::{
    ContractQuantity, FlatShare, Measure, Ordering, Total, evaluate, replay_path, run_each,
};
use capbind::stats::MeanEstimate;
use capbind::study::{
    Base, Figure, FigureKind, PlannedYear, Posterior, Update, UpdateAsked, Why, runs, update,
};
use capbind::units::{Date, LANES};
use random::normals;
use rayon::prelude::*;

/// Standard normals from a counter, by the library's own inverse distribution.
mod random {
    use capbind::math::inverse_normal_cdf_from_bits;

    pub fn normals(seed: u64, count: usize) -> Vec<f64> {
        // SplitMix64 (Steele, Lea and Flood 2014).
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        (0..count)
            .map(|_| inverse_normal_cdf_from_bits(next()))
            .collect()
    }
}

const SCENARIO: &str = r#"
title = "A fifth of revenue"
unit = "billion"
[timeline]
start = 2026-01-01
end = 2030-12-31
step = "month"
[revenue.forecast]
annual = { 2026 = 28, 2027 = 46, 2028 = 69, 2029 = 96, 2030 = 127 }
observed = [{ start = 2026-01-01, end = 2026-03-31, revenue = 5.7 }]
volatility = 0.15
growth_uncertainty = 0.10
[agreement]
share = 0.20
cap = 38
payment = { every = "quarter", lag_months = 3 }
[simulation]
points = 256
seed = 5
[valuation]
date = 2026-04-01
discount_rate = 0.09
"#;

fn base(overrides: &[&str]) -> Base {
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    Base::new("a.toml", "a", SCENARIO, &overrides)
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn figure(first: &str, last: &str, value: f64) -> Figure {
    Figure {
        first_day: day(first),
        last_day: day(last),
        kind: FigureKind::Period,
        value,
        error: None,
        line: 0,
    }
}

fn second_quarter() -> Figure {
    figure("2026-04-01", "2026-06-30", 6.4)
}

fn asked(figures: &[Figure]) -> UpdateAsked {
    UpdateAsked {
        figures: figures.to_vec(),
        ..UpdateAsked::default()
    }
}

fn moved(found: &Update, measure: Measure) -> capbind::study::Moved {
    let all = found.agreements[0].moved.iter();
    all.clone().find(|m| m.measure == measure).unwrap().clone()
}

/// For each path of a strip of shocks, with two quarters of it reported: the probability
/// that is then given to less than its revenue in two later months.
fn transforms(model: &Model, periods: usize, strip: &[f64]) -> Vec<[f64; 2]> {
    let shocks: Vec<[f64; LANES]> = strip
        .chunks_exact(LANES)
        .map(|row| row.try_into().unwrap())
        .collect();
    let mut revenue = vec![[0.0; LANES]; model.rows(periods)];
    model.generate(&[], &shocks, &mut revenue);
    let transformed = |lane: usize| {
        let reported = [3..6, 6..9].map(|range: std::ops::Range<usize>| Reported {
            revenue: range.clone().map(|k| revenue[k][lane]).sum(),
            periods: range,
            error: 0.0,
            segment: None,
        });
        let given = Conditioned::new(model.clone(), periods, reported.to_vec()).unwrap();
        let response = Model::Conditioned(given).response(&[]);
        [9, 47].map(|month: usize| {
            let row = &response.by_shock[month];
            let deviation = row.iter().map(|b| b * b).sum::<f64>().sqrt();
            let off = ln(revenue[month][lane]) - ln(response.revenue[month]);
            normal_cdf(off / deviation)
        })
    };
    (0..LANES).map(transformed).collect()
}

#[test]
fn what_is_learned_is_calibrated() {
    // Truth drawn from the model, two quarters reported as the true sums of their months:
    // where the truth lies in what is then known of later years is uniform, for a month
    // and under every part of the errors.
    let structures: [&[&str]; 3] = [
        &[],
        &[
            "revenue.forecast.persistence=0.6",
            "revenue.forecast.level_uncertainty=0.1",
        ],
        &[
            "revenue.forecast.annual_uncertainty=0.08",
            "revenue.forecast.preserve=median",
        ],
    ];
    for (s, overrides) in structures.into_iter().enumerate() {
        let scenario = base(overrides).with(&[]).unwrap();
        let (model, periods) = (&scenario.model, scenario.timeline.periods().len());
        let strip = model.shocks() * LANES;
        let drawn = normals(11 + s as u64, 10 * strip);
        let each: Vec<Vec<[f64; 2]>> = drawn
            .par_chunks_exact(strip)
            .map(|strip| transforms(model, periods, strip))
            .collect();
        let ranks =
            [0, 1].map(|i| -> Vec<f64> { each.iter().flatten().map(|both| both[i]).collect() });
        for mut ranks in ranks {
            ranks.sort_by(f64::total_cmp);
            let n = ranks.len() as f64;
            let gap = ranks.iter().enumerate().map(|(i, rank)| {
                let (low, high) = (i as f64 / n, (i + 1) as f64 / n);
                (rank - low).abs().max((high - rank).abs())
            });
            // Kolmogorov and Smirnov, at 1 %; 90 % within three standard errors.
            let distance = gap.fold(0.0, f64::max) * n.sqrt();
            let inside = ranks.iter().filter(|r| (0.05..=0.95).contains(*r)).count() as f64;
            let said = format!("{overrides:?}: {distance:.2}, {:.3} inside", inside / n);
            assert!(distance < 1.63, "{said}");
            assert!((inside / n - 0.9).abs() < 3.0 * (0.09 / n).sqrt(), "{said}");
        }
    }
}

#[test]
fn the_steps_add_up_to_the_change() {
    let everything = UpdateAsked {
        of_segments: Vec::new(),
        figures: vec![second_quarter()],
        as_of: Some(day("2026-11-23")),
        plan: vec![PlannedYear {
            year: 2027,
            revenue: 44.0,
        }],
        changes: vec![
            "agreement.cap=36".to_owned(),
            "valuation.discount_rate=0.08".to_owned(),
        ],
    };
    for overrides in [&[][..], &["agreement.annual_minimum=1"]] {
        let found = update(&base(overrides), &everything, &()).unwrap();
        let own = &found.agreements[0];
        for moved in &own.moved {
            let sum: f64 = moved.why.iter().map(|(_, step)| step.mean).sum();
            let size = moved.before.mean.abs().max(1.0);
            assert!((sum - moved.change.mean).abs() <= 1e-9 * size, "{moved:?}");
            let apart = moved.after.mean - moved.before.mean;
            assert!(
                (apart - moved.change.mean).abs() <= 1e-9 * size,
                "{moved:?}"
            );
            assert!(moved.why.iter().all(|(_, step)| step.std_error.is_finite()));
        }
        let value = moved(&found, Measure::PRESENT_VALUE);
        let whys: Vec<Why> = value.why.iter().map(|(why, _)| *why).collect();
        let of_one = Why::ALL.into_iter().filter(|why| *why != Why::Weights);
        assert_eq!(whys, of_one.collect::<Vec<Why>>());
        let rolled = own.rolled.as_ref().unwrap();
        let inputs: f64 = rolled.inputs.iter().map(|(_, step)| step.mean).sum();
        let closing = rolled.opening.mean - rolled.payments.mean + rolled.unwinding.mean + inputs;
        assert!((closing - rolled.closing.mean).abs() < 1e-9);
        // The first two quarters' shares are due by then, known to the cent.
        assert!(
            (rolled.payments.mean - 0.2 * (5.7 + 6.4)).abs() < 0.2,
            "{rolled:?}"
        );
        // Time passes for money alone.
        let paid = moved(&found, Measure::PAID);
        let time = paid.why.iter().find(|(why, _)| *why == Why::Time).unwrap();
        assert_eq!(time.1.mean, 0.0);
    }
}

#[test]
fn time_unwinds_the_discount() {
    // Nothing is due before the last day of June.
    let asked = UpdateAsked {
        as_of: Some(day("2026-06-01")),
        ..UpdateAsked::default()
    };
    let found = update(&base(&[]), &asked, &()).unwrap();
    let value = moved(&found, Measure::PRESENT_VALUE);
    let years = day("2026-06-01").years_since(day("2026-04-01"));
    let ratio = value.after.mean / value.before.mean;
    assert!((ratio - 1.09f64.powf(years)).abs() < 1e-12);
    assert_eq!(value.why[0].0, Why::Time);
    let payments = value.why.iter().find(|(why, _)| *why == Why::Payments);
    assert_eq!(payments.unwrap().1.mean, 0.0);
}

#[test]
fn two_updates_at_once_are_one_after_the_other() {
    let third = figure("2026-07-01", "2026-09-30", 7.3);
    let both = update(&base(&[]), &asked(&[third, second_quarter()]), &()).unwrap();
    let first = update(&base(&[]), &asked(&[second_quarter()]), &()).unwrap();
    let kept: Vec<&str> = first.changes.iter().map(String::as_str).collect();
    let after = update(&base(&kept), &asked(&[third]), &()).unwrap();
    assert_eq!(both.after.model, after.after.model);
    for measure in [Measure::PRESENT_VALUE, Measure::PAID, Measure::Binding] {
        let (one, other) = (moved(&both, measure), moved(&after, measure));
        assert_eq!(one.after, other.after);
        assert_eq!(moved(&first, measure).after, other.before);
    }
    let learned = after.learned.unwrap();
    let new: Vec<bool> = learned.figures.iter().map(|f| f.is_new).collect();
    assert_eq!(new, [false, true]);
}

#[test]
fn a_poor_quarter_lowers_the_years_ahead_and_a_plan_begins_anew() {
    let found = update(&base(&[]), &asked(&[second_quarter()]), &()).unwrap();
    let expected = |scenario: &Scenario| scenario.model.expected(&[]);
    let (before, after) = (expected(&found.before), expected(&found.after));
    assert!(after[59] < before[59]);
    let learned = found.learned.as_ref().unwrap();
    let Posterior::Errors(beliefs) = &learned.posterior else {
        panic!("{:?}", learned.posterior);
    };
    assert!(beliefs.means.iter().all(|mean| *mean < 0.0));
    assert!(beliefs.correlations[1] < 0.0);
    let excess = moved(&found, Measure::Total(Total::Excess));
    assert!(excess.change.mean < -5.0 * excess.change.std_error);
    // A plan made with the figure known has its errors from there on.
    let planned = UpdateAsked {
        plan: vec![PlannedYear {
            year: 2027,
            revenue: 46.0,
        }],
        ..asked(&[second_quarter()])
    };
    let found = update(&base(&[]), &planned, &()).unwrap();
    let Model::Forecast(forecast) = &found.after.model else {
        panic!("a plan is a forecast");
    };
    assert_eq!(forecast.observed().len(), 2);
    let year: f64 = forecast.plan()[12..24].iter().sum();
    assert!((year - 46.0).abs() < 1e-9);
}

/// Scenarios whose log revenue is linear in normals only once more is known.
fn not_linear() -> [String; 2] {
    let own = SCENARIO.split("[revenue.forecast]").next().unwrap();
    let rest = &SCENARIO[SCENARIO.find("[agreement]").unwrap()..];
    let uncertain = SCENARIO
        .replace(
            "volatility = 0.15",
            "volatility = { uniform = [0.05, 0.35] }",
        )
        .replace(
            "uncertainty = 0.10",
            "uncertainty = { uniform = [0.05, 0.2] }",
        );
    let jumps = "[revenue.jump]\ninitial = 24\ngrowth = 0.4\nvolatility = 0.15\n\
                 jumps_per_year = 0.5\njump_mean = -0.3\njump_sd = 0.1\n";
    [uncertain, format!("{own}{jumps}{rest}")]
}

#[test]
fn what_is_not_linear_learns_by_weighing_futures() {
    let asked = UpdateAsked {
        as_of: Some(day("2026-11-23")),
        changes: vec!["agreement.cap=36".to_owned()],
        ..asked(&[second_quarter()])
    };
    for text in not_linear() {
        let base = |overrides: &[String]| Base::new("a.toml", "a", &text, overrides);
        let found = update(&base(&[]), &asked, &()).unwrap();
        for moved in &found.agreements[0].moved {
            let sum: f64 = moved.why.iter().map(|(_, step)| step.mean).sum();
            let size = moved.before.mean.abs().max(1.0);
            assert!((sum - moved.change.mean).abs() <= 1e-9 * size, "{moved:?}");
            assert!(moved.why.iter().all(|(_, step)| step.std_error.is_finite()));
        }
        let Posterior::Inputs { effective, .. } = &found.learned.as_ref().unwrap().posterior else {
            panic!("{:?}", found.learned);
        };
        assert!((1000.0..8192.0).contains(effective), "{effective}");
        // The scenario that is kept has this answer, to the last bit.
        let again = base(&found.changes).with(&[]).unwrap();
        assert_eq!(again.model, found.after.model);
        // The quarter is as reported on every path.
        let results = capbind::simulate::run(&again.simulation(), &()).unwrap();
        let revenue: f64 = (3..6)
            .map(|k| {
                let slot = capbind::simulate::Slot::Period(k);
                let quantity = capbind::simulate::Quantity::Revenue;
                let found = results.agreements[0].quantity(quantity, slot).unwrap();
                found.estimate.mean
            })
            .sum();
        assert!((revenue - 6.4).abs() < 1e-9, "{revenue}");
        // One pass over many terms weighs the same futures, replicate by replicate.
        let share = FlatShare {
            share: 0.2,
            cap: 36.0,
            paid_before: 0.0,
            expiry: again.timeline.end(),
        };
        let pass = evaluate(&again.simulation(), &[share], &()).unwrap();
        let pass = pass.estimate(0, ContractQuantity::TotalPaid);
        let run = results.agreements[0].total(Total::Paid).unwrap().estimate;
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-9;
        assert!(close(pass.mean, run.mean), "{pass:?} {run:?}");
        assert!(close(pass.std_error, run.std_error), "{pass:?} {run:?}");
    }
}

#[test]
fn weighed_futures_are_calibrated() {
    // As for the exact ones: where truths lie in what is then known is uniform. Truths are
    // runs of the model, the posterior is that of its futures.
    let text = "revenue.forecast.volatility={ uniform = [0.05, 0.35] }";
    let scenario = base(&[text, "simulation.points=64", "simulation.replicates=4"]);
    let scenario = scenario.with(&[]).unwrap();
    let truths = capbind::simulate::replay(&scenario.simulation(), 160, &()).unwrap();
    let ranks: Vec<f64> = truths
        .par_iter()
        .map(|truth| {
            let quarter: f64 = truth.revenue[3..6].iter().sum();
            let figure = format!(
                "revenue.reported=[{{ start = 2026-04-01, end = 2026-06-30, revenue = {quarter} }}]"
            );
            let given = base(&[text, &figure, "simulation.points=64"])
                .with(&[])
                .unwrap();
            let known = capbind::simulate::replay(&given.simulation(), 1024, &()).unwrap();
            let below = known
                .iter()
                .filter(|own| own.revenue[47] < truth.revenue[47]);
            below.count() as f64 / known.len() as f64
        })
        .collect();
    let n = ranks.len() as f64;
    let mut sorted = ranks.clone();
    sorted.sort_by(f64::total_cmp);
    let gap = sorted.iter().enumerate().map(|(i, rank)| {
        let (low, high) = (i as f64 / n, (i + 1) as f64 / n);
        (rank - low).abs().max((high - rank).abs())
    });
    let distance = gap.fold(0.0, f64::max) * n.sqrt();
    assert!(distance < 1.63, "{distance}");
}

#[test]
fn what_is_nothing_new_or_no_revenue_is_refused() {
    let refused = |asked: &UpdateAsked, words: &str| {
        let error = update(&base(&[]), asked, &()).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    refused(&UpdateAsked::default(), "nothing is new");
    let twice = asked(&[second_quarter(), figure("2026-06-01", "2026-08-31", 7.0)]);
    refused(&twice, "of the same days");
    let set = |change: &str| UpdateAsked {
        changes: vec![change.to_owned()],
        ..UpdateAsked::default()
    };
    refused(&set("valuation.date=2027-01-01"), "time passes");
    refused(
        &set("simulation.points=64"),
        "no key that an answer moves by",
    );
    let back = UpdateAsked {
        as_of: Some(day("2026-01-01")),
        ..UpdateAsked::default()
    };
    refused(&back, "before the scenario's valuation date");
    refused(
        &asked(&[figure("2026-01-01", "2026-03-31", 5.8)]),
        "nothing was uncertain",
    );
}

/// Two segments that move together, the second with jumps where asked.
fn in_segments(other: &str) -> String {
    let own = SCENARIO.split("[revenue.forecast]").next().unwrap();
    let rest = &SCENARIO[SCENARIO.find("[agreement]").unwrap()..];
    format!(
        "{own}[[revenue]]\nname = \"old\"\n[revenue.forecast]\n\
         annual = {{ 2026 = 18, 2027 = 26, 2028 = 34, 2029 = 42, 2030 = 50 }}\n\
         volatility = 0.15\ngrowth_uncertainty = 0.10\n\
         [[revenue]]\nname = \"new\"\n{other}\n\
         [correlation]\nsegments = [[\"old\", \"new\", 0.5]]\n{rest}"
    )
}

const NEW: &str = "[revenue.forecast]\n\
    annual = { 2026 = 10, 2027 = 20, 2028 = 35, 2029 = 54, 2030 = 77 }\n\
    volatility = 0.40\ngrowth_uncertainty = 0.25";
const NEW_WITH_JUMPS: &str = "[revenue.jump]\ninitial = 7\ngrowth = 0.8\nvolatility = 0.3\n\
    jumps_per_year = 0.5\njump_mean = -0.3\njump_sd = 0.1";

fn of_segment(name: &str, value: f64) -> UpdateAsked {
    UpdateAsked {
        of_segments: vec![(name.to_owned(), figure("2026-04-01", "2026-06-30", value))],
        ..UpdateAsked::default()
    }
}

/// The mean revenue of the second quarter, of all or of a segment.
fn quarter(scenario: &Scenario, segment: Option<usize>) -> (f64, f64) {
    let paths = capbind::simulate::replay(&scenario.simulation(), 256, &()).unwrap();
    let periods = scenario.timeline.periods().len();
    let sums: Vec<f64> = paths
        .iter()
        .map(|path| match segment {
            Some(s) => path.segments[s * periods + 3..s * periods + 6].iter().sum(),
            None => path.revenue[3..6].iter().sum(),
        })
        .collect();
    let least = sums.iter().copied().fold(f64::INFINITY, f64::min);
    (least, sums.iter().copied().fold(0.0, f64::max))
}

#[test]
fn segments_learn_from_their_own_figures_and_from_the_whole() {
    let text = in_segments(NEW);
    let base = |overrides: &[String]| Base::new("a.toml", "a", &text, overrides);
    // One of them, exactly.
    let found = update(&base(&[]), &of_segment("new", 1.6), &()).unwrap();
    let learned = found.learned.as_ref().unwrap();
    let Posterior::Errors(beliefs) = &learned.posterior else {
        panic!("{:?}", learned.posterior);
    };
    assert_eq!(beliefs.parts.len(), 4);
    assert!(beliefs.means.iter().all(|mean| *mean < 0.0), "{beliefs:?}");
    assert_eq!(learned.figures[0].segment.as_deref(), Some("new"));
    let (least, most) = quarter(&found.after, Some(1));
    assert!((least - 1.6).abs() < 1e-9 && (most - 1.6).abs() < 1e-9);
    let expected = |scenario: &Scenario| scenario.model.expected_by_segment(&[]);
    let (before, after) = (expected(&found.before), expected(&found.after));
    assert!((0..2).all(|s| after[s][59] < before[s][59]));
    // All of them, and what else there is to weigh.
    for (text, asked) in [
        (text.clone(), asked(&[second_quarter()])),
        (in_segments(NEW_WITH_JUMPS), asked(&[second_quarter()])),
    ] {
        let base = |overrides: &[String]| Base::new("a.toml", "a", &text, overrides);
        let found = update(&base(&[]), &asked, &()).unwrap();
        for moved in &found.agreements[0].moved {
            let sum: f64 = moved.why.iter().map(|(_, step)| step.mean).sum();
            let size = moved.before.mean.abs().max(1.0);
            assert!((sum - moved.change.mean).abs() <= 1e-9 * size, "{moved:?}");
            assert!(moved.why.iter().all(|(_, step)| step.std_error.is_finite()));
        }
        let Posterior::Inputs { effective, beliefs } = &found.learned.as_ref().unwrap().posterior
        else {
            panic!("{:?}", found.learned);
        };
        assert!((1000.0..8192.0).contains(effective), "{effective}");
        assert!(beliefs.iter().any(|own| own.name == "old.growth_error"));
        let (least, most) = quarter(&found.after, None);
        assert!((least - 6.4).abs() < 1e-9 && (most - 6.4).abs() < 1e-9);
        let (least, most) = quarter(&found.after, Some(0));
        assert!(most - least > 0.1, "the quarter is shared out in one way");
        // The scenario that is kept has this answer.
        let again = base(&found.changes).with(&[]).unwrap();
        assert_eq!(again.model, found.after.model);
    }
    // At once, and one after the other.
    let both = UpdateAsked {
        of_segments: vec![("new".to_owned(), figure("2026-07-01", "2026-09-30", 2.3))],
        ..asked(&[second_quarter()])
    };
    let at_once = update(&base(&[]), &both, &()).unwrap();
    let first = update(&base(&[]), &asked(&[second_quarter()]), &()).unwrap();
    let then = UpdateAsked {
        figures: Vec::new(),
        ..both.clone()
    };
    let after = update(&base(&first.changes), &then, &()).unwrap();
    assert_eq!(at_once.after.model, after.after.model);
    let refused = update(&base(&[]), &of_segment("other", 1.0), &()).unwrap_err();
    assert!(refused.to_string().contains("there is no segment"));
}

#[test]
fn what_a_total_teaches_segments_is_calibrated() {
    let text = in_segments(NEW);
    let base = |overrides: &[String]| Base::new("a.toml", "a", &text, overrides);
    let few = ["simulation.points=64", "simulation.replicates=4"].map(str::to_owned);
    let scenario = base(&few).with(&[]).unwrap();
    let truths = capbind::simulate::replay(&scenario.simulation(), 160, &()).unwrap();
    let periods = scenario.timeline.periods().len();
    let each: Vec<[f64; 2]> = truths
        .par_iter()
        .map(|truth| {
            let quarter: f64 = truth.revenue[3..6].iter().sum();
            let figure = format!(
                "reported=[{{ start = 2026-04-01, end = 2026-06-30, revenue = {quarter} }}]"
            );
            let given = base(&["simulation.points=64".to_owned(), figure]);
            let given = given.with(&[]).unwrap();
            let known = capbind::simulate::replay(&given.simulation(), 1024, &()).unwrap();
            // Of a later month of all revenue, and of the smaller segment.
            let of =
                |path: &capbind::simulate::Path| [path.revenue[47], path.segments[periods + 5]];
            [0, 1].map(|i| {
                let below = known.iter().filter(|own| of(own)[i] < of(truth)[i]).count();
                below as f64 / known.len() as f64
            })
        })
        .collect();
    for i in 0..2 {
        let mut ranks: Vec<f64> = each.iter().map(|both| both[i]).collect();
        ranks.sort_by(f64::total_cmp);
        let n = ranks.len() as f64;
        let gap = ranks.iter().enumerate().map(|(i, rank)| {
            let (low, high) = (i as f64 / n, (i + 1) as f64 / n);
            (rank - low).abs().max((high - rank).abs())
        });
        let distance = gap.fold(0.0, f64::max) * n.sqrt();
        assert!(distance < 1.63, "{i}: {distance}");
    }
}

/// Two views of one run rate.
const CASES: &str = r#"
unit = "billion"
[timeline]
start = 2026-01-01
end = 2028-12-31
step = "year"
[revenue.gbm]
initial = 10
growth = 0.1
volatility = 0.2
observe = "end"
[agreement]
share = 0.2
cap = 7
[simulation]
points = 256
[valuation]
date = 2026-01-01
discount_rate = 0.09
[[case]]
name = "slow"
probability = 0.4
[[case]]
name = "fast one"
set = { revenue = { gbm = { growth = 0.5 } } }
"#;

/// The probability of the first case once the first year's revenue is known.
fn of_slow(revenue: f64) -> f64 {
    let density = |growth: f64| {
        let z = (ln(revenue / 10.0) - ln(1.0 + growth) + 0.02) / 0.2;
        (-0.5 * z * z).exp()
    };
    0.4 * density(0.1) / (0.4 * density(0.1) + 0.6 * density(0.5))
}

#[test]
fn the_probabilities_of_cases_move_by_bayes() {
    let base = |overrides: &[String]| Base::new("a.toml", "a", CASES, overrides);
    let year =
        |year: i16, value: f64| figure(&format!("{year}-01-01"), &format!("{year}-12-31"), value);
    let first = UpdateAsked {
        changes: vec!["agreement.cap=6.5".to_owned()],
        ..asked(&[year(2026, 11.0)])
    };
    let found = update(&base(&[]), &first, &()).unwrap();
    let [slow, fast] = found.cases.as_slice() else {
        panic!("{:?}", found.cases);
    };
    let wanted = of_slow(11.0);
    assert!(
        (slow.after.mean - wanted).abs() < 1e-12,
        "{slow:?} {wanted}"
    );
    assert_eq!(slow.after.std_error, 0.0);
    assert!((slow.before - 0.4).abs() < 1e-12 && (fast.before - 0.6).abs() < 1e-12);
    assert!((slow.after.mean + fast.after.mean - 1.0).abs() < 1e-12);
    assert!((found.after.cases[0].probability - wanted).abs() < 1e-12);
    assert!(found.steps.contains(&Why::Weights) && found.learned.is_none());
    for moved in &found.agreements[0].moved {
        let sum: f64 = moved.why.iter().map(|(_, step)| step.mean).sum();
        let size = moved.before.mean.abs().max(1.0);
        assert!((sum - moved.change.mean).abs() <= 1e-9 * size, "{moved:?}");
        assert!(moved.why.iter().all(|(_, step)| step.std_error.is_finite()));
        if moved.measure == Measure::PAID {
            let weights = moved.why.iter().find(|(why, _)| *why == Why::Weights);
            assert!(weights.unwrap().1.mean < -0.05, "{moved:?}");
        }
    }
    // Both years at once, and one after the other.
    let second = asked(&[year(2027, 14.0)]);
    let both = asked(&[year(2026, 11.0), year(2027, 14.0)]);
    let at_once = update(&base(&first.changes), &both, &()).unwrap();
    let then = update(&base(&found.changes), &second, &()).unwrap();
    for (one, other) in at_once.after.cases.iter().zip(&then.after.cases) {
        assert!((one.probability - other.probability).abs() < 1e-12);
        assert_eq!(one.scenario.model, other.scenario.model);
    }
    let refused = |asked: &UpdateAsked, words: &str| {
        let error = update(&base(&[]), asked, &()).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    let set = UpdateAsked {
        changes: vec!["revenue.gbm.growth=0.2".to_owned()],
        ..UpdateAsked::default()
    };
    refused(&set, "the case \"fast one\" sets");
    // Nothing learned, nothing weighed.
    let later = UpdateAsked {
        as_of: Some(day("2026-06-01")),
        ..UpdateAsked::default()
    };
    let found = update(&base(&[]), &later, &()).unwrap();
    assert!(!found.steps.contains(&Why::Weights));
    assert!(
        found
            .cases
            .iter()
            .all(|case| case.after.mean == case.before)
    );
}

#[test]
fn the_error_of_drawn_futures_is_in_what_the_weights_do() {
    let text = CASES.replace("volatility = 0.2", "volatility = { uniform = [0.1, 0.3] }");
    let base = Base::new("a.toml", "a", &text, &[]);
    let year = figure("2026-01-01", "2026-12-31", 12.0);
    let found = update(&base, &asked(&[year]), &()).unwrap();
    let slow = &found.cases[0];
    assert!(
        slow.after.std_error > 1e-4 && slow.after.std_error < 0.02,
        "{slow:?}"
    );
    assert!((slow.after.std_error - found.cases[1].after.std_error).abs() < 1e-12);
    // Each case as it is now, on the draws of the update.
    let ordering = Ordering::of(&found.before.simulation());
    let results = run_each(&runs(&found.after, Some(&ordering)), &()).unwrap();
    for measure in [Measure::PAID, Measure::Binding] {
        let means = |case: usize| {
            let found = results[case].agreements[0].get(measure).unwrap();
            found.means.to_vec()
        };
        let (own, other) = (means(0), means(1));
        let pairs = own.iter().zip(&other);
        let apart: Vec<f64> = pairs.map(|(own, other)| own - other).collect();
        let apart = MeanEstimate::of(&apart);
        let moved = moved(&found, measure);
        let weights = moved.why.iter().find(|(why, _)| *why == Why::Weights);
        let (_, step) = weights.unwrap();
        // The mixture is linear in the probability, and paths are drawn apart from futures.
        let of_paths = (slow.after.mean - slow.before) * apart.std_error;
        let of_futures = slow.after.std_error * apart.mean;
        let wanted = of_paths.hypot(of_futures);
        assert!(
            (step.std_error - wanted).abs() <= 1e-6 * wanted,
            "{} and {wanted}",
            step.std_error
        );
        assert!(of_futures.abs() > 0.1 * wanted, "{of_futures} {of_paths}");
        for all in [moved.after, moved.change] {
            assert!(all.std_error >= of_futures.abs(), "{moved:?}");
        }
    }
    // The median moves as the probability of having reached the cap by then does.
    let date = moved(&found, Measure::BindingDate);
    let weights = date.why.iter().find(|(why, _)| *why == Why::Weights);
    assert!(weights.is_some_and(|(_, step)| step.std_error > 0.0 && step.std_error < 30.0));
}

/// An update by the first of a scenario's periods that it can learn from, as one of its paths
/// has it.
fn by_some_figure(base: &Base, scenario: &Scenario) -> Option<Update> {
    let path = replay_path(&scenario.simulation(), 1)?;
    let periods = scenario.timeline.periods().iter().zip(&path.revenue);
    let mut asked =
        periods
            .take(12)
            .filter(|(_, revenue)| **revenue > 0.0)
            .map(|(period, revenue)| {
                asked(&[Figure {
                    first_day: period.first_day,
                    last_day: period.last_day,
                    error: Some(0.05),
                    ..figure("2026-01-01", "2026-03-31", *revenue)
                }])
            });
    asked.find_map(|asked| update(base, &asked, &()).ok())
}

#[test]
fn the_steps_of_all_scenarios_add_up() {
    let mut learned = Vec::new();
    let files = std::fs::read_dir("scenarios").unwrap();
    let mut files: Vec<String> = files
        .map(|file| file.unwrap().path().to_str().unwrap().to_owned())
        .filter(|path| path.ends_with(".toml"))
        .collect();
    files.sort();
    for path in &files {
        let text = std::fs::read_to_string(path).unwrap();
        let few = ["simulation.points=64", "simulation.replicates=4"].map(str::to_owned);
        let base = Base::new(path, "a", &text, &few);
        // A list of deals is no scenario.
        let Ok(scenario) = base.with(&[]) else {
            continue;
        };
        let mut all: Vec<Update> = by_some_figure(&base, &scenario).into_iter().collect();
        if !all.is_empty() {
            learned.push(path);
        }
        if let Some(valuation) = &scenario.valuation {
            let asked = UpdateAsked {
                as_of: Some(valuation.date.add_days(400)),
                ..UpdateAsked::default()
            };
            all.push(update(&base, &asked, &()).unwrap());
        }
        for found in all {
            for moved in found.agreements.iter().flat_map(|own| &own.moved) {
                let sum: f64 = moved.why.iter().map(|(_, step)| step.mean).sum();
                let size = moved.before.mean.abs().max(1.0);
                assert!((sum - moved.change.mean).abs() <= 1e-9 * size, "{moved:?}");
                let all = [moved.before, moved.after, moved.change];
                let steps = moved.why.iter().map(|(_, step)| *step);
                assert!(
                    all.into_iter()
                        .chain(steps)
                        .all(|own| own.std_error.is_finite())
                );
            }
            for rolled in found
                .agreements
                .iter()
                .filter_map(|own| own.rolled.as_ref())
            {
                let inputs: f64 = rolled.inputs.iter().map(|(_, change)| change.mean).sum();
                let sum = rolled.opening.mean - rolled.payments.mean + rolled.unwinding.mean;
                let off = sum + inputs - rolled.closing.mean;
                assert!(
                    off.abs() <= 1e-9 * rolled.opening.mean.abs().max(1.0),
                    "{rolled:?}"
                );
            }
        }
    }
    assert!(learned.len() >= 10, "{learned:?}");
}

#[test]
fn the_probabilities_of_cases_are_calibrated_where_futures_are_weighed() {
    // Over truths drawn from the mixture, a case is as likely as its mean posterior says.
    let text = CASES.replace("volatility = 0.2", "volatility = { uniform = [0.1, 0.3] }");
    let base = |overrides: &[String]| Base::new("a.toml", "a", &text, overrides);
    let whole = base(&[]).with(&[]).unwrap();
    let mut sum = 0.0;
    let mut seen = Vec::new();
    for case in &whole.cases {
        let paths = capbind::simulate::replay(&case.scenario.simulation(), 64, &()).unwrap();
        let each: Vec<(f64, f64)> = paths
            .par_iter()
            .map(|truth| {
                let asked = asked(&[figure("2026-01-01", "2026-12-31", truth.revenue[0])]);
                let few = ["simulation.points=64", "simulation.replicates=4"].map(str::to_owned);
                let found = update(&base(&few), &asked, &()).unwrap();
                (found.cases[0].after.mean, found.cases[0].after.std_error)
            })
            .collect();
        assert!(each.iter().any(|(_, error)| *error > 0.0 && *error < 0.05));
        let mean = each.iter().map(|(p, _)| p).sum::<f64>() / each.len() as f64;
        sum += case.probability * mean;
        seen.push(mean);
    }
    assert!((sum - 0.4).abs() < 0.05, "{sum}");
    assert!(seen[0] > seen[1] + 0.2, "{seen:?}");
}
