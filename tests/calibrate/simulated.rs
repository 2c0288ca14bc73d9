//! Histories simulated from parameters drawn from the priors.

use capbind::math::{exp, inverse_normal_cdf, ln};
use capbind::study::{Figure, FigureKind, FittedModel, History, PRIORS};
use capbind::units::Date;

/// A small generator (splitmix64), for tests alone.
pub struct Random(pub u64);

impl Random {
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 + 2.0_f64.powi(-54)
    }

    pub fn normal(&mut self) -> f64 {
        inverse_normal_cdf(self.uniform())
    }

    /// A draw from a log-normal prior, in ln(value), ln(1 + value) for growth.
    pub fn prior(&mut self, key: &str) -> f64 {
        let (_, low, high) = PRIORS.iter().find(|(known, ..)| *known == key).unwrap();
        let plus = f64::from(key == "growth");
        let (low, high) = (ln(plus + low), ln(plus + high));
        let sd = (high - low) / (2.0 * inverse_normal_cdf(0.95));
        f64::midpoint(low, high) + sd * self.normal()
    }
}

pub fn day(year: i16, month: i8, day: i8) -> Date {
    Date::new(year, month, day).unwrap()
}

/// What was drawn, and the history that came of it.
pub struct Simulated {
    pub history: History,
    /// The parameters by key, as of the day after the history.
    pub truth: Vec<(&'static str, f64)>,
}

/// Figures over four years, irregular and overlapping: first day, last day, kind.
fn layout() -> Vec<(Date, Date, FigureKind)> {
    use FigureKind::{Period, RunRate};
    let quarter = |year: i16, q: i8| {
        let first = day(year, 3 * q - 2, 1);
        (first, first.add_months(2).last_of_month(), Period)
    };
    let year = |year: i16| (day(year, 1, 1), day(year, 12, 31), Period);
    let half = |year: i16, h: i8| {
        let first = day(year, 6 * h - 5, 1);
        (first, first.add_months(5).last_of_month(), Period)
    };
    let point = |date: Date| (date, date, RunRate);
    vec![
        year(2021),
        point(day(2021, 9, 30)),
        half(2022, 1),
        half(2022, 2),
        year(2022),
        point(day(2022, 12, 31)),
        quarter(2023, 1),
        (day(2023, 6, 10), day(2023, 8, 20), RunRate),
        half(2023, 1),
        point(day(2023, 10, 15)),
        year(2023),
        (day(2024, 2, 1), day(2024, 2, 29), Period),
        quarter(2024, 2),
        point(day(2024, 7, 31)),
        point(day(2024, 12, 31)),
    ]
}

/// Draws parameters from the priors, a path of the model and the figures on it.
pub fn simulate(model: FittedModel, random: &mut Random, long_run: f64) -> Simulated {
    let sigma = exp(random.prior("volatility"));
    let mut mu = random.prior("growth");
    let tau = exp(random.prior("run_rate_error"));
    let (kappa, eta, half_life) = match model {
        FittedModel::Gbm => (0.0, 0.0, 0.0),
        FittedModel::Growth => {
            let half_life = exp(random.prior("half_life"));
            let eta = exp(random.prior("growth_volatility"));
            (ln(2.0) / half_life, eta, half_life)
        }
    };
    let mut x = ln(3.0);
    let mut logs = Vec::new();
    let mut step = |x: &mut f64, mu: &mut f64, h: f64| {
        *x += (*mu - 0.5 * sigma * sigma) * h + sigma * h.sqrt() * random.normal();
        if kappa > 0.0 {
            let kept = exp(-kappa * h);
            let spread = ((1.0 - kept * kept) / (2.0 * kappa)).sqrt();
            *mu = ln(1.0 + long_run)
                + kept * (*mu - ln(1.0 + long_run))
                + spread * eta * random.normal();
        }
    };
    for month in 0..48 {
        if month > 0 {
            step(&mut x, &mut mu, 1.0 / 12.0);
        }
        logs.push(x);
    }
    step(&mut x, &mut mu, 1.0 / 24.0);
    let mut truth = vec![
        ("initial", exp(x)),
        ("growth", exp(mu) - 1.0),
        ("volatility", sigma),
        ("run_rate_error", tau),
    ];
    if model == FittedModel::Growth {
        truth.extend([("half_life", half_life), ("growth_volatility", eta)]);
    }
    let figures = layout().into_iter().map(|(first_day, last_day, kind)| {
        let (mut sum, mut years) = (0.0, 0.0);
        for (month, log) in logs.iter().enumerate() {
            let start = day(2021, 1, 1).add_months(month as i32);
            let from = start.max(first_day);
            let to = start.last_of_month().min(last_day);
            if from <= to {
                let days = f64::from(to.days_since(from) + 1);
                let part = days / f64::from(start.days_in_month()) / 12.0;
                sum += part * exp(*log);
                years += part;
            }
        }
        let (value, error) = match kind {
            FigureKind::Period => (sum, 0.01),
            FigureKind::RunRate => (sum / years, tau),
        };
        Figure {
            first_day,
            last_day,
            kind,
            value: value * exp(error * random.normal()),
            error: None,
            line: 0,
        }
    });
    Simulated {
        history: History {
            figures: figures.collect(),
        },
        truth,
    }
}
