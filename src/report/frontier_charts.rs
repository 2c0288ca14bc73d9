//! Pairs of two keys that meet a target, as a chart.

use super::answer::estimated;
use super::figure::{Figure, LineAxis, LinePanel, Lines, Measure as Written, Series};
use super::frontier::trade;
use super::key_name::KeyName;
use super::study_charts::{frame, measure};
use super::text::{capitalised, lowercased};
use crate::scenario::Scenario;
use crate::simulate::{Measure, Total};
use crate::study::{Frontier, Pair, Statistic};
use crate::units::Date;

/// Standard errors to either side of a line.
const BAND: f64 = 1.96;

/// The second key over the first, and what the pairs are worth; none where the first key
/// is no number or date.
pub fn frontier_figures(scenario: &Scenario, frontier: &Frontier) -> Vec<(String, Figure)> {
    let [first, second] = &frontier.keys;
    let [first, second] = [first, second].map(|key| KeyName::new(key, &scenario.money));
    let dates: Option<Vec<Date>> = frontier
        .pairs
        .iter()
        .map(|pair| Date::parse(&pair.first))
        .collect();
    let numbers: Option<Vec<f64>> = frontier
        .pairs
        .iter()
        .map(|pair| first.position(&pair.first))
        .collect();
    let x = match (dates, numbers) {
        (Some(dates), _) => LineAxis::Dates(dates),
        (None, Some(numbers)) => LineAxis::Numbers(first.title(), numbers),
        (None, None) => return Vec::new(),
    };
    let is_date = frontier
        .pairs
        .iter()
        .filter_map(|pair| pair.second.as_ref());
    let is_date = is_date
        .clone()
        .next()
        .is_some_and(|found| Date::parse(&found.value).is_some());
    let traded = panel(
        capitalised(second.name()),
        match is_date {
            true => Written::Date(scenario.timeline.start()),
            false => second.measure(),
        },
        frontier,
        |pair| {
            let found = pair.second.as_ref()?;
            Some((
                found.number,
                Some(found.std_error)
                    .filter(|e| e.is_finite())
                    .unwrap_or(0.0),
            ))
        },
    );
    let agreement = &scenario.primary().agreement;
    let worth = |own: Measure| {
        // What all pairs have alike needs no chart.
        let is_target = frontier.target.statistic == Statistic::Expected(own);
        let is_known = frontier.measures().contains(&own) && !is_target;
        is_known.then(|| {
            panel(
                own.expected_in(agreement),
                measure(scenario, own),
                frontier,
                |pair| {
                    let worth = pair.worth.as_ref()?;
                    let (_, found) = worth.expected.iter().find(|(measure, _)| *measure == own)?;
                    Some((found.mean, found.std_error))
                },
            )
        })
    };
    let others = [
        Measure::PAID,
        Measure::PRESENT_VALUE,
        Measure::Total(Total::Excess),
    ];
    let panels = std::iter::once(traded).chain(others.into_iter().filter_map(worth));
    let lines = Lines {
        frame: frame(
            scenario,
            trade(scenario, frontier),
            match frontier.target.statistic {
                Statistic::Expected(kept) if kept.kind().is_money() => format!(
                    "Pairs with the same {}, {}",
                    lowercased(&kept.expected_in(agreement)),
                    estimated(&scenario.money, frontier.target.value)
                ),
                _ => format!("Pairs that make {}", frontier.target.written),
            },
        ),
        x,
        panels: panels.collect(),
        bands: "Band: 95\u{a0}% interval of the simulation.".to_owned(),
        missing: "no value meets the target".to_owned(),
    };
    vec![("frontier".to_owned(), Figure::Lines(lines))]
}

fn panel(
    quantity: String,
    measure: Written,
    frontier: &Frontier,
    of: impl Fn(&Pair) -> Option<(f64, f64)>,
) -> LinePanel {
    let values = frontier
        .pairs
        .iter()
        .map(|pair| of(pair).unwrap_or((f64::NAN, f64::NAN)));
    let values: Vec<(f64, f64)> = values.collect();
    LinePanel {
        quantity,
        measure,
        from_zero: true,
        series: vec![Series {
            label: String::new(),
            style: 0,
            band_ends: None,
            band: values
                .iter()
                .map(|(value, error)| (value - BAND * error, value + BAND * error))
                .collect(),
            values: values.iter().map(|(value, _)| *value).collect(),
        }],
        level: None,
    }
}
