//! Samples of the figures of studies, typical ones and extremes.

use super::super::axis;
use super::super::studies::{
    HeatMap, KeyAxis, LineAxis, LinePanel, Lines, Measure, Series, Tornado, TornadoRow,
};
use super::*;

fn key(title: &str, labels: impl Iterator<Item = String>) -> KeyAxis {
    KeyAxis {
        title: title.to_owned(),
        labels: labels.collect(),
    }
}

/// The binding probability over caps and volatilities.
pub fn heat() -> HeatMap {
    let values = (0..7)
        .map(|y| {
            (0..9)
                .map(|x| {
                    let steepness = 1.2 - 0.12 * f64::from(y);
                    Some(1.0 / (1.0 + (steepness * (f64::from(x) - 5.0)).exp()))
                })
                .collect()
        })
        .collect();
    HeatMap {
        frame: frame(),
        quantity: "Probability that the cap binds".to_owned(),
        measure: Measure::Share,
        x: key("Cap, $ bn", (0..9).map(|x| (20 + 5 * x).to_string())),
        y: key(
            "Volatility, % a year",
            (0..7).map(|y| (5 * (y + 1)).to_string()),
        ),
        values,
        contours: vec![0.5],
        missing: "not reached in half of the outcomes".to_owned(),
    }
}

fn odd_heat(columns: usize, rows: usize) -> HeatMap {
    let long = extremes::long_frame();
    HeatMap {
        measure: Measure::Money(usd()),
        x: key(
            &long.title,
            (0..columns).map(|x| format!("a long value {x}")),
        ),
        y: key(
            &long.title,
            (0..rows).map(|y| format!("another long value {y}")),
        ),
        values: (0..rows)
            .map(|y| {
                (0..columns)
                    .map(|x| ((x + y) % 5 != 0).then_some((x * y) as f64 * 1e4 - 3.0))
                    .collect()
            })
            .collect(),
        contours: vec![-1e6, 5e4, 2e5, f64::NAN],
        missing: "not reached in half of the outcomes".to_owned(),
        frame: long,
        quantity: "A quantity with a long name ".repeat(6),
    }
}

fn curve(label: &str, height: f64, width: f64, count: usize) -> Series {
    let values: Vec<f64> = (0..count)
        .map(|i| height * (i as f64 / 10.0).sqrt())
        .collect();
    Series {
        label: label.to_owned(),
        style: 0,
        band_ends: None,
        band: values
            .iter()
            .map(|value| (value * (1.0 - width), value * (1.0 + width)))
            .collect(),
        values,
    }
}

fn panel(quantity: &str, mut series: Vec<Series>) -> LinePanel {
    for (style, series) in series.iter_mut().enumerate() {
        series.style = style;
    }
    LinePanel {
        quantity: quantity.to_owned(),
        measure: Measure::Money(usd()),
        from_zero: true,
        series,
        level: None,
    }
}

/// A quantity along a key, with a target.
pub fn lines() -> Lines {
    let panel = LinePanel {
        measure: Measure::Share,
        from_zero: false,
        level: Some(Level {
            label: "target 50\u{a0}%".to_owned(),
            value: 0.5,
        }),
        ..panel(
            "Probability that the cap binds",
            vec![curve("", 0.4, 0.05, 21)],
        )
    };
    Lines {
        frame: frame(),
        x: LineAxis::Numbers(
            "Cap, $ bn".to_owned(),
            (0..21).map(|i| 20.0 + 2.0 * f64::from(i)).collect(),
        ),
        panels: vec![panel],
        bands: "Band: ± 2 standard errors.".to_owned(),
        missing: String::new(),
    }
}

/// Two agreements and their difference over time.
pub fn difference() -> Lines {
    let two = vec![
        curve("as amended", 14.0, 0.2, 60),
        curve("before", 11.0, 0.25, 60),
    ];
    Lines {
        x: LineAxis::Dates(month_ends(2026, 60)),
        panels: vec![
            panel("Cumulative paid", two),
            panel(
                "Difference",
                vec![curve("before less amended", -3.0, 0.4, 60)],
            ),
        ],
        ..lines()
    }
}

fn odd_lines() -> Lines {
    let mut broken = curve("with gaps", 3.0, 0.1, 12);
    broken.values[0] = f64::NAN;
    broken.values[5] = f64::INFINITY;
    broken.band[7] = (f64::NAN, 1.0);
    let long = extremes::long_frame();
    let many = (0..9).map(|i| curve(&format!("{} {i}", long.title), f64::from(i), 0.1, 12));
    let mut panels = vec![
        panel(&long.title, many.collect()),
        panel("Gaps", vec![broken]),
        panel("Zero", vec![curve("zero", 0.0, 0.0, 12)]),
        panel("Tiny", vec![curve("tiny", 1e-9, 0.1, 12)]),
        panel("Huge", vec![curve("huge", 1e14, 0.1, 12)]),
        panel("Nothing", Vec::new()),
        panel("Left out", vec![curve("", 1.0, 0.1, 12)]),
    ];
    panels[1].level = Some(Level {
        label: long.title.clone(),
        value: 3.6,
    });
    Lines {
        frame: long,
        x: LineAxis::Dates(month_ends(2026, 12)),
        panels,
        bands: String::new(),
        missing: "not reached in half of the outcomes".to_owned(),
    }
}

fn swing(label: &str, low: f64, high: f64) -> TornadoRow {
    TornadoRow {
        label: label.to_owned(),
        low: Some((low, "5\u{a0}%: 0.12".to_owned())),
        high: (high, "95\u{a0}%: 0.31".to_owned()),
        part: None,
        std_error: None,
    }
}

/// Swings of the expected total.
pub fn tornado() -> Tornado {
    Tornado {
        frame: frame(),
        quantity: "Expected total paid".to_owned(),
        measure: Measure::Money(usd()),
        base: 37.8,
        is_bridge: false,
        notes: vec!["Bars: from the low to the high end.".to_owned()],
        rows: vec![
            swing("cap", 33.4, 41.0),
            swing("growth_uncertainty", 38.0, 36.1),
            swing("volatility", 37.9, 37.1),
            swing("paid_before", 37.2, 37.5),
        ],
    }
}

/// First-order and total indices.
pub fn indices() -> Tornado {
    let index = |label: &str, first, total, error| TornadoRow {
        label: label.to_owned(),
        low: None,
        high: (total, axis::percent(total)),
        part: Some(first),
        std_error: Some(error),
    };
    Tornado {
        quantity: "Share of the variance".to_owned(),
        measure: Measure::Share,
        base: 0.0,
        notes: vec!["Bars: from the low to the high end.".to_owned()],
        rows: vec![
            index("revenue path", 0.61, 0.72, 0.02),
            index("cap", 0.22, 0.31, 0.01),
            index("growth_uncertainty", 0.03, 0.04, 0.004),
        ],
        ..tornado()
    }
}

/// Bars of slopes, some of which fall.
fn slopes() -> Tornado {
    let slope = |label: &str, change: f64, words: &str| TornadoRow {
        label: label.to_owned(),
        low: None,
        high: (change, words.to_owned()),
        part: None,
        std_error: None,
    };
    Tornado {
        quantity: "Change of the expected total paid".to_owned(),
        base: 0.0,
        rows: vec![
            slope("cap", 0.362, "+$362 m, at $38 bn"),
            slope(
                "growth uncertainty",
                -0.0074,
                "\u{2212}$7.42 m, at 10\u{a0}%",
            ),
            slope("discount rate", 0.0, "$0, at 9\u{a0}%"),
        ],
        ..tornado()
    }
}

/// Steps from one value to another.
fn bridge() -> Tornado {
    let step = |label: &str, from: f64, to: f64, words: &str, error| TornadoRow {
        label: label.to_owned(),
        low: Some((from, String::new())),
        high: (to, words.to_owned()),
        part: None,
        std_error: Some(error),
    };
    Tornado {
        quantity: "Present value".to_owned(),
        base: 27.1,
        is_bridge: true,
        notes: vec!["Bars: what each step does.".to_owned()],
        rows: vec![
            step("Value on 1 April 2026", 27.1, 27.1, "$27.1 bn", 0.01),
            step("Passing time", 27.1, 28.4, "+$1.3 bn", 0.001),
            step("Payments made", 28.4, 26.0, "\u{2212}$2.4 bn", 0.002),
            step("News in the figures", 26.0, 25.2, "\u{2212}$0.8 bn", 0.2),
            step("Value on 23 November 2026", 25.2, 25.2, "$25.2 bn", 0.01),
        ],
        ..tornado()
    }
}

fn odd_tornado() -> Tornado {
    let long = extremes::long_frame();
    let mut rows: Vec<TornadoRow> = (0..25)
        .map(|i| {
            let mut row = swing(&long.title, 1e-7 * f64::from(i), 1e-6);
            row.high.1 = long.title.clone();
            row
        })
        .collect();
    rows[3].high.0 = f64::NAN;
    rows[4].low = None;
    rows[5].std_error = Some(f64::INFINITY);
    Tornado {
        frame: long,
        base: 5e-7,
        notes: vec!["Bars: from the low to the high end.".to_owned()],
        rows,
        ..tornado()
    }
}

fn no_rows() -> Tornado {
    Tornado {
        rows: Vec::new(),
        ..tornado()
    }
}

/// Maps, by name.
pub fn heats() -> Vec<(&'static str, Figure)> {
    vec![
        ("heat", heat().into()),
        ("heat-fine", odd_heat(40, 25).into()),
        ("heat-one", odd_heat(1, 1).into()),
        ("heat-few", odd_heat(3, 2).into()),
        ("heat-nothing", odd_heat(0, 0).into()),
    ]
}

/// Curves, by name.
pub fn curves() -> Vec<(&'static str, Figure)> {
    let one_point = Lines {
        x: LineAxis::Numbers("cap".to_owned(), vec![38.0]),
        panels: vec![panel("Total", vec![curve("one", 1.0, 0.1, 1)])],
        ..lines()
    };
    let nothing = Lines {
        x: LineAxis::Dates(Vec::new()),
        ..lines()
    };
    vec![
        ("lines", lines().into()),
        ("lines-difference", difference().into()),
        ("lines-odd", odd_lines().into()),
        ("lines-one-point", one_point.into()),
        ("lines-nothing", nothing.into()),
    ]
}

/// Bars for inputs, by name.
pub fn tornados() -> Vec<(&'static str, Figure)> {
    let flat = Tornado {
        rows: vec![swing("nothing moves it", 37.8, 37.8)],
        ..tornado()
    };
    let odd_bridge = Tornado {
        is_bridge: true,
        ..odd_tornado()
    };
    vec![
        ("tornado", tornado().into()),
        ("tornado-indices", indices().into()),
        ("bridge", bridge().into()),
        ("slopes", slopes().into()),
        ("bridge-odd", odd_bridge.into()),
        ("tornado-odd", odd_tornado().into()),
        ("tornado-flat", flat.into()),
        ("tornado-nothing", no_rows().into()),
    ]
}
