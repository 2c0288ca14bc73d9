use super::*;
use crate::math::ln;
use crate::revenue::FEWEST_FUTURES;
use crate::revenue::futures::testing::{figure, moments, paths, timeline};
use crate::revenue::{ErrorTerms, Forecast, ForecastPlan, Gbm, Jump, Observe};
use crate::units::{Distribution, Parameter};

/// A plan whose level is uncertain by one of two parts, which is an input.
fn of_unknown_spread(spreads: [f64; 2]) -> (Model, Vec<Input>) {
    let plan = ForecastPlan {
        annual: [(2026, 28.0), (2027, 46.0), (2028, 69.0)].into(),
        ..ForecastPlan::default()
    };
    let terms = ErrorTerms {
        level_uncertainty: Parameter::Uncertain(0),
        preserve: crate::revenue::Preserve::Median,
        ..ErrorTerms::default()
    };
    let forecast = Forecast::with_errors(&plan, terms, Observe::Mid, &timeline()).unwrap();
    let distribution = Distribution::discrete(&spreads, &[0.5, 0.5]).unwrap();
    let input = Input::new(
        "revenue.forecast.level_uncertainty".to_owned(),
        distribution,
    );
    (Model::Forecast(forecast), vec![input])
}

#[test]
fn an_uncertain_spread_is_weighed_by_bayes() {
    let (model, inputs) = of_unknown_spread([0.1, 0.4]);
    let surprise = 0.5f64;
    let given = figure(None, 0, 28.0 * surprise.exp(), 0.1);
    let weighed = Weighed::new(model, 3, vec![given], &inputs).unwrap();
    // By hand: the density of the surprise under either spread.
    let density = |spread: f64| {
        let variance = spread * spread + 0.01;
        (-0.5 * surprise * surprise / variance).exp() / variance.sqrt()
    };
    let [narrow, wide] = [0.1, 0.4].map(density);
    let chance = wide / (narrow + wide);
    let belief = &weighed.futures().beliefs()[0];
    let mean = 0.1 + 0.3 * chance;
    assert!((belief.now.mean - mean).abs() < 0.002, "{belief:?} {mean}");
    assert!((belief.before.mean - 0.25).abs() < 0.005, "{belief:?}");
    assert!((weighed.news()[0].surprise - surprise).abs() < 1e-12);
    // Half of the futures have either spread.
    let effective = (narrow + wide).powi(2) / (narrow.powi(2) + wide.powi(2)) / 2.0;
    let off = weighed.futures().effective() / (effective * FUTURES as f64) - 1.0;
    assert!(off.abs() < 0.03, "{off}");
    // Given the wide spread the level is normal; given the narrow one too.
    let level = |spread: f64| spread * spread / (spread * spread + 0.01) * surprise;
    let expected = (1.0 - chance) * level(0.1) + chance * level(0.4);
    let model = Model::Weighed(weighed);
    let logs: Vec<f64> = paths(&model, 1, 500)[2]
        .iter()
        .map(|r| ln(r / 69.0))
        .collect();
    let (mean, deviation) = moments(&logs);
    let error = deviation / (logs.len() as f64).sqrt() + 0.002;
    assert!((mean - expected).abs() < 3.0 * error, "{mean} {expected}");
    // What is expected is the mean of the paths.
    let revenue = moments(&paths(&model, 1, 500)[2]);
    let off = model.expected(&[0.0])[2] - revenue.0;
    assert!(
        off.abs() < 4.0 * revenue.1 / (32_000f64).sqrt() + 0.1,
        "{off}"
    );
}

#[test]
fn figures_tell_jumps_from_noise() {
    let (volatility, rate, size) = (0.1f64, 0.5f64, -0.7f64);
    let fixed = Parameter::Fixed;
    let base = Gbm::new(
        fixed(10.0),
        fixed(0.0),
        fixed(volatility),
        Observe::End,
        &timeline(),
    );
    let model = Model::Jump(Jump::new(base, fixed(rate), rate, fixed(size), fixed(0.0)));
    let drift = -0.5 * volatility * volatility - rate * (size.exp() - 1.0);
    // One jump, on the spot.
    let revenue = 10.0 * (drift + size).exp();
    let weighed = Weighed::new(model, 3, vec![figure(None, 0, revenue, 0.0)], &[]).unwrap();
    let mut count = 1.0;
    let weights = [0, 1, 2, 3].map(|n: u32| {
        count *= f64::from(n.max(1));
        let z = (1.0 - f64::from(n)) * size / volatility;
        (-rate).exp() * rate.powi(n as i32) / count * (-0.5 * z * z).exp()
    });
    // Nearly certainly it is the one jump.
    assert!(weights[1] / weights.iter().sum::<f64>() > 0.999);
    let effective = weights[1] * FUTURES as f64;
    assert!(
        (weighed.futures().effective() / effective - 1.0).abs() < 0.06,
        "{}",
        weighed.futures().effective()
    );
    let model = Model::Weighed(weighed);
    let all = paths(&model, 0, 500);
    assert!(all[0].iter().all(|r| (r - revenue).abs() < 1e-12));
    // And what follows grows as before: expected growth is none.
    for later in &all[1..] {
        let (mean, deviation) = moments(later);
        let error = deviation / (later.len() as f64).sqrt();
        assert!((mean - revenue).abs() < 4.0 * error, "{mean} {revenue}");
    }
    for expected in model.expected(&[]) {
        assert!((expected / revenue - 1.0).abs() < 0.01, "{expected}");
    }
}

#[test]
fn replicates_choose_among_futures_of_their_own() {
    let (model, inputs) = of_unknown_spread([0.2, 0.3]);
    let given = vec![figure(None, 0, 30.0, 0.05)];
    let weighed = Weighed::new(model, 3, given, &inputs).unwrap();
    let chosen = |replicate: u32, u: f64| {
        let mut choice = [u; LANES];
        weighed.futures.narrow((replicate, 16), &mut choice);
        weighed
            .futures
            .through
            .partition_point(|through| *through < choice[0] * weighed.futures.through[FUTURES - 1])
    };
    for replicate in 0..16 {
        let part = FUTURES / 16;
        let own = part * replicate as usize..part * (replicate as usize + 1);
        for u in [1e-9, 0.3, 1.0 - 1e-9] {
            assert!(own.contains(&chosen(replicate, u)), "{replicate} {u}");
        }
    }
}

#[test]
fn what_leaves_too_few_is_refused() {
    let fixed = Parameter::Fixed;
    let initial = Input::new(
        "revenue.gbm.initial".to_owned(),
        Distribution::uniform(1.0, 100.0).unwrap(),
    );
    let initial_at = Parameter::Uncertain(0);
    let gbm = Gbm::new(
        initial_at,
        fixed(0.0),
        fixed(5e-4),
        Observe::End,
        &timeline(),
    );
    let model = Model::Gbm(gbm);
    let far = |error: f64| {
        Weighed::new(
            model.clone(),
            3,
            vec![figure(None, 0, 50.0, error)],
            std::slice::from_ref(&initial),
        )
    };
    let Err(ConditionError::TooFew(effective)) = far(0.0) else {
        panic!("{:?}", far(0.0));
    };
    assert!((1.0..FEWEST_FUTURES).contains(&effective), "{effective}");
    // Said with its error it leaves enough, and they are near it.
    let near = far(0.05).unwrap();
    assert!(
        (near.futures().beliefs()[0].now.mean - 50.0).abs() < 0.5,
        "{:?}",
        near.futures().beliefs()
    );
    let certain = of_unknown_spread([0.0, 0.0]);
    let exact = Weighed::new(certain.0, 3, vec![figure(None, 0, 28.0, 0.0)], &certain.1);
    assert_eq!(exact, Err(ConditionError::Exact(0)));
}
