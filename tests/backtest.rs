//! Scores of past forecasts against numbers by hand and closed forms, and the tables that
//! are shipped.

use capbind::math::inverse_normal_cdf;
use capbind::scenario::{Scenario, shipped};
use capbind::study::{
    Clustered, Outcome, PastForecast, PastForecasts, Predicted, binomial_band, horizon_spread,
    outside_view, track_record,
};

fn forecast(name: &str, predicted: Predicted, outcome: Outcome) -> PastForecast {
    PastForecast {
        name: name.to_owned(),
        made: None,
        year: None,
        predicted,
        outcome,
        line: 2,
    }
}

fn close(a: f64, b: f64, within: f64) {
    assert!((a - b).abs() <= within, "{a} and {b}");
}

#[test]
fn errors_count_outcomes_not_forecasts() {
    // Deviations from the mean ½: +½ +½ of one outcome, −½ of each of two others.
    let values = [("a", 1.0), ("a", 1.0), ("b", 0.0), ("c", 0.0)];
    let found = Clustered::of(&values).unwrap();
    assert_eq!((found.mean, found.forecasts, found.outcomes), (0.5, 4, 3));
    let by_hand = (1.5f64 * (1.0 + 0.25 + 0.25)).sqrt() / 4.0;
    close(found.std_error.unwrap(), by_hand, 1e-15);
    assert_eq!(Clustered::of(&values[..2]).unwrap().std_error, None);
}

#[test]
fn percentiles_of_a_normal_score_as_it_does() {
    let (median, deviation) = (3.0, 0.4);
    let normal = Predicted::Normal(median, deviation);
    let points = [0.05, 0.25, 0.5, 0.9].map(|p| (p, median + deviation * inverse_normal_cdf(p)));
    let percentiles = Predicted::Percentiles(points.to_vec());
    for value in [2.0, 2.9, 3.1, 4.5] {
        let both = [&normal, &percentiles].map(|predicted| predicted.below(value).unwrap());
        close(both[0], both[1], 1e-12);
        let of = |predicted: &Predicted| {
            let all = [forecast("a", predicted.clone(), Outcome::Amount(value))];
            track_record(&all, &|_| None, &())
                .unwrap()
                .crps
                .unwrap()
                .mean
        };
        // The loss over 2,000 levels against the closed form.
        close(of(&normal), of(&percentiles), 1e-3 * deviation);
    }
    // At the median: σ(2φ(0) − 1/√π).
    let all = [forecast("a", normal, Outcome::Amount(median))];
    let crps = track_record(&all, &|_| None, &())
        .unwrap()
        .crps
        .unwrap()
        .mean;
    let pi = std::f64::consts::PI;
    close(
        crps,
        deviation * (2.0 / (2.0 * pi).sqrt() - 1.0 / pi.sqrt()),
        1e-15,
    );
}

#[test]
fn bands_hold_what_they_say() {
    // Outcomes at the middles of 1,000 equal parts of what was forecast.
    let all: Vec<PastForecast> = (0..1000)
        .map(|i| {
            let at = inverse_normal_cdf((f64::from(i) + 0.5) / 1000.0);
            forecast(
                &i.to_string(),
                Predicted::Normal(0.0, 1.0),
                Outcome::Date(at),
            )
        })
        .collect();
    let record = track_record(&all, &|_| None, &()).unwrap();
    for (band, of) in &record.coverage {
        close(of.mean, *band, 1e-12);
        close(
            of.std_error.unwrap(),
            (band * (1.0 - band) / 999.0).sqrt(),
            1e-9,
        );
    }
    close(record.transform.unwrap().mean, 0.5, 1e-12);
}

#[test]
fn probabilities_have_a_brier_score() {
    let chance = |p, happened| forecast("", Predicted::Chance(p), Outcome::Event(happened));
    let all = [chance(0.9, true), chance(0.2, false), chance(0.6, false)];
    let record = track_record(&all, &|_| None, &()).unwrap();
    close(
        record.brier.unwrap().mean,
        (0.01 + 0.04 + 0.36) / 3.0,
        1e-15,
    );
    close(record.brier_of_base_rate.unwrap().mean, 2.0 / 9.0, 1e-15);
    assert!(record.coverage.is_empty());
}

#[test]
fn what_is_shipped_is_scored() {
    let text = shipped("scenarios/openai-microsoft.toml").unwrap().text;
    let base = Scenario::parse("a.toml", "a", text, &[]).unwrap();
    let table = include_str!("../docs/data/track_record_openai.csv");
    let found = PastForecasts::parse("t.csv", table).unwrap();
    assert_eq!((found.forecasts.len(), found.open), (4, 2));
    let record = track_record(&found.forecasts, &|_| horizon_spread(&base, 1.0), &()).unwrap();
    assert_eq!(record.coverage[0].1.outcomes, 2);
    // σ² + u² a year ahead, nearly: its months are half a month apart from it.
    let spread = horizon_spread(&base, 1.0).unwrap();
    close(spread, (0.15f64.powi(2) + 0.1f64.powi(2)).sqrt(), 0.01);
    let dates = include_str!("../docs/data/track_record_severn.csv");
    let dates = PastForecasts::parse("t.csv", dates).unwrap();
    let record = track_record(&dates.forecasts, &|_| None, &()).unwrap();
    // 4.2, 0.8, 0.5, 0.5 and 0.2 years.
    close(record.of_medians.unwrap().mean, 1.23, 0.02);
    assert!(record.coverage.is_empty());
    // Of a company whose range is 2 % the 90 % band held few of 15 outcomes.
    let outlooks = include_str!("../docs/data/track_record_nvidia.csv");
    let outlooks = PastForecasts::parse("t.csv", outlooks).unwrap();
    let record = track_record(&outlooks.forecasts, &|_| None, &()).unwrap();
    let (band, of) = &record.coverage[2];
    assert_eq!((*band, of.forecasts, of.outcomes), (0.9, 15, 15));
    assert_eq!(of.mean * 15.0, 2.0);
    assert!(record.transform.unwrap().mean > 0.8);
    let outside = outside_view(&base).unwrap();
    assert!(outside.companies >= 2 && outside.stretches > outside.companies);
    assert!(outside.spread > 0.0 && outside.class_spread > 0.0);
}

#[test]
fn the_band_is_that_of_the_binomial_distribution() {
    // Of ten fair coins 2 to 8 come up with a probability of 97.9 %; of two, any.
    assert_eq!(binomial_band(0.5, 10, 0.95), (0.2, 0.8));
    assert_eq!(binomial_band(0.5, 2, 0.95), (0.0, 1.0));
    // Of one trial of nine tenths both; of a hundred, tabulated.
    assert_eq!(binomial_band(0.9, 1, 0.95), (0.0, 1.0));
    assert_eq!(binomial_band(0.5, 100, 0.95), (0.4, 0.6));
    assert_eq!(binomial_band(1.0, 7, 0.95), (1.0, 1.0));
}

#[test]
fn the_error_of_the_base_rates_score_covers_it() {
    // Of 90 events as likely as a quarter, over 200 track records.
    let mut state = 7_u64;
    let mut uniform = || {
        // SplitMix64 (Steele, Lea and Flood 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    let (chance, runs, events) = (0.25, 200, 90);
    let (mut covered, mut sum) = (0, 0.0);
    for _ in 0..runs {
        let all: Vec<PastForecast> = (0..events)
            .map(|i| {
                let happened = Outcome::Event(uniform() < chance);
                forecast(&i.to_string(), Predicted::Chance(chance), happened)
            })
            .collect();
        let found = track_record(&all, &|_| None, &())
            .unwrap()
            .brier_of_base_rate
            .unwrap();
        let error = found.std_error.unwrap();
        assert!(error < 0.04 && (found.forecasts, found.outcomes) == (events, events));
        covered += i32::from((found.mean - chance * (1.0 - chance)).abs() <= 1.96 * error);
        sum += found.mean;
    }
    assert!((180..=198).contains(&covered), "{covered}");
    // What is estimated from as many events is lower by a part in as many.
    let wanted = chance * (1.0 - chance) * (1.0 - 1.0 / events as f64);
    close(
        sum / f64::from(runs),
        wanted,
        4.0 * 0.024 / f64::from(runs).sqrt(),
    );
}
