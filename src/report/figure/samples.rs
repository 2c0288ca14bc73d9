//! Figures to test with: one of each kind as a run makes it, and the same with
//! data at their extremes.

use super::Figure;
use super::data::{
    Bin, Binding, BindingBar, CapMass, Cause, Curve, Fan, Frame, Ghost, Level, Milestone,
    PercentileCurve, Reported, Stands, Strip, StripRow, Total,
};
use crate::units::{Date, Money, Step, Unit};

const PATHS: usize = 3000;
const PERCENTILES: [f64; 5] = [5.0, 25.0, 50.0, 75.0, 95.0];
const SHARE: f64 = 0.2;

fn date(year: i16, month: i8, day: i8) -> Date {
    Date::new(year, month, day).expect("a date of the samples")
}

fn usd() -> Money {
    Money::new("USD", Unit::Billion).expect("a currency code")
}

/// The words around every sample.
pub fn frame() -> Frame {
    Frame {
        title: "The cap binds in 86\u{a0}% of outcomes; median date July 2029.".to_owned(),
        subtitle: "OpenAI pays Microsoft, as amended on 27 April 2026".to_owned(),
        sources:
            "Sources: Microsoft and OpenAI, joint statement on the amended agreement, 27 April \
                 2026; press reports of OpenAI’s revenue plan 2026–2030, as collected on 20 May \
                 2026; own assumptions on volatility (20\u{a0}% a year) and on growth (persistent \
                 error of 12\u{a0}% a year)."
                .to_owned(),
        run: "capbind 0.1.0, 1,048,576 paths (sobol, seed 20260427).".to_owned(),
    }
}

/// The dates worth a mark in every sample.
pub fn milestones() -> Vec<Milestone> {
    [
        (date(2026, 4, 27), "Amendment"),
        (date(2030, 12, 31), "Share ends"),
        (date(2032, 12, 31), "IP licence ends"),
    ]
    .map(|(date, label)| Milestone {
        date,
        label: label.to_owned(),
    })
    .to_vec()
}

/// The last days of `count` months from a year's start.
pub fn month_ends(year: i16, count: i32) -> Vec<Date> {
    (0..count)
        .map(|month| date(year, 1, 1).add_months(month).last_of_month())
        .collect()
}

/// Revenue of each of 60 months on each path, with a given yearly volatility.
fn revenue_paths(volatility: f64) -> Vec<Vec<f64>> {
    let plan = plan();
    let mut state = 20_260_427_u64;
    let mut uniform = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..PATHS)
        .map(|_| {
            let mut normal = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
            let growth = 0.6 * volatility * normal();
            let mut noise = 0.0;
            plan.iter()
                .enumerate()
                .map(|(month, planned)| {
                    noise += volatility / 12_f64.sqrt() * normal();
                    let years = (month + 1) as f64 / 12.0;
                    planned * (noise + growth * years - 0.5 * volatility * volatility * years).exp()
                })
                .collect()
        })
        .collect()
}

fn plan() -> Vec<f64> {
    let yearly = [28.0, 46.0, 69.0, 96.0, 127.0];
    (0..60)
        .map(|month| {
            let position = (f64::from(month) - 5.5) / 12.0;
            let below = position.floor().clamp(0.0, 3.0);
            let at = below as usize;
            let rate = yearly[at] + (yearly[at + 1] - yearly[at]) * (position - below);
            rate / 12.0
        })
        .collect()
}

fn cumulative(path: &[f64], cap: f64) -> Vec<f64> {
    let mut sum = 0.0;
    path.iter()
        .map(|revenue| {
            sum = f64::min(sum + SHARE * revenue, cap);
            sum
        })
        .collect()
}

fn fan_of(paths: &[Vec<f64>], quantity: &str) -> Fan {
    let months = paths[0].len();
    let columns: Vec<Vec<f64>> = (0..months)
        .map(|month| {
            let mut column: Vec<f64> = paths.iter().map(|path| path[month]).collect();
            column.sort_by(f64::total_cmp);
            column
        })
        .collect();
    let rank = |percentile: f64| (percentile / 100.0 * (paths.len() - 1) as f64) as usize;
    Fan {
        frame: frame(),
        quantity: quantity.to_owned(),
        money: usd(),
        start: date(2026, 1, 1),
        dates: month_ends(2026, months as i32),
        stands: Stands::AtDates,
        percentiles: PERCENTILES
            .map(|percentile| PercentileCurve {
                percentile,
                values: columns
                    .iter()
                    .map(|column| column[rank(percentile)])
                    .collect(),
            })
            .to_vec(),
        mean: columns
            .iter()
            .map(|column| column.iter().sum::<f64>() / column.len() as f64)
            .collect(),
        reported: Vec::new(),
        reference: None,
        level: None,
        earlier: Vec::new(),
        milestones: milestones(),
        ghosts: Vec::new(),
    }
}

/// What was reported before and at the start of every sample of revenue.
pub fn reported() -> Vec<Reported> {
    [
        (date(2024, 1, 1), date(2024, 12, 31), 0.31),
        (date(2025, 1, 1), date(2025, 12, 31), 1.09),
        (date(2026, 1, 1), date(2026, 3, 31), 1.9),
    ]
    .map(|(first_day, last_day, value)| Reported {
        first_day,
        last_day,
        value,
    })
    .to_vec()
}

/// Two agreements over calendar and fiscal years.
pub fn strip() -> Strip {
    let row = |label: &str, to, reached: [Option<Date>; 5]| StripRow {
        label: label.to_owned(),
        from: date(2026, 1, 1),
        to,
        is_capped: true,
        by_any: false,
        ends: PERCENTILES.into_iter().zip(reached).collect(),
    };
    let dates = [
        Some(date(2028, 11, 20)),
        Some(date(2029, 4, 2)),
        Some(date(2029, 8, 15)),
        Some(date(2030, 1, 30)),
        None,
    ];
    Strip {
        frame: frame(),
        rows: vec![
            row("OpenAI pays Microsoft", date(2030, 12, 31), dates),
            row("Microsoft pays OpenAI", date(2031, 6, 30), [None; 5]),
        ],
        milestones: milestones(),
        fiscal_year_ends: Some(6),
    }
}

/// Revenue with its plan.
pub fn revenue(volatility: f64) -> Fan {
    Fan {
        reference: Some(Curve {
            label: "Plan".to_owned(),
            values: plan(),
        }),
        reported: reported(),
        ..fan_of(&revenue_paths(volatility), "Revenue per month")
    }
}

/// Cumulative payments with their cap.
pub fn paid(volatility: f64, cap: f64) -> Fan {
    let paths: Vec<Vec<f64>> = revenue_paths(volatility)
        .iter()
        .map(|path| cumulative(path, cap))
        .collect();
    Fan {
        level: Some(Level {
            label: format!("Cap {}", usd().format_short(cap)),
            value: cap,
        }),
        ..fan_of(&paths, "Cumulative paid")
    }
}

/// Cumulative payments with a cap that was lower once.
pub fn stepped() -> Fan {
    Fan {
        earlier: vec![(date(2028, 6, 30), 20.0), (date(2029, 6, 30), 30.0)],
        ..paid(0.2, 38.0)
    }
}

/// Cash by calendar year.
pub fn yearly() -> Fan {
    let months = revenue(0.4);
    let sums = |values: &[f64]| values.chunks(12).map(|year| year.iter().sum()).collect();
    Fan {
        quantity: "Cash per year".to_owned(),
        dates: (2026..)
            .zip(months.mean.chunks(12))
            .map(|(y, _)| date(y, 12, 31))
            .collect(),
        stands: Stands::OverAll,
        percentiles: months
            .percentiles
            .iter()
            .map(|curve| PercentileCurve {
                percentile: curve.percentile,
                values: sums(&curve.values),
            })
            .collect(),
        mean: sums(&months.mean),
        reference: None,
        reported: Vec::new(),
        ..months
    }
}

/// The same beside two other cases, one of other dates.
pub fn compared() -> Fan {
    let fan = paid(0.2, 38.0);
    let ghost = |label: &str, factor: f64, dates: &[Date]| Ghost {
        label: label.to_owned(),
        points: dates
            .iter()
            .zip(&fan.mean)
            .map(|(date, value)| (*date, factor * value))
            .collect(),
    };
    let ghosts = vec![
        ghost("A: cap of 45", 1.2, &fan.dates),
        ghost("B: ends in 2028", 0.8, &fan.dates[..36]),
    ];
    Fan { ghosts, ..fan }
}

/// When the cap binds, beside another case.
pub fn binding_compared() -> Binding {
    let bound = binding(38.0, 3);
    let points = bound.bars.iter().map(|bar| (bar.end, 0.8 * bar.cumulative));
    Binding {
        ghosts: vec![Ghost {
            label: "A: cap of 45".to_owned(),
            points: points.collect(),
        }],
        ..bound
    }
}

/// How sharing ends, by three causes.
pub fn ending() -> Binding {
    let bound = binding(38.0, 3);
    let part = |share: f64| -> Vec<f64> {
        bound
            .bars
            .iter()
            .map(|bar| share * bar.probability)
            .collect()
    };
    let cause = |label: &str, share: f64| Cause {
        label: label.to_owned(),
        probabilities: part(share),
    };
    Binding {
        causes: vec![
            cause("the cap", 0.6),
            cause("“AGI is verified”", 0.3),
            cause("default", 0.1),
        ],
        ..bound
    }
}

/// When the cap binds, by bars of some months.
pub fn binding(cap: f64, months_per_bar: usize) -> Binding {
    let paths = revenue_paths(0.2);
    let ends = month_ends(2026, 60);
    let mut bound: Vec<Option<usize>> = paths
        .iter()
        .map(|path| cumulative(path, cap).iter().position(|paid| *paid >= cap))
        .collect();
    bound.sort_by_key(|month| month.unwrap_or(usize::MAX));
    let probability = |from: usize, to: usize| {
        let count = bound
            .iter()
            .filter(|month| month.is_some_and(|month| (from..to).contains(&month)))
            .count();
        count as f64 / paths.len() as f64
    };
    let bars = (0..60 / months_per_bar)
        .map(|bar| {
            let (from, to) = (bar * months_per_bar, (bar + 1) * months_per_bar);
            BindingBar {
                start: ends[from].first_of_month(),
                end: ends[to - 1],
                probability: probability(from, to),
                cumulative: probability(0, to),
            }
        })
        .collect();
    let quantile = |percent: f64| {
        let rank = (percent / 100.0 * paths.len() as f64) as usize;
        bound[rank].map(|month| ends[month])
    };
    Binding {
        frame: frame(),
        bar_span: match months_per_bar {
            1 => Step::Month,
            3 => Step::Quarter,
            _ => Step::Year,
        },
        bars,
        causes: Vec::new(),
        not_reached: 1.0 - probability(0, 60),
        quantiles: PERCENTILES
            .map(|percent| (percent, quantile(percent)))
            .to_vec(),
        milestones: milestones(),
        ghosts: Vec::new(),
    }
}

/// The total paid, with or without a cap.
pub fn total(cap: Option<f64>) -> Total {
    const BINS: usize = 40;
    let limit = cap.unwrap_or(f64::INFINITY);
    let mut totals: Vec<f64> = revenue_paths(0.2)
        .iter()
        .filter_map(|path| cumulative(path, limit).last().copied())
        .collect();
    totals.sort_by(f64::total_cmp);
    let below: Vec<f64> = totals
        .iter()
        .copied()
        .filter(|paid| *paid < limit)
        .collect();
    let low = totals[0].floor();
    let high = cap.unwrap_or(totals[PATHS - 1].ceil());
    let width = (high - low) / BINS as f64;
    let bins = (0..BINS)
        .map(|bin| {
            let from = low + width * bin as f64;
            let inside = below
                .iter()
                .filter(|paid| **paid >= from && **paid < from + width);
            Bin {
                low: from,
                high: from + width,
                probability: inside.count() as f64 / PATHS as f64,
            }
        })
        .collect();
    Total {
        frame: frame(),
        quantity: "Total paid".to_owned(),
        money: usd(),
        bins,
        at_cap: cap.map(|value| CapMass {
            value,
            probability: 1.0 - below.len() as f64 / PATHS as f64,
            in_part: false,
        }),
        mean: totals.iter().sum::<f64>() / PATHS as f64,
        percentiles: PERCENTILES
            .map(|percent| {
                (
                    percent,
                    totals[(percent / 100.0 * (PATHS - 1) as f64) as usize],
                )
            })
            .to_vec(),
    }
}

/// Fans, by name.
pub fn fan() -> Vec<(&'static str, Figure)> {
    vec![
        ("revenue", revenue(0.2).into()),
        ("cumulative", paid(0.2, 38.0).into()),
        ("cumulative-steps", stepped().into()),
        ("yearly", yearly().into()),
        ("cumulative-compared", compared().into()),
    ]
}

/// Binding charts, by name.
pub fn bindings() -> Vec<(&'static str, Figure)> {
    vec![
        ("binding-compared", binding_compared().into()),
        ("binding", binding(38.0, 3).into()),
        ("ending", ending().into()),
        ("binding-months", binding(38.0, 1).into()),
        ("binding-years", binding(38.0, 12).into()),
    ]
}

/// Distributions, by name.
pub fn totals() -> Vec<(&'static str, Figure)> {
    vec![
        ("total", total(Some(38.0)).into()),
        ("total-no-cap", total(None).into()),
    ]
}

/// Strips, by name.
pub fn strips() -> Vec<(&'static str, Figure)> {
    vec![("strip", strip().into())]
}

/// Every sample with its name.
pub fn all() -> Vec<(&'static str, Figure)> {
    [super::samples_of_kinds(), extremes::all()].concat()
}

#[path = "samples_convergence.rs"]
pub mod convergence;
#[path = "samples_extreme.rs"]
mod extremes;
#[path = "samples_paces.rs"]
pub mod paces;
#[path = "samples_studies.rs"]
pub mod studies;
