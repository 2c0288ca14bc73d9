//! Charts of comparisons and of what drives the outcome, as data.

use super::charts::{credits, sentence, subject};
use super::compare::who_pays_more;
use super::figure::{
    Figure, Frame, Level, LineAxis, LinePanel, Lines, Measure, Series, Tornado, TornadoRow,
};
use super::key_name::{KeyName, variant};
use super::probability::rounded;
use super::sensitivity::{display_names, order};
use super::text::{grouped, lowercased, plain};
use crate::agreement::Agreement;
use crate::scenario::Scenario;
use crate::simulate::{Kind, Measure as Measured, NetQuantity, Quantity, Settings};
use crate::study::{
    ComparedPart, ComparedValue, Comparison, CumulativeFan, DriverKind, Entry, QuantitySensitivity,
    Sensitivity, SensitivityOptions,
};

const CUMULATIVE: Measured = Measured::Quantity(Quantity::CumulativePaid);
const NET: Measured = Measured::Net(NetQuantity::Cumulative);

/// The charts of a sensitivity study by file name without extension.
pub fn sensitivity_figures(scenario: &Scenario, study: &Sensitivity) -> Vec<(String, Figure)> {
    let mut figures = Vec::new();
    for found in &study.quantities {
        let [swings, indices] = chart_names(found.quantity, &scenario.primary().agreement);
        let figure = tornado(scenario, study, found);
        figures.push((swings, Figure::Tornado(figure)));
        if let Some(figure) = shares(scenario, study, found) {
            figures.push((indices, Figure::Tornado(figure)));
        }
    }
    figures
}

pub(super) fn frame(scenario: &Scenario, title: String, subtitle: String) -> Frame {
    Frame {
        title: sentence(title),
        subtitle: sentence(subtitle),
        sources: credits(scenario, &scenario.sources),
        run: run(&scenario.settings),
    }
}

fn run(settings: &Settings) -> String {
    format!(
        "capbind {}, {} paths for each bar or curve ({}, seed {}).",
        env!("CARGO_PKG_VERSION"),
        grouped(settings.paths()),
        settings.sampler.word(),
        settings.seed,
    )
}

/// The file names, without extension, of the charts that a sensitivity study with these
/// measures may have.
pub fn sensitivity_charts(scenario: &Scenario, besides: &[Measured]) -> Vec<String> {
    let all = SensitivityOptions::ALWAYS.iter().chain(besides);
    all.flat_map(|measure| chart_names(*measure, &scenario.primary().agreement))
        .collect()
}

/// What the names of a measure's charts end in: nothing for the total paid.
pub(super) fn chart_end(measure: Measured, agreement: &Agreement) -> String {
    match measure {
        Measured::PAID => String::new(),
        Measured::PRESENT_VALUE => "-present-value".to_owned(),
        Measured::Binding => "-probability".to_owned(),
        other => format!(
            "-{}",
            other.name_in(agreement).replace(['_', '.', ' '], "-")
        ),
    }
}

/// The names of a measure's charts: swings and indices.
fn chart_names(measure: Measured, agreement: &Agreement) -> [String; 2] {
    let end = chart_end(measure, agreement);
    ["tornado", "indices"].map(|kind| format!("{kind}{end}"))
}

pub(super) fn measure(scenario: &Scenario, quantity: Measured) -> Measure {
    match quantity.kind() {
        Kind::Probability | Kind::Rate => Measure::Share,
        Kind::Flow | Kind::Level | Kind::Amount => Measure::Money(scenario.money.clone()),
        kind => Measure::Number(kind.unit(String::new())),
    }
}

/// A value of a measure in a sentence.
pub(super) fn said(scenario: &Scenario, quantity: Measured, value: f64) -> String {
    match quantity.kind() {
        Kind::Probability => rounded(value),
        Kind::Rate => format!("{}\u{a0}%", plain((1000.0 * value).round() / 10.0)),
        kind if kind.is_money() => scenario.money.format_suited(value),
        _ => plain(value),
    }
}

/// Each input from its low to its high percentile.
fn tornado(scenario: &Scenario, study: &Sensitivity, found: &QuantitySensitivity) -> Tornado {
    let names = display_names(study);
    let mut swings: Vec<_> = found.swings.iter().collect();
    swings.sort_by(|a, b| b.swing.mean.abs().total_cmp(&a.swing.mean.abs()));
    let said = |value: f64| said(scenario, found.quantity, value);
    let rows = swings.iter().map(|swing| {
        let driver = &study.drivers[swing.driver];
        let value = |value: f64| match driver.kind {
            DriverKind::GrowthError(_) => format!("{value:+.2} sd").replace('-', "\u{2212}"),
            // In units of the hazard, which say nothing to a reader.
            DriverKind::Input(_) if driver.name.ends_with(".wait") => String::new(),
            _ => KeyName::new(&driver.name, &scenario.money).number(value),
        };
        // What the input is, and what comes of it.
        let end = |input: String, result: f64| match input.as_str() {
            "" => said(result),
            _ => format!("{input} → {}", said(result)),
        };
        let inputs = match (swing.ends, &found.in_cases) {
            (Some((low, high)), _) => (value(low), value(high)),
            (None, cases) => {
                let at = |mean: f64| {
                    let mut all = cases.iter().flatten();
                    let own = all.find(|(_, own)| own.mean == mean);
                    own.map_or_else(String::new, |(name, _)| name.clone())
                };
                (at(swing.low.mean), at(swing.high.mean))
            }
        };
        TornadoRow {
            label: names[swing.driver].clone(),
            low: Some((swing.low.mean, end(inputs.0, swing.low.mean))),
            high: (swing.high.mean, end(inputs.1, swing.high.mean)),
            part: None,
            std_error: None,
        }
    });
    let (low, high) = (study.options.low, study.options.high);
    let rows: Vec<TornadoRow> = rows.collect();
    let words = found.quantity.expected_in(&scenario.primary().agreement);
    let title = match rows.first().zip(swings.first()) {
        Some((row, swing)) => format!(
            "The {} moves the {} most: from {} to {}",
            row.label,
            lowercased(&words),
            said(swing.low.mean),
            said(swing.high.mean)
        ),
        None => words.clone(),
    };
    let subtitle = format!(
        "{} Each input at its {low}\u{a0}% and {high}\u{a0}% point, all else drawn",
        sentence(subject(scenario))
    );
    let is_drawn = |kind: &DriverKind| matches!(kind, DriverKind::GrowthError(_));
    let mut notes = vec![format!(
        "Light: the input at its {low}\u{a0}% point; dark: at its {high}\u{a0}% point; at the ends: \
             input → {}. Line: {}, with every input drawn.",
        lowercased(&words),
        said(found.expected.mean)
    )];
    if found.in_cases.is_some() {
        notes.push("Case: that with the lowest mean, and that with the highest.".to_owned());
    }
    if swings
        .iter()
        .any(|swing| is_drawn(&study.drivers[swing.driver].kind))
    {
        notes.push("sd: standard deviations.".to_owned());
    }
    Tornado {
        frame: frame(scenario, title, subtitle),
        quantity: words,
        measure: measure(scenario, found.quantity),
        base: found.expected.mean,
        is_bridge: false,
        notes,
        rows,
    }
}

/// The share of the variance that each driver explains.
fn shares(
    scenario: &Scenario,
    study: &Sensitivity,
    found: &QuantitySensitivity,
) -> Option<Tornado> {
    let indices = found.decomposition.as_ref()?;
    let names = display_names(study);
    let decomposed = order(study, found).into_iter();
    let rows = decomposed.filter_map(|driver| {
        let of_driver = indices.groups.get(driver)?;
        Some(TornadoRow {
            label: names[driver].clone(),
            low: None,
            high: (
                of_driver.total.mean,
                format!(
                    "{:.0}\u{a0}%, alone {:.0}\u{a0}%",
                    100.0 * of_driver.total.mean,
                    // No minus before a rounded zero.
                    (100.0 * of_driver.first_order.mean).round() + 0.0
                )
                .replace('-', "\u{2212}"),
            ),
            part: Some(of_driver.first_order.mean),
            std_error: Some(of_driver.total.std_error),
        })
    });
    let rows: Vec<TornadoRow> = rows.collect();
    let what = match found.quantity {
        Measured::PAID => "total paid".to_owned(),
        Measured::PRESENT_VALUE => "present value of what is paid".to_owned(),
        Measured::Binding => "chance that the cap binds".to_owned(),
        other => lowercased(&other.expected_in(&scenario.primary().agreement)),
    };
    let title = match rows.as_slice() {
        [] => format!("Nothing moves the {what}"),
        [one] => format!("The {} alone moves the {what}", one.label),
        [first, second, ..] => format!(
            "The {} explains {:.0}\u{a0}% of how the {what} varies, the {} {:.0}\u{a0}%, interactions \
             included",
            first.label,
            100.0 * first.high.0,
            second.label,
            100.0 * second.high.0
        ),
    };
    let subtitle = sentence(subject(scenario));
    let mut notes = vec![
        "Full bar: with interactions (total index); dark part: alone (first-order index)."
            .to_owned(),
    ];
    if rows.iter().map(|row| row.high.0).sum::<f64>() > 1.0 {
        notes.push(
            "The bars add up to more than 100\u{a0}%: an interaction counts for each of its inputs."
                .to_owned(),
        );
    }
    Some(Tornado {
        frame: frame(scenario, title, subtitle),
        quantity: "Share of the variance".to_owned(),
        measure: Measure::Share,
        base: 0.0,
        is_bridge: false,
        notes,
        rows,
    })
}

/// The chart of a comparison by file name without extension: cumulative payments of
/// every scenario and their differences from the reference.
pub fn comparison_figures(comparison: &Comparison) -> Vec<(String, Figure)> {
    let reference = &comparison.entries[0];
    let start = reference.scenario.timeline.start();
    let percentiles = &reference.scenario.report.percentiles;
    let (low, high) = (
        percentiles.first().copied().unwrap_or(50.0),
        percentiles.last().copied().unwrap_or(50.0),
    );
    let money = || Measure::Money(comparison.money.clone());
    let mut panels = vec![
        LinePanel {
            quantity: "Cumulative paid, mean".to_owned(),
            measure: money(),
            from_zero: true,
            series: own_series(comparison, 0),
            level: limit(comparison),
        },
        LinePanel {
            quantity: format!("Difference from {}, mean", display(comparison, reference)),
            measure: money(),
            from_zero: true,
            series: difference_series(comparison, 0),
            level: None,
        },
    ];
    let net = comparison.scenarios[0]
        .parts
        .iter()
        .position(|part| part.fan.is_none());
    if let Some(at) = net {
        panels.push(LinePanel {
            quantity: format!(
                "Cumulative, {}, mean",
                comparison.scenarios[0].parts[at].name
            ),
            measure: money(),
            from_zero: true,
            series: net_series(comparison),
            level: None,
        });
    }
    let figure = Lines {
        frame: Frame {
            title: sentence(who_pays_more(comparison, false).unwrap_or_default()),
            subtitle: sentence(compared_titles(comparison)),
            sources: all_sources(comparison),
            run: run(&reference.scenario.settings),
        },
        x: LineAxis::Dates(
            std::iter::once(start)
                .chain(comparison.spans.iter().map(|span| span.last_day))
                .collect(),
        ),
        panels,
        bands: format!("Bands: from {low}\u{a0}% to {high}\u{a0}% of outcomes."),
        missing: String::new(),
    };
    vec![("compare".to_owned(), Figure::Lines(figure))]
}

/// The titles of what is compared, the reference last; one title where all share it, as
/// variants of one file do.
fn compared_titles(comparison: &Comparison) -> String {
    let title = |entry: &Entry| entry.scenario.title.trim_end_matches('.').to_owned();
    let (reference, others) = (title(&comparison.entries[0]), &comparison.entries[1..]);
    match others {
        // Of a variant the title of the file may not hold.
        _ if others.iter().all(|other| title(other) == reference) => {
            format!("Reference: {}", subject(&comparison.entries[0].scenario))
        }
        [other] => format!("{}. Against: {reference}", title(other)),
        _ => format!("Against: {reference}"),
    }
}

/// A scenario as the charts call it: variants by what they change.
fn display(comparison: &Comparison, entry: &Entry) -> String {
    variant(&entry.name, &comparison.money)
}

/// The sources of all that is compared, each once.
fn all_sources(comparison: &Comparison) -> String {
    let mut all: Vec<&str> = Vec::new();
    for source in comparison
        .entries
        .iter()
        .flat_map(|entry| &entry.scenario.sources)
    {
        if !all.contains(&source.as_str()) {
            all.push(source);
        }
    }
    credits(&comparison.entries[0].scenario, &all)
}

/// The limit of the reference's cap, where it is one.
fn limit(comparison: &Comparison) -> Option<Level> {
    let fan = comparison.scenarios[0].parts.first()?.fan.as_ref()?;
    let value = fan.limit?;
    let amount = comparison.money.format_suited(value);
    Some(Level {
        label: format!(
            "Cap of {}: {amount}",
            display(comparison, &comparison.entries[0])
        ),
        value,
    })
}

/// Mean and outermost percentiles of cumulative payments at the end of each span.
fn own_series(comparison: &Comparison, part: usize) -> Vec<Series> {
    let entries = comparison.entries.iter().zip(&comparison.scenarios);
    let entries = entries.enumerate();
    entries
        .filter_map(|(style, (entry, scenario))| {
            let fan = scenario.parts.get(part)?.fan.as_ref()?;
            let at = |values: &[f64]| -> Vec<f64> {
                let ends = comparison.spans.iter().map(|span| span.last_day);
                let paid = ends.map(|end| {
                    let ended = fan.dates.partition_point(|date| *date <= end);
                    // Where it stood last, after the timeline; nothing before it.
                    ended.checked_sub(1).map_or(0.0, |last| values[last])
                });
                // Nothing has been paid on the first day.
                std::iter::once(0.0).chain(paid).collect()
            };
            Some(Series {
                label: display(comparison, entry),
                style,
                values: at(&fan.mean),
                band_ends: None,
                band: band(fan).map_or_else(Vec::new, |(low, high)| {
                    at(low).into_iter().zip(at(high)).collect()
                }),
            })
        })
        .collect()
}

fn band(fan: &CumulativeFan) -> Option<(&[f64], &[f64])> {
    let (first, last) = (fan.percentiles.first()?, fan.percentiles.last()?);
    (fan.percentiles.len() > 1).then_some((&first.1, &last.1))
}

fn cumulative(
    part: &ComparedPart,
    measure: Measured,
) -> impl Iterator<Item = Option<&ComparedValue>> {
    let periods = part.periods.iter();
    periods.map(move |values| values.iter().find(|value| value.measure == measure))
}

fn difference_series(comparison: &Comparison, part: usize) -> Vec<Series> {
    let entries = comparison.entries.iter().zip(&comparison.scenarios);
    let others = entries.enumerate().skip(1);
    others
        .filter_map(|(style, (entry, scenario))| {
            let part = scenario.parts.get(part)?;
            let values = cumulative(part, CUMULATIVE).map(|value| {
                let difference = value.and_then(|value| value.difference);
                difference.map_or(f64::NAN, |difference| difference.mean)
            });
            let futures = part.futures.as_ref().map(|futures| &futures.percentiles);
            let ends = futures.and_then(|curves| curves.first().zip(curves.last()));
            let ends = ends.filter(|(first, last)| first.0 < last.0);
            Some(Series {
                label: display(comparison, entry),
                style,
                values: std::iter::once(0.0).chain(values).collect(),
                band_ends: None,
                band: ends.map_or_else(Vec::new, |((_, low), (_, high))| {
                    let band = low.iter().copied().zip(high.iter().copied());
                    std::iter::once((0.0, 0.0)).chain(band).collect()
                }),
            })
        })
        .collect()
}

fn net_series(comparison: &Comparison) -> Vec<Series> {
    let entries = comparison.entries.iter().zip(&comparison.scenarios);
    let entries = entries.enumerate();
    entries
        .filter_map(|(style, (entry, scenario))| {
            let part = scenario.parts.iter().find(|part| part.fan.is_none())?;
            let values = cumulative(part, NET);
            Some(Series {
                label: display(comparison, entry),
                style,
                values: std::iter::once(0.0)
                    .chain(values.map(|value| value.map_or(f64::NAN, |value| value.value.mean)))
                    .collect(),
                band_ends: None,
                band: Vec::new(),
            })
        })
        .collect()
}
