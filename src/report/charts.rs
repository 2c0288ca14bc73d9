//! The four charts of a run, as data.

use std::collections::BTreeSet;

use super::answer::answer;
use super::figure::{
    Bin, Binding, BindingBar, CapMass, Convergence, ConvergencePanel, ConvergenceStep, Curve, Fan,
    Figure, Frame, Level, Milestone, PercentileCurve, Total as TotalFigure,
};
use super::{Part, Report};
use crate::agreement::Contract;
use crate::revenue::Model;
use crate::simulate::{Quantity, Slot, Total, Watched};
use crate::stats::Sketch;
use crate::units::{Date, Step};

/// Bins of the chart of the total.
const BINS: usize = 40;
/// Periods up to which each month has a bar of its own.
const MOST_MONTHLY_BARS: usize = 24;
/// What the chart of the total leaves out on each side, where there is no cap.
const TAIL: f64 = 0.001;

/// The charts by file name without extension; where there are several
/// agreements, those of each carry its name.
pub fn figures(report: &Report<'_>, convergence: bool) -> Vec<(String, Figure)> {
    let primary = report.primary();
    let mut figures = vec![("revenue".to_owned(), Figure::Fan(revenue(&primary)))];
    for (part, suffix) in report.parts().zip(suffixes(report)) {
        let of_agreement = [
            ("cumulative", Figure::Fan(cumulative(&part))),
            ("binding", Figure::Binding(binding(&part))),
            ("total", Figure::Total(total(&part))),
        ];
        let named = of_agreement.into_iter();
        figures.extend(named.map(|(name, figure)| (format!("{name}{suffix}"), figure)));
    }
    if convergence {
        let figure = Figure::Convergence(self::convergence(report));
        figures.push(("convergence".to_owned(), figure));
    }
    figures
}

/// What the file names of each agreement's charts end in: nothing for a lone
/// agreement, else its name in small letters, digits and hyphens.
fn suffixes(report: &Report<'_>) -> Vec<String> {
    let contracts = &report.scenario.contracts;
    if contracts.len() == 1 {
        return vec![String::new()];
    }
    let suffix = |contract: &Contract| {
        let name = contract.agreement.name.to_lowercase();
        let words = name.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        format!("-{}", words.join("-"))
    };
    let suffixes: Vec<String> = contracts.iter().map(suffix).collect();
    let distinct: BTreeSet<&String> = suffixes.iter().collect();
    if distinct.len() == suffixes.len() && suffixes.iter().all(|suffix| suffix.len() > 1) {
        return suffixes;
    }
    // Names that differ in other characters alone are told apart by number.
    let numbered = suffixes.iter().enumerate();
    numbered
        .map(|(i, suffix)| format!("-{}{suffix}", i + 1))
        .collect()
}

fn convergence(report: &Report<'_>) -> Convergence {
    let watched: Vec<Watched> = report.steps.last().map_or_else(Vec::new, |step| {
        step.estimates.iter().map(|(watched, _)| *watched).collect()
    });
    let steps = |wanted: Watched| {
        let of_step = report.steps.iter().filter_map(move |step| {
            let (_, estimate) = step.estimates.iter().find(|(w, _)| *w == wanted)?;
            Some(ConvergenceStep {
                paths: step.paths,
                mean: estimate.mean,
                std_error: estimate.std_error,
            })
        });
        of_step.collect()
    };
    let panels = watched.into_iter().map(|watched| ConvergencePanel {
        quantity: match watched {
            Watched::Paid => "Expected total paid".to_owned(),
            Watched::PresentValue => "Its present value".to_owned(),
            Watched::Probability => "Probability that the cap binds".to_owned(),
        },
        is_probability: watched == Watched::Probability,
        steps: steps(watched),
    });
    Convergence {
        frame: frame(&report.primary()),
        money: report.scenario.money.clone(),
        panels: panels.collect(),
    }
}

fn frame(part: &Part<'_>) -> Frame {
    let scenario = part.scenario;
    let settings = &scenario.settings;
    Frame {
        title: format!("{}{}", part.prefix(), answer(part)),
        subtitle: scenario.title.clone(),
        sources: match scenario.sources.as_slice() {
            [] => String::new(),
            [one] => format!("Source: {one}."),
            many => format!("Sources: {}.", many.join("; ")),
        },
        run: format!(
            "capbind {}, {} paths ({}, seed {}).",
            env!("CARGO_PKG_VERSION"),
            grouped(part.outcomes.paths()),
            settings.sampler.word(),
            settings.seed,
        ),
    }
}

fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn milestones(part: &Part<'_>) -> Vec<Milestone> {
    let marked = part.scenario.report.milestones.iter();
    marked
        .map(|milestone| Milestone {
            date: milestone.date,
            label: milestone.label.clone(),
        })
        .collect()
}

fn revenue(part: &Part<'_>) -> Fan {
    let scenario = part.scenario;
    let step = scenario.timeline.step().word();
    let mut fan = fan(part, Quantity::Revenue, format!("Revenue per {step}"));
    if let Model::Forecast(forecast) = &scenario.model {
        fan.reference = Some(Curve {
            // Errors are centred on the plan: the two curves are one.
            label: "plan (mean)".to_owned(),
            values: forecast.plan().to_vec(),
        });
    }
    fan
}

fn cumulative(part: &Part<'_>) -> Fan {
    let scenario = part.scenario;
    let agreement = &part.contract.agreement;
    let before = agreement.paid_before.fixed().unwrap_or(0.0);
    let quantity = if before > 0.0 {
        let paid = scenario.money.format_short(before);
        format!("Cumulative paid, {paid} before included")
    } else {
        "Cumulative paid".to_owned()
    };
    let mut fan = fan(part, Quantity::CumulativePaid, quantity);
    // Before sharing begins the curves lie at what was paid before.
    let (start, effective) = (scenario.timeline.start(), agreement.effective);
    let mut idle = vec![start];
    idle.extend((start < effective && effective < fan.dates[0]).then_some(effective));
    let curves = fan.percentiles.iter_mut().map(|curve| &mut curve.values);
    for values in curves.chain([&mut fan.mean]) {
        values.splice(0..0, idle.iter().map(|_| 0.0));
        values.iter_mut().for_each(|value| *value += before);
    }
    fan.dates.splice(0..0, idle);
    fan.level = agreement.cap.as_ref().map(|cap| {
        let medians: Vec<f64> = scenario
            .inputs
            .iter()
            .map(|input| input.distribution.median())
            .collect();
        let value = cap.at(&medians);
        let amount = scenario.money.format_short(value);
        let label = match cap.fixed() {
            Some(_) => format!("Cap {amount}"),
            None => format!("Cap, median {amount}"),
        };
        Level { label, value }
    });
    fan
}

/// Percentiles and mean of a quantity at the end of every period.
fn fan(part: &Part<'_>, quantity: Quantity, label: String) -> Fan {
    let scenario = part.scenario;
    let periods = scenario.timeline.periods();
    let measured: Vec<_> = (0..periods.len())
        .filter_map(|k| part.outcomes.quantity(quantity, Slot::Period(k)))
        .collect();
    let percentiles = scenario.report.percentiles.iter();
    Fan {
        frame: frame(part),
        quantity: label,
        money: scenario.money.clone(),
        dates: periods.iter().map(|period| period.last_day).collect(),
        percentiles: percentiles
            .map(|&percentile| PercentileCurve {
                percentile,
                values: measured
                    .iter()
                    .map(|m| m.distribution.quantile(percentile / 100.0).unwrap_or(0.0))
                    .collect(),
            })
            .collect(),
        mean: measured.iter().map(|m| m.estimate.mean).collect(),
        reference: None,
        level: None,
        milestones: milestones(part),
    }
}

fn binding(part: &Part<'_>) -> Binding {
    let scenario = part.scenario;
    let periods = scenario.timeline.periods();
    let by_quarter = scenario.timeline.step() == Step::Month && periods.len() > MOST_MONTHLY_BARS;
    let spans: Vec<(Date, Date)> = if by_quarter {
        quarters(scenario.timeline.start(), scenario.timeline.end())
    } else {
        periods.iter().map(|p| (p.first_day, p.last_day)).collect()
    };
    let step = if by_quarter {
        Step::Quarter
    } else {
        scenario.timeline.step()
    };
    let bars = spans.into_iter().map(|(start, end)| BindingBar {
        start,
        end,
        probability: part.outcomes.reached_within(start, end).mean,
        cumulative: part.outcomes.reached_by(end).mean,
    });
    let quantile = |p: &f64| (*p, part.outcomes.reached_quantile(p / 100.0));
    Binding {
        frame: frame(part),
        bar_span: step.word().to_owned(),
        bars: bars.collect(),
        not_reached: 1.0 - part.outcomes.reached().mean,
        quantiles: scenario.report.percentiles.iter().map(quantile).collect(),
        milestones: milestones(part),
    }
}

/// The calendar quarters from one date to another, the first and last cut short.
fn quarters(start: Date, end: Date) -> Vec<(Date, Date)> {
    let mut spans = Vec::new();
    let mut first = start;
    while first <= end {
        let to_go = (3 - i32::from(first.month()) % 3) % 3;
        let last = first.first_of_month().add_months(to_go).last_of_month();
        spans.push((first, last.min(end)));
        first = last.add_days(1);
    }
    spans
}

fn total(part: &Part<'_>) -> TotalFigure {
    let scenario = part.scenario;
    let agreement = &part.contract.agreement;
    let outcomes = part.outcomes;
    let paid = outcomes.total(Total::Paid);
    let distribution = |total| outcomes.total(total).map(|m| m.distribution);
    let limit = match (
        agreement.cap.as_ref().and_then(|cap| cap.fixed()),
        agreement.paid_before.fixed(),
    ) {
        (Some(cap), Some(before)) => Some((cap - before).max(0.0)),
        _ => None,
    };
    let at_cap = limit.map(|value| CapMass {
        value,
        probability: outcomes.reached().mean,
        in_part: agreement.paid_before.fixed() != Some(0.0),
    });
    let bins = match limit {
        // Below a fixed cap the total is the uncapped share, whose distribution has no mass points.
        Some(limit) => distribution(Total::Uncapped)
            .map(|uncapped| bins(uncapped, uncapped.min().unwrap_or(0.0), limit)),
        None => distribution(Total::Paid).map(|paid| {
            let low = paid.quantile(TAIL).unwrap_or(0.0);
            let high = paid.quantile(1.0 - TAIL).unwrap_or(0.0);
            // An upper edge above the quantile keeps what stands exactly on it.
            bins(paid, low, high * (1.0 + 1.0 / BINS as f64))
        }),
    };
    let percentiles = scenario.report.percentiles.iter();
    TotalFigure {
        frame: frame(part),
        quantity: "Total paid".to_owned(),
        money: scenario.money.clone(),
        bins: bins.unwrap_or_default(),
        at_cap,
        mean: paid.map_or(0.0, |m| m.estimate.mean),
        percentiles: percentiles
            .filter_map(|&p| Some((p, paid?.distribution.quantile(p / 100.0)?)))
            .collect(),
    }
}

/// Bins of one round width that end at `high` and reach down to `low`; none where
/// nothing lies below `high`.
fn bins(sketch: &Sketch, low: f64, high: f64) -> Vec<Bin> {
    if low >= high {
        return Vec::new();
    }
    let width = round_up((high - low) / BINS as f64);
    let count = ((high - low) / width).ceil() as usize;
    let paths = sketch.count() as f64;
    let below = |x: f64| sketch.count_below(x) / paths;
    (0..count)
        .rev()
        .map(|i| {
            let upper = high - i as f64 * width;
            let lower = (upper - width).max(0.0);
            Bin {
                low: lower,
                high: upper,
                probability: (below(upper) - below(lower)).max(0.0),
            }
        })
        .collect()
}

/// The least of 1, 2, 2.5, 5 times a power of ten that is not less than `x` > 0.
fn round_up(x: f64) -> f64 {
    let power = 10f64.powi(x.log10().floor() as i32);
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .iter()
        .map(|step| step * power)
        .find(|step| *step >= x)
        .unwrap_or(10.0 * power)
}
