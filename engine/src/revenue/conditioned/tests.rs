use super::*;
use crate::revenue::{ErrorTerms, Forecast, ForecastPlan, Gbm, Observe, Preserve};
use crate::units::{Date, Parameter, Step, Timeline};

fn timeline(step: Step) -> Timeline {
    let day = |year, month, day| Date::new(year, month, day).unwrap();
    Timeline::new(day(2026, 1, 1), day(2028, 12, 31), step).unwrap()
}

/// A plan with all parts of errors, the plan the median where `preserve` says so.
fn forecast(terms: ErrorTerms, step: Step) -> Model {
    let plan = ForecastPlan {
        annual: [(2026, 28.0), (2027, 46.0), (2028, 69.0)].into(),
        ..ForecastPlan::default()
    };
    Model::Forecast(Forecast::with_errors(&plan, terms, Observe::Mid, &timeline(step)).unwrap())
}

fn terms(volatility: f64, growth: f64, level: f64, annual: f64) -> ErrorTerms {
    ErrorTerms {
        volatility: (volatility > 0.0).then(|| Parameter::Fixed(volatility).into()),
        growth_uncertainty: Parameter::Fixed(growth),
        level_uncertainty: Parameter::Fixed(level),
        annual_uncertainty: Parameter::Fixed(annual),
        ..ErrorTerms::default()
    }
}

fn reported(periods: Range<usize>, revenue: f64, error: f64) -> Reported {
    Reported {
        periods,
        revenue,
        error,
        segment: None,
    }
}

fn given(model: Model, periods: usize, figures: &[Reported]) -> Conditioned {
    Conditioned::new(model, periods, figures.to_vec()).unwrap()
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-12 * a.abs().max(1.0), "{a} and {b}");
}

/// Mean of the logarithm and its deviation, for a period.
fn log_normal(given: &Conditioned, period: usize) -> (f64, f64) {
    let response = given.response();
    let row = &response.by_shock[period];
    (ln(response.revenue[period]), dot(row, row).sqrt())
}

#[test]
fn one_common_error_is_the_conjugate_normal_case() {
    // A year known with an error of 5 %, and an error of 20 % common to all years.
    let model = forecast(terms(0.0, 0.0, 0.2, 0.0), Step::Year);
    let given = given(model, 3, &[reported(0..1, 31.0, 0.05)]);
    let surprise = (31.0f64 / 28.0).ln() + 0.5 * 0.04;
    let share = 0.04 / (0.04 + 0.0025);
    let variance: f64 = 0.04 * 0.0025 / (0.04 + 0.0025);
    for (period, plan) in [28.0f64, 46.0, 69.0].into_iter().enumerate() {
        let (mean, deviation) = log_normal(&given, period);
        close(mean, plan.ln() - 0.5 * 0.04 + share * surprise);
        close(deviation, variance.sqrt());
    }
    close(given.news()[0].surprise, surprise);
    close(given.news()[0].deviation, (0.04f64 + 0.0025).sqrt());
    let beliefs = given.beliefs();
    assert_eq!(beliefs.parts, [(None, ErrorPart::Level)]);
    close(beliefs.means[0], share * surprise);
    close(beliefs.deviations[0], variance.sqrt());
}

#[test]
fn a_walk_goes_on_from_where_the_figure_leaves_it() {
    let sigma = 0.15f64;
    let model = forecast(terms(sigma, 0.0, 0.0, 0.0), Step::Year);
    let given = given(model, 3, &[reported(0..1, 25.0, 0.0)]);
    let surprise = (25.0f64 / 28.0).ln() + 0.5 * sigma * sigma * 0.5;
    for (period, plan) in [46.0f64, 69.0].into_iter().enumerate() {
        let time = 1.5 + period as f64;
        let (mean, deviation) = log_normal(&given, period + 1);
        close(mean, plan.ln() - 0.5 * sigma * sigma * time + surprise);
        close(deviation, sigma * (time - 0.5).sqrt());
    }
    // What was reported is certain.
    assert_eq!(given.response().revenue[0], 25.0);
    assert!(given.response().by_shock[0].iter().all(|b| *b == 0.0));
}

#[test]
fn two_errors_share_a_surprise_by_their_variances() {
    // Growth and level: log revenue of a year is u·s·G + v·L, at s = ½, 1½, 2½.
    let (u, v) = (0.1f64, 0.06f64);
    let model = forecast(terms(0.0, u, v, 0.0), Step::Year);
    let given = given(model, 3, &[reported(0..1, 30.0, 0.01)]);
    let (growth, level) = (u * u * 0.25, v * v);
    let total = growth + level + 1e-4;
    let surprise = (30.0f64 / 28.0).ln() + 0.5 * (growth + level);
    let beliefs = given.beliefs();
    let parts = [ErrorPart::Growth, ErrorPart::Level];
    assert_eq!(beliefs.parts, parts.map(|part| (None, part)));
    close(beliefs.means[0], u * u * 0.5 / total * surprise);
    close(beliefs.means[1], level / total * surprise);
    let variance = |own: f64, seen: f64| own - seen * seen / total;
    close(beliefs.deviations[0], variance(u * u, u * u * 0.5).sqrt());
    close(beliefs.deviations[1], variance(level, level).sqrt());
    let covariance = -u * u * 0.5 * level / total;
    let product = beliefs.deviations[0] * beliefs.deviations[1];
    close(beliefs.correlations[1], covariance / product);
    close(beliefs.before[0], u);
}

#[test]
fn two_figures_at_once_are_one_after_the_other() {
    // By the joint normal distribution, with the inverse of a 2 × 2 matrix.
    let model = || forecast(terms(0.15, 0.1, 0.05, 0.04), Step::Quarter);
    let figures = [reported(0..1, 5.7, 0.02), reported(2..4, 15.0, 0.0)];
    let both = given(model(), 12, &figures);
    let alone: Vec<Conditioned> = figures
        .iter()
        .map(|figure| given(model(), 12, std::slice::from_ref(figure)))
        .collect();
    let rows = model().response(&[]).by_shock;
    let expected: Vec<f64> = model().expected(&[]);
    let sights: Vec<Sight> = figures
        .iter()
        .map(|f| {
            let periods = f.periods.clone();
            Sight::of(f, &expected[periods.clone()], &rows[periods])
        })
        .collect();
    let s = |i: usize, j: usize| {
        let own = if i == j {
            sights[i].noise * sights[i].noise
        } else {
            0.0
        };
        dot(&sights[i].row, &sights[j].row) + own
    };
    let determinant = s(0, 0) * s(1, 1) - s(0, 1) * s(1, 0);
    let inverse = [[s(1, 1), -s(0, 1)], [-s(1, 0), s(0, 0)]].map(|r| r.map(|x| x / determinant));
    let (means, covariances) = both.of_sums(&rows);
    for k in 0..12 {
        let c = [0, 1].map(|i| dot(&rows[k], &sights[i].row));
        let gain = |j: usize| c[0] * inverse[0][j] + c[1] * inverse[1][j];
        let mean = gain(0) * sights[0].news.surprise + gain(1) * sights[1].news.surprise;
        assert!((means[k] - mean).abs() < 1e-12, "{} {mean}", means[k]);
        let own = dot(&rows[k], &rows[k]) - gain(0) * c[0] - gain(1) * c[1];
        assert!((covariances[k * 12 + k] - own).abs() < 1e-12);
    }
    // In the other order, the same; and more is known than from either alone.
    let turned = given(model(), 12, &[figures[1].clone(), figures[0].clone()]);
    assert_eq!(both, turned);
    for one in &alone {
        let (_, wider) = one.of_sums(&rows);
        assert!((0..12).all(|k| covariances[k * 13] <= wider[k * 13] + 1e-15));
    }
}

#[test]
fn a_figure_on_the_median_leaves_it_and_narrows_the_band() {
    let terms = ErrorTerms {
        preserve: Preserve::Median,
        ..terms(0.15, 0.1, 0.0, 0.0)
    };
    let model = forecast(terms, Step::Year);
    let before = model.response(&[]);
    // The plan is the median, the figure's own level too: no months inside a year.
    let given = given(model, 3, &[reported(0..1, 28.0, 0.0)]);
    for period in 1..3 {
        let (mean, deviation) = log_normal(&given, period);
        close(mean, ln(before.revenue[period]));
        let row = &before.by_shock[period];
        assert!(deviation < 0.99 * dot(row, row).sqrt());
    }
}

#[test]
fn a_figure_on_plan_leaves_the_mean_nearly() {
    let model = forecast(terms(0.15, 0.1, 0.0, 0.0), Step::Month);
    let plan = model.expected(&[]);
    let rows = model.response(&[]).by_shock;
    let quarter: f64 = plan[3..6].iter().sum();
    let given = given(model, 36, &[reported(3..6, quarter, 0.0)]);
    // The mean of a skewed figure lies above its median: what that says of a period whose
    // log has the covariance c with the figure's, of variance h, is exp(½c(1 − c/h)).
    let sight = Sight::of(&reported(3..6, quarter, 0.0), &plan[3..6], &rows[3..6]);
    let h = dot(&sight.row, &sight.row);
    for (period, (after, before)) in given.expected().iter().zip(&plan).enumerate().skip(6) {
        let c = dot(&rows[period], &sight.row);
        let total = h + sight.noise * sight.noise;
        close(
            after / before,
            exp(0.5 * c * h / total - 0.5 * c * c / total),
        );
        assert!(
            (after / before - 1.0).abs() < 0.012,
            "{period}: {after} {before}"
        );
    }
    // What is reported has the plan's shape and adds up.
    let seen = &given.expected()[3..6];
    close(seen.iter().sum(), quarter);
    close(seen[0] / seen[2], plan[3] / plan[5]);
}

#[test]
fn paths_are_those_of_the_posterior() {
    let model = forecast(terms(0.15, 0.1, 0.05, 0.04), Step::Quarter);
    let conditioned = given(
        model,
        12,
        &[reported(0..1, 5.0, 0.03), reported(1..3, 14.0, 0.0)],
    );
    let model = Model::Conditioned(conditioned);
    let response = model.response(&[]);
    // Each lane moves one shock.
    let shocks = model.shocks();
    let mut drawn = vec![[0.0; LANES]; shocks];
    for (i, row) in drawn.iter_mut().enumerate() {
        row[i] = 0.7;
    }
    let mut rows = vec![[0.0; LANES]; model.rows(12)];
    model.generate(&[], &drawn, &mut rows);
    for k in 0..12 {
        for i in 0..shocks {
            let log = ln(response.revenue[k]) + 0.7 * response.by_shock[k][i];
            assert!((ln(rows[k][i]) - log).abs() < 1e-12);
        }
        assert!((ln(rows[k][LANES - 1]) - ln(response.revenue[k])).abs() < 1e-14);
    }
    assert_eq!(rows[1][3] + rows[2][3], 14.0);
}

#[test]
fn what_cannot_be_learned_from_is_refused() {
    let certain = forecast(terms(0.0, 0.0, 0.0, 0.0), Step::Year);
    let figure = vec![reported(0..1, 30.0, 0.0)];
    let refused = Conditioned::new(certain, 3, figure.clone());
    assert_eq!(refused, Err(ConditionError::Certain(0)));
    let fixed = Parameter::Fixed;
    let gbm = Gbm::new(
        fixed(20.0),
        fixed(0.3),
        fixed(0.2),
        Observe::Mid,
        &timeline(Step::Year),
    );
    assert!(Conditioned::new(Model::Gbm(gbm), 3, figure).is_ok());
}
