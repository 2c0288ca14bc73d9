//! The measurements behind the choice of the order, see `docs/method-ordering.md`:
//!
//! ```text
//! cargo test --release --lib ordering::table -- --ignored --nocapture
//! ```

use std::collections::{BTreeMap, VecDeque};

use super::{Rotation, leading_directions, push_orthonormal};
use crate::revenue::{Forecast, ForecastPlan, Gbm, Model, Observe, Observed};
use crate::simulate::sample::draws::Draws;
use crate::simulate::{Sampler, Settings};
use crate::stats::Moments;
use crate::units::{Date, LANES, Parameter, Step, Timeline};

const REPLICATES: u32 = 32;
const POINTS: [u64; 3] = [1024, 4096, 16384];

struct Case {
    name: &'static str,
    model: Model,
    /// The cap over the share, and the month of the early probability.
    limit: f64,
    early: usize,
}

fn date(year: i16, month: i8, day: i8) -> Date {
    Date::new(year, month, day).unwrap()
}

fn cases() -> [Case; 2] {
    let months = Timeline::new(date(2026, 5, 1), date(2030, 12, 31), Step::Month).unwrap();
    let fixed = Parameter::Fixed;
    let gbm = Gbm::new(fixed(24.0), fixed(0.45), fixed(0.35), Observe::Mid, &months);
    let whole = Timeline::new(date(2026, 1, 1), date(2030, 12, 31), Step::Month).unwrap();
    let plan = ForecastPlan {
        annual: BTreeMap::from([
            (2026, 28.0),
            (2027, 46.0),
            (2028, 69.0),
            (2029, 96.0),
            (2030, 127.0),
        ]),
        observed: vec![Observed {
            first_day: date(2026, 1, 1),
            last_day: date(2026, 3, 31),
            revenue: 5.7,
        }],
        ..ForecastPlan::default()
    };
    let forecast = Forecast::new(&plan, fixed(0.2), fixed(0.12), Observe::Mid, &whole).unwrap();
    [
        Case {
            name: "gbm, 56 months",
            model: Model::Gbm(gbm),
            limit: 190.0,
            early: 44,
        },
        Case {
            name: "forecast with growth_uncertainty, 57 uncertain months",
            model: Model::Forecast(forecast),
            limit: 190.0,
            early: 44,
        },
    ]
}

/// Expected total paid, P(reached), P(reached early) and the 5 % quantile of the
/// uncapped total, estimated by each replicate.
fn estimates(
    case: &Case,
    sampler: Sampler,
    rotation: &Rotation,
    points: u64,
    replicates: u32,
) -> [Moments; 4] {
    let settings = Settings {
        points,
        replicates,
        sampler,
        seed: 4,
    };
    let shocks = case.model.shocks();
    let draws = Draws::new(settings, &[], shocks, rotation.clone());
    let periods = case.model.expected(&[]).len();
    let mut rows = vec![[0.0; LANES]; shocks];
    let mut revenue = vec![[0.0; LANES]; periods];
    let mut results = [const { Vec::new() }; 4];
    for replicate in 0..replicates {
        let mut totals = Vec::new();
        let mut sums = [0.0; 3];
        for first in (0..points).step_by(LANES) {
            draws.fill(replicate, first, &mut [], &mut rows);
            case.model.generate(&[], &rows, &mut revenue);
            for l in 0..LANES {
                let early: f64 = revenue[..case.early].iter().map(|row| row[l]).sum();
                let total = early + revenue[case.early..].iter().map(|row| row[l]).sum::<f64>();
                sums[0] += total.min(case.limit);
                sums[1] += f64::from(u8::from(total >= case.limit));
                sums[2] += f64::from(u8::from(early >= case.limit));
                totals.push(total);
            }
        }
        totals.sort_by(f64::total_cmp);
        for (result, sum) in results.iter_mut().zip(sums) {
            result.push(sum / points as f64);
        }
        results[3].push(totals[(points / 20) as usize]);
    }
    results.map(|values| Moments::of(&values))
}

#[test]
#[ignore = "measures the orders of the shocks against each other, minutes"]
fn variance_ratios_of_the_orders() {
    for case in cases() {
        let periods = case.model.expected(&[]).len();
        let response = case.model.response(&[]);
        let eligible = vec![1.0; periods];
        let none = Rotation::default();
        let random = estimates(&case, Sampler::Random, &none, 1024, 512);
        println!(
            "{}: P(reached) {:.3}, early {:.3}",
            case.name,
            random[1].mean(),
            random[2].mean()
        );
        let mut orders = vec![("in time".to_owned(), none)];
        let leading = leading_directions(&response, &eligible, usize::MAX);
        for count in [1, 2, 3, 4, 6, 8, 12, 24] {
            let name = format!("{count} directions, the rest in time");
            orders.push((name, Rotation::onto(&leading[..count])));
        }
        let bridge = bridge(case.model.shocks());
        for count in [0, 1, 2, 3, 4, 6] {
            let mut directions = leading[..count].to_vec();
            for vector in &bridge {
                push_orthonormal(&mut directions, vector.clone());
            }
            let name = format!("{count} directions, the rest a bridge");
            orders.push((name, Rotation::onto(&directions)));
        }
        orders.push(("all directions".to_owned(), Rotation::onto(&leading)));
        for (name, rotation) in orders {
            let mut columns = [const { Vec::new() }; 4];
            for points in POINTS {
                let quasi = estimates(&case, Sampler::Sobol, &rotation, points, REPLICATES);
                for (i, column) in columns.iter_mut().enumerate() {
                    let expected = random[i].variance() * 1024.0 / points as f64;
                    column.push(format!("{:.0}", expected / quasi[i].variance()));
                }
            }
            println!(
                "| {name} | {} |",
                columns.map(|c| c.join(" / ")).join(" | ")
            );
        }
    }
}

/// The directions of a Brownian bridge over equal steps: the whole, then the
/// difference of its halves, of their halves, and so on.
fn bridge(steps: usize) -> Vec<Vec<f64>> {
    let mut directions = vec![vec![1.0; steps]];
    let mut spans = VecDeque::from([(0, steps)]);
    while let Some((from, to)) = spans.pop_front() {
        if to - from < 2 {
            continue;
        }
        let middle = from.midpoint(to);
        let mut vector = vec![0.0; steps];
        vector[from..middle].fill(1.0 / (middle - from) as f64);
        vector[middle..to].fill(-1.0 / (to - middle) as f64);
        directions.push(vector);
        spans.extend([(from, middle), (middle, to)]);
    }
    directions
}
