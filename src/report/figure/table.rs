//! The numbers behind a figure, as a table: what a reader needs to draw it again.

use super::{
    Binding, Convergence, Fan, Figure, HeatMap, LineAxis, Lines, Paces, Strip, Tornado, Total,
};
use crate::report::csv_table::{CsvError, CsvTable};
use crate::report::table::Value;
use crate::units::Date;

/// Named columns and their lines.
struct Numbers {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Numbers {
    fn new(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            rows: Vec::new(),
        }
    }
}

/// A number; nothing where there is none.
fn number(value: f64) -> Value {
    match value.is_finite() {
        true => Value::Number(value),
        false => Value::Empty,
    }
}

fn text(words: &str) -> Value {
    Value::Text(super::text::clean(words))
}

fn date(date: Option<Date>) -> Value {
    date.map_or(Value::Empty, Value::Date)
}

impl Figure {
    /// The numbers behind it as a CSV file called `file`: amounts in the scenario's unit,
    /// probabilities from 0 to 1, dates as ISO 8601.
    ///
    /// # Errors
    /// As [`CsvTable::finish`].
    pub fn data(&self, file: &str) -> Result<Vec<u8>, CsvError> {
        let numbers = match self {
            Self::Fan(fan) => of_fan(fan),
            Self::Binding(binding) => of_binding(binding),
            Self::Total(total) => of_total(total),
            Self::Convergence(convergence) => of_convergence(convergence),
            Self::Strip(strip) => of_strip(strip),
            Self::HeatMap(map) => of_heat(map),
            Self::Lines(lines) => of_lines(lines),
            Self::Tornado(tornado) => of_tornado(tornado),
            Self::Paces(paces) => of_paces(paces),
        };
        let mut table = CsvTable::to(Vec::new(), file, numbers.columns);
        for row in &numbers.rows {
            table.push(row);
        }
        table.finish()
    }
}

/// A line for each date; what was reported first, as the mean.
fn of_fan(fan: &Fan) -> Numbers {
    let mut numbers = Numbers::new(&["date", "reported", "mean"]);
    let curves = fan.percentiles.iter();
    numbers
        .columns
        .extend(curves.map(|curve| format!("p{}", curve.percentile)));
    let beside = fan.reference.iter();
    numbers
        .columns
        .extend(beside.map(|curve| curve.label.clone()));
    numbers
        .columns
        .extend(fan.level.iter().map(|_| "cap".to_owned()));
    let width = numbers.columns.len();
    for reported in &fan.reported {
        let mut row = vec![Value::Date(reported.last_day), number(reported.value)];
        row.resize(width, Value::Empty);
        numbers.rows.push(row);
    }
    let at = |values: &[f64], i: usize| number(values.get(i).copied().unwrap_or(f64::NAN));
    for (i, &day) in fan.dates.iter().enumerate() {
        let mut row = vec![Value::Date(day), Value::Empty, at(&fan.mean, i)];
        row.extend(fan.percentiles.iter().map(|curve| at(&curve.values, i)));
        row.extend(fan.reference.iter().map(|curve| at(&curve.values, i)));
        row.extend(fan.level.iter().map(|level| {
            let earlier = fan.earlier.iter().find(|(last, _)| day <= *last);
            number(earlier.map_or(level.value, |(_, value)| *value))
        }));
        numbers.rows.push(row);
    }
    numbers
}

/// A line for each bar, and one of what is not reached.
fn of_binding(binding: &Binding) -> Numbers {
    let mut numbers = Numbers::new(&["from", "to", "probability", "cumulative"]);
    let causes = binding.causes.iter();
    numbers
        .columns
        .extend(causes.map(|cause| cause.label.clone()));
    for (i, bar) in binding.bars.iter().enumerate() {
        let mut row = vec![
            Value::Date(bar.start),
            Value::Date(bar.end),
            number(bar.probability),
            number(bar.cumulative),
        ];
        let causes = binding.causes.iter();
        row.extend(
            causes.map(|cause| number(cause.probabilities.get(i).copied().unwrap_or(f64::NAN))),
        );
        numbers.rows.push(row);
    }
    let mut rest = vec![Value::Empty, Value::Empty, number(binding.not_reached)];
    rest.resize(numbers.columns.len(), Value::Empty);
    numbers.rows.push(rest);
    numbers
}

/// A line for each bin, for the mass at the cap, the mean and the percentiles.
fn of_total(total: &Total) -> Numbers {
    let mut numbers = Numbers::new(&["what", "from", "to", "probability"]);
    let mut line = |what: &str, from: f64, to: f64, probability: f64| {
        numbers.rows.push(vec![
            text(what),
            number(from),
            number(to),
            number(probability),
        ]);
    };
    for bin in &total.bins {
        line("bin", bin.low, bin.high, bin.probability);
    }
    if let Some(cap) = &total.at_cap {
        line("cap", cap.value, cap.value, cap.probability);
    }
    line("mean", total.mean, total.mean, f64::NAN);
    for (percent, value) in &total.percentiles {
        line(&format!("p{percent}"), *value, *value, percent / 100.0);
    }
    numbers
}

fn of_convergence(convergence: &Convergence) -> Numbers {
    let mut numbers = Numbers::new(&["quantity", "estimator", "paths", "mean", "std_error"]);
    for panel in &convergence.panels {
        for series in &panel.series {
            for step in &series.steps {
                numbers.rows.push(vec![
                    text(&panel.quantity),
                    text(series.name),
                    Value::Count(step.paths),
                    number(step.mean),
                    number(step.std_error),
                ]);
            }
        }
    }
    numbers
}

/// A line for each percentile of each agreement, and one for each date marked.
fn of_strip(strip: &Strip) -> Numbers {
    let mut numbers = Numbers::new(&["what", "from", "to", "percent", "ends_by"]);
    for row in &strip.rows {
        for (percent, end) in &row.ends {
            numbers.rows.push(vec![
                text(&row.label),
                Value::Date(row.from),
                Value::Date(row.to),
                number(*percent),
                date(*end),
            ]);
        }
    }
    for milestone in &strip.milestones {
        numbers.rows.push(vec![
            text(&milestone.label),
            Value::Date(milestone.date),
            Value::Date(milestone.date),
            Value::Empty,
            Value::Empty,
        ]);
    }
    numbers
}

fn of_heat(map: &HeatMap) -> Numbers {
    let mut numbers = Numbers::new(&[&map.y.title, &map.x.title, &map.quantity]);
    for (y, row) in map.y.labels.iter().zip(&map.values) {
        for (x, value) in map.x.labels.iter().zip(row) {
            let value = value.map_or(Value::Empty, |value| map.measure.data(value));
            numbers.rows.push(vec![text(y), text(x), value]);
        }
    }
    numbers
}

fn of_lines(lines: &Lines) -> Numbers {
    let (at, points): (&str, Vec<Value>) = match &lines.x {
        LineAxis::Dates(dates) => ("date", dates.iter().map(|day| Value::Date(*day)).collect()),
        LineAxis::Numbers(title, values) => (title, values.iter().map(|v| number(*v)).collect()),
    };
    let mut numbers = Numbers::new(&["panel", "curve", at, "value", "low", "high"]);
    for panel in &lines.panels {
        for series in &panel.series {
            for (i, (point, value)) in points.iter().zip(&series.values).enumerate() {
                let (low, high) = series.band.get(i).copied().unwrap_or((f64::NAN, f64::NAN));
                numbers.rows.push(vec![
                    text(&panel.quantity),
                    text(&series.label),
                    point.clone(),
                    panel.measure.data(*value),
                    panel.measure.data(low),
                    panel.measure.data(high),
                ]);
            }
        }
    }
    numbers
}

/// A line for each input; where bars are no swings, the low end is empty.
fn of_tornado(tornado: &Tornado) -> Numbers {
    let columns = [
        "input",
        "low",
        "low_label",
        "base",
        "high",
        "high_label",
        "part",
        "std_error",
    ];
    let mut numbers = Numbers::new(&columns);
    for row in &tornado.rows {
        let (low, said) = row
            .low
            .as_ref()
            .map_or((f64::NAN, ""), |(low, said)| (*low, said));
        numbers.rows.push(vec![
            text(&row.label),
            number(low),
            text(said),
            number(tornado.base),
            number(row.high.0),
            text(&row.high.1),
            number(row.part.unwrap_or(f64::NAN)),
            number(row.std_error.unwrap_or(f64::NAN)),
        ]);
    }
    numbers
}

/// A line for each figure reported, each date of the fit and each of the outlook.
fn of_paces(paces: &Paces) -> Numbers {
    let mut numbers = Numbers::new(&["what", "from", "to", "p5", "p25", "p50", "p75", "p95"]);
    let mut line = |what: &str, (from, to): (Date, Date), values: [f64; 5]| {
        let mut row = vec![text(what), Value::Date(from), Value::Date(to)];
        row.extend(values.map(number));
        numbers.rows.push(row);
    };
    let none = f64::NAN;
    for pace in &paces.reported {
        let what = if pace.is_run_rate {
            "run rate"
        } else {
            "reported"
        };
        let days = (pace.first_day, pace.last_day);
        line(what, days, [none, none, pace.value, none, none]);
    }
    for (day, [low, middle, high]) in &paces.fitted {
        line("fitted", (*day, *day), [*low, none, *middle, none, *high]);
    }
    for (day, values) in &paces.outlook {
        line("outlook", (*day, *day), *values);
    }
    numbers
}
