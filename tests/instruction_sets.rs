//! The same bits on every instruction set this processor has.
#![cfg(target_arch = "x86_64")]
#![allow(
    unsafe_code,
    reason = "a function for an instruction set is called only where the processor has it"
)]

use std::slice;

use capbind::agreement::rule::{Cap, day_reached};
use capbind::math::{exp, inverse_normal_cdf_from_bits, ln, standard_normals};
use capbind::revenue::{
    Bootstrap, Curve, ErrorTerms, Forecast, ForecastPlan, Gbm, Growth, GrowthTerms, Jump, Model,
    Observe, Preserve, Segment, Segments, Shape, reference_class,
};
use capbind::units::{Correlation, Date, LANES, Lanes, Parameter, Step, Timeline};

const PERIODS: usize = 24;

/// The engine's arithmetic on given random bits: shocks, revenue, settlement.
#[inline(always)]
fn work(models: &[Model], bits: &[[u64; LANES]]) -> Vec<u64> {
    let mut out = Vec::new();
    let mut keep = |row: &Lanes| out.extend(row.iter().map(|x| x.to_bits()));
    for model in models {
        let mut draws = vec![[0.0; LANES]; model.draws()];
        let (shocks, events) = draws.split_at_mut(model.shocks());
        for (row, bits) in shocks.iter_mut().zip(bits) {
            for l in 0..LANES {
                row[l] = inverse_normal_cdf_from_bits(bits[l]);
            }
            keep(row);
            *row = bits.map(f64::from_bits);
            standard_normals(slice::from_mut(row));
            keep(row);
        }
        for (row, bits) in events.iter_mut().zip(bits.iter().rev()) {
            for l in 0..LANES {
                row[l] = ((bits[l] >> 12) as f64 + 0.5) / (1_u64 << 52) as f64;
            }
        }
        let inputs = [[0.7; LANES], [1.3; LANES]];
        let mut revenue = vec![[0.0; LANES]; model.rows(PERIODS)];
        model.generate(&inputs, &draws, &mut revenue);
        let cap = Cap::new(20.0, 1.4);
        let mut paid = [0.0; LANES];
        for row in &revenue {
            let mut day = [0.0; LANES];
            let mut logs = [0.0; LANES];
            for l in 0..LANES {
                let accrued = 0.2 * row[l];
                day[l] = day_reached(cap.limit() - paid[l], accrued, 31.0);
                paid[l] = cap.pay(paid[l], accrued).paid;
                logs[l] = ln(row[l]) + exp(-row[l]);
            }
            for row in [row, &paid, &day, &logs] {
                keep(row);
            }
        }
    }
    out
}

#[target_feature(enable = "avx2,fma,bmi2")]
fn with_avx2(models: &[Model], bits: &[[u64; LANES]]) -> Vec<u64> {
    work(models, bits)
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi2")]
fn with_avx512(models: &[Model], bits: &[[u64; LANES]]) -> Vec<u64> {
    work(models, bits)
}

fn models() -> Vec<Model> {
    let day = |y, m, d| Date::new(y, m, d).unwrap();
    let timeline = Timeline::new(day(2026, 1, 1), day(2027, 12, 31), Step::Month).unwrap();
    let (volatility, growth) = (Parameter::Fixed(0.3), Parameter::Fixed(0.2));
    let initial = Parameter::Fixed(50.0);
    let gbm = || Gbm::new(initial, growth, volatility, Observe::Mid, &timeline);
    let plan = ForecastPlan {
        annual: [(2026, 40.0), (2027, 60.0)].into(),
        observed: Vec::new(),
    };
    let uncertainty = Parameter::Fixed(0.1);
    let forecast = Forecast::new(&plan, volatility, uncertainty, Observe::Mid, &timeline).unwrap();
    let errors = ErrorTerms {
        volatility: Some(volatility.into()),
        persistence: Parameter::Uncertain(0),
        growth_uncertainty: uncertainty,
        level_uncertainty: uncertainty,
        annual_uncertainty: uncertainty,
        preserve: Preserve::Median,
    };
    let every_error =
        Forecast::with_errors(&plan, errors.clone(), Observe::Mid, &timeline).unwrap();
    let logistic = Shape::Logistic {
        capacity: initial,
        steepness: Parameter::Uncertain(1),
        midpoint: Parameter::Fixed(1.0),
    };
    let bass = Shape::Bass {
        market: initial,
        innovation: uncertainty,
        imitation: volatility,
        launch: Parameter::Uncertain(0),
    };
    let [logistic, bass] = [(logistic, errors), (bass, ErrorTerms::default())]
        .map(|(shape, errors)| Model::Curve(Curve::new(shape, errors, Observe::Mid, &timeline)));
    let mean_reverting = GrowthTerms {
        initial,
        growth: volatility,
        long_run_growth: uncertainty,
        half_life: Parameter::Uncertain(1),
        volatility,
        long_run_volatility: uncertainty,
        volatility_half_life: Parameter::Uncertain(0),
        growth_volatility: uncertainty,
        growth_volatility_half_life: Parameter::Uncertain(1),
        shock_correlation: Parameter::Fixed(-0.4),
        revenue_risk_price: uncertainty,
        growth_risk_price: uncertainty,
    };
    let growth = Growth::new(mean_reverting, Observe::Mid, &timeline);
    let jump = Jump::new(gbm(), Parameter::Uncertain(1), 1.3, uncertainty, volatility);
    let alone = vec![
        Model::Gbm(gbm()),
        Model::Forecast(forecast),
        Model::Forecast(every_error),
        logistic,
        bass,
        Model::Growth(growth),
        Model::Jump(jump),
        Model::Bootstrap(Bootstrap::new(
            initial,
            &reference_class(),
            2,
            Observe::Mid,
            &timeline,
        )),
    ];
    let segments = alone.iter().enumerate().map(|(i, model)| Segment {
        name: i.to_string(),
        model: model.clone(),
    });
    let pairs = [(0, 1, 0.5), (1, 2, -0.3), (3, 5, 0.8)];
    let correlation = Correlation::new(alone.len(), &pairs).unwrap();
    let segments = Model::Segments(Segments::new(segments.collect(), &correlation));
    alone.into_iter().chain([segments]).collect()
}

#[test]
fn every_level_gives_the_bits_of_the_baseline() {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state ^ state >> 29
    };
    let mut bits = vec![[0; LANES]; 12 * PERIODS];
    bits.iter_mut().flatten().for_each(|b| *b = next());
    // Both tails and the middle.
    bits[0][..4].copy_from_slice(&[0, u64::MAX, 1 << 63, (1 << 63) - 1]);
    let models = models();
    let baseline = work(&models, &bits);
    if is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("bmi2")
    {
        // SAFETY: the processor has these instructions.
        assert!(unsafe { with_avx2(&models, &bits) } == baseline);
    }
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    if avx512 {
        // SAFETY: the processor has these instructions.
        assert!(unsafe { with_avx512(&models, &bits) } == baseline);
    }
}
