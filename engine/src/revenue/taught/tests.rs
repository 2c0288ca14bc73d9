use super::*;
use crate::revenue::futures::testing::{PERIODS, figure, moments, paths, timeline};
use crate::revenue::{Gbm, Known, Observe, Segment};
use crate::units::{Correlation, Parameter};

/// Two segments whose run rates walk without growth, observed at the end of each year.
fn two(initial: [f64; 2], volatility: [f64; 2], correlation: f64) -> Segments {
    let segment = |i: usize| Segment {
        name: ["one", "other"][i].to_owned(),
        model: Model::Gbm(Gbm::new(
            Parameter::Fixed(initial[i]),
            Parameter::Fixed(0.0),
            Parameter::Fixed(volatility[i]),
            Observe::End,
            &timeline(),
        )),
    };
    let correlation = Correlation::new(2, &[(0, 1, correlation)]).unwrap();
    Segments::new(vec![segment(0), segment(1)], &correlation)
}

fn given(segments: Segments, figures: &[Reported]) -> Segments {
    segments.given(PERIODS, figures.to_vec(), &[]).unwrap()
}

#[test]
fn a_figure_of_one_segment_teaches_the_other_by_regression() {
    let (volatility, correlation) = ([0.2, 0.5], 0.6);
    let segments = given(
        two([10.0, 20.0], volatility, correlation),
        &[figure(Some(0), 0, 13.0, 0.0)],
    );
    let surprise = ln(1.3) + 0.5 * 0.04;
    let taught = segments.taught().unwrap();
    assert!((taught.news[0].surprise - surprise).abs() < 1e-12);
    let density = -0.5 * (surprise * surprise / 0.04 + ln(0.04));
    assert!((taught.evidence().log_density - density).abs() < 1e-12);
    let beliefs = segments.beliefs().unwrap();
    let slope = correlation * volatility[1] / volatility[0];
    let left = volatility[1] * (1.0 - correlation * correlation).sqrt();
    assert!((beliefs.means[0] - surprise).abs() < 1e-12, "{beliefs:?}");
    assert!(
        (beliefs.means[1] - slope * surprise).abs() < 1e-12,
        "{beliefs:?}"
    );
    assert!(beliefs.deviations[0] < 1e-8, "{beliefs:?}");
    assert!((beliefs.deviations[1] - left).abs() < 1e-12, "{beliefs:?}");
    // Paths, and what is expected, are these.
    let expected = segments.expected_of_each(&[]);
    let central = slope * surprise - 0.5 * volatility[1] * volatility[1];
    let wanted = 20.0 * exp(central + 0.5 * left * left);
    assert!(
        (expected[1][0] / wanted - 1.0).abs() < 1e-12,
        "{expected:?}"
    );
    assert!((expected[0][2] - 13.0).abs() < 1e-9, "{expected:?}");
    let rows = paths(&Model::Segments(segments), 0, 400);
    assert!(rows[PERIODS].iter().all(|r| *r == 13.0));
    let logs: Vec<f64> = rows[2 * PERIODS].iter().map(|r| ln(r / 20.0)).collect();
    let (mean, deviation) = moments(&logs);
    let error = left / (logs.len() as f64).sqrt();
    assert!((mean - central).abs() < 4.0 * error, "{mean} {central}");
    assert!((deviation / left - 1.0).abs() < 0.05, "{deviation} {left}");
    for (k, total) in rows[0].iter().enumerate() {
        assert_eq!(*total, rows[PERIODS][k] + rows[2 * PERIODS][k]);
    }
}

#[test]
fn the_sum_of_segments_that_move_as_one_is_known_exactly() {
    let segments = given(
        two([10.0, 20.0], [0.3, 0.3], 1.0),
        &[figure(None, 0, 36.0, 0.0)],
    );
    let taught = segments.taught().unwrap();
    let futures = taught.futures().unwrap();
    let effective = futures.effective() / FUTURES as f64;
    assert!((effective - 1.0).abs() < 1e-9, "{effective}");
    let surprise = ln(1.2) + 0.5 * 0.09;
    let density = -0.5 * (surprise * surprise / 0.09 + ln(0.09));
    assert!((taught.evidence().log_density - density).abs() < 1e-9);
    let model = Model::Segments(segments);
    let rows = paths(&model, 0, 50);
    for (k, total) in rows[0].iter().enumerate() {
        assert!((total - 36.0).abs() < 1e-11, "{total}");
        assert!((rows[PERIODS][k] - 12.0).abs() < 1e-11);
    }
}

#[test]
fn the_sum_of_segments_is_divided_as_bayes_says() {
    // Independent segments, one of them wild: given their sum, the density of the share of
    // the first is the product of two log-normal ones, integrated here on a fine grid.
    let (initial, volatility) = ([10.0, 20.0], [0.15, 0.6]);
    for error in [0.0, 0.1] {
        let segments = given(
            two(initial, volatility, 0.0),
            &[figure(None, 0, 42.0, error)],
        );
        let taught = segments.taught().unwrap();
        let normal = |z: f64| exp(-0.5 * z * z);
        let (mut density, mut first) = (0.0, 0.0);
        let density_at = |one: f64, sum: f64| {
            let z = |i: usize, revenue: f64| {
                (ln(revenue / initial[i]) + 0.5 * volatility[i] * volatility[i]) / volatility[i]
            };
            let other = sum - one;
            // Of the logarithm of the sum.
            sum * normal(z(0, one)) / (one * volatility[0]) * normal(z(1, other))
                / (other * volatility[1])
        };
        let steps = 2000;
        let errors: Vec<(f64, f64)> = match error > 0.0 {
            false => vec![(0.0, 1.0)],
            true => (0..801)
                .map(|i| {
                    let z = f64::from(i - 400) / 80.0;
                    (
                        error * z,
                        normal(z) / 80.0 / (2.0 * std::f64::consts::PI).sqrt(),
                    )
                })
                .collect(),
        };
        for (off, weight) in errors {
            let sum = 42.0 * exp(-off);
            for i in 0..steps {
                let one = sum * (f64::from(i) + 0.5) / f64::from(steps);
                let own = weight * density_at(one, sum) * sum / f64::from(steps);
                density += own;
                first += own * one;
            }
        }
        // The constant ½ ln 2π is left out once; the two normals have two.
        let evidence = ln(density / (2.0 * std::f64::consts::PI).sqrt());
        let found = taught.evidence();
        assert!(found.relative_error < 0.02, "{found:?}");
        assert!(
            (found.log_density - evidence).abs() < 4.0 * found.relative_error,
            "{found:?} {evidence}"
        );
        let effective = taught.futures().unwrap().effective();
        assert!(effective > 4000.0, "{effective}");
        let expected = segments.expected_of_each(&[])[0][0];
        let wanted = first / density;
        let spread = 1.5 / effective.sqrt();
        assert!(
            (expected - wanted).abs() < 4.0 * spread,
            "{expected} {wanted}"
        );
        if error == 0.0 {
            let rows = paths(&Model::Segments(segments), 0, 50);
            assert!(rows[0].iter().all(|total| (total - 42.0).abs() < 1e-11));
        }
    }
}

#[test]
fn figures_of_segments_and_of_all_stand_beside_each_other_and_after_a_past() {
    let figures = [figure(Some(1), 0, 25.0, 0.0), figure(None, 0, 36.0, 0.0)];
    let of_both = given(two([10.0, 20.0], [0.3, 0.3], 0.5), &figures);
    let rows = paths(&Model::Segments(of_both), 0, 20);
    assert!(rows[PERIODS].iter().all(|r| (r - 11.0).abs() < 1e-10));
    // The third says what the two have said.
    let twice = [figures.to_vec(), vec![figure(Some(0), 0, 11.0, 0.0)]].concat();
    let again = two([10.0, 20.0], [0.3, 0.3], 0.5).given(PERIODS, twice, &[]);
    assert!(matches!(again, Err(ConditionError::Exact(_))), "{again:?}");
    // Periods of a figure are counted after the past.
    let rest = timeline().after(1);
    let segment = |name: &str, past: f64| {
        let fixed = Parameter::Fixed;
        let gbm = Gbm::new(fixed(10.0), fixed(0.0), fixed(0.2), Observe::End, &rest);
        Segment {
            name: name.to_owned(),
            model: Model::Known(Known::new(vec![past], 0.0, Model::Gbm(gbm)).unwrap()),
        }
    };
    let correlation = Correlation::new(2, &[]).unwrap();
    let segments = Segments::new(
        vec![segment("one", 8.0), segment("other", 9.0)],
        &correlation,
    );
    for of in [Some(0), None] {
        let given = segments
            .clone()
            .given(2, vec![figure(of, 0, 12.0, 0.0)], &[])
            .unwrap();
        let expected = given.expected_of_each(&[]);
        assert_eq!((expected[0].len(), expected[0][0]), (3, 8.0));
        let rows = paths(&Model::Segments(given), 0, 20);
        assert!(rows[PERIODS].iter().all(|r| *r == 8.0));
        let row = if of.is_some() { PERIODS + 1 } else { 1 };
        assert!(rows[row].iter().all(|r| (r - 12.0).abs() < 1e-11));
    }
}
