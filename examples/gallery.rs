//! The gallery of charts in `docs/gallery.md`: every kind, drawn from runs of the
//! scenarios, as small pictures.
//!
//! `cargo run --release --example gallery` makes the page and its pictures again.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use capbind::report::figure::{
    Drawing, Figure, Frame, HeatMap, KeyAxis, Level, LineAxis, LinePanel, Lines, Measure, Series,
    Tornado, TornadoRow,
};
use capbind::report::{
    CHARTS, CaseGlance, Report, calibration_figure, comparison_figures, figures,
    forecast_errors_figure, sensitivity_figures, sweep_figures,
};
use capbind::scenario::Scenario;
use capbind::scenario::{Size, Style, Theme};
use capbind::simulate::{Results, Total, run, run_totals, search};
use capbind::study::{
    Axis, Base, CalibrateOptions, Cases, Entry as Compared, FittedModel, Forecasts, History,
    SensitivityOptions, Sweep, calibrate, calibrate_forecasts, compare, sensitivity,
};
use capbind::units::Date;

const SCENARIO: &str = include_str!("../scenarios/openai-microsoft.toml");
const BEFORE: &str = include_str!("../scenarios/openai-microsoft-2025.toml");
const HISTORY: &str = include_str!("../docs/data/openai_history_for_calibration.csv");
const FORECASTS: &str = include_str!("../docs/data/openai_forecasts_for_calibration.csv");
/// Points per replicate: enough for pictures.
const POINTS: &str = "simulation.points=1024";
/// A second agreement, in the other direction.
const TWO: &str = r#"
title = "A licence and a service, in opposite directions"
currency = "EUR"
unit = "million"
[timeline]
start = 2027-01-01
end = 2031-12-31
step = "quarter"
[revenue.gbm]
initial = 100
growth = 0.20
volatility = 0.30
[simulation]
points = 1024
[[agreement]]
name = "Licence"
payer = "Maker"
payee = "Inventor"
share = 0.08
cap = 45
[[agreement]]
name = "Service"
payer = "Inventor"
payee = "Maker"
share = 0.03
"#;

/// A picture of the gallery.
pub struct Entry {
    /// Its file name without extension.
    pub name: String,
    /// What it is for.
    pub caption: String,
    /// What it shows.
    pub figure: Figure,
    /// How it is drawn.
    pub style: Style,
}

/// Small pictures, in a column's width.
fn style(theme: Theme) -> Style {
    Style {
        theme,
        size: Size::Column,
        dpi: 144,
    }
}

/// What a chart of a run is for, and where it is written.
fn caption(name: &str) -> String {
    let chart = CHARTS.iter().find(|chart| chart.name == name);
    let caption = chart.expect("every chart of a run is in the list").caption;
    format!("{caption} `charts/{name}`.")
}

/// The pictures, in order.
///
/// # Errors
/// Where a scenario is not valid.
pub fn entries() -> Result<Vec<Entry>, Box<dyn Error>> {
    let scenario = parsed(&[])?;
    let results = run(&scenario.simulation(), &()).unwrap();
    let steps = search(
        &scenario.simulation(),
        0.0,
        scenario.settings.points,
        true,
        &(),
    )
    .unwrap();
    let report = Report::new(&scenario, &results, &steps, Vec::new());
    let mut entries: Vec<Entry> = figures(&report, true)
        .into_iter()
        .map(|(name, figure)| entry(name, figure, Theme::Light))
        .collect();

    let two = Scenario::parse("two.toml", "two", TWO, &[])?;
    let both = run(&two.simulation(), &()).unwrap();
    let report = Report::new(&two, &both, &[], Vec::new());
    let net = figures(&report, false)
        .into_iter()
        .find(|(name, _)| name == "net");
    entries.extend(net.map(|(name, figure)| entry(name, figure, Theme::Light)));

    let frame = entries[0].figure.frame().clone();
    let studies = [
        (
            "heat",
            "A quantity over two keys, with a contour.",
            Figure::HeatMap(heat(&frame)?),
        ),
        (
            "lines",
            "A quantity along a key, with its error.",
            Figure::Lines(lines(&frame)?),
        ),
        (
            "tornado",
            "What moves the result, input by input.",
            Figure::Tornado(tornado(&frame)?),
        ),
        (
            "comparison",
            "Two scenarios on the same simulated paths, and their difference. `capbind compare`, \
             `charts/compare`.",
            comparison()?,
        ),
        (
            "multiples",
            "A quantity over three keys, in small multiples. `capbind sweep`, \
             `charts/probability`.",
            multiples()?,
        ),
        (
            "shares",
            "How much of the variance each input explains. `capbind sensitivity`, \
             `charts/indices`.",
            shares()?,
        ),
        (
            "paces",
            "Reported revenue, the fitted pace and what comes next. `capbind calibrate`, \
             `charts/calibration`.",
            paces(&scenario)?,
        ),
        (
            "forecast-errors",
            "How far forecasts err, by the years ahead. `capbind calibrate --forecasts`, \
             `charts/calibration`.",
            errors_of_forecasts()?,
        ),
    ];
    for (name, caption, figure) in studies {
        entries.push(Entry {
            name: name.to_owned(),
            caption: caption.to_owned(),
            figure,
            style: style(Theme::Light),
        });
    }
    let dark = entries.iter().find(|entry| entry.name == "cumulative");
    let dark = dark.map(|entry| entry.figure.clone());
    entries.extend(dark.map(|figure| Entry {
        name: "cumulative-dark".to_owned(),
        caption: "Every chart on a dark ground too: `--theme dark`.".to_owned(),
        figure,
        style: style(Theme::Dark),
    }));
    Ok(entries)
}

fn entry(name: String, figure: Figure, theme: Theme) -> Entry {
    Entry {
        caption: caption(&name),
        name,
        figure,
        style: style(theme),
    }
}

fn parsed(overrides: &[String]) -> Result<Scenario, Box<dyn Error>> {
    let mut all = vec![POINTS.to_owned()];
    all.extend_from_slice(overrides);
    Ok(Scenario::parse(
        "openai-microsoft.toml",
        "openai-microsoft",
        SCENARIO,
        &all,
    )?)
}

fn totals(overrides: &[String]) -> Result<Results, Box<dyn Error>> {
    let scenario = parsed(overrides)?;
    Ok(run_totals(&scenario.simulation(), &()).unwrap())
}

fn titled(frame: &Frame, title: String) -> Frame {
    Frame {
        title,
        ..frame.clone()
    }
}

fn heat(frame: &Frame) -> Result<HeatMap, Box<dyn Error>> {
    let caps = [20, 26, 32, 38, 44, 50, 56];
    let volatilities = ["0.05", "0.15", "0.25", "0.35", "0.45"];
    let mut values = Vec::new();
    for volatility in volatilities {
        let mut row = Vec::new();
        for cap in caps {
            let results = totals(&[
                format!("agreement.cap={cap}"),
                format!("revenue.forecast.volatility={volatility}"),
            ])?;
            row.push(Some(results.primary().reached().mean));
        }
        values.push(row);
    }
    Ok(HeatMap {
        frame: titled(
            frame,
            "The higher the cap, the more depends on how uncertain revenue is.".to_owned(),
        ),
        quantity: "Probability that the cap binds".to_owned(),
        measure: Measure::Share,
        x: KeyAxis {
            title: "Cap, $ bn".to_owned(),
            labels: caps.iter().map(i32::to_string).collect(),
        },
        y: KeyAxis {
            title: "Volatility, % a year".to_owned(),
            labels: ["5", "15", "25", "35", "45"].map(str::to_owned).to_vec(),
        },
        values,
        contours: vec![0.75],
        missing: "no value".to_owned(),
    })
}

fn lines(frame: &Frame) -> Result<Lines, Box<dyn Error>> {
    let caps: Vec<f64> = (0..13).map(|i| 20.0 + 5.0 * f64::from(i)).collect();
    let mut values = Vec::new();
    let mut band = Vec::new();
    for cap in &caps {
        let results = totals(&[format!("agreement.cap={cap}")])?;
        let estimate = results.primary().reached();
        values.push(estimate.mean);
        band.push((
            estimate.mean - 2.0 * estimate.std_error,
            estimate.mean + 2.0 * estimate.std_error,
        ));
    }
    let even = caps.iter().zip(&values).find(|(_, value)| **value < 0.5);
    let even = even.map_or(f64::NAN, |(cap, _)| *cap);
    Ok(Lines {
        frame: titled(
            frame,
            format!("A cap just below ${even} bn binds in half of all outcomes."),
        ),
        x: LineAxis::Numbers("Cap, $ bn".to_owned(), caps),
        panels: vec![LinePanel {
            quantity: "Probability that the cap binds".to_owned(),
            measure: Measure::Share,
            from_zero: true,
            series: vec![Series {
                label: String::new(),
                style: 0,
                values,
                band_ends: None,
                band,
            }],
            level: Some(Level {
                label: "one half".to_owned(),
                value: 0.5,
            }),
        }],
        bands: "Band: ± 2 standard errors.".to_owned(),
        missing: String::new(),
    })
}

fn tornado(frame: &Frame) -> Result<Tornado, Box<dyn Error>> {
    let paid = |key: &str, value: &str| -> Result<f64, Box<dyn Error>> {
        let results = totals(&[format!("{key}={value}")])?;
        let paid = results.primary().total(Total::Paid);
        Ok(paid.map_or(f64::NAN, |paid| paid.estimate.mean))
    };
    let base = paid("agreement.cap", "38")?;
    let inputs = [
        ("agreement.cap", "35", "41"),
        ("agreement.paid_before", "3.35", "0"),
        ("agreement.share", "0.15", "0.20"),
        ("revenue.forecast.volatility", "0.21", "0.08"),
        ("revenue.forecast.growth_uncertainty", "0.15", "0.05"),
    ];
    let mut rows = Vec::new();
    for (key, low, high) in inputs {
        rows.push(TornadoRow {
            label: key.rsplit('.').next().unwrap_or(key).replace('_', " "),
            low: Some((paid(key, low)?, low.to_owned())),
            high: (paid(key, high)?, high.to_owned()),
            part: None,
            std_error: None,
        });
    }
    let length = |row: &TornadoRow| {
        let low = row.low.as_ref().map_or(base, |(low, _)| *low);
        (row.high.0 - low).abs()
    };
    rows.sort_by(|a, b| length(b).total_cmp(&length(a)));
    Ok(Tornado {
        frame: titled(
            frame,
            "What is paid depends on the contract's terms far more than on revenue.".to_owned(),
        ),
        quantity: "Expected total paid".to_owned(),
        measure: Measure::Money(parsed(&[])?.money),
        base,
        is_bridge: false,
        notes: vec!["At the ends: the input's value.".to_owned()],
        rows,
    })
}

/// The figure of that name.
fn named(figures: Vec<(String, Figure)>, wanted: &str) -> Result<Figure, Box<dyn Error>> {
    let found = figures.into_iter().find(|(name, _)| *name == wanted);
    let (_, figure) = found.ok_or_else(|| format!("there is no figure {wanted}"))?;
    Ok(figure)
}

fn comparison() -> Result<Figure, Box<dyn Error>> {
    let name = "openai-microsoft-2025";
    let before = Scenario::parse(name, name, BEFORE, &[POINTS.to_owned()])?;
    let entries = vec![
        Compared {
            name: "New contract".to_owned(),
            scenario: parsed(&[])?,
        },
        Compared {
            name: "Old contract".to_owned(),
            scenario: before,
        },
    ];
    named(comparison_figures(&compare(entries, &())?), "compare")
}

fn multiples() -> Result<Figure, Box<dyn Error>> {
    let name = "openai-microsoft";
    let base = Base::new(name, name, SCENARIO, &[POINTS.to_owned()]);
    let axes = [
        Axis::parse("agreement.cap=20:60:5")?,
        Axis::parse("agreement.share=0.15,0.2,0.25")?,
        Axis::parse("revenue.forecast.volatility=0.1,0.35")?,
    ];
    let sweep = Sweep::new(base, Cases::grid(&axes)?)?;
    let mut glances = Vec::new();
    sweep.run(
        &BTreeSet::new(),
        &(),
        |outcomes| -> Result<(), capbind::Error> {
            glances.extend(
                outcomes
                    .iter()
                    .map(|outcome| CaseGlance::of(&sweep, outcome)),
            );
            Ok(())
        },
    )?;
    let figures = sweep_figures(&sweep, &glances);
    named(figures, "probability")
}

fn shares() -> Result<Figure, Box<dyn Error>> {
    let scenario = parsed(&[
        "agreement.cap={ uniform = [35, 41] }".to_owned(),
        "agreement.paid_before={ uniform = [0, 3.35] }".to_owned(),
    ])?;
    let found = sensitivity(&scenario, &SensitivityOptions::default(), &())?;
    named(sensitivity_figures(&scenario, &found), "indices")
}

fn errors_of_forecasts() -> Result<Figure, Box<dyn Error>> {
    let history = History::parse("history.csv", HISTORY)?;
    let forecasts = Forecasts::parse("forecasts.csv", FORECASTS)?;
    let found = calibrate_forecasts(&forecasts, &history, &[], &())?;
    Ok(forecast_errors_figure(&found, found.best()))
}

fn paces(scenario: &Scenario) -> Result<Figure, Box<dyn Error>> {
    let history = History::parse("history.csv", HISTORY)?;
    let options = CalibrateOptions {
        model: FittedModel::Growth,
        from: Date::new(2023, 8, 1),
        ..CalibrateOptions::default()
    };
    let fit = calibrate(&history, &options, &())?;
    let name = "openai_history_for_calibration.csv";
    Ok(calibration_figure(&fit, name, Some(&scenario.money)))
}

/// The page.
pub fn markdown(entries: &[Entry]) -> String {
    let mut out = String::from(
        "# Gallery\n\n\
         Every kind of chart, in a column's width (`--size column`); `--size page` and\n\
         `--size slide` set the same at theirs. Titles state the finding and come from the\n\
         results. Each chart is written as PNG and as SVG, which carries its fonts and says\n\
         values on hover.\n\n\
         This page and its pictures are made by `cargo run --release --example gallery`.\n",
    );
    for entry in entries {
        out.push_str(&format!(
            "\n## {}\n\n{}\n\n![{}](gallery/{}.png)\n",
            entry.name,
            entry.caption,
            entry.figure.frame().title.replace('\u{a0}', " "),
            entry.name
        ));
    }
    out
}

/// Writes the page and its pictures into a folder of documentation.
///
/// # Errors
/// Where a picture cannot be drawn or a file not be written.
pub fn write(entries: &[Entry], docs: &Path) -> Result<(), Box<dyn Error>> {
    let folder = docs.join("gallery");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    for entry in entries {
        let drawing = Drawing::new(&entry.figure, entry.style)?;
        fs::write(folder.join(format!("{}.png", entry.name)), drawing.png()?)?;
    }
    fs::write(docs.join("gallery.md"), markdown(entries))?;
    Ok(())
}

#[allow(dead_code)] // A test includes this file for everything else.
fn main() -> Result<(), Box<dyn Error>> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    write(&entries()?, &docs)
}
