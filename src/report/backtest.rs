//! A track record as text, CSV and JSON.

use std::fmt::Write;

use serde_json::json;

use super::probability::percent;
use super::table::{Table, Value, table};
use super::text::{aligned, error_text, significant};
use crate::study::{Clustered, OutsideView, TrackRecord, binomial_band};

/// With fewer outcomes nothing is shown of how forecasts come out.
pub(super) const FEW: usize = 20;
/// The part of all track records whose forecasts are as stated that lie within a band.
pub(super) const LEVEL: f64 = 0.95;

/// The tables of a track record.
pub fn backtest_tables(record: &TrackRecord, outside: Option<&OutsideView>) -> Vec<Table> {
    let mut tables = vec![scores(record), forecasts(record)];
    tables.extend(outside.map(view));
    tables
}

fn row(word: &str, unit: &str, of: &Clustered) -> Vec<Value> {
    vec![
        word.into(),
        unit.into(),
        of.mean.into(),
        Value::error(of.std_error),
        Value::Count(of.forecasts as u64),
        Value::Count(of.outcomes as u64),
    ]
}

fn scores(record: &TrackRecord) -> Table {
    let columns = [
        "score",
        "unit",
        "value",
        "std_error",
        "forecasts",
        "outcomes",
    ];
    let mut table = Table::new("backtest", &columns, &[]);
    for (band, of) in &record.coverage {
        let word = format!("coverage_of_{}", (100.0 * band).round());
        table.push(row(&word, "share", of), &[]);
    }
    let others = [
        ("probability_integral_transform", "share", record.transform),
        ("crps", "log or years", record.crps),
        (
            "absolute_error_of_median",
            "log or years",
            record.of_medians,
        ),
        ("brier", "squared probability", record.brier),
        (
            "brier_of_base_rate",
            "squared probability",
            record.brier_of_base_rate,
        ),
    ];
    for (word, unit, of) in others {
        if let Some(of) = of {
            table.push(row(word, unit, &of), &[]);
        }
    }
    table
}

fn forecasts(record: &TrackRecord) -> Table {
    table!("forecasts", score in &record.scores => {
        "line": score.line;
        "name": score.name.as_str();
        "transform": score.transform;
        "crps": score.crps;
        "absolute_error": score.of_median;
        "brier": score.brier;
    })
}

fn view(outside: &OutsideView) -> Table {
    let (growth, less) = (&outside.class_growth, &outside.grew_less);
    let all = [
        ("log_growth_a_year", outside.growth, None),
        ("class_log_growth_a_year", growth.mean, growth.std_error),
        ("part_of_class_below", less.mean, less.std_error),
        ("spread_of_last_year", outside.spread, None),
        (
            "class_spread",
            outside.class_spread,
            outside.class_spread_error,
        ),
        ("companies", outside.companies as f64, None),
        ("stretches", outside.stretches as f64, None),
    ];
    table!("outside_view", (word, value, error) in all => {
        "measure": word;
        "value": value;
        "std_error": Value::error(error);
    })
}

/// The same as one JSON object.
pub fn backtest_json(
    record: &TrackRecord,
    open: usize,
    outside: Option<&OutsideView>,
) -> serde_json::Value {
    let tables = backtest_tables(record, outside);
    let mut json = json!({ "answer": backtest_answer(record), "open": open });
    for table in tables {
        json[table.name] = table.to_json();
    }
    json
}

/// How many outcomes lay in the 80 % bands, in a sentence.
pub fn backtest_answer(record: &TrackRecord) -> String {
    let few = |outcomes: usize| match outcomes {
        n if n < FEW => ": too few to tell good forecasts from lucky ones",
        _ => "",
    };
    let plural = |n: usize, what: &str| match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    };
    let band = record.coverage.iter().find(|(band, _)| *band == 0.8);
    // What hardly ever comes of bands that are as stated says something however few it is.
    let verdict = |band: f64, of: &Clustered| {
        let (low, high) = binomial_band(band, of.outcomes, LEVEL);
        match of.mean {
            part if part < low => ": their bands were too narrow",
            part if part > high => ": their bands were too wide",
            _ => few(of.outcomes),
        }
    };
    match (band, &record.brier, &record.of_medians) {
        (Some((band, of)), ..) => format!(
            "{} of {} of {} lay within their 80\u{a0}% bands{}.",
            (of.mean * of.forecasts as f64).round(),
            plural(of.forecasts, "forecast"),
            plural(of.outcomes, "outcome"),
            verdict(*band, of)
        ),
        (None, Some(of), _) => format!(
            "{} of {} have a Brier score of {}{}.",
            plural(of.forecasts, "probability").replace("ys", "ies"),
            plural(of.outcomes, "event"),
            significant(of.mean),
            few(of.outcomes)
        ),
        (None, None, Some(of)) => format!(
            "{} of {} missed by {} on average; without a spread of their own they have no bands{}.",
            plural(of.forecasts, "forecast"),
            plural(of.outcomes, "outcome"),
            significant(of.mean),
            few(of.outcomes)
        ),
        _ => "No forecast can be scored.".to_owned(),
    }
}

/// The track record for a terminal, without a last line feed.
pub fn backtest_text(record: &TrackRecord, open: usize, outside: Option<&OutsideView>) -> String {
    let mut out = format!("{}\n\n", backtest_answer(record));
    let mut table = vec![
        ["", "value", "\u{b1}", "forecasts", "outcomes"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let mut line = |label: String, factor: f64, of: &Clustered| {
        table.push(vec![
            label,
            significant(factor * of.mean),
            of.std_error
                .map_or_else(|| "unknown".to_owned(), |e| error_text(factor * e)),
            of.forecasts.to_string(),
            of.outcomes.to_string(),
        ]);
    };
    for (band, of) in &record.coverage {
        line(
            format!("Within the {}\u{a0}% band, %", 100.0 * band),
            100.0,
            of,
        );
    }
    for (label, of) in [
        ("Probability below what came, mean", &record.transform),
        ("CRPS", &record.crps),
        ("Absolute error of the median", &record.of_medians),
        ("Brier score", &record.brier),
    ] {
        if let Some(of) = of {
            line(label.to_owned(), 1.0, of);
        }
    }
    aligned(&mut out, &table);
    if open > 0 {
        let _ = writeln!(
            out,
            "{open} forecasts have no outcome yet and are left out."
        );
    }
    if let Some(outside) = outside {
        let few = match outside.companies < FEW {
            true => ": few, so that the class says little",
            false => "",
        };
        let _ = writeln!(
            out,
            "\nOutside view, {} to {}: {} companies, {} stretches of as many years, which \
             overlap{few}",
            outside.from, outside.to, outside.companies, outside.stretches
        );
        let known = |error: Option<f64>, factor: f64| {
            error.map_or_else(String::new, |e| {
                format!(" (\u{b1}{})", error_text(factor * e))
            })
        };
        let growth = |log: f64| format!("{}\u{a0}%", significant(100.0 * OutsideView::rate(log)));
        let _ = writeln!(
            out,
            "Growth of {} a year, where {}{} of the class grew less; the class grew {}{} on average.",
            growth(outside.growth),
            percent(outside.grew_less.mean),
            known(outside.grew_less.std_error, 100.0),
            growth(outside.class_growth.mean),
            known(
                outside.class_growth.std_error,
                100.0 * (1.0 + OutsideView::rate(outside.class_growth.mean))
            )
        );
        let _ = writeln!(
            out,
            "Spread of the last year {}, that of the class {}{}.",
            significant(outside.spread),
            significant(outside.class_spread),
            known(outside.class_spread_error, 1.0)
        );
    }
    out.truncate(out.trim_end().len());
    out
}

/// What a reader should know of it.
pub fn backtest_warnings(outside: Option<&OutsideView>) -> Vec<String> {
    let narrow = outside.filter(|outside| outside.is_narrow());
    let warning = narrow.map(|outside| {
        format!(
            "the scenario is surer of {} (spread {}) than its class has been alike (spread {}, of {} \
             companies): growth_uncertainty or volatility may be too small",
            outside.to,
            significant(outside.spread),
            significant(outside.class_spread),
            outside.companies
        )
    });
    warning.into_iter().collect()
}
