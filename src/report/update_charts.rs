//! The bridge of an update: from the answer before to the answer after.

use super::answer::day_month_year;
use super::charts::{sentence, subject};
use super::figure::{Figure, Tornado, TornadoRow};
use super::probability::rounded;
use super::sensitivity::signed;
use super::study_charts::{frame, measure};
use super::text::lowercased;
use super::update::worded;
use crate::simulate::Measure;
use crate::stats::MeanEstimate;
use crate::study::{Moved, Update, Why};

/// The charts that an update may have, by file name without extension.
pub const UPDATE_CHARTS: [&str; 3] = ["bridge", "bridge-total", "bridge-probability"];

/// The bridges of the first agreement, by file name without extension: of its present
/// value, of the expected total and of the probability that its cap binds, where these
/// move.
pub fn update_figures(update: &Update) -> Vec<(String, Figure)> {
    let measures = [Measure::PRESENT_VALUE, Measure::PAID, Measure::Binding];
    let named = measures.into_iter().zip(UPDATE_CHARTS);
    let figures = named.filter_map(|(measure, name)| {
        let moved = update.agreements[0].moved.iter();
        let moved = moved.clone().find(|moved| moved.measure == measure)?;
        let moves = moved.why.iter().any(|(_, step)| step.mean != 0.0);
        moves.then(|| (name.to_owned(), Figure::Tornado(bridge(update, moved))))
    });
    figures.collect()
}

/// How a change of a measure is written, with its sign.
fn change(update: &Update, moved: &Moved, value: f64) -> String {
    let sign = if value < 0.0 { "\u{2212}" } else { "+" };
    match moved.measure {
        Measure::Binding => format!("{}\u{a0}points", signed(100.0 * value)),
        _ => format!("{sign}{}", update.before.money.format_suited(value.abs())),
    }
}

fn bridge(update: &Update, moved: &Moved) -> Tornado {
    let said = |value: f64| match moved.measure {
        Measure::Binding => rounded(value),
        _ => update.before.money.format_suited(value),
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
                .expected_in(&update.before.primary().agreement),
        ),
        moved.measure.expected(),
    );
    Tornado {
        frame: frame(&update.before, title(update, moved, &what), scope(update)),
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
        Why::Payments | Why::Terms => "",
        _ => "s",
    };
    let by = change(update, moved, step.mean.abs());
    let by = by.trim_start_matches('+');
    format!("{} {verb}{s} the {what} most, by {by}", why.label())
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
