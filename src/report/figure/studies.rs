//! What the figures of studies show, as values.

use super::axis::{self, Scale};
use super::calendar;
use super::data::{Frame, Level};
use crate::report::table::Value;
use crate::units::{Date, Money, decimals_for};

/// What a number of a study measures, and so how it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// An amount of money.
    Money(Money),
    /// A probability or a share, 0 to 1, written in percent.
    Share,
    /// A plain number, with its unit if any: `years`.
    Number(String),
    /// A date, as days after this one.
    Date(Date),
}

impl Measure {
    /// The same in a unit that suits amounts up to `largest`, and the factor to it.
    pub(super) fn scaled(&self, largest: f64) -> (Self, f64) {
        match self {
            Self::Money(money) => {
                let scale = Scale::for_amounts(money, largest);
                (Self::Money(scale.money), scale.factor)
            }
            Self::Share => (Self::Share, 100.0),
            Self::Number(_) | Self::Date(_) => (self.clone(), 1.0),
        }
    }

    /// An axis title: `Total paid, $ bn`.
    pub(super) fn title(&self, quantity: &str) -> String {
        match self {
            Self::Money(money) => format!("{quantity}, {}", money.axis_label()),
            Self::Share => format!("{quantity}, %"),
            Self::Date(_) => quantity.to_owned(),
            Self::Number(unit) if unit.is_empty() => quantity.to_owned(),
            Self::Number(unit) => format!("{quantity}, {unit}"),
        }
    }

    /// A value as the data behind a figure have it.
    pub(super) fn data(&self, value: f64) -> Value {
        match self {
            _ if !value.is_finite() => Value::Empty,
            Self::Date(from) => Value::Date(from.add_days(value.round() as i32)),
            _ => Value::Number(value),
        }
    }

    /// A number of the axis with its unit.
    pub(super) fn label(&self, value: f64) -> String {
        match self {
            Self::Money(money) => money.format_short(value),
            Self::Share => axis::percent(value / 100.0),
            Self::Number(unit) if unit.is_empty() => short(value),
            Self::Number(unit) => format!("{}\u{a0}{unit}", short(value)),
            Self::Date(from) => calendar::month_and_year(from.add_days(value as i32)),
        }
    }

    /// A number of a table of cells without its unit, all with decimals that suit the
    /// `largest`.
    pub(super) fn bare(&self, value: f64, largest: f64) -> String {
        match self {
            Self::Date(_) => self.label(value),
            Self::Share => {
                let percent = axis::percent(value / 100.0);
                percent.trim_end_matches(['%', '\u{a0}']).to_owned()
            }
            _ => axis::number(value, decimals_for(largest, 3)),
        }
    }

    /// A number of an axis without its unit, to three significant digits.
    pub(super) fn tick(&self, value: f64) -> String {
        short(value)
    }
}

/// Three significant digits without superfluous zeros.
fn short(value: f64) -> String {
    let text = axis::number(value, decimals_for(value, 3));
    match text.split_once('.') {
        Some((whole, rest)) => {
            let rest = rest.trim_end_matches('0');
            if rest.is_empty() {
                whole.to_owned()
            } else {
                format!("{whole}.{rest}")
            }
        }
        None => text,
    }
}

/// Why there is no value, in the few words that fit where one would stand: `not reached`
/// of `not reached in half of the simulated outcomes`.
pub(super) fn in_short(missing: &str) -> &str {
    missing.split(" in ").next().unwrap_or(missing)
}

/// A quantity over the values of two keys.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// Title, scope, sources.
    pub frame: Frame,
    /// What the colours measure, without the unit.
    pub quantity: String,
    /// How it is written.
    pub measure: Measure,
    /// The key along the horizontal axis.
    pub x: KeyAxis,
    /// The key along the vertical axis, upwards.
    pub y: KeyAxis,
    /// The quantity for each value of `y`, and in it for each value of `x`; `None`
    /// where there is none. As in the results: shares from 0 to 1.
    pub values: Vec<Vec<Option<f64>>>,
    /// Values along which contours are drawn.
    pub contours: Vec<f64>,
    /// What it means that a cell has no value: `not reached in half of all outcomes`.
    pub missing: String,
}

/// The values of a key, in equal steps along an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyAxis {
    /// What the key is: `Cap, $ bn`.
    pub title: String,
    /// Its values as written, in order.
    pub labels: Vec<String>,
}

/// Curves with bands, in small panels above one another on one horizontal axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    /// Title, scope, sources.
    pub frame: Frame,
    /// Where the points lie.
    pub x: LineAxis,
    /// The panels; beyond six they are left out and named.
    pub panels: Vec<LinePanel>,
    /// What the bands are, in sentences; empty where there is nothing to say.
    pub bands: String,
    /// What it means that a curve stops short: `not reached in half of all outcomes`;
    /// empty where none does.
    pub missing: String,
}

/// The horizontal axis of [`Lines`].
#[derive(Clone, Debug, PartialEq)]
pub enum LineAxis {
    /// Numbers, with what they are: `Cap, $ bn`.
    Numbers(String, Vec<f64>),
    /// Dates.
    Dates(Vec<Date>),
}

/// One panel of [`Lines`].
#[derive(Clone, Debug, PartialEq)]
pub struct LinePanel {
    /// What the vertical axis measures, without the unit.
    pub quantity: String,
    /// How it is written.
    pub measure: Measure,
    /// Whether the axis holds zero, as for amounts and for differences; else it
    /// keeps to the data.
    pub from_zero: bool,
    /// At most five curves.
    pub series: Vec<Series>,
    /// A horizontal line, such as a target.
    pub level: Option<Level>,
}

/// A curve of [`Lines`].
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its direct label.
    pub label: String,
    /// Which of the five colours and dashes it has, from 0: the same for the same
    /// thing in every panel.
    pub style: usize,
    /// One value for each point of the axis; NaN where there is none.
    pub values: Vec<f64>,
    /// The ends of a band about it, such as an interval; empty without.
    pub band: Vec<(f64, f64)>,
    /// The direct labels of the band's lower and upper end, if it has them.
    pub band_ends: Option<[String; 2]>,
}

/// Bars about a base value or from zero, one for each input, the longest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Tornado {
    /// Title, scope, sources.
    pub frame: Frame,
    /// What the horizontal axis measures, without the unit.
    pub quantity: String,
    /// How it is written.
    pub measure: Measure,
    /// The value that the bars leave from; zero where bars are no swings.
    pub base: f64,
    /// Whether the bars are the steps of a bridge, each from its low to its high end and
    /// beginning where the one before it ended; a row without length is a level.
    pub is_bridge: bool,
    /// What the colours, the line and the ends of the bars are, in sentences.
    pub notes: Vec<String>,
    /// The bars, in the order they are drawn in. Beyond twenty they are left out and
    /// named.
    pub rows: Vec<TornadoRow>,
}

/// One bar of a [`Tornado`].
#[derive(Clone, Debug, PartialEq)]
pub struct TornadoRow {
    /// The input.
    pub label: String,
    /// The value at the input's low end, and what that is; `None` where the bar has
    /// one end.
    pub low: Option<(f64, String)>,
    /// The value at the input's high end, and what that is.
    pub high: (f64, String),
    /// A part of the bar told apart, from the base: a first-order index in a total
    /// one.
    pub part: Option<f64>,
    /// Standard error of the high end, drawn as a whisker of two.
    pub std_error: Option<f64>,
}

/// Reported revenue, what a model makes of it and what it expects next, as an annual
/// pace on a logarithmic axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Paces {
    /// Title, scope, sources.
    pub frame: Frame,
    /// What the vertical axis measures, without the unit.
    pub quantity: String,
    /// How amounts are written, where their unit is known.
    pub money: Option<Money>,
    /// What was reported.
    pub reported: Vec<ReportedPace>,
    /// Dates with the lower end, the middle and the upper end of the fit.
    pub fitted: Vec<(Date, [f64; 3])>,
    /// Dates with the 5, 25, 50, 75 and 95 % points of what comes next.
    pub outlook: Vec<(Date, [f64; 5])>,
}

/// A reported figure as an annual pace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReportedPace {
    /// First day.
    pub first_day: Date,
    /// Last day.
    pub last_day: Date,
    /// The pace per year.
    pub value: f64,
    /// Whether it was reported as a pace; else it is a period's revenue.
    pub is_run_rate: bool,
}
