//! The bridge of an update: from the answer before to the answer after.

use super::answer::day_month_year;
use super::charts::{sentence, subject, suffixes};
use super::figure::{Figure, Tornado, TornadoRow};
use super::probability::percent;
use super::study_charts::{frame, measure};
use super::text::{lowercased, two_digits, with_sign};
use super::update::worded;
use crate::scenario::Scenario;
use crate::simulate::Measure;
use crate::stats::MeanEstimate;
use crate::study::{Moved, Update, Why};

/// What has a bridge, with the name of its chart.
const BRIDGES: [(Measure, &str); 3] = [
    (Measure::PRESENT_VALUE, "bridge"),
    (Measure::PAID, "bridge-total"),
    (Measure::Binding, "bridge-probability"),
];

/// The charts that an update of a scenario may have, by file name without extension.
pub fn update_charts(scenario: &Scenario) -> Vec<String> {
    let suffixes = suffixes(&scenario.contracts);
    let of = |suffix: &String| BRIDGES.map(|(_, name)| format!("{name}{suffix}"));
    suffixes.iter().flat_map(of).collect()
}

/// The bridges of every agreement, by file name without extension: of its present value,
/// of the expected total and of the probability that its cap binds, where these move.
pub fn update_figures(update: &Update) -> Vec<(String, Figure)> {
    let mut figures = Vec::new();
    let suffixes = suffixes(&update.before.contracts);
    for (at, (own, suffix)) in update.agreements.iter().zip(suffixes).enumerate() {
        for (measure, name) in BRIDGES {
            let moved = own.moved.iter().find(|moved| moved.measure == measure);
            let moves = |moved: &&Moved| moved.why.iter().any(|(_, step)| step.mean != 0.0);
            if let Some(moved) = moved.filter(moves) {
                let bridge = Figure::Tornado(bridge(update, at, moved));
                figures.push((format!("{name}{suffix}"), bridge));
            }
        }
    }
    figures
}

/// How a change of a measure is written, with its sign.
fn change(update: &Update, moved: &Moved, value: f64) -> String {
    let sign = if value < 0.0 { "\u{2212}" } else { "+" };
    match moved.measure {
        Measure::Binding => {
            format!("{}\u{a0}points", with_sign(two_digits(100.0 * value)))
        }
        _ => format!("{sign}{}", update.before.money.format_suited(value.abs())),
    }
}

fn bridge(update: &Update, at: usize, moved: &Moved) -> Tornado {
    let said = |value: f64| match moved.measure {
        Measure::Binding => percent(value),
        _ => {
            let change = moved.after.mean - moved.before.mean;
            update.before.money.format_apart(value, change)
        }
    };
    let on = |of: fn(&(crate::units::Date, crate::units::Date)) -> crate::units::Date,
              word: &str| {
        match (&update.dates, moved.measure) {
            (Some(dates), Measure::PRESENT_VALUE) => {
                format!("On {}", day_month_year(of(dates)))
            }
            _ => word.to_owned(),
        }
    };
    let level = |label: String, estimate: MeanEstimate| TornadoRow {
        label,
        low: Some((estimate.mean, String::new())),
        high: (estimate.mean, said(estimate.mean)),
        part: None,
        std_error: Some(estimate.std_error),
    };
    let mut standing = moved.before.mean;
    let mut rows = vec![level(on(|dates| dates.0, "Before"), moved.before)];
    for (why, step) in moved.why.iter().filter(|(_, step)| step.mean != 0.0) {
        let from = standing;
        standing += step.mean;
        rows.push(TornadoRow {
            label: why.label().to_owned(),
            low: Some((from, String::new())),
            high: (standing, change(update, moved, step.mean)),
            part: None,
            std_error: Some(step.std_error),
        });
    }
    rows.push(level(on(|dates| dates.1, "After"), moved.after));
    let (what, definition) = (
        lowercased(
            &moved
                .measure
                .expected_in(&update.before.contracts[at].agreement),
        ),
        moved.measure.expected(),
    );
    let named = |title: String| match update.agreements.as_slice() {
        [_] => title,
        all => format!("{}: {}", all[at].name, lowercased(&title)),
    };
    Tornado {
        frame: frame(
            &update.before,
            named(title(update, moved, &what)),
            scope(update),
        ),
        quantity: definition,
        measure: measure(&update.before, moved.measure),
        base: moved.before.mean,
        is_bridge: true,
        notes: vec![
            "Dots: before and after. Bars: what each step does, from where the one before it \
             ended; blue adds, red takes away."
                .to_owned(),
        ],
        rows,
    }
}

/// What moves it most.
fn title(update: &Update, moved: &Moved, what: &str) -> String {
    let largest = moved
        .why
        .iter()
        .max_by(|a, b| a.1.mean.abs().total_cmp(&b.1.mean.abs()));
    let Some((why, step)) = largest else {
        return what.to_owned();
    };
    let verb = if step.mean < 0.0 { "lower" } else { "raise" };
    let s = match why {
        Why::Payments | Why::Terms | Why::Weights => "",
        _ => "s",
    };
    let by = change(update, moved, step.mean.abs());
    let by = by.trim_start_matches('+');
    let steps = moved.why.iter().filter(|(_, step)| step.mean != 0.0);
    let most = if steps.count() > 1 { " most," } else { "" };
    format!("{} {verb}{s} the {what}{most} by {by}", why.label())
}

fn scope(update: &Update) -> String {
    let of = subject(&update.before);
    match worded(update).as_slice() {
        [] => of,
        news => format!(
            "{} {}",
            sentence(of),
            super::text::capitalised(&news.join("; "))
        ),
    }
}
